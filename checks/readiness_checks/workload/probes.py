"""Containers say whether they are alive and ready, each by a question of its own."""

from collections.abc import Mapping
from typing import Any

from readiness.api import FieldRule, Finding, Findings, NotApplicable
from readiness.evidence.effective import Value, raw, whole
from readiness.evidence.manifests import Container, Workload
from readiness.evidence.probes import PROBES, Probe, Traffic, probes_of
from readiness.evidence.serving import is_lasting, runs_on
from readiness.rule import given, left_out, not_true


def _of(name: str, container: Container) -> Probe | None:
    return next((probe for probe in probes_of(container) if probe.name == name), None)


def _asks_the_same(container: Container) -> Value[bool] | None:
    """Whether both probes ask one question, and the one that kills is no more patient."""
    if container.body.get("livenessProbe") is None or container.body.get("readinessProbe") is None:
        return None
    alive, ready = _of("livenessProbe", container), _of("readinessProbe", container)
    if alive is None or ready is None or alive.handler == "tcpSocket":
        return None
    same = alive.handler == ready.handler and _question(alive) == _question(ready)
    return Value(same and _patience(alive) <= _patience(ready), alive.at)


def _question(probe: Probe) -> tuple[object, ...]:
    body = probe.container.probe(probe.name)
    details: Mapping[str, Any] = body.get(probe.handler) or {}
    at = probe.at.at(probe.handler)
    port = probe.number if probe.number is not None else probe.port and probe.port.value
    path = probe.path.value if probe.path is not None else ""
    return (
        port,
        path,
        *(
            str(raw(details, at, key) or "")
            for key in ("host", "scheme", "service", "command", "httpHeaders")
        ),
    )


def _patience(probe: Probe) -> int:
    """Seconds of failure until the probe acts: every ten seconds, three times (core/v1 Probe)."""
    body = probe.container.probe(probe.name)
    period = whole(body, probe.at, "periodSeconds")
    failures = whole(body, probe.at, "failureThreshold")
    return (period.value if period else 10) * (failures.value if failures else 3)


LIVENESS_PROBE = FieldRule(
    "liveness-probe",
    Container,
    "livenessProbe",
    expects=dict,
    holds=given,
    only=is_lasting,
    says="has no liveness probe",
    fix="give container {part} a livenessProbe that fails only when a restart would help",
    doc="""Containers that run on have a liveness probe.

    A process that hangs without ending is never started again: its pod counts as running until somebody
    looks, and that is during an outage.

    Silent on:
        Jobs, CronJobs, pods that are not started again and Helm's hooks;
        init containers that end before the others start; native sidecars are asked.

    Severity: warning warning warning note

    Source:
        Kubernetes, "Configure Liveness, Readiness and Startup Probes".

    Peers:
        kube-linter/no-liveness-probe: asks Jobs as well, and no native sidecars
        kube-score/pod-probes: asks pods behind a Service only, and is content with one probe in the pod
        polaris/livenessProbeMissing: asks no native sidecars
        checkov/CKV_K8S_8: asks no native sidecars
    """,
)

PROBES_IDENTICAL = FieldRule(
    "probes-identical",
    Container,
    _asks_the_same,
    holds=not_true,
    says="has one probe for liveness and readiness, and is killed as soon as it is not ready",
    fix="let the livenessProbe of container {part} ask less than its readinessProbe, or wait longer",
    doc="""Liveness and readiness of a container are different questions.

    A container that is not ready for a while, because it waits for another service or has too much to do,
    is taken out of the Service and comes back. With the same question as its liveness it is killed
    instead, with all its neighbours that wait for the same thing: a slow dependency becomes an outage.

    Silent on:
        a liveness probe that fails only after more seconds (periodSeconds × failureThreshold) than the
        readiness probe, as the documentation advises for one common endpoint;
        probes that differ in port, path, host, scheme, headers, command or gRPC service;
        tcpSocket probes: a port takes connections whether or not what is behind it waits for others.

    Severity: warning warning warning note

    Source:
        Kubernetes, "Configure Liveness, Readiness and Startup Probes"; "Liveness, Readiness, and Startup
        Probes".

    Peers:
        kube-score/pod-probes-identical: compares port, path and command alone, takes two port
            names as one, and reports tcpSocket
    """,
)


