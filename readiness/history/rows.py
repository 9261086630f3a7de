"""What the store gives and trends are made of: plain data."""

from datetime import date, datetime
from typing import NamedTuple


class Run(NamedTuple):
    """A recorded run, as lists and trends name it."""

    number: int
    id: str
    service: str
    environment: str
    commit: str
    as_of: date
    recorded_at: datetime
    decision: str
    verdict: str
    blocking: int
    unknown: int
    failing: int
    passing: int
    waived: int
    existing: int


class Stretch(NamedTuple):
    """The runs of a service and environment in one period, and the last of them."""

    period: int
    runs: int
    passed: int
    last: Run


class Failing(NamedTuple):
    """How an item fared in the last runs of a period: how many judged it, and how it ended there."""

    item: str
    period: int
    judged: int
    failing: int  # fail, unknown or error
    blocking: int


class Selection(NamedTuple):
    """What a trend is about: consecutive periods by their first days, the last of which ends with `until`."""

    starts: tuple[date, ...]
    until: date
    service: str = ""
    environment: str = ""
