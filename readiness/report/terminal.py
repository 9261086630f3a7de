"""The report on a terminal, and in a pipe as plain text.

`lines` lays it out once. `render` paints it plainly, one line a fact and unwrapped, so that it can be
searched; `show` uses rich where the stream is a terminal. Rich is imported only there: in a pipeline
it would cost more than the gate itself.
"""

import re
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from readiness.report.outline import (
    Entry,
    Held,
    Outline,
    age_of,
    asked_of,
    gap_count,
    place,
    plural,
    requests_of,
)

WARNINGS_SHOWN = 10  # the rest is counted: one screen for a normal service
IDS_SHOWN = 6
GONE, GONE_SHOWN = "evidence-disappeared:", 3
PROOFS_SHOWN = 10  # of one check
ASCII = str.maketrans({"✗": "x", "✓": "+", "·": "-", "→": "->", "…": "..."})


class Line(NamedTuple):
    indent: int
    text: str
    style: str = ""  # rich's words


def render(outline: Outline, verbose: bool = False) -> bytes:
    """The format `terminal`: plain text in UTF-8."""
    text = "".join(f"{' ' * line.indent}{line.text}".rstrip() + "\n" for line in lines(outline, verbose))
    return text.encode()


def show(outline: Outline, stream: IO[str], verbose: bool = False) -> None:
    """Write the report to `stream`: coloured and wrapped on a terminal, plain elsewhere."""
    if stream.isatty():
        _paint(list(lines(outline, verbose)), stream)
    else:
        stream.write(_encodable(render(outline, verbose).decode(), stream))


