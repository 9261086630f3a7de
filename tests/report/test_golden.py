"""Whole reports as they must come out. To accept a change: UPDATE_GOLDEN=1, then read the diff."""

import json
import os
from pathlib import Path

import pytest

from readiness.report.formats import BUILT_IN, render
from tests.report.samples import CASES

GOLDEN = Path(__file__).parent / "golden"
SUFFIX = {
    "brief": "txt", "github": "txt", "gitlab": "json", "json": "json", "junit": "xml", "markdown": "md", "sarif": "json",
    "terminal": "txt", "warnings-ng": "json",
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", BUILT_IN)
def test_report_is_the_golden_one(name: str, case: str) -> None:
    written = render(CASES[case](), name)
    golden = GOLDEN / f"{name}-{case}.{SUFFIX[name]}"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_bytes(written)
    assert written.decode() == golden.read_bytes().decode()


def test_no_golden_file_is_left_over() -> None:
    wanted = {f"{name}-{case}.{SUFFIX[name]}" for name in BUILT_IN for case in CASES}
    assert {path.name for path in GOLDEN.iterdir()} == wanted


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("case", CASES)
def test_saved_verdict_gives_the_same_report(name: str, case: str) -> None:
    saved = json.loads(render(CASES[case](), "json"))
    assert render(saved, name) == render(CASES[case](), name)
