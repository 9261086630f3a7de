"""A page reaches a person, and the next one if that person sleeps."""

from collections.abc import Iterator
from datetime import timedelta

from readiness.api import Count, Finding, Findings, NotApplicable, Operand, Proof, Seconds, Subject, Unknown
from readiness.arithmetic.durations import spell_duration
from readiness.evidence.context import ServiceCard
from readiness.evidence.oncall import OnCall, PagedReceivers, PagedService, Policy, Schedule

MINUTE = 60
LONG = timedelta(days=30)  # of a maintenance window: no work on a service takes longer


def chain(on_call: OnCall, receivers: PagedReceivers, *, people: Count = 6) -> Findings:
    """Every service that is paged has a policy, the policy has schedules, and these have people.

    Each part is made by itself and none looks at the next: a service may keep a policy whose schedule one
    person is left in, or lie in a maintenance window that never ends. The page is sent, and nobody gets it.

    Settings:
        people: people that a schedule needs for a rotation that can be kept up; one alone is none.

    Silent on:
        policies, schedules and people that data sources look up, of which no more is here;
        services that a module or an orchestration is given, which may be what pages them;
        maintenance windows of a month or less.

    Severity: error warning warning note

    Source:
        Beyer et al., "Site Reliability Engineering", chapter 11: eight people for one site, six for each of
        two; PagerDuty, "Escalation Policy Basics", "Maintenance Windows".
    """
    if not on_call.services:
        raise NotApplicable("no pagerduty_service in Terraform")
    doubts: list[str] = []
    for service in on_call.services:
        yield from _service(service, on_call, people, doubts)
    for window, service, lasts in on_call.silenced():
        if lasts > LONG:
            yield Finding(
                f"a maintenance window silences {service.name} for {lasts.days} days: nobody is paged",
                at=window.place("end_time"),
                fix="end the window when the work ends; disable alerts that nobody needs",
                operands=(Operand("days", lasts.days, "d", window.place("end_time"), "more"),),
                about=service.resource.subject,
                key="window",
            )
    yield from _receivers(on_call, receivers, doubts)
    if doubts:
        more = f", and {len(doubts) - 1} more" if len(doubts) > 1 else ""
        raise Unknown(
            f"{doubts[0]}{more}",
            on_call.services[0].resource.at,
            "write it in Terraform, or look in PagerDuty",
        )


def _service(service: PagedService, on_call: OnCall, people: int, doubts: list[str]) -> Findings:
    resource, policy = service.resource, service.policy
    if not on_call.is_integrated(service) and not on_call.unreadable:
        yield Finding(
            f"{service.name} has no integration: nothing can open an incident of it",
            at=resource.at,
            fix=f"add a pagerduty_service_integration with service = {resource.address}.id",
            about=resource.subject,
            key="integration",
            at_most="warning",  # it may have been made by hand
        )
    if not isinstance(policy, Policy):
        doubts.append(f"the policy of {service.name} is not in these files")
        return
    found = [finding for schedule in policy.schedules for finding in _schedule(schedule, people, doubts)]
    if policy.is_whole and not any(level.targets for level in policy.levels):
        found.append(
            Finding(
                f"policy {policy.name}, which {service.name} pages, has no target",
                at=policy.resource.at,
                fix="add a rule with a target",
                about=policy.subject,
                key="target",
            )
        )
    yield from found
    if not found and policy.schedules:
        names = ", ".join(schedule.name for schedule in policy.schedules)
        yield Proof(
            f"{service.name} pages by {policy.name} the schedules {names}",
            tuple(
                Operand(f"people in {one.name}", len(one.people[0]), at=one.resource.at, worse="less")
                for one in policy.schedules
                if one.is_here
            ),
            at=resource.at,
            about=resource.subject,
        )


def _schedule(schedule: Schedule, people: int, doubts: list[str]) -> Iterator[Finding]:
    if not schedule.is_here:
        return
    found, whole = schedule.people
    if not whole:
        doubts.append(f"how many people are in {schedule.name} is not known")
    elif len(found) < people:
        many = "person" if len(found) == 1 else "people"
        yield Finding(
            f"{schedule.name} has {len(found)} {many}, {people} are needed",
            at=schedule.resource.at,
            fix=f"add {people - len(found)} people to its layers",
            operands=(Operand("people", len(found), at=schedule.resource.at, worse="less"),),
            about=schedule.resource.subject,
            key="people",
            at_most=None if len(found) < 2 else "warning",
        )


def _receivers(on_call: OnCall, receivers: PagedReceivers, doubts: list[str]) -> Findings:
    """The receivers of Alertmanager whose key is that of a service at hand."""
    for name, secret, at in receivers.receivers:
        service = on_call.by_secret.get(secret)
        if service is None:
            doubts.append(
                f"which service the key {secret} of receiver {name} belongs to is not in these files"
            )
            continue
        yield Proof(
            f"receiver {name} pages {PagedService(service).name}",
            (Operand("secret", secret, at=at), Operand("service", service.address, at=service.at)),
            at=at,
            about=Subject("Alertmanager", "", "routing", name),
        )


