"""The commands beside `gate`: explain, checks, validate, report, and the words of their errors."""
# a row a case

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import CHECKLIST, DAY, cli, committed, deployment, files, process
from tests.faults import EXAMPLES

ITEM = "rollback.history-limit"
TAILORED = """
version: 1
extends: [org.yaml]
service: {name: shop, tier: 1, owner: team-shop}
items:
  - check: rollback.history-limit
    severity: error
    with: {minimum: 5}
    why: we learned it the hard way
  - id: pinned
    title: Images are pinned
    for: container
    expr: container.image.contains("@sha256:")
"""
ORG = "version: 1\nitems:\n  - {check: rollback.history-limit, severity: warning, control: OPS-3}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    texts = {
        "readiness.yaml": TAILORED,
        "org.yaml": ORG,
        "k8s/a.yaml": deployment("a", revisionHistoryLimit=0),
    }
    return files(tmp_path / "shop", texts)


def test_every_command_has_help_with_an_example(tmp_path: Path) -> None:
    for command in ("gate", "explain", "checks", "validate", "init", "report", "waive", "baseline"):
        said = cli(command, "--help", cwd=tmp_path)
        assert (said.code, f"Example: readiness {command}" in said.out) == (0, True), command


def test_explain_tells_a_check_and_how_it_is_set_here(shop: Path) -> None:
    said = cli("explain", ITEM, cwd=shop)
    assert said.code == 0
    for text in ("A workload keeps old revisions", "minimum: 2", "severity by tier", "silent on:", "source:",
                 "severity error", "minimum: 5", "why: we learned it", "control: OPS-3"):  # fmt: skip
        assert text in said.out, text


def test_explain_tells_where_each_value_is_from(shop: Path) -> None:
    said = cli("explain", ITEM, "--origin", cwd=shop)
    assert "readiness.yaml:6" in said.out
    assert "org.yaml:3" in said.out


def test_explain_tells_an_item_of_the_checklist(shop: Path) -> None:
    said = cli("explain", "pinned", cwd=shop)
    assert (said.code, "for each container" in said.out) == (0, True)


@pytest.mark.parametrize("name", ["rollback.histroy-limit", "pined", "nonsense", "", "."])
def test_explain_names_the_nearest(shop: Path, name: str) -> None:
    said = cli("explain", name, cwd=shop)
    assert said.code == 2
    assert "no such check or item" in said.err


def test_explain_works_without_a_checklist(tmp_path: Path) -> None:
    assert cli("explain", ITEM, cwd=tmp_path).code == 0


def test_checks_lists_areas(tmp_path: Path) -> None:
    said = cli("checks", "--area", "rollback", cwd=tmp_path)
    assert (said.code, ITEM in said.out) == (0, True)
    said = cli("checks", "--area", "rolback", cwd=tmp_path)
    assert (said.code, "rollback" in said.err) == (2, True)


def test_our_own_checks_stand_the_strict_reading(tmp_path: Path) -> None:
    said = cli("checks", "--strict", cwd=tmp_path)
    assert (said.code, said.err) == (0, "")


def test_validate_reads_everything(shop: Path) -> None:
    said = cli("validate", cwd=shop)
    assert (said.code, "2 items from" in said.out) == (0, True), said
    assert "0 waivers, 0 attestations, 0 findings in the baseline" in said.out
    assert cli("validate", "readiness.yaml", cwd=shop).code == 0
    assert cli("validate", "org.yaml", cwd=shop).code == 0
    assert cli("validate", str(shop), cwd=shop.parent).code == 0


def test_validate_counts_one_as_one(shop: Path) -> None:
    waiver = """
        version: 1
        waivers:
          - {id: W-1, check: rollback.history-limit, match: {name: api}, kind: planned, owner: jane.doe,
             approved-by: sam.lee, reason: the old pool goes in spring, expires: 2026-12-31}
        """
    files(shop, {".readiness/waivers.yaml": waiver})
    assert "; 1 waiver, 0 attestations" in cli("validate", cwd=shop).out


BROKEN: dict[str, dict[str, str | bytes]] = {
    "checklist": {"readiness.yaml": CHECKLIST.replace("check:", "chek:")},
    "layer": {"org.yaml": "version: 2\n"},
    "waiver": {".readiness/waivers.yaml": "version: 1\nwaivers: [{id: x}]\n"},
    "baseline": {".readiness/baseline.yaml": "version: 1\n"},
    "attestation": {".readiness/attestations/a.yaml": "version: 1\nitem: 3\n"},
    "no YAML": {".readiness/waivers.yaml": "a: ["},
    "loosening": {"readiness.yaml": TAILORED.replace("severity: error", "severity: note")},
}


