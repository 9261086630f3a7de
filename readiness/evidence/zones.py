"""How the pods of a workload are spread over zones, and what guarantees it.

Reads topologySpreadConstraints, required podAntiAffinity, nodeSelector and required nodeAffinity of the pod
template. A constraint or term whose selector misses the workload's own pods spreads nothing.
Ignored on purpose: preferred affinity and the scheduler's own defaults, which guarantee nothing.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from readiness.evidence.effective import Value, items, mapping, text, whole
from readiness.evidence.manifests import Workload, selector_matches
from readiness.outcome import Location

ZONE_KEYS = frozenset({"topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"})


class ZoneSpread(NamedTuple):
    """What holds of a workload's pods.

    `kind`: `hard` (a constraint with DoNotSchedule), `apart` (at most one pod in a zone), `soft` (a
    constraint with ScheduleAnyway), `missed` (a constraint whose selector misses the pods) or `none`.
    `confined`: zones that node selectors allow, None for all.
    """

    kind: Literal["hard", "apart", "soft", "missed", "none"]
    at: Location
    max_skew: Value[int] | None = None
    min_domains: Value[int] | None = None
    by_revision: bool = False  # counted for each revision by itself, so that it also holds after a rollout
    confined: Value[int] | None = None


def spread_of(pods: Workload) -> ZoneSpread:
    """The spread over zones of the workload that holds the pod template.

    Raises:
        Unknown: a constraint is written in a way that the API doesn't have.

    Source: Kubernetes, "Pod Topology Spread Constraints"; "Assigning Pods to Nodes".
    """
    confined = _confined(pods)
    if _apart(pods):
        return ZoneSpread("apart", pods.pod_at.at("spec", "affinity", "podAntiAffinity"), confined=confined)
    found = [_constraint(pods, index) for index in range(len(_constraints(pods)))]
    zonal = [one for one in found if one is not None]
    order = ("hard", "soft", "missed")
    best = min(zonal, key=lambda one: (order.index(one.kind), _skew(one)), default=None)
    if best is None:
        best = ZoneSpread("none", pods.pod_at.at("spec", "topologySpreadConstraints"))
    return best._replace(confined=confined)


def _skew(spread: ZoneSpread) -> int:
    return spread.max_skew.value if spread.max_skew is not None else 0


def _constraints(pods: Workload) -> list[Any]:
    return items(pods.pod, pods.pod_at, "spec", "topologySpreadConstraints")


def _constraint(pods: Workload, index: int) -> ZoneSpread | None:
    at = pods.pod_at.at("spec", "topologySpreadConstraints", index)
    body = mapping(pods.pod, pods.pod_at, "spec", "topologySpreadConstraints", index)
    key = text(body, at, "topologyKey")
    if key is None or key.value not in ZONE_KEYS:
        return None
    unsatisfiable = text(body, at, "whenUnsatisfiable")
    kind: Literal["hard", "soft", "missed"] = "hard"
    if unsatisfiable is not None and unsatisfiable.value == "ScheduleAnyway":
        kind = "soft"
    if not _matches(mapping(body, at, "labelSelector"), pods):
        kind = "missed"
    skew = whole(body, at, "maxSkew") or Value(1, at.at("maxSkew"))
    labels = items(body, at, "matchLabelKeys")
    return ZoneSpread(kind, at, skew, whole(body, at, "minDomains"), "pod-template-hash" in labels)


def _matches(selector: Mapping[str, Any], pods: Workload) -> bool:
    """Whether a selector matches the pods; one that is left out matches none."""
    return bool(selector) and selector_matches(selector, pods.pod_labels)


def _apart(pods: Workload) -> bool:
    keys = ("spec", "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    for index, term in enumerate(items(pods.pod, pods.pod_at, *keys)):
        at = pods.pod_at.at(*keys, index)
        body = term if isinstance(term, dict) else {}
        key = text(body, at, "topologyKey")
        if key is not None and key.value in ZONE_KEYS and _matches(mapping(body, at, "labelSelector"), pods):
            return True
    return False


def _confined(pods: Workload) -> Value[int] | None:
    """The number of zones that nodeSelector or required nodeAffinity leave."""
    for key in mapping(pods.pod, pods.pod_at, "spec", "nodeSelector"):
        if key in ZONE_KEYS:
            return Value(1, pods.pod_at.at("spec", "nodeSelector", key))
    keys = ("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    at = pods.pod_at.at(*keys, "nodeSelectorTerms")
    allowed: set[str] = set()
    for term in items(pods.pod, pods.pod_at, *keys, "nodeSelectorTerms"):
        zones = _zones_in(term)
        if zones is None:
            return None  # terms are alternatives: one that names no zone allows all of them
        allowed |= zones
    return Value(len(allowed), at) if allowed else None


def _zones_in(term: Any) -> set[str] | None:
    expressions = term.get("matchExpressions") if isinstance(term, dict) else None
    for expression in expressions if isinstance(expressions, list) else ():
        if isinstance(expression, dict) and expression.get("key") in ZONE_KEYS:
            values = expression.get("values")
            if expression.get("operator") == "In" and isinstance(values, list):
                return {str(value) for value in values}
    return None
