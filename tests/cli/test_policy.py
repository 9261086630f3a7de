"""Where the rules come from: a change can't relax the gate that judges it."""
# a row a case

import json
import os
from pathlib import Path

import pytest

from readiness import pipeline
from tests.cli.plugins import check, installed, on_path
from tests.cli.running import (
    CHECKLIST,
    DAY,
    Verdict,
    cli,
    committed,
    deployment,
    files,
    gate,
    git,
    outcome,
)
from tests.faults import copy_of_orders
from tests.programs import kubectl

ITEM = "rollback.history-limit"

SERVICE = """
version: 1
service: {name: shop, tier: 1, owner: team-shop}
environments:
  production: {class: production, manifests: [k8s/]}
items:
  - {check: rollback.history-limit, severity: error, required: true}
  - {check: availability.pdb-allows-drain, severity: error}
"""

BUDGET = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: api, namespace: shop}
spec:
  minAvailable: 50%
  selector: {matchLabels: {app: api}}
"""


RULES = """
groups:
- name: shop
  rules:
  - alert: ShopDown
    expr: up{job="api"} == 0
    for: 5m
    labels: {severity: page}
"""
MORE_RULES = RULES.replace("shop", "more").replace("ShopDown", "MoreDown")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A service on `main`, checked out on a branch of its own."""
    tree = files(
        tmp_path / "shop",
        {
            "readiness.yaml": SERVICE,
            "k8s/api.yaml": deployment("api", replicas=4, revisionHistoryLimit=5),
            "k8s/budget.yaml": BUDGET,
        },
    )
    committed(tree, "service")
    git("checkout", "-q", "-b", "change", cwd=tree)
    return tree


def edit(tree: Path, name: str, old: str, new: str) -> None:
    text = (tree / name).read_text()
    assert text.count(old) == 1, text
    (tree / name).write_text(text.replace(old, new))


def messages(verdict: Verdict, item: str) -> list[str]:
    found = [one for one in verdict["outcomes"] if one["id"] == item]
    return [finding["message"] for one in found for finding in one["findings"] if finding["blocking"]]


WAIVER = f"""
version: 1
waivers:
  - id: W-1
    check: availability.pdb-allows-drain
    match: {{name: api}}
    kind: accepted-risk
    reason: It is fine, trust me, nothing will happen.
    owner: mallory
    approved-by: jane
    expires: {DAY}
"""


@pytest.mark.parametrize(
    ("bound", "says"),
    [
        ("minAvailable: 100%", "api allows 0 evictions at the 4 pods of api"),
        ("maxUnavailable: 100%", "api protects nothing"),
    ],
)
def test_one_commit_that_cheats_in_every_way(shop: Path, bound: str, says: str) -> None:
    git("checkout", "-q", "main", cwd=shop)
    service = SERVICE.replace("items:", "extends: [profile:critical@1]\nevidence: {rules: [rules/]}\nitems:")
    files(shop, {"readiness.yaml": service, "rules/shop.yaml": RULES, "rules/more.yaml": MORE_RULES})
    committed(shop, "a tier-1 service with rules")
    git("checkout", "-q", "-B", "change", cwd=shop)

    edit(shop, "readiness.yaml", "tier: 1", "tier: 4")
    edit(shop, "readiness.yaml", "{rules: [rules/]}", "{rules: [rules/more.yaml]}")
    edit(shop, "k8s/budget.yaml", "minAvailable: 50%", bound)
    ignore = "annotations: {ignore-check.kube-linter.io/pdb-max-unavailable: ok}"
    edit(shop, "k8s/budget.yaml", "namespace: shop}", f"namespace: shop, {ignore}}}")
    files(shop, {".readiness/waivers.yaml": WAIVER})
    (shop / "rules" / "shop.yaml").unlink()
    committed(shop, "harmless")

    code, verdict = gate("--base", "main", cwd=shop)
    assert (code, verdict["verdict"], verdict["trusted"], verdict["tier"]) == (1, "fail", True, 1)
    assert any(says in text for text in messages(verdict, "availability.pdb-allows-drain"))
    gone = messages(verdict, "alert.severity-label")
    assert any("evidence-disappeared" in text and "ShopDown" in text for text in gone)
    ignored = [(one["file"], one["line"], one["text"]) for one in verdict["ignored"]]
    for file, line, word in (
        ("readiness.yaml", 2, "tier: 4"),
        ("readiness.yaml", 6, "{rules: [rules/more.yaml]}"),
        (".readiness/waivers.yaml", 3, "id: W-1"),
        ("k8s/budget.yaml", 3, "kube-linter"),
    ):
        assert any(one[:2] == (file, line) and word in one[2] for one in ignored), (file, line, ignored)
    assert not any(one["waiver"] for found in verdict["outcomes"] for one in found["findings"])


