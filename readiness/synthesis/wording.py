"""The text that Prometheus makes of a template in a label or an annotation.

Knows `$labels`, `$value`, `.Labels`, `.Value`, `if`, `with`, `else`, pipes, and the functions that turn a
number or a text into words. What asks a server (`query`), loops or declares a variable is not filled in.

Source:
    Prometheus documentation, "Template reference"; prometheus, template/template.go; Go, text/template, fmt.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from readiness.errors import ReadinessError

_ACTION = r"\{\{(-?)\s*(.*?)\s*(-?)\}\}"
_TOKEN = r'\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`|([()|])|([^\s()|"`]+))'
_LARGE = ("k", "M", "G", "T", "P", "E", "Z", "Y")
_SMALL = ("m", "u", "n", "p", "f", "a", "z", "y")


class NotFilled(ReadinessError):
    """The template has a part that is not filled in here."""


Term = str | float | Mapping[str, str]


class _Part(NamedTuple):
    """A plain text, or the words of an action."""

    text: str
    action: bool


def filled(template: str, labels: Mapping[str, str], value: float) -> str:
    """The text for an alert with these labels and this value.

    Raises:
        NotFilled: some part of it is not known here.
    """
    if "{{" not in template:
        return template
    parts = list(_parts(template))
    text, rest = _Filler(labels, value).block(parts, 0, {})
    if rest < len(parts):
        raise NotFilled(f"{{{{ {parts[rest].text} }}}} stands alone")
    return text


def _parts(template: str) -> Iterator[_Part]:
    position = 0
    trim = False
    for found in re.finditer(_ACTION, template, re.DOTALL):
        plain = template[position : found.start()]
        plain = plain.lstrip() if trim else plain
        yield _Part(plain.rstrip() if found[1] else plain, False)
        yield _Part(found[2], True)
        position, trim = found.end(), bool(found[3])
    plain = template[position:]
    yield _Part(plain.lstrip() if trim else plain, False)


class _Filler:
    def __init__(self, labels: Mapping[str, str], value: float) -> None:
        self.labels = labels
        self.value = value

    def block(self, parts: list[_Part], start: int, dot: Term) -> tuple[str, int]:
        """The text up to an `else` or `end` that belongs to an action before, and where that stands."""
        text = ""
        index = start
        while index < len(parts):
            part = parts[index]
            word = part.text.partition(" ")[0]
            if not part.action:
                text += part.text
                index += 1
            elif word in ("end", "else"):
                return text, index
            elif word in ("if", "with"):
                said, index = self._condition(parts, index, word, dot)
                text += said
            elif part.text.startswith("/*"):
                index += 1
            else:
                text += _printed(self.term(part.text, dot))
                index += 1
        return text, index

    def _condition(self, parts: list[_Part], index: int, word: str, dot: Term) -> tuple[str, int]:
        found = self.term(parts[index].text.removeprefix(word), dot)
        then, index = self.block(parts, index + 1, found if word == "with" else dot)
        other = ""
        if index < len(parts) and parts[index].text.startswith("else"):
            if parts[index].text != "else":
                raise NotFilled(f"{{{{ {parts[index].text} }}}} is not filled in")
            other, index = self.block(parts, index + 1, dot)
        if index >= len(parts):
            raise NotFilled(f"{word} has no end")
        return (then if found else other), index + 1

    def term(self, text: str, dot: Term) -> Term:
        """The value of a pipeline."""
        tokens = list(_tokens(text))
        found, rest = self._pipeline(tokens, 0, dot)
        if rest != len(tokens):
            raise NotFilled(f"{{{{ {text} }}}} is not filled in")
        return found

    def _pipeline(self, tokens: list[tuple[str, str]], index: int, dot: Term) -> tuple[Term, int]:
        found, index = self._command(tokens, index, dot, ())
        while index < len(tokens) and tokens[index] == ("sign", "|"):
            found, index = self._command(tokens, index + 1, dot, (found,))
        return found, index

    def _command(
        self, tokens: list[tuple[str, str]], index: int, dot: Term, piped: tuple[Term, ...]
    ) -> tuple[Term, int]:
        if index >= len(tokens):
            raise NotFilled("an action is empty")
        kind, word = tokens[index]
        if kind == "word" and word in FUNCTIONS:
            arguments: list[Term] = []
            index += 1
            while index < len(tokens) and tokens[index] not in (("sign", "|"), ("sign", ")")):
                one, index = self._operand(tokens, index, dot)
                arguments.append(one)
            return _call(word, (*arguments, *piped)), index
        if piped:
            raise NotFilled(f"{word} is not filled in")
        return self._operand(tokens, index, dot)

    def _operand(self, tokens: list[tuple[str, str]], index: int, dot: Term) -> tuple[Term, int]:
        kind, word = tokens[index]
        if kind == "text":
            return word, index + 1
        if (kind, word) == ("sign", "("):
            found, index = self._pipeline(tokens, index + 1, dot)
            if index >= len(tokens) or tokens[index] != ("sign", ")"):
                raise NotFilled("a bracket is not closed")
            return found, index + 1
        if word in ("$value", ".Value", "$.Value"):
            return self.value, index + 1
        if word in ("$labels", ".Labels"):
            return self.labels, index + 1
        label = re.fullmatch(r"(?:\$labels|\$?\.Labels)\.(\w+)", word)
        if label is not None:
            return self.labels.get(label[1], ""), index + 1
        if word == ".":
            return dot, index + 1
        if re.fullmatch(r"-?\d+(?:\.\d+)?", word):
            return float(word), index + 1
        raise NotFilled(f"{word} is not filled in")


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    text = text.strip()
    while position < len(text):
        found = re.compile(_TOKEN).match(text, position)
        if found is None:
            raise NotFilled(f"{text} is not filled in")
        position = found.end()
        if found[1] is not None:
            yield "text", found[1].replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")
        elif found[2] is not None:
            yield "text", found[2]
        elif found[3] is not None:
            yield "sign", found[3]
        else:
            yield "word", found[4]


def _call(name: str, arguments: tuple[Term, ...]) -> Term:
    try:
        return FUNCTIONS[name](*arguments)
    except (TypeError, ValueError, AttributeError, re.error) as wrong:
        raise NotFilled(f"{name} is not filled in: {wrong}") from wrong


def _printed(term: Term) -> str:
    if isinstance(term, str):
        return term
    if isinstance(term, float):
        return number(term)
    raise NotFilled("a set of labels is not printed")


def number(value: float) -> str:
    """A float as Go's %v prints it: the shortest text, with an exponent below 1e-4 and from 1e21 on."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    return repr(value)


