"""Records that no database took: one JSON file each, until one does.

The folder lies beside the report, so that it goes where the report goes. That may be inside the tree that
was judged, where a change can put files too: what lies there is sealed with the address of the database,
password included, and a file without this seal is not taken in by itself.
"""

import hashlib
import hmac
import json
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from readiness.errors import ReadinessError, SourceError
from readiness.history.place import Place, state_folder
from readiness.history.record import Record
from readiness.records import replace_file
from readiness.report import canonical

SCHEMA = "readiness/record/1"
NAME = "readiness-spool"
AT_ONCE = 500  # records that one run takes in
LARGEST = 64 * 2**20  # bytes of a file


class Spooled(NamedTuple):
    """A file of a spool: the record in it, or why there is none."""

    path: str
    record: Record | None
    sealed: bool  # by somebody who knows the address of this database
    why: str = ""


def folders(report: str) -> tuple[str, ...]:
    """Where records wait: beside the file `report`, where there is one, and in the user's own folder."""
    own = os.path.join(state_folder(), "spool")
    return (os.path.join(os.path.dirname(report), NAME), own) if report else (own,)


def keep(record: Record, place: Place, report: str) -> str:
    """Writes the record to the first folder that takes it; gives the path.

    Raises:
        SourceError: none does.
    """
    text = json.dumps(
        {
            "schema": SCHEMA,
            "moment": record.moment.isoformat(),
            "seal": _seal(record, place),
            "verdict": json.loads(record.content),
        },
        ensure_ascii=False,
    )
    problems = []
    for folder in folders(report):
        path = os.path.join(folder, f"{record.id}.json")
        try:
            if os.path.islink(folder):
                raise SourceError(f"{folder}: is a link; expected a folder")
            os.makedirs(folder, mode=0o700, exist_ok=True)
            replace_file(path, text)
            ignore = os.path.join(folder, ".gitignore")
            if not os.path.lexists(ignore):  # a tree that it lies in stays as clean as it was
                replace_file(ignore, "*\n")
            return path
        except (OSError, ReadinessError) as wrong:
            problems.append(str(wrong))
    raise SourceError("; ".join(problems))


def waiting(folder: str, place: Place) -> Iterator[Spooled]:
    """What a folder holds, in the order of its names; nothing where there is no folder."""
    try:
        if os.path.islink(folder):
            return
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    except OSError:
        return
    for name in names[:AT_ONCE]:
        path = os.path.join(folder, name)
        try:
            record, seal = _read(path)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
            yield Spooled(path, None, False, f"is no record: {wrong}")
        else:
            yield Spooled(path, record, hmac.compare_digest(seal.encode(), _seal(record, place).encode()))


def taken(spooled: Spooled) -> None:
    """Forgets what a database has."""
    with suppress(FileNotFoundError):  # another run took it in at the same time
        os.unlink(spooled.path)


def _read(path: str) -> tuple[Record, str]:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST:
            raise ValueError(f"expected a file of at most {LARGEST} bytes")
        raw = json.loads(file.read(LARGEST + 1))
    if raw["schema"] != SCHEMA or raw["verdict"]["schema"] != canonical.SCHEMA:
        raise ValueError(f"expected the schema {SCHEMA}")
    record = Record.of(raw["verdict"], datetime.fromisoformat(raw["moment"]))
    record.rows()  # a verdict that is not whole is told here
    return record, str(raw["seal"])


_keys: dict[Place, bytes] = {}


def _seal(record: Record, place: Place) -> str:
    if place not in _keys:  # slow on purpose: the seal must not help to guess a password
        salt = hashlib.sha256(place.shown.encode()).digest()
        _keys[place] = hashlib.scrypt(place.secret.encode(), salt=salt, n=2**14, r=8, p=1)
    return hmac.new(_keys[place], record.id.encode(), "sha256").hexdigest()
