"""Counts and lists in words, the same in every sentence that a person reads."""

from collections.abc import Sequence

NAMED = 3  # names of a list that are said; the rest is counted


def plural(number: int, one: str, many: str = "") -> str:
    """`1 waiver`, `2 waivers`; `many` where an s is not enough."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def that(number: int, verb: str) -> str:
    """`1 blocks`, `2 block`: a number as the subject of a verb."""
    return f"{number} {verb}{'s' * (number == 1)}"


def listed(names: Sequence[str], most: int = NAMED) -> str:
    """`a, b, c and 19 more`; one that would be the only one left out is named."""
    left = len(names) - most
    return ", ".join(names) if left <= 1 else f"{', '.join(names[:most])} and {left} more"
