"""What spreads the pods of a workload: anti-affinity to its own pods, and topology spread constraints.

Ignored on purpose: the scheduler's own default constraints, which are the cluster's to set.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from readiness.errors import Unknown
from readiness.evidence.effective import Value, items, mapping, raw, text, whole
from readiness.evidence.manifests import PodTemplate, Workload, selector_matches
from readiness.outcome import Location

TERMS = "DuringSchedulingIgnoredDuringExecution"
UNSATISFIABLE = ("DoNotSchedule", "ScheduleAnyway")


def spreading(pods: Workload) -> Iterator[Location]:
    """Each term and constraint that keeps pods of the same template apart.

    Raises:
        Unknown: one of them has a wrong type.
    """
    spec, at = pods.pod_spec, pods.pod_at.at("spec")
    for term, place in _terms(spec, at):
        topology = text(term, place, "topologyKey")
        if topology is not None and topology.value and _selects_own(term, place, pods):
            yield place
    for index, constraint in enumerate(items(spec, at, "topologySpreadConstraints")):
        place = at.at("topologySpreadConstraints", index)
        if raw(constraint, place, "topologyKey") and _matches(constraint, place, pods):
            yield place


def _terms(spec: Mapping[str, Any], at: Location) -> Iterator[tuple[Any, Location]]:
    keys = ("affinity", "podAntiAffinity", f"required{TERMS}")
    for index, term in enumerate(items(spec, at, *keys)):
        yield term, at.at(*keys, index)
    keys = ("affinity", "podAntiAffinity", f"preferred{TERMS}")
    for index, weighed in enumerate(items(spec, at, *keys)):
        place = at.at(*keys, index)
        yield mapping(weighed, place, "podAffinityTerm"), place.at("podAffinityTerm")


def _selects_own(term: Any, at: Location, pods: Workload) -> bool:
    """Whether a term is about the pods themselves: by their labels and in their namespace.

    Source: Kubernetes API, core/v1 PodAffinityTerm: with no namespaces it is about the pod's own.
    """
    if not _matches(term, at, pods):
        return False
    named = items(term, at, "namespaces")
    if raw(term, at, "namespaceSelector") is not None or not named:
        return True  # which labels a namespace has isn't in the manifests
    return not pods.namespace or pods.namespace in named


def _matches(said: Any, at: Location, pods: Workload) -> bool:
    if raw(said, at, "labelSelector") is None:
        return False
    return selector_matches(mapping(said, at, "labelSelector"), pods.pod_labels)


def fault_of_constraints(template: PodTemplate) -> Value[str] | None:
    """What is incomplete or illegal in the topology spread constraints of a pod; None where all is well.

    Source: Kubernetes API, core/v1 TopologySpreadConstraint, and its validation.
    """
    if template.body.get("topologySpreadConstraints") is None:
        return None
    seen: set[tuple[object, object]] = set()
    for index, constraint in enumerate(items(template.body, template.at, "topologySpreadConstraints")):
        at = template.at.at("topologySpreadConstraints", index)
        faults = list(_faults(constraint, at, seen))
        if faults:
            return Value(f"{index + 1}: {', '.join(faults)}", at)
    return None


def _faults(constraint: Any, at: Location, seen: set[tuple[object, object]]) -> Iterator[str]:
    if not isinstance(constraint, dict):
        raise Unknown("a topology spread constraint is a mapping; this one is not", at)
    skew, domains = whole(constraint, at, "maxSkew"), whole(constraint, at, "minDomains")
    topology, unsatisfiable = text(constraint, at, "topologyKey"), text(constraint, at, "whenUnsatisfiable")
    if skew is None or skew.value < 1:
        yield f"maxSkew is {'left out' if skew is None else skew.value}, 1 or more is needed"
    if topology is None or not topology.value:
        yield "topologyKey is left out"
    if unsatisfiable is None or unsatisfiable.value not in UNSATISFIABLE:
        found = "left out" if unsatisfiable is None else unsatisfiable.value
        yield f"whenUnsatisfiable is {found}, {' or '.join(UNSATISFIABLE)} is needed"
    if domains is not None and domains.value < 1:
        yield f"minDomains is {domains.value}, 1 or more is needed"
    elif domains is not None and unsatisfiable is not None and unsatisfiable.value == "ScheduleAnyway":
        yield "minDomains is set with whenUnsatisfiable: ScheduleAnyway, and goes with DoNotSchedule alone"
    if raw(constraint, at, "labelSelector") is None:
        yield "labelSelector is left out, so that no pod is counted"
    pair = (topology and topology.value, unsatisfiable and unsatisfiable.value)
    if pair in seen:
        yield f"topologyKey {pair[0]} with {pair[1]} stands twice"
    seen.add(pair)
