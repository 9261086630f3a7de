"""Edits that give somebody more rights than the work needs, or to nobody."""

from tests.faults import Fault

NODES = "nodes.yaml"
READS = "    verbs: [get, list, watch]\n"
LABELS = "labels: {app.kubernetes.io/name: extra, app.kubernetes.io/instance: extra, owner: team-shop}"
HEAD = f"  name: extra\n  {LABELS}\n  annotations: {{email: team-shop@shop.example}}\n"
API = "apiVersion: rbac.authorization.k8s.io/v1\n"
REF = "  apiGroup: rbac.authorization.k8s.io\n"


def role(rules: str, kind: str = "Role") -> str:
    where = "  namespace: shop\n" if kind == "Role" else ""
    return f"{API}kind: {kind}\nmetadata:\n{HEAD}{where}rules:\n  - {rules}\n"


def bound(
    to: str,
    kind: str = "RoleBinding",
    subject: str = "node-logs",
    namespace: str = "shop",
    name: str = "extra",
) -> str:
    role_kind, _, role_name = to.partition("/")
    head = HEAD.replace("name: extra\n", f"name: {name}\n", 1).replace("instance: extra", f"instance: {name}")
    where = "  namespace: shop\n" if kind == "RoleBinding" else ""
    return (
        f"{API}kind: {kind}\nmetadata:\n{head}{where}"
        f"roleRef:\n{REF}  kind: {role_kind}\n  name: {role_name}\n"
        f"subjects:\n  - kind: ServiceAccount\n    name: {subject}\n    namespace: {namespace}\n"
    )


def extra(*objects: str) -> Fault:
    return Fault("extra.yaml", "", "---\n".join(objects))


def rule(resources: str, verbs: str, groups: str = '""', more: str = "") -> str:
    return f"{{apiGroups: [{groups}], resources: [{resources}], verbs: [{verbs}]{more}}}"


ALL = rule('"*"', '"*"', '"*"')
SEVEN = rule('"*"', "get, list, watch, create, update, patch, delete", '"*"')
ROLE, CLUSTER = "Role/extra", "ClusterRole/extra"
ONE = ", resourceNames: [shop]"
HOOKS = "validatingwebhookconfigurations"
ADMISSION = "admissionregistration.k8s.io"

