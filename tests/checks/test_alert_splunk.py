"""Alerts of Splunk that never run, see only part of the time, or tell nobody."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.alert import splunk_complete

from readiness.outcome import Result
from tests.faults import ORDERS, Fault, findings, judged, proofs, write

APP = "splunk/orders"
SEARCHES = f"{APP}/default/savedsearches.conf"
GOOD = {
    "readiness.yaml": "version: 1\nservice: {name: orders, tier: 1, owner: team-orders}\nplatform: {alerts: [splunk]}\n",
    SEARCHES: r"""# Alerts of orders on its logs.
[default]
dispatch.latest_time = now
alert.severity = 4

[Orders payment refused]
search = index=orders sourcetype=orders:api `payments(refused)` \
  | stats count BY provider \
  | where count > 20
counttype = number of events
relation = greater than
quantity = 0
enableSched = 1
cron_schedule = */15 * * * *
dispatch.earliest_time = -15m
alert.digest_mode = 0
alert.suppress = 1
alert.suppress.period = 1h
alert.suppress.fields = provider
action.pagerduty = 1
action.email = 1
action.email.to = team-orders@harbour.internal

[Orders audit missing]
search = index=orders_audit
counttype = number of events
relation = less than
quantity = 1
enableSched = 1
cron_schedule = 10 * * * *
dispatch.earliest_time = -1h@h
dispatch.latest_time = @h
actions = webhook
action.webhook.param.url = https://hooks.harbour.internal/jira/ORD

