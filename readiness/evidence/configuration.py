"""ConfigMaps, the workloads that read them, and the environment variables that containers get from them.

Knows `envFrom`, `env[].valueFrom.configMapKeyRef`, ConfigMap volumes and projected ones. Ignored on purpose:
ConfigMaps that a program reads through the API, and values of Secrets, which are never looked at.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Self

from readiness.errors import Unknown
from readiness.evidence.effective import Value, items, mapping, raw, text
from readiness.evidence.manifests import Container, KubernetesObject, Manifests, Workload
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

KUSTOMIZE_HASH = (
    r"-[2456789bcdfghkmt]{10}"  # kustomize, api/hasher: hex digits without those that spell words
)
CONTENT_HASH = r"[-.](?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{8,64}"
VERSION = r"[-.]v?[0-9]+[-.][0-9]+[-.][0-9]+"

# Programs that watch mounted files and make their neighbour read them again.
RELOADERS = r"(?:^|/)(?:configmap-reload|k8s-sidecar|[\w-]*config-reloader)(?::|$)"
# Labels by which a dashboard or rule sidecar finds its files, and by which trust bundles are filled in.
PICKED_UP = r"^(?:grafana_\w+|.*/inject-trusted-cabundle|.*grafana.*dashboard.*)$"
CHECKSUM = r"checksum|hash|sha256|sha1|md5"
STAKATER = r"reloader\.stakater\.com/(?:auto|reload|search|match)"


class Reader(NamedTuple):
    """One way in which a workload reads a ConfigMap."""

    workload: Workload
    how: str  # "environment" or "files"
    at: Location


class ConfigMap:
    """One ConfigMap and the workloads whose pods read it."""

    __slots__ = ("at", "object", "readers")

    kinds: ClassVar[frozenset[str]] = frozenset({"ConfigMap"}) | Workload.KINDS
    looked_for: ClassVar[str] = "ConfigMap"

    def __init__(self, found: KubernetesObject, readers: tuple[Reader, ...]) -> None:
        self.object = found
        self.at = found.at
        self.readers = readers

    @classmethod
    def collect(cls, manifests: Manifests, workloads: tuple[Workload, ...]) -> Iterator[Self | Unreadable]:
        readers: dict[tuple[str, str], list[Reader]] = {}
        for workload in workloads:
            for name, how, at in _references(workload):
                readers.setdefault((workload.namespace, name), []).append(Reader(workload, how, at))
        for found in manifests.of("ConfigMap"):
            if found.group == "":
                yield cls(found, tuple(readers.get((found.namespace, found.name), ())))

    @property
    def subject(self) -> Subject:
        return self.object.subject

    @property
    def name(self) -> str:
        return self.object.name

    @property
    def data(self) -> Mapping[str, str]:
        found = mapping(self.object.body, self.at, "data")
        return {str(key): value for key, value in found.items() if isinstance(value, str)}

    @property
    def empty(self) -> bool:
        """It has no content here: somebody fills it in at run time."""
        return not self.object.body.get("data") and not self.object.body.get("binaryData")

    @property
    def immutable(self) -> bool:
        return self.object.body.get("immutable") is True

    @property
    def named_by_content(self) -> bool:
        """Its name ends in a hash of its content or in a whole version: other content has another name."""
        return any(re.search(f"{end}$", self.name) for end in (KUSTOMIZE_HASH, CONTENT_HASH, VERSION))

    @property
    def picked_up(self) -> bool:
        """A sidecar finds it by a label and reads it again when it changes: it has releases of its own."""
        if any(re.match(PICKED_UP, label) for label in self.object.labels):
            return True
        contents = self.data.values()
        return bool(contents) and all(one.lstrip().startswith("-----BEGIN CERTIFICATE") for one in contents)


def renewed_with_pods(workload: Workload) -> str:
    """What in a workload ties its pods to the content of their ConfigMaps; empty when nothing does."""
    for key in workload.pod_annotations:
        if re.search(CHECKSUM, key, re.IGNORECASE):
            return f"annotation {key}"
    for key in (*workload.object.annotations, *workload.pod_annotations):
        if re.search(STAKATER, key):
            return f"annotation {key}"
    return ""


def reloads(workload: Workload) -> str:
    """The container that makes its neighbours read changed files again; empty when there is none."""
    for container in workload.containers:
        image = container.body.get("image")
        if isinstance(image, str) and re.search(RELOADERS, image.partition("@")[0]):
            return container.name
    return ""


class ConfigMaps:
    """All ConfigMaps of an environment by name, for values that pods take from them."""

    kinds: ClassVar[frozenset[str]] = frozenset({"ConfigMap"})

    def __init__(self, found: dict[tuple[str, str], KubernetesObject]) -> None:
        self._found = found
        self._in: dict[str, list[KubernetesObject]] = {}
        self._environments: dict[Container, Mapping[str, Value[str]]] = {}
        for (namespace, _), one in found.items():
            self._in.setdefault(namespace, []).append(one)

    @classmethod
    def collect(cls, manifests: Manifests) -> Self:
        return cls({(one.namespace, one.name): one for one in manifests.of("ConfigMap") if one.group == ""})

    def get(self, namespace: str, name: str) -> KubernetesObject | None:
        """The ConfigMap of that name; one that names no namespace is where it is applied."""
        return self._found.get((namespace, name)) or self._found.get(("", name))

    def within(self, namespace: str) -> tuple[KubernetesObject, ...]:
        return tuple(self._in.get(namespace, ()))

    def environment_of(self, container: Container) -> Mapping[str, Value[str]]:
        """A container's environment variables as far as manifests give them: `env` overrides `envFrom`.

        Source: Kubernetes API, core/v1 Container.env and envFrom (the last of equal keys wins).
        """
        known = self._environments.get(container)
        if known is None:
            known = self._environments[container] = self._environment_of(container)
        return known

    def _environment_of(self, container: Container) -> Mapping[str, Value[str]]:
        found: dict[str, Value[str]] = {}
        namespace = container.workload.namespace
        for index, source in enumerate(items(container.body, container.at, "envFrom")):
            if not isinstance(source, dict):
                continue
            at = container.at.at("envFrom", index)
            name = raw(source, at, "configMapRef", "name")
            prefix = str(source.get("prefix") or "")
            for key, value in self._data(namespace, name).items():
                found[prefix + key] = value
        for index, entry in enumerate(items(container.body, container.at, "env")):
            if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
                continue
            at = container.at.at("env", index)
            if isinstance(entry.get("value"), (str, int, float)):
                found[entry["name"]] = Value(str(entry["value"]), at.at("value"))
                continue
            found.pop(entry["name"], None)
            reference = raw(entry, at, "valueFrom", "configMapKeyRef")
            if isinstance(reference, dict):
                taken = self._data(namespace, reference.get("name")).get(str(reference.get("key")))
                if taken is not None:
                    found[entry["name"]] = taken
        return found

    def mounted(self, container: Container) -> Iterator[KubernetesObject]:
        """ConfigMaps that are files of a container."""
        volumes: dict[str, list[str]] = {}
        for name, volume, _ in _volumes(container.workload):
            volumes.setdefault(volume, []).append(name)
        for mount in items(container.body, container.at, "volumeMounts"):
            for name in volumes.get(str(mount.get("name")), ()) if isinstance(mount, dict) else ():
                one = self.get(container.workload.namespace, name)
                if one is not None:
                    yield one

    def _data(self, namespace: str, name: Any) -> dict[str, Value[str]]:
        one = self.get(namespace, name) if isinstance(name, str) else None
        if one is None:
            return {}
        return {
            str(key): Value(value, one.at.at("data", key))
            for key, value in mapping(one.body, one.at, "data").items()
            if isinstance(value, str)
        }


def _references(workload: Workload) -> Iterator[tuple[str, str, Location]]:
    """Names of ConfigMaps that a workload's pods read, how, and where that stands."""
    try:
        for container in workload.all_containers:
            for index, source in enumerate(items(container.body, container.at, "envFrom")):
                name = text(source, container.at.at("envFrom", index), "configMapRef", "name")
                if name is not None:
                    yield name.value, "environment", name.at
            for index, entry in enumerate(items(container.body, container.at, "env")):
                at = container.at.at("env", index)
                name = text(entry, at, "valueFrom", "configMapKeyRef", "name")
                if name is not None:
                    yield name.value, "environment", name.at
        for config, _, at in _volumes(workload):
            yield config, "files", at
    except Unknown:
        return  # a malformed pod; the checks that read it say so


def _volumes(workload: Workload) -> Iterator[tuple[str, str, Location]]:
    """ConfigMap, volume and place for each ConfigMap that is a volume or part of a projected one."""
    for index, volume in enumerate(items(workload.pod, workload.pod_at, "spec", "volumes")):
        if not isinstance(volume, dict):
            continue
        at = workload.pod_at.at("spec", "volumes", index)
        name = text(volume, at, "configMap", "name")
        if name is not None:
            yield name.value, str(volume.get("name")), name.at
        for part, source in enumerate(items(volume, at, "projected", "sources")):
            name = text(source, at.at("projected", "sources", part), "configMap", "name")
            if name is not None:
                yield name.value, str(volume.get("name")), name.at
