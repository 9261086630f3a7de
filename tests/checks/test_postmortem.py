"""What postmortems promise, and whether it was done."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.postmortem import actions, blameless, template

from readiness.outcome import Result
from tests.faults import ORDERS, Fault, copy_of_orders, findings, judged, proofs, write

PAGE = "docs/postmortems/2026-09-02-queue-backlog.md"
EXERCISE = "| Exercise a failover of RabbitMQ in production | prevent | Ines Carvalho | 2026-12-10 | ORD-4060 | open |"
HEAD = (
    "---\nseverity: SEV-1\ndate: 2026-10-01\n---\n# Outage\n\n## Summary\n\nIt broke.\n\n## Action items\n\n"
)
RULES = """\
groups:
  - name: orders
    rules:
      - {alert: OrdersDown, expr: up == 0}
"""


def results(tree: Path, **settings: Any) -> list[Result]:
    done = judged(actions, tree, **settings)
    return [result for outcome in done.outcomes for result in outcome.results]


def of_items(tree: Path, items: str, head: str = HEAD, **settings: Any) -> list[Result]:
    files = {"docs/postmortems/a.md": head + items, "rules.yaml": RULES}
    files["docs/runbooks/OrdersDown.md"] = "# OrdersDown\n\n## Diagnosis\n\nLook.\n"
    return results(write(tree, files), **settings)


def test_orders_has_no_finding() -> None:
    assert findings(actions, ORDERS) == []
    assert {one.message for one in proofs(actions, ORDERS)} == {
        f"{PAGE} promises 4 actions, 3 of them done, the others in time"
    }


@pytest.mark.parametrize(
    ("old", "new", "says", "severity"),
    [
        (
            EXERCISE,
            EXERCISE.replace("2026-12-10", "2026-11-23"),
            f"‘Exercise a failover of RabbitMQ in production’ of {PAGE} is open and was due 1 days ago,"
            " on 2026-11-23",
            None,
        ),
        (
            EXERCISE,
            EXERCISE.replace("Ines Carvalho", "TBD"),
            f"{PAGE} has 4 actions, of which 1 can't be followed up:"
            " ‘Exercise a failover of RabbitMQ in production’ has no owner",
            None,
        ),
        (
            "Add alert OrdersQueueAgeHigh on",
            "Add alert OrdersQueueTooOld on",
            f"{PAGE} says that alert OrdersQueueTooOld was added, and none of 9 alerts has that name;"
            " OrdersQueueAgeHigh is near",
            None,
        ),
        (
            "Write runbook OrdersQueueAgeHigh",
            "Write [the runbook](../runbooks/OrdersQueueAge.md)",
            f"{PAGE} says that runbook OrdersQueueAge was added, and none of 9 runbooks has that name;"
            " OrdersQueueAgeHigh is near",
            None,
        ),
    ],
)
def test_fault_is_found(tmp_path: Path, old: str, new: str, says: str, severity: str | None) -> None:
    found = findings(actions, Fault(PAGE, old, new).seed(copy_of_orders(tmp_path)))
    assert [(one.message, one.finding.at_most) for one in found] == [(says, severity)]
    text = (tmp_path / "orders" / PAGE).read_text().splitlines()
    assert found[0].at.line is not None
    assert new.partition("|")[0].strip() in text[found[0].at.line - 1]


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ("- [ ] Raise the limit (@mara, due 2026-11-23)\n", ["was due 1 days ago"]),
        ("- [ ] Raise the limit (@mara, due 2026-11-24)\n", []),
        ("- [ ] Raise the limit (@mara, P2)\n", []),
        ("- [ ] Raise the limit (owner: Mara, by end of Q4)\n", []),
        ("- [ ] Raise the limit\n", ["has no owner, no due date or priority"]),
        ("- Raise the limit (Mara Lindqvist, due 2026-12-01)\n", ["has no ticket or tick box"]),
        ("- Raise the limit (Mara Lindqvist, due 2026-12-01), ORD-12\n", []),
        ("- Raise the limit. Done.\n  ORD-12\n", ["has no owner"]),
        ("- Raise the limit (done, ORD-12)\n", []),
        ("- [x] Raise the limit\n", []),
        ("- ~~Raise the limit~~ not needed\n", []),
        ("- [x] Add alert OrdersDown\n", []),
        ("- [x] Add alert OrdersSlow\n", ["alert OrdersSlow was added"]),
        ("- [x] New `OrdersSlow` alert\n", ["alert OrdersSlow was added"]),
        ("- [x] Create an alert on slow answers (`OrdersSlow`)\n", ["alert OrdersSlow was added"]),
        ("- [x] Remove alert OrdersSlow, and add a graph\n", []),
        ("- [x] Tune alert OrdersSlow\n", []),
        ("- [x] Add a graph to the alert OrdersSlow\n", []),
        ("- [x] Add alert for PostgreSQL\n", []),
        ("- [ ] Add alert OrdersSlow (@mara, P1)\n", []),
        ("- [x] Write runbook OrdersSlow\n", ["runbook OrdersSlow was added"]),
        ("- [x] Write runbook for OrdersDown\n", []),
        ("- [x] Add a [runbook](../runbooks/OrdersDown.md)\n", []),
        ("- [x] Add a [runbook](https://wiki.example/runbooks/Elsewhere.md)\n", []),
        (
            "| what | who | when |\n|---|---|---|\n| Fix it | | |\n",
            ["has no owner, no due date or priority, no"],
        ),
        ("| what | who | when | status |\n|---|---|---|---|\n| Fix it | M | Q1 | open |\n", []),
        (
            "| what | who | when | status |\n|---|---|---|---|\n| Fix it | M | 2026-11-01 | open |\n",
            ["23 days ago"],
        ),
        ("| what | who | when | status |\n|---|---|---|---|\n| Fix it | M | 2026-11-01 | ✅ |\n", []),
        (
            "| what | who | when | status |\n|---|---|---|---|\n| Fix it | M | 2026-11-01 | Not done |\n",
            ["23 days ago"],
        ),
        ("| what | who | when | status |\n|---|---|---|---|\n| | | | |\n", ["promises no action"]),
        ("", ["promises no action, 1 is needed"]),
        ("- Detection\n  - [x] Page\n- Repair\n  - [ ] Limit\n", ["has 2 actions, of which 1 can't"]),
    ],
)
def test_items(tmp_path: Path, items: str, says: list[str]) -> None:
    found = {one.message for result in of_items(tmp_path, items) for one in result.findings}
    assert len(found) == len(says), found
    assert all(any(said in one for one in found) for said in says), found


@pytest.mark.parametrize(
    ("level", "status"),
    [("SEV-1", "fail"), ("SEV2", "fail"), ("P1", "fail"), ("critical", "fail"), ("2 - high", "fail"),
     ("SEV-3", "not-applicable"), ("1 customer was affected", "not-applicable"), ("`SEV 1`", "fail"),
     ("Level 2 (major)", "fail"), ("1", "fail"), ("low", "not-applicable"), ("unclear", "not-applicable")],
)  # fmt: skip
def test_a_severe_incident_promises_something(tmp_path: Path, level: str, status: str) -> None:
    head = f"# Outage\n\n**Severity:** {level}\n\n**Date:** 2026-10-01\n\n## Summary\n\nIt broke.\n"
    assert {one.status for one in of_items(tmp_path, "", head)} == {status}


def test_a_lesser_incident_warns_at_most(tmp_path: Path) -> None:
    found = of_items(tmp_path, "- [ ] Raise it (due 2026-11-01)\n", HEAD.replace("SEV-1", "SEV-3"))
    assert {one.at_most for result in found for one in result.findings} == {"warning"}


def test_old_incidents_are_not_looked_at(tmp_path: Path) -> None:
    for day, status in (("2025-11-23", "not-applicable"), ("2025-11-24", "fail")):
        found = of_items(tmp_path, "- [ ] Raise the limit\n", HEAD.replace("2026-10-01", day))
        assert {one.status for one in found} == {status}
    assert {one.status for one in of_items(tmp_path, "- [ ] Raise\n", HEAD, max_age="10d")} == {
        "not-applicable"
    }


def test_a_state_that_stands_in_the_tracker(tmp_path: Path) -> None:
    item = "- Raise the limit (Mara Lindqvist, due 2026-11-01), ORD-12\n"
    (result,) = of_items(tmp_path, item)
    assert (result.status, result.reason) == (
        "unknown",
        "whether 1 action that were due are done stands in the tracker: ORD-12",
    )
    for state, status in (("Done", "pass"), ("In Progress", "fail")):
        write(tmp_path, {"exports/tickets.csv": f"Issue key,Summary,Status\nORD-12,Raise,{state}\n"})
        assert {one.status for one in results(tmp_path)} == {status}
    write(tmp_path, {"exports/tickets.csv": '"Issue key\n'})
    assert "unknown" in {one.status for one in results(tmp_path)}


def test_what_is_kept_elsewhere(tmp_path: Path) -> None:
    item = "- [x] Add alert RabbitmqDown\n"
    assert {one.status for one in of_items(tmp_path, item)} == {"fail"}
    assert {one.status for one in of_items(tmp_path, item, elsewhere=["Rabbitmq*"])} == {"pass"}


def test_without_rules_nothing_is_known_of_them(tmp_path: Path) -> None:
    (result,) = results(write(tmp_path, {"postmortems/a.md": HEAD + "- [x] Add alert OrdersSlow\n"}))
    assert result.status == "unknown"
    assert "alerts aren't all in evidence" in result.reason


def test_actions_in_prose_are_unknown(tmp_path: Path) -> None:
    (result,) = of_items(tmp_path, "Tracked in the epic [ORD-1](https://jira.example/browse/ORD-1).\n")
    assert (result.status, result.reason) == ("unknown", "its actions stand in no list or table")


def test_no_postmortem_is_no_subject(tmp_path: Path) -> None:
    assert (
        results(write(tmp_path, {"README.md": "# Postmortems\n", "postmortems/README.md": "- none\n"})) == []
    )


def test_a_named_folder_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    checklist = "version: 1\nservice: {name: orders}\nevidence: {postmortems: [docs/pm/]}\n"
    assert {one.status for one in results(write(tmp_path, {"readiness.yaml": checklist}))} == {"unknown"}


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe\x00", b"", b"---\nseverity: [\n---\n# A\n## Actions\n- [ ] \n", b"| a |\n|"]
)
def test_malformed_pages_crash_nothing(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "postmortems").mkdir()
    (tmp_path / "postmortems/a.md").write_bytes(raw)
    assert "error" not in {one.status for one in results(tmp_path)}


def test_actions_that_nobody_can_follow_up(tmp_path: Path) -> None:
    """As in a public collection of 38 postmortems: 121 rows, no ticket, no tick box, one owner."""
    for number in range(38):
        rows = "".join(f"| Look into part {row} | prevent |\n" for row in range(4 if number % 5 else 1))
        owner = "| Ask the vendor (owner: platform) | prevent |\n" if number == 0 else ""
        text = f"# Outage {number}\n\n## Actions\n\n| Action | Type |\n|---|---|\n{rows}{owner}"
        write(tmp_path, {f"postmortems/2026-05-{number % 28 + 1:02}-{number}.md": text})
    found = [one for result in results(tmp_path) for one in result.findings]
    assert len(found) == 38
    assert sum(len(one.operands) for one in found) == 129
    assert {one.at_most for one in found} == {"warning"}
    assert {operand.name for one in found for operand in one.operands} == {
        "lacks owner and due date or priority and ticket or tick box",
        "lacks due date or priority and ticket or tick box",
    }


TEMPLATE = "docs/postmortems/template.md"
ASKED = """\
# Title

