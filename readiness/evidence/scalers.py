"""Objects that change how many pods a workload has, or how large they are, and the range that they give.

Reads HorizontalPodAutoscaler (autoscaling/v1, v2beta1, v2beta2, v2), KEDA's ScaledObject
(keda.sh/v1alpha1) and VerticalPodAutoscaler (autoscaling.k8s.io).
Ignored on purpose: KEDA's ScaledJob, which makes Jobs and scales no workload; metrics in annotations of
autoscaling/v1, where the API server kept those that v1 can't say.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from typing import ClassVar, NamedTuple, Self

from readiness.arithmetic.quantity import parse_quantity
from readiness.errors import NotApplicable, Unknown
from readiness.evidence.effective import Value, dotted, items, mapping, or_default, raw, text, whole
from readiness.evidence.manifests import KubernetesObject, Manifests, OfObject, Workload
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

KEDA = "default of KEDA"
PAUSED = "autoscaling.keda.sh/paused-replicas"
TRANSFER = "scaledobject.keda.sh/transfer-hpa-ownership"
METRICS_OF_V1 = "autoscaling.alpha.kubernetes.io/metrics"
DEFAULT_CPU_PERCENT = 80  # autoscaling/v2 HorizontalPodAutoscalerSpec.metrics: 80 % average CPU when unset
COUNTED = frozenset(
    {"Deployment", "StatefulSet", "ReplicaSet", "Rollout", "ReplicationController", "DeploymentConfig"}
)
ONE_GROUP = {"extensions": "apps"}  # Deployments of both groups were the same objects


class Target(NamedTuple):
    """The object that a scaler changes, in the scaler's namespace; `group` is "" where nobody says it."""

    namespace: str
    group: str
    kind: str
    name: str
    at: Location

    @property
    def subject(self) -> Subject:
        return Subject(self.kind, self.namespace, self.name)


class Metric(NamedTuple):
    """What a scaler watches.

    `name` is `cpu` or `memory` for resources, else the metric's or trigger's own; `percent` is the target as
    a share of what the pods request, where it is one.
    """

    kind: str  # Resource, ContainerResource, Pods, Object, External
    name: str
    container: str
    percent: Value[int] | None
    at: Location

    @property
    def of_requests(self) -> bool:
        """It is a share of the pods' requests, so that it can't be computed without them."""
        return self.percent is not None and self.kind in ("Resource", "ContainerResource")


