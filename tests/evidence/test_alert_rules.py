"""Alerting rules from each place that they come from."""

import base64
from pathlib import Path

import pytest
from readiness_checks.alert import routed, rules_valid

from readiness.evidence.alert_rules import AlertRule, RecordingRule, selects
from readiness.evidence.context import ServiceCard
from readiness.evidence.routing import Routing
from readiness.outcome import Location
from tests.faults import findings as findings_of
from tests.faults import judged, write

GROUPS = "groups:\n  - name: g\n    rules:\n      - {alert: A, expr: up == 0, labels: {severity: critical}}\n"
OBJECT = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: r}\nspec:\n  " + (
    GROUPS.replace("\n", "\n  ").strip()
)
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: rules}\ndata:\n  a.yaml: |\n    " + (
    GROUPS.replace("\n", "\n    ").strip()
)
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n"


def rules(path: Path, kind: type = AlertRule) -> list[AlertRule]:
    done = judged(rules_valid, path)
    return [rule for one in done.environments for rule in done.collector.collected(kind, one.name).items]


@pytest.mark.parametrize(
    "files",
    [
        {"rules.yaml": GROUPS, "d.yaml": DEPLOYMENT},
        {"rule.yaml": OBJECT},
        {"config.yaml": CONFIG_MAP},
        {"rules.json": '{"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "up == 0"}]}]}', "d.yaml": DEPLOYMENT},
    ],
    ids=["file", "object", "config map", "json"],
)  # fmt: skip
def test_a_rule_is_read_from_each_place(tmp_path: Path, files: dict[str, str]) -> None:
    (rule,) = rules(write(tmp_path, files))
    assert (rule.name, rule.expr, rule.group) == ("A", "up == 0", "g")
    assert rule.problem == ""
    assert rule.plain()["expr"] == "up == 0"


def test_the_same_rule_in_a_file_and_in_an_object_counts_once(tmp_path: Path) -> None:
    assert len(rules(write(tmp_path, {"rules.yaml": GROUPS, "rule.yaml": OBJECT}))) == 1


def test_rules_of_one_name_have_subjects_of_their_own(tmp_path: Path) -> None:
    more = "".join(GROUPS.splitlines(True)[3:])
    text = GROUPS + more.replace("critical", "warning") + more.replace("== 0", "== 1")
    found = rules(write(tmp_path, {"rules.yaml": text, "d.yaml": DEPLOYMENT}))
    assert len({rule.subject for rule in found}) == len(found) == 3


def test_recording_rules_are_no_alerts(tmp_path: Path) -> None:
    text = GROUPS + "      - {record: a:b, expr: sum(up)}\n"
    path = write(tmp_path, {"rules.yaml": text, "d.yaml": DEPLOYMENT})
    assert [rule.name for rule in rules(path)] == ["A"]
    assert [rule.name for rule in rules(path, RecordingRule)] == ["a:b"]


@pytest.mark.parametrize(
    "text",
    [
        "groups: 3\n#rules:\n", "groups:\n  - 3\n  - rules: x\n", "groups:\n  - rules: [3, {alert: A}]\n",
        "groups:\n  - rules: [{alert: A, expr: 3, labels: [1], annotations: 4, for: {a: 1}}]\n",
        "groups:\n  - {name: null, rules: [{alert: null, expr: null}]}\n",
    ],
)  # fmt: skip
def test_rules_of_any_shape_crash_nothing(tmp_path: Path, text: str) -> None:
    findings_of(rules_valid, write(tmp_path, {"rules.yaml": text, "d.yaml": DEPLOYMENT}))


def test_only_rules_about_the_service_count_in_a_shared_source(tmp_path: Path) -> None:
    text = GROUPS + "".join(GROUPS.splitlines(True)[3:]).replace("alert: A", "alert: B").replace(
        "severity: critical", "severity: critical, service: other"
    )
    mine = text.replace("labels: {severity: critical}", "labels: {severity: critical, service: orders}", 1)
    path = write(tmp_path / "own", {"d.yaml": DEPLOYMENT, "shared/rules.yaml": mine,
                 "readiness.yaml": "version: 1\nservice: {name: orders}\nenvironments: {p: {manifests: [d.yaml]}}\n"
                                   "items: []\n"})  # fmt: skip
    assert {rule.name for rule in rules(path)} == {"A", "B"}  # the repository itself is not shared


