"""A scaler can compute its metric and reach its target."""

import re
from collections.abc import Iterator
from fractions import Fraction

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof
from readiness.evidence.capacity_fields import spelled
from readiness.evidence.context import Environment
from readiness.evidence.effective import Value
from readiness.evidence.limit_ranges import PodResources
from readiness.evidence.manifests import Workload
from readiness.evidence.scalers import Metric, Scaler, Scaling
from readiness.evidence.targets import Targets, Vertical
from readiness_checks.capacity.figures import (
    amount,
    percent,
    target_operand,
)

HEAP_IS_FIXED = r"-Xms(\d+[kKmMgG]?)\b.*-Xmx\1\b|-Xmx(\d+[kKmMgG]?)\b.*-Xms\2\b"
JVM_OPTIONS = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")


def hpa_target_has_requests(
    environment: Environment,
    scaler: Scaler,
    targets: Targets,
    scaling: Scaling,
    resources: PodResources,
    vertical: Vertical,
) -> Findings:
    """A scaler that watches a share of requests finds requests, and can reach its target.

    Without a request in one container the share can't be computed, and the scaler stands still. A target
    above what the limit lets pods use is never reached, and the scaler never adds a pod.

    Silent on:
        targets as amounts (averageValue) and metrics that are no resource;
        requests that default to the limit or to a LimitRange, or that a VerticalPodAutoscaler sets;
        targets above 100 % of the request where the limit is higher, or is left out.

    Severity: error error warning warning

    Source:
        Kubernetes, "Horizontal Pod Autoscaling": resource metrics; the tolerance is 0.1 by default.
    """
    if not environment.production:
        raise NotApplicable(f"{environment.name} is no production environment")
    target = scaler.target
    workload = targets.workload(target)
    if workload is None:
        targets.complete()
        raise NotApplicable(f"{target.kind} {target.name} is not in these manifests")
    metrics = [metric for metric in scaler.metrics if metric.of_requests]
    if not metrics:
        raise NotApplicable(f"{scaler.name} watches no share of requests")
    pods = scaling.pods_of(workload)
    sized = frozenset[str]().union(
        *(one.resources for one in vertical.of(workload) if one.mode.value != "Off")
    )
    for index, metric in enumerate(metrics):
        key = f"{index}-" if metric.name in [one.name for one in metrics[:index]] else ""
        if metric.name not in sized:
            yield from _computable(scaler, metric, pods, resources, key)
    yield from _memory_alone(scaler, pods)


def _computable(
    scaler: Scaler, metric: Metric, pods: Workload, resources: PodResources, key: str
) -> Findings:
    resource = metric.name
    if metric.kind == "ContainerResource":
        named = [one for one in pods.containers if one.name == metric.container]
        if not named:
            names = ", ".join(one.name for one in pods.containers)
            yield Finding(
                f"{scaler.name} watches container {metric.container} of {pods.name}, which has {names}",
                at=metric.at,
                fix=f"name one of {names} in the metric",
                key=f"{key}container-{resource}",
            )
            return
        bare = [one for one in named if resources.of_container(one, "requests", resource) is None]
        request = resources.of_container(named[0], "requests", resource)
        limit = resources.of_container(named[0], "limits", resource)
    else:
        bare = list(resources.without(pods, "requests", resource))
        request = resources.of_pod(pods, "requests", resource)
        limit = resources.of_pod(pods, "limits", resource)
    if bare:
        names = " and ".join(one.name for one in bare)
        yield Finding(
            f"{scaler.name} watches {resource} as a share of requests, and container {names} of {pods.name} "
            f"requests none",
            at=bare[0].at,
            fix=f"set resources.requests.{resource} of {names}",
            operands=(target_operand(metric),),
            key=f"{key}requests-{resource}",
        )
        return
    if request is None or metric.percent is None:
        return
    if limit is None or request.value <= 0:
        yield Proof(
            f"{scaler.name} watches {resource} at {metric.percent.value} % of a request, "
            "and nothing limits it",
            (target_operand(metric),),
            at=metric.at,
        )
        return
    yield _reachable(scaler, metric, request, limit, key)


def _reachable(
    scaler: Scaler, metric: Metric, request: Value[Fraction], limit: Value[Fraction], key: str
) -> Finding | Proof:
    """The highest share that pods can use, against the one at which the scaler acts."""
    assert metric.percent is not None
    tolerance = scaler.tolerance
    highest = limit.value / request.value
    acts = Fraction(metric.percent.value, 100) * (1 + tolerance)
    operands = (
        target_operand(metric),
        Operand(f"{metric.name} request", amount(metric.name, request.value), at=request.at),
        Operand(f"{metric.name} limit", amount(metric.name, limit.value), at=limit.at),
    )
    if acts <= highest:
        return Proof(
            f"{scaler.name} acts above {percent(acts)} of the {metric.name} request; "
            f"pods can use {percent(highest)}",
            operands,
            at=metric.at,
        )
    most = int(highest * 100 / (1 + tolerance))
    return Finding(
        f"{scaler.name} acts above {metric.percent.value} % × {spelled(1 + tolerance)} = {percent(acts)} "
        f"of the {metric.name} request, and the limit lets pods use {percent(highest)}: it never scales out",
        at=metric.percent.at,
        fix=f"lower the target to {most} % or less, or raise the {metric.name} limit",
        operands=operands,
        key=f"{key}reachable-{metric.name}",
    )


def _memory_alone(scaler: Scaler, pods: Workload) -> Iterator[Finding]:
    """Memory as the only metric of a JVM whose heap never shrinks."""
    metrics = scaler.metrics
    if len(metrics) != 1 or metrics[0].name != "memory":
        return
    for container in pods.containers:
        for name in JVM_OPTIONS:
            options = container.env.get(name)
            if options is not None and re.search(HEAP_IS_FIXED, options.value):
                yield Finding(
                    f"{scaler.name} scales {pods.name} on memory alone, and the heap of {container.name} "
                    "is fixed: it never scales in",
                    at=options.at,
                    fix=f"scale {pods.name} on cpu or on its demand",
                    operands=(options.operand(name),),
                    key="memory",
                    at_most="warning",
                )
                return
