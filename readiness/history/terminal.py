"""The trend and the difference on a terminal, and in a pipe as plain columns.

What a database or a saved file says is text of strangers: nothing of it moves a cursor or is a command of
a build server.
"""

from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

from readiness.history.difference import Difference
from readiness.history.trend import NOTHING, WORD, Trend
from readiness.report import terminal
from readiness.report.redaction import bounded, visible
from readiness.wording import plural

WIDEST = 60  # characters of a cell
CHANGES_SHOWN = 20  # of one kind
_STYLE = {"G": "green", "C": "yellow", "U": "magenta", "N": "red"}


class Cell(NamedTuple):
    text: str
    style: str = ""  # rich's words


class Table(NamedTuple):
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    foot: str = ""


def show_trend(trend: Trend, stream: IO[str]) -> None:
    """Writes the trend to `stream`: in colours on a terminal, plain elsewhere."""
    _show(_trend(trend), stream)


def show_difference(difference: Difference, stream: IO[str]) -> None:
    """Writes what changed to `stream`."""
    _show(_difference(difference), stream)


def _trend(trend: Trend) -> Iterator[Table]:
    if not trend.services:
        yield Table(f"No run is recorded from {trend.starts[0]} to {trend.until}", (), ())
        return
    periods = f"{plural(len(trend.starts), 'period')} from {trend.starts[0]} to {trend.until}"
    yield Table(
        f"Services, {periods}",
        ("service", "environment", "runs", "passed", "trend", "last", "blocking", "record"),
        tuple(
            (
                Cell(row.service or "unnamed service"),
                Cell(row.environment or "none"),
                Cell(str(row.runs)),
                Cell(f"{100 * row.passed // row.runs}%"),
                Cell(" ".join(WORD.get(one.last.decision, "?") if one else NOTHING for one in row.cells)),
                Cell(row.last.decision, _STYLE.get(WORD.get(row.last.decision, ""), "")),
                Cell(str(row.last.blocking)),
                Cell(f"{row.last.number} ({row.last.as_of})"),
            )
            for row in trend.services
        ),
        f"the last run of each period: G go, C go with conditions, U unknown, N no-go, {NOTHING} no run",
    )
    yield Table(
        "Checks that failed in the last runs",
        ("check", "trend", "last", "blocking"),
        tuple(
            (
                Cell(row.item),
                Cell(" ".join(str(one.failing) if one else NOTHING for one in row.cells)),
                Cell(f"{row.last.failing} of {row.last.judged}", "red" if row.last.blocking else ""),
                Cell(str(row.last.blocking)),
            )
            for row in trend.items
        ),
        f"how often it fails in the last runs of a period; {plural(trend.held, 'other check')} never failed",
    )
    yield Table(
        "Latest records",
        ("record", "day", "recorded (UTC)", "service", "environment", "commit", "decision", "blocking"),
        tuple(
            (
                Cell(str(run.number)),
                Cell(str(run.as_of)),
                Cell(f"{run.recorded_at:%Y-%m-%d %H:%M}"),
                Cell(run.service or "unnamed service"),
                Cell(run.environment or "none"),
                Cell(run.commit[:12] or "none"),
                Cell(run.decision, _STYLE.get(WORD.get(run.decision, ""), "")),
                Cell(str(run.blocking)),
            )
            for run in trend.latest
        ),
        "readiness diff RECORD RECORD · readiness report record:RECORD",
    )


def _difference(found: Difference) -> Iterator[Table]:
    before, after = found.before, found.after
    yield Table(f"{before.label}: {before.decision} → {after.label}: {after.decision}", (), ())
    for warning in found.warnings:
        yield Table(f"note: {warning}", (), ())
    for name, changes, style in (
        ("New", found.new, "red"),
        ("Worse", found.worse, "red"),
        ("No longer judged", found.gone, "magenta"),
        ("Fixed", found.fixed, "green"),
        ("Existing", found.existing, ""),
    ):
        if not changes:
            continue
        left = len(changes) - CHANGES_SHOWN
        yield Table(
            f"{name} ({len(changes)})",
            ("severity", "check", "environment", "where", "what"),
            tuple(
                (Cell(one.severity, style), Cell(one.item), Cell(one.environment or "all"), Cell(one.place),
                 Cell(f"{one.message} ({one.note})" if one.note else one.message))
                for one in changes[:CHANGES_SHOWN]
            ),
            f"{left} more: --json has all" if left > 0 else "",
        )  # fmt: skip
    if found.outcomes:
        left = len(found.outcomes) - CHANGES_SHOWN
        yield Table(
            f"Outcomes that changed ({len(found.outcomes)})",
            ("check", "environment", "was", "is"),
            tuple(
                (Cell(one.item), Cell(one.environment or "all"), Cell(one.was), Cell(one.now))
                for one in found.outcomes[:CHANGES_SHOWN]
            ),
            f"{left} more: --json has all" if left > 0 else "",
        )
    if found.proofs:
        left = len(found.proofs) - CHANGES_SHOWN
        yield Table(
            f"Proofs that changed ({len(found.proofs)})",
            ("check", "environment", "of", "number", "was", "is"),
            tuple(
                (Cell(one.item), Cell(one.environment or "all"), Cell(one.subject), Cell(one.name),
                 Cell(one.was), Cell(one.now))
                for one in found.proofs[:CHANGES_SHOWN]
            ),
            f"{left} more: --json has all" if left > 0 else "",
        )  # fmt: skip
    if found.same:
        yield Table("Nothing changed", (), ())


def _show(tables: Iterable[Table], stream: IO[str]) -> None:
    if stream.isatty():
        _paint(tables, stream)
        return
    for number, table in enumerate(tables):
        if number:
            stream.write("\n")
        terminal.put("".join(f"{line.rstrip()}\n" for line in _plain(table)), stream)


def _plain(table: Table) -> Iterator[str]:
    yield _inert(table.title)
    if table.head:
        rows = [table.head, *(tuple(_inert(cell.text) for cell in row) for row in table.rows)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(table.head))]
        for row in rows:
            yield "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
    if table.foot:
        yield f"  {table.foot}"


def _paint(tables: Iterable[Table], stream: IO[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    for table in tables:
        console.print(Text(_inert(table.title), style="bold"))
        if table.head:
            painted = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
            for name in table.head:
                painted.add_column(Text(name), overflow="fold", no_wrap=name == "trend")
            for row in table.rows:
                painted.add_row(*(Text(_inert(cell.text), style=cell.style) for cell in row))
            console.print(painted)
        if table.foot:
            console.print(Text(table.foot, style="dim"))


def _inert(text: str) -> str:
    return visible(bounded(text, WIDEST * 4)).replace("::", ": :").replace("##", "# #")