def test_evidence_that_a_change_takes_away_is_a_finding(shop: Path) -> None:
    (shop / "k8s" / "budget.yaml").unlink()
    committed(shop, "no budget, no finding")
    code, verdict = gate("--base", "main", cwd=shop)
    (text,) = messages(verdict, "availability.pdb-allows-drain")
    assert code == 1
    assert "evidence-disappeared" in text
    (lost,) = outcome(verdict, "availability.pdb-allows-drain")["findings"]
    assert (lost["source"], lost["file"], lost["line"]) == ("repository@base", "k8s/budget.yaml", 1)
    assert lost["fix"].startswith(
        "bring PodDisruptionBudget shop/api back in k8s/budget.yaml; if it moved, name its new place"
    )
    said = cli("gate", ".", "--base", "main", "--as-of", DAY, cwd=shop)
    assert "was at k8s/budget.yaml:1" in said.out


def test_what_is_retired_on_purpose_is_waived_before_the_change_is_merged(shop: Path) -> None:
    git("checkout", "-q", "main", cwd=shop)
    waiver = """
        version: 1
        waivers:
          - id: W-1
            check: availability.pdb-allows-drain
            match: {kind: PodDisruptionBudget, name: api}
            kind: planned
            reason: the budget goes with the old pool
            owner: jane.doe
            approved-by: sam.lee
            expires: 2026-12-31
        """
    files(shop, {".readiness/waivers.yaml": waiver})
    committed(shop, "announced")
    git("checkout", "-q", "-B", "change", cwd=shop)
    (shop / "k8s/budget.yaml").unlink()
    committed(shop, "retired")
    code, verdict = gate("--base", "main", cwd=shop)
    assert (code, verdict["decision"], verdict["reason"]) == (0, "GO WITH CONDITIONS", "waived by W-1")


def test_evidence_that_a_change_makes_unreadable_is_a_finding(shop: Path) -> None:
    edit(shop, "k8s/api.yaml", "spec:\n  replicas", "spec: [\n  replicas")
    committed(shop, "broken")
    code, verdict = gate("--base", "main", cwd=shop)
    assert code == 1
    assert messages(verdict, ITEM)


def test_an_environment_that_a_change_renames_in_its_manifests_does_not_count(shop: Path) -> None:
    edit(shop, "readiness.yaml", "production: {class: production", "playground: {class: development")
    edit(shop, "k8s/budget.yaml", "50%", "100%")
    committed(shop, "only a playground")
    code, verdict = gate("--base", "main", cwd=shop)
    assert (code, [one["name"] for one in verdict["environments"]]) == (1, ["production"])


def test_what_stood_at_the_base_does_not_block_and_what_gets_worse_does(shop: Path) -> None:
    git("checkout", "-q", "main", cwd=shop)
    edit(shop, "k8s/api.yaml", "Limit: 5", "Limit: 1")
    committed(shop, "old sin")
    git("checkout", "-q", "-B", "change", cwd=shop)
    files(shop, {"README.md": "hello"})
    committed(shop, "unrelated")
    code, verdict = gate("--base", "main", cwd=shop)
    found = outcome(verdict, ITEM)
    assert (code, found["state"], found["blocking"]) == (0, "existing", False)
    edit(shop, "k8s/api.yaml", "Limit: 1", "Limit: 0")
    committed(shop, "worse")
    code, verdict = gate("--base", "main", cwd=shop)
    assert (code, outcome(verdict, ITEM)["state"]) == (1, "worse")
    edit(shop, "k8s/api.yaml", "Limit: 0", "Limit: 3")
    committed(shop, "better")
    code, verdict = gate("--base", "main", cwd=shop)
    assert (code, verdict["summary"]["fixed"]) == (0, 1)


def test_the_head_that_is_the_base_itself_is_no_comparison(shop: Path) -> None:
    git("update-ref", "refs/remotes/origin/main", "HEAD", cwd=shop)
    for base, instead in (("main", "main"), ("origin/main", "origin/main"), ("HEAD", "origin/main"),
                          ("change", "origin/main")):  # fmt: skip
        code, document = gate("--base", base, cwd=shop)
        text = document["error"]["message"]
        assert (code, "nothing is new" in text, "git fetch" in text) == (3, True, False), text
        assert f"--policy {instead} " in text


def test_a_base_that_shares_no_commit_is_no_comparison(shop: Path) -> None:
    git("checkout", "-q", "--orphan", "other", cwd=shop)
    committed(shop)
    code, document = gate("--base", "main", cwd=shop)
    text = document["error"]["message"]
    assert (code, "no commit in common" in text, "git fetch" in text) == (3, True, False), text


