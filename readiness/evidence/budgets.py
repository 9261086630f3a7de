"""PodDisruptionBudgets and the workloads whose pods they select.

Reads policy/v1 and policy/v1beta1. A selector is held against the labels of pod templates, in the budget's
namespace. Ignored on purpose: pods that an operator makes from custom resources, which are in no manifest.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from readiness.arithmetic.rounding import IntOrPercent, parse_int_or_percent
from readiness.errors import Unknown
from readiness.evidence.effective import Value, items, mapping, raw
from readiness.evidence.manifests import Manifests, OfObject, Workload
from readiness.evidence.scalers import COUNTED, Scaling
from readiness.evidence.selected import ByLabels
from readiness.known import Unreadable
from readiness.outcome import Location


class Budget(OfObject):
    """One PodDisruptionBudget."""

    __slots__ = ()

    kinds: ClassVar[frozenset[str]] = frozenset({"PodDisruptionBudget"})
    looked_for: ClassVar[str] = "PodDisruptionBudget"
    noun: ClassVar[str] = "budget"

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for found in manifests.of("PodDisruptionBudget"):
            if found.group == "policy":
                yield cls(found)

    def __repr__(self) -> str:
        return repr(self.object)

    @property
    def min_available(self) -> Value[IntOrPercent] | None:
        """Raises Unknown where it is neither a whole number nor a percentage."""
        return self._bound("minAvailable")

    @property
    def max_unavailable(self) -> Value[IntOrPercent] | None:
        """Raises Unknown where it is neither a whole number nor a percentage."""
        return self._bound("maxUnavailable")

    @property
    def selector(self) -> Mapping[str, Any] | None:
        """Its LabelSelector; None where it selects nothing.

        An empty selector takes every pod of the namespace in policy/v1 and none in v1beta1.

        Source: Kubernetes API, policy/v1 PodDisruptionBudgetSpec.selector.
        """
        if raw(self.object.body, self.at, "spec", "selector") is None:
            return None
        found = mapping(self.object.body, self.at, "spec", "selector")
        at = self.at.at("spec", "selector")
        mapping(found, at, "matchLabels")
        for index, expression in enumerate(items(found, at, "matchExpressions")):
            written = expression if isinstance(expression, dict) else {}
            if not isinstance(written.get("key"), str) or not isinstance(written.get("values") or [], list):
                raise Unknown(
                    f"an expression of the selector of {self.name} is malformed",
                    at.at("matchExpressions", index),
                    "write key, operator and a list of values",
                )
        if not found.get("matchLabels") and not found.get("matchExpressions"):
            return None if self.object.api_version == "policy/v1beta1" else {}
        return found

    def _bound(self, name: str) -> Value[IntOrPercent] | None:
        written = raw(self.object.body, self.at, "spec", name)
        if written is None:
            return None
        at = self.at.at("spec", name)
        try:
            return Value(parse_int_or_percent(written), at)
        except ValueError as wrong:
            raise Unknown(
                f"{name} of PodDisruptionBudget {self.name}: {wrong}", at, f"correct spec.{name}"
            ) from wrong


class Budgets:
    """Which budgets select the pods of which workloads."""

    kinds: ClassVar[frozenset[str]] = Budget.kinds | Workload.KINDS

    def __init__(
        self, budgets: tuple[Budget, ...], workloads: tuple[Workload, ...], scaling: Scaling
    ) -> None:
        self._selected: dict[Location, tuple[Workload, ...]] = {}
        self._of: dict[Location, list[Budget]] = {}
        self._wrong: dict[Location, Unknown] = {}
        pods = ByLabels(_labelled(workloads, scaling))
        for budget in budgets:
            try:
                selector = budget.selector
                found = (
                    () if selector is None else tuple(pods.selected(selector, frozenset({budget.namespace})))
                )
            except Unknown as wrong:
                self._wrong[budget.at] = wrong
                continue
            self._selected[budget.at] = found
            for workload in found:
                self._of.setdefault(workload.at, []).append(budget)

    @classmethod
    def collect(cls, budgets: tuple[Budget, ...], workloads: tuple[Workload, ...], scaling: Scaling) -> Self:
        return cls(budgets, workloads, scaling)

    def of(self, workload: Workload) -> tuple[Budget, ...]:
        """The budgets that select a workload's pods; more than one makes every eviction fail."""
        return tuple(self._of.get(workload.at, ()))

    def selected(self, budget: Budget) -> tuple[Workload, ...]:
        """The workloads whose pods a budget selects.

        Raises:
            Unknown: its selector can't be read.
        """
        if budget.at in self._wrong:
            raise self._wrong[budget.at]
        return self._selected.get(budget.at, ())


def _labelled(
    workloads: tuple[Workload, ...], scaling: Scaling
) -> Iterator[tuple[str, Mapping[str, str], Workload]]:
    """Workloads whose pods stay, with their namespace and the labels of their pods."""
    for workload in workloads:
        if workload.kind not in COUNTED:
            continue  # a drain leaves DaemonSets alone, and Jobs end by themselves
        try:
            labels = scaling.pods_of(workload).pod_labels
        except Unknown:
            continue  # its pods are described elsewhere
        yield workload.namespace, labels, workload
