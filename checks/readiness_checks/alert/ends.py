"""Every alert reaches somebody."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from readiness.api import Finding, Findings, NotApplicable, Proof, Text, Unknown
from readiness.arithmetic.durations import spell_duration
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.alertmanager import AlertmanagerConfig, Reached
from readiness.evidence.context import Platform, ServiceCard
from readiness.evidence.routing import PAGING_SEVERITIES, Routed, RoutedAlerts, is_pager
from readiness.evidence.time_intervals import TimeInterval, most_sent
from readiness.outcome import Operand

NAMED = 5  # alerts that a message names before it counts the rest
MOST = 300  # findings and proofs of one sort: a report of more helps nobody
DAY = timedelta(hours=24)
WEEK = 7 * 24 * 60  # minutes
SHORT = 12 * 60  # minutes a week that a window for maintenance may take


def routed(
    alerts: RoutedAlerts,
    service: ServiceCard,
    platform: Platform,
    *,
    paging_severities: tuple[Text, ...] = PAGING_SEVERITIES,
    paging_receivers: tuple[Text, ...] = (),
    allow_null: tuple[Text, ...] = ("InfoInhibitor", "Watchdog"),
) -> Findings:
    """Every alert reaches somebody, and those that have to wake somebody reach a pager.

    A rule that fires is worth nothing when its route ends at a receiver that
    sends nothing, at an address that was never filled in, or at a chat channel
    at night. Each alert is walked through the tree as Alertmanager does it.

    Settings:
        paging-severities: severities of alerts that have to reach a pager.
        paging-receivers: receivers that page, though not by an integration of a pager.
        allow-null: alerts that may reach nobody.

    Silent on:
        alerts of severity info or none that reach nobody;
        alerts that reach a pager by one of the ways that labels of the series leave open;
        a webhook whose receiver is called like a pager, since it may lead to one;
        alerts that a route sends to a pager by their name or by a label that says so;
        times of silence that another pager's route covers, and windows for maintenance;
        an organisation without a pager: no receiver has one, and `platform` names none.

    Severity: error error warning note

    Source:
        Alertmanager documentation, "Configuration", route and receiver.
    """
    config = alerts.routing.config
    if not alerts.routed:
        raise NotApplicable("no alert to route")
    about = alerts.routing.subject
    problems = {problem.why: problem for problem in reversed(config.problems)}  # the first of each
    for why, problem in islice(reversed(problems.items()), MOST):
        yield Finding(
            f"Alertmanager refuses the configuration: {why}",
            at=problem.at,
            fix="mend it; until then the old configuration stays loaded",
            about=about,
            key=why,
        )
    for refused in islice(alerts.routing.refused, MOST):
        yield Finding(
            f"the operator leaves {refused.object.label} out: {refused.why}",
            at=refused.at,
            fix="mend it; until then none of its routes is there",
            about=refused.object.subject,
            key="refused",
        )
    walk = _Walk(alerts, paging_severities, paging_receivers, allow_null)
    yield from _to_nobody(walk)
    if walk.has_pager or not {"none", "external"}.issuperset(platform.uses.get("paging", ())):
        yield from _to_no_pager(walk)
    yield from _needless_pages(walk)
    yield from islice(_placeholders(walk), MOST)
    if service.tier == 1:
        yield from islice(_silences(walk), MOST)
    yield from islice(_timing(walk), MOST)
    yield from islice(_proofs(walk), MOST)
    if walk.doubtful:
        one = walk.doubtful[0]
        more = alerts.routing.more
        if more is not None:
            raise Unknown(
                f"whether {_names([routed.alert for routed in walk.doubtful])} reach anybody depends on "
                f"routes of the AlertmanagerConfig in {more.file}, which can't be followed: "
                f"{alerts.routing.why_more}",
                more,
                "add the source that has the Alertmanager object, its Secret and the Namespace objects",
            )
        raise Unknown(
            f"whether {_names([routed.alert for routed in walk.doubtful])} reach anybody depends on labels "
            "that the rules do not set",
            one.alert.at.at("labels"),
            f"set the labels that routes match on; try: {config.amtool_line(one.labels)}",
        )


class _Walk:
    """The alerts sorted by where they end."""

    def __init__(
        self,
        alerts: RoutedAlerts,
        paging: tuple[str, ...],
        paging_receivers: tuple[str, ...],
        allow_null: tuple[str, ...],
    ) -> None:
        self.alerts = alerts
        self.config: AlertmanagerConfig = alerts.routing.config
        self.pagers = frozenset(
            name for name in self.config.receivers if is_pager(self.config, name) or name in paging_receivers
        )
        self.has_pager = bool(self.pagers)
        self.allow_null = frozenset(allow_null)
        self.dead: dict[str, list[Routed]] = {}  # by the receiver that swallows them
        # by the receiver that is no pager, and whether labels of the series may lead elsewhere
        self.unpaged: dict[tuple[str, bool], list[Routed]] = {}
        self.needless: dict[str, list[Routed]] = {}  # by the pager
        self.paging: list[Routed] = []  # those that have to page and do
        self.alive: list[Routed] = []
        self.doubtful: list[Routed] = []
        words = frozenset(word.lower() for word in paging)
        for one in alerts.routed:
            self._sort(one, one.alert.severity.lower() in words or bool(one.alert.labels.get("pager")))

    def _sort(self, one: Routed, must_page: bool) -> None:
        exempt = one.alert.name in self.allow_null or one.alert.severity.lower() in ("none", "info")
        sends = [end for end in one.reached if self.sends(end.receiver)]
        if not sends:
            if exempt or not all(end.receiver in self.config.receivers for end in one.reached):
                return  # a receiver that is not there is told by itself
            followed = self.alerts.routing.more is None
            if followed and not any(self.sends(end.receiver) for end in one.widest):
                self.dead.setdefault(one.reached[0].receiver, []).append(one)
            else:
                self.doubtful.append(one)
            return
        if not exempt and not any(end.certain for end in sends) and len(sends) < len(one.reached):
            self.doubtful.append(one)
            return
        self.alive.append(one)
        pagers = [end for end in sends if end.receiver in self.pagers]
        if must_page and pagers:
            self.paging.append(one)
        elif must_page:
            if self.alerts.routing.more is None and not any(self.may_page(end.receiver) for end in sends):
                open_ = any(self.may_page(end.receiver) for end in one.widest)
                self.unpaged.setdefault((sends[0].receiver, open_), []).append(one)
        elif one.alert.severity.lower() in LOW and one.alert.name not in self.allow_null:
            for end in dict.fromkeys(end.receiver for end in one.widest if end.certain and not _meant(end)):
                if end in self.pagers:
                    self.needless.setdefault(end, []).append(one)

    def sends(self, receiver: str) -> bool:
        found = self.config.receivers.get(receiver)
        return found is not None and bool(found.integrations)

    def may_page(self, receiver: str) -> bool:
        """Whether a receiver is a pager, or a webhook that by its name may lead to one."""
        found = self.config.receivers.get(receiver)
        if receiver in self.pagers or found is None:
            return receiver in self.pagers
        return "webhook" in found.kinds and LIKE_A_PAGER.search(receiver) is not None


# Severities of which nobody says that they have to wake somebody up.
LOW = frozenset({"warning", "warn", "info", "none", "ticket", "low", "minor", "notice", "s3", "s4"})
LIKE_A_PAGER = re.compile(
    r"(?i)pag(?:er|e|ing)(?![a-z])|on-?_?call|duty|genie|incident|goalert|zenduty|squadcast|rootly|victorops"
)
_MEANT = re.compile(r"(?i)pag(?:e|er|ing)(?![a-z])|urgent|on-?_?call|escalat|notif|wake")


def _meant(end: Reached) -> bool:
    """Whether a route sends to a pager on purpose: by the name of the alert, or by a label that says so."""
    return any(
        matcher.name == "alertname" or (matcher.name != "severity" and _MEANT.search(matcher.name))
        for matcher in end.route.matchers
        if matcher.operator in ("=", "=~")
    )


def _to_nobody(walk: _Walk) -> Iterator[Finding]:
    for name, lost in sorted(walk.dead.items()):
        receiver = walk.config.receivers.get(name)
        at = receiver.at if receiver is not None else lost[0].reached[0].at
        yield Finding(
            f"receiver {name} sends nothing; what ends there: {_names([one.alert for one in lost])}",
            at=at,
            fix=f"give {name} an integration such as pagerduty_configs, or route elsewhere; "
            f"try: {walk.config.amtool_line(lost[0].labels)}",
            operands=(Operand("alerts that reach nobody", len(lost), at=lost[0].alert.at, worse="more"),),
            about=walk.alerts.routing.subject._replace(part=name),
            key="nobody",
        )


def _to_no_pager(walk: _Walk) -> Iterator[Finding]:
    for (name, open_), lost in sorted(walk.unpaged.items()):
        end = next(end for end in lost[0].reached if end.receiver == name)
        yield Finding(
            f"{name} is no pager; what has to page and ends there: {_names([one.alert for one in lost])}",
            at=end.at,
            fix=f"route them to a receiver with a pager; try: {walk.config.amtool_line(lost[0].labels)}",
            operands=(Operand("alerts that reach no pager", len(lost), at=lost[0].alert.at, worse="more"),),
            about=walk.alerts.routing.subject._replace(part=name),
            key="no-pager-open" if open_ else "no-pager",
            at_most="warning" if open_ else None,
        )


def _needless_pages(walk: _Walk) -> Iterator[Finding]:
    for name, lost in sorted(walk.needless.items()):
        end = next(end for end in lost[0].reached if end.receiver == name)
        words = ", ".join(sorted({one.alert.severity for one in lost}))
        yield Finding(
            f"{name} is a pager; what ends there as {words}: {_names([one.alert for one in lost])}",
            at=end.at,
            fix=f"route severity {words} to a ticket; try: {walk.config.amtool_line(lost[0].labels)}",
            operands=(Operand("alerts that page needlessly", len(lost), at=lost[0].alert.at, worse="more"),),
            about=walk.alerts.routing.subject._replace(part=name),
            key="needless",
            at_most="warning",
        )


def _placeholders(walk: _Walk) -> Iterator[Finding]:
    reached = {end.receiver for one in walk.alerts.routed for end in one.reached}
    for name in sorted(reached & walk.config.receivers.keys()):
        for number, way in enumerate(walk.config.receivers[name].integrations, 1):
            for found in way.placeholders:
                yield Finding(
                    f"receiver {name} has {found.why} as its {found.field}: {found.shown}",
                    at=found.at,
                    fix=f"write the real {found.field}, or {found.field}_file",
                    about=walk.alerts.routing.subject._replace(part=name),
                    key=f"placeholder {way.kind} {number} {found.field} {found.at.keys[-2:]}",
                )


def _silences(walk: _Walk) -> Iterator[Finding]:
    """Pages that nobody gets at some times of the week, by no route at all."""
    told: set[object] = set()
    for one in walk.paging:
        ends = [end for end in one.reached if end.receiver in walk.pagers]
        silent = _silent(walk.config, ends)
        if silent <= 0 or ends[0].at in told:
            continue
        told.add(ends[0].at)
        end = ends[0]
        field = "mute_time_intervals" if end.timing.mute else "active_time_intervals"
        names = " and ".join(dict.fromkeys(end.timing.mute)) or f"all but {' and '.join(end.timing.active)}"
        yield Finding(
            f"the route to {end.receiver} pages nobody during {names}, "
            f"{_spelled(timedelta(minutes=silent))} of each week, in a service of tier 1",
            at=end.timing.at(field) or end.at,
            fix=f"take {field} out of that route, or send to another pager in that time",
            operands=(Operand("minutes of the week", silent, "min", end.at, "more"),),
            about=walk.alerts.routing.subject._replace(part=end.receiver),
            key=f"silent {names}",
            at_most="warning" if silent < SHORT else None,
        )


def _silent(config: AlertmanagerConfig, ends: list[Reached]) -> int:
    """The fewest minutes of a week in which none of several routes sends."""
    sent = [most_sent(*_intervals(config, end)) for end in ends]
    zones = {
        zone for end in ends for listed in _intervals(config, end) for one in listed for zone in one.zones
    }
    if len(zones) > 1:  # their minutes can't be laid over each other
        return WEEK - sum(minutes.bit_count() for minutes in sent)
    together = 0
    for minutes in sent:
        together |= minutes
    return WEEK - together.bit_count()


def _intervals(config: AlertmanagerConfig, end: Reached) -> tuple[list[TimeInterval], list[TimeInterval]]:
    """The time intervals in which alone a route is active, and those that mute it."""
    known = config.time_intervals
    return (
        [known[name] for name in end.timing.active if name in known],
        [known[name] for name in end.timing.mute if name in known],
    )


def _timing(walk: _Walk) -> Iterator[Finding]:
    """Routes that are never active, and pages that remind too seldom."""
    ends = {end.at: end for one in walk.alerts.routed for end in one.reached if walk.sends(end.receiver)}
    told: set[object] = set()
    for end in ends.values():
        about = walk.alerts.routing.subject._replace(part=end.receiver)
        repeat, bundle = end.timing.repeat_interval, end.timing.group_interval
        place = end.timing.at("repeat_interval") or end.at
        active, muted = _intervals(walk.config, end)
        names = " and ".join(one.name for one in muted)
        zones = {zone for one in (*active, *muted) for zone in one.zones}
        if muted and len(zones) == 1 and not most_sent(active, muted) and (end.receiver, names) not in told:
            told.add((end.receiver, names))
            when = (
                f"; beside that it is active during {' and '.join(end.timing.active)} only" if active else ""
            )
            whole = "which covers" if len(muted) == 1 else "which together cover"
            covers = "the whole week" if not active else "all of its time"
            yield Finding(
                f"the route to {end.receiver} is muted by {names}, {whole} {covers}{when}",
                at=end.timing.at("mute_time_intervals") or end.at,
                fix=f"narrow {names}, or take it out of mute_time_intervals",
                about=about,
                key=f"mute {names}",
            )
        if (end.receiver, "repeat") in told:
            continue
        numbers = (Operand("repeat_interval", int(repeat.total_seconds()), "s", place, "more"),)
        if end.receiver in walk.pagers and repeat > DAY:
            told.add((end.receiver, "repeat"))
            yield Finding(
                f"the route to {end.receiver} repeats a page after {_spelled(repeat)}, 24h are needed",
                at=place,
                fix="set repeat_interval to 24h or less",
                operands=numbers,
                about=about,
                key="repeat",
                at_most="warning",
            )
        elif end.timing.at("repeat_interval") is not None and repeat < bundle:
            told.add((end.receiver, "repeat"))
            yield Finding(
                f"the route to {end.receiver} repeats after {_spelled(repeat)}, but looks only every "
                f"{_spelled(bundle)}",
                at=place,
                fix=f"set repeat_interval to {_spelled(bundle)} or more, or group_interval to less",
                operands=(
                    *numbers,
                    Operand("group_interval", int(bundle.total_seconds()), "s",
                            end.timing.at("group_interval"), "more"),
                ),
                about=about,
                key="repeat",
                at_most="warning",
            )  # fmt: skip


def _proofs(walk: _Walk) -> Iterator[Proof]:
    for one in walk.alive:
        ends = [end for end in one.certain if walk.sends(end.receiver)] or list(one.reached)
        ways = ", ".join(
            f"{end.receiver} ({', '.join(sorted(walk.config.receivers[end.receiver].kinds))})"
            for end in ends
            if end.receiver in walk.config.receivers
        )
        yield Proof(
            f"{one.alert.name} reaches {ways}",
            (
                Operand("severity", one.alert.severity, at=one.alert.at.at("labels", "severity")),
                Operand("route", ends[0].receiver, at=ends[0].at),
            ),
            about=one.alert.subject,
        )


def _names(alerts: list[AlertRule]) -> str:
    names = sorted({alert.name for alert in alerts})
    if len(names) <= NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more alerts"


def _spelled(span: timedelta) -> str:
    return spell_duration(int(span.total_seconds()))
