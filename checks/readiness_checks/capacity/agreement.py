"""The plan and the manifests speak of the same deployment."""

from collections.abc import Iterator
from fractions import Fraction

from readiness.api import (
    Finding,
    Findings,
    NotApplicable,
    Operand,
    Percent,
    Proof,
    Unknown,
)
from readiness.evidence.capacity_fields import spelled
from readiness.evidence.context import Environment, Sources
from readiness.evidence.effective import Value
from readiness.evidence.limit_ranges import Group, PodResources
from readiness.evidence.manifests import Container, Workload
from readiness.evidence.planned import Planned
from readiness.evidence.scalers import Scaling
from readiness_checks.capacity.figures import (
    amount,
)


def plan_matches_manifests(
    environment: Environment,
    planned: Planned,
    scaling: Scaling,
    resources: PodResources,
    sources: Sources,
    *,
    tolerance: Percent = Fraction(0),
) -> Findings:
    """The figures that the plan counts on are those that are deployed.

    A plan of another deployment proves nothing: its sums are right, and about something that doesn't run.

    Settings:
        tolerance: how far a figure may differ, as a share of the planned one.

    Silent on:
        replicas of an autoscaled workload, which the scaler sets, while they lie in its range;
        spellings of one amount: 0.5 and 500m, 1Gi and 1024Mi;
        figures of the whole of several clusters, where the plan says scope: global and clusters;
        lines of workloads that another environment or service runs.

    Severity: error warning note note

    Source:
        Beyer et al., Site Reliability Engineering, launch coordination checklist, capacity planning.
    """
    entry = planned.entry
    if planned.missing:
        if not _meant_here(planned, environment, sources):
            raise NotApplicable(f"no workload of these manifests is called {planned.name}")
        yield _orphan(planned, environment)
        return
    workload = planned.workload
    compared = 0
    differs = False
    for figure_, expected in entry.expected():
        for found in _compared(figure_, expected, planned, scaling, resources):
            compared += 1
            if isinstance(found, Finding):
                differs = True
                yield found
                continue
            value = Fraction(found.value)
            if abs(value - Fraction(expected.value)) <= tolerance * abs(Fraction(expected.value)):
                continue
            differs = True
            yield _differs(workload, figure_, expected, found)
    for problem in entry.problems:
        if problem.field.startswith("expects."):
            raise Unknown(problem.message, problem.at, problem.fix)
    if not compared:
        raise NotApplicable(f"the plan expects no figure of {planned.name} that a manifest has")
    if not differs:
        figures = "figure" if compared == 1 else "figures"
        yield Proof(f"{workload.name} has the {compared} {figures} that the plan expects", at=entry.at)


def _meant_here(planned: Planned, environment: Environment, sources: Sources) -> bool:
    """Whether a line without a workload can only mean this environment's manifests."""
    if planned.entry.at.source in sources.shared:
        return False
    named = "environment" in planned.entry.values
    return named or not environment.discovered or environment.name == "default"


def _orphan(planned: Planned, environment: Environment) -> Finding:
    return Finding(
        f"{planned.name} stands in the capacity plan, and {environment.name} runs no workload of that name",
        at=planned.at,
        fix=f"name the workload as the manifests do, or remove the line of {planned.name}",
        key="workload",
    )


def _compared(
    figure_: str, expected: Value[Fraction], planned: Planned, scaling: Scaling, resources: PodResources
) -> Iterator[Value[Fraction] | Finding]:
    """What is deployed in the place of a planned figure; nothing for figures that manifests don't have."""
    workload = planned.workload
    clusters = planned.entry.file.clusters
    if figure_ == "replicas":
        range_ = scaling.of(workload)
        if range_.scaler is None:
            yield _times(range_.set, clusters)
        elif not range_.least.value * clusters <= expected.value <= range_.most.value * clusters:
            yield _times(range_.most if expected.value > range_.most.value else range_.least, clusters)
        else:
            yield Value(Fraction(expected.value), range_.least.at)
    elif figure_ in ("hpa.min", "hpa.max"):
        range_ = scaling.of(workload)
        if range_.scaler is None:
            yield Finding(
                f"{workload.name} has no scaler, and the plan expects {figure_} {expected.value}",
                at=expected.at,
                fix=f"add a HorizontalPodAutoscaler of {workload.name}, or correct the plan",
                key=figure_,
            )
        else:
            yield _times(range_.least if figure_ == "hpa.min" else range_.most, clusters)
    elif figure_.startswith(("requests.", "limits.")):
        yield from _amounts(figure_, expected, planned, scaling, resources)


def _times(value: Value[int], clusters: int) -> Value[Fraction]:
    return Value(Fraction(value.value * clusters), value.at, value.origin)


def _amounts(
    figure_: str, expected: Value[Fraction], planned: Planned, scaling: Scaling, resources: PodResources
) -> Iterator[Value[Fraction] | Finding]:
    """The amount of the container that the plan means, or of the whole pod: whichever fits."""
    word, _, resource = figure_.partition(".")
    group: Group = "requests" if word == "requests" else "limits"
    pods = scaling.pods_of(planned.workload)
    candidates = [resources.of_container(container, group, resource) for container in pods.containers]
    given = [one for one in (*candidates, resources.of_pod(pods, group, resource)) if one is not None]
    fitting = [one for one in given if one.value == expected.value]
    main = _main(pods)
    own = resources.of_container(main, group, resource) if main is not None else None
    chosen = fitting[0] if fitting else own or (given[-1] if given else None)
    if chosen is not None:
        yield chosen
        return
    yield Finding(
        f"{planned.workload.name} sets no {resource} in its {group}, and the plan expects "
        f"{amount(resource, expected.value)}",
        at=main.at if main is not None else pods.at,
        fix=f"set resources.{figure_} to {amount(resource, expected.value)}, or correct the plan",
        key=figure_,
    )


def _main(pods: Workload) -> Container | None:
    """The container that the workload is about: the one of its name, else the first."""
    running = [one for one in pods.containers if not one.init]
    return next((one for one in running if one.name == pods.name), running[0] if running else None)


def _differs(workload: Workload, figure_: str, expected: Value[Fraction], found: Value[Fraction]) -> Finding:
    resource = figure_.partition(".")[2] if figure_.startswith(("requests.", "limits.")) else ""
    planned = amount(resource, expected.value) if resource else spelled(Fraction(expected.value))
    deployed = amount(resource, found.value) if resource else spelled(Fraction(found.value))
    return Finding(
        f"{workload.name} has {figure_} {deployed}, the plan expects {planned}",
        at=found.at,
        fix=f"set {figure_} to {planned}, or correct the plan to {deployed}",
        operands=(
            Operand(f"{figure_} deployed", deployed, at=found.at),
            Operand(f"{figure_} planned", planned, at=expected.at),
        ),
        key=figure_,
    )
