"""How plain scalars of YAML are read: one table for each program that will read the same text.

KUBERNETES: as sigs.k8s.io/yaml reads. `y`, `yes`, `on` … are booleans; 0755, 0o17, 0x1F, 0b11 and 1_000 are
    ints, 1e3 is a float; 12:30:45 and timestamps are strings. Keys that are no strings become strings
    (`on: x` has the key "true"); a null key is refused.
CORE: the core schema of YAML 1.2. Only true and false are booleans, 0755 is 755, 1_000 is a string;
    timestamps are strings here too. Keys are strings as they are written.

`.nan` and `.inf` are Python's floats (JSON has none: who writes JSON has to look). A number that doesn't fit
is what the peer makes of it: beyond 64 bits KUBERNETES gives a float, past a float's range a string;
CORE keeps ints exact up to 400 characters and gives a string beyond, so that no text takes long.

Source: sigs.k8s.io/yaml, goyaml.v2/resolve.go; YAML 1.2.2, 10.3 Core Schema.
"""

import re
from collections.abc import Callable
from typing import Any

MEMO_ENTRIES = 50_000
MEMO_LENGTH = 64  # longer texts rarely come twice


class Memo(dict[str, Any]):
    """What `resolve` gave for a text; emptied when full, so that hostile texts can't fill the memory."""

    def __init__(self, resolve: Callable[[str], Any]) -> None:
        super().__init__()
        self.resolve = resolve

    def __missing__(self, text: str) -> Any:
        value = self.resolve(text)
        if len(text) <= MEMO_LENGTH:
            if len(self) >= MEMO_ENTRIES:
                self.clear()
            self[text] = value
        return value


class Table:
    """How plain scalars are read: as values, and as keys (KeyError for `<<` and refused ones)."""

    __slots__ = ("keys", "name", "plain")

    def __init__(self, name: str, resolve: Callable[[str], Any], key: Callable[[str, Any], Any]) -> None:
        self.name = name
        self.plain = Memo(resolve)
        self.keys = Memo(lambda text: key(text, resolve(text)))


_NULLS = dict.fromkeys(("", "~", "null", "Null", "NULL"))
_TRUE_FALSE = {word: word[0] in "tT" for word in ["true", "True", "TRUE", "false", "False", "FALSE"]}
_YES_NO = {
    **dict.fromkeys(["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"], True),
    **dict.fromkeys(["n", "N", "no", "No", "NO", "off", "Off", "OFF"], False),
}
_NOT_FINITE = {
    **{word: float("nan") for word in (".nan", ".NaN", ".NAN")},
    **{sign + word: float("inf") for sign in ("", "+") for word in (".inf", ".Inf", ".INF")},
    **{word: float("-inf") for word in ("-.inf", "-.Inf", "-.INF")},
}
_CORE_WORDS: dict[str, Any] = {**_NULLS, **_TRUE_FALSE, **_NOT_FINITE}
_KUBERNETES_WORDS: dict[str, Any] = {**_CORE_WORDS, **_YES_NO}

_MAY_BE_NUMBER = frozenset("0123456789+-.")
_LONGEST_NUMBER = 400  # a float has at most 309 digits before its point; int() of more takes ever longer
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASES = (
    (re.compile(r"[-+]?(?:0|[1-9][0-9]*)"), 10),
    (re.compile(r"[-+]?0[oO]?[0-7]+"), 8),
    (re.compile(r"[-+]?0[xX][0-9a-fA-F]+"), 16),
    (re.compile(r"[-+]?0[bB][01]+"), 2),
)


def _kubernetes(text: str) -> Any:
    """As goyaml.v2 `resolve` does, with the words in a table and the numbers in this order."""
    if text in _KUBERNETES_WORDS:
        return _KUBERNETES_WORDS[text]
    if text[0] not in _MAY_BE_NUMBER or len(text) > _LONGEST_NUMBER:
        return text
    digits = text if text[0] == "." else text.replace("_", "")
    for pattern, base in _BASES:
        if pattern.fullmatch(digits):
            number = int(digits.replace("o", "").replace("O", "") if base == 8 else digits, base)
            if -(2**63) <= number < 2**64:
                return number
    if _FLOAT.fullmatch(digits):
        approximate = float(digits)
        if abs(approximate) != float("inf"):  # Go's ParseFloat gives an error: it stays a string
            return approximate
    return text


def _kubernetes_key(text: str, value: Any) -> str:
    if text == "<<" or value is None:
        raise KeyError(text)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else _go_float(value)


def _go_float(value: float) -> str:
    """As strconv.FormatFloat(value, 'g', -1, 64) writes it: the key that a Go program sees."""
    if value != value:
        return ".nan"
    if abs(value) == float("inf"):
        return ".inf" if value > 0 else "-.inf"
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    return repr(value)


_CORE_INT = re.compile(r"[-+]?[0-9]+")
_CORE_OCTAL = re.compile(r"0o[0-7]+")
_CORE_HEX = re.compile(r"0x[0-9a-fA-F]+")


def _core(text: str) -> Any:
    if text in _CORE_WORDS:
        return _CORE_WORDS[text]
    if text[0] not in _MAY_BE_NUMBER or len(text) > _LONGEST_NUMBER:
        return text
    if _CORE_INT.fullmatch(text):
        return int(text)
    if _CORE_OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _CORE_HEX.fullmatch(text):
        return int(text[2:], 16)
    return float(text) if _FLOAT.fullmatch(text) else text


def _core_key(text: str, _: Any) -> str:
    if text == "<<":
        raise KeyError(text)
    return text


KUBERNETES = Table("kubernetes", _kubernetes, _kubernetes_key)
CORE = Table("core", _core, _core_key)
