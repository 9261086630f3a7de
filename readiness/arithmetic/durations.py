"""Durations as Prometheus and Go spell them, as exact seconds, and back.

Alertmanager's own fields (`group_wait`, `repeat_interval`) use Prometheus' form; Go's own form is that of
`helm --timeout` and of Kubernetes' Duration fields.

Source:
    Prometheus, "Configuration", `<duration>`, and model.ParseDuration of prometheus/common; Go,
    time.ParseDuration.
"""

import re
from datetime import timedelta
from fractions import Fraction

_LONGEST = 64  # characters
_LARGEST_NANOSECONDS = 2**63 - 1  # both programs hold an int64

_PROMETHEUS_MS = {
    "y": 365 * 86_400_000, "w": 7 * 86_400_000, "d": 86_400_000,
    "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1,
}  # fmt: skip
# Texts, not compiled patterns: a process that reads no duration does not pay for them at its start.
_PROMETHEUS = "".join(rf"(?:([0-9]+){unit})?" for unit in _PROMETHEUS_MS)
_GO_NS = {
    "h": 3600 * 10**9, "m": 60 * 10**9, "s": 10**9,
    "ms": 10**6, "us": 10**3, "µs": 10**3, "\u03bcs": 10**3, "ns": 1,
}  # fmt: skip
_GO_PART = r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ms|us|µs|\u03bcs|ns|h|m|s)"
_GO = rf"([+-]?)((?:{_GO_PART})+)"


def prometheus_seconds(text: str) -> Fraction:
    """Seconds of a duration such as `1h30m`, `5m`, `90s` or `0`; a year has 365 days.

    Raises:
        ValueError: it is no such duration, or longer than 292 years.
    """
    if text == "0":
        return Fraction(0)
    found = re.fullmatch(_PROMETHEUS, text) if 0 < len(text) <= _LONGEST else None
    if found is None:
        raise ValueError(f"expected a duration such as 30s, 5m or 1h30m, got {text[:_LONGEST]!r}")
    parts = zip(found.groups(), _PROMETHEUS_MS.values(), strict=True)
    milliseconds = sum(int(number) * factor for number, factor in parts if number)
    if milliseconds * 10**6 > _LARGEST_NANOSECONDS:
        raise ValueError(f"expected a duration below 292 years, got {text!r}")
    return Fraction(milliseconds, 1000)


def prometheus_duration(text: str) -> timedelta:
    """The duration that `text` spells; raises as `prometheus_seconds`."""
    return timedelta(milliseconds=int(prometheus_seconds(text) * 1000))


def go_seconds(text: str) -> Fraction:
    """Seconds of a Go duration such as `1h30m`, `1.5h`, `-10ms` or `0`; there is no unit above hours.

    Raises:
        ValueError: it is no such duration, or longer than 292 years.
    """
    if text in {"0", "+0", "-0"}:
        return Fraction(0)
    found = re.fullmatch(_GO, text) if len(text) <= _LONGEST else None
    if found is None:
        raise ValueError(f"expected a Go duration such as 30s, 5m or 1h30m, got {text[:_LONGEST]!r}")
    parts = re.findall(_GO_PART, found[2])
    # Go drops what is finer than a nanosecond, in each part.
    nanoseconds = sum(int(Fraction(number.rstrip(".")) * _GO_NS[unit]) for number, unit in parts)
    if nanoseconds > _LARGEST_NANOSECONDS:
        raise ValueError(f"expected a duration below 292 years, got {text!r}")
    return Fraction(-nanoseconds if found[1] == "-" else nanoseconds, 10**9)


def spell_duration(seconds: Fraction | int) -> str:
    """`seconds` as Prometheus writes it back: `1h30m`, `90s` as `1m30s`, `0s`; read by Go too below a day.

    Raises:
        ValueError: negative, or finer than a millisecond.
    """
    milliseconds = Fraction(seconds) * 1000
    if milliseconds < 0 or milliseconds.denominator != 1:
        raise ValueError(f"expected whole milliseconds from 0 up, got {seconds} seconds")
    left = milliseconds.numerator
    if left == 0:
        return "0s"
    spelled = ""
    for unit, factor in _PROMETHEUS_MS.items():
        # Years and weeks only where they leave nothing: nobody reads 1w3d2h.
        if left >= factor and (unit not in {"y", "w"} or left % factor == 0):
            spelled += f"{left // factor}{unit}"
            left %= factor
    return spelled
