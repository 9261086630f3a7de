"""Numbers of the plan and the sums of them, as findings and proofs print them."""

from fractions import Fraction
from typing import NamedTuple

from readiness.api import Operand, Unknown
from readiness.arithmetic.demand import margin, replicas_needed
from readiness.arithmetic.quantity import spell_bytes, spell_cpu
from readiness.evidence.capacity_fields import same_unit, spelled
from readiness.evidence.effective import Value
from readiness.evidence.planned import PlanLine
from readiness.evidence.scalers import Metric, Range, Scaler
from readiness.outcome import Worse


def figure(name: str, value: Value[Fraction], unit: str = "", worse: Worse = "") -> Operand:
    """A number of the plan as an operand: whole where it is one."""
    exact = Fraction(value.value)
    plain = exact.numerator if exact.denominator == 1 else float(exact)
    return Operand(name, plain, unit, value.at, worse)


def share(name: str, value: Value[Fraction], worse: Worse = "") -> Operand:
    """A share as percent."""
    return figure(name, value._replace(value=value.value * 100), "%", worse)


def percent(value: Fraction) -> str:
    return f"{float(value * 100):.4g} %"


class Load(NamedTuple):
    """The demand of one workload against what one of its replicas carries, with room and growth."""

    peak: Value[Fraction]
    capacity: Value[Fraction]
    headroom: Value[Fraction]
    growth: Value[Fraction] | None
    months: int
    unit: str

    @property
    def grown(self) -> Fraction:
        growth = Fraction(self.growth.value) if self.growth is not None else Fraction(0)
        return self.peak.value * (1 + growth) ** self.months

    @property
    def wanted(self) -> Fraction:
        """Demand per second that replicas are needed for."""
        return self.grown * (1 + self.headroom.value)

    @property
    def needed(self) -> int:
        growth = self.growth.value if self.growth is not None else 0
        return replicas_needed(self.peak.value, self.headroom.value, growth, self.months, self.capacity.value)

    def carried(self, replicas: int) -> str:
        """`6 × 120 = 720`."""
        return f"{replicas} × {spelled(self.capacity.value)} = {spelled(replicas * self.capacity.value)}"

    @property
    def sum(self) -> str:
        """`420 × 1.3 = 546 requests/s`."""
        factors = [spelled(self.peak.value)]
        if self.months and self.growth is not None and self.growth.value:
            factors.append(f"{spelled(1 + self.growth.value)}^{self.months}")
        if self.headroom.value:
            factors.append(spelled(1 + self.headroom.value))
        product = f"{' × '.join(factors)} = " if len(factors) > 1 else ""
        return f"{product}{spelled(self.wanted)} {self.unit}"

    def margin(self, replicas: int) -> str:
        return percent(margin(replicas, self.capacity.value, self.peak.value))

    def operands(self) -> tuple[Operand, ...]:
        given = [
            figure("peak", self.peak, self.unit, "more"),
            figure("capacity of one replica", self.capacity, self.unit, "less"),
            share("headroom", self.headroom, "less"),
        ]
        if self.growth is not None and self.months:
            given.append(share("growth a month", self.growth, "more"))
        return tuple(given)


def load_of(planned: PlanLine, min_headroom: Fraction = Fraction(0), min_months: int = 0) -> Load:
    """The load of a planned workload.

    Raises:
        Unknown: the plan lacks a number, or gives demand and capacity in different units.
    """
    peak, capacity, headroom = planned.peak, planned.capacity, planned.entry.headroom
    units = units_of(planned)
    if len(units) == 2 and not same_unit(units[0].value, units[1].value):
        raise Unknown(
            f"the plan counts the demand of {planned.name} in {units[0].value} and its capacity in "
            f"{units[1].value}",
            units[1].at,
            f"write both of {planned.name} in one unit",
        )
    if headroom is None:
        raise Unknown(
            f"the plan says no headroom of {planned.name}", planned.at, f"add headroom of {planned.name}"
        )
    if headroom.value < min_headroom:
        headroom = Value(min_headroom, headroom.at, "minimum of the checklist")
    months = max(planned.horizon_months, min_months)
    return Load(peak, capacity, headroom, planned.growth, months, _rate(units[0].value if units else ""))


def units_of(planned: PlanLine) -> tuple[Value[str], ...]:
    found = (planned.entry.get("demand.unit"), planned.entry.get("unit.unit"))
    return tuple(one for one in found if one is not None)


def _rate(unit: str) -> str:
    if not unit:
        return "a second"
    return unit if "/" in unit or unit.endswith(("ps", "pm")) else f"{unit}/s"


def most_name(scaler: Scaler) -> str:
    return "maxReplicaCount" if scaler.keda else "maxReplicas"


def least_name(scaler: Scaler) -> str:
    return "minReplicaCount" if scaler.keda else "minReplicas"


def count_of(range_: Range) -> tuple[Value[int], str, str]:
    """The most pods that a workload runs: value, its field, and the object that has the field."""
    if range_.scaler is None:
        return range_.set, "spec.replicas", ""
    return range_.most, most_name(range_.scaler), range_.scaler.name


def amount(resource: str, value: Fraction) -> str:
    """An amount of a resource as manifests spell it."""
    return spell_cpu(value) if resource == "cpu" else spell_bytes(value)


def target_operand(metric: Metric) -> Operand:
    """The target of a metric that is a share of requests."""
    if metric.percent is None:
        return Operand("target", "", at=metric.at)
    return metric.percent.operand("target", unit="%", worse="more")
