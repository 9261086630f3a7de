"""Lines of CODEOWNERS, held against the files of the repository."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.owner import codeowners_live

from readiness.outcome import Result
from tests.faults import ORDERS, Fault, copy_of_orders, findings, judged, proofs, write
from tests.repositories import commit, repository

DAY = "2026-10-01T00:00:00Z"

FILES = {
    "src/a.py": "", "src/deep/b.py": "", "docs/a.md": "", "vendor/c.go": "", "README.md": "",
    "rules.yaml": "groups:\n  - name: a\n    rules:\n      - {alert: A, expr: up}\n",
}  # fmt: skip


def results(tree: Path, **settings: Any) -> list[Result]:
    done = judged(codeowners_live, tree, **settings)
    return [result for outcome in done.outcomes for result in outcome.results]


def said(tree: Path, lines: str, file: str = "CODEOWNERS", **settings: Any) -> list[tuple[str, str | None]]:
    commit(repository(tree), {**FILES, file: lines}, DAY)
    return [(one.message, one.finding.at_most) for one in findings(codeowners_live, tree, **settings)]


def test_orders_has_no_finding(tmp_path: Path) -> None:
    assert findings(codeowners_live, ORDERS) == []
    (proof,) = proofs(codeowners_live, copy_of_orders(tmp_path))
    assert proof.message.startswith("each of 5 lines of CODEOWNERS decides about some of")


def test_a_folder_that_was_renamed(tmp_path: Path) -> None:
    tree = Fault("CODEOWNERS", "/monitoring/ ", "/observability/ ").seed(copy_of_orders(tmp_path))
    commit(repository(tree), {}, DAY)
    (found,) = findings(codeowners_live, tree)
    assert found.message.startswith("/observability/ takes none of ")
    assert found.at.line == 4


@pytest.mark.parametrize(
    ("lines", "messages"),
    [
        ("* @o/a\n", []),
        ("* @o/a\n/src/ @o/b\n", []),
        ("* @o/a\n/lib/ @o/b\n", [("/lib/ takes none of 7 files: nobody is asked where it was meant", None)]),
        ("* @o/a\n/README.md/ @o/b\n", [("/README.md/ takes none of 7 files: nobody is asked where it was meant", None)]),
        ("* @o/a\nREADME.md @o/b\n", []),
        ("* @o/a\ndeep/ @o/b\n", []),
        ("* @o/a\ndeep @o/b\n", []),
        ("* @o/a\n/deep/ @o/b\n", [("/deep/ takes none of 7 files: nobody is asked where it was meant", None)]),
        ("* @o/a\n/vendor/ @o/b\n", []),
        ("* @o/a\nsrc/**/b.py @o/b\n", []),
        ("* @o/a\ndocs/* @o/b\n", []),
        ("* @o/a\n*.tf @o/b\n*.hcl @o/c\n", [("2 of 3 patterns take none of 7 files: *.tf (line 2), *.hcl (line 3)", "note")]),
        ("/src/ @o/b\n* @o/a\n", [("/src/ takes 2 files and decides about none: * in line 2 comes after it and takes them", None)]),
        ("/src/ @o/a\n* @o/a\n", []),
        ("/src/ @o/b\n/src/deep/ @o/c\n* @o/a\n/src/a.py @o/d\n", [
            ("/src/ takes 2 files and decides about none: /src/a.py in line 4 comes after it and takes them", None),
            ("/src/deep/ takes 1 files and decides about none: * in line 3 comes after it and takes them", None),
        ]),
        ("* @o/a\n!/src/ @o/b\n", [("!/src/ is no pattern that GitHub or GitLab knows: the line counts for nothing", None)]),
        ("* team-a\n", [("* names team-a without @, which is no owner", None)]),
        ("* @o/a\n/docs/\n", [("/docs/ has no owner, and takes it from 1 files", "note")]),
        ("* @mara\n", [("* gives 1 alert rules to @mara alone, a team is needed", "warning")]),
        ("* @mara\nrules.yaml @o/a\n", []),
        ("* @mara @tomas\n", []),
        ("* @mara a@example.com\n", []),
        ("[A]\n* @o/a\n[B]\n* @o/b\n", []),
        ("[A]\n/src/ @o/a\n[B]\n* @o/b\n", []),
        ("", []),
        ("# nothing\n", []),
    ],
)  # fmt: skip
def test_lines(tmp_path: Path, lines: str, messages: list[tuple[str, str | None]]) -> None:
    assert said(tmp_path, lines) == messages


def test_the_file_that_counts_is_judged(tmp_path: Path) -> None:
    write(tmp_path, {"CODEOWNERS": "/gone/ @o/a\n"})
    assert said(tmp_path, "* @o/a\n", ".github/CODEOWNERS") == []


def test_a_pattern_that_has_no_owner_on_purpose(tmp_path: Path) -> None:
    assert said(tmp_path, "* @o/a\n/docs/\n", unowned=["/docs/"]) == []


def test_a_part_of_a_repository_is_unknown(tmp_path: Path) -> None:
    (result,) = results(write(tmp_path, {**FILES, "CODEOWNERS": "* @o/a\n/lib/ @o/b\n"}))
    assert result.status == "unknown"
    assert (
        "take no file here, and whether this is the whole repository is not known: /lib/ takes"
        in result.reason
    )


def test_without_the_file_there_is_no_subject(tmp_path: Path) -> None:
    assert [one.status for one in results(write(tmp_path, FILES))] == ["not-applicable"]


def test_lines_that_are_all_live_stay_silent(tmp_path: Path) -> None:
    """As a public collection of 47 lines for 1,120 files of charts: none dead, none hidden."""
    for number in range(47):
        write(tmp_path, {f"charts/c{number}/{file}.yaml": "a: 1\n" for file in range(24)})
    lines = "".join(f"/charts/c{number}/ @p{number} @q\n" for number in range(47))
    assert said(tmp_path, lines) == []
    (proof,) = proofs(codeowners_live, tmp_path)
    assert proof.message == "each of 47 lines of CODEOWNERS decides about some of 1135 files"


def test_many_lines_and_files_take_a_moment() -> None:
    from time import process_time

    from readiness.evidence.codeowners import CodeOwners
    from readiness.evidence.context import Named, Sources
    from readiness.evidence.documents import Documents
    from readiness.evidence.owned_paths import OwnedPaths
    from readiness.tree import TextTree

    files = {f"s{number % 100}/d{number % 7}/f{number}.py": b"" for number in range(20_000)}
    lines = "".join(f"/s{number}/**/f*{number}.py @o/a\n/s{number}/d1/ @o/b\n" for number in range(100))
    tree = TextTree("repository", {**files, "CODEOWNERS": ("*a" * 100 + " @o/c\n" + lines).encode()})
    documents = Documents.collect(Sources({"repository": tree}))
    start = process_time()
    OwnedPaths.collect(CodeOwners.collect(documents, Named({})), documents)
    assert process_time() - start < 5
