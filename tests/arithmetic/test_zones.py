"""The closed form of a spread against every legal spread."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.arithmetic.zones import left_after_zone_loss, smallest_n_that_survives, worst_zone


def spreads(n: int, zones: int) -> Iterator[tuple[int, ...]]:
    """Every way to put `n` pods into `zones` zones."""
    if zones == 1:
        yield (n,)
        return
    for first in range(n + 1):
        for rest in spreads(n - first, zones - 1):
            yield (first, *rest)


@pytest.mark.parametrize(
    ("n", "zones", "skew", "worst"),
    [(5, 3, 1, 2), (6, 3, 1, 2), (4, 3, 1, 2), (3, 3, 1, 1), (2, 3, 1, 1), (5, 3, 2, 3), (7, 2, 1, 4),
     (1, 3, 1, 1)],
)  # fmt: skip
def test_the_fullest_zone(n: int, zones: int, skew: int, worst: int) -> None:
    assert worst_zone(n, zones, skew) == worst
    assert left_after_zone_loss(n, zones, skew) == n - worst


@pytest.mark.parametrize("zones", [1, 2, 3, 4])
@pytest.mark.parametrize("skew", [1, 2, 3])
def test_the_closed_form_equals_brute_force(zones: int, skew: int) -> None:
    for n in range(13):
        legal = (spread for spread in spreads(n, zones) if max(spread) - min(spread) <= skew or zones == 1)
        assert worst_zone(n, zones, skew) == max(max(spread) for spread in legal)


def test_nothing_is_guaranteed_without_a_hard_constraint() -> None:
    assert worst_zone(9, 3, None) == 9
    assert smallest_n_that_survives(1, 3, None) is None
    assert smallest_n_that_survives(1, 1, 1) is None
    assert smallest_n_that_survives(0, 1, None) == 0


@pytest.mark.parametrize(
    ("need", "zones", "n"), [(4, 3, 6), (3, 3, 5), (2, 3, 3), (1, 3, 2), (4, 2, 8), (0, 3, 0)]
)
def test_fewest_pods_that_survive(need: int, zones: int, n: int) -> None:
    assert smallest_n_that_survives(need, zones, 1) == n


@given(st.integers(1, 200), st.integers(2, 6), st.integers(1, 4))
def test_fewest_pods_that_survive_is_the_first(need: int, zones: int, skew: int) -> None:
    n = smallest_n_that_survives(need, zones, skew)
    assert n is not None
    assert left_after_zone_loss(n, zones, skew) >= need > left_after_zone_loss(n - 1, zones, skew)


def test_none_within_the_bound() -> None:
    assert smallest_n_that_survives(4, 3, 1, bound=5) is None
    assert smallest_n_that_survives(4, 3, 1, bound=6) == 6


@pytest.mark.parametrize(("zones", "skew"), [(0, 1), (3, 0)])
def test_no_zone_and_no_skew_are_refused(zones: int, skew: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        worst_zone(3, zones, skew)
