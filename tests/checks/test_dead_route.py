"""Routes that no alert comes to, and receivers and times that no route names."""

import time
from pathlib import Path

import pytest
from readiness_checks.alert import dead_route

from tests.faults import ORDERS, Fault, copy_of_orders, findings, proofs, statuses, write

ROUTING = "monitoring/alertmanager.yml"
RULES = "monitoring/rules/orders.rules.yaml"
TEAM = '    - matchers: [team="team-orders"]\n'
DEADMAN = '    - matchers: [alertname="OrdersWatchdog"]\n'
CRITICAL = '        - matchers: [severity="critical"]\n'
LAST = "          repeat_interval: 1h\n"


def route(matchers: str, receiver: str = "team-orders-tickets", more: str = "") -> str:
    return f"    - {{matchers: {matchers}, receiver: {receiver}{more}}}\n"


def child(matchers: str, receiver: str = "team-orders-tickets", more: str = "") -> str:
    return "    " + route(matchers, receiver, more)


def test_orders_has_no_finding_and_a_proof() -> None:
    assert findings(dead_route, ORDERS) == []
    (proof,) = {proof.message for proof in proofs(dead_route, ORDERS)}
    assert proof.startswith("3 of 3 routes can be reached; 3 of them take an alert")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            CRITICAL, '        - matchers: [severity="critical", severity="page"]\n',
            'the route to team-orders-pager asks for severity="page" and for severity="critical": no alert',
        ),
        (
            CRITICAL, '        - matchers: [team="orders"]\n',
            'asks for team="orders" and for team="team-orders", which stands above it: no alert has both',
        ),
        (
            CRITICAL, '        - matchers: [severity=~"critical|page", severity!~"critical|page|s.*"]\n',
            'asks for severity!~"critical|page|s.*" and for severity=~"critical|page": no alert',
        ),
        (
            CRITICAL, '        - matchers: [severity=~"crit.*", severity!~"crit.*"]\n',
            'asks for severity!~"crit.*" and for severity=~"crit.*": no alert has both',
        ),
        (
            CRITICAL, '        - matchers: [severity="critical", severity=""]\n',
            'asks for severity="" and for severity="critical": no alert has both',
        ),
        (
            DEADMAN, route('[severity=~".*"]') + DEADMAN,
            "the route to deadman comes too late: an earlier one, to team-orders-tickets, takes "
            'severity=~".*" and with it all of alertname="OrdersWatchdog"',
        ),
        (DEADMAN, route("[]") + DEADMAN, "the route to deadman comes too late: an earlier one, to team-"),
        (
            LAST, LAST + child('[severity="critical", service="orders"]'),
            "the route to team-orders-tickets comes too late: an earlier one, to team-orders-pager, takes "
            'severity="critical" and with it all of team="team-orders", severity="critical"',
        ),
        (CRITICAL, child('[severity=~"critical|page"]') + CRITICAL, "the route to team-orders-pager comes too"),
        (CRITICAL, child('[team!="x"]') + CRITICAL, "the route to team-orders-pager comes too late"),
    ],
)  # fmt: skip
def test_a_route_out_of_reach_is_found(tmp_path: Path, old: str, new: str, says: str) -> None:
    fault = Fault(ROUTING, old, new)
    found = [one for one in findings(dead_route, fault.seed(copy_of_orders(tmp_path))) if says in one.message]
    assert len(found) == 1, findings(dead_route, tmp_path / "orders")
    assert found[0].at.line is not None
    assert found[0].at.file == ROUTING


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (DEADMAN, route("[]", more=", continue: true") + DEADMAN),
        (DEADMAN, route('[severity=~"c.+"]') + DEADMAN),  # not those of severity none
        (DEADMAN, route('[alertname!="OrdersWatchdog"]') + DEADMAN + "      continue: false\n"),
        (CRITICAL, child('[severity=~"critical|page", service="x"]') + CRITICAL),
        (CRITICAL, child('[severity=~"crit"]') + CRITICAL),  # anchored: not critical
        (CRITICAL, '        - matchers: [severity=~"crit.*", severity=~".*ical"]\n'),
        (CRITICAL, '        - matchers: [severity=~"crit.*", severity!~"crit"]\n'),
        (LAST, LAST + child('[severity="page"]', "team-orders-pager")),
        (LAST, LAST + route('[team="team-payments"]')),  # of others
        (LAST, LAST + route('[alertname="PaymentsDown"]')),
        (LAST, LAST + route('[alertname="NodeDown", service="payments"]')),
        (LAST, LAST + route('[service=~"orders|payments", team="platform"]')),
    ],
)  # fmt: skip
def test_a_route_that_an_alert_may_take_is_left_alone(tmp_path: Path, old: str, new: str) -> None:
    assert findings(dead_route, Fault(ROUTING, old, new).seed(copy_of_orders(tmp_path))) == []


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            Fault(RULES, "alert: OrdersWatchdog", "alert: OrdersWatchDogs"),
            "the route to deadman is for OrdersWatchdog, and no alert is called so; did you mean OrdersWatchDogs?",
        ),
        (
            Fault(ROUTING, 'alertname="OrdersWatchdog"', 'alertname="OrdersWatchdog", severity="critical"'),
            "OrdersWatchdog goes to team-orders-tickets and never comes to the route for",
        ),
        (
            Fault(ROUTING, LAST, LAST + route('[service="orders", team="orders"]')),
            'no alert comes to the route for service="orders", team="orders", which leads to team-orders-tickets',
        ),
    ],
)
def test_a_route_that_misses_its_alert_is_found(tmp_path: Path, fault: Fault, says: str) -> None:
    (found,) = findings(dead_route, fault.seed(copy_of_orders(tmp_path)))
    assert found.message.startswith(says)


