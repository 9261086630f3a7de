"""Burn-rate alerts can fire, soon enough, for the promise that is made."""

from collections.abc import Iterator
from fractions import Fraction

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof
from readiness.arithmetic.burn_rate import factor, is_short_for, least_objective, reset, share_spent
from readiness.arithmetic.durations import prometheus_seconds
from readiness.evidence.burn_alerts import BurnAlert, BurnAlerts, Pair, differs
from readiness.evidence.context import ServiceCard
from readiness.evidence.objective import percent
from readiness.outcome import Location

FAST = Fraction(5)  # a burn rate from which on somebody is woken
SLOW = Fraction(3)  # one up to which a ticket does
MOST_SHARE = {True: Fraction(625, 10_000), False: Fraction(15, 100)}  # of the budget: pages, tickets
DETECTION = {1: 300, 2: 900, 3: 3600, 4: 3600}  # seconds by tier, for a total failure


def burn_rate_maths(alerts: BurnAlerts, service: ServiceCard) -> Findings:
    """Burn-rate alerts have thresholds that a failure can reach, windows that fit, and fire in time.

    An objective of 90 % with a burn rate of 14.4 asks for an error ratio of 1.44: the page can never fire. A
    short window of another length lets an alert flap, or hold on for hours after the failure is over.

    Silent on:
        conditions over one window, which are thresholds;
        thresholds that are one number (0.0144), whose burn rate and objective nobody can tell;
        factors of other generators, as far as they spend no more of the budget before somebody is told;
        objectives that generators round (0.0009999999999999432).

    Severity: error warning note note

    Source:
        The Site Reliability Workbook, chapter 5, "Alerting on SLOs".
    """
    if not alerts.found:
        raise NotApplicable(f"no burn-rate alert; looked for {alerts.looked_for}")
    for alert in alerts.found:
        wrong = [finding for pair in alert.pairs for finding in _of_pair(alert, pair)]
        wrong += _drifted(alert)
        wrong += _late(alert, service.tier)
        yield from wrong
        if not wrong:
            yield _proof(alert)
    if alerts.complete:
        yield from _halves(alerts)


def _of_pair(alert: BurnAlert, pair: Pair) -> Iterator[Finding]:
    name, at, about = alert.rule.name, alert.rule.at.at("expr"), alert.rule.subject
    shown = f"{_number(pair.burn)} × {percent(1 - pair.objective)}"
    operands = (
        Operand("burn rate", _number(pair.burn), at=at),
        Operand("objective", percent(pair.objective)),
        Operand("error ratio needed", _number(pair.threshold), worse="more"),
    )
    if not pair.attainable:
        most = Fraction(1) / (1 - pair.objective)
        yield Finding(
            f"{name} asks for an error ratio above {_number(pair.threshold)} ({shown}), and 1 is the most "
            "there is: "
            "it can never fire",
            at=at,
            fix=f"an objective of {percent(pair.objective)} needs a burn rate below {_number(most)}, or an "
            "alert on "
            f"the ratio itself; {_number(pair.burn)} is for objectives above "
            f"{percent(least_objective(pair.burn))}",
            operands=operands,
            about=about,
            key=f"unreachable {_key(pair)}",
        )
        return
    if pair.long_threshold != pair.short_threshold:
        yield Finding(
            f"{name} holds its windows of {_span(pair.long)} and {_span(pair.short)} against "
            f"{_number(pair.long_threshold)} and {_number(pair.short_threshold)}, which have to be the same",
            at=at,
            fix=f"use {shown} for both",
            operands=operands,
            about=about,
            key=f"thresholds {_key(pair)}",
            at_most="warning",
        )
    if not is_short_for(pair.short, pair.long):
        yield Finding(
            f"{name} has windows of {_span(pair.long)} and {_span(pair.short)}; the short one is a twelfth "
            "of the "
            f"long one, {_span(pair.long / 12)}",
            at=at,
            fix=f"use {_span(pair.long / 12)} beside {_span(pair.long)}",
            operands=(Operand("long window", float(pair.long), "s", at=at), Operand("short window",
            float(pair.short), "s")),
            about=about,
            key=f"windows {_key(pair)}",
            at_most="warning",
        )  # fmt: skip
    for objective in alert.promised[:1]:
        spent = share_spent(pair.burn, pair.long, objective.period)
        most = MOST_SHARE[pair.burn >= FAST]
        if spent > most and objective.format != "sloth":
            days = float(objective.period / 86400)
            yield Finding(
                f"{name} fires when {float(spent) * 100:.1f} % of the budget of {days:g} days is gone, "
                f"{percent(most)} at most "
                "is usual",
                at=at,
                fix=f"for {days:g} days and {_span(pair.long)}, {percent(Fraction(2, 100))} of the budget "
                "is a burn "
                f"rate of {_number(factor(Fraction(2, 100), pair.long, objective.period))}",
                operands=(*operands, Operand("budget spent", percent(spent), at=objective.at, worse="more")),
                about=about,
                key=f"period {_key(pair)}",
                at_most="warning",
            )


