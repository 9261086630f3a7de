"""An alert comes in time, and not for one moment."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from readiness.api import Finding, Findings, Proof, Seconds
from readiness.arithmetic.durations import spell_duration
from readiness.evidence.alert_labels import query_of
from readiness.evidence.alert_rules import AlertRule, RecordingRule
from readiness.evidence.context import ServiceCard
from readiness.evidence.routing import Paging, RoutedAlerts, is_pager
from readiness.evidence.rule_times import RuleTimes
from readiness.outcome import Operand

NO_TIME = timedelta(0)
ONE_MOMENT = timedelta(minutes=5)  # what `for` or a window has to cover before somebody is woken up
DETECTION = {1: 5 * 60, 2: 15 * 60}  # seconds, by tier
DETECTION_BELOW = 60 * 60
POINTS = 4  # scrapes in a window: two are needed, one may fail, one may be late
ABSENT_SCRAPES = 5


def timing(
    alerts: tuple[AlertRule, ...],
    records: tuple[RecordingRule, ...],
    times: RuleTimes,
    paging: Paging,
    service: ServiceCard,
    *,
    max_detection: Seconds | None = None,
) -> Findings:
    """Rules see enough points, nobody is woken for one moment, and the first page comes in time.

    A rate over a window that holds one scrape gives nothing, so that its alert
    never fires, and one over three is gone with each failed scrape. A page on
    one bad moment teaches people to ignore pages. And when the first page of a
    service comes after its promise is broken, no other one helps.

    Settings:
        max-detection: time from the fault to the first page; 5m at tier 1, 15m at tier 2, 60m below.

    Silent on:
        rates whose job nothing in evidence scrapes;
        `for` where neither its group nor a configuration in evidence says how often rules are looked at;
        a page without `for` that looks back over 5 minutes or more, also by a recorded series;
        thresholds of days, such as a certificate's expiry, and alerts that always fire;
        alerts that page nobody, in what concerns pages;
        `for: 0s`, which is no `for`.

    Severity: warning warning note note

    Source:
        Prometheus documentation, "Alerting rules", "Recording rules"; "Query functions", rate;
        prometheus/prometheus, rules/manager.go; SRE workbook, chapter 5.
    """
    for rule in (*alerts, *records):
        yield from _windows(rule, times)
    for alert in alerts:
        yield from _hold(alert, times)
        if paging.pages(alert):
            yield from _one_moment(alert, times)
    yield from _first_page(alerts, times, paging, service, max_detection)
    if alerts:
        yield Proof(
            f"windows and times of {len(alerts)} alerts and {len(records)} recording rules were held against "
            "scrapes and evaluations, as far as these are in evidence",
            (
                Operand(
                    "windows that were compared", sum(len(times.windows(one)) for one in (*alerts, *records))
                ),
            ),
            at=alerts[0].at,
        )


def _windows(rule: AlertRule, times: RuleTimes) -> Iterator[Finding]:
    told = set[Any]()
    for window in times.windows(rule):
        if window.span >= POINTS * window.scraped.span or (window.function, window.span, window.job) in told:
            continue
        told.add((window.function, window.span, window.job))
        needed, scraped = _spelled(POINTS * window.scraped.span), _spelled(window.scraped.span)
        if window.span < 2 * window.scraped.span:
            why = "two points are never in it and it gives nothing"
        else:
            why = "one failed scrape leaves too few points in it"
        yield Finding(
            f"{rule.name} takes {window.function} over {_spelled(window.span)} of "
            f"{window.selector.metric or 'series'}, and {window.job} is scraped every {scraped}: {why}",
            at=rule.at.at("expr"),
            fix=f"take a window of {needed} or more, or scrape more often",
            operands=(
                Operand("window", _seconds(window.span), "s", rule.at.at("expr"), "less"),
                Operand("scrape interval", _seconds(window.scraped.span), "s", window.scraped.at, "more"),
            ),
            about=rule.subject,
            key=f"window {window.function} {_spelled(window.span)} {window.job}",
        )


def _hold(alert: AlertRule, times: RuleTimes) -> Iterator[Finding]:
    hold, every, query = times.hold(alert), times.evaluation(alert), query_of(alert)
    if not hold:
        return
    operand = Operand("for", _seconds(hold), "s", alert.at.at("for"))
    if every is not None and hold % every.span:
        fires = (hold // every.span + 1) * every.span
        yield Finding(
            f"{alert.name} waits for {_spelled(hold)} and is looked at every {_spelled(every.span)}: "
            f"it fires after {_spelled(fires)}",
            at=alert.at.at("for"),
            fix=f"set for to {_spelled(fires)}, or the interval of the group to a part of {_spelled(hold)}",
            operands=(operand, Operand("evaluation interval", _seconds(every.span), "s", every.at)),
            about=alert.subject,
            key="for",
            at_most=None if hold < every.span else "note",
        )
    scraped = times.absent_of(query) if query else None
    if scraped is not None and hold < ABSENT_SCRAPES * scraped.span:
        yield Finding(
            f"{alert.name} waits {_spelled(hold)} for series that come every {_spelled(scraped.span)}: "
            "a restart is enough",
            at=alert.at.at("for"),
            fix=f"set for to {_spelled(ABSENT_SCRAPES * scraped.span)} or more",
            operands=(operand, Operand("scrape interval", _seconds(scraped.span), "s", scraped.at)),
            about=alert.subject,
            key="absent",
            at_most="note",
        )


def _one_moment(alert: AlertRule, times: RuleTimes) -> Iterator[Finding]:
    query = query_of(alert)
    if query is None or times.hold(alert) or query.always or times.is_about_days(query):
        return
    window = times.longest_window(query)
    if window < ONE_MOMENT:
        looks = f"looks back over {_spelled(window)}" if window else "looks at one moment"
        yield Finding(
            f"{alert.name} pages, has no for, and {looks}: one bad scrape wakes somebody up",
            at=alert.at.at("for") if alert.hold else alert.at,
            fix="set for to what a person can wait, such as 5m, or look back over 5m or more",
            operands=(Operand("window", _seconds(window), "s", alert.at.at("expr"), "less"),),
            about=alert.subject,
            key="no for",
        )


def _first_page(
    alerts: tuple[AlertRule, ...], times: RuleTimes, paging: Paging, service: ServiceCard, bound: int | None
) -> Iterator[Finding | Proof]:
    """The fastest page: even when it fires at once, `for`, evaluation and grouping stand between."""
    read = [(alert, query) for alert in alerts if paging.pages(alert) and (query := query_of(alert))]
    able = [alert for alert, query in read if not query.always and not times.is_about_days(query)]
    if not able or len(read) < sum(1 for alert in alerts if paging.pages(alert)):
        return
    routed = paging.routed
    sums = [_sum(alert, times, routed) for alert in able]
    first = min(range(len(able)), key=lambda number: sum(int(one.value) for one in sums[number]))
    total = sum(int(one.value) for one in sums[first])
    needed = DETECTION.get(service.tier, DETECTION_BELOW) if bound is None else bound
    parts = " + ".join(f"{one.name} {spell_duration(int(one.value))}" for one in sums[first] if one.value)
    if total > needed:
        yield Finding(
            f"the first page of {service.name or 'the service'}, {able[first].name}, comes after "
            f"{spell_duration(total)} ({parts}), {spell_duration(needed)} are needed in tier {service.tier}",
            at=able[first].at.at("for"),
            fix=f"page on what users feel, such as a fast burn, within {spell_duration(needed)}",
            operands=sums[first],
            about=service.subject,
            key="detection",
        )
    else:
        yield Proof(
            f"the first page, {able[first].name}, comes {spell_duration(total)} after it could "
            f"({parts or 'at once'}), {spell_duration(needed)} are allowed in tier {service.tier}",
            sums[first],
            at=able[first].at,
        )


def _sum(alert: AlertRule, times: RuleTimes, routed: RoutedAlerts | None) -> tuple[Operand, ...]:
    parts = [Operand("for", _seconds(times.hold(alert)), "s", alert.at.at("for"), "more")]
    every = times.evaluation(alert)
    if every is not None:
        parts.append(Operand("evaluation", _seconds(every.span), "s", every.at, "more"))
    for end in routed.of(alert).reached if routed is not None else ():
        if routed is not None and is_pager(routed.routing.config, end.receiver):
            at = end.timing.at("group_wait") or end.at
            return (*parts, Operand("group_wait", _seconds(end.timing.group_wait), "s", at, "more"))
    return tuple(parts)


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())


def _spelled(span: timedelta) -> str:
    return spell_duration(_seconds(span))
