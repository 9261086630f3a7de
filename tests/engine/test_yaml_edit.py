"""Texts edited in place: only what is asked changes, and what can't be done for certain is refused."""
# a row a case

import re
from difflib import SequenceMatcher
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.outcome import Edit, Location
from readiness.yaml_edit import EditableText
from readiness.yaml_planner import Refused
from readiness.yaml_reader import read

Keys = tuple[str | int, ...]


def sets(keys: str, value: Any, document: int = 0) -> Edit:
    return Edit(Location("repository", "a.yaml", document, path(keys)), "set", value)


def removes(keys: str, document: int = 0) -> Edit:
    return Edit(Location("repository", "a.yaml", document, path(keys)), "remove")


def path(keys: str) -> Keys:
    return tuple(int(key) if key.isdigit() else key for key in keys.split("."))


def edited(text: str, *edits: Edit) -> str:
    editable = EditableText(text.encode())
    splices = editable.spliced(edits)
    new = editable.edited(splices).decode()
    assert patched(text, editable.diff(splices, "a.yaml")) == new
    return new


def patched(text: str, diff: str) -> str:
    """`text` with a unified diff applied; every line of it that is said to stand there has to."""
    old = re.findall(r"[^\n]*\n|[^\n]+\Z", text)
    head, *hunks = re.split(r"^@@ -(\d+),(\d+) \+(\d+),(\d+) @@\n", diff, flags=re.MULTILINE)
    assert head == "--- a/a.yaml\n+++ b/a.yaml\n"
    new: list[str] = []
    at = 0
    for start, count, new_start, new_count, body in zip(
        *(map(int, hunks[n::5]) for n in range(4)), hunks[4::5], strict=True
    ):
        begin = start - bool(count)
        new += old[at:begin]
        assert len(new) == new_start - bool(new_count)
        was = then = 0
        at = begin
        lines = re.findall(r"[^\n]*\n", body)
        for line, following in zip(lines, [*lines[1:], ""], strict=True):
            if line.startswith("\\"):
                continue
            text_of = line[1:-1] if following.startswith("\\") else line[1:]
            if line[0] in " -":
                assert old[at] == text_of
                at, was = at + 1, was + 1
            if line[0] in " +":
                new.append(text_of)
                then += 1
        assert (was, then) == (count, new_count)
    return "".join(new + old[at:])


POD = """\
# The main workload.
kind: Pod
spec:
  containers:
    - name: web  # the one that serves
      image: 'web:1'

      # hardened in March
      securityContext:
        privileged: true  # for the old agent
        runAsUser: 10
      ports: [{containerPort: 80}]
"""

