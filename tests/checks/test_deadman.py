"""A heartbeat that nobody would miss is found."""

from pathlib import Path

import pytest
from readiness_checks.alert import deadman

from tests.faults import ORDERS, Fault, copy_of_orders, findings, proofs, statuses, write

ROUTING = "monitoring/alertmanager.yml"
RULES = "monitoring/rules/orders.rules.yaml"
PING = "      - url: https://deadman.harbour.internal/ping/orders-production\n        send_resolved: false\n"
DEADMAN = f"  - name: deadman\n    webhook_configs:\n{PING}"
ROUTE = '    - matchers: [alertname="OrdersWatchdog"]\n      receiver: deadman\n'
TIMES = "      group_wait: 0s\n      group_interval: 1m\n      repeat_interval: 5m\n"
ALWAYS = "        expr: vector(1)\n"


def inhibition(target: str, equal: str) -> str:
    return (
        "inhibit_rules:\n"
        f'  - {{source_matchers: [alertname="OrdersDown"], target_matchers: [{target}], equal: {equal}}}\n'
    )


def test_orders_has_no_finding_and_a_proof() -> None:
    assert findings(deadman, ORDERS) == []
    messages = {proof.message for proof in proofs(deadman, ORDERS)}
    assert messages == {"OrdersWatchdog reaches deadman (webhook at deadman.harbour.internal) every 5m"}


@pytest.mark.parametrize(
    ("fault", "says", "cap"),
    [
        (Fault(ROUTING, DEADMAN, "  - name: deadman\n"), "ends at receiver deadman, which sends nothing", None),
        (Fault(ROUTING, ROUTE, ROUTE.replace("receiver: deadman", "receiver: team-orders-tickets")),
         "goes to team-orders-tickets as 2 other alerts do, such as OrdersCacheDown", "warning"),
        (Fault(ROUTING, DEADMAN, "  - name: deadman\n    slack_configs: [{api_url_file: /s}]\n"),
         "goes to slack: people there do not miss what does not come", "warning"),
        (Fault(ROUTING, "https://deadman.harbour.internal/", "http://deadman.monitoring.svc:8080/"),
         "goes to deadman.monitoring.svc, which is in the cluster", "warning"),
        (Fault(ROUTING, "https://deadman.harbour.internal/", "http://deadman:8080/"),
         "goes to deadman, which is in the cluster", "warning"),
        (Fault(ROUTING, TIMES, "      repeat_interval: 61m\n"),
         "is repeated after 1h5m, 1h at most are needed", None),  # looked at each 5 minutes
        (Fault(ROUTING, TIMES, ""), "is repeated after 12h, 1h at most are needed", None),
        (Fault(ROUTING, ROUTE, ROUTE + "      mute_time_intervals: [nights]\n"),
         "is not sent all the time: its route has mute_time_intervals nights", None),
        (Fault(ROUTING, ROUTE, ROUTE + "      active_time_intervals: [nights]\n"),
         "is not sent all the time: its route has active_time_intervals nights", None),
        (Fault(ROUTING, "inhibit_rules:\n", inhibition('severity="none"', "[service]")),
         "is silenced while OrdersDown fires, by the inhibition of", None),
        (Fault(ROUTING, "inhibit_rules:\n", inhibition('alertname=~"Orders.*"', "[]")),
         "is silenced while OrdersDown fires, by the inhibition of", None),
        (Fault(RULES, ALWAYS, "        expr: up == 1\n"), None, None),  # a route takes it: another's rule
    ],
)  # fmt: skip
def test_a_heartbeat_that_is_not_missed(
    tmp_path: Path, fault: Fault, says: str | None, cap: str | None
) -> None:
    path = fault.seed(copy_of_orders(tmp_path))
    found = findings(deadman, path)
    if says is None:
        assert found == []
        assert statuses(deadman, path)["production"] == "not-applicable"
        return
    assert any(says in one.message and one.finding.at_most == cap for one in found), found
    assert all(one.at.line for one in found)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(ROUTING, TIMES, "      repeat_interval: 1h\n"),
        Fault(ROUTING, TIMES, "      group_interval: 1h\n      repeat_interval: 1m\n"),
        Fault(ROUTING, PING, "      - url_file: /etc/alertmanager/secrets/ping\n"),
        Fault(ROUTING, "https://deadman.harbour.internal/", "https://10.0.0.7/"),
        Fault(ROUTING, DEADMAN, DEADMAN + "    slack_configs: [{api_url_file: /s}]\n"),
        Fault(ROUTING, "inhibit_rules:\n", inhibition('severity="none"', "[alertname]")),
        Fault(ROUTING, "inhibit_rules:\n", inhibition('severity="none"', "[cluster]")),  # may differ
        Fault(ROUTING, "inhibit_rules:\n", inhibition('severity=~"warning|info"', "[service]")),
        Fault(RULES, ALWAYS, "        expr: 1 == bool 1\n"),
        Fault(RULES, ALWAYS, "        expr: vector(1) > 0\n"),
    ],
    ids=str,
)
def test_a_heartbeat_that_is_missed_is_left_alone(tmp_path: Path, fault: Fault) -> None:
    path = fault.seed(copy_of_orders(tmp_path))
    assert findings(deadman, path) == []
    assert proofs(deadman, path)


def test_no_alert_that_always_fires(tmp_path: Path) -> None:
    path = copy_of_orders(tmp_path)
    Fault(RULES, ALWAYS, "        expr: up == 1\n").seed(path)
    Fault(ROUTING, 'alertname="OrdersWatchdog"', 'alertname="OrdersPulse"').seed(path)
    (found,) = findings(deadman, path)
    assert found.message == "none of 9 alerts fires all the time: nothing tells when alerts stop coming"
    assert found.finding.at_most == "warning"
    write(path, {"monitoring/rules/broken.yaml": "groups:\n  - rules: [{alert: A, expr: 'x'\n"})
    assert statuses(deadman, path)["production"] == "unknown"


def test_how_long_it_may_be_away_is_a_setting(tmp_path: Path) -> None:
    path = copy_of_orders(tmp_path)
    assert findings(deadman, path, timeout="5m") == []
    (found,) = findings(deadman, path, timeout="4m")
    assert found.message == "OrdersWatchdog is repeated after 5m, 4m at most are needed for it to be missed"


def test_routes_that_can_not_be_followed_may_take_it(tmp_path: Path) -> None:
    path = Fault(ROUTING, DEADMAN, "  - name: deadman\n").seed(copy_of_orders(tmp_path))
    team = "apiVersion: monitoring.coreos.com/v1alpha1\nkind: AlertmanagerConfig\nmetadata: {name: team}\n"
    manifest = path / "deploy/rendered/production.yaml"
    manifest.write_text(f"{manifest.read_text().rstrip()}\n---\n{team}")
    assert statuses(deadman, path)["production"] == "unknown"
