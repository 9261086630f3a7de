"""What pods are told about OpenTelemetry and Datadog: the name they report, where to, and how they sample.

Reads environment variables (literal, from ConfigMaps, and from labels and annotations of the pod by
fieldRef), `-Dotel.…` in arguments and JAVA_TOOL_OPTIONS, properties of Spring Boot's tracing, and the labels
and annotations by which an operator injects an agent.
Ignored on purpose: what a program sets in its code, and values of Secrets.

Source:
    OpenTelemetry, "Environment Variable Specification", "Service" of the semantic conventions, and "Java
    agent configuration"; Datadog, "Unified Service Tagging"; Spring Boot, "Tracing".
"""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar, NamedTuple, Self
from urllib.parse import unquote

from readiness.errors import Unknown
from readiness.evidence.configuration import ConfigMaps
from readiness.evidence.effective import Value, items, raw
from readiness.evidence.manifests import Container, Workload
from readiness.evidence.probes import Spring
from readiness.evidence.scalers import Scaling
from readiness.outcome import Location

DATADOG_LABEL = "tags.datadoghq.com/service"
RESOURCE_NAME = "resource.opentelemetry.io/service.name"
INJECT = (
    r"^instrumentation\.opentelemetry\.io/inject-(?:java|nodejs|python|dotnet|go|apache-httpd|nginx|sdk)$"
)
_FIELD = r"metadata\.(labels|annotations)\['([^']+)'\]"
# What is asked → variable, system property of the Java agent, property of Spring Boot.
WAYS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "endpoint": (
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        "management.otlp.tracing.endpoint",
    ),
    "sampler": (("OTEL_TRACES_SAMPLER",), "management.tracing.sampling.probability"),
    "propagators": (("OTEL_PROPAGATORS",), "management.tracing.propagation.type"),
    "exporter": (("OTEL_TRACES_EXPORTER",), ""),
    "disabled": (("OTEL_SDK_DISABLED",), ""),
    "protocol": (
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"),
        "management.otlp.tracing.transport",
    ),
}  # fmt: skip


class Said(NamedTuple):
    """One thing that a container or pod is told, and by what."""

    how: str  # OTEL_SERVICE_NAME, -Dotel.service.name, management.tracing.sampling.probability …
    value: str
    at: Location
    container: str = ""  # "" for what the pod is told as a whole


class Told:
    """What one workload's pods are told."""

    __slots__ = ("_by_way", "injected", "java_agent", "names", "pods", "workload")

    def __init__(
        self,
        workload: Workload,
        pods: Workload,
        names: tuple[Said, ...],
        by_way: Mapping[str, tuple[Said, ...]],
        injected: Said | None,
        java_agent: Said | None = None,
    ) -> None:
        self.workload = workload
        self.pods = pods
        self.names = names  # that they report themselves by, the strongest of each container first
        self._by_way = by_way
        self.java_agent = java_agent  # the option that loads the agent of OpenTelemetry
        self.injected = injected  # the annotation by which an operator injects an agent

    def get(self, way: str) -> tuple[Said, ...]:
        """What each container is told of one of `WAYS`."""
        return self._by_way.get(way, ())


class Telemetry:
    """What the pods of every workload are told."""

    kinds: ClassVar[frozenset[str]] = frozenset({"ConfigMap"}) | Workload.KINDS

    def __init__(self, told: tuple[Told, ...]) -> None:
        self.told = told

    @classmethod
    def collect(
        cls, workloads: tuple[Workload, ...], scaling: Scaling, configuration: ConfigMaps, spring: Spring
    ) -> Self:
        found: list[Told] = []
        for workload in workloads:
            try:
                found.append(_told(workload, scaling.pods_of(workload), configuration, spring))
            except Unknown:
                continue  # a malformed pod, or one that is described elsewhere: other checks say so
        return cls(tuple(found))


