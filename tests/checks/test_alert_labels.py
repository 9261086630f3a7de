"""Labels that an expression drops are missed where texts, routes and groups go by them."""

import json
import subprocess
from pathlib import Path

import pytest
from readiness_checks.alert import labels_survive

from tests import programs
from tests.faults import ORDERS, Fault, copy_of_orders, findings, outcomes, proofs, statuses, write

RULES = "monitoring/rules/orders.rules.yaml"
SUM = 'sum by (service) (rate(errors_total{namespace="shop"}[5m])) > 1'


def rule(expr: str = SUM, text: str = "", **labels: str) -> str:
    body = {
        "alert": "Errors", "expr": expr, "for": "5m",
        "labels": {"severity": "critical", **labels}, "annotations": {"summary": text},
    }  # fmt: skip
    return json.dumps({"groups": [{"name": "g", "rules": [body]}]})


def routes(children: str = "[]", group_by: str = "[alertname]") -> str:
    return (
        f"route: {{receiver: chat, group_by: {group_by}, routes: {children}}}\n"
        "receivers:\n"
        "  - {name: chat, webhook_configs: [{url: 'https://hooks.shop.internal/chat'}]}\n"
        "  - {name: pager, pagerduty_configs: [{routing_key_file: /etc/key}]}\n"
    )


def tree(path: Path, rules: str, routing: str = "", **more: str) -> Path:
    files = {"rules.json": rules, **more}
    if routing:
        files["alertmanager.yml"] = routing
    return write(path, files)


def test_orders_has_no_finding_and_a_proof() -> None:
    assert findings(labels_survive, ORDERS) == []
    (one, *_) = proofs(labels_survive, ORDERS)
    assert one.message == (
        "the labels of 9 alerts were held against what their texts print and routes and groups go by"
    )


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            Fault(RULES, "sum by (job, pool) (hikaricp_connections_pending", "sum by (pool) (hikaricp_connections_pending"),
            "OrdersDatabasePoolExhausted prints $labels.job in annotations.summary and annotations.description, "
            "which is never there; the expression keeps pool",
        ),
        (
            Fault(RULES, "Paid orders wait for the warehouse", "'{{ $labels.instance }} waits for the warehouse'"),
            "OrdersQueueAgeHigh prints $labels.instance in annotations.summary, which is never there; the expression "
            "keeps no label",
        ),
        (
            Fault(RULES, "Paid orders wait for the warehouse", "'{{ $labels.service }} waits for the warehouse'"),
            "OrdersQueueAgeHigh prints $labels.service in annotations.summary, which the rule adds only after its texts "
            "are filled in; the expression keeps no label",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_fault_is_found(tmp_path: Path, fault: Fault, says: str) -> None:
    (found,) = findings(labels_survive, fault.seed(copy_of_orders(tmp_path)))
    assert found.message == says
    assert found.at.file == RULES
    assert found.finding.operands[0].at is not None


@pytest.mark.parametrize(
    ("expr", "text", "labels"),
    [
        (SUM, "{{ $labels.pod }}", ["pod"]),
        ("sum(up) > 1", "{{ $labels.job }}", ["job"]),
        ("sum without (pod) (up) > 1", "{{ $labels.pod }}", ["pod"]),
        ('absent(up{job=~"a|b"})', "{{ $labels.job }}", ["job"]),
        ("vector(1)", "{{ $labels.job }}", ["job"]),
        ("up * on (instance) group_left () x > 1 and on () y", "{{ .Labels.pod }}", []),
        ("sum by (instance) (up) * on (instance) x > 1", "{{ $labels.job }}", ["job"]),
        ("sum by (job) (up) > 1", '{{ index $labels "pod" }}', ["pod"]),
    ],
)
def test_what_an_expression_drops(tmp_path: Path, expr: str, text: str, labels: list[str]) -> None:
    found = findings(labels_survive, tree(tmp_path, rule(expr, text)))
    assert [one.finding.key for one in found] == [f"printed {label}" for label in labels]


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        ("up == 0", "{{ $labels.pod }}"),
        (SUM, "{{ $labels.service }}"),
        ('absent(up{job="a"})', "{{ $labels.job }}"),
        ("sum by (pod) (x) * on (pod) group_left (node) y > 1", "{{ $labels.node }}"),
        ('label_replace(sum(x), "pod", "a", "", "") > 1', "{{ $labels.pod }}"),
        ('count_values("version", x) > 1', "{{ $labels.version }}"),
        ("topk(3, x) > 1", "{{ $labels.pod }}"),
        (SUM, "{{ if $labels.pod }}of {{ $labels.pod }}{{ end }}"),
        (SUM, "{{ with $labels.pod }}of {{ . }}{{ end }}"),
        (SUM, "{{ or $labels.pod `all` }}"),
        (SUM, "{{ range query `up` }}{{ .Labels.pod }}{{ end }}"),
        (SUM, "{{ $externalLabels.cluster }}"),
        ("sum(histogram_share(1, x)) > 1", "{{ $labels.pod }}"),  # MetricsQL
        ('sum(rate({app="a"} |= "error" [5m])) > 1', "{{ $labels.pod }}"),  # LogQL
    ],
)
def test_look_alike_is_left_alone(tmp_path: Path, expr: str, text: str) -> None:
    path = tree(tmp_path, rule(expr, text))
    assert findings(labels_survive, path) == []


