"""Edits by which a container runs as root, or as somebody whom the node knows."""

from tests.checks.seeds.workload_security import CATALOG, NODES, in_context, in_warm, windows
from tests.faults import Fault

ROOT, HIGH = "workload.run-as-non-root", "workload.high-uid-gid"
NAMED = "        runAsNonRoot: true\n        runAsUser: 20005\n        runAsGroup: 20005\n"
POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: other, namespace: shop}}
spec:
  securityContext: {{{}}}
  containers:
    - {{name: other, image: other, securityContext: {{{}}}}}
"""

FAULTS = {
    "user-0": (
        ROOT,
        Fault(CATALOG, "        runAsNonRoot: true\n        runAsUser: 20002", "        runAsUser: 0"),
    ),
    "user-0-against-own-rule": (ROOT, Fault(CATALOG, "runAsUser: 20002", "runAsUser: 0")),
    "user-of-image": (ROOT, Fault(NODES, NAMED, "        runAsGroup: 20005\n")),
    "user-0-of-container": (ROOT, in_context("runAsUser: 0")),
    "user-0-of-init": (ROOT, in_warm("runAsUser: 0, runAsNonRoot: false")),
    "non-root-false": (
        ROOT,
        Fault(NODES, NAMED, "        runAsNonRoot: false\n        runAsGroup: 20005\n"),
    ),
    "user-9999": (HIGH, Fault(CATALOG, "runAsUser: 20002", "runAsUser: 9999")),
    "group-9999": (HIGH, Fault(CATALOG, "runAsGroup: 20002", "runAsGroup: 9999")),
    "group-left-out": (HIGH, Fault(CATALOG, "        runAsGroup: 20002\n", "")),
}

LOOK_ALIKES = {
    "user-without-rule": (ROOT, Fault(CATALOG, "        runAsNonRoot: true\n", "")),
    "user-1": (ROOT, Fault(CATALOG, "runAsUser: 20002", "runAsUser: 1")),
    "rule-without-user": (ROOT, Fault(CATALOG, "        runAsUser: 20002\n", "")),
    "rule-false-user-high": (ROOT, in_context("runAsNonRoot: false")),
    "group-0": (ROOT, Fault(CATALOG, "runAsGroup: 20002", "runAsGroup: 0")),
    "container-over-root-of-pod": (
        ROOT,
        Fault("overridden.yaml", "", POD.format("runAsUser: 0", "runAsUser: 10001")),
    ),
    "root-of-own-users": (
        ROOT,
        Fault("own.yaml", "", POD.format("runAsUser: 0", "").replace("spec:", "spec:\n  hostUsers: false")),
    ),
    "windows-user": (ROOT, windows("user")),
    "user-10000": (HIGH, Fault(CATALOG, "runAsUser: 20002", "runAsUser: 10000")),
    "low-user-of-own-users": (
        HIGH,
        Fault("own.yaml", "", POD.format("runAsUser: 1", "").replace("spec:", "spec:\n  hostUsers: false")),
    ),
    "windows-numbers": (HIGH, windows("numbers", "nodeSelector: {kubernetes.io/os: windows}")),
}
