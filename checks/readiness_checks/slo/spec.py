"""A specification says what was meant, in a form that its generator takes."""

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof, Unknown
from readiness.evidence.objective import percent
from readiness.evidence.slos import Objectives


def spec_valid(specs: Objectives) -> Findings:
    """Each specification of an objective is one that its generator takes, and promises what was meant.

    A specification with 0.999 where 99.9 is meant is legal: it promises one per cent, its alerts never fire,
    and every report is green. One that the generator refuses leaves the rules of the last one in place.

    Silent on:
        measures by plug-ins and of other sources than Prometheus, whose expressions are not here;
        an objective without alerts, which slo.coverage speaks of;
        services of OpenSLO that no object defines, since they may be kept elsewhere.

    Severity: error error warning warning

    Source:
        OpenSLO specification, v1 and v1alpha; slok/sloth, pkg/prometheus/api/v1; pyrra-dev/pyrra,
        ServiceLevelObjective.
    """
    for one in specs.unreadable:
        raise Unknown(f"{one.at.file} could not be read: {one.why}", one.at, one.fix)
    if not (specs.objectives or specs.problems or specs.undecided):
        raise NotApplicable(f"nothing promised; looked for {specs.looked_for}")
    for problem in specs.problems:
        yield Finding(
            problem.why,
            at=problem.at,
            fix=problem.fix,
            about=problem.about,
            key=problem.key,
            at_most=problem.at_most,
        )
    if specs.undecided and not specs.problems:
        first = specs.undecided[0]
        raise Unknown(
            first.why,
            first.at,
            "write it for a version that is known, or define what it refers to in this tree",
        )
    wrong = {problem.about for problem in specs.problems}
    for objective in specs.objectives:
        if objective.subject not in wrong:
            days = objective.period / 86400
            yield Proof(
                f"{objective.label} promises {percent(objective.target)} over {float(days):g} days",
                (
                    Operand("objective", percent(objective.target), at=objective.target_at),
                    Operand("budget", round(float((1 - objective.target) * objective.period / 60), 2), "min"),
                ),
                at=objective.at,
            )
