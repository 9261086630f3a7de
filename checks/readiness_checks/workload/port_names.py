"""Ports have names and numbers that the API server takes."""

from readiness.api import FieldRule
from readiness.evidence.declared_ports import DeclaredPort, fault_of_name, fault_of_number
from readiness.evidence.effective import Value, raw, text, whole
from readiness.rule import left_out


def _fault(port: DeclaredPort) -> Value[str] | None:
    body, at = port.body, port.at
    if port.target:
        target = raw(body, at, "targetPort")
        if target is None:
            return None
        if isinstance(target, str):
            fault = fault_of_name(target) if target else ""
        else:
            number = whole(body, at, "targetPort")
            fault = fault_of_number(number.value) if number is not None else ""
        return Value(f"leads to a port that can't be: {fault}", at.at("targetPort")) if fault else None
    name, number = text(body, at, "name"), whole(body, at, "containerPort")
    faults = []
    if name is not None and name.value:
        faults.append(fault_of_name(name.value))
    if number is not None:
        faults.append(fault_of_number(number.value))
    if port.repeated:
        faults.append("another port of the container has the same name")
    said = [fault for fault in faults if fault]
    place = name.at if name is not None and (faults[0] or port.repeated) else at.at("containerPort")
    return Value(f"can't be: {'; '.join(said)}", place) if said else None


PORT_NAMES = FieldRule(
    "port-names",
    DeclaredPort,
    _fault,
    holds=left_out,
    says="{value}",
    fix="use a name of at most 15 characters, a-z, 0-9 and -, once in a container, and a number "
    "from 1 to 65535",
    doc="""Ports of containers and targets of Services have legal names and numbers.

    The API server refuses the object, and the release with it. Two ports of one name are accepted, and
    the Service that leads to the name gets the first of them.

    Silent on:
        an empty name, which is none; a Service port without targetPort, which leads to its own number.

    Severity: error error error warning

    Source:
        Kubernetes API, core/v1 ContainerPort and ServicePort; apimachinery validation.IsValidPortName.

    Peers:
        kube-linter/invalid-target-ports: names alone in containers, and no repeated ones
        kube-score/container-ports-check: length and repeated names, and number 0; no Services
    """,
)

RULES = (PORT_NAMES,)
