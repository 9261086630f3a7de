"""Which files of its node a pod sees."""

from readiness.api import FieldRule
from readiness.evidence.effective import Value
from readiness.evidence.manifests import Container, PodTemplate
from readiness.rule import left_out

SENSITIVE = frozenset({"/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr"})
SOCKETS = ("docker.sock", "containerd.sock", "crio.sock")
SOCKET_FOLDERS = frozenset(
    run + below for run in ("/run", "/var/run") for below in ("", "/containerd", "/crio", "/k3s/containerd")
)


def _volumes(template: PodTemplate) -> list[Value[str]]:
    return list(template.workload.host_paths.values())


def _sensitive(container: Container) -> list[Value[str]]:
    return [path for path, _ in container.host_mounts if path.value in SENSITIVE]


def _sockets(container: Container) -> list[Value[str]]:
    return [
        path
        for path, _ in container.host_mounts
        if path.value.endswith(SOCKETS) or path.value in SOCKET_FOLDERS
    ]


def _writable(container: Container) -> list[Value[str]]:
    return [path for path, writable in container.host_mounts if writable]


HOST_PATH = FieldRule(
    "host-path",
    PodTemplate,
    _volumes,
    holds=left_out,
    several=True,
    says="has a volume that is {value} of its node",
    fix="keep what stands in {value} in a PersistentVolumeClaim, a ConfigMap or an emptyDir",
    doc="""No pod has a volume that is a path of its node.

    What it writes there stays behind when the pod moves and is not there where it moves to; two pods of one
    node write over each other; and a path of the node is a way into the node.

    Severity: warning warning warning note

    Source:
        Kubernetes, Pod Security Standards, baseline: HostPath Volumes.

    Peers:
        polaris/hostPathSet: the same
    """,
)

SENSITIVE_HOST_MOUNTS = FieldRule(
    "sensitive-host-mounts",
    Container,
    _sensitive,
    holds=left_out,
    several=True,
    says="sees {value} of its node",
    fix="mount no more of {value} than the one folder that container {part} needs, with readOnly: true",
    doc="""No container sees the folders from which its node runs.

    In /etc stand the node's keys and accounts, in /dev its disks, in /proc and /sys the switches of its
    kernel: who can read there learns enough, who can write there owns the node. A `subPath` counts, as does a
    slash too many.

    Silent on:
        a volume that no container mounts; a folder below these.

    Severity: error error error warning

    Source:
        NSA/CISA Kubernetes Hardening Guide; Kubernetes documentation, Volumes: hostPath.

    Peers:
        kube-linter/sensitive-host-mounts: passes /etc/, with a slash at the end
    """,
)

DOCKER_SOCKET = FieldRule(
    "docker-socket",
    Container,
    _sockets,
    holds=left_out,
    several=True,
    says="reaches the container runtime of its node through {value}",
    fix="remove the mount of {value} from container {part}; build images with a builder that needs no daemon",
    doc="""No container reaches the container runtime of its node.

    Who can talk to the socket of Docker, containerd or CRI-O starts privileged containers, enters all others
    and is root on the node; readOnly does not keep anybody from talking to it. The folder in which it stands
    (/run, /var/run) brings it along.

    Silent on:
        a volume that no container mounts;
        / as a whole, which `workload.sensitive-host-mounts` reports.

    Severity: error error error warning

    Source:
        CIS Docker Benchmark, 5.32: the Docker socket is not mounted inside any containers.

    Peers:
        kube-linter/docker-sock: docker.sock only
        checkov/CKV_K8S_27: /var/run/docker.sock only, mounted or not
    """,
)

WRITABLE_HOST_MOUNT = FieldRule(
    "writable-host-mount",
    Container,
    _writable,
    holds=left_out,
    several=True,
    says="can write to {value} of its node",
    fix="set readOnly to true on the mount of {value} in container {part}",
    doc="""No container writes to a path of its node.

    What it writes there other pods and the node itself read, it survives the pod, and nothing bounds it
    before the node's disk is full.

    Silent on:
        a mount with readOnly: true; a volume that no container mounts.

    Severity: warning warning warning note

    Source:
        Kubernetes documentation, Volumes: hostPath; core/v1 VolumeMount.readOnly.

    Peers:
        kube-linter/writable-host-mount: the same
    """,
)

RULES = (HOST_PATH, SENSITIVE_HOST_MOUNTS, DOCKER_SOCKET, WRITABLE_HOST_MOUNT)
