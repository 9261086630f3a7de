"""The native format of Jenkins' Warnings Next Generation plug-in (`issues`), as a `.json` file.

It has fields that SARIF's reader there leaves out: a category to group by, and a fingerprint that joins
builds for findings that have no file. What is waived, suppressed or existing is left out: the plug-in has no
word for it.

Source:
    jenkinsci/analysis-model, JsonBaseParser.java and JsonParser.java: texts are texts and lines whole
    numbers, or the issue is lost; `description` is shown as HTML.
"""

import html
import json
from typing import Any

from readiness.report.outline import Entry, Gap, Outline, Spot, gap_count, remedy
from readiness.wording import listed

_SEVERITY = {"error": "HIGH", "warning": "NORMAL", "note": "LOW"}


def render(outline: Outline) -> bytes:
    """The format `warnings-ng`."""
    shown = outline.shown
    if outline.failed:
        text = f"{shown['reason']}: {shown['error']['message']}"
        issues = [_issue(text, "gate", "readiness", "ERROR", Spot(), "no verdict", "", "")]
    else:
        service = shown["service"]["name"]
        entries = (*outline.blockers, *outline.warnings, *outline.notes)
        issues = [_of_entry(one, service) for one in entries]
        issues += [_of_gap(one, service) for one in outline.gaps]
    return (json.dumps({"issues": issues}, indent=1, ensure_ascii=False) + "\n").encode()


def _of_entry(entry: Entry, service: str) -> dict[str, Any]:
    severity = "ERROR" if entry.blocking else _SEVERITY[entry.severity]
    where = f" [{listed(entry.environments)}]" if entry.environments else ""
    more = [" · ".join(entry.operands), ": ".join(remedy(entry.fix)) if entry.fix else ""]
    return _issue(
        f"{entry.message}{where}", entry.area, entry.id, severity, entry.spot, entry.fingerprint,
        "<br>".join(html.escape(one) for one in more if one), service,
    )  # fmt: skip


def _of_gap(gap: Gap, service: str) -> dict[str, Any]:
    severity = "ERROR" if gap.blocking else _SEVERITY[gap.severity]
    item = gap.ids[0] if gap.ids else "evidence.readable"
    text = f"{gap.why} ({gap_count(gap)})" if gap.ids else gap.why
    more = html.escape(": ".join(remedy(gap.fix))) if gap.fix else ""
    print_ = gap.fingerprints[0] if gap.fingerprints else f"{gap.place} {gap.why}"
    return _issue(text, item.partition(".")[0], item, severity, gap.spot, print_, more, service)


def _issue(
    text: str, area: str, item: str, severity: str, spot: Spot, print_: str, description: str, service: str
) -> dict[str, Any]:
    issue: dict[str, Any] = {
        "fileName": spot.file or "-", "category": area, "type": item, "severity": severity,
        "message": text or "no reason given", "description": description, "moduleName": service,
        "fingerprint": print_,
    }  # fmt: skip
    if spot.line:
        issue["lineStart"] = spot.line
        issue["lineEnd"] = spot.line
    if spot.line and spot.column:
        issue["columnStart"] = spot.column
    return issue
