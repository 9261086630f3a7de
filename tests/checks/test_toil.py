"""What is done by hand, counted."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from readiness_checks.toil import register

from tests.faults import ORDERS, Fault, copy_of_orders, findings, judged, proofs, write

TASK = "{task: A, per-week: PER, minutes: 60, owner: o, plan: p}"
REGISTER = "team-hours-per-week: 40\ntasks: [TASK]\n"


def statuses_of(tree: Path, **settings: Any) -> set[str]:
    done = judged(register, tree, **settings)
    return {result.status for outcome in done.outcomes for result in outcome.results}


def test_orders_has_no_finding() -> None:
    assert findings(register, ORDERS) == []
    assert {one.message for one in proofs(register, ORDERS)} == {"2 tasks take 1.8 of 200 h a week"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    owner: Tomás Rey\n", "", "‘Hand a poison message back to the queue after the warehouse has mended it’ takes 0.8 h a week and has no owner"),
        ("per-week: 10\n", "per-week: 1000\n", "toil takes 100.8 of 200 h a week, 100 h may be (50%)"),
    ],
)  # fmt: skip
def test_fault_is_found(tmp_path: Path, old: str, new: str, says: str) -> None:
    (found,) = findings(register, Fault("docs/toil.yaml", old, new).seed(copy_of_orders(tmp_path)))
    assert found.message == says


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (REGISTER.replace("TASK", TASK.replace("PER", "20")), "pass"),
        (REGISTER.replace("TASK", TASK.replace("PER", "20.1")), "fail"),
        (REGISTER.replace("TASK", TASK.replace("plan: p", "plan: ''").replace("PER", "1")), "fail"),
        (REGISTER.replace("TASK", TASK.replace("PER", "often")), "unknown"),
        (REGISTER.replace("TASK", TASK.replace("PER", "-1")), "unknown"),
        (REGISTER.replace("TASK", "{task: A, minutes: 5}"), "unknown"),
        (REGISTER.replace("TASK", "A"), "unknown"),
        (f"tasks: [{TASK.replace('PER', '1')}]\n", "unknown"),
        ("- a\n", "unknown"),
        ("a: [\n", "unknown"),
        ("", "not-applicable"),
    ],
)
def test_registers(tmp_path: Path, text: str, status: str) -> None:
    assert statuses_of(write(tmp_path, {"toil.yaml": text})) >= {status}


@pytest.mark.parametrize(("steps", "incidents", "number"), [(9, 5, 1), (8, 5, 0), (9, 4, 0)])
def test_commands_that_are_typed_again_and_again(
    tmp_path: Path, steps: int, incidents: int, number: int
) -> None:
    commands = "# first\n\n" + "kubectl get pods\n" * steps
    page = f"# OrdersDown\n\n## Mitigation\n\n```sh\n{commands}```\n"
    days = [date(2026, 11, 1) + timedelta(days=index) for index in range(incidents)]
    rows = "".join(f"INC{day.day},OrdersDown,{day} 10:00:00\n" for day in days)
    files = {
        "docs/runbooks/OrdersDown.md": page,
        "rules.yaml": "groups:\n  - name: a\n    rules:\n      - {alert: OrdersDown, expr: up}\n",
        "exports/incidents.csv": f"number,title,opened_at\n{rows}",
    }
    assert len(findings(register, write(tmp_path, files))) == number


def test_without_anything_there_is_no_subject(tmp_path: Path) -> None:
    assert statuses_of(write(tmp_path, {"a.txt": ""})) == {"not-applicable"}
