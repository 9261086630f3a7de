"""People can keep the promise: a failure is found, told, taken up and ended within the budget."""

from fractions import Fraction

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof, Seconds
from readiness.arithmetic.burn_rate import STEPS, budget, detection, factor
from readiness.arithmetic.durations import prometheus_seconds
from readiness.evidence.burn_alerts import BurnAlert, BurnAlerts
from readiness.evidence.objective import Objective, percent
from readiness.evidence.slos import Objectives
from readiness.outcome import Location


def budget_humanly_defensible(
    specs: Objectives,
    alerts: BurnAlerts,
    *,
    notify: Seconds = 30,
    acknowledge: Seconds = 300,
    mitigate: Seconds = 900,
) -> Findings:
    """One total failure, ended by people, takes no more than half of an objective's budget.

    99.99 % over 30 days is a budget of 4.32 minutes: it is gone before anybody has answered the page. Such a
    promise needs a machine that rolls back, or another number.

    Settings:
        notify: from firing to the pager, as the route's group_wait has it.
        acknowledge: until somebody answers, the first step of the escalation.
        mitigate: from there to the end of the failure, a rollback as it was measured.

    Silent on:
        objectives that are no availability, where a total failure is no measure;
        objectives that no alert defends, which slo.coverage speaks of.

    Severity: error warning note note

    Source:
        Treynor, Dahlin, Rau and Beyer, "The Calculus of Service Availability", ACM Queue 15(2), 2017.
    """
    if not specs.objectives:
        raise NotApplicable(f"nothing promised; looked for {specs.looked_for}")
    for objective in specs.objectives:
        if objective.kind == "other" or objective.target >= 1:
            continue
        found = _detected(objective, alerts)
        if found is None:
            continue
        detect, at = found
        whole = budget(objective.target, objective.period)
        response = detect + notify + acknowledge + mitigate
        operands = (
            Operand("budget", _minutes(whole), "min", at=objective.target_at),
            Operand("detection", _minutes(detect), "min", at=at),
            Operand("notification", _minutes(Fraction(notify)), "min"),
            Operand("acknowledgement", _minutes(Fraction(acknowledge)), "min"),
            Operand("mitigation", _minutes(Fraction(mitigate)), "min"),
            Operand("one failure", _minutes(response), "min", worse="more"),
        )
        if response <= whole / 2:
            yield Proof(
                f"{objective.label} survives a failure: {_minutes(response):g} of {_minutes(whole):g} "
                "minutes",
                operands,
                at=objective.at,
            )
            continue
        share = f"{float(response / whole) * 100:.0f} %"
        terms = {
            "detection": detect,
            "acknowledgement": Fraction(acknowledge),
            "mitigation": Fraction(mitigate),
        }
        longest = max(terms, key=lambda term: terms[term])
        yield Finding(
            f"{objective.label} promises {percent(objective.target)}, a budget of {_minutes(whole):g} "
            "minutes; one "
            f"failure that people end takes {_minutes(response):g}, {share} of it, and half is the most",
            at=objective.target_at,
            fix=f"cut {longest} ({_minutes(terms[longest]):g} min), let a machine roll back, or promise "
            f"{percent(_promise(response, objective.period))}",
            operands=operands,
            about=objective.subject,
            key="budget",
            at_most=None if response > whole else "warning",
        )


def _promise(response: Fraction, period: Fraction) -> Fraction:
    """The objective whose budget is twice the response, rounded down to what people write."""
    share = 1 - 2 * response / period
    for digits in (Fraction(1, 10_000), Fraction(1, 1000), Fraction(1, 100)):
        rounded = share // digits * digits
        if rounded > 0 and 1 - rounded <= 4 * (1 - share):
            found = rounded
    return found if share > 0 else Fraction(0)


def _detected(objective: Objective, alerts: BurnAlerts) -> tuple[Fraction, Location] | None:
    """Seconds until the fastest page of a total failure, and where that is said; None without one."""
    times: list[tuple[Fraction, Location]] = []
    for alert in alerts.of(objective):
        times += [
            (pair.detects + _hold(alert), alert.rule.at.at("expr")) for pair in alert.pairs if pair.detects
        ]
    if times:
        return min(times, key=lambda one: one[0])
    if objective.alerting.page and objective.alerting.generated:
        fast = STEPS[0]
        after = detection(factor(fast.share, fast.long, objective.period), objective.target, fast.long)
        return (after, objective.at) if after is not None else None
    return None


def _hold(alert: BurnAlert) -> Fraction:
    try:
        return prometheus_seconds(alert.rule.hold) if alert.rule.hold else Fraction(0)
    except ValueError:
        return Fraction(0)


def _minutes(seconds: Fraction) -> float:
    return round(float(seconds / 60), 2)
