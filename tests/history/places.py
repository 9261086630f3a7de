"""Places to record in: a SQLite file and a PostgreSQL of the test's own, and a trusted tree to judge."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from readiness.history.place import Place, place_of
from readiness.history.record import Record
from tests.cli.running import CHECKLIST, committed, deployment, files
from tests.examples.running import database
from tests.report.samples import not_ready

MOMENT = datetime(2026, 11, 24, 12, tzinfo=UTC)
KINDS = ("sqlite", "postgresql")


def needed() -> None:
    """Skips where the extra is not installed."""
    for library in ("sqlalchemy", "alembic", "psycopg", "jinja2"):
        pytest.importorskip(library, reason=f"the extra `history` is not installed: no {library}")


@contextmanager
def place(kind: str, folder: Path) -> Iterator[Place]:
    """An empty place of a kind."""
    needed()
    if kind == "sqlite":
        yield place_of(str(folder / "history.db"))
        return
    with database() as psql:
        port = psql[psql.index("-p") + 1]
        yield place_of(f"postgresql://test@127.0.0.1:{port}/postgres")


def address(where: Place) -> str:
    """A place as the command line names it."""
    return where.file or where.url.replace("+psycopg", "")


def record(number: int = 0, **fields: Any) -> Record:
    """A record of its own for each number."""
    return Record.of({**not_ready(), **fields}, MOMENT + timedelta(seconds=number))


def trusted(folder: Path, revisions: int = 5) -> tuple[str, ...]:
    """A repository, and the arguments that judge it by rules from another place."""
    files(folder / "policy", {"readiness.yaml": CHECKLIST})
    tree = files(
        folder / "shop", {"deploy.yaml": deployment("shop", replicas=2, revisionHistoryLimit=revisions)}
    )
    committed(tree)
    return (str(tree), "--policy", str(folder / "policy"))


def written(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document))
    return path
