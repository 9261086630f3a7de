"""YAML as plain data: scalars as the peers read them, every odd text with its outcome, bounds, positions."""

import json
import math
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from readiness import yaml_reader
from readiness.yaml_reader import (
    CORE,
    KUBERNETES,
    Duplicate,
    Marks,
    Positions,
    Table,
    YamlError,
    position,
    read,
)

TABLES = pytest.mark.parametrize("table", [KUBERNETES, CORE], ids=["kubernetes", "core"])


def one(text: bytes | str, table: Table = KUBERNETES) -> Any:
    (document,) = read(text.encode() if isinstance(text, str) else text, table).documents
    return document


# ---- scalars

SCALARS = [
    # plain text, as Kubernetes reads it, as YAML 1.2 core does
    ("", None, None),
    ("~", None, None),
    ("null", None, None),
    ("NULL", None, None),
    ("nULL", "nULL", "nULL"),
    ("true", True, True),
    ("FALSE", False, False),
    ("tRUE", "tRUE", "tRUE"),
    ("yes", True, "yes"),
    ("Yes", True, "Yes"),
    ("y", True, "y"),
    ("Y", True, "Y"),
    ("on", True, "on"),
    ("no", False, "no"),
    ("n", False, "n"),
    ("N", False, "N"),
    ("Off", False, "Off"),
    ("oN", "oN", "oN"),
    ("0", 0, 0),
    ("-0", 0, 0),
    ("+12", 12, 12),
    ("0755", 493, 755),
    ("-0755", -493, -755),
    ("0o17", 15, 15),
    ("0O17", 15, "0O17"),
    ("-0o17", -15, "-0o17"),
    ("0x1F", 31, 31),
    ("-0x1F", -31, "-0x1F"),
    ("0b11", 3, "0b11"),
    ("0b12", "0b12", "0b12"),
    ("08", 8.0, 8),  # no octal number, so Go goes on to floats
    ("1_000", 1000, "1_000"),
    ("1_000.5", 1000.5, "1_000.5"),
    ("_1", "_1", "_1"),
    ("12:30:45", "12:30:45", "12:30:45"),  # no base 60
    ("12e03", 12000.0, 12000.0),
    ("1e3", 1000.0, 1000.0),
    ("1.5", 1.5, 1.5),
    ("1.", 1.0, 1.0),
    (".5", 0.5, 0.5),
    ("+.5e-1", 0.05, 0.05),
    (".", ".", "."),
    ("1e", "1e", "1e"),
    ("1.2.3", "1.2.3", "1.2.3"),
    ("0x", "0x", "0x"),
    ("e3", "e3", "e3"),
    (".inf", math.inf, math.inf),
    ("-.INF", -math.inf, -math.inf),
    ("inf", "inf", "inf"),
    ("NaN", "NaN", "NaN"),
    ("1e999", "1e999", math.inf),
    ("2026-10-20", "2026-10-20", "2026-10-20"),
    ("2026-10-20T08:00:00Z", "2026-10-20T08:00:00Z", "2026-10-20T08:00:00Z"),
    ("9223372036854775807", 2**63 - 1, 2**63 - 1),
    ("18446744073709551615", 2**64 - 1, 2**64 - 1),
    ("18446744073709551616", 2.0**64, 2**64),
    ("-9223372036854775809", -(2.0**63), -(2**63) - 1),
    ("9" * 400, "9" * 400, int("9" * 400)),
    ("9" * 401, "9" * 401, "9" * 401),
    ("0x" + "f" * 500, "0x" + "f" * 500, "0x" + "f" * 500),
    ("१२", "१२", "१२"),  # digits, but not of YAML
    ("=", "=", "="),
    ("500m", "500m", "500m"),
    ("1Gi", "1Gi", "1Gi"),
]