def test_a_change_not_yet_committed_is_compared(shop: Path) -> None:
    edit(shop, "k8s/api.yaml", "Limit: 5", "Limit: 0")
    code, verdict = gate("--base", "main", cwd=shop)
    assert (code, outcome(verdict, ITEM)["state"]) == (1, "new")


def test_a_shallow_clone_is_told_to_fetch(shop: Path, tmp_path: Path) -> None:
    for text in ("two", "three"):
        files(shop, {"README.md": text})
        committed(shop, text)
    clone = tmp_path / "clone"
    git("clone", "-q", "--depth", "1", "--branch", "change", f"file://{shop}", str(clone), cwd=tmp_path)
    git("fetch", "-q", "--depth", "1", "origin", "main:refs/remotes/origin/main", cwd=clone)
    code, document = gate("--base", "origin/main", cwd=clone)
    assert code == 3
    command = document["error"]["message"].partition("; run: git ")[2]
    assert command.startswith("fetch --unshallow ")
    git(*command.split(), cwd=clone)
    assert gate("--base", "origin/main", cwd=clone)[1]["base"]["ref"] == "origin/main"


def test_a_detached_head_is_compared(shop: Path) -> None:
    edit(shop, "k8s/api.yaml", "Limit: 5", "Limit: 0")
    git("checkout", "-q", "--detach", committed(shop), cwd=shop)
    assert gate("--base", "main", cwd=shop)[0] == 1


# --policy


def policy_folder(tmp_path: Path) -> Path:
    return files(tmp_path / "policy", {"readiness.yaml": SERVICE})


def test_a_policy_folder_judges(shop: Path, tmp_path: Path) -> None:
    edit(shop, "readiness.yaml", "severity: error, required", "severity: note, required")
    edit(shop, "k8s/api.yaml", "Limit: 5", "Limit: 0")
    assert gate(cwd=shop)[0] == 0
    code, verdict = gate("--policy", str(policy_folder(tmp_path)), "--require-trusted", cwd=shop)
    assert (code, verdict["trusted"]) == (1, True)
    assert str(tmp_path) not in json.dumps(verdict)


@pytest.mark.parametrize("form", ["main", "{shop}@main", "file://{shop}@main"])
def test_a_policy_ref_judges(shop: Path, form: str) -> None:
    edit(shop, "readiness.yaml", "severity: error, required", "severity: note, required")
    edit(shop, "k8s/api.yaml", "Limit: 5", "Limit: 0")
    code, verdict = gate("--policy", form.format(shop=shop), "--require-trusted", cwd=shop)
    assert (code, verdict["trusted"]) == (1, True)
    assert str(shop) not in json.dumps(verdict)


def test_a_policy_inside_the_evaluated_tree_is_not_trusted(shop: Path) -> None:
    files(shop, {"policy/readiness.yaml": SERVICE})
    for place in (".", "policy"):
        _, verdict = gate("--policy", place, cwd=shop)
        assert verdict["trusted"] is False
        assert gate("--policy", place, "--require-trusted", cwd=shop)[0] == 2


def test_a_folder_called_like_the_ref_of_the_policy_does_not_replace_it(shop: Path) -> None:
    edit(shop, "k8s/api.yaml", "Limit: 5", "Limit: 0")
    files(shop, {"main/readiness.yaml": SERVICE.replace("severity: error", "severity: note")})
    code, verdict = gate("--policy", "main", cwd=shop)
    assert (code, verdict["trusted"]) == (1, True)


def of_two_commits(shop: Path) -> str:
    """The commit checked out on the branch `change`; `origin/main` and the tag `v1` stand at it too."""
    files(shop, {"README.md": "x"})
    head = committed(shop)
    git("update-ref", "refs/remotes/origin/main", "HEAD", cwd=shop)
    git("tag", "v1", cwd=shop)
    git("tag", "-a", "-m", "signed", "v1-signed", cwd=shop)
    return head


CHECKED_OUT = ("HEAD", "@", "HEAD~1", "HEAD^", "@~1", "@{0}", "HEAD@{0}", "HEAD^{commit}", "change",
               "heads/change", "refs/heads/change", "change~1", "change@{0}", "{head}", "{head:.9}",
               "{head}~1", "v1-0-g{head:.9}", "{shop}@HEAD", ".@change", "file://{shop}@HEAD")  # fmt: skip
ELSEWHERE = ("main", "main~0", "origin/main", "refs/remotes/origin/main", "v1", "v1^{commit}", "v1-signed",
             "{other}@HEAD", "file://{other}@main", "{shop}@main")  # fmt: skip


def named(place: str, shop: Path, head: str) -> str:
    other = files(shop.parent / "other", {"readiness.yaml": SERVICE})
    if "{other}" in place:
        committed(other)
    for word, text in {"{head:.9}": head[:9], "{head}": head, "{shop}": shop, "{other}": other}.items():
        place = place.replace(word, str(text))
    return place


