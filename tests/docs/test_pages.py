"""What the hand-written pages say holds: their examples are read, their links and options exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from readiness.attestations import read_attestations
from readiness.checklist import parse
from readiness.cli import app
from readiness.plugins import known_checks
from readiness.waivers import read_waivers

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")], key=lambda page: page.relative_to(ROOT).as_posix()
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def yaml_blocks() -> Iterator[Any]:
    for page in PAGES:
        for number, (language, code) in enumerate(FENCE.findall(text_of(page)), 1):
            if language == "yaml":
                yield pytest.param(code, id=f"{page.name}-{number}")


@pytest.mark.parametrize("code", list(yaml_blocks()))
def test_yaml_example_is_valid(code: str) -> None:
    if code.startswith("repos:"):  # of pre-commit
        (offered,) = yaml.safe_load(text_of(ROOT / ".pre-commit-hooks.yaml"))
        ((asked,),) = (repository["hooks"] for repository in yaml.safe_load(code)["repos"])
        assert asked["id"] == offered["id"]
        assert set(asked["stages"]) <= set(offered["stages"])
    elif code.startswith("item:"):
        assert len(read_attestations({"example.yaml": code.encode()})) == 1
    elif "\nwaivers:\n  " in code and "- id:" in code:
        assert len(read_waivers(code.encode(), "waivers.yaml")) == 1
    else:
        whole = code if "version:" in code else f"version: 1\n{code}"
        parse(whole.encode(), "example.yaml", known_checks())


def links() -> Iterator[Any]:
    for page in PAGES:
        prose = FENCE.sub("", text_of(page))
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            if not re.match(r"https?://|mailto:", target):
                yield pytest.param(page, target, id=f"{page.name}-{target}")


@pytest.mark.parametrize(("page", "target"), list(links()))
def test_link_leads_somewhere(page: Path, target: str) -> None:
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    assert file.exists(), f"{page.name} links to {target}"
    assert ROOT in (file, *file.parents), "links stay inside the repository"
    if anchor:
        headings = re.findall(r"^#+ (.+)$", text_of(file), re.M)
        assert anchor in {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}


COMMANDS: dict[str, Any] = getattr(get_command(app), "commands")  # noqa: B009 - of a group, not of any command


def uses() -> Iterator[Any]:
    """Every command line of `readiness` in the pages, options on following lines included."""
    for page in PAGES:
        joined = re.sub(r"\\\n\s*", "", text_of(page))
        for command, rest in re.findall(r"\breadiness ([a-z]+)((?: [^\n`|;'\"]+| '[^'\n]*')*)", joined):
            if command in COMMANDS:
                yield pytest.param(command, rest, id=f"{page.name}-{command}{rest[:60]}")


@pytest.mark.parametrize(("command", "rest"), list(uses()))
def test_options_exist(command: str, rest: str) -> None:
    known = {name for parameter in COMMANDS[command].params for name in parameter.opts} | {"--help"}
    used = set(re.findall(r"(?<= )--?[a-z][a-z-]*", rest))
    assert used <= known


def test_commands_are_found_in_the_pages() -> None:
    assert {"gate", "baseline", "waive", "explain", "validate", "init"} <= {
        str(parameter.values[0]) for parameter in uses()
    }


def groovy_blocks(page: str) -> list[str]:
    return [code for language, code in FENCE.findall(text_of(ROOT / page)) if language == "groovy"]


def test_jenkins_stage_without_the_library_has_ten_lines_and_keeps_the_exit_code() -> None:
    (code,) = (code for code in groovy_blocks("docs/jenkins.md") if code.startswith("stage('Readiness')"))
    assert len(code.splitlines()) == 10
    assert code.count("{") == code.count("}")
    assert not re.search(r"\|\||returnStatus|catchError|set \+e", code)
    assert "junit=readiness.xml" in code
    assert re.search(r"post \{\s+always \{ junit .*'readiness.xml'", code)


def settings_of_the_step() -> set[str]:
    """The names in the table of defaults of the Jenkins step."""
    source = text_of(ROOT / "vars/readinessGate.groovy")
    table = source[source.index("private Map defaults()") : source.index("private String whatIsWrong")]
    return set(re.findall(r"(?:^|, ) *([a-zA-Z]+): ", table, re.M))


def test_every_setting_of_the_jenkins_step_is_documented() -> None:
    settings = settings_of_the_step()
    assert {"environment", "credentialsId", "program"} <= settings
    rows = re.findall(r"^\| (`[^|]+) \|", text_of(ROOT / "docs/jenkins.md"), re.M)
    assert settings <= {name for row in rows for name in re.findall(r"`([a-zA-Z]+)`", row)}
    titles = re.findall(r"<dt>([^<]+)</dt>", text_of(ROOT / "vars/readinessGate.txt"))
    assert settings == {name for title in titles for name in title.split(", ")}


def test_settings_in_the_pages_are_those_of_the_jenkins_step() -> None:
    calls = re.findall(r"readinessGate\(([^()]+)\)", "".join(groovy_blocks("docs/jenkins.md")))
    used = {name for call in calls for name in re.findall(r"(?:^|[\n,] *)\s*([a-zA-Z]+): ", call)}
    assert {"environment", "failOn", "credentialsId"} <= used <= settings_of_the_step()
