"""As whom a container runs, as it holds at run time: the container's own user, else the pod's."""

from typing import Any

from readiness.api import FieldRule, Unknown
from readiness.evidence.effective import Value
from readiness.evidence.manifests import Container
from readiness.rule import left_out

HIGH = 10000  # the user numbers below are handed out by distributions, on nodes as well
WINDOWS_ADMINISTRATOR = "containeradministrator"


def _number(container: Container, key: str) -> Value[int] | None:
    found = container.effective(key)
    if found is None or (isinstance(found.value, int) and not isinstance(found.value, bool)):
        return found
    if isinstance(found.value, float) and found.value.is_integer():
        return Value(int(found.value), found.at, found.origin)
    raise Unknown(f"{key} is {found.value!r:.60} where a whole number is expected", found.at)


def _non_root(container: Container) -> Value[bool] | None:
    found = container.effective("runAsNonRoot")
    if found is not None and not isinstance(found.value, bool):
        raise Unknown(f"runAsNonRoot is {found.value!r:.60} where true or false is expected", found.at)
    return found


def _as_root(container: Container) -> Value[str] | None:
    """As which root a container runs, or may run."""
    demanded = _non_root(container)
    if container.workload.windows:
        user: Value[Any] | None = container.windows_option("runAsUserName")
        root = user is not None and str(user.value).lower() == WINDOWS_ADMINISTRATOR
    else:
        user = _number(container, "runAsUser")
        root = user is not None and user.value <= 0
    if user is not None and not root:
        return None
    if user is not None:
        conflict = ", against its own runAsNonRoot, so that it never starts" if _holds(demanded) else ""
        return Value(f"as user {user.value}{conflict}", user.at)
    if _holds(demanded):
        return None
    at = demanded.at if demanded is not None else container.at.at("securityContext", "runAsNonRoot")
    return Value("as the user of its image, who may be root", at)


def _holds(found: Value[bool] | None) -> bool:
    return found is not None and found.value


def _low_numbers(container: Container) -> list[Value[str]]:
    found = []
    for key, noun in (("runAsUser", "user"), ("runAsGroup", "group")):
        number = _number(container, key)
        if number is None:
            found.append(Value(f"no stated {noun}", container.at.at("securityContext", key)))
        elif number.value < HIGH:
            found.append(Value(f"{noun} {number.value}", number.at))
    return found


def _shares_users(container: Container) -> bool:
    return not container.workload.own_users


def _shares_numbers(container: Container) -> bool:
    return _shares_users(container) and not container.workload.windows


RUN_AS_NON_ROOT = FieldRule(
    "run-as-non-root",
    Container,
    _as_root,
    holds=left_out,
    says="runs {value}",
    fix="set securityContext.runAsNonRoot to true for container {part} or its pod, and runAsUser to a number "
    "above 0 where its image has no such user",
    only=_shares_users,
    doc="""No container runs as root.

    Root in a container is root of the node as soon as a flaw of the kernel, the runtime or a mount lets it
    out; and inside it can change every file of the image.
    The container's own values win over the pod's. A user above 0 is enough; so is runAsNonRoot, which the
    kubelet holds against the image's user before each start.

    Silent on:
        group 0, which gives no rights on the node and is what images for arbitrary users are built for;
        pods in a user namespace of their own (hostUsers: false), whose root is nobody on the node;
        Windows pods whose runAsUserName is not ContainerAdministrator.

    Severity: error error error warning

    Source:
        Kubernetes, Pod Security Standards, restricted: Running as Non-root, Running as Non-root user.

    Peers:
        kube-linter/run-as-non-root: also reports group 0
        polaris/runAsRootAllowed: passes runAsNonRoot beside user 0, which never starts
        checkov/CKV_K8S_23: does not look at init containers
    """,
)

HIGH_UID_GID = FieldRule(
    "high-uid-gid",
    Container,
    _low_numbers,
    holds=left_out,
    several=True,
    says=f"runs as {{value}}; {HIGH} or more is needed",
    fix=f"set securityContext.runAsUser and runAsGroup of container {{part}} or its pod to {HIGH} or more",
    only=_shares_numbers,
    doc="""The user and group of each container have numbers that no account of a node has.

    A process that gets out of its container has the rights of whoever has its number on the node; and pods
    of two teams that share a number can signal each other and read each other's files there.

    Silent on:
        pods in a user namespace of their own (hostUsers: false), whose numbers are others on the node;
        Windows pods, whose users have names.

    Severity: note note note note

    Source:
        Kubernetes API, core/v1 SecurityContext.runAsUser and runAsGroup; CIS Docker Benchmark.

    Peers:
        kube-score/container-security-context-user-group-id: the same
        checkov/CKV_K8S_40: the user only, and not of init containers
    """,
)

RULES = (RUN_AS_NON_ROOT, HIGH_UID_GID)