def _paint(found: list[Line], stream: IO[str]) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    for line in found:
        text = Text(_encodable(line.text, stream), style=line.style, overflow="fold")
        # A narrow terminal leaves no room for the indent of the deepest lines.
        indent = min(line.indent, max(console.width // 8, 0))
        console.print(Padding(text, (0, 0, 0, indent)) if indent else text)


def _encodable(text: str, stream: IO[str]) -> str:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(ASCII).encode(encoding, "backslashreplace").decode(encoding)
    return text


def lines(outline: Outline, verbose: bool = False) -> Iterator[Line]:
    """The report, line by line: what matters first."""
    for line in _lines(outline, verbose):
        yield line._replace(text=_inert(line.text))


def _inert(text: str) -> str:
    """`text` that no build server takes for a command (`::add-mask::`, `##vso[…]`, `##teamcity[…]`)."""
    if text.lstrip().startswith("::"):
        text = text.replace("::", ": :", 1)
    return re.sub(r"##(?=\w*\[)", "# #", text) if "##" in text else text


def _lines(outline: Outline, verbose: bool) -> Iterator[Line]:
    if outline.failed:
        yield from _failure(outline)
        return
    yield from _head(outline)
    yield from _blockers(outline)
    yield from _gaps(outline, verbose)
    yield from _warnings(outline, verbose)
    yield from _accepted(outline, verbose)
    yield from _suppressed(outline, verbose)
    yield from _ignored(outline.shown)
    yield from _holds(outline, verbose)
    for notice in outline.shown["notices"]:
        yield Line(0, f"hint: {notice}", "cyan")


def _failure(outline: Outline) -> Iterator[Line]:
    kind = {"usage": "invalid input", "internal": "no verdict"}[outline.shown["error"]["kind"]]
    yield Line(0, f"ERROR  {kind}", "bold red")
    for line in outline.shown["error"]["message"].split("\n"):
        yield Line(2, line)


def _head(outline: Outline) -> Iterator[Line]:
    shown = outline.shown
    # In advisory mode the verdict is a pass whatever the evidence says; the decision is what was found.
    style = "bold green" if shown["decision"].startswith("GO") else "bold red"
    advisory = "  (advisory: the pipeline goes on)" if outline.advisory else ""
    yield Line(0, f"{shown['decision']}  {outline.subject}{advisory}", style)
    if shown["reason"]:
        yield Line(0, shown["reason"])
    if len(shown["environments"]) > 1:
        for one in shown["environments"]:
            yield Line(2, f"{one['name']}: {one['decision']}: {one['reason']}")
    if not shown["trusted"]:
        yield Line(0, "not trusted: rules came from the tree that they judge (--policy or --base)", "dim")


def _title(text: str, number: int) -> Iterator[Line]:
    yield Line(0, "")
    yield Line(0, f"{text} ({number})", "bold")


def _where(entry: Entry) -> str:
    text = f"{entry.id}  {entry.place}" if entry.place else entry.id
    for other in entry.other_places:
        text += f", {other}"
    return f"{text}  [{', '.join(entry.environments)}]" if entry.environments else text


def _blockers(outline: Outline) -> Iterator[Line]:
    if not outline.blockers:
        return
    yield from _title("BLOCKS", len(outline.blockers))
    gone: dict[str, list[Entry]] = {}
    for entry in outline.blockers:
        if entry.message.startswith(GONE):
            gone.setdefault(entry.id, []).append(entry)
    for entry in outline.blockers:
        lost = gone.get(entry.id, [])
        if len(lost) > GONE_SHOWN and entry in lost:
            # one file that is deleted takes many subjects with it: they are one line for each item
            if entry is lost[0]:
                subjects = ", ".join(one.subject for one in lost[:GONE_SHOWN])
                yield Line(0, f"✗ {entry.id}", "red")
                yield Line(
                    2, f"{GONE} {subjects} and {len(lost) - GONE_SHOWN} more, judged at the base, are gone"
                )
            continue
        state = f"  {entry.state}" if entry.state else ""
        control = f"  {entry.control}" if entry.control else ""
        yield Line(0, f"✗ {_where(entry)}{state}{control}", "red")
        yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[Line]:
    yield Line(2, entry.message)
    if entry.operands:
        yield Line(4, " · ".join(entry.operands), "dim")
    if entry.fix:
        yield Line(2, f"fix: {entry.fix}", "green")


def _gaps(outline: Outline, verbose: bool) -> Iterator[Line]:
    if not outline.gaps:
        return
    yield from _title("UNKNOWN", len(outline.gaps))
    for gap in outline.gaps:
        where = f"{gap.place}: " if gap.place else ""
        does = f" → {gap_count(gap)}" if gap.ids else ""
        run = f"; run: {gap.fix}" if gap.fix else ""
        yield Line(
            0,
            f"{'✗' if gap.blocking else '?'} {where}{gap.why}{does}{run}",
            "red" if gap.blocking else "yellow",
        )
        shown = gap.ids if verbose else gap.ids[:IDS_SHOWN]
        if shown:
            more = f", {len(gap.ids) - len(shown)} more" if len(shown) < len(gap.ids) else ""
            yield Line(4, ", ".join(shown) + more, "dim")


def _warnings(outline: Outline, verbose: bool) -> Iterator[Line]:
    if outline.warnings:
        yield from _title("WARNINGS", len(outline.warnings))
        shown = outline.warnings if verbose else outline.warnings[:WARNINGS_SHOWN]
        for entry in shown:
            yield Line(0, f"! {_where(entry)}", "yellow")
            if verbose:
                yield from _entry(entry)
            else:
                yield Line(2, entry.message)
        if len(shown) < len(outline.warnings):
            yield Line(0, f"… {len(outline.warnings) - len(shown)} more (--verbose)", "dim")
    if outline.notes:
        yield from _title("NOTES", len(outline.notes))
        if verbose:
            for entry in outline.notes:
                yield Line(0, f"· {_where(entry)}")
                yield from _entry(entry)
        else:
            yield Line(2, f"{_areas(outline.notes)} (--verbose)", "dim")


def _areas(entries: tuple[Entry, ...]) -> str:
    count: dict[str, int] = {}
    for entry in entries:
        count[entry.area] = count.get(entry.area, 0) + 1
    return ", ".join(f"{area} {number}" for area, number in sorted(count.items()))


def _accepted(outline: Outline, verbose: bool) -> Iterator[Line]:
    for title, entries in (
        ("WAIVED", outline.waived),
        ("EXISTING", outline.existing),
        ("FIXED", outline.fixed),
    ):
        if not entries:
            continue
        yield from _title(title, len(entries))
        if not verbose and title != "WAIVED":
            yield Line(2, f"{_areas(entries)} (--verbose)", "dim")
            continue
        for entry in entries:
            yield Line(0, f"· {_where(entry)}")
            yield Line(2, entry.message)
            if entry.waiver:
                yield Line(2, f"waiver {entry.waiver}", "dim")


def _suppressed(outline: Outline, verbose: bool) -> Iterator[Line]:
    requests = requests_of(outline.shown)
    if not requests:
        return
    counting = {(one["file"], one["line"], one["annotation"]) for one in requests if one["hidden"]}
    aged = [one for one in requests if one["hidden"] and one["age_days"] is not None]
    eldest = max(aged, key=lambda one: (one["age_days"], one["age_at_least"]), default=None)
    oldest = f" (oldest {age_of(eldest).removesuffix(' old')})" if eldest else ""
    left = sum(not one["counts"] for one in requests)
    unheeded = f"; {plural(left, 'request does', 'requests do')} not count" if left else ""
    number = outline.shown["summary"]["suppressed"]
    yield Line(0, "")
    yield Line(
        0,
        f"SUPPRESSED {plural(number, 'finding')} by {plural(len(counting), 'annotation')}{oldest}{unheeded}"
        + ("" if verbose else "; --verbose lists them"),
        "bold",
    )
    for one in requests if verbose else ():
        reason = f": {one['reason']}" if one["reason"] else ""
        yield Line(0, f"· {asked_of(one)}  {place(one)}{reason}")
        does = f"hides {plural(one['hidden'], 'finding')}, " if one["counts"] else "does not count, "
        yield Line(2, f"{does}{age_of(one)}" + (f": {one['why']}" if one["why"] else ""), "dim")
    for entry in outline.suppressed if verbose else ():
        yield Line(0, f"· {_where(entry)}")
        yield Line(2, entry.message)
        yield Line(2, f"hidden by {entry.suppressed_by}", "dim")


def _ignored(shown: dict[str, Any]) -> Iterator[Line]:
    if shown["ignored"]:
        yield from _title(
            "NOT COUNTED: policy changes of this tree, before they are merged", len(shown["ignored"])
        )
        for one in shown["ignored"]:
            line = f":{one['line']}" if one["line"] else ""
            where = f"{one['file']}{line}  " if one["file"] else ""
            yield Line(0, f"· {where}{one['text']}", "yellow")


def _holds(outline: Outline, verbose: bool) -> Iterator[Line]:
    yield Line(0, "")
    number = len({held.id for held in outline.holds})
    silent = len({one.id for one in outline.silent})
    rest = f", {silent} not applicable" if silent else ""
    yield Line(0, f"{plural(number, 'check holds', 'checks hold')}{rest}", "bold")
    if verbose or outline.shown["decision"].startswith("GO"):
        for held in outline.holds:
            where = f"  [{', '.join(held.environments)}]" if held.environments else ""
            yield Line(0, f"✓ {held.id}{where}", "green")
            yield from _proofs(held, verbose)
    if verbose:
        for one in outline.silent:
            yield Line(0, f"- {one.id}: {one.reason or 'not applicable'}", "dim")


def _proofs(held: Held, verbose: bool) -> Iterator[Line]:
    shown = held.proofs if verbose else held.proofs[:PROOFS_SHOWN]
    for message, operands in shown:
        yield Line(2, message)
        if operands:
            yield Line(4, " · ".join(operands), "dim")
    more = len(held.proofs) - len(shown) + held.left_out
    if more:
        yield Line(2, f"… {more} more" + ("" if verbose else " (--verbose)"), "dim")
