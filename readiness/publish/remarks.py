"""What of an outline can stand at a line, and the words around it that every service shows.

Services bound what they take. So remarks come worst first, a part of them is left out by number and never
without saying how many, and texts are cut by the count of UTF-16 units or bytes that the services count by.
Waived, suppressed and existing findings have no remark: no service can show that somebody accepted them.
"""

import hashlib
from collections.abc import Iterator
from typing import Literal, NamedTuple

from readiness.report.outline import Entry, Gap, Outline, gap_count, remedy
from readiness.wording import listed, plural

MOST = 1_000  # of one report; what people read is far less
_NOWHERE = "readiness.yaml"  # where a service wants a file and a finding has none
Rank = Literal["blocker", "error", "warning", "note"]
_RANKS: tuple[Rank, ...] = ("blocker", "error", "warning", "note")
_OF_SEVERITY: dict[str, Rank] = {"error": "error", "warning": "warning", "note": "note"}


class Remark(NamedTuple):
    """One finding, or one reason why something could not be judged."""

    rank: Rank
    open: bool  # nobody knows whether all is well
    id: str
    summary: str  # one line, never empty
    text: str  # further lines
    file: str  # in the repository that the report is about; may be empty
    line: int  # 0 where none is known
    key: str  # unique in a report, the same in the next run

    @property
    def file_or_checklist(self) -> str:
        return self.file or _NOWHERE


def remarks_of(outline: Outline) -> list[Remark]:
    """All of them, the worst first."""
    told: list[Entry | Gap] = [*outline.blockers, *outline.gaps, *outline.warnings, *outline.notes]
    made = [_of_entry(one) if isinstance(one, Entry) else _of_gap(one) for one in told]
    made.sort(key=lambda one: _RANKS.index(one.rank))
    counts: dict[str, int] = {}
    unique = []
    for one in made:
        counts[one.key] = number = counts.get(one.key, 0) + 1
        key = one.key if number == 1 else f"{one.key} {number}"
        unique.append(one._replace(key=hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]))
    return unique


def _of_entry(entry: Entry) -> Remark:
    where = f" [{listed(entry.environments)}]" if entry.environments else ""
    fix = f"{': '.join(remedy(entry.fix))}" if entry.fix else ""
    here = entry.spot.source == "repository"
    place = f"at {entry.place}" if entry.place and not here else ""
    lines = (" · ".join(entry.operands), fix, place, entry.control and f"control {entry.control}")
    return Remark(
        "blocker" if entry.blocking else _OF_SEVERITY[entry.severity],
        False,
        entry.id,
        f"{entry.message}{where}".strip() or entry.id,
        "\n".join(line for line in lines if line),
        entry.spot.file.removeprefix("./") if here else "",
        (entry.spot.line or 0) if here else 0,
        f"{entry.id} {entry.fingerprint or entry.message}",
    )


def _of_gap(gap: Gap) -> Remark:
    here = gap.spot.source == "repository"
    place = f"at {gap.place}" if gap.place and not here else ""
    fix = f"{': '.join(remedy(gap.fix))}" if gap.fix else ""
    return Remark(
        "blocker" if gap.blocking else _OF_SEVERITY[gap.severity],
        True,
        gap.ids[0] if gap.ids else "evidence.readable",
        f"{gap.why} ({gap_count(gap)})" if gap.ids else gap.why,
        "\n".join(line for line in (fix, ", ".join(gap.ids[1:]), place) if line),
        gap.spot.file.removeprefix("./") if here else "",
        (gap.spot.line or 0) if here else 0,
        f"gap {gap.ids[0] if gap.ids else ''} {gap.fingerprints[0] if gap.fingerprints else gap.why}",
    )


def batches(remarks: list[Remark], size: int) -> Iterator[list[Remark]]:
    """What one request takes, in order."""
    for start in range(0, len(remarks), size):
        yield remarks[start : start + size]


def name_of(outline: Outline) -> str:
    """The name under which a service keeps the report of this service and environment."""
    if outline.failed:
        return "readiness"
    shown = outline.shown
    return "/".join(filter(None, ("readiness", shown["service"]["name"], shown["environment"] or "")))