@pytest.mark.parametrize("place", CHECKED_OUT)
def test_a_policy_that_only_names_what_is_checked_out_is_not_trusted(shop: Path, place: str) -> None:
    place = named(place, shop, of_two_commits(shop))
    _, verdict = gate("--policy", place, cwd=shop)
    assert verdict["trusted"] is False, verdict
    assert str(shop) not in json.dumps(verdict)
    (notice,) = [text for text in verdict["notices"] if "checked out" in text]
    assert "--policy origin/main" in notice
    code, document = gate("--policy", place, "--require-trusted", cwd=shop)
    assert code == 2
    assert notice in document["error"]["message"]


@pytest.mark.parametrize("place", ELSEWHERE)
def test_a_policy_that_a_change_reaches_by_being_merged_is_trusted(shop: Path, place: str) -> None:
    place = named(place, shop, of_two_commits(shop))
    _, verdict = gate("--policy", place, "--require-trusted", cwd=shop)
    assert verdict["trusted"] is True, verdict


def test_a_detached_head_trusts_a_branch_and_not_its_commit(shop: Path) -> None:
    head = of_two_commits(shop)
    git("checkout", "-q", "--detach", cwd=shop)
    trusted = {place: gate("--policy", place, cwd=shop)[1]["trusted"] for place in ("HEAD", head, "change")}
    assert trusted == {"HEAD": False, head: False, "change": True}


def test_a_base_that_only_names_what_is_checked_out_is_not_trusted(shop: Path) -> None:
    of_two_commits(shop)
    assert gate("--base", "HEAD", cwd=shop)[0] == 3
    assert gate("--base", "HEAD~1", cwd=shop)[1]["trusted"] is False
    code, document = gate("--base", "HEAD~1", "--require-trusted", cwd=shop)
    assert code == 2
    assert "--base origin/main" in document["error"]["message"]


def test_rules_for_standard_input_come_from_a_ref_of_this_repository(shop: Path) -> None:
    text = deployment("api", revisionHistoryLimit=0).encode()
    trusted = {
        place: gate("-", "--policy", place, "-e", "production", cwd=shop, stdin=text)[1].get("trusted")
        for place in ("main", "HEAD")
    }
    assert trusted == {"main": True, "HEAD": False}


MISSING: dict[str, tuple[str, ...]] = {
    "/nope2": ("--policy /nope2: no such folder", "no git ref can have such a name"),
    "./nope": ("--policy ./nope: no such folder", "no git ref can have such a name"),
    "../polcy": ("no such folder; did you mean ../policy?",),
    "polcy/": ("no such folder",),
    "../nowhere@main": ("../nowhere: no such folder",),
    "readiness.yaml": ("is a file; expected a folder",),
    "no-such-ref": ("no such folder", "'no-such-ref' is not in this clone", "run: git fetch"),
    "k9s": ("did you mean k8s?", "'k9s' is not in this clone"),
    "nowhere@main": ("nowhere: no such folder", "'nowhere@main' is not in this clone"),
    "main@main": ("main: no such folder", "'main@main' is not in this clone"),
    "-x": ("no name of a ref",),
}


@pytest.mark.parametrize("place", MISSING)
def test_a_policy_that_is_not_there_is_exit_3(shop: Path, tmp_path: Path, place: str) -> None:
    policy_folder(tmp_path)
    code, document = gate(f"--policy={place}", cwd=shop)
    assert (code, document["verdict"], document["error"]["kind"]) == (3, "error", "source")
    text = document["error"]["message"]
    assert all(words in text for words in MISSING[place]), text
    assert ("git fetch" in text) == any("not in this clone" in words for words in MISSING[place]), text


def test_a_path_that_is_not_there_names_the_nearest(shop: Path) -> None:
    code, document = gate("../shp", cwd=shop)
    assert (code, document["error"]["kind"]) == (3, "source")
    assert "no such folder; did you mean ../shop?" in document["error"]["message"]


def test_a_policy_without_a_checklist_is_exit_2(shop: Path, tmp_path: Path) -> None:
    code, document = gate("--policy", str(files(tmp_path / "empty", {"x.txt": ""})), cwd=shop)
    assert code == 2
    assert "readiness.yaml" in document["error"]["message"]


def test_require_trusted_refuses_the_evaluated_tree(shop: Path) -> None:
    code, document = gate("--require-trusted", cwd=shop)
    assert code == 2
    assert "--policy" in document["error"]["message"]


# modes and narrowing


def test_advisory_passes_and_says_what_would_fail(shop: Path) -> None:
    edit(shop, "k8s/api.yaml", "Limit: 5", "Limit: 0")
    files(shop, {"readiness.yaml": SERVICE + "mode: advisory\n"})
    code, verdict = gate(cwd=shop)
    assert (code, verdict["verdict"], verdict["decision"]) == (0, "pass", "NO-GO")
    assert "would fail" in verdict["reason"]


