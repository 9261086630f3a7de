"""The report on a terminal, and in a pipe as plain text.

`lines` lays it out once. `render` paints it plainly, one line a fact and unwrapped, so that it can be
searched; `show` uses rich where the stream is a terminal. Rich is imported only there: in a pipeline
it would cost more than the gate itself.
"""

import re
from collections.abc import Iterator, Sequence
from typing import IO, Any, NamedTuple, TypeVar

from readiness.outcome import MOST_PATCHES
from readiness.report.outline import (
    Entry,
    Gap,
    Held,
    Outline,
    age_of,
    area_of,
    asked_of,
    gap_count,
    place,
    remedy,
    requests_of,
)
from readiness.wording import listed, plural

WARNINGS_SHOWN = 10  # the rest is counted: one screen for a normal service
SAME_SHOWN = 5  # of one item, or gaps that leave the same checks unknown
IGNORED_SHOWN = 10  # of one file
IDS_SHOWN = 6
ENVIRONMENTS_SHOWN = 8
GONE, GONE_SHOWN = "evidence-disappeared:", 3
HELD_SHOWN = 20  # items that hold with a line each; of more, each area has one
PROOF_WIDTH = 100  # characters of the one proof that stands for an item
DECISIONS = ("NO-GO", "UNKNOWN", "GO WITH CONDITIONS", "GO")  # worst first
_DIFF = {"+": "green", "-": "red", "@": "cyan"}
ASCII = str.maketrans({"✗": "x", "✓": "+", "·": "-", "→": "->", "…": "..."})


T = TypeVar("T")


class Line(NamedTuple):
    indent: int
    text: str
    style: str = ""  # rich's words
    file: str = ""  # of the repository, that a terminal links the line to


def render(outline: Outline, verbose: bool = False) -> bytes:
    """The format `terminal`: plain text in UTF-8."""
    text = "".join(f"{' ' * line.indent}{line.text}".rstrip() + "\n" for line in lines(outline, verbose))
    return text.encode()


def show(outline: Outline, stream: IO[str], verbose: bool = False, folder: str = "") -> None:
    """Write the report to `stream`: coloured and wrapped on a terminal, plain elsewhere.

    Args:
        folder: where the repository lies; findings then link to their files, in terminals that know links.
    """
    if stream.isatty():
        _paint(list(lines(outline, verbose)), stream, folder)
    else:
        put(render(outline, verbose).decode(), stream)


def put(text: str, stream: IO[str]) -> None:
    """Write a rendered report to `stream`, in characters that it can show."""
    stream.write(_encodable(text, stream))


def _paint(found: list[Line], stream: IO[str], folder: str) -> None:
    from urllib.parse import quote

    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    for line in found:
        style = line.style
        if line.file and folder:
            style = f"{style} link file://{quote(folder)}/{quote(line.file)}".strip()
        text = Text(_encodable(line.text, stream), style=style, overflow="fold")
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
        yield line._replace(text=inert(line.text))


def inert(text: str) -> str:
    """`text` that no build server takes for a command (`::add-mask::`, `##vso[…]`, `##teamcity[…]`)."""
    if text.lstrip().startswith("::"):
        text = text.replace("::", ": :", 1)
    return re.sub(r"##(?=\w*\[)", "# #", text) if "##" in text else text


def _lines(outline: Outline, verbose: bool) -> Iterator[Line]:
    if outline.failed:
        yield from _failure(outline)
        return
    yield from _head(outline, verbose)
    yield from _blockers(outline, verbose)
    yield from _gaps(outline, verbose)
    yield from _warnings(outline, verbose)
    yield from _mendable(outline, verbose)
    yield from _accepted(outline, verbose)
    yield from _suppressed(outline, verbose)
    yield from _ignored(outline, verbose)
    yield from _holds(outline, verbose)
    for notice in outline.shown["notices"]:
        yield Line(0, f"hint: {notice}", "cyan")


def _failure(outline: Outline) -> Iterator[Line]:
    kind = "invalid input" if outline.shown["error"]["kind"] == "usage" else "no verdict"
    yield Line(0, f"ERROR  {kind}", "bold red")
    for line in outline.shown["error"]["message"].split("\n"):
        yield Line(2, line)


