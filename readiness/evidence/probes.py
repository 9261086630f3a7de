"""Probes of containers, who depends on them, and where a Spring Boot application serves its health.

Reads `readinessProbe`, `livenessProbe` and `startupProbe` with their handlers: `httpGet`, `tcpSocket`, `grpc`
and `exec`. Of Spring Boot it takes properties from arguments, environment variables and ConfigMaps of the
container, and from the application's own files where it is certain which application an image holds.
Ignored on purpose: other frameworks, and configuration that no tree holds: there nothing is said.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal, NamedTuple, Self

from readiness.errors import Unknown
from readiness.evidence.configuration import ConfigMaps
from readiness.evidence.effective import Value, boolean, items, mapping, raw
from readiness.evidence.images import image_of
from readiness.evidence.manifests import Container, Service, Workload
from readiness.evidence.scalers import Scaling
from readiness.evidence.selected import Selected, target_of
from readiness.evidence.spring import SpringApplications, canonical, layers_of, lookup, resolved
from readiness.outcome import Location

ProbeName = Literal["readinessProbe", "livenessProbe", "startupProbe"]
PROBES: tuple[ProbeName, ...] = ("readinessProbe", "livenessProbe", "startupProbe")
METRICS_PORT = re.compile(r"(?:^|[-_])(?:metrics?|prometheus|prom|telemetry)(?:$|[-_])")


class Probe(NamedTuple):
    """One probe of a container."""

    name: ProbeName
    container: Container
    handler: str  # httpGet, tcpSocket, grpc, exec, or empty
    port: Value[int | str] | None
    path: Value[str] | None

    @property
    def at(self) -> Location:
        return self.container.at.at(self.name)

    @property
    def word(self) -> str:
        return self.name.removesuffix("Probe")

    @property
    def number(self) -> int | None:
        """The port's number; None where its name is no port of the container.

        Source: Kubernetes, pkg/probe ResolveContainerPort: a name is looked up in the probe's own
        container, and a text that is no name there may be a number.
        """
        if self.port is None:
            return None
        if isinstance(self.port.value, int):
            return self.port.value
        for declared in self.container.ports:
            if declared.get("name") == self.port.value:
                number = declared.get("containerPort")
                return number if isinstance(number, int) and number is not True else None
        return int(self.port.value) if self.port.value.isdecimal() else None

    def __str__(self) -> str:
        if self.handler == "httpGet" and self.path is not None:
            return f"GET {self.path.value} on port {self.port.value if self.port else '?'}"
        return f"{self.handler} on port {self.port.value}" if self.port is not None else self.handler


def probes_of(container: Container) -> Iterator[Probe]:
    """The probes of a container.

    Raises:
        Unknown: a part of one has a wrong type.
    """
    for name in PROBES:
        body = container.probe(name)
        at = container.at.at(name)
        for handler in ("httpGet", "tcpSocket", "grpc", "exec"):
            if body.get(handler) is not None:
                details = mapping(body, at, handler)
                place = at.at(handler)
                yield Probe(name, container, handler, _port(details, place), _path(handler, details, place))
                break


def _port(details: Mapping[str, Any], at: Location) -> Value[int | str] | None:
    found = details.get("port")
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | str):
        raise Unknown("a probe's port is neither a name nor a number", at.at("port"))
    return Value(found, at.at("port"))


def _path(handler: str, details: Mapping[str, Any], at: Location) -> Value[str] | None:
    """The path that is asked for: `/` where it is left out (core/v1 HTTPGetAction)."""
    if handler != "httpGet":
        return None
    return Value(str(details.get("path") or "/"), at.at("path"))


class Traffic:
    """Which Services bring requests to each workload, and where its pods are described."""

    kinds: ClassVar[frozenset[str]] = Workload.KINDS | Service.kinds

    def __init__(self, selected: Selected, services: tuple[Service, ...], scaling: Scaling) -> None:
        self._scaling = scaling
        self._services: dict[Location, list[Service]] = {}
        for service in services:
            if _ready_or_not(service):
                continue
            for workload in selected.behind(service):
                self._services.setdefault(workload.at, []).append(service)

    @classmethod
    def collect(cls, selected: Selected, services: tuple[Service, ...], scaling: Scaling) -> Self:
        return cls(selected, services, scaling)

    def pods_of(self, workload: Workload) -> Workload:
        """See `Scaling.pods_of`."""
        return self._scaling.pods_of(workload)

    def run_by(self, workload: Workload) -> Workload | None:
        """The Rollout that runs a workload's pods in its place."""
        return self._scaling.rollout_of(workload)

    def of(self, pods: Workload) -> tuple[Service, ...]:
        """Services that bring requests to pods that are ready, and only to these."""
        return tuple(self._services.get(pods.at, ()))


