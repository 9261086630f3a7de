"""A problem that Dynatrace opens ends at somebody."""

from collections.abc import Iterator

from readiness.api import Finding, Findings, Operand, Proof, Seconds, Unknown
from readiness.arithmetic.durations import spell_duration
from readiness.evidence.context import ServiceCard
from readiness.evidence.dynatrace import SEVERITIES, Dynatrace, Event, Notification, Profile, subject

URGENT = ("AVAILABILITY", "ERRORS")  # severities of problems that users feel at once
MINUTE = 60


def dynatrace_chain(
    dynatrace: Dynatrace, service: ServiceCard, *, detect_within: Seconds = 15 * MINUTE
) -> Findings:
    """Every problem that Dynatrace opens ends at somebody.

    An event opens a problem, a profile admits it, a notification of that profile sends it. A profile without
    a notification that is on is a dead end: the problem stands on a page, and nobody is told.

    Settings:
        detect-within: longest delay of a profile for availability and errors, in a service of tier 1.

    Silent on:
        configurations that Monaco skips, and resources that are commented out;
        events of type INFO, which open no problem;
        events of a severity that no profile here admits, where a profile leaves its rules open;
        references to projects of which nothing is here.

    Severity: error error warning note

    Source:
        Dynatrace, "Alerting profiles", "Problem notifications"; Settings API, builtin:alerting.profile.
    """
    doubts: list[tuple[Profile, str]] = []
    for profile in dynatrace.profiles:
        yield from _profile(profile, dynatrace, doubts)
        if service.tier == 1:
            yield from _delay(profile, detect_within)
    for notification in dynatrace.notifications:
        yield from _target(notification)
    yield from _admitted(dynatrace)
    for one in dynatrace.dangling:
        project, wanted = one.hole.reference
        yield Finding(
            f"{one.config.id} refers to {wanted}, which project {project} has not",
            at=one.config.at.at("config", "parameters", one.hole.name),
            fix=f"name a configuration of project {project}",
            about=subject("Monaco", (one.config.at.source, one.config.project, one.config.id)),
            key=f"reference {one.hole.name}",
        )
    if doubts:
        profile, why = doubts[0]
        more = f" and {len(doubts) - 1} more" if len(doubts) > 1 else ""
        raise Unknown(
            f"whether profile {profile.name}{more} sends anything is not known: {why}",
            profile.at,
            "write the notification with its profile and active = true",
        )


def _profile(profile: Profile, dynatrace: Dynatrace, doubts: list[tuple[Profile, str]]) -> Findings:
    about = subject("AlertingProfile", profile.key)
    found = dynatrace.of(profile)
    live = [one for one in found if one.enabled is True]
    off = [one for one in found if one.enabled is False]
    if live:
        yield Proof(
            f"profile {profile.name} is sent by {', '.join(one.name for one in live)}",
            (Operand("notifications", len(live), at=live[0].at),),
            at=profile.at,
            about=about,
        )
    elif len(off) < len(found):
        one = next(one for one in found if one.enabled is not False)
        doubts.append((profile, f"whether notification {one.name} is on differs by environment or variable"))
    elif profile.handed_on:
        doubts.append((profile, f"no notification at hand sends it, and {profile.handed_on} has it"))
    elif dynatrace.open_notifications:
        one = dynatrace.open_notifications[0]
        doubts.append((profile, f"notification {one.name} has its profile from {one.open_profile}"))
    elif dynatrace.unreadable:
        doubts.append((profile, f"{dynatrace.unreadable[0].at.file} can't be read"))
    else:
        what = f"only by {', '.join(one.name for one in off)}, which is off" if off else "by no notification"
        yield Finding(
            f"profile {profile.name} is sent {what}: its problems end at nobody",
            at=off[0].at if off else profile.at,
            fix="switch the notification on" if off else "add a notification that has this profile",
            operands=(Operand("notifications that are on", 0, at=profile.at, worse="less"),),
            about=about,
            key="notification",
        )


def _delay(profile: Profile, most: int) -> Iterator[Finding]:
    for rule in profile.rules:
        if rule.severity in URGENT and isinstance(rule.delay, int) and rule.delay * MINUTE > most:
            yield Finding(
                f"profile {profile.name} waits {rule.delay} minutes with {rule.severity}, "
                f"{spell_duration(most)} are allowed",
                at=rule.at,
                fix=f"set the delay to {most // MINUTE} minutes or less",
                operands=(Operand("delay", rule.delay, "min", rule.at, "more"),),
                about=subject("AlertingProfile", profile.key),
                key=f"delay {rule.severity}",
                at_most="warning",
            )


def _target(notification: Notification) -> Iterator[Finding]:
    found = notification.placeholder
    if found is not None and notification.enabled is not False:
        yield Finding(
            f"notification {notification.name} has {found.why} as its {found.field}: {found.shown}",
            at=found.at,
            fix=f"write the real {found.field}",
            about=subject("Notification", notification.key),
            key="target",
        )


def _admitted(dynatrace: Dynatrace) -> Iterator[Finding]:
    if not dynatrace.profiles or dynatrace.unreadable:
        return
    rules = [rule.severity for one in dynatrace.profiles for rule in one.rules]
    if not all(one.whole and one.rules for one in dynatrace.profiles):
        return  # one without rules admits all
    if not all(isinstance(one, str) for one in rules):
        return
    lost: dict[str, list[Event]] = {}
    for event in dynatrace.events:
        severity = SEVERITIES.get(event.type) if isinstance(event.type, str) else None
        if event.enabled is True and severity is not None and severity not in rules:
            lost.setdefault(severity, []).append(event)
    for severity, events in lost.items():
        for event in events:
            yield Finding(
                f"event {event.name} opens a problem of severity {severity}, which no profile here admits",
                at=event.at,
                fix=f"add a rule for {severity} to a profile that is sent",
                operands=(Operand("profiles", len(dynatrace.profiles), at=dynatrace.profiles[0].at),),
                about=subject("MetricEvent", event.key),
                key="severity",
                at_most="warning",  # the environment's Default profile may
            )