def _head(outline: Outline, verbose: bool) -> Iterator[Line]:
    shown = outline.shown
    # In advisory mode the verdict is a pass whatever the evidence says; the decision is what was found.
    style = "bold green" if shown["decision"].startswith("GO") else "bold red"
    advisory = "  (advisory: the pipeline goes on)" if outline.advisory else ""
    yield Line(0, f"{shown['decision']}  {outline.subject}{advisory}", style)
    if len(shown["environments"]) > 1:
        yield from _environments(shown["environments"], verbose)
    # Where was looked is the same for all environments, and said in the reason alone.
    if shown["reason"] and (len(shown["environments"]) < 2 or shown["reason"].startswith("nothing-judged")):
        yield Line(0, shown["reason"])
    hidden = "" if verbose else _hidden(outline)
    if hidden:
        yield Line(0, f"{hidden} hidden; --verbose shows them", "dim")
    if not shown["trusted"]:
        yield Line(0, "not trusted: rules came from the tree that they judge (--policy or --base)", "dim")


def _environments(environments: list[dict[str, Any]], verbose: bool) -> Iterator[Line]:
    """The worst first; environments that agree in one line."""
    alike: dict[tuple[str, str], list[str]] = {}
    for one in sorted(environments, key=lambda one: DECISIONS.index(one["decision"])):
        alike.setdefault((one["decision"], one["reason"]), []).append(one["name"])
    shown, left = _first(list(alike.items()), ENVIRONMENTS_SHOWN, verbose)
    for (decision, reason), names in shown:
        yield Line(2, f"{', '.join(names) if verbose else listed(names)}: {decision}: {reason}")
    yield from _more(left, 2)


def _hidden(outline: Outline) -> str:
    """How many warnings and notes a report that is not verbose leaves out."""
    warnings = len(outline.warnings) - sum(len(shown) for shown, _ in _warned(outline, False))
    parts = [plural(warnings, "warning")] if warnings else []
    parts += [plural(len(outline.notes), "note")] if outline.notes else []
    return " and ".join(parts)


def _first(found: Sequence[T], most: int, verbose: bool) -> tuple[Sequence[T], int]:
    """What is shown of a list, and how many are not; one alone is never left out."""
    if verbose or len(found) <= most + 1:
        return found, 0
    return found[:most], len(found) - most


def _more(left: int, indent: int, of: str = "") -> Iterator[Line]:
    if left:
        yield Line(indent, f"… and {left} more{of} (--verbose)", "dim")


def _title(text: str, number: int) -> Iterator[Line]:
    yield Line(0, "")
    yield Line(0, f"{text} ({number})", "bold")


def _where(entry: Entry, verbose: bool, bare: bool = False) -> str:
    """Item, places and environments; `bare` without the item, where a line above names it."""
    places = [where for where in (entry.place, *entry.other_places) if where]
    said = ", ".join(places) if verbose else listed(places)
    names = ", ".join(entry.environments) if verbose else listed(entry.environments)
    parts = ("" if bare else entry.id, said or (entry.subject if bare else ""), f"[{names}]" if names else "")
    return "  ".join(part for part in parts if part)


def _linked(entry: Entry) -> str:
    return entry.spot.file if entry.spot.source == "repository" else ""


def _blockers(outline: Outline, verbose: bool) -> Iterator[Line]:
    if not outline.blockers:
        return
    yield from _title("BLOCKS", len(outline.blockers))
    for group in _by_item(outline.blockers):
        gone = [entry for entry in group if entry.message.startswith(GONE)]
        if len(gone) > GONE_SHOWN and not verbose:
            yield from _gone(gone)
            group = [entry for entry in group if entry not in gone]
        shown, left = _first(group, SAME_SHOWN, verbose)
        if left:
            yield Line(0, f"✗ {group[0].id} ({len(group)})", "red")
        for entry in shown:
            state = f"  {entry.state}" if entry.state else ""
            control = f"  {entry.control}" if entry.control else ""
            where = _where(entry, verbose, bare=bool(left))
            yield Line(2 if left else 0, f"✗ {where}{state}{control}", "red", _linked(entry))
            for line in _entry(entry, verbose):
                yield line._replace(indent=line.indent + (2 if left else 0))
        yield from _more(left, 2)


def _by_item(entries: tuple[Entry, ...]) -> list[list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.id, []).append(entry)
    return list(groups.values())


