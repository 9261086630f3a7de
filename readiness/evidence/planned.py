"""Which workload each line of the capacity plan speaks of, and which workloads need a line.

A line names its workload: by `workload:` where that is given, else by the workload's name, else by its label
`app.kubernetes.io/name`. Two that fit are never guessed at.
"""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import ClassVar, NamedTuple, Self

from readiness.arithmetic.demand import demand_after
from readiness.errors import NotApplicable, Unknown
from readiness.evidence.capacity_fields import CAPACITY, GROWTH, PEAK, TROUGH
from readiness.evidence.capacity_plan import LOOKED_FOR, CapacityPlan, PlanEntry
from readiness.evidence.context import Environment
from readiness.evidence.effective import Value
from readiness.evidence.manifests import Service, Workload
from readiness.evidence.scalers import Scaler, Scaling
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

NAME_LABEL = "app.kubernetes.io/name"
# Ports that people, a monitoring system or the API server call: no demand of the service's own.
NO_DEMAND = (
    r"(?:^|[-_])(?:metrics|prometheus|prom|telemetry|profiling|pprof|debug|webhook|admission)(?:$|[-_])"
)
LONG_RUNNING = frozenset({"Deployment", "StatefulSet", "Rollout", "ReplicaSet"})


class PlanLine:
    """One line of the plan with the workload that it speaks of."""

    __slots__ = ("at", "candidates", "entry", "reason")

    def __init__(self, entry: PlanEntry, candidates: tuple[Workload, ...], reason: str = "") -> None:
        self.entry = entry
        self.candidates = candidates
        self.reason = reason  # why it can't be told which workload it is
        self.at: Location = entry.at

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def subject(self) -> Subject:
        if len(self.candidates) == 1 and not self.reason:
            return self.candidates[0].subject
        return Subject("CapacityPlan", "", self.entry.name)

    @property
    def missing(self) -> bool:
        """No workload of these manifests is meant."""
        return not self.candidates

    @property
    def workload(self) -> Workload:
        """The workload that is meant.

        Raises:
            NotApplicable: none of these manifests is.
            Unknown: several could be, or several lines speak of it.
        """
        if not self.candidates:
            raise NotApplicable(f"no workload of these manifests is called {self.name}")
        if self.reason:
            raise Unknown(self.reason, self.at, f"name one of them in workload: of {self.name}")
        return self.candidates[0]

    @property
    def peak(self) -> Value[Fraction]:
        """Demand per second at the peak, in one cluster."""
        return self._shared(self.entry.need(PEAK))

    @property
    def trough(self) -> Value[Fraction] | None:
        found = self.entry.get(TROUGH)
        return self._shared(found) if found is not None else None

    @property
    def capacity(self) -> Value[Fraction]:
        """What one replica carries per second."""
        return self.entry.need(CAPACITY)

    @property
    def growth(self) -> Value[Fraction] | None:
        return self.entry.get(GROWTH)

    def peak_after(self, months: int) -> Fraction:
        growth = self.growth
        return demand_after(self.peak.value, growth.value if growth is not None else 0, months)

    @property
    def horizon_months(self) -> int:
        """How far the plan looks ahead."""
        found = self.entry.file.get("horizon-months")
        return found.value if found is not None else 0

    def _shared(self, value: Value[Fraction]) -> Value[Fraction]:
        clusters = self.entry.file.clusters
        return value._replace(value=value.value / clusters) if clusters > 1 else value


class PlanLines:
    """All lines of the plan that are about an environment; none where there is no plan."""

    kinds: ClassVar[frozenset[str]] = Workload.KINDS | CapacityPlan.kinds
    looked_for: ClassVar[str] = LOOKED_FOR

    def __init__(self, lines: tuple[PlanLine, ...]) -> None:
        self.lines = lines

    @classmethod
    def collect(cls, plan: CapacityPlan, workloads: tuple[Workload, ...], scaling: Scaling) -> Self:
        return cls(tuple(PlanLine(*joined) for joined in _joined(plan, workloads, scaling)))


class Planned(PlanLine):
    """One line of the plan of a production environment: the checks of its figures take these one by one."""

    __slots__ = ()

    kinds: ClassVar[frozenset[str]] = PlanLines.kinds
    looked_for: ClassVar[str] = LOOKED_FOR

    @classmethod
    def collect(
        cls, environment: Environment, plan: CapacityPlan, lines: PlanLines
    ) -> Iterator[Self | Unreadable]:
        if not environment.production:
            raise NotApplicable(f"{environment.name} is no production environment")
        if not plan.present:
            if plan.unreadable:
                first = plan.unreadable[0]
                raise Unknown(first.why, first.at, first.fix)
            raise NotApplicable(f"no capacity plan found; looked for {plan.looked_for}")
        for line in lines.lines:
            yield cls(line.entry, line.candidates, line.reason)


