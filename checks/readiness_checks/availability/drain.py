"""A pod can be taken from its node: budgets let it go, and it ends before it is killed."""

import itertools
from fractions import Fraction

from readiness.api import Count, Finding, Findings, NotApplicable, Operand, Proof, Seconds, Unknown
from readiness.arithmetic.disruption import pdb_allowed, smallest_n_that_allows
from readiness.arithmetic.rounding import IntOrPercent, ceil_of
from readiness.arithmetic.shutdown import TerminationBudget
from readiness.arithmetic.shutdown import termination_budget as sum_of_stop
from readiness.evidence.budgets import Budget, Budgets
from readiness.evidence.context import Environment, ServiceCard
from readiness.evidence.effective import Value
from readiness.evidence.manifests import Container, Workload
from readiness.evidence.scalers import Range, Scaling
from readiness.evidence.shutdown import Drain, Hook, Shutdown, pre_stop
from readiness.outcome import Severity


def pdb_allows_drain(
    budget: Budget,
    budgets: Budgets,
    scaling: Scaling,
    environment: Environment,
    service: ServiceCard,
    *,
    evictions: Count = 1,
) -> Findings:
    """A PodDisruptionBudget protects pods and lets a node be drained.

    A budget that allows no eviction at the fewest pods that run makes every
    drain wait for ever: the cluster upgrade stops at the first node that holds
    one of them, often at night. One that allows all of them protects nothing,
    which is a warning below tier 1.

    Settings:
        evictions: pods that may leave at once when all are healthy.

    Silent on:
        a budget that selects no workload of the manifests, as long as its bound
        lets any pod go: its pods belong to a custom resource, or to another check;
        one pod whose budget allows its eviction, which is the way to say that
        a single pod may go;
        workloads that are scaled to none; DaemonSets and Jobs, which a drain
        does not wait for;
        environments that are not production.

    Severity: error error warning warning

    Source:
        Kubernetes, pkg/controller/disruption/disruption.go (both percentages
        are rounded up); "Specifying a Disruption Budget for your Application".

    Peers:
        availability.pdb-allows-eviction: and does not let all pods go
        availability.pdb-below-hpa-minimum: by the sum of evictions
        kube-linter/pdb-max-unavailable: the same; percentages are taken of 100 pods there
        kube-linter/pdb-min-available: holds the selector against that of a Deployment, not its pods' labels
        polaris/pdbDisruptionsIsZero: only 0, 0% and 100%, whatever the number of pods
        polaris/pdbMinAvailableGreaterThanHPAMinReplicas: passes where both are equal, though no pod can leave
    """
    if not environment.production:
        raise NotApplicable(f"{environment.name} is no production environment")
    selected = budgets.selected(budget)
    never = _never(budget) if not selected else None
    if never is not None:
        name, value = never
        yield Finding(
            f"{budget.name} allows 0 evictions of whatever it selects, {evictions} "
            f"{'is' if evictions == 1 else 'are'} needed: {name} is {value.value}",
            at=value.at,
            fix=f"use maxUnavailable: {max(1, evictions)}",
            operands=(Operand(name, str(value.value), "", value.at),),
            key="blocks",
        )
        return
    if not selected:
        raise NotApplicable(f"{budget.name} selects the pods of no workload in these manifests")
    yield from _second_budgets(budget, budgets, selected)
    bound, field = _bound(budget)
    if bound is None:
        yield Finding(
            f"{budget.name} sets neither minAvailable nor maxUnavailable, so that it allows no eviction",
            at=budget.at.at("spec"),
            fix="set spec.maxUnavailable: 1",
            key="no-bound",
        )
        return
    ranges = _ranges(selected, scaling)
    least = sum(max(1, one.least.value) for one in ranges if one.most.value)  # with none nothing is evicted
    most = sum(one.most.value for one in ranges)
    allowed = _allowed(field, bound.value, least)
    names = " and ".join(one.name for one in selected[:3])
    pods = f"{least} pod{'' if least == 1 else 's'}"
    sum_ = (
        Operand(field, str(bound.value), "", bound.at),
        *(one.least.operand(f"fewest pods of {of.name}", worse="less")
          for one, of in zip(ranges, selected, strict=True)),
        Operand("evictions allowed", allowed, "", bound.at, "less"),
    )  # fmt: skip
    if allowed < evictions:
        yield Finding(
            f"{budget.name} allows {allowed} evictions at the {pods} of {names}"
            f"{_kept(field, bound.value, least)}, {evictions} {'is' if evictions == 1 else 'are'} needed",
            at=bound.at,
            fix=_fix(field, bound.value, evictions, most, ranges),
            operands=sum_,
            key="blocks",
        )
    elif allowed >= least > 1:
        yield Finding(
            f"{budget.name} protects nothing: {field} {bound.value} lets all {pods} of {names} go at once",
            at=bound.at,
            fix="set maxUnavailable: 1, or what the load allows to be missing",
            operands=sum_,
            key="protects-nothing",
            at_most=None if service.tier == 1 else "warning",
        )
    else:
        yield Proof(f"{budget.name} lets {allowed} of the {pods} of {names} go at once", operands=sum_)


