"""GitLab Code Quality: what the widget of a merge request compares with the target branch's report.

An array with one element for each finding and each reason why something could not be judged. Waived,
suppressed and existing ones are left out: the widget has no way to show that somebody accepted them. What
blocks is a `blocker`, so that nobody has to know our severities.

Source:
    GitLab, "Code Quality", "Code Quality report format": fingerprints unique in a file, relative paths
    without `./`, and no byte-order mark.
"""

import hashlib
import json
from typing import Any

from readiness.report.outline import Entry, Gap, Outline, Spot, gap_count, remedy
from readiness.wording import listed

_SEVERITY = {"error": "critical", "warning": "major", "note": "info"}
_NOWHERE = "readiness.yaml"  # GitLab drops an element without a path


def render(outline: Outline) -> bytes:
    """The format `gitlab`."""
    found: list[dict[str, Any]] = []
    if outline.failed:
        shown = outline.shown
        text = f"{shown['reason']}: {shown['error']['message']}"
        found.append(_element(text, "readiness", "blocker", Spot(), f"no verdict {text}"))
    else:
        found += [_of_entry(one) for one in (*outline.blockers, *outline.warnings, *outline.notes)]
        found += [_of_gap(one) for one in outline.gaps]
    told: dict[str, int] = {}
    for one in found:
        count = told[one["fingerprint"]] = told.get(one["fingerprint"], 0) + 1
        if count > 1:  # in several environments with other numbers: two elements of one print show as one
            one["fingerprint"] = hashlib.sha256(f"{one['fingerprint']} {count}".encode()).hexdigest()
    return (json.dumps(found, indent=1, ensure_ascii=False) + "\n").encode()


def _of_entry(entry: Entry) -> dict[str, Any]:
    severity = "blocker" if entry.blocking else _SEVERITY[entry.severity]
    where = f" [{listed(entry.environments)}]" if entry.environments else ""
    text = f"{entry.message}{where}"
    if entry.operands:
        text += f" ({' · '.join(entry.operands)})"
    if entry.fix:
        text += f"; {': '.join(remedy(entry.fix))}"
    return _element(text, entry.id, severity, entry.spot, entry.fingerprint or f"{entry.id} {entry.message}")


def _of_gap(gap: Gap) -> dict[str, Any]:
    severity = "blocker" if gap.blocking else _SEVERITY[gap.severity]
    text = f"{gap.why} ({gap_count(gap)})" if gap.ids else gap.why
    if gap.fix:
        text += f"; {': '.join(remedy(gap.fix))}"
    print_ = gap.fingerprints[0] if gap.fingerprints else f"{gap.place} {gap.why}"
    return _element(text, gap.ids[0] if gap.ids else "evidence.readable", severity, gap.spot, print_)


def _element(text: str, check: str, severity: str, spot: Spot, print_: str) -> dict[str, Any]:
    return {
        "description": text or "no reason given",
        "check_name": check,
        "fingerprint": hashlib.sha256(print_.encode("utf-8", "replace")).hexdigest(),
        "severity": severity,
        "location": {
            "path": (spot.file or _NOWHERE).removeprefix("./"),
            "lines": {"begin": spot.line or 1},
        },
    }
