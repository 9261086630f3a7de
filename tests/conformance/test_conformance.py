"""Our checks on the peers' own test cases: the same verdict, or a difference that is argued."""

import shutil
from pathlib import Path

import pytest
import yaml

from readiness.aliases import aliases_of
from readiness.pipeline import Request, judge
from readiness.plugins import known_checks
from tests.conformance.cases import FOLDER, Case, Difference, cases, differences, settings
from tests.faults import AS_OF

pytestmark = pytest.mark.skipif(not FOLDER, reason="READINESS_CONFORMANCE names no folder")

ALIASES = aliases_of(known_checks()) if FOLDER else {}
ERRORS_ONLY = {
    "kube-linter/privilege-escalation-container"
}  # what is unset is a warning with us, a pass there


def said(case: Case, tmp_path: Path) -> tuple[list[tuple[str, str]], bool]:
    """Kind and name of each finding, and whether anything was judged at all."""
    peer = f"{case.peer}/{case.check}"
    assert peer in ALIASES, f"no check of ours names {peer} among its peers"
    shutil.copy(case.path, tmp_path / "objects.yaml")
    known = known_checks()
    items = []
    for one in ALIASES[peer]:
        with_ = {
            name: value
            for name, value in settings().get(peer, {}).items()
            if name in known[one.check.id].settings
        }
        items.append({"check": one.check.id, **({"with": with_} if with_ else {})})
    checklist = {
        "version": 1,
        "environments": {"production": {"class": "production", "manifests": ["objects.yaml"]}},
        "items": items,
    }
    (tmp_path / "readiness.yaml").write_text(yaml.safe_dump(checklist))
    ids = {one.check.id for one in ALIASES[peer]}
    outcomes = [
        one for one in judge(Request(str(tmp_path), AS_OF)).document["outcomes"] if one["check"] in ids
    ]
    found = [
        (finding["object"]["kind"], finding["object"]["name"])
        for outcome in outcomes
        for finding in outcome["findings"]
        if finding["status"] == "fail" and (peer not in ERRORS_ONLY or finding["severity"] == "error")
    ]
    assert not any(outcome["status"] == "error" for outcome in outcomes), outcomes
    return found, any(outcome["status"] in ("pass", "fail") for outcome in outcomes)


def departures(case: Case, found: list[tuple[str, str]]) -> set[str]:
    """In what our findings depart from what the peer expects of a case."""
    apart: set[str] = set()
    if bool(found) != (case.expected == "fail"):
        apart.add("fail" if found else "pass")
    elif case.findings is not None and len(found) != case.findings:
        apart.add("count")
    if (case.reports and set(found) != case.reports) or (set(found) & (case.silent - case.reports)):
        apart.add("objects")
    return apart


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_case_of_a_peer(case: Case, tmp_path: Path) -> None:
    found, judged = said(case, tmp_path)
    apart = departures(case, found)
    argued = {
        one.ours
        for one in differences()
        if one.check == f"{case.peer}/{case.check}" and one.file in ("*", case.file.rpartition("/")[2])
    }
    assert apart <= argued, f"{sorted(apart)}: found {found}, expected {case}"
    assert judged or case.expected == "pass" or apart


def test_every_difference_still_is_one() -> None:
    names = {(f"{case.peer}/{case.check}", case.file.rpartition("/")[2]) for case in cases()}

    def is_there(one: Difference) -> bool:
        return any(check == one.check and one.file in ("*", file) for check, file in names)

    assert [one for one in differences() if not is_there(one)] == []
    assert [one for one in differences() if len(one.why) < 40] == []
