"""Types of a check's settings: bounds, spelling in YAML, unit, and the JSON Schema of each.

A setting's annotation is one of these aliases. `max_age: Days = 180` is `max-age: 180d` in a checklist.
A layer below may change what a layer above has set only in the stricter direction, which the
setting's name states: `min…` upwards, `max…` downwards; any other one stays as it is.
"""

import re
from fractions import Fraction
from typing import Annotated, Any

UNITS_OF_TIME = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
UNITS_OF_BYTES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12,
                  "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}  # fmt: skip


class Setting:
    """How a setting is spelled and bounded; compared by identity.

    Args:
        kind: what it is called in errors and docs.
        schema: JSON Schema of its spelling in YAML.
        minimum: smallest value, in the unit that the check sees.
        maximum: largest value, in the same unit.
    """

    __slots__ = ("kind", "maximum", "minimum", "schema")

    def __init__(
        self, kind: str, schema: dict[str, Any], minimum: float | None = None, maximum: float | None = None
    ) -> None:
        self.kind = kind
        self.schema = schema
        self.minimum = minimum
        self.maximum = maximum

    def read(self, raw: object) -> Any:
        """The value that a check sees for `raw`, as it stands in YAML.

        Raises:
            ValueError: with what was expected, when `raw` is not of this kind or out of bounds.
        """
        value = _READERS[self.kind](raw)
        if value is None:
            raise ValueError(f"expected {self.expected}, got {raw!r}")
        if isinstance(value, (int, Fraction)):
            if self.minimum is not None and value < self.minimum:
                raise ValueError(f"expected {self.expected}, got {raw!r}: the least is {self.minimum}")
            if self.maximum is not None and value > self.maximum:
                raise ValueError(f"expected {self.expected}, got {raw!r}: the most is {self.maximum}")
        return value

    def spell(self, value: Any) -> object:
        """`value` as it is written in YAML."""
        if self.kind == "days":
            return f"{value}d"
        if self.kind == "duration":
            return f"{value}s"
        if self.kind == "percent":
            share = Fraction(value) * 100
            return f"{share.numerator if share.denominator == 1 else float(share):g}%"
        if self.kind == "factor":
            number = Fraction(value)
            return number.numerator if number.denominator == 1 else float(number)
        return value

    @property
    def expected(self) -> str:
        return _EXPECTED[self.kind]


def _count(raw: object) -> int | None:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else None


def _days(raw: object) -> int | None:
    found = re.fullmatch(r"(\d{1,6})([dw])", raw) if isinstance(raw, str) else None
    return int(found[1]) * (7 if found[2] == "w" else 1) if found else None


def _duration(raw: object) -> int | None:
    if not isinstance(raw, str) or not re.fullmatch(r"(\d{1,9}[smhdw])+", raw):
        return None
    return sum(int(number) * UNITS_OF_TIME[unit] for number, unit in re.findall(r"(\d+)([smhdw])", raw))


def _percent(raw: object) -> Fraction | None:
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)%", raw) if isinstance(raw, str) else None
    return Fraction(found[1]) / 100 if found else None


def _factor(raw: object) -> Fraction | None:
    if isinstance(raw, bool) or not isinstance(raw, (int, float)) or raw != raw or abs(raw) == float("inf"):
        return None
    return Fraction(str(raw))


def _bytes(raw: object) -> int | None:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    found = re.fullmatch(r"(\d{1,15})([kMGT]|[KMGT]i)?", raw) if isinstance(raw, str) else None
    return int(found[1]) * UNITS_OF_BYTES[found[2] or ""] if found else None


def _text(raw: object) -> str | None:
    return raw if isinstance(raw, str) and raw else None


_READERS = {
    "count": _count, "days": _days, "duration": _duration, "percent": _percent,
    "factor": _factor, "bytes": _bytes, "glob": _text, "text": _text,
}  # fmt: skip
_EXPECTED = {
    "count": "a whole number such as 2",
    "days": "days such as 180d, or weeks such as 4w",
    "duration": "a duration such as 30s, 5m or 1h30m",
    "percent": "a percentage such as 30%",
    "factor": "a number such as 1.5",
    "bytes": "bytes such as 512Mi",
    "glob": "a pattern such as docs/*.md",
    "text": "a text",
}

Count = Annotated[int, Setting("count", {"type": "integer", "minimum": 0}, minimum=0)]
Days = Annotated[int, Setting("days", {"type": "string", "pattern": "^[0-9]{1,6}[dw]$"}, minimum=0)]
Seconds = Annotated[
    int, Setting("duration", {"type": "string", "pattern": "^([0-9]{1,9}[smhdw])+$"}, minimum=0)
]
Percent = Annotated[
    Fraction, Setting("percent", {"type": "string", "pattern": "^[0-9]{1,6}(\\.[0-9]{1,6})?%$"}, minimum=0)
]
Factor = Annotated[Fraction, Setting("factor", {"type": "number", "minimum": 0}, minimum=0)]
Bytes = Annotated[
    int,
    Setting(
        "bytes",
        {"oneOf": [{"type": "integer", "minimum": 0},
                   {"type": "string", "pattern": "^[0-9]{1,15}([kMGT]|[KMGT]i)?$"}]},
        minimum=0,
    ),
]  # fmt: skip
Glob = Annotated[str, Setting("glob", {"type": "string", "minLength": 1})]
Text = Annotated[str, Setting("text", {"type": "string", "minLength": 1})]
