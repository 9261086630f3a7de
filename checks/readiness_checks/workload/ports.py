"""On which ports containers say that they listen."""

from readiness.api import FieldRule
from readiness.evidence.effective import Value, items, text, whole
from readiness.evidence.manifests import Container
from readiness.rule import left_out

SSH = 22
FIRST_FREE = 1024  # below, a process needs root or NET_BIND_SERVICE


def _ports(container: Container) -> list[tuple[Value[int], str]]:
    """Number and protocol of each port; TCP where it is left out (core/v1 ContainerPort)."""
    found = []
    for index, entry in enumerate(items(container.body, container.at, "ports")):
        at = container.at.at("ports", index)
        number = whole(entry, at, "containerPort")
        protocol = text(entry, at, "protocol")
        if number is not None:
            found.append((number, protocol.value if protocol is not None else "TCP"))
    return found


def _ssh(container: Container) -> Value[int] | None:
    for number, protocol in _ports(container):
        if number.value == SSH and protocol == "TCP":
            return number
    return None


def _privileged(container: Container) -> list[Value[int]]:
    return [number for number, _ in _ports(container) if 0 < number.value < FIRST_FREE]


SSH_PORT = FieldRule(
    "ssh-port",
    Container,
    _ssh,
    holds=left_out,
    says="listens on port {value}/TCP, the port of SSH",
    fix="take the SSH server out of the image of container {part}, and use kubectl exec or kubectl debug",
    doc="""No container is a place to log in to.

    An SSH server in a container has keys and accounts of its own, past the cluster's access control and
    its audit log, and what is changed through it is gone with the next pod.

    Silent on:
        port 22 of another protocol than TCP.

    Severity: warning warning warning note

    Source:
        CIS Docker Benchmark, 5.7: sshd is not run within containers.

    Peers:
        kube-linter/ssh-port: the same
    """,
)

PRIVILEGED_PORTS = FieldRule(
    "privileged-ports",
    Container,
    _privileged,
    holds=left_out,
    several=True,
    says=f"listens on port {{value}}, below {FIRST_FREE}",
    fix=f"have container {{part}} listen on {FIRST_FREE} or above instead of {{value}}; a Service can still "
    "have port {value}, and that one as its targetPort",
    doc="""No container listens on a port that only root may listen on.

    It has to run as root or with NET_BIND_SERVICE, or stops with "permission denied" as soon as it does
    not: on the day when the cluster enforces the restricted standard.

    Severity: note note note note

    Source:
        capabilities(7), CAP_NET_BIND_SERVICE; Kubernetes API, core/v1 ContainerPort.containerPort.

    Peers:
        kube-linter/privileged-ports: the same
    """,
)

RULES = (SSH_PORT, PRIVILEGED_PORTS)
