"""Which files are evidence, and which of them can't be read.

A file is evidence by a mark (Kubernetes objects, rules, routing, Prometheus' own configuration), or because
the checklist names it.
"""

from collections.abc import Mapping
from typing import ClassVar, Self

from readiness.evidence.context import Environment, ManifestEntry, Named, Ref, Sources
from readiness.evidence.documents import DASHBOARDS, OBJECTS, PROMETHEUS, ROUTING, RULES, Documents, File
from readiness.evidence.manifests import Manifests
from readiness.known import ByEnvironment, Unreadable
from readiness.outcome import Location
from readiness.yaml_reader import Duplicate

MARKS = (OBJECTS, RULES, ROUTING, PROMETHEUS)
AS_IT_IS = frozenset({RULES, ROUTING, PROMETHEUS})  # read by their programs without anybody in between
UNREAD = frozenset({"unread"})  # what a file could hold of which not even the marks could be read
_READ = (".yaml", ".yml", ".json")


class Inventory:
    """The files of all sources that are evidence, read."""

    strength: ClassVar[str] = "source"

    def __init__(
        self,
        files: tuple[File, ...],
        documents: int,
        broken: tuple[Unreadable, ...],
        duplicates: tuple[tuple[File, Duplicate], ...],
        named: frozenset[tuple[str, str]],
        lost: tuple[tuple[str, Unreadable], ...],
        shared: frozenset[str],
    ) -> None:
        self.files = files
        self.documents = documents
        self.broken = broken
        self.duplicates = duplicates
        self._named = named
        self._shared = shared
        self.lost = lost  # what environments could not read or render, by environment

    @classmethod
    def collect(
        cls,
        sources: Sources,
        documents: Documents,
        named: Named,
        environments: ByEnvironment[Environment],
        manifests: ByEnvironment[Manifests],
    ) -> Self:
        chosen: dict[File, None] = {}
        for mark in MARKS:
            chosen.update((file, None) for file in documents.marked(mark))
        by_hand: set[tuple[str, str]] = set()
        for ref in _refs(named.refs, environments):
            if ref.source in documents.trees:
                for file in documents.under(ref.source, ref.path):
                    by_hand.add((file.source, file.path))
                    if file.path == ref.path.strip("/") and file.path.endswith(_READ):
                        chosen[file] = None
        count = 0
        broken: list[Unreadable] = []
        dashboards = documents.marked(DASHBOARDS)
        for file in dashboards:
            chosen[file] = None
            dashboard = documents.json_of(file)
            if isinstance(dashboard, Unreadable):
                broken.append(dashboard)
            else:
                count += 1
        for file in chosen.keys() - frozenset(dashboards):
            found = documents.parsed(file)
            if isinstance(found, Unreadable):
                broken.append(found)
            else:
                count += len(found)
        paths = {(one.at.source, one.at.file) for one in broken} | {(one.source, one.path) for one in chosen}
        for unread in documents.broken():  # what could not even be looked at for a mark
            if unread.kinds == UNREAD and (unread.at.source, unread.at.file) not in paths:
                broken.append(unread)
        twice = tuple(pair for pair in documents.duplicates() if pair[0] in chosen)
        lost = tuple((name, entry) for name, one in manifests.items() for entry in one.unreadable)
        return cls(
            tuple(sorted(chosen)),
            count,
            tuple(sorted(broken)),
            twice,
            frozenset(by_hand),
            lost,
            sources.shared,
        )

    def names(self, at: Location) -> bool:
        """Whether the checklist names a file, by itself or by its folder."""
        return (at.source, at.file) in self._named

    def of_others(self, at: Location) -> bool:
        """Whether a file lies among those of other services, and nothing says that it is of this one."""
        return at.source in self._shared and not self.names(at)


def _refs(named: Mapping[str, tuple[Ref, ...]], environments: ByEnvironment[Environment]) -> list[Ref]:
    found = [ref for refs in named.values() for ref in refs]
    for _, environment in environments.items():
        found += [ref for refs in environment.evidence.values() for ref in refs]
        if not environment.discovered:
            found += [_ref(entry) for entry in environment.manifests if entry.kind == "path"]
    return found


def _ref(entry: ManifestEntry) -> Ref:
    return Ref(entry.source, entry.path, entry.origin)
