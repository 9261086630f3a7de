"""Records a verdict that was reached, and says what became of it; changes nothing about the verdict.

Where the database can't be reached, the record waits in a spool; the next run that reaches it takes in
what waits. A record has one id however often it is written, so that none is there twice.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from readiness.errors import ReadinessError
from readiness.history import spool
from readiness.history.place import Place
from readiness.history.record import Record
from readiness.wording import plural

UNTRUSTED = (
    "not recorded: the rules came from the tree that they judge; give --policy or --base, "
    "or --record-untrusted to record it all the same"
)


def recorded(
    document: Any, place: Place, moment: datetime, report: str = "", untrusted: bool = False
) -> Iterator[str]:
    """Records a canonical document and what waits in the spools; yields what to say about it.

    Args:
        report: a file that the run has written, beside which a spool may lie.
        untrusted: record also what was judged by rules of the judged tree.
    """
    if document["verdict"] == "error":
        return
    if not document["trusted"] and not untrusted:
        yield UNTRUSTED
        return
    record = Record.of(document, moment)
    try:
        from readiness.history.store import Store

        store = Store(place)
        number = store.add(record)
    except ReadinessError as wrong:
        yield _kept(record, place, report, str(wrong))
        return
    yield f"recorded as {number} in {place.shown}"
    for folder in spool.folders(report):
        yield from _replayed(folder, place, store, sealed_only=True)


def keep(document: Any, place: Place, moment: datetime, report: str, why: str) -> str:
    """Puts the record of a document into the spool, where recording it failed otherwise; says where."""
    return _kept(Record.of(document, moment), place, report, why)


def _kept(record: Record, place: Place, report: str, why: str) -> str:
    try:
        path = spool.keep(record, place, report)
    except ReadinessError as wrong:
        return f"not recorded: {why}; and not kept either: {wrong}"
    return f"not recorded: {why}; kept as {path}, the next run with --record takes it in"


def replayed(folder: str, place: Place) -> Iterator[str]:
    """Takes in what waits in a folder, whoever put it there; yields what to say about it.

    Raises:
        ReadinessError: the database can't be reached.
    """
    from readiness.history.store import Store

    said = list(_replayed(folder, place, Store(place), sealed_only=False))
    yield from said or [f"{folder}: no record waits there"]


def _replayed(folder: str, place: Place, store: Any, sealed_only: bool) -> Iterator[str]:
    done = strange = 0
    for one in spool.waiting(folder, place):
        if one.record is None:
            yield f"{one.path}: {one.why}; left as it is"
        elif sealed_only and not one.sealed:
            strange += 1
        else:
            try:
                store.add(one.record)
            except ReadinessError as wrong:
                if not sealed_only:
                    raise
                yield f"{folder}: not taken in: {wrong}"
                return
            spool.taken(one)
            done += 1
    if done:
        yield f"{plural(done, 'record')} taken in from {folder}"
    if strange:
        yield (
            f"{folder}: {plural(strange, 'record')} of another database or address left there; "
            f"if you trust them: readiness history --replay {folder}"
        )