def _ready_or_not(service: Service) -> bool:
    """It brings requests to pods that are not ready as well: peers that look for each other."""
    found = boolean(service.object.body, service.at, "spec", "publishNotReadyAddresses")
    return found is not None and found.value


def for_metrics_only(service: Service) -> bool:
    names = [str(port.get("name") or "") for port in service.ports]
    return bool(names) and all(METRICS_PORT.search(name) for name in names)


def answering(pods: Workload, service: Service) -> tuple[Container, ...]:
    """The containers that answer a Service's requests; none where it can't be told which of several.

    A port for metrics beside others is left out: what answers it is an exporter.
    """
    found: dict[str, Container] = {}
    only = for_metrics_only(service)
    for port in service.ports:
        if not only and METRICS_PORT.search(str(port.get("name") or "")):
            continue
        target = target_of(port)
        for container in pods.containers:
            if any(target in (one.get("name"), one.get("containerPort")) for one in container.ports):
                found[container.name] = container
    return tuple(found.values()) or (pods.containers if len(pods.containers) == 1 else ())


class Spring:
    """Properties that hold for a container that runs Spring Boot."""

    kinds: ClassVar[frozenset[str]] = frozenset({"ConfigMap"})

    def __init__(self, applications: SpringApplications, configuration: ConfigMaps) -> None:
        self._applications = applications
        self._configuration = configuration

    @classmethod
    def collect(cls, applications: SpringApplications, configuration: ConfigMaps) -> Self:
        return cls(applications, configuration)

    def get(self, container: Container, name: str) -> Value[str] | None:
        """The value of a property; None where nothing here sets it, or where something else may.

        Source: Spring Boot, "Externalized Configuration": arguments and system properties, environment
        variables, files outside of the archive, then files in it.
        """
        variables = self._configuration.environment_of(container)
        if any(one.startswith(("SPRING_CONFIG_", "SPRING_APPLICATION_JSON")) for one in variables):
            return None
        wanted = canonical(name)
        found = _argument(container, variables, wanted)
        if found is None:
            found = next((one for key, one in variables.items() if canonical(key) == wanted), None)
        if found is None:
            found = self._written(container, name, variables)
        if found is None:
            return None
        filled = resolved(found.value, variables)
        return None if "${" in filled else found._replace(value=filled)

    def _written(
        self, container: Container, name: str, variables: Mapping[str, Value[str]]
    ) -> Value[str] | None:
        """What files say; None where some of the environment or of the files is not in the evidence."""
        namespace = container.workload.namespace
        for source in items(container.body, container.at, "envFrom"):
            config = raw(source, container.at, "configMapRef", "name")
            if config is not None and self._configuration.get(namespace, str(config)) is None:
                return None
        active = next(
            (one for key, one in variables.items() if canonical(key) == "springprofilesactive"), None
        )
        profiles = tuple(re.split(r"[,\s]+", active.value.strip())) if active is not None else ()
        mounted = tuple(
            layer
            for config in self._configuration.mounted(container)
            for key, text in mapping(config.body, config.at, "data").items()
            for layer in layers_of(str(key), str(text).encode(), config.at.at("data", str(key)))
        )
        found = lookup(mounted, name, profiles)
        if found is not None:
            return found
        image = container.image
        application = self._applications.of(image_of(image.value).name) if image is not None else None
        if application is None or application.elsewhere or application.from_cluster:
            return None
        return application.get(name, profiles)


def _argument(container: Container, variables: Mapping[str, Value[str]], wanted: str) -> Value[str] | None:
    """A property that is set on the command line: `--name=value`, or `-Dname=value` for the machine."""
    words = [
        Value(str(word), container.at.at(key, index))
        for key in ("args", "command")
        for index, word in enumerate(items(container.body, container.at, key))
    ]
    words += [variables[name] for name in ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS") if name in variables]
    for word in words:
        for key, value in re.findall(r"(?:^|\s)(?:--|-D)([\w.-]+)=(\S+)", word.value):
            if canonical(key) == wanted:
                return word._replace(value=value)
    return None
