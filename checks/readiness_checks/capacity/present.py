"""There is a capacity plan to compute with, and it is recent."""

from collections.abc import Iterator

from readiness.api import (
    Days,
    Finding,
    Findings,
    NotApplicable,
    Operand,
    Proof,
    Subject,
    Unknown,
)
from readiness.evidence.capacity_fields import CAPACITY, PEAK, Problem, same_unit, spelled
from readiness.evidence.capacity_plan import CapacityPlan, PlanFile
from readiness.evidence.context import Environment, ServiceCard, Today
from readiness.evidence.git import GitFacts
from readiness.evidence.planned import Demand, Demanded, PlanLine, PlanLines
from readiness_checks.capacity.figures import (
    units_of,
)

SAME_EVERYWHERE = 3  # workloads with one and the same numbers: fewer may be a coincidence
NAMED = 8  # names that one message lists


def plan_present_and_fresh(
    environment: Environment,
    service: ServiceCard,
    today: Today,
    plan: CapacityPlan,
    demanded: Demanded,
    join: PlanLines,
    git: GitFacts,
    *,
    max_age: Days = 180,
    max_age_at_tier_1: Days = 90,
) -> Findings:
    """There is a recent capacity plan, with numbers of every workload that demand reaches.

    Without numbers of demand and of what one replica carries, nobody knows whether the next peak fits;
    with numbers of last year, they believe that it does.

    Settings:
        max_age: days since the plan was reviewed or changed.
        max_age_at_tier_1: the same, for services of tier 1.

    Silent on:
        environments that are no production, or that run nothing that lasts;
        workloads that no Service and no scaler brings demand to, and those scaled down to none;
        Services whose ports are all for metrics or admission webhooks;
        plans of other services, where the environment was found and not named in the checklist.

    Severity: error warning note note

    Source:
        Beyer et al., Site Reliability Engineering, launch coordination checklist, capacity planning.
    """
    if not environment.production:
        raise NotApplicable(f"{environment.name} is no production environment")
    if not demanded.demands:
        raise NotApplicable("no long-running workload has a Service or a scaler")
    if not plan.present:
        if plan.unreadable:
            first = plan.unreadable[0]
            raise Unknown(first.why, first.at, first.fix)
        yield _absent(environment, service, plan, demanded)
        return
    planned = join.lines
    lines = {one.subject for line in planned for one in line.candidates}
    missing = [demand for demand in demanded.demands if demand.workload.subject not in lines]
    if environment.discovered and planned and len(missing) == len(demanded.demands):
        raise NotApplicable("the capacity plan is of other workloads than these")
    found = list(_wrong(plan, planned))
    if not any(problem.unclear for problem in plan.problems):  # a table that was not read may hold them
        found += [_unplanned(demand, plan.files[0]) for demand in missing]
    allowed = min(max_age, max_age_at_tier_1) if service.tier == 1 else max_age
    undated: list[PlanFile] = []
    proofs: list[Proof] = []
    for file in plan.files:
        if any(problem.field == "reviewed" for problem in file.problems):
            continue  # said already
        aged = _age(file, git, today, allowed)
        if aged is None:
            undated.append(file)
        elif isinstance(aged, Finding):
            found.append(aged)
        else:
            proofs.append(aged)
    yield from found
    unclear = [one for one in _problems(plan, planned) if one.unclear]
    if unclear:
        raise Unknown(unclear[0].message, unclear[0].at, unclear[0].fix)
    for line in planned:
        if line.reason and not line.missing:
            raise Unknown(line.reason, line.at, f"name the workload in workload: of {line.name}")
    if undated:
        raise Unknown(
            f"{undated[0].at.file} does not say when it was reviewed",
            undated[0].at,
            "add reviewed: with the date of the last review",
        )
    if not found:
        names = _listed([line.name for line in planned])
        yield Proof(f"the capacity plan has numbers of {names}", at=plan.files[0].at)
        yield from proofs


def _absent(
    environment: Environment, service: ServiceCard, plan: CapacityPlan, demanded: Demanded
) -> Finding:
    """No plan at all: one finding for the service, whatever the number of its workloads."""
    workloads = [demand.workload for demand in demanded.demands]
    names = _listed([workload.name for workload in workloads])
    whose = service.name or "the service"
    fix = f"run readiness init, or write capacity.yaml:\n{skeleton(demanded.demands)}"
    about = service.subject if service.name else Subject("Service", "", "")
    gone = plan.problems[0] if plan.problems else None
    if gone is not None:
        return Finding(gone.message, at=gone.at, fix=fix, about=about, key="plan")
    message = f"{whose} has no capacity plan; {len(workloads)} workloads need one: {names}"
    if len(workloads) == 1:
        message = f"{whose} has no capacity plan; {names} needs one"
    return Finding(message, at=environment.at or workloads[0].at, fix=fix, about=about, key="plan")


def skeleton(demands: tuple[Demand, ...]) -> str:
    """A plan of these workloads with everything to fill in; no number is made up."""
    lines = ["reviewed: TODO", "source: TODO", "zones: TODO", "workloads:"]
    for demand in demands:
        lines += [
            f"  - name: {demand.workload.name}",
            "    demand: {peak-per-second: TODO, unit: TODO}",
            "    unit: {capacity-per-second: TODO, unit: TODO}",
            "    headroom: TODO",
        ]
    return "\n".join(lines)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _problems(plan: CapacityPlan, planned: tuple[PlanLine, ...]) -> Iterator[Problem]:
    yield from plan.problems
    for line in planned:
        yield from line.entry.problems


