"""Windows against scrapes, `for` against evaluations, and how soon the first page comes."""

import json
from pathlib import Path
from typing import Any

import pytest
from readiness_checks.alert import timing

from tests.faults import ORDERS, Fault, copy_of_orders, findings, outcomes, proofs, write

RULES = "monitoring/rules/orders.rules.yaml"
P = "deploy/rendered/production.yaml"
RATE = 'sum(rate(errors_total{job="api"}[5m])) > 1'
CONFIG = """\
global: {scrape_interval: 30s, evaluation_interval: 30s}
scrape_configs:
  - job_name: api
    static_configs: [{targets: ["api:80"]}]
"""
ROUTING = """\
route: {receiver: pager, group_wait: 30s}
receivers: [{name: pager, pagerduty_configs: [{routing_key_file: /etc/key}]}]
"""


def rules(expr: str = RATE, hold: Any = "2m", severity: str = "critical", interval: str = "") -> str:
    alert = {"alert": "Errors", "expr": expr, "labels": {"severity": severity}}
    if hold is not None:
        alert["for"] = hold
    group: dict[str, Any] = {"name": "g", "rules": [alert]}
    if interval:
        group["interval"] = interval
    return json.dumps({"groups": [group]})


def tree(path: Path, text: str, config: str = CONFIG, routing: str = ROUTING, **more: str) -> Path:
    files = {"rules.json": text, "prometheus.yml": config, "alertmanager.yml": routing, **more}
    return write(path, {name: text for name, text in files.items() if text})


def keys(path: Path, **settings: Any) -> list[str]:
    return [one.finding.key for one in findings(timing, path, **settings)]