def escalation_depth(
    on_call: OnCall,
    service: ServiceCard,
    *,
    levels: Count = 2,
    first_delay: Seconds = 15 * MINUTE,
    total_delay: Seconds = 30 * MINUTE,
) -> Findings:
    """A page that nobody answers goes on to somebody else, in time, at every hour of the week.

    A phone may be silent, a train in a tunnel. With one level the page ends there; with the same people on
    each it rings the same silent phone again.

    Settings:
        levels: levels that a policy needs, of different people.
        first-delay: time until the second level is called, in a service of tier 1.
        total-delay: time until the last level is called, in a service of tier 1.

    Silent on:
        hours in which the first level has nobody and a later one has somebody: PagerDuty goes on at once;
        targets that data sources look up, of whose hours nothing is here;
        people alone on the last level, such as a head of department.

    Severity: error warning note note

    Source:
        PagerDuty, "Escalation Policy Basics"; Beyer et al., "Site Reliability Engineering", chapter 11.
    """
    if not on_call.policies:
        raise NotApplicable("no pagerduty_escalation_policy in Terraform")
    doubts: list[Policy] = []
    for policy in on_call.policies:
        if not policy.is_whole:
            doubts.append(policy)
            continue
        found = [*_levels(policy, levels), *_hours(policy, service), *_handover(policy)]
        if service.tier == 1:
            found += _delays(policy, first_delay, total_delay)
        yield from found
        if not any(finding.at_most != "note" for finding in found):
            delays = [level.delay for level in policy.levels[:-1] if level.delay is not None]
            yield Proof(
                f"policy {policy.name} has {len(policy.levels)} levels, the last after {sum(delays)} minutes",
                (
                    Operand("levels", len(policy.levels), at=policy.resource.at, worse="less"),
                    Operand("minutes to the last level", sum(delays), "min", policy.resource.at, "more"),
                ),
                at=policy.resource.at,
                about=policy.subject,
            )
    if doubts:
        raise Unknown(
            f"the levels of policy {doubts[0].name} are made by a dynamic block", doubts[0].resource.at,
            "write the rules out",
        )  # fmt: skip


def _levels(policy: Policy, needed: int) -> Iterator[Finding]:
    found = policy.levels
    different = {level.keys for level in found}
    if len(found) < needed or (len(different) < min(needed, 2) and not any(one.is_open for one in found)):
        what = (
            f"has {len(found)} level{'' if len(found) == 1 else 's'}, {needed} are needed"
            if len(found) < needed
            else f"calls the same on each of its {len(found)} levels"
        )
        yield Finding(
            f"policy {policy.name} {what}",
            at=policy.resource.at,
            fix="add a rule with another schedule, or with whoever leads the team",
            operands=(Operand("levels", len(different), at=policy.resource.at, worse="less"),),
            about=policy.subject,
            key="levels",
        )
    for number, level in enumerate(found[:-1], 1):
        if level.only_person:
            yield Finding(
                f"level {number} of policy {policy.name} is one person, at every hour of the year",
                at=level.at,
                fix="name a schedule",
                about=policy.subject,
                key=f"person {number}",
                at_most="warning",
            )
    if policy.loops == 0:
        yield Finding(
            f"policy {policy.name} does not start again when its last level does not answer: num_loops is 0",
            at=policy.resource.place("num_loops"),
            fix="set num_loops to 1 or more",
            operands=(Operand("num_loops", 0, at=policy.resource.place("num_loops"), worse="less"),),
            about=policy.subject,
            key="loops",
            at_most="warning",
        )


def _hours(policy: Policy, service: ServiceCard) -> Iterator[Finding]:
    uncovered = policy.uncovered
    if service.tier == 1 and uncovered and policy.levels:
        at = policy.schedules[0].resource.at if policy.schedules else policy.resource.at
        yield Finding(
            f"policy {policy.name} has nobody on call for {spell_duration(uncovered * MINUTE)} of each week, "
            "in a service of tier 1",
            at=at,
            fix="widen a layer's restriction, or add a layer without one",
            operands=(Operand("minutes of the week", uncovered, "min", at, "more"),),
            about=policy.subject,
            key="hours",
        )


def _delays(policy: Policy, first: int, total: int) -> Iterator[Finding]:
    delays = [level.delay for level in policy.levels[:-1] if level.delay is not None]
    if not delays or len(delays) < len(policy.levels) - 1:
        return
    for what, minutes, most, key in (
        ("second", delays[0], first, "first"),
        ("last", sum(delays), total, "total"),
    ):
        if minutes * MINUTE > most:
            at = policy.levels[0].at
            yield Finding(
                f"policy {policy.name} calls its {what} level after {minutes} minutes, "
                f"{spell_duration(most)} are allowed",
                at=at,
                fix="make escalation_delay_in_minutes smaller",
                operands=(Operand("minutes", minutes, "min", at, "more"),),
                about=policy.subject,
                key=key,
                at_most="warning",
            )


def _handover(policy: Policy) -> Iterator[Finding]:
    for schedule in policy.schedules:
        day = schedule.weekend_handover
        if day:
            yield Finding(
                f"{schedule.name} changes hands on a {day}: nobody is at work to be told what is open",
                at=schedule.resource.at,
                fix="start the rotation on a working day",
                about=schedule.resource.subject,
                key="handover",
                at_most="note",
            )
