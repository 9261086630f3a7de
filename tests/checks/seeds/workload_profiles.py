"""Edits that take a container's profiles away."""

from tests.checks.seeds.workload_security import CATALOG, NODES, in_context, windows
from tests.faults import Fault

SECCOMP, HARDENING = "workload.seccomp-profile", "workload.linux-hardening"
OF_POD = "        seccompProfile:\n          type: RuntimeDefault\n"
BARE = """\
apiVersion: v1
kind: Pod
metadata:
  name: bare
  namespace: shop
  annotations: {{{annotation}}}
spec:
  securityContext: {{{pod}}}
  containers:
    - {{name: bare, image: bare, securityContext: {{{container}}}}}
"""


def bare(annotation: str = "", pod: str = "", container: str = "") -> Fault:
    """A pod with nothing but what is named."""
    return Fault("bare.yaml", "", BARE.format(annotation=annotation, pod=pod, container=container))


def unconfined(text: str) -> Fault:
    """A container without seccomp profile, and with other capabilities."""
    capabilities = "capabilities:\n              drop: [ALL]"
    return Fault(NODES, capabilities, f"seccompProfile: {{type: Unconfined}}\n            {text}")


FAULTS = {
    "no-seccomp": (SECCOMP, Fault(CATALOG, OF_POD, "")),
    "seccomp-unconfined": (SECCOMP, Fault(NODES, "type: RuntimeDefault\n", "type: Unconfined\n")),
    "seccomp-unconfined-in-container": (SECCOMP, in_context("seccompProfile: {type: Unconfined}")),
    "nothing-hardened": (HARDENING, unconfined("capabilities: {drop: []}")),
    "apparmor-unconfined": (
        HARDENING,
        unconfined("appArmorProfile: {type: Unconfined}\n            capabilities: {add: [CHOWN]}"),
    ),
    "drops-and-adds-all": (HARDENING, unconfined("capabilities: {drop: [NET_RAW], add: [ALL]}")),
}

LOOK_ALIKES = {
    "seccomp-localhost": (
        SECCOMP,
        Fault(NODES, "type: RuntimeDefault\n", "type: Localhost\n          localhostProfile: logs.json\n"),
    ),
    "seccomp-of-container": (
        SECCOMP,
        bare(pod="seccompProfile: {type: Unconfined}", container="seccompProfile: {type: RuntimeDefault}"),
    ),
    "windows-seccomp": (SECCOMP, windows("seccomp")),
    "apparmor-annotation": (
        HARDENING,
        bare(annotation="container.apparmor.security.beta.kubernetes.io/bare: runtime/default"),
    ),
    "apparmor-field": (HARDENING, bare(pod="appArmorProfile: {type: RuntimeDefault}")),
    "selinux-options": (HARDENING, bare(container="seLinuxOptions: {level: 's0:c1,c2'}")),
    "one-capability-dropped": (HARDENING, bare(container="capabilities: {drop: [NET_RAW]}")),
    "windows-hardening": (HARDENING, windows("hardening")),
}
