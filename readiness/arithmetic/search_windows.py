"""What a search on a schedule sees of the time between its runs.

Times are spelled as Splunk does: `-15m`, `-1h@h`, `@d+8h`, `@w1`, `now`; each run is worked out, so that what
snapping to the hour or day does is exact.

Source:
    Splunk, Search Reference, "Time modifiers".
"""

import re
from calendar import monthrange
from datetime import datetime, timedelta
from itertools import islice, pairwise
from typing import NamedTuple

from readiness.arithmetic.cron import Cron

_UNITS = {
    "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "m": "m", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
    "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
    "d": "d", "day": "d", "days": "d", "w": "w", "week": "w", "weeks": "w",
    "mon": "mon", "month": "mon", "months": "mon", "q": "q", "qtr": "q", "qtrs": "q", "quarter": "q",
    "quarters": "q", "y": "y", "yr": "y", "yrs": "y", "year": "y", "years": "y",
}  # fmt: skip
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_MONTHS = {"mon": 1, "q": 3, "y": 12}
_STEP = r"([+-])(\d{0,6})([a-z]+)|@(w[0-7]|[a-z]+)"
_RUNS = 300  # runs that are worked out: more than a day of those that run every five minutes
_EARLIEST_YEAR = 1970


class Coverage(NamedTuple):
    """Of the runs that follow each other closest: seconds between them, and what of it is seen how often."""

    period: int
    missed: int  # seconds between two runs that neither of them sees
    seen: int  # seconds that one run sees


def shifted(text: str, at: datetime) -> datetime:
    """The time that a modifier gives for a run.

    Raises:
        ValueError: it is no modifier that is relative to the run.
    """
    rest = text.strip().lower().removeprefix("now")
    position = 0
    for step in re.finditer(_STEP, rest):
        if step.start() != position:
            break
        position = step.end()
        sign, number, unit, snap = step.groups()
        at = _snapped(at, snap) if snap else _moved(at, int(f"{sign}{number or 1}"), _unit(unit))
    if position != len(rest):
        raise ValueError(f"{text!r} is no time such as -15m@m or now")
    return at


def coverage(schedule: Cron, earliest: str, latest: str) -> Coverage | None:
    """How the windows of runs join; None for a schedule that runs less than twice in four years.

    Raises:
        ValueError: a modifier is none, or each window ends before it begins.
    """
    runs = list(islice(schedule.runs(), _RUNS))
    if len(runs) < 2:
        return None
    windows = [(shifted(earliest, run), shifted(latest or "now", run)) for run in runs]
    if all(end <= start for start, end in windows):
        raise ValueError(f"the window from {earliest} to {latest or 'now'} is empty")
    period = min(later - run for run, later in pairwise(runs))
    close = [
        (window, following)
        for (run, later), (window, following) in zip(pairwise(runs), pairwise(windows), strict=True)
        if later - run == period
    ]
    missed = min((after[0] - before[1] for before, after in close), default=timedelta(0))
    seen = min(before[1] - before[0] for before, _ in close)
    return Coverage(
        int(period.total_seconds()), max(0, int(missed.total_seconds())), int(seen.total_seconds())
    )


def _unit(word: str) -> str:
    if word not in _UNITS:
        raise ValueError(f"{word!r} is no unit of time")
    return _UNITS[word]


def _moved(at: datetime, number: int, unit: str) -> datetime:
    if unit in _SECONDS:
        try:
            return at + timedelta(seconds=number * _SECONDS[unit])
        except OverflowError as wrong:
            raise ValueError(f"{number}{unit} leads out of the calendar") from wrong
    months = at.year * 12 + at.month - 1 + number * _MONTHS[unit]
    year, month = divmod(months, 12)
    if not _EARLIEST_YEAR <= year < 9999:
        raise ValueError(f"{number}{unit} leads out of the calendar")
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))


def _snapped(at: datetime, unit: str) -> datetime:
    """The start of the unit that `at` lies in."""
    found = re.fullmatch(r"w([0-7])", unit)
    midnight = at.replace(hour=0, minute=0, second=0)
    if found or _unit(unit) == "w":
        first = int(found[1]) % 7 if found else 0  # a week starts on Sunday
        return midnight - timedelta(days=(midnight.isoweekday() - first) % 7)
    unit = _unit(unit)
    if unit == "s":
        return at
    if unit == "m":
        return at.replace(second=0)
    if unit == "h":
        return at.replace(minute=0, second=0)
    if unit == "d":
        return midnight
    first_month = {"mon": at.month, "q": (at.month - 1) // 3 * 3 + 1, "y": 1}[unit]
    return midnight.replace(month=first_month, day=1)
