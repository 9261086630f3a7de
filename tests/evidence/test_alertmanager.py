"""The routing walk, and what a configuration says of receivers and times."""

import itertools
import os
import random
import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.errors import Unknown
from readiness.evidence.alertmanager import DYNAMIC, AlertmanagerConfig, LabelValue
from readiness.outcome import Location
from tests.evidence import amtool
from tests.evidence.made_routes import NAMES, VALUES, random_config, random_labels

# In the spirit of the kube-prometheus Secret, with what services add to it: a pager, teams, a heartbeat.
CLUSTER: dict[str, Any] = {
    "global": {"resolve_timeout": "5m", "slack_api_url": "https://hooks.slack.com/services/T1/B2/c3"},
    "inhibit_rules": [
        {"equal": ["namespace", "alertname"], "source_matchers": ["severity = critical"],
         "target_matchers": ["severity =~ warning|info"]},
        {"equal": ["namespace"], "source_match": {"alertname": "InfoInhibitor"},
        "target_match_re": {"severity": "in.*"}},
    ],
    "receivers": [
        {"name": "Default", "slack_configs": [{"channel": "#alerts"}]},
        {"name": "Watchdog", "webhook_configs": [{"url": "https://nosnch.in/abc"}]},
        {"name": "Critical", "pagerduty_configs": [{"routing_key": "0123456789abcdef"}]},
        {"name": "orders", "opsgenie_configs": [{"api_key": "k"}], "slack_configs": [{"channel": "#orders"}]},
        {"name": "null"},
    ],
    "route": {
        "group_by": ["namespace"], "group_interval": "5m", "group_wait": "30s", "receiver": "Default",
        "repeat_interval": "12h",
        "routes": [
            {"matchers": ["alertname = Watchdog"], "receiver": "Watchdog", "repeat_interval": "1m"},
            {"matchers": ["alertname = InfoInhibitor"], "receiver": "null"},
            {"matchers": ['team="orders"'], "continue": True, "receiver": "orders", "group_by": ["..."],
             "routes": [
                 {"matchers": ['severity=~"critical|page"', 'namespace!~".*-test"'], "receiver": "Critical"},
                 {"match": {"severity": "info"}, "receiver": "null"},
             ]},
            {"matchers": ["severity = critical"], "receiver": "Critical",
            "mute_time_intervals": ["weekends"]},
            {"match_re": {"namespace": "kube-.*|default"}, "receiver": "Default"},
        ],
    },
    "time_intervals": [{"name": "weekends", "time_intervals": [{"weekdays": ["saturday", "sunday"]}]}],
}  # fmt: skip

