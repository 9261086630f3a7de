"""Whole numbers or percentages of a count (`maxSurge: 25%`), rounded exactly.

Binary floats get this wrong: 28 % of 25 pods comes to 8 instead of 7.

Source:
    Kubernetes, k8s.io/apimachinery/pkg/util/intstr, GetScaledValueFromIntOrPercent.
"""

import re
from typing import NamedTuple

_PERCENT = r"([0-9]{1,9})%"
_LARGEST = 2**31 - 1  # the API's IntOrString holds an int32


class IntOrPercent(NamedTuple):
    """A count of pods or nodes, or a percentage of such a count."""

    value: int
    percent: bool = False

    def __str__(self) -> str:
        return f"{self.value}%" if self.percent else str(self.value)


def parse_int_or_percent(raw: object) -> IntOrPercent:
    """`raw` as YAML gives it: a whole number, or a text such as `25%`.

    Raises:
        ValueError: neither. A number inside a text (`"2"`) is refused, as the API server refuses it.
    """
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= _LARGEST:
        return IntOrPercent(raw)
    found = re.fullmatch(_PERCENT, raw) if isinstance(raw, str) else None
    if found is None:
        raise ValueError(f"expected a whole number such as 1 or a percentage such as 25%, got {raw!r}")
    return IntOrPercent(int(found[1]), percent=True)


def rounded_up(share: IntOrPercent, n: int) -> int:
    """`share` of `n`, a broken part counted as a whole one."""
    return ceil_of(share.value * n, 100) if share.percent else share.value


def rounded_down(share: IntOrPercent, n: int) -> int:
    """`share` of `n`, a broken part left out."""
    return share.value * n // 100 if share.percent else share.value


def ceil_of(numerator: int, denominator: int) -> int:
    """`numerator / denominator`, rounded up."""
    return -(-numerator // denominator)