@pytest.mark.parametrize(("text", "kubernetes", "core"), SCALARS, ids=[repr(row[0])[:24] for row in SCALARS])
def test_plain_scalar(text: str, kubernetes: object, core: object) -> None:
    for table, expected in ((KUBERNETES, kubernetes), (CORE, core)):
        for value in (one(f"a: {text}\n", table)["a"], one(f"x:\n- {text}\n", table)["x"][0]):
            assert (type(value), value) == (type(expected), expected)


@TABLES
@pytest.mark.parametrize("word", [".nan", ".NaN", ".NAN"])
def test_nan_is_a_float(word: str, table: Table) -> None:
    assert math.isnan(one(f"a: {word}", table)["a"])


@TABLES
@pytest.mark.parametrize("text", ["yes", "0755", "null", "1e3", "", "true", "<<", "~"])
@pytest.mark.parametrize("style", ["'{}'", '"{}"', "!!str {}", "!!str '{}'", "! '{}'", "!local {}"])
def test_quoted_and_tagged_texts_stay_text(text: str, style: str, table: Table) -> None:
    assert one(f"a: {style.format(text)}\nb: 1", table) == {"a": text, "b": 1}


@pytest.mark.parametrize("text", ["a: |\n  yes\n", "a: >\n  yes\n", "a: !!str |\n  yes\n"])
def test_block_scalars_are_text(text: str) -> None:
    assert one(text) == {"a": "yes\n"}


KEYS = [
    ("on", "true", "on"),
    ("no", "false", "no"),
    ("True", "true", "True"),
    ("0755", "493", "0755"),
    ("200", "200", "200"),
    ("1.50", "1.5", "1.50"),
    ("1e3", "1000", "1e3"),
    (".inf", ".inf", ".inf"),
    ("-.Inf", "-.inf", "-.Inf"),
    (".NaN", ".nan", ".NaN"),
    ("'on'", "on", "on"),
    ("'<<'", "<<", "<<"),
    ("!!str on", "on", "on"),
    ("2026-10-20", "2026-10-20", "2026-10-20"),
]


@pytest.mark.parametrize(("text", "kubernetes", "core"), KEYS)
def test_key_is_text(text: str, kubernetes: str, core: str) -> None:
    assert one(f"{text}: 1", KUBERNETES) == {kubernetes: 1}
    assert one(f"{text}: 1", CORE) == {core: 1}


def test_a_null_key_is_refused_where_kubernetes_refuses_it() -> None:
    assert one("~: 1", CORE) == {"~": 1}
    with pytest.raises(YamlError, match="a key is null"):
        read(b"~: 1", KUBERNETES)


# ---- texts with an outcome


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


