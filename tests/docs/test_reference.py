"""The generated pages are those of the code, and `--check` says when they are not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GENERATE = str(ROOT / "docs/generate.py")


def generate(root: Path, *options: str, columns: str = "80") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, GENERATE, "--root", str(root), *options],
        env={"PATH": "", "COLUMNS": columns, "TERM": "dumb", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "docs/reference", tmp_path / "docs/reference")
    shutil.copy(ROOT / "docs/conformance.md", tmp_path / "docs")
    (tmp_path / "readiness/schemas").mkdir(parents=True)
    for name in ("checklist.schema.json", "examples.json"):
        shutil.copy(ROOT / "readiness/schemas" / name, tmp_path / "readiness/schemas")
    return tmp_path


def test_pages_are_those_of_the_code(copy: Path) -> None:
    done = generate(copy, "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "page",
    ["docs/reference/cli.md", "readiness/schemas/checklist.schema.json", "readiness/schemas/examples.json"],
)
def test_edited_page_is_stale(copy: Path, page: str) -> None:
    (copy / page).write_text("edited by hand\n")
    done = generate(copy, "--check")
    assert done.returncode == 1
    assert done.stdout == f"{page} is stale; run: make docs\n"
    assert (copy / page).read_text() == "edited by hand\n"


def test_page_of_an_area_that_is_gone_is_stale(copy: Path) -> None:
    gone = copy / "docs/reference/checks/no-such-area.md"
    gone.write_text("# Checks: no-such-area\n")
    assert generate(copy, "--check").returncode == 1
    assert generate(copy).returncode == 0
    assert not gone.exists()


def test_pages_do_not_depend_on_the_terminal(tmp_path: Path) -> None:
    for columns in ("20", "300"):
        assert generate(tmp_path / columns, columns=columns).returncode == 0
    made = {
        columns: {
            path.relative_to(tmp_path / columns): path.read_bytes()
            for path in (tmp_path / columns).rglob("*")
            if path.is_file()
        }
        for columns in ("20", "300")
    }
    assert made["20"] == made["300"]
    assert len(made["20"]) > 10
