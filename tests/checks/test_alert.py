"""Alerts: rules that load, severities that are known, and where each alert goes."""

from pathlib import Path

import pytest
from readiness_checks.alert import routed, rules_valid, severity_label

from tests.faults import ORDERS, findings, outcomes, proofs, statuses, write

DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n"
RULE = """\
groups:
  - name: api
    rules:
      - alert: ApiDown
        expr: up{job="api"} == 0
        for: 5m
        labels: {severity: critical}
"""
ROUTING = """\
route:
  receiver: chat
  routes:
    - matchers: [severity="critical"]
      receiver: pager
receivers:
  - name: chat
    webhook_configs: [{url: "https://hooks.api.internal/chat"}]
  - name: pager
    pagerduty_configs: [{routing_key_file: /etc/key}]
"""


def tree(path: Path, rules: str = RULE, routing: str = ROUTING, **more: str) -> Path:
    return write(path, {"d.yaml": DEPLOYMENT, "rules.yaml": rules, "alertmanager.yml": routing, **more})


@pytest.mark.parametrize("check", [rules_valid, severity_label, routed])
def test_orders_has_no_finding_and_proofs(check: object) -> None:
    assert findings(check, ORDERS) == []  # type: ignore[arg-type]  # the three are checks
    assert proofs(check, ORDERS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rules", "says", "line"),
    [
        (RULE.replace("== 0", "=== 0"), "alert ApiDown is no PromQL: ", 5),
        (RULE.replace('up{job="api"} == 0', "rate(up)"), "alert ApiDown is no PromQL: ", 5),
        (RULE.replace('up{job="api"} == 0', '""'), "alert ApiDown is no PromQL: the expression is empty", 5),
        (RULE.replace("for: 5m", "for: 5 minutes"), "alert ApiDown has for: 5 minutes: ", 6),
        (RULE + RULE.removeprefix("groups:\n"), "group api stands twice in one file", 8),
        (RULE + "".join(RULE.splitlines(True)[3:]), "ApiDown stands twice", 8),
        (
            RULE + "  - name: b\n    rules:\n      - {record: a:b, expr: sum(}\n",
            "recording rule a:b is no PromQL",
            10,
        ),
        (RULE + "      - {alret: ApiSlow, expr: up}\n", "rule 2 of group api is neither an alert nor", 8),
        (
            RULE.replace("rules:", "intervall: 1m\n    rules:"),
            "group api has a field 'intervall', which no group",
            3,
        ),
        (
            RULE + "        annotations: {summary: '{{ $value'}\n",
            "alert ApiDown has a template in annotations.summary",
            8,
        ),
    ],
)
def test_a_rule_that_prometheus_refuses_is_found(tmp_path: Path, rules: str, says: str, line: int) -> None:
    found = findings(rules_valid, tree(tmp_path, rules))
    assert any(one.message.startswith(says) and one.at.line == line for one in found), found


@pytest.mark.parametrize(
    "rules",
    [
        RULE + "".join(RULE.splitlines(True)[3:]).replace("critical", "warning").replace("5m", "10m"),
        RULE.replace('up{job="api"} == 0', "histogram_share(1, x) > 1"),  # MetricsQL
        RULE.replace('up{job="api"} == 0', ':api_errors:ratio{a="b:c"} > 0.1 # a comment'),
        "rule_files: [a.yaml]\ntests: []\ngroups:\n  - rules: [{alert: X, expr: '('}]\n",  # a unit test
    ],
)
def test_a_rule_that_is_right_is_left_alone(tmp_path: Path, rules: str) -> None:
    assert findings(rules_valid, tree(tmp_path, rules)) == []


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        (RULE + "        for: 6m\n", ["rules.yaml has for twice, in lines 6 and 8: Prometheus refuses the file"]),
        (RULE.replace("{severity: critical}", "{a: b, a: c, severity: page}"),
         ["rules.yaml has a twice, in lines 7 and 7: Prometheus refuses the file"]),
        ("x:\n  a: 1\n  a: 2\n", []),  # no rule file
        (RULE.replace("groups:", "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: r, name: r}\nspec:\n groups:")
         .replace("\n  ", "\n   "), []),  # evidence.readable says it of objects
    ],
)  # fmt: skip
def test_a_key_that_stands_twice(tmp_path: Path, rules: str, found: list[str]) -> None:
    assert [one.message for one in findings(rules_valid, tree(tmp_path, rules))] == found


