"""Alerting that Grafana does: rules, contact points, policies."""

from pathlib import Path

import pytest
from readiness_checks.alert import grafana_chain, rules_valid
from readiness_checks.monitoring import golden_signals

from readiness.evidence.grafana_alerts import Policy
from readiness.evidence.matchers import Matcher
from readiness.outcome import Location
from tests.faults import ORDERS, Fault, copy_of_orders, findings, proofs, statuses, write

RULES = """
apiVersion: 1
groups:
  - orgId: 1
    name: orders
    folder: Orders
    interval: 1m
    rules:
      - uid: slow
        title: OrdersSlow
        condition: B
        noDataState: Alerting
        execErrState: Error
        for: 5m
        labels: {team: orders, severity: critical}
        data:
          - refId: A
            datasourceUid: prometheus
            model: {expr: 'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))'}
          - refId: B
            datasourceUid: __expr__
            model: {type: threshold, expression: A}
"""
POINTS = """
apiVersion: 1
contactPoints:
  - orgId: 1
    name: orders-pager
    receivers:
      - {uid: a, type: pagerduty, settings: {integrationKey: $PAGERDUTY_KEY}}
  - orgId: 1
    name: orders-mail
    receivers:
      - {uid: b, type: email, settings: {addresses: team-orders@harbour.internal}}
"""
POLICIES = """
apiVersion: 1
policies:
  - orgId: 1
    receiver: orders-mail
    routes:
      - receiver: orders-pager
        object_matchers: [[severity, "=", critical]]
"""
FILES = {"grafana/rules.yaml": RULES, "grafana/points.yaml": POINTS, "grafana/policies.yaml": POLICIES}


def said(path: Path, **edits: tuple[str, str]) -> list[str]:
    files = dict(FILES)
    for name, (old, new) in edits.items():
        key = f"grafana/{name}.yaml"
        assert old in files[key]
        files[key] = files[key].replace(old, new)
    return [found.message for found in findings(grafana_chain, write(path, files))]


def test_a_whole_chain_has_no_finding(tmp_path: Path) -> None:
    assert said(tmp_path) == []
    assert [proof.message for proof in proofs(grafana_chain, tmp_path)] == [
        "contact point orders-pager sends by pagerduty",
        "contact point orders-mail sends by email",
        "OrdersSlow asks 1 queries and reaches orders-pager",
    ]


def test_orders_has_no_alerting_of_grafana() -> None:
    assert set(statuses(grafana_chain, ORDERS).values()) == {"not-applicable"}


MAIL = "team-orders@harbour.internal"


@pytest.mark.parametrize(
    ("edits", "says"),
    [
        (
            {"points": (MAIL, "<example@email.com>")},
            "contact point orders-mail has example@email.com as its addresses: the address that Grafana starts with",
        ),
        (
            {"points": ("$PAGERDUTY_KEY", "changeme")},
            "contact point orders-pager has changeme as its integrationKey: a note to replace it",
        ),
        ({"policies": ("receiver: orders-pager", "receiver: orders-pagr")}, "a notification policy sends to orders-pagr, "
         "0 contact points are called so; there are orders-pager, orders-mail"),
        ({"policies": ("receiver: orders-mail", "receiver: grafana-default-email")}, "a notification policy sends to "
         "grafana-default-email, which is Grafana's default; there are orders-pager, orders-mail"),
        ({"rules": ("condition: B", "condition: C")}, "OrdersSlow has condition C, its data has A, B"),
        ({"rules": ("        condition: B\n", "")}, "OrdersSlow has condition none, its data has A, B"),
        ({"rules": ("execErrState: Error", "execErrState: OK")},
         "OrdersSlow is OK while its query fails (execErrState): an outage is silent"),
        ({"rules": ("        noDataState: Alerting\n", "")},
         "OrdersSlow has no noDataState: the default NoData fires an alert of its own"),
        ({"rules": ("for: 5m", "isPaused: true")}, "OrdersSlow is paused: it is never evaluated"),
    ],
)  # fmt: skip
def test_fault_is_found(tmp_path: Path, edits: dict[str, tuple[str, str]], says: str) -> None:
    assert said(tmp_path, **edits)[0] == says


def test_rule_that_reaches_stand_ins_only(tmp_path: Path) -> None:
    found = said(tmp_path, points=("$PAGERDUTY_KEY", "changeme"))
    assert found[1:] == ["OrdersSlow reaches orders-pager only, and 0 of its addresses are real"]
    found = said(
        tmp_path, points=("$PAGERDUTY_KEY", "changeme"), rules=("severity: critical", "severity: warning")
    )
    assert len(found) == 1  # the mail is real


def test_contact_point_without_receivers(tmp_path: Path) -> None:
    old = (
        "    receivers:\n      - {uid: b, type: email, settings: {addresses: team-orders@harbour.internal}}\n"
    )
    assert said(tmp_path, points=(old, "")) == [
        "contact point orders-mail has 0 receivers: what reaches it reaches nobody"
    ]


