"""YAML as plain data, read fast, within bounds, and as the program that will read it too does.

The only home of PyYAML. Its C parser composes the nodes; scalars are resolved by an own `Table`
through a memo (PyYAML's resolver, regular expressions in Python, is the bulk of its time), and one own pass
builds the values. So 10,000 documents take about a third of what PyYAML's C loader needs, and what no
loader gives comes with it: Kubernetes' reading of scalars, duplicate keys with both lines, positions.

Scalars are read by one of two tables, `KUBERNETES` and `CORE` (see yaml_scalars.py). With both, merge keys
(`<<`) work, an anchor may be defined again, an alias gives a copy, and a tag that isn't YAML's own
(`!Ref x`, `!vault |`, `!reference [a]`) is dropped: the text, list or mapping stays. UTF-8, UTF-16 and
UTF-32 are read, with and without a byte-order mark (UTF-32: with).

Bounds: bytes, depth, documents, nodes of a document, and what aliases unfold to. A text past one of them
raises `YamlError` like any other broken text.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import repeat
from operator import length_hint
from sys import byteorder
from typing import Any, NamedTuple

from readiness.errors import SourceError
from readiness.yaml_scalars import CORE, KUBERNETES, Memo, Table

__all__ = [
    "CORE", "KUBERNETES", "Composed", "Duplicate", "Keys", "Marks", "Parsed", "Positions", "Table",
    "YamlError", "composed", "name_of", "position", "read",
]  # fmt: skip

LIMIT_BYTES = 20 * 2**20
LIMIT_DEPTH = 100
LIMIT_NODES = 1_000_000  # of one document, aliases unfolded
LIMIT_NODES_OF_TEXT = 2_500_000  # of all its documents; 20 MiB of manifests have two million
LIMIT_UNFOLDING = 100  # values built for each node in the text …
FREE_UNFOLDING = 10_000  # … beyond these many
LIMIT_DOCUMENTS = 50_000

Keys = tuple[str | int, ...]

_COLUMN_BITS = 25  # of a place in one number: as many as LIMIT_BYTES needs


class YamlError(Exception):
    """A text that can't be read as YAML, or only past the bounds.

    The message says what is wrong, what was expected and how to mend it; who knows the file puts
    `file:line:column: ` before it. Line and column are 1-based.
    """

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}"


class Duplicate(NamedTuple):
    """A key that stands more than once in one mapping; the last one counts."""

    document: int
    keys: Keys  # down to the key, itself included
    first_line: int
    line: int


class Parsed(NamedTuple):
    """The documents of a text, in order; an empty document is None and keeps its index.

    `marks` has the places of each document's values in the order in which they are read, eight bytes each; it
    is empty for a text with aliases, merges or repeated keys, of which values stand in another order.
    """

    documents: tuple[Any, ...]
    duplicates: tuple[Duplicate, ...]
    marks: tuple[bytes, ...] = ()


# ---- text to nodes


class _Library(NamedTuple):
    """What is used of PyYAML, imported once and only when a text is read."""

    parser: type[Any]
    scalar: type[Any]
    sequence: type[Any]
    mapping: type[Any]
    events: Any
    error: type[Exception]
    composes: bool  # whether its C composer may be let loose on a deep text


@cache
def _library() -> _Library:
    import yaml

    if not yaml.__with_libyaml__:
        raise SourceError(
            "PyYAML was built without libyaml; its C parser was expected; "
            "run: pip install --force-reinstall --only-binary pyyaml pyyaml"
        )
    from yaml import _yaml

    # The composer calls these for every node. `"".format` is a C function that takes any arguments and gives
    # "": nothing is resolved here, and a node that has a tag of its own stays to be told by it.
    nothing = "".format
    parser = type(
        "_Parser",
        (_yaml.CParser,),
        {"resolve": nothing, "descend_resolver": nothing, "ascend_resolver": nothing},
    )
    return _Library(
        parser,
        yaml.ScalarNode,
        yaml.SequenceNode,
        yaml.MappingNode,
        yaml.events,
        yaml.YAMLError,
        _yaml.get_version() >= (0, 2, 5),  # libyaml before it has no bound of depth, and composing recurs
    )


_BYTE_ORDER = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# Before a tag. Plain searches, since one regular expression over all bytes costs a third of the load.
_BEFORE_TAGS = (b" !", b"\n!", b"\r!", b"\t!", b",!", b":!", b"[!", b"{!")
# Characters that YAML 1.1 takes for line breaks, and editors don't.
_ODD_BREAKS = (b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")


class _Text:
    """A text in UTF-8 without byte-order mark, and where a mark of the parser is in an editor."""

    def __init__(self, raw: bytes) -> None:
        if len(raw) > LIMIT_BYTES:
            raise YamlError(
                f"the text has {len(raw)} bytes; at most {LIMIT_BYTES} were expected; "
                "split the file, or leave it out of the evidence",
                1,
                1,
            )
        self.utf8 = _utf8(raw)
        self.may_have_tags = b"!" in self.utf8 and (
            self.utf8.startswith(b"!") or any(found in self.utf8 for found in _BEFORE_TAGS)
        )
        self.starts: list[int] | None = None  # of lines, in characters; only where breaks are odd
        if any(found in self.utf8 for found in _ODD_BREAKS):
            text = self.utf8.decode("utf-8", "replace")
            self.starts = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]

    def place(self, mark: Any) -> tuple[int, int]:
        """1-based line and column."""
        if self.starts is None:
            return mark.line + 1, mark.column + 1
        line = bisect_right(self.starts, mark.index)
        return line, mark.index - self.starts[line - 1] + 1

    def place_of_byte(self, offset: int) -> tuple[int, int]:
        before = self.utf8[:offset]
        start = before.rfind(b"\n") + 1
        return before.count(b"\n") + 1, len(before[start:].decode("utf-8", "replace")) + 1

    def line(self, number: int) -> str:
        lines = self.utf8.split(b"\n", number)
        return lines[number - 1].decode("utf-8", "replace") if number <= len(lines) else ""


def _utf8(raw: bytes) -> bytes:
    encoding = next((encoding for mark, encoding in _BYTE_ORDER if raw.startswith(mark)), "")
    if not encoding and len(raw) >= 2 and (not raw[0]) != (not raw[1]):
        encoding = "utf-16-le" if raw[0] else "utf-16-be"  # YAML 1.2, 5.2: a text starts with ASCII
    if not encoding:
        return raw
    if encoding == "utf-8":
        return raw[3:]
    try:
        return raw.decode(encoding).removeprefix("\ufeff").encode("utf-8")
    except UnicodeError:
        raise YamlError(
            f"the text starts as {encoding[:6].upper()} and isn't; text in UTF-8 was expected; "
            "save the file in UTF-8, or leave it out of the evidence",
            1,
            1,
        ) from None


def _roots(text: _Text) -> Iterator[tuple[Any, int]]:
    """The root node of each document, and how many nodes the document has."""
    library = _library()
    if not library.composes:
        yield from _roots_from_events(text, library)
        return
    parser = library.parser(text.utf8)
    # Nodes need counting where they could be too many (one takes more than a quarter of a byte) or unfold.
    counted = len(text.utf8) > LIMIT_NODES // 4 or b"*" in text.utf8
    left = LIMIT_NODES_OF_TEXT
    allowed = nodes = LIMIT_NODES
    done = 0
    while True:
        if counted:
            # Called once for each node: it ends the composing of a document that has too many.
            allowed = min(LIMIT_NODES, left)
            budget = repeat(None, allowed)
            parser.ascend_resolver = budget.__next__
        try:
            if not parser.check_node():
                return
            root = parser.get_node()
        except StopIteration:
            raise _too_many_nodes(text, parser, allowed) from None
        except library.error as error:
            if not str(getattr(error, "context", "")).startswith("found duplicate anchor"):
                raise _explained(error, text) from None
            break
        if done >= LIMIT_DOCUMENTS:
            raise _too_many_documents(text, root.start_mark)
        done += 1
        if counted:
            nodes = allowed - length_hint(budget)
            left -= nodes
        yield root, nodes
    # PyYAML refuses to define an anchor again, which YAML allows: a rare text, so it may take the slow way.
    for index, found in enumerate(_roots_from_events(text, library)):
        if index >= done:
            yield found


def _roots_from_events(text: _Text, library: _Library) -> Iterator[tuple[Any, int]]:
    """As `_roots`, composed here and without recursion."""
    parser, events = library.parser(text.utf8), library.events
    done, left = 0, LIMIT_NODES_OF_TEXT
    while True:
        try:
            event = parser.get_event()
        except library.error as error:
            raise _explained(error, text) from None
        kind = event.__class__
        if kind is events.StreamEndEvent:
            return
        if kind is events.DocumentStartEvent:
            if done >= LIMIT_DOCUMENTS:
                raise _too_many_documents(text, event.start_mark)
            done += 1
            root, nodes = _composed(text, parser, library, min(LIMIT_NODES, left))
            left -= nodes
            yield root, nodes


def _composed(text: _Text, parser: Any, library: _Library, allowed: int) -> tuple[Any, int]:
    events = library.events
    anchors: dict[str, Any] = {}
    top: list[Any] = []
    open_: list[list[Any]] = [top]  # the children of each collection that has begun, flat
    mappings: list[tuple[Any, list[Any]]] = []
    count = 0
    while True:
        try:
            event = parser.get_event()
        except library.error as error:
            raise _explained(error, text) from None
        kind = event.__class__
        if kind is events.DocumentEndEvent:
            break
        if kind is events.SequenceEndEvent or kind is events.MappingEndEvent:
            open_.pop()
            continue
        if kind is events.AliasEvent:
            if event.anchor not in anchors:
                line, column = text.place(event.start_mark)
                raise YamlError(_UNDEFINED_ALIAS, line, column)
            open_[-1].append(anchors[event.anchor])
            continue
        count += 1
        if count > allowed:
            raise _too_many_nodes(text, parser, allowed)
        tag = "" if event.tag in (None, "!") else event.tag
        children: list[Any] = []
        if kind is events.ScalarEvent:
            node = library.scalar(tag, event.value, event.start_mark, event.end_mark, event.style)
        elif kind is events.SequenceStartEvent:
            node = library.sequence(tag, children, event.start_mark, event.end_mark, event.flow_style)
        else:
            node = library.mapping(tag, [], event.start_mark, event.end_mark, event.flow_style)
            mappings.append((node, children))
        open_[-1].append(node)
        if event.anchor is not None:
            anchors[event.anchor] = node
        if kind is not events.ScalarEvent:
            open_.append(children)
    for node, children in mappings:
        node.value.extend(zip(children[::2], children[1::2], strict=True))
    return top[0], count


# ---- nodes to values


class _Builder:
    """Values of one document. Aliased nodes are built each time, so no two places share a value."""

    __slots__ = (
        "allowed", "keys", "left", "mapping_class", "marks", "plain", "repeated", "root", "scalar_class",
        "text",
    )  # fmt: skip

    def __init__(self, text: _Text, table: Table, root: Any, allowed: int) -> None:
        library = _library()
        self.scalar_class = library.scalar
        self.mapping_class = library.mapping
        self.text = text
        self.plain = table.plain
        self.keys = table.keys
        self.root = root
        self.allowed = allowed
        self.left = allowed
        self.repeated: dict[int, Any] = {}  # mappings in which a key comes twice, by id
        self.marks = [_packed(root.start_mark)]

    def document(self) -> Any:
        if self.text.may_have_tags:
            _show_tags(self.root)
        kind = self.root.__class__
        if kind is self.scalar_class:
            return self.scalar(self.root)
        return self.mapping(self.root, 1) if kind is self.mapping_class else self.sequence(self.root, 1)

    # The two loops below are where the time goes: what they repeat is repeated for its sake.

    def mapping(self, node: Any, depth: int) -> dict[str, Any]:
        pairs = node.value
        self.left -= len(pairs)
        if depth > LIMIT_DEPTH or self.left < 0:
            raise self.past_bounds(node)
        scalar, mapping, plain, keys = self.scalar_class, self.mapping_class, self.plain, self.keys
        mark = self.marks.append
        built: dict[str, Any] = {}
        merges: list[Any] = []
        for key, item in pairs:
            start = key.start_mark
            mark(start.line << _COLUMN_BITS | start.column)
            try:
                name = key.value if key.style else keys[key.value]
            except (AttributeError, KeyError):  # a list or mapping has no style, `<<` and null have no name
                if key.value != "<<":
                    raise self.refused(key) from None
                merges.append(item)
                continue
            kind = item.__class__
            if kind is scalar:
                built[name] = self.scalar(item) if item.style else plain[item.value]
            elif kind is mapping:
                built[name] = self.mapping(item, depth + 1)
            else:
                built[name] = self.sequence(item, depth + 1)
        if len(built) + len(merges) != len(pairs):
            self.repeated[id(node)] = node
        if merges:
            base: dict[str, Any] = {}
            for merge in merges:
                base.update(self.merged(merge, depth + 1))
            return base | built
        return built

    def sequence(self, node: Any, depth: int) -> list[Any]:
        items = node.value
        self.left -= len(items)
        if depth > LIMIT_DEPTH or self.left < 0:
            raise self.past_bounds(node)
        scalar, mapping, plain = self.scalar_class, self.mapping_class, self.plain
        mark = self.marks.append
        built: list[Any] = []
        for item in items:
            start = item.start_mark
            mark(start.line << _COLUMN_BITS | start.column)
            kind = item.__class__
            if kind is mapping:
                built.append(self.mapping(item, depth + 1))
            elif kind is scalar:
                built.append(self.scalar(item) if item.style else plain[item.value])
            else:
                built.append(self.sequence(item, depth + 1))
        return built

    def merged(self, node: Any, depth: int) -> dict[str, Any]:
        """What `<<` brings: of a mapping, or of a list of them, in which an earlier one counts more."""
        if node.__class__ is self.mapping_class:
            return self.mapping(node, depth)
        built: dict[str, Any] = {}
        items = [None] if node.__class__ is self.scalar_class else node.value
        self.left -= len(items)
        if depth > LIMIT_DEPTH or self.left < 0:
            raise self.past_bounds(node)
        for item in reversed(items):
            if item.__class__ is not self.mapping_class:
                raise self.error(
                    node,
                    "`<<` has a value that can't be merged; a mapping or a list of mappings was expected; "
                    "write an alias of a mapping (<<: *name), or quote the key",
                )
            built.update(self.mapping(item, depth + 1))
        return built

    def refused(self, key: Any) -> YamlError:
        if key.__class__ is self.scalar_class:
            return self.error(
                key, "a key is null; a text was expected; write the key before the colon, or quote it"
            )
        if "{{" in self.text.line(self.text.place(key.start_mark)[0]):
            return self.error(key, _TEMPLATE)
        kind = "mapping" if key.__class__ is self.mapping_class else "list"
        return self.error(key, f"a key is a {kind}; a text was expected; quote it if it is meant as text")

    def scalar(self, node: Any) -> Any:
        tag, text = node.tag, node.value
        if not tag:
            return text if node.style else self.plain[text]
        if tag[:18] != "tag:yaml.org,2002:":
            return text
        kinds = _KINDS.get(tag[18:])
        if kinds is None:
            return text
        value = self.plain[text]
        if type(value) not in kinds:
            raise self.error(
                node, f"{text[:40]!r} is no {tag[18:]}, as its tag says; mend the value, or drop the tag"
            )
        return float(value) if tag == "tag:yaml.org,2002:float" else value

    def past_bounds(self, node: Any) -> YamlError:
        if self.left >= 0:
            return self.error(node, _CYCLE if _is_cyclic(self.root) else _TOO_DEEP)
        return self.error(
            node,
            f"aliases unfold to more than {self.allowed} values here; at most {LIMIT_UNFOLDING} for each one "
            f"written, {LIMIT_NODES} in a document and {LIMIT_NODES_OF_TEXT} in a file were expected; "
            "write the repeated parts out, or split the file",
        )

    def error(self, node: Any, message: str) -> YamlError:
        return YamlError(message, *self.text.place(node.start_mark))

    def duplicates(self, document: int) -> list[Duplicate]:
        """The repeated keys found while building, in order; each mapping by one way that leads to it."""
        found: list[Duplicate] = []
        seen: set[int] = set()
        ways: list[tuple[Any, Keys]] = [(self.root, ())]
        while ways:
            node, keys = ways.pop()
            if id(node) in seen or node.__class__ is self.scalar_class:
                continue
            seen.add(id(node))
            if node.__class__ is not self.mapping_class:
                ways.extend(reversed([(item, (*keys, index)) for index, item in enumerate(node.value)]))
                continue
            named = [(_name(key, self.keys), key, item) for key, item in node.value]
            if id(node) in self.repeated:
                first: dict[str, int] = {}
                for name, key, _ in named:
                    line = self.text.place(key.start_mark)[0]
                    if name in first:
                        found.append(Duplicate(document, (*keys, name), first[name], line))
                    elif name is not None:
                        first[name] = line
            ways.extend((item, keys if name is None else (*keys, name)) for name, _, item in reversed(named))
        return sorted(found, key=lambda duplicate: duplicate.line)


_KINDS: dict[str, tuple[type, ...]] = {
    "null": (type(None),), "bool": (bool,), "int": (int,), "float": (int, float),
}  # fmt: skip


def _name(key: Any, keys: Memo) -> str | None:
    """The name of an entry; None where it has none, as a merge."""
    if not isinstance(key.value, str):
        return None
    if key.style or _is_tagged(key):
        return key.value
    try:
        return str(keys[key.value])
    except KeyError:
        return None


def _is_tagged(scalar: Any) -> bool:
    """Whether a scalar has a tag of its own, so that it isn't a plain one."""
    return bool(scalar.tag) and scalar.tag != "tag:yaml.org,2002:merge"


