"""A path under `evidence` that leads nowhere is told at its line, and what it was to hold is unknown."""

from pathlib import Path

import pytest

from tests.cli.running import Verdict, cli, committed, files, gate, git, outcome
from tests.faults import copy_of_orders

ITEM = "checklist.evidence-exists"

# kind → a wrong path, the nearest that there is, and items that the evidence would have told something
WRONG: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "rules": ("alerting/nope/", "monitoring/rules/orders.rules.yaml",
              ("alert.rules-valid", "alert.severity-label", "alert.routed", "runbook.linked")),
    "runbooks": ("doc/runbooks/", "docs/runbooks", ("runbook.resolves", "runbook.sections", "runbook.not-stub")),
    "capacity": ("nope.yaml", "capacity.yaml",
                 ("capacity.plan-present-and-fresh", "capacity.plan-covers-peak", "capacity.plan-survives-zone-loss",
                  "capacity.plan-matches-manifests")),
    "routing": ("monitoring/alertmanger.yml", "monitoring/alertmanager.yml", ("alert.routed",)),
    "monitors": ("deploy/bse/monitors.yaml", "deploy/base/monitors.yaml",
                 ("monitoring.monitor-selects-service", "monitoring.workload-scraped")),
    "owners": ("CODEOWNER", "CODEOWNERS", ("owner.consistent",)),
    "catalog": ("catalog.yaml", "catalog-info.yaml", ("owner.consistent",)),
}  # fmt: skip


def orders(tmp_path: Path, checklist: str) -> Path:
    """The orders service, with more at the end of its checklist."""
    tree = copy_of_orders(tmp_path)
    (tree / "readiness.yaml").write_text((tree / "readiness.yaml").read_text() + checklist)
    return tree


def last_line(tree: Path) -> int:
    return len((tree / "readiness.yaml").read_text().splitlines())


def statuses(verdict: Verdict, item: str) -> set[str]:
    return {
        one["status"]
        for one in verdict["outcomes"]
        if one["id"] == item and one["environment"] in (None, "production")
    }


@pytest.mark.parametrize("kind", WRONG)
def test_a_path_that_leads_nowhere_blocks_and_leaves_its_kind_unknown(tmp_path: Path, kind: str) -> None:
    path, near, items = WRONG[kind]
    tree = orders(tmp_path, f"evidence:\n  {kind}: [{path}]\n")
    code, verdict = gate(cwd=tree)
    (found,) = outcome(verdict, ITEM)["findings"]
    assert (code, found["blocking"], found["file"], found["line"]) == (
        1,
        True,
        "readiness.yaml",
        last_line(tree),
    )
    assert (
        found["message"]
        == f"evidence {kind} names {path.rstrip('/')}, and source repository has no such path"
    )
    assert near in found["fix"]
    assert {item: statuses(verdict, item) for item in items} == {item: {"unknown"} for item in items}
    other = {"rollback.history-limit", "availability.pdb-allows-drain", "monitoring.health-endpoints"}
    assert {status for item in other for status in statuses(verdict, item)} == {"pass"}


@pytest.mark.parametrize("kind", WRONG)
def test_validate_tells_it_with_its_line(tmp_path: Path, kind: str) -> None:
    path, near, _ = WRONG[kind]
    tree = orders(tmp_path, f"evidence:\n  {kind}: [{path}]\n")
    said = cli("validate", cwd=tree)
    assert said.code == 2
    assert said.err.startswith(f"readiness: readiness.yaml:{last_line(tree)}: evidence {kind} names")
    assert near in said.err
    assert cli("validate", "readiness.yaml", cwd=tree).code == 0


def test_a_path_that_is_there_is_nothing_to_tell(tmp_path: Path) -> None:
    tree = orders(
        tmp_path, "evidence: {rules: [monitoring/rules/], capacity: capacity.yaml, owners: CODEOWNERS}\n"
    )
    code, verdict = gate(cwd=tree)
    assert (code, ITEM in {one["id"] for one in verdict["outcomes"]}) == (0, False)
    assert cli("validate", cwd=tree).code == 0


def test_a_file_that_git_ignores_is_there(tmp_path: Path) -> None:
    tree = orders(tmp_path, "evidence: {rules: [built/rules.yaml]}\n")
    files(tree, {".gitignore": "built/\n"})
    committed(tree)
    files(tree, {"built/rules.yaml": (tree / "monitoring/rules/orders.rules.yaml").read_text()})
    assert ITEM not in {one["id"] for one in gate(cwd=tree)[1]["outcomes"]}


def test_a_path_of_one_environment_holds_back_that_one(tmp_path: Path) -> None:
    tree = orders(tmp_path, "")
    text = (tree / "readiness.yaml").read_text()
    (tree / "readiness.yaml").write_text(text.replace("{class: staging,", "{class: staging, rules: [nope/],"))
    code, verdict = gate(cwd=tree)
    assert code == 1
    assert {one["name"]: one["decision"] for one in verdict["environments"]} == {
        "production": "GO", "staging": "NO-GO",
    }  # fmt: skip
    assert "of environment staging" in outcome(verdict, ITEM)["findings"][0]["message"]
    assert gate("--environment", "production", cwd=tree)[0] == 0


def test_evidence_of_a_source_that_is_not_given_is_unknown_and_no_crash(tmp_path: Path) -> None:
    more = "sources: {alerting: {shared: true}}\nevidence: {rules: ['alerting:orders/']}\n"
    tree = orders(tmp_path, more)
    code, verdict = gate(cwd=tree)
    assert (code, statuses(verdict, "alert.rules-valid")) == (1, {"unknown"})
    assert ITEM not in {one["id"] for one in verdict["outcomes"]}
    assert cli("validate", cwd=tree).code == 0


@pytest.mark.parametrize("folder", ["monitoring/rules", "docs/runbooks"])
def test_a_folder_that_a_change_deletes_is_gone_evidence(tmp_path: Path, folder: str) -> None:
    more = "evidence: {rules: [monitoring/rules/], runbooks: [docs/runbooks/]}\n"
    tree = orders(tmp_path, more)
    git("init", "-q", "-b", "main", ".", cwd=tree)
    committed(tree)
    git("checkout", "-qb", "change", cwd=tree)
    for path in sorted((tree / folder).iterdir()):
        path.unlink()
    (tree / folder).rmdir()
    committed(tree)
    code, verdict = gate("--base", "main", "--require-trusted", cwd=tree)
    (found,) = outcome(verdict, ITEM)["findings"]
    assert (code, found["state"], found["blocking"]) == (1, "new", True)
    item = "alert.rules-valid" if folder.startswith("mon") else "runbook.sections"
    assert statuses(verdict, item) == {"unknown"}
    assert not [one for one in verdict["outcomes"] if one["status"] == "error"]


def test_what_stood_wrong_at_the_base_does_not_block_the_change_that_mends_it(tmp_path: Path) -> None:
    tree = orders(tmp_path, "evidence: {rules: [monitoring/rulez/]}\n")
    git("init", "-q", "-b", "main", ".", cwd=tree)
    committed(tree)
    git("checkout", "-qb", "change", cwd=tree)
    text = (tree / "readiness.yaml").read_text().replace("rulez", "rules")
    (tree / "readiness.yaml").write_text(text)
    committed(tree)
    code, verdict = gate("--base", "main", cwd=tree)
    assert (code, outcome(verdict, ITEM)["state"]) == (0, "existing")
    git("checkout", "-q", "main", cwd=tree)
    assert gate(cwd=tree)[0] == 1
