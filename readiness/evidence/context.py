"""What the engine itself gives to checks and loaders: service, environment, date, platform, sources.

None of it is collected: it comes from the checklist, the policy and the command line.
"""

import fnmatch
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import ClassVar, Literal, NamedTuple

from readiness.outcome import Location, Subject
from readiness.tree import Tree


class Ref(NamedTuple):
    """A path in a source, as a checklist names it."""

    source: str
    path: str
    origin: Location | None = None


class ManifestEntry(NamedTuple):
    """One entry of an environment's `manifests`."""

    kind: Literal["path", "chart", "kustomization"]
    source: str
    path: str
    values: tuple[Ref, ...] = ()
    release: str = ""
    namespace: str = ""
    origin: Location | None = None


class Sources:
    """The trees that evidence comes from, by name; the repository itself is `repository`."""

    given: ClassVar[bool] = True

    def __init__(self, trees: Mapping[str, Tree], shared: frozenset[str] = frozenset()) -> None:
        self.trees = dict(trees)
        self.shared = shared


class Environment(NamedTuple):
    """One environment that the service runs in."""

    name: str
    cls: str = "production"
    namespace: str = ""
    kubernetes_versions: tuple[str, ...] = ()
    manifests: tuple[ManifestEntry, ...] = ()
    evidence: Mapping[str, tuple[Ref, ...]] = {}
    discovered: bool = False
    at: Location | None = None

    @property
    def kubernetes_version(self) -> str:
        """The first of its versions: charts are rendered for it; empty where none is given."""
        return self.kubernetes_versions[0] if self.kubernetes_versions else ""

    @property
    def production(self) -> bool:
        return self.cls == "production"

    @property
    def subject(self) -> Subject:
        return Subject("Environment", "", self.name)


# Class attributes of NamedTuples can't be annotated without becoming fields.
Environment.given = True  # type: ignore[attr-defined]
Environment.of_environment = True  # type: ignore[attr-defined]


class ServiceCard(NamedTuple):
    """What the checklist says of the service."""

    name: str
    tier: int
    owner: str = ""
    at: Location | None = None
    owner_at: Location | None = None

    @property
    def subject(self) -> Subject:
        return Subject("Service", "", self.name)


ServiceCard.given = True  # type: ignore[attr-defined]


class Today(NamedTuple):
    """The date that the run is judged at, in UTC."""

    date: date


Today.given = True  # type: ignore[attr-defined]


class Platform(NamedTuple):
    """What the organisation uses, as `{"metrics": ("prometheus",)}`; a part left out may be anything."""

    uses: Mapping[str, tuple[str, ...]]
    at: Location | None = None


Platform.given = True  # type: ignore[attr-defined]


class Declaration(NamedTuple):
    """One `evidence.declared` entry: evidence outside of every source, as somebody states it."""

    kind: str
    values: Mapping[str, str]
    at: Location


class Named(NamedTuple):
    """Paths that the checklist names as evidence, by kind, and what it declares."""

    refs: Mapping[str, tuple[Ref, ...]]
    declared: tuple[Declaration, ...] = ()

    def of(self, kind: str) -> tuple[Ref, ...]:
        return self.refs.get(kind, ())


Named.given = True  # type: ignore[attr-defined]


class Names(NamedTuple):
    """What checks are called here and elsewhere."""

    own: frozenset[str]  # ids of checks, and of the checklist's items
    peers: Mapping[str, Mapping[str, tuple[str, ...]]]  # tool → its name of a check → ours


class CheckNames:
    """The names of all checks; asked for only where somebody used one, since it imports every area."""

    given: ClassVar[bool] = True

    def __init__(self, load: Callable[[], Names]) -> None:
        self._load = load

    @cached_property
    def names(self) -> Names:
        return self._load()

    def of(self, tool: str) -> Iterable[str]:
        """The names that a tool has for its checks, ours for the tool `readiness`."""
        return self.names.own if tool == "readiness" else self.names.peers.get(tool, {})

    def answering(self, tool: str, name: str) -> tuple[str, ...]:
        """Our checks, or a glob of them, that answer for a tool's check; "*" means all that it has."""
        if tool == "readiness":
            known = fnmatch.filter(self.names.own, name) if set(name) & set("*?") else {name} & self.names.own
            return (name,) if known else ()
        peers = self.names.peers.get(tool, {})
        if name == "*":
            return tuple(sorted({check for checks in peers.values() for check in checks}))
        return peers.get(name, ())
