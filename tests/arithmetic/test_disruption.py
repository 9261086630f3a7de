"""Disruption budgets: both percentages round up."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.arithmetic.disruption import pdb_allowed, smallest_n_that_allows
from readiness.arithmetic.rounding import IntOrPercent, parse_int_or_percent

SHARES = st.builds(IntOrPercent, st.integers(0, 120), st.booleans())
BOUNDS = st.sampled_from(["min_available", "max_unavailable"])


@pytest.mark.parametrize(
    ("minimum", "n", "allowed"),
    [("80%", 1, 0), ("80%", 2, 0), ("80%", 3, 0), ("80%", 4, 0), ("80%", 5, 1), ("80%", 10, 2),
     ("67%", 3, 0), ("67%", 4, 1), ("66%", 3, 1),
     ("50%", 1, 0), ("50%", 2, 1), ("50%", 3, 1), ("50%", 5, 2),
     (1, 2, 1), (1, 1, 0), (0, 3, 3), (5, 3, 0), ("100%", 10, 0)],
)  # fmt: skip
def test_what_min_available_allows(minimum: object, n: int, allowed: int) -> None:
    assert pdb_allowed(n, min_available=parse_int_or_percent(minimum)) == allowed


@pytest.mark.parametrize(
    ("maximum", "n", "allowed"),
    [("1%", 1, 1), ("1%", 50, 1), ("30%", 3, 1), ("30%", 7, 3), (1, 1, 1), (1, 9, 1), (0, 9, 0),
     (5, 3, 3), ("100%", 4, 4), ("30%", 0, 0)],
)  # fmt: skip
def test_what_max_unavailable_allows(maximum: object, n: int, allowed: int) -> None:
    assert pdb_allowed(n, max_unavailable=parse_int_or_percent(maximum)) == allowed


@pytest.mark.parametrize(
    ("percent", "n"), [(34, 2), (50, 2), (67, 4), (75, 4), (80, 5), (90, 10), (95, 20), (0, 1), (99, 100)]
)
def test_smallest_count_that_lets_one_pod_go(percent: int, n: int) -> None:
    assert smallest_n_that_allows(min_available=IntOrPercent(percent, True)) == n


@pytest.mark.parametrize(
    "bound", [{"min_available": IntOrPercent(100, True)}, {"max_unavailable": IntOrPercent(0)}], ids=str
)
def test_no_count_is_enough_where_none_may_ever_go(bound: dict[str, Any]) -> None:
    assert smallest_n_that_allows(**bound) is None


def test_smallest_count_for_several_at_once() -> None:
    assert smallest_n_that_allows(2, min_available=IntOrPercent(80, True)) == 10
    assert smallest_n_that_allows(min_available=IntOrPercent(99, True), bound=99) is None


@pytest.mark.parametrize(
    "bounds", [{}, {"min_available": IntOrPercent(1), "max_unavailable": IntOrPercent(1)}], ids=str
)
def test_exactly_one_bound_is_asked_for(bounds: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        pdb_allowed(3, **bounds)


@given(SHARES, BOUNDS, st.integers(0, 500))
def test_allowed_is_within_the_count_and_never_shrinks_with_it(
    share: IntOrPercent, bound: str, n: int
) -> None:
    now, more = (pdb_allowed(count, **{bound: share}) for count in (n, n + 1))
    assert 0 <= now <= n
    assert now <= more


@given(SHARES, BOUNDS, st.integers(1, 4))
def test_smallest_count_is_the_first_that_allows(share: IntOrPercent, bound: str, evictions: int) -> None:
    smallest = smallest_n_that_allows(evictions, **{bound: share}, bound=300)
    allowing = [n for n in range(301) if pdb_allowed(n, **{bound: share}) >= evictions]
    assert smallest == (allowing[0] if allowing else None)
