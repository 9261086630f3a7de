"""Recorded runs as a table over time: services and items by period; pure, laid out by terminal and page."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import NamedTuple, Protocol, TypeVar

from readiness.history.rows import Failing, Run, Stretch

LATEST = 10  # records that are listed
WORD = {
    "GO": "G",
    "GO WITH CONDITIONS": "C",
    "UNKNOWN": "U",
    "NO-GO": "N",
}  # of a decision, in a narrow table
NOTHING = "·"  # no run in the period, or none that judged the item


class ServiceRow(NamedTuple):
    """A service in an environment: its last run of each period."""

    service: str
    environment: str
    runs: int
    passed: int
    cells: tuple[Stretch | None, ...]
    last: Run


class ItemRow(NamedTuple):
    """An item: how many services judged it at the end of each period, and how many failed it."""

    item: str
    cells: tuple[Failing | None, ...]

    @property
    def last(self) -> Failing:
        return next(cell for cell in reversed(self.cells) if cell is not None)


class Trend(NamedTuple):
    starts: tuple[date, ...]  # of the periods
    until: date
    services: tuple[ServiceRow, ...]
    items: tuple[ItemRow, ...]  # that failed somewhere, the worst of today first
    held: int  # items that never failed
    latest: tuple[Run, ...]


def starts_of(until: date, every: int, periods: int) -> tuple[date, ...]:
    """The first days of consecutive periods of `every` days, the last of which ends with `until`."""
    first = until - timedelta(days=every * periods - 1)
    return tuple(first + timedelta(days=every * index) for index in range(periods))


def trend_of(
    starts: tuple[date, ...],
    until: date,
    stretches: Iterable[Stretch],
    failing: Iterable[Failing],
    latest: Iterable[Run],
    globs: Sequence[str] = (),
) -> Trend:
    """The tables of what `Store.trend` and `Store.latest` give; `globs` keep only items of these names."""
    services = [
        ServiceRow(service, environment, sum(one.runs for one in found), sum(one.passed for one in found),
                   _cells(found, len(starts)), found[-1].last)
        for (service, environment), found in _grouped(
            stretches, lambda one: (one.last.service, one.last.environment)
        )
    ]  # fmt: skip
    items = [
        ItemRow(item, _cells(found, len(starts)))
        for item, found in _grouped(failing, lambda one: one.item)
        if not globs or any(fnmatchcase(item, glob) for glob in globs)
    ]
    bad = [row for row in items if any(cell is not None and cell.failing for cell in row.cells)]
    return Trend(
        starts,
        until,
        tuple(sorted(services, key=lambda row: (row.service, row.environment))),
        tuple(sorted(bad, key=lambda row: (-row.last.blocking, -row.last.failing, row.item))),
        len(items) - len(bad),
        tuple(latest),
    )


class _Periodic(Protocol):
    @property
    def period(self) -> int: ...


P = TypeVar("P", bound=_Periodic)
T = TypeVar("T")
K = TypeVar("K")


def _cells(found: Iterable[P], periods: int) -> tuple[P | None, ...]:
    by_period = {one.period: one for one in found}
    return tuple(by_period.get(period) for period in range(periods))


def _grouped(rows: Iterable[T], key: Callable[[T], K]) -> Iterator[tuple[K, list[T]]]:
    groups: dict[K, list[T]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    yield from groups.items()