def _undeclared(container: Container) -> Value[str] | None:
    """What is wrong with the declarations of the ports that are probed; names of no port are said "
    "elsewhere."""
    body = container.body
    if not any(name in body for name in PROBES):
        return None
    declared = [(port.get("containerPort"), str(port.get("protocol") or "TCP")) for port in container.ports]
    wrong: list[Value[str]] = []
    for probe in probes_of(container):
        if probe.port is None:
            continue
        number = probe.number
        if number is None or not 1 <= number <= 65535 or (number, "TCP") in declared:
            continue
        other = next((protocol for port, protocol in declared if port == number), None)
        says = f"port {number} as {other} alone" if other is not None else f"no port {number}"
        wrong.append(
            Value(f"probes {probe.word} on port {probe.port.value}, and declares {says}", probe.port.at)
        )
    if not wrong:
        return None
    return wrong[0]._replace(value="; it ".join(dict.fromkeys(one.value for one in wrong)))


PROBE_PORT_EXPOSED = FieldRule(
    "probe-port-exposed",
    Container,
    _undeclared,
    holds=left_out,
    says="{value}",
    fix="declare the port among the ports of container {part} with protocol TCP, or probe one that "
    "it declares",
    doc="""A container declares the ports that its probes ask.

    The kubelet needs no declaration to probe a number. But whoever moves the port reads the declarations,
    and a probe left behind fails for a whole release: the container is killed again and again.

    Silent on:
        a port name that the container does not declare, and a number outside 1 to 65535: such a probe can
        never succeed, and monitoring.health-endpoints speaks of it;
        exec probes.

    Severity: note note note note

    Source:
        Kubernetes API, core/v1 ContainerPort; pkg/probe ResolveContainerPort.

    Peers:
        kube-linter/liveness-port: names and numbers alike; we have names in monitoring.health-endpoints
        kube-linter/readiness-port: names and numbers alike; we have names in monitoring.health-endpoints
        kube-linter/startup-port: names and numbers alike; we have names in monitoring.health-endpoints
    """,
)

RULES = (LIVENESS_PROBE, PROBES_IDENTICAL, PROBE_PORT_EXPOSED)


def readiness_probe(workload: Workload, traffic: Traffic) -> Findings:
    """Containers that run on have a readiness probe, also where no Service leads to them.

    Without one a new version counts as ready as soon as its process has started: a rolling update goes on
    to replace every pod with a version that can't work.

    Silent on:
        pods behind a Service, and Rollouts: monitoring.health-endpoints asks them, by the container that
        answers;
        Jobs, CronJobs, pods that are not started again and Helm's hooks;
        init containers, and a container without ports beside one with a readiness probe;
        workloads that are scaled to none.

    Severity: warning warning warning note

    Source:
        Kubernetes, "Configure Liveness, Readiness and Startup Probes"; apps/v1
        DeploymentSpec.minReadySeconds.

    Peers:
        kube-linter/no-readiness-probe: asks Jobs and each container, whether a Service leads to it or not
        polaris/readinessProbeMissing: asks each container, whether a Service leads to it or not
        checkov/CKV_K8S_9: asks each container, whether a Service leads to it or not
    """
    if not runs_on(workload):
        raise NotApplicable(f"{workload.name} ends by itself")
    if workload.kind == "Rollout" or traffic.run_by(workload) is not None:
        raise NotApplicable("monitoring.health-endpoints asks the pods of a Rollout")
    replicas = workload.written("replicas")
    if replicas is not None and replicas.value == 0:
        raise NotApplicable(f"{workload.name} is scaled to none")
    if traffic.of(workload):
        raise NotApplicable("monitoring.health-endpoints asks pods behind a Service")
    ready = {one.name for one in workload.containers if one.probe("readinessProbe")}
    for container in workload.containers:
        if container.init or container.name in ready or (ready and not container.ports):
            continue
        yield Finding(
            f"{container.label} has no readiness probe: a new version counts as ready as soon as it runs",
            at=container.at.at("name"),
            fix=f"give container {container.name} a readinessProbe that succeeds once it can do its work",
            about=container.subject,
        )