def _show_tags(root: Any) -> None:
    """Gives every scalar that has a tag a style, so that it isn't taken for a plain one."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node.value, str):
            if _is_tagged(node):
                node.style = node.style or "!"
        elif id(node) not in seen:
            seen.add(id(node))
            for item in node.value:
                stack.extend(item if isinstance(item, tuple) else (item,))


def _is_cyclic(node: Any) -> bool:
    """Whether a node stands within itself; walks each node once."""
    open_: set[int] = set()
    done: set[int] = set()
    stack: list[tuple[Any, bool]] = [(node, False)]
    while stack:
        node, leaving = stack.pop()
        if leaving:
            open_.discard(id(node))
            done.add(id(node))
        elif id(node) in open_:
            return True
        elif id(node) not in done and not isinstance(node.value, str):
            open_.add(id(node))
            stack.append((node, True))
            for item in node.value:
                stack.extend((part, False) for part in (item if isinstance(item, tuple) else (item,)))
    return False


def read(text: bytes, table: Table = KUBERNETES) -> Parsed:
    """The documents of a text.

    Raises:
        YamlError: when it isn't YAML, isn't text, or goes past the bounds.
    """
    source = _Text(text)
    documents: list[Any] = []
    duplicates: list[Duplicate] = []
    marks: list[bytes] = []
    left = LIMIT_NODES_OF_TEXT
    for root, nodes in _roots(source):
        allowed = min(LIMIT_NODES, LIMIT_UNFOLDING * nodes + FREE_UNFOLDING, left)
        builder = _Builder(source, table, root, allowed)
        documents.append(builder.document())
        left -= allowed - builder.left
        if builder.repeated:
            duplicates.extend(builder.duplicates(len(documents) - 1))
        marks.append(array("Q", builder.marks).tobytes())
    in_order = (
        not duplicates and source.starts is None and b"*" not in source.utf8 and b"<<" not in source.utf8
    )
    return Parsed(tuple(documents), tuple(duplicates), tuple(marks) if in_order else ())


class Composed(NamedTuple):
    """One document with the nodes that it was built from: the marks say where each value stands.

    Nodes are those of PyYAML (`id`, `value`, `style`, `flow_style`, `start_mark`, `end_mark`); `index` of a
    mark counts characters after the byte-order mark.
    """

    root: Any
    value: Any
    duplicates: tuple[Duplicate, ...]


def composed(text: bytes, table: Table = KUBERNETES) -> tuple[Composed, ...]:
    """The documents of a text with their nodes, for whoever edits it; within the bounds of `read`.

    Raises:
        YamlError: when it isn't YAML, isn't text, or goes past the bounds.
    """
    source = _Text(text)
    found: list[Composed] = []
    left = LIMIT_NODES_OF_TEXT
    for root, nodes in _roots(source):
        allowed = min(LIMIT_NODES, LIMIT_UNFOLDING * nodes + FREE_UNFOLDING, left)
        builder = _Builder(source, table, root, allowed)
        value = builder.document()
        left -= allowed - builder.left
        repeated = builder.duplicates(len(found)) if builder.repeated else ()
        found.append(Composed(root, value, tuple(repeated)))
    return tuple(found)


def name_of(key: Any, table: Table = KUBERNETES) -> str | None:
    """The name of an entry as `read` gives it, from the node of its key; None for a merge."""
    return _name(key, table.keys)


# ---- positions


def _packed(mark: Any) -> int:
    packed: int = mark.line << _COLUMN_BITS | mark.column
    return packed


class Marks:
    """Lines and columns of many values of a text that is parsed already, by what was noted then."""

    def __init__(self, parsed: Parsed) -> None:
        self._documents = parsed.documents
        self._marks = parsed.marks
        self._sizes: dict[int, int] = {}  # values below a collection, by its id
        self._found: dict[tuple[int, Keys], tuple[int, Any, bool]] = {}

    def of(self, document: int, keys: Keys = ()) -> tuple[int, int] | None:
        """As `Positions.of`."""
        if not 0 <= document < len(self._documents):
            return None
        start = self._find(document, keys)[0] * 8
        packed = int.from_bytes(self._marks[document][start : start + 8], byteorder)
        return (packed >> _COLUMN_BITS) + 1, (packed & ((1 << _COLUMN_BITS) - 1)) + 1

    def _find(self, document: int, keys: Keys) -> tuple[int, Any, bool]:
        """Index of a mark, its value, and whether the keys lead there; else of the deepest on the way."""
        known = self._found.get((document, keys))
        if known is None:
            known = 0, self._documents[document], True
            if keys:
                index, value, there = known = self._find(document, keys[:-1])
                below = self._index_below(value, keys[-1]) if there else None
                known = (index, None, False) if below is None else (index + below, value[keys[-1]], True)
            self._found[document, keys] = known
        return known

    def _index_below(self, value: Any, key: str | int) -> int | None:
        """How many marks after a collection's own that of an entry stands; None where there is none."""
        if type(value) is dict:
            if key not in value:
                return None
            before = 1
            for name, item in value.items():
                if name == key:
                    return before
                before += self._size(item) + 1 if type(item) is dict or type(item) is list else 1
        elif type(value) is list and type(key) is int and 0 <= key < len(value):
            return 1 + key + sum(map(self._size, value[:key]))
        return None

    def _size(self, value: Any) -> int:
        kind = type(value)
        if kind is not dict and kind is not list:
            return 0
        known = self._sizes.get(id(value))
        if known is None:
            items = value.values() if kind is dict else value
            known = self._sizes[id(value)] = len(value) + sum(map(self._size, items))
        return known