def _told(workload: Workload, pods: Workload, configuration: ConfigMaps, spring: Spring) -> Told:
    names: list[Said] = []
    ways: dict[str, list[Said]] = {}
    for container in pods.containers:
        variables = {**configuration.environment_of(container), **_of_pod(container)}
        names += _names(container, variables, spring)
        for way, (wanted, of_spring) in WAYS.items():
            found = next(_options(container, variables, wanted), None)
            if found is None and of_spring:
                written = spring.get(container, of_spring)
                if written is not None:
                    found = Said(of_spring, written.value, written.at, container.name)
            if found is not None and "$(" not in found.value:
                ways.setdefault(way, []).append(found)
    annotated = pods.pod_annotations.get(RESOURCE_NAME)
    if annotated:
        at = pods.pod_at.at("metadata", "annotations", RESOURCE_NAME)
        names.append(Said(f"annotation {RESOURCE_NAME}", annotated, at))
    label = pods.pod_labels.get(DATADOG_LABEL)
    if label:
        at = pods.pod_at.at("metadata", "labels", DATADOG_LABEL)
        names.append(Said(f"label {DATADOG_LABEL}", label, at))
    agents = [one for container in pods.containers for one in _java_agents(container, configuration)]
    listed = {key: tuple(one) for key, one in ways.items()}
    return Told(workload, pods, tuple(names), listed, _injected(pods), next(iter(agents), None))


def _java_agents(container: Container, configuration: ConfigMaps) -> Iterator[Said]:
    for word in _words(container, configuration.environment_of(container)):
        if re.search(r"-javaagent:\S*opentelemetry\S*\.jar", word.value):
            yield Said("-javaagent", word.value, word.at, container.name)


def _names(container: Container, variables: Mapping[str, Value[str]], spring: Spring) -> Iterator[Said]:
    """The names by which a container reports itself, each kind of name once.

    Source: OpenTelemetry, "General SDK Configuration": OTEL_SERVICE_NAME comes before `service.name` in
    OTEL_RESOURCE_ATTRIBUTES; a system property of the Java agent comes before the variable.
    """
    yield from (
        one for one in _options(container, variables, ("OTEL_SERVICE_NAME",)) if "$(" not in one.value
    )
    for one in _options(container, variables, ("OTEL_RESOURCE_ATTRIBUTES",)):
        for pair in one.value.split(","):
            key, _, value = pair.partition("=")
            if key.strip() == "service.name" and value and "$(" not in value:
                yield Said(f"service.name in {one.how}", unquote(value.strip()), one.at, container.name)
    datadog = variables.get("DD_SERVICE")
    if datadog is not None and "$(" not in datadog.value and datadog.value:
        yield Said("DD_SERVICE", datadog.value, datadog.at, container.name)
    application = spring.get(container, "spring.application.name")
    if application is not None and application.value:
        yield Said("spring.application.name", application.value, application.at, container.name)


def _options(
    container: Container, variables: Mapping[str, Value[str]], wanted: tuple[str, ...]
) -> Iterator[Said]:
    """What system properties of the Java agent and variables say, the strongest first."""
    words = _words(container, variables)
    for name in wanted:
        option = "-D" + name.lower().replace("_", ".") + "="
        for word in words:
            for part in word.value.split():
                if part.startswith(option):
                    yield Said(option[:-1], part.removeprefix(option).strip("\"'"), word.at, container.name)
        if name in variables and variables[name].value:
            yield Said(name, variables[name].value, variables[name].at, container.name)


def _words(container: Container, variables: Mapping[str, Value[str]]) -> list[Value[str]]:
    """The command line, and the variables in which the Java machine looks for more of it."""
    words = [
        Value(str(word), container.at.at(key, index))
        for key in ("args", "command")
        for index, word in enumerate(items(container.body, container.at, key))
    ]
    return words + [
        variables[name] for name in ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS") if name in variables
    ]


def _of_pod(container: Container) -> Mapping[str, Value[str]]:
    """Variables that are labels or annotations of the pod."""
    found: dict[str, Value[str]] = {}
    for index, entry in enumerate(items(container.body, container.at, "env")):
        if not isinstance(entry, dict):
            continue
        at = container.at.at("env", index)
        path = re.fullmatch(_FIELD, str(raw(entry, at, "valueFrom", "fieldRef", "fieldPath") or ""))
        if path is not None:
            workload = container.workload
            held = workload.pod_labels if path[1] == "labels" else workload.pod_annotations
            if path[2] in held:
                found[str(entry.get("name"))] = Value(held[path[2]], at)
    return found


def _injected(pods: Workload) -> Said | None:
    for key, value in pods.pod_annotations.items():
        if re.match(INJECT, key) and value.lower() not in ("false", ""):
            return Said(key, value, pods.pod_at.at("metadata", "annotations", key))
    return None
