"""Git facts of small repositories made on the spot: dates, bulk changes, shallow clones, refs, folders."""

from datetime import date
from pathlib import Path

import pytest

from readiness.evidence.context import Sources
from readiness.evidence.git import BULK_FILES, VERSIONS_READ, GitFacts
from readiness.tree import TextTree, Tree, open_ref, open_work_tree
from tests.repositories import commit, git, repository

SOURCE = "repository"


def facts(tree: Tree) -> GitFacts:
    return GitFacts.collect(Sources({SOURCE: tree}))


def test_last_change_is_the_author_date_of_the_newest_commit_in_utc(tmp_path: Path) -> None:
    made = repository(tmp_path)
    commit(made, {"plan.yaml": "a: 1", "other": "x"}, "2026-01-01T00:00:00Z")
    commit(made, {"plan.yaml": "a: 2"}, "2026-03-02T23:30:00-05:00")
    commit(made, {"other": "y"}, "2026-04-01T00:00:00Z")
    known = facts(open_work_tree(str(made)))
    assert known.last_change(SOURCE, "plan.yaml") == date(2026, 3, 3)
    assert known.last_change(SOURCE, "other") == date(2026, 4, 1)
    assert known.has_history(SOURCE)


@pytest.mark.parametrize(
    ("more", "changed"), [(BULK_FILES - 1, date(2026, 2, 1)), (BULK_FILES, date(2026, 1, 1))]
)
def test_a_commit_of_more_than_a_hundred_files_is_no_change(tmp_path: Path, more: int, changed: date) -> None:
    made = repository(tmp_path)
    commit(made, {"plan.yaml": "a: 1"}, "2026-01-01T00:00:00Z")
    commit(made, {"plan.yaml": "a:  1", **{f"f{n}": "" for n in range(more)}}, "2026-02-01T00:00:00Z")
    assert facts(open_work_tree(str(made))).last_change(SOURCE, "plan.yaml") == changed


def test_a_file_of_the_first_import_has_its_date(tmp_path: Path) -> None:
    made = repository(tmp_path)
    commit(made, {f"f{n}": "" for n in range(BULK_FILES + 1)}, "2026-01-01T00:00:00Z")
    assert facts(open_work_tree(str(made))).last_change(SOURCE, "f0") == date(2026, 1, 1)


def test_merges_are_not_counted(tmp_path: Path) -> None:
    made = repository(tmp_path)
    commit(made, {"plan.yaml": "a: 1"}, "2026-01-01T00:00:00Z")
    git(made, "checkout", "-q", "-b", "side")
    commit(made, {"plan.yaml": "a: 2"}, "2026-02-01T00:00:00Z")
    git(made, "checkout", "-q", "main")
    commit(made, {"other": "x"}, "2026-02-02T00:00:00Z")
    git(made, "merge", "-q", "--no-ff", "-m", "merge", "side", day="2026-06-01T00:00:00Z")
    assert facts(open_work_tree(str(made))).last_change(SOURCE, "plan.yaml") == date(2026, 2, 1)


def test_a_shallow_clone_says_nothing_of_its_first_commit(tmp_path: Path) -> None:
    made = repository(tmp_path / "origin")
    commit(made, {"old": "1", "new": "1"}, "2026-01-01T00:00:00Z")
    commit(made, {"unrelated": "1"}, "2026-02-01T00:00:00Z")
    commit(made, {"new": "2"}, "2026-03-01T00:00:00Z")
    git(tmp_path, "clone", "-q", "--depth", "2", f"file://{made}", "clone")
    known = facts(open_work_tree(str(tmp_path / "clone")))
    assert known.shallow(SOURCE)
    assert known.last_change(SOURCE, "new") == date(2026, 3, 1)
    assert known.last_change(SOURCE, "old") is None
    assert not facts(open_work_tree(str(made))).shallow(SOURCE)


def test_history_is_newest_first_each_content_once_and_bounded(tmp_path: Path) -> None:
    made = repository(tmp_path)
    for text in ("a", "b", "a"):
        commit(made, {"f": text}, "2026-01-01T00:00:00Z")
    assert [one.content for one in facts(open_work_tree(str(made))).history_of(SOURCE, "f")] == [b"a", b"b"]
    for number in range(VERSIONS_READ + 5):
        commit(made, {"f": str(number)}, "2026-01-01T00:00:00Z")
    known = facts(open_work_tree(str(made)))
    newest = [str(number).encode() for number in range(VERSIONS_READ + 4, 4, -1)]
    assert [one.content for one in known.history_of(SOURCE, "f")] == newest


def test_what_is_not_committed_is_no_history(tmp_path: Path) -> None:
    made = repository(tmp_path)
    commit(made, {"f": "a"}, "2026-01-01T00:00:00Z")
    (made / "f").write_text("dirty")
    (made / "new").write_text("x")
    known = facts(open_work_tree(str(made)))
    assert [one.content for one in known.history_of(SOURCE, "f")] == [b"a"]
    assert known.last_change(SOURCE, "new") is None


def test_a_sub_folder_and_a_ref_have_their_own_history(tmp_path: Path) -> None:
    made = repository(tmp_path)
    first = commit(made, {"deploy/f": "1", "f": "top"}, "2026-01-01T00:00:00Z")
    commit(made, {"deploy/f": "2"}, "2026-02-01T00:00:00Z")
    folder = facts(open_work_tree(str(made / "deploy")))
    assert [one.content for one in folder.history_of(SOURCE, "f")] == [b"2", b"1"]
    ref = facts(open_ref(str(made / "deploy"), first))
    assert [one.content for one in ref.history_of(SOURCE, "f")] == [b"1"]
    assert ref.last_change(SOURCE, "f") == date(2026, 1, 1)


def test_tags_name_their_commits_and_commits_are_found_by_prefix(tmp_path: Path) -> None:
    made = repository(tmp_path)
    first = commit(made, {"f": "1"}, "2026-01-01T00:00:00Z")
    git(made, "tag", "v1.0.0")
    git(made, "tag", "-a", "-m", "release", "v1.0.1")
    known = facts(open_work_tree(str(made)))
    assert known.tags(SOURCE) == {"v1.0.0": first, "v1.0.1": first}
    assert known.holds_commit(SOURCE, first[:7])
    assert not known.holds_commit(SOURCE, "0000000")


@pytest.mark.parametrize("name", ["a\nb", "commit 1 2", ":000 x", "\x1e", "é ü", "commit"])
def test_any_file_name_is_read(tmp_path: Path, name: str) -> None:
    made = repository(tmp_path)
    commit(made, {name: "1", "z": "1"}, "2026-01-01T00:00:00Z")
    known = facts(open_work_tree(str(made)))
    assert known.last_change(SOURCE, name) == date(2026, 1, 1)
    assert known.last_change(SOURCE, "z") == date(2026, 1, 1)


def test_without_git_there_are_no_facts(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    for tree in (open_work_tree(str(tmp_path)), TextTree("t", {"f": b"x"})):
        known = facts(tree)
        assert not known.has_history(SOURCE)
        assert known.last_change(SOURCE, "f") is None
        assert known.history_of(SOURCE, "f") == ()
        assert known.tags(SOURCE) == {}
        assert not known.shallow(SOURCE)
        assert not known.holds_commit(SOURCE, "abc")


def test_a_repository_without_a_commit_has_no_history(tmp_path: Path) -> None:
    made = repository(tmp_path)
    (made / "f").write_text("x")
    known = facts(open_work_tree(str(made)))
    assert not known.has_history(SOURCE)
    assert known.last_change(SOURCE, "f") is None
