"""Where a YAML text changes for an edit of its values: nodes with marks, side by side with what is wanted.

What is written takes the style of what stands around it; what can't be done for certain is refused.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from readiness import yaml_reader
from readiness.outcome import Edit
from readiness.splices import Splice, line_start
from readiness.yaml_scalars import CORE, KUBERNETES

_COMMENT = re.compile(r"(?:^|[ \t\n])#")
_REST = re.compile(r"[ \t]*(?:[ \t]#[^\n]*)?\r?(?:\n|\Z)")
_ALIAS = re.compile(r"[ \t]*:[ \t]*\*[^\s,\]}]+")
_COLON = re.compile(r"[ \t]*:")
_NULLS = ("", "~", "null", "Null", "NULL")
_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*|[0-9]+(?:\.[0-9]+)?[A-Za-z]{1,2}")
STEP = 2  # columns of an indentation, in a document that shows none


class Refused(Exception):
    """An edit that isn't made; the text says why, as the end of a sentence about it."""


class Want:
    """What is wanted of a value: set, removed, or something below it."""

    __slots__ = ("below", "op", "value")

    def __init__(self) -> None:
        self.below: dict[str | int, Want] = {}
        self.op = ""
        self.value: Any = None

    def add(self, edit: Edit) -> None:
        want = self
        for key in edit.at.keys:
            if want.op:
                raise Refused("another edit has the same place")
            want = want.below.setdefault(key, Want())
        if want.below or (want.op and not (want.op == edit.op and same(want.value, edit.value))):
            raise Refused("another edit has the same place")
        if want is self:
            raise Refused("it is about a whole document")
        want.op, want.value = edit.op, edit.value

    @property
    def adds(self) -> bool:
        return self.op == "set" or any(one.adds for one in self.below.values())


class Held(NamedTuple):
    """How a value hangs in its parent."""

    column: int  # of the block collection it is in
    colon: int | None = None  # behind the colon of its key; None for an item and for a document
    in_flow: bool = False
    is_root: bool = False


# ---- what is to be true afterwards


def value_after(value: Any, want: Want) -> Any:
    """The plain value with the edits made; their keys are those of the value before any edit."""
    if want.op == "set":
        return want.value
    texts = all(isinstance(key, str) for key in want.below)
    if isinstance(value, dict) and texts:
        return _mapping_after(value, want)
    if isinstance(value, list) and not any(isinstance(key, str) for key in want.below):
        return _list_after(value, want)
    if value is not None:
        raise Refused("a value on the way is neither a mapping nor a list, as the edit takes it to be")
    if not want.adds:
        return None
    return _mapping_after({}, want) if texts else _list_after([], want)


def _mapping_after(value: dict[Any, Any], want: Want) -> dict[Any, Any]:
    after = dict(value)
    for key, below in want.below.items():
        if below.op == "remove":
            after.pop(key, None)
        elif key in after or below.adds:
            after[key] = value_after(after.get(key), below)
    return after


def _list_after(value: list[Any], want: Want) -> list[Any]:
    after = list(value)
    for index, below in sorted((int(key), below) for key, below in want.below.items()):
        if below.op == "remove" or (index >= len(value) and not below.adds):
            continue
        if index < 0 or index > len(after):
            raise Refused("an item of the list is missing before it")
        item = value_after(after[index] if index < len(value) else None, below)
        after[index : index + 1] = [item]
    gone = {index for index, below in want.below.items() if below.op == "remove"}
    return [item for index, item in enumerate(after) if index not in gone]