READS = [
    ("empty", b"", ()),
    ("white space", b" \n\n", ()),
    ("comment", b"# nothing\n", ()),
    ("empty documents keep their index", b"---\n---\na: 1\n---\n", (None, {"a": 1}, None)),
    ("document end", b"a: 1\n...\n---\nb: 1\n...\n", ({"a": 1}, {"b": 1})),
    ("scalar document", b"--- text\n", ("text",)),
    ("list document", b"- 1\n- [a, {b: c}]\n", ([1, ["a", {"b": "c"}]],)),
    ("byte-order mark", b"\xef\xbb\xbfa: 1\n", ({"a": 1},)),
    ("CRLF", b"a: 1\r\nb:\r\n  - x\r\n", ({"a": 1, "b": ["x"]},)),
    ("UTF-16", "a: é€😀\n".encode("utf-16"), ({"a": "é€😀"},)),
    ("UTF-16 without mark, little", "a: é\n".encode("utf-16-le"), ({"a": "é"},)),
    ("UTF-16 without mark, big", "a: é\n".encode("utf-16-be"), ({"a": "é"},)),
    ("UTF-32", "a: é\n".encode("utf-32"), ({"a": "é"},)),
    ("tab after a colon", b"a:\t1\n", ({"a": 1},)),
    ("tabs in JSON", b'{\n\t"a": [\n\t\t1\n\t]\n}\n', ({"a": [1]},)),
    ("%YAML 1.1", b"%YAML 1.1\n---\na: y\n", ({"a": True},)),
    ("%YAML 1.2", b"%YAML 1.2\n---\na: y\n", ({"a": True},)),
    ("%TAG", b"%TAG !e! tag:example,2000:\n---\na: !e!thing 5\n", ({"a": "5"},)),
    ("unknown tags", b"a: !Ref x\nb: !vault |\n  x\nc: !reference [a, 1]\nd: !Sub {e: 1}\n",
     ({"a": "x", "b": "x\n", "c": ["a", 1], "d": {"e": 1}},)),
    ("unknown tag at the very start", b"!Ref 5", ("5",)),
    ("YAML's tags", b"[!!int '5', !!float 5, !!bool yes, !!null '', !!binary aGk=, !!timestamp 2001-01-01]",
     ([5, 5.0, True, None, "aGk=", "2001-01-01"],)),
    ("Python's tags run nothing", b"a: !!python/object/apply:os.getcwd []\nb: !!python/name:os.getcwd ''\n",
     ({"a": [], "b": ""},)),
    ("merge", b"a: &a {x: 1, z: 1}\nb: {z: 2, <<: *a}\nc: {<<: [*a, {x: 5, w: 1}]}\n",
     ({"a": {"x": 1, "z": 1}, "b": {"x": 1, "z": 2}, "c": {"x": 1, "z": 1, "w": 1}},)),
    ("merge with its tag", b"a: &a {x: 1}\nb: {!!merge <<: *a}\n", ({"a": {"x": 1}, "b": {"x": 1}},)),
    ("anchor defined again", b"a: &x 1\nb: *x\nc: &x {d: 2}\ne: *x\n---\nf: &x 3\ng: &x 4\nh: *x\n",
     ({"a": 1, "b": 1, "c": {"d": 2}, "e": {"d": 2}}, {"f": 3, "g": 4, "h": 4})),
    ("Helm, quoted", b'a: "{{ .Values.a }}"\nb: x{{ y }}\n', ({"a": "{{ .Values.a }}", "b": "x{{ y }}"},)),
    ("PromQL", b"expr: up{job!=\"a\"} != 1\n", ({"expr": 'up{job!="a"} != 1'},)),
    ("as deep as it may be", b"[" * 100 + b"]" * 100, (nested(100),)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "documents"), [row[1:] for row in READS], ids=[row[0] for row in READS])
def test_text_is_read(text: bytes, documents: tuple[Any, ...]) -> None:
    assert read(text)[:2] == (documents, ())


BOMB = b"a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (step, step, b", ".join([b"*a%d" % (step - 1)] * 9)) for step in range(1, 10)
)
MERGE_BOMB = b"a0: &a0 {a: 1, b: 2}\n" + b"".join(
    b"a%d: &a%d {<<: [%s]}\n" % (step, step, b", ".join([b"*a%d" % (step - 1)] * 9)) for step in range(1, 10)
)

