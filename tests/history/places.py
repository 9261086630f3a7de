"""Records to write, places to write them to, and a trusted tree to judge."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from readiness.history.place import Place, place_of
from readiness.history.record import Record
from tests.cli.running import CHECKLIST, committed, deployment, files
from tests.report.samples import not_ready

MOMENT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def needed() -> None:
    """Skips where the extra is not installed."""
    for library in ("sqlalchemy", "alembic", "psycopg", "jinja2"):
        pytest.importorskip(library, reason=f"the extra `history` is not installed: no {library}")


def sqlite_in(folder: Path) -> Place:
    """The place that `history.db` in a folder is."""
    needed()
    return place_of(str(folder / "history.db"))


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
