"""Tests that are written for alert rules pass as they are, try the rule both ways, and say where they can't."""

import subprocess
from pathlib import Path

import pytest
import yaml
from readiness_checks.alert import unit_tested

from readiness.evidence.alert_rules import AlertRule, RecordingRule, RuleSet
from readiness.outcome import Location
from readiness.rule_test_skeleton import NotWritten, Skeleton, cases_of, skeleton
from tests.faults import ORDERS, findings, write
from tests.programs import promtool

SHAPES = [
    'up{job="a"} == 0',
    'absent(up{job="a"} == 1)',
    'absent_over_time(up{job="a"}[10m])',
    'sum(rate(http_total{job="a", code=~"5.."}[5m])) / sum(rate(http_total{job="a"}[5m])) > 0.05',
    '100 * sum by (route) (rate(http_total{code=~"5.."}[5m])) / sum by (route) (rate(http_total[5m])) > 60',
    "(1 - free_bytes / size_bytes) * 100 > 80",
    'histogram_quantile(0.99, sum by (le, route) (rate(latency_bucket{job="a"}[5m]))) > 0.5',
    "increase(errors_total[10m]) > 0",
    "changes(leader[15m]) > 2",
    "delta(level[30m]) < -10",
    "predict_linear(free_bytes[1h], 4 * 3600) < 0",
    "free_bytes / size_bytes < 0.2 and predict_linear(free_bytes[6h], 4 * 3600) < 0 and read_only == 0",
    "time() - last_success_seconds > 3600",
    'expires_seconds{name="tls"} - time() < 86400 * 14',
    'count(up{job="a"} == 1) < 3',
    'count by (cluster) (up{job="a"} == 0) / count by (cluster) (up{job="a"}) > 0.3',
    'count(up{job="a"} == 1) < 3 or absent(up{job="a"} == 1)',
    "queue_length > queue_limit",
    "desired != current and current > least and current < most",
    'depth{queue="a"} > 100 unless on (queue) paused{queue="a"} == 1',
    'pod_restarts * on (namespace, pod) group_left (node) pod_info{node!=""} > 5',
    'max_over_time((sum by (route) (rate(http_total[1m])))[10m:1m]) > 100',
    "avg_over_time(temperature[1h]) >= 30",
    "(memory_used > bool 10) == 1",
    "topk(3, connections) > 50",
    'abs(clock_offset_seconds{instance=~"web-[0-9]+"}) > 0.05',
    'label_replace(up{job="a"}, "service", "$1", "job", "(.*)") == 0',
    "job:errors:ratio5m > 14.4 * 0.001 and job:errors:ratio1h > 14.4 * 0.001",
    "clamp_min(backlog - 10, 0) > 5",
    "stddev(shards) > 1",
    "-balance > 5",
    "used / on (name) group_left () hard > 0.9 < 1",
    'count by (job) (count_values by (job) ("hash", config_hash)) != 1',
    "irate(errors_total[2m]) > 3",
    "sum(a_total:rate5m) / (sum(a_total:rate5m) + sum(b_total:rate5m)) > 0.2",
]  # fmt: skip
TEXT = (
    '{{ $labels.job }} has {{ $value | humanize }}, {{ printf "%.2f" $value }}, {{ $value }}'
    "{{ with $labels.cluster }} in {{ . }}{{ end }}"
)


def rules_of(*exprs: str, hold: str = "5m") -> str:
    rules = [
        {"alert": f"A{number}", "expr": expr, "for": hold, "labels": {"severity": "critical"},
         "annotations": {"summary": TEXT}}
        for number, expr in enumerate(exprs)
    ]  # fmt: skip
    return yaml.safe_dump({"groups": [{"name": "shapes", "rules": rules}]}, sort_keys=False)


def of_text(text: str) -> Skeleton:
    rules = RuleSet(yaml.safe_load(text), Location("repository", "rules.yaml"))
    return skeleton("rules.yaml", list(AlertRule.of_set(rules)), list(RecordingRule.of_set(rules)))


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(promtool()), "test", "rules", str(folder / "rules.test.yaml")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_alert_of_orders_gets_a_test_that_passes(tmp_path: Path) -> None:
    text = (ORDERS / "monitoring/rules/orders.rules.yaml").read_text()
    made = of_text(text)
    assert not made.left
    assert len(made.written) == 9
    write(tmp_path, {"rules.yaml": text, "rules.test.yaml": made.text})
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [one.message for one in findings(unit_tested, tmp_path)] == []


