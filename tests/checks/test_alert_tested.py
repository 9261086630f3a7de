"""Unit tests of alerts: an alert that pages is tried both ways, by a test of the rule that is shipped."""

from pathlib import Path

import pytest
from readiness_checks.alert import unit_tested

from tests.faults import ORDERS, Fault, copy_of_orders, findings, outcomes, proofs, statuses, write

TESTS = "monitoring/rules/orders.rules.test.yaml"
RULES = """\
groups:
  - name: api
    rules:
      - alert: ApiDown
        expr: up{job="api"} == 0
        for: 5m
        labels: {severity: critical}
      - alert: ApiSlow
        expr: api_seconds > 1
        labels: {severity: warning}
"""
SERIES = "    input_series: [{series: 'up{job=\"api\"}', values: 0x20}]\n"
FIRES = "{alertname: ApiDown, eval_time: 5m, exp_alerts: [{exp_labels: {job: api, severity: critical}}]}"
SILENT = "{alertname: ApiDown, eval_time: 10m, exp_alerts: []}"


def cases(*listed_cases: str, rule_files: str = "[rules.yaml]") -> str:
    listed = "".join(f"      - {case}\n" for case in listed_cases)
    return f"rule_files: {rule_files}\ntests:\n  - interval: 1m\n{SERIES}    alert_rule_test:\n{listed}"


def tree(path: Path, tests: str = "", rules: str = RULES, **more: str) -> Path:
    return write(path, {"rules.yaml": rules, **({"rules.test.yaml": tests} if tests else {}), **more})


def said(path: Path) -> list[str]:
    return [one.message for one in findings(unit_tested, path)]


def test_orders_has_no_finding_and_counts() -> None:
    assert findings(unit_tested, ORDERS) == []
    (proof,) = {one.message for one in proofs(unit_tested, ORDERS)}
    assert proof == "6 of 6 alerts that page fire in a unit test and are silent in another"


def test_both_cases_hold(tmp_path: Path) -> None:
    assert said(tree(tmp_path, cases(FIRES, SILENT))) == []
    (proof,) = proofs(unit_tested, tmp_path)
    assert proof.message.startswith("1 of 1 alerts")


@pytest.mark.parametrize(
    ("fault", "says", "line"),
    [
        (
            Fault(TESTS, "- {alertname: OrdersQueueAgeHigh, eval_time: 10m", "- {alertname: OrdersQueueAge, eval_time: 10m"),
            "OrdersQueueAge has to be silent in a test, and is for ever: no rule file of the test defines it",
            118,
        ),
        (
            Fault(TESTS, "      - {alertname: OrdersWorkerDown, eval_time: 12m, exp_alerts: []}\n", ""),
            "OrdersWorkerDown fires in one case and is silent in none",
            102,
        ),
        (
            Fault(TESTS, "OrdersWorkerDown, eval_time: 12m", "OrdersWorkerDown, eval_time: 4m"),
            "OrdersWorkerDown fires in one case and is silent in none; at 4m it is silent in any case, since its "
            "for is 5m",
            102,
        ),
        (
            Fault("monitoring/rules/orders.rules.yaml", "      - alert: OrdersWorkerDown", "      - alert: OrdersWorkersDown"),
            "OrdersWorkersDown pages and has no unit test",
            97,
        ),
    ],
    ids=str,
)  # fmt: skip
def test_fault_is_found(tmp_path: Path, fault: Fault, says: str, line: int) -> None:
    found = findings(unit_tested, fault.seed(copy_of_orders(tmp_path)))
    assert (says, line) in {(one.message, one.at.line) for one in found}


def test_a_silent_case_at_the_end_of_for_counts(tmp_path: Path) -> None:
    at_the_bound = Fault(TESTS, "OrdersWorkerDown, eval_time: 12m", "OrdersWorkerDown, eval_time: 5m")
    assert said(at_the_bound.seed(copy_of_orders(tmp_path))) == []


def test_no_test_at_all(tmp_path: Path) -> None:
    assert said(tree(tmp_path)) == ["ApiDown pages and has no unit test"]
    two = RULES.replace("severity: warning", "severity: page")
    (found,) = findings(unit_tested, tree(tmp_path, rules=two))
    assert found.message == "none of the 2 alerts of rules.yaml that page has a unit test: ApiDown, ApiSlow"
    assert found.finding.fix == "write rules.test.yaml, and run promtool test rules on it"


def test_silence_alone_proves_nothing(tmp_path: Path) -> None:
    assert said(tree(tmp_path, cases(SILENT))) == [
        "ApiDown is silent in one case and fires in none: an expression that never gives anything passes them"
    ]