class _Below(NamedTuple):
    """Where a node stands and what is below it, without the node: a fifth of its memory."""

    place: int  # line and column in one number
    entries: "dict[Any, int | _Below]"  # a number where nothing is below


class Positions:
    """Lines and columns of many values of one text, which is composed at the first question.

    Keys are found as `read` gives them, by either table.
    """

    def __init__(self, text: bytes, table: Table = KUBERNETES) -> None:
        self._text = text
        self._table = table
        self._documents: tuple[_Below, ...] | None = None

    def of(self, document: int, keys: Keys = ()) -> tuple[int, int] | None:
        """1-based line and column of the key of an entry, or of an item of a list.

        Where the keys lead nowhere, the deepest place on the way; without keys, where the document's
        content begins. None when there is no such document.

        Raises:
            YamlError: when the text isn't YAML or goes past the bounds.
        """
        if self._documents is None:
            self._documents = tuple(_places(self._text, self._table))
            self._text = b""
        if not 0 <= document < len(self._documents):
            return None
        at: int | _Below = self._documents[document]
        place = self._documents[document].place
        for key in keys:
            if isinstance(at, int):
                break
            found = at.entries.get(key)
            if found is None:
                break
            at = found
            place = at if isinstance(at, int) else at.place
        return place >> _COLUMN_BITS, place & ((1 << _COLUMN_BITS) - 1)


