"""Scrape jobs of Prometheus itself, and whether their relabelling keeps a target.

Reads `scrape_configs` in files that a mark claims or that the checklist names as `monitors`, in ConfigMaps,
in `stringData` of Secrets and in an OpenTelemetry collector's `prometheus` receiver, and the operator's
ScrapeConfig (monitoring.coreos.com/v1alpha1). Of service discovery it follows static targets and Kubernetes;
of relabelling the actions `keep` and `drop` on what Kubernetes says of a target. Everything else makes a job
unclear: it may scrape a workload or not.
Ignored on purpose: discovery of nodes and ingresses, which are no pods of a workload.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from readiness.evidence.context import Environment, Named
from readiness.evidence.documents import PROMETHEUS, Documents
from readiness.evidence.manifests import Manifests
from readiness.evidence.monitors import OPERATOR
from readiness.evidence.named import files_of
from readiness.evidence.re2 import Pattern
from readiness.known import Unreadable
from readiness.outcome import Location, Subject
from readiness.yaml_reader import YamlError, read

TARGETS = frozenset({"pod", "endpoints", "endpointslice", "service"})
ELSEWHERE = frozenset({"node", "ingress"})
_DESCRIBED = r"(?:label|annotation|labelpresent|annotationpresent)_\w+"
_KNOWN = (
    rf"__meta_kubernetes_(?:namespace|pod_(?:name|phase|ready|container_\w+|{_DESCRIBED})"
    rf"|service_(?:name|{_DESCRIBED})|endpoint_port_name|endpoint_ready|endpointslice_port_name)"
)
_UNSAFE = r"[^a-zA-Z0-9_]"
_CAMEL = r"(?<=[a-z])([A-Z])"


class ScrapeJob:
    """One scrape job.

    `hosts` are host and port of static targets, `roles` the kinds of objects that it finds in Kubernetes and
    `namespaces` where (empty for everywhere), `other` a kind of service discovery that is not followed here.
    """

    __slots__ = ("at", "hosts", "interval", "name", "namespaces", "other", "relabelling", "roles")

    kinds: ClassVar[frozenset[str]] = frozenset(
        {PROMETHEUS, "ConfigMap", "ScrapeConfig", "OpenTelemetryCollector"}
    )
    looked_for: ClassVar[str] = "scrape_configs, ScrapeConfig"

    def __init__(self, body: Mapping[str, Any], at: Location) -> None:
        self.name = str(body.get("job_name"))
        self.at = at
        self.interval = str(body.get("scrape_interval") or "")
        self.relabelling = tuple(_dicts(body.get("relabel_configs")))
        self.hosts = tuple(
            _host_and_port(str(target))
            for static in _dicts(body.get("static_configs"))
            for target in _listed(static.get("targets"))
        )
        discoveries = _dicts(body.get("kubernetes_sd_configs"))
        self.roles = frozenset(str(one.get("role") or "").lower() for one in discoveries)
        within = [one["namespaces"] for one in discoveries if isinstance(one.get("namespaces"), dict)]
        self.namespaces = frozenset(str(name) for one in within for name in _listed(one.get("names")))
        others = (key for key in body if str(key).endswith("_sd_configs") and body[key])
        self.other = next((str(key) for key in others if key != "kubernetes_sd_configs"), "")

    @property
    def subject(self) -> Subject:
        return Subject("ScrapeJob", "", self.name)

    @classmethod
    def collect(
        cls, environment: Environment, named: Named, documents: Documents, manifests: Manifests
    ) -> Iterator[Self | Unreadable]:
        refs = environment.evidence.get("monitors") or named.of("monitors")
        files = dict.fromkeys(documents.marked(PROMETHEUS))
        for one in files_of(refs, documents, PROMETHEUS):
            if isinstance(one, Unreadable):
                yield one
            else:
                files[one] = None
        for document in documents.documents(tuple(files)):
            if isinstance(document, Unreadable):
                yield document
            else:
                yield from cls._of(document.value, document.at)
        for found in manifests.of("ConfigMap", "Secret"):
            field = "data" if found.kind == "ConfigMap" else "stringData"
            data = found.body.get(field)
            for key, text in data.items() if isinstance(data, dict) else ():
                if isinstance(text, str) and ("scrape_configs" in text or "job_name" in text):
                    yield from cls._inside(text, found.at.at(field, str(key)))
        for found in manifests.of("OpenTelemetryCollector"):
            spec = found.body.get("spec")
            config = spec.get("config") if isinstance(spec, dict) else None
            at = found.at.at("spec", "config")
            if isinstance(config, str):
                yield from cls._inside(config, at)
            else:
                yield from cls._of(config, at)
        for found in manifests.of("ScrapeConfig"):
            if found.group == OPERATOR and isinstance(found.body.get("spec"), dict):
                spec = _snake(found.body["spec"])
                spec.setdefault("relabel_configs", spec.get("relabelings"))
                yield cls({"job_name": found.name, **spec}, found.at.at("spec"))

    @classmethod
    def _inside(cls, text: str, at: Location) -> Iterator[Self]:
        """Jobs of a file that is a value of an object: all are at the place of that value."""
        try:
            parsed = read(text.encode())
        except YamlError:
            return  # a program's own format, or a template: no configuration of Prometheus
        for value in parsed.documents:
            for job in cls._of(value, at):
                job.at = at
                yield job

    @classmethod
    def _of(cls, value: Any, at: Location) -> Iterator[Self]:
        for listed, keys in _lists(value):
            for index, body in enumerate(listed):
                if isinstance(body, dict) and "job_name" in body:
                    yield cls(body, at.at(*keys, index))

    @property
    def discovers(self) -> bool:
        """It finds pods, Services or their endpoints in Kubernetes."""
        return bool(self.roles & TARGETS)

    @property
    def reads_annotations(self) -> bool:
        """It goes by an annotation such as `prometheus.io/scrape`."""
        return any("_annotation_" in label for rule in self.relabelling for label in _labels(rule))

    def keeps(self, target: Mapping[str, str]) -> bool | None:
        """Whether relabelling keeps a target; None where that can't be told from here.

        Args:
            target: its labels, as `pod_labels` and `service_labels` give them.
        """
        written: set[str] = set()
        unclear = False
        for rule in self.relabelling:
            action = str(rule.get("action") or "replace").lower()
            labels = _labels(rule)
            if action in ("keep", "drop"):
                if any(label in written or not re.fullmatch(_KNOWN, label) for label in labels):
                    unclear = True
                    continue
                value = str(rule.get("separator", ";")).join(target.get(label, "") for label in labels)
                held = _holds(rule.get("regex"), value)
                if held is None:
                    unclear = True
                elif held == (action == "drop"):
                    return False
            elif action in ("keepequal", "dropequal"):
                unclear = True
            elif action in ("replace", "lowercase", "uppercase", "hashmod"):
                written.add(str(rule.get("target_label") or ""))
        return None if unclear else True


def pod_labels(
    namespace: str,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    container: str,
    port: Mapping[str, Any],
) -> dict[str, str]:
    """What Kubernetes service discovery says of one container port of a running pod.

    Source: Prometheus documentation, Configuration, kubernetes_sd_config.
    """
    found = {
        "__meta_kubernetes_namespace": namespace,
        "__meta_kubernetes_pod_phase": "Running",
        "__meta_kubernetes_pod_ready": "true",
        "__meta_kubernetes_pod_container_init": "false",
        "__meta_kubernetes_pod_container_name": container,
        "__meta_kubernetes_pod_container_port_name": str(port.get("name") or ""),
        "__meta_kubernetes_pod_container_port_number": str(port.get("containerPort") or ""),
        "__meta_kubernetes_pod_container_port_protocol": str(port.get("protocol") or "TCP"),
    }
    return {**found, **_described("pod", labels, annotations)}


def service_labels(
    name: str, labels: Mapping[str, str], annotations: Mapping[str, str], port_name: str
) -> dict[str, str]:
    """What service discovery says of the Service that an endpoint belongs to."""
    return {
        "__meta_kubernetes_service_name": name,
        "__meta_kubernetes_endpoint_port_name": port_name,
        "__meta_kubernetes_endpointslice_port_name": port_name,
        "__meta_kubernetes_endpoint_ready": "true",
        **_described("service", labels, annotations),
    }


def _described(what: str, labels: Mapping[str, str], annotations: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for kind, listed in (("label", labels), ("annotation", annotations)):
        for key, value in listed.items():
            safe = re.sub(_UNSAFE, "_", key)
            found[f"__meta_kubernetes_{what}_{kind}_{safe}"] = value
            found[f"__meta_kubernetes_{what}_{kind}present_{safe}"] = "true"
    return found


def _host_and_port(target: str) -> tuple[str, str]:
    target = target.partition("://")[2] or target
    host, _, port = target.partition("/")[0].partition(":")
    return host, port


def _holds(regex: Any, value: str) -> bool | None:
    if regex is None:
        return True
    if isinstance(regex, bool):
        regex = str(regex).lower()
    try:
        return Pattern(str(regex)).matches(value)
    except ValueError:
        return None


def _labels(rule: Mapping[str, Any]) -> list[str]:
    return [str(label) for label in _listed(rule.get("source_labels"))]


def _lists(value: Any) -> Iterator[tuple[list[Any], tuple[str, ...]]]:
    """Lists of scrape jobs in a document, and the keys that lead to them."""
    if isinstance(value, list):
        yield value, ()
    if not isinstance(value, dict):
        return
    if isinstance(value.get("scrape_configs"), list):
        yield value["scrape_configs"], ("scrape_configs",)
    receivers = value.get("receivers")
    for name, receiver in receivers.items() if isinstance(receivers, dict) else ():
        config = receiver.get("config") if isinstance(receiver, dict) else None
        if isinstance(config, dict) and isinstance(config.get("scrape_configs"), list):
            yield config["scrape_configs"], ("receivers", str(name), "config", "scrape_configs")


def _snake(value: Any) -> Any:
    """The operator's spelling of Prometheus' fields in Prometheus' own."""
    if isinstance(value, list):
        return [_snake(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        re.sub(_CAMEL, r"_\1", str(key).replace("SDConfigs", "_sd_configs")).lower(): _snake(item)
        for key, item in value.items()
    }


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _dicts(found: Any) -> list[dict[str, Any]]:
    return [one for one in _listed(found) if isinstance(one, dict)]
