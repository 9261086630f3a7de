"""A value of any wrong type in roles, bindings, budgets, scalers and metadata: unknown or judged, never a crash."""

import json
from datetime import date
from typing import Any

import pytest

from readiness.checklist import Checklist, Item
from readiness.evaluate import evaluate
from readiness.plugins import known_checks
from readiness.tree import TextTree
from tests.checks.test_malformed_objects import BUDGET, DEPLOYMENT, WRONG, places, put

KNOWN = known_checks()
CHECKS = [
    check
    for area in ("rbac", "availability", "object", "capacity")
    for check in KNOWN.of_area(area)
    if area != "capacity" or check.endswith("scaler-target-valid")
]
META = {"name": "api", "namespace": "shop", "labels": {"gather": "yes"}}
RBAC = "rbac.authorization.k8s.io/v1"
ROLE = {
    "apiVersion": RBAC,
    "kind": "ClusterRole",
    "metadata": META,
    "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"gather": "yes"}}]},
    "rules": [{"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"], "resourceNames": ["a"]}],
}
BINDING = {
    "apiVersion": RBAC,
    "kind": "RoleBinding",
    "metadata": META,
    "roleRef": {"kind": "ClusterRole", "name": "api"},
    "subjects": [{"kind": "ServiceAccount", "name": "api", "namespace": "shop"}],
}
ACCOUNT = {
    "apiVersion": "v1",
    "kind": "ServiceAccount",
    "metadata": {"name": "default"},
    "automountServiceAccountToken": False,
}
SCALER = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": META,
    "spec": {
        "minReplicas": 2,
        "maxReplicas": 4,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"},
    },
}
OBJECTS: dict[str, Any] = {
    "role": ROLE, "binding": BINDING, "account": ACCOUNT, "scaler": SCALER, "budget": BUDGET,
    "deployment": DEPLOYMENT,
}  # fmt: skip


def judged(objects: dict[str, Any]) -> list[tuple[str, str, str]]:
    texts = {f"deploy/{name}.json": json.dumps(one).encode() for name, one in objects.items()}
    checklist = Checklist()._replace(items=tuple(Item(check, "check", check) for check in CHECKS))
    known = {check: KNOWN[check] for check in CHECKS}
    done = evaluate(checklist, known, {"repository": TextTree("repository", texts)}, date(2026, 11, 24))
    return [(one.check, result.status, result.reason) for one in done.outcomes for result in one.results]


def test_the_objects_are_judged_as_they_are() -> None:
    assert {status for _, status, _ in judged(OBJECTS)} == {"pass", "fail", "not-applicable"}


@pytest.mark.parametrize("name", OBJECTS)
def test_nothing_malformed_crashes_a_check(name: str) -> None:
    crashes = []
    for at in places(OBJECTS[name]):
        for wrong in WRONG:
            changed = {**OBJECTS, name: put(OBJECTS[name], at, wrong)}
            crashes += [(at, wrong, *one) for one in judged(changed) if one[1] == "error"]
    assert crashes == []
