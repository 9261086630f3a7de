"""The commands `history` and `diff`, and a recorded verdict for `report`."""

import os
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.commands import Arguments, asked, day, saved
from readiness.errors import SourceError, UsageError
from readiness.history.place import place_of

if TYPE_CHECKING:
    from readiness.tree import Tree


class History(NamedTuple):
    """The command line of `history`."""

    service: str = ""
    environment: str = ""
    checks: tuple[str, ...] = ()
    every: int = 7
    periods: int = 12
    as_of: str = ""
    html: str = ""
    show: str = ""
    replay: str = ""


def history(wanted: History, records: str) -> int:
    """Prints or writes the trend; or one record's verdict; or takes in what waits in a folder."""
    if wanted.show:
        from readiness.report import canonical

        sys.stdout.flush()
        sys.stdout.buffer.write(canonical.dumps(document_of(wanted.show, records)))
        return 0
    place = place_of(records)
    if wanted.replay:
        from readiness.history.recorder import replayed

        for line in replayed(wanted.replay, place):
            print(line)
        return 0
    from readiness.history import trend
    from readiness.history.rows import Selection
    from readiness.history.store import Store

    until = day("--as-of", wanted.as_of) if wanted.as_of else datetime.now(UTC).date()
    try:
        starts = trend.starts_of(until, wanted.every, wanted.periods)
    except OverflowError:
        raise UsageError(f"--as-of {until}: so many periods before it there is no day") from None
    selection = Selection(starts, until, wanted.service, wanted.environment)
    store = Store(place)
    found = trend.trend_of(
        starts, until, *store.trend(selection), store.latest(selection, trend.LATEST), wanted.checks
    )
    if wanted.html:
        from readiness.history import page

        for path in page.write(found, wanted.html):
            print(f"wrote {path}")
        return 0
    from readiness.history import terminal

    terminal.show_trend(found, sys.stdout)
    return 0


def document_of(name: str, records: str) -> Any:
    """The canonical document of a record.

    Raises:
        UsageError: the name is none.
        SourceError: there is no such record, or the database can't be read.
    """
    from readiness.history.store import Store

    if not re.fullmatch(r"[0-9a-f]{1,64}", name):
        raise UsageError(f"record {name}: expected its number, or the start of its id")
    return Store(place_of(records)).document(name)


def diff(before: str, after: str, arguments: Arguments, json: bool, records: str) -> int:
    """Prints what changed between two verdicts; the exit code says only whether it could be told."""
    from readiness.history import terminal
    from readiness.history.difference import as_json, difference

    if not arguments.as_of:  # both are judged on one day, also around midnight
        arguments = arguments._replace(as_of=datetime.now(UTC).date().isoformat())
    refs = [_ref(name) for name in (before, after)]
    rules = arguments.policy or next((ref for ref in reversed(refs) if ref), "")
    trees = [_tree(ref, arguments.path) if ref else None for ref in refs]
    documents = []
    for name, tree in zip((before, after), trees, strict=True):
        if tree:
            documents.append(_judged(tree, arguments._replace(policy=rules)))
            continue
        documents.append(
            saved(f"record:{name}" if name.isdigit() and not os.path.exists(name) else name, records)
        )
        if documents[-1]["verdict"] == "error":
            raise UsageError(f"{name}: is of a run that reached no verdict; expected one that did")
    found = difference(documents[0], documents[1], (before, after))
    if json:
        from readiness.report import canonical

        sys.stdout.flush()
        sys.stdout.buffer.write(canonical.dumps(as_json(found)))
    else:
        terminal.show_difference(found, sys.stdout)
    return 0


def _ref(name: str) -> str:
    """The git ref that is meant; "" where it is a file or a record."""
    if name.startswith("ref:"):
        return name.removeprefix("ref:")
    is_other = name.startswith("record:") or name.isdigit() or name == "-" or os.path.isfile(name)
    return "" if is_other else name


def _tree(ref: str, repository: str) -> "Tree":
    """The repository as it is at a ref.

    Raises:
        SourceError: there is no such ref.
    """
    from readiness.pipeline import REPOSITORY
    from readiness.tree import open_ref

    try:
        return open_ref(repository, ref, REPOSITORY)
    except SourceError as wrong:
        raise SourceError(f"{ref}: is no saved verdict and no record, nor a git ref: {wrong}") from wrong


def _judged(tree: "Tree", arguments: Arguments) -> Any:
    """The document of a tree, by the rules of `arguments`.

    Raises:
        ReadinessError: no verdict could be reached.
    """
    from readiness import pipeline

    with asked(arguments) as request:
        trees = {**pipeline.sources_of(request), pipeline.REPOSITORY: tree}
        return pipeline.judge(request, trees).document
