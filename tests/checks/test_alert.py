"""Alerts: rules that load, severities that are known, and where each alert goes."""

from pathlib import Path

import pytest
from readiness_checks.alert import routed, rules_valid, severity_label

from tests.faults import ORDERS, findings, outcomes, proofs, statuses, write

DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n"
RULE = """\
groups:
  - name: api
    rules:
      - alert: ApiDown
        expr: up{job="api"} == 0
        for: 5m
        labels: {severity: critical}
"""
ROUTING = """\
route:
  receiver: chat
  routes:
    - matchers: [severity="critical"]
      receiver: pager
receivers:
  - name: chat
    webhook_configs: [{url: "https://hooks.api.internal/chat"}]
  - name: pager
    pagerduty_configs: [{routing_key_file: /etc/key}]
"""


def tree(path: Path, rules: str = RULE, routing: str = ROUTING, **more: str) -> Path:
    return write(path, {"d.yaml": DEPLOYMENT, "rules.yaml": rules, "alertmanager.yml": routing, **more})


@pytest.mark.parametrize("check", [rules_valid, severity_label, routed])
def test_orders_has_no_finding_and_proofs(check: object) -> None:
    assert findings(check, ORDERS) == []  # type: ignore[arg-type]  # the three are checks
    assert proofs(check, ORDERS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rules", "says", "line"),
    [
        (RULE.replace("== 0", "=== 0"), "alert ApiDown is no PromQL: ", 5),
        (RULE.replace('up{job="api"} == 0', "rate(up)"), "alert ApiDown is no PromQL: ", 5),
        (RULE.replace('up{job="api"} == 0', '""'), "alert ApiDown is no PromQL: the expression is empty", 5),
        (RULE.replace("for: 5m", "for: 5 minutes"), "alert ApiDown has for: 5 minutes: ", 6),
        (RULE + RULE.removeprefix("groups:\n"), "group api stands twice in one file", 8),
        (RULE + "".join(RULE.splitlines(True)[3:]), "ApiDown stands twice", 8),
        (
            RULE + "  - name: b\n    rules:\n      - {record: a:b, expr: sum(}\n",
            "recording rule a:b is no PromQL",
            10,
        ),
    ],
)
def test_a_rule_that_prometheus_refuses_is_found(tmp_path: Path, rules: str, says: str, line: int) -> None:
    found = findings(rules_valid, tree(tmp_path, rules))
    assert any(one.message.startswith(says) and one.at.line == line for one in found), found


@pytest.mark.parametrize(
    "rules",
    [
        RULE + "".join(RULE.splitlines(True)[3:]).replace("critical", "warning").replace("5m", "10m"),
        RULE.replace('up{job="api"} == 0', "histogram_share(1, x) > 1"),  # MetricsQL
        RULE.replace('up{job="api"} == 0', ':api_errors:ratio{a="b:c"} > 0.1 # a comment'),
        "rule_files: [a.yaml]\ntests: []\ngroups:\n  - rules: [{alert: X, expr: '('}]\n",  # a unit test
    ],
)
def test_a_rule_that_is_right_is_left_alone(tmp_path: Path, rules: str) -> None:
    assert findings(rules_valid, tree(tmp_path, rules)) == []


def test_a_template_in_an_expression_is_unknown(tmp_path: Path) -> None:
    rules = (
        RULE.replace('job="api"', 'job="{{ .Values.job }}"')
        .replace("expr: ", "expr: '")
        .replace("== 0", "== 0'")
    )
    assert set(statuses(rules_valid, tree(tmp_path, rules)).values()) == {"unknown"}


@pytest.mark.parametrize(
    ("severity", "says", "cap"),
    [
        ("{team: a}", "ApiDown has no severity label", None),
        ("{severity: crit}", "ApiDown has severity crit, which nothing else mentions; did you mean critical?", None),
        ("{severity: '{{ $labels.x }}'}", "ApiDown has a template as its severity", "warning"),
        ("{severity: purple}", "ApiDown has severity purple, which no route and no inhibition mentions", "warning"),
    ],
)  # fmt: skip
def test_severity_that_nobody_knows_is_found(
    tmp_path: Path, severity: str, says: str, cap: str | None
) -> None:
    (found,) = findings(severity_label, tree(tmp_path, RULE.replace("{severity: critical}", severity)))
    assert found.message.startswith(says)
    assert found.finding.at_most == cap


