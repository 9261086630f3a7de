"""Error budgets and multi-window burn rates, exact: what a page costs, and how long it lets a failure run.

Shares (objectives, error ratios, shares of a budget) are numbers from 0 to 1, times are seconds.

Source:
    The Site Reliability Workbook, chapter 5, "Alerting on SLOs": multi-window, multi-burn-rate alerts, and
    its tables of detection and reset times.
"""

from fractions import Fraction
from typing import NamedTuple

HOUR = Fraction(3600)
DAY = 24 * HOUR

LEAST_SHORT, MOST_SHORT = Fraction(3, 4), Fraction(5, 4)  # of a twelfth of the long window


class Step(NamedTuple):
    """One burn-rate alert of the workbook: it fires when `share` of the budget is spent in `long`."""

    share: Fraction
    long: Fraction
    page: bool

    @property
    def short(self) -> Fraction:
        return self.long / 12


#: The workbook's: 2 % in an hour and 5 % in six wake somebody, 10 % in three days make a ticket.
STEPS = (
    Step(Fraction(2, 100), HOUR, True),
    Step(Fraction(5, 100), 6 * HOUR, True),
    Step(Fraction(10, 100), 3 * DAY, False),
)


def budget(objective: Fraction, period: Fraction) -> Fraction:
    """Seconds of a total failure in a period that an objective allows."""
    return (1 - objective) * period


def factor(share: Fraction, long: Fraction, period: Fraction) -> Fraction:
    """How many times too fast a budget is spent when `share` of it goes in `long`.

    It is 14.4 for 2 % of a budget of 30 days in an hour.
    """
    return share * period / long


def share_spent(burn: Fraction, long: Fraction, period: Fraction) -> Fraction:
    """The share of the budget that is gone when a window as long as `long` has burnt at `burn`."""
    return burn * long / period


def threshold(burn: Fraction, objective: Fraction) -> Fraction:
    """The error ratio at which the budget burns `burn` times too fast. From 1 on no failure reaches it."""
    return burn * (1 - objective)


def attainable(burn: Fraction, objective: Fraction) -> bool:
    """Whether a total failure is above the threshold, so that the alert can fire at all."""
    return threshold(burn, objective) < 1


def least_objective(burn: Fraction) -> Fraction:
    """Objectives up to this can't be defended by an alert at `burn`: 93.06 % for 14.4."""
    return 1 - 1 / burn


def detection(
    burn: Fraction, objective: Fraction, long: Fraction, errors: Fraction = Fraction(1)
) -> Fraction | None:
    """Seconds until the long window is above the threshold when `errors` of all requests fail from now on.

    None where it never is. The ratio in the window rises as errors × t / long, with steady traffic.
    """
    bound = threshold(burn, objective)
    return None if errors <= bound else bound * long / errors


def reset(burn: Fraction, objective: Fraction, short: Fraction, errors: Fraction = Fraction(1)) -> Fraction:
    """Seconds after the end of a failure until the short window is below the threshold again."""
    bound = threshold(burn, objective)
    return Fraction(0) if errors <= bound else short * (1 - bound / errors)


def is_short_for(short: Fraction, long: Fraction) -> bool:
    """Whether a short window is about a twelfth of the long one."""
    return LEAST_SHORT <= short * 12 / long <= MOST_SHORT


def in_series(objectives: tuple[Fraction, ...]) -> Fraction:
    """The most that a service can promise of which each of these has to work."""
    found = Fraction(1)
    for one in objectives:
        found *= one
    return found


def redundant(objectives: tuple[Fraction, ...]) -> Fraction:
    """What a set promises of which one has to work, if they fail independently."""
    missed = Fraction(1)
    for one in objectives:
        missed *= 1 - one
    return 1 - missed