def test_a_template_in_an_expression_is_unknown(tmp_path: Path) -> None:
    rules = (
        RULE.replace('job="api"', 'job="{{ .Values.job }}"')
        .replace("expr: ", "expr: '")
        .replace("== 0", "== 0'")
    )
    assert set(statuses(rules_valid, tree(tmp_path, rules)).values()) == {"unknown"}


@pytest.mark.parametrize(
    ("severity", "says", "cap"),
    [
        ("{team: a}", "ApiDown has no severity label", None),
        ("{severity: crit}", "ApiDown has severity crit, which nothing else mentions; did you mean critical?", None),
        ("{severity: '{{ $labels.x }}'}", "ApiDown has a template as its severity", "warning"),
        ("{severity: purple}", "ApiDown has severity purple, which no route and no inhibition mentions", "warning"),
    ],
)  # fmt: skip
def test_severity_that_nobody_knows_is_found(
    tmp_path: Path, severity: str, says: str, cap: str | None
) -> None:
    (found,) = findings(severity_label, tree(tmp_path, RULE.replace("{severity: critical}", severity)))
    assert found.message.startswith(says)
    assert found.finding.at_most == cap


@pytest.mark.parametrize("severity", ["critical", "warning", "info", "none", "page", "ticket"])
def test_usual_severities_are_left_alone(tmp_path: Path, severity: str) -> None:
    rules = RULE.replace("severity: critical", f"severity: {severity}")
    assert findings(severity_label, tree(tmp_path, rules)) == []


def test_a_severity_that_a_route_mentions_is_left_alone(tmp_path: Path) -> None:
    routing = ROUTING.replace('severity="critical"', 'severity=~"s1|s2"')
    rules = RULE.replace("severity: critical", "severity: s2")
    assert findings(severity_label, tree(tmp_path, rules, routing)) == []


def test_a_word_that_three_alerts_share_is_a_convention(tmp_path: Path) -> None:
    one = "".join(RULE.splitlines(True)[3:]).replace("critical", "pageteam")
    three = "groups:\n  - name: api\n    rules:\n" + "".join(
        one.replace("ApiDown", f"A{n}") for n in range(3)
    )
    assert findings(severity_label, tree(tmp_path, three)) == []


@pytest.mark.parametrize(
    ("routing", "says"),
    [
        (
            ROUTING.replace("    pagerduty_configs: [{routing_key_file: /etc/key}]\n", ""),
            "receiver pager sends nothing; what ends there: ApiDown",
        ),
        (ROUTING.replace('severity="critical"', 'team="x"'), "chat is no pager; what has to page and ends there: ApiDown"),
        (ROUTING.replace("hooks.api.internal", "hooks.example.com"), None),
        (
            ROUTING.replace("routing_key_file: /etc/key", "routing_key: <key>"),
            "receiver pager has a placeholder in angle brackets",
        ),
        (ROUTING.replace("receiver: pager\nreceivers", "receiver: pagr\nreceivers"), "Alertmanager refuses"),
        (
            ROUTING.replace("receiver: pager\nreceivers", "receiver: pager\n      repeat_interval: 48h\nreceivers"),
            "the route to pager repeats a page after 2d",
        ),
        (
            ROUTING.replace("receiver: pager\nreceivers", "receiver: pager\n      mute_time_intervals: [night]\nreceivers")
            + "time_intervals: [{name: night, time_intervals: [{times: [{start_time: '20:00', end_time: '24:00'}]}]}]\n",
            "the route to pager pages nobody during night",
        ),
    ],
)  # fmt: skip
def test_a_way_that_ends_badly_is_found(tmp_path: Path, routing: str, says: str | None) -> None:
    found = [one.message for one in findings(routed, tree(tmp_path, RULE, routing))]
    assert (not found) if says is None else any(one.startswith(says) for one in found), found


def test_a_ticket_that_wakes_somebody_up_is_a_warning(tmp_path: Path) -> None:
    rules = RULE.replace("severity: critical", "severity: warning, pager: ''")
    routing = ROUTING.replace('severity="critical"', 'severity=~".+"')
    (found,) = findings(routed, tree(tmp_path, rules, routing))
    assert found.finding.at_most == "warning"
    assert "pager is a pager; what ends there as warning: ApiDown" in found.message


