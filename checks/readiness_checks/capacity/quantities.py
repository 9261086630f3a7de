"""Requests and limits are of a size that somebody can have meant."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

from readiness.api import Bytes, Count, Factor, Finding, Findings, Operand
from readiness.arithmetic.quantity import spell_bytes, spell_cpu
from readiness.evidence.effective import Value, raw
from readiness.evidence.limit_ranges import Bound, Bounds
from readiness.evidence.manifests import Container
from readiness.evidence.sized import SizedContainer

Group = Literal["requests", "limits"]
GROUPS: tuple[Group, Group] = ("requests", "limits")
RESOURCES = ("cpu", "memory", "ephemeral-storage")


def quantity_sane(
    container: SizedContainer,
    bounds: Bounds,
    *,
    min_cpu: Factor = Fraction(0),
    max_cpu: Count = 256,
    min_memory: Bytes = 2**20,
    max_memory: Bytes = 2**42,
    min_ephemeral_storage: Bytes = 2**20,
) -> Findings:
    """Requests and limits are in the right unit, and the API server takes them.

    `memory: 512m` is half a byte, and `memory: 512` is 512 of them: the container is killed as it starts.
    A request above its limit, or outside of what a LimitRange of the namespace allows, is refused, and the
    Deployment is there without pods.

    Settings:
        min_cpu: cores of the smallest request or limit.
        max_cpu: cores of the largest.
        min_memory: bytes of the smallest request or limit of memory.
        max_memory: bytes of the largest.
        min_ephemeral_storage: bytes of the smallest request or limit of ephemeral storage.

    Silent on:
        zero, which is no request and no limit;
        figures that differ from the capacity plan, which capacity.plan-matches-manifests speaks of.

    Severity: error error warning warning

    Source:
        Kubernetes, "Resource Management for Pods and Containers", resource units; "Limit Ranges"; API,
        apimachinery resource.Quantity.

    Peers:
        workload.resource-range: the same
        kube-linter/cpu-requirements: a template there, with bounds for requests or limits
        kube-linter/memory-requirements: a template there, with bounds for requests or limits
        polaris/resourceRange: an example of a custom check there, with bounds for limits
    """
    least = {
        "cpu": min_cpu,
        "memory": Fraction(min_memory),
        "ephemeral-storage": Fraction(min_ephemeral_storage),
    }
    most = {"cpu": Fraction(max_cpu), "memory": Fraction(max_memory)}
    for resource in RESOURCES:
        for group in GROUPS:
            found = container.container.quantity(group, resource)
            if found is not None and found.written and found.value != 0:
                yield from _unit(container, group, resource, found, least[resource], most.get(resource))
        yield from _contradictions(container, resource)
        for bound in bounds.of(container.workload.namespace, resource):
            yield from _outside(container, resource, bound)
    yield from _mixed(container.container)


def _unit(
    container: SizedContainer,
    group: Group,
    resource: str,
    found: Value[Fraction],
    least: Fraction,
    most: Fraction | None,
) -> Iterator[Finding]:
    if found.value >= least and (most is None or found.value <= most):
        return
    bound, word = (least, "least") if found.value < least else (most or least, "most")
    written = raw(container.body, container.at, "resources", group, resource)
    says = f"{container.label} has {resource} {written!s:.40} in its {group}"
    if resource != "cpu" and str(written).endswith("m"):
        says += f", which is {float(found.value):g} bytes: m is a thousandth"
        fix = f"write {str(written)[:-1]}Mi"
    else:
        says += f"; the {word} that is taken as meant is {_spelled(bound, resource)}"
        example = "500m" if resource == "cpu" else "512Mi"
        fix = f"write {resource} of container {container.container.name} in its unit, such as {example}"
    yield Finding(
        says,
        at=found.at,
        fix=fix,
        operands=(
            Operand(f"{resource} {group}", str(written), at=found.at),
            Operand("bound", _spelled(bound, resource)),
        ),
        key=f"{group} {resource} unit",
    )


def _contradictions(container: SizedContainer, resource: str) -> Iterator[Finding]:
    request, limit = container.request(resource), container.limit(resource)
    if request is None or limit is None or request.value <= limit.value:
        return
    asked, held = _spelled(request.value, resource), _spelled(limit.value, resource)
    yield Finding(
        f"{container.label} asks for {asked} of {resource}, its limit is {held}: the API server refuses it",
        at=request.at if request.written else limit.at,
        fix=f"raise the {resource} limit of container {container.container.name} to {asked} or "
        f"more, or ask for "
        f"{held}",
        operands=(request.operand("request", worse="more"), limit.operand("limit", worse="less")),
        key=f"{resource} above limit",
    )


def _outside(container: SizedContainer, resource: str, bound: Bound) -> Iterator[Finding]:
    """Source: Kubernetes, plugin/pkg/admission/limitranger: min is held against requests, max "
    "against limits."""
    found = container.request(resource) if bound.smallest else container.limit(resource)
    word, group = ("min", "request") if bound.smallest else ("max", "limit")
    allowed = _spelled(bound.amount.value, resource)
    if found is None or (
        found.value >= bound.amount.value if bound.smallest else found.value <= bound.amount.value
    ):
        return
    has = f"a {resource} {group} of {_spelled(found.value, resource)}"
    yield Finding(
        f"{container.label} has {has}, LimitRange {bound.name} has {word} {allowed}: its pods are refused",
        at=found.at,
        fix=f"set the {resource} {group} of container {container.container.name} to {allowed} or "
        f"{'more' if bound.smallest else 'less'}",
        operands=(Operand(f"{word} of {bound.name}", allowed, at=bound.amount.at),),
        key=f"{resource} {word}",
    )


def _mixed(container: Container) -> Iterator[Finding]:
    """Decimal and binary units of memory in one container: 512M and 512Mi differ by five percent."""
    units: dict[str, Value[str]] = {}
    for group in GROUPS:
        written = str(raw(container.body, container.at, "resources", group, "memory") or "")
        for unit in ("Mi", "M", "Gi", "G"):
            if written.endswith(unit):
                place = container.at.at("resources", group, "memory")
                units[unit] = Value(written, place)
                break
    for decimal in ("M", "G"):
        binary = units.get(f"{decimal}i")
        if decimal in units and binary is not None:
            yield Finding(
                f"{container.label} counts memory in {decimal} ({units[decimal].value}) and in {decimal}i "
                f"({binary.value})",
                at=units[decimal].at,
                fix=f"write both in {decimal}i",
                operands=(units[decimal].operand("decimal"), binary.operand("binary")),
                key="mixed units",
                at_most="note",
            )


def _spelled(amount: Fraction, resource: str) -> str:
    return spell_cpu(amount) if resource == "cpu" else spell_bytes(amount)
