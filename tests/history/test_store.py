"""The database keeps what it took: many writers at once, killed ones, older tables, hostile texts."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from readiness.errors import SourceError
from readiness.history.place import Place
from tests.history.places import MOMENT, needed, record, sqlite_in
from tests.report.samples import finding, not_ready, outcome, verdict

ROOT = Path(__file__).parents[2]
TABLES = ("readiness_documents", "readiness_runs", "readiness_results", "readiness_findings")
HOSTILE = (
    "<script>alert(1)</script>\x00\x1b[31m\u202e|`\ud800'; DROP TABLE readiness_runs; --" + "x" * 1_000_000
)


def rows(where: Place, query: str) -> list[tuple[Any, ...]]:
    """What a plain connection reads."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    with create_engine(where.url, poolclass=NullPool).begin() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def counts(where: Place) -> dict[str, int]:
    return {table: rows(where, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


WRITER = """
import sys
from readiness.history.place import Place
from readiness.history.store import Store
from tests.history.places import record
store = Store(Place(*sys.argv[2:]))
sys.stdin.readline()
for number in range(5):
    store.add(record(int(sys.argv[1]) * 5 + number))
"""


def test_sixteen_recorders_at_once_lose_nothing(where: Place) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(number), *where],
            cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for number in range(16)
    ]  # fmt: skip
    for writer in writers:  # all have started before the first may write: they make the tables together too
        assert writer.stdin is not None
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    said = [writer.communicate(timeout=120)[1].decode() for writer in writers]
    assert said == [""] * 16
    one = record().rows()
    assert counts(where) == {
        "readiness_documents": 1,
        "readiness_runs": 80,
        "readiness_results": 80 * len(one.results),
        "readiness_findings": 80 * len(one.findings),
    }
    assert {row[0] for row in rows(where, "SELECT id FROM readiness_runs")} == {
        record(number).id for number in range(80)
    }


KILLED = """
import os, signal, sys
from sqlalchemy import Engine, event
from readiness.history.place import Place
from readiness.history.store import Store
from tests.history.places import record
store = Store(Place(*sys.argv[2:]))
store.add(record(0))

@event.listens_for(Engine, "after_cursor_execute")
def killed(connection, cursor, statement, *_):
    if statement.startswith(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)

store.add(record(1, reason="another"))
"""


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO readiness_documents",
        "INSERT INTO readiness_runs",
        "INSERT INTO readiness_results",
        "INSERT INTO readiness_findings",
    ],
)
def test_a_kill_in_mid_write_leaves_nothing_half_written(where: Place, statement: str) -> None:
    from readiness.history.store import Store

    done = subprocess.run([sys.executable, "-c", KILLED, statement, *where], cwd=ROOT, check=False)
    assert done.returncode == -9
    one = record().rows()
    whole = [1, 1, len(one.results), len(one.findings)]
    assert list(counts(where).values()) == whole
    Store(where).add(record(1, reason="another"))
    assert list(counts(where).values()) == [2 * number for number in whole]


def test_sqlite_killed_at_any_moment_holds_whole_runs_alone(tmp_path: Path) -> None:
    program = WRITER.replace("range(5)", "range(100_000)").replace("sys.stdin.readline()", "")
    where = sqlite_in(tmp_path)
    for number in range(8):
        writer = subprocess.Popen([sys.executable, "-c", program, str(number * 100_000), *where], cwd=ROOT)
        before = counts(where)["readiness_runs"] if number else 0
        while not Path(where.file).exists() or _runs(where) < before + 3:
            time.sleep(0.003 * (number + 1))
        writer.kill()
        writer.wait()
        one = record().rows()
        found = counts(where)
        assert found["readiness_results"] == found["readiness_runs"] * len(one.results)
        assert found["readiness_findings"] == found["readiness_runs"] * len(one.findings)
    assert rows(where, "PRAGMA integrity_check") == [("ok",)]


def _runs(where: Place) -> int:
    from sqlalchemy.exc import OperationalError

    try:
        return counts(where)["readiness_runs"]
    except OperationalError:  # its tables are not there yet
        return 0


def test_migrations_of_an_empty_database_make_the_tables_that_the_code_knows(where: Place) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine

    from readiness.history.store import Store
    from readiness.history.tables import VERSION, VERSION_TABLE, metadata

    Store(where).add(record())
    with create_engine(where.url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == VERSION


def test_the_newest_migration_is_the_one_that_the_code_names() -> None:
    needed()
    from alembic.script import ScriptDirectory

    from readiness.history.tables import VERSION

    folder = ROOT / "readiness" / "history" / "migrations"
    assert ScriptDirectory(str(folder)).get_heads() == [VERSION]


def test_tables_of_the_first_version_are_migrated_and_keep_their_rows(where: Place) -> None:
    from sqlalchemy import create_engine, insert, inspect

    from readiness.history.migrate import upgrade
    from readiness.history.store import Store
    from readiness.history.tables import documents, runs

    old = record(1)
    with create_engine(where.url).begin() as connection:
        upgrade(connection, "0001")
        connection.execute(insert(documents), [{"digest": old.digest, "content": old.compressed}])
        connection.execute(insert(runs), [old.rows().run])
        assert "readiness_runs_trend" not in _indexes(inspect(connection))
    assert Store(where).document("1") == not_ready()
    assert Store(where).add(record(2)) == 2
    with create_engine(where.url).connect() as connection:
        assert {"readiness_runs_trend", "readiness_runs_last", "readiness_runs_latest"} <= _indexes(
            inspect(connection)
        )


def _indexes(inspector: Any) -> set[str]:
    return {index["name"] for index in inspector.get_indexes("readiness_runs")}


def test_tables_of_a_newer_version_are_left_alone(where: Place) -> None:
    from readiness.history.store import Store

    Store(where).add(record(1))
    from sqlalchemy import create_engine

    with create_engine(where.url).begin() as connection:
        connection.exec_driver_sql("UPDATE readiness_version SET version_num = '0999'")
    with pytest.raises(SourceError, match="its tables have version 0999, this readiness knows"):
        Store(where).add(record(2))
    assert counts(where)["readiness_runs"] == 1


def test_a_record_is_there_once_however_often_it_is_added(where: Place) -> None:
    from readiness.history.store import Store

    store = Store(where)
    assert [store.add(record(1)), store.add(record(2)), store.add(record(1))] == [1, 2, 1]
    assert counts(where)["readiness_runs"] == 2


def test_hostile_texts_are_data(where: Place) -> None:
    from readiness.history.store import Store

    document = verdict(
        [outcome(HOSTILE, "fail", blocking=True, findings=[finding(HOSTILE, f"{HOSTILE}:9", line=10**30)])],
        service={"name": HOSTILE, "owner": HOSTILE},
        environment=HOSTILE,
    )
    from readiness.history.record import Record

    store = Store(where)
    store.add(Record.of(document, MOMENT))
    for table in ("readiness_runs", "readiness_results", "readiness_findings"):
        for row in rows(where, f"SELECT * FROM {table}"):
            for text in row:
                assert not isinstance(text, str) or (text.isprintable() and len(text) < 1_100)
    assert store.document("1")["service"]["name"].startswith("<script>")


def test_reading_what_is_not_there_makes_no_file(tmp_path: Path) -> None:
    where = sqlite_in(tmp_path)
    from readiness.history.store import Store

    with pytest.raises(SourceError, match=r"history\.db: no such file"):
        Store(where).document("1")
    assert list(tmp_path.iterdir()) == []