def test_no_routing_is_unknown_and_says_what_would_settle_it(tmp_path: Path) -> None:
    path = write(tmp_path, {"d.yaml": DEPLOYMENT, "rules.yaml": RULE})
    (outcome,) = outcomes(routed, path)
    assert outcome.status == "unknown"
    assert "no Alertmanager configuration" in outcome.results[0].reason


def test_routing_that_is_declared_elsewhere_is_not_applicable(tmp_path: Path) -> None:
    path = write(tmp_path, {"d.yaml": DEPLOYMENT, "rules.yaml": RULE,
                            "readiness.yaml": "version: 1\nplatform: {routing: external}\nitems: []\n"})  # fmt: skip
    (outcome,) = outcomes(routed, path)
    assert outcome.status == "not-applicable"


def test_labels_of_the_series_leave_the_way_open(tmp_path: Path) -> None:
    routing = ROUTING.replace('severity="critical"', 'namespace="shop"').replace(
        "  receiver: chat\n  routes", "  receiver: nowhere\n  routes"
    ) + "  - name: nowhere\n"  # fmt: skip
    assert set(statuses(routed, tree(tmp_path, RULE, routing)).values()) == {"unknown"}


def test_info_alerts_may_reach_nobody(tmp_path: Path) -> None:
    rules = RULE.replace("severity: critical", "severity: info")
    routing = "route: {receiver: 'null'}\nreceivers: [{name: 'null'}]\n"
    assert findings(routed, tree(tmp_path, rules, routing)) == []


NIGHT = "time_intervals:\n  - name: night\n    time_intervals: [{times: [{start_time: '20:00', end_time: '24:00'}]}]\n"
DAY = "  - name: day\n    time_intervals: [{times: [{start_time: '00:00', end_time: '20:00'}]}]\n"
WEEK = "  - name: always\n    time_intervals: [{weekdays: ['sunday:saturday']}]\n"
HOUR = "  - name: hour\n    time_intervals: [{weekdays: [sunday], times: [{start_time: '02:00', end_time: '03:00'}]}]\n"
MONTH = "  - name: month\n    time_intervals: [{days_of_month: ['1:31']}]\n"


ZONE = "  - name: zone\n    time_intervals: [{times: [{start_time: '00:00', end_time: '20:00'}], location: Asia/Tokyo}]\n"


def timed(route: str, more: str = "", intervals: str = NIGHT + DAY + WEEK + HOUR + MONTH) -> str:
    pager = f"receiver: pager\n      {route}\n{more}receivers"
    return ROUTING.replace("receiver: pager\nreceivers", pager) + intervals


SECOND = '    - {matchers: [severity="critical"], receiver: pager2, active_time_intervals: [night]}\n'
SECOND_PAGER = "  - name: pager2\n    opsgenie_configs: [{api_key_file: /etc/key}]\n"


