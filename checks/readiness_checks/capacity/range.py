"""A scaler has room for what is planned."""

from collections.abc import Iterator
from fractions import Fraction

from readiness.api import Count, Finding, Findings, NotApplicable, Operand, Proof
from readiness.arithmetic.demand import replicas_at_target
from readiness.evidence.capacity_fields import spelled
from readiness.evidence.context import ServiceCard
from readiness.evidence.limit_ranges import PodResources
from readiness.evidence.manifests import Workload
from readiness.evidence.planned import Planned
from readiness.evidence.scalers import Metric, Range, Scaler, Scaling
from readiness_checks.capacity.figures import (
    Load,
    least_name,
    load_of,
    most_name,
    percent,
    target_operand,
)


def hpa_range_covers_plan(
    planned: Planned,
    service: ServiceCard,
    scaling: Scaling,
    resources: PodResources,
    *,
    min_replicas: Count = 2,
) -> Findings:
    """A scaler's range and target leave the room that the plan asks for.

    A scaler that stands at its maximum at the peak has nothing left for a lost node, a retry storm or the
    next campaign; one whose target is above what the headroom leaves acts when it is too late.

    Settings:
        min_replicas: fewest replicas that a service of tier 1 keeps.

    Silent on:
        a maximum below the planned peak, which capacity.plan-covers-peak reports;
        the target of scalers that also watch a metric of demand (Pods, Object, External);
        workloads that no scaler sets, or that the plan does not name.

    Severity: error warning note note

    Source:
        Kubernetes, "Horizontal Pod Autoscaling", algorithm details; Beyer et al., Site Reliability
        Engineering, chapter 18.
    """
    workload = planned.workload
    range_ = scaling.of(workload)
    scaler = range_.scaler
    if scaler is None:
        raise NotApplicable(f"no scaler sets the replicas of {workload.name}")
    load = load_of(planned)
    held = True
    for finding in (
        *_width(workload, scaler, range_, load),
        *_floor(workload, scaler, range_, service, min_replicas),
        *_target_leaves_room(planned, scaler, range_, load, scaling, resources),
    ):
        held = held and finding.at_most == "note"
        yield finding
    if held and range_.most.value < load.needed:
        raise NotApplicable(
            f"{workload.name} can't scale to its peak at all: capacity.plan-covers-peak says so"
        )
    if held:
        yield Proof(
            f"{workload.name} scales from {range_.least.value} to {range_.most.value}; "
            f"{load.needed} are needed for {load.sum}",
            (range_.least.operand("least replicas"), range_.most.operand("most replicas"), *load.operands()),
            at=range_.most.at,
        )


def _width(workload: Workload, scaler: Scaler, range_: Range, load: Load) -> Iterator[Finding]:
    least, most = range_.least, range_.most
    operands = (
        least.operand("least replicas"),
        most.operand("most replicas", worse="less"),
        *load.operands(),
    )
    if least.value == most.value:
        yield Finding(
            f"{scaler.name} scales {workload.name} from {least.value} to {most.value}: "
            "it never changes anything",
            at=most.at,
            fix=f"raise {most_name(scaler)} of {scaler.name} above {least.value}, or remove {scaler.name}",
            operands=operands,
            key="width",
            at_most="note",
        )
    elif most.value == load.needed:
        yield Finding(
            f"{scaler.name} stops at {most.value} replicas, exactly what the peak needs: "
            f"there is no room above {load.carried(most.value)} ≥ {load.sum}",
            at=most.at,
            fix=f"raise {most_name(scaler)} of {scaler.name} to {most.value + 1} or more",
            operands=operands,
            key="room",
            at_most="warning",
        )


def _floor(
    workload: Workload, scaler: Scaler, range_: Range, service: ServiceCard, min_replicas: int
) -> Iterator[Finding]:
    least = range_.least
    if service.tier != 1 or least.value >= min_replicas:
        return
    yield Finding(
        f"{workload.name} is scaled down to {least.value}, and a service of tier 1 keeps {min_replicas}",
        at=least.at,
        fix=f"raise {least_name(scaler)} of {scaler.name} to {min_replicas}",
        operands=(least.operand("least replicas", worse="less"), Operand("needed", min_replicas)),
        key="floor",
    )


def _target_leaves_room(
    planned: Planned, scaler: Scaler, range_: Range, load: Load, scaling: Scaling, resources: PodResources
) -> Iterator[Finding]:
    """The cpu target as a share of what one replica carries, against the planned headroom."""
    metrics = scaler.metrics
    if range_.most.value < load.needed or any(one.name not in ("cpu", "memory") for one in metrics):
        return
    targets = [one for one in metrics if one.of_requests and one.name == "cpu" and one.percent is not None]
    if not targets:
        return
    metric = min(targets, key=lambda one: one.percent.value if one.percent is not None else 0)
    assert metric.percent is not None
    used, measured = _share_of_unit(planned, metric, scaling, resources)
    allowed = 1 / (1 + load.headroom.value)
    cap = None if measured else "warning"
    operands = (target_operand(metric), *load.operands())
    if used > allowed:
        yield Finding(
            f"{scaler.name} keeps {planned.workload.name} at {percent(used)} of what a replica carries; "
            f"a headroom of {percent(load.headroom.value)} leaves {percent(allowed)}",
            at=metric.percent.at,
            fix=f"lower the target to {int(metric.percent.value * allowed / used)} % or less",
            operands=operands,
            key="target",
            at_most="warning" if cap else None,
        )
        return
    rest = replicas_at_target(load.grown, load.capacity.value, used)
    if rest > range_.most.value:
        yield Finding(
            f"{scaler.name} wants {rest} replicas at the peak and may have {range_.most.value}: "
            f"{spelled(load.grown)} ÷ ({spelled(load.capacity.value)} × {percent(used)}), "
            "so that it runs above its target",
            at=range_.most.at,
            fix=f"raise {most_name(scaler)} of {scaler.name} to {rest}",
            operands=(range_.most.operand("most replicas", worse="less"), *operands),
            key="saturated",
            at_most="warning" if cap else None,
        )


def _share_of_unit(
    planned: Planned, metric: Metric, scaling: Scaling, resources: PodResources
) -> tuple[Fraction, bool]:
    """The target as a share of a replica's capacity, and whether the load test says what that was.

    The target is a share of the request; the capacity was measured with an amount of its own.
    """
    assert metric.percent is not None
    target = Fraction(metric.percent.value, 100)
    measured = planned.entry.get("unit.resources.cpu")
    request = resources.of_pod(scaling.pods_of(planned.workload), "requests", "cpu")
    if measured is None or request is None or measured.value <= 0:
        return target, False
    return target * request.value / measured.value, True
