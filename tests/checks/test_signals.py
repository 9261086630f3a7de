"""What expressions are about, and which signals nobody draws or watches."""

import json
from pathlib import Path

import pytest
from readiness_checks.monitoring import golden_signals

from readiness.evidence.promql import parsed
from readiness.evidence.signals import of_query
from tests.faults import ORDERS, Fault, copy_of_orders, findings, proofs, statuses, write

RULES = "monitoring/rules/orders.rules.yaml"
SLO = "slo/orders.yaml"
BOARD = "monitoring/dashboards/orders.json"
LATENCY = "expr: orders:request_duration_seconds:p99_5m > 0.8"
QUEUE = 'expr: max(orders_queue_oldest_message_age_seconds{job="orders-worker"}) > 300'


@pytest.mark.parametrize(
    ("expr", "signals"),
    [
        ("histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))", "latency"),
        ("rate(rpc_duration_seconds_sum[5m]) / rate(rpc_duration_seconds_count[5m])", "latency traffic"),
        ('rpc_duration_seconds{quantile="0.99"} > 1', "latency"),
        ("histogram_quantile(0.9, rate(http_request_duration_seconds[5m]))", "latency"),  # a native histogram
        ("http_server_requests_seconds_max > 1", "latency"),
        ("histogram_quantile(0.99, rate(response_size_bytes_bucket[5m]))", ""),
        ("histogram_quantile(0.01, rate(certificate_expiration_seconds_bucket[5m])) < 86400", ""),
        ("sum(rate(http_requests_total[5m]))", "traffic"),
        ("increase(http_server_requests_seconds_count[1h])", "traffic"),
        ("http_requests_total", ""),  # how many since the start is no rate
        ("rate(process_cpu_seconds_total[5m])", "saturation"),
        ("rate(jvm_gc_pause_seconds_count[5m])", ""),
        ('rate(http_requests_total{code=~"5.."}[5m])', "errors"),
        ('rate(http_requests_total{code!~"2.."}[5m])', "errors"),
        ('rate(http_requests_total{code!~"5.."}[5m])', "traffic"),
        ('rate(http_server_requests_seconds_count{outcome="SERVER_ERROR"}[5m])', "errors"),
        ('rate(grpc_server_handled_total{grpc_code!="OK"}[5m])', "errors"),
        ('rate(calls_total{success="false"}[5m])', "errors"),
        ('rate(calls_total{success="true"}[5m])', "traffic"),
        ('rate(calls_total{error="true"}[5m])', "errors"),
        ('rate(calls_total{exception!="none"}[5m])', "errors"),
        ('rate(calls_total{exception=""}[5m])', "traffic"),
        ('sum(rate(istio_requests_total{response_code=~"5.*"}[1m]))', "errors"),
        ("rate(payment_failures_total[5m])", "errors"),
        ("probe_success == 0", "errors"),
        ('kube_node_status_condition{condition="Ready", status="true"} == 0', ""),
        ("hikaricp_connections_active / hikaricp_connections_max", "saturation"),
        ("kafka_consumergroup_lag > 1000", "latency saturation"),
        ("container_memory_working_set_bytes / kube_pod_container_resource_limits", "saturation"),
        ("kube_pod_container_status_waiting", ""),
        ("up == 0", ""),
        ("vector(1)", ""),
    ],
)
def test_expression_is_sorted(expr: str, signals: str) -> None:
    assert of_query(parsed(expr)) == frozenset(signals.split())


def test_orders_has_no_finding() -> None:
    assert findings(golden_signals, ORDERS) == []
    assert {proof.message for proof in proofs(golden_signals, ORDERS)} == {
        "orders: 9 alerts watch latency, errors, saturation",
        "orders: 1 dashboards draw latency, traffic, errors, saturation",
    }


def drawn(*expressions: str) -> str:
    panels = [
        {"id": number, "type": "timeseries", "title": "x", "targets": [{"expr": expr}]}
        for number, expr in enumerate(expressions)
    ]
    return json.dumps({"uid": "orders", "title": "Orders", "schemaVersion": 39, "panels": panels})