def same(one: Any, other: Any) -> bool:
    """Equal values of equal types all the way down: True is not 1 here, and NaN is itself."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other or (one != one and other != other))


# ---- where the text changes


class Planner:
    """Collects the splices of one document; walks its nodes and what is wanted of them side by side."""

    def __init__(self, text: str, root: Any) -> None:
        self.text = text
        self.splices: list[Splice] = []
        self._root = root
        self._layout: tuple[int, int] | None = None

    def splice(self, start: int, end: int, text: str) -> None:
        self.splices.append(Splice(start, end, text))

    def change(self, node: Any, want: Want, old: Any, held: Held) -> None:
        """What `want` asks of the value at `node`, which is `old` now."""
        start = node.start_mark.index
        if self.text[start : start + 1] in ("&", "!", "*") or node.tag:
            raise Refused("an anchor, alias or tag stands on the way")
        if want.op == "set":
            if not same(want.value, old):
                self.replace(node, want.value, held)
        elif node.id == "mapping":
            self.mapping(node, want, old, held)
        elif node.id == "sequence":
            self.sequence(node, want, old, held)
        elif want.adds:
            self.replace(node, value_after(None, want), held)

    # values

    def replace(self, node: Any, value: Any, held: Held) -> None:
        start, end = node.start_mark.index, node.end_mark.index
        if node.id == "scalar" and not node.style and node.value in _NULLS:
            self.fill(start, end, value, held)
        elif node.id != "scalar" and not node.flow_style:
            self.replace_block(node, value, held)
        elif node.id == "scalar" and node.style in ("|", ">"):
            raise Refused("the value is a text of several lines")
        else:
            if "\n" in self.text[start:end]:
                self.refuse_comments(start, end)
            space = "" if self.text[start - 1 : start] in ("", " ", "\n", "[", "{", ",") else " "
            self.splice(start, end, space + _inline(value, getattr(node, "style", "")))

    def fill(self, start: int, end: int, value: Any, held: Held) -> None:
        """Puts a value where null stands, spelled out or not."""
        if held.colon is not None and not held.in_flow and isinstance(value, dict | list) and value:
            behind = self.end_of_line(end)
            if end > start:
                self.refuse_comments(held.colon, start)
                self.splice(held.colon, end, "")
            self.insert_lines(behind, list(self.value_lines(value, held.column)))
        elif end > start:
            self.splice(start, end, _inline(value))
        elif held.is_root or (held.in_flow and held.colon is None):
            raise Refused("there is nothing to put the value into")
        else:
            at = start if held.colon is None else held.colon
            self.splice(at, at, f" {_inline(value)}")

    def replace_block(self, node: Any, value: Any, held: Held) -> None:
        start, end = node.start_mark.index, self.content_end(node)
        last = self.end_of_line(end)
        if held.colon is None:
            self.refuse_comments(start, end)
            self.splice(start, end, _inline(value))
            return
        self.refuse_comments(start, last)
        first = line_start(self.text, start)
        if first < held.colon:
            raise Refused("the value begins in the line of its key")
        if isinstance(value, dict | list) and value:
            self.splice(first, last, "")
            column = node.start_mark.column
            deeper = column > held.column or isinstance(value, list)
            lines = self.lines_of(value, column) if deeper else self.value_lines(value, held.column)
            self.insert_lines(last, list(lines))
        else:
            self.splice(held.colon, held.colon, f" {_inline(value)}")
            self.splice(first, last, "")

    # mappings

    def mapping(self, node: Any, want: Want, old: Any, held: Held) -> None:
        pairs = node.value
        index_of: dict[str, int] = {}
        for index, (key, _) in enumerate(pairs):
            text = yaml_reader.name_of(key)
            if text is None:
                raise Refused("a merge key (<<) stands on the way")
            index_of[text] = index
        gone: set[int] = set()
        new: dict[str, Any] = {}
        flow = bool(node.flow_style)
        for name, below in ((str(name), below) for name, below in want.below.items()):
            known = index_of.get(name)
            if known is None:
                if below.adds:
                    new[name] = value_after(None, below)
                continue
            key, item = pairs[known]
            if key.start_mark.index < node.start_mark.index or item.start_mark.index < key.end_mark.index:
                raise Refused("an anchor, alias or tag stands on the way")
            if below.op == "remove":
                gone.add(known)
                continue
            colon = self.colon_of(key)
            self.change(item, below, old[name], Held(node.start_mark.column, colon, flow))
        if not (gone or new):
            return
        if flow:
            spans = [(key.start_mark.index, self.entry_end(key, item, True)) for key, item in pairs]
            added = [f"{_inline(name)}: {_inline(value)}" for name, value in new.items()]
            self.flow(node, "{}", spans, gone, added)
            return
        spans = [(key.start_mark.index, self.entry_end(key, item)) for key, item in pairs]
        column = node.start_mark.column
        self.block(node, "{}", spans, gone, list(self.entry_lines(new, column)), held)

    def colon_of(self, key: Any) -> int:
        found = _COLON.match(self.text, key.end_mark.index)
        if found is None:
            raise Refused("a key is written in an unusual way")
        return found.end()

    def entry_end(self, key: Any, item: Any, flow: bool = False) -> int:
        if item.start_mark.index < key.end_mark.index:  # an alias: its node is the one of the anchor
            found = _ALIAS.match(self.text, key.end_mark.index)
            if found is None:
                raise Refused("an alias is written in an unusual way")
            return found.end()
        if flow and item.start_mark.index == item.end_mark.index:
            found = _COLON.match(self.text, key.end_mark.index)
            return found.end() if found else int(key.end_mark.index)
        return self.content_end(item)

    # lists

    def sequence(self, node: Any, want: Want, old: Any, held: Held) -> None:
        items = node.value
        gone: set[int] = set()
        new: list[Any] = []
        flow = bool(node.flow_style)
        for index, below in sorted((int(key), below) for key, below in want.below.items()):
            if index >= len(items):
                if below.adds:
                    new.append(value_after(None, below))
            elif below.op == "remove":
                gone.add(index)
            else:
                if items[index].start_mark.index < node.start_mark.index:
                    raise Refused("an anchor, alias or tag stands on the way")
                inside = Held(node.start_mark.column, None, flow)
                self.change(items[index], below, old[index], inside)
        if not (gone or new):
            return
        begin = node.start_mark.index
        for item in items:
            if item.start_mark.index < begin:
                raise Refused("an alias stands in the list")
            begin = item.end_mark.index
        if flow:
            spans = [(item.start_mark.index, item.end_mark.index) for item in items]
            self.flow(node, "[]", spans, gone, [_inline(value) for value in new])
            return
        column = node.start_mark.column
        spans = [(self.dash_of(item, column), self.content_end(item)) for item in items]
        lines = [line for value in new for line in self.item_lines(value, column)]
        self.block(node, "[]", spans, gone, lines, held)

    def dash_of(self, item: Any, column: int) -> int:
        dash = self.before(item.start_mark.index) - 1
        if self.text[dash : dash + 1] != "-" or dash - line_start(self.text, dash) != column:
            raise Refused("an item is written in an unusual way")
        return dash

    # entries of collections

    def block(
        self, node: Any, empty: str, spans: Sequence[tuple[int, int]], gone: set[int], lines: list[str],
        held: Held,
    ) -> None:  # fmt: skip
        """Takes entries away with their lines, and adds lines behind the last one."""
        first = spans[0][0]
        inline = self.text[line_start(self.text, first) : first].strip(" ") != ""
        kept = [index for index in range(len(spans)) if index not in gone]
        if lines:
            if not kept and inline:
                raise Refused("all else in the item would go")
            self.insert_lines(self.end_of_line(spans[-1][1]), lines)
        elif not kept:
            self.emptied(node, empty, spans, inline, held)
            return
        if inline and 0 in gone:  # what follows moves up behind the dash
            start, end = spans[0][0], spans[kept[0]][0]
            self.refuse_comments(start, end)
            self.splice(start, end, "")
            gone = {index for index in gone if index > kept[0]}
        for index in sorted(gone):
            self.take_lines(spans[index])

    def emptied(
        self, node: Any, empty: str, spans: Sequence[tuple[int, int]], inline: bool, held: Held
    ) -> None:
        if held.is_root:
            raise Refused("the document would be empty")
        if held.colon is not None and not inline:
            self.splice(held.colon, held.colon, f" {empty}")
            for span in spans:
                self.take_lines(span)
            return
        start, end = node.start_mark.index, spans[-1][1]
        self.refuse_comments(start, end)
        self.splice(start, end, empty)

    def take_lines(self, span: tuple[int, int]) -> None:
        start = line_start(self.text, span[0])
        if self.text[start : span[0]].strip(" "):
            raise Refused("an entry shares its line with another")
        self.splice(start, self.end_of_line(span[1]), "")

    def flow(
        self, node: Any, empty: str, spans: Sequence[tuple[int, int]], gone: set[int], new: list[str]
    ) -> None:
        """Takes entries away with their commas, and adds others behind the last one."""
        start, end = node.start_mark.index, node.end_mark.index
        if self.text[start] != empty[0] or self.text[end - 1] != empty[1]:
            raise Refused("an entry of a list is a mapping without braces")
        kept = [index for index in range(len(spans)) if index not in gone]
        if not kept:
            self.refuse_comments(start, end)
            self.splice(start, end, f"{empty[0]}{', '.join(new)}{empty[1]}")
            return
        for index in sorted(gone):
            last = index > kept[-1]
            from_, to = (
                (spans[index - 1][1], spans[index][1]) if last else (spans[index][0], spans[index + 1][0])
            )
            self.refuse_comments(from_, to)
            self.splice(from_, to, "")
        if new:
            at = spans[-1][1]
            self.splice(at, at, f", {', '.join(new)}")

    # lines

    def refuse_comments(self, start: int, end: int) -> None:
        if _COMMENT.search(self.text, start, end):
            raise Refused("a comment stands within what would go")

    def end_of_line(self, at: int) -> int:
        """Where the line ends in which a value ends: nothing but a comment follows it there."""
        found = _REST.match(self.text, at)
        if found is None:
            raise Refused("something else stands in the line of the value")
        return found.end()

    def before(self, at: int) -> int:
        """Behind the last character before `at` that is no white space."""
        while at and self.text[at - 1] in " \r\n":
            at -= 1
        return at

    def insert_lines(self, at: int, lines: Sequence[str]) -> None:
        before = self.text[max(at - 2, 0) : at]
        if before.endswith("\n"):
            end = "\r\n" if before == "\r\n" else "\n"
            self.splice(at, at, "".join(line + end for line in lines))
        else:  # the file's last line has no end
            end = "\r\n" if "\r\n" in self.text else "\n"
            self.splice(at, at, "".join(end + line for line in lines))

    def content_end(self, node: Any) -> int:
        """Behind the last character of a value; what follows it until the next one is not its own."""
        if node.id == "scalar":
            end = int(node.end_mark.index)
            if node.style in ("|", ">"):
                end = max(self.before(end), node.start_mark.index + 1)
            return end
        if node.flow_style or not node.value:
            return int(node.end_mark.index)
        if node.id == "mapping":
            return self.entry_end(*node.value[-1])
        last = node.value[-1]
        if last.start_mark.index < node.start_mark.index:
            raise Refused("an alias stands in the list")
        return self.content_end(last)

    # new text

    @property
    def layout(self) -> tuple[int, int]:
        """Columns that a mapping, and those that a list, is indented by in this document."""
        if self._layout is None:
            self._layout = _layout_of(self._root)
        return self._layout

    def value_lines(self, value: Any, column: int) -> Iterator[str]:
        step, of_list = self.layout
        return self.lines_of(value, column + (step if isinstance(value, dict) else of_list))

    def lines_of(self, value: Any, column: int) -> Iterator[str]:
        if isinstance(value, dict):
            return self.entry_lines(value, column)
        return (line for item in value for line in self.item_lines(item, column))

    def entry_lines(self, entries: dict[str, Any], column: int) -> Iterator[str]:
        for name, value in entries.items():
            head = f"{' ' * column}{_inline(name)}:"
            if isinstance(value, dict | list) and value:
                yield head
                yield from self.value_lines(value, column)
            else:
                yield f"{head} {_inline(value)}"

    def item_lines(self, value: Any, column: int) -> Iterator[str]:
        head = f"{' ' * column}- "
        if not (isinstance(value, dict) and value):
            yield head + _inline(value)
            return
        first, *rest = self.entry_lines(value, column + 2)
        yield head + first[column + 2 :]
        yield from rest


def _layout_of(root: Any) -> tuple[int, int]:
    step = of_list = -1
    seen: set[int] = set()
    waiting = [root]
    while waiting and (step < 0 or of_list < 0):
        node = waiting.pop()
        if id(node) in seen or node.id == "scalar":
            continue
        seen.add(id(node))
        if node.id == "sequence":
            waiting.extend(reversed(node.value))
            continue
        for key, item in node.value:
            if item.id == "scalar" or node.flow_style or item.flow_style:
                continue
            further = item.start_mark.column - key.start_mark.column
            if item.start_mark.line == key.start_mark.line or further < 0:
                continue
            if item.id == "mapping" and step < 0 and further:
                step = further
            elif item.id == "sequence" and of_list < 0:
                of_list = further
        waiting.extend(item for _, item in reversed(node.value))
    if step < 0:
        step = of_list if of_list > 0 else STEP
    return step, of_list if of_list >= 0 else step


def _inline(value: Any, style: str = "") -> str:
    """A value in one line; a text keeps the quotes (`style`) that stood there."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_inline(name)}: {_inline(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if not isinstance(value, str):
        import json

        try:
            return json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            raise Refused("its value is none that YAML has") from None
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if not style and _PLAIN.fullmatch(value) and KUBERNETES.plain[value] == value == CORE.plain[value]:
        return value
    import json

    return json.dumps(value, ensure_ascii=False)
