"""Which workloads select which pods, by the selectors that they have.

Reads Deployments, ReplicaSets, StatefulSets, DaemonSets, Rollouts, ReplicationControllers and
DeploymentConfigs;
the latter two have plain maps of labels as selectors. Ignored on purpose: Jobs, whose selectors
are generated,
and workloads that a Rollout takes its pods from.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from readiness.errors import Unknown
from readiness.evidence.effective import mapping, raw
from readiness.evidence.manifests import Workload, selector_matches
from readiness.evidence.scalers import Scaling
from readiness.evidence.selected import ByLabels
from readiness.outcome import Location

BY_SELECTOR = frozenset({"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Rollout"})
BY_LABELS = frozenset({"ReplicationController", "DeploymentConfig"})


def selector_of(workload: Workload) -> Mapping[str, Any] | None:
    """A workload's selector as a LabelSelector; None where it has none or an empty one.

    Raises:
        Unknown: it is no selector.
    """
    body, at = workload.object.body, workload.at
    found = mapping(body, at, "spec", "selector")
    if not found:
        return None
    if workload.kind in BY_LABELS:
        return {"matchLabels": found}
    if not mapping(found, at.at("spec", "selector"), "matchLabels") and not raw(
        found, at.at("spec", "selector"), "matchExpressions"
    ):
        return None
    return found


def selects(selector: Mapping[str, Any], labels: Mapping[str, str], at: Location) -> bool:
    """Whether a selector takes pods with these labels; raises Unknown where it is no selector."""
    try:
        return selector_matches(selector, labels)
    except Unknown as wrong:
        raise Unknown(wrong.why, at, wrong.fix) from wrong


class Controllers:
    """The workloads of an environment by the pods that they select."""

    kinds: ClassVar[frozenset[str]] = Workload.KINDS

    def __init__(self, workloads: tuple[Workload, ...], scaling: Scaling) -> None:
        labelled = []
        for workload in workloads:
            try:
                if workload.kind in BY_SELECTOR | BY_LABELS and scaling.rollout_of(workload) is None:
                    labelled.append((workload.namespace, scaling.pods_of(workload).pod_labels, workload))
            except Unknown:
                continue  # its pods are described elsewhere
        self._pods = ByLabels(labelled)
        self._others: dict[Location, list[Workload]] = {}
        for _, _, workload in labelled:
            for other in self._selected(workload):
                if other.at != workload.at and other.subject != workload.subject:
                    self._others.setdefault(other.at, []).append(workload)

    @classmethod
    def collect(cls, workloads: tuple[Workload, ...], scaling: Scaling) -> Self:
        return cls(workloads, scaling)

    def others(self, workload: Workload) -> tuple[Workload, ...]:
        """Further workloads whose selectors take the pods of this one."""
        return tuple(self._others.get(workload.at, ()))

    def _selected(self, workload: Workload) -> list[Workload]:
        try:
            selector = selector_of(workload)
            if selector is None:
                return []
            return self._pods.selected(selector, frozenset({workload.namespace}))
        except Unknown:
            return []  # workload.selector-matches-template says so
