"""How often the targets of a job are scraped.

Knows jobs by the name that their series have: `job_name` of a scrape configuration; of a ServiceMonitor the
label that `jobLabel` names, else the name of the Service; of a PodMonitor that label, else its own name.
Where several endpoints feed one job, the shortest interval counts. A monitor without an interval has the
server's, where one is in evidence.
Ignored on purpose: relabelling of `job`.

Source:
    Prometheus documentation, "Configuration", scrape_interval; Prometheus Operator, API reference, jobLabel.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, ClassVar, NamedTuple, Self

from readiness.errors import Unknown
from readiness.evidence.manifests import Service, Workload
from readiness.evidence.monitors import OPERATOR, VICTORIA, Monitor
from readiness.evidence.prometheus_config import PrometheusServer, span_of
from readiness.evidence.scrape_configs import ScrapeJob
from readiness.evidence.selected import ByLabels
from readiness.outcome import Location


class Every(NamedTuple):
    """An interval, and where it is from."""

    span: timedelta
    at: Location


class ScrapeIntervals:
    """The intervals of an environment, by job."""

    kinds: ClassVar[frozenset[str]] = (
        Monitor.kinds | ScrapeJob.kinds | PrometheusServer.kinds | Service.kinds | Workload.KINDS
    )

    def __init__(self, found: Iterable[tuple[str, Every]]) -> None:
        self._by_job: dict[str, Every] = {}
        for job, every in found:
            known = self._by_job.get(job)
            if known is None or every.span < known.span:
                self._by_job[job] = every

    @classmethod
    def collect(
        cls,
        monitors: tuple[Monitor, ...],
        jobs: tuple[ScrapeJob, ...],
        servers: tuple[PrometheusServer, ...],
        services: tuple[Service, ...],
        workloads: tuple[Workload, ...],
    ) -> Self:
        server = min(servers, key=lambda one: one.scrape, default=None)
        default = Every(server.scrape, server.written.get("scrape", server.at)) if server else None
        return cls(
            [
                *_of_jobs(jobs, default),
                *_of_monitors(
                    monitors,
                    default,
                    ByLabels((one.namespace, one.labels, one) for one in services),
                    ByLabels((one.namespace, _pod_labels(one), one) for one in workloads),
                ),
            ]
        )

    def of(self, job: str) -> Every | None:
        """The interval of a job's targets; None where nothing in evidence scrapes one of that name."""
        return self._by_job.get(job)


def _pod_labels(workload: Workload) -> dict[str, str]:
    try:
        return dict(workload.pod_labels)
    except Unknown:
        return {}


def _of_jobs(jobs: tuple[ScrapeJob, ...], default: Every | None) -> Iterator[tuple[str, Every]]:
    for job in jobs:
        own = span_of(job.interval or None)
        every = Every(own, job.at) if own else default
        if every is not None:
            yield job.name, every


def _of_monitors(
    monitors: tuple[Monitor, ...],
    default: Every | None,
    services: ByLabels[Service],
    pods: ByLabels[Workload],
) -> Iterator[tuple[str, Every]]:
    for monitor in monitors:
        if monitor.object.group not in (OPERATOR, VICTORIA):
            continue
        try:
            names = set(_jobs_of(monitor, services, pods))
            endpoints = [endpoint.at for endpoint in monitor.endpoints]
        except Unknown:
            continue  # monitoring.monitor-selects-service says what is wrong with it
        for every in _intervals(monitor, default) if endpoints else ():
            yield from ((name, every) for name in names)


def _intervals(monitor: Monitor, default: Every | None) -> Iterator[Every]:
    place = monitor.endpoints_at
    listed: Any = monitor.object.body
    for key in place.keys[-2:]:
        listed = listed.get(key) if isinstance(listed, dict) else None
    for index, body in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(body, dict):
            continue
        field = "interval" if "interval" in body else "scrape_interval"
        own = span_of(body.get(field))
        if own:
            yield Every(own, place.at(index, field))
        elif default is not None:
            yield default


def _jobs_of(monitor: Monitor, services: ByLabels[Service], pods: ByLabels[Workload]) -> Iterator[str]:
    spec = monitor.object.body.get("spec")
    label = str(spec.get("jobLabel") or "") if isinstance(spec, dict) else ""
    fixed = monitor.selector.get("matchLabels") or {}
    if label and fixed.get(label):
        yield str(fixed[label])
        return
    if monitor.of_pods:
        for workload in pods.selected(monitor.selector, monitor.namespaces):
            yield _pod_labels(workload).get(label) or f"{monitor.object.namespace}/{monitor.name}"
        return
    for service in services.selected(monitor.selector, monitor.namespaces):
        yield service.labels.get(label) or service.name
