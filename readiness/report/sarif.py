"""SARIF 2.1.0, for code scanning of GitHub, Azure DevOps and Jenkins' Warnings plug-in.

One result for each finding, one for each reason why something could not be judged; a rule for each item that
says something. What is waived or suppressed has a suppression, so that readers hide it and auditors see it. A
result without a place points at the checklist: scanners drop results that have none.

Source:
    OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0; GitHub, "SARIF support for code
    scanning" (primaryLocationLineHash joins alerts over runs) and its limits.
"""

import json
from typing import Any
from urllib.parse import quote

from readiness.report.outline import Entry, Gap, Outline, Spot, gap_count, remedy

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS = 25_000  # GitHub refuses a file with more
_BASELINE = {"new": "new", "worse": "updated", "existing": "unchanged", "fixed": "absent"}


def render(outline: Outline) -> bytes:
    """The format `sarif`."""
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(outline)]}
    return (json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _run(outline: Outline) -> dict[str, Any]:
    shown = outline.shown
    tool = shown["tool"]
    driver: dict[str, Any] = {"name": tool["name"], "version": tool["version"], "rules": []}
    run: dict[str, Any] = {"tool": {"driver": driver}, "results": [], "columnKind": "unicodeCodePoints"}
    if outline.failed:
        text = f"{shown['reason']}: {shown['error']['message']}"
        notice = {"level": "error", "message": {"text": text}}
        run["invocations"] = [{"executionSuccessful": False, "toolExecutionNotifications": [notice]}]
        return run
    run["invocations"] = [{"executionSuccessful": True}]
    where = shown["environment"] or "all"
    run["automationDetails"] = {"id": f"readiness/{shown['service']['name'] or 'service'}/{where}/"}
    told: list[Entry | Gap] = [*outline.blockers, *outline.gaps, *outline.entries[len(outline.blockers) :]]
    rules = _Rules(driver["rules"], outline)
    run["results"] = [_result(one, rules) for one in told[:MOST_RESULTS]]
    run["properties"] = {
        "decision": shown["decision"], "reason": shown["reason"], "mode": shown["mode"],
        "tier": shown["tier"],
        "as_of": shown["as_of"], "trusted": shown["trusted"], "left_out": max(0, len(told) - MOST_RESULTS),
    }  # fmt: skip
    sources = {one.spot.source for one in told if one.spot.file} - {"repository"}
    if sources:
        run["originalUriBaseIds"] = {
            _base(name): {"description": {"text": f"the source {name}"}} for name in sorted(sources)
        }
    return run


class _Rules:
    """The rules of a run, each once, in the order in which results name them."""

    def __init__(self, rules: list[dict[str, Any]], outline: Outline) -> None:
        self._rules = rules
        self._index: dict[str, int] = {}
        self._titles = {one["id"]: (one["title"], one["severity"]) for one in outline.shown["outcomes"]}

    def of(self, item: str, area: str) -> int:
        if item not in self._index:
            title, severity = self._titles.get(item, (item, "warning"))
            self._index[item] = len(self._rules)
            self._rules.append(
                {
                    "id": item,
                    "shortDescription": {"text": title or item},
                    "help": {"text": f"readiness explain {item}"},
                    "defaultConfiguration": {"level": severity},
                    "properties": {
                        "tags": [area],
                        "precision": "high",
                        "problem.severity": _problem(severity),
                    },
                }
            )
        return self._index[item]


def _problem(severity: str) -> str:
    return "recommendation" if severity == "note" else severity


def _result(one: Entry | Gap, rules: _Rules) -> dict[str, Any]:
    return _of_entry(one, rules) if isinstance(one, Entry) else _of_gap(one, rules)


def _of_entry(entry: Entry, rules: _Rules) -> dict[str, Any]:
    result = {
        "ruleId": entry.id,
        "ruleIndex": rules.of(entry.id, entry.area),
        "kind": "fail",
        "level": entry.severity,
        "message": {"text": _text(entry.message, entry.operands, entry.fix)},
        "locations": [_location(entry.spot, entry.subject)],
        "properties": {
            "blocking": entry.blocking, "environments": list(entry.environments), "check": entry.check,
            "operands": list(entry.operands), "fix": entry.fix, "place": entry.place,
            "control": entry.control,
            "state": entry.state or "", "subject": entry.subject, "says": entry.message,
        },
    }  # fmt: skip
    if entry.fingerprint:
        result["partialFingerprints"] = _prints(entry.fingerprint)
    if entry.state in _BASELINE:
        result["baselineState"] = _BASELINE[entry.state]
    if entry.waiver:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": entry.waiver}]
    elif entry.suppressed_by:
        result["suppressions"] = [{"kind": "inSource", "justification": entry.suppressed_by}]
    return result


def _of_gap(gap: Gap, rules: _Rules) -> dict[str, Any]:
    """What could not be judged: it is shown as a failure, since `open` results are dropped by scanners."""
    item = gap.ids[0] if gap.ids else "evidence.readable"
    text = f"{gap.why} ({gap_count(gap)})" if gap.ids else gap.why
    result = {
        "ruleId": item,
        "ruleIndex": rules.of(item, item.partition(".")[0]),
        "kind": "fail",
        "level": gap.severity,
        "message": {"text": _text(text, (), gap.fix)},
        "locations": [_location(gap.spot, "")],
        "properties": {
            "status": gap.status, "blocking": gap.blocking, "environments": list(gap.environments),
            "items": list(gap.ids), "fix": gap.fix, "place": gap.place, "says": gap.why,
            "fingerprints": list(gap.fingerprints),
        },
    }  # fmt: skip
    result["partialFingerprints"] = _prints(
        gap.fingerprints[0] if gap.fingerprints else f"{item} {gap.place}"
    )
    return result


def _prints(fingerprint: str) -> dict[str, str]:
    return {"readiness/v1": fingerprint, "primaryLocationLineHash": f"{fingerprint}:1"}


def _text(message: str, operands: tuple[str, ...], fix: str) -> str:
    lines = [message or "no reason given"]
    if operands:
        lines.append(" · ".join(operands))
    if fix:
        lines.append(": ".join(remedy(fix)))
    return "\n".join(lines)


def _location(spot: Spot, subject: str) -> dict[str, Any]:
    artifact = {"uri": quote(spot.file or "readiness.yaml")}
    if spot.file and spot.source not in ("repository", "stdin") and not spot.source.startswith("rendered-"):
        artifact["uriBaseId"] = _base(spot.source)
    region = {"startLine": spot.line or 1}
    if spot.line and spot.column:
        region["startColumn"] = spot.column
    found: dict[str, Any] = {"physicalLocation": {"artifactLocation": artifact, "region": region}}
    if subject:
        found["logicalLocations"] = [{"fullyQualifiedName": subject, "kind": "resource"}]
    return found


def _base(source: str) -> str:
    return source.upper()
