"""A threshold lies where its metric can get, and not where it always is."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice
from typing import NamedTuple

from readiness.api import Finding, Findings, NotApplicable, Proof
from readiness.arithmetic.durations import spell_duration
from readiness.arithmetic.quantity import spell_bytes
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.bounds import Bound, Bounds
from readiness.evidence.context import Environment
from readiness.evidence.promql import NotPromQL, parsed
from readiness.evidence.promql_shapes import RATES, Counted, Ratio, Read, Shape, Until, shape_of
from readiness.evidence.rule_tests import held_seconds
from readiness.outcome import Operand

MOST = 300  # findings: a report of more helps nobody
MEMORY = frozenset(
    {"container_memory_working_set_bytes", "container_memory_usage_bytes", "container_memory_rss"}
)
RUNNING = {  # metrics of running pods, by the label that has the name of their workload
    "kube_deployment_status_replicas_available": "deployment",
    "kube_deployment_status_replicas_ready": "deployment",
    "kube_deployment_status_replicas": "deployment",
    "kube_statefulset_status_replicas_ready": "statefulset",
    "kube_statefulset_status_replicas_available": "statefulset",
    "kube_statefulset_status_replicas": "statefulset",
}
SCALED = frozenset(
    {"kube_horizontalpodautoscaler_status_current_replicas",
     "kube_horizontalpodautoscaler_status_desired_replicas"}
)  # fmt: skip
# Parts of a whole that one program measures both, so that their ratio is never above 1.
PARTS = frozenset(
    {
        ("hikaricp_connections_active", "hikaricp_connections_max"),
        ("jvm_memory_used_bytes", "jvm_memory_max_bytes"),
        ("kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes"),
        ("kubelet_volume_stats_used_bytes", "kubelet_volume_stats_capacity_bytes"),
        ("kubelet_volume_stats_inodes_used", "kubelet_volume_stats_inodes"),
        ("node_filesystem_avail_bytes", "node_filesystem_size_bytes"),
        ("node_filesystem_free_bytes", "node_filesystem_size_bytes"),
        ("node_memory_MemAvailable_bytes", "node_memory_MemTotal_bytes"),
        ("process_open_fds", "process_max_fds"),
        ("redis_memory_used_bytes", "redis_memory_max_bytes"),
        ("tomcat_threads_busy_threads", "tomcat_threads_config_max_threads"),
    }
)  # fmt: skip


class _Condition(NamedTuple):
    """One comparison with a number, in the unit of its series."""

    rule: AlertRule
    operator: str
    threshold: Fraction
    shape: Shape
    alone: bool  # the alert has no other condition beside it
    key: str  # what is compared, and how

    def never_above(self, highest: Fraction) -> bool:
        """Whether a value of at most `highest` never meets it."""
        return (self.operator == ">" and highest <= self.threshold) or (
            self.operator in (">=", "==") and highest < self.threshold
        )

    def always_below(self, lowest: Fraction) -> bool:
        """Whether a value of at most `lowest` always meets it."""
        return (self.operator == "<" and lowest < self.threshold) or (
            self.operator == "<=" and lowest <= self.threshold
        )


class _Clash(NamedTuple):
    says: str
    fix: str
    threshold: str
    bound: Bound | None = None
    spelled: str = ""


def threshold_vs_config(alerts: tuple[AlertRule, ...], bounds: Bounds, environment: Environment) -> Findings:
    """A threshold of an alert agrees with the limit, number or size that is configured.

    Above a limit it is never reached: the container is killed first, and the
    alert was never there. Below what is normal it fires while all is well,
    until somebody turns it off.

    Silent on:
        thresholds of series that name no object of this environment;
        series of a scaler that may not be the only ones under their job;
        expressions other than one series, a ratio, a count or a time until something, against a number;
        environments that are not of class production: their limits are others.

    Severity: warning warning note note

    Source:
        Kubernetes, "Resource Management for Pods and Containers"; cert-manager, CertificateSpec.renewBefore;
        Prometheus documentation, "Operators".
    """
    if not environment.production:
        raise NotApplicable("thresholds are meant for production")
    conditions = [condition for alert in alerts for condition in _conditions(alert)]
    if not conditions:
        raise NotApplicable("no alert compares a plain series with a number")
    judged = [(one, said) for one in conditions for pair in PAIRS for said in pair(one, bounds)]
    clashes = ((one, said) for one, said in judged if isinstance(said, _Clash))
    yield from islice((_finding(one, clash) for one, clash in clashes), MOST)
    holding = [said for _, said in judged if isinstance(said, str)]
    if not judged:
        raise NotApplicable(f"none of {len(conditions)} thresholds has a bound in evidence")
    if holding:
        yield Proof(
            f"{len(holding)} of {len(conditions)} thresholds agree with a bound that is in evidence, "
            f"such as: {holding[0]}",
            (Operand("thresholds", len(conditions)), Operand("held against a bound", len(holding))),
            at=conditions[0].rule.at.at("expr"),
        )


def _conditions(alert: AlertRule) -> Iterator[_Condition]:
    try:
        alternatives = parsed(alert.expr).alternatives
    except NotPromQL:
        return  # alert.rules-valid says so
    seen: set[str] = set()
    for together in alternatives:
        for one in together:
            key = f"{one.left} {one.operator}"
            if one.threshold is None or key in seen:
                continue
            seen.add(key)
            shape = shape_of(one.left)
            if shape is not None and shape.factor > 0:
                threshold = one.threshold / shape.factor
                yield _Condition(alert, one.operator, threshold, shape, len(together) == 1, key)


def _finding(one: _Condition, clash: _Clash) -> Finding:
    at = one.rule.at.at("expr")
    operands = [Operand("threshold", clash.threshold, at=at)]
    if clash.bound is not None:
        operands.append(Operand(clash.bound.of, clash.spelled, at=clash.bound.at))
    return Finding(
        f"{one.rule.name} {clash.says}",
        at=at,
        fix=clash.fix,
        operands=tuple(operands),
        about=one.rule.subject,
        key=one.key,
    )


Said = Iterator[_Clash | str]  # a clash, or the sum that holds


def _memory(one: _Condition, bounds: Bounds) -> Said:
    """Bytes that a container uses, against its limit."""
    read = one.shape
    if not isinstance(read, Read) or read.selector.metric not in MEMORY or not read.in_range:
        return
    limits = bounds.memory(read.selector)
    if not limits:
        return
    highest = max(limits, key=lambda bound: bound.value)
    threshold, limit = spell_bytes(one.threshold), spell_bytes(highest.value)
    if one.never_above(highest.value):
        yield _Clash(
            f"never fires: it waits for more than {threshold}, and {highest.of} is killed at {limit}",
            f"set the threshold to {spell_bytes(highest.value * 9 / 10)} or less, or divide by the limit",
            threshold, highest, limit,
        )  # fmt: skip
    else:
        yield f"{one.rule.name} waits for {threshold} of the {limit} of {highest.of}"


def _replicas(one: _Condition, bounds: Bounds) -> Said:
    """Pods that run, against the number that is asked for."""
    shape = one.shape
    if isinstance(shape, Read) and shape.in_range:
        label = RUNNING.get(shape.selector.metric, "")
        running = bounds.replicas(shape.selector, label) if label else []
    elif isinstance(shape, Counted) and shape.selector.metric.endswith("up"):
        running = bounds.replicas(shape.selector, "job")
    else:
        return
    if len(running) != 1:
        return
    (least,) = running
    wanted, has = f"{_number(one.threshold)}", f"{_number(least.value)}"
    if one.always_below(least.value):
        yield _Clash(
            f"fires while all is well: it waits for {one.operator} {wanted} pods, "
            f"and {least.of} may have {has}",
            f"set the threshold to {has if one.operator == '<' else _number(least.value - 1)} or less",
            wanted, least, has,
        )  # fmt: skip
    elif one.operator in ("<", "<="):
        yield f"{one.rule.name} waits for {one.operator} {wanted} of the {has} pods of {least.of}"


def _scaled_out(one: _Condition, bounds: Bounds) -> Said:
    """Replicas of a scaler, against the most that it makes."""
    read = one.shape
    if not isinstance(read, Read) or read.selector.metric not in SCALED or not read.in_range:
        return
    scalers = bounds.most_replicas(read.selector)
    if not scalers:
        return
    highest = max(scalers, key=lambda bound: bound.value)
    wanted, most = _number(one.threshold), _number(highest.value)
    if one.never_above(highest.value):
        yield _Clash(
            f"never fires: it waits for {one.operator} {wanted} replicas, "
            f"and {highest.of} makes {most} at most",
            f"compare with >= {most}",
            wanted, highest, most,
        )  # fmt: skip
    else:
        yield f"{one.rule.name} waits for {one.operator} {wanted} of the {most} replicas of {highest.of}"


def _volume(one: _Condition, bounds: Bounds) -> Said:
    """Bytes free or used on a volume, against its size."""
    read = one.shape
    if not isinstance(read, Read) or not read.in_range:
        return
    free = read.selector.metric == "kubelet_volume_stats_available_bytes"
    if not free and read.selector.metric != "kubelet_volume_stats_used_bytes":
        return
    sizes = bounds.storage(read.selector)
    if not sizes:
        return
    smallest = min(sizes, key=lambda bound: bound.value)
    largest = max(sizes, key=lambda bound: bound.value)
    threshold = spell_bytes(one.threshold)
    if free and one.always_below(smallest.value):
        size = spell_bytes(smallest.value)
        yield _Clash(
            f"always fires: it waits for less than {threshold} free, and {smallest.of} has {size} in all",
            f"set the threshold to {spell_bytes(smallest.value / 10)}, a tenth of it",
            threshold, smallest, size,
        )  # fmt: skip
    elif not free and one.never_above(largest.value):
        size = spell_bytes(largest.value)
        yield _Clash(
            f"never fires: it waits for more than {threshold} used, and {largest.of} has {size} in all",
            f"set the threshold to {spell_bytes(largest.value * 9 / 10)}, nine tenths of it",
            threshold, largest, size,
        )  # fmt: skip
    else:
        yield f"{one.rule.name} waits for {threshold} of the {spell_bytes(largest.value)} of {largest.of}"


def _certificate(one: _Condition, bounds: Bounds) -> Said:
    """Time left of a certificate, against the time at which it is renewed."""
    until = one.shape
    if not isinstance(until, Until) or one.operator not in ("<", "<="):
        return
    if until.read.selector.metric != "certmanager_certificate_expiration_timestamp_seconds":
        return
    renewals = bounds.renewals(until.read.selector)
    if not renewals:
        return
    latest = min(renewals, key=lambda bound: bound.value)
    left, renewed = _spelled(one.threshold), _spelled(latest.value)
    if one.threshold > latest.value:
        yield _Clash(
            f"fires in each cycle: it waits for less than {left}, "
            f"and {latest.of} is renewed {renewed} before its end",
            f"set the threshold below {renewed}, which is when a renewal has failed",
            left, latest, renewed,
        )  # fmt: skip
    else:
        yield f"{one.rule.name} waits for {left}, after {latest.of} should have been renewed at {renewed}"


def _deadline(one: _Condition, bounds: Bounds) -> Said:
    """How long a Job has to run before the alert fires, against when it is ended."""
    read = one.shape
    if not isinstance(read, Read) or read.selector.metric != "kube_job_status_active" or not one.alone:
        return
    deadlines = bounds.deadlines(read.selector)
    hold = held_seconds(one.rule)
    if not deadlines or not hold or one.operator not in (">", ">=", "=="):
        return
    latest = max(deadlines, key=lambda bound: bound.value)
    held, ended = _spelled(hold), _spelled(latest.value)
    if hold >= latest.value:
        yield _Clash(
            f"never fires: it waits for {held}, and {latest.of} is ended after {ended}",
            f"set for: below {ended}, or alert on kube_job_status_failed",
            held, latest, ended,
        )  # fmt: skip
    else:
        yield f"{one.rule.name} waits for {held} of the {ended} of {latest.of}"


def _ratio(one: _Condition, _: Bounds) -> Said:
    """A part of a whole, against 1."""
    ratio = one.shape
    if not isinstance(ratio, Ratio) or not _is_part(ratio):
        return
    written, highest = one.threshold * ratio.factor, ratio.factor
    if one.never_above(Fraction(1)):
        as_percentage = highest == 1 and written > 1
        yield _Clash(
            f"never fires: it waits for {one.operator} {_number(written)}, "
            f"and the ratio is {_number(highest)} at most",
            f"write {_number(written / 100)}, or multiply the ratio by 100"
            if as_percentage
            else f"set the threshold below {_number(highest)}",
            _number(written),
        )
    else:
        yield f"{one.rule.name} waits for {one.operator} {_number(written)} of {_number(highest)}"


def _is_part(ratio: Ratio) -> bool:
    """Whether the one can't be more than the other: some series of it, or a part that is known to be one."""
    part, whole = ratio.part, ratio.whole
    if (part.functions, part.groupings) != (
        whole.functions,
        whole.groupings,
    ) or part.selector.offset != whole.selector.offset:
        return False
    if (part.selector.metric, whole.selector.metric) in PARTS:
        return not part.functions and _same_series(part, whole)
    summed = part.functions[:1] in (("sum",), ("count",)) and RATES.issuperset(part.functions[1:])
    return (
        summed
        and part.selector.metric == whole.selector.metric != ""
        and part.selector.window == whole.selector.window
        and set(whole.selector.matchers) <= set(part.selector.matchers)
    )


def _same_series(part: Read, whole: Read) -> bool:
    return set(part.selector.matchers) == set(whole.selector.matchers)


def _number(value: Fraction) -> str:
    return f"{float(value):.6g}"


def _spelled(seconds: Fraction) -> str:
    days = seconds / 86_400
    return f"{days}d" if days.denominator == 1 and days else spell_duration(Fraction(round(seconds)))


PAIRS: tuple[Callable[[_Condition, Bounds], Said], ...] = (
    _memory, _replicas, _scaled_out, _volume, _certificate, _deadline, _ratio,
)  # fmt: skip