[Orders by hour]
search = index=orders | timechart span=1h count
""",
    f"{APP}/local/savedsearches.conf": "[Orders audit missing]\nalert.severity = 5\n",
    f"{APP}/default/macros.conf": "[payments(1)]\nargs = outcome\ndefinition = payment.outcome=$outcome$\n",
    f"{APP}/default/app.conf": "[install]\nstate = enabled\n",
    f"{APP}/metadata/default.meta": "[]\nexport = none\n[savedsearches]\nowner = nobody\n",
}


def tree(at: Path) -> Path:
    return write(at, GOOD)


def results(at: Path, **settings: Any) -> list[Result]:
    done = judged(splunk_complete, at, **settings)
    return [result for outcome in done.outcomes for result in outcome.results]


def test_good_alerts_are_silent_and_proved(tmp_path: Path) -> None:
    assert findings(splunk_complete, tree(tmp_path)) == []
    said = [proof.message for proof in proofs(splunk_complete, tmp_path)]
    assert said == [
        "Orders payment refused in app orders runs by */15 * * * * and tells pagerduty, email",
        "Orders audit missing in app orders runs by 10 * * * * and tells webhook",
    ]


def test_another_platform_has_nothing_to_judge() -> None:
    (outcome,) = judged(splunk_complete, ORDERS).outcomes
    assert outcome.status == "not-applicable"
    assert "alerts is prometheus here" in outcome.reason


FAULTS = [
    (Fault(SEARCHES, "enableSched = 1\ncron_schedule = */15", "enableSched = 0\ncron_schedule = */15"),
     "Orders payment refused never runs: enableSched is 0", 13),
    (Fault(SEARCHES, "enableSched = 1\ncron_schedule = 10", "cron_schedule = 10"),
     "Orders audit missing never runs: enableSched is left out, which is 0", 24),
    (Fault(SEARCHES, "alert.digest_mode = 0", "disabled = true"), "Orders payment refused never runs: it is disabled", 16),
    (Fault(f"{APP}/local/savedsearches.conf", "alert.severity = 5", "disabled = 1"),
     "Orders audit missing never runs: it is disabled", 2),
    (Fault(SEARCHES, "cron_schedule = */15 * * * *", "cron_schedule = */15 * * * MON"),
     "Orders payment refused never runs: cron_schedule */15 * * * MON: 'MON' is no weekday", 14),
    (Fault(SEARCHES, "cron_schedule = */15 * * * *\n", ""),
     "Orders payment refused never runs: cron_schedule (left out): 0 fields; five were expected: minute hour day month weekday", 6),
    (Fault(SEARCHES, "dispatch.earliest_time = -15m", "dispatch.earliest_time = -14m"),
     "Orders payment refused runs every 15m and looks at 14m: what happens in the other 1m is never seen", 15),
    (Fault(SEARCHES, "dispatch.latest_time = @h", "dispatch.latest_time = -1h@h"),
     "Orders audit missing finds nothing: the window from -1h@h to -1h@h is empty", 31),
    (Fault(SEARCHES, "dispatch.earliest_time = -1h@h\n", "dispatch.earliest_time = -2h@h\n"),
     "Orders audit missing runs every 1h and looks at 2h: one event raises it up to 2 times, and nothing throttles it", 31),
    (Fault(SEARCHES, "dispatch.earliest_time = -15m", "dispatch.earliest_time = -15x"),
     "Orders payment refused finds nothing: 'x' is no unit of time", 15),
    (Fault(SEARCHES, "actions = webhook\n", ""), "Orders audit missing tells nobody: it has no action", 24),
    (Fault(SEARCHES, "actions = webhook\n", "actions = summary_index\n"),
     "Orders audit missing tells nobody: its actions only write (summary_index)", 33),
    (Fault(SEARCHES, "actions = webhook\n", "actions = webhook\naction.webhook = 0\n"),
     "Orders audit missing tells nobody: it has no action", 33),
    (Fault(SEARCHES, "action.email.to = team-orders@harbour.internal\n", ""),
     "Orders payment refused has the action email without action.email.to: nothing is sent", 21),
    (Fault(SEARCHES, "action.webhook.param.url = https", "# action.webhook.param.url = https"),
     "Orders audit missing has the action webhook without action.webhook.param.url: nothing is sent", 24),
    (Fault(SEARCHES, "team-orders@harbour.internal", "oncall@example.com"),
     "Orders payment refused has a domain reserved for documentation as its action.email.to: example.com", 22),
    (Fault(SEARCHES, "alert.suppress.fields = provider\n", ""),
     "Orders payment refused is raised for each result and throttled without alert.suppress.fields", 17),
    (Fault(SEARCHES, "alert.suppress.period = 1h\n", ""),
     "Orders payment refused is throttled without alert.suppress.period", 17),
    (Fault(SEARCHES, "alert.suppress = 1\n", ""),
     "Orders payment refused is raised for each result, and nothing throttles it", 16),
    (Fault(SEARCHES, "relation = greater than\n", ""),
     "Orders payment refused has no whole condition: relation is left out; Splunk knows greater than, less than,"
     " equal to, not equal to, drops by, rises by", 10),
    (Fault(SEARCHES, "alert.severity = 4", "alert.severity = 7"), "Orders payment refused has alert.severity 7; Splunk knows 1 to 6", 4),
    (Fault(SEARCHES, "BY provider \\\n", "BY provider \\ \n"),
     "the search of Orders payment refused is cut: the line before this one does not end in a backslash", 9),
    (Fault(SEARCHES, "index=orders_audit\n", "index=* orders audit\n"),
     "Orders audit missing searches every index (index=*)", 25),
    (Fault(SEARCHES, "`payments(refused)`", "`payments(refused, eu)`"),
     "Orders payment refused calls the macro payments with 2 arguments; the app defines it with 1", 7),
    (Fault(SEARCHES, "`payments(refused)`", "`payment(refused)`"),
     "Orders payment refused calls the macro payment which the app does not define; did you mean payments?", 7),
    (Fault(f"{APP}/default/app.conf", "state = enabled", "state = disabled"),
     "Orders payment refused never runs: its app orders is disabled", 2),
    (Fault(f"{APP}/metadata/default.meta", "owner = nobody", "owner = mara"),
     "Orders payment refused runs as mara: the scheduler runs it no more when that account is gone", 4),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "says", "line"), FAULTS, ids=str)
def test_fault_is_found(tmp_path: Path, fault: Fault, says: str, line: int) -> None:
    found = {one.message: one.at.line for one in findings(splunk_complete, fault.seed(tree(tmp_path)))}
    assert found.get(says) == line, found


LOOK_ALIKES = [
    Fault(SEARCHES, "[Orders by hour]\nsearch = index=orders |", "[Orders by hour]\ncounttype = number of events\nrelation = greater than\nquantity = 0\nsearch = index=orders |"),
    Fault(SEARCHES, "[Orders by hour]\nsearch = index=orders | timechart span=1h count", "[Orders by hour]\ncounttype = number of events\nrelation = greater than\nquantity = 0\n"
          "enableSched = 1\ncron_schedule = 5 * * * *\nsearch = index=orders [search a | head 1] | outputlookup hours"),
    Fault(SEARCHES, "dispatch.earliest_time = -15m", "dispatch.earliest_time = -15m@m"),
    Fault(SEARCHES, "dispatch.earliest_time = -15m", "dispatch.earliest_time = -20m"),
    Fault(SEARCHES, "dispatch.earliest_time = -15m", "dispatch.earliest_time = -7d@d"),  # it is throttled
    Fault(SEARCHES, "dispatch.earliest_time = -1h@h\n", "dispatch.earliest_time = -119m@m\n"),
    Fault(SEARCHES, "index=orders sourcetype", "index=orders earliest=-15m sourcetype"),
    Fault(SEARCHES, "dispatch.earliest_time = -15m", "dispatch.earliest_time = rt-5m"),
    Fault(SEARCHES, "*/15 * * * *", "*/15 8-17 * * 1-5"),
    Fault(SEARCHES, "cron_schedule = */15 * * * *", "cron_schedule = 0,15,30,45 * * * *"),
    Fault(SEARCHES, "`payments(refused)`", "`cim_Authentication_indexes`"),
    Fault(SEARCHES, "`payments(refused)`", '`payments("refused, eu")`'),
    Fault(SEARCHES, "index=orders_audit\n", "index=*_audit orders\n"),
    Fault(SEARCHES, "index=orders_audit\n", 'index=orders_audit "index=*"\n'),
    Fault(SEARCHES, "alert.severity = 4", "alert.severity = 6"),
    Fault(SEARCHES, "index=orders | timechart", "index=orders \\\n| timechart"),
    Fault(SEARCHES, "[Orders by hour]\n", "[Orders by hour]\ncounttype = number of events\ncron_schedule = 7 */4 * * *\n"),
    Fault(SEARCHES, "action.pagerduty = 1\n", "action.slack = 1\n"),
    Fault(f"{APP}/metadata/default.meta", "owner = nobody", "modules = x"),
]  # fmt: skip


@pytest.mark.parametrize("edit", LOOK_ALIKES, ids=str)
def test_look_alike_is_left_alone(tmp_path: Path, edit: Fault) -> None:
    assert [one.message for one in findings(splunk_complete, edit.seed(tree(tmp_path)))] == []


@pytest.mark.parametrize(
    ("cron", "earliest", "at_most"),
    [("0 * * * *", "-30m", None), ("0 */2 * * *", "-30m", "warning"), ("0 6 * * *", "-1h", "note")],
)
def test_the_rarer_it_runs_the_milder_is_a_gap(
    tmp_path: Path, cron: str, earliest: str, at_most: str | None
) -> None:
    tree(tmp_path)
    Fault(SEARCHES, "cron_schedule = */15 * * * *", f"cron_schedule = {cron}").seed(tmp_path)
    Fault(SEARCHES, "dispatch.earliest_time = -15m", f"dispatch.earliest_time = {earliest}").seed(tmp_path)
    (found,) = findings(splunk_complete, tmp_path)
    assert "is never seen" in found.message
    assert found.finding.at_most == at_most


def test_a_search_may_tell_by_itself(tmp_path: Path) -> None:
    Fault(SEARCHES, "actions = webhook\n", "").seed(tree(tmp_path))
    Fault(SEARCHES, "search = index=orders_audit\n", "search = index=orders_audit | sendalert pager\n").seed(
        tmp_path
    )
    assert findings(splunk_complete, tmp_path) == []


def test_an_address_of_alert_actions_conf_counts(tmp_path: Path) -> None:
    tree(tmp_path)
    Fault(SEARCHES, "action.webhook.param.url = https://hooks.harbour.internal/jira/ORD\n", "").seed(tmp_path)
    write(
        tmp_path,
        {f"{APP}/default/alert_actions.conf": "[webhook]\nparam.url = https://hooks.harbour.internal/x\n"},
    )
    assert findings(splunk_complete, tmp_path) == []


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """An app as an administrator's toolbox is published: each alert scheduled, disabled, and without action."""
    alert = (
        "[Check {0}]\nsearch = index=_internal log_level=ERROR\ncounttype = number of events\nquantity = 0\n"
        "relation = greater than\ncron_schedule = {0} * * * *\nenableSched = 1\ndisabled = 1\n"
        "dispatch.earliest_time = -60m\nalert.severity = 3\n"
    )
    return write(
        tmp_path, {"toolbox/default/savedsearches.conf": "".join(alert.format(n) for n in range(12))}
    )


