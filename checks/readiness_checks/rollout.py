"""A new release replaces the old one without anybody noticing."""

from collections.abc import Mapping
from typing import Any

from readiness.api import Finding, Findings, Location, NotApplicable, Operand, Proof, Unknown
from readiness.arithmetic.rollout import (
    fewest_ready_of_deployment,
    fewest_ready_of_stateful_set,
    is_refused,
    is_refused_of_daemon_set,
    rolled_of_stateful_set,
    surge_and_unavailable,
)
from readiness.arithmetic.rounding import IntOrPercent, parse_int_or_percent
from readiness.evidence.claims import Claims
from readiness.evidence.context import Environment, ServiceCard
from readiness.evidence.effective import Value, items, mapping, or_default, raw, text, whole
from readiness.evidence.manifests import Workload
from readiness.evidence.scalers import Range, Scaling
from readiness.evidence.served import Served

QUARTER = IntOrPercent(25, percent=True)  # apps/v1 RollingUpdateDeployment; Argo Rollouts says the same
STRATEGIES = {  # the first one is the default
    "Deployment": ("RollingUpdate", "Recreate"),
    "DeploymentConfig": ("Rolling", "Recreate", "Custom"),
}


def zero_downtime_arithmetic(
    workload: Workload, scaling: Scaling, served: Served, environment: Environment, service: ServiceCard
) -> Findings:
    """A rolling update keeps pods ready all the time.

    Surge is rounded up and unavailable down, at the fewest pods that run: with
    one pod and maxUnavailable 1 the only pod goes before its successor is
    there, and every release is an outage. Without a readiness probe the
    successor counts as ready when its process starts.

    Silent on:
        one pod with the default strategy, since 25 % of one is a surge of one
        and nobody missing;
        Recreate, which rollout.recreate-strategy speaks of; blue-green, which
        keeps the old pods until the new ones are ready;
        workloads that are scaled to none; Jobs and bare Pods; DaemonSets that
        no Service calls, and a share of one that is less than all of it, since
        nothing says how many nodes there are;
        missing readiness probes below tier 1, of pods that no Service calls,
        and of pods with readiness gates;
        environments that are not production.

    Severity: error warning note note

    Source:
        Kubernetes, pkg/controller/deployment/util/deployment_util.go,
        ResolveFenceposts; "StatefulSets", update strategies.
    """
    if not environment.production:
        raise NotApplicable(f"{environment.name} is no production environment")
    if workload.kind == "DaemonSet":
        yield from _daemon_set(workload, served)
        return
    if workload.kind not in ("Deployment", "StatefulSet", "Rollout"):
        raise NotApplicable(f"a {workload.kind} is not replaced by a number of pods")
    range_ = scaling.of(workload)
    if range_.most.value == 0:
        raise NotApplicable(f"{workload.name} is scaled to none")
    if workload.kind == "StatefulSet":
        yield from _stateful_set(workload, range_)
    else:
        yield from _deployment(workload, range_)
    if service.tier == 1:
        yield from _readiness(scaling.pods_of(workload), workload, served)


def _deployment(workload: Workload, range_: Range) -> Findings:
    strategy, at, default = _strategy(workload)
    surge = _share(strategy, at, "maxSurge", QUARTER, default)
    missing = _share(strategy, at, "maxUnavailable", QUARTER, default)
    n = max(1, range_.least.value)  # an autoscaler from none starts with one
    count = range_.least.operand("fewest pods" if range_.scaled else "replicas", worse="less")
    given = (count, _operand("maxSurge", surge, "less"), _operand("maxUnavailable", missing, "more"))
    if is_refused(surge.value, missing.value):
        yield Finding(
            f"{workload.name} has maxSurge {surge.value} and maxUnavailable {missing.value}, "
            "which the API server refuses: one of them is more than 0, and maxUnavailable is up to 100 %",
            at=missing.at,
            fix="set maxSurge: 1 and maxUnavailable: 0",
            operands=given,
            key="refused",
        )
        return
    extra, gone = surge_and_unavailable(n, surge.value, missing.value)
    left = fewest_ready_of_deployment(n, surge.value, missing.value)
    sum_ = (*given, Operand("pods ready during a rollout", left, "", missing.at, "less"))
    pods = f"{n} pod{'' if n == 1 else 's'}"
    if left == 0:
        yield Finding(
            f"{workload.name} has {left} of {pods} ready during a rollout"
            f"{', at the fewest pods of its scaler' if range_.scaled else ''}: "
            f"maxUnavailable {missing.value} takes {gone} away, 1 is needed",
            at=missing.at if missing.written else surge.at,
            fix="set maxUnavailable: 0 and maxSurge: 1",
            operands=sum_,
            key="none-left",
        )
    else:
        yield Proof(
            f"{workload.name} has {left} of {pods} ready during a rollout ({extra} more, {gone} fewer)",
            operands=sum_,
        )


