"""What is written down about incidents, held against alerts, routing and exercises."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from readiness_checks.incident import process_doc, severity_map

from readiness.outcome import Result
from tests.faults import ORDERS, Fault, copy_of_orders, findings, judged, proofs, write

PAGE = "docs/incident-process.md"
ROUTING = "monitoring/alertmanager.yml"
RULES = "monitoring/rules/orders.rules.yaml"
SHORT = """\
# Incidents

## Roles

The incident commander decides, the communications lead writes, the ops lead mends.

## Declaring

Declare one when in doubt, in #incidents. Update https://status.example within ten minutes; stakeholders read it too.

## Hand-over and nights

Hand over after four hours. There is somebody 24x7.
"""
TABLE = """\
# Incidents

| severity | alerts | respond within |
|---|---|---|
| SEV1 | critical, page | 10 min |
| SEV2 | warning | 4 hours |
"""
ALERTS = """\
groups:
  - name: orders
    rules:
      - {alert: Down, expr: up == 0, labels: {severity: critical}}
      - {alert: Slow, expr: up == 1, labels: {severity: warning}}
      - {alert: Watchdog, expr: vector(1), labels: {severity: none}}
"""
MAIL = """\
route: {receiver: mail}
receivers:
  - {name: mail, email_configs: [{to: a@example.com}]}
