"""What users depend on is promised, and the promise is defended."""

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof, Text, Unknown
from readiness.evidence.burn_alerts import BurnAlerts
from readiness.evidence.context import ServiceCard
from readiness.evidence.manifests import Workload
from readiness.evidence.objective import Objective
from readiness.evidence.slos import Objectives
from readiness.outcome import Location


def coverage(
    specs: Objectives,
    alerts: BurnAlerts,
    service: ServiceCard,
    workloads: tuple[Workload, ...],
    *,
    aliases: tuple[Text, ...] = (),
) -> Findings:
    """The service has objectives for availability and, if it answers requests, latency; alerts defend them.

    Without a number nobody can say whether a slow week is bad luck or a reason to stop releasing. An
    objective whose alerts are off is measured, and nobody is told when it is missed.

    Settings:
        aliases: other names that specifications have for the service.

    Silent on:
        objectives of other services in the same tree;
        pyrra and sloth, which alert unless they are told not to; OpenSLO with alertPolicies;
        an objective without a generator whose burn-rate alerts are in evidence.

    Severity: error warning note note

    Source:
        The Site Reliability Workbook, chapter 2, "Implementing SLOs".
    """
    for one in specs.unreadable:
        raise Unknown(f"{one.at.file} could not be read: {one.why}", one.at, one.fix)
    names = {_same(name) for name in (service.name, *aliases) if name}
    if not names and not specs.objectives:
        raise NotApplicable("the checklist names no service, and nothing is promised")
    own = [one for one in specs.objectives if not (names and one.service) or _same(one.service) in names]
    about = service.subject
    at = service.at or Location("repository", "readiness.yaml")
    if not own:
        others = sorted({one.service for one in specs.objectives if one.service})
        has = f"; those in evidence are of {', '.join(others[:5])}" if others else ""
        yield Finding(
            f"{service.name} promises nothing: no objective of it is in evidence{has}",
            at=at,
            fix="write one, as a sloth, OpenSLO or pyrra specification"
            + ("; or name its other name in the setting aliases" if others else ""),
            operands=(Operand("objectives", 0, worse="less"),),
            about=about,
            key="none",
        )
        return
    serving = names and any(one.serves for one in workloads)
    kinds = {one.kind for one in own}
    if "availability" not in kinds and "other" not in kinds and serving:
        yield _missing(service, own, "availability", at)
    if "latency" not in kinds and "other" not in kinds and serving:
        yield _missing(service, own, "latency", at)
    for objective in own:
        if _defended(objective, alerts):
            yield Proof(f"{objective.label} is promised and defended by alerts", at=objective.at)
        else:
            yield Finding(
                f"{objective.label} is measured and not defended: nothing alerts when its budget burns",
                at=objective.at,
                fix="switch its alerts on, or add burn-rate alerts: 14.4 over 1h and 5m pages, 1 over 3d "
                "and 6h is a "
                "ticket",
                about=objective.subject,
                key="not defended",
                at_most="warning",
            )


def _missing(service: ServiceCard, own: list[Objective], kind: str, at: Location) -> Finding:
    return Finding(
        f"{service.name} answers requests and has no objective for {kind}; it has {len(own)} of other kinds",
        at=own[0].at if own else at,
        fix=f"add an objective for {kind}",
        operands=(Operand(f"objectives for {kind}", 0, worse="less"),),
        about=service.subject,
        key=f"no {kind}",
        at_most="warning",
    )


def _defended(objective: Objective, alerts: BurnAlerts) -> bool:
    return objective.alerting.page or objective.alerting.ticket or bool(alerts.of(objective))


def _same(name: str) -> str:
    return name.lower().replace("_", "-")
