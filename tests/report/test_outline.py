import json
from typing import Any

import pytest

from readiness.report import junit, markdown, terminal
from readiness.report.formats import render
from readiness.report.markdown import code, escape
from readiness.report.outline import Outline, place
from readiness.report.redaction import bounded, safe, visible
from tests.report.samples import (
    CASES,
    WAIVER,
    finding,
    not_ready,
    operand,
    outcome,
    proof,
    two_environments,
    verdict,
)

VERDICTS = [case for case in CASES if not case.endswith("error")]


def cause(
    id_: str, why: str = "chart x not rendered", fix: str = "helm dependency build x"
) -> dict[str, Any]:
    return {"id": id_, "why": why, "file": None, "line": None, "source": None, "fix": fix, "outcomes": 1}


@pytest.mark.parametrize("case", VERDICTS)
def test_every_format_carries_every_finding(case: str) -> None:
    document = CASES[case]()
    outline = Outline.of(document)
    written = {
        "json": json.dumps(json.loads(render(document, "json")), ensure_ascii=False),
        "junit": junit.render(outline).decode(),
        "markdown": markdown.render(outline).decode(),
        "terminal": terminal.render(outline, verbose=True).decode(),
    }
    escape = {
        "json": lambda text: json.dumps(safe(text), ensure_ascii=False)[1:-1],
        "junit": lambda text: junit.escape(visible(bounded(safe(text), 1000))),
        "markdown": lambda text: markdown.escape(visible(bounded(safe(text), 1000))),
        "terminal": lambda text: visible(bounded(safe(text), 1000)),
    }
    findings = [found for one in document["outcomes"] for found in one["findings"]]
    assert findings or case == "ready"
    for name, text in written.items():
        for found in findings:
            assert escape[name](found["message"]) in text, name


@pytest.mark.parametrize("case", VERDICTS)
def test_every_outcome_is_in_the_outline(case: str) -> None:
    outline = Outline.of(CASES[case]())
    shown = {one.id for one in outline.entries}
    shown |= {one.id for one in outline.holds} | {one.id for one in outline.silent}
    shown |= {item for gap in outline.gaps for item in gap.ids}
    assert shown == {one["id"] for one in CASES[case]()["outcomes"]}


def test_checks_without_evidence_for_one_cause_are_one_line() -> None:
    checks = [outcome(f"a.c{number:02}", "unknown", causes=["c"]) for number in range(31)]
    outline = Outline.of(verdict(checks, causes=[cause("c")]))
    (gap,) = outline.gaps
    assert len(gap.ids) == 31
    lines = terminal.render(outline).decode().splitlines()
    start = lines.index("? chart x not rendered → 31 checks unknown (production)")
    assert lines[start + 2] == "  run: helm dependency build x"


def test_unknown_without_a_cause_is_grouped_by_its_reason() -> None:
    checks = [
        outcome(f"a.{name}", "unknown", reason=why) for name, why in (("x", "w"), ("y", "w"), ("z", "v"))
    ]
    assert [gap.ids for gap in Outline.of(verdict(checks)).gaps] == [("a.x", "a.y"), ("a.z",)]


def test_cause_of_a_check_that_fails_otherwise_does_not_block_by_itself() -> None:
    findings = [finding("x", blocking=True), finding("y", status="unknown")]
    one = outcome("a.b", "fail", blocking=True, causes=["c"], findings=findings)
    (gap,) = Outline.of(verdict([one], causes=[cause("c")])).gaps
    assert (gap.blocking, gap.ids) == (False, ("a.b",))


@pytest.mark.parametrize(
    ("fields", "section"),
    [
        ({}, "gaps"),
        ({"blocking": True, "state": "worse"}, "gaps"),
        ({"waiver": WAIVER}, "waived"),
        ({"waiver": WAIVER, "blocking": True}, "gaps"),
        ({"state": "existing"}, "existing"),
        ({"state": "fixed"}, "fixed"),
    ],
    ids=str,
)
def test_finding_that_could_not_be_judged(fields: dict[str, Any], section: str) -> None:
    one = outcome("a.b", "unknown", findings=[finding("api can't be read", status="unknown", **fields)])
    outline = Outline.of(verdict([one]))
    sections = ("gaps", "waived", "existing", "fixed", "blockers", "warnings", "notes")
    assert [name for name in sections if getattr(outline, name)] == [section]
    text = terminal.render(outline, verbose=True).decode()
    assert text.count("api can't be read") == 1


def test_cause_that_no_outcome_names_is_shown() -> None:
    (gap,) = Outline.of(verdict([outcome("a.b", "pass")], causes=[cause("c", fix="")])).gaps
    assert (gap.why, gap.ids) == ("chart x not rendered", ())