@pytest.mark.parametrize(
    ("routing", "says", "cap"),
    [
        (timed("active_time_intervals: [day]"), "the route to pager pages nobody during all but day, 1d4h of", None),
        (timed("mute_time_intervals: [night]"), "the route to pager pages nobody during night, 1d4h of each week", None),
        (timed("mute_time_intervals: [hour]"), "the route to pager pages nobody during hour, 1h of", "warning"),
        (timed("active_time_intervals: [day, night]"), "", None),
        (timed("active_time_intervals: [always]"), "", None),
        (timed("active_time_intervals: [month]"), "", None),
        (timed("mute_time_intervals: [month]"), "", None),
        # the other pager's route takes the rest of the day
        (timed("active_time_intervals: [day]\n      continue: true", SECOND).replace("time_intervals:\n", SECOND_PAGER + "time_intervals:\n", 1), "", None),
        # two pagers that are silent at the same time don't cover for each other
        (timed("active_time_intervals: [day]\n      continue: true", SECOND.replace("[night]", "[day]")).replace("time_intervals:\n", SECOND_PAGER + "time_intervals:\n", 1), "the route to pager pages nobody during all but day, 1d4h of", None),
        # of two zones nobody knows how they lie to each other
        (timed("active_time_intervals: [day]\n      continue: true", SECOND.replace("[night]", "[zone]")).replace("time_intervals:\n", SECOND_PAGER + "time_intervals:\n", 1) + ZONE, "", None),
        (timed("mute_time_intervals: [night, hour]"), "the route to pager pages nobody during night and hour, 1d5h of", None),
        (timed("active_time_intervals: [day]\n      mute_time_intervals: [hour]"), "the route to pager pages nobody during hour, 1d5h of", None),
        (timed("repeat_interval: 24h"), "", None),
        (timed("repeat_interval: 25h"), "the route to pager repeats a page after 1d1h, 24h are needed", "warning"),
        (timed("repeat_interval: 1m"), "the route to pager repeats after 1m, but looks only every 5m", "warning"),
        (timed("repeat_interval: 5m"), "", None),
        (ROUTING.replace("  receiver: chat\n", "  receiver: chat\n  repeat_interval: 48h\n").replace('severity="critical"', 'severity="page"').replace("pager\n    pagerduty", "pager\n    slack"), "", None),
    ],
)  # fmt: skip
def test_times_in_which_nobody_is_paged(tmp_path: Path, routing: str, says: str, cap: str | None) -> None:
    found = findings(routed, tree(tmp_path, RULE, routing), tier=1)
    assert [one.message[: len(says)] for one in found] == ([says] if says else [])
    assert [one.finding.at_most for one in found] == ([cap] if says else [])


def test_times_of_silence_count_in_tier_1_only(tmp_path: Path) -> None:
    path = tree(tmp_path, RULE, timed("mute_time_intervals: [night]"))
    assert findings(routed, path, tier=1)
    assert findings(routed, path, tier=2) == []


def test_a_route_that_is_always_muted_is_found_in_any_tier(tmp_path: Path) -> None:
    (found,) = findings(routed, tree(tmp_path, RULE, timed("mute_time_intervals: [always]")), tier=4)
    assert found.message == "the route to pager is muted by always, which covers the whole week"
    assert found.at.line == 6


@pytest.mark.parametrize(
    ("route", "says"),
    [
        (
            "mute_time_intervals: [day, night]",
            "is muted by day and night, which together cover the whole week",
        ),
        (
            "active_time_intervals: [night]\n      mute_time_intervals: [night]",
            "is muted by night, which covers all of its time; beside that it is active during night only",
        ),
        ("active_time_intervals: [day]\n      mute_time_intervals: [night]", ""),
        ("active_time_intervals: [month]\n      mute_time_intervals: [day]", ""),
        ("mute_time_intervals: [day, month]", ""),
    ],
)
def test_times_that_leave_none_to_send_in(tmp_path: Path, route: str, says: str) -> None:
    found = findings(routed, tree(tmp_path, RULE, timed(route)), tier=4)
    assert [one.message for one in found] == ([f"the route to pager {says}"] if says else [])


@pytest.mark.parametrize(
    ("severity", "receiver", "matcher", "count"),
    [
        ("warning", "pagerduty_configs: [{routing_key_file: /k}]", 'team=""', 1),
        ("warning", "pagerduty_configs: [{routing_key_file: /k}]", 'alertname="ApiDown"', 0),
        ("warning, urgent: 'yes'", "pagerduty_configs: [{routing_key_file: /k}]", 'urgent="yes"', 0),
        ("warning", "pagerduty_configs: [{routing_key_file: /k}]", 'namespace="shop"', 0),  # perhaps
        ("pageteam", "pagerduty_configs: [{routing_key_file: /k}]", 'team=""', 0),  # a word of one's own
        ("warning, pager: pagerduty", "pagerduty_configs: [{routing_key_file: /k}]", 'team=""', 0),
        ("warning", 'webhook_configs: [{url: "https://x.internal/"}]', 'team=""', 0),
    ],
)
def test_who_is_woken_for_nothing(
    tmp_path: Path, severity: str, receiver: str, matcher: str, count: int
) -> None:
    rules = RULE.replace("severity: critical", f"severity: {severity}").replace(
        'up{job="api"}', 'sum by (namespace) (up{job="api"})'
    )
    routing = ROUTING.replace('severity="critical"', matcher).replace(
        "pagerduty_configs: [{routing_key_file: /etc/key}]", receiver
    )
    found = [one for one in findings(routed, tree(tmp_path, rules, routing)) if "is a pager" in one.message]
    assert len(found) == count
    assert all(one.finding.at_most == "warning" for one in found)


