"""Time intervals of Alertmanager: how much of every week one covers.

Source:
    Prometheus documentation, "Alerting", "Configuration", `<time_interval>`;
    prometheus/alertmanager, timeinterval.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from readiness.evidence.shapes import items, mapping, wrong
from readiness.outcome import Location

_MINUTES_OF_DAY = 24 * 60
_MINUTES_OF_WEEK = 7 * _MINUTES_OF_DAY
WHOLE_WEEK = (1 << _MINUTES_OF_WEEK) - 1
_OF_THE_YEAR = ("days_of_month", "months", "years")
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


class TimeInterval(NamedTuple):
    """A named set of times."""

    name: str
    minutes: int  # of a week, those that it covers in every week of every year, as bits
    at: Location
    varies: bool = False  # it covers more in some weeks: a part of it goes by the month, day or year
    zones: frozenset[str] = frozenset()  # in which its times are; "" for UTC

    @property
    def minutes_of_week(self) -> int:
        return self.minutes.bit_count()

    @property
    def covers_every_week(self) -> bool:
        return self.minutes == WHOLE_WEEK


def interval(name: str, at: Location, specs: Iterable[tuple[Mapping[str, Any], Location]]) -> TimeInterval:
    """The interval of a name that lists these times."""
    covered, varies = 0, False
    zones = set()
    for spec, place in specs:
        covered |= minutes(spec, place)
        varies = varies or any(spec.get(key) for key in _OF_THE_YEAR)
        zones.add(str(spec.get("location") or ""))
    return TimeInterval(name, covered, at, varies, frozenset(zones))


def most_sent(active: Iterable[TimeInterval], muted: Iterable[TimeInterval]) -> int:
    """The most minutes of a week in which a route with such intervals may send, as bits."""
    only = tuple(active)
    most = WHOLE_WEEK
    if only and not any(one.varies for one in only):
        most = 0
        for one in only:
            most |= one.minutes
    for one in muted:
        most &= ~one.minutes
    return most


def minutes(spec: Mapping[str, Any], at: Location) -> int:
    """The minutes of a week that a time covers in every week, as bits; in UTC or its own location."""
    if any(spec.get(key) for key in _OF_THE_YEAR):
        return 0
    day = 0
    for raw, place in items(spec, "times", at):
        time = mapping(raw, place, "a time of day")
        start, end = (_minute(time.get(key), place.at(key)) for key in ("start_time", "end_time"))
        if end <= start:
            raise wrong(f"the time ends at minute {end}, before it starts", "an end after its start", place)
        day |= (1 << end) - (1 << start)
    if not spec.get("times"):
        day = (1 << _MINUTES_OF_DAY) - 1
    days: set[int] = set()
    for raw, place in items(spec, "weekdays", at):
        days |= _weekdays(raw, place)
    whole = 0
    for number in days if spec.get("weekdays") else range(7):
        whole |= day << (number * _MINUTES_OF_DAY)
    return whole


def _minute(raw: object, at: Location) -> int:
    """Minutes since midnight. YAML 1.1 reads an unquoted 17:30 as a number to the base of sixty."""
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= _MINUTES_OF_DAY:
        return raw
    found = re.fullmatch(r"([01][0-9]|2[0-4]):([0-5][0-9])", raw) if isinstance(raw, str) else None
    minute = int(found[1]) * 60 + int(found[2]) if found else _MINUTES_OF_DAY + 1
    if minute > _MINUTES_OF_DAY:
        raise wrong(f"the time is {raw!r}", "a time such as '17:30'", at)
    return minute


def _weekdays(raw: object, at: Location) -> set[int]:
    names = str(raw).strip().lower().split(":")
    if len(names) > 2 or not all(name in _DAYS for name in names):
        raise wrong(f"the days are {raw!r}", "a day or a range such as monday:friday", at)
    first, last = _DAYS.index(names[0]), _DAYS.index(names[-1])
    if last < first:
        raise wrong(
            f"the days are {raw!r}", "a range that starts before it ends; a week starts on sunday", at
        )
    return set(range(first, last + 1))