def positions_of(
    text: bytes, wanted: Iterable[tuple[int, Keys]], table: Table = KUBERNETES
) -> dict[tuple[int, Keys], tuple[int, int] | None]:
    """The answers of `Positions.of` to many questions about one text, without an index of all the rest.

    Raises:
        YamlError: when the text isn't YAML or goes past the bounds.
    """
    if b"<<" in text or b"*" in text:  # merged keys and aliases take the index to follow
        positions = Positions(text, table)
        return {(document, keys): positions.of(document, keys) for document, keys in wanted}
    source = _Text(text)
    asked: dict[int, list[Keys]] = {}
    for document, keys in wanted:
        asked.setdefault(document, []).append(keys)
    found: dict[tuple[int, Keys], tuple[int, int] | None] = {
        (document, keys): None for document in asked for keys in asked[document]
    }
    last = max(asked, default=-1)
    for document, (root, _) in enumerate(_roots(source)):
        for keys in asked.get(document, ()):
            found[document, keys] = source.place(_mark_of(root, keys, table))
        if document >= last:
            break
    return found


def _mark_of(node: Any, keys: Keys, table: Table) -> Any:
    """Where the value at `keys` below a node begins: its key, or itself as an item of a list."""
    mark = node.start_mark
    for key in keys:
        value = node.value
        if isinstance(value, str):
            break
        if node.__class__ is _library().mapping:
            # the last of two equal keys wins, and a name as it is read wins over one as it is written
            read = [pair for pair in value if _name(pair[0], table.keys) == key]
            pair = next(reversed(read or [pair for pair in value if pair[0].value == key]), None)
            if pair is None:
                break
            mark, node = pair[0].start_mark, pair[1]
        elif isinstance(key, int) and 0 <= key < len(value):
            node = value[key]
            mark = node.start_mark
        else:
            break
    return mark