def _gone(lost: list[Entry]) -> Iterator[Line]:
    """One file that is deleted takes many subjects with it: they are told together for each item."""
    subjects = ", ".join(one.subject for one in lost[:GONE_SHOWN])
    files = list(dict.fromkeys(one.place.rpartition(":")[0] or one.place for one in lost if one.place))
    yield Line(0, f"✗ {lost[0].id}  {listed(files)}".rstrip(), "red")
    yield Line(2, f"{GONE} {subjects} and {len(lost) - GONE_SHOWN} more, judged at the base, are gone")
    rest = lost[0].fix.partition("; ")[2]
    if rest:
        yield Line(2, f"fix: bring them back; {rest}", "green")
    prints = [one.fingerprint for one in lost]
    yield Line(2, f"waive: {listed(prints, 1)} (--verbose)", "dim")


def _mendable(outline: Outline, verbose: bool) -> Iterator[Line]:
    """How many findings have a patch: `--fix` makes all of them at once."""
    number = sum(bool(entry.patch) for entry in (*outline.blockers, *outline.warnings))
    if number:
        how = "" if verbose else "; --verbose shows how"
        least = "at least " if number >= MOST_PATCHES else ""
        yield Line(0, "")
        yield Line(0, f"patch: readiness gate --fix mends {least}{plural(number, 'finding')}{how}", "green")


def _entry(entry: Entry, verbose: bool = True) -> Iterator[Line]:
    yield Line(2, entry.message)
    if entry.operands:
        yield Line(4, " · ".join(entry.operands), "dim")
    if entry.fix:
        yield Line(2, f"fix: {entry.fix}", "green")
    if entry.patch and verbose:
        yield from (Line(4, line, _DIFF.get(line[:1], "")) for line in entry.patch.rstrip("\n").split("\n"))
    if entry.fingerprint:
        yield Line(2, f"waive: {entry.fingerprint}", "dim")


def _gaps(outline: Outline, verbose: bool) -> Iterator[Line]:
    if not outline.gaps:
        return
    yield from _title("UNKNOWN", len(outline.gaps))
    alike: dict[tuple[bool, tuple[str, ...]], list[Gap]] = {}
    for gap in outline.gaps:
        alike.setdefault((gap.blocking, gap.ids), []).append(gap)
    for group in alike.values():
        shown, left = _first(group, SAME_SHOWN, verbose)
        for gap in shown:
            yield from _gap(gap, verbose, with_ids=verbose or gap is shown[0])
        yield from _more(left, 0, " that leave the same unknown" if group[0].ids else "")


def _gap(gap: Gap, verbose: bool, with_ids: bool) -> Iterator[Line]:
    where = f"{gap.place}: " if gap.place else ""
    does = f" → {gap_count(gap)}" if gap.ids else ""
    mark, style = ("✗", "red") if gap.blocking else ("?", "yellow")
    yield Line(0, f"{mark} {where}{gap.why}{does}", style)
    if gap.ids and with_ids:
        ids, left = _first(gap.ids, IDS_SHOWN, verbose)
        yield Line(4, ", ".join(ids) + (f", {left} more" if left else ""), "dim")
    if gap.fix:
        yield Line(2, ": ".join(remedy(gap.fix)), "green")
    if verbose:
        for print_, item in zip(gap.fingerprints, gap.items, strict=True):
            yield Line(2, f"waive: {print_}  {item}", "dim")
    elif gap.blocking and gap.fingerprints:
        more = f" and {len(gap.fingerprints) - 1} more (--verbose)" if len(gap.fingerprints) > 1 else ""
        yield Line(2, f"waive: {gap.fingerprints[0]}{more}", "dim")


def _warned(outline: Outline, verbose: bool) -> Iterator[tuple[Sequence[Entry], int]]:
    """The warnings that are shown, item by item, and how many more there are of each."""
    room = len(outline.warnings) if verbose else WARNINGS_SHOWN
    for group in _by_item(outline.warnings):
        shown, left = _first(group, min(SAME_SHOWN, room), verbose)
        if not room:
            return
        room -= min(room, len(shown))
        yield shown, left


