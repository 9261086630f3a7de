"""What is left after a zone is lost carries the planned peak."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

from readiness.api import (
    Count,
    Finding,
    Findings,
    Operand,
    Percent,
    Proof,
    Unknown,
)
from readiness.arithmetic.demand import replicas_at_target
from readiness.arithmetic.zones import left_after_zone_loss, smallest_n_that_survives, worst_zone
from readiness.evidence.capacity_fields import spelled
from readiness.evidence.effective import Value
from readiness.evidence.manifests import Workload
from readiness.evidence.planned import Planned
from readiness.evidence.scalers import Range, Scaler, Scaling
from readiness.evidence.zones import ZoneSpread, spread_of
from readiness_checks.capacity.figures import (
    Load,
    least_name,
    load_of,
    most_name,
)


def plan_survives_zone_loss(
    planned: Planned,
    scaling: Scaling,
    *,
    zones: Count | None = None,
    headroom_after_loss: Percent = Fraction(0),
    pods_at_peak: Literal["needed", "at-target"] = "needed",
) -> Findings:
    """What is left after the fullest zone is lost still carries the planned peak.

    A zone goes with all its pods at once, and new pods take minutes to start, if there is room for them at
    all. Until then the rest carries everything.

    Settings:
        zones: zones that the cluster has nodes in, where the plan doesn't say.
        headroom_after_loss: room above the peak that has to be left even then.
        pods_at_peak: pods of an autoscaled workload when the zone goes: what the plan needs (`needed`), or
            where its HorizontalPodAutoscaler comes to rest at the peak (`at-target`).

    Silent on:
        workloads that the plan does not name;
        pods that required anti-affinity keeps one to a zone.

    Severity: error warning note note

    Source:
        AWS Well-Architected REL10, static stability; Kubernetes, "Pod Topology Spread Constraints".
    """
    workload = planned.workload
    range_ = scaling.of(workload)
    load = load_of(planned)
    pods = scaling.pods_of(workload)
    spread = spread_of(pods)
    count = _zones(planned, spread, zones)
    running = _pods_at_peak(range_, load, pods_at_peak)
    wanted = load.peak.value * (1 + headroom_after_loss)
    peak = f"{spelled(wanted)} {load.unit}"
    fullest = _fullest(running.value, count.value, spread)
    left = running.value - fullest
    operands = (
        running.operand("replicas at the peak", worse="less"),
        count.operand("zones", worse="less"),
        Operand("most in one zone", fullest, worse="more", at=spread.at),
        *load.operands()[:2],
    )
    if left * load.capacity.value >= wanted:
        yield Proof(
            f"{workload.name}: {running.value} replicas in {count.value} zones, {fullest} in the fullest; "
            f"{load.carried(left)} ≥ {peak}",
            operands,
            at=running.at,
        )
        yield from _caveat(planned, workload, spread, count.value, left)
        return
    yield Finding(
        f"{workload.name} keeps {left} of {running.value} replicas when its fullest zone is lost"
        f"{_because(spread, count.value)}: {load.carried(left)} < {peak}",
        at=running.at if spread.kind in ("hard", "apart") and count.value > 1 else spread.at,
        fix=_survival(workload, range_, spread, count, load, wanted),
        operands=operands,
        at_most="warning" if spread.kind == "soft" and count.value > 1 else None,
    )


def _zones(planned: Planned, spread: ZoneSpread, setting: int | None) -> Value[int]:
    said = planned.entry.file.get("zones")
    count = said if said is not None else (Value(setting, planned.at, "setting zones") if setting else None)
    if count is None:
        raise Unknown(
            f"{planned.entry.file.at.file} does not say how many zones there are",
            planned.entry.file.at,
            "add zones: to the plan, or set zones of capacity.plan-survives-zone-loss",
        )
    if spread.confined is not None and spread.confined.value < count.value:
        return spread.confined._replace(origin="zones that its node selector allows")
    return count


def _pods_at_peak(range_: Range, load: Load, mode: str) -> Value[int]:
    """Pods that run when the zone goes: those set, or what the scaler has come to, within its bounds."""
    if range_.scaler is None:
        return range_.set
    wanted, origin = load.needed, "needed by the plan"
    if mode == "at-target":
        targets = [
            m.percent.value for m in range_.scaler.metrics if m.of_requests and m.percent and m.name == "cpu"
        ]
        if targets:
            wanted = replicas_at_target(load.peak.value, load.capacity.value, Fraction(min(targets), 100))
            origin = "where the scaler comes to rest"
    count = max(range_.least.value, min(wanted, range_.most.value))
    if count == range_.least.value:
        return range_.least
    return range_.most if count == range_.most.value else Value(count, range_.most.at, origin)


def _fullest(n: int, zones: int, spread: ZoneSpread) -> int:
    if spread.kind == "apart":
        return min(n, 1) if zones > 1 else n
    if spread.kind == "hard" and spread.max_skew is not None and spread.max_skew.value >= 1:
        return worst_zone(n, zones, spread.max_skew.value)
    return worst_zone(n, zones, None)


def _because(spread: ZoneSpread, zones: int) -> str:
    if zones == 1:
        return ", and there is only one zone"
    return {
        "none": ", since nothing keeps them from being all in one",
        "soft": ", since its spread is ScheduleAnyway and so guarantees nothing",
        "missed": ", since the selector of its topology spread misses its own pods",
    }.get(spread.kind, "")


def _survival(
    workload: Workload, range_: Range, spread: ZoneSpread, zones: Value[int], load: Load, wanted: Fraction
) -> str:
    """The smallest edit that survives, with its sum."""
    if zones.value == 1:
        return f"run {workload.name} in at least two zones, and say so in zones: of the plan"
    skew = spread.max_skew.value if spread.kind == "hard" and spread.max_skew is not None else 1
    need = -(
        -wanted.numerator
        * load.capacity.value.denominator
        // (wanted.denominator * load.capacity.value.numerator)
    )
    smallest = smallest_n_that_survives(need, zones.value, skew)
    if smallest is None:
        return f"plan {workload.name} anew: no number of replicas is enough"
    left = left_after_zone_loss(smallest, zones.value, skew)
    field = "spec.replicas" if range_.scaler is None else _fields_to_raise(range_.scaler, range_, smallest)
    enough = (
        f"run at least {smallest} ({field}): {smallest} − {smallest - left} = {left}, "
        f"{load.carried(left)} ≥ {spelled(wanted)}"
    )
    if spread.kind in ("hard", "apart"):
        return enough
    return (
        "add a topologySpreadConstraint that matches its pods: topologyKey topology.kubernetes.io/zone, "
        f"maxSkew 1, minDomains {zones.value}, whenUnsatisfiable DoNotSchedule; and {enough}"
    )


def _fields_to_raise(scaler: Scaler, range_: Range, count: int) -> str:
    """The bounds of a scaler that stand in the way of `count` pods."""
    fields = [least_name(scaler)]
    if range_.most.value < count:
        fields.append(most_name(scaler))
    return f"{' and '.join(fields)} of {scaler.name}"


def _caveat(
    planned: Planned, workload: Workload, spread: ZoneSpread, zones: int, left: int
) -> Iterator[Finding]:
    """What the sum takes for granted."""
    if spread.kind != "hard":
        return
    open_ends = []
    domains = spread.min_domains.value if spread.min_domains is not None else 1
    if domains < zones and not _pools_have(planned, zones):
        open_ends.append(f"minDomains: {zones}")
    if (
        workload.kind in ("Deployment", "Rollout")
        and not spread.by_revision
        and workload.kind == "Deployment"
    ):
        open_ends.append("matchLabelKeys: [pod-template-hash]")
    if open_ends:
        yield Finding(
            f"{workload.name} keeps {left} replicas only while the scheduler sees nodes in all {zones} zones "
            "and no rollout has left it skewed",
            at=spread.at,
            fix=f"add {' and '.join(open_ends)} to the topologySpreadConstraint",
            key="guarantee",
            at_most="note",
        )


def _pools_have(planned: Planned, zones: int) -> bool:
    pools = planned.entry.file.values.get("node-pools")
    return pools is not None and any(
        isinstance(pool, dict) and isinstance(pool.get("zones"), int) and pool["zones"] >= zones
        for pool in pools.value
    )
