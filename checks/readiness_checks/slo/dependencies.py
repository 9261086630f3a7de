"""A service promises no more than what it depends on allows."""

from fractions import Fraction

from readiness.api import Finding, Findings, NotApplicable, Operand, Percent, Proof, Unknown
from readiness.arithmetic.burn_rate import in_series
from readiness.evidence.dependencies import Dependencies, Dependency
from readiness.evidence.objective import percent
from readiness.evidence.slos import Objectives


def dependency_maths(
    specs: Objectives, dependencies: Dependencies, *, own: Percent = Fraction(1)
) -> Findings:
    """An objective for availability is at most the product of what its hard dependencies promise.

    Three dependencies at 99.9 % make 99.7 %, however well the service itself runs. A promise above that is
    broken by others, and its alerts page people who can do nothing.

    Settings:
        own: the availability that the service itself reaches with everything else working.

    Silent on:
        soft dependencies, which say with `hard: false` and `fallback` what happens without them;
        objectives for latency, which dependencies limit in another way.

    Severity: warning warning note note

    Source:
        Treynor, Dahlin, Rau and Beyer, "The Calculus of Service Availability", ACM Queue 15(2), 2017.
    """
    for wrong in dependencies.wrong:
        raise Unknown(wrong.why, wrong.at, wrong.fix)
    judged = [one for one in specs.objectives if one.kind == "availability"]
    if not judged:
        raise NotApplicable("no objective for availability")
    if not dependencies.found:
        raise NotApplicable(f"no dependency is listed; looked for {dependencies.looked_for}")
    for one in dependencies.found:
        if not one.hard and not one.fallback:
            yield Finding(
                f"{one.name} is no hard dependency, and nothing says what happens without it",
                at=one.at,
                fix="say it under fallback, or take hard: false away",
                about=one.subject,
                key="fallback",
            )
    hard = [one for one in dependencies.found if one.hard]
    known = [one.promised for one in hard if one.promised is not None]
    bound = own * in_series(tuple(known))
    operands = tuple(_operand(one) for one in hard if one.promised is not None)
    for objective in judged:
        promise = Operand("objective", percent(objective.target), at=objective.target_at)
        most = Operand("most that can be promised", percent(bound), worse="less")
        if objective.target > bound:
            weakest = min(
                (one for one in hard if one.promised is not None), key=lambda one: one.promised or 1
            )
            yield Finding(
                f"{objective.label} promises {percent(objective.target)}, and what it depends on allows "
                f"{percent(bound)}",
                at=objective.target_at,
                fix=f"make {weakest.name} ({percent(weakest.promised or bound)}) redundant or soft, or "
                "promise at most "
                f"{percent(bound)}",
                operands=(promise, *operands, most),
                about=objective.subject,
                key="dependencies",
            )
        elif len(known) == len(hard):
            yield Proof(
                f"{objective.label} promises {percent(objective.target)} of the {percent(bound)} that its "
                f"{len(hard)} hard dependencies allow",
                (promise, *operands, most),
                at=objective.at,
            )
    missing = [one for one in hard if one.promised is None]
    if missing:
        raise Unknown(
            f"{', '.join(one.name for one in missing)} promise nothing that is written down",
            missing[0].at,
            "add target with the percentage, and source with where it is promised",
        )


def _operand(one: Dependency) -> Operand:
    name = one.name if one.copies == 1 else f"{one.name}, {one.copies} of it"
    return Operand(name, percent(one.promised or Fraction(0)), at=one.at)
