"""Files and repositories as they should not be: exit code, status and words of each, and no traceback."""
# a row a case

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.running import (
    CHECKLIST,
    DAY,
    cli,
    committed,
    deployment,
    files,
    gate,
    git,
    outcome,
)

BAD = "k8s/bad.yaml"
ITEM = "rollback.history-limit"
HEAD = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: bad, namespace: shop}\n"


class Row(NamedTuple):
    """One hostile file beside a good one."""

    content: bytes
    code: int
    status: str
    says: str  # in the outcome's reason or findings


def bomb() -> bytes:
    lines = ["apiVersion: v1", "kind: ConfigMap", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    return "\n".join(lines).encode()


def deep() -> bytes:
    return b"apiVersion: apps/v1\nkind: Deployment\nspec: " + b"[" * 5000 + b"]" * 5000


ROWS: dict[str, Row] = {
    "alias bomb": Row(bomb().replace(b"ConfigMap", b"Deployment"), 1, "unknown", "alias"),
    "depth bomb": Row(deep(), 1, "unknown", "deep"),
    "binary after a mark": Row(HEAD.encode() + b"\x00\x01\x02\xff" * 99, 1, "unknown", "could not be read"),
    "invalid UTF-8": Row(HEAD.encode() + b"x: \xff\xfe\xfa\n", 1, "unknown", "UTF-8"),
    "tabs": Row(HEAD.encode() + b"spec:\n\treplicas: 2\n", 1, "unknown", "could not be read"),
    "not closed": Row(HEAD.encode() + b"spec: {a: [1, 2\n", 1, "unknown", "could not be read"),
    "BOM": Row(b"\xef\xbb\xbf" + deployment("bad", revisionHistoryLimit=0).encode(), 1, "fail", "bad keeps 0"),
    "CRLF": Row(
        deployment("bad", revisionHistoryLimit=0).replace("\n", "\r\n").encode(), 1, "fail", "bad keeps 0"
    ),
    "UTF-16": Row(deployment("bad", revisionHistoryLimit=0).encode("utf-16"), 1, "", "bad"),
    "duplicate keys": Row(
        deployment("bad", replicas=2).replace("  replicas: 2\n", "  revisionHistoryLimit: 5\n  revisionHistoryLimit: 0\n").encode(),
        1, "fail", "bad keeps 0",
    ),
    "anchor defined anew": Row(
        deployment("bad", revisionHistoryLimit="*n").replace("spec:\n", "x: &n 5\ny: &n 0\nspec:\n", 1).encode(),
        1, "fail", "bad keeps 0",
    ),
    "undefined alias": Row(deployment("bad", revisionHistoryLimit="*n").encode(), 1, "unknown", "could not be read"),
    "wrong type": Row(deployment("bad", revisionHistoryLimit="many").encode(), 1, "unknown", "'many' where a whole number"),
    "a list where a mapping is": Row((HEAD + "spec: [1, 2]\n").encode(), 1, "unknown", "where a mapping is expected"),
    "null spec": Row((HEAD + "spec:\n").encode(), 0, "pass", ""),
    "python tag": Row((HEAD + "spec: !!python/object/apply:os.system ['touch owned']\n").encode(), 1, "unknown", ""),
    "document of a million lines": Row(
        (HEAD + "spec: {}\n" + "# nothing\n" * 1_000_00).encode(), 0, "pass", ""
    ),
    "many documents": Row(b"---\n" * 60_000 + HEAD.encode(), 1, "unknown", "documents"),
    "empty": Row(b"", 0, "pass", ""),
    "only a comment": Row(b"# apiVersion: kind:\n", 0, "pass", ""),
    "name of other type": Row(b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: [a], labels: 3}\n", 0, "pass", ""),
    "metadata a text": Row(b"apiVersion: apps/v1\nkind: Deployment\nmetadata: x\n", 0, "pass", ""),
    "huge number": Row(deployment("bad", revisionHistoryLimit="9" * 5000).encode(), 1, "unknown", ""),
    "NaN": Row(deployment("bad", revisionHistoryLimit=".nan").encode(), 1, "unknown", "whole number"),
    "control characters": Row(deployment("bad", revisionHistoryLimit=0).replace("name: bad", 'name: "b\\x1b[31md"').encode(), 1, "fail", "keeps 0"),
    "lone surrogate": Row(deployment("bad", revisionHistoryLimit=0).replace("name: bad", 'name: "b\\ud800d"').encode(), 1, "", ""),
}  # fmt: skip


def shop(tree: Path) -> Path:
    return files(tree, {"readiness.yaml": CHECKLIST, "k8s/good.yaml": deployment("good")})


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_a_hostile_file_is_told_and_hides_nothing(tmp_path: Path, row: Row) -> None:
    tree = files(shop(tmp_path / "tree"), {BAD: row.content})
    junit, markdown = tmp_path / "out.xml", tmp_path / "out.md"
    code, verdict = gate("-o", f"junit={junit}", "-o", f"markdown={markdown}", cwd=tree)
    said = cli("gate", "--as-of", DAY, "--verbose", cwd=tree)
    assert (code, said.code) == (row.code, row.code), verdict
    found = outcome(verdict, ITEM)
    assert row.status in ("", found["status"])
    assert row.says in found["reason"] + str(found["findings"])
    assert any("good can go back 10 revisions" in proof["message"] for proof in found["proofs"])
    assert junit.stat().st_size
    assert markdown.stat().st_size
    assert "\x1b" not in said.out
    assert not (tree / "owned").exists()
    assert str(tmp_path) not in str(verdict)


def test_a_file_too_large_to_read_is_unknown(tmp_path: Path) -> None:
    tree = shop(tmp_path)
    with open(tree / BAD, "wb") as file:
        file.write(HEAD.encode())
        file.truncate(200 * 2**20)
    code, verdict = gate(cwd=tree)
    found = outcome(verdict, ITEM)
    assert (code, found["status"]) == (1, "unknown")
    assert "at most 20,971,520" in found["reason"]


def test_a_large_file_that_is_no_evidence_is_left_alone(tmp_path: Path) -> None:
    tree = shop(tmp_path)
    with open(tree / "data.bin", "wb") as file:
        file.truncate(200 * 2**20)
    assert gate(cwd=tree)[0] == 0


def _link(tree: Path, name: str, target: str) -> None:
    (tree / name).parent.mkdir(parents=True, exist_ok=True)
    os.symlink(target, tree / name)


LINKS: dict[str, tuple[str, str, int]] = {
    "a loop": ("k8s/loop.yaml", "loop.yaml", 1),
    "a folder into itself": ("k8s/again", ".", 0),
    "out of the tree": ("k8s/passwd.yaml", "/etc/passwd", 1),
    "out by ..": ("k8s/up.yaml", "../../outside.yaml", 1),
    "nowhere": ("k8s/gone.yaml", "gone-for-good.yaml", 1),
    "to a device": ("k8s/zero.yaml", "/dev/zero", 1),
    "to another file of the tree": ("k8s/same.yaml", "good.yaml", 0),
}


@pytest.mark.parametrize(("name", "target", "code"), LINKS.values(), ids=list(LINKS))
@pytest.mark.parametrize("with_git", [False, True], ids=["folder", "git"])
def test_links_lead_nowhere_outside(
    tmp_path: Path, name: str, target: str, code: int, with_git: bool
) -> None:
    (tmp_path / "outside.yaml").write_text(deployment("outside", revisionHistoryLimit=0))
    tree = shop(tmp_path / "tree")
    _link(tree, name, target)
    if with_git:
        committed(tree)
    found, verdict = gate(cwd=tree)
    assert found == code, verdict
    assert "outside keeps" not in str(verdict)
    assert "root:" not in str(verdict)


ODD_NAMES = (
    "k8s/new\nline.yaml",
    "k8s/sp ace.yaml",
    "k8s/quote'\".yaml",
    "k8s/ünï.yaml",
    "k8s/-dash.yaml",
    "k8s/[x].yaml",
)


@pytest.mark.parametrize("name", ODD_NAMES, ids=repr)
@pytest.mark.parametrize("with_git", [False, True], ids=["folder", "git"])
def test_odd_file_names_are_read_and_printed(tmp_path: Path, name: str, with_git: bool) -> None:
    tree = files(shop(tmp_path / "tree"), {name: deployment("odd", revisionHistoryLimit=0)})
    if with_git:
        committed(tree)
    junit = tmp_path / "out.xml"
    code, verdict = gate("-o", f"junit={junit}", cwd=tree)
    assert (code, [one["file"] for one in outcome(verdict, ITEM)["findings"]]) == (1, [name])
    said = cli("gate", "--as-of", DAY, cwd=tree)
    assert "odd keeps 0" in said.out


def test_a_file_name_that_is_no_utf8_is_survived(tmp_path: Path) -> None:
    tree = shop(tmp_path / "tree")
    with open(os.fsencode(str(tree)) + b"/k8s/\xff.yaml", "wb") as file:
        file.write(deployment("odd", revisionHistoryLimit=0).encode())
    code, verdict = gate("-o", f"junit={tmp_path / 'out.xml'}", cwd=tree)
    assert code == 1, verdict


CHECKLISTS: dict[str, tuple[str | bytes, str]] = {
    "unknown check": (CHECKLIST.replace("history-limit", "histroy-limit"), "the nearest is rollback.history-limit"),
    "setting of a wrong type": (CHECKLIST.replace("severity: error", "with: {minimum: two}"), "whole number"),
    "setting out of bounds": (CHECKLIST.replace("severity: error", "with: {minimum: -1}"), "-1"),
    "unknown setting": (CHECKLIST.replace("severity: error", "with: {minimun: 2}"), "minimum"),
    "unknown key": (CHECKLIST + "itmes: []\n", "itmes"),
    "no YAML": ("version: 1\nitems: [", "readiness.yaml:"),
    "a list": ("- 1\n", "readiness.yaml"),
    "empty": ("", "readiness.yaml"),
    "binary": (b"\x00\xff\x00", "readiness.yaml"),
    "alias bomb": (bomb(), "readiness.yaml"),
    "path escape": (CHECKLIST + "evidence: {rules: [../../etc/]}\n", ".."),
    "absolute path": (CHECKLIST + "evidence: {rules: [/etc/]}\n", "/etc/"),
    "layer outside": (CHECKLIST.replace("version: 1", "version: 1\nextends: [../org.yaml]"), ".."),
    "layer missing": (CHECKLIST.replace("version: 1", "version: 1\nextends: [org.yaml]"), "org.yaml"),
    "layer loop": (CHECKLIST.replace("version: 1", "version: 1\nextends: [readiness.yaml]"), "readiness.yaml"),
    "unknown profile": (CHECKLIST.replace("version: 1", "version: 1\nextends: ['profile:basline@1']"), "baseline"),
    "unknown source": (CHECKLIST + "environments: {p: {manifests: [deploy:k8s/]}}\n", "deploy"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "says"), CHECKLISTS.values(), ids=list(CHECKLISTS))
def test_a_broken_checklist_is_exit_2_with_its_place(tmp_path: Path, text: str | bytes, says: str) -> None:
    tree = files(shop(tmp_path / "tree"), {"readiness.yaml": text})
    junit = tmp_path / "out.xml"
    code, document = gate("-o", f"junit={junit}", cwd=tree)
    assert (code, document["verdict"], document["error"]["kind"]) == (2, "error", "usage"), document
    assert says in document["error"]["message"]
    assert "readiness.yaml" in document["error"]["message"]
    assert "<error" in junit.read_text()
    assert str(tmp_path) not in str(document)


def test_a_checklist_that_is_a_link_out_of_the_tree_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text(CHECKLIST)
    tree = files(tmp_path / "tree", {"k8s/a.yaml": deployment("a")})
    _link(tree, "readiness.yaml", "../outside.yaml")
    code, document = gate(cwd=tree)
    assert code in (2, 3), document
    assert "readiness.yaml" in str(document)


# repositories


def _no_git(tree: Path) -> None:
    assert not (tree / ".git").exists()


def _shallow(tree: Path) -> None:
    committed(tree, "one")
    committed(tree, "two")
    origin = tree.with_name("origin")
    tree.rename(origin)
    git("clone", "-q", "--depth", "1", f"file://{origin}", str(tree), cwd=origin)


def _detached(tree: Path) -> None:
    git("checkout", "-q", "--detach", committed(tree), cwd=tree)


def _no_commit(tree: Path) -> None:
    git("init", "-q", cwd=tree)


def _broken_git(tree: Path) -> None:
    (tree / ".git").mkdir()
    (tree / ".git" / "HEAD").write_text("nonsense")


def _git_file(tree: Path) -> None:
    (tree / ".git").write_text("gitdir: /nowhere/at/all\n")


REPOSITORIES: dict[str, Callable[[Path], None]] = {
    "no git": _no_git, "shallow": _shallow, "detached": _detached, "no commit": _no_commit,
    "broken git": _broken_git, "git file to nowhere": _git_file,
}  # fmt: skip


@pytest.mark.parametrize("make", REPOSITORIES.values(), ids=list(REPOSITORIES))
def test_any_state_of_git_is_judged(tmp_path: Path, make: Callable[[Path], None]) -> None:
    tree = shop(tmp_path / "tree")
    make(tree)
    code, verdict = gate(cwd=tree)
    if make in (_broken_git, _git_file):
        assert (code, verdict["verdict"]) == (3, "error"), verdict
        assert "git" in verdict["error"]["message"]
    else:
        assert (code, verdict["verdict"]) == (0, "pass"), verdict
    assert str(tmp_path) not in str(verdict)


@pytest.mark.parametrize("make", REPOSITORIES.values(), ids=list(REPOSITORIES))
def test_a_base_that_is_not_there_is_exit_3_with_the_way_out(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    tree = shop(tmp_path / "tree")
    make(tree)
    junit = tmp_path / "out.xml"
    code, document = gate("--base", "origin/missing", "-o", f"junit={junit}", cwd=tree)
    assert (code, document["verdict"]) == (3, "error")
    assert (
        "origin/missing" in document["error"]["message"] or "git repository" in document["error"]["message"]
    )
    assert "<error" in junit.read_text()


@pytest.mark.parametrize("place", ["nowhere", "readiness.yaml"])
def test_a_path_that_is_no_folder_is_exit_3(tmp_path: Path, place: str) -> None:
    code, document = gate(place, cwd=shop(tmp_path))
    assert (code, document["verdict"]) == (3, "error"), document


# charts and kustomizations


def test_a_broken_kustomization_is_one_cause(tmp_path: Path) -> None:
    tree = files(shop(tmp_path), {"over/kustomization.yaml": "resources: [../gone.yaml]\n"})
    _one_cause(tree, "over")


def test_a_broken_chart_is_one_cause(tmp_path: Path) -> None:
    chart = {"chart/Chart.yaml": "name: [\n", "chart/templates/a.yaml": "{{ .Values.x"}
    _one_cause(files(shop(tmp_path), chart), "chart")


def _one_cause(tree: Path, folder: str) -> None:
    code, verdict = gate(cwd=tree)
    assert (code, len(verdict["causes"])) == (1, 1), verdict["causes"]
    assert folder in verdict["causes"][0]["why"] + str(verdict["causes"][0]["file"])
    assert verdict["causes"][0]["fix"]
    statuses = {one["environment"]: one["status"] for one in verdict["outcomes"] if one["id"] == ITEM}
    assert sorted(statuses.values()) == ["pass", "unknown"]
