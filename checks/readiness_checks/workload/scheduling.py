"""Pods run where they may, and not all of them in one place."""

from readiness.api import Count, FieldRule, Finding, Findings, NotApplicable, Proof
from readiness.evidence.effective import Value
from readiness.evidence.manifests import PodTemplate, Workload
from readiness.evidence.scalers import Scaling
from readiness.evidence.serving import runs_on
from readiness.evidence.spread import fault_of_constraints, spreading
from readiness.rule import given, left_out

COUNTED = ("Deployment", "StatefulSet", "ReplicaSet", "Rollout")


def _may_have_several(template: PodTemplate) -> bool:
    workload = template.workload
    if workload.kind in ("Pod", "DaemonSet") or not runs_on(workload):
        return False
    replicas = workload.written("replicas")
    return replicas is None or replicas.value not in (0, 1)


TOPOLOGY_SPREAD = FieldRule(
    "topology-spread",
    PodTemplate,
    "topologySpreadConstraints",
    expects=list,
    holds=given,
    only=_may_have_several,
    says="has no topology spread constraint",
    fix="add topologySpreadConstraints over topology.kubernetes.io/zone that select the pods' own labels",
    doc="""Workloads with several pods say how these are spread.

    Without a constraint of its own a workload has the cluster's default, which is a preference: after a
    drain all pods can be in one zone, and go down with it.

    Silent on:
        DaemonSets, Jobs, bare Pods and Helm's hooks; workloads that are written with one replica or none.

    Severity: note note note note

    Source:
        Kubernetes, "Pod Topology Spread Constraints".

    Peers:
        polaris/topologySpreadConstraint: asks DaemonSets and single replicas as well
    """,
)


def _constraints(template: PodTemplate) -> Value[str] | None:
    return fault_of_constraints(template)


TOPOLOGY_SPREAD_VALID = FieldRule(
    "topology-spread-valid",
    PodTemplate,
    _constraints,
    holds=left_out,
    says="has a wrong topology spread constraint, number {value}",
    fix="write each constraint with maxSkew, topologyKey, whenUnsatisfiable and a labelSelector, "
    "once for each "
    "topology",
    doc="""Topology spread constraints are complete and legal.

    The API server refuses most of these, and the release with them. A constraint without a selector is
    accepted, counts no pod, and spreads nothing.

    Silent on:
        pods without constraints, which workload.topology-spread asks for.

    Severity: error error error warning

    Source:
        Kubernetes API, core/v1 TopologySpreadConstraint; pkg/apis/core/validation.

    Peers:
        kube-score/pod-topology-spread-constraints: the same, without repeated topologies
    """,
)


def _chooses_nodes(template: PodTemplate) -> Value[object] | None:
    affinity = template.body.get("affinity")
    found = affinity.get("nodeAffinity") if isinstance(affinity, dict) else None
    if found:
        return Value(found, template.at.at("affinity", "nodeAffinity"))
    found = template.body.get("nodeSelector")
    return Value(found, template.at.at("nodeSelector")) if found else None


NODE_AFFINITY = FieldRule(
    "node-affinity",
    PodTemplate,
    _chooses_nodes,
    holds=given,
    says="may run on any node",
    fix="add affinity.nodeAffinity, or a nodeSelector, with the labels of the nodes that are meant for it",
    doc="""Pods say which nodes they run on.

    In a cluster of several kinds of nodes a pod that names none can be put on one of another architecture,
    where its image does not start, or on a costly one that was meant for others.

    Silent on:
        a nodeSelector, the short form of the same.

    Severity: note note note note

    Source:
        Kubernetes, "Assigning Pods to Nodes".

    Peers:
        kube-linter/no-node-affinity: does not take a nodeSelector
    """,
)

RULES = (TOPOLOGY_SPREAD, TOPOLOGY_SPREAD_VALID, NODE_AFFINITY)


def pod_anti_affinity(workload: Workload, scaling: Scaling, *, from_replicas: Count = 2) -> Findings:
    """Replicas are kept apart, over nodes or zones.

    Where nothing keeps them apart, all replicas can be on one node: when it fails, or is drained for an
    upgrade, the service is gone although it has several of them.

    Settings:
        from_replicas: how many replicas are to be apart; of a scaled workload, the most that it gets.

    Silent on:
        anti-affinity, required or preferred, and topology spread constraints that select the pods'
        own labels;
        DaemonSets, Jobs and bare Pods; workloads with fewer replicas.

    Severity: note note note note

    Source:
        Kubernetes, "Assigning Pods to Nodes", inter-pod anti-affinity; "Pod Topology Spread Constraints".

    Peers:
        kube-linter/no-anti-affinity: knows no topology spread; one report for each term that does not fit
        kube-score/deployment-has-host-podantiaffinity: knows no topology spread; asks workloads
            that leave replicas out
        kube-score/statefulset-has-host-podantiaffinity: knows no topology spread; asks workloads
            that leave replicas out
    """
    if workload.kind in COUNTED:
        range_ = scaling.of(workload)
        replicas = max(range_.most, range_.set, key=lambda one: one.value) if range_.scaled else range_.set
    elif workload.kind in ("ReplicationController", "DeploymentConfig"):
        replicas = workload.replicas
    else:
        raise NotApplicable(f"a {workload.kind} has no replicas to keep apart")
    if replicas.value < from_replicas:
        raise NotApplicable(f"{workload.name} has {replicas.value} replicas")
    pods = scaling.pods_of(workload)
    kept = next(spreading(pods), None)
    operand = replicas.operand("replicas", worse="more")
    if kept is not None:
        yield Proof(f"the {replicas.value} replicas of {workload.name} are kept apart", (operand,), at=kept)
        return
    yield Finding(
        f"{workload.name} has {replicas.value} replicas, and nothing keeps two of them off one node",
        at=pods.pod_at.at("spec"),
        fix="add a topologySpreadConstraint, or a podAntiAffinity term, over kubernetes.io/hostname "
        "that selects "
        "the pods' own labels",
        operands=(operand,),
    )