def test_an_app_that_ships_disabled_is_of_no_concern_where_it_says_so(shipped: Path) -> None:
    assert len(findings(splunk_complete, shipped)) == 12
    assert findings(splunk_complete, shipped, ship_disabled=["toolbox"]) == []
    assert {one.status for one in results(shipped, ship_disabled=["tool*"])} == {"not-applicable"}
    assert len(findings(splunk_complete, shipped, ship_disabled=["other"])) == 12


def test_a_template_is_unknown(tmp_path: Path) -> None:
    fault = Fault(SEARCHES, "cron_schedule = */15 * * * *", "cron_schedule = {{ schedule }}")
    by_name = {one.subject.name: one for one in results(fault.seed(tree(tmp_path)))}
    assert by_name["Orders payment refused"].status == "unknown"
    assert by_name["Orders audit missing"].status == "pass"


def test_what_is_no_text_is_unknown_and_the_rest_is_judged(tmp_path: Path) -> None:
    tree(tmp_path)
    (tmp_path / APP / "local/savedsearches.conf").write_bytes(b"[x\xff\xfe]\n")
    statuses = {one.status for one in results(tmp_path)}
    assert statuses == {"unknown", "pass"}


@pytest.mark.parametrize(
    "text", ["", "[", "]\n=\n", "= x\n[a]\n==\n", "[a]\n\\\n\\\n", "\\", "[default]\nx", "[a]\r\nb = 1\r\n"]
)
def test_odd_files_end_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"app/default/savedsearches.conf": text, "app/default/macros.conf": text})
    assert all(one.status in ("not-applicable", "unknown") for one in results(tmp_path))


def test_examples_and_tests_are_no_evidence(tmp_path: Path) -> None:
    write(tmp_path, {"tests/app/default/savedsearches.conf": GOOD[SEARCHES]})
    assert results(tmp_path) == [] or {one.status for one in results(tmp_path)} == {"not-applicable"}
