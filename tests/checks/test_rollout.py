"""Pods that stay ready during a rolling update: the table of the sums, and the look-alikes."""

from pathlib import Path

import pytest
from readiness_checks.rollout import zero_downtime_arithmetic

from tests.faults import ORDERS, Fault, copy_of_orders, findings, outcomes, proofs, statuses, write

RENDERED = "deploy/rendered/production.yaml"
SERVICE = """\
---
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {selector: {app: api}, ports: [{port: 80}]}
"""
PROBE = "readinessProbe: {tcpSocket: {port: 80}}"


def workload(spec: str, kind: str = "Deployment", container: str = PROBE, pod: str = "") -> str:
    group = "argoproj.io/v1alpha1" if kind == "Rollout" else "apps/v1"
    return f"""\
apiVersion: {group}
kind: {kind}
metadata: {{name: api}}
spec:
  {spec}
  template:
    metadata: {{labels: {{app: api}}}}
    spec:
      {pod or "restartPolicy: Always"}
      containers:
        - name: api
          image: registry.example/api:1.2.3
          {container}
"""


def scaler(least: int) -> str:
    return f"""\
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: api}}
spec:
  minReplicas: {least}
  maxReplicas: 40
  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: api}}
"""


def rolling(replicas: int, surge: str = "", missing: str = "") -> str:
    shares = [f"maxSurge: {surge}"] * bool(surge) + [f"maxUnavailable: {missing}"] * bool(missing)
    return f"replicas: {replicas}\n  strategy: {{rollingUpdate: {{{', '.join(shares)}}}}}"


def daemon(**shares: object) -> str:
    """A DaemonSet that a Service calls."""
    fields = ", ".join(f"{name}: {value}" for name, value in shares.items())
    return workload(f"updateStrategy: {{rollingUpdate: {{{fields}}}}}", "DaemonSet") + SERVICE


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        ({"maxUnavailable": "100%"}, "api has 0 pods ready during a rollout, 1 is needed"),
        ({"maxUnavailable": "99%"}, ""), ({"maxUnavailable": 1}, ""), ({"maxUnavailable": 100}, ""), ({}, ""),
        ({"maxSurge": 1, "maxUnavailable": 0}, ""), ({"maxSurge": "100%", "maxUnavailable": 0}, ""),
        ({"maxSurge": 0, "maxUnavailable": 0}, "api has maxSurge 0 and maxUnavailable 0, which"),
        ({"maxSurge": 0, "maxUnavailable": "0%"}, "api has maxSurge 0 and maxUnavailable 0%, which"),
        ({"maxSurge": 1, "maxUnavailable": 1}, "api has maxSurge 1 and maxUnavailable 1, which"),
        ({"maxSurge": 1}, "api has maxSurge 1 and maxUnavailable 1, which"),
        ({"maxUnavailable": "101%"}, "api has maxSurge 0 and maxUnavailable 101%, which"),
    ],
)  # fmt: skip
def test_a_daemon_set_that_is_called_keeps_pods(tmp_path: Path, shares: dict[str, object], says: str) -> None:
    found = said(tmp_path, daemon(**shares))
    assert [text[: len(says)] for text in found] == ([says] if says else [])
    if not says:
        tree = write(tmp_path, {"deploy/all.yaml": daemon(**shares)})
        assert len(proofs(zero_downtime_arithmetic, tree)) == 1


def said(tmp_path: Path, text: str, tier: int = 1) -> list[str]:
    tree = write(tmp_path, {"deploy/all.yaml": text})
    return [one.message for one in findings(zero_downtime_arithmetic, tree, tier=tier)]


def test_orders_has_no_finding() -> None:
    assert findings(zero_downtime_arithmetic, ORDERS) == []
    assert [one.message for one in proofs(zero_downtime_arithmetic, ORDERS)] == [
        "orders-api has 6 of 6 pods ready during a rollout (1 more, 0 fewer)",
        "orders-worker has 4 of 5 pods ready during a rollout (2 more, 1 fewer)",
        "orders-cache has 2 of 3 pods ready during a rollout",
    ]


@pytest.mark.parametrize(
    ("replicas", "surge", "missing", "left"),
    [
        (1, "", "", 1), (1, "0", "25%", 0), (1, "", "1", 0), (2, "0", "1%", 1), (3, "", "", 3),
        (4, "", "", 3),
        (10, "", "", 8), (2, "0", "2", 0), (3, "1", "100%", 0), (1, "1", "0", 1),
        (30, "0", "5", 25), (1, "0", "5", 0),  # wikimedia/changeprop: fine in production only (F40b)
    ],
)  # fmt: skip
def test_the_fencepost_rule(tmp_path: Path, replicas: int, surge: str, missing: str, left: int) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": workload(rolling(replicas, surge, missing))})
    found = findings(zero_downtime_arithmetic, tree)
    assert bool(found) is (left == 0)
    if left:
        (proof,) = proofs(zero_downtime_arithmetic, tree)
        assert proof.message.startswith(f"api has {left} of {replicas} pod")