REFUSED = [
    ("alias bomb", BOMB, "aliases unfold to more than", 1),
    ("merge bomb", MERGE_BOMB, "aliases unfold to more than", 2),
    ("alias bomb with an anchor defined again", BOMB + b"b: &a0 1\n", "aliases unfold to more than", 1),
    ("list in itself", b"x: 1\na: &a [*a]\n", "an alias stands within the value that its anchor names", 2),
    ("mapping in itself", b"a: &a {b: {c: *a}}", "an alias stands within", 1),
    ("merge of itself", b"a: &a {<<: *a}", "an alias stands within", 1),
    ("cycle beside something flat", b"a: &a\n- [[[[[]]]]]\n- *a\n", "an alias stands within", 2),
    ("alias before its anchor", b"a: *x\nb: &x 1\n", "an alias has no anchor before it", 1),
    ("alias of another document", b"a: &x 1\n---\nb: *x\n", "an alias has no anchor before it", 3),
    ("the same, anchors defined again", b"a: &x 1\nb: &x 1\n---\nb: *x\n", "an alias has no anchor", 4),
    ("depth 101", b"[" * 101 + b"]" * 101, "nested deeper than 100", 1),
    ("depth, flow lists", b"[" * 100_000, "nested deeper than 100", 1),
    ("depth, flow mappings", b"{a: " * 100_000, "nested deeper than 100", 1),
    ("depth, block lists", b"- " * 100_000, "nested deeper than 100", 1),
    ("depth, keys", b"? " * 100_000, "nested deeper than 100", 1),
    ("depth, indentation", b"".join(b" " * depth + b"a:\n" for depth in range(300)), "nested deeper", 101),
    ("depth, anchors defined again", b"a: &a 1\nb: &a " + b"[" * 300 + b"]" * 300, "nested deeper", 2),
    ("too large", b"#" * (20 * 2**20 + 1), "the text has 20971521 bytes; at most 20971520", 1),
    ("too many documents", b"---\n" * 50_002, "more than 50000 documents", 50_002),
    ("NUL", b"a: 1\nb: \0\n", "the file isn't text", 2),
    ("program", b"\x7fELF\x02\x01\x01\x00\x00", "the file isn't text", 1),
    ("picture", b"\x89PNG\r\n\x1a\n\x00\x00", "the file isn't text", 1),
    ("escape sequence", b"a: 1\nb: \x1b[31m\n", "a control character stands in the text", 2),
    ("Latin-1", b"a: 1\nb: caf\xe9\n", "the text isn't UTF-8", 2),
    ("UTF-8, cut off", b"a: \xe2\x82", "the text isn't UTF-8", 1),
    ("UTF-16, cut off", "a: 1".encode("utf-16")[:-1], "starts as UTF-16 and isn't", 1),
    ("tab as indentation", b"a:\n\tb: 1\n", "a tab stands in the indentation", 2),
    ("tab in a list", b"a:\n  - x\n\t- y\n", "a tab stands in the indentation", 3),
    ("unknown version", b"%YAML 3.0\n---\na: 1\n", "%YAML names an unknown version", 1),
    ("Helm, value", b"x: 1\na: {{ .Values.a }}\n", "a template's {{ }} stands where YAML was expected", 2),
    ("Helm, line", b"{{- if .Values.a }}\na: 1\n{{- end }}\n", "a template's {{ }}", 1),
    ("Helm, key", b"x: 1\n{{ .Values.a }}: 1\n", "a template's {{ }}", 2),
    ("Helm, include", b"m:\n  l:\n    {{- include \"x\" . | nindent 4 }}\n", "a template's {{ }}", 3),
    ("Jinja", b"{% if a %}\na: 1\n", "a template's {{ }}", 1),
    ("list as key", b"? [a]\n: 1\n", "a key is a list", 1),
    ("mapping as key", b"x: 1\n{a: 1}: 2\n", "a key is a mapping", 2),
    ("merge of a number", b"a: {<<: 1}", "`<<` has a value that can't be merged", 1),
    ("merge of a list of numbers", b"a:\n  <<: [1]\n", "`<<` has a value that can't be merged", 2),
    ("tag that isn't so", b"a: !!int x\n", "'x' is no int, as its tag says", 1),
    ("two colons", b"a: b: c\n", "a second `: ` stands in a value", 1),
    ("open quote", b"a: 'x\n", "a quote is never closed", 2),
    ("open bracket", b"a: [1, 2\n", "a bracket is never closed", 2),
    ("indentation", b"a:\n   b: 1\n  c: 1\n", "an entry of a mapping was expected at this indentation", 3),
    ("no colon", b"a: 1\nbcd\ne: 1\n", "a key has no colon", 3),
    ("at sign", b"a: @x\n", "a value starts with '@'", 1),
    ("glob", b"- '*.py'\n- *.js\n", "a value starts with *", 2),
    ("open bracket at the end", b"a: [", "a value is missing", 2),
    ("list in a line", b"a: - b\n", "a list starts within a line", 1),
    ("ampersand", b"a: & b\n", "a value starts with &", 1),
    ("unknown to us", b"%A b\n---\na: 1\n", "valid YAML was expected", 1),
]  # fmt: skip


