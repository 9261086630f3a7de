"""The page "Add a check in ten minutes" is true word by word: its blocks are taken literally and run."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("readiness", "checks", "examples/orders", "tests/faults.py", "pyproject.toml")


class Block(NamedTuple):
    """A code block of the page, and the file that the line above it names."""

    path: str
    new: bool
    code: str


def blocks() -> list[Block]:
    found = re.findall(
        r"^(At the end of|In the new file) `([^`]+)`:\n\n```python\n(.*?)^```$",
        (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
        re.M | re.S,
    )
    return [Block(path, words == "In the new file", code) for words, path, code in found]


def contents(tree: Path) -> dict[str, bytes]:
    files = (path for path in tree.rglob("*") if path.is_file())
    return {
        file.relative_to(tree).as_posix(): file.read_bytes()
        for file in files
        if not {"__pycache__", ".pytest_cache", ".ruff_cache"} & set(file.parts)
    }


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("contributor") / "readiness"
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, tree / part, ignore=ignored)
        else:
            (tree / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / part, tree / part)
    return tree


@pytest.fixture(scope="module")
def touched(copy: Path) -> list[str]:
    """The files that following the page touches, in a copy of the tree."""
    before = contents(copy)
    for block in blocks():
        file = copy / block.path
        assert file.exists() != block.new, f"{block.path}: the page calls it {'new' if block.new else 'old'}"
        file.parent.mkdir(parents=True, exist_ok=True)
        old = "" if block.new else file.read_text(encoding="utf-8") + "\n\n"
        file.write_text(old + block.code, encoding="utf-8")
    after = contents(copy)
    return sorted(path for path in after if before.get(path) != after[path])


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = f"{copy}{os.pathsep}{copy / 'checks'}"
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


def test_exactly_two_files_are_touched(touched: list[str]) -> None:
    assert len(touched) == 2
    check, test = touched
    assert check.startswith("checks/readiness_checks/")
    assert test.startswith("tests/checks/")


def test_the_new_test_passes(copy: Path, touched: list[str]) -> None:
    done = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", touched[1])
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^[1-9]\d* passed", done.stdout, re.M), done.stdout


def test_the_new_check_is_known_and_whole(copy: Path, touched: list[str]) -> None:
    area = Path(touched[0]).stem
    listed = run(copy, "-m", "readiness", "checks", "--area", area, "--strict")
    assert listed.returncode == 0, listed.stderr
    assert f"{area}.not-paused" in listed.stdout


def test_the_new_check_judges_the_example(copy: Path, touched: list[str]) -> None:
    wanted = f"{Path(touched[0]).stem}.not-paused"
    judged = run(
        copy, "-m", "readiness", "gate", "examples/orders", "--check", wanted, "--as-of", "2026-11-24", "-v"
    )
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert "orders-api is not paused" in judged.stdout


def test_the_new_files_have_our_style(copy: Path, touched: list[str]) -> None:
    pytest.importorskip("ruff", reason="ruff is part of the development environment")
    for command in (("check",), ("format", "--check")):
        done = run(copy, "-m", "ruff", *command, "--no-cache", *touched)
        assert done.returncode == 0, done.stdout + done.stderr