CASES: tuple[tuple[str, tuple[dict[str, Any], ...], dict[str, str], tuple[str, ...]], ...] = (
    ("no child matches", ({"receiver": "a", "match": {"x": "1"}},), {}, ("default",)),
    ("first match stops", ({"receiver": "a", "match": {"x": "1"}}, {"receiver": "b"}), {"x": "1"}, ("a",)),
    ("continue goes on", ({"receiver": "a", "match": {"x": "1"}, "continue": True}, {"receiver": "b"}),
    {"x": "1"}, ("a", "b")),
    ("continue at the end stays", ({"receiver": "a", "match": {"x": "1"}, "continue": True},), {"x": "1"},
    ("a",)),
    ("chain of continues", tuple({"receiver": name, "continue": True} for name in "abc"), {}, ("a", "b",
    "c")),
    ("the same receiver twice", ({"receiver": "a", "continue": True}, {"receiver": "a"}), {}, ("a", "a")),
    ("receiver is inherited", ({"receiver": "a", "routes": [{"match": {"x": "1"}}]},), {"x": "1"}, ("a",)),
    ("a node without a matching child", ({"receiver": "a", "routes": [{"receiver": "b",
    "match": {"x": "1"}}]},), {"x": "2"}, ("a",)),
    ("continue below ends with its parent",
     ({"receiver": "a", "routes": [{"receiver": "b", "continue": True}]}, {"receiver": "c"}), {}, ("b",)),
    ("continue above a stopped child",
     ({"receiver": "a", "continue": True, "routes": [{"receiver": "b"}]}, {"receiver": "c"}), {}, ("b", "c")),
    ("anchored at the end", ({"receiver": "a", "match_re": {"x": "pag"}},), {"x": "page"}, ("default",)),
    ("anchored at the start", ({"receiver": "a", "matchers": ["x=~age"]},), {"x": "page"}, ("default",)),
    ("alternatives are anchored as one", ({"receiver": "a", "matchers": ['x=~"p|q"']},), {"x": "pq"},
    ("default",)),
    ("empty value is a missing label", ({"receiver": "a", "matchers": ['x=""']},), {}, ("a",)),
    ("empty value is not a present label", ({"receiver": "a", "matchers": ['x=""']},), {"x": "1"},
    ("default",)),
    ("unequal takes a missing label", ({"receiver": "a", "matchers": ['x!="1"']},), {}, ("a",)),
    ("not alike takes a missing label", ({"receiver": "a", "matchers": ['x!~"1|2"']},), {}, ("a",)),
    ("anything takes a missing label", ({"receiver": "a", "matchers": ['x=~".*"']},), {}, ("a",)),
    ("something leaves a missing label", ({"receiver": "a", "matchers": ['x=~".+"']},), {}, ("default",)),
    ("all matchers hold", ({"receiver": "a", "matchers": ["x=1,y=2"], "match": {"z": "3"}},), {"x": "1",
    "y": "2"}, ("default",)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("routes", "labels", "reached"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_walk(routes: tuple[dict[str, Any], ...], labels: dict[str, str], reached: tuple[str, ...]) -> None:
    config = amtool.read(amtool.config(*routes))
    assert config.receivers_reached(labels) == reached
    assert all(end.certain for end in config.walk(labels))


@amtool.needs_amtool
@pytest.mark.parametrize(
    ("routes", "labels", "reached"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_amtool_says_so_too(
    tmp_path: Path, routes: tuple[dict[str, Any], ...], labels: dict[str, str], reached: tuple[str, ...]
) -> None:
    assert amtool.receivers(amtool.write(tmp_path, amtool.config(*routes)), labels) == reached


def test_an_end_knows_its_place_and_its_path() -> None:
    (end,) = amtool.read(CLUSTER).walk({"alertname": "Down", "team": "orders", "severity": "info"})
    assert (end.receiver, end.certain) == ("null", True)
    assert end.at.keys == ("route", "routes", 2, "routes", 1)
    assert [place.keys for place in end.path] == [("route",), ("route", "routes", 2), end.at.keys]


def ends(config: AlertmanagerConfig, labels: dict[str, LabelValue]) -> list[tuple[str, bool]]:
    return [(end.receiver, end.certain) for end in config.walk(labels)]


@pytest.mark.parametrize(
    ("labels", "reached"),
    [
        ({"x": "1", "y": DYNAMIC}, [("a", True)]),
        ({"x": DYNAMIC}, [("a", False), ("default", False)]),
        ({"x": DYNAMIC, "y": "2"}, [("a", False), ("b", False)]),  # b takes what a leaves
        ({"x": DYNAMIC, "y": DYNAMIC}, [("a", False), ("b", False), ("default", False)]),
        ({"x": "0", "y": DYNAMIC}, [("b", False), ("default", False)]),
        ({"x": "0"}, [("default", True)]),
    ],
    ids=str,
)
def test_a_dynamic_label_lists_all_that_it_may_reach(
    labels: dict[str, LabelValue], reached: list[tuple[str, bool]]
) -> None:
    routes = ({"receiver": "a", "match": {"x": "1"}}, {"receiver": "b", "matchers": ['y=~"2|3"']})
    assert ends(amtool.read(amtool.config(*routes)), labels) == reached


def test_a_branch_that_a_dynamic_label_opens_fixes_its_value_there() -> None:
    below = [
        {"receiver": "b", "match": {"namespace": "two"}},
        {"receiver": "c", "match": {"namespace": "one"}},
    ]
    config = amtool.read(amtool.config({"receiver": "a", "match": {"namespace": "one"}, "routes": below}))
    assert ends(config, {"namespace": DYNAMIC}) == [("c", False), ("default", False)]


def test_a_matcher_that_takes_everything_is_certain_of_a_dynamic_label() -> None:
    routes = (
        {"receiver": "a", "matchers": ['x!~".*"']},
        {"receiver": "b", "matchers": ['x=~".*"']},
        {"receiver": "c"},
    )
    assert ends(amtool.read(amtool.config(*routes)), {"x": DYNAMIC}) == [("b", True)]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000), st.sets(st.sampled_from(NAMES), max_size=2))
def test_what_may_be_reached_covers_every_value_and_what_is_certain_holds_for_each(
    seed: int, dynamic: set[str]
) -> None:
    config = amtool.read(random_config(seed))
    known = random_labels(random.Random(seed))
    labels: dict[str, LabelValue] = {**known, **dict.fromkeys(dynamic, DYNAMIC)}
    walked = config.walk(labels)
    may = {end.at for end in walked}
    must = {end.at for end in walked if end.certain}
    assert walked
    for values in itertools.product((*VALUES, "other"), repeat=len(dynamic)):
        reached = {
            end.at for end in config.walk({**known, **dict(zip(sorted(dynamic), values, strict=True))})
        }
        assert must <= reached <= may


def test_timing_is_inherited_and_its_place_known() -> None:
    config = amtool.read(CLUSTER)
    watchdog, _, orders, critical, _ = config.root.children
    assert watchdog.timing.repeat_interval == timedelta(minutes=1)
    assert watchdog.timing.at("repeat_interval") == watchdog.at.at("repeat_interval")
    assert critical.timing.repeat_interval == timedelta(hours=12)
    assert critical.timing.at("repeat_interval") == config.root.at.at("repeat_interval")
    assert (orders.timing.group_by, orders.children[0].timing.group_by) == (("...",), ("...",))
    assert (critical.timing.mute, critical.timing.active) == (("weekends",), ())


def test_defaults_of_timing_and_what_is_not_inherited() -> None:
    route = {"mute_time_intervals": ["m"], "active_time_intervals": ["a"], "group_wait": 0, "routes": [{}]}
    (outer,) = amtool.read(amtool.config(route)).root.children
    (inner,) = outer.children
    assert inner.timing._replace(set_at=()) == outer.timing._replace(set_at=(), mute=(), active=())
    assert inner.timing.group_wait == timedelta(0)
    assert (inner.timing.group_interval, inner.timing.repeat_interval) == (
        timedelta(minutes=5),
        timedelta(hours=4),
    )
    assert inner.timing.at("group_interval") is None
    assert inner.timing.at("mute_time_intervals") is None


def test_receivers_and_their_integrations() -> None:
    receivers = amtool.read(CLUSTER).receivers
    assert {name: set(receiver.kinds) for name, receiver in receivers.items()} == {
        "Default": {"slack"}, "Watchdog": {"webhook"}, "Critical": {"pagerduty"}, "orders": {"opsgenie",
        "slack"}, "null": set(),
    }  # fmt: skip
    assert receivers["Critical"].integrations[0].at.keys == ("receivers", 2, "pagerduty_configs", 0)
    assert all(receiver.placeholders == () for receiver in receivers.values())


def test_inhibitions() -> None:
    first, second = amtool.read(CLUSTER).inhibit_rules
    assert ([str(m) for m in first.sources], first.equal) == (
        ['severity="critical"'],
        ("namespace", "alertname"),
    )
    assert [str(m) for m in second.sources + second.targets] == [
        'alertname="InfoInhibitor"',
        'severity=~"in.*"',
    ]


def receiver_with(kind: str, settings: dict[str, Any], **defaults: str) -> AlertmanagerConfig:
    return amtool.read(
        {
            "global": defaults,
            "route": {"receiver": "r"},
            "receivers": [{"name": "r", f"{kind}_configs": [settings]}],
        }
    )


@pytest.mark.parametrize(
    ("kind", "field", "value", "shown"),
    [
        ("pagerduty", "routing_key", "<key>", "<key>"),
        ("pagerduty", "service_key", "<your service key>", "<your service key>"),
        ("opsgenie", "api_key", "changeme", "changeme"),
        ("opsgenie", "api_key", "CHANGE_ME", "CHANGE_ME"),
        ("slack", "api_url", "SLACK_WEBHOOK_URL", "SLACK_WEBHOOK_URL"),
        ("slack", "api_url", "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
         "XXXXXXXXXXXXXXXXXXXXXXXX"),
        ("slack", "api_url", "https://hooks.slack.com/services/<token>", "<token>"),
        ("webhook", "url", "https://example.com/hook", "example.com"),
        ("webhook", "url", "http://alerts.example.org:9000/", "example.org"),
        ("email", "to", "oncall@example.com", "example.com"),
        ("email", "to", "Ops <oncall@example.com>", "example.com"),
        ("email", "smarthost", "smtp.example.net:587", "example.net"),
        ("email", "to", "TODO", "TODO"),
        ("telegram", "bot_token", "YOUR_BOT_TOKEN", "YOUR_B"),
        ("msteams", "webhook_url", "https://REPLACE-ME", "REPLACE-ME"),
        ("victorops", "api_key", "xxxxxxxx", "xxxxxxxx"),
        ("sns", "topic_arn", "arn:aws:sns:eu-west-1:<account>:pages", "<account>"),
        ("discord", "webhook_url", "placeholder", "placeholder"),
        ("webex", "room_id", "tbd", "tbd"),
        ("wechat", "corp_id", "FIXME", "FIXME"),
        ("pushover", "user_key", "<user>", "<user>"),
        ("someday", "webhook_url", "<url>", "<url>"),
    ],
)  # fmt: skip
def test_a_stand_in_for_an_address_is_found(kind: str, field: str, value: str, shown: str) -> None:
    (found,) = receiver_with(kind, {field: value}).receivers["r"].placeholders
    assert (found.field, found.shown) == (field, shown)
    assert found.at.keys == ("receivers", 0, f"{kind}_configs", 0, field)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("pagerduty", {"routing_key": "0123456789abcdef0123456789abcdef"}),
        ("pagerduty", {"routing_key": "<secret>"}),  # so the API hides a real one
        ("pagerduty", {"routing_key": "${PAGERDUTY_KEY}"}),  # put in by the deployment
        ("pagerduty", {"routing_key": "k", "client_url": "https://example.com"}),  # a link in the message
        ("slack", {"api_url": "https://hooks.slack.com/services/T1/B2/c3", "channel": "#todo"}),
        ("slack", {"api_url_file": "/etc/slack/url"}),
        ("email", {"to": "Ops <oncall@counterexample.com>"}),
        ("email", {"to": "todor@shop.io"}),
        ("webhook", {"url": "http://example.community/x"}),
        ("webhook", {"url": "http://relay.monitoring.svc:8080/todos"}),
        ("telegram", {"chat_id": -100123}),
    ],
)
def test_a_real_address_is_left_alone(kind: str, settings: dict[str, Any]) -> None:
    assert receiver_with(kind, settings).receivers["r"].placeholders == ()


def test_a_stand_in_in_global_is_found_where_it_is_used() -> None:
    (found,) = receiver_with("slack", {}, slack_api_url="<url>").receivers["r"].placeholders
    assert found.at.keys == ("global", "slack_api_url")
    assert (
        receiver_with("slack", {"api_url": "https://s.io/x"}, slack_api_url="<url>")
        .receivers["r"]
        .placeholders
        == ()
    )
    assert (
        receiver_with("slack", {"api_url_file": "/x"}, slack_api_url="<url>").receivers["r"].placeholders
        == ()
    )
    assert (
        receiver_with("webhook", {"url": "http://s.io"}, slack_api_url="<url>").receivers["r"].placeholders
        == ()
    )


def test_a_stand_in_for_http_credentials_is_found() -> None:
    http = {"authorization": {"credentials": "<token>"}}
    (found,) = (
        receiver_with("webhook", {"url": "https://s.io", "http_config": http}).receivers["r"].placeholders
    )
    assert found.at.keys[-3:] == ("http_config", "authorization", "credentials")


@pytest.mark.parametrize(
    ("spec", "minutes"),
    [
        ({}, 10_080),
        ({"weekdays": ["saturday", "sunday"]}, 2 * 1440),
        ({"weekdays": ["monday:friday"], "times": [{"start_time": "09:00", "end_time": "17:00"}]}, 5 * 480),
        ({"times": [{"start_time": "00:00", "end_time": "24:00"}]}, 10_080),
        (
            {"times": [{"start_time": 0, "end_time": 1050}]},
            7 * 1050,
        ),  # 17:30 without quotes, to the base of sixty
        ({"weekdays": ["Sunday:Saturday"]}, 10_080),
        ({"months": ["december"]}, 0),
        ({"days_of_month": ["1"], "weekdays": ["monday"]}, 0),
    ],
)
def test_what_a_time_interval_covers_in_every_week(spec: dict[str, Any], minutes: int) -> None:
    data = {**amtool.config(), "time_intervals": [{"name": "i", "time_intervals": [spec]}]}
    interval = amtool.read(data).time_intervals["i"]
    assert (interval.minutes_of_week, interval.covers_every_week) == (minutes, minutes == 10_080)


def test_times_that_overlap_are_counted_once() -> None:
    specs = [{"weekdays": ["monday"]}, {"times": [{"start_time": "00:00", "end_time": "12:00"}]}]
    data = {**amtool.config(), "mute_time_intervals": [{"name": "i", "time_intervals": specs}]}
    assert amtool.read(data).time_intervals["i"].minutes_of_week == 1440 + 6 * 720


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"route": {"receiver": "nobody"}}, "no receiver is called 'nobody'"),
    ({"route": {}}, "the root route has no receiver"),
    ({"route": {"receiver": "default", "match": {"a": "b"}}}, "the root route has matchers"),
    ({"route": {"receiver": "default", "mute_time_intervals": ["x"]}}, "the root route has time intervals"),
    ({"route": {"receiver": "default", "continue": True}}, "the root route says `continue`"),
    ({"route": {"receiver": "default", "routes": [{"mute_time_intervals": ["x"]}]}},
    "no time interval is called 'x'"),
    ({"route": {"receiver": "default", "repeat_interval": "0s"}}, "`repeat_interval` is zero"),
    ({"route": {"receiver": "default", "group_interval": "0s"}}, "`group_interval` is zero"),
    ({"route": {"receiver": "default", "group_by": ["a", "a"]}}, "names a label twice"),
    ({"route": {"receiver": "default", "group_by": ["...", "a"]}}, "names a label twice"),
    ({"receivers": [{"name": "default"}, {"name": "default"}]}, "a second receiver is called 'default'"),
    ({"receivers": [{"name": "default"}, {}]}, "the receiver has no name"),
    ({"receivers": [{"name": "default", "slack_config": [{}]}]}, "a receiver has no field 'slack_config'"),
    ({"receivers": [{"name": "default", 5: []}]}, "a receiver has no field 5"),
    ({"route": {"receiver": "default", "matcher": []}}, "a route has no field 'matcher'"),
)  # fmt: skip


