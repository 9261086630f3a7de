"""A bad release can be taken back."""

from readiness.api import Count, Finding, Findings, NotApplicable, Proof
from readiness.evidence.manifests import Workload


def history_limit(workload: Workload, *, minimum: Count = 2) -> Findings:
    """A workload keeps old revisions to return to.

    Without an earlier revision in the cluster an undo has nothing to go back
    to: the old release has to be built again, during the outage.

    Settings:
        minimum: revisions to keep, the running one not counted.

    Silent on:
        a Deployment that leaves the field out, since the default keeps ten;
        Jobs, CronJobs and bare Pods, which have no revisions.

    Severity: error error warning note

    Source:
        Kubernetes API, apps/v1 DeploymentSpec, revisionHistoryLimit.
    """
    if workload.kind not in ("Deployment", "StatefulSet", "DaemonSet", "Rollout"):
        raise NotApplicable(f"a {workload.kind} has no revisions")
    kept = workload.revisions_kept
    sum_ = (kept.operand("old revisions kept", worse="less"),)
    if kept.value < minimum:
        yield Finding(
            f"{workload.name} keeps {kept.value} old revisions, {minimum} are needed",
            at=kept.at,
            fix=f"set spec.revisionHistoryLimit to {minimum} or more, or leave it out",
            operands=sum_,
        )
    else:
        yield Proof(f"{workload.name} can go back {kept.value} revisions", operands=sum_)
