"""Routes of teams, put together as the operator does it."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from readiness_checks.alert import routed

from readiness.errors import Unknown
from readiness.evidence.alertmanager import AlertmanagerConfig
from readiness.evidence.routing import RoutedAlerts, Routing
from tests.evidence import amtool
from tests.faults import findings, judged, statuses, write

OPERATOR = "apiVersion: monitoring.coreos.com/v1"
RULES = """\
groups:
  - name: shop
    rules:
      - {alert: ShopDown, expr: up == 0, labels: {severity: critical, namespace: shop}}
"""
SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: alertmanager-main, namespace: monitoring}
stringData:
  alertmanager.yaml: |
    route: {receiver: platform, group_wait: 45s, routes: [{receiver: "null", matchers: [severity="none"]}]}
    receivers: [{name: "null"}, {name: platform, slack_configs: [{api_url_file: /s}]}]
"""
ALERTMANAGER = f"""\
{OPERATOR}
kind: Alertmanager
metadata: {{name: main, namespace: monitoring}}
spec:
  alertmanagerConfigSelector: {{matchLabels: {{routes: teams}}}}
  alertmanagerConfigNamespaceSelector: {{}}
"""
TEAM = f"""\
{OPERATOR}alpha1
kind: AlertmanagerConfig
metadata: {{name: team, namespace: shop, labels: {{routes: teams}}}}
spec:
  route:
    receiver: chat
    groupBy: [alertname]
    repeatInterval: 2h
    routes:
      - receiver: pager
        matchers: [{{name: severity, value: critical, matchType: "="}}]
        muteTimeIntervals: [nights]
      - {{receiver: chat, matchers: [{{name: severity, value: "warn.*", regex: true}}]}}
  receivers:
    - {{name: chat, slackConfigs: [{{apiURL: {{name: s, key: k}}}}]}}
    - {{name: pager, pagerdutyConfigs: [{{routingKey: {{name: s, key: k}}, url: "https://example.com/x"}}]}}
  muteTimeIntervals:
    - {{name: nights, timeIntervals: [{{times: [{{startTime: "22:00", endTime: "24:00"}}], weekdays: [monday]}}]}}
  inhibitRules:
    - sourceMatch: [{{name: severity, value: critical}}]
      targetMatch: [{{name: severity, value: warning}}]
      equal: [alertname]
"""


def tree(path: Path, **more: str) -> Path:
    files = {"rules.yaml": RULES, "secret.yaml": SECRET, "am.yaml": ALERTMANAGER, "team.yaml": TEAM}
    return write(path, {**files, **more})


def routing(path: Path) -> Routing:
    done = judged(routed, path)
    found = done.collector.collected(Routing, done.environments[0].name)
    if found.failed is not None:
        raise found.failed
    assert isinstance(found.items[0], Routing)
    return found.items[0]


def reached(path: Path, **labels: str) -> tuple[str, ...]:
    return routing(path).config.receivers_reached(labels)


def test_routes_of_a_team_come_first_and_take_its_namespace_only(tmp_path: Path) -> None:
    config = routing(tree(tmp_path)).config
    critical = {"alertname": "A", "severity": "critical"}
    assert config.receivers_reached({**critical, "namespace": "shop"}) == ("shop/team/pager",)
    assert config.receivers_reached({**critical, "namespace": "other"}) == ("platform",)
    assert config.receivers_reached(critical) == ("platform",)
    # `continue`: what the configuration itself has for it comes too
    both = {"namespace": "shop", "severity": "none"}
    assert config.receivers_reached(both) == ("shop/team/chat", "null")
    assert config.receivers_reached({"namespace": "shop", "severity": "warning"}) == ("shop/team/chat",)


def test_what_a_team_inherits_and_sets(tmp_path: Path) -> None:
    (end,) = routing(tree(tmp_path)).config.walk({"namespace": "shop", "severity": "critical"})
    seconds = [span.total_seconds() for span in (end.timing.group_wait, end.timing.repeat_interval)]
    assert seconds == [45, 7200]
    assert end.timing.mute == ("shop/team/nights",)
    assert end.timing.group_by == ("alertname",)
    assert end.timing.at("repeat_interval") == end.path[1].at("repeatInterval")
    assert [place.keys for place in end.path] == [
        ("stringData", "alertmanager.yaml", "route"), ("spec", "route"), ("spec", "route", "routes", 0),
    ]  # fmt: skip


