"""Characters of a text replaced by others, and the same as a unified diff: pure."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple


class Splice(NamedTuple):
    """Characters of a text, and what stands in their place."""

    start: int
    end: int
    text: str


def line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def applied(text: str, splices: Sequence[Splice]) -> str:
    parts: list[str] = []
    at = 0
    for one in splices:
        parts += (text[at : one.start], one.text)
        at = one.end
    return "".join((*parts, text[at:]))


CONTEXT = 3  # lines around a change, as git has them


class _Change(NamedTuple):
    """Whole lines that are replaced; `first` is the index of the first old one."""

    first: int
    old: list[str]
    new: list[str]


class Diffs:
    """Unified diffs of one text, which is cut into lines once for all of them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = _lines(text)
        self._starts = [0, *accumulate(map(len, self._lines))]

    def of(self, splices: Sequence[Splice], path: str) -> str:
        """What the splices change, with the path in the header; `git apply` and `patch -p1` take it."""
        changes = list(_changes(self._text, splices, self._starts))
        return "".join(_diff(self._lines, changes, path))


def _diff(lines: Sequence[str], changes: list[_Change], path: str) -> Iterator[str]:
    end = "\t" if " " in path else ""  # as git writes a name with a space in it
    yield f"--- a/{path}{end}\n+++ b/{path}{end}\n"
    moved = 0
    for hunk in _hunks(changes):
        start = max(hunk[0].first - CONTEXT, 0)
        stop = min(hunk[-1].first + len(hunk[-1].old) + CONTEXT, len(lines))
        added = sum(len(one.new) - len(one.old) for one in hunk)
        old, new = stop - start, stop - start + added
        yield f"@@ -{start + bool(old)},{old} +{start + moved + bool(new)},{new} @@\n"
        at = start
        for one in hunk:
            yield from (_shown(" ", line) for line in lines[at : one.first])
            yield from (_shown("-", line) for line in one.old)
            yield from (_shown("+", line) for line in one.new)
            at = one.first + len(one.old)
        yield from (_shown(" ", line) for line in lines[at:stop])
        moved += added


def _shown(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _changes(text: str, splices: Sequence[Splice], starts: Sequence[int]) -> Iterator[_Change]:
    """The splices as changes of whole lines, those of one line together."""
    groups: list[tuple[int, int, list[Splice]]] = []
    for one in splices:
        start = line_start(text, one.start)
        whole = one.end == start or text[one.end - 1 : one.end] == "\n"
        ends = one.text.endswith("\n") or (not one.text and one.start == start)
        end = one.end if whole and ends else line_end(text, one.end)
        if groups and (start < groups[-1][1] or start == groups[-1][0]):
            first, stop, members = groups.pop()
            groups.append((first, max(stop, end), [*members, one]))
        else:
            groups.append((start, end, [one]))
    for start, end, members in groups:
        own = [Splice(one.start - start, one.end - start, one.text) for one in members]
        old = text[start:end]
        first = bisect_left(starts, start)
        yield _trimmed(_Change(first, _lines(old), _lines(applied(old, own))))


def _lines(text: str) -> list[str]:
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])


def _trimmed(change: _Change) -> _Change:
    """Without lines that are the same at both ends."""
    first, old, new = change
    while old and new and old[0] == new[0]:
        first, old, new = first + 1, old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return _Change(first, old, new)


def _hunks(changes: list[_Change]) -> Iterator[list[_Change]]:
    hunk: list[_Change] = []
    for one in changes:
        if hunk and one.first - (hunk[-1].first + len(hunk[-1].old)) > 2 * CONTEXT:
            yield hunk
            hunk = []
        hunk.append(one)
    if hunk:
        yield hunk