@TABLES
@pytest.mark.parametrize(
    ("text", "says", "line"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_text_is_refused(text: bytes, says: str, line: int, table: Table) -> None:
    with pytest.raises(YamlError, match=re.escape(says)) as caught:
        read(text, table)
    error = caught.value
    assert error.line == line
    assert error.column >= 1
    assert str(error) == f"{line}:{error.column}: {error.message}"
    assert error.message.count(";") >= 1  # what is wrong; what was expected or how to mend it


@pytest.mark.parametrize("text", [BOMB, MERGE_BOMB], ids=["lists", "merges"])
def test_positions_are_found_in_a_bomb_without_unfolding_it(text: bytes) -> None:
    assert position(text, 0, ("a9",)) == (10, 1)


@pytest.mark.parametrize("text", [b"a: &a [*a]", b"a: &a {b: *a}", b"a: &a {<<: *a, c: 1}"])
def test_positions_end_in_a_cycle(text: bytes) -> None:
    assert position(text, 0, ("a",)) == (1, 1)
    assert position(text, 0, ("a", "x", 0)) == (1, 1)


@pytest.mark.parametrize("again", [b"", b"x: &x 1\ny: &x 2\n---\n"], ids=["composed in C", "composed here"])
@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"- 1\n" * 1100, "a document has more than 1000 values"),
        (b"[" + b"{}, " * 1100 + b"]", "a document has more than 1000 values"),
        (b"{" + b"a, " * 1100 + b"}", "a document has more than 1000 values"),
        (b"---\n" + b"- 1\n" * 700 + b"---\n" + b"- 1\n" * 900, "the file has more than 1500 values"),
        (b"a: &a [" + b"1, " * 100 + b"]\nb: [" + b"*a, " * 12 + b"]\n", "aliases unfold to more than 1000"),
        (b"---\na: &a [" + b"1, " * 90 + b"]\nb: [" + b"*a, " * 8 + b"]\n" + b"---\na: &a [" + b"1, " * 90
         + b"]\nb: [" + b"*a, " * 8 + b"]\n", "aliases unfold to more than"),
    ],
)  # fmt: skip
def test_values_are_bounded(monkeypatch: pytest.MonkeyPatch, text: bytes, says: str, again: bytes) -> None:
    monkeypatch.setattr(yaml_reader, "LIMIT_NODES", 1000)
    monkeypatch.setattr(yaml_reader, "LIMIT_NODES_OF_TEXT", 1500)
    with pytest.raises(YamlError, match=says):
        read(again + text)


def test_as_many_values_as_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_reader, "LIMIT_NODES", 1000)
    assert one(b"- []\n" * 999) == [[]] * 999


def test_a_value_that_an_alias_repeats_is_a_copy() -> None:
    document = one("a: &a {x: [1]}\nb: *a\n")
    document["a"]["x"].append(2)
    assert document["b"] == {"x": [1]}


def test_a_memo_that_is_full_changes_nothing() -> None:
    numbers = range(60_000)
    text = "\n".join(f"- {number}" for number in numbers)
    assert one(text) == list(numbers)
    assert one(text, CORE) == list(numbers)


# ---- duplicate keys


