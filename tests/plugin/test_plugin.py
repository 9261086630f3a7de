"""The example of a third party's package, from its own wheel, as a company would install it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import DAY, Said, files, process

PLUGIN = Path(__file__).parents[2] / "examples" / "plugin"
ITEM = "toggles.not-expired"

TOGGLES = """
toggles:
  new-checkout: {owner: team-orders, expires: 2026-11-01}
  old-basket: {owner: team-orders, expires: 2026-11-20}
  read-only-mode: {owner: team-orders}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package, installed from its wheel."""
    pytest.importorskip("hatchling", reason="the wheel is built with hatchling: pip install hatchling")
    wheels, target = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    offline = ["--no-deps", "--no-index"]
    build = [*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", str(wheels), str(PLUGIN)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = wheels.glob("acme_readiness-*.whl")
    subprocess.run(
        [*pip, "install", *offline, "--target", str(target), str(wheel)], check=True, capture_output=True
    )
    return target


def readiness(site: Path, *arguments: str, cwd: Path) -> Said:
    path = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH", ""))))
    return process(*arguments, cwd=cwd, env={"PYTHONPATH": path})


def test_the_check_runs_like_any_other(site: Path, tmp_path: Path) -> None:
    tree = files(tmp_path, {"config/toggles.yaml": TOGGLES})
    said = readiness(site, "gate", "--check", ITEM, "--as-of", DAY, "--output", "json", cwd=tree)
    (outcome,) = json.loads(said.out)["outcomes"]
    (found,) = outcome["findings"]
    assert (said.code, outcome["status"]) == (0, "fail")  # a warning at tier 2
    assert found["message"] == "new-checkout expired on 2026-11-01, 23 days ago; 14 are allowed"
    assert (found["file"], found["line"], found["severity"]) == ("config/toggles.yaml", 2, "warning")
    assert [proof["message"] for proof in outcome["proofs"]] == ["old-basket is in its time until 2026-11-20"]


def test_its_settings_stand_in_a_checklist(site: Path, tmp_path: Path) -> None:
    checklist = f"""
    version: 1
    service: {{name: orders, tier: 1, owner: team-orders}}
    items:
      - {{check: {ITEM}, with: {{grace: 30d}}}}
    """
    tree = files(tmp_path, {"config/toggles.yaml": TOGGLES, "readiness.yaml": checklist})
    assert readiness(site, "gate", "--as-of", DAY, cwd=tree).code == 0
    files(tree, {"readiness.yaml": checklist.replace("30d", "3d")})
    assert readiness(site, "gate", "--as-of", DAY, cwd=tree).code == 1
    files(tree, {"readiness.yaml": checklist.replace("30d", "30")})
    said = readiness(site, "gate", "--as-of", DAY, cwd=tree)
    assert (said.code, "days such as 180d" in said.err) == (2, True)


@pytest.mark.parametrize(
    "broken",
    ["toggles: [\n", "toggles: 3\n", "- a\n", "toggles: {a: 1}\n", "toggles: {a: {expires: soon}}\n"],
)
def test_what_it_cannot_read_is_unknown(site: Path, tmp_path: Path, broken: str) -> None:
    tree = files(tmp_path, {"a/toggles.yaml": TOGGLES, "b/toggles.yaml": broken})
    said = readiness(site, "gate", "--check", ITEM, "--as-of", DAY, "--output", "json", cwd=tree)
    document = json.loads(said.out)
    (outcome,) = document["outcomes"]
    assert {finding["status"] for finding in outcome["findings"]} == {"fail", "unknown"}
    assert [cause["file"] for cause in document["causes"]] == ["b/toggles.yaml"]


def test_nothing_of_it_is_no_pass(site: Path, tmp_path: Path) -> None:
    said = readiness(site, "gate", "--check", ITEM, "--output", "json", cwd=files(tmp_path, {"x.txt": ""}))
    assert (said.code, "looked for toggles.yaml" in said.out) == (1, True)


def test_it_stands_the_strict_reading_and_explains_itself(site: Path, tmp_path: Path) -> None:
    said = readiness(site, "checks", "--area", "toggles", "--strict", cwd=tmp_path)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"{ITEM}  A feature toggle is taken out")
    said = readiness(site, "explain", ITEM, cwd=tmp_path)
    assert "grace: 14d   how long after its last day" in said.out


def test_its_readme_shows_what_is_printed(site: Path, tmp_path: Path) -> None:
    said = readiness(site, "checks", "--area", "toggles", "--strict", cwd=tmp_path)
    assert said.out in (PLUGIN / "README.md").read_text()


def test_a_second_claim_to_its_area_names_both(site: Path, tmp_path: Path) -> None:
    meta = tmp_path / "site" / "other_toggles-1.0.dist-info"
    files(
        meta,
        {"METADATA": "Name: other-toggles\n", "entry_points.txt": "[readiness.checks]\ntoggles = json\n"},
    )
    path = Path(os.pathsep.join((str(site), str(tmp_path / "site"))))
    said = readiness(path, "checks", cwd=tmp_path)
    assert said.code == 2
    assert "acme-readiness" in said.err
    assert "other-toggles" in said.err


def test_a_repository_cannot_bring_a_plug_in(tmp_path: Path) -> None:
    """Metadata and modules in the evaluated tree are no part of the tool."""
    tree = files(
        tmp_path,
        {
            "evil-1.0.dist-info/entry_points.txt": "[readiness.checks]\nevil = evil\n",
            "evil.py": "open('owned', 'w')\n",
            "readiness_checks/__init__.py": "open('owned', 'w')\n",
            "yaml.py": "open('owned', 'w')\n",
        },
    )
    said = process("checks", cwd=tree)
    assert (said.code, "evil" in said.out + said.err) == (0, False), said
    assert not (tree / "owned").exists()


def test_nor_where_the_module_is_run_from_the_repository_itself(tmp_path: Path) -> None:
    """`python -m readiness` puts the working folder first on the path."""
    texts = dict.fromkeys(
        ("yaml.py", "readiness_checks/__init__.py", "typer/__init__.py"), "open('owned', 'w')\n"
    )
    tree = files(
        tmp_path, {**texts, "evil-1.0.dist-info/entry_points.txt": "[readiness.checks]\nevil = yaml\n"}
    )
    done = subprocess.run(
        [sys.executable, "-m", "readiness", "checks"], cwd=tree, capture_output=True, check=True
    )
    assert b"evil" not in done.stdout
    assert not (tree / "owned").exists()
