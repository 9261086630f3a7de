"""Work by hand is known, and there is less of it every quarter."""

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction

from readiness.api import Count, Finding, Findings, NotApplicable, Operand, Percent, Proof, Unknown
from readiness.evidence.context import ServiceCard, Today
from readiness.evidence.recurrences import Recurrences, Repeated
from readiness.evidence.runbooks import Runbook
from readiness.evidence.toil import Task, Toil

QUARTER = timedelta(days=91)


def register(
    toil: Toil,
    incidents: Recurrences,
    runbooks: tuple[Runbook, ...],
    service: ServiceCard,
    today: Today,
    *,
    max_share: Percent = Fraction(1, 2),
    max_steps: Count = 8,
    min_incidents: Count = 5,
) -> Findings:
    """The team's toil is written down, has an owner and an end, and leaves half of the time for the rest.

    Toil that nobody counts grows with the service until nothing else is done, and the work that would end it
    is never begun.

    Settings:
        max-share: share of the team's hours that toil may take.
        max-steps: commands of a runbook's mitigation that may be typed by hand where its alert comes often.
        min-incidents: incidents of a quarter that are often.

    Silent on:
        teams without a register, and without an export of incidents;
        runbooks of alerts that come seldom, however long they are.

    Severity: note note note note

    Source:
        Google SRE book, chapter 5, "Eliminating Toil".
    """
    if toil.at is None and incidents.until is None:
        raise NotApplicable(f"no toil is in evidence; looked for {toil.looked_for}")
    pages = {page.name.lower(): page for page in runbooks}
    start = today.date - QUARTER
    total = sum((task.hours_per_week for task in toil.tasks), Fraction(0))
    found = [
        *(finding for task in toil.tasks for finding in _endless(task, service)),
        *_share(toil, total, max_share, service),
        *(
            finding
            for group in incidents.groups
            if (page := pages.get(group.name.lower())) is not None
            and len(group.since(start)) >= min_incidents
            for finding in _by_hand(group, page, len(group.since(start)), max_steps, service)
        ),
    ]
    yield from found
    if found:
        return
    if not toil.tasks:
        raise NotApplicable("no task is registered, and no alert that comes often has a long page")
    if not toil.hours_per_week:
        raise Unknown("the register does not say team-hours-per-week", toil.at, "add team-hours-per-week")
    hours = float(toil.hours_per_week)
    yield Proof(
        f"{len(toil.tasks)} tasks take {float(total):.1f} of {hours:g} h a week",
        (Operand("toil", float(total), "h/week", at=toil.at), Operand("of the team", hours, "h/week")),
        at=toil.at,
        about=service.subject,
    )


def _endless(task: Task, service: ServiceCard) -> Iterator[Finding]:
    lacks = [word for word, said in (("owner", task.owner), ("plan", task.plan)) if not said]
    if lacks:
        hours = float(task.hours_per_week)
        yield Finding(
            f"‘{task.name}’ takes {hours:.1f} h a week and has no {' and no '.join(lacks)}",
            at=task.at,
            fix=f"write down {' and '.join(lacks)}: who ends it how, or why it stays",
            operands=(Operand("hours", hours, "h/week", at=task.at, worse="more"),),
            about=service.subject,
            key=f"task {task.name}",
        )


def _share(toil: Toil, total: Fraction, allowed: Fraction, service: ServiceCard) -> Iterator[Finding]:
    if toil.hours_per_week and total > toil.hours_per_week * allowed:
        hours = float(toil.hours_per_week)
        yield Finding(
            f"toil takes {float(total):.1f} of {hours:g} h a week, {hours * float(allowed):g} h may be"
            f" ({float(allowed):.0%})",
            at=toil.at,
            fix="end the largest task first",
            operands=(
                Operand("toil", float(total), "h/week", at=toil.at, worse="more"),
                Operand("of the team", hours, "h/week", at=toil.at, worse="less"),
            ),
            about=service.subject,
            key="share",
        )


def _by_hand(
    group: Repeated, page: Runbook, number: int, allowed: int, service: ServiceCard
) -> Iterator[Finding]:
    """A page that is typed from top to bottom again and again."""
    steps = _steps(page)
    if steps > allowed:
        yield Finding(
            f"{page.file.path} has {steps} commands to type, and {group.name} came {number} times in"
            f" {QUARTER.days} days: {steps * number} commands by hand",
            at=page.at,
            fix="make one script of them, or end the cause",
            operands=(
                Operand("commands", steps, at=page.at, worse="more"),
                Operand(
                    "incidents", number, f"in {QUARTER.days} days", at=group.records[-1].at, worse="more"
                ),
            ),
            about=service.subject,
            key=f"page {group.name}",
        )


def _steps(page: Runbook) -> int:
    """Commands of the mitigation, one a line."""
    texts = (code.text for one in page.of_kind("mitigation") for code in one.code)
    lines = (line.strip() for text in texts for line in text.splitlines())
    return sum(bool(line) and not line.startswith("#") for line in lines)