@pytest.mark.parametrize(("change", "says"), REFUSED, ids=[case[1] for case in REFUSED])
def test_what_alertmanager_would_refuse_is_a_problem_with_its_place(
    change: dict[str, Any], says: str
) -> None:
    problems = amtool.read(amtool.config() | change).problems
    assert any(says in problem.why for problem in problems), problems
    assert all(problem.at.keys for problem in problems)


@amtool.needs_amtool
@pytest.mark.parametrize(
    "change", [case[0] for case in REFUSED if case[1] != "the receiver has no name"], ids=str
)
def test_amtool_refuses_it_too(tmp_path: Path, change: dict[str, Any]) -> None:
    assert not amtool.accepts(amtool.write(tmp_path, amtool.config() | change))


UNREADABLE: tuple[tuple[object, str, tuple[str | int, ...]], ...] = (
    ([], "an Alertmanager configuration is a list; expected a mapping", ()),
    ("x", "an Alertmanager configuration is a text; expected a mapping", ()),
    (None, "no `route`", ()),
    ({"route": "x"}, "a route is a text; expected a mapping", ("route",)),
    ({"route": {"routes": {}}}, "`routes` is a mapping; expected a list", ("route", "routes")),
    ({"route": {"receiver": []}}, "`receiver` is a list; expected a text", ("route", "receiver")),
    ({"route": {"continue": "true"}}, "`continue` is 'true'; expected true or false", ("route", "continue")),
    ({"route": {"matchers": 'a="b"'}}, "`matchers` is a text; expected a list", ("route", "matchers")),
    ({"route": {"matchers": [{"a": "b"}]}}, "expected a text such as", ("route", "matchers", 0)),
    ({"route": {"matchers": ["a"]}}, "expected a matcher such as", ("route", "matchers", 0)),
    ({"route": {"match": ["a"]}}, "`match` is a list; expected a mapping", ("route", "match")),
    ({"route": {"match": {"a-b": "c"}}}, "expected a label name", ("route", "match", "a-b")),
    ({"route": {"match_re": {"a": "("}}}, "the regular expression of a can't be read", ("route", "match_re",
    "a")),
    ({"route": {"match_re": {"a": None}}}, "expected a text", ("route", "match_re", "a")),
    ({"route": {"match": {"a": ["b"]}}}, "expected a text", ("route", "match", "a")),
    ({"route": {"group_by": "a"}}, "`group_by` is a text; expected a list", ("route", "group_by")),
    ({"route": {"group_by": [1]}}, "an entry of `group_by` is a number", ("route", "group_by", 0)),
    ({"route": {"group_wait": "5 minutes"}}, "`group_wait`: expected a duration", ("route", "group_wait")),
    ({"route": {}, "receivers": ["x"]}, "a receiver is a text", ("receivers", 0)),
    ({"route": {}, "receivers": [{"name": "r", "slack_configs": {}}]}, "expected a list", ("receivers", 0,
    "slack_configs")),
    ({"route": {}, "inhibit_rules": [5]}, "an inhibition is a number", ("inhibit_rules", 0)),
    ({"route": {}, "time_intervals": [{"time_intervals": [{"weekdays": ["funday"]}]}]},
    "expected a day or a range",
     ("time_intervals", 0, "time_intervals", 0, "weekdays", 0)),
    ({"route": {}, "time_intervals": [{"time_intervals": [{"times": [{"start_time": "9"}]}]}]},
    "expected a time such as",
     ("time_intervals", 0, "time_intervals", 0, "times", 0, "start_time")),
)  # fmt: skip


