"""What the service desk knows comes back to the code."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction

from readiness.api import (
    Count,
    Days,
    Finding,
    Findings,
    Known,
    NotApplicable,
    Operand,
    Percent,
    Proof,
    Seconds,
    Unknown,
)
from readiness.evidence.context import ServiceCard, Today
from readiness.evidence.exports import Changes, Incidents, Record, subject_of
from readiness.evidence.git import HISTORY_FIX, GitFacts
from readiness.evidence.postmortems import Postmortem
from readiness.evidence.recurrences import Recurrences, Repeated, is_of, noisy, same_titles
from readiness.evidence.runbooks import Runbook
from readiness.outcome import Location

YEAR = timedelta(days=365)
DROPPED = r"(?i)cancel|reject|withdrawn|draft"
THIRD = 2  # index of the incident after which something has to change


def recurrence(
    incidents: Recurrences,
    postmortems: tuple[Postmortem, ...],
    runbooks: Known[Runbook],
    git: GitFacts,
    service: ServiceCard,
    today: Today,
    *,
    window: Days = 90,
    max_repeats: Count = 4,
    max_noise: Percent = Fraction(1, 2),
    noise_below: Seconds = 300,
    max_export_age: Days = 45,
) -> Findings:
    """An incident that comes again changes something: the alert, the page, or the cause.

    The fifth page for the same thing is answered half asleep, and the sixth is the real outage. Alerts that
    go away by themselves teach that alerts go away by themselves.

    Settings:
        window: how far back incidents count.
        max-repeats: incidents of one alert that may come without a change since the third.
        max-noise: share of an alert's incidents that may go away before anybody looked.
        noise-below: how soon an incident is over that went away by itself.
        max-export-age: how old the export may be.

    Silent on:
        an alert whose rules or page changed since its third incident, or that has a problem record;
        incidents that somebody acknowledged, as to noise;
        incidents of other services in the same export;
        postmortems whose titles have fewer than two telling words.

    Severity: warning warning note note

    Source:
        Google SRE book, chapter 11, "Being On-Call", and chapter 15; ITIL 4, problem management.
    """
    again = list(_again(postmortems, today.date, service))
    yield from again
    if incidents.until is None:
        if not again:
            raise NotApplicable(f"no incident is in evidence; looked for {incidents.looked_for}")
        return
    _readable(incidents, today.date, max_export_age)
    unknown: Unknown | None = None
    wrong = bool(again)
    for group in incidents.groups:
        recent = group.since(today.date - timedelta(days=window))
        if len(recent) <= max_repeats:
            continue
        for finding in _noise(
            incidents.acknowledged, group, recent, timedelta(seconds=noise_below), max_noise, service
        ):
            wrong = True
            yield finding
        try:
            if _answered(group, recent, runbooks, git):
                continue
        except Unknown as why:
            unknown = why
            continue
        wrong = True
        yield _unanswered(group, recent, window, max_repeats, service)
    if unknown is not None:
        raise unknown
    if not wrong:
        start = today.date - timedelta(days=window)
        most = max((len(group.since(start)) for group in incidents.groups), default=0)
        yield Proof(
            f"of {incidents.number} incidents none came more than {max_repeats} times in {window} days"
            " without a change",
            (
                Operand("incidents", incidents.number, at=incidents.at),
                Operand("most of one", most, worse="more"),
            ),
            at=incidents.at,
            about=service.subject,
        )


def _readable(incidents: Recurrences, today: date, max_age: int) -> None:
    """Raises Unknown where the export is too old, or says no days."""
    age = (today - incidents.until).days if incidents.until is not None else 0
    if age > max_age:
        raise Unknown(
            f"the export of incidents ends {age} days ago, {max_age} are the most",
            incidents.at,
            "export the incidents again",
        )
    if incidents.undated:
        raise Unknown(
            f"{incidents.undated} of {incidents.number} incidents have no day in ISO order",
            incidents.at,
            "export days as 2026-10-31",
        )


def _answered(group: Repeated, recent: tuple[Record, ...], runbooks: Known[Runbook], git: GitFacts) -> bool:
    """Whether something changed since the third incident.

    Raises:
        Unknown: git does not know since when rule or page stand as they do.
    """
    if any(record.of("problem") for record in recent):
        return True
    if group.alert is None:
        return False
    third = recent[THIRD].time("opened")
    pages = [page.file.at for page in runbooks if page.name.lower() == group.name.lower()]
    for place in (group.alert.at, *pages):
        if not git.has_history(place.source):
            raise Unknown(
                f"whether {group.name} changed since its third incident can't be told:"
                f" {place.file} has no history",
                place,
                "judge a clone of the repository",
            )
        changed = git.last_change(place.source, place.file)
        if changed is None and git.shallow(place.source):
            raise Unknown(f"history of {place.file} is cut off", place, HISTORY_FIX)
        if changed is None or (third is not None and changed > third.date()):
            return True  # not committed yet: it is being changed
    return False


def _unanswered(
    group: Repeated, recent: tuple[Record, ...], window: int, allowed: int, service: ServiceCard
) -> Finding:
    name = group.name if group.alert is not None else f"‘{recent[-1].of('title')}’"
    what = "rule, page or problem record" if group.alert is not None else "problem record"
    first, third, last = (recent[index].time("opened") for index in (0, THIRD, -1))
    return Finding(
        f"{name} came {len(recent)} times in {window} days, {allowed} may without a change:"
        f" since the third, on {third:%Y-%m-%d}, no {what} changed",
        at=recent[-1].at,
        fix="mend the cause under a problem record, or change the alert or what its page says",
        operands=(
            Operand("incidents", len(recent), f"in {window} days", at=recent[-1].at, worse="more"),
            Operand("first and last", f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"),
            *((Operand("rule", group.alert.name, at=group.alert.at),) if group.alert is not None else ()),
        ),
        about=service.subject,
        key=f"repeats {group.name}",
        at_most=None if group.alert is not None else "note",
    )


def _noise(
    told: bool,
    group: Repeated,
    recent: tuple[Record, ...],
    within: timedelta,
    allowed: Fraction,
    service: ServiceCard,
) -> Iterator[Finding]:
    """Incidents that nobody had to do anything about; `told`: the export says which were acknowledged."""
    alone = [record for record in recent if noisy(record, within)]
    if told and Fraction(len(alone), len(recent)) > allowed:
        at: Location = group.alert.at if group.alert is not None else alone[0].at
        yield Finding(
            f"{len(alone)} of {len(recent)} incidents of {group.name} were over within"
            f" {within.total_seconds() / 60:g} min before anybody looked, {float(allowed):.0%} may",
            at=at,
            fix="give the alert a longer for:, a higher threshold, or another receiver",
            operands=(
                Operand("over by themselves", len(alone), f"of {len(recent)}", at=alone[0].at, worse="more"),
            ),
            about=service.subject,
            key=f"noise {group.name}",
        )


def _again(postmortems: tuple[Postmortem, ...], today: date, service: ServiceCard) -> Iterator[Finding]:
    """Incidents of a year that have the same title."""
    recent = [page for page in postmortems if page.day is None or today - page.day <= YEAR]
    for title, pages in sorted(same_titles(recent).items()):
        if len(pages) > 1:
            yield Finding(
                f"{len(pages)} postmortems of a year are called ‘{pages[0].page.title}’:"
                f" {', '.join(page.file.path for page in pages)}",
                at=pages[-1].at,
                fix="say in the last one why the actions of the first did not help, and what will",
                operands=tuple(Operand("postmortem", page.file.path, at=page.at) for page in pages),
                about=service.subject,
                key=f"title {title}",
            )


def change_evidence(
    changes: Changes,
    incidents: Incidents,
    service: ServiceCard,
    today: Today,
    *,
    window: Days = 90,
    max_failures: Percent = Fraction(15, 100),
) -> Findings:
    """A change of production says how it is taken back, and somebody other than its author approved it.

    A change without a way back is mended forward, under pressure; one that its author approved was seen by
    one pair of eyes.

    Settings:
        window: how far back changes count.
        max-failures: share of the changes that may have caused an incident.

    Silent on:
        standard changes and those made from a template, which are approved as such;
        columns that the export does not have;
        changes of other services in the same export, and those that were cancelled or rejected.

    Severity: warning warning note note

    Source:
        ITIL 4, change enablement; DORA, "Software delivery performance metrics", change failure rate.
    """
    if not changes.files:
        raise NotApplicable(f"no change is in evidence; looked for {changes.looked_for}")
    start = today.date - timedelta(days=window)
    own = [one for one in changes if is_of(one, service.name) and not re.search(DROPPED, one.of("state"))]
    recent = [one for one in own if (day := _day(one)) is not None and start <= day <= today.date]
    if not recent:
        raise NotApplicable(f"none of {len(changes)} exported changes is of the service and of {window} days")
    judged = [one for one in recent if not one.of("template") and "standard" not in one.of("type").lower()]
    has = {name: any(one.of(name) for one in changes) for name in ("rollback", "approver", "author")}
    told = [
        *(["a way back"] if has["rollback"] else []),
        *(["an approver who is not its author"] if has["approver"] and has["author"] else []),
    ]
    if not told:
        raise Unknown(
            "the export of changes has no column for back-out plans, and none for approvers",
            changes.at,
            "export backout_plan, requested_by and approved_by too",
        )
    wrong = False
    for one in judged:
        for finding in _seen_by_two(one, has):
            wrong = True
            yield finding
    failed = {one.of("change") for one in incidents} & {one.of("id") for one in recent if one.of("id")}
    share = Fraction(len(failed), len(recent))
    sum_ = (
        Operand("changes", len(recent), f"in {window} days", at=recent[0].at),
        Operand("that caused an incident", len(failed), worse="more"),
    )
    if share > max_failures:
        yield Finding(
            f"{len(failed)} of {len(recent)} changes caused an incident, {float(max_failures):.0%} may",
            at=recent[0].at,
            fix="find what these changes have in common, and test for it before the release",
            operands=sum_,
            about=service.subject,
            key="failures",
            at_most="note",
        )
    elif not wrong:
        yield Proof(
            f"{len(recent)} changes in {window} days, {len(judged)} of them not standard: each has"
            f" {' and '.join(told)}; {len(failed)} caused an incident",
            sum_,
            at=recent[0].at,
            about=service.subject,
        )


def _seen_by_two(one: Record, has: Mapping[str, bool]) -> Iterator[Finding]:
    """What is wrong with one change; `has` says which columns the export fills."""
    name = f"{one.of('id')} ‘{one.of('title')}’".strip()
    if has["rollback"] and not one.of("rollback"):
        yield Finding(
            f"{name} has no plan for taking it back",
            at=one.at,
            fix="write the command that takes it back, and how long it takes",
            about=subject_of(one, "Change"),
            key="rollback",
        )
    if has["approver"] and has["author"] and not one.of("approver"):
        yield Finding(
            f"{name} was approved by nobody",
            at=one.at,
            fix="have somebody other than its author approve it",
            about=subject_of(one, "Change"),
            key="approver",
        )
    elif has["author"] and one.of("approver").lower() == one.of("author").lower() != "":
        yield Finding(
            f"{name} was approved by {one.of('approver')}, who is its author",
            at=one.at,
            fix="have somebody other than its author approve it",
            about=subject_of(one, "Change"),
            key="approver",
        )


def _day(one: Record) -> date | None:
    at = one.time("starts") or one.time("opened")
    return at.date() if at else None
