"""Edits by which a pod sees files of its node."""

from tests.checks.seeds.workload_security import NODES, WARM
from tests.faults import Fault

LAST = "            httpGet: {path: /, port: health}\n            periodSeconds: 10\n"
MOUNT = """\
          volumeMounts:
            - {mount}
      volumes:
        - name: node
          hostPath: {{path: {path}}}
"""
READ = "{name: node, mountPath: /node, readOnly: true}"
WRITE = "{name: node, mountPath: /node}"
INIT = f"""\
      initContainers:
        - name: warm
          image: registry.shop.example/warm:1.4.2@sha256:{"1" * 64}
          imagePullPolicy: Always
          resources:
            requests: {{cpu: 100m, memory: 64Mi, ephemeral-storage: 32Mi}}
            limits: {{cpu: 100m, memory: 64Mi, ephemeral-storage: 32Mi}}
          securityContext: {{{WARM}}}
"""
ELSEWHERE = "{name: other, mountPath: /node}"


def mounted(path: str, mount: str = READ, before: str = "") -> Fault:
    """A path of the node, and a mount of a container, of the collector or of one `before` it."""
    return Fault(NODES, LAST, LAST + before + MOUNT.format(path=path, mount=mount))


HOST_PATH, SENSITIVE = "workload.host-path", "workload.sensitive-host-mounts"
SOCKET, WRITABLE = "workload.docker-socket", "workload.writable-host-mount"

FAULTS = {
    "host-path": (HOST_PATH, mounted("/var/log/pods")),
    "host-path-of-nobody": (HOST_PATH, mounted("/var/log/pods", ELSEWHERE)),
    "mounts-etc": (SENSITIVE, mounted("/etc")),
    "mounts-etc-with-slash": (SENSITIVE, mounted("/etc/")),
    "mounts-proc-in-init": (SENSITIVE, mounted("/proc", before=INIT)),
    "mounts-part-of-root": (
        SENSITIVE,
        mounted("/", "{name: node, mountPath: /n, subPath: etc, readOnly: true}"),
    ),
    "mounts-docker": (SOCKET, mounted("/var/run/docker.sock")),
    "mounts-containerd": (SOCKET, mounted("/run/k3s/containerd/containerd.sock")),
    "mounts-run": (SOCKET, mounted("/var/run")),
    "writes-to-node": (WRITABLE, mounted("/var/cache/agent", WRITE)),
    "writes-said-outright": (
        WRITABLE,
        mounted("/var/cache/agent", "{name: node, mountPath: /n, readOnly: false}"),
    ),
}

LOOK_ALIKES = {
    "empty-dir": (
        HOST_PATH,
        Fault(
            "catalog.yaml",
            "        - name: password\n          secret",
            "        - name: more\n          emptyDir: {}\n        - name: password\n          secret",
        ),
    ),
    "mounts-below-etc": (SENSITIVE, mounted("/etc/ssl")),
    "etc-of-nobody": (SENSITIVE, mounted("/etc", ELSEWHERE)),
    "folder-below-root": (SENSITIVE, mounted("/", "{name: node, mountPath: /n, subPath: var/log}")),
    "mounts-root": (SOCKET, mounted("/")),
    "docker-of-nobody": (SOCKET, mounted("/var/run/docker.sock", ELSEWHERE)),
    "own-folder-in-run": (SOCKET, mounted("/var/run/agent")),
    "reads-from-node": (WRITABLE, mounted("/var/cache/agent")),
    "writable-of-nobody": (WRITABLE, mounted("/var/cache/agent", ELSEWHERE)),
}