def test_a_label_of_the_rule_comes_too_late_for_its_texts(tmp_path: Path) -> None:
    """What promtool says of it: the text is empty there."""
    path = tree(tmp_path, rule("sum(up) > 0", "at {{ $labels.severity }}."))
    (found,) = findings(labels_survive, path)
    assert found.finding.fix == "write critical in the place of $labels.severity"
    test = {
        "rule_files": ["rules.json"],
        "tests": [{ "interval": "1m",
            "input_series": [{"series": 'up{job="a"}', "values": "1+0x10"}],
            "alert_rule_test": [{
                "alertname": "Errors", "eval_time": "8m",
                "exp_alerts": [{"exp_labels": {"severity": "critical"}, "exp_annotations": {"summary": "at ."}}],
            }],
        }],
    }  # fmt: skip
    (path / "test.json").write_text(json.dumps(test))
    command = [str(programs.promtool()), "test", "rules", str(path / "test.json")]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_vmalert_fills_in_the_labels_of_the_rule_in_time(tmp_path: Path) -> None:
    groups = rule("sum(up) > 0", "{{ $labels.severity }} {{ $labels.pod }}")
    text = '{"apiVersion": "operator.victoriametrics.com/v1beta1", "kind": "VMRule", "metadata": {"name": "r"}, "spec": '
    found = findings(labels_survive, write(tmp_path, {"rule.json": text + groups + "}"}))
    assert [one.finding.key for one in found] == ["printed pod"]


CHILD = "[{receiver: pager, matchers: ['namespace=\"shop\"']}]"


def test_a_route_that_asks_for_what_was_dropped(tmp_path: Path) -> None:
    (found,) = findings(labels_survive, tree(tmp_path, rule(), routes(CHILD)))
    assert found.message == (
        'Errors is about namespace="shop" and drops that label: it goes to chat, past the route to pager that '
        "asks for it; the expression keeps service"
    )
    assert found.finding.fix == "keep namespace in the expression, or set labels.namespace to shop"


