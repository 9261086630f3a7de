"""How many pods a PodDisruptionBudget lets go at once.

Source:
    Kubernetes, pkg/controller/disruption/disruption.go, getExpectedPodCount: both percentages are
    rounded up, which makes `minAvailable` strict and `maxUnavailable` lax.
"""

from readiness.arithmetic.rounding import IntOrPercent, rounded_up


def pdb_allowed(
    n: int, *, min_available: IntOrPercent | None = None, max_unavailable: IntOrPercent | None = None
) -> int:
    """Evictions that the budget allows at once while all `n` pods are healthy: 0 to `n`.

    Raises:
        ValueError: not exactly one of the two bounds is given.
    """
    if min_available is not None and max_unavailable is None:
        return max(0, n - rounded_up(min_available, n))
    if max_unavailable is not None and min_available is None:
        return min(n, rounded_up(max_unavailable, n))
    raise ValueError("expected exactly one of minAvailable and maxUnavailable")


def smallest_n_that_allows(
    evictions: int = 1,
    *,
    min_available: IntOrPercent | None = None,
    max_unavailable: IntOrPercent | None = None,
    bound: int = 1000,
) -> int | None:
    """The fewest pods at which the budget allows `evictions`; None when `bound` pods are too few."""
    for n in range(evictions, bound + 1):
        if pdb_allowed(n, min_available=min_available, max_unavailable=max_unavailable) >= evictions:
            return n
    return None