def test_same_finding_in_two_environments_is_one_that_names_them() -> None:
    outline = Outline.of(two_environments())
    assert [(one.id, one.environments) for one in outline.blockers] == [
        ("availability.probes", ("production", "staging")),
        ("availability.replicas", ("production",)),
    ]
    assert [(one.id, one.environments) for one in outline.warnings] == [
        ("availability.replicas", ("staging",))
    ]


def test_merged_finding_keeps_both_places() -> None:
    outcomes = [
        outcome("a.b", "fail", environment=name, findings=[finding("x", f"{name}.yaml:1")])
        for name in ("p", "s")
    ]
    (entry,) = Outline.of(verdict(outcomes)).entries
    assert (entry.place, entry.other_places) == ("p.yaml:1", ("s.yaml:1",))


def test_blockers_come_first_then_severity_then_area() -> None:
    outcomes = [
        outcome("b.note", "fail", findings=[finding("n", severity="note")]),
        outcome("z.block", "fail", blocking=True, findings=[finding("b", blocking=True, severity="warning")]),
        outcome("b.block", "fail", blocking=True, findings=[finding("e", blocking=True)]),
        outcome("a.warn", "fail", findings=[finding("w", severity="warning")]),
        outcome("a.block", "fail", blocking=True, findings=[finding("f", blocking=True)]),
    ]
    order = [one.id for one in Outline.of(verdict(outcomes)).entries]
    assert order == ["a.block", "b.block", "z.block", "a.warn", "b.note"]


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (operand("replicas", 6), "replicas 6"),
        (operand("peak", 420.5, "req/s"), "peak 420.5 req/s"),
        (operand("headroom", 30, "%"), "headroom 30%"),
        (operand("share", 1 / 3), "share 0.333333"),
        (operand("requests", 12_345_678), "requests 12345678"),
        (operand("bytes", 12_345_678.0), "bytes 12345678"),
        (operand("rate", 12_345.678), "rate 12345.7"),
        (operand("odds", 1e-9), "odds 1e-09"),
        (operand("huge", 1e300), "huge 1e+300"),
        (operand("zones", 3, at="capacity.yaml:4"), "zones 3 (capacity.yaml:4)"),
        (operand("replicas", 4, at="deploy/base/api.yaml:12"), "replicas 4"),
    ],
    ids=str,
)
def test_operand_in_words(one: dict[str, Any], text: str) -> None:
    (entry,) = Outline.of(verdict([outcome("a.b", "fail", findings=[finding("x", operands=[one])])])).entries
    assert entry.operands == (text,)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({}, "deploy/base/api.yaml:12"),
        ({"line": None}, "deploy/base/api.yaml"),
        ({"source": "deploy"}, "deploy:deploy/base/api.yaml:12"),
        ({"precision": "chart"}, "deploy/base/api.yaml:12 (in the chart)"),
        ({"file": None}, ""),
    ],
    ids=str,
)
def test_place_in_words(fields: dict[str, Any], place: str) -> None:
    (entry,) = Outline.of(verdict([outcome("a.b", "fail", findings=[finding("x", **fields)])])).entries
    assert entry.place == place


def test_document_of_the_outline_has_no_secret() -> None:
    document = verdict([outcome("a.b", "pass", proofs=[proof("db://u:hunter2@h")])])
    assert "hunter2" not in json.dumps(Outline.of(document).document)


def test_rendering_leaves_the_document_as_it_was() -> None:
    document = not_ready()
    for name in ("json", "junit", "markdown", "terminal"):
        render(document, name)
    assert document == not_ready()


@pytest.mark.parametrize(
    ("fix", "word"),
    [
        ("helm dependency build charts/orders", "run"),
        ("git fetch --unshallow origin; git fetch origin main", "run"),
        ("kubectl kustomize deploy", "run"),
        ("install helm, or pass what the pipeline renders: --manifests ENV=FILE", "fix"),
        ("name it under evidence.routing", "fix"),
        ("add zones: to the plan", "fix"),
    ],
)
def test_only_a_command_is_to_be_run(fix: str, word: str) -> None:
    document = verdict([outcome("a.b", "unknown", causes=["c"])], causes=[{**cause("c"), "fix": fix}])
    outline = Outline.of(document)
    assert f"  {word}: {fix}" in terminal.render(outline).decode().splitlines()
    assert f"; {word}: {code(fix) if word == 'run' else escape(fix)}" in render(document, "markdown").decode()
    assert f"; {word}: {fix}" in render(document, "junit").decode()


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("repository", "a.yaml:3"),
        ("rendered-production", "a.yaml:3"),
        ("repository@base", "was at a.yaml:3"),
        ("stdin", "stdin:3"),
        ("deploy", "deploy:a.yaml:3"),
    ],
)
def test_place_names_a_source_only_where_somebody_called_it_so(source: str, shown: str) -> None:
    assert place({"file": "a.yaml", "line": 3, "source": source}) == shown
