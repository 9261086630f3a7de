"""`readiness review`: from a saved verdict or by judging, into a folder."""

import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("jinja2", reason="pip install 'readiness[review]'")

from tests.cli.running import DAY, cli, files
from tests.faults import EXAMPLES
from tests.report.samples import not_ready

PLAN = {
    "deploy/api.yaml": """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: api, namespace: shop}
        spec:
          revisionHistoryLimit: 1
          selector: {matchLabels: {app: api}}
          template:
            metadata: {labels: {app: api}}
            spec: {containers: [{name: api, image: "registry.example/api:1"}]}
        """,
}
CHECK = ("--check", "rollback.history-limit", "--as-of", DAY)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_saved_verdict_becomes_a_folder(tmp_path: Path) -> None:
    (tmp_path / "verdict.json").write_text(json.dumps(not_ready()))
    said = cli("review", "verdict.json", "--output", "out", cwd=tmp_path)
    assert (said.code, said.out, said.err) == (0, "wrote out/index.html\n", "")
    assert names(tmp_path / "out") == ["index.html", "report.css", "review.md", "verdict.json"]
    assert (tmp_path / "out/review.md").read_text().startswith("# NO-GO: Launch review: orders\n")


def test_its_record_gives_the_same_folder_again(tmp_path: Path) -> None:
    (tmp_path / "verdict.json").write_text(json.dumps(not_ready()))
    cli("review", "verdict.json", "--output", "one", cwd=tmp_path)
    cli("review", "one/verdict.json", "--output", "two", cwd=tmp_path)
    for name in names(tmp_path / "one"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_repository_is_judged(tmp_path: Path) -> None:
    files(tmp_path / "shop", PLAN)
    said = cli("review", "shop", *CHECK, "--single-file", "--output", "out", cwd=tmp_path)
    assert (said.code, said.out) == (1, "wrote out/review.html\n")
    assert names(tmp_path / "out") == ["review.html", "review.md", "verdict.json"]
    assert "api keeps 1 old revision" in (tmp_path / "out/review.html").read_text()
    assert json.loads((tmp_path / "out/verdict.json").read_text())["as_of"] == DAY


def test_a_pass_ends_with_zero(tmp_path: Path) -> None:
    said = cli("review", str(EXAMPLES / "orders"), *CHECK, "--output", str(tmp_path / "out"), cwd=tmp_path)
    assert said.code == 0


def test_a_run_without_a_verdict_is_told_and_written(tmp_path: Path) -> None:
    files(tmp_path / "shop", {"readiness.yaml": "version: 9\n"})
    said = cli("review", "shop", "--output", "out", cwd=tmp_path)
    assert said.code == 2
    assert "version" in said.err
    text = (tmp_path / "out/index.html").read_text()
    assert "ERROR" in text
    assert str(tmp_path) not in text


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("verdict.json", "--output", "misspelt/out"), 3, "misspelt"),
        (("verdict.json", "--output", ""), 2, "--output: is empty; expected a folder"),
        (("verdict.json", "--output", "file"), 3, "file"),
        (("file",), 2, "is no JSON"),
        (("missing.json",), 3, "missing.json: no such file; `readiness gate --output json=FILE` writes one"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, arguments: tuple[str, ...], code: int, says: str) -> None:
    (tmp_path / "verdict.json").write_text(json.dumps(not_ready()))
    (tmp_path / "file").write_text("text")
    said = cli("review", *arguments, cwd=tmp_path)
    assert said.code == code
    assert says in said.err
    assert "Traceback" not in said.err
    assert names(tmp_path) == ["file", "verdict.json"]


def test_without_the_template_engine_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    said = cli("review", ".", cwd=tmp_path)
    assert said.code == 2
    assert "pip install 'readiness[review]'" in said.err
    assert names(tmp_path) == []
