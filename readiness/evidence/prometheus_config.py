"""What a Prometheus server adds by its own configuration: how often it scrapes and evaluates, which labels.

Reads `global:`, `alerting:` and the server's labels in files that a mark claims (`scrape_configs:`,
`rule_files:`), in ConfigMaps that hold such a file, and Prometheus, PrometheusAgent and ThanosRuler objects
of the operator (monitoring.coreos.com).
Ignored on purpose: flags of the command line, and defaults where no configuration is in evidence: another
repository may hold it.

Source:
    Prometheus documentation, "Configuration"; Prometheus Operator, API reference, PrometheusSpec.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Self

from readiness.arithmetic.durations import prometheus_duration
from readiness.evidence.documents import PROMETHEUS, Documents
from readiness.evidence.manifests import Manifests
from readiness.evidence.monitors import OPERATOR
from readiness.known import Unreadable
from readiness.outcome import Location, Subject
from readiness.yaml_reader import YamlError, read

OBJECTS = ("Prometheus", "PrometheusAgent", "ThanosRuler")
DEFAULT = timedelta(minutes=1)  # of a file, for scraping and evaluating
OPERATOR_DEFAULT = timedelta(seconds=30)  # of an object, for both
# Labels that a server or what is behind it usually adds: configuration elsewhere may well bring them.
USUAL = frozenset(
    {
        "cluster", "cluster_name", "customer", "datacenter", "dc", "env", "environment", "kubernetes_cluster",
        "monitor", "origin_prometheus", "prometheus", "prometheus_replica", "receive", "region", "replica",
        "site", "stage", "tenant", "tenant_id", "zone",
    }
)  # fmt: skip


class PrometheusServer:
    """One server as it is configured."""

    __slots__ = ("at", "evaluation", "labels", "name", "scrape", "written")

    kinds: ClassVar[frozenset[str]] = frozenset({PROMETHEUS, "ConfigMap", *OBJECTS})
    looked_for: ClassVar[str] = "configuration of Prometheus (global:, or a Prometheus object)"

    def __init__(
        self, name: str, at: Location, scrape: timedelta, evaluation: timedelta,
        labels: frozenset[str], written: Mapping[str, Location],
    ) -> None:  # fmt: skip
        self.name = name
        self.at = at
        self.scrape = scrape
        self.evaluation = evaluation
        self.labels = labels  # that it may add to every alert
        self.written = written  # "scrape" and "evaluation", where they are not left out

    @property
    def subject(self) -> Subject:
        return Subject("Prometheus", "", self.name)

    @classmethod
    def collect(cls, documents: Documents, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for document in documents.documents(documents.marked(PROMETHEUS)):
            if isinstance(document, Unreadable):
                yield document
            elif isinstance(document.value, dict) and "tests" not in document.value:
                yield cls._of_file(document.value, document.at, document.at.file)
        for found in manifests.of("ConfigMap"):
            data = found.body.get("data")
            for key, text in data.items() if isinstance(data, dict) else ():
                if isinstance(text, str) and "scrape_configs" in text and "evaluation_interval" in text:
                    yield from cls._inside(text, found.at.at("data", str(key)), found.name)
        for found in manifests.of(*OBJECTS):
            if found.group == OPERATOR:
                yield cls._of_object(found.body.get("spec"), found.at.at("spec"), found.name)

    @classmethod
    def _inside(cls, text: str, at: Location, name: str) -> Iterator[Self]:
        try:
            parsed = read(text.encode())
        except YamlError:
            return  # a template, or another program's file
        for value in parsed.documents:
            if isinstance(value, dict) and "scrape_configs" in value:
                server = cls._of_file(value, at, name)
                server.written = dict.fromkeys(server.written, at)
                yield server

    @classmethod
    def _of_file(cls, value: Mapping[str, Any], at: Location, name: str) -> Self:
        general = _mapping(value.get("global"))
        spans, written = _spans(general, ("scrape_interval", "evaluation_interval"), at.at("global"), DEFAULT)
        alerting = _mapping(value.get("alerting"))
        labels = {*_mapping(general.get("external_labels")), *_targets(alerting.get("alert_relabel_configs"))}
        return cls(name, at, spans[0], spans[1], frozenset(map(str, labels)), written)

    @classmethod
    def _of_object(cls, spec: Any, at: Location, name: str) -> Self:
        spec = _mapping(spec)
        spans, written = _spans(spec, ("scrapeInterval", "evaluationInterval"), at, OPERATOR_DEFAULT)
        labels = {*_mapping(spec.get("externalLabels")), *_mapping(spec.get("labels"))}
        enforced = spec.get("enforcedNamespaceLabel")
        if enforced:
            labels.add(enforced)
        return cls(name, at, spans[0], spans[1], frozenset(map(str, labels)), written)


class AddedLabels:
    """The labels that servers may add to any alert, known and usual ones together."""

    kinds: ClassVar[frozenset[str]] = PrometheusServer.kinds

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    @classmethod
    def collect(cls, servers: tuple[PrometheusServer, ...]) -> Self:
        return cls(USUAL.union(*(server.labels for server in servers)))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _targets(relabelling: Any) -> Iterator[str]:
    for one in relabelling if isinstance(relabelling, list) else ():
        if isinstance(one, dict) and one.get("target_label"):
            yield str(one["target_label"])


def _spans(
    body: Mapping[str, Any], fields: tuple[str, str], at: Location, default: timedelta
) -> tuple[tuple[timedelta, timedelta], dict[str, Location]]:
    spans = [span_of(body.get(field)) for field in fields]
    written = {
        name: at.at(field)
        for name, field, span in zip(("scrape", "evaluation"), fields, spans, strict=True)
        if span
    }
    return (spans[0] or default, spans[1] or default), written


def span_of(value: Any) -> timedelta | None:
    """A duration as Prometheus writes it; None where there is none, or none that can be read."""
    if value is None:
        return None
    try:
        return prometheus_duration(str(value))
    except ValueError:
        return None