@pytest.mark.parametrize("texts", BROKEN.values(), ids=list(BROKEN))
def test_validate_and_gate_refuse_the_same(shop: Path, texts: dict[str, str | bytes]) -> None:
    files(shop, texts)
    validated, gated = cli("validate", cwd=shop), cli("gate", cwd=shop)
    assert (validated.code, gated.code) == (2, 2)
    (name,) = texts
    assert f"{name}:" in validated.err
    assert validated.err == gated.err


def test_validate_without_a_checklist_names_init(tmp_path: Path) -> None:
    said = cli("validate", cwd=tmp_path)
    assert (said.code, "readiness init" in said.err) == (2, True)


# report


@pytest.fixture
def verdict(shop: Path) -> Path:
    saved = shop.parent / "verdict.json"
    cli("gate", "--as-of", DAY, "--output", f"json={saved}", cwd=shop)
    return saved


def test_a_saved_verdict_is_rendered_as_it_was(shop: Path, verdict: Path) -> None:
    for name in ("markdown", "junit", "terminal", "json"):
        now = cli("gate", "--as-of", DAY, "--output", name, cwd=shop)
        later = cli("report", str(verdict), "--output", name, cwd=shop)
        assert (later.code, later.out) == (0, now.out), name


def test_a_saved_failure_is_rendered(shop: Path) -> None:
    saved = shop.parent / "failure.json"
    assert cli("gate", "--policy", "nowhere", "--output", f"json={saved}", cwd=shop).code == 3
    for name in ("markdown", "junit", "terminal"):
        assert cli("report", str(saved), "--output", name, cwd=shop).code == 0, name


def test_what_is_no_verdict_is_refused(tmp_path: Path, verdict: Path) -> None:
    document = json.loads(verdict.read_text())
    wrong = {
        "no JSON": "{", "a list": "[]", "other schema": '{"schema": "x"}', "deep": "[" * 100_000,
        "cut": json.dumps({"schema": document["schema"]}),
        "bent": json.dumps({**document, "outcomes": [{"id": 3}]}),
    }  # fmt: skip
    for name, text in wrong.items():
        (tmp_path / "x.json").write_text(text)
        said = cli("report", "x.json", cwd=tmp_path)
        assert said.code in (2, 3), (name, said)
        assert "Traceback" not in said.err
        assert said.err.startswith("readiness: ")
    assert cli("report", "missing.json", cwd=tmp_path).code == 2
    assert cli("report", str(verdict), "--output", "jsn", cwd=tmp_path).code == 2


def test_a_reader_that_goes_away_ends_it_quietly(shop: Path) -> None:
    many = {f"k8s/w{number}.yaml": deployment(f"w{number}", revisionHistoryLimit=0) for number in range(300)}
    files(shop, many)
    program = [sys.executable, "-P", "-m", "readiness", "gate", "--output", "json"]
    with subprocess.Popen(program, cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        said = running.stderr.read().decode()
        assert running.wait() == 3
    assert "Traceback" not in said
    assert "Exception ignored" not in said


def test_the_module_of_an_evaluated_tree_is_not_run(shop: Path) -> None:
    files(shop, {"yaml.py": "open('owned', 'w')\n", "readiness_checks/__init__.py": "open('owned', 'w')\n"})
    committed(shop)
    assert process("gate", cwd=shop).code == 1
    assert not (shop / "owned").exists()


def test_quiet_is_a_line_for_the_decision_and_one_for_each_thing_that_blocks() -> None:
    said = cli("gate", str(EXAMPLES / "orders-not-ready"), "--as-of", DAY, "-q", cwd=EXAMPLES)
    first, *rest = said.out.splitlines()
    assert (said.code, first.partition("  ")[0], len(rest)) == (1, "NO-GO", 18)
    assert all(line.startswith("✗ ") for line in rest)
    assert (
        len(cli("gate", str(EXAMPLES / "orders"), "--as-of", DAY, "-q", cwd=EXAMPLES).out.splitlines()) == 1
    )


def test_quiet_and_verbose_exclude_each_other() -> None:
    said = cli("gate", ".", "-q", "-v", cwd=EXAMPLES)
    assert said.code == 2
    assert "--quiet: says less, and --verbose more" in said.err


def test_explain_shows_how_a_check_is_asked_for_and_what_it_finds() -> None:
    said = cli("explain", "rollback.history-limit", cwd=EXAMPLES).out
    assert "asked for as:\n  items:\n    - check: rollback.history-limit\n" in said
    assert (
        "found, for instance, after this edit of deploy/rendered/production.yaml in examples/orders:" in said
    )
    assert "  -revisionHistoryLimit: 5\n  +revisionHistoryLimit: 1\n" in said