FAULTS = {
    "bound-to-cluster-admin": (
        "rbac.cluster-admin-binding",
        extra(bound("ClusterRole/cluster-admin", "ClusterRoleBinding")),
    ),
    "namespace-bound-to-cluster-admin": (
        "rbac.cluster-admin-binding",
        extra(bound("ClusterRole/cluster-admin")),
    ),
    "bound-to-every-verb": (
        "rbac.cluster-admin-binding",
        extra(role(SEVEN, "ClusterRole"), bound(CLUSTER, "ClusterRoleBinding")),
    ),
    "all-by-aggregation": (
        "rbac.cluster-admin-binding",
        extra(
            role(ALL, "ClusterRole").replace("name: extra\n", "name: part\n", 1)
            .replace("labels: {", 'labels: {gather: "yes", ').replace("instance: extra", "instance: part"),
            role("{}", "ClusterRole").replace(
                "rules:\n  - {}\n",
                'aggregationRule:\n  clusterRoleSelectors:\n    - matchLabels: {gather: "yes"}\n',
            ),
            bound(CLUSTER, "ClusterRoleBinding"),
        ),
    ),
    "any-verb": ("rbac.wildcard-rules", Fault(NODES, READS, '    verbs: ["*"]\n')),
    "any-resource": ("rbac.wildcard-rules", Fault(NODES, "resources: [pods]", 'resources: ["*"]')),
    "any-group": ("rbac.wildcard-rules", Fault(NODES, 'apiGroups: [""]', 'apiGroups: ["*"]')),
    "reads-secrets": (
        "rbac.secrets-access", Fault(NODES, "resources: [pods]", "resources: [pods, secrets]"),
    ),
    "reads-secrets-everywhere": (
        "rbac.secrets-access",
        extra(role(rule("secrets", "list"), "ClusterRole"), bound(CLUSTER, "ClusterRoleBinding")),
    ),
    "makes-pods": ("rbac.create-pods", Fault(NODES, READS, "    verbs: [get, create]\n")),
    "makes-cronjobs": (
        "rbac.create-pods", extra(role(rule("cronjobs", "create", "batch")), bound(ROLE)),
    ),
    "exec-role": ("rbac.pod-exec", extra(role(rule("pods/exec", "create")))),
    "attach-by-any-verb": ("rbac.pod-exec", extra(role(rule("pods/attach", '"*"')))),
    "exec-of-every-resource": ("rbac.pod-exec", extra(role(rule('"*/exec"', "get")))),
    "node-proxy": ("rbac.pod-exec", extra(role(rule("nodes/proxy", "create"), "ClusterRole"))),
    "exec-bound": ("rbac.pod-exec-binding", extra(role(rule("pods/exec", "create")), bound(ROLE))),
    "account-bound-to-edit": ("rbac.pod-exec-binding", extra(bound("ClusterRole/edit"))),
    "default-account-bound": (
        "rbac.default-service-account-binding",
        Fault(
            NODES, "subjects:\n  - kind: ServiceAccount\n    name: node-logs",
            "subjects:\n  - kind: ServiceAccount\n    name: default",
        ),
    ),
    "default-account-bound-too": (
        "rbac.default-service-account-binding",
        Fault(
            NODES, "subjects:\n  - kind: ServiceAccount\n",
            "subjects:\n  - {kind: ServiceAccount, name: default}\n  - kind: ServiceAccount\n",
        ),
    ),
    "default-account-token": (
        "rbac.default-service-account-token",
        extra(f"apiVersion: v1\nkind: ServiceAccount\nmetadata:\n{HEAD}  namespace: shop\n"
              .replace("name: extra\n", "name: default\n", 1).replace("instance: extra", "instance: default")),
    ),
    "default-account-token-true": (
        "rbac.default-service-account-token",
        extra("apiVersion: v1\nautomountServiceAccountToken: true\nkind: ServiceAccount\n"
              f"metadata:\n{HEAD}  namespace: shop\n"
              .replace("name: extra\n", "name: default\n", 1).replace("instance: extra", "instance: default")),
    ),
    "impersonates": ("rbac.dangerous-verbs", extra(role(rule("users", "impersonate"), "ClusterRole"))),
    "escalates": (
        "rbac.dangerous-verbs",
        extra(role(rule("clusterroles", "escalate", "rbac.authorization.k8s.io"), "ClusterRole")),
    ),
    "binds-any-role": (
        "rbac.dangerous-verbs", extra(role(rule("roles", "bind", "rbac.authorization.k8s.io"))),
    ),
    "writes-bindings": (
        "rbac.dangerous-verbs", extra(role(rule("rolebindings", "create", "rbac.authorization.k8s.io"))),
    ),
    "writes-webhooks": (
        "rbac.dangerous-verbs", extra(role(rule(HOOKS, "patch", ADMISSION), "ClusterRole")),
    ),
    "approves-certificates": (
        "rbac.dangerous-verbs",
        extra(role(rule("certificatesigningrequests/approval", "update", "certificates.k8s.io"), "ClusterRole")),
    ),
    "writes-service-status": (
        "rbac.dangerous-verbs", extra(role(rule("services/status", "update"))),
    ),
    "role-misspelled": (
        "rbac.role-exists",
        Fault(NODES, "  kind: Role\n  name: node-logs\n", "  kind: Role\n  name: node-log\n"),
    ),
    "role-of-other-kind": (
        "rbac.role-exists",
        Fault(NODES, "  kind: Role\n  name: node-logs\n", "  kind: ClusterRole\n  name: node-logs\n"),
    ),
    "subject-misspelled": (
        "rbac.subject-exists",
        Fault(
            NODES, "subjects:\n  - kind: ServiceAccount\n    name: node-logs",
            "subjects:\n  - kind: ServiceAccount\n    name: node-log",
        ),
    ),
    "subject-of-other-namespace": (
        "rbac.subject-exists",
        Fault(
            NODES, "    name: node-logs\n    namespace: shop\nroleRef", "    name: node-logs\n    namespace: logs\nroleRef"
        ),
    ),
}  # fmt: skip