def _drifted(alert: BurnAlert) -> list[Finding]:
    found = []
    for objective in alert.promised:
        if differs(alert.objective, objective.target):
            found.append(
                Finding(
                    f"{alert.rule.name} defends {percent(alert.objective)}, and {objective.label} promises "
                    f"{percent(objective.target)}",
                    at=alert.rule.at.at("expr"),
                    fix=f"use {_number(1 - objective.target)} as the budget in the rule, or correct the "
                    "promise",
                    operands=(
                        Operand(
                            "objective of the alert", percent(alert.objective), at=alert.rule.at.at("expr")
                        ),
                        Operand("objective promised", percent(objective.target), at=objective.target_at),
                    ),
                    about=alert.rule.subject,
                    key=f"target {objective.id}",
                )
            )
    return found


def _late(alert: BurnAlert, tier: int) -> list[Finding]:
    """A page that takes longer for a total failure than the tier allows."""
    fast = [pair for pair in alert.pairs if pair.burn >= FAST]
    if not all(pair.attainable for pair in fast):
        return []  # told by itself
    times = [pair.detects for pair in fast if pair.detects is not None]
    if not times:
        return []
    hold = _seconds(alert.rule.hold)
    total, most = min(times) + hold, DETECTION[tier]
    if total <= most:
        return []
    return [
        Finding(
            f"{alert.rule.name} needs {_span(min(times))} of a total failure and holds for {_span(hold)}: "
            f"{_span(total)}, {_span(Fraction(most))} is the most at tier {tier}",
            at=alert.rule.at.at("for") if hold else alert.rule.at.at("expr"),
            fix="shorten `for`, which a pair of windows does not need"
            if hold
            else "use a shorter long window",
            operands=(
                Operand("detection", float(min(times)), "s", at=alert.rule.at.at("expr")),
                Operand("for", float(hold), "s", at=alert.rule.at.at("for") if hold else None),
                Operand("time to page", float(total), "s", worse="more"),
            ),
            about=alert.rule.subject,
            key="late",
            at_most="warning",
        )
    ]


def _halves(alerts: BurnAlerts) -> Iterator[Finding]:
    """Objectives that only a fast or only a slow alert defends."""
    groups: dict[object, list[BurnAlert]] = {}
    for alert in alerts.found:
        key = (
            alert.promised[0].id
            if alert.promised
            else (alert.objective, alert.rule.labels.get("service", ""))
        )
        groups.setdefault(key, []).append(alert)
    for members in groups.values():
        burns = [pair.burn for alert in members for pair in alert.pairs]
        first = members[0].rule
        where: Location = first.at.at("expr")
        name = members[0].promised[0].label if members[0].promised else percent(members[0].objective)
        if max(burns) < FAST:
            missing, fix = (
                "no fast one that pages",
                f"add a pair at {_number(Fraction('14.4'))} over 1h and 5m",
            )
        elif min(burns) > SLOW:
            missing, fix = "no slow one for a ticket", "add a pair at 1 over 3d and 6h, as a ticket"
        else:
            continue
        yield Finding(
            f"the objective {name} has burn rates of {', '.join(sorted(map(_number, set(burns))))} and "
            f"{missing}",
            at=where,
            fix=fix,
            operands=(Operand("burn rates", len(set(burns)), at=where),),
            about=first.subject,
            key="halves",
            at_most="warning",
        )


def _proof(alert: BurnAlert) -> Proof:
    said, operands = [], []
    for pair in alert.pairs:
        detects = pair.detects or Fraction(0)
        after = reset(pair.burn, pair.objective, pair.short)
        said.append(
            f"a total failure is found after {_span(detects)}, and it is silent {_span(after)} after the end"
        )
        operands += [
            Operand("burn rate", _number(pair.burn), at=alert.rule.at.at("expr")),
            Operand("error ratio needed", _number(pair.threshold)),
            Operand("detection", round(float(detects), 1), "s"),
            Operand("reset", round(float(after), 1), "s"),
        ]
    return Proof(f"{alert.rule.name}: {said[0]}", tuple(operands), at=alert.rule.at)


def _seconds(text: str) -> Fraction:
    try:
        return prometheus_seconds(text) if text else Fraction(0)
    except ValueError:
        return Fraction(0)


def _key(pair: Pair) -> str:
    return f"{_span(pair.long)} {_span(pair.short)}"


def _number(value: Fraction) -> str:
    return f"{float(value):.6g}"


def _span(seconds: Fraction) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length and (seconds / length).denominator == 1:
            return f"{int(seconds / length)}{unit}"
    return f"{float(seconds):.0f}s" if seconds < 600 else f"{float(seconds / 60):.0f}m"
