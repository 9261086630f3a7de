"""Edits that let a pod share something with its node."""

from tests.checks.seeds.workload_security import BATCH, CATALOG, NODES, WINDOWS, in_context, in_pod
from tests.faults import Fault

JOB = "          serviceAccountName: reindex\n"  # of the CronJob
USER = "        runAsUser: 20005\n"  # of the pod
PORT = "              containerPort: 8443\n"


def in_job(text: str) -> Fault:
    return Fault(BATCH, JOB, f"{JOB}          {text}\n")


def sysctl(*names: str) -> Fault:
    group = "        fsGroup: 20002\n"
    listed = "".join(f"          - {{name: {name}, value: '1'}}\n" for name in names)
    return Fault(CATALOG, group, f"{group}        sysctls:\n{listed}")


def host_process(pod: str, container: str = "") -> Fault:
    text = WINDOWS.replace("runAsUserName: ContainerUser", pod)
    if container:
        text += f"          securityContext: {{windowsOptions: {{{container}}}}}\n"
    return Fault("fleet.yaml", "", text)


FAULTS = {
    "host-pid": ("workload.host-pid", in_pod("hostPID: true")),
    "host-pid-of-cronjob": ("workload.host-pid", in_job("hostPID: true")),
    "host-ipc": ("workload.host-ipc", in_pod("hostIPC: true")),
    "host-ipc-of-cronjob": ("workload.host-ipc", in_job("hostIPC: true")),
    "host-network": ("workload.host-network", in_pod("hostNetwork: true")),
    "host-network-of-cronjob": ("workload.host-network", in_job("hostNetwork: true")),
    "host-port": ("workload.host-port", Fault(CATALOG, PORT, PORT + "              hostPort: 8443\n")),
    "host-port-1": ("workload.host-port", Fault(CATALOG, PORT, PORT + "              hostPort: 1\n")),
    "host-process-of-pod": (
        "workload.host-process",
        Fault(NODES, USER, f"{USER}        windowsOptions: {{hostProcess: true}}\n"),
    ),
    "host-process-of-container": (
        "workload.host-process",
        in_context("windowsOptions: {hostProcess: true}"),
    ),
    "sysctl-unsafe": ("workload.unsafe-sysctls", sysctl("net.core.somaxconn")),
    "sysctl-of-node": ("workload.unsafe-sysctls", sysctl("vm.max_map_count", "net.ipv4.tcp_syncookies")),
}

LOOK_ALIKES = {
    "host-pid-false": ("workload.host-pid", in_pod("hostPID: false")),
    "host-ipc-false": ("workload.host-ipc", in_pod("hostIPC: false")),
    "host-network-false": ("workload.host-network", in_pod("hostNetwork: false")),
    "host-port-0": ("workload.host-port", Fault(CATALOG, PORT, PORT + "              hostPort: 0\n")),
    "host-port-in-host-network": (
        "workload.host-port",
        Fault(
            "edge.yaml",
            "",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: edge}\nspec:\n  hostNetwork: true\n  containers:\n"
            "    - {name: edge, image: edge, ports: [{containerPort: 80, hostPort: 80}]}\n",
        ),
    ),
    "host-process-false": ("workload.host-process", in_context("windowsOptions: {hostProcess: false}")),
    "host-process-overridden": (
        "workload.host-process",
        host_process("hostProcess: true", "hostProcess: false"),
    ),
    "sysctls-safe": ("workload.unsafe-sysctls", sysctl("net.ipv4.tcp_syncookies", "net.ipv4.tcp_rmem")),
    "sysctl-with-slashes": ("workload.unsafe-sysctls", sysctl("net/ipv4/ip_unprivileged_port_start")),
}
