"""Workloads that a budget should protect, budgets, and what else a budget may have meant.

A budget that selects no workload of these manifests may be one of pods that an operator makes of a custom
resource: such resources of its namespace are counted.
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar, Self

from readiness.errors import Unknown
from readiness.evidence.budgets import Budget, Budgets
from readiness.evidence.manifests import KubernetesObject, Manifests, OfObject, Workload
from readiness.evidence.scalers import Scaling
from readiness.evidence.selected import ByLabels, Selected
from readiness.known import Unreadable

EVICTED = frozenset({"Deployment", "StatefulSet", "Rollout", "ReplicationController", "DeploymentConfig"})


class Guarded(OfObject):
    """One workload that a drain evicts, or one budget."""

    __slots__ = ("budget", "workload")

    kinds: ClassVar[frozenset[str]] = EVICTED | Budget.kinds
    looked_for: ClassVar[str] = "Deployment, StatefulSet, Rollout, PodDisruptionBudget"

    def __init__(self, found: KubernetesObject, workload: Workload | None, budget: Budget | None) -> None:
        super().__init__(found)
        self.workload = workload
        self.budget = budget

    @classmethod
    def collect(cls, workloads: tuple[Workload, ...], budgets: tuple[Budget, ...]) -> Iterator[Self]:
        for workload in workloads:
            if workload.kind in EVICTED:
                yield cls(workload.object, workload, None)
        for budget in budgets:
            yield cls(budget.object, None, budget)


class Protection:
    """Which budgets protect which pods, of whatever kind."""

    kinds: ClassVar[frozenset[str]] = Budget.kinds | Workload.KINDS

    def __init__(
        self, workloads: tuple[Workload, ...], budgets: Budgets, scaling: Scaling, selected: Selected,
        lost: tuple[Unreadable, ...],
    ) -> None:  # fmt: skip
        self._budgets = budgets
        self._selected = selected
        self._lost = lost
        self._pods = ByLabels((one.namespace, _pod_labels(one, scaling), one) for one in workloads)
        self._by_name: dict[str, list[Workload]] = {}
        for one in workloads:
            self._by_name.setdefault(one.name, []).append(one)

    @classmethod
    def collect(
        cls,
        manifests: Manifests,
        workloads: tuple[Workload, ...],
        budgets: Budgets,
        scaling: Scaling,
        selected: Selected,
    ) -> Self:
        return cls(workloads, budgets, scaling, selected, manifests.unreadable)

    def of(self, workload: Workload) -> tuple[Budget, ...]:
        """The budgets that select a workload's pods.

        Raises:
            Unknown: there is none, but some object that could be one was not read.
        """
        found = self._budgets.of(workload)
        if not found:
            self._complete(Budget.kinds)
        return found

    def selected(self, budget: Budget) -> tuple[Workload, ...]:
        """All that a budget selects, those included that a drain leaves alone.

        Raises:
            Unknown: its selector can't be read, or it selects nothing of what was read.
        """
        selector = budget.selector
        if selector is None:
            return ()
        found = tuple(self._pods.selected(selector, frozenset({budget.namespace})))
        if not found:
            self._complete(Workload.KINDS)
        return found

    def made_elsewhere(self, budget: Budget) -> KubernetesObject | None:
        """A custom resource of the namespace, of which an operator may make the pods."""
        return next(iter(self._selected.makers(frozenset({budget.namespace}))), None)

    def meant(self, budget: Budget) -> Workload | None:
        """The workload that a budget without pods probably means: its namesake, or one with a label."""
        wanted = [
            one
            for one in self._by_name.get(budget.name, ())
            if one.kind in EVICTED and one.namespace == budget.namespace
        ]
        selector = budget.selector or {}
        near = self._pods.near(selector, None) if selector.get("matchLabels") else []
        labels = {(str(key), str(value)) for key, value in (selector.get("matchLabels") or {}).items()}
        sharing = [one for one in near if one.kind in EVICTED and labels & set(_own(one).items())]
        return next(iter(sharing or wanted), None)

    def _complete(self, kinds: frozenset[str]) -> None:
        for lost in self._lost:
            if lost.could_hold(kinds):
                raise Unknown(lost.why, lost.at, lost.fix)


def _own(workload: Workload) -> Mapping[str, str]:
    try:
        return workload.pod_labels
    except Unknown:
        return {}


def _pod_labels(workload: Workload, scaling: Scaling) -> Mapping[str, str]:
    try:
        return scaling.pods_of(workload).pod_labels
    except Unknown:
        return {}  # its pods are described elsewhere, or malformed: the checks that read them say so
