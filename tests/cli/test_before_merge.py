"""Before a change is merged: the hook of pre-commit and the plain git hook, in real repositories."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.repositories import git
from tests.repositories import repository as repository_in

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
PRODUCTION = "deploy/rendered/production.yaml"
LIMIT = "  revisionHistoryLimit: 5\n"
BIN = Path(sys.executable).parent


def hook() -> dict[str, Any]:
    (only,) = yaml.safe_load(MANIFEST.read_text("utf-8"))
    made: dict[str, Any] = only
    return made


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a service that is ready, on a branch of its own; its origin is beside it."""
    service = repository_in(tmp_path / "service")
    shutil.copytree(ROOT / "examples/orders", service, dirs_exist_ok=True)
    git(service, "add", "-A")
    git(service, "commit", "-q", "-m", "one")
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "origin.git")
    git(service, "remote", "add", "origin", "../origin.git")
    git(service, "push", "-q", "origin", "main")
    git(service, "switch", "-q", "-c", "topic")
    return service


def break_it(clone: Path) -> None:
    file = clone / PRODUCTION
    text = file.read_text("utf-8")
    assert LIMIT in text
    file.write_text(text.replace(LIMIT, "  revisionHistoryLimit: 0\n", 1), "utf-8")
    git(clone, "commit", "-q", "-a", "-m", "no way back")


def touch(clone: Path, name: str) -> None:
    (clone / name).parent.mkdir(parents=True, exist_ok=True)
    (clone / name).write_text("harmless\n", "utf-8")
    git(clone, "add", name)
    git(clone, "commit", "-q", "-m", "harmless")


def environment(**more: str) -> dict[str, str]:
    identity = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": "/dev/null"}
    return {**os.environ, **identity, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **more}


# ---- the plain hook


def push(clone: Path, *what: str, **more: str) -> subprocess.CompletedProcess[str]:
    hooks = clone / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    (hooks / "pre-push").unlink(missing_ok=True)
    (hooks / "pre-push").symlink_to(ROOT / "hooks/pre-push")
    return subprocess.run(
        ["git", "push", "origin", *what],
        cwd=clone, env=environment(**more), capture_output=True, text=True, check=False,
    )  # fmt: skip


def branches(clone: Path) -> list[str]:
    return git(clone.parent / "origin.git", "for-each-ref", "--format=%(refname:short)").splitlines()


def test_push_of_what_is_ready_goes_through(clone: Path) -> None:
    touch(clone, "notes.md")
    done = push(clone, "topic")
    assert done.returncode == 0, done.stderr
    assert branches(clone) == ["main", "topic"]


def test_push_of_what_would_close_the_gate_is_stopped_with_the_finding(clone: Path) -> None:
    break_it(clone)
    done = push(clone, "topic")
    assert done.returncode != 0
    assert "keeps 0 old revisions" in done.stdout + done.stderr
    assert "not pushed (exit code 1)" in done.stderr
    assert branches(clone) == ["main"]


def test_what_stands_on_the_base_already_stops_no_push(clone: Path) -> None:
    break_it(clone)
    git(clone, "push", "-q", "origin", "topic:main")
    git(clone, "fetch", "-q", "origin")
    touch(clone, "notes.md")
    assert push(clone, "topic").returncode == 0


def test_branch_is_deleted_without_a_question(clone: Path) -> None:
    git(clone, "push", "-q", "origin", "topic")
    break_it(clone)
    assert push(clone, "--delete", "topic").returncode == 0
    assert branches(clone) == ["main"]


def test_base_that_is_not_there_stops_the_push_with_its_name(clone: Path) -> None:
    done = push(clone, "topic", READINESS_BASE="origin/no-such")
    assert done.returncode != 0
    assert "origin/no-such" in done.stderr
    assert branches(clone) == ["main"]


def test_missing_program_is_said(clone: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("git", "sh"):
        (tools / name).symlink_to(str(shutil.which(name)))
    done = push(clone, "topic", PATH=str(tools))
    assert done.returncode != 0
    assert "readiness is not installed" in done.stderr


# ---- pre-commit


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("deploy/app.yaml", True), ("deploy/values.yml", True), ("rules/a.rules", True), ("CODEOWNERS", True),
        (".github/CODEOWNERS", True), ("Jenkinsfile", True), ("ci/Jenkinsfile.deploy", True),
        ("docs/runbooks/Down.md", True), ("infra/main.tf", True), ("db/V2__add.sql", True),
        ("src/main/java/App.java", False), ("logo.png", False), ("notes.yaml.bak", False),
    ],
)  # fmt: skip
def test_hook_looks_at_files_that_evidence_is_read_from(name: str, read: bool) -> None:
    assert bool(re.search(hook()["files"], name)) is read


def test_hook_is_one_that_pre_commit_takes() -> None:
    manifest = pytest.importorskip("pre_commit.clientlib", reason="pre-commit is not installed")
    (loaded,) = manifest.load_manifest(str(MANIFEST))
    assert loaded["id"] == "readiness"
    assert loaded["language"] == "python"
    assert loaded["pass_filenames"] is False
    assert loaded["always_run"] is False
    assert loaded["stages"] == ["pre-commit", "pre-push"]


def pre_commit(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the hook by pre-commit itself. The program is the one under test: nothing is installed for it."""
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    here = {**hook(), "language": "system"}
    config = {"repos": [{"repo": "local", "hooks": [here]}]}
    file = clone.parent / "pre-commit.yaml"
    file.write_text(yaml.safe_dump(config), "utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--config", str(file), "--verbose", *arguments],
        cwd=clone, env=environment(PRE_COMMIT_HOME=str(clone.parent / "home")),
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_pre_commit_stops_what_would_close_the_gate(clone: Path) -> None:
    break_it(clone)
    done = pre_commit(clone, "--from-ref", "origin/main", "--to-ref", "HEAD")
    assert done.returncode == 1
    assert "keeps 0 old revisions" in done.stdout


def test_pre_commit_lets_pass_what_is_ready(clone: Path) -> None:
    touch(clone, "notes.md")
    done = pre_commit(clone, "--from-ref", "origin/main", "--to-ref", "HEAD", "--hook-stage", "pre-push")
    assert done.returncode == 0, done.stdout
    assert "Passed" in done.stdout


def test_pre_commit_does_not_ask_for_a_change_of_code_alone(clone: Path) -> None:
    touch(clone, "src/main/java/Other.java")
    done = pre_commit(clone, "--from-ref", "origin/main", "--to-ref", "HEAD")
    assert done.returncode == 0
    assert "Skipped" in done.stdout
