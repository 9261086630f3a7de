"""`readiness diff`: between files, records and refs."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import CHECKLIST, DAY, cli, committed, deployment, files
from tests.history.places import MOMENT, needed, sqlite_in, written
from tests.report.samples import finding, not_ready, operand, outcome, proof, ready, verdict

A, B, C = "r1:a", "r1:b", "r1:c"


def document(*outcomes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return verdict(list(outcomes), **fields)


def zones(replicas: int, unit: str = "", **fields: Any) -> dict[str, Any]:
    return finding("too few", fingerprint=A, operands=[operand("replicas", replicas, unit, "less")], **fields)


def difference(tmp_path: Path, before: Any, after: Any) -> dict[str, Any]:
    for name, one in (("a.json", before), ("b.json", after)):
        written(tmp_path / name, one)
    said = cli("diff", "a.json", "b.json", "--json", cwd=tmp_path)
    assert (said.code, said.err) == (0, "")
    found: dict[str, Any] = json.loads(said.out)
    return found


FAIL, PASS = (outcome("a.b", "fail", findings=[zones(4)]), outcome("a.b", "pass"))


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (PASS, FAIL, "new"),
        (FAIL, PASS, "fixed"),
        (FAIL, FAIL, "existing"),
        (FAIL, outcome("a.b", "fail", findings=[zones(3)]), "worse"),
        (FAIL, outcome("a.b", "fail", findings=[zones(5)]), "existing"),
        (FAIL, outcome("a.b", "fail", findings=[zones(4, "pods")]), "worse"),
        (outcome("a.b", "fail", findings=[zones(4, severity="note")]), FAIL, "worse"),
        (FAIL, outcome("a.b", "unknown"), "gone"),
        (FAIL, outcome("a.b", "not-applicable"), "gone"),
        (FAIL, outcome("other", "pass"), "gone"),
        (FAIL, outcome("a.b", "fail", findings=[finding("?", fingerprint=B, status="unknown")]), "gone"),
        (PASS, outcome("a.b", "pass", findings=[zones(4, state="fixed")]), None),
    ],
)
def test_what_became_of_a_finding(tmp_path: Path, before: Any, after: Any, kind: str | None) -> None:
    found = difference(tmp_path, document(before), document(after))
    kinds = [
        name
        for name in ("new", "worse", "fixed", "gone", "existing")
        for one in found[name]
        if one["fingerprint"] == A
    ]
    assert kinds == ([kind] if kind else [])


def test_the_same_finding_in_another_environment_is_another(tmp_path: Path) -> None:
    staging = outcome("a.b", "fail", environment="staging", findings=[zones(4)])
    found = difference(tmp_path, document(FAIL), document(FAIL, staging))
    assert [one["environment"] for one in found["new"]] == ["staging"]


def test_proofs_tell_which_of_their_numbers_changed(tmp_path: Path) -> None:
    def held(replicas: int, zones: int) -> dict[str, Any]:
        numbers = (operand("replicas", replicas, "", "less"), operand("zones", zones, "", "less"))
        return document(outcome("a.b", "pass", proofs=[proof("holds", *numbers)]))

    found = difference(tmp_path, held(6, 3), held(5, 3))
    assert found["proofs"] == [
        {"item": "a.b", "environment": "production", "subject": "Deployment orders/orders-api", "name": "replicas",
         "was": "6", "now": "5", "worse": True}
    ]  # fmt: skip
    assert difference(tmp_path, held(6, 3), held(6, 3))["proofs"] == []


def test_outcomes_that_changed_are_listed_the_worst_first(tmp_path: Path) -> None:
    before = document(outcome("a.a", "pass"), outcome("a.b", "pass"), outcome("a.c", "not-applicable"))
    after = document(outcome("a.a", "unknown"), outcome("a.b", "fail"))
    found = difference(tmp_path, before, after)
    assert [(one["item"], one["was"], one["now"]) for one in found["outcomes"]] == [
        ("a.b", "pass", "fail"),
        ("a.a", "pass", "unknown"),
    ]


def test_what_makes_the_two_hard_to_compare_is_said(tmp_path: Path) -> None:
    other = {**ready(), "as_of": "2026-12-01", "policy": None}
    assert difference(tmp_path, ready(), other)["warnings"] == [
        "the two are of different days: 2026-11-24 and 2026-12-01",
        f"the two are of different rules: sha256:{'ab' * 32} and none",
    ]


def test_in_a_pipe_it_is_plain_columns(tmp_path: Path) -> None:
    written(tmp_path / "a.json", ready())
    worse = copy.deepcopy(not_ready())
    worse["outcomes"][0]["findings"][0]["message"] = "::error::\x1b[31m<b>"
    written(tmp_path / "b.json", worse)
    said = cli("diff", "a.json", "b.json", cwd=tmp_path)
    assert said.out.startswith("a.json: GO → b.json: NO-GO\n")
    assert ": :error: :\\x1b[31m<b>" in said.out
    assert cli("diff", "a.json", "a.json", cwd=tmp_path).out == "a.json: GO → a.json: GO\n\nNothing changed\n"


def test_records_are_named_by_number_or_id(tmp_path: Path) -> None:
    needed()
    from readiness.history.record import Record
    from readiness.history.store import Store

    where = sqlite_in(tmp_path)
    first = Record.of(ready(), MOMENT)
    store = Store(where)
    store.add(first)
    store.add(Record.of(not_ready(), MOMENT))
    said = cli("diff", f"record:{first.id[:12]}", "2", "--records", "history.db", cwd=tmp_path)
    assert said.out.startswith(f"record:{first.id[:12]}: GO → 2: NO-GO\n")
    written(tmp_path / "a.json", ready())
    assert cli("diff", "a.json", "2", "--records", "history.db", cwd=tmp_path).code == 0


def shop(revisions: int) -> dict[str, str]:
    return {"deploy.yaml": deployment("shop", replicas=2, revisionHistoryLimit=revisions)}


def test_two_refs_are_judged_by_the_rules_of_the_later(tmp_path: Path) -> None:
    tree = files(
        tmp_path / "shop", {"readiness.yaml": CHECKLIST.replace("history-limit", "probe"), **shop(5)}
    )
    committed(tree)
    files(tree, {"readiness.yaml": CHECKLIST, **shop(1)})
    committed(tree)
    files(tree, shop(0))  # not committed: no part of either
    said = cli("diff", "HEAD~1", "ref:HEAD", "shop", "--as-of", DAY, "--json", cwd=tmp_path)
    assert (said.code, said.err) == (0, "")
    found = json.loads(said.out)
    assert (found["before"]["decision"], found["after"]["decision"]) == ("GO", "NO-GO")
    assert [one["message"] for one in found["new"]] == ["shop keeps 1 old revisions, 2 are needed"]
    assert found["warnings"] == []


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("nowhere", 3, "nowhere: is no saved verdict and no record, nor a git ref"),
        ("broken.json", 2, "is no JSON"),
        ("failed.json", 2, "is of a run that reached no verdict"),
        ("record:zz", 2, "expected its number, or the start of its id"),
    ],
)
def test_what_can_not_be_compared_is_told(tmp_path: Path, name: str, code: int, says: str) -> None:
    needed()
    from readiness.report.canonical import failure

    written(tmp_path / "a.json", ready())
    (tmp_path / "broken.json").write_text("{")
    written(tmp_path / "failed.json", failure("usage", "x"))
    said = cli("diff", "a.json", name, cwd=tmp_path)
    assert said.code == code
    assert says in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("refs", [("HEAD", "nowhere"), ("nowhere", "HEAD")])
def test_a_ref_that_is_not_there_is_told_as_such(tmp_path: Path, refs: tuple[str, str]) -> None:
    committed(files(tmp_path / "shop", {"readiness.yaml": CHECKLIST, **shop(1)}))
    said = cli("diff", *refs, "shop", cwd=tmp_path)
    assert said.code == 3
    assert said.err.startswith(
        "readiness: nowhere: is no saved verdict and no record, nor a git ref: ref 'nowhere'"
    )
