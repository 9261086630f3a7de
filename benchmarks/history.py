"""How long the trend takes over 100,000 recorded runs, and a record beside them.

    python benchmarks/history.py                        # a SQLite file
    python benchmarks/history.py postgresql://…         # an empty database that it may fill
    python benchmarks/history.py --keep FOLDER          # the SQLite file stays there, for a second round

The runs are of 50 services in two environments over a year, each with 40 results and two findings; the
documents are small, for no trend reads them. What counts is the median of several queries, each with a
connection of its own.
"""

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from readiness.history.place import Place, place_of
from readiness.history.record import Record
from readiness.history.rows import Selection
from readiness.history.store import Store
from readiness.history.tables import documents, findings, results, runs
from readiness.history.trend import starts_of

SERVICES, ENVIRONMENTS, ITEMS, DAYS = 50, ("staging", "production"), 40, 365
END = datetime(2026, 11, 24, 12, tzinfo=UTC)
LIMIT = 200  # milliseconds of the trend over everything, on SQLite
CHUNK = 2_000
Row = dict[str, Any]


def chunks(first: Row, number: int) -> Iterator[tuple[list[Row], list[Row], list[Row]]]:
    """Rows of runs, results and findings, like those of the run `first`."""
    chance = random.Random(1)
    for start in range(0, number, CHUNK):
        numbers = range(start + 2, min(start + CHUNK, number) + 2)
        ends = {one: END - timedelta(minutes=(number - one) * DAYS * 1440 // number) for one in numbers}
        decisions = {one: chance.choice(("GO", "GO", "GO WITH CONDITIONS", "NO-GO")) for one in numbers}
        yield (
            [
                {
                    **first,
                    "number": one,
                    "id": f"{one:064x}",
                    "service": f"service-{chance.randrange(SERVICES):02}",
                    "environment": chance.choice(ENVIRONMENTS),
                    "as_of": ends[one].date(),
                    "recorded_at": ends[one],
                    "decision": decisions[one],
                    "verdict": "fail" if decisions[one] == "NO-GO" else "pass",
                }
                for one in numbers
            ],
            [
                {
                    "run": one,
                    "position": item,
                    "item": f"area-{item % 8}.check-number-{item:02}",
                    "check_id": f"area-{item % 8}.check-number-{item:02}",
                    "environment": "production",
                    "status": "fail" if chance.random() < 0.05 else "pass",
                    "severity": "error",
                    "blocking": chance.random() < 0.02,
                    "findings": 1,
                }
                for one in numbers
                for item in range(ITEMS)
            ],
            [
                {
                    "run": one, "position": index, "fingerprint": f"r1:{one % 997:020x}",
                    "item": "area-1.check-01", "environment": "production", "severity": "error",
                    "state": "", "blocking": True,
                    "message": "orders-api keeps 4 of 6 replicas after losing a zone, 5 are needed",
                    "file": "deploy/base/api.yaml", "line": 12,
                }
                for one in numbers
                for index in range(2)
            ],
        )  # fmt: skip


def fill(place: Place, document: Any, number: int) -> None:
    from sqlalchemy import create_engine, insert, text

    store = Store(place)
    record = Record.of(document, END - timedelta(days=DAYS + 1))
    store.add(record)
    first = record.rows().run
    with create_engine(place.url).begin() as connection:
        if place.file:
            connection.exec_driver_sql("PRAGMA cache_size = -200000")
        connection.execute(
            insert(documents), [{"digest": f"{one:064x}", "content": os.urandom(512)} for one in range(100)]
        )
        for run_rows, result_rows, finding_rows in chunks(first, number):
            for table, rows in ((runs, run_rows), (results, result_rows), (findings, finding_rows)):
                connection.execute(insert(table), rows)
        if not place.file:
            counter = "pg_get_serial_sequence('readiness_runs', 'number')"
            connection.execute(text(f"SELECT setval({counter}, {number + 1})"))
    if not place.file:
        with create_engine(place.url, isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def medians(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Milliseconds by the clock, and of this process (where SQLite is, and a server is not)."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - start[0], time.process_time() - start[1]))
    wall, own = (statistics.median(column) * 1000 for column in zip(*times, strict=True))
    return wall, own


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("records", nargs="?", default="")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--keep", default="")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when the trend is over its limit")
    arguments = parser.parse_args()
    sample = Path(__file__).resolve().parent.parent / "tests" / "report" / "golden" / "json-not-ready.json"
    document = json.loads(sample.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(arguments.keep or folder, "history.db")
        place = place_of(arguments.records or file)
        if not (place.file and os.path.exists(place.file)):
            start = time.perf_counter()
            fill(place, document, arguments.runs)
            print(f"filled with {arguments.runs} runs in {time.perf_counter() - start:.0f} s")
        until = END.date()
        store = Store(place)
        quarter, year = (Selection(starts_of(until, *size), until) for size in ((7, 12), (31, 12)))
        moments = iter(END + timedelta(seconds=one) for one in range(10_000))
        measured: dict[str, Callable[[], object]] = {
            "trend of all services, 12 weeks": lambda: store.trend(quarter),
            "trend of all services, 12 months": lambda: store.trend(year),
            "trend of one service, 12 weeks": lambda: store.trend(quarter._replace(service="service-07")),
            "latest records": lambda: store.latest(quarter, 10),
            "one record more": lambda: store.add(Record.of(document, next(moments))),
        }
        kind = "SQLite" if place.file else "PostgreSQL"
        print(f"{kind}, {arguments.runs} runs, medians of {arguments.rounds} in ms")
        print(f"{'':<34} {'clock':>8} {'process':>8}")
        over = False
        for name, work in measured.items():
            work()
            wall, own = medians(work, arguments.rounds)
            over = over or (name.startswith("trend") and bool(place.file) and wall > LIMIT)
            print(f"{name:<34} {wall:8.1f} {own:8.1f}")
        if place.file:
            print(f"size of the file {os.path.getsize(place.file) / 2**20:.0f} MB")
    if over and arguments.strict:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
