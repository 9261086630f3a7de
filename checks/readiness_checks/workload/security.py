"""What a container may do to its node: its security context, as it holds at run time."""

from readiness.api import Edit, FieldRule
from readiness.evidence.effective import Value, boolean, raw, text
from readiness.evidence.manifests import Container, PodTemplate
from readiness.outcome import Severity
from readiness.rule import is_true, left_out, not_true
from readiness_checks.workload.capabilities import listed, on_linux

UNSET = "leaves allowPrivilegeEscalation out"
ALLOWED = "sets allowPrivilegeEscalation to true"


def _unprivileged(container: Container) -> tuple[Edit, ...]:
    return (Edit(container.at.at("securityContext", "privileged"), "remove"),)


def _escalates(container: Container) -> Value[str] | None:
    """Why a process of a container may get more rights than its parent has."""
    at = container.at.at("securityContext", "allowPrivilegeEscalation")
    allowed = boolean(container.body, container.at, "securityContext", "allowPrivilegeEscalation")
    privileged = boolean(container.body, container.at, "securityContext", "privileged")
    if privileged is not None and privileged.value:
        return Value("is privileged", privileged.at)
    for one in listed(container, "add"):
        if one.value in ("SYS_ADMIN", "ALL"):
            return Value(f"adds {one.value}", one.at)
    if allowed is None:
        return None if container.workload.windows else Value(UNSET, at)
    return Value(ALLOWED, at) if allowed.value else None


def _milder_unset(value: object) -> Severity | None:
    return "warning" if value == UNSET else None


def _not_escalating(container: Container) -> tuple[Edit, ...]:
    why = _escalates(container)
    if why is None or why.value not in (UNSET, ALLOWED):
        return ()  # the API server refuses false beside these
    return (Edit(why.at, "set", False),)


def _proc(container: Container) -> Value[str] | None:
    found = text(container.body, container.at, "securityContext", "procMount")
    return None if found is None or found.value == "Default" else found


def _unmasked_counts(container: Container) -> bool:
    return not container.workload.own_users


def _unset(template: PodTemplate) -> list[Value[str]]:
    """The pod and each of its containers that say nothing of security."""
    found = []
    if not raw(template.body, template.at, "securityContext"):
        found.append(Value("the pod", template.at.at("securityContext")))
    for container in template.workload.all_containers:
        if not raw(container.body, container.at, "securityContext"):
            found.append(Value(f"container {container.name}", container.at.at("securityContext")))
    return found


READ_ONLY_ROOT_FS = FieldRule(
    "read-only-root-fs",
    Container,
    "securityContext.readOnlyRootFilesystem",
    expects=bool,
    holds=is_true,
    says="can write to its root file system",
    fix="set securityContext.readOnlyRootFilesystem to true in container {part}, and mount an emptyDir where "
    "it writes",
    only=on_linux,
    doc="""The root file system of every container is read-only.

    Whoever breaks into a container with a writable root leaves programs there; and what a program writes
    there by accident fills the node's disk until its pods are evicted.
    The field exists on containers only: nothing is inherited from the pod.

    Silent on:
        Windows pods, which can't have the field.

    Severity: warning warning warning note

    Source:
        Kubernetes API, core/v1 SecurityContext.readOnlyRootFilesystem; NSA/CISA Kubernetes Hardening Guide.

    Peers:
        kube-linter/no-read-only-root-fs: the same
        kube-score/container-security-context-readonlyrootfilesystem: the same
        polaris/notReadOnlyRootFilesystem: the same; its schema names the pod, whose field does not exist
        checkov/CKV_K8S_22: the same
    """,
)

PRIVILEGED = FieldRule(
    "privileged",
    Container,
    "securityContext.privileged",
    expects=bool,
    holds=not_true,
    says="runs privileged",
    fix="remove securityContext.privileged from container {part}, and add the one capability that it needs",
    edit=_unprivileged,
    doc="""No container runs privileged.

    A privileged container has every device and capability of its node: a flaw in it is a flaw in the node
    and in every pod that runs there.

    Severity: error error error warning

    Source:
        Kubernetes, Pod Security Standards, baseline: Privileged Containers.

    Peers:
        kube-linter/privileged-container: the same
        kube-score/container-security-context-privileged: the same
        polaris/runAsPrivileged: the same
        checkov/CKV_K8S_16: the same
    """,
)

PRIVILEGE_ESCALATION = FieldRule(
    "privilege-escalation",
    Container,
    _escalates,
    holds=left_out,
    at_most=_milder_unset,
    says="may gain privileges: it {value}",
    fix="set securityContext.allowPrivilegeEscalation to false in container {part}; where it is privileged "
    "or adds SYS_ADMIN, end that first",
    edit=_not_escalating,
    doc="""No process of a container gets more rights than its parent has.

    Where it is not false, a program with the setuid bit makes root of whoever starts it, and a user above 0
    protects nothing. Left out it is allowed (a warning at most); a privileged container, and one with
    SYS_ADMIN, has it whatever is written.
    The field exists on containers only: nothing is inherited from the pod.

    Silent on:
        Windows pods that leave it out, since they can't have the field.

    Severity: error error error warning

    Source:
        Kubernetes, Pod Security Standards, restricted: Privilege Escalation;
        core/v1 SecurityContext.allowPrivilegeEscalation.

    Peers:
        kube-linter/privilege-escalation-container: passes where it is left out
        polaris/privilegeEscalationAllowed: as grave where it is left out; looks at no other field
        checkov/CKV_K8S_20: as grave where it is left out; looks at no other field
    """,
)

PROC_MOUNT = FieldRule(
    "proc-mount",
    Container,
    _proc,
    holds=left_out,
    says="mounts /proc with procMount {value}",
    fix="remove securityContext.procMount from container {part}, or set hostUsers to false for its pod",
    only=_unmasked_counts,
    doc="""No container sees the parts of /proc that are masked for good reason.

    Unmasked, /proc shows keys, memory and switches of the node's kernel, and lets root in the container
    write to them.

    Silent on:
        pods in a user namespace of their own (hostUsers: false), the case for which the field was made.

    Severity: error error error warning

    Source:
        Kubernetes, Pod Security Standards, baseline: /proc Mount Type; core/v1 SecurityContext.procMount.

    Peers:
        kube-linter/unsafe-proc-mount: Unmasked only, in any spelling
        polaris/procMount: does not look at init containers
    """,
)

SECURITY_CONTEXT_SET = FieldRule(
    "security-context-set",
    PodTemplate,
    _unset,
    holds=left_out,
    several=True,
    says="has no securityContext for {value}",
    fix="set securityContext for {value}: for the pod the user and the seccomp profile, for a container what "
    "it may not do",
    doc="""Each pod and each container says what it may do.

    Where nothing is said the defaults hold, and these are made to let old images run, not to be safe: the
    image's user, all usual capabilities, no profile. An empty mapping says nothing.

    Severity: note note note note

    Source:
        CIS Kubernetes Benchmark, 5.7: apply security context to pods and containers.

    Peers:
        checkov/CKV_K8S_29: the pod
        checkov/CKV_K8S_30: the containers
    """,
)

RULES = (READ_ONLY_ROOT_FS, PRIVILEGED, PRIVILEGE_ESCALATION, PROC_MOUNT, SECURITY_CONTEXT_SET)
