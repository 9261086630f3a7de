"""What OpenShift lets pods do: its SecurityContextConstraints."""

from readiness.api import Edit, FieldRule
from readiness.evidence.manifests import AnyObject
from readiness.rule import not_true


def _is_constraint(found: AnyObject) -> bool:
    return found.object.kind == "SecurityContextConstraints" and found.object.group in (
        "security.openshift.io", "",
    )  # fmt: skip


def _denied(found: AnyObject) -> tuple[Edit, ...]:
    return (Edit(found.at.at("allowPrivilegedContainer"), "set", False),)


SCC_PRIVILEGED = FieldRule(
    "scc-privileged",
    AnyObject,
    "allowPrivilegedContainer",
    expects=bool,
    holds=not_true,
    says="allows privileged containers",
    fix="set allowPrivilegedContainer to false in {name}, and allow the one capability that is needed",
    only=_is_constraint,
    edit=_denied,
    doc="""No SecurityContextConstraints allow privileged containers.

    Each account that may use them starts containers with every right of the node: they are the key to all
    nodes, in the hands of whoever may create a pod under such an account.

    Severity: error error error warning

    Source:
        OpenShift API, security.openshift.io/v1 SecurityContextConstraints.allowPrivilegedContainer.

    Peers:
        kube-linter/scc-deny-privileged-container: the same
    """,
)

RULES = (SCC_PRIVILEGED,)
