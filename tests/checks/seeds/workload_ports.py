"""Edits of the ports of containers, and of git-sync beside them."""

from tests.checks.seeds.workload_security import CATALOG, in_container
from tests.faults import Fault

SSH, LOW, GIT = "workload.ssh-port", "workload.privileged-ports", "workload.git-sync-args"
PORT = "            - name: https\n              containerPort: 8443\n"


def port(text: str) -> Fault:
    return Fault(CATALOG, PORT, f"{PORT}            - {{{text}}}\n")


def git_sync(text: str) -> Fault:
    image = "image: registry.shop.example/catalog:"
    return Fault(CATALOG, image, f"{text}\n          image: registry.k8s.io/git-sync/git-sync:")


FAULTS = {
    "ssh": (SSH, port("containerPort: 22")),
    "ssh-tcp": (SSH, port("containerPort: 22, protocol: TCP")),
    "port-1023": (LOW, port("containerPort: 1023")),
    "port-1-udp": (LOW, port("containerPort: 1, protocol: UDP")),
    "git-variable": (GIT, in_container("env: [{name: GITSYNC_GIT, value: /tmp/git}]")),
    "git-flag": (GIT, git_sync("args: ['--repo=https://git.example/site', '--git=/tmp/git']")),
    "git-flag-of-version-3": (GIT, git_sync("command: [/git-sync, -git, /tmp/git]")),
}

LOOK_ALIKES = {
    "port-22-udp": (SSH, port("containerPort: 22, protocol: UDP")),
    "port-2222": (SSH, port("containerPort: 2222")),
    "port-1024": (LOW, port("containerPort: 1024")),
    "git-sync-as-it-is": (GIT, git_sync("args: ['--repo=https://git.example/site', '--git-config=a:b']")),
    "other-program-with-git": (GIT, in_container("args: ['--git=/usr/bin/git']")),
}
