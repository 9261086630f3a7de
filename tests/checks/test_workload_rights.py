"""Rights of containers: which value holds at run time, one case a row."""

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from readiness_checks.object import legacy, openshift
from readiness_checks.workload import capabilities, git_sync, host, mounts, ports, profiles, security, users

from readiness.checklist import Checklist, Item
from readiness.evaluate import evaluate
from readiness.outcome import Finding, Result
from readiness.pipeline import Request, judge
from readiness.signature import Check
from readiness.tree import TextTree
from tests.checks.test_malformed_objects import WRONG, places, put
from tests.faults import AS_OF, write

MODULES = (security, users, capabilities, profiles, host, mounts, ports, git_sync)
CHECKS = [Check("workload", rule) for module in MODULES for rule in module.RULES] + [
    Check("object", rule) for module in (legacy, openshift) for rule in module.RULES
]


def results(*found: dict[str, Any], check: str = "") -> list[tuple[str, Result]]:
    """What the checks, or one of them, say of objects."""
    checks = [one for one in CHECKS if check in ("", one.id)]
    texts = {f"deploy/{index}.json": json.dumps(one).encode() for index, one in enumerate(found)}
    checklist = Checklist()._replace(items=tuple(Item(one.id, "check", one.id) for one in checks))
    checklist = checklist._replace(service=checklist.service._replace(tier=1))
    known = {one.id: one for one in checks}
    done = evaluate(checklist, known, {"repository": TextTree("repository", texts)}, date(2026, 11, 24))
    return [(one.check, result) for one in done.outcomes for result in one.results]


def findings(check: str, pod: str, container: str = "", kind: str = "Pod") -> list[Finding]:
    """What a check finds in an object whose pod has one container."""
    spec = {
        **(yaml.safe_load(f"{{{pod}}}")),
        "containers": [{"name": "api", **yaml.safe_load(f"{{{container}}}")}],
    }
    body: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "api"}, "spec": spec}
    if kind == "CronJob":
        template = {"jobTemplate": {"spec": {"template": {"spec": spec}}}}
        body = {"apiVersion": "batch/v1", "kind": kind, "metadata": {"name": "api"}, "spec": template}
    if kind == "List":
        body = {"apiVersion": "v1", "kind": "List", "items": [body]}
    if kind == "Service":  # Knative's
        body = {
            **body,
            "apiVersion": "serving.knative.dev/v1",
            "kind": kind,
            "spec": {"template": {"spec": spec}},
        }
    assert f"workload.{check}" in {one.id for one in CHECKS}
    found = results(body, check=f"workload.{check}")
    assert {result.status for _, result in found} <= {"pass", "fail"}
    return [finding for _, result in found for finding in result.findings]


def context(text: str) -> str:
    return f"securityContext: {{{text}}}"


RIGHT, ROOT, NOBODY = "run-as-non-root", "runs as user 0", "runs as the user of its image, who may be root"


@pytest.mark.parametrize(
    ("pod", "container", "says"),
    [
        ("", "", NOBODY),
        ("runAsUser: 0", "", ROOT),
        ("runAsUser: 5", "", ""),
        ("runAsNonRoot: true", "", ""),
        ("runAsNonRoot: false", "", NOBODY),
        ("runAsNonRoot: true", "runAsNonRoot: false", NOBODY),
        ("runAsNonRoot: false", "runAsNonRoot: true", ""),
        ("runAsUser: 0", "runAsUser: 5", ""),
        ("runAsUser: 5", "runAsUser: 0", ROOT),
        ("runAsUser: 5, runAsNonRoot: false", "", ""),
        ("runAsNonRoot: true", "runAsUser: 0", f"{ROOT}, against its own runAsNonRoot, so that it never starts"),
        ("runAsUser: 0", "runAsNonRoot: true", f"{ROOT}, against its own runAsNonRoot, so that it never starts"),
        ("runAsUser: 5.0", "", ""),
        ("runAsUser: null", "runAsNonRoot: null", NOBODY),
        ("runAsUser: 5, runAsGroup: 0", "", ""),
    ],
)  # fmt: skip
def test_the_user_is_the_containers_else_the_pods(pod: str, container: str, says: str) -> None:
    found = findings(RIGHT, context(pod), context(container))
    assert [one.message for one in found] == ([f"api: container api {says}"] if says else [])


@pytest.mark.parametrize(
    ("user", "found"), [("ContainerAdministrator", 1), ("containeradministrator", 1), ("ContainerUser", 0)]
)
def test_a_user_on_windows_has_a_name(user: str, found: int) -> None:
    pod = f"os: {{name: windows}}, securityContext: {{windowsOptions: {{runAsUserName: {user}}}}}"
    assert len(findings(RIGHT, pod)) == found


