"""Incidents that come again, by an export, by titles, and by what changed since."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from readiness_checks.itsm import recurrence

from readiness.outcome import Result
from tests.faults import ORDERS, Fault, copy_of_orders, findings, judged, proofs, write
from tests.repositories import commit, repository

EXPORT = "docs/exports/incidents-2026-11-20.csv"
HEAD = "number,short_description,opened_at,acknowledged_at,resolved_at,cmdb_ci,problem_id\n"
RULES = "groups:\n  - name: a\n    rules:\n      - {alert: OrdersDown, expr: up == 0}\n"


def results(tree: Path, **settings: Any) -> list[Result]:
    done = judged(recurrence, tree, **settings)
    return [result for outcome in done.outcomes for result in outcome.results]


def rows(
    number: int,
    title: str = "OrdersDown",
    ack: bool = True,
    ci: str = "orders",
    problem: str = "",
    minutes: int = 30,
) -> str:
    found = []
    for index in range(number):
        day = date(2026, 11, 1) + timedelta(days=index)
        acknowledged = f"{day} 10:01:00" if ack else ""
        found.append(
            f"INC{index},{title},{day} 10:00:00,{acknowledged},{day} 10:{minutes:02}:00,{ci},{problem}\n"
        )
    return "".join(found)


def tree_of(at: Path, text: str, changed: str = "2026-10-01") -> Path:
    write(at, {"rules.yaml": RULES, "docs/runbooks/OrdersDown.md": "# OrdersDown\n\n## Diagnosis\n\nLook.\n"})
    commit(repository(at), {}, f"{changed}T00:00:00Z")
    return write(at, {"exports/incidents-2026-11-20.csv": HEAD + text})


def test_orders_has_no_finding() -> None:
    assert findings(recurrence, ORDERS) == []
    assert {one.message for one in proofs(recurrence, ORDERS)} == {
        "of 4 incidents none came more than 4 times in 90 days without a change"
    }


@pytest.mark.parametrize(("number", "status"), [(4, "pass"), (5, "fail")])
def test_the_fifth_time(tmp_path: Path, number: int, status: str) -> None:
    (result,) = results(tree_of(tmp_path, rows(number)))
    assert result.status == status
    assert [one.message for one in result.findings] == [
        "OrdersDown came 5 times in 90 days, 4 may without a change: since the third, on 2026-11-03, no rule, page"
        " or problem record changed"
    ] * (number - 4)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (rows(5), 1),
        (rows(5, "[FIRING] OrdersDown on api"), 1),
        (rows(5, problem="PRB1"), 0),
        (rows(5, ci="payments"), 0),
        (rows(5, ci="orders-prod"), 1),
        (rows(5, ci=""), 1),
        (rows(5).replace("2026-11", "2026-07"), 0),
        (rows(5, "Shop is slow for users"), 1),
        (rows(5, ack=False, minutes=4), 1),
        (rows(5, ack=False, minutes=4) + rows(6), 1),
        (rows(6, ack=False, minutes=4) + rows(5), 2),
        (rows(6, ack=False, minutes=5) + rows(5), 1),
        ("", 0),
    ],
)
def test_rows(tmp_path: Path, text: str, number: int) -> None:
    assert len(findings(recurrence, tree_of(tmp_path, text))) == number


@pytest.mark.parametrize(("changed", "number"), [("2026-11-03", 1), ("2026-11-04", 0)])
def test_a_rule_that_changed_since(tmp_path: Path, changed: str, number: int) -> None:
    assert len(findings(recurrence, tree_of(tmp_path, rows(5), changed))) == number


def test_noise_is_told(tmp_path: Path) -> None:
    text = rows(6, ack=False, minutes=4) + rows(5, problem="PRB1")
    (found,) = findings(recurrence, tree_of(tmp_path, text))
    assert (
        found.message
        == "6 of 11 incidents of OrdersDown were over within 5 min before anybody looked, 50% may"
    )
    assert found.at.file == "rules.yaml"


def test_settings(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, rows(5))
    assert findings(recurrence, tree, max_repeats=5) == []
    assert findings(recurrence, tree, window="19d") == []
    assert {one.status for one in results(tree, max_export_age="3d")} == {"unknown"}
    assert {one.status for one in results(tree, max_export_age="4d")} == {"fail"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            HEAD + rows(2).replace("2026-11-01 10:00:00", "11/01/2026 10:00"),
            "1 of 2 incidents have no day in ISO order",
        ),
        ("number\n", "names no columns"),
        ('a,"b\n', "no export that can be read"),
    ],
)
def test_exports_that_say_too_little(tmp_path: Path, text: str, why: str) -> None:
    found = results(write(tmp_path, {"exports/incidents-2026-11-20.csv": text}))
    assert "unknown" in {one.status for one in found}
    causes = [cause.why for cause in judged(recurrence, tmp_path).causes.values()]
    assert any(why in text for text in (*(one.reason for one in found), *causes)), (found, causes)


def test_without_history_it_is_unknown(tmp_path: Path) -> None:
    files = {"rules.yaml": RULES, "exports/incidents-2026-11-20.csv": HEAD + rows(5)}
    (result,) = results(write(tmp_path, files))
    assert result.status == "unknown"
    assert result.reason.endswith("rules.yaml has no history")


def test_without_an_export_there_is_no_subject(tmp_path: Path) -> None:
    assert {one.status for one in results(write(tmp_path, {"rules.yaml": RULES}))} == {"not-applicable"}


def test_json_of_the_table_api_and_of_a_pager(tmp_path: Path) -> None:
    row = '{"number": {"display_value": "INC%d"}, "short_description": "OrdersDown", "sys_created_on": "2026-11-0%d 10:00:00", "cmdb_ci": {"display_value": "orders"}}'
    tree = tree_of(tmp_path, "")
    (tree / "exports/incidents-2026-11-20.csv").unlink()
    write(
        tree, {"exports/incidents.json": '{"result": [' + ", ".join(row % (n, n) for n in range(1, 6)) + "]}"}
    )
    assert len(findings(recurrence, tree)) == 1
    row = '{"incident_number": %d, "title": "OrdersDown", "created_at": "2026-11-0%dT10:00:00Z", "service": {"summary": "orders"}}'
    write(
        tree,
        {"exports/incidents.json": '{"incidents": [' + ", ".join(row % (n, n) for n in range(1, 6)) + "]}"},
    )
    assert len(findings(recurrence, tree)) == 1
    write(tree, {"exports/incidents.json": '{"error": "not found"}'})
    assert "unknown" in {one.status for one in results(tree)}


def test_postmortems_of_one_title(tmp_path: Path) -> None:
    """As in a public collection: one title three times in a year, two more twice with other numbers."""
    titles = ["All services returning 503"] * 3 + [
        "Flux version bump 0.17",
        "Flux version bump 0.23",
        "Postmortem",
        "Incident report",
    ]
    for number, title in enumerate(titles):
        write(tmp_path, {f"postmortems/2026-0{number + 1}-01.md": f"# {title}\n\n## Actions\n\n- [x] a\n"})
    assert [one.message.partition(":")[0] for one in findings(recurrence, tmp_path)] == [
        "3 postmortems of a year are called ‘All services returning 503’",
        "2 postmortems of a year are called ‘Flux version bump 0.17’",
    ]


def test_the_same_incident_a_year_later(tmp_path: Path) -> None:
    for day in ("2025-11-23", "2026-11-01"):
        write(tmp_path, {f"postmortems/{day}.md": "# Queue stuck again\n"})
    assert findings(recurrence, tmp_path) == []
    write(tmp_path, {"postmortems/2025-11-24.md": "# Queue stuck again\n"})
    assert len(findings(recurrence, tmp_path)) == 1


def test_a_seeded_fault(tmp_path: Path) -> None:
    last = "INC0043019,[FIRING] OrdersCacheDown"
    more = "".join(
        f"INC9{n},Customers see no prices,2026-11-0{n} 10:00:00,,2026-11-0{n} 11:00:00,orders,,\n"
        for n in range(1, 6)
    )
    fault = Fault(EXPORT, last, more + last)
    (found,) = findings(recurrence, fault.seed(copy_of_orders(tmp_path)))
    assert found.message.startswith("‘Customers see no prices’ came 5 times in 90 days")
    assert found.finding.at_most == "note"
