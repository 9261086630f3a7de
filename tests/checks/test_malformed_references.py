"""A value of any wrong type, anywhere in what names other objects: unknown or judged, never a crash."""

import copy
import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

import pytest

from readiness.checklist import Checklist, Item
from readiness.evaluate import evaluate
from readiness.outcome import Outcome
from readiness.plugins import known_checks
from readiness.signature import Check
from readiness.tree import TextTree

AREAS = ("config", "image", "network")
ACCOUNTS = (
    "workload.automount-service-account-token",
    "workload.default-service-account",
    "workload.deprecated-service-account-field",
    "workload.service-account-exists",
)
WRONG: tuple[Any, ...] = (None, True, "x", [None], {"x": None})


def thing(api: str, kind: str, name: str, **more: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "shop", "labels": {"app": name}, "annotations": {"a": "b"}}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **more}


DEPLOYMENT = thing(
    "apps/v1", "Deployment", "web",
    spec={"template": {"metadata": {"labels": {"app": "web"}}, "spec": {
        "serviceAccountName": "web", "serviceAccount": "web", "automountServiceAccountToken": False,
        "imagePullSecrets": [{"name": "hub"}], "hostNetwork": False,
        "containers": [{
            "name": "web", "image": "web:1", "imagePullPolicy": "Always",
            "env": [
                {"name": "A", "value": "b"},
                {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": False}}},
                {"name": "C", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}},
            ],
            "envFrom": [{"configMapRef": {"name": "c"}}, {"secretRef": {"name": "s"}}],
        }],
        "volumes": [
            {"name": "a", "secret": {"secretName": "s", "items": [{"key": "k", "path": "p"}]}},
            {"name": "b", "persistentVolumeClaim": {"claimName": "p"}},
            {"name": "c", "projected": {"sources": [{"configMap": {"name": "c"}}, {"secret": {"name": "s"}}]}},
        ],
    }}},
)  # fmt: skip
OBJECTS: dict[str, dict[str, Any]] = {
    "deployment": DEPLOYMENT,
    "config-map": thing("v1", "ConfigMap", "c", data={"k": "v", "password": "p"}, binaryData={"b": "YQ=="}),
    "secret": thing("v1", "Secret", "s", data={"k": "dg=="}, stringData={"l": "m"}),
    "account": thing("v1", "ServiceAccount", "web", automountServiceAccountToken=True, imagePullSecrets=[{"name": "h"}]),
    "service": thing(
        "v1", "Service", "web", spec={"type": "ClusterIP", "selector": {"app": "web"}, "ports": [{"name": "a", "port": 1}]}
    ),
    "endpoint-slice": thing("discovery.k8s.io/v1", "EndpointSlice", "web"),
    "ingress": thing(
        "networking.k8s.io/v1", "Ingress", "web",
        spec={
            "tls": [{"hosts": ["a"], "secretName": "t"}],
            "defaultBackend": {"service": {"name": "web", "port": {"number": 1}}},
            "rules": [{"http": {"paths": [{"backend": {"service": {"name": "web", "port": {"name": "a"}}}}]}}],
        },
    ),
    "old-ingress": thing(
        "extensions/v1beta1", "Ingress", "old", spec={"backend": {"serviceName": "web", "servicePort": 1}}
    ),
    "policy": thing(
        "networking.k8s.io/v1", "NetworkPolicy", "web",
        spec={
            "podSelector": {
                "matchLabels": {"app": "web"},
                "matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}],
            },
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}],
            "egress": [{"to": [{"podSelector": {}, "namespaceSelector": {}}]}],
        },
    ),
    "gateway": thing("gateway.networking.k8s.io/v1", "Gateway", "edge", spec={"listeners": [{"name": "https"}]}),
    "route": thing(
        "gateway.networking.k8s.io/v1", "HTTPRoute", "web",
        spec={
            "parentRefs": [{"name": "edge", "sectionName": "https", "kind": "Gateway", "namespace": "shop"}],
            "rules": [{
                "backendRefs": [{"name": "web", "port": 1, "kind": "Service", "group": "", "namespace": "shop"}],
                "filters": [{"requestMirror": {"backendRef": {"name": "web", "port": 1}}}],
            }],
        },
    ),
    "binding": thing(
        "rbac.authorization.k8s.io/v1", "RoleBinding", "web",
        subjects=[{"kind": "ServiceAccount", "name": "api"}, {"kind": "Group", "name": "system:serviceaccounts:other"}],
    ),
    "external-secret": thing(
        "external-secrets.io/v1", "ExternalSecret", "e",
        spec={"target": {"name": "e", "template": {}}, "data": [{"secretKey": "k"}], "dataFrom": []},
    ),
    "sealed-secret": thing(
        "bitnami.com/v1alpha1", "SealedSecret", "e",
        spec={"encryptedData": {"k": "v"}, "template": {"metadata": {"name": "e"}, "data": {"l": "m"}}},
    ),
    "secret-provider-class": thing(
        "secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", "e", spec={"secretObjects": [{"secretName": "e"}]}
    ),
    "certificate": thing("cert-manager.io/v1", "Certificate", "e", spec={"secretName": "e"}),
    "stateful-set": thing(
        "apps/v1", "StatefulSet", "db", spec={"replicas": 2, "volumeClaimTemplates": [{"metadata": {"name": "data"}}]}
    ),
    "job": thing(
        "batch/v1", "Job", "make",
        spec={"template": {"spec": {"containers": [{"name": "a", "command": ["a"], "args": ["--secret=e"]}]}}},
    ),
    "helm-release": thing("helm.toolkit.fluxcd.io/v2", "HelmRelease", "r", spec={"releaseName": "r"}),
    "application": thing("argoproj.io/v1alpha1", "Application", "r", spec={"source": {"helm": {"releaseName": "r"}}}),
}  # fmt: skip


def paths(value: Any, keys: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*keys, key)
        if isinstance(inner, (dict, list)):
            yield from paths(inner, (*keys, key))


def spoilt(found: dict[str, Any], keys: tuple[Any, ...], wrong: Any) -> dict[str, Any]:
    made = copy.deepcopy(found)
    place: Any = made
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = wrong
    return made


@cache
def checks() -> Mapping[str, Check]:
    known = known_checks()
    return {one: known[one] for one in (*(one for area in AREAS for one in known.of_area(area)), *ACCOUNTS)}


def judged(objects: dict[str, dict[str, Any]]) -> tuple[Outcome, ...]:
    checklist = Checklist(items=tuple(Item(one, "check", one) for one in checks()))
    text = "\n---\n".join(json.dumps(one) for one in objects.values())
    trees = {"repository": TextTree("repository", {"objects.yaml": text.encode()})}
    return evaluate(checklist, checks(), trees, date(2026, 11, 24)).outcomes


def test_every_check_has_something_to_judge() -> None:
    assert {one.check for one in judged(OBJECTS) if one.status not in ("pass", "fail")} == set()


@pytest.mark.parametrize("name", OBJECTS)
def test_wrong_types_never_crash(name: str) -> None:
    for keys in paths(OBJECTS[name]):
        for wrong in WRONG:
            objects = {**OBJECTS, name: spoilt(OBJECTS[name], keys, wrong)}
            for outcome in judged(objects):
                for result in outcome.results:
                    assert result.status != "error", (keys, wrong, outcome.check, result.reason)
