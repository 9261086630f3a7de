"""Incidents of the service that are the same one again: by alert, else by title.

An incident is an alert's when its export names the alert, or its title has the alert's name as a word. Titles
are compared without dates, numbers and the words that every title has.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import ClassVar, NamedTuple, Self

from readiness.evidence.alert_names import AlertName
from readiness.evidence.context import ServiceCard
from readiness.evidence.exports import Incidents, Record
from readiness.evidence.postmortems import Postmortem, day_in
from readiness.evidence.team_names import team_name
from readiness.known import ByEnvironment

_COMMON = frozenset(
    {
        "a", "an", "and", "at", "by", "for", "from", "in", "is", "it", "of", "on", "or", "the", "to", "was",
        "were", "with", "postmortem", "post", "mortem", "incident", "outage", "report", "issue", "problem",
        "downtime", "disruption", "analysis", "review", "rca", "alert", "firing", "resolved", "triggered",
    }
)  # fmt: skip
ENOUGH_WORDS = 2  # of a title that tells one incident from another


class Repeated(NamedTuple):
    """The incidents of one alert, or of one title, oldest first."""

    name: str
    alert: AlertName | None
    records: tuple[Record, ...]

    def since(self, day: date) -> tuple[Record, ...]:
        return tuple(one for one in self.records if (at := one.time("opened")) and at.date() >= day)


class Recurrences:
    """The service's exported incidents by what they are, and how far the export goes."""

    kinds: ClassVar[frozenset[str]] = Incidents.kinds
    looked_for: ClassVar[str] = Incidents.looked_for

    def __init__(self, groups: tuple[Repeated, ...], own: tuple[Record, ...], incidents: Incidents) -> None:
        self.groups = groups
        self.number = len(own)
        self.undated = sum(one.time("opened") is None for one in own)
        self.acknowledged = any(one.of("acknowledged") for one in incidents)  # the export tells it
        self.at = incidents.at
        days = [at.date() for one in incidents for name in ("opened", "resolved") if (at := one.time(name))]
        named = [day for file in incidents.files if (day := day_in(file.name.replace("_", "-")))]
        # the day of the export by its name, else of its newest record; None without one
        self.until: date | None = max(named or days, default=None)

    @classmethod
    def collect(
        cls, incidents: Incidents, alerts: ByEnvironment[tuple[AlertName, ...]], service: ServiceCard
    ) -> Self:
        by_name = {one.name: one for _, found in alerts.items() for one in found}
        own = tuple(one for one in incidents if is_of(one, service.name))
        grouped: dict[str, list[Record]] = {}
        for one in own:
            name = _alert_of(one, by_name) or one.of("alert") or normal(one.of("title"))
            grouped.setdefault(name, []).append(one)
        groups = tuple(
            Repeated(name, by_name.get(name), tuple(sorted(found, key=_opened)))
            for name, found in sorted(grouped.items())
            if name
        )
        return cls(groups, own, incidents)


def same_titles(pages: Iterable[Postmortem]) -> dict[str, list[Postmortem]]:
    """Postmortems by their title, those that say too little left out."""
    found: dict[str, list[Postmortem]] = {}
    for page in pages:
        title = normal(page.page.title)
        if len(title.split()) >= ENOUGH_WORDS:
            found.setdefault(title, []).append(page)
    return found


def normal(title: str) -> str:
    """A title as it is compared: its telling words, in order."""
    words = re.findall(r"[a-z][a-z'’-]*|\b[45]\d\d\b", title.lower())
    return " ".join(word for word in words if word not in _COMMON)


def _alert_of(record: Record, by_name: dict[str, AlertName]) -> str:
    if record.of("alert") in by_name:
        return record.of("alert")
    return next((word for word in re.findall(r"\w+", record.of("title")) if word in by_name), "")


def is_of(record: Record, service: str) -> bool:
    """Whether a record is of the service; one that names none is taken as one."""
    said = team_name(record.of("service"))
    name = team_name(service)
    return not said or not name or name == said or name in said.split("-")


def _opened(record: Record) -> float:
    at = record.time("opened")
    return at.timestamp() if at else 0.0


def noisy(record: Record, within: timedelta) -> bool:
    """Whether an incident went away by itself before anybody looked."""
    opened, resolved = record.time("opened"), record.time("resolved")
    if opened is None or resolved is None or record.of("acknowledged"):
        return False
    return resolved - opened < within