CASES: dict[str, tuple[str, tuple[Edit, ...], str]] = {
    "a scalar": ("a: 1  # one\nb: 2\n", (sets("a", 3),), "a: 3  # one\nb: 2\n"),
    "quotes stay": ("a: 'x'\nb: \"y\"\n", (sets("a", "it's"), sets("b", "z")), "a: 'it''s'\nb: \"z\"\n"),
    "a text that needs quotes": ("a: x\n", (sets("a", "yes"),), 'a: "yes"\n'),
    "a boolean in place of a text": ("a: 'true'\n", (sets("a", True),), "a: true\n"),
    "a text in place of a number": ("a: 8\n", (sets("a", "8"),), 'a: "8"\n'),
    "a text of two lines": ("a: one\n  two\nb: 1\n", (sets("a", "x"),), "a: x\nb: 1\n"),
    "a key behind the last": ("a:\n  b: 1\n\n# c\nd: 2\n", (sets("a.c", 2),),
    "a:\n  b: 1\n  c: 2\n\n# c\nd: 2\n"),
    "a key behind a nested one": (
        "a:\n  b:\n    c: 1  # last\nd: 2\n", (sets("a.e", "10Mi"),), "a:\n  b:\n    c: 1  # last\n  e: 10Mi\nd: 2\n",
    ),
    "a key behind a text of lines": (
        "a:\n  b: |\n    text\n\nc: 1\n", (sets("a.d", 2),), "a:\n  b: |\n    text\n  d: 2\n\nc: 1\n",
    ),
    "a key behind an alias": ("a: &x 1\nb:\n  c: *x\n", (sets("b.d", 2),), "a: &x 1\nb:\n  c: *x\n  d: 2\n"),
    "a key at the end of a file without its last line end": ("a: 1", (sets("b", 2),), "a: 1\nb: 2"),
    "a key in a flow mapping": ("a: {b: 1}  # x\n", (sets("a.c", True),), "a: {b: 1, c: true}  # x\n"),
    "a key in an empty flow mapping": ("a: {}\n", (sets("a.c.d", 1),), "a: {c: {d: 1}}\n"),
    "a key behind a trailing comma": ("a: { b: 1, }\n", (sets("a.c", 2),), "a: { b: 1, c: 2, }\n"),
    "a key in a flow mapping of lines": (
        "a: {\n  b: 1,\n  c: 2  # two\n}\n", (sets("a.d", 3),), "a: {\n  b: 1,\n  c: 2, d: 3  # two\n}\n",
    ),
    "an empty value": ("a:  # todo\nb: 1\n", (sets("a.c", 2),), "a:  # todo\n  c: 2\nb: 1\n"),
    "a null": ("a: null  # todo\nb: ~\n", (sets("a.c", 2), sets("b", 3)), "a:  # todo\n  c: 2\nb: 3\n"),
    "an empty value in flow": ("a: {b: }\n", (sets("a.b.c", 2),), "a: {b: {c: 2} }\n"),
    "an empty value that becomes a scalar": ("a:\nb: 1\n", (sets("a", 2),), "a: 2\nb: 1\n"),
    "parents that are missing": ("a:\n    b: 1\n", (sets("a.c.d", 2),),
    "a:\n    b: 1\n    c:\n        d: 2\n"),
    "parents once for two": ("a: 1\n", (sets("b.c", 1), sets("b.d", 2)), "a: 1\nb:\n  c: 1\n  d: 2\n"),
    "innermost first": (
        "a:\n  b:\n    c: 1\n", (sets("d", 1), sets("a.e", 1), sets("a.b.f", 1)), "a:\n  b:\n    c: 1\n    f: 1\n  e: 1\nd: 1\n",
    ),
    "lists as the document indents them": (
        "a:\n- 1\nb:\n  c: 1\n", (sets("b.drop", ["ALL"]),), "a:\n- 1\nb:\n  c: 1\n  drop:\n  - ALL\n",
    ),
    "lists that are indented": (
        "a:\n  - 1\nb:\n  c: 1\n", (sets("b.drop", ["ALL"]),), "a:\n  - 1\nb:\n  c: 1\n  drop:\n    - ALL\n",
    ),
    "a list in flow": ("a: []\nb: [1, 2]\n", (sets("a", ["ALL"]), sets("b.2", 3)),
    "a: [ALL]\nb: [1, 2, 3]\n"),
    "a list in place of a list": (
        "a:\n  - x\n  - y\n# c\nb: 1\n", (sets("a", ["ALL"]),), "a:\n  - ALL\n# c\nb: 1\n",
    ),
    "a scalar in place of a list": ("a:\n- x\nb: 1\n", (sets("a", 2),), "a: 2\nb: 1\n"),
    "an item": ("a:\n  - x  # c\n  - y\n", (sets("a.0", "z"),), "a:\n  - z  # c\n  - y\n"),
    "an item behind the last": (
        "a:\n- x\nb: 1\n", (sets("a.1.k.l", True),), "a:\n- x\n- k:\n    l: true\nb: 1\n",
    ),
    "an item of a list that is missing": ("a: 1\n", (sets("b.0.c", 2),), "a: 1\nb:\n  - c: 2\n"),
    "an entry removed": ("a: 1\nb: 2  # two\nc: 3\n", (removes("b"),), "a: 1\nc: 3\n"),
    "the comment above stays": ("a: 1\n# two\nb: 2\nc: 3\n", (removes("b"),), "a: 1\n# two\nc: 3\n"),
    "what is below goes too": ("a: 1\nb:\n  # x\n  c:\n  - 1\n\nd: 3\n", (removes("b"),), "a: 1\n\nd: 3\n"),
    "the last entry of a mapping": ("a:  # x\n  b: 1\nc: 2\n", (removes("a.b"),), "a: {}  # x\nc: 2\n"),
    "the last item of a list": ("a:\n- b\nc: 2\n", (removes("a.0"),), "a: []\nc: 2\n"),
    "the only entry of an item": ("- a: 1\n- b: 2\n", (removes("0.a"),), "- {}\n- b: 2\n"),
    "the entry behind a dash": ("- a: 1\n  b: 2\n  c: 3\n", (removes("0.a"), removes("0.c")), "- b: 2\n"),
    "an item removed": ("- a: 1\n  b: 2\n- c\n- d\n", (removes("0"), removes("2")), "- c\n"),
    "a text of lines removed": ("a: |\n  x\n\nb: 1\n", (removes("a"),), "\nb: 1\n"),
    "the last line of a file": ("a: 1\nb: 2", (removes("b"),), "a: 1\n"),
    "first in flow": ("a: {b: 1, c: 2}\n", (removes("a.b"),), "a: {c: 2}\n"),
    "last in flow": ("a: [1, 2 , 3]\n", (removes("a.1"), removes("a.2")), "a: [1]\n"),
    "all in flow": ("a: { b: 1 }\nc: [x]\n", (removes("a.b"), removes("c.0")), "a: {}\nc: []\n"),
    "one out, one in": ("a: {b: 1}\nc:\n  d: 1\n", (removes("a.b"), sets("a.e", 2), removes("c.d"),
    sets("c.f", 3)), "a: {e: 2}\nc:\n  f: 3\n"),
    "last out, one in": ("a: {b: 1, c: 2}\n", (removes("a.c"), sets("a.d", 3)), "a: {b: 1, d: 3}\n"),
    "a file of documents": ("---\na: 1\n---\n---  # x\nb: 1\n", (sets("b", 2, 2), sets("a", 3, 0)),
    "---\na: 3\n---\n---  # x\nb: 2\n"),
    "documents with ends": ("%YAML 1.1\n---\na: 1\n...\n---\nb: 1\n...\n", (sets("b", 2, 1),),
    "%YAML 1.1\n---\na: 1\n...\n---\nb: 2\n...\n"),
    "Windows": ("a:\r\n  b: 1\r\nc: 2\r\n", (sets("a.d", [1]), removes("c")),
    "a:\r\n  b: 1\r\n  d:\r\n    - 1\r\n"),
    "Windows, no last end": ("a: 1\r\nb: 2", (sets("c", 3),), "a: 1\r\nb: 2\r\nc: 3"),
    "a byte-order mark": ("\ufeffa: 1\nb: ü\n", (sets("b", "ö"), sets("a", 2)), '\ufeffa: 2\nb: "ö"\n'),
    "a key that YAML reads as true": ("on: 1\n", (sets("true", 2),), "on: 2\n"),
    "the last of a key that stands twice": ("a: 1\na: 2\n", (sets("a", 3),), "a: 1\na: 3\n"),
    "beside an anchor": ("a: &x {b: 1}\nc: *x\nd: 1\n", (sets("d", 2),), "a: &x {b: 1}\nc: *x\nd: 2\n"),
    "all at once": (
        POD,
        (
            removes("spec.containers.0.securityContext.privileged"),
            sets("spec.containers.0.securityContext.readOnlyRootFilesystem", True),
            sets("spec.containers.0.image", "web:2"),
            sets("spec.containers.0.ports.0.name", "http"),
            sets("spec.containers.0.resources.limits.memory", "64Mi"),
            sets("spec.automountServiceAccountToken", False),
        ),
        """\
# The main workload.
kind: Pod
spec:
  containers:
    - name: web  # the one that serves
      image: 'web:2'

      # hardened in March
      securityContext:
        runAsUser: 10
        readOnlyRootFilesystem: true
      ports: [{containerPort: 80, name: http}]
      resources:
        limits:
          memory: 64Mi
  automountServiceAccountToken: false
""",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_the_text_is_edited_where_it_stands(case: tuple[str, tuple[Edit, ...], str]) -> None:
    text, edits, expected = case
    assert edited(text, *edits) == expected


REFUSED: dict[str, tuple[str, tuple[Edit, ...], str]] = {
    "an anchor on the way": ("a: &x\n  b: 1\nc: *x\n", (sets("a.b", 2),), "anchor"),
    "an alias on the way": ("a: &x\n  b: 1\nc: *x\n", (sets("c.b", 2),), "anchor"),
    "an alias as the value": ("a: &x 1\nb: *x\n", (sets("b", 2),), "anchor"),
    "an alias removed": ("a: &x 1\nb: *x\n", (removes("b"),), "anchor"),
    "an anchor removed that is used": ("a:\n  c: &x 1\nb: *x\n", (removes("a"),), "would not be YAML"),
    "a merge key": ("a: &x {b: 1}\nc:\n  <<: *x\n", (sets("c.d", 2),), "merge"),
    "a tag": ("a: !x\n  b: 1\n", (sets("a.b", 2),), "tag"),
    "a tag on the value": ("a: !!str 1\n", (sets("a", 2),), "tag"),
    "a tab": ("a:\n  b:\t1\n", (sets("a.b", 2),), "tab"),
    "a template": ("a: '{{ .Values.a }}'\nb: 1\n", (sets("b", 2),), "template"),
    "a template in a comment": ("# {{- if .x }}\nb: 1\n", (sets("b", 2),), "template"),
    "no YAML": ("a: [\n", (sets("a", 2),), "can't be read"),
    "a scalar on the way": ("a: x\n", (sets("a.b", 2),), "neither"),
    "a list where a mapping is meant": ("a: [x]\n", (sets("a.b", 2),), "neither"),
    "no such document": ("a: 1\n", (sets("a", 2, 1),), "no such document"),
    "nothing to do": ("a: 1\n", (sets("a", 1), removes("b.c")), "already"),
    "a gap in a list": ("a: [1]\n", (sets("a.2", 2),), "missing before it"),
    "a text of lines": ("a: |\n  x\n", (sets("a", 2),), "several lines"),
    "a comment in what goes": ("a:\n  - x\n  # c\n  - y\n", (sets("a", [1]),), "comment"),
    "a comment behind the dash's entry": ("- a: 1\n  # c\n  b: 2\n", (removes("0.a"),), "comment"),
    "a whole document": ("a: 1\n", (removes("a"),), "empty"),
    "one place twice": ("a: 1\n", (sets("a", 2), sets("a", 3)), "same place"),
    "one place as a number and a boolean": ("a: 2\n", (sets("a", 1), sets("a", True)), "same place"),
    "a place below another": ("a: {b: 1}\n", (removes("a"), sets("a.b", 3)), "same place"),
    "a place above another": ("a: {b: 1}\n", (sets("a.b", 3), removes("a")), "same place"),
    "all of an item": ("- a: 1\n", (removes("0.a"), sets("0.b", 1)), "all else"),
    "a pair without braces": ("a: [b: 1]\n", (sets("a.0.c", 1),), "without braces"),
    "a line end of its own kind": ("a: 1\rb: 2\n", (sets("a", 1),), "count differently"),
    "a number that YAML has not": ("a: 1\n", (sets("a", float("nan")),), "none that YAML has"),
    "a key that stands twice": ("a: 1\na: 2\n", (removes("a"),), "more than the one"),
    "a text that keeps its ends": ("a:\n  b: |+\n    x\n\n", (sets("a.c", 1),), "more than the one"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED.values(), ids=list(REFUSED))
def test_what_is_not_certain_is_refused(case: tuple[str, tuple[Edit, ...], str]) -> None:
    text, edits, why = case
    with pytest.raises(Refused, match=re.escape(why)):
        edited(text, *edits)


@pytest.mark.parametrize("raw", ["a: 1\n".encode("utf-16"), b"a: \xff\n", b"a: 1\0\n"])
def test_other_encodings_are_refused(raw: bytes) -> None:
    with pytest.raises(Refused):
        EditableText(raw)


def test_one_edit_asked_twice_is_made_once() -> None:
    assert edited("a: 1\n", sets("a", 2), sets("a", 2)) == "a: 2\n"


# ---- any document, any edit

WORDS = st.sampled_from(
    ["a", "b", "name", "on", "8", "no", "x y", "it's", "", "é", "a: b", "# c", "{", "0x1"]
)
SCALARS = st.one_of(WORDS, st.integers(-5, 99), st.booleans(), st.none(), st.just(1.5))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(WORDS, VALUES, min_size=1, max_size=4)


def quoted(value: Any, draw: Any) -> str:
    if isinstance(value, str):
        plain = re.fullmatch("[a-z]{1}|name", value) and value not in ("y", "n")
        styles = ["'" + value.replace("'", "''") + "'", f'"{value}"', *([value] if plain else [])]
        return str(draw(st.sampled_from(styles)))
    words: dict[Any, str] = {None: "null"}
    return str(value).lower() if isinstance(value, bool) else words.get(value, str(value))


def flow(value: Any, draw: Any) -> str:
    pad = draw(st.sampled_from(["", " "]))
    if isinstance(value, dict):
        entries = ", ".join(f"{quoted(key, draw)}: {flow(item, draw)}" for key, item in value.items())
        return f"{{{pad}{entries}{pad}}}"
    if isinstance(value, list):
        return f"[{pad}{',  '.join(flow(item, draw) for item in value)}{pad}]"
    return quoted(value, draw)


class Written:
    """A document as somebody may have written it: block and flow, comments, indentations."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.step = draw(st.sampled_from([1, 2, 4]))
        self.of_list = draw(st.sampled_from([0, self.step]))
        self.comments = draw(st.booleans())
        self.number = 0

    def comment(self, column: int) -> list[str]:
        if not self.comments or self.draw(st.integers(0, 3)):
            return []
        self.number += 1
        return self.draw(st.sampled_from([[f"{' ' * column}# c{self.number}"], [""]]))  # type: ignore[no-any-return]

    def behind(self) -> str:
        if not self.comments or self.draw(st.integers(0, 3)):
            return ""
        self.number += 1
        return f"  # c{self.number}"

    def mapping(self, value: dict[Any, Any], column: int) -> list[str]:
        lines: list[str] = []
        for key, item in value.items():
            if lines:
                lines += self.comment(column)
            lines += self.entry(f"{' ' * column}{quoted(key, self.draw)}:", item, column, "")
        return lines

    def entry(self, head: str, item: Any, column: int, _: str) -> list[str]:
        if not isinstance(item, dict | list) or not item or not self.draw(st.integers(0, 2)):
            if item is None and self.draw(st.booleans()):
                return [head + self.behind()]
            return [f"{head} {flow(item, self.draw)}{self.behind()}"]
        inside = column + (self.step if isinstance(item, dict) else self.of_list)
        lines = self.mapping(item, inside) if isinstance(item, dict) else self.items(item, inside)
        return [head + self.behind(), *lines]

    def items(self, value: list[Any], column: int) -> list[str]:
        lines: list[str] = []
        for item in value:
            if lines:
                lines += self.comment(column)
            dash = " " * column + "- "
            if isinstance(item, dict) and item and self.draw(st.booleans()):
                first, *rest = self.mapping(item, column + 2)
                lines += [dash + first[column + 2 :], *rest]
            elif isinstance(item, list) and item and self.draw(st.booleans()):
                first, *rest = self.items(item, column + 2)
                lines += [dash + first[column + 2 :], *rest]
            else:
                lines.append(dash + flow(item, self.draw) + self.behind())
        return lines


def places(value: Any, keys: Keys = ()) -> list[Keys]:
    found = [keys] if keys else []
    for key, item in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        found += places(item, (*keys, key))
    return found


def after(value: Any, edit: Edit, keys: tuple[Any, ...] | None = None) -> Any:
    """The value with one edit made, the simplest way."""
    way: tuple[Any, ...] = edit.at.keys if keys is None else keys
    key, *rest = way
    new: Any = list(value) if isinstance(value, list) else dict(value or {})
    if rest:
        new[key] = after(new[key], edit, tuple(rest))
    elif edit.op == "remove":
        del new[key]
    elif isinstance(new, list):
        new[key : key + 1] = [edit.value]
    else:
        new[key] = edit.value
    return new


@st.composite
def written_documents(draw: Any) -> tuple[str, list[Any]]:
    values = draw(st.lists(DOCUMENTS, min_size=1, max_size=2))
    written = Written(draw)
    lines = [line for value in values for line in ("---", *written.mapping(value, 0))]
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = end.join(lines if draw(st.booleans()) or len(values) > 1 else lines[1:])
    return draw(st.sampled_from(["", "\ufeff"])) + text + draw(st.sampled_from(["", end])), values


@st.composite
def edits_of(draw: Any, values: list[Any]) -> Edit:
    number = draw(st.integers(0, len(values) - 1))
    way = draw(st.sampled_from(places(values[number])))
    at = values[number]
    for key in way:
        at = at[key]
    if draw(st.booleans()) and (isinstance(at, dict) or at is None):
        way += (draw(st.sampled_from(["new", "on", "x y"])),)
    elif draw(st.booleans()) and isinstance(at, list):
        way += (len(at),)
    elif draw(st.booleans()):
        return Edit(Location("repository", "a.yaml", number, way), "remove")
    return Edit(Location("repository", "a.yaml", number, way), "set", draw(VALUES))


ALLOWED_REFUSALS = ("says so already", "comment stands within", "document would be empty")


def allowed_for_a_reason(text: str, refused: Refused) -> None:
    assert any(why in str(refused) for why in ALLOWED_REFUSALS), (text, refused)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_exactly_the_edit_is_made(data: st.DataObject) -> None:
    text, values = data.draw(written_documents())
    assert read(text.encode()).documents == tuple(values), text
    edit = data.draw(edits_of(values))
    expected = list(values)
    expected[edit.at.document] = after(values[edit.at.document], edit)
    try:
        new = edited(text, edit)
    except Refused as refused:
        allowed_for_a_reason(text, refused)
        return
    assert repr(read(new.encode()).documents) != repr(tuple(values))
    assert read(new.encode()).documents == tuple(expected), (text, new)
    assert ("\r\n" in text) == ("\r\n" in new) or "\n" not in new or "\n" not in text
    untouched_lines_stand(text, new, edit)


def untouched_lines_stand(text: str, new: str, edit: Edit) -> None:
    """All lines but those of the value stay, in order; a value that is added touches one at most."""
    matcher = SequenceMatcher(None, text.splitlines(), new.splitlines(), autojunk=False)
    lost = [
        line
        for tag, low, high, _, _ in matcher.get_opcodes()
        if tag in ("replace", "delete")
        for line in range(low, high)
    ]
    if edit.op == "set" and edit.at.keys[-1] in ("new",):
        assert len(lost) <= 1, (text, new)
    comments = set(re.findall(r"# c\d+", text)) - set(re.findall(r"# c\d+", new))
    if edit.op == "set":
        assert not comments, (text, new)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_edits_of_several_places_are_made_together(data: st.DataObject) -> None:
    text, values = data.draw(written_documents())
    ways = data.draw(st.lists(st.sampled_from(places(values[0])), max_size=4, unique=True))
    edits: list[Edit] = []
    expected = values[0]
    for way in ways:
        if any(way[: len(one.at.keys)] == one.at.keys or one.at.keys[: len(way)] == way for one in edits):
            continue
        edit = Edit(Location("repository", "a.yaml", 0, way), "set", data.draw(SCALARS))
        edits.append(edit)
        expected = after(expected, edit)
    try:
        new = edited(text, *edits)
    except Refused as refused:
        allowed_for_a_reason(text, refused)
        return
    assert read(new.encode()).documents == (expected, *values[1:])
