"""The account by which a pod speaks to the API server."""

from readiness.api import Edit, FieldRule, Finding, Findings, Operand, Proof
from readiness.evidence.accounts import NamedAccount, PodAccount
from readiness.evidence.effective import Value, text
from readiness.evidence.manifests import PodTemplate
from readiness.evidence.references import Objects
from readiness.rule import left_out


def _mounted(account: PodAccount) -> Value[str] | None:
    mounts = account.mounts
    return Value(account.name.value, mounts.at, mounts.origin) if mounts.value else None


def _has_no_rights(account: PodAccount) -> bool:
    return not account.bound


def _default_mounted(account: PodAccount) -> Value[str] | None:
    return account.name if account.name.value == "default" and account.mounts.value else None


def _old_field(template: PodTemplate) -> Value[str] | None:
    """The old name of the field, where the new one does not say the same, as the API server writes it."""
    old = text(template.body, template.at, "serviceAccount")
    new = text(template.body, template.at, "serviceAccountName")
    if old is None or not old.value or (new is not None and new.value == old.value):
        return None
    return old


def _renamed(template: PodTemplate) -> tuple[Edit, ...]:
    removed = Edit(template.at.at("serviceAccount"), "remove")
    if template.body.get("serviceAccountName"):
        return (removed,)  # the new field holds
    name = Edit(template.at.at("serviceAccountName"), "set", template.body["serviceAccount"])
    return name, removed


RULES = (
    FieldRule(
        "automount-service-account-token",
        PodAccount,
        _mounted,
        holds=left_out,
        only=_has_no_rights,
        says="mounts the token of ServiceAccount {value}, to which no binding here gives a right",
        fix="set automountServiceAccountToken to false in the pod of {name}",
        doc="""A pod has a token of the API server only if it needs one.

    The token lies in every container at a known path. Whoever can read a file of the pod speaks to the API
    server as this account, with what it may do now and what somebody gives it later.

    Silent on:
        accounts that a RoleBinding or ClusterRoleBinding of these manifests gives rights: they need the
        token; a ServiceAccount that says false where the pod says nothing.

    Severity: warning warning warning note

    Source:
        Kubernetes, "Configure Service Accounts for Pods": opt out of API credential automounting; CIS
        Benchmark, "Ensure that Service Account Tokens are only mounted where necessary".

    Peers:
        polaris/automountServiceAccountToken: reports accounts with rights, too
        checkov/CKV_K8S_38: reads the pod only, and reports accounts with rights
    """,
    ),
    FieldRule(
        "default-service-account",
        PodAccount,
        _default_mounted,
        holds=left_out,
        says="runs as ServiceAccount {value} of its namespace, with its token",
        fix="add a ServiceAccount {name}, and name it in spec.serviceAccountName of the pod",
        doc="""A pod has an account of its own.

    What is given to the account `default` is given to every pod of the namespace that names none, today's and
    those to come; and in the audit log they are all one.

    Silent on:
        pods without a token: automountServiceAccountToken false in the pod, or else in the account.

    Severity: note note note note

    Source:
        CIS Kubernetes Benchmark, "Ensure that default service accounts are not actively used".

    Peers:
        kube-linter/default-service-account: reads automountServiceAccountToken of the pod only
    """,
    ),
    FieldRule(
        "deprecated-service-account-field",
        PodTemplate,
        _old_field,
        holds=left_out,
        edit=_renamed,
        says="names ServiceAccount {value} in the old field serviceAccount",
        fix="write serviceAccountName: {value} instead of serviceAccount in the pod of {name}",
        doc="""The account of a pod stands in serviceAccountName.

    The old field serviceAccount is an alias that the API server fills in. Where both are there and differ, it
    counts for nothing, and the pod runs as another account than the one that is read there.

    Silent on:
        both fields with one name, as the API server gives an object back.

    Severity: note note note note

    Source:
        Kubernetes API, core/v1 PodSpec.serviceAccount (DeprecatedServiceAccount).

    Peers:
        kube-linter/deprecated-service-account-field: reports the old field beside the same new one, too
    """,
    ),
)


def service_account_exists(account: NamedAccount, objects: Objects) -> Findings:
    """The ServiceAccount that a pod names is there.

    No pod is made for an account that is not there: the ReplicaSet is refused each of them, and the roll-out
    stands still with none that could be looked at.

    A note where no ServiceAccount of the namespace is in these manifests.

    Silent on:
        `default`, which every namespace has, and pods that name none;
        accounts that an operator or a Helm release of these manifests makes, and those that the checklist
        declares (`evidence.declared`).

    Severity: warning warning warning note

    Source:
        Kubernetes, "Configure Service Accounts for Pods"; admission plug-in ServiceAccount.

    Peers:
        kube-linter/non-existent-service-account: the same
    """
    name, namespace = account.name, account.namespace
    if not objects.missing("ServiceAccount", namespace, name.value):
        yield Proof(f"{account.label} runs as ServiceAccount {name.value}, which is there", at=name.at)
        return
    near = objects.near("ServiceAccount", namespace, name.value)
    operands = [name.operand("ServiceAccount named")]
    fix = f"add ServiceAccount {name.value}, or declare in the checklist who makes it (evidence.declared)"
    says = ""
    if near is not None and near.slip:
        says, fix = f"; the nearest is {near.name}", f"write serviceAccountName: {near.name}"
        operands.append(Operand("nearest ServiceAccount", near.name, at=near.at))
    elif near is not None:
        says = f"; the one of that name is in namespace {near.namespace}"
        operands.append(Operand("namespace of the ServiceAccount", near.namespace, at=near.at))
    elsewhere = near is None and not objects.among("ServiceAccount", namespace)
    where = f" in namespace {namespace}" if namespace else ""
    yield Finding(
        f"{account.label} runs as ServiceAccount {name.value}, 0 are{where} in these manifests{says}",
        at=name.at,
        fix=fix,
        operands=tuple(operands),
        at_most="note" if elsewhere else None,
    )
