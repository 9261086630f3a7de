"""The launch review as Markdown, for a ticket or a merge request: the same content as the page."""

from collections.abc import Iterable, Iterator, Sequence

from readiness.report import markdown
from readiness.report.markdown import code, escape
from readiness.report.outline import Entry
from readiness.report.review import (
    Alert,
    Block,
    Cell,
    Drawn,
    Entries,
    Points,
    Proven,
    Review,
    Table,
    Text,
)

EMPTY = "\\_\\_\\_\\_\\_\\_"  # a line to write on


def render(review: Review) -> bytes:
    return ("\n".join(_review(review)) + "\n").encode()


def _review(review: Review) -> Iterator[str]:
    yield f"# {review.decision}: {escape(review.title)}"
    yield from ("", escape(review.reason))
    if review.facts:
        yield from _table(("", ""), [(Cell(name), value) for name, value in review.facts])
    for number, section in enumerate(review.sections, 1):
        yield from ("", f"## {number}. {section.title}")
        for block in section.blocks:
            yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Table):
        yield from ("", f"**{escape(block.caption)}**")
        yield from _table(block.head, block.rows)
    elif isinstance(block, Text):
        yield from ("", escape(block.text))
    elif isinstance(block, Alert):
        yield from ("", f"**{escape(block.text)}**")
    elif isinstance(block, Points):
        yield ""
        yield from (f"- **{word}:** {escape(text)}" for word, text in block.lines)
    elif isinstance(block, Entries):
        yield from ("", f"### {block.title} ({len(block.entries)})", "")
        for number, entry in enumerate(block.entries):
            yield from _entry(entry, with_patch=number < markdown.PATCHES)
    elif isinstance(block, Proven):
        yield from ("", f"### {block.title}", "")
        yield from markdown.proofs(block.held)
    elif isinstance(block, Drawn):
        picture = block.picture
        yield from ("", f"### {picture.title}", "", escape(picture.says))
        yield from _table(picture.columns, [tuple(Cell(text) for text in row) for row in picture.rows])
    else:
        yield from ("", *(f"    {line}" for line in block.lines))


def _entry(entry: Entry, with_patch: bool) -> Iterator[str]:
    word = "blocks" if entry.blocking else entry.severity
    yield f"- **{word}:** {escape(entry.message)}"
    places = [code(where) for where in (entry.place, *entry.other_places) if where]
    about = (code(entry.id), *places, escape(entry.subject), escape(", ".join(entry.environments)))
    state = (entry.state or "", escape(entry.control), code(entry.fingerprint))
    yield f"  - {' · '.join(part for part in (*about, *state) if part)}"
    if entry.operands:
        yield f"  - Numbers: {escape(' · '.join(entry.operands))}"
    if entry.fix:
        yield f"  - Mend: {escape(entry.fix)}"
    if entry.waiver:
        yield f"  - Waiver: {escape(entry.waiver)}"
    elif entry.patch and with_patch:
        yield from ("", *(f"  {line}" for line in markdown.fenced(entry.patch)), "")
    if entry.suppressed_by:
        yield f"  - Suppressed by: {escape(entry.suppressed_by)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    yield from ("", _row(escape(name) for name in head), _row("---" for _ in head))
    yield from (_row(_cell(cell) for cell in row) for row in rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    if cell.kind == "box":
        return EMPTY
    return code(cell.text, cell=True) if cell.kind == "code" else escape(cell.text)
