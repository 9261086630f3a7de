"""What runs carries the planned peak."""

from collections.abc import Iterator
from fractions import Fraction

from readiness.api import (
    Count,
    Finding,
    Findings,
    Operand,
    Percent,
    Proof,
)
from readiness.arithmetic.demand import replicas_needed
from readiness.evidence.capacity_fields import PEAK, spelled
from readiness.evidence.capacity_plan import CapacityPlan
from readiness.evidence.limit_ranges import PodResources
from readiness.evidence.planned import Planned
from readiness.evidence.scalers import Range, Scaling
from readiness_checks.capacity.figures import (
    Load,
    amount,
    count_of,
    figure,
    least_name,
    load_of,
)


def plan_covers_peak(
    planned: Planned,
    scaling: Scaling,
    plan: CapacityPlan,
    resources: PodResources,
    *,
    min_headroom: Percent = Fraction(3, 10),
    min_horizon_months: Count = 0,
) -> Findings:
    """A workload's replicas carry the planned peak, with growth and headroom.

    Where they don't, requests queue up at the first busy hour, time out, are retried, and the retries
    take down what was still standing.

    Settings:
        min_headroom: room above the peak, where the plan asks for less.
        min_horizon_months: months of growth to count, where the plan looks less far ahead.

    Silent on:
        workloads that the plan does not name;
        a Deployment scaled down to none because a Rollout runs its pods;
        exact multiples: 900 over 300 needs three replicas, not four.

    Severity: error warning note note

    Source:
        Beyer et al., Site Reliability Engineering, chapter 18, intent-based capacity planning.
    """
    workload = planned.workload
    range_ = scaling.of(workload)
    load = load_of(planned, min_headroom, min_horizon_months)
    most, field, scaler = count_of(range_)
    operands = (most.operand(_words(range_), worse="less"), *load.operands())
    needed = load.needed
    held = True
    if most.value < needed:
        held = False
        of = f" of {scaler}" if scaler else ""
        can = "scales to" if scaler else "runs"
        yield Finding(
            f"{workload.name} {can} {most.value} replicas, {needed} are needed at the peak: "
            f"{load.carried(most.value)} < {load.sum}",
            at=most.at,
            fix=f"raise {field}{of} to {needed}: {load.carried(needed)} ≥ {load.sum}",
            operands=operands,
            key="peak",
        )
    for finding in (
        *_trough(planned, range_, load),
        *_fan_out(planned, plan),
        *_not_transferable(planned, scaling, resources),
    ):
        held = False
        yield finding
    if held:
        yield Proof(
            f"{workload.name}: {load.carried(most.value)} ≥ {load.sum}, "
            f"{load.margin(most.value)} above the peak",
            operands,
            at=most.at,
        )


def _words(range_: Range) -> str:
    return "most replicas" if range_.scaled else "replicas"


def _trough(planned: Planned, range_: Range, load: Load) -> Iterator[Finding]:
    """A scaler's lower bound against the demand at the quiet hour."""
    trough = planned.trough
    if trough is None or range_.scaler is None:
        return
    needed = replicas_needed(trough.value, load.headroom.value, 0, 0, load.capacity.value)
    if range_.least.value >= needed:
        return
    name = least_name(range_.scaler)
    wanted = trough.value * (1 + load.headroom.value)
    yield Finding(
        f"{planned.workload.name} is scaled down to {range_.least.value}, {needed} are needed at the trough: "
        f"{load.carried(range_.least.value)} < {spelled(trough.value)} × {spelled(1 + load.headroom.value)} "
        f"= {spelled(wanted)} {load.unit}",
        at=range_.least.at,
        fix=f"raise {name} of {range_.scaler.name} to {needed}",
        operands=(
            range_.least.operand("least replicas", worse="less"),
            figure("trough", trough, load.unit, "more"),
            figure("capacity of one replica", load.capacity, load.unit, "less"),
        ),
        key="trough",
    )


def _fan_out(planned: Planned, plan: CapacityPlan) -> Iterator[Finding]:
    """The demand that the callers in the plan send, against the planned peak."""
    callers = plan.callers_of(planned.name)
    peaks = [(caller, caller.values.get(PEAK), calls) for caller, calls in callers]
    known = [(caller, peak, calls) for caller, peak, calls in peaks if peak is not None]
    if not known:
        return
    total = sum((peak.value * calls.value for _, peak, calls in known), Fraction())
    own = planned.entry.need(PEAK)
    if own.value >= total:
        return
    terms = " + ".join(
        f"{spelled(peak.value)} × {spelled(calls.value)} ({caller.name})" for caller, peak, calls in known
    )
    yield Finding(
        f"{planned.name} is planned for a peak of {spelled(own.value)}, and its callers send "
        f"{terms} = {spelled(total)}",
        at=own.at,
        fix=f"raise the peak of {planned.name} to {spelled(total)}, or correct the calls",
        operands=(
            figure("peak", own, worse="less"),
            *(figure(f"peak of {caller.name}", peak, worse="more") for caller, peak, _ in known),
        ),
        key="fan-out",
    )


def _not_transferable(planned: Planned, scaling: Scaling, resources: PodResources) -> Iterator[Finding]:
    """Resources of the load test that the pods in production don't get."""
    pods = None
    for resource in ("cpu", "memory"):
        measured = planned.entry.get(f"unit.resources.{resource}")
        if measured is None:
            continue
        pods = pods or scaling.pods_of(planned.workload)
        limit = resources.of_pod(pods, "limits", resource)
        request = resources.of_pod(pods, "requests", resource)
        for group, given in (("limit", limit), ("request", request)):
            if given is None or given.value >= measured.value:
                continue
            yield Finding(
                f"{planned.workload.name} has a {resource} {group} of {amount(resource, given.value)}; "
                f"its capacity was measured with {amount(resource, measured.value)} and does not transfer",
                at=given.at,
                fix=f"raise the {resource} {group} to {amount(resource, measured.value)}, or measure again",
                operands=(
                    Operand(f"{resource} {group}", amount(resource, given.value), at=given.at),
                    Operand(f"{resource} of the load test", amount(resource, measured.value), at=measured.at),
                ),
                key=f"resources-{resource}",
                at_most=None if group == "limit" else "warning",
            )
            break
