"""Edits that give a container more rights than it needs."""

from tests.faults import Fault

WEB, CATALOG, BATCH, NODES = "web.yaml", "catalog.yaml", "batch.yaml", "nodes.yaml"
ESCALATION = "            allowPrivilegeEscalation: false\n"
WARM = "allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}"

WINDOWS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: fleet, namespace: shop}
spec:
  selector:
    matchLabels: {app.kubernetes.io/name: fleet}
  template:
    metadata:
      labels: {app.kubernetes.io/name: fleet}
    spec:
      os: {name: windows}
      securityContext:
        windowsOptions: {runAsUserName: ContainerUser}
      containers:
        - name: fleet
          image: registry.shop.example/fleet:1.0.0
"""


def in_context(text: str) -> Fault:
    """Something more in the security context of a container."""
    return Fault(CATALOG, "readOnlyRootFilesystem: true", f"readOnlyRootFilesystem: true\n            {text}")


def in_warm(text: str) -> Fault:
    """Something more in the security context of an init container."""
    return Fault(WEB, WARM, f"{WARM}, {text}")


def in_pod(text: str) -> Fault:
    """Something more in the spec of a pod."""
    account = "      serviceAccountName: node-logs\n"
    return Fault(NODES, account, f"{account}      {text}\n")


def in_container(text: str) -> Fault:
    """Something more in a container."""
    name = "        - name: catalog\n          image"
    return Fault(CATALOG, name, name.replace("\n", f"\n          {text}\n"))


def windows(name: str, text: str = "") -> Fault:
    """A pod on Windows beside the others."""
    return Fault(f"{name}.yaml", "", WINDOWS.replace("os: {name: windows}", text or "os: {name: windows}"))


FAULTS = {
    "root-fs-writable": (
        "workload.read-only-root-fs",
        Fault(CATALOG, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
    ),
    "init-root-fs-left-out": (
        "workload.read-only-root-fs",
        Fault(WEB, ", readOnlyRootFilesystem: true, ", ", "),
    ),
    "privileged": (
        "workload.privileged",
        Fault(
            CATALOG,
            "readOnlyRootFilesystem: true",
            "readOnlyRootFilesystem: true\n            privileged: true",
        ),
    ),
    "init-privileged": ("workload.privileged", Fault(WEB, WARM, WARM + ", privileged: true")),
    "escalation-allowed": (
        "workload.privilege-escalation",
        Fault(CATALOG, "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true"),
    ),
    "escalation-left-out": ("workload.privilege-escalation", Fault(CATALOG, ESCALATION, "")),
    "escalation-by-privileged": (
        "workload.privilege-escalation",
        Fault(NODES, "allowPrivilegeEscalation: false", "privileged: true"),
    ),
    "escalation-by-capability": (
        "workload.privilege-escalation",
        Fault(NODES, "drop: [ALL]", "drop: [ALL]\n              add: [CAP_SYS_ADMIN]"),
    ),
    "proc-unmasked": ("workload.proc-mount", in_context("procMount: Unmasked")),
    "init-proc-unmasked": ("workload.proc-mount", in_warm("procMount: Unmasked")),
    "no-context-of-container": (
        "workload.security-context-set",
        Fault(WEB, f"          securityContext: {{{WARM}}}\n", ""),
    ),
    "empty-context-of-container": (
        "workload.security-context-set",
        Fault(WEB, f"securityContext: {{{WARM}}}", "securityContext: {}"),
    ),
    "no-context-of-pod": (
        "workload.security-context-set",
        Fault(
            NODES,
            "      securityContext:\n        runAsNonRoot: true\n        runAsUser: 20005\n        runAsGroup: 20005\n"
            "        seccompProfile:\n          type: RuntimeDefault\n",
            "",
        ),
    ),
}

LOOK_ALIKES = {
    "privileged-false": (
        "workload.privileged",
        Fault(
            CATALOG,
            "readOnlyRootFilesystem: true",
            "readOnlyRootFilesystem: true\n            privileged: false",
        ),
    ),
    "windows-root-fs": ("workload.read-only-root-fs", windows("root-fs")),
    "windows-escalation-left-out": ("workload.privilege-escalation", windows("escalation")),
    "escalation-with-other-capability": (
        "workload.privilege-escalation",
        Fault(CATALOG, "drop: [ALL]", "drop: [ALL]\n              add: [NET_BIND_SERVICE]"),
    ),
    "proc-default": ("workload.proc-mount", in_context("procMount: Default")),
    "proc-unmasked-for-own-users": (
        "workload.proc-mount",
        Fault(
            "nested.yaml",
            "",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: nested}\nspec:\n  hostUsers: false\n  containers:\n"
            "    - {name: build, image: build, securityContext: {procMount: Unmasked}}\n",
        ),
    ),
    "one-field-in-context": (
        "workload.security-context-set",
        Fault(WEB, f"securityContext: {{{WARM}}}", "securityContext: {runAsNonRoot: true}"),
    ),
}