def position(
    text: bytes, document: int, keys: Keys = (), table: Table = KUBERNETES
) -> tuple[int, int] | None:
    """As `Positions.of`, for one question."""
    return Positions(text, table).of(document, keys)


def _places(raw: bytes, table: Table) -> Iterator[_Below]:
    text = _Text(raw)
    placer = _Placer(text, table)
    for root, _ in _roots(text):
        placer.known.clear()
        below = placer.below(root, root.start_mark, 1)
        yield below if isinstance(below, _Below) else _Below(below, {})


class _Placer:
    """Places of the documents of a text. An aliased node's are shared, so only merges can unfold here."""

    def __init__(self, text: _Text, table: Table) -> None:
        self.text = text
        self.keys = table.keys
        self.known: dict[int, dict[Any, int | _Below]] = {}  # of this document, by id of the node
        self.left = LIMIT_NODES_OF_TEXT

    def below(self, node: Any, mark: Any, depth: int) -> int | _Below:
        line, column = self.text.place(mark)
        place = line << _COLUMN_BITS | column
        if isinstance(node.value, str):
            return place
        entries = self.known.get(id(node))
        if entries is None:
            if depth > LIMIT_DEPTH:
                raise YamlError(_TOO_DEEP, line, column)
            entries = self.known[id(node)] = {}
            if node.__class__ is _library().mapping:
                self.fill(entries, node, depth)
            else:
                for index, item in enumerate(node.value):
                    entries[index] = self.below(item, item.start_mark, depth + 1)
        return _Below(place, entries)

    def fill(self, entries: dict[Any, int | _Below], node: Any, depth: int) -> None:
        as_written: dict[str, int | _Below] = {}
        merges: list[Any] = []
        for key, item in node.value:
            below = self.below(item, key.start_mark, depth + 1)
            name = _name(key, self.keys)
            if name is None:
                if key.value == "<<" and isinstance(below, _Below):
                    merges.append(below)
                continue
            entries[name] = below
            as_written[key.value] = below
        for text, below in as_written.items():
            entries.setdefault(text, below)
        for merge in reversed(merges):
            maps = [merge]
            if 0 in merge.entries:  # a list of mappings
                maps = [item for item in merge.entries.values() if isinstance(item, _Below)]
            for brought in maps:
                self.left -= len(brought.entries)
                if self.left < 0:
                    return  # `read` refuses such a text; the places found so far are right
                for name, below in tuple(brought.entries.items()):
                    entries.setdefault(name, below)


