"""JUnit XML, as Jenkins, GitLab and Bitbucket read it.

One case for each finding, and one for each outcome without findings. A blocking finding is a failure;
a blocking unknown or error is an error; warnings and notes pass with their text; waived, existing and
not-applicable ones are skipped. In advisory mode what would fail is skipped, so that the build stays
as it is. `(classname, name)` is unique and has no line or number in it: Jenkins' history joins on it.

Source:
    jenkinsci/junit-plugin: CaseResult.java, SuiteResult.java. A suite without a case is dropped there,
    and a report without a case fails the build; an `error` directly under the suite is a case `<init>`.
"""

import re
from typing import Any, NamedTuple

from readiness.report.outline import (
    Entry,
    Outline,
    area_of,
    entries_of,
    gaps_of,
    operands_of,
    place,
    remedy,
)

# XML 1.0 has no way to write these, escaped or not.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Case(NamedTuple):
    area: str
    name: str
    result: str  # failure, error, skipped; empty when it passes
    message: str
    text: str
    key: str  # tells two cases of one name apart


def render(outline: Outline) -> bytes:
    """The format `junit`."""
    body = _failed(outline) if outline.failed else _suite(outline)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()


def escape(text: str) -> str:
    """`text` for an element or a quoted attribute."""
    text = _ILLEGAL.sub("", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("\r", "&#13;")


def _attribute(text: str) -> str:
    return escape(text).replace("\n", "&#10;").replace("\t", "&#9;")


def _failed(outline: Outline) -> str:
    error = outline.shown["error"]
    first = Case("gate", "verdict", "error", outline.shown["reason"], error["message"], "")
    # Jenkins shows the suite's own error; readers that know only cases must not see an empty, green suite.
    own = f'    <error message="{_attribute(first.message)}" type="{error["kind"]}">'
    own += f"{escape(first.text)}</error>\n"
    return _suites([first], own, "")


def _suite(outline: Outline) -> str:
    shown = outline.shown
    causes = {cause["id"]: cause for cause in shown["causes"]}
    cases = [case for outcome in shown["outcomes"] for case in _cases(outcome, causes, outline.advisory)]
    closed = shown["verdict"] == "fail" and not outline.advisory
    if not cases or (closed and not any(case.result in ("failure", "error") for case in cases)):
        cases.append(
            Case("gate", "verdict", "failure" if closed else "", shown["reason"], shown["reason"], "")
        )
    facts = {
        "decision": shown["decision"],
        "mode": shown["mode"],
        "service": shown["service"]["name"],
        "tier": str(shown["tier"]),
        "as-of": shown["as_of"],
    }
    own = "    <properties>\n"
    for name, value in facts.items():
        own += f'      <property name="readiness.{name}" value="{_attribute(value)}"/>\n'
    said = [f"{shown['decision']}: {outline.subject}", shown["reason"]]
    said += [f"not counted: {one['file']}: {one['text']}" for one in shown["ignored"]]
    said += shown["notices"]
    return _suites(_unique(cases), own + "    </properties>\n", "\n".join(said))


def _suites(cases: list[Case], own: str, said: str) -> str:
    counted = {kind: sum(case.result == kind for case in cases) for kind in ("failure", "error", "skipped")}
    counts = f'tests="{len(cases)}" failures="{counted["failure"]}" errors="{counted["error"]}"'
    parts = [
        f'<testsuites name="readiness" {counts}>\n',
        f'  <testsuite name="readiness" {counts} skipped="{counted["skipped"]}">\n',
        own,
        *(_element(case) for case in cases),
        f"    <system-out>{escape(said)}</system-out>\n" if said else "",
        "  </testsuite>\n</testsuites>\n",
    ]
    return "".join(parts)


def _element(case: Case) -> str:
    head = f'    <testcase classname="readiness.{_attribute(case.area)}" name="{_attribute(case.name)}"'
    text = escape(case.text)
    if case.result == "skipped":
        body = f'<skipped message="{_attribute(case.message)}"/>'
        body += f"\n      <system-out>{text}</system-out>" if text else ""
    elif case.result:
        body = f'<{case.result} message="{_attribute(case.message)}" type="readiness">{text}</{case.result}>'
    elif text:
        body = f"<system-out>{text}</system-out>"
    else:
        return f"{head}/>\n"
    return f"{head}>\n      {body}\n    </testcase>\n"


def _cases(outcome: dict[str, Any], causes: dict[str, dict[str, Any]], advisory: bool) -> list[Case]:
    area = re.sub(r"[^A-Za-z0-9_-]+", "_", area_of(outcome["id"], outcome["check"]))
    name = f"{outcome['id']} [{outcome['environment']}]" if outcome["environment"] else outcome["id"]
    entries = entries_of(outcome)
    cases = [_of_entry(entry, area, name, advisory) for entry in entries]
    gaps = gaps_of(outcome)
    if gaps:
        missing = [_cause(causes[cause]) for cause in outcome["causes"] if cause in causes]
        cases.append(_of_gaps(gaps, missing, outcome["title"], area, name, advisory))
    elif all(entry.state == "fixed" for entry in entries):
        cases.append(_of_outcome(outcome, area, name))
    return cases


def _of_entry(entry: Entry, area: str, name: str, advisory: bool) -> Case:
    name = f"{name}: {entry.subject}" if entry.subject else name
    text = "\n".join(
        line
        for line in (
            entry.message,
            " · ".join(entry.operands),
            f"fix: {entry.fix}" if entry.fix else "",
            entry.patch.rstrip("\n"),
            entry.place if entry.place.startswith("was at ") else f"at: {entry.place}" if entry.place else "",
            f"severity: {entry.severity}" + (f", {entry.state}" if entry.state else ""),
            f"control: {entry.control}" if entry.control else "",
            f"fingerprint: {entry.fingerprint}" if entry.fingerprint else "",
            f"waiver {entry.waiver}" if entry.waiver else "",
            f"suppressed by {entry.suppressed_by}" if entry.suppressed_by else "",
        )
        if line
    )
    if entry.blocking:
        result = (
            ("skipped", f"advisory, would fail: {entry.message}") if advisory else ("failure", entry.message)
        )
    elif entry.state == "fixed":
        result = ("", "")
    elif entry.waiver:
        result = ("skipped", f"waived: {entry.waiver}")
    elif entry.suppressed_by:
        result = ("skipped", f"suppressed by {entry.suppressed_by}")
    elif entry.state == "existing":
        result = ("skipped", f"existing: {entry.message}")
    else:
        result = ("", "")
    return Case(area, name, *result, text, entry.fingerprint)


def _cause(cause: dict[str, Any]) -> str:
    where = place(cause)
    run = f"; {': '.join(remedy(cause['fix']))}" if cause["fix"] else ""
    return f"{where}: {cause['why']}{run}" if where else f"{cause['why']}{run}"


def _of_gaps(
    gaps: list[dict[str, Any]], missing: list[str], title: str, area: str, name: str, advisory: bool
) -> Case:
    """One case, however many subjects an outcome can't judge: its name is that of the passing case."""
    first = next((gap for gap in gaps if gap["blocking"]), gaps[0])
    message = f"{first['status']}: {first['message'] or (missing[0] if missing else title)}"
    result = ("skipped" if advisory else "error") if first["blocking"] else ""
    said = [f"{gap['status']}: {gap['message']}" for gap in gaps if gap["message"]]
    text = [message, *said, *(f"cause: {cause}" for cause in missing)]
    text += [f"fingerprint: {gap['fingerprint']}" for gap in gaps if gap["fingerprint"]]
    return Case(area, name, result, message, "\n".join(dict.fromkeys(text)), "")


def _of_outcome(outcome: dict[str, Any], area: str, name: str) -> Case:
    if outcome["status"] == "not-applicable":
        return Case(area, name, "skipped", f"not applicable: {outcome['reason']}".rstrip(": "), "", "")
    said = []
    for proof in outcome["proofs"]:
        operands = " · ".join(operands_of(proof["operands"]))
        said.append(f"{proof['message']} ({operands})" if operands else proof["message"])
    if outcome["proofs_left_out"]:
        said.append(f"… {outcome['proofs_left_out']} more")
    return Case(area, name, "", "", "\n".join(said) or outcome["title"], "")


def _unique(cases: list[Case]) -> list[Case]:
    """Sorted; cases of one name are told apart by their fingerprint, else by number."""
    count: dict[tuple[str, str], int] = {}
    for case in cases:
        count[case.area, case.name] = count.get((case.area, case.name), 0) + 1
    taken: set[tuple[str, str]] = set()
    found = []
    for case in sorted(cases):
        name = case.name
        if count[case.area, name] > 1 and case.key:
            name = f"{name} #{case.key[-8:]}"
        number, stem = 2, name
        while (case.area, name) in taken:
            name, number = f"{stem} #{number}", number + 1
        taken.add((case.area, name))
        found.append(case._replace(name=name))
    return found
