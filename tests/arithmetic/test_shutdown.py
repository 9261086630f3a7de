"""Termination budgets as measured on public services."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.arithmetic.shutdown import remaining, required_drain, stop_time, termination_budget

SECONDS = st.integers(0, 600)


@pytest.mark.parametrize(
    ("grace", "pre_stop", "drain", "verdict"),
    [
        (60, 60, None, "killed"),  # bank-of-anthos: only the kubelet's two seconds are left
        (30, 60, None, "killed"),
        (5, 0, 30, "short"),  # bank-of-anthos ledger: Spring drains for 30 s
        (30, 10, 30, "short"),  # spring-petclinic-cloud
        (30, 0, 30, "tight"),  # fineract: it fits, nothing is left for the exit
        (34, 0, 30, "tight"),
        (35, 0, 30, "fits"),
        (30, 15, None, "fits"),  # asset-manager
        (30, 25, None, "fits"),  # GOV.UK's chart default
        (10, 8, None, "unproven"),
        (30, 26, None, "unproven"),
        (30, 29, 0, "fits"),
    ],
)
def test_verdict(grace: int, pre_stop: int, drain: int | None, verdict: str) -> None:
    assert termination_budget(grace, pre_stop, drain).verdict == verdict


@pytest.mark.parametrize("longest", [10, 62])
def test_a_hook_that_outlasts_every_request_needs_no_drain(longest: int) -> None:
    """Wikimedia's formula: client t, app preStop t + 1, proxy preStop t + 2, grace t + 3."""
    for pre_stop in (longest + 1, longest + 2):
        budget = termination_budget(longest + 3, pre_stop, 30, longest_request=longest)
        assert (budget.drain, budget.verdict) == (0, "fits")
    assert termination_budget(longest + 2, longest + 2, 30, longest_request=longest).verdict == "killed"


def test_a_hook_as_long_as_the_request_does_not_outlast_it() -> None:
    assert required_drain(10, 30, longest_request=10) == 30
    assert required_drain(11, None, longest_request=10) == 0
    assert required_drain(11, None) is None


@pytest.mark.parametrize(
    ("grace", "pre_stop", "left", "stop"), [(60, 60, 0, 2), (60, 59, 1, 2), (60, 90, -30, 2), (30, 5, 25, 25)]
)
def test_the_kubelet_gives_two_seconds_in_any_case(grace: int, pre_stop: int, left: int, stop: int) -> None:
    assert remaining(grace, pre_stop) == left
    assert stop_time(grace, pre_stop) == stop


@given(SECONDS, SECONDS, st.none() | SECONDS, st.none() | SECONDS)
def test_more_grace_never_makes_it_worse(
    grace: int, pre_stop: int, drain: int | None, longest: int | None
) -> None:
    order = ("killed", "short", "tight", "unproven", "fits")
    now, more = (
        order.index(termination_budget(seconds, pre_stop, drain, longest_request=longest).verdict)
        for seconds in (grace, grace + 1)
    )
    assert now <= more
