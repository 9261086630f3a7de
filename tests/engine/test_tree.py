"""Work tree and ref list and read the same files, and nothing outside their folder."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness import program
from readiness.errors import SourceError
from readiness.tree import (
    RefTree,
    TextTree,
    Tree,
    TreeError,
    WorkTree,
    fetch_repository,
    head_commit,
    merge_base,
    open_ref,
    open_tree,
    open_work_tree,
)

AUTHOR = {
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **AUTHOR},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def commit(folder: Path, files: dict[str, str] | None = None) -> str:
    write(folder, files or {})
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "x")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, {"a.yaml": "a: 1\n", "deploy/b.yaml": "b: 1\n", ".gitignore": "*.log\nout/\n"})
    return folder


def both(folder: Path) -> list[Tree]:
    """The work tree and, after committing all of it, HEAD."""
    commit(folder)
    return [open_work_tree(str(folder)), open_ref(str(folder), "HEAD")]


# --- what is a file


def test_tracked_and_untracked_but_not_ignored(repository: Path) -> None:
    write(repository, {"new.yaml": "n: 1\n", "x.log": "", "out/z.yaml": ""})
    tree = open_work_tree(str(repository))
    assert tree.files() == (".gitignore", "a.yaml", "deploy/b.yaml", "new.yaml")
    assert tree.has_git
    assert tree.dirty


def test_ignored_file_is_read_when_it_is_named(repository: Path) -> None:
    write(repository, {"out/z.yaml": "z"})
    tree = open_work_tree(str(repository))
    assert tree.exists("out/z.yaml")
    assert tree.read("out/z.yaml") == b"z"


def test_deleted_file_is_left_out(repository: Path) -> None:
    (repository / "a.yaml").unlink()
    tree = open_work_tree(str(repository))
    assert "a.yaml" not in tree.files()
    assert tree.dirty
    assert not tree.exists("a.yaml")


@pytest.mark.parametrize(
    ("change", "dirty"),
    [
        (lambda _: None, False),
        (lambda folder: (folder / "a.yaml").write_text("a: 2\n"), True),
        (lambda folder: write(folder, {"x.log": "ignored"}), False),
        (lambda folder: write(folder, {"new": ""}), True),
        (lambda folder: git(folder, "rm", "-q", "--cached", "a.yaml"), True),
        (lambda folder: git(folder, "mv", "a.yaml", "# branch.oid 0000"), True),
    ],
    ids=["clean", "changed", "ignored", "untracked", "staged", "renamed-to-look-like-a-header"],
)
def test_dirty(repository: Path, change: Callable[[Path], object], dirty: bool) -> None:
    change(repository)
    tree = open_work_tree(str(repository))
    assert tree.dirty is dirty
    assert tree.commit == git(repository, "rev-parse", "HEAD")


ODD = [
    "new\nline.yaml",
    'quo"te.yaml',
    "tab\tstop",
    "ünï.yaml",
    " space .yaml",
    "100644 x\t",
    "? y",
    "-n",
    "a:b",
]


def test_odd_names(repository: Path) -> None:
    write(repository, dict.fromkeys(ODD, "x"))
    invalid = os.fsdecode(b"latin-\xe9.yaml")
    write(repository, {invalid: "x"})
    before = open_work_tree(str(repository)).files()
    for tree in both(repository):
        assert {*ODD, invalid} < set(tree.files())
        assert tree.files() == before
        assert {tree.read(name) for name in [*ODD, invalid]} == {b"x"}


def test_files_are_sorted_and_equal_in_work_tree_and_ref(repository: Path) -> None:
    write(repository, {f"{name}/x.yaml": name for name in ("b", "a", "B", "a.b", "a-b", "é")})
    work, ref = both(repository)
    assert work.files() == ref.files() == tuple(sorted(work.files()))
    assert [work.read(path) for path in work.files()] == [ref.read(path) for path in ref.files()]


def test_submodule_is_no_file(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    commit(other, {"inner.yaml": ""})
    git(repository, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "vendor/other")
    for tree in both(repository):
        assert not any(path.startswith("vendor") for path in tree.files())
        assert tree.is_folder("vendor/other")
        assert isinstance(tree, WorkTree | RefTree)
        assert tree.submodules() == ("vendor/other",)
        with pytest.raises(TreeError, match="is a folder"):
            tree.read("vendor/other")


def test_repository_inside_the_repository_is_no_file(repository: Path) -> None:
    (repository / "nested").mkdir()
    git(repository / "nested", "init", "-q")
    commit(repository / "nested", {"x.yaml": ""})
    tree = open_work_tree(str(repository))
    assert tree.submodules() == ("nested",)
    assert not any(path.startswith("nested") for path in tree.files())


def test_merge_conflict_lists_a_file_once(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "side")
    commit(repository, {"a.yaml": "a: 2\n"})
    git(repository, "checkout", "-q", "main")
    commit(repository, {"a.yaml": "a: 3\n"})
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "merge", "side")
    assert open_work_tree(str(repository)).files().count("a.yaml") == 1


# --- which folder, which repository


def test_subfolder_is_a_source_of_its_own(repository: Path) -> None:
    write(repository, {"elsewhere.yaml": "untracked"})
    work = open_work_tree(str(repository / "deploy"))
    assert work.files() == ("b.yaml",)
    assert not work.dirty
    ref = open_ref(str(repository / "deploy"), "HEAD")
    assert ref.files() == ("b.yaml",)
    assert ref.read("b.yaml") == b"b: 1\n"
    for tree in (work, ref):
        with pytest.raises(TreeError, match=r"'\.\.' is not allowed"):
            tree.read("../a.yaml")


def test_subfolder_that_did_not_exist_is_empty(repository: Path) -> None:
    first = head_commit(str(repository))
    commit(repository, {"later/x.yaml": ""})
    assert open_ref(str(repository / "later"), first).files() == ()


def test_ignored_folder_that_is_named_counts_whole(repository: Path) -> None:
    write(repository, {"out/z.yaml": "z", "out/deep/y.yaml": "y"})
    assert open_work_tree(str(repository / "out")).files() == ("deep/y.yaml", "z.yaml")


def test_repository_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, {"a.yaml": ""})
    tree = open_work_tree(str(tmp_path))
    assert (tree.commit, tree.dirty, tree.files()) == ("", True, ("a.yaml",))
    with pytest.raises(SourceError, match="no commit yet"):
        head_commit(str(tmp_path))


def test_detached_head(repository: Path) -> None:
    first = head_commit(str(repository))
    commit(repository, {"c.yaml": ""})
    git(repository, "checkout", "-q", first)
    tree = open_work_tree(str(repository))
    assert (tree.commit, tree.dirty, "c.yaml" in tree.files()) == (first, False, False)


def test_linked_work_tree(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", str(tmp_path / "linked"), "-b", "side")
    commit(tmp_path / "linked", {"side.yaml": ""})
    tree = open_work_tree(str(tmp_path / "linked"))
    assert "side.yaml" in tree.files()
    assert tree.commit == git(repository, "rev-parse", "side")
    assert not tree.dirty


def test_shallow_clone(repository: Path, tmp_path: Path) -> None:
    first = head_commit(str(repository))
    commit(repository, {"c.yaml": ""})
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repository}", "clone")
    clone = str(tmp_path / "clone")
    assert open_work_tree(clone).shallow
    assert open_ref(clone, "HEAD").shallow
    assert not open_work_tree(str(repository)).shallow
    with pytest.raises(SourceError, match=f"run: git fetch --unshallow origin {first}"):
        open_ref(clone, first)


@pytest.mark.parametrize("git_program", [True, False], ids=["no .git", "no git program"])
def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, git_program: bool) -> None:
    write(tmp_path, {"b.yaml": "", "a/x.yaml": "x", "a/deep/y.yaml": ""})
    if not git_program:
        git(tmp_path, "init", "-q")
        monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "folder-link").symlink_to("a")
    tree = open_work_tree(str(tmp_path))
    assert (tree.has_git, tree.commit, tree.dirty, tree.shallow) == (False, "", False, False)
    assert tree.files() == ("a/deep/y.yaml", "a/x.yaml", "b.yaml")
    assert tree.read("a/x.yaml") == b"x"


def test_too_many_files_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("readiness.tree.WALK_FILES", 3)
    write(tmp_path, dict.fromkeys("abcd", ""))
    with pytest.raises(SourceError, match="more than 3 files and no git"):
        open_work_tree(str(tmp_path)).files()


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such folder"):
        open_work_tree(str(tmp_path / "nothing"))


# --- what may be read


def hostile(folder: Path) -> None:
    """Symlinks of every kind. `outside` lies beside the source."""
    write(folder.parent, {"outside/secret.yaml": "secret"})
    write(folder, {"real/x.yaml": "x"})
    for name, target in {
        "to-file.yaml": "real/x.yaml",
        "real/up.yaml": "../a.yaml",
        "to-folder": "real",
        "twice.yaml": "to-file.yaml",
        "through.yaml": "to-folder/x.yaml",
        "out.yaml": "../outside/secret.yaml",
        "out-folder": "../outside",
        "absolute.yaml": str(folder / "a.yaml"),
        "system.yaml": "/etc/hostname",
        "broken.yaml": "nowhere",
        "loop.yaml": "loop.yaml",
        "ping.yaml": "pong.yaml",
        "pong.yaml": "ping.yaml",
        "root": ".",
        "git.yaml": ".git/config",
    }.items():
        (folder / name).symlink_to(target)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("to-file.yaml", b"x"),
        ("real/up.yaml", b"a: 1\n"),
        ("twice.yaml", b"x"),
        ("through.yaml", b"x"),
        ("to-folder/x.yaml", b"x"),
        ("./real//x.yaml", b"x"),
        ("out.yaml", "leads out of the source"),
        ("out-folder", "leads out of the source"),
        ("out-folder/secret.yaml", "leads out of the source"),
        ("absolute.yaml", "symlink to an absolute path"),
        ("system.yaml", "symlink to an absolute path"),
        ("broken.yaml", "symlink to what doesn't exist"),
        ("loop.yaml", "loop of symlinks"),
        ("ping.yaml", "loop of symlinks"),
        ("root", "is a folder"),
        ("to-folder", "is a folder"),
        ("real", "is a folder"),
        ("", "is a folder"),
        ("nothing.yaml", "no such file"),
        ("a.yaml/x", "no such file"),
        ("../outside/secret.yaml", "'..' is not allowed"),
        ("real/../a.yaml", "'..' is not allowed"),
        ("/etc/hostname", "absolute path"),
        (".git/config", "git's own"),
        ("git.yaml", "doesn't exist"),
        ("nul\0.yaml", "no "),
    ],
)
def test_reading_stays_inside(repository: Path, path: str, says: bytes | str) -> None:
    hostile(repository)
    for tree in both(repository):
        if isinstance(says, bytes):
            assert tree.read(path) == says
            assert tree.exists(path)
        else:
            with pytest.raises(TreeError) as error:
                tree.read(path)
            assert says in error.value.why
            assert tree.exists(path) is ("is a folder" in says)


def test_links_and_what_is_listed(repository: Path) -> None:
    hostile(repository)
    work, ref = both(repository)
    assert work.files() == ref.files()
    assert work.links() == ref.links() == {
        "to-file.yaml": "real/x.yaml", "real/up.yaml": "a.yaml", "twice.yaml": "real/x.yaml",
        "through.yaml": "real/x.yaml",
    }  # fmt: skip
    assert {"to-folder", "root"}.isdisjoint(work.files())
    assert {"out.yaml", "loop.yaml", "broken.yaml"} < set(work.files())  # listed, so that they are reported


def test_folder_that_became_a_symlink_is_not_followed_out(repository: Path) -> None:
    write(repository.parent, {"outside/b.yaml": "secret"})
    (repository / "deploy" / "b.yaml").unlink()
    (repository / "deploy").rmdir()
    (repository / "deploy").symlink_to("../outside")
    tree = open_work_tree(str(repository))
    with pytest.raises(TreeError, match="leads out of the source"):
        tree.read("deploy/b.yaml")


def test_pipe_and_device_do_not_block(repository: Path) -> None:
    os.mkfifo(repository / "pipe.yaml")
    tree = open_work_tree(str(repository))
    assert "pipe.yaml" not in tree.files()
    with pytest.raises(TreeError, match="is no regular file"):
        tree.read("pipe.yaml")


@pytest.mark.parametrize(("limit", "fits"), [(5, True), (4, False)])
def test_limit(repository: Path, limit: int, fits: bool) -> None:
    for tree in [*both(repository), TextTree("stdin", {"a.yaml": b"a: 1\n"})]:
        if fits:
            assert tree.read("a.yaml", limit) == b"a: 1\n"
        else:
            with pytest.raises(TreeError, match="has 5 bytes; at most 4 are read"):
                tree.read("a.yaml", limit)


def test_huge_file_is_refused_and_the_next_one_read(repository: Path) -> None:
    with (repository / "huge.yaml").open("wb") as file:
        file.truncate(64 * 2**20)
    for tree in both(repository):
        tree.prefetch(["huge.yaml", "a.yaml"])
        with pytest.raises(TreeError, match="67,108,864 bytes"):
            tree.read("huge.yaml")
        assert tree.read("a.yaml") == b"a: 1\n"


def test_content_with_zero_bytes_and_none(repository: Path) -> None:
    (repository / "zero").write_bytes(b"\0\n\0 missing\n")
    (repository / "empty").write_bytes(b"")
    for tree in both(repository):
        tree.prefetch(["zero", "empty"])
        for _ in range(2):
            assert (tree.read("zero"), tree.read("empty")) == (b"\0\n\0 missing\n", b"")


NAMES = st.sampled_from(["a", "b", "c"])
PLACES = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
TARGETS = st.lists(st.sampled_from(["..", ".", "a", "b", "c", ""]), min_size=1, max_size=4).map("/".join)


@settings(max_examples=40, deadline=None)
@given(
    files=st.sets(PLACES, max_size=4),
    links=st.dictionaries(PLACES, TARGETS, max_size=5),
    reads=st.lists(PLACES),
)
def test_work_tree_and_ref_agree_on_any_links(
    files: set[str], links: dict[str, str], reads: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        git(folder, "init", "-q")
        for path, target in [*((path, "") for path in sorted(files)), *links.items()]:
            with contextlib.suppress(OSError):  # the name is taken
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).symlink_to(target) if target else (folder / path).write_text(path)
        for empty in sorted(folder.rglob("*"), reverse=True):  # git knows no empty folders
            if (
                ".git" not in empty.parts
                and empty.is_dir()
                and not empty.is_symlink()
                and not any(empty.iterdir())
            ):
                empty.rmdir()
        work, ref = both(folder)
        assert work.files() == ref.files()
        assert work.links() == ref.links()
        for path in [*work.files(), *reads]:
            assert (said(work, path), work.exists(path), work.is_folder(path)) == (
                said(ref, path), ref.exists(path), ref.is_folder(path)
            )  # fmt: skip
            assert copied(work, path) == copied(ref, path)


def said(tree: Tree, path: str) -> bytes | str:
    try:
        return tree.read(path)
    except TreeError as error:
        return error.why


def copied(tree: Tree, path: str) -> dict[str, bytes] | str:
    with tempfile.TemporaryDirectory() as into:
        try:
            tree.materialise([path], into)
        except TreeError:
            return "refused"
        return {
            str(file.relative_to(into)): file.read_bytes() for file in Path(into).rglob("*") if file.is_file()
        }


# --- refs


def test_ref_is_read_not_the_work_tree(repository: Path) -> None:
    write(repository, {"a.yaml": "changed\n"})
    with open_ref(str(repository), "main") as tree:
        assert tree.read("a.yaml") == b"a: 1\n"
        assert (tree.commit, tree.dirty) == (head_commit(str(repository)), False)


def test_read_after_close_and_in_many_windows(repository: Path) -> None:
    write(repository, {f"many/{index}.yaml": str(index) for index in range(1200)})
    commit(repository)
    tree = open_ref(str(repository), "HEAD")
    tree.prefetch(tree.files())
    assert [tree.read(f"many/{index}.yaml") for index in (0, 700, 1199)] == [b"0", b"700", b"1199"]
    tree.close()
    assert tree.read("many/0.yaml") == b"0"
    tree.close()


def test_prefetch_starts_one_program(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repository, {f"many/{index}.yaml": str(index) for index in range(50)})
    commit(repository)
    started: list[str] = []
    original = program.Batch.__init__

    def counted(self: program.Batch, folder: str) -> None:
        started.append(folder)
        original(self, folder)

    monkeypatch.setattr(program.Batch, "__init__", counted)
    with open_ref(str(repository), "HEAD") as tree:
        assert len({tree.read(path) for path in tree.files()}) == 53
    assert len(started) == 1


@pytest.mark.parametrize(
    ("ref", "fix"),
    [
        ("origin/release", "git fetch origin +refs/heads/release:refs/remotes/origin/release"),
        ("release", "git fetch origin +refs/heads/release:refs/remotes/origin/release"),
        ("feature/x", "git fetch origin +refs/heads/feature/x:refs/remotes/origin/feature/x"),
        ("0123456789abcdef", "git fetch origin 0123456789abcdef"),
    ],
)
def test_unknown_ref_says_what_to_fetch(repository: Path, ref: str, fix: str) -> None:
    git(repository, "remote", "add", "origin", "https://git.example/orders.git")
    with pytest.raises(SourceError) as error:
        open_ref(str(repository), ref)
    assert str(error.value).endswith(f"run: {fix}")
    assert error.value.exit_code == 3


@pytest.mark.parametrize("ref", ["--all", "", "a\0b"])
def test_ref_that_is_no_ref(repository: Path, ref: str) -> None:
    with pytest.raises(SourceError, match="no name of a ref"):
        head_commit(str(repository), ref)


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no git repository"):
        open_ref(str(tmp_path), "main")


def test_merge_base(repository: Path) -> None:
    first = head_commit(str(repository))
    git(repository, "checkout", "-q", "-b", "side")
    commit(repository, {"c.yaml": ""})
    git(repository, "checkout", "-q", "main")
    commit(repository, {"d.yaml": ""})
    git(repository, "checkout", "-q", "--orphan", "unrelated")
    commit(repository)
    assert merge_base(str(repository), "side", "main") == first
    assert merge_base(str(repository), "main", "unrelated") is None


# --- sources of policy


def test_open_tree(repository: Path, tmp_path: Path) -> None:
    commit(repository, {"deploy/policy.yaml": "p"})
    folder = open_tree(str(repository / "deploy"), ".", "policy")
    ref = open_tree("main", str(repository), "policy")
    other = open_tree(f"{repository}@main", str(tmp_path), "policy")
    fetched = open_tree(f"file://{repository}@main", str(tmp_path), "policy", str(tmp_path / "into"))
    assert folder.read("policy.yaml") == b"p"
    for tree in (ref, other, fetched):
        assert tree.read("deploy/policy.yaml") == b"p"
        assert tree.commit == head_commit(str(repository))
        assert tree.name == "policy"


def test_open_tree_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="neither a folder nor repository@ref"):
        open_tree("main", str(tmp_path), "policy")
    with pytest.raises(SourceError, match="can't be read here"):
        open_tree("https://git.example/x.git@main", str(tmp_path), "policy")


def test_fetch_of_an_unknown_ref_shows_no_secret(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="can't be fetched") as error:
        fetch_repository(f"file://user:secret@{repository}", "nothing", str(tmp_path / "into"))
    assert "secret" not in str(error.value)


# --- nothing in the tree runs


def test_configuration_of_the_repository_runs_nothing(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    commit(repository, {".gitattributes": "*.yaml filter=evil diff=evil\n"})
    for key in ("core.fsmonitor", "filter.evil.clean", "filter.evil.process", "diff.evil.textconv",
                "core.pager", "core.sshCommand"):  # fmt: skip
        git(repository, "config", key, str(trap))
    git(repository, "config", "filter.evil.required", "true")
    (repository / "a.yaml").write_text("a: 2\n")  # as long as before, so that git compares contents
    work = open_work_tree(str(repository))
    assert work.dirty
    assert "a.yaml" in work.files()
    assert open_ref(str(repository), "HEAD").read("a.yaml") == b"a: 1\n"
    assert not (tmp_path / "sprung").exists()


def test_relative_path_entry_runs_nothing(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "git").write_text("#!/bin/sh\ntouch sprung\n")
    (repository / "git").chmod(0o755)
    monkeypatch.chdir(repository)
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
    assert "a.yaml" in open_work_tree(".").files()
    assert not (repository / "sprung").exists()


def test_environment_of_a_git_hook_is_ignored(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert "a.yaml" in open_work_tree(str(repository)).files()


def test_index_is_not_written(repository: Path) -> None:
    os.utime(repository / "a.yaml", (1, 1))
    before = (repository / ".git/index").read_bytes()
    assert not open_work_tree(str(repository)).dirty
    assert (repository / ".git/index").read_bytes() == before


# --- copies for rendering


def test_materialise_writes_plain_files(repository: Path, tmp_path: Path) -> None:
    write(repository, {"chart/Chart.yaml": "c", "lib/templates/x.yaml": "x", "chart2/y": "y"})
    (repository / "chart" / "values.yaml").symlink_to("../a.yaml")
    (repository / "chart" / "charts").mkdir()
    (repository / "chart" / "charts" / "lib").symlink_to("../../lib")
    for index, tree in enumerate(both(repository)):
        into = tmp_path / f"into-{index}"
        tree.materialise(["chart", "deploy/b.yaml"], str(into))
        found = {str(path.relative_to(into)): path.read_text() for path in into.rglob("*") if path.is_file()}
        assert found == {
            "chart/Chart.yaml": "c", "chart/values.yaml": "a: 1\n", "chart/charts/lib/templates/x.yaml": "x",
            "deploy/b.yaml": "b: 1\n",
        }  # fmt: skip
        assert not any(path.is_symlink() for path in into.rglob("*"))


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("../..", "leads out"),
        (".", "loop"),
        ("..", "loop"),
        ("../a", "loop"),
        ("/etc", "absolute"),
        ("nowhere", "doesn't exist"),
    ],
)
def test_materialise_refuses(repository: Path, tmp_path: Path, target: str, says: str) -> None:
    write(repository, {"chart/x": ""})
    (repository / "a").symlink_to("chart")
    (repository / "chart" / "link").symlink_to(target)
    for index, tree in enumerate(both(repository)):
        with pytest.raises(TreeError, match=says):
            tree.materialise(["chart"], str(tmp_path / f"into-{index}"))


def test_materialise_is_bounded(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("readiness.paths.MATERIALISE_BYTES", 8)
    for index, tree in enumerate(both(repository)):
        tree.materialise(["a.yaml"], str(tmp_path / f"fits-{index}"))
        with pytest.raises(TreeError, match="would be needed"):
            tree.materialise([""], str(tmp_path / f"into-{index}"))


def test_texts(tmp_path: Path) -> None:
    tree = TextTree("stdin", {"stdin": b"a", "x/y": b"b"})
    assert (tree.files(), tree.commit, tree.dirty) == (("stdin", "x/y"), "", False)
    assert tree.is_folder("x")
    with pytest.raises(TreeError, match="no such file"):
        tree.read("z")
    tree.materialise(["x"], str(tmp_path))
    assert (tmp_path / "x/y").read_bytes() == b"b"


# --- programs within limits


@pytest.mark.parametrize(
    ("script", "ended"),
    [("echo out; echo err >&2; exit 3", ""), ("exec sleep 60", "time"), ("exec yes", "output"),
     ("exec >&- 2>&-; exec sleep 60", "time"), ("sleep 60 & exit 3", "time")],
)  # fmt: skip
def test_program_within_limits(tmp_path: Path, script: str, ended: str) -> None:
    done = program.run(["/bin/sh", "-c", script], str(tmp_path), {"PATH": "/usr/bin:/bin"}, 0.5, 10_000)
    assert done.ended == ended
    if not ended:
        assert (done.code, done.out, done.err) == (3, b"out\n", b"err\n")


def test_all_trees_have_the_interface(repository: Path) -> None:
    trees: list[Tree] = [
        open_work_tree(str(repository)), open_ref(str(repository), "HEAD"), TextTree("stdin", {})
    ]  # fmt: skip
    assert all(isinstance(tree, Tree) for tree in trees)
