"""Nobody has more rights in the cluster than their work needs."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from readiness.api import Edit, FieldRule, Finding, Findings, NotApplicable, Operand, Proof, Text
from readiness.evidence.rbac import (
    ANY,
    AUTHENTICATION_READER,
    BUILT_IN,
    CLUSTER_ADMIN,
    GROUP,
    KEPT_BY_CLUSTER,
    Accounts,
    Binding,
    BoundTo,
    Role,
    Roles,
    Rule,
    ServiceAccount,
)
from readiness.rule import is_false

EXEC = ("pods/exec", "pods/attach")
CONTROLLERS = (
    ("", "pods"), ("", "replicationcontrollers"), ("apps", "deployments"), ("apps", "statefulsets"),
    ("apps", "replicasets"), ("apps", "daemonsets"), ("batch", "jobs"), ("batch", "cronjobs"),
)  # fmt: skip
CHANGES = ("create", "update", "patch")


class Danger(NamedTuple):
    """Rights by which one comes to further rights."""

    key: str
    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    so_that: str
    milder: bool = False


DANGERS = (
    Danger("impersonate", "", ("users", "groups", "serviceaccounts"), ("impersonate",),
           "act as somebody else"),
    Danger("escalate", GROUP, ("roles", "clusterroles"), ("escalate",),
           "write roles with rights that they do not have"),
    Danger("bind", GROUP, ("roles", "clusterroles"), ("bind",), "give themselves any role"),
    Danger("bindings", GROUP, ("rolebindings", "clusterrolebindings"), CHANGES,
           "hand on all rights that they have", milder=True),
    Danger("webhooks", "admissionregistration.k8s.io",
           ("validatingwebhookconfigurations", "mutatingwebhookconfigurations"), CHANGES,
           "read and change every object that the cluster admits"),
    Danger("approve", "certificates.k8s.io", ("certificatesigningrequests/approval",), ("update", "patch"),
           "approve a certificate for any user of the cluster"),
    Danger("service-status", "", ("services/status",), ("update", "patch"),
           "draw traffic to any external address to themselves (CVE-2020-8554)"),
)  # fmt: skip


def cluster_admin_binding(binding: Binding, roles: Roles) -> Findings:
    """Nobody is bound to cluster-admin, or to a role that grants as much.

    Whoever takes over a pod or a laptop with these rights has the cluster: every Secret, every node, every
    other team's service. There is nothing left to limit the damage of a mistake either.

    Silent on:
        bindings that the cluster keeps itself: names with system: or gce:, and cluster-admin;
        roles that leave out one group, resource or verb;
        roles that are in no manifest, which rbac.role-exists speaks of.

    Severity: error error error warning

    Source:
        Kubernetes, "Role Based Access Control Good Practices", least privilege; "Using RBAC Authorization",
        user-facing roles.

    Peers:
        kube-linter/cluster-admin-role-binding: looks at ClusterRoleBindings to the name cluster-admin only
        polaris/clusterrolebindingClusterAdmin: a binding whose role is not in the input fails there
        polaris/rolebindingClusterAdminClusterRole: as severe as for the whole cluster there
        polaris/rolebindingClusterAdminRole: as severe as for the whole cluster there
        polaris/clusterrolebindingPodExecAttach: speaks a second time of a role that grants everything
        polaris/rolebindingClusterRolePodExecAttach: speaks a second time of a role that grants everything
        polaris/rolebindingRolePodExecAttach: speaks a second time of a role that grants everything
    """
    _of_a_team(binding)
    kind, name = binding.role
    if not _all_rights(binding, roles):
        yield Proof(f"{binding.label} gives less than everything: {kind} {name}", at=binding.role_at)
        return
    where = "the whole cluster" if binding.everywhere else f"namespace {binding.namespace or 'of its own'}"
    yield Finding(
        f"{binding.label} gives {_listed(binding)} every right in {where}: {kind} {name}",
        at=binding.role_at,
        fix=f"bind {binding.name} to a role with the verbs and resources that {_listed(binding)} needs",
        operands=(Operand("role", f"{kind} {name}", at=binding.role_at),),
        at_most=None if binding.everywhere else "warning",
    )


def wildcard_rules(role: Role) -> Findings:
    """The rules of a role name their verbs and resources.

    A wildcard takes in what will be installed next year, and subresources such as exec and escalate that
    nobody thought of when it was written.

    Silent on:
        roles that the cluster has itself: system:, gce:, cluster-admin, admin, edit and view.
        Wildcards that stay within groups of custom resources are a note at most.

    Severity: warning warning warning note

    Source:
        Kubernetes, "Role Based Access Control Good Practices", least privilege.

    Peers:
        kube-linter/wildcard-in-rules: a report for each of verbs and resources; leaves groups alone
        checkov/CKV_K8S_49: looks at the first rule only
    """
    _written_by_a_team(role)
    said: set[str] = set()
    for rule in role.rules:
        fields = {"apiGroups": rule.groups, "resources": rule.resources, "verbs": rule.verbs}
        wild = [name for name, words in fields.items() if any(_wild(word) for word in words)]
        key = "; ".join(" ".join(sorted(words)) for words in (*fields.values(), rule.names))
        if not wild or key in said:
            continue
        said.add(key)
        instead = " and ".join(wild)
        yield Finding(
            f"{role.label} has a rule with * as {instead}: {_spelled(rule)}",
            at=rule.at.at(wild[-1]),
            fix=f"name the {instead} that its subjects use",
            key=key,
            at_most="note" if wild == ["apiGroups"] or _custom(rule) else None,
        )
    if not said:
        yield Proof(f"{role.label} names all that its rules are about")


def secrets_access(
    binding: Binding,
    roles: Roles,
    *,
    verbs: tuple[Text, ...] = ("get", "list", "watch", "create", "delete"),
) -> Findings:
    """No binding gives access to all Secrets.

    Secrets hold the tokens of service accounts and the passwords of databases: who reads all of them has the
    rights of all who use them. `list` and `watch` show the contents as well as `get`.

    Settings:
        verbs: what counts as access.

    Silent on:
        rules that name the Secrets (resourceNames);
        roles that grant everything, which rbac.cluster-admin-binding speaks of;
        bindings that the cluster keeps itself;
        roles that are in no manifest, which rbac.role-exists speaks of.

    Severity: warning warning warning note

    Source:
        Kubernetes, "Role Based Access Control Good Practices", listing secrets.

    Peers:
        kube-linter/access-to-secrets: speaks of rules with resourceNames too
        checkov/CKV2_K8S_5: reading verbs, and subjects that are service accounts or nodes
    """
    yield from _access(binding, roles, (("", "secrets"),), verbs, "access to Secrets")


def create_pods(binding: Binding, roles: Roles) -> Findings:
    """No binding lets its subjects make pods.

    Who makes pods may mount every Secret, ConfigMap and volume of the namespace, and run as every service
    account of it: the right is as wide as all of these together.

    Silent on:
        roles that grant everything, which rbac.cluster-admin-binding speaks of;
        bindings that the cluster keeps itself;
        roles that are in no manifest, which rbac.role-exists speaks of.

    Severity: warning warning warning note

    Source:
        Kubernetes, "Role Based Access Control Good Practices", workload creation.

    Peers:
        kube-linter/access-to-create-pods: never sees CronJobs, which its pattern spells wrongly
    """
    yield from _access(binding, roles, CONTROLLERS, ("create",), "the making of pods")


def pod_exec(role: Role) -> Findings:
    """No role lets its subjects run commands in pods.

    A command in a running pod sees its memory, secrets and token, leaves no trace in its image, and is out of
    reach of what admission checks.

    Silent on:
        roles that the cluster has itself: system:, gce:, cluster-admin, admin, edit and view;
        rules that name the pods (resourceNames);
        get on nodes/proxy, by which metrics are read.

    Severity: error error error warning

    Source:
        Kubernetes, "Role Based Access Control Good Practices", access to proxy subresource of nodes; "Kubelet
        authentication/authorization". kube-apiserver takes get and create for exec and attach.

    Peers:
        polaris/clusterrolePodExecAttach: the same; fewer names are the cluster's own there
        polaris/rolePodExecAttach: the same; fewer names are the cluster's own there
        checkov/CKV2_K8S_2: create only, of roles that are bound to accounts
    """
    _written_by_a_team(role)
    found = _first(role.rules, _exec(role.kind == "ClusterRole"))
    if found is None:
        yield Proof(f"{role.label} gives no exec and no attach")
        return
    rule, resource, verbs = found
    yield Finding(
        f"{role.label} lets its subjects run commands in pods: {' and '.join(verbs)} on {resource}",
        at=rule.at,
        fix=f"take {resource} out of {role.name}; debug with an ephemeral container under a role of its own",
    )


def pod_exec_binding(binding: Binding, roles: Roles) -> Findings:
    """No binding gives the right to run commands in pods.

    The role alone gives nothing: here somebody gets it, in one namespace or in all of them.

    Silent on:
        users and groups that get the built-in roles admin and edit, which are made for people;
        roles that grant everything, which rbac.cluster-admin-binding speaks of;
        bindings that the cluster keeps itself;
        roles that are in no manifest, which rbac.role-exists speaks of.

    Severity: error error error warning

    Source:
        Kubernetes, "Using RBAC Authorization", referring to resources.

    Peers:
        polaris/clusterrolebindingPodExecAttach: a binding whose role is not in the input fails there
        polaris/rolebindingClusterRolePodExecAttach: a binding whose role is not in the input fails there
        polaris/rolebindingRolePodExecAttach: a binding whose role is not in the input fails there
    """
    _of_a_team(binding)
    kind, name = binding.role
    if _all_rights(binding, roles):
        raise NotApplicable(f"{kind} {name} grants everything, which rbac.cluster-admin-binding speaks of")
    if kind == "ClusterRole" and name in ("admin", "edit"):
        accounts = [one for one in binding.subjects if one.kind == "ServiceAccount"]
        if not accounts:
            raise NotApplicable(f"ClusterRole {name} is made for people")
        what = "exec and attach, which the built-in role has"
    else:
        found = _first(roles.granted(binding), _exec(binding.everywhere))
        if found is None:
            yield Proof(f"{binding.label} gives no exec and no attach", at=binding.role_at)
            return
        what = f"{' and '.join(found[2])} on {found[1]}"
    where = "in every namespace" if binding.everywhere else "in its namespace"
    yield Finding(
        f"{binding.label} lets {_listed(binding)} run commands in pods {where}: {kind} {name} gives {what}",
        at=binding.role_at,
        fix=f"bind {binding.name} to a role without pods/exec and pods/attach",
        operands=(Operand("role", f"{kind} {name}", at=binding.role_at),),
    )


def default_service_account_binding(binding: Binding) -> Findings:
    """No binding has the default service account as a subject.

    Every pod that names no account runs as `default`: what it is given, every forgotten pod of the namespace
    has, also those that are deployed next year.

    Silent on:
        accounts of other names; users and groups called default;
        bindings that the cluster keeps itself.

    Severity: warning warning warning note

    Source:
        CIS Kubernetes Benchmark 5.1.5: default service accounts are not actively used.

    Peers:
        checkov/CKV_K8S_42: the same
    """
    _of_a_team(binding)
    found = [one for one in binding.subjects if one.kind == "ServiceAccount" and one.name == "default"]
    for one in found:
        yield Finding(
            f"{binding.label} gives {' '.join(binding.role)} to the default account of namespace "
            f"{one.namespace or 'of its own'}: every pod there that names no account has it",
            at=one.at.at("name"),
            fix="make a ServiceAccount for the pods that need it, and bind that",
            key=one.namespace,
        )
    if not found:
        yield Proof(f"{binding.label} gives nothing to a default account")


def dangerous_verbs(role: Role) -> Findings:
    """No role has rights by which its subjects come to further rights.

    Some verbs are worth more than they look: who may impersonate, bind or escalate, approve certificates or
    write webhooks of admission, has what the cluster's administrator has, two requests later.

    Silent on:
        rules that name the objects (resourceNames), as for the one webhook of an operator;
        rules with * as resources and verbs, which rbac.wildcard-rules speaks of;
        reading, which gives nothing on;
        roles that the cluster has itself.

    Severity: warning warning warning note

    Source:
        Kubernetes, "Role Based Access Control Good Practices", privilege escalation risks.

    Peers:
        checkov/CKV_K8S_155: the same, for create, update and patch of webhooks
        checkov/CKV_K8S_156: the same, for approval of certificates
        checkov/CKV_K8S_157: the same, for bind
        checkov/CKV_K8S_158: the same, for escalate
        checkov/CKV2_K8S_1: only where a binding gives it: changes of bindings
        checkov/CKV2_K8S_3: only where a binding gives it: impersonation
        checkov/CKV2_K8S_4: only where a binding gives it: services/status
    """
    _written_by_a_team(role)
    said = False
    for danger in DANGERS:
        wanted = tuple((danger.group, resource) for resource in danger.resources)
        named = [one for one in role.rules if not (one.everything or {ANY} <= one.resources & one.verbs)]
        found = _first(named, ((*one, danger.verbs) for one in wanted))
        if found is None:
            continue
        said = True
        rule, resource, verbs = found
        yield Finding(
            f"{role.label} lets its subjects {danger.so_that}: {' and '.join(verbs)} on {resource}",
            at=rule.at,
            fix=f"take {' and '.join(verbs)} on {resource} out of {role.name}, or limit it by resourceNames",
            key=danger.key,
            at_most="note" if danger.milder else None,
        )
    if not said:
        yield Proof(f"{role.label} has no right that leads to further rights")


def role_exists(binding: Binding, roles: Roles) -> Findings:
    """The role that a binding names is there.

    A binding to a role that does not exist is accepted and gives nothing: the pod gets its first 403 in
    production. Whoever makes a role of that name later gives it to the subjects unseen.

    Silent on:
        roles that every cluster has: cluster-admin, admin, edit, view, names with system: or gce:, and
        extension-apiserver-authentication-reader of kube-system.

    Severity: warning warning warning note

    Source:
        Kubernetes, "Using RBAC Authorization", RoleBinding: roleRef can't be changed after creation.

    Peers:
        polaris/clusterrolebindingPodExecAttach: says of a missing role that it may give exec
        polaris/rolebindingClusterRolePodExecAttach: says of a missing role that it may give exec
        polaris/rolebindingRolePodExecAttach: says of a missing role that it may give exec
    """
    kind, name = binding.role
    reader = (kind, name) == AUTHENTICATION_READER and binding.namespace == "kube-system"
    if name.startswith(KEPT_BY_CLUSTER) or (kind == "ClusterRole" and name in BUILT_IN) or reader:
        raise NotApplicable(f"every cluster has {kind} {name}")
    found = roles.find(binding)
    if found:
        yield Proof(f"{binding.label} names {kind} {name}", at=binding.role_at)
        return
    roles.complete()
    other = next(iter(roles.others(binding)), None)
    if other is None:
        yield Finding(
            f"{binding.label} names {kind} {name}, which is not in these manifests",
            at=binding.role_at,
            fix=f"correct roleRef, or add the manifest of {kind} {name}",
            at_most="note",  # another release may hold it
        )
        return
    where = f" of namespace {other.namespace}" if other.kind == kind else ""
    yield Finding(
        f"{binding.label} names {kind} {name}, and there is {other.kind} {name}{where} only",
        at=binding.role_at,
        fix=f"set roleRef.kind to {other.kind}" if other.kind != kind
        else f"put {binding.name} and Role {name} into one namespace",
        operands=(Operand("role", f"{other.kind} {other.name}", at=other.at),),
    )  # fmt: skip


def subject_exists(binding: Binding, accounts: Accounts) -> Findings:
    """The service accounts that a binding names are there.

    A binding to an account that does not exist is accepted and gives nothing; the account that the pods do
    run as gets its first 403 in production.

    Silent on:
        users and groups, which no manifest makes; the account default, which every namespace has;
        accounts of namespaces of which these manifests hold no account: another release makes them;
        bindings that the cluster keeps itself.

    Severity: warning warning warning note

    Source:
        Kubernetes, "Using RBAC Authorization", referring to subjects.
    """
    _of_a_team(binding)
    known = [one for one in binding.subjects if one.kind == "ServiceAccount" and one.name != "default"]
    if not known:
        raise NotApplicable(f"{binding.label} names no service account of its own")
    held = True
    for one in known:
        if accounts.holds(one):
            continue
        accounts.complete()
        near = accounts.named(one.name)
        if not near and not accounts.of_namespace(one.namespace):
            continue
        held = False
        where = f"; namespace {near[0].namespace} has one" if near else ""
        yield Finding(
            f"{binding.label} names {one}, which is not in these manifests{where}",
            at=one.at,
            fix=f"set the namespace of the subject to {near[0].namespace}" if near
            else f"correct the name, or add the manifest of ServiceAccount {one.name}",
            key=f"{one.namespace}/{one.name}",
            at_most=None if near else "note",  # another release may hold it
        )  # fmt: skip
    if held:
        yield Proof(f"{binding.label}: no account is missing of those that these manifests make")


def _no_token(account: ServiceAccount) -> tuple[Edit, ...]:
    return (Edit(account.at.at("automountServiceAccountToken"), "set", False),)


def _is_default(account: ServiceAccount) -> bool:
    return account.name == "default"


DEFAULT_TOKEN = FieldRule(
    "default-service-account-token",
    ServiceAccount,
    "automountServiceAccountToken",
    expects=bool,
    holds=is_false,
    only=_is_default,
    says="puts its token into every pod that names no account",
    fix="set automountServiceAccountToken of ServiceAccount {name} to false",
    edit=_no_token,
    doc="""The default service account gives its token to no pod.

    A pod that names no account runs as `default` and has its token in a file, whether it talks to the API or
    not: who breaks into it has a way into the cluster.

    Silent on:
        accounts of other names.

    Severity: note note note note

    Source:
        CIS Kubernetes Benchmark 5.1.5; Kubernetes, "Configure Service Accounts for Pods", opt out of API
        credential automounting.

    Peers:
        checkov/CKV_K8S_41: the same
    """,
)

RULES = (DEFAULT_TOKEN,)


def _of_a_team(binding: Binding) -> None:
    """Raises NotApplicable for bindings that the cluster keeps itself."""
    if binding.kept_by_cluster:
        raise NotApplicable(f"the cluster keeps {binding.label} itself")


def _written_by_a_team(role: Role) -> None:
    """Raises NotApplicable for roles that the cluster has itself."""
    if role.kept_by_cluster:
        raise NotApplicable(f"the cluster has {role.label} itself")


def _all_rights(binding: Binding, roles: Roles) -> bool:
    """Whether a binding gives everything; one to a built-in role of less does not."""
    kind, name = binding.role
    if kind == "ClusterRole" and name in BUILT_IN and not roles.find(binding):
        return name == CLUSTER_ADMIN
    if kind == "ClusterRole" and name == CLUSTER_ADMIN:
        return True
    return any(rule.everything for rule in roles.granted(binding))


def _access(
    binding: Binding,
    roles: Roles,
    resources: tuple[tuple[str, str], ...],
    verbs: tuple[str, ...],
    to: str,
) -> Iterator[Finding | Proof]:
    _of_a_team(binding)
    kind, name = binding.role
    if _all_rights(binding, roles):
        raise NotApplicable(f"{kind} {name} grants everything, which rbac.cluster-admin-binding speaks of")
    found = _first(roles.granted(binding), ((*one, verbs) for one in resources))
    if found is None:
        yield Proof(f"{binding.label} gives nobody {to}", at=binding.role_at)
        return
    rule, resource, given = found
    where = "in every namespace" if binding.everywhere else "in its namespace"
    yield Finding(
        f"{binding.label} gives {_listed(binding)} {to} {where}: {' and '.join(given)} on {resource}",
        at=binding.role_at,
        fix=f"take {resource} out of {kind} {name}, or limit the rule by resourceNames",
        operands=(Operand("rule", _spelled(rule), at=rule.at),),
    )


def _exec(everywhere: bool) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What runs commands in pods: by the API server, and on every node by its proxy."""
    for resource in EXEC:
        yield "", resource, ("get", "create")
    if everywhere:
        yield "", "nodes/proxy", ("create",)


