"""GitHub's workflow commands: annotations at lines, the worst first, as many as a step shows.

GitHub shows ten errors and ten warnings of a step and drops the rest without a word; so the last line says
how many there are. The whole report belongs in the job's summary: `--output markdown=$GITHUB_STEP_SUMMARY`.

Source:
    GitHub, "Workflow commands": `%`, CR and LF are escaped in a message, `:` and `,` in a property as well.
"""

from readiness.report.outline import Entry, Gap, Outline, Spot, gap_count, remedy
from readiness.wording import listed, plural

SHOWN = 10  # of each level, by step
_LEVEL = {"error": "error", "warning": "warning", "note": "notice"}


def render(outline: Outline) -> bytes:
    """The format `github`."""
    shown = outline.shown
    if outline.failed:
        return (_command("error", Spot(), shown["reason"], shown["error"]["message"]) + "\n").encode()
    lines: list[str] = []
    left: dict[str, int] = {}
    counts: dict[str, int] = {}
    told: list[Entry | Gap] = [*outline.blockers, *outline.gaps, *outline.warnings, *outline.notes]
    for one in told:
        level = "error" if one.blocking else _LEVEL[one.severity if one.severity != "error" else "warning"]
        counts[level] = counts.get(level, 0) + 1
        if counts[level] > SHOWN:
            left[level] = left.get(level, 0) + 1
            continue
        title, text = _of_entry(one) if isinstance(one, Entry) else _of_gap(one)
        lines.append(_command(level, one.spot, title, text))
    said = f"{shown['decision']}: {shown['reason']}"
    if left:
        said += f"; {listed([plural(count, level) for level, count in left.items()])} not annotated"
    lines.append(_message(f"readiness {said}"))
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _of_entry(entry: Entry) -> tuple[str, str]:
    where = f" [{listed(entry.environments)}]" if entry.environments else ""
    lines = [f"{entry.message}{where}"]
    if entry.operands:
        lines.append(" · ".join(entry.operands))
    if entry.fix:
        lines.append(": ".join(remedy(entry.fix)))
    return entry.id, "\n".join(lines)


def _of_gap(gap: Gap) -> tuple[str, str]:
    lines = [f"{gap.why} ({gap_count(gap)})" if gap.ids else gap.why]
    if gap.fix:
        lines.append(": ".join(remedy(gap.fix)))
    return gap.ids[0] if gap.ids else "unread", "\n".join(lines)


def _command(level: str, spot: Spot, title: str, text: str) -> str:
    properties = {
        "file": spot.file,
        "line": str(spot.line or ""),
        "col": str(spot.column or ""),
        "title": title,
    }
    listed_ = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{level} {listed_}::{_message(text)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