def test_fail_on_may_only_be_stricter(shop: Path) -> None:
    edit(shop, "readiness.yaml", "severity: error, required", "severity: warning, required")
    edit(shop, "k8s/api.yaml", "Limit: 5", "Limit: 0")
    assert gate(cwd=shop)[0] == 0
    assert gate("--fail-on", "warning", cwd=shop)[0] == 1
    assert gate("--fail-on", "note", cwd=shop)[0] == 1
    files(shop, {"readiness.yaml": SERVICE + "fail-on: warning\n"})
    code, document = gate("--fail-on", "error", cwd=shop)
    assert code == 2
    assert "stricter" in document["error"]["message"]
    assert gate("--fail-on", "fatal", cwd=shop)[0] == 2


def test_check_runs_just_those_and_needs_no_checklist(shop: Path) -> None:
    (shop / "readiness.yaml").unlink()
    code, verdict = gate("--check", "rollback.hist*", cwd=shop)
    assert code in (0, 1)
    assert {one["id"] for one in verdict["outcomes"]} == {ITEM}
    code, verdict = gate("--check", "availability.*", "--check", "rollback.history-limit", cwd=shop)
    assert {one["id"] for one in verdict["outcomes"]} >= {ITEM, "availability.pdb-allows-drain"}
    code, document = gate("--check", "rollback.histroy-limit", cwd=shop)
    assert code == 2
    assert "did you mean rollback.history-limit" in document["error"]["message"]


