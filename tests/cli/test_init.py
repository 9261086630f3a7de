"""`init` invents nothing: what people know is TODO, and a TODO closes the gate."""
# a row a case

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.cli.running import Verdict, cli, committed, deployment, files, gate, outcome

CATALOG = """
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: orders}
spec: {owner: team-orders, type: service, lifecycle: production}
"""

TREES: dict[str, dict[str, str | bytes]] = {
    "empty": {"README.md": "hello"},
    "plain manifests": {"k8s/api.yaml": deployment("api", replicas=3)},
    "one that fails": {"k8s/api.yaml": deployment("api", replicas=3, revisionHistoryLimit=0)},
    "with a catalog": {"k8s/api.yaml": deployment("api"), "catalog-info.yaml": CATALOG},
    "kustomize": {
        "base/kustomization.yaml": "resources: [api.yaml]\n",
        "base/api.yaml": deployment("api"),
        "overlays/production/kustomization.yaml": "resources: [../../base]\n",
        "overlays/staging/kustomization.yaml": "resources: [../../base]\n",
    },
    "chart": {
        "charts/api/Chart.yaml": "apiVersion: v2\nname: api\nversion: 1.0.0\n",
        "charts/api/templates/api.yaml": deployment("api"),
    },
    "alternatives": {"prod/api.yaml": deployment("api"), "qa/api.yaml": deployment("api", revisionHistoryLimit=0)},
    "odd names": {"my app (1)/a: b.yaml": deployment("api"), "other'/api.yaml": deployment("api")},
    "broken": {"k8s/api.yaml": "apiVersion: apps/v1\nkind: Deployment\nspec: [\n"},
}  # fmt: skip


def strictness(verdict: Verdict) -> int:
    return {"GO": 0, "GO WITH CONDITIONS": 1, "UNKNOWN": 2, "NO-GO": 3}[verdict["decision"]]


@pytest.mark.parametrize("texts", TREES.values(), ids=list(TREES))
@pytest.mark.parametrize("profile", ["baseline@1", "standard@1", "critical@1"])
def test_the_gate_is_never_greener_after_init(
    tmp_path: Path, texts: dict[str, str | bytes], profile: str
) -> None:
    tree = files(tmp_path, texts)
    before_code, before = gate("--profile", profile, cwd=tree)
    said = cli("init", "--profile", profile, cwd=tree)
    assert (said.code, said.err) == (0, "")
    assert (tree / "readiness.yaml").exists()
    code, after = gate(cwd=tree)
    assert (before_code, code) == (before_code, 1), after
    assert after["verdict"] == "fail", after
    assert strictness(after) >= strictness(before)
    places = [one for one in after["outcomes"] if one["id"] == "checklist.placeholders"]
    assert [finding["line"] for finding in places[0]["findings"]]


@pytest.mark.parametrize("texts", TREES.values(), ids=list(TREES))
def test_no_number_owner_or_address_is_invented(tmp_path: Path, texts: dict[str, str | bytes]) -> None:
    tree = files(tmp_path, texts)
    cli("init", cwd=tree)
    written = (tree / "readiness.yaml").read_text()
    assert re.search(r"^  tier: TODO\b", written, re.MULTILINE)
    assert re.search(r"^  owner: TODO\b", written, re.MULTILINE)
    assert "http" not in written
    assert "@example" not in written
    if (tree / "capacity.yaml").exists():
        values = re.findall(
            r"(?:second|zones|headroom|reviewed|source|unit): +([^\s,}{]+)",
            (tree / "capacity.yaml").read_text(),
        )
        assert values
        assert set(values) == {"TODO"}


def filled(tree: Path, name: str, value: str = "shop") -> None:
    text = (tree / name).read_text().replace("tier: TODO", "tier: 2")
    (tree / name).write_text(re.sub(r": TODO\b", f": {value}", text))


@pytest.mark.parametrize("profile", ["baseline@1", "standard@1"])
def test_a_todo_in_any_file_that_init_writes_closes_the_gate(tmp_path: Path, profile: str) -> None:
    tree = files(tmp_path, TREES["plain manifests"])
    cli("init", "--profile", profile, cwd=tree)
    filled(tree, "readiness.yaml")
    code, verdict = gate(cwd=tree)
    (left,) = outcome(verdict, "checklist.placeholders")["findings"]
    assert (code, left["file"], left["blocking"]) == (1, "capacity.yaml", True)
    assert left["message"].startswith("capacity.yaml has 8 values that are still TODO")
    filled(tree, "capacity.yaml", "3")
    left_one = (tree / "capacity.yaml").read_text().replace("zones: 3", "zones: TODO")
    (tree / "capacity.yaml").write_text(left_one)
    code, verdict = gate(cwd=tree)
    (left,) = outcome(verdict, "checklist.placeholders")["findings"]
    assert (code, left["message"], left["line"]) == (1, "zones is still TODO", 3)
    (tree / "capacity.yaml").unlink()
    code, verdict = gate(cwd=tree)
    assert "checklist.placeholders" not in {one["id"] for one in verdict["outcomes"]}


