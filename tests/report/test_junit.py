"""The JUnit format against what Jenkins' reader and schema ask for."""

from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from readiness.report.formats import render
from tests.report.samples import CASES, WAIVER, finding, not_ready, object_, outcome, verdict

# From the JUnit schema that Jenkins publishes: element → (attributes, required ones, children).
RULES: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": ({"name", "time", "tests", "failures", "disabled", "errors"}, set(), {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id",
         "package"},
        {"name", "tests", "failures", "errors"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, {"name", "value"}, set()),
    "testcase": (
        {"name", "assertions", "time", "classname", "status"},
        {"name", "classname"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "skipped": ({"type", "message"}, set(), set()),
    "error": ({"type", "message"}, set(), set()),
    "failure": ({"type", "message"}, set(), set()),
    "system-out": (set(), set(), set()),
}  # fmt: skip


def parsed(document: dict[str, Any]) -> Element:
    return ElementTree.fromstring(render(document, "junit"))


def results(document: dict[str, Any]) -> dict[str, str]:
    """The result of each case by its name; "pass" without an element that says otherwise."""
    found = {}
    for case in parsed(document).iter("testcase"):
        kinds = [child.tag for child in case if child.tag != "system-out"]
        found[case.attrib["name"]] = kinds[0] if kinds else "pass"
    return found


@pytest.mark.parametrize("case", CASES)
def test_structure_is_that_of_the_schema(case: str) -> None:
    root = parsed(CASES[case]())
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, required, children = RULES[element.tag]
        assert set(element.attrib) <= attributes
        assert required <= set(element.attrib)
        if element.tag == "testsuite" and case.endswith("error"):
            children = children | {"error"}  # Jenkins reads it as a case `<init>`
        assert {child.tag for child in element} <= children


@pytest.mark.parametrize("case", CASES)
def test_counts_are_right_and_names_unique(case: str) -> None:
    (suite,) = parsed(CASES[case]())
    cases = suite.findall("testcase")
    assert int(suite.attrib["tests"]) == len(cases) > 0
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.attrib[attribute]) == sum(one.find(tag) is not None for one in cases)
    names = [(one.attrib["classname"], one.attrib["name"]) for one in cases]
    assert len(set(names)) == len(names)
    assert all(class_.startswith("readiness.") for class_, _ in names)


def test_each_kind_of_result() -> None:
    assert results(not_ready()) == {
        "alert.routed [production]": "error",
        "alert.severity-label [production]": "pass",
        "availability.pdb-allows-drain [production]: Deployment orders/legacy-batch": "skipped",
        "availability.pdb-allows-drain [production]: Deployment orders/vendor-agent (agent)": "skipped",
        "availability.pdb-allows-drain [production]: StatefulSet orders/orders-db": "failure",
        "capacity.plan-present-and-fresh": "failure",
        "capacity.plan-survives-zone-loss [production]: Deployment orders/orders-api": "failure",
        "data.migrations [production]": "skipped",
        "monitoring.workload-scraped [production]": "pass",
        "owner.consistent": "pass",
        "owner.consistent: Deployment orders/orders-api": "pass",
        "rollback.history-limit [production]: Deployment orders/orders-api": "pass",
        "runbook.resolves": "pass",
        "runbook.sections: Runbook orders-down (OrdersDown)": "pass",
    }


@pytest.mark.parametrize(
    ("one", "result"),
    [
        (outcome("a.b", "error", blocking=True, reason="crash"), "error"),
        (outcome("a.b", "unknown", blocking=True, state="vanished", reason="gone"), "failure"),
        (outcome("a.b", "not-applicable", blocking=True, state="vanished", reason="gone"), "failure"),
        (outcome("a.b", "fail", blocking=False, reason="no subject"), "pass"),
        (outcome("a.b", "pass"), "pass"),
    ],
    ids=["error", "vanished", "disappeared", "does-not-block", "holds"],
)
def test_outcome_without_findings(one: dict[str, Any], result: str) -> None:
    assert results(verdict([one])) == {"a.b [production]": result}


def test_subjects_that_cannot_be_judged_are_one_case() -> None:
    open_ = [finding(f"{name} can't be read", status="unknown", blocking=name == "b") for name in "abc"]
    one = outcome("a.b", "unknown", blocking=True, findings=open_)
    assert results(verdict([one])) == {"a.b [production]": "error"}
    (error,) = parsed(verdict([one])).iter("error")
    assert error.attrib["message"] == "unknown: b can't be read"
    assert all(f"{name} can't be read" in (error.text or "") for name in "abc")


def test_finding_that_blocks_in_spite_of_its_waiver_fails() -> None:
    worse = finding("x", blocking=True, waiver=WAIVER, state="worse")
    assert list(results(verdict([outcome("a.b", "fail", blocking=True, findings=[worse])])).values()) == [
        "failure"
    ]


def test_advisory_mode_leaves_the_build_as_it_is() -> None:
    assert set(results({**not_ready(), "mode": "advisory"}).values()) == {"pass", "skipped"}


def test_fail_without_any_outcome_is_a_failing_case() -> None:
    nothing = verdict([], verdict="fail", reason="nothing was judged: looked in deploy/")
    (case,) = parsed(nothing).iter("testcase")
    failure = case.find("failure")
    assert failure is not None
    assert failure.attrib["message"] == "nothing was judged: looked in deploy/"
    assert results(verdict([])) == {"verdict": "pass"}


@pytest.mark.parametrize("case", ["usage-error", "internal-error"])
def test_run_without_a_verdict_is_an_error_of_suite_and_case(case: str) -> None:
    (suite,) = parsed(CASES[case]())
    own = suite.find("error")
    assert own is not None
    assert own.text == CASES[case]()["error"]["message"]
    assert [one.find("error") is not None for one in suite.findall("testcase")] == [True]


def test_two_findings_of_one_subject_are_told_apart_by_fingerprint() -> None:
    two = [finding("x", fingerprint="r1:aaaaaaaaaaaa"), finding("y", fingerprint="r1:bbbbbbbbbbbb")]
    names = list(results(verdict([outcome("a.b", "fail", findings=two)])))
    stem = "a.b [production]: Deployment orders/orders-api"
    assert names == [f"{stem} #aaaaaaaa", f"{stem} #bbbbbbbb"]


def test_names_hold_no_line_or_number() -> None:
    here = finding("api keeps 1", "a.yaml:1", object=object_("Deployment", "api"))
    there = finding("api keeps 2", "b.yaml:9", object=object_("Deployment", "api"))
    first, second = (results(verdict([outcome("a.b", "fail", findings=[one])])) for one in (here, there))
    assert list(first) == list(second)
