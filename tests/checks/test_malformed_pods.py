"""A value of any wrong type in a pod, a Job, a Service or a LimitRange: unknown or judged, never a crash."""

import json
from datetime import date
from typing import Any

import pytest
from readiness_checks import capacity, job, rollout, workload
from readiness_checks.workload import pods, port_names, probes, resources, scheduling

from readiness.checklist import Checklist, Item
from readiness.evaluate import evaluate
from readiness.signature import Check
from readiness.tree import TextTree
from tests.checks.test_malformed_objects import WRONG, places, put

RULES = (*resources.RULES, *probes.RULES, *port_names.RULES, *scheduling.RULES, *pods.RULES)
CHECKS = [
    *(Check("workload", rule) for rule in RULES),
    Check("workload", workload.dns_ndots),
    Check("workload", workload.pod_anti_affinity),
    Check("workload", workload.priority_class_accepted),
    Check("workload", workload.readiness_probe),
    Check("workload", workload.requests_equal_limits),
    Check("workload", workload.single_controller),
    Check("workload", workload.statefulset_service_name),
    Check("workload", workload.volume_claim_annotations),
    Check("job", job.ttl_after_finished),
    Check("job", job.cronjob_deadline),
    Check("capacity", capacity.quantity_sane),
    Check("rollout", rollout.recreate_strategy),
]
SELECTOR = {
    "matchLabels": {"app": "api"},
    "matchExpressions": [{"key": "app", "operator": "In", "values": ["api"]}],
}
TERM = {"topologyKey": "zone", "labelSelector": SELECTOR, "namespaces": ["shop"], "namespaceSelector": {}}
PROBE = {
    "httpGet": {"port": "http", "path": "/", "httpHeaders": []},
    "periodSeconds": 5,
    "failureThreshold": 2,
}
CONTAINER = {
    "name": "api",
    "image": "registry.example/api:1.2.3",
    "ports": [{"name": "http", "containerPort": 80, "protocol": "TCP"}],
    "resources": {"requests": {"cpu": 1, "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "1G"}},
    "livenessProbe": PROBE,
    "readinessProbe": PROBE,
}
POD = {
    "priorityClassName": "gold",
    "restartPolicy": "Always",
    "hostNetwork": False,
    "dnsPolicy": "ClusterFirst",
    "dnsConfig": {"options": [{"name": "ndots", "value": "2"}]},
    "nodeSelector": {"disk": "ssd"},
    "affinity": {
        "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {}},
        "podAntiAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [TERM],
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": TERM}],
        },
    },
    "topologySpreadConstraints": [
        {"maxSkew": 1, "minDomains": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
         "labelSelector": SELECTOR},
    ],
    "resources": {"limits": {"ephemeral-storage": "1Gi"}},
    "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "disk"}}],
    "initContainers": [{"name": "proxy", "image": "proxy:1.0", "restartPolicy": "Always"}],
    "containers": [CONTAINER],
}  # fmt: skip
TEMPLATE = {"metadata": {"labels": {"app": "api"}}, "spec": POD}
METADATA = {"name": "api", "namespace": "shop", "annotations": {"a": "b"}}
OBJECTS: dict[str, dict[str, Any]] = {
    "deployment": {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": METADATA,
        "spec": {"replicas": 2, "selector": SELECTOR, "strategy": {"type": "Recreate"}, "template": TEMPLATE},
    },
    "statefulset": {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": METADATA,
        "spec": {
            "serviceName": "api",
            "selector": SELECTOR,
            "template": {"metadata": {"labels": {"app": "api"}}, "spec": {"containers": [CONTAINER]}},
            "volumeClaimTemplates": [{"metadata": {"name": "disk", "annotations": {"backup": "daily"}}}],
        },
    },
    "cronjob": {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "night"},
        "spec": {
            "startingDeadlineSeconds": 60,
            "suspend": False,
            "jobTemplate": {
                "spec": {"ttlSecondsAfterFinished": 60, "template": {"spec": {"containers": []}}}
            },
        },
    },
    "job": {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "once", "ownerReferences": [], "annotations": {"a": "b"}},
        "spec": {"ttlSecondsAfterFinished": 60, "template": {"spec": {"restartPolicy": "Never"}}},
    },
    "service": {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": METADATA,
        "spec": {
            "clusterIP": "None",
            "selector": {"app": "api"},
            "ports": [{"port": 80, "targetPort": "http"}],
        },
    },
    "limits": {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": METADATA,
        "spec": {
            "limits": [
                {
                    "type": "Container",
                    "min": {"cpu": "10m"},
                    "max": {"memory": "2Gi"},
                    "default": {"cpu": 1},
                    "defaultRequest": {"cpu": "500m"},
                }
            ]
        },
    },
    "pod": {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "tool", "ownerReferences": [{"kind": "Node", "name": "one"}]},
        "spec": {"containers": [CONTAINER]},
    },
    "claim": {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "disk", "namespace": "shop"},
        "spec": {"accessModes": ["ReadWriteMany"]},
    },
    "class": {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": "gold"},
        "value": 1,
    },
}


def judged(objects: dict[str, Any]) -> list[tuple[str, str, str]]:
    texts = {f"deploy/{name}.json": json.dumps(one).encode() for name, one in objects.items()}
    items = tuple(Item(check.id, "check", check.id) for check in CHECKS)
    checklist = Checklist()._replace(items=items)
    known = {check.id: check for check in CHECKS}
    done = evaluate(checklist, known, {"repository": TextTree("repository", texts)}, date(2026, 11, 24))
    return [(one.check, result.status, result.reason) for one in done.outcomes for result in one.results]


def test_each_check_has_something_to_judge() -> None:
    seen = {check for check, status, _ in judged(OBJECTS) if status in ("pass", "fail")}
    assert {check.id for check in CHECKS} - seen == set()


@pytest.mark.parametrize("name", OBJECTS)
def test_nothing_malformed_crashes_a_check(name: str) -> None:
    crashes = []
    for at in places(OBJECTS[name]):
        for wrong in WRONG:
            changed = {**OBJECTS, name: put(OBJECTS[name], at, wrong)}
            crashes += [(at, wrong, *one) for one in judged(changed) if one[1] == "error"]
    assert crashes == []
