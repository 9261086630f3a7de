"""All checks against all seeded faults: one sorted golden file, so that new noise is a one-line diff."""

import os
from pathlib import Path

import pytest

from readiness.layers import load
from readiness.pipeline import Request, judge
from readiness.plugins import known_checks
from tests.checks.matrix import FAULTS
from tests.faults import AS_OF, copy_of_orders

GOLDEN = Path(__file__).parent / "golden" / "matrix.txt"
BY_HISTORY = {
    "rollback.previous-version-resolvable"
}  # its faults are commits; they stand in test_rollback.py

# Orders has no such evidence: alerts of other systems, rules that a generator wrote. Their own tests seed faults.
ELSEWHERE = {"alert.splunk-complete", "alert.terraform-chain", "alert.dynatrace-chain", "slo.rules-in-sync"}


def speakers(tree: Path) -> dict[str, str]:
    """The checks that find something in a tree, each with the worst that it says."""
    found: dict[str, str] = {}
    for outcome in judge(Request(str(tree), AS_OF)).document["outcomes"]:
        said = [
            finding["severity"] if finding["status"] == "fail" else finding["status"]
            for finding in outcome["findings"]
        ]
        for word in ("error", "unknown", "warning", "note"):
            if word in said:
                found.setdefault(outcome["check"], word)
    return found


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is said of the example itself, copied as those with faults are: a copy has no git history."""
    return speakers(copy_of_orders(tmp_path_factory.mktemp("silent")))


def line_of(name: str, tree: Path, silent: dict[str, str]) -> str:
    found = {check: word for check, word in speakers(tree).items() if silent.get(check) != word}
    return f"{name}: " + ", ".join(f"{check} {word}" for check, word in sorted(found.items()))


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_fault_is_found_and_by_whom(name: str, tmp_path: Path, silent: dict[str, str]) -> None:
    check, fault = FAULTS[name]
    line = line_of(name, fault.seed(copy_of_orders(tmp_path)), silent)
    if os.environ.get("UPDATE_GOLDEN"):
        known = dict(one.split(":", 1) for one in GOLDEN.read_text().splitlines()) if GOLDEN.exists() else {}
        known[name] = line.partition(":")[2]
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text("".join(f"{key}:{known[key]}\n" for key in sorted(known) if key in FAULTS))
    assert f"{check} " in line, line
    assert line in GOLDEN.read_text().splitlines()


def test_every_check_of_a_profile_has_a_fault() -> None:
    asked = {
        item.check
        for name in ("standard@1", "operations@1")
        for item in load(f"profile:{name}", lambda _: b"", known_checks()).items
    }
    assert asked <= {check for check, _ in FAULTS.values()} | BY_HISTORY | ELSEWHERE


def test_golden_has_no_fault_that_is_gone() -> None:
    assert [line.partition(":")[0] for line in GOLDEN.read_text().splitlines()] == sorted(FAULTS)
