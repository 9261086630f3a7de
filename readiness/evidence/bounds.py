"""The bounds that manifests set to what metrics measure: memory, replicas, sizes, times.

For a selector of a metric it gives the objects that it is about, by the names that metrics have. It gives
none where a selector names none, since it is about everything in the cluster then, or where the bound of one
of them can't be told.

Source:
    kube-state-metrics, cAdvisor, kubelet and cert-manager, names and labels of their metrics.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import ClassVar, NamedTuple, Self

from readiness.arithmetic.durations import go_seconds
from readiness.arithmetic.quantity import parse_quantity
from readiness.errors import NotApplicable, Unknown
from readiness.evidence.effective import Value, or_default, raw, text, whole
from readiness.evidence.job_names import JobNames
from readiness.evidence.manifests import Container, KubernetesObject, Manifests, Workload
from readiness.evidence.matchers import Matcher
from readiness.evidence.promql import Selector
from readiness.evidence.scalers import Scaler, Scaling
from readiness.evidence.target_names import OBJECT_LABELS, ORDINALS, TargetNames, pods_of
from readiness.outcome import Location

CERT_MANAGER_DURATION = "2160h"  # ninety days; cert-manager, CertificateSpec.duration


class Bound(NamedTuple):
    """One bound and what it belongs to."""

    of: str
    value: Fraction
    at: Location


class Bounds:
    """What the objects of an environment allow."""

    kinds: ClassVar[frozenset[str]] = TargetNames.kinds | Scaler.kinds | frozenset({"Certificate"})

    def __init__(
        self,
        manifests: Manifests,
        workloads: tuple[Workload, ...],
        scalers: tuple[Scaler, ...],
        scaling: Scaling,
        jobs: JobNames,
    ) -> None:
        self._scaling = scaling
        self._jobs = jobs
        self._containers: dict[str, list[tuple[Container, Workload]]] = {}
        self._workloads: dict[tuple[str, str], list[Workload]] = {}
        self._of_job: dict[str, list[Workload]] = {}
        self._scalers = {one.name: one for one in scalers if not one.keda}
        self._claims: dict[str, tuple[object, Location]] = {}
        self._certificates = {one.name: one for one in manifests.of("Certificate")}
        for claim in manifests.of("PersistentVolumeClaim"):
            self._claim(claim.name, claim.body, claim.at)
        for workload in workloads:
            self._add(workload)

    @classmethod
    def collect(
        cls, manifests: Manifests, workloads: tuple[Workload, ...], scalers: tuple[Scaler, ...],
        scaling: Scaling, jobs: JobNames,
    ) -> Self:  # fmt: skip
        return cls(manifests, workloads, scalers, scaling, jobs)

    def _add(self, workload: Workload) -> None:
        self._workloads.setdefault((workload.kind, workload.name), []).append(workload)
        for job in self._jobs.of_target.get(workload.name, ()):
            self._of_job.setdefault(job, []).append(workload)
        try:
            for container in workload.containers:
                self._containers.setdefault(container.name, []).append((container, workload))
            templates = raw(workload.body, workload.at, "spec", "volumeClaimTemplates")
        except Unknown:
            return  # malformed: the checks that read it say so
        for index, template in enumerate(templates if isinstance(templates, list) else ()):
            metadata = template.get("metadata") if isinstance(template, dict) else None
            if isinstance(metadata, dict):
                at = workload.at.at("spec", "volumeClaimTemplates", index)
                for ordinal in range(ORDINALS):
                    self._claim(f"{metadata.get('name')}-{workload.name}-{ordinal}", template, at)

    def _claim(self, name: str, body: object, at: Location) -> None:
        try:
            size = raw(body, at, "spec", "resources", "requests", "storage")
        except Unknown:
            return
        self._claims[name] = size, at.at("spec", "resources", "requests", "storage")

    def memory(self, selector: Selector) -> list[Bound]:
        """Limits of memory of the containers that are meant; none where one of them has no limit."""
        wanted = _asked(selector, "container")
        if not wanted:
            return []
        found = []
        for name in sorted(self._containers):
            if not all(one.matches(name) for one in wanted):
                continue
            for container, workload in self._containers[name]:
                if not _pods_match(selector, workload):
                    continue
                limit = _quietly(container)
                if limit is None:
                    return []
                found.append(Bound(f"container {name} of {workload.name}", limit.value, limit.at))
        return found

    def replicas(self, selector: Selector, label: str) -> list[Bound]:
        """The most pods that the workloads that are meant have while their scaler asks for the fewest."""
        wanted = _asked(selector, label)
        value = wanted[0].only_value if len(wanted) == 1 else None
        if value is None:
            return []
        if label == "job":
            listed = self._of_job.get(value, []) if self._jobs.endpoints.get(value) == 1 else []
        else:
            listed = self._workloads.get((OBJECT_LABELS[label], value), [])
        found = []
        for workload in listed:
            try:
                least = self._scaling.of(workload).least
            except (Unknown, NotApplicable):
                return []
            found.append(Bound(f"{workload.kind} {workload.name}", Fraction(least.value), least.at))
        return found

    def most_replicas(self, selector: Selector) -> list[Bound]:
        """The upper bounds of the HorizontalPodAutoscalers that are meant."""
        found = []
        for name in _meant(selector, "horizontalpodautoscaler", self._scalers):
            try:
                most = self._scalers[name].most
            except Unknown:
                return []
            found.append(Bound(f"HorizontalPodAutoscaler {name}", Fraction(most.value), most.at))
        return found

    def storage(self, selector: Selector) -> list[Bound]:
        """Sizes of the volumes that are meant."""
        found = []
        for name in _meant(selector, "persistentvolumeclaim", self._claims):
            size, at = self._claims[name]
            try:
                found.append(Bound(f"claim {name}", parse_quantity(size), at))
            except ValueError:
                return []
        return found

    def deadlines(self, selector: Selector) -> list[Bound]:
        """When the Jobs that are meant are ended: activeDeadlineSeconds."""
        found = []
        wanted = _asked(selector, "job_name")
        for (kind, name), listed in sorted(self._workloads.items()):
            names = [name] if kind == "Job" else [f"{name}-28941120"] if kind == "CronJob" else []
            if not names or not wanted or not all(one.matches(names[0]) for one in wanted):
                continue
            keys = ("spec", "jobTemplate", "spec") if kind == "CronJob" else ("spec",)
            for workload in listed:
                try:
                    limit = whole(workload.body, workload.at, *keys, "activeDeadlineSeconds")
                except Unknown:
                    return []
                if limit is None:
                    return []
                found.append(Bound(f"{kind} {name}", Fraction(limit.value), limit.at))
        return found

    def renewals(self, selector: Selector) -> list[Bound]:
        """How long before its end each certificate that is meant is renewed, in seconds.

        Source: cert-manager, CertificateSpec.renewBefore: a third of the duration where it is left out.
        """
        if _asked(selector, "name"):
            names = _meant(selector, "name", self._certificates)
        else:
            names = sorted(self._certificates)
        return [bound for name in names if (bound := _renewal(self._certificates[name])) is not None]


def _asked(selector: Selector, label: str) -> tuple[Matcher, ...]:
    """The conditions that name something, of those on a label."""
    return tuple(one for one in selector.asks(label) if one.operator in ("=", "=~") and not one.matches(""))


def _meant(selector: Selector, label: str, names: Iterable[str]) -> list[str]:
    wanted = _asked(selector, label)
    return [name for name in sorted(names) if wanted and all(one.matches(name) for one in wanted)]


def _pods_match(selector: Selector, workload: Workload) -> bool:
    wanted = selector.asks("pod")
    return not wanted or any(
        all(one.matches(name) for one in wanted) for name in pods_of(workload.kind, workload.name)
    )


def _quietly(container: Container) -> Value[Fraction] | None:
    try:
        return container.quantity("limits", "memory")
    except Unknown:
        return None


def _renewal(certificate: KubernetesObject) -> Bound | None:
    body: Mapping[str, object] = certificate.body
    at = certificate.at
    try:
        written = text(body, at, "spec", "renewBefore")
        duration = or_default(text(body, at, "spec", "duration"), CERT_MANAGER_DURATION, at.at("spec"))
        if raw(body, at, "spec", "renewBeforePercentage") is not None:
            return None
        seconds = go_seconds(written.value) if written is not None else go_seconds(duration.value) / 3
    except (Unknown, ValueError):
        return None
    place = written.at if written is not None else duration.at
    return Bound(f"Certificate {certificate.name}", seconds, place)
