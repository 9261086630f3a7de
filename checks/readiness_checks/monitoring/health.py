"""What gets requests says when it can take them."""

from collections.abc import Callable, Iterator, Mapping

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof
from readiness.evidence.manifests import Container, Service, Workload
from readiness.evidence.probes import Probe, Spring, Traffic, answering, for_metrics_only, probes_of

ACTUATOR, BASE_PATH = "/actuator", "management.endpoints.web.base-path"


def health_endpoints(workload: Workload, traffic: Traffic, spring: Spring) -> Findings:
    """Whatever gets requests says when it is ready, by probes that can be answered.

    Without a readiness probe requests go to pods that can't answer yet, at every release and after
    every restart. A probe of a port or path that nothing serves never succeeds: the pod gets no
    requests at all, or is killed again and again.

    Silent on:
        workloads that no Service leads to, Jobs, and pods behind a Service that asks for pods that
        are not ready as well;
        a container beside the one that answers (a log shipper);
        a probe's port number that the container does not declare, since a declaration is only
        information;
        paths of frameworks that are not known, and Spring Boot's where the configuration is not in
        the evidence or not the same in all profiles.

    Severity: error error warning warning

    Source:
        Kubernetes, "Configure Liveness, Readiness and Startup Probes"; Spring Boot, "Monitoring and
        Management Over HTTP".

    Peers:
        kube-linter/no-readiness-probe: asks each container; workload.readiness-probe asks where no
            Service leads
        kube-linter/liveness-port: names alone; workload.probe-port-exposed has undeclared numbers
        kube-linter/readiness-port: names alone; workload.probe-port-exposed has undeclared numbers
        kube-linter/startup-port: names alone; workload.probe-port-exposed has undeclared numbers
        kube-score/pod-probes: is content with any probe anywhere in the pod
        polaris/readinessProbeMissing: asks each container; workload.readiness-probe asks where no
            Service leads
        checkov/CKV_K8S_9: asks each container; workload.readiness-probe asks where no Service leads
    """
    if not workload.serves and workload.kind != "Pod":
        raise NotApplicable(f"a {workload.kind} takes no requests")
    rollout = traffic.run_by(workload)
    if rollout is not None:
        raise NotApplicable(f"Rollout {rollout.name} runs the pods of {workload.name}")
    pods = traffic.pods_of(workload)
    probes = {container.name: tuple(probes_of(container)) for container in pods.containers}
    wrong = [
        found
        for container in pods.containers
        for probe in probes[container.name]
        for found in _unanswered(probe, container, spring)
    ]
    services = traffic.of(pods)
    unready = list(_unready(pods, services, workload, probes))
    yield from wrong
    yield from unready
    if wrong or unready:
        return
    listed = [probe for found in probes.values() for probe in found]
    if not services and not listed:
        raise NotApplicable(f"no Service leads to {workload.name}, and it has no probe")
    ready = [probe for probe in listed if probe.name == "readinessProbe"]
    if ready:
        says = "; ".join(f"{probe.container.name}: {probe}" for probe in ready)
        operands = tuple(
            Operand(f"readiness of {probe.container.name}", str(probe), at=probe.at) for probe in ready
        )
        yield Proof(f"{workload.name} says when it is ready ({says})", operands=operands, at=ready[0].at)


def _unready(
    pods: Workload,
    services: tuple[Service, ...],
    workload: Workload,
    probes: Mapping[str, tuple[Probe, ...]],
) -> Iterator[Finding]:
    """Pods that get requests and never say that they are ready, and containers that leave it to others."""
    replicas = workload.written("replicas")
    if (replicas is not None and replicas.value == 0) or not pods.containers:
        return
    said = [one for one in pods.containers if _has_readiness(one, probes)]
    if said:
        yield from _left_to_others(pods, services, workload, probes)
        return
    asked = sorted(services, key=for_metrics_only)
    if not asked and workload.kind != "Rollout":
        return
    first = pods.containers[0]
    if asked:
        first = next(iter(answering(pods, asked[0])), first)
        sends = "scrapes" if for_metrics_only(asked[0]) else "requests"
        says = f"{workload.name} has no readiness probe, and Service {asked[0].name} sends it {sends}"
    else:
        says = f"{workload.name} has no readiness probe: a new version counts as ready as soon as it runs"
    yield Finding(
        says,
        at=first.at.at("name"),
        fix=f"add a readinessProbe to container {first.name} that succeeds once it can answer",
        operands=tuple(Operand("Service", one.name, at=one.at) for one in asked[:3]),
        key="readiness",
        at_most="note" if asked and for_metrics_only(asked[0]) else None,
    )


def _left_to_others(
    pods: Workload,
    services: tuple[Service, ...],
    workload: Workload,
    probes: Mapping[str, tuple[Probe, ...]],
) -> Iterator[Finding]:
    asked: dict[str, tuple[Container, Service]] = {}
    for service in services:
        for container in answering(pods, service):
            if not _has_readiness(container, probes):
                asked.setdefault(container.name, (container, service))
    for container, service in asked.values():
        yield Finding(
            f"{workload.name} has a readiness probe, but not in container {container.name},"
            f" which answers Service {service.name}",
            at=container.at.at("name"),
            fix=f"add a readinessProbe to container {container.name} that succeeds once it can answer",
            operands=(Operand("Service", service.name, at=service.at),),
            about=container.subject,
            key="readiness",
            at_most="warning",
        )