class Scaler(OfObject):
    """One object that sets the number of a workload's pods."""

    __slots__ = ("__dict__",)

    kinds: ClassVar[frozenset[str]] = frozenset({"HorizontalPodAutoscaler", "ScaledObject"})
    looked_for: ClassVar[str] = "HorizontalPodAutoscaler, ScaledObject"

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for found in manifests.of("HorizontalPodAutoscaler"):
            if found.group == "autoscaling":
                yield cls(found)
        for found in manifests.of("ScaledObject"):
            if found.group == "keda.sh":
                yield cls(found)

    @property
    def kind(self) -> str:
        return self.object.kind

    @property
    def keda(self) -> bool:
        return self.object.kind == "ScaledObject"

    def __repr__(self) -> str:
        return repr(self.object)

    @cached_property
    def target(self) -> Target:
        """What it scales.

        Raises:
            Unknown: the reference has no kind or name, or is none.
        """
        return _target(self.object, "scaleTargetRef", keda=self.keda)

    @cached_property
    def least(self) -> Value[int]:
        """The fewest pods: one where a HorizontalPodAutoscaler leaves it out, none where a ScaledObject does.

        Source: Kubernetes API, autoscaling/v2 HorizontalPodAutoscalerSpec.minReplicas; KEDA, "ScaledObject
        specification", minReplicaCount, idleReplicaCount and the annotation that pauses scaling.
        """
        if not self.keda:
            found = whole(self.object.body, self.at, "spec", "minReplicas")
            return or_default(found, 1, self.at.at("spec", "minReplicas"))
        paused = self._paused
        if paused is not None:
            return paused
        idle = whole(self.object.body, self.at, "spec", "idleReplicaCount")
        if idle is not None:
            return idle
        found = whole(self.object.body, self.at, "spec", "minReplicaCount")
        return or_default(found, 0, self.at.at("spec", "minReplicaCount"), KEDA)

    @cached_property
    def most(self) -> Value[int]:
        """The most pods: 100 where a ScaledObject leaves it out.

        Raises:
            Unknown: a HorizontalPodAutoscaler leaves it out, which the API server refuses.

        Source: as for `least`.
        """
        if self.keda:
            paused = self._paused
            if paused is not None:
                return paused
            found = whole(self.object.body, self.at, "spec", "maxReplicaCount")
            return or_default(found, 100, self.at.at("spec", "maxReplicaCount"), KEDA)
        found = whole(self.object.body, self.at, "spec", "maxReplicas")
        if found is None:
            raise Unknown(
                f"{self.kind} {self.name} has no spec.maxReplicas, which the API requires",
                self.at.at("spec"),
                f"set spec.maxReplicas of {self.name}",
            )
        return found

    @property
    def _paused(self) -> Value[int] | None:
        """The count at which a ScaledObject is held by hand."""
        written = self.object.annotations.get(PAUSED)
        if written is None or not re.fullmatch(r"[0-9]{1,9}", written):
            return None
        return Value(int(written), self.at.at("metadata", "annotations", PAUSED), "paused by annotation")

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """What it watches; a HorizontalPodAutoscaler that names nothing watches CPU.

        Raises:
            Unknown: a metric is written in a way that its API doesn't have.
        """
        if self.keda:
            return tuple(self._trigger(index) for index in range(len(self._listed("triggers"))))
        if self.object.api_version == "autoscaling/v1":
            if METRICS_OF_V1 in self.object.annotations:
                return ()
            keys = ("spec", "targetCPUUtilizationPercentage")
            percent = whole(self.object.body, self.at, *keys)
            at = self.at.at(*keys)
            return (Metric("Resource", "cpu", "", or_default(percent, DEFAULT_CPU_PERCENT, at), at),)
        listed = self._listed("metrics")
        if not listed:
            at = self.at.at("spec", "metrics")
            default: Value[int] = or_default(None, DEFAULT_CPU_PERCENT, at)
            return (Metric("Resource", "cpu", "", default, at),)
        return tuple(self._metric(index) for index in range(len(listed)))

    @property
    def tolerance(self) -> Fraction:
        """How far above its target a metric has to be before pods are added; a tenth where nobody says.

        Source: Kubernetes, "Horizontal Pod Autoscaling", tolerance; API, autoscaling/v2 HPAScalingRules.
        """
        way: tuple[str, ...] = ("behavior", "scaleUp", "tolerance")
        if self.keda:
            way = ("advanced", "horizontalPodAutoscalerConfig", *way)
        written = raw(self.object.body, self.at, "spec", *way)
        if written is None:
            return Fraction(1, 10)
        try:
            return parse_quantity(written)
        except ValueError as wrong:
            raise Unknown(f"tolerance of {self.name}: {wrong}", self.at.at("spec", *way)) from wrong

    def _listed(self, name: str) -> list[object]:
        return items(self.object.body, self.at, "spec", name)

    def _metric(self, index: int) -> Metric:
        at = self.at.at("spec", "metrics", index)
        body = mapping(self.object.body, self.at, "spec", "metrics", index)
        kind = _word(text(body, at, "type"))
        if kind not in ("Resource", "ContainerResource"):
            return Metric(kind, _metric_name(body, kind), "", None, at)
        field = "resource" if kind == "Resource" else "containerResource"
        said = mapping(body, at, field)
        where = at.at(field)
        # v2beta1 wrote it flat, later versions below `target`
        percent = whole(said, where, "target", "averageUtilization") or whole(
            said, where, "targetAverageUtilization"
        )
        return Metric(
            kind, _word(text(said, where, "name")), _word(text(said, where, "container")), percent, at
        )

    def _trigger(self, index: int) -> Metric:
        at = self.at.at("spec", "triggers", index)
        body = mapping(self.object.body, self.at, "spec", "triggers", index)
        name = _word(text(body, at, "type"))
        if name not in ("cpu", "memory"):
            return Metric("External", name, "", None, at)
        said = mapping(body, at, "metadata")
        where = at.at("metadata")
        kind = text(body, at, "metricType") or text(said, where, "type")
        container = _word(text(said, where, "containerName"))
        value = raw(said, where, "value")
        percent = None
        if kind is None or kind.value == "Utilization":  # the default of both triggers
            if not re.fullmatch(r"[0-9]{1,9}", str(value)):
                raise Unknown(
                    f"trigger {name} of {self.name} has no whole number as value", where.at("value")
                )
            percent = Value(int(str(value)), where.at("value"))
        return Metric("ContainerResource" if container else "Resource", name, container, percent, at)


