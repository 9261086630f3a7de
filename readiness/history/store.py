"""The database of records: SQLite or PostgreSQL, through SQLAlchemy Core.

A run is written in one transaction: it is there whole, or not at all. SQLite writes ahead (WAL), so that
readers and a writer don't hinder each other; writers queue for its one lock from the start of their
transaction, for else two that both had read could not both go on.
"""

import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any, TypeVar

from sqlalchemy import Engine, bindparam, case, create_engine, event, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from readiness.errors import SourceError
from readiness.history.migrate import migrated, version_of
from readiness.history.place import Place
from readiness.history.record import Record, document_of
from readiness.history.rows import Failing, Run, Selection, Stretch
from readiness.history.tables import VERSION, documents, findings, results, runs
from readiness.report.redaction import redact, visible

CONNECT_SECONDS = 5
BUSY_SECONDS = 10  # that one try waits for SQLite's lock
PATIENCE_SECONDS = 40  # of all tries together, where others are writing
_OTHERS = ("locked", "busy", "too many clients", "connection slots", "deadlock", "serialize", "lock timeout")

T = TypeVar("T")


_RUN = (
    runs.c.number, runs.c.id, runs.c.service, runs.c.environment, runs.c.commit_id, runs.c.as_of,
    runs.c.recorded_at, runs.c.decision, runs.c.verdict, runs.c.blocking, runs.c.unknown, runs.c.failing,
    runs.c.passing, runs.c.waived, runs.c.existing,
)  # fmt: skip