@pytest.mark.parametrize(
    ("text", "documents", "duplicates"),
    [
        ("a: 1\nb: 2\na: 3\n", ({"a": 3, "b": 2},), [Duplicate(0, ("a",), 1, 3)]),
        ("a: 1\na: 2\na: 3\n", ({"a": 3},), [Duplicate(0, ("a",), 1, 2), Duplicate(0, ("a",), 1, 3)]),
        ("x: 1\n---\ns:\n- {}\n- c: 1\n  c: 2\n", ({"x": 1}, {"s": [{}, {"c": 2}]}),
         [Duplicate(1, ("s", 1, "c"), 5, 6)]),
        ("{a: 1, a: 2}", ({"a": 2},), [Duplicate(0, ("a",), 1, 1)]),
        ("a: 1\n'a': 2\n", ({"a": 2},), [Duplicate(0, ("a",), 1, 2)]),
        ("on: 1\n'true': 2\n", ({"true": 2},), [Duplicate(0, ("true",), 1, 2)]),
        ("a: &a\n  b: 1\n  b: 2\nc: *a\n", ({"a": {"b": 2}, "c": {"b": 2}},),
         [Duplicate(0, ("a", "b"), 2, 3)]),  # written once, so said once
        ("a: &a {x: 1}\nb: {<<: *a, x: 2}\n", ({"a": {"x": 1}, "b": {"x": 2}},), []),
        ("b:\n  c: 1\n  c: 2\na: 1\na: 2\n", ({"a": 2, "b": {"c": 2}},),
         [Duplicate(0, ("b", "c"), 2, 3), Duplicate(0, ("a",), 4, 5)]),
    ],
)  # fmt: skip
def test_duplicate_keys_are_told_and_the_last_one_counts(
    text: str, documents: tuple[Any, ...], duplicates: list[Duplicate]
) -> None:
    assert read(text.encode())[:2] == (documents, tuple(duplicates))


# ---- positions

TEXT = """\
# a comment
a: 1
b:
  - c: &c
      d: 1
  - [x, {e: 2}]
---
on:
  f: {<<: *c}
""".replace("{<<: *c}", "x")


@pytest.mark.parametrize(
    ("document", "keys", "expected"),
    [
        (0, (), (2, 1)),
        (0, ("a",), (2, 1)),
        (0, ("b",), (3, 1)),
        (0, ("b", 0), (4, 5)),
        (0, ("b", 0, "c", "d"), (5, 7)),
        (0, ("b", 1, 0), (6, 6)),
        (0, ("b", 1, 1, "e"), (6, 10)),
        (0, ("b", 7), (3, 1)),
        (0, ("b", "7"), (3, 1)),
        (0, ("a", "x"), (2, 1)),
        (0, ("x", "y"), (2, 1)),
        (1, ("true", "f"), (9, 3)),
        (1, ("on", "f"), (9, 3)),
        (2, (), None),
        (-1, ("a",), None),
    ],
)
def test_position(document: int, keys: tuple[str | int, ...], expected: tuple[int, int] | None) -> None:
    assert position(TEXT.encode(), document, keys) == expected
    assert position(TEXT.replace("\n", "\r\n").encode(), document, keys) == expected
    assert position(b"\xef\xbb\xbf" + TEXT.encode(), document, keys) == expected
    assert position(TEXT.encode("utf-16"), document, keys) == expected


@pytest.mark.parametrize(
    ("text", "keys", "expected"),
    [
        ("a: &a\n  x: 1\nb:\n  <<: *a\n  z: 1\n", ("b", "x"), (2, 3)),  # where the merge takes it from
        ("a: &a\n  x: 1\nb:\n  <<: [*a]\n  x: 1\n", ("b", "x"), (5, 3)),
        ("a: &a\n  x: 1\nb:\n  <<: [*a]\n", ("b", "x"), (2, 3)),
        ("a: &a\n  x: 1\nb: *a\n", ("b", "x"), (2, 3)),
        ("a: &a\n  x: 1\nb: *a\n", ("b",), (3, 1)),
        ("a: 1\na: 2\n", ("a",), (2, 1)),  # the one that counts
        ("a: '\u2028'\nb: 1\n", ("b",), (2, 1)),  # a line break for YAML 1.1, for editors none
        ("a: '\u2028'\nb: '\x85x'\nc: {d: 1}\n", ("c", "d"), (3, 5)),
        ("", (), None),
        ("---\n", (), (2, 1)),
    ],
)
def test_position_where_it_is_less_plain(text: str, keys: tuple[str, ...], expected: object) -> None:
    assert position(text.encode(), 0, keys) == expected


def test_position_of_a_broken_text() -> None:
    with pytest.raises(YamlError, match="a value is missing"):
        position(b"a: [", 0, ("a",))


# ---- properties