def _strategy(workload: Workload) -> tuple[Mapping[str, Any], Location, str]:
    """Where maxSurge and maxUnavailable stand, and whose defaults hold.

    Raises:
        NotApplicable: the strategy is none that this sum is about.
    """
    body, at = workload.object.body, workload.at
    if workload.kind == "Rollout":
        if raw(body, at, "spec", "strategy", "blueGreen") is not None:
            raise NotApplicable("blue-green keeps the old pods until the new ones are ready")
        keys: tuple[str, ...] = ("spec", "strategy", "canary")
        default = "default of Argo Rollouts"
    else:
        kind = text(body, at, "spec", "strategy", "type")
        if kind is not None and kind.value == "Recreate":
            raise NotApplicable("Recreate takes all pods away; rollout.recreate-strategy speaks of it")
        keys = ("spec", "strategy", "rollingUpdate")
        default = "default of the Kubernetes API server"
    return mapping(body, at, *keys), at.at(*keys), default


def _share(
    strategy: Mapping[str, Any], at: Location, name: str, default: IntOrPercent, whose: str
) -> Value[IntOrPercent]:
    written = raw(strategy, at, name)
    if written is None:
        return or_default(None, default, at.at(name), whose)
    try:
        return Value(parse_int_or_percent(written), at.at(name))
    except ValueError as wrong:
        raise Unknown(f"{name}: {wrong}", at.at(name), f"correct {name}") from wrong


def _operand(name: str, value: Value[IntOrPercent], worse: Any) -> Operand:
    spelled: Value[Any] = Value(str(value.value), value.at, value.origin)
    return spelled.operand(name, worse="" if value.value.percent else worse)


def _stateful_set(workload: Workload, range_: Range) -> Findings:
    body, at = workload.object.body, workload.at
    keys = ("spec", "updateStrategy")
    kind = text(body, at, *keys, "type")
    n = max(1, range_.least.value)
    count = range_.least.operand("fewest pods" if range_.scaled else "replicas", worse="less")
    if kind is not None and kind.value == "OnDelete":
        yield Finding(
            f"{workload.name} is updated by hand: with OnDelete 0 of {n} pods get a release by themselves",
            at=kind.at,
            fix="set updateStrategy.type: RollingUpdate, or say in the runbook who deletes the pods",
            operands=(count,),
            key="by-hand",
            at_most="warning",
        )
        return
    rolling = mapping(body, at, *keys, "rollingUpdate")
    where = at.at(*keys, "rollingUpdate")
    partition = whole(rolling, where, "partition")
    missing = _share(
        rolling, where, "maxUnavailable", IntOrPercent(1), "default of the Kubernetes API server"
    )
    most = max(1, range_.most.value)
    if partition is not None and rolled_of_stateful_set(most, partition.value) == 0:
        yield Finding(
            f"{workload.name} has a partition of {partition.value} and {most} pods: none gets a new release",
            at=partition.at,
            fix=f"set partition to {most - 1} or less, or leave it out",
            operands=(count, partition.operand("partition", worse="more")),
            key="nothing-rolls",
        )
        return
    left = fewest_ready_of_stateful_set(n, missing.value)
    sum_ = (count, _operand("maxUnavailable", missing, "more"),
            Operand("pods ready during a rollout", left, "", missing.at, "less"))  # fmt: skip
    pods = f"{n} pod{'' if n == 1 else 's'}"
    if left == 0:
        reason = (
            "its only pod goes before its successor comes" if n == 1 else f"{missing.value} may be missing"
        )
        yield Finding(
            f"{workload.name} has 0 of {pods} ready during a rollout, 1 is needed: {reason}",
            at=missing.at if missing.written else range_.least.at,
            fix="run 2 or more replicas, or plan an outage for each release"
            if n == 1
            else "set maxUnavailable: 1",
            operands=sum_,
            key="none-left",
        )
    else:
        yield Proof(f"{workload.name} has {left} of {pods} ready during a rollout", operands=sum_)


