"""A scaler finds what it scales, and is its only scaler."""

from collections.abc import Iterator

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof, Unknown
from readiness.evidence.context import Environment
from readiness.evidence.manifests import Workload
from readiness.evidence.scalers import Scaler, Scaling, VerticalScaler
from readiness.evidence.targets import Targets, Vertical
from readiness_checks.capacity.figures import least_name, most_name

SCALED_BY_NUMBER = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout"})
NOT_SCALABLE = frozenset({"DaemonSet", "Job", "CronJob", "Pod"})


def scaler_target_valid(
    environment: Environment, scaler: Scaler, targets: Targets, scaling: Scaling, vertical: Vertical
) -> Findings:
    """A scaler's target exists, can be scaled, and has no second scaler.

    A scaler that finds nothing says so in its status only, and the workload keeps its replicas while the
    load grows. Two scalers of one workload undo each other's work.

    Silent on:
        VerticalPodAutoscalers that only recommend or size new pods (Off, Initial), or that set another
        resource than the one that is scaled on;
        an autoscaler that a ScaledObject takes over by its annotation;
        targets of other API groups, which may be custom resources with a scale;
        a ScaledObject that is paused.
        A minimum that is the maximum is a warning at most.

    Severity: error error warning warning

    Source:
        Kubernetes, "Horizontal Pod Autoscaling"; kubernetes/kubernetes issue 86032 (a target without
        apiVersion); Kubernetes autoscaler, "Known limitations" of the VerticalPodAutoscaler.

    Peers:
        availability.hpa-target-exists: and the target can be scaled, by one scaler
        availability.hpa-max-above-min: the same
        kube-linter/dangling-horizontalpodautoscaler: compares no namespaces
        kube-score/horizontalpodautoscaler-has-target: the same
        polaris/hpaMaxAvailability: the same, for HorizontalPodAutoscalers
    """
    if not environment.production:
        raise NotApplicable(f"{environment.name} is no production environment")
    target = scaler.target
    held = True
    for finding in (*_bounds(scaler), *_version(scaler)):
        held = False
        yield finding
    if target.kind in NOT_SCALABLE:
        yield Finding(
            f"{scaler.name} scales {target.kind} {target.name}, and a {target.kind} has no replicas to set",
            at=target.at,
            fix=f"name a Deployment or StatefulSet in scaleTargetRef, or remove {scaler.name}",
            key="kind",
        )
        return
    if not targets.holds(target):
        yield _no_target(environment, scaler, targets)
        return
    workload = targets.workload(target)
    if workload is not None:
        for finding in (*_rivals(scaler, workload, scaling), *_sized(scaler, workload, vertical)):
            held = False
            yield finding
    if held:
        yield Proof(
            f"{scaler.name} scales {target.kind} {target.name} "
            f"from {scaler.least.value} to {scaler.most.value}",
            (scaler.least.operand("least replicas"), scaler.most.operand("most replicas")),
            at=target.at,
        )


def _bounds(scaler: Scaler) -> Iterator[Finding]:
    least, most = scaler.least, scaler.most
    if least.value > most.value:
        yield Finding(
            f"{scaler.name} scales from {least.value} to {most.value}: "
            "the API refuses a minimum above the maximum",
            at=most.at,
            fix=f"raise {most_name(scaler)} to {least.value} or more, or lower {least_name(scaler)}",
            operands=(
                least.operand("least replicas", worse="more"),
                most.operand("most replicas", worse="less"),
            ),
            key="bounds",
        )
    elif least.value == most.value and least.at != most.at:
        yield Finding(
            f"{scaler.name} scales from {least.value} to {most.value}: it never adds a pod",
            at=most.at,
            fix=f"raise {most_name(scaler)} above {least.value}, or remove {scaler.name} and set replicas",
            operands=(least.operand("least replicas"), most.operand("most replicas", worse="less")),
            key="fixed",
            at_most="warning",
        )