@pytest.mark.parametrize("kind", ["Pod", "CronJob", "List", "Service"])
def test_pods_of_every_kind_are_looked_at(kind: str) -> None:
    assert len(findings("privileged", "", context("privileged: true"), kind)) == 1
    assert len(findings("host-pid", "hostPID: true", "", kind)) == 1
    assert findings("host-pid", "hostPID: false", "", kind) == []


@pytest.mark.parametrize(
    ("container", "says", "at_most", "edits"),
    [
        ("allowPrivilegeEscalation: false", "", None, 0),
        ("", "leaves allowPrivilegeEscalation out", "warning", 1),
        ("allowPrivilegeEscalation: null", "leaves allowPrivilegeEscalation out", "warning", 1),
        ("allowPrivilegeEscalation: true", "sets allowPrivilegeEscalation to true", None, 1),
        ("privileged: true", "is privileged", None, 0),
        ("privileged: true, allowPrivilegeEscalation: false", "is privileged", None, 0),
        ("capabilities: {add: [sys_admin]}", "adds SYS_ADMIN", None, 0),
        ("allowPrivilegeEscalation: false, capabilities: {add: [CAP_SYS_ADMIN]}", "adds SYS_ADMIN", None, 0),
        ("allowPrivilegeEscalation: false, capabilities: {add: [NET_ADMIN]}", "", None, 0),
    ],
)
def test_escalation_that_is_left_out_is_milder(
    container: str, says: str, at_most: str | None, edits: int
) -> None:
    found = findings("privilege-escalation", context("allowPrivilegeEscalation: false"), context(container))
    assert [(one.message.partition("it ")[2], one.at_most, len(one.edits)) for one in found] == (
        [(says, at_most, edits)] if says else []
    )


@pytest.mark.parametrize(
    ("pod", "container", "says"),
    [
        ("", "", "without a seccomp profile"),
        ("type: RuntimeDefault", "", ""),
        ("type: Localhost, localhostProfile: a.json", "", ""),
        ("type: Unconfined", "", "with seccomp profile Unconfined"),
        ("type: RuntimeDefault", "type: Unconfined", "with seccomp profile Unconfined"),
        ("type: Unconfined", "type: RuntimeDefault", ""),
        ("type: null", "", "without a seccomp profile"),
    ],
)
def test_the_containers_profile_wins(pod: str, container: str, says: str) -> None:
    own = context(f"seccompProfile: {{{container}}}") if container else ""
    found = findings("seccomp-profile", context(f"seccompProfile: {{{pod}}}") if pod else "", own)
    assert [one.message for one in found] == ([f"api: container api runs {says}"] if says else [])


@pytest.mark.parametrize(
    ("capabilities", "net_raw", "all_"),
    [
        ("", 1, 1),
        ("drop: [ALL]", 0, 0),
        ("drop: [All]", 0, 0),
        ("drop: [NET_RAW]", 0, 1),
        ("drop: [cap_net_raw]", 0, 1),
        ("drop: [CHOWN]", 1, 1),
        ("drop: [ALL], add: [NET_RAW]", 1, 0),
        ("add: [NET_RAW]", 1, 1),
        ("drop: null, add: null", 1, 1),
    ],
)
def test_capabilities_that_are_kept(capabilities: str, net_raw: int, all_: int) -> None:
    own = context(f"capabilities: {{{capabilities}}}")
    pod = context("capabilities: {drop: [ALL]}")  # no such field: nothing is inherited
    assert len(findings("drop-net-raw", pod, own)) == net_raw
    assert len(findings("drop-all-capabilities", pod, own)) == all_


@pytest.mark.parametrize(
    ("path", "mount", "sensitive", "socket", "writable"),
    [
        ("/etc", "readOnly: true", 1, 0, 0),
        ("//etc//", "readOnly: true", 1, 0, 0),
        ("/", "subPath: var/../etc", 0, 0, 1),  # the API refuses it
        ("/", "subPath: proc", 1, 0, 1),
        ("/", "subPathExpr: $(NODE)", 0, 0, 1),
        ("/etcetera", "readOnly: true", 0, 0, 0),
        ("/run", "readOnly: true", 0, 1, 0),
        ("/", "subPath: run/containerd/containerd.sock", 0, 1, 1),
        ("/var/run/docker.sock", "readOnly: false", 0, 1, 1),
        ("/var/run/crio/crio.sock", "readOnly: true", 0, 1, 0),
        ("/var/lib/docker.sock.d", "readOnly: true", 0, 0, 0),
        ("/etc", "", 1, 0, 1),
    ],
)
def test_what_a_mount_brings_in(path: str, mount: str, sensitive: int, socket: int, writable: int) -> None:
    pod = f"volumes: [{{name: v, hostPath: {{path: {path}}}}}, {{name: w, emptyDir: {{}}}}]"
    mounts = f"volumeMounts: [{{name: v, mountPath: /v, {mount}}}, {{name: w, mountPath: /w}}]"
    assert len(findings("sensitive-host-mounts", pod, mounts)) == sensitive
    assert len(findings("docker-socket", pod, mounts)) == socket
    assert len(findings("writable-host-mount", pod, mounts)) == writable
    assert [one.key for one in findings("host-path", pod, mounts)] == ["/" + path.strip("/")]


