"""`explain --chain`: an alert's way from series to person, each link proven, broken or unknown."""

from pathlib import Path

import pytest

from tests.cli.running import cli
from tests.faults import ORDERS, Fault, copy_of_orders, write

RULES = "monitoring/rules/orders.rules.yaml"
ROUTING = "monitoring/alertmanager.yml"


def lines(tree: Path, alert: str) -> list[str]:
    said = cli("explain", alert, str(tree), "--chain", cwd=tree)
    assert said.code == 0, said.err
    return said.out.splitlines()


def test_the_chain_of_a_burn_rate_alert() -> None:
    assert lines(ORDERS, "OrdersErrorBudgetBurnFast") == [
        "OrdersErrorBudgetBurnFast (critical)  [production]",
        "✓ expression    orders:request_errors:ratio_rate1h > 14.4 * 0.001 and orders:request_errors:ratio_rate5m > "
        "14.4 * 0.001  (monitoring/rules/orders.rules.yaml:32)",
        '✓ recorded      orders:request_errors:ratio_rate1h = sum(rate(http_server_requests_seconds_count{job="orders-api", '
        'outcome="SERVER_ERROR"}[1h])) / sum(rate(http_server_requests_seconds_count{job="orders-api"}[1h]))  '
        "(monitoring/rules/orders.rules.yaml:11)",
        '✓ recorded      orders:request_errors:ratio_rate5m = sum(rate(http_server_requests_seconds_count{job="orders-api", '
        'outcome="SERVER_ERROR"}[5m])) / sum(rate(http_server_requests_seconds_count{job="orders-api"}[5m]))  '
        "(monitoring/rules/orders.rules.yaml:7)",
        '✓ series        http_server_requests_seconds_count{job="orders-api", outcome="SERVER_ERROR"}: job orders-api is '
        "scraped  (deploy/rendered/production.yaml:539)",
        '✓ series        http_server_requests_seconds_count{job="orders-api"}: job orders-api is scraped  '
        "(deploy/rendered/production.yaml:539)",
        "✓ labels        service=orders, severity=critical, team=team-orders; any label of its series  "
        "(monitoring/rules/orders.rules.yaml:36)",
        "✓ route         everything  (monitoring/alertmanager.yml:4)",
        '✓ route           team="team-orders"  (monitoring/alertmanager.yml:16)',
        '✓ route             severity="critical"  (monitoring/alertmanager.yml:19)',
        "✓ receiver      team-orders-pager (pagerduty) wakes somebody up; bundles for 10s, again after 1h  "
        "(monitoring/alertmanager.yml:31)",
        "✓ longest time  1h2m55s (scrape 15s + window 1h + evaluation 30s + for 2m + group_wait 10s); a total failure: "
        "3m47s  (monitoring/rules/orders.rules.yaml:30)",
        "✓ runbook       docs/runbooks/OrdersErrorBudgetBurnFast.md: diagnosis, mitigation, escalation  "
        "(docs/runbooks/OrdersErrorBudgetBurnFast.md:5)",
        "✓ owner         team-orders  (monitoring/rules/orders.rules.yaml:36)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (Fault(RULES, 'expr: absent(up{job="orders-api"} == 1)', 'expr: absent(up{job="orders-api"} == 1'),
         "✗ expression    unclosed left parenthesis: absent(up"),
        (Fault(RULES, 'expr: absent(up{job="orders-api"} == 1)', 'expr: absent(up{job="orders-web"} == 1)'),
         '✗ series        up{job="orders-web"}: nothing in evidence is scraped as orders-web'),
        (Fault(RULES, 'expr: absent(up{job="orders-api"} == 1)', "expr: absent(up == 1)"),
         "? series        up: no job is named"),
        (Fault(ROUTING, "  - name: team-orders-pager\n    pagerduty_configs:\n      - routing_key_file: /etc/alertmanager/secrets/orders-pagerduty-routing-key\n        severity: critical\n        send_resolved: true\n", "  - name: team-orders-pager\n"),
         "✗ receiver      team-orders-pager sends nothing"),
        (Fault(RULES, "docs/runbooks/OrdersDown.md", "docs/runbooks/OrdersGone.md"), "✗ runbook       https://"),
        (Fault(RULES, "severity: critical\n          team: team-orders\n          service: orders\n        annotations:\n          summary: No replica of orders-api", "severity: critical\n          team: payments\n          service: orders\n        annotations:\n          summary: No replica of orders-api"),
         "✗ owner         payments, and the checklist says team-orders"),
    ],
)  # fmt: skip
def test_a_broken_link_is_shown_where_it_is(edit: Fault, line: str, tmp_path: Path) -> None:
    found = lines(edit.seed(copy_of_orders(tmp_path)), "OrdersDown")
    assert any(one.startswith(line) for one in found), found


def test_without_routing_the_way_is_unknown(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    (tree / ROUTING).unlink()
    assert any(
        one.startswith("? route         no Alertmanager configuration") for one in lines(tree, "OrdersDown")
    )


def test_an_alert_that_is_not_there_names_the_nearest() -> None:
    said = cli("explain", "OrdersDwn", str(ORDERS), "--chain", cwd=ORDERS)
    assert (said.code, said.err) == (2, "readiness: OrdersDwn: no such alert; did you mean OrdersDown?\n")


def test_a_tree_without_alerts_says_where_it_looked(tmp_path: Path) -> None:
    said = cli("explain", "A", str(write(tmp_path, {"a.txt": "a"})), "--chain", cwd=tmp_path)
    assert said.code == 2
    assert "no alert in evidence; looked for Prometheus alerting rules" in said.err


def test_the_chain_of_a_broken_tree_says_what_could_not_be_read(tmp_path: Path) -> None:
    tree = write(
        tmp_path, {"rules.yaml": "groups:\n  - name: g\n    rules:\n      - alert: A\n    expr: [\n"}
    )
    said = cli("explain", "A", str(tree), "--chain", cwd=tree)
    assert said.code == 2
    assert "rules.yaml could not be read" in said.err
