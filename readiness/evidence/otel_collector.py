"""Configuration of OpenTelemetry collectors: what they receive, process and send on, by pipeline.

Reads OpenTelemetryCollector objects (opentelemetry.io/v1beta1 with `spec.config` as a mapping, v1alpha1 as a
text), texts in ConfigMaps that have `receivers:` and `service:` with `pipelines:`, and files of that form
called `*otel*.y*ml` or `*collector*.y*ml`.
Ignored on purpose: files that several `--config` put together, and components that are no part of a pipeline.

Source:
    OpenTelemetry Collector, "Configuration": a pipeline needs a receiver and an exporter, each of them
    defined; a connector is both; opentelemetry-operator, naming of Services (`NAME-collector`).
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Self

from readiness.evidence.configuration import ConfigMap
from readiness.evidence.documents import Documents
from readiness.evidence.manifests import Manifests, Service
from readiness.evidence.selected import Selected
from readiness.known import Unreadable
from readiness.outcome import Location, Subject
from readiness.yaml_reader import YamlError, read

OBJECT = "OpenTelemetryCollector"
ROLES = ("receivers", "processors", "exporters")
TO_NOWHERE = frozenset({"debug", "logging", "nop"})  # exporters that send nothing on


class Pipeline(NamedTuple):
    """One pipeline: components by their role, as `otlp` or `otlp/second`."""

    name: str  # traces, metrics/internal …
    parts: Mapping[str, tuple[str, ...]]
    at: Location

    @property
    def signal(self) -> str:
        return self.name.partition("/")[0]


class Collector:
    """The configuration of one collector."""

    __slots__ = ("at", "defined", "name", "pipelines", "subject")

    kinds: ClassVar[frozenset[str]] = frozenset({OBJECT, "ConfigMap"})
    looked_for: ClassVar[str] = "configuration of OpenTelemetry collectors (objects, ConfigMaps, otel*.yaml)"

    def __init__(self, config: Mapping[str, Any], at: Location, subject: Subject, text: bool) -> None:
        self.at = at
        self.subject = subject
        self.name = subject.name
        defined = {role: frozenset(map(str, _mapping(config.get(role)))) for role in ROLES}
        connectors = frozenset(map(str, _mapping(config.get("connectors"))))
        self.defined: Mapping[str, frozenset[str]] = {
            "receivers": defined["receivers"] | connectors,
            "processors": defined["processors"],
            "exporters": defined["exporters"] | connectors,
        }
        pipelines = _mapping(_mapping(config.get("service")).get("pipelines"))
        self.pipelines = tuple(
            Pipeline(
                str(name),
                {role: _texts(_mapping(body).get(role)) for role in ROLES},
                at if text else at.at("service", "pipelines", str(name)),
            )
            for name, body in pipelines.items()
        )

    def __str__(self) -> str:
        return f"{self.subject.kind} {self.name}"

    @property
    def undefined(self) -> Iterator[tuple[Pipeline, str, str]]:
        """Components that a pipeline names and nobody defines, with their role: it does not start."""
        for pipeline in self.pipelines:
            for role, names in pipeline.parts.items():
                for name in names:
                    if name not in self.defined[role]:
                        yield pipeline, role, name

    @classmethod
    def collect(
        cls, documents: Documents, manifests: Manifests, maps: tuple[ConfigMap, ...]
    ) -> Iterator[Self | Unreadable]:
        for found in manifests.of(OBJECT):
            spec = _mapping(found.body.get("spec"))
            config, at = spec.get("config"), found.at.at("spec", "config")
            if isinstance(config, str):
                yield from (cls(one, at, found.subject, True) for one in _parsed(config))
            elif isinstance(config, dict) and is_config(config):
                yield cls(config, at, found.subject, False)
        for one in maps:
            for key, text in one.data.items():
                if "pipelines:" in text and "receivers:" in text:
                    place = one.at.at("data", key)
                    yield from (cls(value, place, one.subject, True) for value in _parsed(text))
        files = tuple(
            file
            for file in documents.named("*otel*.yaml", "*otel*.yml", "*collector*.yaml", "*collector*.yml")
            if not documents.in_chart(file)
        )
        for document in documents.documents(files):
            if not isinstance(document, Unreadable) and is_config(document.value):
                subject = Subject("File", "", document.path)
                yield cls(document.value, document.at, subject, False)


class Collectors:
    """Which collector answers for a Service."""

    kinds: ClassVar[frozenset[str]] = Collector.kinds | Service.kinds

    def __init__(
        self, collectors: tuple[Collector, ...], services: tuple[Service, ...], selected: Selected,
        maps: tuple[ConfigMap, ...],
    ) -> None:  # fmt: skip
        self.all = collectors
        by_subject: dict[Subject, Collector] = {one.subject: one for one in collectors}
        self._of: dict[tuple[str, str], Collector] = {
            (one.subject.namespace, f"{one.name}-collector{kind}"): one
            for one in collectors
            if one.subject.kind == OBJECT
            for kind in ("", "-headless")
        }
        read_by: dict[Location, Collector] = {}
        for config in maps:
            for reader in config.readers if config.subject in by_subject else ():
                read_by[reader.workload.at] = by_subject[config.subject]
        for service in services:
            for workload in selected.behind(service):
                if workload.at in read_by:
                    self._of[service.namespace, service.name] = read_by[workload.at]

    @classmethod
    def collect(
        cls, collectors: tuple[Collector, ...], services: tuple[Service, ...], selected: Selected,
        maps: tuple[ConfigMap, ...],
    ) -> Self:  # fmt: skip
        return cls(collectors, services, selected, maps)

    def of(self, namespace: str, service: str) -> Collector | None:
        return self._of.get((namespace, service)) or self._of.get(("", service))


def is_config(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("service"), dict):
        return False
    return isinstance(value["service"].get("pipelines"), dict) and isinstance(value.get("receivers"), dict)


def _parsed(text: str) -> Iterator[Mapping[str, Any]]:
    try:
        documents = read(text.encode()).documents
    except YamlError:
        return  # a template that something fills in when the pod starts
    yield from (value for value in documents if is_config(value))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