class VerticalScaler(OfObject):
    """One VerticalPodAutoscaler: it sets the requests of a workload's pods."""

    __slots__ = ()

    kinds: ClassVar[frozenset[str]] = frozenset({"VerticalPodAutoscaler"})
    looked_for: ClassVar[str] = "VerticalPodAutoscaler"

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for found in manifests.of("VerticalPodAutoscaler"):
            if found.group in ("autoscaling.k8s.io", "poc.autoscaling.k8s.io"):
                yield cls(found)

    @property
    def target(self) -> Target:
        """What it sizes; raises Unknown as `Scaler.target`."""
        return _target(self.object, "targetRef", keda=False)

    @property
    def mode(self) -> Value[str]:
        """`Off`, `Initial`, `Recreate`, `InPlaceOrRecreate` or `Auto`, the default.

        Source: Kubernetes autoscaler, autoscaling.k8s.io/v1 PodUpdatePolicy.updateMode.
        """
        keys = ("spec", "updatePolicy", "updateMode")
        found = text(self.object.body, self.at, *keys)
        return or_default(found, "Auto", self.at.at(*keys), "default of the VerticalPodAutoscaler")

    @property
    def acts(self) -> bool:
        """It changes running pods, in contrast to one that only recommends or sizes new pods."""
        return self.mode.value not in ("Off", "Initial")

    @property
    def resources(self) -> frozenset[str]:
        """Resources that it sets in any container: cpu and memory where nothing is said.

        Source: Kubernetes autoscaler, autoscaling.k8s.io/v1 ContainerResourcePolicy.controlledResources.
        """
        policies = items(self.object.body, self.at, "spec", "resourcePolicy", "containerPolicies")
        found: set[str] = set()
        everywhere = True
        for index, policy in enumerate(policies):
            at = self.at.at("spec", "resourcePolicy", "containerPolicies", index)
            body = policy if isinstance(policy, dict) else {}
            off = _word(text(body, at, "mode")) == "Off"
            everywhere = everywhere and _word(text(body, at, "containerName")) != "*"
            if not off:
                listed = items(body, at, "controlledResources") or ["cpu", "memory"]
                found |= {str(resource) for resource in listed}
        return frozenset(found | {"cpu", "memory"} if everywhere else found)


class Range(NamedTuple):
    """How many pods a workload has: what it asks for itself, and from least to most under its scaler."""

    set: Value[int]
    least: Value[int]
    most: Value[int]
    scaler: Scaler | None

    @property
    def scaled(self) -> bool:
        return self.scaler is not None


class Scaling:
    """Which scaler each workload of an environment has."""

    kinds: ClassVar[frozenset[str]] = Scaler.kinds
    looked_for: ClassVar[str] = Scaler.looked_for

    def __init__(
        self,
        scalers: tuple[Scaler, ...],
        workloads: tuple[Workload, ...] = (),
        unreadable: tuple[Unreadable, ...] = (),
    ) -> None:
        self.unreadable = unreadable
        self._by_target: dict[tuple[str, str], list[Scaler]] = {}
        self._doubt: Unknown | None = None
        for scaler in scalers:
            try:
                target = scaler.target
            except Unknown as unknown:
                self._doubt = self._doubt or unknown
            else:
                self._by_target.setdefault((target.kind, target.name), []).append(scaler)
        if unreadable and self._doubt is None:
            first = unreadable[0]
            self._doubt = Unknown(first.why, first.at, first.fix)
        self._rollouts: dict[tuple[str, str, str], Workload] = {}
        self._pods: dict[tuple[str, str], Workload] = {}
        by_key = {(one.namespace, one.kind, one.name): one for one in workloads}
        for rollout in workloads:
            referenced = _referenced(rollout)
            if referenced is not None:
                self._rollouts[referenced] = rollout
                if referenced in by_key:
                    self._pods[rollout.namespace, rollout.name] = by_key[referenced]

    @classmethod
    def collect(
        cls, scalers: tuple[Scaler, ...], workloads: tuple[Workload, ...], manifests: Manifests
    ) -> Self:
        lost = tuple(one for one in manifests.unreadable if one.could_hold(cls.kinds))
        return cls(scalers, workloads, lost)

    def scalers_of(self, workload: Workload) -> tuple[Scaler, ...]:
        """All scalers whose target it is; more than one fight each other.

        Raises:
            Unknown: there is none, but some object that could be one was not read.
        """
        listed = self._by_target.get((workload.kind, workload.name), ())
        found = tuple(scaler for scaler in listed if _targets(scaler.target, workload))
        if len(found) > 1:
            found = _distinct(found)
        if not found and self._doubt is not None:
            raise Unknown(self._doubt.why, self._doubt.at, self._doubt.fix)
        return found

    def rollout_of(self, workload: Workload) -> Workload | None:
        """The Rollout that runs this workload's pods by `workloadRef`, and scales it down to none."""
        return self._rollouts.get((workload.namespace, workload.kind, workload.name))

    def pods_of(self, workload: Workload) -> Workload:
        """Where a workload's pod template stands: in itself, or in what a Rollout refers to.

        Raises:
            Unknown: a Rollout refers to a workload that is not in these manifests.
        """
        referenced = _referenced(workload)
        if referenced is None:
            return workload
        found = self._pods.get((workload.namespace, workload.name))
        if found is None:
            pods = f"{referenced[1]} {referenced[2]}"
            why = f"Rollout {workload.name} takes its pods from {pods}, which is not in these manifests"
            raise Unknown(why, workload.at.at("spec", "workloadRef"))
        return found

    def of(self, workload: Workload) -> Range:
        """The number of its pods.

        Raises:
            NotApplicable: its number is no field of its own (DaemonSet, Job, Pod), or its pods are run by a
                Rollout that refers to it.
            Unknown: its scaler may be in what was not read, or several scalers fight for it.
        """
        if workload.kind not in COUNTED:
            raise NotApplicable(f"a {workload.kind} has no number of replicas to set")
        rollout = self.rollout_of(workload)
        own = workload.replicas
        if rollout is not None and own.value == 0:
            raise NotApplicable(f"Rollout {rollout.name} runs its pods; it is scaled down on purpose")
        found = self.scalers_of(workload)
        if len(found) > 1:
            names = " and ".join(f"{scaler.kind} {scaler.name}" for scaler in found)
            raise Unknown(f"{names} both set the replicas of {workload.name}", found[1].at)
        if not found:
            return Range(own, own, own, None)
        scaler = found[0]
        if own.value == 0 and own.written and not scaler.keda and scaler.least.value > 0:
            # Source: Kubernetes, "Horizontal Pod Autoscaling", implicit maintenance-mode deactivation
            return Range(own, own, own, scaler)
        return Range(own, scaler.least, scaler.most, scaler)