CRITICAL_TO_CHAT = ROUTING.replace('severity="critical"', 'severity="page"')


@pytest.mark.parametrize(
    ("routing", "settings", "caps"),
    [
        (CRITICAL_TO_CHAT, {}, [None]),
        (CRITICAL_TO_CHAT, {"paging_severities": ["page"]}, []),
        (CRITICAL_TO_CHAT, {"paging_receivers": ["chat"]}, []),
        # a webhook that is called like a pager may lead to one
        (CRITICAL_TO_CHAT.replace(": chat\n", ": team-oncall\n"), {}, []),
        (CRITICAL_TO_CHAT.replace("pagerduty_configs: [{routing_key_file: /etc/key}]", "slack_configs: [{}]"), {}, []),
        # a label that the series may bring after all makes it milder
        (CRITICAL_TO_CHAT.replace('severity="page"', 'team="a"'), {}, ["warning"]),
    ],
)  # fmt: skip
def test_a_page_that_no_pager_gets(
    tmp_path: Path, routing: str, settings: dict[str, object], caps: list[str | None]
) -> None:
    found = findings(routed, tree(tmp_path, RULE, routing), **settings)
    assert [one.finding.at_most for one in found] == caps
    assert all(one.message == "chat is no pager; what has to page and ends there: ApiDown" for one in found)
    assert all("amtool config routes test --config.file=alertmanager.yml" in one.finding.fix for one in found)


def test_a_pager_that_the_checklist_names_is_asked_for(tmp_path: Path) -> None:
    routing = ROUTING.replace("pagerduty_configs: [{routing_key_file: /etc/key}]", "slack_configs: [{}]")
    checklist = "version: 1\nplatform: {paging: WHO}\nitems: []\n"
    for who, count in (("pagerduty", 1), ("none", 0), ("external", 0)):
        path = tree(tmp_path / who, RULE, routing, **{"readiness.yaml": checklist.replace("WHO", who)})
        assert len(findings(routed, path)) == count, who


# Reduced from kube-prometheus, manifests/alertmanager-secret.yaml and its rules: four receivers and no
# integration; 139 alerts in 2 findings, Watchdog, InfoInhibitor and those of severity info in none.
KUBE_PROMETHEUS = """\
route:
  receiver: Default
  group_by: [namespace]
  routes:
    - {matchers: [alertname = Watchdog], receiver: Watchdog}
    - {matchers: [alertname = InfoInhibitor], receiver: 'null'}
    - {matchers: [severity = critical], receiver: Critical}
receivers: [{name: Default}, {name: Watchdog}, {name: Critical}, {name: 'null'}]
"""


def test_one_dead_receiver_is_one_finding(tmp_path: Path) -> None:
    words = ["critical"] * 7 + ["warning"] * 2 + ["info"] * 3
    rules = "groups:\n  - name: g\n    rules:\n" + "".join(
        f"      - {{alert: A{n}, expr: up == {n}, labels: {{severity: {word}}}}}\n"
        for n, word in enumerate(words)
    )
    rules += "      - {alert: Watchdog, expr: vector(1), labels: {severity: none}}\n"
    rules += "      - {alert: InfoInhibitor, expr: up == 1, labels: {severity: warning}}\n"
    found = findings(routed, tree(tmp_path, rules, KUBE_PROMETHEUS))
    assert [(one.message, one.at.line) for one in found] == [
        ("receiver Critical sends nothing; what ends there: A0, A1, A2, A3, A4 and 2 more alerts", 8),
        ("receiver Default sends nothing; what ends there: A7, A8", 8),
    ]
    assert [one.finding.operands[0].value for one in found] == [7, 2]
    assert "severity=critical" in found[0].finding.fix


@pytest.mark.parametrize(
    ("expr", "status"),
    [('up{job="api"} == 0', "unknown"), ("sum by (job) (up) == 0", "fail"), ("vector(1)", "fail")],
)
def test_a_label_that_a_series_may_bring_is_unknown_where_nobody_is_reached(
    tmp_path: Path, expr: str, status: str
) -> None:
    routing = "route:\n  receiver: nowhere\n  routes:\n    - {matchers: [team=a], receiver: chat}\n" + (
        "receivers:\n  - name: nowhere\n" + ROUTING[ROUTING.index("  - name: chat") :]
    )
    rules = RULE.replace('up{job="api"} == 0', expr)
    assert set(statuses(routed, tree(tmp_path, rules, routing)).values()) == {status}