"""


def results(check: Callable[..., Any], tree: Path, **settings: Any) -> list[Result]:
    done = judged(check, tree, **settings)
    return [result for outcome in done.outcomes for result in outcome.results]


def said(check: Callable[..., Any], tree: Path, **settings: Any) -> list[str]:
    return [one.message for one in findings(check, tree, **settings)]


def test_orders_has_no_finding() -> None:
    assert findings(process_doc, ORDERS) == []
    assert [one.message for one in proofs(process_doc, ORDERS)] == [
        f"{PAGE} tells all 9 things",
        "an exercise took place 34 days ago",
    ]
    assert findings(severity_map, ORDERS) == []
    assert {one.message for one in proofs(severity_map, ORDERS)} == {"critical is SEV-1, warning is SEV-3"}


@pytest.mark.parametrize(
    ("file", "old", "new", "says", "severity"),
    [
        (PAGE, "## Handover\n\nAfter four hours, or at the end of a shift: the commander says state, open questions and next step in the channel, names\nthe next commander, and both confirm in writing.\n", "## Handover\n", f"{PAGE} does not tell the handover: 8 of 9 things are there", "warning"),
        ("docs/exercises/2026-10-zone-loss.md", "2026-10-21", "2025-10-21", "the last exercise on record was 399 days ago, 365 are the most", "warning"),
        ("catalog-info.yaml", '    - {title: Incidents, type: incident-process, url: "https://git.harbour.internal/retail/orders/blob/main/docs/incident-process.md"}\n', "", f"Component orders has 2 links, and none leads to {PAGE}", "note"),
    ],
)  # fmt: skip
def test_what_the_process_leaves_out(
    tmp_path: Path, file: str, old: str, new: str, says: str, severity: str
) -> None:
    found = findings(process_doc, Fault(file, old, new).seed(copy_of_orders(tmp_path)))
    if "four hours" in old:
        (tmp_path / "orders" / PAGE).write_text(
            (tmp_path / "orders" / PAGE).read_text().replace(", until handed over", "")
        )
        found = findings(process_doc, tmp_path / "orders")
    assert [(one.message, one.finding.at_most) for one in found] == [(says, severity)]


def test_a_short_process_is_whole(tmp_path: Path) -> None:
    assert said(process_doc, write(tmp_path, {"docs/incident-response.md": SHORT})) == []
    assert len(proofs(process_doc, tmp_path)) == 1


@pytest.mark.parametrize(
    ("old", "new", "missing", "severity"),
    [
        ("The incident commander decides, t", "T", "who commands", None),
        ("## Declaring\n\nDeclare one when in doubt, in", "## Talk\n\nWrite to", "when to declare one", None),
        ("in #incidents", "at once", "where to talk", None),
        ("the communications lead writes, ", "", "who informs others", "warning"),
        ("https://status.example", "the page", "the status page", "warning"),
        ("There is somebody 24x7.", "", "nights and weekends", "warning"),
    ],
)
def test_parts(tmp_path: Path, old: str, new: str, missing: str, severity: str | None) -> None:
    (found,) = findings(process_doc, write(tmp_path, {"docs/incident-response.md": SHORT.replace(old, new)}))
    assert found.message == f"docs/incident-response.md does not tell {missing}: 8 of 9 things are there"
    assert found.finding.at_most == severity


def test_headings_alone_tell_nothing(tmp_path: Path) -> None:
    text = "# Incidents\n\n## Commander\n\n## Declare\n\n## Channel\n"
    (found,) = findings(process_doc, write(tmp_path, {"incident-process.md": text}))
    assert ": 0 of 9 things" in found.message


def test_a_process_over_several_pages(tmp_path: Path) -> None:
    first, _, second = SHORT.partition("## Hand-over")
    write(
        tmp_path,
        {"docs/incident-process/a.md": first, "docs/incident-process/b.md": f"# B\n\n## Hand-over{second}"},
    )
    assert said(process_doc, tmp_path) == []


@pytest.mark.parametrize("check", [process_doc, severity_map])
def test_a_process_that_is_kept_elsewhere(tmp_path: Path, check: Callable[..., Any]) -> None:
    assert {one.status for one in results(check, write(tmp_path, {"rules.yaml": ALERTS}))} == {
        "not-applicable"
    }
    write(tmp_path, {"readiness.yaml": "version: 1\nevidence: {incident-process: [docs/incidents/]}\n"})
    assert "unknown" in {one.status for one in results(check, tmp_path)}


@pytest.mark.parametrize(("days", "number"), [("365d", 0), ("34d", 0), ("33d", 1)])
def test_age_of_an_exercise(days: str, number: int) -> None:
    assert len(findings(process_doc, ORDERS, max_drill_age=days)) == number
    assert findings(process_doc, ORDERS, tier=2, max_drill_age=days) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (PAGE, "| critical | 5 min", "| | 5 min", "severity critical of 6 alerts means one severity of incidents, and no row has it"),
        (PAGE, "15 minutes | | 15 min", "15 minutes | warning | 15 min", "severity warning of 2 alerts means one severity of incidents, and 2 rows have it: SEV-2, SEV-3"),
        (PAGE, "15 minutes | | 15 min", "15 minutes | major | 15 min", "SEV-2 is for alerts of severity major, and none of 9 alerts has it"),
        (ROUTING, "group_wait: 10s", "group_wait: 6m", "SEV-1 is acknowledged within 5 min, and 6 alerts of severity critical are held back for 6 min by group_wait"),
        (ROUTING, "    pagerduty_configs:\n      - routing_key_file: /etc/alertmanager/secrets/orders-pagerduty-routing-key\n        severity: critical\n        send_resolved: true\n", "    email_configs: [{to: orders@harbour.internal}]\n", "SEV-1 is acknowledged within 5 min, and 6 alerts of severity critical reach only team-orders-pager, which wakes nobody"),
    ],
)  # fmt: skip
def test_severities_that_do_not_meet(tmp_path: Path, file: str, old: str, new: str, says: str) -> None:
    found = findings(severity_map, Fault(file, old, new).seed(copy_of_orders(tmp_path)))
    assert [one.message for one in found] == [says]


@pytest.mark.parametrize(
    ("old", "new", "number"),
    [
        ("10 min", "60 min", 1),
        ("10 min", "61 min", 0),
        ("10 min", "2 hours", 0),
        ("10 min", "at once", 0),
        ("critical, page", "critical", 1),
    ],
)
def test_times_of_a_table(tmp_path: Path, old: str, new: str, number: int) -> None:
    files = {"incident-process.md": TABLE.replace(old, new), "rules.yaml": ALERTS, "alertmanager.yml": MAIL}
    found = findings(severity_map, write(tmp_path, files))
    assert len([one for one in found if one.finding.at_most is None]) == number


@pytest.mark.parametrize(
    "receiver", ["webhook_configs: [{url: 'https://x.example'}]", "opsgenie_configs: [{api_key: a}]"]
)
def test_receivers_that_may_wake_somebody(tmp_path: Path, receiver: str) -> None:
    routing = MAIL.replace("email_configs: [{to: a@example.com}]", receiver)
    files = {"incident-process.md": TABLE, "rules.yaml": ALERTS, "alertmanager.yml": routing}
    assert [one.finding.at_most for one in findings(severity_map, write(tmp_path, files))] == ["note"]


def test_without_a_table_it_is_unknown(tmp_path: Path) -> None:
    (result,) = results(severity_map, write(tmp_path, {"incident-process.md": SHORT, "rules.yaml": ALERTS}))
    assert result.status == "unknown"
    assert "has no table of severities" in result.reason


def test_a_broken_rule_file_hides_what_is_used(tmp_path: Path) -> None:
    files = {
        "incident-process.md": TABLE,
        "rules.yaml": ALERTS,
        "more.yaml": "groups:\n  - rules: [alert: }\n",
    }
    assert "unknown" in {one.status for one in results(severity_map, write(tmp_path, files))}


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe", b"", b"| SEV1 |\n|--\n", b"| SEV1 | alerts\n|---|---|\n| SEV1 |\n"]
)
def test_malformed_pages_crash_nothing(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "incident-process.md").write_bytes(raw)
    write(tmp_path, {"rules.yaml": ALERTS})
    for check in (process_doc, severity_map):
        assert "error" not in {one.status for one in results(check, tmp_path)}