def test_receivers_times_and_inhibitions_of_a_team(tmp_path: Path) -> None:
    config = routing(tree(tmp_path)).config
    assert config.receivers["shop/team/pager"].kinds == {"pagerduty"}
    (stand_in,) = config.receivers["shop/team/pager"].placeholders
    assert (stand_in.field, stand_in.at.keys[-1]) == ("url", "url")
    assert config.time_intervals["shop/team/nights"].minutes_of_week == 120
    (rule,) = config.inhibit_rules
    assert [str(one) for one in (*rule.sources, *rule.targets)] == [
        'severity="critical"', 'namespace="shop"', 'severity="warning"', 'namespace="shop"',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("strategy", "team", "other"),
    [
        ("OnNamespace", "shop", ("platform",)),
        ("None", "shop", ("shop/team/pager",)),
        ("OnNamespaceExceptForAlertmanagerNamespace", "shop", ("platform",)),
        ("OnNamespaceExceptForAlertmanagerNamespace", "monitoring", ("monitoring/team/pager",)),
    ],
)
def test_strategies(tmp_path: Path, strategy: str, team: str, other: tuple[str, ...]) -> None:
    owner = f"{ALERTMANAGER}  alertmanagerConfigMatcherStrategy: {{type: {strategy}}}\n"
    path = tree(tmp_path, **{"am.yaml": owner, "team.yaml": TEAM.replace("shop", team)})
    assert reached(path, namespace="other", severity="critical") == other


@pytest.mark.parametrize(
    ("old", "new", "taken"),
    [
        ("routes: teams", "routes: others", False),
        ("{matchLabels: {routes: teams}}", "{}", True),
        ("{matchLabels: {routes: teams}}", "null", False),
        ("NamespaceSelector: {}", "NamespaceSelector: null", False),  # its own namespace only
        (
            "NamespaceSelector: {}",
            "NamespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}",
            True,
        ),
        (
            "NamespaceSelector: {}",
            "NamespaceSelector: {matchLabels: {kubernetes.io/metadata.name: b}}",
            False,
        ),
        ("NamespaceSelector: {}", "NamespaceSelector: {matchLabels: {routing: own}}", None),
    ],
)
def test_which_objects_an_alertmanager_takes(tmp_path: Path, old: str, new: str, taken: bool | None) -> None:
    assert old in ALERTMANAGER
    found = routing(tree(tmp_path, **{"am.yaml": ALERTMANAGER.replace(old, new)}))
    assert (found.more is not None) == (taken is None)
    assert ("shop/team/pager" in found.config.receivers) == bool(taken)
    if taken is None:
        assert found.why_more == "whether Alertmanager monitoring/main takes it hangs on labels of shop"


def test_labels_of_a_namespace_in_evidence_decide(tmp_path: Path) -> None:
    owner = ALERTMANAGER.replace("NamespaceSelector: {}", "NamespaceSelector: {matchLabels: {routing: own}}")
    space = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {routing: own}}\n"
    found = routing(tree(tmp_path, **{"am.yaml": owner, "ns.yaml": space}))
    assert found.more is None
    assert "shop/team/pager" in found.config.receivers


@pytest.mark.parametrize(
    "more",
    [
        {"am.yaml": "{}\n"},
        {"am2.yaml": ALERTMANAGER},
        {"am.yaml": ALERTMANAGER.replace("name: main", "name: second")},  # reads another Secret
        {"am.yaml": ALERTMANAGER + "  configSecret: another\n"},
    ],
    ids=["none", "two", "other", "named"],
)
def test_without_its_alertmanager_the_routes_stay_open(tmp_path: Path, more: dict[str, str]) -> None:
    found = routing(tree(tmp_path, **more))
    assert found.more is not None
    assert found.more.file == "team.yaml"
    assert "in evidence" in found.why_more