def _version(scaler: Scaler) -> Iterator[Finding]:
    """A target whose API group the controller can't find: it reads the group as written, with no default."""
    target = scaler.target
    if scaler.keda or target.kind not in SCALED_BY_NUMBER - {"ReplicationController"}:
        return
    group = "argoproj.io" if target.kind == "Rollout" else "apps"
    if target.group not in ("", "extensions") or (target.group == "extensions" and group != "apps"):
        return
    said = f"apiVersion {target.group}" if target.group else "no apiVersion"
    version = "argoproj.io/v1alpha1" if group == "argoproj.io" else "apps/v1"
    yield Finding(
        f"{scaler.name} names {target.kind} {target.name} with {said}: there is no {target.kind} in group "
        f'"{target.group}", and nothing is scaled',
        at=target.at,
        fix=f"set spec.scaleTargetRef.apiVersion of {scaler.name} to {version}",
        key="version",
    )


def _no_target(environment: Environment, scaler: Scaler, targets: Targets) -> Finding:
    """The finding that a target is nowhere, where all of its manifests are known.

    Raises:
        Unknown: another release may hold it.
    """
    target = scaler.target
    targets.complete()
    near = targets.nearest(target)
    missing = f"{scaler.name} scales {target.kind} {target.name}, which is not in these manifests"
    if near is None and environment.discovered:
        raise Unknown(
            f"{missing}; another release may hold it",
            target.at,
            f"name all manifests of {environment.name} in the checklist",
        )
    if near is None:
        return Finding(
            missing,
            at=target.at,
            fix=f"correct scaleTargetRef of {scaler.name}, or add the manifest of {target.name}",
            key="target",
        )
    return Finding(
        f"{missing}; did you mean {near.kind} {near.name}{_elsewhere(near.namespace, target.namespace)}?",
        at=target.at,
        fix=f"set spec.scaleTargetRef of {scaler.name} to {near.kind} {near.name}",
        operands=(Operand("target", target.name, at=target.at), Operand("nearest", near.name, at=near.at)),
        key="target",
    )


def _elsewhere(namespace: str, wanted: str) -> str:
    return f" of namespace {namespace}" if namespace and namespace != wanted else ""


def _rivals(scaler: Scaler, workload: Workload, scaling: Scaling) -> Iterator[Finding]:
    """Other scalers of the same workload: said once, of all but the first."""
    listed = scaling.scalers_of(workload)
    if len(listed) < 2 or listed[0].subject == scaler.subject:
        return
    if scaler.subject not in [one.subject for one in listed]:
        return  # a ScaledObject takes it over
    first = listed[0]
    yield Finding(
        f"{scaler.kind} {scaler.name} and {first.kind} {first.name} both set the replicas of {workload.name}",
        at=scaler.target.at,
        fix=f"remove one of {scaler.name} and {first.name}",
        operands=(
            Operand("scaler", f"{scaler.kind} {scaler.name}", at=scaler.at),
            Operand("scaler", f"{first.kind} {first.name}", at=first.at),
        ),
        key="rivals",
    )


def _sized(scaler: Scaler, workload: Workload, vertical: Vertical) -> Iterator[Finding]:
    """A VerticalPodAutoscaler that changes the requests which the scaler's target is a share of."""
    shares = {metric.name for metric in scaler.metrics if metric.of_requests}
    for one in vertical.of(workload):
        if not one.acts:
            continue
        for resource in sorted(shares & one.resources):
            yield _both(scaler, one, resource, workload)


def _both(scaler: Scaler, one: VerticalScaler, resource: str, workload: Workload) -> Finding:
    other = "memory" if resource == "cpu" else "cpu"
    return Finding(
        f"{scaler.name} scales {workload.name} on {resource} as a share of requests, and "
        f"VerticalPodAutoscaler {one.name} changes these requests (updateMode {one.mode.value})",
        at=scaler.target.at,
        fix=f"set controlledResources of {one.name} to [{other}], or its updateMode to Initial or Off",
        operands=(one.mode.operand("updateMode"),),
        key=f"sized-{resource}",
    )