PRINTABLE = st.characters(
    exclude_categories=("Cc", "Cn", "Co", "Cs", "Zl", "Zp"), exclude_characters="\ufeff"
)
STRINGS = st.text(PRINTABLE, max_size=20)
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
WORDS = STRINGS.map(lambda text: f"s{text}")  # starts with a letter that no word of a table has


def data(strings: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.none() | st.booleans() | NUMBERS | strings,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(strings, inner, max_size=4),
        max_leaves=20,
    )


@TABLES
@given(st.lists(data(STRINGS), min_size=1, max_size=3))
def test_json_is_read_back(table: Table, documents: list[Any]) -> None:
    text = "\n---\n".join(json.dumps(document, ensure_ascii=False, indent=2) for document in documents)
    assert read(text.encode(), table)[:2] == (tuple(documents), ())


@TABLES
@given(documents=st.lists(data(WORDS), min_size=1, max_size=3), flow=st.sampled_from([True, False, None]),
       style=st.sampled_from([None, "|", ">", "'"]), width=st.integers(20, 200), ascii_=st.booleans(),
       breaks=st.sampled_from(["\n", "\r\n"]))  # fmt: skip
def test_yaml_is_read_back(
    table: Table,
    documents: list[Any],
    flow: bool | None,
    style: str | None,
    width: int,
    ascii_: bool,
    breaks: str,
) -> None:
    text = yaml.safe_dump_all(
        documents,
        default_flow_style=flow,
        default_style=style,
        width=width,
        allow_unicode=not ascii_,
        line_break=breaks,
        explicit_start=True,
    )
    assert read(text.encode(), table)[:2] == (tuple(documents), ())


class Peer(yaml.CSafeLoader):
    """PyYAML's loader, with tags that it doesn't know dropped as ours are."""


def _drop_tag(loader: Peer, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


Peer.add_multi_constructor("!", _drop_tag)

# Words that both tables and PyYAML read alike.
PIECES = [
    *("k", "l", "s", "12", "1.5", "true", "null", "text of words", "é", "%", "# ", " # ", "\t"),
    *(": ", ":", "- ", "? ", "\n", "\n  ", "\n    ", "\n- ", "\nk: ", "\n  l: ", "\n---\n"),
    *("[", "]", "{", "}", ", ", "'", '"', "|\n", ">\n", ">-\n"),
    *("&p ", "*p", "&q ", "*q", "<<: ", "<<: *p", "\n  <<: *q", "!t "),
]
REFUSED_ON_PURPOSE = "an alias stands within|a key is null|a key is a"


@TABLES
@settings(max_examples=400)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=24))
def test_no_text_is_read_otherwise_than_by_pyyaml(table: Table, pieces: list[str]) -> None:
    text = "".join(pieces).encode()
    found = documents_or_message(text, table)
    expected = documents_of_peer(text)
    if isinstance(expected, str):
        assume("duplicate anchor" not in expected)  # which we read
        assert isinstance(found, str), f"PyYAML says {expected}"
    elif isinstance(found, str):
        assert re.search(REFUSED_ON_PURPOSE, found)
    else:
        # of a key that stands twice in what is merged PyYAML takes the first: it is told as a duplicate here
        assume(b"<<" not in text or not read(text, table).duplicates)
        assert list(found) == [_with_text_keys(document) for document in expected]


def documents_of_peer(text: bytes) -> list[Any] | str:
    try:
        return list(yaml.load_all(text, Loader=Peer))
    except (yaml.YAMLError, ValueError, TypeError) as error:
        return str(error)


def documents_or_message(text: bytes, table: Table) -> tuple[Any, ...] | str:
    try:
        return read(text, table).documents
    except YamlError as error:
        return error.message


def _with_text_keys(value: Any) -> Any:
    """As our keys are; words in which the tables differ don't occur as keys."""
    if isinstance(value, dict):
        for key in value:
            assume(isinstance(key, str))
        return {key: _with_text_keys(item) for key, item in value.items()}
    return [_with_text_keys(item) for item in value] if isinstance(value, list) else value