@pytest.mark.parametrize(
    ("faults", "says"),
    [
        (
            [Fault(RULES, LATENCY, "expr: jvm_info > 0.8"), Fault(RULES, QUEUE, "expr: jvm_info > 300")],
            "orders: 0 of 9 alerts watch latency, 1 of each is needed; they watch errors in 2, saturation in 1",
        ),
        (
            [
                Fault(RULES, QUEUE, "expr: jvm_info > 300"),
                Fault(RULES, "sum by (job, pool) (hikaricp_connections_pending{", "sum by (job, pool) (up{"),
                Fault(RULES, "sum by (job, pool) (hikaricp_connections_active{", "sum by (job, pool) (up{"),
                Fault(RULES, "sum by (job, pool) (hikaricp_connections_max{", "sum by (job, pool) (up{"),
            ],
            "orders: 0 of 9 alerts watch saturation, 1 of each is needed; they watch latency in 1, errors in 2",
        ),
        (
            [Fault(BOARD, "", drawn("orders:request_duration_seconds:p99_5m", "orders_queue_length"))],
            "orders: 0 of 1 dashboards draw traffic, errors, 1 of each is needed; they draw latency in 1, "
            "saturation in 1",
        ),
    ],
    ids=["latency", "saturation", "drawn"],
)
def test_fault_is_found(tmp_path: Path, faults: list[Fault], says: str) -> None:
    tree = copy_of_orders(tmp_path)
    (tree / SLO).unlink()
    for fault in faults:
        fault.seed(tree)
    found = findings(golden_signals, tree)
    assert [one.message for one in found] == [says]
    assert found[0].at.file == (BOARD if "dashboards" in says else RULES)


@pytest.mark.parametrize(
    "edit",
    [
        Fault(RULES, LATENCY, 'expr: histogram_quantile(0.9, rate(x_seconds_bucket{job="$a"}[5m])) > 1'),
        Fault(
            BOARD, "orders:request_errors:ratio_rate5m", "sum(rate(orders_errors_total[$__rate_interval]))"
        ),
    ],
    ids=str,
)
def test_look_alike_is_left_alone(tmp_path: Path, edit: Fault) -> None:
    assert findings(golden_signals, edit.seed(copy_of_orders(tmp_path))) == []


def test_an_objective_watches_as_an_alert_does(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    for old, new in ((LATENCY, "expr: jvm_info > 0.8"), (QUEUE, "expr: orders_queue_length > 300")):
        Fault(RULES, old, new).seed(tree)
    assert findings(golden_signals, tree) == []
    (tree / SLO).unlink()
    assert len(findings(golden_signals, tree)) == 1


def test_expression_of_another_language_is_unknown(tmp_path: Path) -> None:
    board = drawn("orders:request_duration_seconds:p99_5m", 'sum(rate({app="orders"} |= "error" [5m]))')
    tree = Fault(BOARD, "", board).seed(copy_of_orders(tmp_path))
    assert findings(golden_signals, tree) == []
    assert set(statuses(golden_signals, tree).values()) == {"unknown"}


def test_panels_that_ask_another_data_source_are_unknown(tmp_path: Path) -> None:
    model = json.loads(drawn("orders:request_duration_seconds:p99_5m"))
    model["panels"].append({"id": 9, "type": "timeseries", "targets": [{"refId": "A", "metricName": "5XX"}]})
    tree = Fault(BOARD, "", json.dumps(model)).seed(copy_of_orders(tmp_path))
    assert set(statuses(golden_signals, tree).values()) == {"unknown"}


def test_without_dashboards_alerts_are_judged(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    (tree / BOARD).unlink()
    assert [one.message for one in proofs(golden_signals, tree)][:1] == [
        "orders: 9 alerts watch latency, errors, saturation"
    ]


def test_without_alerts_nobody_can_tell(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    (tree / RULES).unlink()
    assert set(statuses(golden_signals, tree).values()) == {"unknown"}


def test_batch_alone_is_not_asked(tmp_path: Path) -> None:
    job = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 1 * * *"
  jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: a}]}}}}
"""
    tree = write(tmp_path, {"job.yaml": job, "rules.yaml": (ORDERS / RULES).read_text()})
    assert set(statuses(golden_signals, tree).values()) == {"not-applicable"}