def test_a_todo_of_the_plan_is_not_excused_by_the_base(tmp_path: Path) -> None:
    tree = files(tmp_path, TREES["plain manifests"])
    cli("init", cwd=tree)
    filled(tree, "readiness.yaml")
    committed(tree)
    files(tree, {"README.md": "x"})
    assert gate("--base", "HEAD", cwd=tree)[0] == 1


ALTERNATIVES: dict[str, str | bytes] = {
    "release/all.yaml": deployment("api"),
    "k8s/kustomization.yaml": "resources: [api.yaml]\n",
    "k8s/api.yaml": deployment("api"),
    "live/api.yaml": deployment("api"),
    "uat/api.yaml": deployment("api"),
}


def test_only_what_a_name_tells_becomes_an_environment(tmp_path: Path) -> None:
    tree = files(tmp_path, ALTERNATIVES)
    cli("init", cwd=tree)
    text = (tree / "readiness.yaml").read_text()
    found = yaml.safe_load(text)["environments"]
    assert {name: one["class"] for name, one in found.items()} == {"live": "production", "uat": "staging"}
    chosen = re.sub(r"^  # (?!Also)", "  ", text, flags=re.MULTILINE)
    assert set(yaml.safe_load(chosen)["environments"]) == {"k8s", "live", "release", "uat"}
    (tree / "readiness.yaml").write_text(chosen)
    assert cli("validate", cwd=tree).code == 0


def test_names_that_tell_nothing_are_listed_to_choose_from(tmp_path: Path) -> None:
    own = {name: text for name, text in ALTERNATIVES.items() if name[:3] in ("k8s", "rel")}
    tree = files(tmp_path, own)
    cli("init", cwd=tree)
    text = (tree / "readiness.yaml").read_text()
    assert "environments" not in yaml.safe_load(text)
    assert {one["name"] for one in gate(cwd=tree)[1]["environments"]} == {"k8s", "release"}
    chosen = re.sub(r"^# (environments:|  )", r"\1", text, flags=re.MULTILINE)
    assert set(yaml.safe_load(chosen)["environments"]) == {"k8s", "release"}


def test_a_plan_lists_the_workloads_that_serve(tmp_path: Path) -> None:
    tree = files(tmp_path, TREES["plain manifests"])
    cli("init", cwd=tree)
    assert "name: api" in (tree / "capacity.yaml").read_text()


def test_what_is_found_is_filled_in(tmp_path: Path) -> None:
    tree = files(tmp_path, {**TREES["kustomize"], "catalog-info.yaml": CATALOG})
    cli("init", cwd=tree)
    text = (tree / "readiness.yaml").read_text()
    assert "name: orders" in text
    assert "kustomization: overlays/production" in text
    assert "class: staging" in text


def test_the_output_is_loadable_and_says_what_is_left(tmp_path: Path) -> None:
    tree = files(tmp_path, TREES["kustomize"])
    cli("init", cwd=tree)
    said = cli("validate", cwd=tree)
    assert said.code == 0, said
    assert "service.owner is still TODO" in said.out
    text = (tree / "readiness.yaml").read_text().replace("tier: TODO", "tier: 2")
    (tree / "readiness.yaml").write_text(re.sub(r"TODO", "shop", text))
    said = cli("validate", cwd=tree)
    assert (said.code, "TODO" in said.out) == (0, False), said


def test_editors_get_the_schema_that_the_checklist_names(tmp_path: Path) -> None:
    tree = files(tmp_path, TREES["plain manifests"])
    cli("init", cwd=tree)
    first = (tree / "readiness.yaml").read_text().splitlines()[0]
    place = first.partition("$schema=")[2]
    schema = json.loads((tree / place).read_text())
    assert "rollback.history-limit" in json.dumps(schema)
    assert schema == json.loads(cli("validate", "--schema", cwd=tree).out)


def test_existing_files_stay(tmp_path: Path) -> None:
    own = {"readiness.yaml": "version: 1\n", "capacity.yaml": "zones: 3\n", "k8s/api.yaml": deployment("api")}
    tree = files(tmp_path, own)
    said = cli("init", cwd=tree)
    assert (said.code, "left as it is" in said.out) == (0, True)
    assert {name: (tree / name).read_text() for name in own} == own
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    cli("init", cwd=tree)
    assert {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()} == before


def test_a_link_in_the_place_of_a_file_is_not_written_through(tmp_path: Path) -> None:
    tree = files(tmp_path / "tree", {"k8s/api.yaml": deployment("api")})
    (tree / "readiness.yaml").symlink_to("../outside.yaml")
    cli("init", cwd=tree)
    assert not (tmp_path / "outside.yaml").exists()


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    tree = files(tmp_path, TREES["plain manifests"])
    said = cli("init", "--dry-run", cwd=tree)
    assert (said.code, "--- readiness.yaml" in said.out) == (0, True)
    assert sorted(path.name for path in tree.iterdir()) == ["k8s"]


def test_an_unknown_profile_or_folder_is_told(tmp_path: Path) -> None:
    said = cli("init", "--profile", "basline@1", cwd=tmp_path)
    assert (said.code, "baseline" in said.err) == (2, True)
    assert cli("init", "nowhere", cwd=tmp_path).code == 3
    assert list(tmp_path.iterdir()) == []
