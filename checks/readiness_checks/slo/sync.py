"""Generated rules are those of the specification."""

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof
from readiness.evidence.generated_slos import GeneratedSlos
from readiness.evidence.objective import percent
from readiness.evidence.slos import Objectives


def rules_in_sync(specs: Objectives, generated: GeneratedSlos) -> Findings:
    """Rules that a generator wrote and somebody committed say what the specification says.

    The specification is what people read and change; the rules are what Prometheus loads. Where one was
    changed and the other not, the page defends a promise that nobody makes.

    Silent on:
        specifications whose rules are not in evidence: a pipeline or an operator generates them;
        generated rules whose specification is kept elsewhere, as far as none of that service is here.

    Severity: error warning warning warning

    Source:
        slok/sloth, the rules that it generates: slo:objective:ratio, sloth_id.
    """
    if not specs.objectives:
        raise NotApplicable(f"nothing promised; looked for {specs.looked_for}")
    compared = [one for one in specs.objectives if generated.of_service(one.service)]
    if not compared:
        raise NotApplicable("no generated rules in evidence: a pipeline or an operator makes them")
    for objective in compared:
        found = generated.of(objective.id)
        if not found:
            yield Finding(
                f"{objective.label} has no generated rules, and "
                f"{len(generated.of_service(objective.service))} other "
                f"objectives of {objective.service} have",
                at=objective.at,
                fix="generate the rules anew, and commit them",
                operands=(Operand("generated objectives", len(generated.of_service(objective.service))),),
                about=objective.subject,
                key="missing",
            )
            continue
        drifted = [one for one in found if one.objective is not None and one.differs(objective.target)]
        for one in drifted[:1]:
            assert one.objective is not None
            yield Finding(
                f"{objective.label} promises {percent(objective.target)}, and its generated rules say "
                f"{percent(one.objective)}",
                at=one.at,
                fix="generate the rules anew, and commit them",
                operands=(
                    Operand("objective promised", percent(objective.target), at=objective.target_at),
                    Operand("objective generated", percent(one.objective), at=one.at),
                ),
                about=objective.subject,
                key="objective",
            )
        if not drifted:
            yield Proof(
                f"{objective.label} and its generated rules say {percent(objective.target)}",
                (Operand("objective", percent(objective.target), at=objective.target_at),),
                at=found[0].at,
            )
    known = {one.id for one in specs.objectives}
    for service in sorted({one.service for one in compared}):
        for extra in generated.of_service(service):
            if extra.id not in known:
                yield Finding(
                    f"rules of {extra.id} are generated, and no specification of {service} has that "
                    "objective",
                    at=extra.at,
                    fix="delete the rules, or bring the objective back",
                    about=extra.subject,
                    key="extra",
                )
