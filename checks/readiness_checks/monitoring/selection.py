"""Monitors select what they are meant to."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof, Text, Unknown
from readiness.evidence.manifests import Service, Workload
from readiness.evidence.monitors import Endpoint, Monitor
from readiness.evidence.selected import Selected, container_ports, declares, leads_to, target_of
from readiness.evidence.targets import FEW_EDITS, edits

EXTERNAL = ("kube-system", "default")
OPERATORS = ("Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler")
GOOGLE = ("PodMonitoring", "ClusterPodMonitoring")


def monitor_selects_service(
    monitor: Monitor,
    selected: Selected,
    *,
    external_namespaces: tuple[Text, ...] = EXTERNAL,
    operator_backed_kinds: tuple[Text, ...] = OPERATORS,
) -> Findings:
    """A monitor selects a Service that has its port, and pods behind it.

    A monitor that selects nothing gives no metrics and no error: its targets are missing from
    Prometheus, and every alert on them stays silent.

    Settings:
        external_namespaces: namespaces of the cluster's own, whose objects are in nobody's manifests.
            A monitor that looks only there, and selects nothing, is not judged.
        operator_backed_kinds: custom resources whose operator makes the pods behind a Service.

    Silent on:
        monitors of the API server, kubelet, scheduler and the like, by `external-namespaces`;
        Services without a selector, whose endpoints are made by hand;
        Services in front of pods that an operator makes;
        a Service among several that lacks the port, where its pods are scraped by another one;
        an endpoint that names no port, and so takes all.

    Severity: error error warning warning

    Source:
        Prometheus Operator API, ServiceMonitorSpec, PodMonitorSpec and Endpoint; "Troubleshooting
        ServiceMonitor changes".

    Peers:
        network.servicemonitor-targets-service: the same fact
        kube-linter/dangling-servicemonitor: by labels and namespaces, without endpoints
    """
    if not monitor.endpoints:
        yield Finding(
            f"{monitor} lists no endpoint, so it scrapes nothing",
            at=monitor.at.at("spec"),
            fix=f"add the port to scrape to {monitor.endpoints_at.keys[-1]}",
        )
        return
    said: set[str] = set()
    judge = _pods_selected if monitor.of_pods else _services_selected
    for one in judge(monitor, selected, external_namespaces, operator_backed_kinds):
        if isinstance(one, Proof) or one.key not in said:  # endpoints may share a port
            yield one
        if isinstance(one, Finding):
            said.add(one.key)


def _services_selected(
    monitor: Monitor, selected: Selected, external: tuple[str, ...], operators: tuple[str, ...]
) -> Findings:
    services = selected.services(monitor)
    if not services:
        yield _nothing(monitor, selected, external, operators)
        return
    served: list[str] = []
    failed = False
    for endpoint in monitor.endpoints:
        found = [one for one in services if _has_port(one, endpoint, selected)]
        if not found:
            failed = True
            yield _no_port(monitor, endpoint, services, selected)
            continue
        served += [one.name for one in found]
        yield from (
            problem for one in found for problem in _pods_behind(monitor, endpoint, one, selected, operators)
        )
    if failed:
        return
    idle = [one for one in services if one.name not in served]
    covered = {pods.at for one in services if one.name in served for pods in selected.behind(one)}
    for service in idle:
        if any(pods.at not in covered for pods in selected.behind(service)):
            wanted = ", ".join(endpoint.wanted for endpoint in monitor.endpoints)
            yield Finding(
                f"{monitor} selects Service {service.name} too, which has none of its ports ({wanted})",
                at=service.at.at("spec", "ports"),
                fix=f"name a port of Service {service.name} {monitor.endpoints[0].wanted}",
                key=f"service {service.name}",
                at_most="warning",
            )
    names = ", ".join(dict.fromkeys(served))
    ports = (
        ", ".join(dict.fromkeys(one.wanted for one in monitor.endpoints if not one.any_port)) or "every port"
    )
    yield Proof(
        f"{monitor} selects {names} and scrapes {ports}",
        operands=tuple(Operand("selected Service", one.name, at=one.at) for one in services[:5]),
        at=monitor.at,
    )


def _pods_selected(
    monitor: Monitor, selected: Selected, external: tuple[str, ...], operators: tuple[str, ...]
) -> Findings:
    workloads = selected.pods(monitor)
    if not workloads:
        yield _nothing(monitor, selected, external, operators)
        return
    failed = False
    google = monitor.kind in GOOGLE
    for endpoint in monitor.endpoints:
        if any(declares(one, endpoint, google) for one in workloads):
            continue
        failed = True
        names = ", ".join(one.name for one in workloads[:3])
        ports = _declared(workloads)
        yield Finding(
            f"{monitor} asks for container port {endpoint.wanted}, {names} has {ports or 'no port'}",
            at=endpoint.at,
            fix=_port_fix(
                endpoint, [str(port.get("name") or "") for _, port in container_ports(workloads[0])]
            )
            or f"declare the container port {endpoint.wanted}",
            operands=(
                Operand("port asked for", endpoint.wanted, at=endpoint.at),
                Operand(f"container ports of {names}", ports or "none", at=workloads[0].at),
            ),
            key=f"port {endpoint.wanted}",
        )
    if not failed:
        names = ", ".join(dict.fromkeys(str(one.subject.name) for one in workloads))
        ports = ", ".join(dict.fromkeys(one.wanted for one in monitor.endpoints if not one.any_port))
        yield Proof(
            f"{monitor} selects the pods of {names} and scrapes {ports or 'every port'}",
            operands=tuple(Operand("selected workload", one.name, at=one.at) for one in workloads[:5]),
            at=monitor.at,
        )


def _nothing(
    monitor: Monitor, selected: Selected, external: tuple[str, ...], operators: tuple[str, ...]
) -> Finding:
    """A monitor that selects nothing.

    Raises:
        NotApplicable: its targets are the cluster's own.
        Unknown: they may lie outside of what was rendered, or an operator may make them.
    """
    what = "workload" if monitor.of_pods else "Service"
    namespaces = monitor.namespaces
    if namespaces and namespaces <= set(external) and not _own(monitor, namespaces):
        where = ", ".join(sorted(namespaces))
        raise NotApplicable(f"{monitor} looks in {where}, whose {what}s are the cluster's own")
    selected.complete(*(Workload.KINDS if monitor.of_pods else Service.kinds))
    elsewhere = selected.elsewhere(monitor)
    if not selected.rendered(namespaces) and not elsewhere:
        where = ", ".join(sorted(namespaces or ())) or "any namespace"
        raise Unknown(
            f"{monitor} looks in {where}, of which no {what} is in these manifests",
            monitor.at.at("spec", "namespaceSelector"),
            f"add the manifests of {where} to the environment, or name it in external-namespaces",
        )
    near = _nearest(monitor, selected.near(monitor))
    made = [one for one in selected.makers(namespaces) if one.kind not in operators or monitor.of_pods]
    if made and not elsewhere and not _slip(near):
        raise Unknown(
            f"{monitor} selects no {what} of these manifests; {made[0].kind} {made[0].name} may make one",
            monitor.selector_at,
            f"name {made[0].kind} in operator-backed-kinds, or render what its operator makes",
        )
    wanted = _spelled(monitor.selector)
    if elsewhere and wanted:
        one = elsewhere[0]
        where = ", ".join(sorted(namespaces or ()))
        return Finding(
            f"{monitor} looks in {where}, {what} {one.name} is in {one.namespace}",
            at=monitor.at.at("spec", "namespaceSelector"),
            fix=f"add {one.namespace} to spec.namespaceSelector.matchNames",
            operands=(Operand(f"{what} with these labels", one.name, at=one.at),),
        )
    if near is None:
        return Finding(
            f"{monitor} wants {wanted or f'any {what}'}, there is no {what} in its namespaces",
            at=monitor.selector_at,
            fix=f"add a {what} with {wanted}" if wanted else f"add a {what}",
            operands=(Operand("selector", wanted or "everything", at=monitor.selector_at),),
        )
    one, key, value, has = near
    says = f"has {key}={has}" if has else f"has no label {key}"
    return Finding(
        f"{monitor} wants {wanted}, the nearest {what} {one.name} {says}",
        at=monitor.selector_at,
        fix=(f"write {key}: {has} in spec.selector.matchLabels, or " if has else "")
        + f"give {what} {one.name} the label {key}: {value}",
        operands=(
            Operand("selector", wanted, at=monitor.selector_at),
            Operand(f"{key} of {what} {one.name}", has or "none", at=one.at),
        ),
    )


def _own(monitor: Monitor, namespaces: frozenset[str]) -> bool:
    """A monitor that looks for its neighbours looks for what it was written with."""
    return namespaces == {monitor.object.namespace}


def _nearest(
    monitor: Monitor, candidates: Iterable[Service | Workload]
) -> tuple[Service | Workload, str, str, str] | None:
    """What was probably meant, and the label to edit: its key, the value wanted, and what stands there."""
    best: tuple[tuple[int, bool, int], tuple[Service | Workload, str, str, str]] | None = None
    wanted = monitor.selector.get("matchLabels") or {}
    if not wanted:
        return None
    for one in candidates:
        labels = one.pod_labels if isinstance(one, Workload) else one.labels
        wrong = [
            (str(key), str(value)) for key, value in wanted.items() if labels.get(str(key)) != str(value)
        ]
        if not wrong:
            continue
        key, value = wrong[0]
        score = (len(wrong), key not in labels, edits(value, labels.get(key, "")))
        if best is None or score < best[0]:
            best = (score, (one, key, value, labels.get(key, "")))
    return best[1] if best is not None else None


def _slip(near: tuple[Service | Workload, str, str, str] | None) -> bool:
    """Whether the label that differs is the wanted one but for a slip of the hand."""
    return near is not None and bool(near[3]) and edits(near[2], near[3]) <= FEW_EDITS


def _has_port(service: Service, endpoint: Endpoint, selected: Selected) -> bool:
    if endpoint.any_port:
        return bool(service.ports)
    if endpoint.port:
        return any(endpoint.named(port.get("name")) for port in service.ports)
    behind = selected.behind(service)
    return not behind or any(declares(pods, endpoint) for pods in behind)


def _no_port(
    monitor: Monitor,
    endpoint: Endpoint,
    services: list[Service],
    selected: Selected,
) -> Finding:
    service = services[0]
    more = f" and {len(services) - 1} more" if len(services) > 1 else ""
    if not endpoint.port:
        pods = selected.behind(service)
        ports = _declared(pods)
        has = f"the pods behind Service {service.name} declare {ports or 'no port'}"
        names = [str(port.get("name") or "") for one in pods for _, port in container_ports(one)]
        place = pods[0].at if pods else service.at
    else:
        names = [str(port.get("name") or "") for port in service.ports]
        ports = ", ".join(
            name or f"{port.get('port')} without a name"
            for name, port in zip(names, service.ports, strict=True)
        )
        has = f"Service {service.name}{more} has {ports or 'no port'}"
        place = service.at.at("spec", "ports")
    number = " (a number; a name is needed)" if endpoint.port.isdigit() else ""
    return Finding(
        f"{monitor} asks for port {endpoint.wanted}{number}, {has}",
        at=endpoint.at,
        fix=_port_fix(endpoint, names) or f"name a port of Service {service.name} {endpoint.wanted}",
        operands=(
            Operand("port asked for", endpoint.wanted, at=endpoint.at),
            Operand(f"ports of Service {service.name}", ports or "none", at=place),
        ),
        key=f"port {endpoint.wanted}",
    )


def _port_fix(endpoint: Endpoint, names: list[str]) -> str:
    """The name that was probably meant: the only one, or the one that looks like a port for metrics."""
    field = str(endpoint.at.keys[-1]) if endpoint.at.keys else "port"
    known = list(dict.fromkeys(name for name in names if name))
    for name in known:
        if len(known) == 1 or any(
            word in name for word in ("metric", "prom", "management", "admin", "telemetry")
        ):
            return f"write {field}: {name}"
    return f"write the name of one of these ports: {', '.join(known)}" if known else ""


def _pods_behind(
    monitor: Monitor, endpoint: Endpoint, service: Service, selected: Selected, operators: tuple[str, ...]
) -> Iterator[Finding]:
    """What is wrong between a Service and its pods, for the port that a monitor asks for."""
    selector = service.selector
    if selector is None:
        return  # endpoints made by hand
    behind = selected.behind(service)
    if behind:
        ports = [port for port in service.ports if not endpoint.port or endpoint.named(port.get("name"))]
        if not endpoint.port or any(leads_to(pods, port) for pods in behind for port in ports):
            return
        target = target_of(ports[0])
        names = ", ".join(pods.name for pods in behind[:3])
        yield Finding(
            f"{monitor} asks for port {endpoint.wanted}, which leads to container port {target};"
            f" {names} declares {_declared(behind) or 'no port'}",
            at=endpoint.at,
            fix=f"name a container port of {behind[0].name} {target}, or correct the Service's targetPort",
            operands=(
                Operand(f"targetPort of Service {service.name}", target, at=service.at.at("spec", "ports")),
                Operand(f"container ports of {names}", _declared(behind) or "none", at=behind[0].at),
            ),
            key=f"target {service.name} {endpoint.wanted}",
        )
        return
    namespaces = frozenset({service.namespace})
    made = selected.makers(namespaces)
    if any(one.kind in operators for one in made):
        return  # the operator makes the pods
    selected.complete(*Workload.KINDS)
    if made or not selected.pods_rendered(service.namespace):
        who = (
            f"{made[0].kind} {made[0].name} may make them" if made else "no workload of its namespace is here"
        )
        raise Unknown(
            f"{monitor} selects Service {service.name}, whose pods are not in these manifests; {who}",
            service.at.at("spec", "selector"),
            "add the manifests of its pods to the environment, or name their maker in operator-backed-kinds",
        )
    wanted = ", ".join(f"{key}={value}" for key, value in selector.items())
    yield Finding(
        f"{monitor} selects Service {service.name}, and no pod has the labels that it wants ({wanted})",
        at=service.at.at("spec", "selector"),
        fix=f"give the pods behind Service {service.name} the labels {wanted}",
        operands=(
            Operand(f"selector of Service {service.name}", wanted, at=service.at.at("spec", "selector")),
        ),
        key=f"pods {service.name}",
    )


def _declared(workloads: Iterable[Workload]) -> str:
    found = (
        str(port.get("name") or port.get("containerPort"))
        for one in workloads
        for _, port in container_ports(one)
    )
    return ", ".join(dict.fromkeys(found))


def _spelled(selector: Mapping[str, Any]) -> str:
    words = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for one in selector.get("matchExpressions") or ():
        values = ",".join(str(value) for value in one.get("values") or ())
        words.append(f"{one.get('key')} {one.get('operator')}" + (f" ({values})" if values else ""))
    return ", ".join(words)
