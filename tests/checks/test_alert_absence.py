"""What pages somebody is noticed when it is gone, or the pages that go silent are named."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from readiness_checks.alert import absence_covered

from tests import programs
from tests.faults import ORDERS, Fault, copy_of_orders, findings, outcomes, proofs, statuses, write

RULES = "monitoring/rules/orders.rules.yaml"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n"
ERRORS = 'sum(rate(errors_total{job="api", code="500"}[5m])) > 1'
DOWN = 'up{job="api"} == 0'


def alert(expr: str, name: str = "Page", severity: str = "critical") -> dict[str, Any]:
    return {"alert": name, "expr": expr, "for": "5m", "labels": {"severity": severity}}


def guard(expr: str) -> dict[str, Any]:
    return alert(expr, "Guard", "warning")


def tree(path: Path, *rules: dict[str, Any]) -> Path:
    return write(
        path, {"d.yaml": DEPLOYMENT, "rules.json": json.dumps({"groups": [{"name": "g", "rules": rules}]})}
    )


def told(path: Path, **settings: Any) -> list[tuple[str, str | None]]:
    """Job or series, and the cap of the finding about it."""
    return [
        (one.finding.about.name if one.finding.about else "", one.finding.at_most)
        for one in findings(absence_covered, path, **settings)
    ]


def test_orders_has_no_finding_and_a_proof() -> None:
    assert findings(absence_covered, ORDERS) == []
    assert "6 of 6 paging alerts are noticed when what they are about is gone" in {
        one.message for one in proofs(absence_covered, ORDERS)
    }


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            Fault(RULES, 'absent(up{job="orders-worker"} == 1)', 'up{job="orders-worker"} == 0'),
            "OrdersDatabasePoolExhausted, OrdersQueueAgeHigh, OrdersWorkerDown go silent when the series of job "
            "orders-worker vanish: OrdersWorkerDown notices targets that do not answer, and nothing those that are gone",
        ),
        (
            Fault(RULES, 'absent(up{job="orders-worker"} == 1)', "vector(0) > 1"),
            "OrdersDatabasePoolExhausted, OrdersQueueAgeHigh go silent when the series of job orders-worker vanish: no "
            "alert notices it",
        ),
        (
            Fault(RULES, 'absent(up{job="orders-worker"} == 1)', 'absent(up{job="orders-worker"})'),
            "OrdersDatabasePoolExhausted, OrdersQueueAgeHigh go silent when the series of job orders-worker vanish: an "
            "alert notices targets that are gone, and nothing those that do not answer",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_fault_is_found(tmp_path: Path, fault: Fault, says: str) -> None:
    (found,) = findings(absence_covered, fault.seed(copy_of_orders(tmp_path)))
    assert found.message == says
    assert found.finding.fix == 'add an alert on absent(up{job="orders-worker"} == 1)'
    assert found.at.file == RULES


@pytest.mark.parametrize(
    ("watch", "found"),
    [
        (None, [("api", None)]),
        ('absent(up{job="other"} == 1)', [("api", None)]),
        ("up == 0", [("api", "warning")]),
        ("100 * count by (job) (up == 0) / count by (job) (up) > 10", [("api", "warning")]),
        ('avg_over_time(up{job="api"}[5m]) < 0.5', [("api", "warning")]),
        ('count(up{job="api"}) > 5', [("api", None)]),  # reads up, and notices nothing
        ('absent(up{job="api"})', [("api", "warning")]),
        ('absent(up{job=~"api|other"} == 1)', [("api", None)]),  # silent while the other one is there
        ('absent(errors_total{job="api", code="404"})', []),  # its target is gone as well
        ('absent(up{job="api"} == 1)', []),
        ('absent(up{job="api"} > 0)', []),
        ('absent_over_time(requests_total{job="api"}[5m])', []),
        ("absent(errors_total)", []),
        ('absent(errors_total{code="500"})', []),
        ('up{job="api"} == 0 or absent(up{job="api"})', [("api", "warning")]),
        ('kube_pod_info unless on (pod) errors_total{job="api"}', []),
    ],
)
def test_what_notices_that_a_job_is_gone(
    tmp_path: Path, watch: str | None, found: list[tuple[str, str | None]]
) -> None:
    rules = [alert(ERRORS), *([guard(watch)] if watch else [])]
    assert told(tree(tmp_path, *rules)) == found


def test_gone_and_down_together_are_all(tmp_path: Path) -> None:
    assert (
        told(
            tree(tmp_path, alert(ERRORS), guard('absent(up{job="api"})'), alert("up == 0", "Down", "warning"))
        )
        == []
    )
    assert told(tree(tmp_path / "b", alert(DOWN), guard('absent(up{job="api"})'))) == []
    assert told(tree(tmp_path / "c", alert(DOWN))) == [("api", "warning")]


@pytest.mark.parametrize(
    "expr",
    [
        "vector(1)",
        'absent(up{job="api"})',
        "up == 0",
        'sum(rate(requests_total{job="api"}[5m]) or vector(0)) < 1',
        'count(x{job="api"} == 1) < 3 or absent(x{job="api"} == 1)',
        "sum(histogram_share(1, x)) > 1",  # MetricsQL
        "cluster:errors:ratio5m > 1",  # recorded elsewhere, if at all
    ],
)
def test_look_alike_is_left_alone(tmp_path: Path, expr: str) -> None:
    assert told(tree(tmp_path, alert(expr))) == []


def test_what_pages_nobody_is_not_asked_for(tmp_path: Path) -> None:
    path = tree(tmp_path, alert(ERRORS, severity="warning"))
    assert set(statuses(absence_covered, path).values()) == {"not-applicable"}


def test_series_without_a_job_are_told_by_name_and_a_histogram_once(tmp_path: Path) -> None:
    expr = "sum(rate(latency_seconds_sum[5m])) / sum(rate(latency_seconds_count[5m])) > 1 and sum(latency_seconds_bucket) > 1"
    assert told(tree(tmp_path / "a", alert(expr))) == [("latency_seconds_count", None)]
    assert told(tree(tmp_path / "b", alert(expr), guard("absent(latency_seconds_bucket)"))) == []
    assert told(tree(tmp_path / "c", alert(expr), guard("up == 0"))) == [("latency_seconds_count", "warning")]


def test_recorded_series_are_followed_to_their_job(tmp_path: Path) -> None:
    record = {"record": "slo:error:ratio5m", "expr": ERRORS.partition(" >")[0], "labels": {"id": "api"}}
    other = record | {"expr": ERRORS.partition(" >")[0].replace("api", "till"), "labels": {"id": "till"}}
    page = alert('slo:error:ratio5m{id="api"} > 0.1')
    assert told(tree(tmp_path / "a", record, other, page)) == [("api", None)]
    assert told(tree(tmp_path / "b", record, other, page, guard('absent(slo:error:ratio5m{id="api"})'))) == []
    assert told(tree(tmp_path / "c", record, other, page, guard('absent(up{job="api"} == 1)'))) == []
    assert told(tree(tmp_path / "d", record, other, page, guard('absent(up{job="till"} == 1)'))) == [
        ("api", None)
    ]


def test_each_job_of_an_alternative_is_needed(tmp_path: Path) -> None:
    page = alert('sum(x{job=~"api|till"}) > 1')
    assert told(tree(tmp_path, page)) == [("api", None), ("till", None)]
    assert told(tree(tmp_path / "b", page, guard('absent(up{job="api"} == 1)'))) == [("till", None)]


def test_jobs_that_others_watch_can_be_named(tmp_path: Path) -> None:
    path = tree(tmp_path, alert(ERRORS), alert("queue > 1", "Queue"))
    assert told(path) == [("api", None), ("queue", None)]
    assert told(path, covered_elsewhere=["a*", "queue"]) == []


def test_a_rule_file_that_can_not_be_read_leaves_it_open(tmp_path: Path) -> None:
    path = write(tree(tmp_path, alert(ERRORS)), {"more.yaml": "groups:\n- rules: [{alert: a\n"})
    assert "fail" not in statuses(absence_covered, path).values()


def test_templates_in_all_expressions_are_unknown(tmp_path: Path) -> None:
    assert set(statuses(absence_covered, tree(tmp_path, alert("sum({{ .Values.x }}) > 1"))).values()) == {
        "unknown"
    }


@pytest.mark.parametrize("expr", ["", "sum(", None, "1", "'a'", "{job='api'}", "absent(vector(1))"])
def test_expressions_of_any_shape_crash_nothing(tmp_path: Path, expr: Any) -> None:
    path = tree(tmp_path, alert(expr))
    assert outcomes(absence_covered, path)
    findings(absence_covered, path)


@pytest.mark.parametrize(
    ("expr", "silent"),
    [
        (ERRORS, True),
        (DOWN, True),
        ('count(up{job="api"} == 1) < 3', True),  # a count over nothing is nothing
        ('sum(x{job="api"}) / sum(y{job="api"}) < 0.9', True),
        ('sum(rate(requests_total{job="api"}[5m]) or vector(0)) < 1', False),
        ('count(x{job="api"} == 1) < 3 or absent(x{job="api"} == 1)', False),
        ('absent(up{job="api"} == 1)', False),
        ('absent_over_time(up{job="api"}[5m])', False),
    ],
)
def test_what_is_silent_over_no_series_is_so_for_prometheus(tmp_path: Path, expr: str, silent: bool) -> None:
    assert bool(told(tree(tmp_path, alert(expr)))) == silent
    samples = {"expr": expr, "eval_time": "10m", "exp_samples": []}
    file = {
        "rule_files": [],
        "tests": [{"interval": "1m", "input_series": [], "promql_expr_test": [samples]}],
    }
    (tmp_path / "test.json").write_text(json.dumps(file))
    command = [str(programs.promtool()), "test", "rules", str(tmp_path / "test.json")]
    assert (subprocess.run(command, check=False, capture_output=True).returncode == 0) == silent