def _first(
    rules: Iterable[Rule], wanted: Iterable[tuple[str, str, tuple[str, ...]]]
) -> tuple[Rule, str, tuple[str, ...]] | None:
    """The first rule that gives any of the verbs on a resource, on whatever object of it."""
    listed = tuple(rules)
    for group, resource, verbs in wanted:
        for rule in listed:
            if rule.names or not rule.on(group, resource):
                continue
            given = rule.verbs_of(verbs)
            if given:
                return rule, resource, given
    return None


def _wild(word: str) -> bool:
    return ANY in word


def _custom(rule: Rule) -> bool:
    """All of its groups are of custom resources: an operator's own, mostly."""
    return bool(rule.groups) and all("." in one and not one.endswith(".k8s.io") for one in rule.groups)


def _spelled(rule: Rule) -> str:
    """A rule in one line, as far as it is short."""

    def some(words: frozenset[str]) -> str:
        shown = sorted(words)[:4]
        return " ".join(word or '""' for word in shown) + (" …" if len(words) > len(shown) else "")

    return f"{some(rule.verbs)} on {some(rule.resources) or 'URLs'}"


def _listed(binding: Binding) -> str:
    shown = [_named(one) for one in binding.subjects[:3]]
    more = len(binding.subjects) - len(shown)
    return (" and ".join(shown) or "nobody yet") + (f" and {more} more" if more else "")


def _named(one: BoundTo) -> str:
    return f"{one.kind} {one.name}"
