"""How many pods stay ready while a controller replaces them.

Source:
    Kubernetes, pkg/controller/deployment/util/deployment_util.go, ResolveFenceposts and MaxUnavailable;
    pkg/controller/statefulset; pkg/controller/daemon/update.go; and the validation of apps/v1, such as
    ValidateRollingUpdateDaemonSet.
"""

from readiness.arithmetic.rounding import IntOrPercent, ceil_of, rounded_down, rounded_up


def is_refused(max_surge: IntOrPercent, max_unavailable: IntOrPercent) -> bool:
    """The API server refuses this pair: no pod may be added and none may be missing, or over 100 %."""
    return max_surge.value == max_unavailable.value == 0 or (
        max_unavailable.percent and max_unavailable.value > 100
    )


def is_refused_of_daemon_set(max_surge: IntOrPercent, max_unavailable: IntOrPercent) -> bool:
    """The API server refuses this pair: of a DaemonSet exactly one of the two is more than none."""
    over = any(one.percent and one.value > 100 for one in (max_surge, max_unavailable))
    return over or (max_surge.value == 0) == (max_unavailable.value == 0)


def surge_and_unavailable(n: int, max_surge: IntOrPercent, max_unavailable: IntOrPercent) -> tuple[int, int]:
    """Pods that a Deployment of `n` may have too many, and too few, during a rollout.

    Surge is rounded up and unavailable down; where both come to nothing one may be missing, since the
    rollout could not move otherwise.

    Raises:
        ValueError: the API server refuses the pair.
    """
    if is_refused(max_surge, max_unavailable):
        raise ValueError(
            f"expected a maxSurge or maxUnavailable above 0, and maxUnavailable up to 100%; "
            f"got {max_surge} and {max_unavailable}"
        )
    surge = rounded_up(max_surge, n)
    unavailable = rounded_down(max_unavailable, n)
    if surge == unavailable == 0:
        unavailable = 1
    return surge, min(unavailable, n)


def fewest_ready_of_deployment(n: int, max_surge: IntOrPercent, max_unavailable: IntOrPercent) -> int:
    """Pods that a rolling update of a Deployment of `n` keeps ready; raises as `surge_and_unavailable`.

    The strategy `Recreate` keeps none: that is no sum, so it has no function.
    """
    return n - surge_and_unavailable(n, max_surge, max_unavailable)[1]


def rolled_of_stateful_set(n: int, partition: int = 0) -> int:
    """Pods that a rolling update of a StatefulSet of `n` replaces: those with an ordinal from `partition`."""
    return max(0, n - partition)


def fewest_ready_of_stateful_set(
    n: int,
    max_unavailable: IntOrPercent = IntOrPercent(1),  # noqa: B008  a NamedTuple can't change
    partition: int = 0,
    *,
    on_delete: bool = False,
) -> int:
    """Pods that a rollout of a StatefulSet of `n` keeps ready.

    The percentage is rounded down, and one is always taken; a cluster without the feature
    MaxUnavailableStatefulSet takes exactly one. `OnDelete` replaces nothing by itself.
    """
    if on_delete:
        return n
    return n - min(max(1, rounded_down(max_unavailable, n)), rolled_of_stateful_set(n, partition))


def fewest_ready_of_daemon_set(
    nodes: int,
    max_surge: IntOrPercent = IntOrPercent(0),  # noqa: B008  a NamedTuple can't change
    max_unavailable: IntOrPercent = IntOrPercent(1),  # noqa: B008
    *,
    on_delete: bool = False,
) -> int:
    """Pods that a rollout of a DaemonSet on `nodes` nodes keeps ready: unavailable is rounded up here."""
    if on_delete:
        return nodes
    unavailable = rounded_up(max_unavailable, nodes)
    if unavailable == 0 and rounded_up(max_surge, nodes) == 0:
        unavailable = 1
    return nodes - min(unavailable, nodes)


def waves(n: int, surge: int, unavailable: int) -> int:
    """Rounds in which a rollout replaces `n` pods, `surge + unavailable` at a time.

    Raises:
        ValueError: both are zero, so that nothing would move.
    """
    if surge + unavailable < 1:
        raise ValueError("expected surge + unavailable of at least 1")
    return ceil_of(n, surge + unavailable)
