"""What a pod shares with its node: names of processes, networks and kernel parameters."""

from readiness.api import FieldRule, Unknown
from readiness.evidence.effective import Value, items, text, whole
from readiness.evidence.manifests import Container, PodTemplate
from readiness.rule import left_out, not_true

# Those that kubelets set without being told to, with the version that made them safe.
SAFE_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ip_local_reserved_ports",  # 1.27
        "net.ipv4.tcp_keepalive_time",  # 1.29, and the next three
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_rmem",  # 1.32, and the next
        "net.ipv4.tcp_wmem",
    }
)


def _unsafe_sysctls(template: PodTemplate) -> list[Value[str]]:
    found = []
    for index, entry in enumerate(items(template.body, template.at, "securityContext", "sysctls")):
        at = template.at.at("securityContext", "sysctls", index)
        name = text(entry, at, "name")
        if name is not None and name.value.replace("/", ".") not in SAFE_SYSCTLS:
            found.append(name)
    return found


def _host_ports(container: Container) -> list[Value[int]]:
    found = []
    for index, entry in enumerate(items(container.body, container.at, "ports")):
        if type(entry) is dict and entry.get("hostPort") is None:
            continue
        port = whole(entry, container.at.at("ports", index), "hostPort")
        if port is not None and port.value != 0:
            found.append(port)
    return found


def _own_network(container: Container) -> bool:
    return not container.workload.host_network


def _host_process(container: Container) -> Value[bool] | None:
    found = container.windows_option("hostProcess")
    if found is not None and not isinstance(found.value, bool):
        raise Unknown(f"hostProcess is {found.value!r:.60} where true or false is expected", found.at)
    return found


HOST_PID = FieldRule(
    "host-pid",
    PodTemplate,
    "hostPID",
    expects=bool,
    holds=not_true,
    says="sees the processes of its node (hostPID)",
    fix="remove hostPID from the pod's spec",
    doc="""No pod sees the processes of its node.

    It reads their environment, with the passwords that stand there, and as root it stops them or steps
    into their file systems through /proc.

    Severity: error error error warning

    Source:
        Kubernetes, Pod Security Standards, baseline: Host Namespaces.

    Peers:
        kube-linter/host-pid: the same
        polaris/hostPIDSet: the same
        checkov/CKV_K8S_17: the same
    """,
)

HOST_IPC = FieldRule(
    "host-ipc",
    PodTemplate,
    "hostIPC",
    expects=bool,
    holds=not_true,
    says="shares the memory segments of its node (hostIPC)",
    fix="remove hostIPC from the pod's spec",
    doc="""No pod shares memory segments, semaphores and queues with its node.

    It reads and writes what the node's programs, and other pods like it, keep there.

    Severity: error error error warning

    Source:
        Kubernetes, Pod Security Standards, baseline: Host Namespaces.

    Peers:
        kube-linter/host-ipc: the same
        polaris/hostIPCSet: the same
        checkov/CKV_K8S_18: the same
    """,
)

HOST_NETWORK = FieldRule(
    "host-network",
    PodTemplate,
    "hostNetwork",
    expects=bool,
    holds=not_true,
    says="is in the network of its node (hostNetwork)",
    fix="remove hostNetwork from the pod's spec, and reach the pod through a Service",
    doc="""No pod is in the network of its node.

    No NetworkPolicy holds for it, it reaches what listens on the node's own address (the kubelet, the
    cloud's credentials), it can listen to the traffic of others, and two such pods with one port can't run
    on one node.

    Severity: error error error warning

    Source:
        Kubernetes, Pod Security Standards, baseline: Host Namespaces.

    Peers:
        kube-linter/host-network: the same
        polaris/hostNetworkSet: the same
        checkov/CKV_K8S_19: the same
    """,
)

HOST_PORT = FieldRule(
    "host-port",
    Container,
    _host_ports,
    holds=left_out,
    several=True,
    says="takes port {value} of its node",
    fix="remove hostPort {value} from the ports of container {part}, and reach it through a Service",
    only=_own_network,
    doc="""No container takes a port of its node.

    A node has each port once: the second pod of a roll-out, and every replica above the number of nodes,
    stays pending. And who reaches the node reaches the container, past Services.

    Silent on:
        hostPort: 0, which is none;
        pods in the node's network, whose ports are the node's anyway (`workload.host-network`).

    Severity: warning warning warning note

    Source:
        Kubernetes, Pod Security Standards, baseline: Host Ports; core/v1 ContainerPort.hostPort.

    Peers:
        polaris/hostPortSet: also reports pods in the node's network
        checkov/CKV_K8S_26: also reports 0
    """,
)

HOST_PROCESS = FieldRule(
    "host-process",
    Container,
    _host_process,
    holds=not_true,
    says="runs as a process of its Windows node (hostProcess)",
    fix="remove securityContext.windowsOptions.hostProcess from container {part} and from its pod",
    doc="""No container runs as a process of its Windows node.

    Such a container is none: it has the node's files, devices and network, with the rights of the account
    that it names. The container's own value wins over the pod's.

    Severity: error error error warning

    Source:
        Kubernetes, Pod Security Standards, baseline: HostProcess.

    Peers:
        polaris/hostProcess: does not look at init containers
    """,
)

UNSAFE_SYSCTLS = FieldRule(
    "unsafe-sysctls",
    PodTemplate,
    _unsafe_sysctls,
    holds=left_out,
    several=True,
    says="sets {value}, which is no safe sysctl",
    fix="remove {value} from securityContext.sysctls of the pod, or set it on the nodes that are meant",
    doc="""No pod sets kernel parameters that are unsafe to set for one pod.

    A kubelet that is not told to allow it refuses the pod after it was placed (SysctlForbidden), on each
    node again; one that is told lets the pod take memory or change limits at the cost of the whole node.

    Silent on:
        the sysctls that Kubernetes itself calls safe, spelled with dots or with slashes.

    Severity: error error error warning

    Source:
        Kubernetes documentation, Using sysctls in a Kubernetes Cluster: safe and unsafe sysctls;
        Pod Security Standards, baseline: Sysctls.

    Peers:
        kube-linter/unsafe-sysctls: some prefixes, so that net.ipv4.tcp_syncookies is reported and
            vm.max_map_count is not
    """,
)

RULES = (HOST_PID, HOST_IPC, HOST_NETWORK, HOST_PORT, HOST_PROCESS, UNSAFE_SYSCTLS)
