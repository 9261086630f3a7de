"""Who scrapes each workload: monitors, scrape jobs, or an agent that its pods bring along.

A black-box probe reads nothing of the workload itself, and is no such way.
"""

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar, NamedTuple, Self

from readiness.errors import Unknown
from readiness.evidence.configuration import ConfigMaps
from readiness.evidence.manifests import Manifests, Service, Workload
from readiness.evidence.monitors import Endpoint, Monitor
from readiness.evidence.scalers import Scaling
from readiness.evidence.scrape_configs import ScrapeJob, pod_labels, service_labels
from readiness.evidence.selected import Selected, container_ports, declares, leads_to, within
from readiness.known import Unreadable
from readiness.outcome import Location


class Path(NamedTuple):
    """One way in which a workload's metrics are read."""

    how: str
    at: Location


class Scraping(NamedTuple):
    """Who reads a workload's metrics; `unclear` is why somebody may who can't be told from here."""

    paths: tuple[Path, ...]
    near: tuple[Path, ...]  # monitors that select it and have no port of it
    unclear: tuple[Path, ...]


ANNOTATION = re.compile(r"^(?:prometheus\.io|prometheus\.istio\.io)/scrape$|^k8s\.grafana\.com/scrape$")
AGENTS = (
    (re.compile(r"^(?:instrumentation|sidecar)\.opentelemetry\.io/inject(?:-\w+)?$"), "OpenTelemetry"),
    (re.compile(r"^(?:ad\.datadoghq\.com/|admission\.datadoghq\.com/enabled$)"), "Datadog"),
    (re.compile(r"^(?:oneagent\.)?dynatrace\.com/inject$|^metrics\.dynatrace\.com/scrape$"), "Dynatrace"),
)  # fmt: skip
COLLECTORS = re.compile(
    r"opentelemetry-collector|otelcol|aws-otel-collector|cloudwatch-agent|grafana/(?:agent|alloy)|telegraf"
    r"|datadog/agent"
)
EXPORTS = re.compile(
    r"^(?:OTEL_EXPORTER_OTLP_(?:METRICS_)?ENDPOINT|DD_AGENT_HOST|DD_DOGSTATSD_URL"
    r"|(?:\w+_)?PUSH_?GATEWAY(?:_(?:URL|URI|HOST|ADDR|ADDRESS|SERVER|ENDPOINT|BASE_URL))?)$"
)
# Switches of programs of their own, and addresses of daemons: the program may hand its metrics on.
MAY_EXPORT = re.compile(
    r"^(?:ENABLE_METRICS|METRICS_ENABLED|(?:STATSD|GRAPHITE|INFLUX(?:DB)?)_(?:HOST|ADDR|ADDRESS|URL|SERVER))$"
)
SWITCHED_OFF = frozenset({"none", "false", "disabled", ""})


