"""Pages are about what users feel; those about causes are counted, and those that nobody can tell are not."""

import json
from pathlib import Path
from typing import Any

import pytest
from readiness_checks.alert import symptom_first

from readiness.evidence.page_classes import class_of
from readiness.evidence.promql import parsed
from readiness.evidence.recordings import Recordings
from tests.faults import ORDERS, Fault, copy_of_orders, findings, outcomes, proofs, statuses, write

RULES = "monitoring/rules/orders.rules.yaml"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n"
CAUSE, SYMPTOM, UNCLEAR = (
    "process_resident_memory_bytes > 1e9",
    "rate(http_errors_total[5m]) > 1",
    "members != 3",
)


def tree(path: Path, *exprs: str, severity: str = "critical") -> Path:
    rules = [
        {"alert": f"A{number}", "expr": expr, "for": "5m", "labels": {"severity": severity}}
        for number, expr in enumerate(exprs)
    ]
    return write(
        path, {"d.yaml": DEPLOYMENT, "rules.json": json.dumps({"groups": [{"name": "g", "rules": rules}]})}
    )


def keys(path: Path, **settings: Any) -> list[tuple[str, str | None]]:
    return [(one.finding.key, one.finding.at_most) for one in findings(symptom_first, path, **settings)]


def test_orders_has_no_finding_and_a_proof() -> None:
    assert findings(symptom_first, ORDERS) == []
    assert "5 of 6 pages are about what users feel, 1 about causes" in {
        one.message for one in proofs(symptom_first, ORDERS)
    }


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            Fault(RULES, "max(orders_queue_oldest_message_age_seconds{job=\"orders-worker\"}) > 300", 'jvm_memory_used_bytes{job="orders-worker"} > 1e9'),
            "2 of 6 pages are about causes, 33 %, and 30 % may be: OrdersDatabasePoolExhausted, OrdersQueueAgeHigh",
        ),
        (
            Fault(RULES, "orders:request_duration_seconds:p99_5m > 0.8", 'process_cpu_usage{job="orders-api"} > 0.8'),
            "2 of 6 pages are about causes, 33 %, and 30 % may be: OrdersDatabasePoolExhausted, OrdersLatencyHigh",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_fault_is_found(tmp_path: Path, fault: Fault, says: str) -> None:
    (found,) = findings(symptom_first, fault.seed(copy_of_orders(tmp_path)))
    assert (found.message, found.finding.at_most, found.at.file) == (says, "warning", RULES)


@pytest.mark.parametrize(
    ("exprs", "found"),
    [
        ([CAUSE, CAUSE], [("no symptom", None)]),
        ([CAUSE] * 3 + [SYMPTOM] * 7, []),  # 30 %
        ([CAUSE] * 4 + [SYMPTOM] * 9, [("causes", "warning")]),  # 31 %
        ([CAUSE, SYMPTOM], []),  # two pages are too few for a share
        ([CAUSE, SYMPTOM, SYMPTOM], [("causes", "warning")]),
        ([CAUSE, SYMPTOM, UNCLEAR, UNCLEAR], []),
        ([SYMPTOM], []),
        ([CAUSE, SYMPTOM, "vector(1)"], []),  # a dead man's switch is no page of these
    ],
)  # fmt: skip
def test_the_bounds(tmp_path: Path, exprs: list[str], found: list[tuple[str, str | None]]) -> None:
    assert keys(tree(tmp_path, *exprs)) == found


def test_settings_name_symptoms_and_the_share(tmp_path: Path) -> None:
    assert keys(tree(tmp_path, CAUSE, CAUSE), symptoms=["A1"]) == []
    assert keys(tree(tmp_path, CAUSE, SYMPTOM, SYMPTOM), max_causes="34%") == []


@pytest.mark.parametrize(
    ("exprs", "severity", "status"),
    [
        ([CAUSE, UNCLEAR], "critical", "unknown"),
        (["sum({{ .Values.x }}) > 1"], "critical", "unknown"),
        ([CAUSE], "warning", "not-applicable"),
        (["vector(1)"], "critical", "not-applicable"),
    ],
)
def test_what_can_not_be_said(tmp_path: Path, exprs: list[str], severity: str, status: str) -> None:
    assert set(statuses(symptom_first, tree(tmp_path, *exprs, severity=severity)).values()) == {status}


@pytest.mark.parametrize(
    ("expr", "cls"),
    [
        (SYMPTOM, "symptom"),
        ('sum(rate(http_server_seconds_count{code=~"5.."}[5m])) > 1', "symptom"),
        ("histogram_quantile(0.9, sum by (le) (rate(request_seconds_bucket[5m]))) > 1", "symptom"),
        ('absent(up{job="api"})', "symptom"),
        ('up{job="api"} == 0', "symptom"),
        ("probe_success == 0", "symptom"),
        ("time() - backup_last_success_timestamp_seconds > 90000", "symptom"),
        ("predict_linear(node_filesystem_avail_bytes[6h], 86400) < 0", "symptom"),
        ("queue_oldest_message_age_seconds > 300", "symptom"),
        ("node_load5 > 8 and on () sum(rate(http_errors_total[5m])) > 1", "symptom"),
        ("node_load5 > 8", "cause"),
        ("node_network_receive_errs_total > 8", "cause"),
        ("rate(container_cpu_usage_seconds_total[5m]) > 1", "cause"),
        ("increase(kube_pod_container_status_restarts_total[1h]) > 3", "cause"),
        ("hikaricp_connections_pending > 0", "cause"),
        ("jvm_gc_pause_seconds_max > 1", "cause"),
        ("kube_deployment_status_replicas_available < 2", "unclear"),
        ("alertmanager_cluster_members != 3", "unclear"),
    ],
)
def test_classes(expr: str, cls: str) -> None:
    assert class_of(parsed(expr), Recordings(())) == cls


@pytest.mark.parametrize("expr", ["", "sum(", "1 > 0", "'a'", "{a='b'}"])
def test_expressions_of_any_shape_crash_nothing(tmp_path: Path, expr: str) -> None:
    assert outcomes(symptom_first, tree(tmp_path, expr))
    findings(symptom_first, tree(tmp_path, expr))
