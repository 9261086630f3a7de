"""What a container may do to its node: its security context, as it holds at run time."""

from readiness.api import Edit, FieldRule
from readiness.evidence.manifests import Container
from readiness.rule import is_true, not_true


def _read_only(container: Container) -> tuple[Edit, ...]:
    return (Edit(container.at.at("securityContext", "readOnlyRootFilesystem"), "set", True),)


def _unprivileged(container: Container) -> tuple[Edit, ...]:
    return (Edit(container.at.at("securityContext", "privileged"), "remove"),)


READ_ONLY_ROOT_FS = FieldRule(
    "read-only-root-fs",
    Container,
    "securityContext.readOnlyRootFilesystem",
    expects=bool,
    holds=is_true,
    says="can write to its root file system",
    fix="set securityContext.readOnlyRootFilesystem to true in container {part}, and mount an emptyDir where "
    "it writes",
    edit=_read_only,
    doc="""The root file system of every container is read-only.

    Whoever breaks into a container with a writable root leaves programs there; and what a program writes
    there by accident fills the node's disk until its pods are evicted.
    The field exists on containers only: nothing is inherited from the pod.

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

RULES = (READ_ONLY_ROOT_FS, PRIVILEGED)
