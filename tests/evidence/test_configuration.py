"""ConfigMaps: who reads them, what containers get from them, and names that say their content."""

from typing import Any

import pytest

from readiness.evidence.configuration import ConfigMap, ConfigMaps, reloads
from readiness.evidence.manifests import KubernetesObject, Manifests, Workload
from readiness.outcome import Location


def made(name: str, data: dict[str, Any], number: int, **more: Any) -> KubernetesObject:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data, **more}
    return KubernetesObject(body, Location("repository", "all.yaml", number), "shop")


def workload(container: dict[str, Any], **pod: Any) -> Workload:
    spec = {"containers": [{"name": "api", **container}], **pod}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"},
            "spec": {"template": {"spec": spec}}}  # fmt: skip
    return Workload(KubernetesObject(body, Location("repository", "all.yaml", 99), "shop"))


def environment(container: dict[str, Any]) -> dict[str, str]:
    maps = ConfigMaps.collect(Manifests((made("one", {"A": "1", "B": "1"}, 0), made("two", {"B": "2"}, 1))))
    found = maps.environment_of(workload(container).containers[0])
    return {name: value.value for name, value in found.items()}


FROM = [{"configMapRef": {"name": "one"}}, {"configMapRef": {"name": "two"}}, {"secretRef": {"name": "one"}}]


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ({"envFrom": FROM}, {"A": "1", "B": "2"}),  # the last of equal keys wins
        ({"envFrom": FROM, "env": [{"name": "A", "value": "3"}]}, {"A": "3", "B": "2"}),
        ({"envFrom": [{"prefix": "X_", "configMapRef": {"name": "two"}}]}, {"X_B": "2"}),
        ({"env": [{"name": "C", "valueFrom": {"configMapKeyRef": {"name": "one", "key": "A"}}}]}, {"C": "1"}),
        ({"env": [{"name": "C", "valueFrom": {"configMapKeyRef": {"name": "none", "key": "A"}}}]}, {}),
        # what a Secret holds is not looked at, and hides what stood below it
        ({"envFrom": FROM, "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]},
         {"B": "2"}),
    ],
)  # fmt: skip
def test_a_containers_environment(container: dict[str, Any], expected: dict[str, str]) -> None:
    assert environment(container) == expected


def test_values_keep_their_place() -> None:
    maps = ConfigMaps.collect(Manifests((made("one", {"A": "1"}, 7),)))
    found = maps.environment_of(workload({"envFrom": FROM}).containers[0])
    assert (found["A"].at.document, found["A"].at.keys) == (7, ("data", "A"))


def test_readers_and_how_they_read() -> None:
    reader = workload(
        {"envFrom": [{"configMapRef": {"name": "one"}}]},
        volumes=[{"name": "v", "configMap": {"name": "one"}},
                 {"name": "w", "projected": {"sources": [{"configMap": {"name": "one"}}, {"secret": {}}]}}],
    )  # fmt: skip
    manifests = Manifests((made("one", {"A": "1"}, 0), made("two", {"A": "1"}, 1)))
    one, two = ConfigMap.collect(manifests, (reader,))
    assert isinstance(one, ConfigMap)
    assert [reading.how for reading in one.readers] == ["environment", "files", "files"]
    assert isinstance(two, ConfigMap)
    assert two.readers == ()


@pytest.mark.parametrize(
    ("name", "by_content"),
    [("settings-776hfdm5t4", True), ("settings-3f2a9c1b", True), ("settings-2.14.3", True),
     ("a-v1-2-3", True), ("settings", False), ("settings-v1", False), ("settings-production", False),
     ("settings-12345678", False), ("settings-deadbeef", False)],
)  # fmt: skip
def test_names_that_say_their_content(name: str, by_content: bool) -> None:
    assert ConfigMap(made(name, {}, 0), ()).named_by_content is by_content


@pytest.mark.parametrize(
    ("image", "reloader"),
    [("jimmidyson/configmap-reload:v0.5.0", True), ("quay.io/kiwigrid/k8s-sidecar:1.30", True),
     ("quay.io/prometheus-operator/prometheus-config-reloader:v0.80.0@sha256:1", True),
     ("registry.example/reload-shop:1", False), ("registry.example/api:1", False)],
)  # fmt: skip
def test_reloaders(image: str, reloader: bool) -> None:
    assert bool(reloads(workload({"image": image}))) is reloader