@pytest.mark.parametrize(
    ("rules", "children"),
    [
        (rule(namespace="shop"), CHILD),  # the rule sets it
        (rule('sum by (namespace) (rate(errors_total{namespace="shop"}[5m])) > 1'), CHILD),
        (rule('rate(errors_total{namespace="shop"}[5m]) > 1'), CHILD),
        (rule("sum(rate(errors_total[5m])) > 1"), CHILD),  # not about it
        (rule('sum(a{namespace="shop"}) + sum(b{namespace="till"}) > 1'), CHILD),  # about two
        (rule('sum(a{cluster="shop"}) > 1'), CHILD.replace("namespace", "cluster")),  # a server adds it
        (rule(), CHILD.replace("=", "!=")),
        (rule(), CHILD.replace("shop", "till")),
    ],
)
def test_a_route_that_is_not_missed(tmp_path: Path, rules: str, children: str) -> None:
    assert findings(labels_survive, tree(tmp_path, rules, routes(children))) == []


def test_a_label_that_the_server_in_evidence_adds(tmp_path: Path) -> None:
    rules, routing = (
        rule('sum(a{shop="x"}) > 1'),
        routes(CHILD.replace("namespace", "shop").replace('"shop"', '"x"')),
    )
    assert len(findings(labels_survive, tree(tmp_path, rules, routing))) == 1
    for number, server in enumerate(
        (
            "global: {external_labels: {shop: x}}\n",
            "alerting: {alert_relabel_configs: [{target_label: shop}]}\n",
        )
    ):
        more = {"prometheus.yml": f"{server}scrape_configs: []\n"}
        assert findings(labels_survive, tree(tmp_path / str(number), rules, routing, **more)) == []
    kind = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: p}\nspec: {externalLabels: {shop: x}}\n"
    assert findings(labels_survive, tree(tmp_path / "o", rules, routing, **{"p.yaml": kind})) == []


def test_groups_by_what_was_dropped_are_noted(tmp_path: Path) -> None:
    (found,) = findings(
        labels_survive, tree(tmp_path, rule("sum by (pod) (x) > 1"), routes(group_by="[namespace]"))
    )
    assert found.message.startswith("routes group by namespace, which 1 alerts drop: ")
    assert found.finding.at_most == "note"


@pytest.mark.parametrize(
    ("expr", "group_by"),
    [
        ("sum by (pod) (x) > 1", "['...']"),
        ("sum by (pod) (x) > 1", "[cluster]"),
        ("sum by (pod) (x) > 1", "[severity]"),
        ("sum(x) > 1", "[namespace]"),  # one alert, of all together
        ('sum by (pod) (x{namespace="shop"}) > 1', "[namespace]"),  # of one only
        ("absent(up{job='a'})", "[namespace]"),
    ],
)
def test_groups_that_are_right_are_left_alone(tmp_path: Path, expr: str, group_by: str) -> None:
    assert findings(labels_survive, tree(tmp_path, rule(expr), routes(group_by=group_by))) == []


def test_templates_in_all_expressions_are_unknown(tmp_path: Path) -> None:
    assert set(statuses(labels_survive, tree(tmp_path, rule("sum({{ .Values.metric }}) > 1"))).values()) == {
        "unknown"
    }


def test_labels_of_a_group_are_those_of_its_rules(tmp_path: Path) -> None:
    text = rule().replace('"name": "g"', '"name": "g", "labels": {"namespace": "shop"}')
    assert findings(labels_survive, tree(tmp_path, text, routes(CHILD))) == []


@pytest.mark.parametrize(
    "text",
    [
        "global: 3\nscrape_configs: 4\n", "global: {scrape_interval: [1], external_labels: [2]}\nscrape_configs: []\n",
        "alerting: [1]\nscrape_configs: []\n", "alerting: {alert_relabel_configs: [1, {target_label: {a: 1}}]}\nrule_files: 3\n",
    ],
)  # fmt: skip
def test_a_configuration_of_any_shape_crashes_nothing(tmp_path: Path, text: str) -> None:
    assert outcomes(labels_survive, tree(tmp_path, rule(), **{"prometheus.yml": text}))
    assert findings(labels_survive, tree(tmp_path, rule(), **{"prometheus.yml": text})) == []
