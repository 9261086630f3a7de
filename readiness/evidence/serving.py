"""Which pods go on running until they are stopped, so that probes, places and replicas matter.

Ignored on purpose: Jobs, pods that are not started again, and Helm's hooks, all of which end by themselves.
"""

from readiness.evidence.effective import raw
from readiness.evidence.manifests import Container, Workload


def runs_on(workload: Workload) -> bool:
    """Whether pods of a workload, of whatever kind, run until they are stopped."""
    kind = workload.kind
    if kind.endswith(("Job", "JobSet")):
        return False
    if "helm.sh/hook" in workload.object.annotations:
        return False
    if kind != "Pod":
        return True
    return raw(workload.pod_spec, workload.pod_at.at("spec"), "restartPolicy") in (None, "Always")


def is_lasting(container: Container) -> bool:
    """Whether a container runs on: no init container that ends before the others start."""
    return (not container.init or container.sidecar) and runs_on(container.workload)
