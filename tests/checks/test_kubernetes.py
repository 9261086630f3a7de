"""Every check of Kubernetes objects against every seeded edit of examples/kubernetes.

One sorted golden file holds who speaks on which edit, so that new noise is a one-line diff.
"""

import os
from pathlib import Path

import pytest

from readiness.pipeline import Request, judge
from readiness.plugins import known_checks
from tests.checks.seeds import FAULTS, LOOK_ALIKES
from tests.faults import AS_OF, EXAMPLES, copy_of

GOLDEN = Path(__file__).parent / "golden" / "kubernetes.txt"
GOOD = EXAMPLES / "kubernetes"
AREAS = ("availability", "config", "image", "job", "network", "object", "rbac", "workload")
ELSEWHERE = {  # checks of these areas whose faults are seeded into examples/orders
    "availability.pdb-allows-drain", "availability.termination-budget",
    "object.sorted-keys",  # silent until a setting asks for it: test_object_metadata.py
}  # fmt: skip


def said(tree: Path) -> dict[str, set[str]]:
    """Check → the worst that it says, and how often."""
    found: dict[str, set[str]] = {}
    areas = tuple(f"{area}.*" for area in AREAS if known_checks().of_area(area))
    for outcome in judge(Request(str(tree), AS_OF, checks=areas)).document["outcomes"]:
        for one in outcome["findings"]:
            word = one["severity"] if one["status"] == "fail" else one["status"]
            found.setdefault(outcome["check"], set()).add(f"{word} {one['message']}")
    return found


@pytest.fixture(scope="module")
def silent() -> dict[str, set[str]]:
    return said(GOOD)


def test_the_good_tree_has_no_finding(silent: dict[str, set[str]]) -> None:
    assert silent == {}


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_fault_is_found_and_by_whom(name: str, tmp_path: Path) -> None:
    check, fault = FAULTS[name]
    found = said(fault.seed(copy_of(GOOD, tmp_path)))
    line = f"{name}: " + ", ".join(
        f"{one} {min(text.split()[0] for text in found[one])}" for one in sorted(found)
    )
    if os.environ.get("UPDATE_GOLDEN"):
        known = dict(one.split(":", 1) for one in GOLDEN.read_text().splitlines()) if GOLDEN.exists() else {}
        known[name] = line.partition(":")[2]
        GOLDEN.write_text("".join(f"{key}:{known[key]}\n" for key in sorted(known) if key in FAULTS))
    assert check in found, line
    assert line in GOLDEN.read_text().splitlines()


@pytest.mark.parametrize("name", sorted(LOOK_ALIKES))
def test_look_alike_is_left_alone(name: str, tmp_path: Path) -> None:
    check, fault = LOOK_ALIKES[name]
    assert check in known_checks()
    assert said(fault.seed(copy_of(GOOD, tmp_path))).get(check, set()) == set()


def test_every_check_has_two_faults() -> None:
    counts = {check: 0 for area in AREAS for check in known_checks().of_area(area)}
    for check, _ in FAULTS.values():
        counts[check] = counts.get(check, 0) + 1
    assert {check for check, count in counts.items() if count < 2} - ELSEWHERE == set()


def test_golden_has_no_fault_that_is_gone() -> None:
    assert [line.partition(":")[0] for line in GOLDEN.read_text().splitlines()] == sorted(FAULTS)
