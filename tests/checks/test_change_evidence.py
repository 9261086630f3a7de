"""Change records: a way back, two pairs of eyes, and how many caused an incident."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.itsm import change_evidence

from tests.faults import ORDERS, Fault, copy_of_orders, findings, judged, proofs, write

EXPORT = "docs/exports/changes-2026-11-20.csv"
HEAD = (
    "number,short_description,type,state,planned_start_date,requested_by,approved_by,backout_plan,cmdb_ci\n"
)
ROW = "CHG1,release,Normal,Closed,2026-11-05 13:00:00,Joon,Ines,undo,orders\n"


def statuses_of(tree: Path, **settings: Any) -> list[str]:
    done = judged(change_evidence, tree, **settings)
    return [result.status for outcome in done.outcomes for result in outcome.results]


def test_orders_has_no_finding() -> None:
    assert findings(change_evidence, ORDERS) == []
    assert [one.message for one in proofs(change_evidence, ORDERS)] == [
        "2 changes in 90 days, 2 of them not standard: each has a way back and an approver who is not its author;"
        " 0 caused an incident"
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'Joon Park,Ines Carvalho,"kubectl rollout undo, 2 min (docs/rollback.md)"', "Joon Park,Ines Carvalho,",
            "CHG0019120 ‘orders 2.14.3’ has no plan for taking it back",
        ),
        (
            "Joon Park,Ines Carvalho", "Ines Carvalho,ines carvalho",
            "CHG0019120 ‘orders 2.14.3’ was approved by ines carvalho, who is its author",
        ),
        ("Joon Park,Ines Carvalho", "Joon Park,", "CHG0019120 ‘orders 2.14.3’ was approved by nobody"),
    ],
)  # fmt: skip
def test_fault_is_found(tmp_path: Path, old: str, new: str, says: str) -> None:
    (found,) = findings(change_evidence, Fault(EXPORT, old, new).seed(copy_of_orders(tmp_path)))
    assert (found.message, found.at.line) == (says, 3)


@pytest.mark.parametrize(
    ("row", "status"),
    [
        (ROW, "pass"),
        (ROW.replace("undo", ""), "pass"),  # nobody fills the column: the export does not have it
        (ROW + ROW.replace("undo", "").replace("Normal", "Standard"), "pass"),
        (ROW + ROW.replace("undo", "").replace("Closed", "Cancelled"), "pass"),
        (ROW + ROW.replace("undo", "").replace(",orders", ",payments"), "pass"),
        (ROW + ROW.replace("undo", "").replace("2026-11-05", "2026-08-25"), "pass"),
        (ROW + ROW.replace("undo", "").replace("2026-11-05", "2026-08-26"), "fail"),
        (ROW.replace(",orders", ",payments"), "not-applicable"),
        ("", "not-applicable"),
    ],
)
def test_rows(tmp_path: Path, row: str, status: str) -> None:
    assert statuses_of(write(tmp_path, {"exports/changes.csv": HEAD + row})) == [status]


@pytest.mark.parametrize(("number", "found"), [(3, 0), (4, 1)])
def test_changes_that_caused_incidents(tmp_path: Path, number: int, found: int) -> None:
    rows = "".join(ROW.replace("CHG1", f"CHG{index}") for index in range(20))
    incidents = "number,caused_by\n" + "".join(f"INC{index},CHG{index}\n" for index in range(number))
    tree = write(tmp_path, {"exports/changes.csv": HEAD + rows, "exports/incidents.csv": incidents})
    assert [one.finding.at_most for one in findings(change_evidence, tree)] == ["note"] * found
    assert findings(change_evidence, tree, max_failures="20%") == []


def test_an_export_without_the_columns_is_unknown(tmp_path: Path) -> None:
    text = "number,planned_start_date,cmdb_ci\nCHG1,2026-11-05 13:00:00,orders\n"
    assert statuses_of(write(tmp_path, {"exports/changes.csv": text})) == ["unknown"]


def test_without_an_export_and_with_a_broken_one(tmp_path: Path) -> None:
    assert statuses_of(write(tmp_path, {"a.txt": ""})) == ["not-applicable"]
    assert "unknown" in statuses_of(write(tmp_path, {"exports/changes.csv": "x\n"}))
