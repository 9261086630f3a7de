"""One PostgreSQL for all tests of this folder, started when the first asks for it; a database for each."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from readiness.history.place import Place, place_of
from tests.examples.running import database, run
from tests.history.places import needed

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[str | Path, ...]]:
    """The start of a psql command line."""
    with database() as psql:
        yield psql


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place of each kind."""
    needed()
    if request.param == "sqlite":
        return place_of(str(tmp_path / "history.db"))
    psql: tuple[str | Path, ...] = request.getfixturevalue("server")
    name = f"records_{next(_NUMBERS)}"
    run(*psql, "-c", f"CREATE DATABASE {name}")
    return place_of(f"postgresql://test@127.0.0.1:{psql[psql.index('-p') + 1]}/{name}")