**Impact:** users, duration

## What happened

## Timeline (UTC)

## Trigger

## Root causes

## Lessons learned

## Action items

- [ ] what (owner, due, ORD-…)

Blameless, please.
"""


def test_the_template_of_orders_is_whole() -> None:
    assert findings(template, ORDERS) == []
    assert [one.message for one in proofs(template, ORDERS)] == [
        f"{TEMPLATE} has all 7 parts, and owner, date and ticket of each action"
    ]


@pytest.mark.parametrize(
    ("old", "new", "says", "severity"),
    [
        ("## Detection", "## Remarks", f"{TEMPLATE} has no part for detection", None),
        ("## Impact", "## Remarks", f"{TEMPLATE} has no part for impact", None),
        (
            " owner | due | ticket |",
            " by |",
            f"{TEMPLATE} asks of an action no owner, no due date or priority, no ticket",
            None,
        ),
        ("All times in UTC: cause", "Cause", f"{TEMPLATE} does not say the zone of its times", "note"),
        ("Without blame: we", "We", f"{TEMPLATE} does not say that it looks for no one to blame", "note"),
    ],
)
def test_what_a_template_lacks(tmp_path: Path, old: str, new: str, says: str, severity: str | None) -> None:
    found = findings(template, Fault(TEMPLATE, old, new).seed(copy_of_orders(tmp_path)))
    assert [(one.message, one.finding.at_most) for one in found] == [(says, severity)]


def test_parts_under_other_names(tmp_path: Path) -> None:
    assert findings(template, write(tmp_path, {"postmortems/_template.md": ASKED})) == []
    assert len(proofs(template, tmp_path)) == 1
    write(tmp_path, {"postmortems/_template.md": ASKED.replace("Impact", "Date")})
    assert [one.message for one in findings(template, tmp_path)] == [
        "postmortems/_template.md has no part for impact"
    ]


def test_a_template_that_is_kept_elsewhere(tmp_path: Path) -> None:
    done = judged(template, write(tmp_path, {"postmortems/2026-05-01.md": HEAD}))
    (result,) = [result for outcome in done.outcomes for result in outcome.results]
    assert result.status == "not-applicable"
    assert result.reason.startswith("1 postmortems and no template; looked for")


@pytest.mark.parametrize(
    ("causes", "number"),
    [
        ("Human error: the wrong host was restarted.", 1),
        ("An operator mistake.", 1),
        ("Human error is never a cause; the prompt looked the same on both hosts.", 0),
        ("What is behind the human error: two hosts with one prompt.", 0),
        ("The first report said “human error”.", 0),
        ("A user typed an address that the parser can't read.", 0),
    ],
)
def test_causes(tmp_path: Path, causes: str, number: int) -> None:
    tree = write(
        tmp_path, {"postmortems/a.md": f"# A\n\n## Root causes\n\n{causes}\n\n## Summary\n\nHuman error.\n"}
    )
    assert len(findings(blameless, tree)) == number
    assert len(proofs(blameless, tree)) == 1 - number


def test_the_causes_of_orders() -> None:
    assert findings(blameless, ORDERS) == []
    assert len(proofs(blameless, ORDERS)) == 1