def test_data_source_has_to_be_provisioned(tmp_path: Path) -> None:
    sources = "apiVersion: 1\ndatasources: [{name: Mimir, uid: mimir, type: prometheus}]\n"
    write(tmp_path, {"grafana/sources.yaml": sources})
    assert said(tmp_path) == [
        "OrdersSlow asks data source prometheus, Grafana is provisioned with Mimir, mimir"
    ]
    assert said(tmp_path, rules=("datasourceUid: prometheus", "datasourceUid: mimir")) == []


@pytest.mark.parametrize(
    "edits",
    [
        {"points": (MAIL, "${TEAM_MAIL}")},
        {"points": (MAIL, "$__file{/etc/mail}")},
        {"rules": ("noDataState: Alerting", "noDataState: OK")},
        {"rules": ("condition: B", "condition: A")},
        {"policies": ('[[severity, "=", critical]]', '[[severity, "=~", "critical|page"]]')},
        {"policies": ("receiver: orders-pager", "receiver: $TEAM")},
    ],
)
def test_look_alike_is_left_alone(tmp_path: Path, edits: dict[str, tuple[str, str]]) -> None:
    assert said(tmp_path, **edits) == []


def test_without_contact_points_nothing_is_said_of_names(tmp_path: Path) -> None:
    tree = write(tmp_path, {key: text for key, text in FILES.items() if "points" not in key})
    assert findings(grafana_chain, tree) == []
    assert [proof.message for proof in proofs(grafana_chain, tree)] == ["OrdersSlow asks 1 queries"]


def test_objects_and_config_maps_are_read(tmp_path: Path) -> None:
    indented = "\n".join("    " + line for line in POINTS.strip().splitlines())
    objects = f"""
apiVersion: v1
kind: ConfigMap
metadata: {{name: points}}
data:
  points.yaml: |
{indented}
---
apiVersion: grafana.integreatly.org/v1beta1
kind: GrafanaContactPoint
metadata: {{name: chat}}
spec: {{name: chat, type: slack, settings: {{recipient: "#todo", url: "https://hooks.slack.com/x"}}}}
---
apiVersion: grafana.integreatly.org/v1beta1
kind: GrafanaNotificationPolicy
metadata: {{name: tree}}
spec: {{route: {{receiver: chat, routes: [{{receiver: orders-pager, matchers: [{{name: team, value: orders}}]}}]}}}}
---
apiVersion: grafana.integreatly.org/v1beta1
kind: GrafanaAlertRuleGroup
metadata: {{name: rules}}
spec:
  folderRef: orders
  rules:
    - {{uid: a, title: Slow, condition: A, noDataState: OK, labels: {{team: orders}}, data: [{{refId: A, datasourceUid: p}}]}}
    - {{uid: b, title: Other, condition: A, noDataState: OK, labels: {{team: web}}, data: [{{refId: A, datasourceUid: p}}]}}
"""
    assert [found.message for found in findings(grafana_chain, write(tmp_path, {"all.yaml": objects}))] == [
        "contact point chat has todo as its recipient: a note to fill it in",
        "Other reaches chat only, and 0 of its addresses are real",
    ]


@pytest.mark.parametrize("text", [
    "apiVersion: 1\ngroups: 3\n",
    "apiVersion: 1\ngroups: [3, {rules: [3, {data: 3}]}]\n",
    "apiVersion: 1\ncontactPoints: [{name: a, receivers: [3, {settings: 3}]}, 3]\n",
    "apiVersion: 1\npolicies: [{routes: [3, {matchers: [3], object_matchers: [[1]]}]}]\n",
    "apiVersion: 1\npolicies: [\n",
])  # fmt: skip
def test_malformed_files_crash_nothing(tmp_path: Path, text: str) -> None:
    assert "error" not in statuses(grafana_chain, write(tmp_path, {"grafana/all.yaml": text})).values()


def test_rules_of_grafana_are_none_of_prometheus(tmp_path: Path) -> None:
    assert findings(rules_valid, write(tmp_path, FILES)) == []


def test_rules_of_grafana_watch_signals(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    (tree / "slo/orders.yaml").unlink()
    rules = "monitoring/rules/orders.rules.yaml"
    Fault(rules, "expr: orders:request_duration_seconds:p99_5m > 0.8", "expr: up").seed(tree)
    Fault(rules, "orders_queue_oldest_message_age_seconds{", "orders_queue_length{").seed(tree)
    assert any("0 of 9 alerts watch latency" in one.message for one in findings(golden_signals, tree))
    write(tree, FILES)
    assert findings(golden_signals, tree) == []


def test_policies_are_walked_as_grafana_does() -> None:
    at = Location("", "")
    first = Policy("a", (Matcher("x", "=", "1"),), True, (), at)
    second = Policy("b", (Matcher("y", "=", "2"),), False, (), at)
    root = Policy("root", (), False, (first, second), at)
    assert root.reached({"x": "1", "y": "2"}) == (frozenset({"a", "b"}), True)
    assert root.reached({"x": "0", "y": "0"}) == (frozenset({"root"}), True)
    assert root.reached({"x": "0"}) == (frozenset({"b", "root"}), False)