def termination_budget(
    workload: Workload,
    scaling: Scaling,
    shutdown: Shutdown,
    environment: Environment,
    *,
    margin: Seconds = 5,
    drain: Seconds | None = None,
    longest_request: Seconds | None = None,
) -> Findings:
    """The grace period is long enough for the preStop hook and the drain.

    The grace period starts with the hook. What the hook and the drain take
    beyond it is cut off by SIGKILL: requests in flight fail at every release,
    every node drain and every scale-in.

    Settings:
        margin: seconds to spare for what is not counted: signals, closing of connections.
        drain: seconds that every container drains where nothing that can be read says so.
        longest_request: longest time a request takes; a hook that outlasts it leaves nothing to drain.

    Silent on:
        containers with neither a hook nor a known drain: nothing says that
        more than the grace period is needed;
        hooks whose length can't be read, while no drain is known;
        a default drain of exactly the grace period, which is a warning;
        hooks of neighbours that are staggered by a second or two, so that the
        proxy outlasts the application, with any time left;
        Jobs, and environments that are not production.

    Severity: error warning note note

    Source:
        Kubernetes, "Pod Lifecycle", termination of Pods; Spring Boot, "Graceful
        Shutdown", and its issue 26469 on preStop hooks.
    """
    if not environment.production:
        raise NotApplicable(f"{environment.name} is no production environment")
    if not workload.serves:
        raise NotApplicable(f"a {workload.kind} ends by itself")
    pods = scaling.pods_of(workload)
    hooks = [(container, pre_stop(container)) for container in pods.containers]
    staggered = _staggered([hook for _, hook in hooks])
    said = False
    for container, hook in hooks:
        known = shutdown.drain(container)
        needed = known.seconds if known is not None else drain
        if hook is None and needed is None:
            continue
        if hook is not None and hook.seconds is None:
            if needed is None:
                continue
            if needed + margin <= pods.grace_seconds.value:
                raise Unknown(
                    f"container {container.name} of {workload.name} drains {_spelled(needed)} s after a "
                    "preStop hook whose length can't be read",
                    hook.at,
                    "use the sleep action, or `sleep N`, so that the sum can be done",
                )
        said = True
        waits = hook.seconds.value if hook is not None and hook.seconds is not None else Fraction(0)
        done = sum_of_stop(
            pods.grace_seconds.value, waits, needed, margin=1 if staggered else margin,
            longest_request=longest_request,
        )  # fmt: skip
        yield _termination(workload, container, pods.grace_seconds, hook, known, done, int(margin))
    if not said:
        raise NotApplicable(f"no container of {workload.name} has a preStop hook or a known drain to sum up")


def _second_budgets(budget: Budget, budgets: Budgets, selected: tuple[Workload, ...]) -> Findings:
    """Workloads that an earlier budget selects as well: the eviction API refuses pods of two."""
    for workload in {(one.kind, one.name): one for one in selected}.values():
        others = budgets.of(workload)
        if others and others[0] is not budget:
            yield Finding(
                f"{budget.name} selects the pods of {workload.name}, and so does {others[0].name}: "
                "a pod with 2 budgets can't be evicted, 1 is the most",
                at=budget.at.at("spec", "selector"),
                fix=f"remove one of {others[0].name} and {budget.name}",
                key=f"second-budget:{workload.kind}/{workload.name}",
            )


def _never(budget: Budget) -> tuple[str, Value[IntOrPercent]] | None:
    """The bound that lets no pod go, however many there are."""
    most, least = budget.max_unavailable, budget.min_available
    if most is not None and most.value.value == 0:
        return "maxUnavailable", most
    if least is not None and least.value.percent and least.value.value >= 100:
        return "minAvailable", least
    return None


def _bound(budget: Budget) -> tuple[Value[IntOrPercent] | None, str]:
    least, most = budget.min_available, budget.max_unavailable
    if least is not None and most is not None:
        raise Unknown(
            f"{budget.name} sets minAvailable and maxUnavailable, which the API server refuses",
            most.at,
            "keep one of the two",
        )
    return (least, "minAvailable") if least is not None else (most, "maxUnavailable")


def _ranges(selected: tuple[Workload, ...], scaling: Scaling) -> list[Range]:
    """How many pods each has.

    Raises:
        NotApplicable: all are scaled to none on purpose.
    """
    ranges = [scaling.of(workload) for workload in selected]
    if all(one.most.value == 0 for one in ranges):
        raise NotApplicable(f"{selected[0].name} is scaled to none")
    return ranges


