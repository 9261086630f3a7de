"""Demand against capacity, exact on the bounds."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.arithmetic.demand import (
    demand_after,
    headroom_of_target,
    margin,
    months_of_runway,
    replicas_at_target,
    replicas_needed,
)

RATES = st.fractions(min_value=Fraction(1, 100), max_value=100_000, max_denominator=100)
SHARES = st.fractions(min_value=0, max_value=5, max_denominator=100)


@pytest.mark.parametrize(
    ("peak", "headroom", "growth", "months", "unit", "need"),
    [
        (900, 0, 0, 0, 300, 3),  # an exact multiple needs no fourth
        (901, 0, 0, 0, 300, 4),
        (420, Fraction(1, 2), 0, 0, 120, 6),  # 630 / 120 = 5.25
        (420, Fraction(3, 10), 0, 0, 120, 5),  # 546 / 120 = 4.55
        (100, Fraction(1, 10), 0, 0, 110, 1),  # 110: a float says 110.00000000000001
        (100, 0, Fraction(1, 10), 2, 121, 1),  # 121: a float says 121.00000000000001
        (100, 0, Fraction(1, 10), 3, 121, 2),
        (0, Fraction(1, 2), 0, 0, 100, 0),
    ],
)
def test_replicas_needed(
    peak: int, headroom: Fraction, growth: Fraction, months: int, unit: int, need: int
) -> None:
    assert replicas_needed(peak, headroom, growth, months, unit) == need


@given(RATES, SHARES, SHARES, RATES)
def test_more_headroom_never_needs_fewer(
    peak: Fraction, less: Fraction, extra: Fraction, unit: Fraction
) -> None:
    assert replicas_needed(peak, less, 0, 0, unit) <= replicas_needed(peak, less + extra, 0, 0, unit)


@given(RATES, SHARES, RATES)
def test_needed_is_the_fewest_that_carry_it(peak: Fraction, headroom: Fraction, unit: Fraction) -> None:
    need = replicas_needed(peak, headroom, 0, 0, unit)
    assert margin(need, unit, peak) >= headroom > margin(need - 1, unit, peak)


@pytest.mark.parametrize(
    "change",
    [{"unit_capacity": 0}, {"headroom": -1}, {"peak": -1}, {"horizon_months": -1}, {"horizon_months": 601},
     {"growth_per_month": -2}],
    ids=str,
)  # fmt: skip
def test_figures_without_meaning_are_refused(change: dict[str, Any]) -> None:
    good = {"peak": 1, "headroom": 0, "growth_per_month": 0, "horizon_months": 0, "unit_capacity": 1}
    assert replicas_needed(**good) == 1
    with pytest.raises(ValueError, match="expected"):
        replicas_needed(**(good | change))


def test_headroom_of_a_target() -> None:
    assert headroom_of_target(Fraction(7, 10)) == Fraction(3, 7)
    assert headroom_of_target(1) == 0
    for target in (0, Fraction(11, 10)):
        with pytest.raises(ValueError, match="expected a target above 0 and up to 1"):
            headroom_of_target(target)


def test_margin() -> None:
    assert margin(5, 120, 420) == Fraction(3, 7)
    assert margin(3, 120, 420) == Fraction(-1, 7)
    with pytest.raises(ValueError, match="above 0"):
        margin(1, 1, 0)


@pytest.mark.parametrize(
    ("peak", "unit", "target", "n"), [(420, 120, Fraction(7, 10), 5), (840, 120, 1, 7), (841, 120, 1, 8)]
)
def test_replicas_at_target(peak: int, unit: int, target: Fraction, n: int) -> None:
    assert replicas_at_target(peak, unit, target) == n


@given(RATES, RATES, st.fractions(Fraction(1, 10), 1, max_denominator=100))
def test_a_target_is_the_headroom_it_leaves(peak: Fraction, unit: Fraction, target: Fraction) -> None:
    assert replicas_at_target(peak, unit, target) == replicas_needed(
        peak, headroom_of_target(target), 0, 0, unit
    )


@pytest.mark.parametrize(
    ("capacity", "peak", "growth", "months"),
    [(100, 101, 0, 0), (100, 100, 0, None), (100, 100, Fraction(1, 100), 1), (121, 100, Fraction(1, 10), 3),
     (120, 100, Fraction(1, 10), 2), (100, 50, Fraction(-1, 10), None)],
)  # fmt: skip
def test_runway(capacity: int, peak: int, growth: Fraction, months: int | None) -> None:
    assert months_of_runway(capacity, peak, growth) == months


@given(RATES, RATES, st.fractions(0, 1, max_denominator=100))
def test_runway_ends_with_the_first_month_over_capacity(
    capacity: Fraction, peak: Fraction, growth: Fraction
) -> None:
    months = months_of_runway(capacity, peak, growth, bound=40)
    over = [month for month in range(41) if demand_after(peak, growth, month) > capacity]
    assert months == (over[0] if over else None)
