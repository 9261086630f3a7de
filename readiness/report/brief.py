"""The report in a line for each thing that blocks: for logs, commit hooks and people in a hurry.

The decision first, then what blocks, worst first; where nothing blocks, the decision alone.
"""

from readiness.report.outline import Outline, gap_count
from readiness.report.terminal import inert
from readiness.wording import listed


def render(outline: Outline) -> bytes:
    """The format `brief`."""
    shown = outline.shown
    if outline.failed:
        first, *rest = shown["error"]["message"].split("\n")
        lines = [f"ERROR  {first}", *rest]
    else:
        reason = f": {shown['reason']}" if shown["reason"] else ""
        lines = [f"{shown['decision']}  {outline.subject}{reason}"]
        for entry in outline.blockers:
            where = f" {entry.place}" if entry.place else ""
            environments = f" [{listed(entry.environments)}]" if entry.environments else ""
            lines.append(f"✗ {entry.id}{where}{environments}: {entry.message}")
        for gap in outline.gaps:
            if gap.blocking:
                place = f" {gap.place}:" if gap.place else ""
                lines.append(f"?{place} {gap.why} ({gap_count(gap)})")
    return ("\n".join(map(inert, lines)) + "\n").encode("utf-8", "replace")
