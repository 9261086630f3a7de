"""What a topology spread leaves after the fullest zone is lost.

Source:
    Kubernetes, "Pod Topology Spread Constraints": the skew is the difference between a zone's pods and
    the fewest in any eligible zone. The closed form is held against every legal spread in the tests.
"""

from bisect import bisect_left

_MOST_PODS = 1_000_000


def worst_zone(n: int, zones: int, max_skew: int | None) -> int:
    """The most of `n` pods that one of `zones` eligible zones may legally hold.

    `max_skew` is the one of a constraint with `DoNotSchedule`; None (no constraint, or one with
    `ScheduleAnyway`) guarantees nothing, so all pods may stand in one zone. It also holds that the
    scheduler knows all zones: `minDomains` of at least `zones`, or nodes in each.
    """
    if zones < 1:
        raise ValueError(f"expected at least one zone, got {zones}")
    if max_skew is None:
        return n
    if max_skew < 1:
        raise ValueError(f"expected a maxSkew of at least 1, got {max_skew}")
    return min(n, (n + (zones - 1) * max_skew) // zones)


def left_after_zone_loss(n: int, zones: int, max_skew: int | None) -> int:
    """Pods of `n` that still run after the fullest zone is lost, before any is started again."""
    return n - worst_zone(n, zones, max_skew)


def smallest_n_that_survives(
    need: int, zones: int, max_skew: int | None, bound: int = _MOST_PODS
) -> int | None:
    """The fewest pods of which `need` are left after a zone loss; None when `bound` pods are too few."""
    if need > 0 and (zones == 1 or max_skew is None):
        return None

    def left(n: int) -> int:
        return left_after_zone_loss(n, zones, max_skew)

    # What is left never shrinks with n: one pod more fills the fullest zone by at most one.
    smallest = bisect_left(range(bound + 1), need, key=left)
    return smallest if smallest <= bound else None