def test_a_part_asks_nothing_of_staging_and_knows_every_attestation(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    code, verdict = gate("--check", "capacity.plan-*", cwd=tree)
    staging = next(one for one in verdict["environments"] if one["name"] == "staging")
    assert (code, staging["decision"], staging["reason"]) == (0, "GO", "nothing asked of staging")
    assert "hold" in verdict["reason"]
    assert not [text for text in verdict["notices"] if "dr-exercise" in str(text)]
    assert gate("--check", "capacity.plan-*", "--environment", "staging", cwd=tree)[0] == 1


def test_check_takes_the_settings_of_the_checklist(shop: Path) -> None:
    edit(shop, "readiness.yaml", "severity: error, required: true", "severity: error, with: {minimum: 9}")
    code, verdict = gate("--check", ITEM, cwd=shop)
    assert code == 1
    assert "9 are needed" in outcome(verdict, ITEM)["findings"][0]["message"]


def test_environment_judges_only_one(shop: Path) -> None:
    files(shop, {"staging/api.yaml": deployment("api", revisionHistoryLimit=0)})
    edit(
        shop, "readiness.yaml", "environments:\n",
        "environments:\n  staging: {class: staging, manifests: [staging/]}\n",
    )  # fmt: skip
    assert gate(cwd=shop)[0] == 1
    code, verdict = gate("--environment", "production", cwd=shop)
    assert (code, verdict["environment"]) == (0, "production")
    assert gate("-e", "staging", cwd=shop)[0] == 1
    code, document = gate("-e", "prod", cwd=shop)
    assert code == 2
    assert "production" in document["error"]["message"]


def test_manifests_that_a_pipeline_rendered_replace_those_of_the_checklist(shop: Path) -> None:
    rendered = shop.parent / "rendered.yaml"
    rendered.write_text(deployment("api", revisionHistoryLimit=0))
    code, verdict = gate("--manifests", f"production={rendered}", cwd=shop)
    found = outcome(verdict, ITEM)
    assert (code, found["strength"], found["findings"][0]["file"]) == (1, "rendered", "rendered.yaml")
    assert any(one["version"].startswith("sha256:") for one in verdict["renderers"])
    assert str(rendered.parent) not in json.dumps(verdict)
    code, verdict = gate("--manifests", "production=-", cwd=shop, stdin=deployment("api").encode())
    assert code == 0, verdict
    for wrong in ("production", "production=", "=x", f"nowhere={rendered}", "production=missing.yaml"):
        assert gate("--manifests", wrong, cwd=shop)[0] == 2, wrong


def test_standard_input_is_judged_alone(shop: Path) -> None:
    text = deployment("api", revisionHistoryLimit=0).encode()
    code, verdict = gate("-", "--check", ITEM, cwd=shop, stdin=text)
    assert (code, verdict["environment"]) == (1, "stdin")
    code, verdict = gate("-", "--check", ITEM, cwd=shop, stdin=b"")
    assert code == 1, verdict
    assert verdict["reason"].startswith("nothing-judged")
    code, verdict = gate("-", "--check", ITEM, cwd=shop, stdin=b"a: [")
    assert code == 1, verdict


def test_an_unknown_profile_names_the_nearest(shop: Path) -> None:
    code, document = gate("--profile", "critcal@1", cwd=shop)
    assert code == 2
    assert "critical" in document["error"]["message"]


# outputs


@pytest.mark.parametrize("place", ["readiness.yaml/out.json", ".", "/dev/full"])
def test_an_output_that_cannot_be_written_is_exit_3_and_hides_no_other(shop: Path, place: str) -> None:
    good = shop.parent / "good.json"
    said = cli(
        "gate", "--as-of", DAY, "-o", f"junit={place}", "-o", f"json={good}", "-o", "markdown", cwd=shop
    )
    assert said.code == 3, said
    assert json.loads(good.read_text())["verdict"] == "pass"
    assert said.out
    assert "Traceback" not in said.err


CODES: dict[int, tuple[str, ...]] = {
    0: (),
    1: ("--environment", "production"),
    2: ("--environment", "nowhere"),
    3: ("--policy", "nowhere"),
}


@pytest.mark.parametrize("code", CODES)
def test_every_exit_code_has_json_and_junit(shop: Path, tmp_path: Path, code: int) -> None:
    if code == 1:
        edit(shop, "k8s/api.yaml", "Limit: 5", "Limit: 0")
    document, junit = tmp_path / "v.json", tmp_path / "v.xml"
    said = cli("gate", *CODES[code], "-o", f"json={document}", "-o", f"junit={junit}", cwd=shop)
    assert said.code == code
    assert json.loads(document.read_text())["verdict"] == {0: "pass", 1: "fail"}.get(code, "error")
    assert "<testsuite" in junit.read_text()


def test_a_misspelt_option_still_writes_reports(shop: Path, tmp_path: Path) -> None:
    document = tmp_path / "v.json"
    said = cli("gate", "--polcy", "x", "--output", f"json={document}", cwd=shop)
    assert said.code == 2
    assert json.loads(document.read_text())["error"]["kind"] == "usage"


EMPTY = {
    "--base=": "--base: is empty; expected a git ref",
    "--policy=": "--policy: is empty; expected a folder, a git ref or REPOSITORY@REF",
    "--profile=": "--profile: is empty; expected a profile such as standard@1",
    "--environment=": "--environment: is empty; expected the name of an environment",
    "--as-of=": "--as-of: is empty; expected a day such as 2026-11-24",
    "--fail-on=": "--fail-on: is empty; expected error, warning or note",
    "--fail-on= ": "--fail-on: is empty; expected error, warning or note",
    "": "PATH: is empty; expected a folder",
    "--output=json=": "--output json=: names no file; expected FORMAT or FORMAT=FILE",
}


@pytest.mark.parametrize("option", EMPTY)
def test_an_empty_value_is_no_wish_and_is_told(shop: Path, tmp_path: Path, option: str) -> None:
    saved = tmp_path / "v.json"
    said = cli("gate", option, "--output", f"json={saved}", cwd=shop)
    assert (said.code, said.out) == (2, ""), said
    assert f"readiness: {EMPTY[option]}" in said.err
    assert "the variable is probably unset" in said.err
    error = json.loads(saved.read_text())["error"]
    assert (error["kind"], error["message"].startswith(EMPTY[option])) == ("usage", True)


def test_an_empty_value_is_told_by_the_other_commands(shop: Path) -> None:
    for words in (("explain", ITEM, "--policy", ""), ("validate", "--policy", ""), ("init", "--profile", ""),
                  ("baseline", "--as-of", ""), ("waive", "r1:0", "--environment", ""), ("validate", "")):  # fmt: skip
        said = cli(*words, cwd=shop)
        assert (said.code, "is empty; expected" in said.err) == (2, True), words


@pytest.mark.parametrize("command", ["gate", "report"])
def test_an_output_makes_no_folder(shop: Path, tmp_path: Path, command: str) -> None:
    saved = tmp_path / "v.json"
    cli("gate", "--output", f"json={saved}", cwd=shop)
    words = ("gate",) if command == "gate" else ("report", str(saved))
    said = cli(*words, "-o", "json=../reports/v.json", "-o", "junit=../v.xml", cwd=shop)
    assert (said.code, (tmp_path / "reports").exists()) == (3, False)
    assert "--output json=../reports/v.json: ../reports: no such folder" in said.err
    assert (tmp_path / "v.xml").exists()
    (tmp_path / "reports").mkdir()
    assert cli(*words, "-o", "json=../reports/v.json", cwd=shop).code == 0
    assert (tmp_path / "reports" / "v.json").exists()


@pytest.mark.parametrize(
    ("ends", "kind"), [(KeyboardInterrupt(), "interrupted"), (ValueError("unforeseen"), "internal")]
)
def test_a_run_that_is_stopped_or_crashes_says_which(
    shop: Path, monkeypatch: pytest.MonkeyPatch, ends: BaseException, kind: str
) -> None:
    def judge(*_: object) -> None:
        raise ends

    monkeypatch.setattr(pipeline, "judge", judge)
    code, document = gate(cwd=shop)
    assert (code, document["error"]["kind"]) == (3, kind)


@pytest.mark.parametrize(
    "tree", [{}, {"README.md": "hello"}, {"src/main.py": "print()"}], ids=["empty", "text", "code"]
)
def test_a_wrong_folder_fails_and_says_where_it_looked(tmp_path: Path, tree: dict[str, str]) -> None:
    code, verdict = gate("--check", ITEM, cwd=files(tmp_path / "empty", {"x.txt": "", **tree}))
    assert (code, verdict["verdict"]) == (1, "fail")
    assert verdict["reason"].startswith("nothing-judged")
    assert "Deployment" in verdict["reason"]
    assert f"{1 + len(tree)} file" in verdict["reason"]


def test_check_with_a_checklist_of_its_own_is_unchanged(tmp_path: Path) -> None:
    tree = files(tmp_path, {"readiness.yaml": CHECKLIST, "k8s/a.yaml": deployment("a")})
    assert gate(cwd=tree)[1]["outcomes"] == gate("--check", ITEM, cwd=tree)[1]["outcomes"]


def test_a_workload_that_no_environment_deploys_is_unknown(shop: Path) -> None:
    files(shop, {"extra/worker.yaml": deployment("worker", revisionHistoryLimit=0)})
    code, verdict = gate(cwd=shop)
    found = outcome(verdict, "checklist.covers-workloads")
    assert (code, found["status"]) == (1, "unknown")
    assert "worker" in found["reason"]
    edit(shop, "readiness.yaml", "tier: 1", "tier: 3")
    assert gate(cwd=shop)[0] == 0


ITEMS = {
    "check": "{check: rollback.history-limit, required: true}",
    "cel": "{id: pinned, title: Pinned, for: workload, expr: 'true', required: true}",
    "attest": "{id: drill, title: Drill, attest: {roles: [sre]}, required: true, when: {environment: production}}",
}


@pytest.mark.parametrize("item", ITEMS.values(), ids=list(ITEMS))
def test_a_required_item_is_not_met_where_there_is_no_environment(tmp_path: Path, item: str) -> None:
    checklist = f"""
    version: 1
    service: {{name: shop, tier: 1, owner: team-shop}}
    items:
      - {item}
      - {{check: sound.holds}}
    """
    holds = check("holds", 'yield Proof("it holds")', "today: Today")
    source = "from readiness.evidence.context import Today\n\n\n" + holds
    tree = files(tmp_path / "tree", {"readiness.yaml": checklist, "src/main.py": "print()"})
    with on_path(installed(tmp_path / "site", "sound", source)):
        code, verdict = gate(cwd=tree)
    assert outcome(verdict, "sound.holds")["status"] == "pass"
    assert (code, verdict["verdict"]) == (1, "fail")
    assert len(verdict["outcomes"]) == 2


def test_what_the_pipeline_rendered_is_not_what_stood_at_the_base(shop: Path) -> None:
    files(shop, {"README.md": "x"})
    committed(shop)
    rendered = shop.parent / "rendered.yaml"
    rendered.write_text(deployment("api", revisionHistoryLimit=0))
    code, verdict = gate("--base", "main", "--manifests", f"production={rendered}", cwd=shop)
    assert (code, outcome(verdict, ITEM)["state"]) == (1, "new")


def test_an_environment_that_the_base_did_not_have_is_new(tmp_path: Path) -> None:
    tree = files(tmp_path, {"README.md": "x"})
    committed(tree)
    git("checkout", "-q", "-b", "change", cwd=tree)
    files(tree, {"k8s/a.yaml": deployment("a", revisionHistoryLimit=0)})
    code, verdict = gate("--base", "main", "-e", "default", "--check", ITEM, cwd=tree)
    assert (code, outcome(verdict, ITEM)["state"]) == (1, "new")


def test_a_folder_of_a_repository_is_compared_with_itself(tmp_path: Path) -> None:
    service = {
        "readiness.yaml": SERVICE,
        "k8s/api.yaml": deployment("api", revisionHistoryLimit=1),
        "k8s/b.yaml": BUDGET,
    }
    tree = files(
        tmp_path, {f"{name}/{path}": text for name in ("one", "two") for path, text in service.items()}
    )
    committed(tree)
    git("checkout", "-q", "-b", "change", cwd=tree)
    files(tree, {"one/k8s/api.yaml": deployment("api", revisionHistoryLimit=0)})
    committed(tree)
    assert gate("one", "--base", "main", cwd=tree)[0] == 1
    assert gate("two", "--base", "main", cwd=tree)[0] == 0
    assert gate("--base", "main", cwd=tree / "one")[0] == 1


def test_standard_input_has_no_base(shop: Path) -> None:
    assert gate("-", "--base", "main", cwd=shop, stdin=b"")[0] == 2


def test_that_all_is_covered_is_no_judgement_of_the_service(shop: Path) -> None:
    text = (shop / "readiness.yaml").read_text()
    files(
        shop,
        {"readiness.yaml": text.partition("items:")[0] + "items: [{check: capacity.scaler-target-valid}]\n"},
    )
    code, verdict = gate(cwd=shop)
    assert (code, verdict["reason"].partition(":")[0]) == (1, "nothing-judged")


def test_rules_are_judged_where_nothing_is_deployed(tmp_path: Path) -> None:
    tree = files(tmp_path, {"rules/shop.yaml": RULES.replace("== 0", "== (")})
    code, verdict = gate("--check", "alert.rules-valid", cwd=tree)
    assert (code, outcome(verdict, "alert.rules-valid")["status"]) == (1, "fail")


def test_what_a_deleted_rule_file_takes_along_is_one_line_for_each_item(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    git("init", "-q", "-b", "main", ".", cwd=tree)
    committed(tree)
    git("checkout", "-qb", "change", cwd=tree)
    (tree / "monitoring/rules/orders.rules.yaml").unlink()
    committed(tree)
    said = cli("gate", ".", "--base", "main", "--as-of", "2026-11-24", cwd=tree)
    assert said.code == 1
    lines = said.out.splitlines()
    gone = [number for number, line in enumerate(lines) if "evidence-disappeared: AlertRule" in line]
    items = [lines[number - 1].split()[1] for number in gone]
    assert {"alert.severity-label", "runbook.linked", "runbook.resolves"} <= set(items)
    assert max(map(items.count, items)) <= 2  # those that are gone, and those that have another status now
    assert sum(" more, judged at the base, are gone" in lines[number] for number in gone) >= 3


def overlays(tmp_path: Path, **broken: str) -> Path:
    """Three overlays of one base, of which no checklist speaks."""
    texts: dict[str, str | bytes] = {
        "base/kustomization.yaml": "resources: [api.yaml]\n",
        "base/api.yaml": deployment("api"),
    }
    for name in ("a", "b", "c"):
        text = broken.get(name, "resources: [../../base]\n")
        texts[f"overlays/{name}/kustomization.yaml"] = text
    return files(tmp_path, texts)


@pytest.mark.parametrize("named", [False, True])
def test_a_broken_kustomization_holds_back_its_own_environment_alone(
    tmp_path: Path, named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join([str(kubectl().parent), os.environ["PATH"]]))
    tree = overlays(tmp_path, b="resources: [../../base, missing.yaml]\n")
    if named:
        entries = "".join(
            f"  {name}: {{manifests: [{{kustomization: overlays/{name}}}]}}\n" for name in "abc"
        )
        text = f"version: 1\nextends: [profile:baseline@1]\nenvironments:\n{entries}"
        files(tree, {"readiness.yaml": text})
    code, verdict = gate(cwd=tree)
    assert code == 1
    decisions = {one["name"]: one["decision"] for one in verdict["environments"]}
    assert decisions == {"a": "GO", "b": "NO-GO", "c": "GO"}
    assert not any(
        one["status"] == "unknown" for one in verdict["outcomes"] if one["environment"] in ("a", "c")
    )
    assert [finding["blocking"] for finding in outcome(verdict, "evidence.readable")["findings"]] == [True]


def test_a_broken_file_of_the_base_holds_back_all_that_build_on_it(tmp_path: Path) -> None:
    tree = overlays(tmp_path)
    files(tree, {"base/api.yaml": "apiVersion: apps/v1\nkind: Deployment\nspec: [\n"})
    _, verdict = gate(cwd=tree)
    assert {one["decision"] for one in verdict["environments"]} == {"NO-GO"}


def test_a_broken_rule_file_holds_back_every_environment(tmp_path: Path) -> None:
    tree = files(overlays(tmp_path), {"rules/shop.yaml": RULES + "  - [\n"})
    _, verdict = gate(cwd=tree)
    assert {one["decision"] for one in verdict["environments"]} == {"NO-GO"}


def test_rules_on_standard_input_crash_nothing(tmp_path: Path) -> None:
    rule = (
        "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: r}\nspec:\n  groups:\n"
        "    - {name: g, rules: [{alert: A, expr: up == 0, labels: {severity: critical}}]}\n"
    )
    for text in (b"", rule.encode()):
        _, verdict = gate("-", cwd=tmp_path, stdin=text)
        assert not [one for one in verdict["outcomes"] if one["status"] == "error"]
