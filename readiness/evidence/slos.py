"""Service level objectives, in every format that is read: sloth, OpenSLO and pyrra.

Looks in files that hold such objects wherever they lie, templates of charts left out: what a generator reads
is not always deployed. Files of sloth's own form are claimed by `version: prometheus/v1` beside `slos:`.
Ignored on purpose: rules that a generator wrote, which are alert and recording rules; SLIs by plug-ins, whose
expressions are elsewhere; objectives that live in a vendor's service alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Self

from readiness.evidence.context import ServiceCard, Sources
from readiness.evidence.documents import OBJECTS, SLOS, Document, Documents
from readiness.evidence.objective import Objective, Read, SpecProblem, Undecided
from readiness.evidence.slo_openslo import GROUPS as OPENSLO
from readiness.evidence.slo_openslo import KINDS, read_openslo
from readiness.evidence.slo_pyrra import GROUP as PYRRA
from readiness.evidence.slo_pyrra import KIND as PYRRA_KIND
from readiness.evidence.slo_pyrra import read_pyrra
from readiness.evidence.slo_sloth import KIND as SLOTH_KIND
from readiness.evidence.slo_sloth import VERSION, read_sloth
from readiness.known import Unreadable

_MARKS = (b"openslo", b"pyrra.dev/", b"sloth.slok.dev/")


class Objectives:
    """All specifications of the service: what they promise, and what is wrong with them."""

    kinds: ClassVar[frozenset[str]] = frozenset({"slos", "SLO", SLOTH_KIND, PYRRA_KIND})
    looked_for: ClassVar[str] = "SLO specifications (sloth, OpenSLO, pyrra)"

    def __init__(self, read: Iterable[Read], unreadable: tuple[Unreadable, ...] = ()) -> None:
        found = tuple(read)
        self.objectives = tuple(one for one in found if isinstance(one, Objective))
        self.problems = tuple(one for one in found if isinstance(one, SpecProblem))
        self.undecided = tuple(one for one in found if isinstance(one, Undecided))
        self.unreadable = unreadable
        self._by_target: dict[object, list[Objective]] = {}
        for one in self.objectives:
            self._by_target.setdefault(one.target, []).append(one)

    @classmethod
    def collect(cls, sources: Sources, documents: Documents, service: ServiceCard) -> Self:
        found = list(_documents(documents))
        unreadable = tuple(one for one in found if isinstance(one, Unreadable))
        bodies = [one for one in found if isinstance(one, Document) and isinstance(one.value, dict)]
        others = {
            (str(body.value.get("kind")), _name(body.value)): body.value.get("spec")
            for body in bodies
            if _group(body.value) in OPENSLO
        }
        read: dict[object, Read] = {}
        for body in bodies:
            for one in _read(body, others):
                if body.source in sources.shared and not _is_of(one, service):
                    continue
                read.setdefault(_identity(one), one)
        return cls(read.values(), unreadable)

    def promising(self, target: object) -> tuple[Objective, ...]:
        """The objectives with one target."""
        return tuple(self._by_target.get(target, ()))


def _documents(documents: Documents) -> Iterator[Document | Unreadable]:
    files = [
        file for file in documents.marked(OBJECTS) if any(mark in documents.text(file) for mark in _MARKS)
    ]
    yield from documents.documents((*documents.marked(SLOS), *files))


def _read(body: Document, others: Mapping[tuple[str, str], Any]) -> Iterator[Read]:
    value, kind, group = body.value, body.value.get("kind"), _group(body.value)
    if value.get("version") == VERSION and "slos" in value:
        yield from read_sloth(value, body.at)
    elif kind == SLOTH_KIND:
        yield from read_sloth(value.get("spec"), body.at.at("spec"))
    elif kind == PYRRA_KIND and group == PYRRA:
        yield from read_pyrra(value, body.at)
    elif kind == KINDS[0] and group in OPENSLO:
        yield from read_openslo(value, body.at, others)


def _group(value: Mapping[str, Any]) -> str:
    return str(value.get("apiVersion", "")).partition("/")[0]


def _name(value: Mapping[str, Any]) -> str:
    metadata = value.get("metadata")
    return str(metadata.get("name")) if isinstance(metadata, dict) else ""


def _is_of(one: Read, service: ServiceCard) -> bool:
    said = one.service if isinstance(one, Objective) else one.about.part
    return not said or said == service.name


def _identity(one: Read) -> object:
    """What makes two readings the same: an objective that stands in a file and in a copy of it is one."""
    if isinstance(one, Objective):
        return (one.format, one.service, one.name, one.target, one.period)
    return (one.why, one.about)