def test_routes_of_an_object_that_is_not_followed_leave_it_open(tmp_path: Path) -> None:
    more = "apiVersion: monitoring.coreos.com/v1alpha1\nkind: AlertmanagerConfig\nmetadata: {name: team}\n"
    routing = "route: {receiver: 'null'}\nreceivers: [{name: 'null'}]\n"
    path = tree(tmp_path, RULE, routing, **{"team.yaml": more})
    (outcome,) = outcomes(routed, path)
    assert outcome.status == "unknown"
    assert "AlertmanagerConfig in team.yaml" in outcome.results[0].reason


def test_a_receiver_that_is_not_there_is_told_once(tmp_path: Path) -> None:
    routing = ROUTING.replace("receiver: pager\nreceivers", "receiver: pagr\nreceivers")
    (found,) = findings(routed, tree(tmp_path, RULE, routing))
    assert found.message == "Alertmanager refuses the configuration: no receiver is called 'pagr'"


def test_two_stand_ins_in_one_receiver_are_two_findings(tmp_path: Path) -> None:
    routing = ROUTING.replace("{routing_key_file: /etc/key}", "{routing_key: <key>}, {routing_key: changeme}")
    assert len(findings(routed, tree(tmp_path, RULE, routing))) == 2


def test_a_slip_is_milder_where_no_routing_tells_the_words(tmp_path: Path) -> None:
    rules = RULE.replace("severity: critical", "severity: crit")
    (found,) = findings(severity_label, write(tmp_path, {"d.yaml": DEPLOYMENT, "rules.yaml": rules}))
    assert found.finding.at_most == "warning"


@pytest.mark.parametrize("word", ["pageteam", "s1", "high", "P2"])
def test_a_word_of_ones_own_is_left_alone_where_no_routing_tells_the_words(tmp_path: Path, word: str) -> None:
    # sloth's examples have `severity: pageteam`
    rules = RULE.replace("severity: critical", f"severity: {word}")
    assert findings(severity_label, write(tmp_path, {"d.yaml": DEPLOYMENT, "rules.yaml": rules})) == []


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (
            "{alert: A, expr: up, severity: page}",
            "alert A has a field 'severity', which no rule has: Prometheus refuses the file",
        ),
        ("{alert: A, expr: up, keep_firing_for: 5 m}", "alert A has keep_firing_for: 5 m: "),
        ("{record: a:b, expr: up, label: {}}", "recording rule a:b has a field 'label', "),
        ("{alert: A, expr: up, keep_firing_for: 5m, for: 1h30m, annotations: {}}", ""),
        ("{alert: A, expr: 'sum(rate({app=\"x\"} |= \"error\" [5m])) > 1'}", ""),
        ("{alert: A, expr: 'holt_winters(x[1h], .1, .1) > 1'}", ""),
        ("{alert: A, expr: 'rate(x[5m + 1m]) > 1'}", ""),
        ("{alert: A, expr: 'x{namespace=\"default\"} >> 1'}", "alert A is no PromQL: "),
        ("{alert: A, expr: 'x{a=~\"(\"}'}", "alert A is no PromQL: illegal regex"),
    ],
)  # fmt: skip
def test_fields_and_languages_of_a_rule(tmp_path: Path, rule: str, says: str) -> None:
    found = findings(rules_valid, tree(tmp_path, f"groups:\n  - name: g\n    rules:\n      - {rule}\n"))
    assert [one.message[: len(says)] for one in found] == ([says] if says else [])
    assert all(one.at.line == 4 for one in found)


def test_the_same_rule_in_two_objects_of_one_file_is_no_copy(tmp_path: Path) -> None:
    one = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: r, namespace: NS}\nspec:\n"
    one += "  " + RULE.replace("\n", "\n  ").strip() + "\n"
    text = one.replace("NS", "a") + "---\n" + one.replace("NS", "b")
    assert findings(rules_valid, write(tmp_path, {"r.yaml": text, "d.yaml": DEPLOYMENT})) == []


