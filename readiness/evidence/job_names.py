"""What Prometheus calls the targets of an environment in `job`: by monitors, scrape jobs and probes.

Knows the names that the Prometheus Operator and VictoriaMetrics' give, `jobLabel`, and a `job` that
relabelling writes as a plain text. A monitor whose targets are not in evidence, and any other relabelling of
`job`, leave the set open.

Source:
    Prometheus Operator, pkg/prometheus/promcfg.go (relabelling of job), and its API,
    ServiceMonitorSpec.jobLabel; Google Cloud, managed service for Prometheus, "Target labels".
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from readiness.errors import Unknown
from readiness.evidence.effective import items, raw
from readiness.evidence.manifests import KubernetesObject, Manifests, Service, Workload
from readiness.evidence.monitors import GOOGLE, Monitor
from readiness.evidence.scrape_configs import ScrapeJob
from readiness.evidence.selected import Selected
from readiness.outcome import Location


class JobNames:
    """The names of jobs, where each comes from, and what is scraped under which."""

    kinds: ClassVar[frozenset[str]] = (
        Monitor.kinds | ScrapeJob.kinds | Workload.KINDS | Service.kinds | frozenset({"Probe"})
    )

    def __init__(
        self,
        monitors: tuple[Monitor, ...],
        jobs: tuple[ScrapeJob, ...],
        probes: tuple[KubernetesObject, ...],
        selected: Selected,
    ) -> None:
        self.at: dict[str, Location] = {}  # where each name comes from
        self.of_target: dict[str, set[str]] = {}  # jobs by the name of the Service or workload behind them
        self.endpoints: dict[str, int] = {}  # ports by which each job is scraped, where monitors say so
        self.open: Location | None = None  # what may give names that can't be told from here
        for monitor in monitors:
            try:
                self._of_monitor(monitor, selected)
            except Unknown:
                self._leave_open(monitor.at)
        for job in jobs:
            self.at.setdefault(job.name, job.at.at("job_name"))
            if any(rule.get("target_label") == "job" for rule in job.relabelling):
                self._leave_open(job.at)
        for probe in probes:
            spec = probe.body.get("spec")
            name = spec.get("jobName") if isinstance(spec, dict) else None
            self.at.setdefault(str(name or f"probe/{probe.namespace}/{probe.name}"), probe.at)

    @classmethod
    def collect(
        cls, manifests: Manifests, monitors: tuple[Monitor, ...], jobs: tuple[ScrapeJob, ...],
        selected: Selected,
    ) -> Self:  # fmt: skip
        return cls(monitors, jobs, tuple(manifests.of("Probe")), selected)

    def _leave_open(self, at: Location) -> None:
        self.open = self.open or at

    def _of_monitor(self, monitor: Monitor, selected: Selected) -> None:
        written = set(_written(monitor))
        for name in written - {None}:
            self.at.setdefault(str(name), monitor.at)
        if None in written:
            self._leave_open(monitor.at)
        if written:
            return
        if monitor.object.group == GOOGLE:
            self.at.setdefault(monitor.name, monitor.at)
            return
        label = str(raw(monitor.object.body, monitor.at, "spec", "jobLabel") or "")
        at = monitor.at.at("spec", "jobLabel") if label else monitor.at
        pods = selected.pods(monitor) if monitor.of_pods else []
        services = [] if monitor.of_pods else selected.services(monitor)
        if not pods and not services:
            self._leave_open(monitor.at)
        for workload in pods:
            own = f"{monitor.object.namespace}/{monitor.name}"
            name = _labelled(label, workload.pod_labels) or own
            self.endpoints[name] = self.endpoints.get(name, 0) + len(monitor.endpoints)
            self._add(name, at, workload.name)
        for service in services:
            name = _labelled(label, service.labels) or service.name
            self.endpoints[name] = self.endpoints.get(name, 0) + len(monitor.endpoints)
            self._add(name, at, service.name)
            for workload in selected.behind(service):
                self._add(name, at, workload.name)

    def _add(self, name: str, at: Location, target: str) -> None:
        self.at.setdefault(name, at)
        self.of_target.setdefault(target, set()).add(name)


def _labelled(label: str, labels: Mapping[str, str]) -> str:
    return labels.get(label, "") if label else ""


def _written(monitor: Monitor) -> Iterator[str | None]:
    """What relabelling writes into `job`; None for what is no plain text."""
    key = "podMetricsEndpoints" if monitor.kind in ("PodMonitor", "VMPodScrape") else "endpoints"
    for index, endpoint in enumerate(items(monitor.object.body, monitor.at, "spec", key)):
        at = monitor.at.at("spec", key, index)
        for field in ("relabelings", "metricRelabelings", "relabelConfigs", "metricRelabelConfigs"):
            for rule in items(endpoint, at, field):
                if isinstance(rule, dict) and "job" in (rule.get("targetLabel"), rule.get("target_label")):
                    yield _plain(rule)


def _plain(rule: Mapping[str, Any]) -> str | None:
    text = rule.get("replacement")
    always = not rule.get("sourceLabels") and not rule.get("source_labels")
    return text if isinstance(text, str) and "$" not in text and always else None