def test_a_case_that_fires_for_nobody(tmp_path: Path) -> None:
    gone = cases(FIRES, SILENT, "{alertname: ApiGone, eval_time: 1m, exp_alerts: [{exp_labels: {a: b}}]}")
    assert said(tree(tmp_path, gone)) == [
        "ApiGone has to fire in a test, and no rule file of the test defines it"
    ]


def test_another_rule_is_tried_than_the_one_that_is_shipped(tmp_path: Path) -> None:
    shipped = {
        "readiness.yaml": "version: 1\nevidence: {rules: [shipped.yaml]}\n",
        "shipped.yaml": RULES.replace("5m", "15m"),
    }
    (found,) = findings(unit_tested, tree(tmp_path, cases(FIRES, SILENT), **shipped))
    assert found.message == (
        "ApiDown of shipped.yaml is not what its test tries: rules.yaml has for: 5m and not 15m"
    )
    write(tmp_path, {"shipped.yaml": RULES.replace('up{job="api"} == 0', 'up{job="api"} == 1')})
    assert said(tmp_path)[0].endswith("rules.yaml has another expression")


@pytest.mark.parametrize(
    "written",
    [
        RULES,
        RULES.replace("for: 5m", "for: 300s"),
        RULES.replace('up{job="api"} == 0', '"(up{job=\\"api\\"}  ==   0)"').replace("(up", "up").replace("0)", "0"),
    ],
)  # fmt: skip
def test_a_copy_of_the_tested_rule_is_the_tested_rule(tmp_path: Path, written: str) -> None:
    shipped = {
        "readiness.yaml": "version: 1\nevidence: {rules: [shipped.yaml]}\n",
        "shipped.yaml": written,
    }
    assert said(tree(tmp_path, cases(FIRES, SILENT), **shipped)) == []


@pytest.mark.parametrize(
    "look_alike",
    [
        RULES.replace("severity: critical", "severity: warning"),  # pages nobody
        RULES.replace('up{job="api"} == 0', "vector(1)"),  # always fires: never silent
    ],
)
def test_look_alike_is_left_alone(tmp_path: Path, look_alike: str) -> None:
    assert said(tree(tmp_path, cases(FIRES), look_alike)) == []


def test_two_severities_under_one_name_are_two_alerts(tmp_path: Path) -> None:
    rule = "".join(RULES.splitlines(True)[3:7])
    two = RULES + rule.replace("== 0", "< 0.5").replace("critical", "page")
    assert said(tree(tmp_path, cases(FIRES, SILENT), two)) == [
        "ApiDown is silent in 2 cases and fires in none: an expression that never gives anything passes them"
    ]
    both = FIRES.replace("]}", ", {exp_labels: {severity: page}}]}")
    assert said(tree(tmp_path, cases(both, SILENT), two)) == []


def test_a_rule_file_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    made = tree(tmp_path, cases(FIRES, SILENT, rule_files="[out/rules.yaml]"))
    assert said(made) == []
    (outcome,) = outcomes(unit_tested, made)
    assert outcome.status == "unknown"
    assert "is not in the tree" in outcome.results[0].reason


def test_a_broken_test_file_is_unknown_where_a_test_is_missed(tmp_path: Path) -> None:
    assert set(statuses(unit_tested, tree(tmp_path, "rule_files: [rules.yaml]\ntests: {\n")).values()) == {
        "unknown"
    }


@pytest.mark.parametrize(
    "tests",
    [
        "rule_files: [rules.yaml]\ntests: many\n",
        "rule_files: rules.yaml\ntests: []\n",
        "rule_files: [rules.yaml]\ntests: [1]\n",
        "rule_files: [rules.yaml]\ntests: [{alert_rule_test: {a: b}}]\n",
        "rule_files: [rules.yaml]\ntests: [{alert_rule_test: [{alertname: ApiDown, eval_time: soon}]}]\n",
        "rule_files: [rules.yaml]\ntests: [{alert_rule_test: [{alertname: ApiDown, exp_alerts: 3}]}]\n",
    ],
)
def test_malformed_tests_are_unknown(tmp_path: Path, tests: str) -> None:
    assert set(statuses(unit_tested, tree(tmp_path, tests)).values()) == {"unknown"}


@pytest.mark.parametrize("pattern", ["[rules.yaml]", "['*.yaml']", "[./rules.yaml]", "['rules.yam?']"])
def test_rule_files_are_found_as_promtool_finds_them(tmp_path: Path, pattern: str) -> None:
    assert said(tree(tmp_path, cases(FIRES, SILENT, rule_files=pattern))) == []


def test_nobody_is_paged_and_nothing_is_tested(tmp_path: Path) -> None:
    assert set(statuses(unit_tested, tree(tmp_path, rules=RULES.replace("critical", "info"))).values()) == {
        "not-applicable"
    }