@pytest.mark.parametrize("severity", ["critical", "warning", "info", "none", "page", "ticket"])
def test_usual_severities_are_left_alone(tmp_path: Path, severity: str) -> None:
    rules = RULE.replace("severity: critical", f"severity: {severity}")
    assert findings(severity_label, tree(tmp_path, rules)) == []


def test_a_severity_that_a_route_mentions_is_left_alone(tmp_path: Path) -> None:
    routing = ROUTING.replace('severity="critical"', 'severity=~"s1|s2"')
    rules = RULE.replace("severity: critical", "severity: s2")
    assert findings(severity_label, tree(tmp_path, rules, routing)) == []


def test_a_word_that_three_alerts_share_is_a_convention(tmp_path: Path) -> None:
    one = "".join(RULE.splitlines(True)[3:]).replace("critical", "pageteam")
    three = "groups:\n  - name: api\n    rules:\n" + "".join(
        one.replace("ApiDown", f"A{n}") for n in range(3)
    )
    assert findings(severity_label, tree(tmp_path, three)) == []


@pytest.mark.parametrize(
    ("routing", "says"),
    [
        (
            ROUTING.replace("    pagerduty_configs: [{routing_key_file: /etc/key}]\n", ""),
            "receiver pager sends nothing; what ends there: ApiDown",
        ),
        (ROUTING.replace('severity="critical"', 'team="x"'), "chat is no pager; what has to page and ends there: ApiDown"),
        (ROUTING.replace("hooks.api.internal", "hooks.example.com"), None),
        (
            ROUTING.replace("routing_key_file: /etc/key", "routing_key: <key>"),
            "receiver pager has a placeholder in angle brackets",
        ),
        (ROUTING.replace("receiver: pager\nreceivers", "receiver: pagr\nreceivers"), "Alertmanager refuses"),
        (
            ROUTING.replace("receiver: pager\nreceivers", "receiver: pager\n      repeat_interval: 48h\nreceivers"),
            "the route to pager repeats a page after 2d",
        ),
        (
            ROUTING.replace("receiver: pager\nreceivers", "receiver: pager\n      mute_time_intervals: [night]\nreceivers")
            + "time_intervals: [{name: night, time_intervals: [{times: [{start_time: '20:00', end_time: '24:00'}]}]}]\n",
            "the route to pager pages nobody during night",
        ),
    ],
)  # fmt: skip
def test_a_way_that_ends_badly_is_found(tmp_path: Path, routing: str, says: str | None) -> None:
    found = [one.message for one in findings(routed, tree(tmp_path, RULE, routing))]
    assert (not found) if says is None else any(one.startswith(says) for one in found), found


def test_a_ticket_that_wakes_somebody_up_is_a_warning(tmp_path: Path) -> None:
    rules = RULE.replace("severity: critical", "severity: warning, pager: ''")
    routing = ROUTING.replace('severity="critical"', 'severity=~".+"')
    (found,) = findings(routed, tree(tmp_path, rules, routing))
    assert found.finding.at_most == "warning"
    assert "pager is a pager; what ends there as warning: ApiDown" in found.message


def test_no_routing_is_unknown_and_says_what_would_settle_it(tmp_path: Path) -> None:
    path = write(tmp_path, {"d.yaml": DEPLOYMENT, "rules.yaml": RULE})
    (outcome,) = outcomes(routed, path)
    assert outcome.status == "unknown"
    assert "no Alertmanager configuration" in outcome.results[0].reason


def test_routing_that_is_declared_elsewhere_is_not_applicable(tmp_path: Path) -> None:
    path = write(tmp_path, {"d.yaml": DEPLOYMENT, "rules.yaml": RULE,
                            "readiness.yaml": "version: 1\nplatform: {routing: external}\nitems: []\n"})  # fmt: skip
    (outcome,) = outcomes(routed, path)
    assert outcome.status == "not-applicable"


def test_labels_of_the_series_leave_the_way_open(tmp_path: Path) -> None:
    routing = ROUTING.replace('severity="critical"', 'namespace="shop"').replace(
        "  receiver: chat\n  routes", "  receiver: nowhere\n  routes"
    ) + "  - name: nowhere\n"  # fmt: skip
    assert set(statuses(routed, tree(tmp_path, RULE, routing)).values()) == {"unknown"}


def test_info_alerts_may_reach_nobody(tmp_path: Path) -> None:
    rules = RULE.replace("severity: critical", "severity: info")
    routing = "route: {receiver: 'null'}\nreceivers: [{name: 'null'}]\n"
    assert findings(routed, tree(tmp_path, rules, routing)) == []