@given(st.binary(max_size=200))
def test_no_bytes_crash(text: bytes) -> None:
    assert isinstance(documents_or_message(text, KUBERNETES), (tuple, str))


@st.composite
def marked(draw: st.DrawFn) -> tuple[Any, dict[tuple[str | int, ...], str]]:
    """Data whose keys and texts are each unique, and by its path the word that stands at each place."""
    paths: dict[tuple[str | int, ...], str] = {}

    def word() -> str:
        return f"w{len(paths):03}_" + draw(st.text("abc: '#-é", max_size=5)) + "e"

    def value(path: tuple[str | int, ...], depth: int) -> Any:
        kind = draw(st.sampled_from(["text", "list", "mapping"])) if depth < 4 else "text"
        if kind == "mapping":
            built = {}
            for _ in range(draw(st.integers(1, 3))):
                key = word()
                paths[(*path, key)] = key
                built[key] = value((*path, key), depth + 1)
            return built
        if kind == "list":
            items: list[Any] = []
            for index in range(draw(st.integers(1, 3))):
                items.append(value((*path, index), depth + 1))
                if isinstance(items[-1], str):
                    paths[(*path, index)] = items[-1]
            return items
        text = word()
        paths[(*path, "", text)] = ""  # keeps the words unique; no place of its own
        return text

    root = value((), 0)
    return root, {path: text for path, text in paths.items() if text}


@given(marked(), st.sampled_from(["block", "flow", "json"]), st.sampled_from(["", "# first\n--- 1\n---\n"]))
def test_position_is_where_the_text_stands(
    built: tuple[Any, dict[tuple[str | int, ...], str]], style: str, before: str
) -> None:
    root, paths = built
    if style == "json":
        text = before + json.dumps(root, ensure_ascii=False, indent=2)
    else:
        text = before + yaml.safe_dump(root, default_flow_style=style == "flow", allow_unicode=True)
    lines = text.split("\n")
    positions = Positions(text.encode())
    for path, word in paths.items():
        found = positions.of(1 if before else 0, path)
        assert found is not None
        line, column = found
        assert lines[line - 1][column - 1 :].lstrip("'\"").startswith(word[:5])


def every_way(value: Any) -> Iterator[tuple[str | int, ...]]:
    """The keys to each value below one, and to an entry that each collection does not have."""
    yield ()
    pairs: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        yield ("of nothing", "x")
        pairs = value.items()
    elif isinstance(value, list):
        yield (len(value), "x")
        yield ("x",)
        pairs = enumerate(value)
    for key, item in pairs:
        for way in every_way(item):
            yield (key, *way)


@TABLES
@settings(max_examples=400)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=24))
@example(pieces=["k: {l: [1, {s: 2}], é: 3}\n", "\n---\n", "- - 1\n  - {k: [[]]}\n- s\n"])
@example(pieces=["? ", "!t "])
def test_places_noted_while_reading_are_those_that_are_looked_up(table: Table, pieces: list[str]) -> None:
    text = "".join(pieces).encode()
    try:
        parsed = read(text, table)
    except YamlError:
        return
    if not parsed.marks:
        assert parsed.duplicates or b"*" in text or b"<<" in text or not parsed.documents
        return
    noted, looked_up = Marks(parsed), Positions(text, table)
    for document, value in enumerate(parsed.documents):
        for way in every_way(value):
            assert noted.of(document, way) == looked_up.of(document, way), way
    assert noted.of(len(parsed.documents)) is None


# ---- the library


def _run(program: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_importing_the_module_does_not_import_pyyaml() -> None:
    assert _run("import sys, readiness.yaml_reader; print('yaml' in sys.modules)") == "False"


def test_a_pyyaml_without_its_c_parser_is_named() -> None:
    program = """
import yaml
yaml.__with_libyaml__ = False
from readiness.errors import SourceError
from readiness.yaml_reader import read
try:
    read(b"a: 1")
except SourceError as error:
    print(error)
"""
    assert "was built without libyaml" in _run(program)
