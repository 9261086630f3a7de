"""What a binding gives is what the rules of its role say: aggregation, namespaces, and what was not read."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.rbac import (
    cluster_admin_binding,
    pod_exec,
    pod_exec_binding,
    role_exists,
    secrets_access,
    subject_exists,
    wildcard_rules,
)

from tests.faults import findings, statuses, write

API = "apiVersion: rbac.authorization.k8s.io/v1\n"


def role(name: str, rules: str = "[]", kind: str = "ClusterRole", more: str = "", meta: str = "") -> str:
    return f"---\n{API}kind: {kind}\nmetadata: {{name: {name}{meta}}}\n{more}rules: {rules}\n"


def binding(to: str, kind: str = "ClusterRoleBinding", namespace: str = "", subject: str = "") -> str:
    role_kind, _, name = to.partition("/")
    where = f", namespace: {namespace}" if namespace else ""
    subjects = subject or "{kind: ServiceAccount, name: bot, namespace: shop}"
    return (
        f"---\n{API}kind: {kind}\nmetadata: {{name: bound{where}}}\n"
        f"roleRef: {{kind: {role_kind}, name: {name}}}\nsubjects: [{subjects}]\n"
    )


def aggregates(label: str) -> str:
    return f"aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{{label}: 'yes'}}}}]}}\n"


def labelled(label: str) -> str:
    return f", labels: {{{label}: 'yes'}}"


SECRETS = "[{apiGroups: [''], resources: [secrets], verbs: [get]}]"
EXEC = "[{apiGroups: [''], resources: [pods/exec], verbs: [create]}]"


def said(check: Any, tmp_path: Path, *objects: str, **settings: Any) -> list[str]:
    tree = write(tmp_path, {"deploy/rbac.yaml": "".join(objects)})
    return [one.message for one in findings(check, tree, **settings)]


@pytest.mark.parametrize(
    ("roles", "given"),
    [
        ((role("top", more=aggregates("a")), role("part", SECRETS, meta=labelled("a"))), True),
        ((role("top", more=aggregates("a")), role("part", SECRETS, meta=labelled("b"))), False),
        # two steps, and a circle that ends
        ((role("top", more=aggregates("a")), role("mid", more=aggregates("b"), meta=labelled("a")),
          role("part", SECRETS, meta=labelled("b"))), True),
        ((role("top", more=aggregates("a"), meta=labelled("b")),
          role("mid", more=aggregates("b"), meta=labelled("a"))), False),
        # the control plane overwrites the rules of a role that aggregates
        ((role("top", SECRETS, more=aggregates("a")),), False),
        # a Role is nothing that is aggregated
        ((role("top", more=aggregates("a")), role("part", SECRETS, "Role", meta=labelled("a"))), False),
    ],
)  # fmt: skip
def test_an_aggregated_role_has_the_rules_of_its_parts(
    tmp_path: Path, roles: tuple[str, ...], given: bool
) -> None:
    assert bool(said(secrets_access, tmp_path, *roles, binding("ClusterRole/top"))) == given


def test_a_built_in_role_has_what_is_labelled_for_it(tmp_path: Path) -> None:
    part = role("part", SECRETS, meta=", labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}")
    assert len(said(secrets_access, tmp_path, role("view"), part, binding("ClusterRole/view"))) == 1


@pytest.mark.parametrize(("namespace", "found"), [("shop", True), ("front", False)])
def test_a_role_is_looked_for_in_the_namespace_of_the_binding(
    tmp_path: Path, namespace: str, found: bool
) -> None:
    own = role("reader", SECRETS, "Role", meta=f", namespace: {namespace}")
    bound = binding("Role/reader", "RoleBinding", "shop")
    assert bool(said(secrets_access, tmp_path, own, bound)) == found
    assert said(role_exists, tmp_path, own, bound) == (
        [] if found
        else ["RoleBinding bound names Role reader, and there is Role reader of namespace front only"]
    )  # fmt: skip


def test_a_missing_role_is_unknown_where_it_may_be_unread(tmp_path: Path) -> None:
    files = {"deploy/a.yaml": binding("ClusterRole/elsewhere"), "deploy/b.yaml": "apiVersion: v1\nkind: [\n"}
    tree = write(tmp_path, files)
    for check in (role_exists, cluster_admin_binding, pod_exec_binding):
        assert statuses(check, tree) == {"default": "unknown"}


def test_what_counts_as_access_is_a_setting(tmp_path: Path) -> None:
    listed = role("reader", SECRETS.replace("get", "patch"))
    assert said(secrets_access, tmp_path, listed, binding("ClusterRole/reader")) == []
    assert said(secrets_access, tmp_path, listed, binding("ClusterRole/reader"), verbs=["patch"]) == [
        "ClusterRoleBinding bound gives ServiceAccount bot access to Secrets in every namespace: patch on secrets"
    ]


def test_one_right_is_said_once_where_a_role_grants_everything(tmp_path: Path) -> None:
    everything = (
        role("top", "[{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]"),
        binding("ClusterRole/top"),
    )
    assert said(cluster_admin_binding, tmp_path, *everything) == [
        "ClusterRoleBinding bound gives ServiceAccount bot every right in the whole cluster: ClusterRole top"
    ]
    assert said(pod_exec_binding, tmp_path, *everything) == []
    assert said(secrets_access, tmp_path, *everything) == []


def test_rules_of_several_parts_are_not_added_up(tmp_path: Path) -> None:
    apart = (
        "[{apiGroups: [''], resources: [pods/exec], verbs: [list]},"
        " {apiGroups: [''], resources: [pods], verbs: [create]}]"
    )
    assert said(pod_exec, tmp_path, role("apart", apart)) == []
    assert len(said(pod_exec, tmp_path, role("together", EXEC))) == 1


@pytest.mark.parametrize(
    ("groups", "at_most"), [("['']", None), ("[shop.example]", "note"), ("[networking.k8s.io]", None)]
)
def test_a_wildcard_within_custom_resources_is_a_note(
    tmp_path: Path, groups: str, at_most: str | None
) -> None:
    rules = f"[{{apiGroups: {groups}, resources: ['*'], verbs: [get]}}]"
    (found,) = findings(wildcard_rules, write(tmp_path, {"deploy/rbac.yaml": role("own", rules)}))
    assert found.finding.at_most == at_most


ACCOUNT = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: bot, namespace: shop}\n"


@pytest.mark.parametrize(
    ("subject", "says"),
    [
        ("{kind: ServiceAccount, name: bot, namespace: shop}", []),
        ("{kind: ServiceAccount, name: bto, namespace: shop}",
         ["ClusterRoleBinding bound names ServiceAccount bto of namespace shop, which is not in these manifests"]),
        ("{kind: ServiceAccount, name: bot, namespace: front}",
         ["ClusterRoleBinding bound names ServiceAccount bot of namespace front, which is not in these "
          "manifests; namespace shop has one"]),
        ("{kind: ServiceAccount, name: other, namespace: front}", []),
        ("{kind: User, name: bto}", []),
    ],
)  # fmt: skip
def test_subjects_that_are_accounts_are_there(tmp_path: Path, subject: str, says: list[str]) -> None:
    assert said(subject_exists, tmp_path, ACCOUNT, binding("ClusterRole/view", subject=subject)) == says