def _has_readiness(container: Container, probes: Mapping[str, tuple[Probe, ...]]) -> bool:
    return any(probe.name == "readinessProbe" for probe in probes[container.name])


def _unanswered(probe: Probe, container: Container, spring: Spring) -> Iterator[Finding]:
    """What is wrong with the port or path of one probe."""
    if probe.port is None:
        return
    number = probe.number
    if number is None or not 1 <= number <= 65535:
        declared = ", ".join(str(port.get("name") or port.get("containerPort")) for port in container.ports)
        yield Finding(
            f"{container.workload.name}: the {probe.word} probe of {container.name} asks port"
            f" {probe.port.value}, the container declares {declared or 'no port'}",
            at=probe.port.at,
            fix=f"name one of {declared}, or the number of the port"
            if declared
            else "write the number of the port",
            operands=(
                probe.port.operand("port of the probe"),
                Operand("ports of the container", declared or "none", at=container.at.at("ports")),
            ),
            about=container.subject,
            key=f"{probe.name} port",
        )
        return
    if probe.path is None or (
        not f"{probe.path.value}/".startswith(ACTUATOR + "/") and f"{ACTUATOR}/" not in probe.path.value
    ):
        return
    found = list(_not_spring(probe, number, container, spring))
    yield from found or _switched_off(probe, container, spring)


def _not_spring(probe: Probe, number: int, container: Container, spring: Spring) -> Iterator[Finding]:
    """Where a probe of Spring Boot's health contradicts what the application is configured to serve."""
    if probe.path is None or probe.port is None:
        return
    says = f"{container.workload.name}: the {probe.word} probe of {container.name} asks"
    management, server = spring.get(container, "management.server.port"), spring.get(container, "server.port")
    if management is not None and _whole(management.value) not in (None, number):
        yield Finding(
            f"{says} port {number}, the application serves its health on port {management.value}",
            at=probe.port.at,
            fix=f"probe port {management.value}, management.server.port of the application",
            operands=(
                Operand("port of the probe", number, at=probe.port.at),
                Operand("management.server.port", management.value, at=management.at),
            ),
            about=container.subject,
            key=f"{probe.name} management port",
        )
        return
    base = spring.get(container, BASE_PATH)
    apart = management is not None and (server is None or management.value != server.value)
    context = None if management is None or apart else spring.get(container, "server.servlet.context-path")
    if server is not None and management is None and _whole(server.value) == number:
        context = spring.get(container, "server.servlet.context-path")
    for prefix, name, start in ((context, "server.servlet.context-path", True), (base, BASE_PATH, False)):
        wanted = "/" + prefix.value.strip("/") if prefix is not None else "/"
        path = f"{probe.path.value.rstrip('/')}/"
        if (
            prefix is None
            or wanted == "/"
            or path.startswith(wanted + "/")
            or (not start and f"{wanted}/" in path)
        ):
            continue
        yield Finding(
            f"{says} {probe.path.value}, the application serves its health below {wanted}",
            at=probe.path.at,
            fix=f"put {wanted} into the path of the probe: {name} of the application is {prefix.value}",
            operands=(probe.path.operand("path of the probe"), prefix.operand(name)),
            about=container.subject,
            key=f"{probe.name} path",
        )
        return


def _switched_off(probe: Probe, container: Container, spring: Spring) -> Iterator[Finding]:
    """Where the application does not serve the health that a probe asks: the answer is 404.

    Source: Spring Boot, "Endpoints", exposure; "Kubernetes Probes": the groups are there on Kubernetes,
    unless management.endpoint.health.probes.enabled is false.
    """
    path = probe.path
    if path is None or "/health" not in path.value:
        return
    for name, serves in SERVED.items():
        said = spring.get(container, name)
        if said is None or serves(said.value, path.value):
            continue
        yield Finding(
            f"{container.workload.name}: the {probe.word} probe of {container.name} asks {path.value}, "
            f"and {name} is {said.value}: the answer is 404",
            at=path.at,
            fix=f"let {name} serve it, or ask another path",
            operands=(path.operand("path of the probe"), said.operand(name)),
            about=container.subject,
            key=f"{probe.name} off",
        )
        return


def _listed(value: str) -> set[str]:
    return {word.strip().lower() for word in value.split(",")}


def _on(value: str, _path: str) -> bool:
    return value.strip().lower() not in ("false", "none")


# Property of Spring Boot → whether the health below a path is served with a value of it.
SERVED: Mapping[str, Callable[[str, str], bool]] = {
    "management.endpoints.web.exposure.include": lambda value, _: bool(_listed(value) & {"*", "health"}),
    "management.endpoints.web.exposure.exclude": lambda value, _: not _listed(value) & {"*", "health"},
    "management.endpoint.health.enabled": _on,
    "management.endpoint.health.access": _on,
    "management.endpoint.health.probes.enabled": lambda value, path: (
        _on(value, path) or not path.rstrip("/").endswith(("/liveness", "/readiness"))
    ),
}


def _whole(text: str) -> int | None:
    return int(text) if text.lstrip("-").isdecimal() else None
