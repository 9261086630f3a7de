"""When it burns, everybody knows their part."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from readiness.api import Days, Finding, Findings, Known, NotApplicable, Operand, Proof, Unknown
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.catalog import Catalog
from readiness.evidence.context import ServiceCard, Today
from readiness.evidence.incident_process import Exercise, IncidentProcess, Level
from readiness.evidence.routing import Paging, RoutedAlerts

# What the first ten minutes need, and what an incident of some hours needs; each with the words that tell it.
AT_ONCE = (
    ("who commands", r"commander|incident (?:lead|manager|captain|coordinator)|takes command"),
    ("when to declare one", r"\bdeclar|criteria|what (?:is|counts as) an? incident|when to (?:open|call)"),
    ("where to talk", r"#[a-z][\w-]+|\bslack\b|\bteams\b|\bchannel|\bbridge\b|war ?room|\bzoom\b|conference"),
)
LATER = (
    ("who informs others", r"communicat|\bcomms\b|liaison|spokes"),
    ("who mends", r"\boperations\b|\bops\b|tech(?:nical)? lead|responder|subject matter|resolver"),
    ("the status page", r"status ?page|status\.[a-z]"),
    ("the handover", r"hand(?:s|ed|ing)?[ -]?(?:over|off)|shift change"),
    (
        "what stakeholders are told",
        r"stakeholder|template|customers? (?:are|is) told|next update",
    ),
    (
        "nights and weekends",
        r"business hours|working (?:hours|day)|office hours|24[x×/]7|around the clock|weekend|out of hours",
    ),
)
PROMPT = timedelta(hours=1)  # an answer within it needs somebody who is woken
QUIET = frozenset(
    {"email", "slack", "msteams", "msteamsv2", "discord", "mattermost", "webex", "telegram", "rocketchat"}
)
NOT_AN_INCIDENT = ("", "none", "info")


def process_doc(
    process: IncidentProcess,
    exercises: tuple[Exercise, ...],
    catalog: Catalog,
    service: ServiceCard,
    today: Today,
    *,
    max_drill_age: Days = 365,
) -> Findings:
    """The process for incidents says who commands, when one is declared, where to talk and whom to tell.

    What is not written down is agreed on during the outage, by people who were just woken: two of them
    command, nobody writes to customers, and at the end of the shift the state is lost.

    Settings:
        max-drill-age: how old the last record of an exercise may be, for services of tier 1.

    Silent on:
        services whose organisation keeps its process elsewhere: name it under evidence.incident-process;
        a process told over several pages of one folder;
        records of exercises at tiers below 1, and ones that say no date.

    Severity: error warning note note

    Source:
        Google SRE book, chapter 14, "Managing Incidents"; PagerDuty, "Incident Response" documentation.
    """
    if not process.pages:
        raise NotApplicable("no page of the process could be read")
    text = process.text
    name = process.pages[0].file.path
    missing = _missing(AT_ONCE, text)
    later = _missing(LATER, text)
    number = len(AT_ONCE) + len(LATER)
    if missing or later:
        told = number - len(missing) - len(later)
        yield Finding(
            f"{name} does not tell {', '.join([*missing, *later])}: {told} of {number} things are there",
            at=process.at,
            fix=f"write down {', '.join([*missing, *later])}",
            operands=(Operand("told", told, f"of {number}", at=process.at, worse="less"),),
            about=process.subject,
            key="parts",
            at_most=None if missing else "warning",
        )
    else:
        yield Proof(f"{name} tells all {number} things", at=process.at, about=process.subject)
    yield from _linked(process, catalog, service)
    if service.tier == 1:
        yield from _practised(process, exercises, today, max_drill_age)


def _missing(parts: tuple[tuple[str, str], ...], text: str) -> list[str]:
    return [what for what, words in parts if not re.search(f"(?i){words}", text)]


def _linked(process: IncidentProcess, catalog: Catalog, service: ServiceCard) -> Iterator[Finding]:
    """Whoever knows only the catalog finds the process from there."""
    component = catalog.component(service)
    paths = [one.file.path for one in process.pages]
    if component is None:
        return
    for link in component.links:
        said = " ".join(link.values())
        if "incident" in said.lower() or any(path in said for path in paths):
            return
    yield Finding(
        f"Component {component.name} has {len(component.links)} links, and none leads to {paths[0]}",
        at=component.place("metadata"),
        fix="add a link with title: Incidents to metadata.links",
        about=process.subject,
        key="link",
        at_most="note",
    )


def _practised(
    process: IncidentProcess, exercises: tuple[Exercise, ...], today: Today, max_age: int
) -> Findings:
    dated = [(one.day, one) for one in exercises if one.day is not None and one.day <= today.date]
    if not dated:
        return  # they may be kept elsewhere
    day, last = max(dated)
    age = (today.date - day).days
    operands = (Operand("days since the last exercise", age, at=last.file.at, worse="more"),)
    if age > max_age:
        yield Finding(
            f"the last exercise on record was {age} days ago, {max_age} are the most",
            at=last.file.at,
            fix="practise an incident, and keep its record beside the others",
            operands=operands,
            about=process.subject,
            key="drill",
            at_most="warning",
        )
    else:
        yield Proof(f"an exercise took place {age} days ago", operands, last.file.at, process.subject)


def severity_map(process: IncidentProcess, alerts: Known[AlertRule], paging: Paging) -> Findings:
    """Each severity of alerts means one of incidents, and reaches somebody in the time that it promises.

    An alert whose word stands in no row, or in two, makes whoever is on call decide at night what it is. A
    row that promises an answer in minutes, for alerts that go to a mailbox, promises what nobody keeps.

    Silent on:
        alerts without severity, and those of `info` and `none`: they are no incident;
        severities of incidents that no alert has, since people declare these;
        receivers by webhook, behind which a pager may be.

    Severity: warning warning note note

    Source:
        PagerDuty, "Incident Response" documentation, "Severity Levels"; Atlassian, "Understanding incident
        severity levels".
    """
    if not process.pages:
        raise NotApplicable("no page of the process could be read")
    levels = process.levels
    if not levels:
        raise Unknown(
            f"{process.pages[0].file.path} has no table of severities that names those of alerts",
            process.at,
            "add a table: a row for each severity of incidents, a column with those of alerts",
        )
    used: dict[str, list[AlertRule]] = {}
    for alert in alerts:
        if alert.severity.lower() not in NOT_AN_INCIDENT and "{{" not in alert.severity:
            used.setdefault(alert.severity.lower(), []).append(alert)
    if not used and alerts.complete:
        raise NotApplicable("no alert has a severity")
    routed = paging.routed
    wrong = False
    for word, found in sorted(used.items()):
        rows = [level for level in levels if word in level.alerts]
        if len(rows) != 1:
            wrong = True
            yield _ambiguous(process, word, found, rows)
            continue
        for finding in _slow(process, word, found, rows[0], routed):
            wrong = True
            yield finding
    for level in levels:
        for word in level.alerts:
            if word not in used and alerts.none_of(partial(_has, word)):
                yield Finding(
                    f"{level.name} is for alerts of severity {word}, and none of {len(alerts)} alerts has it",
                    at=level.at,
                    fix=f"take {word} out of the row, or give it to the alerts that are meant",
                    about=process.subject,
                    key=f"unused {word}",
                    at_most="note",
                )
    if not wrong:
        pairs = [f"{word} is {level.name}" for level in levels for word in level.alerts if word in used]
        yield Proof(f"{', '.join(pairs)}", at=levels[0].at, about=process.subject)


def _has(word: str, alert: AlertRule) -> bool:
    return alert.severity.lower() == word


def _ambiguous(process: IncidentProcess, word: str, found: list[AlertRule], rows: list[Level]) -> Finding:
    said = f"{len(rows)} rows have it: {', '.join(row.name for row in rows)}" if rows else "no row has it"
    return Finding(
        f"severity {word} of {len(found)} alerts means one severity of incidents, and {said}",
        at=rows[1].at if rows else found[0].at.at("labels", "severity"),
        fix=f"write {word} into one row of {process.pages[0].file.path}",
        operands=(
            Operand("alerts", len(found), at=found[0].at),
            Operand("rows", len(rows), at=rows[0].at if rows else process.at),
        ),
        about=process.subject,
        key=word,
    )


def _slow(
    process: IncidentProcess, word: str, found: list[AlertRule], level: Level, routed: RoutedAlerts | None
) -> Iterator[Finding]:
    """Alerts that reach nobody in time, by why that is."""
    if routed is None or level.within is None or level.within > PROMPT:
        return
    late: dict[str, list[AlertRule]] = {}
    for alert in found:
        why = _too_late(routed, alert, level.within)
        if why:
            late.setdefault(why, []).append(alert)
    minutes = level.within.total_seconds() / 60
    for why, those in late.items():
        yield Finding(
            f"{level.name} is acknowledged within {minutes:g} min, and {len(those)} alerts of severity"
            f" {word} {why}",
            at=routed.of(those[0]).certain[0].at,
            fix="send them to a pager, or promise what that receiver keeps",
            operands=(
                Operand("promised", minutes, "min", at=level.at),
                Operand("alerts", len(those), at=those[0].at),
            ),
            about=process.subject,
            key=f"{word} {why}",
        )


def _too_late(routed: RoutedAlerts, alert: AlertRule, within: timedelta) -> str:
    """Why an alert's way through the routing can't keep the promise; empty where it can."""
    reached = routed.of(alert).certain
    if not reached:
        return ""
    receivers = [routed.routing.config.receivers.get(one.receiver) for one in reached]
    if all(one is not None and one.kinds and one.kinds <= QUIET for one in receivers):
        return f"reach only {reached[0].receiver}, which wakes nobody"
    wait = min(one.timing.group_wait for one in reached)
    return f"are held back for {wait.total_seconds() / 60:g} min by group_wait" if wait > within else ""
