"""When a cron expression fires: standard five fields of numbers, with lists, ranges and steps.

Names of months and days, `@daily`, `L`, `W` and `#` are refused: schedulers differ in whether they know them.
Where both day fields are restricted, one of them is enough, as in cron itself.

Source:
    crontab(5); Splunk, savedsearches.conf, cron_schedule: no names of months or days.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_PART = r"(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,4}))?"
_START = date(2024, 1, 1)  # a Monday of a leap year: any will do, since only distances count
_DAYS = 4 * 366  # 29 February comes once in them


class Cron(NamedTuple):
    """The times that match, field by field."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    any_day: bool
    any_weekday: bool

    def on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        by_day, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return by_day and by_weekday
        return by_day or by_weekday

    def runs(self) -> Iterator[datetime]:
        """Its runs in four years, in order."""
        times = [time(hour, minute) for hour in sorted(self.hours) for minute in sorted(self.minutes)]
        for number in range(_DAYS):
            day = _START + timedelta(days=number)
            if self.on(day):
                yield from (datetime.combine(day, at) for at in times)


@lru_cache(maxsize=1024)
def cron(text: str) -> Cron:
    """The schedule that `text` spells.

    Raises:
        ValueError: it is none; the message says which field.
    """
    words = text.split()
    if len(words) != len(_FIELDS):
        raise ValueError(f"{len(words)} fields; five were expected: minute hour day month weekday")
    found = [_field(word, *field) for word, field in zip(words, _FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = found
    weekdays = frozenset(number % 7 for number in weekdays)
    return Cron(minutes, hours, days, months, weekdays, words[2].startswith("*"), words[4].startswith("*"))


def _field(word: str, name: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for part in word.split(","):
        match = re.fullmatch(_PART, part)
        if match is None:
            raise ValueError(f"{part!r} is no {name}")
        first, last, step = match.groups()
        start = low if first is None else int(first)
        end = int(last) if last else high if first is None or step else start
        if not low <= start <= end <= high:
            raise ValueError(f"{part!r} is no {name} from {low} to {high}")
        if step is not None and int(step) == 0:
            raise ValueError(f"{part!r} has a step of 0")
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)
