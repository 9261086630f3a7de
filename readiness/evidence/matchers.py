"""Label matchers as Alertmanager writes them (`severity=~"page|ticket"`), prepared for many values.

Knows: the classic syntax and, where that fails, the UTF-8 syntax of 0.27 and later, in the order in which
Alertmanager tries them; several matchers in one text, with or without braces.

Source:
    prometheus/alertmanager, pkg/labels/parse.go, matcher/parse and matcher/compat; the documentation's
    "Configuration", `<matcher>`.
"""

import re
from typing import Final, Literal, NamedTuple

from readiness.evidence.re2 import Pattern

Operator = Literal["=", "!=", "=~", "!~"]


class Dynamic:
    """The type of `DYNAMIC`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "DYNAMIC"


#: A label whose value is only known when the alert fires; it may also be missing then.
DYNAMIC: Final = Dynamic()

LabelValue = str | Dynamic

_CLASSIC = r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*(.*?)\s*"
_RESERVED = r"\s{}!=~,\\\"'`"
_TOKEN = (  # a text: most processes read no matcher in the newer syntax and need not compile it
    rf'\s*(?:(?P<operator>=~|!=|!~|=)|(?P<sign>[{{}},])|"(?P<quoted>(?:[^"\\\n]|\\.)*)"|(?P<bare>[^{_RESERVED}]+))'
)
_GO_ESCAPES = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    '"': '"',
}
_GO_ESCAPE = r'\\(?:([abfnrtv\\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))'


class Matcher:
    """One condition on one label.

    Raises:
        ValueError: the regular expression is not one that Go reads.
    """

    __slots__ = ("_known", "_pattern", "name", "operator", "value")

    def __init__(self, name: str, operator: Operator, value: str) -> None:
        self.name = name
        self.operator = operator
        self.value = value
        self._pattern = Pattern(value) if operator in {"=~", "!~"} else None
        self._known: dict[str, bool] = {}

    def __str__(self) -> str:
        value = self.value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
        return f'{self.name}{self.operator}"{value}"'

    def __repr__(self) -> str:
        return f"Matcher({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Matcher) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def matches(self, value: str) -> bool:
        """Whether `value` fulfils the condition; a missing label has the empty value."""
        if self._pattern is None:
            return (value == self.value) == (self.operator == "=")
        found = self._known.get(value)
        if found is None:
            if len(self._known) > 10_000:
                self._known.clear()
            found = self._pattern.matches(value) == (self.operator == "=~")
            self._known[value] = found
        return found

    def may_match(self, value: LabelValue) -> bool | None:
        """As `matches`; None where it depends on what the value will be."""
        if isinstance(value, str):
            return self.matches(value)
        if self._pattern is not None and self._pattern.matches_all:
            return self.operator == "=~"
        return None

    @property
    def takes_all(self) -> bool:
        """Whether every value fulfils the condition, and a missing label does."""
        return self.operator == "=~" and self._pattern is not None and self._pattern.matches_all

    @property
    def literals(self) -> frozenset[str] | None:
        """The values that a regular expression lists; None where it is no list, or there is none."""
        return self._pattern.literals if self._pattern is not None else None

    @property
    def values(self) -> frozenset[str] | None:
        """All values that fulfil the condition, where they are few and written out: `a|b`; else None."""
        if self.operator == "=":
            return frozenset({self.value})
        return self._pattern.literals if self.operator == "=~" and self._pattern is not None else None

    @property
    def only_value(self) -> str | None:
        """The one value that fulfils the condition, if there is just one."""
        values = self.values
        return next(iter(values)) if values is not None and len(values) == 1 else None


class _Condition(NamedTuple):
    name: str
    operator: Operator
    value: str


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """The matchers that `text` lists.

    Raises:
        ValueError: Alertmanager refuses the text; what it was and what was expected.
    """
    try:
        conditions = _classic(text)
    except ValueError as classic:
        try:
            conditions = _utf8(text)
        except ValueError:
            raise classic from None
    return tuple(Matcher(*condition) for condition in conditions)


def _expected(text: str) -> ValueError:
    return ValueError(f'expected a matcher such as severity="page" or team=~"a|b", got {text[:200]!r}')


def _classic(text: str) -> list[_Condition]:
    return [_classic_condition(part) for part in _split(text.removeprefix("{").removesuffix("}"))]


def _split(text: str) -> list[str]:
    """Parts between commas that stand outside double quotes; an empty last one is dropped."""
    parts = [""]
    quoted = escaped = False
    for character in text:
        if character == "," and not quoted:
            parts.append("")
            escaped = False
            continue
        if character == '"' and not escaped:
            quoted = not quoted
        escaped = character == "\\" and not escaped
        parts[-1] += character
    if not parts[-1].strip():
        parts.pop()
    return parts


def _classic_condition(text: str) -> _Condition:
    found = re.fullmatch(_CLASSIC, text, re.DOTALL | re.ASCII)
    if found is None:
        raise _expected(text)
    name, operator, raw = found.groups()
    quoted = raw.startswith('"')
    if quoted:
        # The closing quote is the first that no backslash stands before, and nothing may follow it.
        inner = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', raw, re.DOTALL)
        if inner is None:
            raise _expected(text)
        raw = inner[1]
    elif re.search(r'(?<!\\)(?:\\\\)*"', raw):
        raise _expected(text)
    value = re.sub(
        r"\\(.)",
        lambda escape: {"n": "\n", '"': '"', "\\": "\\"}.get(escape[1], escape[0]),
        raw,
        flags=re.DOTALL,
    )
    return _Condition(name, operator, value)  # type: ignore[arg-type]  # the pattern lists the operators


def _utf8(text: str) -> list[_Condition]:
    tokens = _tokens(text)
    braced = tokens[:1] == [("sign", "{")]
    if braced != (tokens[-1:] == [("sign", "}")]) or tokens == [("sign", "{")]:
        raise _expected(text)
    if braced:
        tokens = tokens[1:-1]
    if tokens[-1:] == [("sign", ",")] and len(tokens) > 1:
        tokens.pop()
    conditions: list[_Condition] = []
    for start in range(0, len(tokens), 4):
        kinds = [kind for kind, _ in tokens[start : start + 4]]
        if kinds not in (["word", "operator", "word"], ["word", "operator", "word", "sign"]):
            raise _expected(text)
        if len(kinds) == 4 and (tokens[start + 3][1] != "," or start + 4 == len(tokens)):
            raise _expected(text)
        name, operator, value = (token for _, token in tokens[start : start + 3])
        conditions.append(_Condition(name, operator, value))  # type: ignore[arg-type]  # as above
    return conditions


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at = 0
    while text[at:].strip():
        found = re.compile(_TOKEN).match(text, at)
        if found is None:
            raise _expected(text)
        at = found.end()
        if found["quoted"] is not None:
            tokens.append(("word", _unquoted(found["quoted"])))
        elif found["bare"] is not None:
            tokens.append(("word", found["bare"]))
        else:
            kind = "operator" if found["operator"] else "sign"
            tokens.append((kind, found["operator"] or found["sign"]))
    return tokens


def _unquoted(text: str) -> str:
    """What a Go string literal stands for; its quotes are off already."""
    if "\\" not in text:
        return text
    if not re.fullmatch(rf"(?:[^\\]|{_GO_ESCAPE})*", text, re.DOTALL):
        raise _expected(text)

    def character(escape: re.Match[str]) -> str:
        if escape[1]:
            return _GO_ESCAPES[escape[1]]
        code = int(escape[5], 8) if escape[5] else int(escape[2] or escape[3] or escape[4], 16)
        if code > 0x10FFFF:
            raise _expected(text)
        return chr(code)

    return re.sub(_GO_ESCAPE, character, text)