@pytest.mark.parametrize(("data", "says", "keys"), UNREADABLE, ids=[case[1] for case in UNREADABLE])
def test_a_wrong_type_is_unknown_with_its_place(data: object, says: str, keys: tuple[str | int, ...]) -> None:
    with pytest.raises(Unknown) as raised:
        amtool.read(data)
    assert says in raised.value.why
    assert raised.value.at == Location("repository", "alertmanager.yml", keys=keys)


def test_values_that_yaml_reads_as_something_else_are_texts_again() -> None:
    route = {"receiver": "a", "match": {"code": 500, "paging": True, "gone": None}, "match_re": {"shard": 5}}
    config = amtool.read(amtool.config(route))
    assert config.receivers_reached({"code": "500", "paging": "true", "shard": "5"}) == ("a",)


def test_the_amtool_line_is_ready_for_a_shell() -> None:
    config = amtool.read(CLUSTER)
    line = config.amtool_line({"team": "it's", "alertname": "A B", "severity": "page", "namespace": DYNAMIC})
    assert shlex.split(line) == [
        "amtool", "config", "routes", "test", "--config.file=alertmanager.yml",
        "alertname=A B", "namespace=VALUE", "severity=page", 'team="it\'s"',
    ]  # fmt: skip
    secret = AlertmanagerConfig.of(
        CLUSTER, Location("repository", "secret.yaml", 0, ("stringData", "alertmanager.yaml"))
    )
    assert "--config.file=alertmanager.yaml " in secret.amtool_line({"a": "b"})