def test_values_of_ones_own_are_told_by_a_setting(tmp_path: Path) -> None:
    fault = Fault(ROUTING, LAST, LAST + route('[app="orders-api", team="orders"]'))
    path = fault.seed(copy_of_orders(tmp_path))
    assert findings(dead_route, path) == []
    assert len(findings(dead_route, path, own=["orders-api"])) == 1


@pytest.mark.parametrize(
    ("old", "new", "says", "cap"),
    [
        ("  - name: deadman\n", "  - {name: spare, email_configs: [{to: a@b.internal}]}\n  - name: deadman\n",
         "receiver spare (email) is named by no route", None),
        ("  - name: deadman\n", "  - name: 'null'\n  - name: deadman\n",
         "receiver null (sends nothing) is named by no route", "note"),
        ("receivers:\n", "time_intervals: [{name: nights, time_intervals: []}]\nreceivers:\n",
         "time interval nights is named by no route", "note"),
    ],
)  # fmt: skip
def test_what_no_route_names_is_found(tmp_path: Path, old: str, new: str, says: str, cap: str | None) -> None:
    (found,) = findings(dead_route, Fault(ROUTING, old, new).seed(copy_of_orders(tmp_path)))
    assert found.message == says
    assert found.finding.at_most == cap


def test_a_rule_file_that_can_not_be_read_may_hold_the_alert(tmp_path: Path) -> None:
    path = Fault(ROUTING, LAST, LAST + route('[service="orders", team="orders"]')).seed(
        copy_of_orders(tmp_path)
    )
    write(path, {"monitoring/rules/broken.yaml": "groups:\n  - rules: [{alert: A, expr: 'x'\n"})
    assert statuses(dead_route, path)["production"] == "unknown"


def test_routes_of_one_kind_are_told_once_each(tmp_path: Path) -> None:
    two = child('[severity="critical", a="b"]') * 2
    path = Fault(ROUTING, LAST, LAST + two).seed(copy_of_orders(tmp_path))
    found = findings(dead_route, path)
    assert len(found) == 2
    assert len({one.finding.key for one in found}) == 2


def test_one_receiver_for_all_has_no_route_to_judge(tmp_path: Path) -> None:
    path = copy_of_orders(tmp_path)
    (path / ROUTING).write_text("route: {receiver: a}\nreceivers: [{name: a}]\n")
    assert statuses(dead_route, path)["production"] == "not-applicable"


def test_very_many_routes_and_alerts_are_judged_in_time(tmp_path: Path) -> None:
    routes = [f'{{matchers: [team="t{n}", severity=~"critical|page"], receiver: a}}' for n in range(2000)]
    rules = [f"{{alert: A{n}, expr: up == {n}, labels: {{team: t{n}, severity: page}}}}" for n in range(1000)]
    path = write(tmp_path, {
        "d.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n",
        "rules.yaml": "groups:\n- name: g\n  rules:\n" + "".join(f"  - {rule}\n" for rule in rules),
        "am.yml": "route:\n  receiver: a\n  routes:\n" + "".join(f"  - {one}\n" for one in routes)
        + "receivers: [{name: a, email_configs: [{to: a@b.internal}]}]\n",
    })  # fmt: skip
    started = time.perf_counter()
    (proof,) = proofs(dead_route, path)
    assert proof.message.startswith("2000 of 2000 routes can be reached; 1000 of them take an alert")
    assert time.perf_counter() - started < 10