def _daemon_set(workload: Workload, served: Served) -> Findings:
    """A pod on each node: how many go at once, as far as that can be told without the number of nodes."""
    body, at = workload.object.body, workload.at
    keys = ("spec", "updateStrategy")
    services = served.by(workload)
    if not services:
        raise NotApplicable(f"no Service calls the pods of {workload.name}")
    kind = text(body, at, *keys, "type")
    if kind is not None and kind.value == "OnDelete":
        raise NotApplicable(f"{workload.name} is updated by hand, node by node (OnDelete)")
    rolling, where = mapping(body, at, *keys, "rollingUpdate"), at.at(*keys, "rollingUpdate")
    whose = "default of the Kubernetes API server"
    surge = _share(rolling, where, "maxSurge", IntOrPercent(0), whose)
    missing = _share(rolling, where, "maxUnavailable", IntOrPercent(1), whose)
    sum_ = (_operand("maxSurge", surge, "less"), _operand("maxUnavailable", missing, "more"))
    if is_refused_of_daemon_set(surge.value, missing.value):
        yield Finding(
            f"{workload.name} has maxSurge {surge.value} and maxUnavailable {missing.value}, "
            "which the API server refuses: exactly one of them is more than 0, and neither over 100 %",
            at=surge.at if surge.written else missing.at,
            fix="set maxSurge: 1 and maxUnavailable: 0, or leave maxSurge out",
            operands=sum_,
            key="refused",
        )
    elif missing.value.percent and missing.value.value == 100:
        yield Finding(
            f"{workload.name} has 0 pods ready during a rollout, 1 is needed: maxUnavailable 100% takes them "
            f"from every node at once, and Service {services[0].name} calls them",
            at=missing.at,
            fix="set maxUnavailable: 1, or maxSurge: 1 and maxUnavailable: 0",
            operands=sum_,
            key="none-left",
        )
    elif missing.value.value:
        yield Proof(f"{workload.name} loses at most {missing.value} of its pods at once", operands=sum_)
    else:
        yield Proof(f"{workload.name} keeps a pod on each node during a rollout", operands=sum_)


def recreate_strategy(
    workload: Workload, scaling: Scaling, served: Served, claims: Claims, environment: Environment
) -> Findings:
    """What a Service calls is replaced pod by pod.

    Recreate ends every pod before the first new one starts: each release is an outage of as long as the new
    version needs to start, and of as long as it takes to go back when it doesn't.

    Silent on:
        pods with a disk that one node alone can have (ReadWriteOnce, or a claim that is not in these
        manifests): the new pod could not start beside the old one;
        StatefulSets and DaemonSets, which rollout.zero-downtime-arithmetic speaks of;
        workloads that are scaled to none; environments that are not production.

    Severity: error warning note note

    Source:
        Kubernetes API, apps/v1 DeploymentStrategy; "Deployments", Recreate Deployment.

    Peers:
        workload.rolling-update: the same
        kube-linter/no-rolling-update-strategy: asks every Deployment, with a Service and a disk or without
        kube-score/deployment-strategy: does not know disks
    """
    if not environment.production:
        raise NotApplicable(f"{environment.name} is no production environment")
    if workload.kind not in STRATEGIES:
        raise NotApplicable(f"a {workload.kind} has no strategy to choose")
    strategy = text(workload.object.body, workload.at, "spec", "strategy", "type")
    allowed = STRATEGIES[workload.kind]
    if strategy is None or strategy.value == allowed[0]:
        yield Proof(f"{workload.name} is replaced pod by pod")
        return
    if strategy.value not in allowed:
        yield Finding(
            f"{workload.name} has strategy {strategy.value}, which is none of {', '.join(allowed)}",
            at=strategy.at,
            fix=f"set spec.strategy.type to {allowed[0]}",
            operands=(strategy.operand("strategy"),),
            key="refused",
        )
        return
    if strategy.value != "Recreate":
        raise NotApplicable(f"{workload.name} is replaced by pods of its own (strategy {strategy.value})")
    count = workload.replicas
    if workload.kind == "Deployment":
        count = scaling.of(workload).most
    if count.value == 0:
        raise NotApplicable(f"{workload.name} is scaled to none")
    disk = claims.exclusive(workload)
    if disk is not None:
        raise NotApplicable(f"{workload.name} has {disk}, which its pods can't share")
    services = served.by(workload)
    if services:
        why = f"Service {services[0].name} has no pod"
        fix = "set strategy.type: RollingUpdate, with maxSurge: 1 and maxUnavailable: 0"
    else:
        why = "its work stands still"
        fix = "set strategy.type: RollingUpdate, or say in the runbook why two of it must not run"
    pods = f"its {count.value} pods end" if count.value > 1 else "its only pod ends"
    yield Finding(
        f"{workload.name} has strategy Recreate: {pods} before a new one starts, and {why} meanwhile",
        at=strategy.at,
        fix=fix,
        operands=(strategy.operand("strategy"), count.operand("pods", worse="more")),
        at_most=None if services else "note",
    )


def _readiness(pods: Workload, workload: Workload, served: Served) -> Findings:
    """Pods that somebody calls say when they can answer."""
    services = served.by(workload)
    if not services or items(pods.pod, pods.pod_at, "spec", "readinessGates"):
        return
    containers = [one for one in pods.containers if not one.init]
    if not containers or any(one.probe("readinessProbe") for one in pods.containers):
        return
    yield Finding(
        f"{workload.name} has 0 readiness probes in its {len(containers)} "
        f"container{'' if len(containers) == 1 else 's'}, 1 is needed: Service {services[0].name} calls a "
        "new pod, and an old one goes, as soon as the process has started",
        at=containers[0].at,
        fix=f"give container {containers[0].name} a readinessProbe",
        key="no-readiness-probe",
    )
