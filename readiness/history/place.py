"""Where records lie: a SQLite file, by default one of the user's own, or a PostgreSQL database.

What the command line says holds, else READINESS_RECORD. An address may hold a password, so that only
`shown` is ever printed.
"""

import os
from importlib.util import find_spec
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from readiness.errors import UsageError
from readiness.paths import no_folder

VARIABLE = "READINESS_RECORD"
_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")


class Place(NamedTuple):
    url: str  # as SQLAlchemy reads it; for SQLite only its path
    file: str  # of SQLite, "" for a server
    shown: str
    secret: str  # what only those know who may write there, as far as that can be told


def state_folder() -> str:
    """The user's own folder for what is kept between runs."""
    home = os.environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(home):
        home = os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(home, "readiness")


def place_of(text: str) -> Place:
    """The place that `--records` or READINESS_RECORD names.

    Raises:
        UsageError: it is none, or a library that it needs is not installed.
    """
    said = "--records" if text else VARIABLE
    text = text or os.environ.get(VARIABLE, "")
    scheme, found, rest = text.partition("://")
    if not text:
        place = _file(os.path.join(state_folder(), "history.db"))
    elif found and scheme in _POSTGRESQL:
        place = _server(f"postgresql://{rest}", said)
    elif found and scheme == "sqlite":
        place = _named_file(rest.removeprefix("/"), said)
    elif found:
        raise UsageError(f"{said}: {scheme}:// is not known; expected a file, sqlite:/// or postgresql://")
    else:
        place = _named_file(text, said)
    need("sqlalchemy", "alembic", *(() if place.file else ("psycopg",)))
    if not place.file:
        _readable(place.url, said)
    return place


def need(*libraries: str) -> None:
    """Says which library is not installed.

    Raises:
        UsageError: one is not.
    """
    for library in libraries:
        if find_spec(library) is None:
            raise UsageError(
                f"records need {library}, which is not installed; run: pip install 'readiness[history]'"
            )


def _readable(url: str, said: str) -> None:
    """Refuses an address that the driver could not take apart; the text of its own error may hold it."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        make_url(url)
    except (ArgumentError, ValueError):
        raise UsageError(f"{said}: is no address of a PostgreSQL: expected postgresql://HOST/NAME") from None


def _named_file(path: str, said: str) -> Place:
    folder = os.path.dirname(path)
    if not path or os.path.isdir(path):
        raise UsageError(f"{said} {path}: is a folder; expected a file, sqlite:///FILE or postgresql://…")
    if folder and not os.path.isdir(folder):  # a misspelt one is not to appear on the machine
        raise UsageError(f"{said} {path}: {folder}: {no_folder(folder)}")
    return _file(path)


def _file(path: str) -> Place:
    full = os.path.abspath(path)
    return Place(f"sqlite:///{full}", full, path, full)


def _server(url: str, said: str) -> Place:
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise UsageError(f"{said}: is no address of a PostgreSQL: expected postgresql://HOST/NAME") from None
    shown = f"postgresql://{parts.hostname or 'localhost'}{port}{unquote(parts.path)}"
    return Place(f"postgresql+psycopg{url.removeprefix('postgresql')}", "", shown, url)
