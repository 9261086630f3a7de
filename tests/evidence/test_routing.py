"""Where alerts go: which configuration holds, what a series may bring, and who is paged."""

from pathlib import Path

import pytest
from readiness_checks.alert import routed, severity_label
from readiness_checks.runbook import linked

from readiness.errors import NotApplicable, Unknown
from readiness.evidence.routing import Paging, Routed, RoutedAlerts, Routing, Severities
from tests.faults import judged, write

DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n"
RULE = """\
groups:
  - name: api
    rules:
      - alert: ApiDown
        expr: EXPR
        labels: {severity: critical}
"""
ROUTING = """\
route:
  receiver: chat
  routes:
    - matchers: ['MATCHER']
      receiver: pager
receivers:
  - name: chat
    slack_configs: [{api_url_file: /etc/slack}]
  - name: pager
    pagerduty_configs: [{routing_key_file: /etc/key}]
"""
CHAT = "route: {receiver: chat}\nreceivers: [{name: chat, slack_configs: [{api_url_file: /s}]}]\n"


def tree(path: Path, expr: str = "up == 0", matcher: str = 'severity="critical"', **more: str) -> Path:
    files = {"d.yaml": DEPLOYMENT, "rules.yaml": RULE.replace("EXPR", expr)}
    return write(path, {**files, "am.yml": ROUTING.replace("MATCHER", matcher), **more})


def routing_of(path: Path) -> Routing | Exception | None:
    done = judged(routed, path)
    found = done.collector.collected(Routing, done.environments[0].name)
    return found.items[0] if found.items else found.failed


def way_of(path: Path) -> Routed:
    done = judged(routed, path)
    (alerts,) = done.collector.collected(RoutedAlerts, done.environments[0].name).items
    one: Routed = alerts.routed[0]
    assert id(alerts.of(one.alert)) == id(one)
    return one


@pytest.mark.parametrize(
    ("expr", "matcher", "near", "wide"),
    [
        ("up == 0", 'severity="critical"', ["pager"], ["pager"]),
        # a label of targets may decide; one that nothing brings does not, unless it comes after all
        ("up == 0", 'namespace="shop"', ["pager", "chat"], ["pager", "chat"]),
        ("up == 0", 'team="shop"', ["chat"], ["pager", "chat"]),
        ('up{team=~"s.+"} == 0', 'team="shop"', ["pager", "chat"], ["pager", "chat"]),
        # what the expression asks for is known, and so is what it drops
        ('up{team="shop"} == 0', 'team="shop"', ["pager"], ["pager"]),
        ("count(up) == 0", 'namespace="shop"', ["chat"], ["chat"]),
        ("count by (namespace) (up) == 0", 'namespace="shop"', ["pager", "chat"], ["pager", "chat"]),
        ("count(up) == 0", 'cluster="shop"', ["pager", "chat"], ["pager", "chat"]),
        # the aggregation lets through what it names
        ("sum by (job) (up) == 0", 'team="shop"', ["chat"], ["chat"]),
        ("count(up) == 0", 'team="shop"', ["chat"], ["chat"]),
        ("sum without (job) (up) == 0", 'team="shop"', ["chat"], ["pager", "chat"]),
        ("topk(1, up) == 0", 'team="shop"', ["chat"], ["pager", "chat"]),
        ("vector(1)", 'team="shop"', ["chat"], ["chat"]),
        # a missing label has the empty value
        ("vector(1)", 'team!="shop"', ["pager"], ["pager"]),
        ("vector(1)", 'team=~".*"', ["pager"], ["pager"]),
    ],
)
def test_what_a_series_may_bring(
    tmp_path: Path, expr: str, matcher: str, near: list[str], wide: list[str]
) -> None:
    one = way_of(tree(tmp_path, f"'{expr}'", matcher))
    assert [end.receiver for end in one.reached] == near
    assert [end.receiver for end in one.widest] == wide
    assert all(end.certain for end in one.reached) == (len(near) == 1)


def test_a_template_in_a_label_leaves_it_open(tmp_path: Path) -> None:
    path = tree(tmp_path, matcher='team="shop"')
    rules = (path / "rules.yaml").read_text().replace("critical", "critical, team: '{{ $labels.team }}'")
    (path / "rules.yaml").write_text(rules)
    one = way_of(path)
    assert {end.receiver: end.certain for end in one.reached} == {"pager": False, "chat": False}


def test_alerts_with_the_same_labels_are_walked_once_and_each_keeps_its_own(tmp_path: Path) -> None:
    path = tree(tmp_path)
    more = "      - {alert: Other, expr: up == 1, labels: {severity: warning}}\n"
    more += "      - {alert: Third, expr: up == 2, labels: {severity: critical}}\n"
    (path / "rules.yaml").write_text((path / "rules.yaml").read_text() + more)
    done = judged(routed, path)
    (alerts,) = done.collector.collected(RoutedAlerts, done.environments[0].name).items
    ways = {one.alert.name: [end.receiver for end in one.reached] for one in alerts.routed}
    assert ways == {"ApiDown": ["pager"], "Other": ["chat"], "Third": ["pager"]}
    first, _, third = alerts.routed
    assert first.reached is third.reached
    assert third.labels["alertname"] == "Third"


