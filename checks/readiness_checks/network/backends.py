"""What Ingresses and routes lead to."""

from collections.abc import Iterable

from readiness.api import Finding, Findings, Operand, Proof
from readiness.evidence.effective import raw
from readiness.evidence.manifests import KubernetesObject, Service
from readiness.evidence.references import Objects
from readiness.evidence.routes import BY_ANNOTATION, Backend, Ingress, Route, listeners


def ingress_targets_service(ingress: Ingress, objects: Objects) -> Findings:
    """An Ingress leads to Services, and to ports that they have.

    A backend that is not there is a 503 for every request to its path, from the moment of the release on.

    A note where no Service of the namespace is in these manifests.

    Silent on:
        backends that are resources; Services that an operator or a Helm release of these manifests makes, and
        those that the checklist declares (`evidence.declared`);
        actions of the AWS controller (port use-annotation), and ports of an ExternalName.

    Severity: error error error warning

    Source:
        Kubernetes API, networking/v1 IngressBackend and ServiceBackendPort.

    Peers:
        kube-linter/dangling-ingress: the same
        kube-score/ingress-targets-service: does not read the default backend, and reports resources
    """
    yield from _led(ingress.label, (one for one in ingress.backends if one.port != BY_ANNOTATION), objects)


def route_targets_service(route: Route, objects: Objects) -> Findings:
    """A route of the Gateway API leads to Services, and to ports that they have.

    A backend that is not there is a 500 for its share of the requests, from the moment of the release on; the
    route says so in its status only.

    A note where no Service of the namespace is in these manifests.

    Silent on:
        backends that are no Service; Services that an operator or a Helm release of these manifests makes,
        and those that the checklist declares (`evidence.declared`).

    Severity: error error error warning

    Source:
        Gateway API, BackendObjectReference; HTTPRouteRule.backendRefs: invalid references give 500.
    """
    yield from _led(route.label, route.backends, objects)


def route_attaches_to_gateway(route: Route, objects: Objects) -> Findings:
    """A route names a Gateway that is there, and a listener that it has.

    A route that attaches to nothing is taken without a word, and serves no request.

    Silent on:
        Gateways that are not in these manifests, unless the name differs by a slip from one that is;
        parents that are no Gateway.

    Severity: error error error warning

    Source:
        Gateway API, ParentReference.
    """
    good = 0
    for parent in route.parents:
        found = objects.get("Gateway", parent.namespace, parent.name)
        if not found:
            near = objects.near("Gateway", parent.namespace, parent.name)
            if near is None or not near.slip or not objects.missing("Gateway", parent.namespace, parent.name):
                continue
            yield Finding(
                f"{route.label} names Gateway {parent.name}, 0 are in these manifests; the nearest is "
                f"{near.name}",
                at=parent.at,
                fix=f"write {near.name}",
                operands=(
                    Operand("Gateway named", parent.name, at=parent.at),
                    Operand("nearest Gateway", near.name, at=near.at),
                ),
                key=f"{parent.namespace}/{parent.name}",
            )
            continue
        names = frozenset[str]().union(*(listeners(one) for one in found))
        if parent.section and parent.section not in names:
            listed = ", ".join(sorted(names)) or "none"
            yield Finding(
                f"{route.label} names listener {parent.section} of Gateway {parent.name}, which has {listed}",
                at=parent.at,
                fix=f"write one of the listeners of Gateway {parent.name}: {listed}",
                operands=(
                    Operand("listener named", parent.section, at=parent.at),
                    Operand(
                        f"listeners of Gateway {parent.name}", listed, at=found[0].at.at("spec", "listeners")
                    ),
                ),
                key=f"{parent.namespace}/{parent.name}#{parent.section}",
            )
            continue
        good += 1
    if good:
        yield Proof(f"{route.label} attaches to {good} Gateways that are here", at=route.at)


def _led(label: str, backends: Iterable[Backend], objects: Objects) -> Findings:
    seen: dict[str, bool] = {}
    for one in backends:
        if one.key in seen:
            continue
        services = objects.get("Service", one.namespace, one.service)
        if not services:
            seen[one.key] = not objects.missing("Service", one.namespace, one.service)
            if not seen[one.key]:
                yield _no_service(label, one, objects)
            continue
        seen[one.key] = one.port is None or any(_has_port(found, one.port) for found in services)
        if not seen[one.key]:
            yield _no_port(label, one, services[0])
    if seen and all(seen.values()):
        yield Proof(f"{label}: {len(seen)} backends are there")


def _has_port(service: KubernetesObject, port: int | str) -> bool:
    if raw(service.body, service.at, "spec", "type") == "ExternalName":
        return True  # its ports are those of the host that it names
    return any(port in (one.get("port"), one.get("name")) for one in Service(service).ports)


def _no_service(label: str, one: Backend, objects: Objects) -> Finding:
    where = f" in namespace {one.namespace}" if one.namespace else ""
    near = objects.near("Service", one.namespace, one.service)
    operands = [Operand("Service named", one.service, at=one.at)]
    fix = f"add Service {one.service}, or declare in the checklist who makes it (evidence.declared)"
    says = ""
    slip = near is not None and near.slip
    if near is not None:
        says = f"; the nearest is {near.name}" if slip else f"; the one of that name is in {near.namespace}"
        fix = f"write {near.name}" if slip else f"add a Service {one.service} to namespace {one.namespace}"
        operands.append(Operand("nearest Service", f"{near.namespace}/{near.name}", at=near.at))
    elsewhere = not slip and not objects.among("Service", one.namespace)
    return Finding(
        f"{label} leads to Service {one.service}, 0 are{where} in these manifests{says}",
        at=one.at,
        fix=fix,
        operands=tuple(operands),
        key=one.key,
        at_most="note" if elsewhere else None,
    )


def _no_port(label: str, one: Backend, service: KubernetesObject) -> Finding:
    ports = Service(service).ports
    listed = ", ".join(
        f"{port.get('port')} ({port['name']})" if port.get("name") else str(port.get("port"))
        for port in ports
    )
    at = service.at.at("spec", "ports")
    only = ports[0].get("name" if isinstance(one.port, str) else "port") if len(ports) == 1 else None
    return Finding(
        f"{label} leads to port {one.port} of Service {one.service}, which has {listed or 'no port'}",
        at=one.port_at,
        fix=f"write port {only}" if only else f"write one of the ports of Service {one.service}: {listed}",
        operands=(
            Operand("port named", str(one.port), at=one.port_at),
            Operand(f"ports of Service {one.service}", listed or "none", at=at),
        ),
        key=one.key,
    )