def test_an_object_as_the_whole_configuration(tmp_path: Path) -> None:
    owner = ALERTMANAGER + "  alertmanagerConfiguration: {name: team}\n"
    whole = TEAM.replace("namespace: shop", "namespace: monitoring")
    path = tree(tmp_path, **{"am.yaml": owner, "team.yaml": whole})
    assert reached(path, severity="critical") == ("monitoring/team/pager",)
    assert reached(path, namespace="any", severity="x") == ("monitoring/team/chat",)
    (path / "team.yaml").unlink()
    with pytest.raises(Unknown, match="AlertmanagerConfig team, which is not in evidence"):
        routing(path)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("- receiver: pager", "- receiver: gone", "no receiver is called 'gone'"),
        ("    receiver: chat\n", "", "its route has no receiver"),
        ("muteTimeIntervals: [nights]", "muteTimeIntervals: [days]", "no time interval is called 'days'"),
        ("- {name: pager", "- {name: chat", "a second receiver is called 'chat'"),
        ("groupBy: [alertname]", "groupBy: [a, a]", "`groupBy` names a label twice, or `...` beside others"),
    ],
)
def test_an_object_that_the_operator_refuses_is_left_out(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    path = tree(tmp_path, **{"team.yaml": TEAM.replace(old, new, 1)})
    assert reached(path, namespace="shop", severity="critical") == ("platform",)
    (found,) = [one for one in findings(routed, path) if "operator" in one.message]
    assert found.message == f"the operator leaves AlertmanagerConfig team out: {says}"
    assert found.at.file == "team.yaml"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("groupBy: [alertname]", "groupBy: {a: b}"),
        ("kind: AlertmanagerConfig", "kind: AlertmanagerConfig\n  x: ["),
        ('matchType: "="', "matchType: is"),
        ("value: critical, ", "value: [critical], "),
        ("repeatInterval: 2h", "repeatInterval: two hours"),
        ('value: "warn.*"', 'value: "warn("'),
        ("spec:\n", "spec: 5\nx:\n"),
        ("weekdays: [monday]", "weekdays: [someday]"),
    ],
)
def test_what_can_not_be_read_is_unknown(tmp_path: Path, old: str, new: str) -> None:
    assert old in TEAM
    path = tree(tmp_path, **{"team.yaml": TEAM.replace(old, new, 1)})
    assert set(statuses(routed, path).values()) == {"unknown"}


def test_later_versions_call_times_otherwise(tmp_path: Path) -> None:
    later = TEAM.replace("v1alpha1", "v1beta1").replace("  muteTimeIntervals:\n", "  timeIntervals:\n")
    assert "shop/team/nights" in routing(tree(tmp_path, **{"team.yaml": later})).config.time_intervals


def test_a_team_without_a_route_may_inhibit(tmp_path: Path) -> None:
    only = TEAM[: TEAM.index("  route:\n")] + TEAM[TEAM.index("  inhibitRules:\n") :]
    config = routing(tree(tmp_path, **{"team.yaml": only})).config
    assert len(config.inhibit_rules) == 1
    assert [str(child) for child in config.root.children] == ['Route(severity="none" -> null)']


def test_the_way_of_an_alert_names_each_route(tmp_path: Path) -> None:
    done = judged(routed, tree(tmp_path))
    (alerts,) = done.collector.collected(RoutedAlerts, done.environments[0].name).items
    (way,) = alerts.way_of(alerts.routed[0].alert)
    assert [[str(one) for one in route.matchers] for route in way.routes] == [
        [], ['namespace="shop"'], ['severity="critical"'],
    ]  # fmt: skip
    assert [route.at.file for route in way.routes] == ["secret.yaml", "team.yaml", "team.yaml"]
    assert way.certain
    assert way.receiver is not None
    assert way.receiver.name == "shop/team/pager"
    assert [one.kind for one in way.integrations] == ["pagerduty"]
    assert way.timing.repeat_interval == timedelta(hours=2)
    assert way.timing.mute == ("shop/team/nights",)


@amtool.needs_amtool
def test_amtool_goes_the_same_way_in_the_finished_configuration(tmp_path: Path) -> None:
    config = routing(tree(tmp_path)).config
    (tmp_path / "finished").mkdir()
    path = amtool.write(tmp_path / "finished", written(config))
    for namespace in ("shop", "other", ""):
        for severity in ("critical", "warning", "none", ""):
            labels = {"namespace": namespace, "severity": severity}
            assert config.receivers_reached(labels) == amtool.receivers(path, labels)


def written(config: AlertmanagerConfig) -> dict[str, Any]:
    """A configuration as a file that only routes."""

    def node(route: Any) -> dict[str, Any]:
        return {
            "receiver": route.receiver,
            "matchers": [str(matcher) for matcher in route.matchers],
            "continue": route.continues,
            "routes": [node(child) for child in route.children],
        }

    data = {"route": node(config.root), "receivers": [{"name": name} for name in config.receivers]}
    return dict(json.loads(json.dumps(data)))