def names_group(target: Target, workload: Workload) -> bool:
    """Whether the target's API group is the workload's; one that is left out is taken as meant."""
    wanted = ONE_GROUP.get(target.group, target.group)
    return not wanted or wanted == ONE_GROUP.get(workload.object.group, workload.object.group)


def _targets(target: Target, workload: Workload) -> bool:
    return same_namespace(target.namespace, workload.namespace) and names_group(target, workload)


def same_namespace(one: str, other: str) -> bool:
    """Whether two objects can be in one namespace: one that nobody names is where it is applied."""
    return one == other or not one or not other


def _distinct(scalers: tuple[Scaler, ...]) -> tuple[Scaler, ...]:
    """Scalers without those that stand twice, and without the one whose autoscaler a ScaledObject takes over.

    Source: KEDA, "ScaledObject specification", transfer-hpa-ownership.
    """
    by_subject = {scaler.subject: scaler for scaler in scalers}
    taken = {
        str(raw(one.object.body, one.at, "spec", "advanced", "horizontalPodAutoscalerConfig", "name"))
        for one in by_subject.values()
        if one.keda and one.object.annotations.get(TRANSFER) == "true"
    }
    return tuple(one for one in by_subject.values() if one.keda or one.name not in taken)


def _target(found: KubernetesObject, field: str, *, keda: bool) -> Target:
    at = found.at.at("spec", field)
    said = mapping(found.body, found.at, "spec", field)
    version = text(said, at, "apiVersion")
    kind = text(said, at, "kind")
    name = text(said, at, "name")
    if keda:
        # Source: KEDA, "ScaledObject specification", scaleTargetRef: apps/v1 Deployment when left out
        group, kind_word = "apps", "Deployment"
    else:
        group, kind_word = "", ""
    if version is not None:
        group = version.value.rpartition("/")[0]
    kind_word = _word(kind) or kind_word
    if name is None or not kind_word:
        missing = "name" if name is None else "kind"
        raise Unknown(
            f"{found.kind} {found.name} has no {dotted(('spec', field, missing))}",
            at,
            f"name the object that {found.name} scales",
        )
    return Target(found.namespace, group, kind_word, name.value, name.at)


def _referenced(rollout: Workload) -> tuple[str, str, str] | None:
    """Namespace, kind and name of what a Rollout takes its pods from (`spec.workloadRef`)."""
    if rollout.kind != "Rollout":
        return None
    said = rollout.object.body.get("spec")
    ref = said.get("workloadRef") if isinstance(said, dict) else None
    if not isinstance(ref, dict) or not ref.get("name"):
        return None
    return rollout.namespace, str(ref.get("kind") or "Deployment"), str(ref["name"])


def _metric_name(body: object, kind: str) -> str:
    field = kind[:1].lower() + kind[1:]
    said = body.get(field) if isinstance(body, dict) else None
    if not isinstance(said, dict):
        return ""
    metric = said.get("metric")
    return str(metric.get("name") if isinstance(metric, dict) else said.get("metricName") or "")


def _word(value: Value[str] | None) -> str:
    return value.value if value is not None else ""