class ScrapedWorkloads:
    """Who scrapes each workload of an environment."""

    kinds: ClassVar[frozenset[str]] = (
        Workload.KINDS | Service.kinds | Monitor.kinds | ScrapeJob.kinds | frozenset({"DynaKube"})
    )
    platform: ClassVar[tuple[str, tuple[str, ...]]] = Monitor.platform

    def __init__(
        self,
        selected: Selected,
        monitors: tuple[Monitor, ...],
        services: tuple[Service, ...],
        jobs: tuple[ScrapeJob, ...],
        scaling: Scaling,
        configuration: ConfigMaps,
        lost: tuple[Unreadable, ...] = (),
    ) -> None:
        self._selected = selected
        self._jobs = jobs
        self._scaling = scaling
        self._configuration = configuration
        self._lost = lost
        self.monitors = len(monitors)
        self.jobs = len(jobs)
        self._paths: dict[Location, list[Path]] = {}
        self._near: dict[Location, list[Path]] = {}
        self._unclear: dict[Location, list[Path]] = {}
        self._services: dict[Location, list[Service]] = {}
        for service in services:
            for workload in selected.behind(service):
                self._services.setdefault(workload.at, []).append(service)
        for monitor in monitors:
            self._by_monitor(monitor)
        self._static = _static(jobs)

    @classmethod
    def collect(
        cls,
        selected: Selected,
        monitors: tuple[Monitor, ...],
        services: tuple[Service, ...],
        jobs: tuple[ScrapeJob, ...],
        scaling: Scaling,
        configuration: ConfigMaps,
        manifests: Manifests,
    ) -> Self:
        lost = tuple(one for one in manifests.unreadable if one.could_hold(cls.kinds))
        return cls(selected, monitors, services, jobs, scaling, configuration, lost)

    def of(self, workload: Workload) -> Scraping:
        """Who scrapes a workload's pods.

        Raises:
            Unknown: a Rollout's pods are described elsewhere, or its pod template has a wrong shape.
        """
        pods = self._scaling.pods_of(workload)
        paths = list(self._paths.get(pods.at, ())) or list(self._paths.get(workload.at, ()))
        unclear = list(self._unclear.get(pods.at, ()))
        paths += self._pushed(pods)
        if not paths:
            for kept, path in self._by_jobs(pods):
                (paths if kept else unclear).append(path)
            unclear += self._perhaps(pods)
        return Scraping(tuple(paths), tuple(self._near.get(pods.at, ())), tuple(unclear))

    def annotated(self, workload: Workload) -> Path | None:
        """The annotation of a workload's pods or Services that asks for scraping."""
        pods = self._scaling.pods_of(workload)
        at = pods.pod_at.at("metadata", "annotations")
        for key, value in pods.pod_annotations.items():
            if ANNOTATION.match(key) and value.lower() == "true":
                return Path(f"annotation {key}", at.at(key))
        for service in self._services.get(pods.at, ()):
            for key, value in service.object.annotations.items():
                if ANNOTATION.match(key) and value.lower() == "true":
                    place = service.at.at("metadata", "annotations", key)
                    return Path(f"annotation {key} of Service {service.name}", place)
        return None

    def complete(self) -> None:
        """Raises Unknown where something that could scrape was not read."""
        for lost in self._lost:
            raise Unknown(lost.why, lost.at, lost.fix)

    def _by_monitor(self, monitor: Monitor) -> None:
        try:
            endpoints = monitor.endpoints
            google = monitor.kind in ("PodMonitoring", "ClusterPodMonitoring")
            if monitor.of_pods:
                for workload in self._selected.pods(monitor):
                    held = any(declares(workload, endpoint, google) for endpoint in endpoints)
                    self._note(workload, held, Path(str(monitor), monitor.at))
                return
            for service in self._selected.services(monitor):
                for workload in self._selected.behind(service):
                    held = any(_scrapes(workload, service, endpoint) for endpoint in endpoints)
                    self._note(workload, held, Path(f"{monitor} by Service {service.name}", monitor.at))
        except Unknown:
            return  # monitoring.monitor-selects-service says so of the monitor

    def _note(self, workload: Workload, held: bool, path: Path) -> None:
        (self._paths if held else self._near).setdefault(workload.at, []).append(path)

    def _pushed(self, pods: Workload) -> Iterator[Path]:
        """Ways in which metrics leave the pod by themselves."""
        for kind, marks in (("annotations", pods.pod_annotations), ("labels", pods.pod_labels)):
            for key, mark in marks.items():
                for pattern, product in AGENTS:
                    if pattern.match(key) and mark.lower() not in SWITCHED_OFF:
                        yield Path(f"{product} ({key})", pods.pod_at.at("metadata", kind, key))
        for container in pods.containers:
            image = container.body.get("image")
            if isinstance(image, str) and COLLECTORS.search(image):
                yield Path(f"collector in container {container.name}", container.at.at("image"))
                continue
            variables = self._configuration.environment_of(container)
            exporter = variables.get("OTEL_METRICS_EXPORTER")
            if exporter is not None:
                if exporter.value.lower() not in (*SWITCHED_OFF, "prometheus", "console", "logging"):
                    yield Path(f"OTEL_METRICS_EXPORTER={exporter.value}", exporter.at)
                continue
            for name, value in variables.items():
                if EXPORTS.match(name) and value.value:
                    yield Path(name, value.at)

    def _perhaps(self, pods: Workload) -> Iterator[Path]:
        for container in pods.containers:
            for name, value in self._configuration.environment_of(container).items():
                if MAY_EXPORT.match(name) and value.value.lower() not in SWITCHED_OFF:
                    yield Path(f"what {name}={value.value} turns on", value.at)

    def _by_jobs(self, pods: Workload) -> Iterator[tuple[bool, Path]]:
        services = self._services.get(pods.at, ())
        for service in services:
            for job, port in self._static.get(service.name, ()):
                ports = {str(one.get("port")) for one in service.ports}
                if (
                    not port
                    or port in ports
                    or service.object.body.get("spec", {}).get("clusterIP") == "None"
                ):
                    yield True, Path(f"scrape job {job.name}, target {service.name}", job.at)
        for job in self._jobs:
            if job.discovers and (not job.namespaces or within(pods.namespace, job.namespaces)):
                kept = {job.keeps(target) for target in _targets(job, pods, services)}
                if True in kept:
                    yield True, Path(f"scrape job {job.name}", job.at)
                elif None in kept:
                    yield False, Path(f"scrape job {job.name}, whose relabelling is not followed", job.at)
            if job.other:
                yield False, Path(f"scrape job {job.name} by {job.other}", job.at)


def _static(jobs: tuple[ScrapeJob, ...]) -> dict[str, list[tuple[ScrapeJob, str]]]:
    """Static targets by the Service that their host can be: `orders`, `orders.shop.svc`, `db-0.db`."""
    found: dict[str, list[tuple[ScrapeJob, str]]] = {}
    for job in jobs:
        for host, port in job.hosts:
            for name in host.split(".")[:2]:
                found.setdefault(name, []).append((job, port))
    return found


def _targets(job: ScrapeJob, pods: Workload, services: Iterable[Service]) -> Iterator[dict[str, str]]:
    declared = [(container.name, port) for container, port in container_ports(pods)] or [("", {})]
    for container, port in declared:
        labels = pod_labels(pods.namespace, pods.pod_labels, pods.pod_annotations, container, port)
        if "pod" in job.roles:
            yield labels
        if job.roles & {"endpoints", "endpointslice", "service"}:
            for service in services:
                for one in service.ports:
                    name = str(one.get("name") or "")
                    yield {
                        **labels,
                        **service_labels(service.name, service.labels, service.object.annotations, name),
                    }


def _scrapes(workload: Workload, service: Service, endpoint: Endpoint) -> bool:
    """Whether an endpoint of a ServiceMonitor reaches a pod behind a Service that it selects."""
    if endpoint.any_port:
        return bool(service.ports)
    if not endpoint.port:
        return declares(workload, endpoint)
    return any(endpoint.named(port.get("name")) and leads_to(workload, port) for port in service.ports)