# ---- words for what went wrong

_TOO_DEEP = f"values are nested deeper than {LIMIT_DEPTH}; less was expected; flatten them"
_CYCLE = "an alias stands within the value that its anchor names; no cycle was expected; write the value out"
_UNDEFINED_ALIAS = (
    "an alias has no anchor before it; &name earlier in the document was expected; "
    "quote a text that starts with *"
)
_TEMPLATE = "a template's {{ }} stands where YAML was expected; render the template first, or quote the value"
_BINARY = "the file isn't text; YAML in UTF-8 was expected; leave the file out of the evidence"
_ENCODING = "the text isn't UTF-8; YAML in UTF-8 was expected; save the file in UTF-8"

# Part of the parser's own text → what to say instead.
_WORDS = (
    ("maximum nesting depth", _TOO_DEEP),
    ("found undefined alias", _UNDEFINED_ALIAS),
    ("control characters are not allowed", "a control character stands in the text; printable text was "
     "expected; remove it, or write it as an escape in double quotes"),
    ("UTF-8", _ENCODING),
    ("invalid Unicode", _ENCODING),
    ("while scanning an alias", "a value starts with *, as an alias does; *name was expected; quote it"),
    ("while scanning an anchor", "a value starts with &, as an anchor does; &name was expected; quote it"),
    ("cannot start any token", "a value starts with {found}, which YAML keeps for itself; quote the value"),
    ("mapping values are not allowed", "a second `: ` stands in a value; one key in a line was expected; "
     "quote the value, or mend the indentation"),
    ("did not find expected key", "an entry of a mapping was expected at this indentation; align it with its "
     "neighbours, or close the quote or bracket before it"),
    ("did not find expected '-' indicator", "an item of a list (`- `) was expected at this indentation; "
     "align it with its neighbours"),
    ("could not find expected ':'", "a key has no colon; `key: value` was expected; add the colon, or "
     "indent the text as part of the value before it"),
    ("did not find expected node content", "a value is missing; one was expected here; write it, or "
     "close the bracket before it"),
    ("block sequence entries are not allowed", "a list starts within a line; `- ` at the start of a line was "
     "expected; begin a new line, or quote the text"),
    ("unexpected end of stream", "a quote is never closed; its end was expected; close it"),
    ("did not find expected ',' or", "a bracket is never closed; a comma or its end was expected; close it"),
    ("incompatible YAML document", "%YAML names an unknown version; 1.1 or 1.2 was expected; drop the line"),
)  # fmt: skip


