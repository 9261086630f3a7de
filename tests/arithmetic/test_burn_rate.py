"""Burn rates as the workbook has them, and what holds for all of them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.arithmetic.burn_rate import (
    DAY,
    HOUR,
    STEPS,
    attainable,
    budget,
    detection,
    factor,
    in_series,
    is_short_for,
    least_objective,
    redundant,
    reset,
    share_spent,
    threshold,
)

SHARES = st.fractions(min_value=Fraction(1, 1000), max_value=Fraction(999, 1000))
BURNS = st.fractions(min_value=1, max_value=100)
SPANS = st.fractions(min_value=60, max_value=30 * DAY)


@pytest.mark.parametrize(
    ("objective", "minutes"), [("0.999", "43.2"), ("0.9995", "21.6"), ("0.9999", "4.32"), ("0.99", "432")]
)
def test_budgets_of_thirty_days(objective: str, minutes: str) -> None:
    assert budget(Fraction(objective), 30 * DAY) / 60 == Fraction(minutes)


@pytest.mark.parametrize(
    ("days", "factors"),
    [(30, ("14.4", "6", "1")), (28, ("13.44", "5.6", "14/15")), (7, ("3.36", "1.4", "7/30"))],
)
def test_factors_of_the_workbook(days: int, factors: tuple[str, ...]) -> None:
    said = tuple(factor(step.share, step.long, days * DAY) for step in STEPS)
    assert said == tuple(map(Fraction, factors))


def test_a_week_at_14_4_spends_more_than_the_two_per_cent() -> None:
    assert round(float(share_spent(Fraction("14.4"), HOUR, 7 * DAY)), 4) == 0.0857


@pytest.mark.parametrize(("burn", "least"), [("14.4", "0.9306"), ("14", "0.9286"), ("6", "0.8333")])
def test_objectives_that_a_burn_rate_can_not_defend(burn: str, least: str) -> None:
    assert f"{float(least_objective(Fraction(burn))):.4f}" == least
    assert not attainable(Fraction(burn), least_objective(Fraction(burn)))
    assert attainable(Fraction(burn), least_objective(Fraction(burn)) + Fraction(1, 10_000))


def test_detection_and_reset_of_a_total_failure() -> None:
    assert detection(Fraction("14.4"), Fraction("0.999"), HOUR) == Fraction("51.84")
    assert detection(Fraction("14.4"), Fraction("0.9"), HOUR) is None
    assert reset(Fraction("14.4"), Fraction("0.999"), HOUR / 12) == 300 * (1 - Fraction("0.0144"))


@pytest.mark.parametrize(
    ("short", "fits"), [(300, True), (225, True), (224, False), (375, True), (376, False)]
)
def test_short_windows(short: int, fits: bool) -> None:
    assert is_short_for(Fraction(short), HOUR) is fits


@given(BURNS, SHARES, SPANS)
def test_what_is_spent_at_detection_is_the_share_of_the_step(
    burn: Fraction, objective: Fraction, long: Fraction
) -> None:
    after = detection(burn, objective, long)
    if after is None:
        assert not attainable(burn, objective)
    else:
        # all requests fail for `after` seconds: that part of the budget is gone
        assert after / budget(objective, 30 * DAY) == share_spent(burn, long, 30 * DAY)
        assert after < long


@given(BURNS, SHARES, SPANS, SHARES)
def test_fewer_errors_are_found_later(
    burn: Fraction, objective: Fraction, long: Fraction, errors: Fraction
) -> None:
    total, part = detection(burn, objective, long), detection(burn, objective, long, errors)
    assert part is None or (total is not None and part >= total)
    assert (part is None) == (errors <= threshold(burn, objective))
    assert 0 <= reset(burn, objective, long, errors) <= long


@given(st.lists(SHARES, min_size=1, max_size=5))
def test_series_is_below_its_weakest_and_redundancy_above_its_best(objectives: list[Fraction]) -> None:
    assert in_series(tuple(objectives)) <= min(objectives)
    assert redundant(tuple(objectives)) >= max(objectives)
