"""A value of any wrong type, anywhere in the objects that checks read: unknown or judged, never a crash."""

import copy
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from readiness_checks import availability, rollback, rollout

from readiness.checklist import Checklist, Item
from readiness.evaluate import evaluate
from readiness.signature import Check
from readiness.tree import TextTree

CHECKS = [
    Check("availability", availability.pdb_allows_drain),
    Check("availability", availability.termination_budget),
    Check("rollout", rollout.zero_downtime_arithmetic),
    Check("rollback", rollback.image_immutable),
    Check("rollback", rollback.previous_version_resolvable),
    Check("rollback", rollback.config_immutable),
]
WRONG: tuple[Any, ...] = (None, True, -1, 1.5, "x", [], [None], {}, {"x": None})

CONTAINER = {
    "name": "api",
    "image": "registry.example/api:1.2.3",
    "args": ["--graceful-timeout", "30"],
    "env": [
        {"name": "A", "value": "b"},
        {"name": "C", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "C"}}},
    ],
    "envFrom": [{"configMapRef": {"name": "settings"}}],
    "lifecycle": {"preStop": {"sleep": {"seconds": 5}, "exec": {"command": ["sleep", "5"]}}},
    "readinessProbe": {"tcpSocket": {"port": 80}},
    "volumeMounts": [{"name": "v", "mountPath": "/config"}],
}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "api", "labels": {"app": "api"}, "annotations": {"a": "b"}},
    "spec": {
        "replicas": 2,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": "25%"}},
        "template": {
            "metadata": {"labels": {"app": "api"}, "annotations": {"a": "b"}},
            "spec": {
                "terminationGracePeriodSeconds": 60,
                "containers": [CONTAINER],
                "initContainers": [{"name": "proxy", "image": "proxy:1.0", "restartPolicy": "Always"}],
                "volumes": [
                    {"name": "v", "configMap": {"name": "settings"}},
                    {"name": "w", "projected": {"sources": [{"configMap": {"name": "settings"}}]}},
                ],
            },
        },
    },
}
BUDGET = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "api"},
    "spec": {
        "maxUnavailable": 1,
        "selector": {
            "matchLabels": {"app": "api"},
            "matchExpressions": [{"key": "app", "operator": "In", "values": ["api"]}],
        },
    },
}
CONFIGMAP = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "settings", "labels": {"a": "b"}},
    "data": {"C": "d", "application.yml": "server: {shutdown: graceful}"},
}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "api"},
    "spec": {"selector": {"app": "api"}, "ports": [{"port": 80}]},
}
OBJECTS = {"deployment": DEPLOYMENT, "budget": BUDGET, "configmap": CONFIGMAP, "service": SERVICE}


def places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in entries:
        yield (*at, key)
        yield from places(inner, (*at, key))


def put(value: Any, at: tuple[str | int, ...], new: Any) -> Any:
    changed = copy.deepcopy(value)
    inside = changed
    for key in at[:-1]:
        inside = inside[key]
    inside[at[-1]] = new
    return changed


def judged(objects: dict[str, Any]) -> list[tuple[str, str, str]]:
    texts = {f"deploy/{name}.json": json.dumps(one).encode() for name, one in objects.items()}
    items = tuple(Item(check.id, "check", check.id) for check in CHECKS)
    checklist = Checklist()._replace(items=items)
    checklist = checklist._replace(service=checklist.service._replace(tier=1))
    known = {check.id: check for check in CHECKS}
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
