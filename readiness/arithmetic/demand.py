"""Replicas that a demand needs, and how long they will do.

Rates (demand, capacity) are in one unit of the caller's, per second say; shares are 0.3 for 30 %.

Source:
    Beyer et al., Site Reliability Engineering, chapter 18 (intent-based capacity planning); Kubernetes,
    "Horizontal Pod Autoscaling", algorithm details.
"""

from fractions import Fraction

Number = Fraction | int

_LONGEST_HORIZON = 600  # months; keeps the power small


def demand_after(peak: Number, growth_per_month: Number, months: int) -> Fraction:
    """`peak` after `months` of compound growth.

    Raises:
        ValueError: `months` is negative or more than fifty years, or growth is below -100 %.
    """
    if not 0 <= months <= _LONGEST_HORIZON:
        raise ValueError(f"expected 0 to {_LONGEST_HORIZON} months, got {months}")
    if growth_per_month < -1:
        raise ValueError(f"expected a growth of at least -100 %, got {growth_per_month}")
    return Fraction(peak) * (1 + Fraction(growth_per_month)) ** months


def replicas_needed(
    peak: Number, headroom: Number, growth_per_month: Number, horizon_months: int, unit_capacity: Number
) -> int:
    """Replicas that carry `peak`, grown over the horizon, with `headroom` to spare.

    Raises:
        ValueError: `unit_capacity` is not positive, `headroom` or `peak` is negative, or the horizon is
            out of bounds.
    """
    if unit_capacity <= 0:
        raise ValueError(f"expected a capacity above 0, got {unit_capacity}")
    if headroom < 0 or peak < 0:
        raise ValueError(f"expected no negative demand or headroom, got {peak} and {headroom}")
    wanted = demand_after(peak, growth_per_month, horizon_months) * (1 + Fraction(headroom))
    return _ceil(wanted / unit_capacity)


def headroom_of_target(target_utilisation: Number) -> Fraction:
    """The headroom that running at `target_utilisation` (0.7 for 70 %) leaves: 1/u - 1.

    Raises:
        ValueError: the target is not above 0 and up to 1.
    """
    if not 0 < target_utilisation <= 1:
        raise ValueError(f"expected a target above 0 and up to 1, got {target_utilisation}")
    return 1 / Fraction(target_utilisation) - 1


def margin(replicas: int, unit_capacity: Number, peak: Number) -> Fraction:
    """What `replicas` carry beyond `peak`, as a share of it; negative when they carry less.

    Raises:
        ValueError: `peak` is not positive.
    """
    if peak <= 0:
        raise ValueError(f"expected a peak above 0, got {peak}")
    return Fraction(replicas) * unit_capacity / peak - 1


def replicas_at_target(peak: Number, unit_capacity: Number, target_utilisation: Number) -> int:
    """Replicas at which a HorizontalPodAutoscaler comes to rest at `peak`: ceil(peak / (unit x target)).

    Raises:
        ValueError: capacity or target is not positive.
    """
    if unit_capacity <= 0 or target_utilisation <= 0:
        raise ValueError(
            f"expected a capacity and a target above 0, got {unit_capacity} and {target_utilisation}"
        )
    return _ceil(Fraction(peak) / (Fraction(unit_capacity) * target_utilisation))


def months_of_runway(
    capacity: Number, peak: Number, growth_per_month: Number, bound: int = 120
) -> int | None:
    """Whole months until `peak`, growing, exceeds `capacity`: 0 when it does today.

    None when it stays within capacity for `bound` months.
    """
    demand = Fraction(peak)
    for month in range(bound + 1):
        if demand > capacity:
            return month
        demand *= 1 + Fraction(growth_per_month)
    return None


def _ceil(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