def test_an_accepted_thing_does_not_hide_the_next() -> None:
    ports = "ports: [{containerPort: 80}, {containerPort: 443}, {containerPort: 443, protocol: UDP}]"
    found = findings("privileged-ports", "", ports)
    assert [(one.key, one.message.partition("listens ")[2]) for one in found] == [
        ("443", "on port 443, below 1024"),
        ("80", "on port 80, below 1024"),
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{kind: Service, spec: {selector: {app: helm, name: tiller}}}", "Tiller of Helm 2"),
        ("{kind: Service, metadata: {name: o, labels: {k8s-app: kubernetes-dashboard}}}", "the Kubernetes dashboard"),
        ("{kind: Pod, spec: {containers: [{image: gcr.io/helm/tiller@sha256:0}]}}", "Tiller of Helm 2"),
        ("{kind: Pod, spec: {initContainers: [{image: 'kubernetesui/dashboard:v2'}]}}", "the Kubernetes dashboard"),
        ("{kind: Pod, spec: {containers: [{image: 'r:5000/kubernetes-dashboard-amd64:1'}]}}", "the Kubernetes dashboard"),
        ("{kind: Pod, spec: {containers: [{image: 'tiller-report:1'}]}}", ""),
        ("{kind: Service, spec: {selector: {app: helm}}}", ""),
        ("{kind: ConfigMap, metadata: {name: o, labels: {app: helm, name: tiller}}}", ""),
    ],
)  # fmt: skip
def test_components_of_old_clusters(body: str, says: str) -> None:
    found = results(
        {"apiVersion": "v1", "metadata": {"name": "o"}, **yaml.safe_load(body)},
        check="object.legacy-components",
    )
    messages = [
        finding.message.partition("belongs to ")[2] for _, result in found for finding in result.findings
    ]
    assert messages == ([says] if says else [])


def test_severities_and_edits_reach_the_report(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: api}\nspec:\n  containers:\n    - name: api\n"
    write(tmp_path, {"pod.yaml": text})
    (outcome,) = judge(Request(str(tmp_path), AS_OF, checks=("workload.privilege-escalation",))).document[
        "outcomes"
    ]
    (finding,) = outcome["findings"]
    assert (finding["severity"], outcome["severity"]) == ("warning", "error")


POD = yaml.safe_load("""
apiVersion: v1
kind: Pod
metadata: {name: api, labels: {app: helm, name: tiller}, annotations: {a: b}}
spec:
  os: {name: linux}
  nodeSelector: {kubernetes.io/os: linux}
  hostUsers: true
  hostPID: true
  hostIPC: true
  hostNetwork: false
  securityContext:
    runAsUser: 5
    runAsGroup: 5
    runAsNonRoot: true
    seccompProfile: {type: RuntimeDefault}
    appArmorProfile: {type: RuntimeDefault}
    seLinuxOptions: {level: a}
    windowsOptions: {hostProcess: true, runAsUserName: a}
    sysctls: [{name: kernel.sem, value: "1"}]
  containers:
    - name: api
      image: git-sync
      args: [--git=a]
      command: [a]
      env: [{name: GITSYNC_GIT, value: a}]
      ports: [{containerPort: 22, hostPort: 22, protocol: TCP}]
      volumeMounts: [{name: v, mountPath: /v, subPath: etc, subPathExpr: a, readOnly: false}]
      securityContext:
        runAsUser: 0
        privileged: false
        procMount: Unmasked
        allowPrivilegeEscalation: true
        readOnlyRootFilesystem: false
        capabilities: {add: [NET_RAW], drop: [CHOWN]}
        seccompProfile: {type: Unconfined}
        windowsOptions: {hostProcess: true}
  volumes: [{name: v, hostPath: {path: /, type: Directory}}]
""")
CONSTRAINTS = {
    "apiVersion": "security.openshift.io/v1",
    "kind": "SecurityContextConstraints",
    "metadata": {"name": "a"},
    "allowPrivilegedContainer": True,
}


@pytest.mark.parametrize("found", [POD, CONSTRAINTS], ids=["pod", "constraints"])
def test_nothing_malformed_crashes_a_check(found: dict[str, Any]) -> None:
    crashes = []
    for at in places(found):
        for wrong in WRONG:
            changed = put(copy.deepcopy(found), at, wrong)
            crashes += [
                (at, wrong, check, result.reason)
                for check, result in results(changed)
                if result.status == "error"
            ]
    assert crashes == []
