"""What a checklist names under `evidence`: the files of it, and what is not there.

A path that leads nowhere is never taken for "none": whatever kind it was to hold is unknown.
"""

from collections.abc import Iterable, Iterator

from readiness.evidence.context import Ref
from readiness.evidence.documents import Documents, File
from readiness.known import Unreadable
from readiness.outcome import Location

_NOT_GIVEN = "is not given"


def absent(ref: Ref, documents: Documents) -> str:
    """Why there is nothing at a path that a checklist names; empty where there is something."""
    if ref.source not in documents.trees:
        return f"source {ref.source} {_NOT_GIVEN}"
    return "" if documents.under(ref.source, ref.path) else f"source {ref.source} has no such path"


def files_of(refs: Iterable[Ref], documents: Documents, kind: str) -> Iterator[File | Unreadable]:
    """The files below the paths that a checklist names for evidence of a kind, each once."""
    seen: set[File] = set()
    for ref in refs:
        why = absent(ref, documents)
        if why:
            yield not_there(ref, why, kind)
            continue
        for file in documents.under(ref.source, ref.path):
            if file not in seen:
                seen.add(file)
                yield file


def not_there(ref: Ref, why: str, kind: str) -> Unreadable:
    """What stands in the place of the evidence that a path was to hold."""
    at = Location(ref.source, ref.path)
    return Unreadable(at, f"the checklist names it, and {why}", frozenset({kind}), mended(ref, why))


def mended(ref: Ref, why: str) -> str:
    """How to mend what `absent` says of a path."""
    if why.endswith(_NOT_GIVEN):
        return f"name it with --source {ref.source}=FOLDER"
    return f"add {ref.path}, or correct the checklist"
