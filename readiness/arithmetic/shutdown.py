"""Time between the order to stop and the kill of a container. All figures are seconds.

Source:
    Kubernetes, "Pod Lifecycle", termination of Pods: the grace period starts with the preStop hook; and
    pkg/kubelet/kuberuntime/kuberuntime_container.go, minimumGracePeriodInSeconds.
"""

from fractions import Fraction
from typing import Literal, NamedTuple

Number = Fraction | int

KUBELET_MINIMUM = 2  # seconds from SIGTERM to SIGKILL that a container gets in any case

BudgetVerdict = Literal["killed", "short", "tight", "unproven", "fits"]


class TerminationBudget(NamedTuple):
    """The sum of a stop.

    `verdict` is `killed` (the hook eats the whole grace period), `short` (less is left than the drain
    takes), `tight` (the drain fits, its margin doesn't), `unproven` (no drain is known and less than
    the margin is left) or `fits`. The first three are failures, the fourth is worth a warning.
    """

    remaining: Number  # grace - preStop; what the process has after SIGTERM by configuration
    stop_time: Number  # what the kubelet really gives it
    drain: Number | None  # what it needs; None: not known
    verdict: BudgetVerdict


def remaining(grace: Number, pre_stop: Number) -> Number:
    """What the preStop hook leaves of the grace period; zero or less when it eats all of it."""
    return grace - pre_stop


def stop_time(grace: Number, pre_stop: Number) -> Number:
    """From SIGTERM to SIGKILL, with the kubelet's minimum after a hook that ate the grace period."""
    return max(remaining(grace, pre_stop), KUBELET_MINIMUM)


def required_drain(
    pre_stop: Number, drain: Number | None, longest_request: Number | None = None
) -> Number | None:
    """What is needed after SIGTERM: nothing, when the hook outlasts the longest request.

    (Wikimedia's pattern: for a client's time limit t the hook waits t + 1.) None when nobody says.
    """
    if longest_request is not None and pre_stop > longest_request:
        return 0
    return drain


def termination_budget(
    grace: Number,
    pre_stop: Number,
    drain: Number | None,
    *,
    margin: Number = 5,
    longest_request: Number | None = None,
) -> TerminationBudget:
    """Whether `pre_stop` and `drain` fit into `grace`, with `margin` to spare."""
    left = remaining(grace, pre_stop)
    needed = required_drain(pre_stop, drain, longest_request)
    return TerminationBudget(left, stop_time(grace, pre_stop), needed, _verdict(left, needed, margin))


def _verdict(left: Number, needed: Number | None, margin: Number) -> BudgetVerdict:
    if left <= 0:
        return "killed"
    if needed is None:
        return "unproven" if left < margin else "fits"
    if left < needed:
        return "short"
    # A process with nothing left to drain only has to exit: a second will do.
    spare = margin if needed > 0 else 1
    return "tight" if left < needed + spare else "fits"