def test_very_many_rules_are_judged_and_told_in_few_lines(tmp_path: Path) -> None:
    rules = "groups:\n  - name: g\n    rules:\n" + "".join(
        f"      - {{alert: A{n}, expr: up === {n}, labels: {{severity: critical}}}}\n" for n in range(1200)
    )
    path = tree(tmp_path, rules)
    assert len(findings(rules_valid, path)) == 300
    assert len(proofs(routed, path)) == 300
    assert set(statuses(routed, path).values()) == {"pass"}


PROMETHEUS = "global: {}\nscrape_configs: []\nrule_files:\n  - GLOB\n"


@pytest.mark.parametrize(
    ("glob", "more", "found"),
    [
        ("rules/a.yml", {}, ["rules/b.yml"]),
        ("rules/a*.yml", {}, ["rules/b.yml"]),
        ("./rules/a.yml", {}, ["rules/b.yml"]),
        ("rules/*.yml", {}, []),
        ("rules/[ab].yml", {}, []),
        ("other.yml", {}, []),  # says nothing of that folder
        ("/etc/prometheus/rules/a.yml", {}, []),  # a mount
        ("rules/a.yml", {"prod.yml": PROMETHEUS.replace("GLOB", "rules/b.yml")}, []),
        ("rules/a.yml", {"prod.yml": PROMETHEUS.replace("GLOB", "/mnt/*.yml")}, []),
        ("rules/a.yml", {"prod.yml": PROMETHEUS.replace("GLOB", "rules/[b-z].yml")}, []),
        ("rules/a.yml", {"prod.yml": PROMETHEUS + "a: [\n"}, []),
        ("rules/a.yml", {"p.yaml": "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: p}\n"}, []),
        ("rules/a.yml", {"p.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: p}\ndata: {p.yml: 'rule_files: [/x]'}\n"}, []),
    ],
)  # fmt: skip
def test_a_rule_file_that_prometheus_does_not_load(
    tmp_path: Path, glob: str, more: dict[str, str], found: list[str]
) -> None:
    path = write(tmp_path, {"d.yaml": DEPLOYMENT, "prometheus.yml": PROMETHEUS.replace("GLOB", glob),
                            "rules/a.yml": RULE, "rules/b.yml": RULE.replace("ApiDown", "Other"),
                            "elsewhere/c.yml": RULE.replace("ApiDown", "Third"), **more})  # fmt: skip
    said = findings(rules_valid, path)
    assert [one.finding.about.name for one in said if one.finding.about] == found
    for one in said:
        assert one.message == (
            "Prometheus does not load rules/b.yml: rule_files in prometheus.yml names others beside it"
        )
        assert (one.at.file, one.at.line) == ("rules/b.yml", 1)


def test_rules_in_a_second_document_are_a_note(tmp_path: Path) -> None:
    (found,) = findings(rules_valid, tree(tmp_path, f"{RULE}---\n{RULE.replace('name: api', 'name: more')}"))
    assert found.message == "rules.yaml has rules in YAML document 2, and Prometheus reads the first alone"
    assert (found.finding.at_most, found.at.line) == ("note", 9)


def test_a_broken_rule_in_a_config_map_is_found_at_its_key(tmp_path: Path) -> None:
    text = RULE.replace("alert:", "alret:") + "      - {alert: Other, expr: up == 0}\n"
    body = "".join(f"    {line}\n" for line in text.splitlines())
    config = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: rules}}\ndata:\n  api.yaml: |\n{body}"
    path = write(tmp_path, {"d.yaml": DEPLOYMENT, "c.yaml": config})
    (found,) = findings(rules_valid, path)
    assert (found.message, found.at.line) == (
        "rule 1 of group api is neither an alert nor a recording rule",
        5,
    )


def test_an_expression_that_is_too_large_is_unknown_and_ends_nothing(tmp_path: Path) -> None:
    terms = " + ".join(["up"] * 5_000)
    rules = f"groups:\n  - name: g\n    rules:\n      - {{alert: A, expr: '{terms} > 1', labels: {{severity: page}}}}\n"
    (outcome,) = outcomes(rules_valid, write(tmp_path, {"rules.yaml": rules}))
    assert outcome.status == "unknown"
    assert "4999 operators" in outcome.results[0].reason or "5000 operators" in outcome.results[0].reason