def identifier(name: str) -> str:
    """`name` as part of an address: at most 60 letters, digits and dashes, different for each name."""
    plain = "".join(
        char if char.isascii() and (char.isalnum() or char == "-") else "-" for char in name.lower()
    )
    if plain == name and len(plain) <= 50:
        return plain
    return f"{plain[:50].strip('-')}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def decision_of(outline: Outline) -> str:
    return "ERROR" if outline.failed else str(outline.shown["decision"])


def passes(outline: Outline) -> bool:
    """Whether a merge may go on: what an advisory verdict says stops nothing."""
    return not outline.failed and (outline.shown["verdict"] == "pass" or outline.advisory)


def title_of(outline: Outline) -> str:
    """The decision and its reason, in one line."""
    advisory = "advisory: " if outline.advisory else ""
    return f"{advisory}{decision_of(outline)}: {outline.shown['reason'] or 'no reason given'}"


def caveats(outline: Outline) -> list[str]:
    """What a reader has to know before believing the verdict."""
    if outline.failed:
        return [line for line in outline.shown["error"]["message"].split("\n") if line.strip()]
    lines = []
    if outline.advisory:
        lines.append("Advisory: this verdict does not stop the pipeline.")
    if not outline.shown["trusted"]:
        lines.append("Not trusted: the rules came from the tree that they judge.")
    if any(source["dirty"] for source in outline.shown["sources"]):
        lines.append("Judged with uncommitted changes.")
    return lines


def counts_of(outline: Outline) -> dict[str, int]:
    """How many there are of what, for the fields of a report; empty without a verdict."""
    if outline.failed:
        return {}
    return {
        "Blocking": len(outline.blockers) + sum(gap.blocking for gap in outline.gaps),
        "Unknown": len(outline.gaps),
        "Warnings": len(outline.warnings),
        "Waived": len(outline.waived),
        "Notes": len(outline.notes),
        "Existing": len(outline.existing),
        "Fixed": len(outline.fixed),
    }


def details_of(outline: Outline, remarks: list[Remark], most: int, limit: int) -> str:
    """The plain text of a report, at most `limit` units long: what is left out of it is counted."""
    head = [title_of(outline), *caveats(outline)]
    tail = []
    if len(remarks) > most:
        left = len(remarks) - most
        tail.append(f"The {most} worst of {len(remarks)} findings are annotated, {left} are not.")
    counts = [f"{number} {name.lower()}" for name, number in counts_of(outline).items() if number]
    if counts:
        tail.append(f"In all: {', '.join(counts)}.")
    room = limit - units("\n".join(tail)) - 1
    lines = [cut("\n".join(head), min(room, limit // 2))]
    room -= units(lines[0])
    for remark in remarks:
        line = f"- {remark.id}: {remark.summary}"
        room -= units(line) + 1
        if room < 0:
            break
        lines.append(line)
    return cut("\n".join((*lines, *tail)), limit)


def units(text: str) -> int:
    """The length of `text` as Java counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "replace")) // 2


def cut(text: str, limit: int) -> str:
    """`text` in at most `limit` UTF-16 units."""
    if units(text) <= limit:
        return text
    head = text[: limit - 1]
    while units(head) > limit - 1:
        head = head[: -(units(head) - limit + 2) // 2]  # a character has two units at most
    return f"{head}…"


def cut_bytes(text: str, limit: int) -> str:
    """`text` in at most `limit` bytes of UTF-8."""
    data = text.encode("utf-8", "replace")
    if len(data) <= limit:
        return data.decode()
    return data[: limit - 3].decode("utf-8", "ignore") + "…"


def cut_markdown(text: str, limit: int) -> str:
    """Markdown in at most `limit` bytes, cut between two lines and never inside of a block of code."""
    if len(text.encode("utf-8", "replace")) <= limit:
        return text
    lines = text.split("\n")
    note = "\n… {} more: the report of the pipeline has them all"
    room = limit - len(note.encode()) - 12
    fence = ""
    kept = size = 0
    for number, line in enumerate(lines):
        size += len(line.encode("utf-8", "replace")) + 1
        if size > room:
            break
        mark = line.strip()
        ticks = mark[: len(mark) - len(mark.lstrip("`"))]
        if fence:
            fence = "" if mark == fence else fence
        elif len(ticks) >= 3:
            fence = ticks
        if not fence:
            kept = number + 1
    return "\n".join(lines[:kept]) + note.format(plural(len(lines) - kept, "line"))