def _wrong(plan: CapacityPlan, planned: tuple[PlanLine, ...]) -> Iterator[Finding]:
    """What the plan's own text has wrong."""
    for problem in plan.problems:
        if not problem.unclear:
            yield _of_problem(problem, Subject("CapacityPlan", "", problem.at.file))
    for line in planned:
        for problem in line.entry.problems:
            if not problem.unclear:
                yield _of_problem(problem, line.subject)
        yield from _incomplete(line)
    same = _same_everywhere(planned)
    if same is not None:
        yield same


def _of_problem(problem: Problem, about: Subject) -> Finding:
    key = f"{problem.field or problem.message}"
    return Finding(problem.message, at=problem.at, fix=problem.fix, about=about, key=key)


def _incomplete(line: PlanLine) -> Iterator[Finding]:
    """Numbers that a line leaves out, and units that don't fit each other."""
    entry = line.entry
    wrong = {problem.field for problem in entry.problems}
    for field, what in ((PEAK, "demand at the peak"), (CAPACITY, "capacity of one replica")):
        if field not in entry.values and field not in wrong:
            yield Finding(
                f"the plan of {line.name} has no {what}",
                at=line.at,
                fix=f"add {field} of {line.name}, as measured",
                about=line.subject,
                key=field,
            )
    headroom = ("headroom", "headroom-ratio", "target-utilisation", "headroom.target-utilisation")
    if not wrong.intersection(headroom) and not any(field in entry.values for field in headroom):
        yield Finding(
            f"the plan of {line.name} has no headroom",
            at=line.at,
            fix=f"add headroom of {line.name}, such as 30%",
            about=line.subject,
            key="headroom",
        )
    if not _says_source(line):
        yield Finding(
            f"the plan of {line.name} does not say where its numbers were measured",
            at=line.at,
            fix="add source: of the plan, or unit.load-test of the workload: the report of the load test",
            about=line.subject,
            key="source",
        )
    units = units_of(line) if not wrong.intersection(("demand.unit", "unit.unit")) else ()
    if len(units) == 2 and not same_unit(units[0].value, units[1].value):
        demand, unit = units
        yield Finding(
            f"the plan of {line.name} counts demand in {demand.value} and capacity in {unit.value}",
            at=unit.at,
            fix=f"write both of {line.name} in one unit",
            operands=(
                Operand("unit of demand", demand.value, at=demand.at),
                Operand("unit of capacity", unit.value, at=unit.at),
            ),
            about=line.subject,
            key="unit",
        )


def _says_source(line: PlanLine) -> bool:
    """Whether something is written as the place of measurement, be it wrong."""
    own, whole = line.entry, line.entry.file
    wrong = {problem.field for problem in (*own.problems, *whole.problems)}
    return (
        not wrong.isdisjoint(("source", "unit.load-test"))
        or not own.values.keys().isdisjoint(("source", "unit.load-test"))
        or "source" in whole.values
    )


def _same_everywhere(planned: tuple[PlanLine, ...]) -> Finding | None:
    numbers = set()
    for line in planned:
        peak, capacity = line.entry.values.get(PEAK), line.entry.values.get(CAPACITY)
        if peak is None or capacity is None:
            return None
        numbers.add((peak.value, capacity.value))
    if len(planned) < SAME_EVERYWHERE or len(numbers) != 1:
        return None
    ((peak_of_all, capacity_of_all),) = numbers
    return Finding(
        f"all {len(planned)} workloads of the plan have a peak of {spelled(peak_of_all)} "
        f"and a capacity of {spelled(capacity_of_all)}: these look like placeholders",
        at=planned[0].at,
        fix="write the measured numbers of each workload",
        about=Subject("CapacityPlan", "", planned[0].at.file),
        key="placeholders",
        at_most="warning",
    )


def _unplanned(demand: Demand, file: PlanFile) -> Finding:
    name = demand.workload.name
    return Finding(
        f"{name} has no line in the capacity plan {file.at.file}, and demand reaches it through {demand.why}",
        at=demand.workload.at,
        fix=f"add to {file.at.file}, with numbers for TODO:\n"
        + skeleton((demand,)).partition("workloads:\n")[2],
        about=demand.workload.subject,
        key="line",
    )


def _age(file: PlanFile, git: GitFacts, today: Today, allowed: int) -> Finding | Proof | None:
    """Whether the plan is recent; None when neither it nor git says when it was last looked at.

    Git is asked only where the date in the plan is not enough.
    """
    reviewed = file.values.get("reviewed")
    about = Subject("CapacityPlan", "", file.at.file)
    if reviewed is not None and reviewed.value > today.date:
        return Finding(
            f"{file.at.file} says that it was reviewed on {reviewed.value}, "
            f"{(reviewed.value - today.date).days} days after today",
            at=reviewed.at,
            fix=f"correct reviewed: it is {today.date} today",
            operands=(Operand("reviewed", reviewed.value.isoformat(), at=reviewed.at),),
            about=about,
            key="age",
        )
    latest, at, word = None, file.at, "reviewed"
    if reviewed is not None:
        latest, at = reviewed.value, reviewed.at
    if latest is None or (today.date - latest).days > allowed:
        changed = git.last_change(file.at.source, file.at.file)
        if changed is not None and (latest is None or changed > latest):
            latest, word = changed, "changed"
    if latest is None:
        return None
    age = max((today.date - latest).days, 0)
    operands = (
        Operand(word, latest.isoformat(), at=at),
        Operand("age", age, "days", at, "more"),
        Operand("allowed", allowed, "days"),
    )
    if age <= allowed:
        message = f"{file.at.file} was {word} {age} days ago; {allowed} are allowed"
        return Proof(message, operands, at=at, about=about)
    return Finding(
        f"{file.at.file} was {word} on {latest}, {age} days ago; {allowed} are allowed",
        at=at,
        fix="hold the plan against today's demand and load test, then set reviewed: to that day",
        operands=operands,
        about=about,
        key="age",
    )
