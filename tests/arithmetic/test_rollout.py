"""What stays ready while pods are replaced."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from readiness.arithmetic.rollout import (
    fewest_ready_of_daemon_set,
    fewest_ready_of_deployment,
    fewest_ready_of_stateful_set,
    is_refused,
    rolled_of_stateful_set,
    surge_and_unavailable,
    waves,
)
from readiness.arithmetic.rounding import IntOrPercent, parse_int_or_percent

SHARES = st.builds(IntOrPercent, st.integers(0, 100), st.booleans())


@pytest.mark.parametrize(
    ("n", "max_surge", "max_unavailable", "surge", "unavailable"),
    [
        (1, "25%", "25%", 1, 0),
        (1, 0, "25%", 0, 1),  # forced: the rollout could not move otherwise
        (1, 1, 1, 1, 1),
        (2, 0, "1%", 0, 1),
        (2, 1, 1, 1, 1),
        (3, "25%", "25%", 1, 0),
        (4, "25%", "25%", 1, 1),
        (10, "25%", "25%", 3, 2),
        (30, 0, 5, 0, 5),
        (1, 0, 5, 0, 1),  # no more than there are
        (0, "25%", "25%", 0, 0),
    ],
)
def test_fenceposts(n: int, max_surge: object, max_unavailable: object, surge: int, unavailable: int) -> None:
    shares = (parse_int_or_percent(max_surge), parse_int_or_percent(max_unavailable))
    assert surge_and_unavailable(n, *shares) == (surge, unavailable)
    assert fewest_ready_of_deployment(n, *shares) == n - unavailable


@pytest.mark.parametrize(("surge", "unavailable"), [(0, 0), ("0%", 0), (0, "0%"), (1, "101%")])
def test_pairs_that_the_api_refuses(surge: object, unavailable: object) -> None:
    shares = (parse_int_or_percent(surge), parse_int_or_percent(unavailable))
    assert is_refused(*shares)
    with pytest.raises(ValueError, match="expected a maxSurge or maxUnavailable above 0"):
        surge_and_unavailable(3, *shares)


@pytest.mark.parametrize(("surge", "unavailable"), [(1, 0), (0, 1), ("1%", 0), (0, "100%"), ("200%", 0)])
def test_pairs_that_the_api_takes(surge: object, unavailable: object) -> None:
    assert not is_refused(parse_int_or_percent(surge), parse_int_or_percent(unavailable))


@given(st.integers(1, 500), SHARES, SHARES)
def test_a_deployment_always_moves_and_never_misses_more_than_all(
    n: int, max_surge: IntOrPercent, max_unavailable: IntOrPercent
) -> None:
    assume(not is_refused(max_surge, max_unavailable))
    surge, unavailable = surge_and_unavailable(n, max_surge, max_unavailable)
    assert surge + unavailable >= 1
    assert 0 <= unavailable <= n
    assert 0 <= fewest_ready_of_deployment(n, max_surge, max_unavailable) <= n


@pytest.mark.parametrize(
    ("n", "max_unavailable", "partition", "ready"),
    [(1, 1, 0, 0), (3, 1, 0, 2), (5, "50%", 0, 3), (3, "10%", 0, 2), (3, 5, 0, 0), (3, 1, 3, 3), (3, 2, 2, 2),
     (3, 1, 9, 3)],
)  # fmt: skip
def test_a_stateful_set_rounds_down_and_takes_at_least_one(
    n: int, max_unavailable: object, partition: int, ready: int
) -> None:
    assert fewest_ready_of_stateful_set(n, parse_int_or_percent(max_unavailable), partition) == ready


def test_a_partition_at_the_count_rolls_nothing() -> None:
    assert [rolled_of_stateful_set(3, partition) for partition in (0, 2, 3, 4)] == [3, 1, 0, 0]


@pytest.mark.parametrize(
    ("nodes", "surge", "unavailable", "ready"),
    [(10, 0, 1, 9), (10, 0, "25%", 7), (10, 0, "1%", 9), (10, 1, 0, 10), (1, 0, 1, 0), (0, 0, 1, 0),
     (3, 0, 0, 2)],
)  # fmt: skip
def test_a_daemon_set_rounds_up(nodes: int, surge: object, unavailable: object, ready: int) -> None:
    shares = (parse_int_or_percent(surge), parse_int_or_percent(unavailable))
    assert fewest_ready_of_daemon_set(nodes, *shares) == ready


def test_on_delete_replaces_nothing_by_itself() -> None:
    assert fewest_ready_of_stateful_set(3, on_delete=True) == 3
    assert fewest_ready_of_daemon_set(3, on_delete=True) == 3


@pytest.mark.parametrize(
    ("n", "surge", "unavailable", "rounds"), [(10, 3, 2, 2), (11, 3, 2, 3), (3, 1, 0, 3)]
)
def test_waves(n: int, surge: int, unavailable: int, rounds: int) -> None:
    assert waves(n, surge, unavailable) == rounds


def test_nothing_moves_without_surge_and_unavailable() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        waves(3, 0, 0)