LOOK_ALIKES = {
    "bound-by-the-cluster": (
        "rbac.cluster-admin-binding",
        extra(bound("ClusterRole/cluster-admin", "ClusterRoleBinding", name="system:masters-of-old")),
    ),
    "all-but-one-verb": (
        "rbac.cluster-admin-binding",
        extra(role(SEVEN.replace(", delete", ""), "ClusterRole"), bound(CLUSTER, "ClusterRoleBinding")),
    ),
    "all-of-one-group": (
        "rbac.cluster-admin-binding",
        extra(role(rule('"*"', '"*"', "apps"), "ClusterRole"), bound(CLUSTER, "ClusterRoleBinding")),
    ),
    "bound-to-what-is-not-here": (
        "rbac.cluster-admin-binding", extra(bound("ClusterRole/elsewhere", "ClusterRoleBinding")),
    ),
    "wildcards-of-the-cluster": (
        "rbac.wildcard-rules",
        extra(role(ALL, "ClusterRole").replace("name: extra\n", "name: system:node-shell\n", 1)),
    ),
    "reads-one-secret": (
        "rbac.secrets-access", extra(role(rule("secrets", "get", more=ONE)), bound(ROLE)),
    ),
    "secrets-of-cluster-admin": ("rbac.secrets-access", extra(bound("ClusterRole/cluster-admin"))),
    "secrets-of-another-group": (
        "rbac.secrets-access", extra(role(rule("secrets", "get", "vault.example")), bound(ROLE)),
    ),
    "reads-pods": ("rbac.create-pods", extra(role(rule("pods", "get, delete")), bound(ROLE))),
    "exec-on-one-pod": ("rbac.pod-exec", extra(role(rule("pods/exec", "create", more=ONE)))),
    "exec-listed": ("rbac.pod-exec", extra(role(rule("pods/exec, pods/attach", "list")))),
    "exec-by-a-wildcard-that-is-none": ("rbac.pod-exec", extra(role(rule('"pods/*"', "create")))),
    "exec-of-admin": (
        "rbac.pod-exec",
        extra(role(rule("pods/exec", "create"), "ClusterRole").replace("name: extra\n", "name: admin\n", 1)),
    ),
    "reads-metrics-of-nodes": ("rbac.pod-exec", extra(role(rule("nodes/proxy", "get"), "ClusterRole"))),
    "people-bound-to-edit": (
        "rbac.pod-exec-binding",
        extra(bound("ClusterRole/edit").replace("kind: ServiceAccount", "kind: Group")
              .replace("    namespace: shop\n", f"  {REF}")),
    ),
    "exec-of-cluster-admin": ("rbac.pod-exec-binding", extra(bound("ClusterRole/cluster-admin"))),
    "exec-of-what-is-not-here": ("rbac.pod-exec-binding", extra(bound("Role/elsewhere"))),
    "user-called-default": (
        "rbac.default-service-account-binding",
        extra(bound("Role/node-logs", subject="default").replace("kind: ServiceAccount", "kind: User")),
    ),
    "webhook-by-name": (
        "rbac.dangerous-verbs", extra(role(rule(HOOKS, "patch", ADMISSION, ONE), "ClusterRole")),
    ),
    "webhooks-read": (
        "rbac.dangerous-verbs", extra(role(rule(HOOKS, "get, list", ADMISSION), "ClusterRole")),
    ),
    "dangers-of-a-wildcard": ("rbac.dangerous-verbs", extra(role(ALL, "ClusterRole"))),
    "role-that-every-cluster-has": ("rbac.role-exists", extra(bound("ClusterRole/view"))),
    "role-of-the-control-plane": (
        "rbac.role-exists", extra(bound("ClusterRole/system:auth-delegator", "ClusterRoleBinding")),
    ),
    "role-of-the-api-server": (
        "rbac.role-exists",
        extra(
            bound("Role/extension-apiserver-authentication-reader").replace(
                "\n  namespace: shop\n", "\n  namespace: kube-system\n", 1
            )
        ),
    ),
    "subject-of-another-release": (
        "rbac.subject-exists", extra(bound("Role/node-logs", subject="prometheus", namespace="monitoring")),
    ),
    "subject-default": ("rbac.subject-exists", extra(bound("Role/node-logs", subject="default"))),
    "other-account-token": (
        "rbac.default-service-account-token",
        extra(f"apiVersion: v1\nkind: ServiceAccount\nmetadata:\n{HEAD}  namespace: shop\n"),
    ),
}  # fmt: skip