def test_without_an_alert_nothing_is_asked_of_the_routing(tmp_path: Path) -> None:
    assert isinstance(routing_of(write(tmp_path, {"d.yaml": DEPLOYMENT})), NotApplicable)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"am.yml": "{}\n"}, "no Alertmanager configuration"),
        ({"b.yml": CHAT}, "2 Alertmanager configurations: am.yml, b.yml"),
        ({"am.yml": CHAT + "sops: {mac: x}\n"}, "encrypted"),
        ({"am.yml": CHAT + "b: [\n"}, "am.yml could not be read"),
        ({"am.yml": "route: []\nreceivers: []\n"}, "route"),
        ({"am.yml": CHAT.replace("{receiver: chat}", "{receiver: [chat]}")}, "receiver"),
    ],
)
def test_what_can_not_be_told_is_unknown(tmp_path: Path, files: dict[str, str], why: str) -> None:
    found = routing_of(write(tree(tmp_path), files))
    assert isinstance(found, Unknown)
    assert why in str(found)


def test_a_named_configuration_wins_over_others(tmp_path: Path) -> None:
    path = write(tree(tmp_path), {"b/am.yml": CHAT})
    write(path, {"readiness.yaml": "version: 1\nevidence: {routing: [b/am.yml]}\nitems: []\n"})
    found = routing_of(path)
    assert isinstance(found, Routing)
    assert found.config.root.receiver == "chat"
    assert found.at.file == "b/am.yml"


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_lines_of_an_embedded_configuration_are_those_of_its_key(tmp_path: Path, kind: str) -> None:
    field = "stringData" if kind == "Secret" else "data"
    text = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: am}}\n{field}:\n  alertmanager.yml: |\n    "
    path = tree(tmp_path, **{"am.yml": text + CHAT.replace("\n", "\n    ")})
    found = routing_of(path)
    assert isinstance(found, Routing)
    assert found.config.root.at.keys[:2] == (field, "alertmanager.yml")


def test_an_object_that_adds_routes_is_told(tmp_path: Path) -> None:
    more = "apiVersion: monitoring.coreos.com/v1alpha1\nkind: AlertmanagerConfig\nmetadata: {name: team}\n"
    found = routing_of(tree(tmp_path, **{"team.yaml": more}))
    assert isinstance(found, Routing)
    assert found.more is not None
    assert found.more.file == "team.yaml"


@pytest.mark.parametrize(
    ("matcher", "word", "known"),
    [
        ('severity="s1"', "s1", True),
        ('severity="s1"', "s2", False),
        ('severity!="p5"', "p5", True),
        ('severity=~"sev[12]"', "sev2", True),
        ('severity=~"sev[12]"', "sev3", False),
        ('severity!~"low|debug"', "debug", True),
        ('severity!~"low|debug"', "dbg", False),
        ('severity=~".*"', "purple", False),  # takes all, and so mentions none
        ('team="s1"', "s1", False),
        ('team="s1"', "ticket", True),
    ],
)
def test_words_that_routes_mention(tmp_path: Path, matcher: str, word: str, known: bool) -> None:
    done = judged(severity_label, tree(tmp_path, matcher=matcher))
    (found,) = done.collector.collected(Severities, done.environments[0].name).items
    assert found.mention(word) == known
    assert found.known


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("crit", "critical"),
        ("warnnig", "warning"),
        ("CRITICAL", "critical"),
        ("pageteam", ""),
        ("non-critical", ""),
        ("informational", ""),
        ("notice", ""),
        ("purple", ""),
        ("", ""),
    ],
)
def test_a_slip_of_a_word(word: str, near: str) -> None:
    assert Severities((), {}, known=False).nearest(word) == near


@pytest.mark.parametrize(("matcher", "pages"), [('severity="critical"', True), ('severity="warning"', False)])
def test_who_is_paged_is_told_by_the_routing(tmp_path: Path, matcher: str, pages: bool) -> None:
    done = judged(linked, tree(tmp_path, matcher=matcher))
    (paging,) = done.collector.collected(Paging, done.environments[0].name).items
    (alerts,) = done.collector.collected(RoutedAlerts, done.environments[0].name).items
    assert paging.pages(alerts.routed[0].alert) == pages


def test_without_a_routing_the_labels_tell_who_is_paged(tmp_path: Path) -> None:
    done = judged(linked, write(tree(tmp_path), {"am.yml": "{}\n"}))
    (paging,) = done.collector.collected(Paging, done.environments[0].name).items
    assert paging.routing is None
    assert "no Alertmanager configuration" in paging.why