def _explained(error: Any, text: _Text) -> YamlError:
    """An error of the parser in words that say what was expected and how to mend it."""
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", "") or "can't be read")
    context = str(getattr(error, "context", None) or "")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        line, column = text.place(mark)
    else:
        line, column = text.place_of_byte(getattr(error, "position", 0))
    there = text.line(line)
    if b"\0" in text.utf8[:8000]:
        return YamlError(_BINARY, line, column)
    if "{{" in there or there.lstrip().startswith("{%"):
        return YamlError(_TEMPLATE, line, column)
    if there[column - 1 : column] == "\t" or there.startswith("\t"):
        return YamlError(
            "a tab stands in the indentation; spaces were expected; replace the tab by spaces", line, column
        )
    whole = f"{context}: {problem}" if context else problem
    for part, words in _WORDS:
        if part in whole:
            return YamlError(words.replace("{found}", repr(there[column - 1 : column])), line, column)
    return YamlError(f"{whole}; valid YAML was expected; mend the text before this place", line, column)


def _too_many_documents(text: _Text, mark: Any) -> YamlError:
    return YamlError(
        f"more than {LIMIT_DOCUMENTS} documents; fewer were expected; split the file", *text.place(mark)
    )


def _too_many_nodes(text: _Text, parser: Any, allowed: int) -> YamlError:
    if allowed < LIMIT_NODES:
        message = f"the file has more than {LIMIT_NODES_OF_TEXT} values; fewer were expected; split it"
    else:
        message = f"a document has more than {LIMIT_NODES} values; fewer were expected; split the file"
    try:
        line, column = text.place(parser.get_event().start_mark)
    except _library().error as error:
        broken = _explained(error, text)
        line, column = broken.line, broken.column
    return YamlError(message, line, column)
