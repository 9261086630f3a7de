"""Formats that other programs read: valid by their published schema, and with the same content as the JSON."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from readiness.report.formats import render
from readiness.report.outline import Outline
from tests.report.samples import CASES, finding, outcome, verdict

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
EACH = pytest.mark.parametrize("case", CASES)
CODE_QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "minLength": 1, "not": {"pattern": r"^\./"}},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
NATIVE = {
    "type": "object",
    "required": ["issues"],
    "properties": {
        "issues": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["fileName", "message", "severity", "fingerprint"],
                "properties": {
                    **{name: {"type": "string"} for name in (
                        "fileName", "category", "type", "message", "description", "moduleName", "fingerprint")},
                    **{name: {"type": "integer", "minimum": 1} for name in ("lineStart", "lineEnd", "columnStart")},
                    "severity": {"enum": ["ERROR", "HIGH", "NORMAL", "LOW"]},
                },
            },
        }
    },
}  # fmt: skip


def parsed(case: str, name: str) -> Any:
    return json.loads(render(CASES[case](), name))


@EACH
def test_sarif_is_valid_by_the_schema_of_oasis(case: str) -> None:
    wrong = [error.message[:200] for error in Draft4Validator(SCHEMA).iter_errors(parsed(case, "sarif"))]
    assert wrong == []


@EACH
def test_code_quality_has_the_form_that_gitlab_reads_and_fingerprints_of_its_own(case: str) -> None:
    found = parsed(case, "gitlab")
    assert list(Draft4Validator(CODE_QUALITY).iter_errors(found)) == []
    assert len({one["fingerprint"] for one in found}) == len(found)


@EACH
def test_issues_have_the_form_that_jenkins_reads(case: str) -> None:
    assert list(Draft4Validator(NATIVE).iter_errors(parsed(case, "warnings-ng"))) == []


@EACH
def test_workflow_commands_are_one_line_each_and_no_more_than_are_shown(case: str) -> None:
    lines = render(CASES[case](), "github").decode().split("\n")[:-1]
    commands = [line for line in lines if line.startswith("::")]
    assert all(re.match(r"::(error|warning|notice) [^\r\n]*::.", line) for line in commands)
    for level in ("error", "warning", "notice"):
        assert sum(line.startswith(f"::{level} ") for line in commands) <= 10
    assert len(lines) - len(commands) <= 1


@EACH
def test_all_formats_say_each_finding_of_the_json(case: str) -> None:
    """Whatever is open: what somebody accepted is in SARIF, as suppressed, and in none of the others."""
    outline = Outline.of(CASES[case]())
    if outline.failed:
        return
    sarif = {one["properties"]["says"]: one for one in parsed(case, "sarif")["runs"][0]["results"]}
    quality = [one["description"] for one in parsed(case, "gitlab")]
    native = [one["message"] for one in parsed(case, "warnings-ng")["issues"]]
    for entry in outline.entries:
        assert sarif[entry.message]["level"] == entry.severity
        assert bool(sarif[entry.message].get("suppressions")) is bool(entry.waiver or entry.suppressed_by)
    for entry in (*outline.blockers, *outline.warnings, *outline.notes):
        assert any(one.startswith(entry.message) for one in quality)
        assert any(one.startswith(entry.message) for one in native)
    for gap in outline.gaps:
        assert gap.why in sarif
        assert any(one.startswith(gap.why) for one in quality)
        assert any(one.startswith(gap.why) for one in native)
    accepted = (*outline.waived, *outline.suppressed, *outline.existing, *outline.fixed)
    assert len(quality) == len(native)
    assert len(quality) == len(outline.entries) - len(accepted) + len(outline.gaps)


def test_fingerprints_of_sarif_are_those_of_the_finding_whatever_its_line() -> None:
    def prints(line: int) -> list[dict[str, str]]:
        found = verdict(
            [outcome("a.b", "fail", findings=[finding("x", f"a.yaml:{line}", fingerprint="r1:1")])]
        )
        return [
            one["partialFingerprints"] for one in json.loads(render(found, "sarif"))["runs"][0]["results"]
        ]

    assert prints(3) == prints(400) == [{"readiness/v1": "r1:1", "primaryLocationLineHash": "r1:1:1"}]


def test_a_place_in_another_source_is_below_that_source() -> None:
    found = verdict([outcome("a.b", "fail", findings=[finding("x", "pages/a b.md:3", source="runbooks")])])
    run = json.loads(render(found, "sarif"))["runs"][0]
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "pages/a%20b.md", "uriBaseId": "RUNBOOKS"}
    assert run["originalUriBaseIds"] == {"RUNBOOKS": {"description": {"text": "the source runbooks"}}}


def test_more_than_a_step_shows_is_counted() -> None:
    many = [
        finding(f"x {number}", "a.yaml:3", fingerprint=f"r1:{number}", blocking=True) for number in range(25)
    ]
    text = render(verdict([outcome("a.b", "fail", blocking=True, findings=many)]), "github").decode()
    assert text.count("::error ") == 10
    assert "15 errors not annotated" in text


@pytest.mark.parametrize(
    ("text", "written"),
    [("50% of a:b,c", "50%25 of a:b,c"), ("two\nlines", "two lines"), ("::error::x", "::error::x")],
)
def test_commands_can_not_be_injected(text: str, written: str) -> None:
    found = verdict([outcome("a.b", "fail", findings=[finding(text, file="a:b,c.yaml")])])
    (line, *_) = render(found, "github").decode().splitlines()
    assert line.startswith("::")
    assert "file=a%3Ab%2Cc.yaml" in line
    assert f"::{written}" in line