def _warnings(outline: Outline, verbose: bool) -> Iterator[Line]:
    if outline.warnings:
        yield from _title("WARNINGS", len(outline.warnings))
        told = 0
        for group, left in _warned(outline, verbose):
            told += len(group) + left
            for entry in group:
                yield Line(0, f"! {_where(entry, verbose)}", "yellow", _linked(entry))
                yield from _entry(entry) if verbose else (Line(2, entry.message),)
            yield from _more(left, 0, f" of {group[0].id}")
        yield from _more(len(outline.warnings) - told, 0)
    if outline.notes:
        yield from _title("NOTES", len(outline.notes))
        if verbose:
            for entry in outline.notes:
                yield Line(0, f"· {_where(entry, verbose)}")
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
            yield Line(0, f"· {_where(entry, verbose)}")
            yield Line(2, entry.message)
            if entry.waiver:
                yield Line(2, f"waiver {entry.waiver}", "dim")
            elif verbose and title == "EXISTING" and entry.fingerprint:
                yield Line(2, f"waive: {entry.fingerprint}", "dim")


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
        yield Line(0, f"· {_where(entry, verbose)}")
        yield Line(2, entry.message)
        yield Line(2, f"hidden by {entry.suppressed_by}", "dim")


def _ignored(outline: Outline, verbose: bool) -> Iterator[Line]:
    number = len(outline.shown["ignored"])
    if number:
        yield from _title("NOT COUNTED: policy changes of this tree, before they are merged", number)
    for one in outline.ignored:
        why = f": {one.why}" if one.why else ""
        yield Line(0, f"· {one.file or 'policy'}  {plural(len(one.lines), 'change')}{why}", "yellow")
        shown, left = _first(one.lines, IGNORED_SHOWN, verbose)
        for line, text in shown:
            yield Line(2, f"line {line}: {text}" if line else text, "yellow")
        yield from _more(left, 2)


def _holds(outline: Outline, verbose: bool) -> Iterator[Line]:
    yield Line(0, "")
    number = len({held.id for held in outline.holds})
    silent = len({one.id for one in outline.silent})
    rest = f", {silent} not applicable" if silent else ""
    opens = outline.shown["decision"].startswith("GO")
    proofs = sum(_number(held) for held in outline.holds)
    short = f"; {plural(proofs, 'proof')}, --verbose shows all" if opens and not verbose and proofs else ""
    yield Line(0, f"{plural(number, 'check holds', 'checks hold')}{rest}{short}", "bold")
    if verbose:
        for held in outline.holds:
            where = f"  [{', '.join(held.environments)}]" if held.environments else ""
            yield Line(0, f"✓ {held.id}{where}", "green")
            yield from _proofs(held)
        for one in outline.silent:
            yield Line(0, f"- {one.id}: {one.reason or 'not applicable'}", "dim")
    elif opens:
        alike: dict[str, list[Held]] = {}
        for held in outline.holds:
            alike.setdefault(held.id, []).append(held)
        if len(alike) <= HELD_SHOWN:
            yield from (_held(group) for group in alike.values())
        else:
            yield from _held_by_area(alike)


def _number(held: Held) -> int:
    return len(held.proofs) + held.left_out


def _held(group: list[Held]) -> Line:
    """An item that holds in one line: one proof stands for all, in all environments."""
    left = sum(_number(held) for held in group) - 1
    more = f", and {left} more" if left > 0 else ""
    return Line(0, f"✓ {group[0].id}: {_told(group)}{more}", "green")


def _told(group: list[Held]) -> str:
    """The first proof with a sum, else the first; the title of an item that has none."""
    proofs = [proof for held in group for proof in held.proofs]
    if not proofs:
        return group[0].title
    message = next((message for message, operands in proofs if operands), proofs[0][0])
    return f"{message[:PROOF_WIDTH].rstrip()}…" if len(message) > PROOF_WIDTH else message


def _held_by_area(alike: dict[str, list[Held]]) -> Iterator[Line]:
    """A line for each area: the item whose proof reckons with the most stands for the others."""
    areas: dict[str, list[list[Held]]] = {}
    for group in alike.values():
        areas.setdefault(area_of(group[0].id, group[0].check), []).append(group)
    for area, groups in areas.items():
        best = max(groups, key=_weight)
        if len(groups) == 1:
            yield _held(best)
        else:
            yield Line(
                0, f"✓ {area} ({len(groups)})  {best[0].id.removeprefix(f'{area}.')}: {_told(best)}", "green"
            )


def _weight(group: list[Held]) -> int:
    return max((len(operands) for held in group for _, operands in held.proofs), default=0)


def _proofs(held: Held) -> Iterator[Line]:
    for message, operands in held.proofs:
        yield Line(2, message)
        if operands:
            yield Line(4, " · ".join(operands), "dim")
    if held.left_out:
        yield Line(2, f"… {held.left_out} more", "dim")