class Store:
    """Records at one place; each call opens a connection of its own."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._engine = _engine(place)
        self._migrated = False

    def add(self, record: Record) -> int:
        """The number of a record, which is written unless it is there already.

        Raises:
            SourceError: the database can't be reached or written to.
        """
        rows = record.rows()  # before the transaction: others wait for its end
        document = {"digest": record.digest, "content": record.compressed}

        def write(connection: Any) -> int:
            upsert = sqlite.insert if self._place.file else postgresql.insert
            connection.execute(upsert(documents).values(document).on_conflict_do_nothing())
            made = connection.execute(
                upsert(runs).values(rows.run).on_conflict_do_nothing().returning(runs.c.number)
            ).scalar()
            if made is None:  # replayed: it had been written before
                return int(
                    connection.execute(select(runs.c.number).where(runs.c.id == record.id)).scalar_one()
                )
            for table, found in ((results, rows.results), (findings, rows.findings)):
                if found:
                    connection.execute(insert(table), [{"run": made, **one} for one in found])
            return int(made)

        return self._patiently(write, writing=True)

    def trend(self, wanted: Selection) -> tuple[list[Stretch], list[Failing]]:
        """What became of services and of items, period by period.

        Raises:
            SourceError: the database can't be read.
        """

        def read(connection: Any) -> tuple[list[Stretch], list[Failing]]:
            found = _stretches(connection, wanted)
            return found, _failing(connection, found)

        return self._patiently(read)

    def latest(self, wanted: Selection, most: int) -> list[Run]:
        """The runs that were recorded last, the newest first."""
        query = select(*_RUN).order_by(runs.c.recorded_at.desc(), runs.c.number.desc()).limit(most)
        query = _narrowed(query, wanted)
        return self._patiently(lambda connection: [_run(row) for row in connection.execute(query)])

    def document(self, name: str) -> Any:
        """The canonical document of the run with this number, or whose id begins so.

        Raises:
            SourceError: there is none, or several, or it is damaged.
        """
        numbered = name.isascii() and name.isdigit() and len(name) < 10
        named = runs.c.number == int(name) if numbered else runs.c.id.startswith(name, autoescape=True)
        query = select(documents.c.content).join(runs, runs.c.document == documents.c.digest).where(named)
        found = self._patiently(lambda connection: connection.execute(query.limit(2)).scalars().all())
        if len(found) != 1:
            many = "several records begin so" if found else "there is no such record"
            raise SourceError(f"record {name}: {many}; `readiness history` lists them")
        try:
            return document_of(found[0])
        except (ValueError, RecursionError) as wrong:
            raise SourceError(f"record {name}: {wrong}") from wrong

    def _patiently(self, work: Callable[[Any], T], writing: bool = False) -> T:
        """What `work` gives in a transaction; tried again while others hold what it needs.

        Raises:
            SourceError: the database can't be reached, read or written to.
        """
        end = time.monotonic() + PATIENCE_SECONDS
        wait = 0.02
        while True:
            try:
                if not self._migrated:
                    self._migrate(writing)
                with self._transaction(writing) as connection:
                    return work(connection)
            except (SQLAlchemyError, OSError) as wrong:
                why = _why(wrong)
                if not any(word in why for word in _OTHERS) or time.monotonic() > end:
                    raise SourceError(f"{self._place.shown}: {why}") from wrong
            except SourceError as wrong:
                raise SourceError(f"{self._place.shown}: {wrong}") from wrong
            time.sleep(wait * random.uniform(0.5, 1.5))  # not all of them at once
            wait = min(wait * 2, 1.0)

    def _migrate(self, writing: bool) -> None:
        """Makes or mends the tables where that is needed: who only reads needs no right to write."""
        file = self._place.file
        if file and not os.path.exists(file):
            if not writing:
                raise SourceError("no such file; `readiness gate --record` writes it")
            os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
        with self._transaction(writing=False) as connection:
            found = version_of(connection)
        if found != VERSION:
            with self._transaction(writing=True) as connection:
                migrated(connection)
        self._migrated = True

    @contextmanager
    def _transaction(self, writing: bool) -> Iterator[Any]:
        with self._engine.connect().execution_options(writing=writing) as connection, connection.begin():
            if not self._place.file:
                connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
                connection.exec_driver_sql("SET LOCAL statement_timeout = '20s'")
            yield connection


def _engine(place: Place) -> Engine:
    if not place.file:
        waits = {"connect_timeout": CONNECT_SECONDS, "tcp_user_timeout": 20_000}
        return create_engine(place.url, poolclass=NullPool, hide_parameters=True, connect_args=waits)
    engine = create_engine(
        place.url, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS}
    )

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver's guess
        connection.execute("PRAGMA trusted_schema = OFF")
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode = WAL")

    @event.listens_for(engine, "begin")
    def begun(connection: Any) -> None:
        writing = connection.get_execution_options()["writing"]
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _why(wrong: Exception) -> str:
    """The first line of what the driver says; a statement or address of ours is not in it."""
    said = str(wrong.orig) if isinstance(wrong, DBAPIError) and wrong.orig is not None else str(wrong)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return visible(redact(lines[0] if lines else type(wrong).__name__))[:300]


def _narrowed(query: Any, wanted: Selection) -> Any:
    query = query.where(runs.c.as_of <= wanted.until)
    if wanted.service:
        query = query.where(runs.c.service == wanted.service)
    return query.where(runs.c.environment == wanted.environment) if wanted.environment else query


def _last_runs(wanted: Selection) -> Any:
    """Service, environment, period, number of runs, how many passed, and when the last was recorded.

    Days are put together first, for which the index already has the order; periods then have few rows.
    """
    days = _narrowed(
        select(
            runs.c.service,
            runs.c.environment,
            runs.c.as_of,
            func.count().label("runs"),
            func.sum(case((runs.c.verdict == "pass", 1), else_=0)).label("passed"),
            func.max(runs.c.recorded_at).label("moment"),
        ).where(runs.c.as_of >= wanted.starts[0]),
        wanted,
    ).group_by(runs.c.service, runs.c.environment, runs.c.as_of).subquery()  # fmt: skip
    last = len(wanted.starts) - 1
    whens = [(days.c.as_of >= start, last - back) for back, start in enumerate(reversed(wanted.starts))]
    period = case(*whens).label("period")
    return (
        select(
            days.c.service,
            days.c.environment,
            period,
            func.sum(days.c.runs).label("runs"),
            func.sum(days.c.passed).label("passed"),
            func.max(days.c.moment).label("moment"),
        )
        .group_by(days.c.service, days.c.environment, period)
        .subquery()
    )


def _stretches(connection: Any, wanted: Selection) -> list[Stretch]:
    last = _last_runs(wanted)
    query = (
        select(last.c.period, last.c.runs, last.c.passed, *_RUN)
        .join(
            runs,
            (runs.c.service == last.c.service)
            & (runs.c.environment == last.c.environment)
            & (runs.c.recorded_at == last.c.moment),
        )
        .order_by(last.c.service, last.c.environment, last.c.period, runs.c.number)
    )
    # Of two recorded in the same microsecond the later number counts.
    found: dict[tuple[str, str, int], Stretch] = {}
    for period, number, passed, *row in connection.execute(query):
        run = _run(row)
        found[run.service, run.environment, period] = Stretch(period, int(number), int(passed), run)
    return list(found.values())


def _failing(connection: Any, stretches: Iterable[Stretch]) -> list[Failing]:
    numbers: dict[int, list[int]] = {}
    for one in stretches:
        numbers.setdefault(one.period, []).append(one.last.number)
    sums: dict[tuple[str, int], list[int]] = {}
    for period, of_period in sorted(numbers.items()):
        for start in range(0, len(of_period), _AT_ONCE):
            for item, *counts in connection.execute(
                _FAILING, {"numbers": of_period[start : start + _AT_ONCE]}
            ):
                held = sums.setdefault((item, period), [0, 0, 0])
                sums[item, period] = [one + int(more) for one, more in zip(held, counts, strict=True)]
    return [Failing(item, period, *counts) for (item, period), counts in sums.items()]


_AT_ONCE = 5_000  # numbers in one query: both databases allow some 32,000
_FAILING = (
    select(
        results.c.item,
        func.sum(case((results.c.status != "not-applicable", 1), else_=0)),
        func.sum(case((results.c.status.in_(("fail", "unknown", "error")), 1), else_=0)),
        func.sum(case((results.c.blocking, 1), else_=0)),
    )
    .where(results.c.run.in_(bindparam("numbers", expanding=True)))
    .group_by(results.c.item)
)


def _run(row: Sequence[Any]) -> Run:
    run = Run(*row)
    moment = run.recorded_at  # SQLite knows no zone: what was written is UTC
    return run._replace(
        recorded_at=moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    )
