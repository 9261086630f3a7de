"""Whole numbers and percentages, where binary floats round wrongly."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.arithmetic.rounding import IntOrPercent, parse_int_or_percent, rounded_down, rounded_up


@pytest.mark.parametrize(
    ("raw", "share"),
    [(0, IntOrPercent(0)), (3, IntOrPercent(3)), ("0%", IntOrPercent(0, True)),
     ("25%", IntOrPercent(25, True)),
     ("150%", IntOrPercent(150, True))],
)  # fmt: skip
def test_whole_number_or_percentage_is_read_and_spelled_back(raw: object, share: IntOrPercent) -> None:
    assert parse_int_or_percent(raw) == share
    assert str(share) == str(raw)


@pytest.mark.parametrize(
    "raw",
    ["2", "25", "-1%", "2.5%", "25 %", " 25%", "25%\n", "%", "", "٢%", -1, 2.0, True, None, "9" * 10 + "%"],
)
def test_anything_else_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match="expected a whole number such as 1 or a percentage such as 25%"):
        parse_int_or_percent(raw)


@pytest.mark.parametrize(
    ("percent", "n", "up"), [(28, 25, 7), (14, 50, 7), (28, 50, 14), (56, 50, 28), (56, 25, 14)]
)
def test_ceilings_that_binary_floats_get_wrong(percent: int, n: int, up: int) -> None:
    assert rounded_up(IntOrPercent(percent, True), n) == up


def test_the_floor_that_binary_floats_get_wrong() -> None:
    assert rounded_down(IntOrPercent(58, True), 50) == 29


@given(st.integers(0, 300), st.integers(0, 10_000))
def test_percentages_round_as_decimals_do(percent: int, n: int) -> None:
    exact = Decimal(percent) * n / 100
    assert rounded_up(IntOrPercent(percent, True), n) == int(exact.to_integral_value(ROUND_CEILING))
    assert rounded_down(IntOrPercent(percent, True), n) == int(exact.to_integral_value(ROUND_FLOOR))


@given(st.integers(0, 300), st.integers(0, 10_000))
def test_a_whole_number_is_itself_whatever_the_count(value: int, n: int) -> None:
    assert rounded_up(IntOrPercent(value), n) == rounded_down(IntOrPercent(value), n) == value