def _joined(
    plan: CapacityPlan, workloads: tuple[Workload, ...], scaling: Scaling
) -> Iterator[tuple[PlanEntry, tuple[Workload, ...], str]]:
    """Lines of the plan, the workloads that each can mean, and why that can't be told."""
    running = [one for one in workloads if one.serves and not handed_over(one, scaling)]
    by_name: dict[str, list[Workload]] = {}
    by_label: dict[str, list[Workload]] = {}
    for workload in running:
        by_name.setdefault(workload.name, []).append(workload)
        label = workload.object.labels.get(NAME_LABEL)
        if label:
            by_label.setdefault(label, []).append(workload)
    entries: dict[tuple[str, str, str], list[PlanEntry]] = {}
    for entry in plan.entries:
        key = (_said(entry, "workload") or entry.name, _said(entry, "namespace"), _said(entry, "kind"))
        entries.setdefault(key, []).append(entry)
    taken = {one.subject for name, _, _ in entries for one in by_name.get(name, ())}
    claimed: set[Subject] = set()
    for (name, namespace, kind), lines in entries.items():
        found = by_name.get(name) or [one for one in by_label.get(name, ()) if one.subject not in taken]
        fitting = tuple(one for one in found if namespace in ("", one.namespace) and kind in ("", one.kind))
        specific = [line for line in lines if "environment" in line.values] or lines
        reason = _doubt(specific, fitting)
        if len(fitting) == 1 and not reason:
            if fitting[0].subject in claimed:
                reason = f"several lines of the plan speak of {fitting[0].subject}"
            claimed.add(fitting[0].subject)
        yield specific[0], fitting, reason


def _said(entry: PlanEntry, field: str) -> str:
    found = entry.values.get(field)
    return str(found.value) if found is not None else ""


def _doubt(lines: list[PlanEntry], fitting: tuple[Workload, ...]) -> str:
    name = lines[0].name
    if len(lines) > 1:
        return f"the plan has {len(lines)} lines of {name}"
    if len(fitting) > 1:
        names = " and ".join(str(one.subject) for one in fitting[:3])
        return f"the plan's {name} can be {names}"
    return ""


def handed_over(workload: Workload, scaling: Scaling) -> bool:
    """Whether a Rollout runs the workload's pods, so that it has none itself."""
    return scaling.rollout_of(workload) is not None and workload.replicas.value == 0


class Demand(NamedTuple):
    """A workload that needs a line in the plan, and why."""

    workload: Workload
    why: str


class Demanded:
    """The workloads of an environment that demand reaches: through a Service, or as a scaled consumer."""

    kinds: ClassVar[frozenset[str]] = Workload.KINDS | frozenset({"Service"}) | Scaler.kinds
    looked_for: ClassVar[str] = "Deployment, StatefulSet or Rollout with a Service or a scaler"

    def __init__(self, demands: tuple[Demand, ...]) -> None:
        self.demands = demands

    @classmethod
    def collect(
        cls,
        workloads: tuple[Workload, ...],
        services: tuple[Service, ...],
        scalers: tuple[Scaler, ...],
        scaling: Scaling,
    ) -> Self:
        running = tuple(
            one
            for one in workloads
            if one.kind in LONG_RUNNING and not handed_over(one, scaling) and not _off(one)
        )
        behind = _services_of(running, services, scaling)
        scaled = _targets(scalers)
        found = []
        for workload in running:
            service = behind.get(workload.subject)
            if service is not None:
                found.append(Demand(workload, f"Service {service.name}"))
            elif (workload.kind, workload.name) in scaled:
                found.append(Demand(workload, scaled[workload.kind, workload.name]))
        return cls(tuple(found))


def _off(workload: Workload) -> bool:
    replicas = workload.replicas
    return replicas.written and replicas.value == 0


def _targets(scalers: tuple[Scaler, ...]) -> Mapping[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for scaler in scalers:
        try:
            target = scaler.target
        except Unknown:
            continue  # capacity.scaler-target-valid says so
        found.setdefault((target.kind, target.name), f"{scaler.kind} {scaler.name}")
    return found


def _services_of(
    workloads: tuple[Workload, ...], services: tuple[Service, ...], scaling: Scaling
) -> Mapping[Subject, Service]:
    """The first Service that brings demand to each workload's pods."""
    by_label: dict[tuple[str, str, str], list[tuple[Workload, Mapping[str, str]]]] = {}
    for workload in workloads:
        try:
            labels = scaling.pods_of(workload).pod_labels
        except Unknown:
            continue  # its pods are elsewhere, and its Services as well
        for key, value in labels.items():
            by_label.setdefault((workload.namespace, key, value), []).append((workload, labels))
    found: dict[Subject, Service] = {}
    for service in services:
        selector = service.selector
        if not selector or _no_demand(service):
            continue
        sets = [by_label.get((service.namespace, key, value), []) for key, value in selector.items()]
        for workload, labels in min(sets, key=len):
            if all(labels.get(key) == value for key, value in selector.items()):
                found.setdefault(workload.subject, service)
    return found


def _no_demand(service: Service) -> bool:
    """Whether all its ports are for monitoring or admission."""
    names = [str(port.get("name") or "") for port in service.ports]
    return bool(names) and all(re.search(NO_DEMAND, name) for name in names)
