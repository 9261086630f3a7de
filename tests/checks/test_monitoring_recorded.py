"""Recorded series that expressions read are recorded by a rule, or nobody can say."""

import json
from pathlib import Path
from typing import Any

import pytest
from readiness_checks.monitoring import recorded_series_exist

from readiness.api import Known
from readiness.evidence.expressions import Expression, ExpressionsInUse, Generators
from readiness.evidence.promql import parsed
from readiness.outcome import Finding, Location, Subject
from tests.faults import ORDERS, Fault, copy_of_orders, findings, outcomes, proofs, statuses, write

RULES = "monitoring/rules/orders.rules.yaml"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n"
RATIO = {"record": "shop:errors:ratio5m", "expr": "sum(rate(errors_total[5m]))"}


def alert(expr: str, name: str = "Errors") -> dict[str, str]:
    return {"alert": name, "expr": expr}


def tree(path: Path, *rules: dict[str, Any], **more: str) -> Path:
    return write(
        path,
        {"d.yaml": DEPLOYMENT, "rules.json": json.dumps({"groups": [{"name": "g", "rules": rules}]}), **more},
    )


def test_orders_has_no_finding_and_a_proof() -> None:
    assert findings(recorded_series_exist, ORDERS) == []
    assert "5 recorded series that expressions read are recorded" in {
        one.message for one in proofs(recorded_series_exist, ORDERS)
    }


@pytest.mark.parametrize(
    ("fault", "says", "cap"),
    [
        (
            Fault(RULES, "record: orders:request_duration_seconds:p99_5m", "record: orders:request_duration_seconds:p99_rate5m"),
            "orders:request_duration_seconds:p99_5m is recorded by no rule, and alert OrdersLatencyHigh reads it; did you "
            "mean orders:request_duration_seconds:p99_rate5m?", None,
        ),
        (
            Fault(RULES, "expr: orders:request_duration_seconds:p99_5m > 0.8", "expr: orders:latency:p99 > 0.8"),
            "orders:latency:p99 is recorded by no rule, and alert OrdersLatencyHigh reads it", "warning",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_fault_is_found(tmp_path: Path, fault: Fault, says: str, cap: str | None) -> None:
    (found,) = findings(recorded_series_exist, fault.seed(copy_of_orders(tmp_path)))
    assert (found.message, found.finding.at_most) == (says, cap)
    assert found.at.file == RULES


def test_one_series_with_several_users_is_one_finding(tmp_path: Path) -> None:
    users = [alert("shop:errors:ratio5 > 1", f"A{number}") for number in range(7)]
    (found,) = findings(recorded_series_exist, tree(tmp_path, RATIO, *users))
    assert found.message == (
        "shop:errors:ratio5 is recorded by no rule, and alert A0, alert A1, alert A2, alert A3, alert A4 and 2 more "
        "read it; did you mean shop:errors:ratio5m?"
    )
    assert found.finding.fix == "read shop:errors:ratio5m, or record shop:errors:ratio5"


@pytest.mark.parametrize(
    "rules",
    [
        (RATIO, alert("shop:errors:ratio5m > 1")),
        (RATIO, RATIO | {"labels": {"a": "b"}}, alert('{__name__="shop:errors:ratio5m"} > 1')),
        ({"record": ":shop:errors:", "expr": "up"}, alert(":shop:errors: > 1")),  # colons at both ends
        (RATIO, alert('shop:errors:ratio5m{path="shop:errors:ratio"} > 1 # shop:errors:ratio')),
    ],
)
def test_what_is_recorded_is_left_alone(tmp_path: Path, rules: tuple[dict[str, Any], ...]) -> None:
    path = tree(tmp_path, *rules)
    assert findings(recorded_series_exist, path) == []
    assert proofs(recorded_series_exist, path)


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        ((alert("errors_total > 1"),), "not-applicable"),
        ((alert("sum({{ .Values.x }}) > 1"),), "not-applicable"),
        ((RATIO, alert("cluster:cpu:sum > 1")),  "unknown"),  # another repository's
        ((alert("cluster:cpu:sum > 1"),), "unknown"),
    ],
)  # fmt: skip
def test_what_can_not_be_said(tmp_path: Path, rules: tuple[dict[str, Any], ...], status: str) -> None:
    assert set(statuses(recorded_series_exist, tree(tmp_path, *rules)).values()) == {status}


def test_series_of_other_repositories_can_be_named(tmp_path: Path) -> None:
    path = tree(tmp_path, RATIO, alert("cluster:cpu:sum > 1"), alert("shop:other > 1"))
    assert len(findings(recorded_series_exist, path)) == 1
    assert findings(recorded_series_exist, path, recorded_elsewhere=["cluster:*", "shop:o*"]) == []


SLOTH = """\
version: prometheus/v1
service: shop
slos:
  - name: availability
    objective: 99.9
    sli: {events: {error_query: 'sum(rate(errors_total[{{.window}}]))', total_query: 'sum(rate(shop:all:total[{{.window}}]))'}}
    alerting: {name: Shop, page_alert: {labels: {severity: page}}, ticket_alert: {labels: {severity: ticket}}}
"""


def test_a_generator_records_what_its_specification_says(tmp_path: Path) -> None:
    record = {"record": "shop:all:total", "expr": "sum(x)"}
    user = alert("slo:sli_error:ratio_rate5m > 1")
    assert findings(recorded_series_exist, tree(tmp_path / "a", record, user, **{"slo.yaml": SLOTH})) == []
    assert set(statuses(recorded_series_exist, tree(tmp_path / "b", record, user)).values()) == {"unknown"}


def test_an_objective_reads_series_too(tmp_path: Path) -> None:
    record = {"record": "shop:all:totals", "expr": "sum(x)"}
    (found,) = findings(recorded_series_exist, tree(tmp_path, record, **{"slo.yaml": SLOTH}))
    assert found.message.startswith(
        "shop:all:total is recorded by no rule, and SLO shop/availability reads it"
    )
    assert found.at.file == "slo.yaml"


def test_a_rule_file_that_can_not_be_read_leaves_it_open(tmp_path: Path) -> None:
    path = tree(
        tmp_path, RATIO, alert("shop:errors:ratio > 1"), **{"more.yaml": "groups:\n- rules: [{record: a\n"}
    )
    assert "fail" not in statuses(recorded_series_exist, path).values()


def test_a_user_with_many_expressions_is_told_of_once() -> None:
    board = Subject("Dashboard", "", "windows")
    used = ExpressionsInUse(
        Expression(
            parsed(f"shop:{name}"),
            "dashboard Windows",
            board,
            Location("repository", "board.json"),
            whole=True,
        )
        for name in "abcdefg"
    )
    rule = next(iter(_records(RATIO)))
    (found,) = recorded_series_exist(used, Known((rule,)), Generators({}, {}))
    assert isinstance(found, Finding)
    assert found.message == (
        "dashboard Windows reads 7 series that no rule records: shop:a, shop:b, shop:c, shop:d, shop:e and 2 more"
    )


def _records(*rules: dict[str, str]) -> Any:
    from readiness.evidence.alert_rules import RecordingRule, RuleSet

    return RecordingRule.of_set(
        RuleSet({"groups": [{"name": "g", "rules": list(rules)}]}, Location("repository", "r.yaml"))
    )


@pytest.mark.parametrize("expr", ["", "sum(", "a:b:c", "1", None])
def test_expressions_of_any_shape_crash_nothing(tmp_path: Path, expr: Any) -> None:
    assert outcomes(
        recorded_series_exist, tree(tmp_path, {"alert": "A", "expr": expr}, {"record": expr, "expr": expr})
    )
