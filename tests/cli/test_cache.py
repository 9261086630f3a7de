"""A run that is remembered: the same bytes, and only as long as nothing that it was made from has changed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from readiness import cache, pipeline
from tests.cli.running import cli, deployment, files
from tests.repositories import commit, git, repository

DAY = ("--as-of", "2026-11-24")
CHECKLIST = """
version: 1
service: {name: shop, tier: 1, owner: team-shop}
environments:
  production: {class: production, manifests: [k8s/]}
items:
  - {check: rollback.history-limit}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cache, "FEWEST_FILES", 3)
    monkeypatch.setenv("READINESS_CACHE", str(tmp_path / "cache"))
    manifests = {
        f"k8s/w{number}.yaml": deployment(f"w{number}", revisionHistoryLimit=1) for number in range(4)
    }
    tree = files(repository(tmp_path / "shop"), {"readiness.yaml": CHECKLIST, **manifests})
    commit(tree, {}, "2026-01-01T00:00:00Z")
    return tree


def judged(tree: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> tuple[bool, str]:
    """Whether the pipeline ran, and what the command said."""
    ran: list[bool] = []
    judge = pipeline.judge

    def counting(*args: object) -> pipeline.Judgement:
        ran.append(True)
        return judge(*args)  # type: ignore[arg-type]  # passed on as it came

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "judge", counting)
        said = cli("gate", ".", *(options or DAY), cwd=tree)
    assert said.code in (0, 1), said
    return bool(ran), f"{said.code} {said.out}"


@pytest.mark.parametrize("output", ["terminal", "json", "junit", "markdown"])
def test_the_second_run_says_the_same_without_judging(
    shop: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    first = judged(shop, monkeypatch, *DAY, "--output", output)
    second = judged(shop, monkeypatch, *DAY, "--output", output)
    assert (first[0], second[0]) == (True, False)
    assert first[1] == second[1]


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file": lambda tree: (tree / "k8s/w1.yaml").write_text(deployment("w1", revisionHistoryLimit=9)),
    "a new file": lambda tree: (tree / "k8s/new.yaml").write_text(deployment("new")),
    "a file that is gone": lambda tree: (tree / "k8s/w2.yaml").unlink(),
    "the checklist": lambda tree: (tree / "readiness.yaml").write_text(
        CHECKLIST.replace("tier: 1", "tier: 2")
    ),
    "a tag": lambda tree: git(tree, "tag", "v1"),
    "a commit": lambda tree: commit(tree, {"notes.txt": "new"}, "2026-02-01T00:00:00Z"),
    "a waiver that git ignores": lambda tree: files(
        tree, {".git/info/exclude": ".readiness/\n", ".readiness/waivers.yaml": "version: 1\nwaivers: []\n"}
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_is_judged_anew(shop: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    assert judged(shop, monkeypatch)[0]
    assert not judged(shop, monkeypatch)[0]
    CHANGES[change](shop)
    assert judged(shop, monkeypatch)[0]


@pytest.mark.parametrize(
    "options",
    [
        ("--as-of", "2026-11-25"),
        (*DAY, "--fail-on", "warning"),
        (*DAY, "--verbose"),
        (*DAY, "--profile", "baseline@1"),
    ],
)
def test_another_question_is_another_run(
    shop: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    assert judged(shop, monkeypatch)[0]
    assert judged(shop, monkeypatch, *options)[0]


@pytest.mark.parametrize("said", ["off", ""])
def test_nothing_is_kept_where_it_is_off(shop: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("READINESS_CACHE", said)
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("XDG_CACHE_HOME", str(shop.parent / "xdg"))
    assert judged(shop, monkeypatch)[0]
    assert judged(shop, monkeypatch)[0]
    assert not (shop.parent / "xdg").exists()


def test_an_entry_that_is_no_entry_is_passed_over(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = judged(shop, monkeypatch)
    (entry,) = (shop.parent / "cache").iterdir()
    for text in ("", "{", "[]", '{"code": 7, "texts": {}, "absent": {}}', '{"code": 0}'):
        entry.write_text(text)
        assert judged(shop, monkeypatch) == first


def test_a_folder_that_others_can_write_holds_nothing(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = shop.parent / "cache"
    place.mkdir()
    place.chmod(0o777)
    assert judged(shop, monkeypatch)[0]
    assert list(place.iterdir()) == []


def test_entries_are_the_users_own_and_few(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_ENTRIES", 2)
    for day in range(1, 6):
        judged(shop, monkeypatch, "--as-of", f"2026-11-0{day}")
    place = shop.parent / "cache"
    assert len(list(place.iterdir())) == 2
    assert {os.stat(one).st_mode & 0o077 for one in (place, *place.iterdir())} == {0}
