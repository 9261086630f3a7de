"""What the service desk knows comes back to the code."""

from collections.abc import Iterator
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
from readiness.evidence.exports import Record
from readiness.evidence.git import HISTORY_FIX, GitFacts
from readiness.evidence.postmortems import Postmortem
from readiness.evidence.recurrences import Recurrences, Repeated, noisy, same_titles
from readiness.evidence.runbooks import Runbook
from readiness.outcome import Location

YEAR = timedelta(days=365)
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