@amtool.needs_amtool
@pytest.mark.parametrize(
    "value",
    ["", " ", "a b", 'say "no"', "back\\slash", "\\n", "line\nline", "{x}", "a,b", "=", "'", "é", "-v"],
)
def test_amtool_reads_every_value_that_the_line_spells(tmp_path: Path, value: str) -> None:
    data = amtool.config({"receiver": "hit", "match": {"x": value}})
    assert amtool.receivers(amtool.write(tmp_path, data), {"x": value}) == ("hit",)


def test_the_secret_of_kube_prometheus() -> None:
    folder = os.environ.get("READINESS_CORPORA")
    if not folder:
        pytest.skip("READINESS_CORPORA names no folder of real services")
    yaml = pytest.importorskip("yaml")
    secret = Path(folder, "kube-prometheus/manifests/alertmanager-secret.yaml").read_text(encoding="utf-8")
    config = amtool.read(yaml.safe_load(yaml.safe_load(secret)["stringData"]["alertmanager.yaml"]))
    assert config.problems == ()
    assert all(not receiver.integrations for receiver in config.receivers.values())
    assert config.receivers_reached({"alertname": "Watchdog", "severity": "none"}) == ("Watchdog",)
    assert config.receivers_reached({"alertname": "InfoInhibitor", "severity": "none"}) == ("null",)
    assert config.receivers_reached({"alertname": "KubeAPIDown", "severity": "critical"}) == ("Critical",)
    assert config.receivers_reached({"alertname": "KubeletTooManyPods", "severity": "info"}) == ("Default",)