def _allowed(field: str, bound: IntOrPercent, n: int) -> int:
    if field == "minAvailable":
        return pdb_allowed(n, min_available=bound)
    return pdb_allowed(n, max_unavailable=bound)


def _kept(field: str, bound: IntOrPercent, n: int) -> str:
    """How the bound comes to a number of pods, where that is a sum."""
    if field == "minAvailable" and bound.percent:
        return f": {bound} of {n}, rounded up, keeps {ceil_of(bound.value * n, 100)}"
    if field == "minAvailable":
        return f": minAvailable keeps {bound}"
    return f": maxUnavailable is {bound}"


def _fix(field: str, bound: IntOrPercent, evictions: int, most: int, ranges: list[Range]) -> str:
    instead = f"use maxUnavailable: {max(1, evictions)}"
    if field == "maxUnavailable":
        return instead
    smallest = smallest_n_that_allows(evictions, min_available=bound)
    if smallest is None:
        return instead
    scaled = any(one.scaled for one in ranges)
    what = "minReplicas" if scaled else "replicas"
    reach = f", more than the {most} of today" if scaled and smallest > most else ""
    return f"{instead}, or raise {what} to {smallest} or more{reach}"


def _staggered(hooks: list[Hook | None]) -> bool:
    """Hooks of at least two containers that end one after the other, a second or two apart.

    Source: Wikimedia's deployment charts: application t + 1, proxy t + 2, grace period t + 3.
    """
    waits = sorted({one.seconds.value for one in hooks if one is not None and one.seconds is not None})
    return len(waits) > 1 and all(0 < after - before <= 2 for before, after in itertools.pairwise(waits))


def _termination(
    workload: Workload, container: Container, grace: Value[int], hook: Hook | None, drain: Drain | None,
    done: TerminationBudget, margin: int,
) -> Finding | Proof:  # fmt: skip
    slept = hook.seconds if hook is not None else None
    waits = slept.value if slept is not None else Fraction(0)
    operands = [grace.operand("terminationGracePeriodSeconds", unit="s", worse="less")]
    if slept is not None:
        operands.insert(0, Operand("preStop", _number(waits), "s", slept.at, "more"))
    if done.drain is not None:
        at = drain.value.at if drain is not None else None
        name = drain.what if drain is not None else "drain"
        operands.insert(-1, Operand(name, _number(done.drain), "s", at, "more"))
    about = container.subject._replace(kind=workload.kind, name=workload.name)
    who = f"{workload.name}: container {container.name}"
    parts = [f"preStop {_spelled(waits)} s"] if slept is not None else []
    if done.drain:
        parts.append(f"{drain.what if drain is not None else 'drain'} {_spelled(done.drain)} s")
    sum_ = " + ".join(parts)
    total = waits + (done.drain or 0)
    needed = ceil_of((total + margin).numerator, (total + margin).denominator)
    if done.verdict == "fits":
        return Proof(
            f"{who} needs {sum_} of {grace.value} s grace, {_spelled(grace.value - total)} s are spare",
            operands=tuple(operands),
            about=about,
        )
    at = slept.at if slept is not None else grace.at if grace.written or drain is None else drain.value.at
    text = {
        "killed": f"{who} takes {sum_} = {_spelled(total)} s and has {grace.value} s grace: "
                  "it is killed before it can stop",
        "short": f"{who} takes {sum_} = {_spelled(total)} s and has {grace.value} s grace",
        "tight": f"{who} takes {sum_} = {_spelled(total)} s of {grace.value} s grace, "
                 f"{margin} s are needed to spare",
        "unproven": f"{who} takes {sum_} of {grace.value} s grace, "
                    f"{_spelled(done.remaining)} s are left to stop in, {margin} s are needed",
    }[done.verdict]  # fmt: skip
    fix = f"set terminationGracePeriodSeconds to {needed} or more"
    if slept is not None and waits > 0:
        fix += ", or shorten the preStop hook"
    return Finding(text, at=at, fix=fix, operands=tuple(operands), about=about, at_most=_milder(done, drain))


def _milder(done: TerminationBudget, drain: Drain | None) -> Severity | None:
    """A drain that nobody wrote and that just fits, or none that is known: worth a warning."""
    if done.verdict == "unproven":
        return "warning"
    if done.verdict == "tight" and drain is not None and not drain.value.written:
        return "warning"
    return None


def _number(value: Fraction | int) -> int | float:
    exact = Fraction(value)
    return exact.numerator if exact.denominator == 1 else float(exact)


def _spelled(value: Fraction | int) -> str:
    return f"{_number(value):g}"
