"""PodDisruptionBudgets, and which workloads they select."""

from typing import Any

import pytest

from readiness.arithmetic.rounding import IntOrPercent
from readiness.errors import Unknown
from readiness.evidence.budgets import Budget, Budgets
from readiness.evidence.manifests import KubernetesObject, Workload
from readiness.evidence.scalers import Scaling
from readiness.outcome import Location


def at(document: int) -> Location:
    return Location("repository", "all.yaml", document)


def budget(
    spec: dict[str, Any], namespace: str = "shop", version: str = "policy/v1", number: int = 0
) -> Budget:
    body = {"apiVersion": version, "kind": "PodDisruptionBudget", "metadata": {"name": "b"}, "spec": spec}
    return Budget(KubernetesObject(body, at(number), namespace))


def workload(name: str, labels: dict[str, str], kind: str = "Deployment", number: int = 10) -> Workload:
    body = {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name},
            "spec": {"template": {"metadata": {"labels": labels}}}}  # fmt: skip
    return Workload(KubernetesObject(body, at(number), "shop"))


API = workload("api", {"app": "api", "tier": "web"}, number=10)
WEB = workload("web", {"app": "web", "tier": "web"}, number=11)
AGENT = workload("agent", {"app": "agent", "tier": "web"}, "DaemonSet", number=12)
ALL = (API, WEB, AGENT)


def selected(selector: Any, namespace: str = "shop", version: str = "policy/v1") -> list[str]:
    one = budget({"selector": selector}, namespace, version)
    return [found.name for found in Budgets.collect((one,), ALL, Scaling((), ALL)).selected(one)]


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ({"matchLabels": {"app": "api"}}, ["api"]),
        ({"matchLabels": {"tier": "web"}}, ["api", "web"]),  # a drain leaves DaemonSets alone
        ({"matchLabels": {"app": "api", "tier": "db"}}, []),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["api"]}]}, ["web"]),
        ({}, ["api", "web"]),
        (None, []),
    ],
)
def test_selectors(selector: Any, names: list[str]) -> None:
    assert selected(selector) == names


def test_an_empty_selector_took_nothing_in_v1beta1() -> None:
    assert selected({}, version="policy/v1beta1") == []


def test_another_namespace_is_another_matter() -> None:
    assert selected({"matchLabels": {"app": "api"}}, namespace="other") == []
    assert selected({"matchLabels": {"app": "api"}}, namespace="") == ["api"]  # applied where nobody says


def test_workloads_know_their_budgets() -> None:
    one, two = (budget({"selector": {"matchLabels": {"tier": "web"}}}, number=number) for number in (0, 1))
    join = Budgets.collect((one, two), ALL, Scaling((), ALL))
    assert join.of(API) == (one, two)
    assert join.of(AGENT) == ()


def test_bounds_are_counts_or_percentages() -> None:
    found = budget({"minAvailable": "80%", "maxUnavailable": 1})
    assert found.min_available is not None
    assert found.min_available.value == IntOrPercent(80, True)
    assert found.min_available.at.keys == ("spec", "minAvailable")
    assert found.max_unavailable is not None
    assert found.max_unavailable.value == IntOrPercent(1)
    assert budget({"minAvailable": None}).min_available is None


@pytest.mark.parametrize("bound", ["1", "x%", 1.5, True, [], {}, -1])
def test_anything_else_is_unknown(bound: Any) -> None:
    with pytest.raises(Unknown, match="minAvailable of PodDisruptionBudget b: expected a whole number"):
        _ = budget({"minAvailable": bound}).min_available


@pytest.mark.parametrize(
    "selector",
    ["x", [], {"matchLabels": []}, {"matchExpressions": {}}, {"matchExpressions": ["x"]},
     {"matchExpressions": [{"key": [], "operator": "Exists"}]},
     {"matchExpressions": [{"key": "a", "operator": "In", "values": "b"}]},
     {"matchExpressions": [{"key": "a", "operator": "Like", "values": ["b"]}]}],
)  # fmt: skip
def test_a_malformed_selector_is_unknown_and_spoils_no_other(selector: Any) -> None:
    wrong, right = (
        budget({"selector": selector}),
        budget({"selector": {"matchLabels": {"app": "api"}}}, number=1),
    )
    join = Budgets.collect((wrong, right), ALL, Scaling((), ALL))
    with pytest.raises(Unknown):
        join.selected(wrong)
    assert join.selected(right) == (API,)
