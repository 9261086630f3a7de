"""The table of defects of examples/orders-not-ready, held against what the gate says of it."""

from functools import cache

import pytest
import yaml

from readiness.pipeline import Request, judge
from tests.faults import AS_OF, EXAMPLES

NOT_READY = EXAMPLES / "orders-not-ready"
DEFECTS = yaml.safe_load((EXAMPLES.parent / "tests" / "examples" / "defects.yaml").read_text())["defects"]


@cache
def blocking() -> dict[tuple[str, str], list[int | None]]:
    """Lines of blocking findings by check and file."""
    found: dict[tuple[str, str], list[int | None]] = {}
    for outcome in judge(Request(str(NOT_READY), AS_OF)).document["outcomes"]:
        for finding in outcome["findings"]:
            if finding["blocking"]:
                found.setdefault((outcome["check"], str(finding["file"])), []).append(finding["line"])
    return found


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect["check"])
def test_defect_is_found_at_its_line(defect: dict[str, str | int]) -> None:
    lines = blocking().get((str(defect["check"]), str(defect["file"])), [])
    assert any(isinstance(line, int) and abs(line - int(defect["line"])) <= 2 for line in lines), lines


def test_nothing_else_blocks() -> None:
    listed = {defect["check"] for defect in DEFECTS} | {
        check for defect in DEFECTS for check in defect.get("also", ())
    }
    assert {check for check, _ in blocking()} <= listed
