"""What objects and targets of an environment are called, by the label in which metrics have the name.

The names are those that kube-state-metrics, cAdvisor and service discovery give: `deployment` holds names of
Deployments alone, `pod` those that controllers make up (`api-7d9f6c5b8d-x2k9z`, `db-0`), `job` what
`job_names.py` says.
Ignored on purpose: in which namespace an object lies, since names that are right in another are seldom wrong;
labels of a program's own metrics, but for those that service discovery adds to all of them.

Source:
    kube-state-metrics, docs/metrics; Kubernetes, names of pods of ReplicaSets, StatefulSets and Jobs.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import ClassVar, NamedTuple, Self

from readiness.errors import Unknown
from readiness.evidence.context import Environment
from readiness.evidence.effective import items
from readiness.evidence.job_names import JobNames
from readiness.evidence.manifests import KubernetesObject, Manifests, Service, Workload
from readiness.evidence.re2 import Pattern
from readiness.evidence.selected import makes_pods
from readiness.evidence.targets import FEW_EDITS, FEW_NAMES, edits
from readiness.known import ByEnvironment
from readiness.outcome import Location

# The label of kube-state-metrics that has the name of an object, by the kind of object.
OBJECT_LABELS = {
    "deployment": "Deployment",
    "statefulset": "StatefulSet",
    "daemonset": "DaemonSet",
    "cronjob": "CronJob",
    "horizontalpodautoscaler": "HorizontalPodAutoscaler",
    "poddisruptionbudget": "PodDisruptionBudget",
}
# Hash and suffix of pods: one reading fits [a-f0-9], the other has letters of Kubernetes' own alphabet.
HASHES = ("7d9f6c5b8d", "5c4b8d9f77", "6b7fd8c4d9", "x7k2m9zq4w", "7d9f6c5b8", "7d9f6c5b")
ENDINGS = ("b7c4d", "x2k9z")
RUNS = ("28941120", "1736467200")  # minutes or seconds since 1970, in names of a CronJob's Jobs
ORDINALS = 10
MADE_UP = ("pod", "job_name", "persistentvolumeclaim")  # names that controllers give
OF_OBJECTS = ("kube_", "container_", "kubelet_volume_stats_")


class Missing(NamedTuple):
    """A name that nothing in evidence has."""

    label: str
    name: str
    why: str  # empty where nobody can say that it is missing
    near: str = ""  # what was probably meant
    at: Location | None = None  # of that


class TargetNames:
    """The names of an environment."""

    kinds: ClassVar[frozenset[str]] = (
        Workload.KINDS | Service.kinds | JobNames.kinds
        | frozenset({*OBJECT_LABELS.values(), "PersistentVolumeClaim"})
    )  # fmt: skip

    def __init__(
        self,
        manifests: Manifests,
        workloads: tuple[Workload, ...],
        jobs: JobNames,
        namespaces: Iterable[str],
        makers: tuple[KubernetesObject, ...] = (),
    ) -> None:
        self.jobs = jobs
        self.makers = makers
        self._lost = tuple(one for one in manifests.unreadable if one.could_hold(self.kinds))
        self._held: dict[tuple[str, str], bool] = {}
        self._missed: dict[tuple[str, str, str], Missing] = {}
        self._kinds_of: dict[str, dict[str, Location]] = {}  # kinds of workloads by their name
        self._names: dict[str, dict[str, Location]] = {label: {} for label in OBJECT_LABELS}
        self._names |= {"pod": {}, "container": {}, "job_name": {}, "persistentvolumeclaim": {}}
        self._names["namespace"] = {name: Location("", "") for name in namespaces}
        self._names["job"] = dict(jobs.at)
        self._names["service"] = {one.name: one.at for one in manifests.of("Service")}
        for label, kind in OBJECT_LABELS.items():
            self._names[label] |= {one.name: one.at for one in manifests.of(kind)}
        self._names["persistentvolumeclaim"] |= {
            one.name: one.at for one in manifests.of("PersistentVolumeClaim")
        }
        for workload in workloads:
            self._add(workload)
        self._unscraped = {
            name: at
            for name, at in {**self._names["service"], **{one.name: one.at for one in workloads}}.items()
            if name not in jobs.of_target
        }

    @classmethod
    def collect(
        cls, manifests: Manifests, workloads: tuple[Workload, ...], jobs: JobNames,
        environments: ByEnvironment[Environment],
    ) -> Self:  # fmt: skip
        namespaces = {one.namespace for one in manifests.objects}
        namespaces |= {one.namespace for _, one in environments.items()}
        namespaces |= {one.name for one in manifests.of("Namespace")}
        makers = tuple(one for one in manifests.objects if makes_pods(one))
        return cls(manifests, workloads, jobs, sorted(namespaces), makers)

    def _add(self, workload: Workload) -> None:
        self._kinds_of.setdefault(workload.name, {})[workload.kind] = workload.at
        for name in pods_of(workload.kind, workload.name):
            self._names["pod"].setdefault(name, workload.at)
        if workload.kind in ("Job", "CronJob"):
            for name in _jobs_of(workload.kind, workload.name):
                self._names["job_name"].setdefault(name, workload.at)
        try:
            for container in workload.all_containers:
                self._names["container"].setdefault(str(container.body.get("name") or ""), container.at)
            templates = items(workload.body, workload.at, "spec", "volumeClaimTemplates")
            for index, template in enumerate(templates):
                at = workload.at.at("spec", "volumeClaimTemplates", index)
                name = str(template.get("metadata", {}).get("name") or "")
                for ordinal in range(ORDINALS):
                    claim = f"{name}-{workload.name}-{ordinal}"
                    self._names["persistentvolumeclaim"].setdefault(claim, at)
        except (Unknown, AttributeError):
            pass  # malformed: the checks that read it say so

    @staticmethod
    def judges(label: str, metric: str) -> bool:
        """Whether a label of a metric has a name of Kubernetes or of service discovery."""
        if label in ("job", "namespace", "pod"):
            return True
        if label == "service":
            return metric in ("up", "scrape_samples_scraped") or metric.startswith("kube_service_")
        if label == "container":
            return metric == "up" or metric.startswith(OF_OBJECTS)
        known = label in OBJECT_LABELS or label in MADE_UP
        return known and metric.startswith(OF_OBJECTS)

    def names(self, label: str) -> list[str]:
        """A few of the names of a label, for a message."""
        names = self._kinds_of if label in MADE_UP else self._names[label]
        return sorted(name for name in names if name)[:3]

    def holds(self, label: str, pattern: Pattern | str) -> bool:
        """Whether a name fits; asked once for each, however many rules ask for it."""
        key = (label, pattern if isinstance(pattern, str) else f"~{pattern.text}")
        if key not in self._held:
            self._held[key] = self._holds(label, pattern)
        return self._held[key]

    def _holds(self, label: str, pattern: Pattern | str) -> bool:
        names = self._names[label]
        if label == "namespace" and "" in names:
            return True
        if isinstance(pattern, str):
            unscraped = label == "job" and pattern in self._unscraped
            return unscraped or pattern in names or self.made_by_an_operator(label, pattern)
        also = self._unscraped if label == "job" else ()
        return any(map(pattern.matches, names)) or any(map(pattern.matches, also))

    def made_by_an_operator(self, label: str, name: str) -> bool:
        """Whether a custom resource may have made what is called so: operators name things after it."""
        if not self.makers or label == "namespace":
            return False
        if label == "container" and name not in self._kinds_of:
            return True
        ours = (start for one in self.makers for start in (one.name, f"{one.kind.lower()}-{one.name}"))
        return any(name == start or name.startswith(f"{start}-") for start in ours)

    def missing(self, label: str, name: str, service: str) -> Missing:
        """What is known of a name that nothing has; `name` may be the plain start of a pattern."""
        key = (label, name, service)
        if key not in self._missed:
            self._missed[key] = self._missing(label, name, service)
        return self._missed[key]

    def _missing(self, label: str, name: str, service: str) -> Missing:
        found = self._of_another_kind(label, name) or self._slip(label, name)
        if found is not None:
            return found
        own = service and (name == service or name.startswith((f"{service}-", f"{service}_")))
        if own and self._names[label] and self._whole(label):
            listed = ", ".join(self.names(label))
            return Missing(label, name, f"nothing is called so; there are {listed}")
        return Missing(label, name, "")

    def _whole(self, label: str) -> bool:
        if self._lost or label == "namespace":
            return False
        return self.jobs.open is None if label == "job" else not self.makers

    def _of_another_kind(self, label: str, name: str) -> Missing | None:
        if label == "job" and name in self.jobs.of_target:
            jobs = sorted(self.jobs.of_target[name])
            at = self.jobs.at[jobs[0]]
            return Missing(label, name, f"{name} is scraped as job {' and '.join(jobs)}", jobs[0], at)
        kinds = self._kinds_of.get(name, {})
        if not kinds or self._lost:
            return None
        kind, at = next(iter(kinds.items()))
        if label in ("deployment", "statefulset", "daemonset"):
            return Missing(label, name, f"{name} is a {kind}", at=at)
        if label == "pod":
            pod = next(pods_of(kind, name), name)
            return Missing(label, name, f"pods of {kind} {name} are called like {pod}", at=at)
        if label == "container" and not self.makers:
            own = sorted(c for c, place in self._names["container"].items() if _inside(place, at))
            return Missing(label, name, f"the containers of {kind} {name} are called {', '.join(own)}", at=at)
        return None

    def _slip(self, label: str, name: str) -> Missing | None:
        if label in MADE_UP:
            names = {one: at for one, kinds in self._kinds_of.items() for at in list(kinds.values())[:1]}
        else:
            names = self._names[label]
        slips = min(FEW_EDITS, len(name) // 4)
        near = [one for one in names if one and abs(len(one) - len(name)) <= slips]
        if not slips or len(near) > FEW_NAMES:
            return None
        best = min(((edits(one, name), one) for one in near if _differ_in_letters(one, name)), default=None)
        if best is None or best[0] > slips:
            return None
        at = names[best[1]]
        return Missing(label, name, f"nothing is called so, but {best[1]}", best[1], at if at.file else None)


def _inside(place: Location, workload: Location) -> bool:
    return place[:3] == workload[:3] and place.keys[: len(workload.keys)] == workload.keys


def _differ_in_letters(one: str, other: str) -> bool:
    """Names that differ in their numbers alone are two of a row, and no slip."""
    return re.sub(r"\d", "", one) != re.sub(r"\d", "", other)


def pods_of(kind: str, name: str) -> Iterator[str]:
    """Names that a workload's pods may have."""
    if kind == "StatefulSet":
        yield from (f"{name}-{ordinal}" for ordinal in range(ORDINALS))
    elif kind == "Pod":
        yield name
    elif kind in ("DaemonSet", "Job", "ReplicaSet", "ReplicationController"):
        yield from (f"{name}-{ending}" for ending in ENDINGS)
        yield f"{name}-0-{ENDINGS[0]}"  # of an indexed Job
    elif kind == "CronJob":
        yield from (f"{name}-{run}-{ending}" for run in RUNS for ending in ENDINGS)
    elif kind == "DeploymentConfig":
        yield from (f"{name}-1-{ending}" for ending in ENDINGS)
    else:
        yield from (f"{name}-{hash_}-{ending}" for hash_ in HASHES for ending in ENDINGS)


def _jobs_of(kind: str, name: str) -> Iterator[str]:
    if kind == "Job":
        yield name
    else:
        yield from (f"{name}-{run}" for run in RUNS)


@lru_cache(maxsize=10_000)
def pattern_of(text: str) -> Pattern | None:
    """An RE2 pattern; None for one that can't be read."""
    try:
        return Pattern(text)
    except ValueError:
        return None


def plain_start(pattern: str) -> str:
    """The text with which all that a pattern matches begins, without a separator at its end."""
    found = re.match(r"[A-Za-z0-9_-]*", pattern)
    start = found[0] if found else ""
    if pattern[len(start) : len(start) + 1] in ("?", "*", "{"):
        start = start[:-1]
    elif "|" in pattern:
        return ""
    return start.rstrip("-_")