def test_every_shape_gets_a_test_that_passes(tmp_path: Path) -> None:
    text = rules_of(*SHAPES)
    made = of_text(text)
    assert [(SHAPES[int(name[1:])], why) for name, why in made.left] == []
    write(tmp_path, {"rules.yaml": text, "rules.test.yaml": made.text})
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert findings(unit_tested, tmp_path) == []


@pytest.mark.parametrize(
    ("expr", "broken"),
    [
        ("load > 10", "load > 100"),
        ("load > 10", "load > 3"),
        ("load > 10", "load < 10"),
        ('absent(up{job="a"})', 'absent(up{job="b"})'),
        ("rate(errors_total[5m]) > 1", "rate(errors_total[5m]) > 3"),
    ],
)
def test_a_rule_that_says_something_else_fails_its_test(tmp_path: Path, expr: str, broken: str) -> None:
    made = of_text(rules_of(expr))
    write(tmp_path, {"rules.yaml": rules_of(broken), "rules.test.yaml": made.text})
    assert run(tmp_path).returncode == 1


def test_two_severities_of_one_name_are_expected_together(tmp_path: Path) -> None:
    rules = [
        {"alert": "A", "expr": f"ttl_seconds < {bound}", "labels": {"severity": severity}}
        for bound, severity in ((604_800, "warning"), (86_400, "critical"))
    ]
    text = yaml.safe_dump({"groups": [{"name": "a", "rules": rules}]})
    made = of_text(text)
    write(tmp_path, {"rules.yaml": text, "rules.test.yaml": made.text})
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert findings(unit_tested, tmp_path) == []


def test_an_alert_that_always_fires_has_no_silent_case() -> None:
    rules = RuleSet(yaml.safe_load(rules_of("vector(1)")), Location("repository", "rules.yaml"))
    (alert,) = AlertRule.of_set(rules)
    (case,) = cases_of(alert)
    assert case.expected


@pytest.mark.parametrize(
    ("expr", "why"),
    [
        ('a{b!~".*"} > 0', "no value of b was found"),
        ("a ^ b > 3", "^ is not followed"),
        ("sum(rate(x[5m])) / sum(rate(x[5m])) > 2", ""),
        ("rate(x[60d]) > 1", "a test would be too long"),
        ("(", "unclosed left parenthesis"),
        ("count(a) > 500", "501 series can't be chosen"),
        ("a > 1 and a < 1", "two values"),
        ("holt_winters(a[5m], 0.5, 0.5) > 1", ""),
    ],
)
def test_what_cannot_be_written_is_said(expr: str, why: str) -> None:
    rules = RuleSet(yaml.safe_load(rules_of(expr)), Location("repository", "rules.yaml"))
    (alert,) = AlertRule.of_set(rules)
    with pytest.raises(NotWritten) as said:
        cases_of(alert)
    assert why in str(said.value)


@pytest.mark.parametrize(
    "text", ["{{ query `up` | first }}", "{{ range $x := . }}{{ end }}", "{{ $value", "{{ end }}"]
)
def test_a_text_that_asks_a_server_is_not_written(text: str) -> None:
    rules = yaml.safe_load(rules_of("up == 0"))
    rules["groups"][0]["rules"][0]["annotations"] = {"summary": text}
    made = of_text(yaml.safe_dump(rules))
    if text == "{{ $value":
        assert made.written  # no action, so it is a plain text to us: alert.rules-valid refuses it
    else:
        assert made.left
        assert not made.text


def test_a_series_that_is_recorded_all_the_same_is_not_given_twice() -> None:
    text = """\
groups:
  - name: a
    rules:
      - {record: a:b, expr: vector(7)}
      - {alert: A, expr: 'a:b > 9'}
"""
    ((name, why),) = of_text(text).left
    assert (name, why) == ("A", "a:b would be recorded beside what the test gives")