def test_orders_has_no_finding_and_a_proof_of_the_first_page() -> None:
    assert findings(timing, ORDERS) == []
    messages = [proof.message for proof in proofs(timing, ORDERS)]
    assert any(
        one.startswith(
            "the first page, OrdersErrorBudgetBurnFast, comes 2m40s after it could (for 2m + evaluation 30s + "
            "group_wait 10s), 5m are allowed in tier 1"
        )
        for one in messages
    )


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            Fault(RULES, 'rate(http_server_requests_seconds_bucket{job="orders-api"}[5m])', 'rate(http_server_requests_seconds_bucket{job="orders-api"}[45s])'),
            "orders:request_duration_seconds:p99_5m takes rate over 45s of http_server_requests_seconds_bucket, and "
            "orders-api is scraped every 15s: one failed scrape leaves too few points in it",
        ),
        (
            Fault(RULES, 'rate(http_server_requests_seconds_bucket{job="orders-api"}[5m])', 'rate(http_server_requests_seconds_bucket{job="orders-api"}[20s])'),
            "orders:request_duration_seconds:p99_5m takes rate over 20s of http_server_requests_seconds_bucket, and "
            "orders-api is scraped every 15s: two points are never in it and it gives nothing",
        ),
        (
            Fault(RULES, "> 300\n        for: 5m\n", "> 300\n"),
            "OrdersQueueAgeHigh pages, has no for, and looks at one moment: one bad scrape wakes somebody up",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_fault_is_found(tmp_path: Path, fault: Fault, says: str) -> None:
    (found,) = findings(timing, fault.seed(copy_of_orders(tmp_path)))
    assert found.message == says
    assert found.at.file == RULES


@pytest.mark.parametrize(
    ("window", "found"), [("20s", ["window rate 20s api"]), ("1m59s", ["window rate 1m59s api"]), ("2m", []), ("5m", [])]
)  # fmt: skip
def test_the_bound_of_a_window(tmp_path: Path, window: str, found: list[str]) -> None:
    assert keys(tree(tmp_path, rules(RATE.replace("5m", window)))) == found


def test_two_scrapes_are_needed_and_four_are_safe(tmp_path: Path) -> None:
    (never,) = findings(timing, tree(tmp_path / "a", rules(RATE.replace("5m", "59s"))))
    (seldom,) = findings(timing, tree(tmp_path / "b", rules(RATE.replace("5m", "1m"))))
    assert never.message.endswith("api is scraped every 30s: two points are never in it and it gives nothing")
    assert seldom.message.endswith("api is scraped every 30s: one failed scrape leaves too few points in it")
    assert seldom.finding.fix == "take a window of 2m or more, or scrape more often"
    assert {operand.at.file for operand in seldom.finding.operands if operand.at} == {
        "rules.json",
        "prometheus.yml",
    }


@pytest.mark.parametrize(
    "expr",
    [
        "sum(rate(errors_total[1m])) > 1",  # whose it is stands nowhere
        'sum(rate(errors_total{job="other"}[1m])) > 1',  # nothing in evidence scrapes it
        'sum(rate(errors_total{job=~"api|other"}[1m])) > 1',
        'avg_over_time(up{job="api"}[1m]) < 1',  # one point is enough
        'max_over_time(queue{job="api"}[1m]) > 1',
        'sum(rate(errors_total{job="api"}[2m])) > 1',
    ],
)
def test_windows_that_are_left_alone(tmp_path: Path, expr: str) -> None:
    assert keys(tree(tmp_path, rules(expr))) == []


MONITOR = """\
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: api}
spec:
  selector: {matchLabels: {app: api}}
  endpoints: [{port: web, interval: 1m}, {port: more}]
---
apiVersion: v1
kind: Service
metadata: {name: api, labels: {app: api, tier: front}}
spec: {selector: {app: api}, ports: [{name: web, port: 80}]}
"""


@pytest.mark.parametrize(
    ("config", "monitor", "job", "found"),
    [
        ("", MONITOR, "api", True),  # the endpoint without an interval says nothing without a server
        ("", MONITOR, "front", False),
        ("", MONITOR.replace("spec:\n  selector", "spec:\n  jobLabel: tier\n  selector"), "front", True),
        ("", MONITOR.replace("interval: 1m", "interval: 15s"), "api", False),
        ("", MONITOR.replace("interval: 1m", "interval: x"), "api", False),
        ("global: {}\nscrape_configs: []\n", MONITOR.replace(", interval: 1m", ""), "api", True),  # the default of 1m
        ("global: {scrape_interval: 10s}\nscrape_configs: []\n", MONITOR, "api", False),  # the other endpoint's
    ],
)  # fmt: skip
def test_intervals_of_monitors(tmp_path: Path, config: str, monitor: str, job: str, found: bool) -> None:
    text = rules(RATE.replace("5m", "2m").replace("api", job), hold="3m")
    path = tree(tmp_path, text, config, **{"m.yaml": monitor})
    assert keys(path) == ([f"window rate 2m {job}"] if found else [])


def test_a_scrape_job_has_its_own_interval(tmp_path: Path) -> None:
    config = CONFIG.replace("- job_name: api", "- job_name: api\n    scrape_interval: 2m")
    (found,) = findings(timing, tree(tmp_path, rules(), config))
    assert "api is scraped every 2m" in found.message


@pytest.mark.parametrize(
    ("hold", "interval", "found", "cap"),
    [
        ("1m", "1m", [], None), ("2m", "1m", [], None), ("90s", "1m", ["for"], "note"), ("30s", "1m", ["for"], None),
        ("2m", "", [], None), ("45s", "", ["for"], "note"),
    ],
)  # fmt: skip
def test_for_against_evaluations(
    tmp_path: Path, hold: str, interval: str, found: list[str], cap: str | None
) -> None:
    path = tree(tmp_path, rules(hold=hold, interval=interval))
    assert keys(path) == found
    assert {one.finding.at_most for one in findings(timing, path)} <= {cap}


def test_for_is_left_alone_where_nobody_says_how_often_rules_are_looked_at(tmp_path: Path) -> None:
    assert keys(tree(tmp_path, rules(hold="45s"), "")) == []
    two = {"two/prometheus.yml": CONFIG.replace("evaluation_interval: 30s", "evaluation_interval: 1m")}
    assert keys(tree(tmp_path / "t", rules(hold="30s"), **two)) == []


@pytest.mark.parametrize(
    "expr",
    [
        'up{job="api"} == 0',
        'rate(errors_total{job="api"}[4m]) > 1',
        "sum(queue) > 100",
    ],
)
@pytest.mark.parametrize("hold", [None, "0s", 0])
def test_a_page_on_one_moment(tmp_path: Path, expr: str, hold: Any) -> None:
    assert keys(tree(tmp_path, rules(expr, hold))) == ["no for"]


@pytest.mark.parametrize(
    ("expr", "severity"),
    [
        ('rate(errors_total{job="api"}[5m]) > 1', "critical"),
        ("vector(1)", "critical"),
        ("certmanager_certificate_expiration_timestamp_seconds - time() < 604800", "critical"),
        ("(time() - backup_last_success_timestamp_seconds) > 100000", "critical"),
        ("max_over_time(queue[10m]) > 100", "critical"),
        ('up{job="api"} == 0', "warning"),
        ("errors:rate5m > 1", "critical"),
    ],
)
def test_pages_without_for_that_are_right(tmp_path: Path, expr: str, severity: str) -> None:
    record = '{"groups": [{"name": "r", "rules": [{"record": "errors:rate5m", "expr": "sum(rate(errors_total[5m]))"}]}]}'
    assert keys(tree(tmp_path, rules(expr, None, severity), routing="", **{"records.json": record})) == []


@pytest.mark.parametrize(
    ("tier", "hold", "found"),
    [
        (1, "4m", []), (1, "4m30s", ["detection"]), (2, "14m", []), (2, "15m", ["detection"]),
        (3, "59m", []), (4, "1h", ["detection"]),
    ],
)  # fmt: skip
def test_the_bound_of_the_first_page(tmp_path: Path, tier: int, hold: str, found: list[str]) -> None:
    assert keys(tree(tmp_path, rules(hold=hold)), tier=tier) == found


def test_the_first_page_shows_its_sum(tmp_path: Path) -> None:
    (found,) = findings(timing, tree(tmp_path, rules(hold="10m")))
    assert found.message == (
        "the first page of orders, Errors, comes after 11m (for 10m + evaluation 30s + group_wait 30s), 5m are "
        "needed in tier 1"
    )
    assert [operand.at.file for operand in found.finding.operands if operand.at] == [
        "rules.json", "prometheus.yml", "alertmanager.yml",
    ]  # fmt: skip
    assert keys(tree(tmp_path, rules(hold="10m")), max_detection="11m") == []


def test_one_fast_page_is_enough_and_warnings_do_not_count(tmp_path: Path) -> None:
    fast = {"fast.json": rules(hold="1m").replace("Errors", "Fast")}
    assert keys(tree(tmp_path / "a", rules(hold="10m"), **fast)) == []
    slow = {"fast.json": rules(hold="1m", severity="warning").replace("Errors", "Fast")}
    assert keys(tree(tmp_path / "b", rules(hold="10m"), routing="", **slow)) == ["detection"]
    assert keys(tree(tmp_path / "c", rules(hold="10m", severity="warning"), routing="")) == []


@pytest.mark.parametrize(("hold", "found"), [("2m", ["absent"]), ("2m30s", [])])
def test_absence_outlasts_a_restart(tmp_path: Path, hold: str, found: list[str]) -> None:
    assert keys(tree(tmp_path, rules('absent(up{job="api"})', hold))) == found


@pytest.mark.parametrize("hold", ["x", [1], {"a": 1}, -5])
def test_times_of_any_shape_crash_nothing(tmp_path: Path, hold: Any) -> None:
    config = "global: {scrape_interval: [1], evaluation_interval: {}}\nscrape_configs: [1, {job_name: api, scrape_interval: [2]}]\n"
    assert outcomes(timing, tree(tmp_path, rules(hold=hold, interval="x"), config))
    findings(timing, tree(tmp_path, rules(hold=hold, interval="x"), config))


@pytest.mark.parametrize(("second", "found"), [("pager", ["no for"]), ("chat", [])])
def test_an_alert_pages_where_every_way_that_is_open_ends_at_a_pager(
    tmp_path: Path, second: str, found: list[str]
) -> None:
    routing = (
        f"route: {{receiver: pager, routes: [{{receiver: {second}, matchers: ['namespace=\"shop\"']}}]}}\n"
        "receivers:\n  - {name: pager, pagerduty_configs: [{routing_key_file: /etc/key}]}\n"
        "  - {name: chat, webhook_configs: [{url: 'https://hooks.shop.internal/chat'}]}\n"
    )
    assert keys(tree(tmp_path, rules("queue > 1", None, "warning"), routing=routing)) == found