def test_the_only_pod_goes_first(tmp_path: Path) -> None:
    # ingress-nginx deploy/static/provider/cloud: no replicas, maxUnavailable 1 (F8)
    text = workload("minReadySeconds: 0\n  strategy:\n    rollingUpdate:\n      maxUnavailable: 1")
    (found,) = findings(zero_downtime_arithmetic, write(tmp_path, {"deploy/all.yaml": text}))
    assert found.message == (
        "api has 0 of 1 pod ready during a rollout: maxUnavailable 1 takes 1 away, 1 is needed"
    )
    assert found.at.line == 8
    assert found.finding.fix == "set maxUnavailable: 0 and maxSurge: 1"


def test_the_autoscalers_minimum_counts(tmp_path: Path) -> None:
    assert said(tmp_path, workload(rolling(10, "0", "1")) + scaler(1)) == [
        "api has 0 of 1 pod ready during a rollout, at the fewest pods of its scaler: "
        "maxUnavailable 1 takes 1 away, 1 is needed"
    ]
    assert said(tmp_path, workload(rolling(1, "0", "1")) + scaler(2)) == []


@pytest.mark.parametrize(("surge", "missing"), [("0", "0"), ("0%", "0%"), ("1", "101%")])
def test_what_the_api_server_refuses(tmp_path: Path, surge: str, missing: str) -> None:
    (message,) = said(tmp_path, workload(rolling(3, surge, missing)))
    assert "which the API server refuses" in message


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("replicas: 2", ""),
        ("replicas: 1", "api has 0 of 1 pod ready during a rollout, 1 is needed: its only pod goes before"),
        (
            "replicas: 3\n  updateStrategy: {rollingUpdate: {partition: 3}}",
            "api has a partition of 3 and 3 pods",
        ),
        ("replicas: 3\n  updateStrategy: {rollingUpdate: {partition: 2}}", ""),
        ("replicas: 3\n  updateStrategy: {rollingUpdate: {maxUnavailable: 100%}}", "api has 0 of 3 pods"),
        ("replicas: 3\n  updateStrategy: {rollingUpdate: {maxUnavailable: 50%}}", ""),
        (
            "replicas: 3\n  updateStrategy: {type: OnDelete}",
            "api is updated by hand: with OnDelete 0 of 3 pods",
        ),
    ],
)
def test_a_stateful_set_takes_one_at_a_time(tmp_path: Path, spec: str, message: str) -> None:
    found = said(tmp_path, workload(spec, "StatefulSet"))
    assert [one.startswith(message) for one in found] == ([True] if message else [])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (workload("replicas: 1\n  strategy: {type: Recreate}"), "rollout.recreate-strategy speaks of it"),
        (workload("replicas: 0"), "api is scaled to none"),
        (daemon(maxUnavailable="100%").partition("---")[0], "no Service calls the pods of api"),
        (
            workload("updateStrategy: {type: OnDelete}", "DaemonSet") + SERVICE,
            "api is updated by hand, node by node (OnDelete)",
        ),
        (workload("replicas: 1\n  strategy: {blueGreen: {activeService: a}}", "Rollout"), "blue-green keeps"),
    ],
)
def test_what_is_no_rolling_update_is_not_applicable(tmp_path: Path, text: str, reason: str) -> None:
    (outcome,) = outcomes(zero_downtime_arithmetic, write(tmp_path, {"deploy/all.yaml": text}))
    assert [one.status for one in outcome.results] == ["not-applicable"]
    assert reason in outcome.results[0].reason


def test_a_canary_rolls_as_a_deployment_does(tmp_path: Path) -> None:
    assert said(tmp_path, workload("replicas: 1\n  strategy: {canary: {maxUnavailable: 1}}", "Rollout"))
    assert said(tmp_path, workload("replicas: 1\n  strategy: {canary: {}}", "Rollout")) == []


def test_without_a_readiness_probe_a_new_pod_counts_when_it_starts(tmp_path: Path) -> None:
    bare = workload("replicas: 3", container="ports: []")
    (message,) = said(tmp_path, bare + SERVICE)
    assert message.startswith("api has 0 readiness probes in its 1 container, 1 is needed: Service api calls")
    assert said(tmp_path, bare + SERVICE, tier=2) == []
    assert said(tmp_path, bare) == []  # nobody calls it
    assert said(tmp_path, workload("replicas: 3") + SERVICE) == []
    gates = workload("replicas: 3", container="ports: []", pod="readinessGates: [{conditionType: ready}]")
    assert said(tmp_path, gates + SERVICE) == []


def test_a_share_that_is_no_number_is_unknown(tmp_path: Path) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": workload(rolling(3, '"1"'))})
    assert statuses(zero_downtime_arithmetic, tree) == {"default": "unknown"}


def test_a_fault_in_orders_is_found(tmp_path: Path) -> None:
    fault = Fault(RENDERED, "maxUnavailable: 0", "maxUnavailable: 6")
    (found,) = findings(zero_downtime_arithmetic, fault.seed(copy_of_orders(tmp_path)))
    assert found.message.startswith("orders-api has 0 of 6 pods ready during a rollout, at the fewest pods")
    assert found.at.line == 107