ALERTMANAGER = (
    "route: {receiver: pager}\nreceivers: [{name: pager, pagerduty_configs: [{routing_key_file: /k}]}]\n"
)


@pytest.mark.parametrize(
    "secret",
    [
        "stringData:\n  alertmanager.yaml: |\n    " + ALERTMANAGER.replace("\n", "\n    "),
        "data:\n  alertmanager.yaml: " + base64.b64encode(ALERTMANAGER.encode()).decode() + "\n",
    ],
    ids=["text", "base64"],
)
def test_routing_is_read_from_a_secret(tmp_path: Path, secret: str) -> None:
    path = write(tmp_path, {"rules.yaml": GROUPS,
                            "s.yaml": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\n{secret}"})  # fmt: skip
    done = judged(routed, path)
    (environment,) = done.environments
    (routing,) = done.collector.collected(Routing, environment.name).items
    assert routing.config.root.receiver == "pager"
    assert findings_of(routed, path) == []


@pytest.mark.parametrize(
    "secret",
    ["data: {alertmanager.yaml: '%%%'}\n", "stringData: {alertmanager.yaml: '{a: ['}\n", "data: 3\n"],
)
def test_a_secret_that_can_not_be_read_is_unknown(tmp_path: Path, secret: str) -> None:
    path = write(tmp_path, {"rules.yaml": GROUPS,
                            "s.yaml": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\n{secret}"})  # fmt: skip
    assert {one.status for one in judged(routed, path).outcomes} == {"unknown"}


def test_two_configurations_are_unknown_until_one_is_named(tmp_path: Path) -> None:
    files = {"rules.yaml": GROUPS, "d.yaml": DEPLOYMENT, "a/alertmanager.yml": ALERTMANAGER,
             "b/alertmanager.yml": ALERTMANAGER}  # fmt: skip
    assert {one.status for one in judged(routed, write(tmp_path, files)).outcomes} == {"unknown"}
    (tmp_path / "readiness.yaml").write_text(
        "version: 1\nevidence: {routing: [a/alertmanager.yml]}\nitems: []\n"
    )
    assert {one.status for one in judged(routed, tmp_path).outcomes} == {"pass"}


def rule(expr: str = "up == 0", **body: object) -> AlertRule:
    return AlertRule({"alert": "A", "expr": expr, **body}, "g", Location("repository", "r.yaml"), "")


@pytest.mark.parametrize(
    ("expr", "labels"),
    [
        ("up == 0", None),
        ("sum by (a, b) (x) > 0", {"a", "b"}),
        ("sum(x) by (a) > 0", {"a"}),
        ("sum(x) / sum(y) > 1", set()),
        ("sum without (a) (x)", None),
        ("topk by (a) (3, x)", None),
        ("topk(3, sum by (a) (x))", {"a"}),
        ('count_values("v", x)', {"v"}),
        ("sum by (a) (x) and on (a) y", {"a"}),
        ("sum by (a) (x) unless sum by (b) (y)", {"a"}),
        ("sum by (a) (x) or sum by (b) (y)", {"a", "b"}),
        ("sum by (a) (x) * on (a) group_left (c) y", {"a", "c"}),
        ("-(sum by (a) (x))", {"a"}),
        ("vector(1)", set()),
        ("absent(up{job='a'})", {"job"}),
        ("label_replace(sum(x), 'team', 'a', '', '')", {"team"}),
        ("sum(", None),
        ("sum by (a) (x{b='{{ c }}'})", None),
    ],
)
def test_labels_that_an_expression_lets_through(expr: str, labels: set[str] | None) -> None:
    assert rule(expr).series_labels == labels


@pytest.mark.parametrize(
    ("expr", "dialect", "wrong"),
    [
        ("up == 0", "", False),
        ("up >> 0", "", True),
        ('up{namespace="default", x="if"} >> 0', "", True),  # words in a text are no keywords
        ("up >> 0 # default", "", True),
        ("x default 0", "MetricsQL", False),
        ("WITH (a = 1) a", "MetricsQL", False),
        ('{app="x"} |~ "e"', "LogQL", False),
        ('count_over_time({app="x"} != "e" [5m]) > 1', "LogQL", False),
        ('sum(count_over_time({app="x"} | json | level="e" [5m])) > 1', "LogQL", False),
        ('x{a="b"} != = 1', "", True),
        ("x{a=~'[[:^alpha:]]+'}", "", False),
        ("{{ .Values.expr }}", "a template that is not filled in", False),
        ("up == ${LIMIT}", "a template that is not filled in", False),
        ("  ", "", True),
        (":a:b{x=~'c:d'} offset 5m @ end()", "", False),
        ('{"http.requests"} > 1', "", False),
    ],
)
def test_languages_that_are_not_judged(expr: str, dialect: str, wrong: bool) -> None:
    assert rule(expr).dialect == dialect
    assert bool(rule(expr).problem) == wrong


@pytest.mark.parametrize(
    ("labels", "expr", "mine"),
    [
        ({"service": "orders"}, "x", True),
        ({"team": "team-orders"}, "x", True),
        ({"severity": "orders"}, "x", False),
        ({"service": "payments"}, "x", False),
        ({}, 'x{job="orders"}', True),
        ({}, 'x{job=~"payments|orders"}', True),
        ({}, "x{job=~'orders.*'}", True),
        ({}, 'x{deployment="orders-api"}', True),
        ({}, 'x{job="old-orders"}', False),
        ({}, 'x{job="ordersx"}', False),
        ({}, "orders_total", False),
        ({}, 'x # for "orders"', False),
    ],
)
def test_rules_that_are_about_a_service(labels: dict[str, str], expr: str, mine: bool) -> None:
    card = ServiceCard("orders", 1, "group:default/team-orders")
    assert selects(rule(expr, labels=labels), card) == mine
    assert not selects(rule(expr, labels=labels), ServiceCard("", 1))


@pytest.mark.parametrize(
    ("version", "kind", "read"),
    [
        ("monitoring.coreos.com/v1", "PrometheusRule", True),
        ("operator.victoriametrics.com/v1beta1", "VMRule", True),
        ("monitoring.googleapis.com/v1", "Rules", True),
        ("monitoring.googleapis.com/v1", "ClusterRules", True),
        ("example.dev/v1", "Rules", False),
    ],
)
def test_objects_that_hold_rules(tmp_path: Path, version: str, kind: str, read: bool) -> None:
    text = OBJECT.replace("monitoring.coreos.com/v1", version).replace("PrometheusRule", kind)
    assert bool(rules(write(tmp_path, {"r.yaml": text, "d.yaml": DEPLOYMENT}))) == read


def test_files_that_the_checklist_names_are_the_only_ones(tmp_path: Path) -> None:
    files = {
        "a/rules.yaml": GROUPS,
        "b/rules.yaml": GROUPS.replace("alert: A", "alert: B"),
        "d.yaml": DEPLOYMENT,
    }
    path = write(tmp_path, {**files, "readiness.yaml": "version: 1\nevidence: {rules: [b]}\nitems: []\n"})  # fmt: skip
    assert [one.name for one in rules(path)] == ["B"]


def test_a_subject_says_the_severity_and_then_a_number(tmp_path: Path) -> None:
    one = "".join(GROUPS.splitlines(True)[3:])
    text = GROUPS + one.replace("critical", "warning") + one.replace("== 0", "== 1")
    text += one.replace("labels: {severity: critical}", "labels: {}").replace("== 0", "== 2")
    found = rules(write(tmp_path, {"rules.yaml": text, "d.yaml": DEPLOYMENT}))
    assert [one.subject.part for one in found] == ["g", "g, warning", "g, 2", "g, 3"]


def test_a_specification_of_a_generator_is_no_rule(tmp_path: Path) -> None:
    sloth = "version: prometheus/v1\nservice: a\nslos:\n  - name: b\n    alerting: {name: C, page_alert: {labels: {}}}\n"
    assert rules(write(tmp_path, {"sloth.yaml": sloth, "d.yaml": DEPLOYMENT})) == []


def test_a_broken_rule_file_is_told_in_its_place(tmp_path: Path) -> None:
    path = write(tmp_path, {"rules.yaml": GROUPS + "  - [\n", "d.yaml": DEPLOYMENT})
    done = judged(rules_valid, path)
    (unreadable,) = done.collector.collected(AlertRule, done.environments[0].name).unreadable
    assert (unreadable.at.file, unreadable.kinds) == ("rules.yaml", frozenset({"rules"}))