def _humanize(value: float) -> str:
    if not value or math.isnan(value) or math.isinf(value):
        return _four(value)
    if abs(value) >= 1:
        prefix = ""
        for one in _LARGE:
            if abs(value) < 1000:
                break
            prefix, value = one, value / 1000
        return _four(value) + prefix
    return _small(value)


def _small(value: float) -> str:
    prefix = ""
    for one in _SMALL:
        if abs(value) >= 1:
            break
        prefix, value = one, value * 1000
    return _four(value) + prefix


def _humanize1024(value: float) -> str:
    if abs(value) <= 1 or math.isnan(value) or math.isinf(value):
        return _four(value)
    prefix = ""
    for one in ("ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"):
        if abs(value) < 1024:
            break
        prefix, value = one, value / 1024
    return _four(value) + prefix


def _duration(value: float) -> str:
    if math.isnan(value) or math.isinf(value):
        return _four(value)
    if not value:
        return _four(value) + "s"
    if abs(value) < 1:
        return _small(value) + "s"
    sign = "-" if value < 0 else ""
    whole = int(abs(value))
    days, hours, minutes, seconds = whole // 86400, whole // 3600 % 24, whole // 60 % 60, whole % 60
    if days:
        return f"{sign}{days}d {hours}h {minutes}m {seconds}s"
    if hours:
        return f"{sign}{hours}h {minutes}m {seconds}s"
    if minutes:
        return f"{sign}{minutes}m {seconds}s"
    return f"{sign}{_four(abs(value))}s"


def _four(value: float) -> str:
    if math.isnan(value) or math.isinf(value):
        return number(value)
    return f"{value:.4g}"


def _printf(form: Term, *arguments: Term) -> str:
    if not isinstance(form, str):
        raise ValueError("it has no format")
    left = list(arguments)

    def one(found: re.Match[str]) -> str:
        if found[2] == "%":
            return "%"
        value = left.pop(0)
        if found[2] in "feg" and isinstance(value, float):
            if math.isnan(value) or math.isinf(value):
                return number(value)
            plain_g = found[2] == "g" and not found[1]
            return number(value) if plain_g else f"%{found[1]}{found[2]}" % value
        if found[2] == "s" and isinstance(value, str):
            return f"%{found[1]}s" % value
        if found[2] == "v" and not found[1]:
            return _printed(value)
        if found[2] == "q" and isinstance(value, str) and value.isprintable() and not found[1]:
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        raise ValueError(f"%{found[1]}{found[2]}")

    try:
        text = re.sub(r"%([-+# 0-9.]*)([a-zA-Z%])", one, form)
    except IndexError as wrong:
        raise ValueError("it has too few arguments") from wrong
    if left:
        raise ValueError("it has too many arguments")
    return text


def _of_number(compute: Callable[[float], str]) -> Callable[..., Term]:
    def called(value: Term) -> str:
        if isinstance(value, Mapping):
            raise ValueError("it takes a number")
        return compute(float(value))

    return called


def _of_text(compute: Callable[[str], str]) -> Callable[..., Term]:
    def called(value: Term) -> str:
        if not isinstance(value, str):
            raise ValueError("it takes a text")
        return compute(value)

    return called


def _replaced(pattern: str, replacement: str, text: str) -> str:
    return re.sub(pattern, re.sub(r"\$\{?(\w+)\}?", r"\\g<\1>", replacement), text)


FUNCTIONS: Mapping[str, Callable[..., Term]] = {
    "humanize": _of_number(_humanize),
    "humanize1024": _of_number(_humanize1024),
    "humanizePercentage": _of_number(lambda value: f"{_four(value * 100)}%"),
    "humanizeDuration": _of_number(_duration),
    "printf": _printf,
    "toUpper": _of_text(str.upper),
    "toLower": _of_text(str.lower),
    "reReplaceAll": _replaced,
    "stripPort": _of_text(lambda text: text.rpartition(":")[0] or text),
}
