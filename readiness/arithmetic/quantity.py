"""Kubernetes quantities (`500m`, `1Gi`, `1e3`) as exact numbers, and back.

Source:
    Kubernetes API, k8s.io/apimachinery/pkg/api/resource, Quantity.
"""

import re
from fractions import Fraction
from functools import lru_cache

_LONGEST = 64  # characters; no quantity that means anything comes near it
_LARGEST_EXPONENT = 99  # keeps 1e999999999 from taking memory and time
_LARGEST = 2**63 - 1  # the API server caps larger numbers here

_SHAPE = (  # a text, so that a process that reads no quantity does not pay for compiling it
    r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))"
    r"(?:(?P<unit>[numkMGTPE]|[KMGTPE]i)|[eE](?P<exponent>[+-]?[0-9]+))?"
)
_BINARY = {"Ei": 2**60, "Pi": 2**50, "Ti": 2**40, "Gi": 2**30, "Mi": 2**20, "Ki": 2**10}
_DECIMAL = {"E": 10**18, "P": 10**15, "T": 10**12, "G": 10**9, "M": 10**6, "k": 10**3}
_SMALL = {"m": 10**3, "u": 10**6, "n": 10**9}
_FACTORS = {
    **{unit: Fraction(factor) for unit, factor in (_BINARY | _DECIMAL).items()},
    **{unit: Fraction(1, divisor) for unit, divisor in _SMALL.items()},
}
_EXPECTED = "expected a quantity such as 500m, 2, 0.5, 1Gi or 1e3"


def parse_quantity(raw: object) -> Fraction:
    """`raw`, as YAML gives it, in the base unit: cores of cpu, bytes of memory.

    As the API server does, what is finer than a billionth is rounded away from zero, and what is
    larger than 2^63 - 1 is capped.

    Raises:
        ValueError: `raw` is no quantity; the text says what was expected.
    """
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        raise ValueError(f"{_EXPECTED}, got {raw!r}")
    if isinstance(raw, int):
        return Fraction(max(-_LARGEST, min(raw, _LARGEST)))
    return _parsed(repr(raw) if isinstance(raw, float) else raw)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Fraction:
    """Kept by its text: workloads have few different sizes, and each check asks for them again."""
    found = re.fullmatch(_SHAPE, text) if len(text) <= _LONGEST else None
    if found is None:
        raise ValueError(f"{_EXPECTED}, got {text[:_LONGEST]!r}")
    factor = _FACTORS[found["unit"]] if found["unit"] else Fraction(1)
    if found["exponent"]:
        exponent = int(found["exponent"])
        if abs(exponent) > _LARGEST_EXPONENT:
            raise ValueError(f"expected an exponent of at most {_LARGEST_EXPONENT}, got {text!r}")
        factor = Fraction(10) ** exponent
    return _as_stored(Fraction(found["number"]) * factor)


def _as_stored(value: Fraction) -> Fraction:
    size = abs(value) * 10**9
    billionths = -(-size.numerator // size.denominator)
    stored = min(Fraction(billionths, 10**9), Fraction(_LARGEST))
    return -stored if value < 0 else stored


def spell_bytes(value: Fraction | int) -> str:
    """`value` bytes as Kubernetes spells it, exactly: the largest unit that leaves a whole number.

    A binary unit where it fits (`512Mi`), else a decimal one (`512M`), else plain bytes.
    """
    exact = Fraction(value)
    if exact.denominator != 1:
        return _spell_small(exact)
    if exact == 0:
        return "0"
    for units in (_BINARY, _DECIMAL):
        for unit, factor in units.items():
            if exact.numerator % factor == 0:
                return f"{exact.numerator // factor}{unit}"
    return str(exact.numerator)


def spell_cpu(value: Fraction | int) -> str:
    """`value` cores as Kubernetes spells it, exactly: `2`, `500m`."""
    exact = Fraction(value)
    return str(exact.numerator) if exact.denominator == 1 else _spell_small(exact)


def _spell_small(value: Fraction) -> str:
    for unit, divisor in _SMALL.items():
        if (value * divisor).denominator == 1:
            return f"{(value * divisor).numerator}{unit}"
    raise ValueError(f"expected at most nine decimal places, got {value}")
