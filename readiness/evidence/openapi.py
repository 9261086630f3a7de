"""What the OpenAPI of each Kubernetes version says: which kinds it serves, and which fields they have.

Reads the package's own `schemas/kubernetes/definitions.json.gz`, once and only when a check asks: what it
holds is told in docs/kubernetes_schemas.py, which makes it. Ignored on purpose: what the API server
enforces beyond its OpenAPI (names, ranges of ports, one volume source of many).
"""

import gzip
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from readiness.evidence.structure import LEAVES, Anything, Fields, ListOf, MappingOf, Shape

DATA = Path(__file__).parent.parent / "schemas" / "kubernetes" / "definitions.json.gz"

Minor = tuple[int, int]


class Definitions:
    """The definitions of all known versions."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.versions: tuple[str, ...] = tuple(data["versions"])
        self._kinds: Mapping[str, list[list[Any]]] = data["kinds"]
        self._definitions: Mapping[str, list[list[Any]]] = data["definitions"]
        self._shapes: dict[tuple[str, str], Shape] = {}
        self._by_kind: dict[str, list[str]] = {}
        for identity in self._kinds:
            group, kind = group_of(identity), identity.rpartition("/")[2]
            self._by_kind.setdefault(f"{group}/{kind}", []).append(identity)

    @property
    def newest(self) -> str:
        return self.versions[-1]

    def shape(self, identity: str, version: str) -> Shape | None:
        """The schema of `apps/v1/Deployment` in one version; None where that does not serve it."""
        name = _at(self._kinds.get(identity, ()), version)
        return None if name is None else self._shape(f"#{name}", version)

    @property
    def metadata(self) -> Shape:
        """What every object has as its metadata."""
        return self._shape("#io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", self.newest)

    def served(self, identity: str) -> tuple[str, ...]:
        """The known versions that serve a kind."""
        changes = self._kinds.get(identity, ())
        return tuple(version for version in self.versions if _at(changes, version) is not None)

    def versions_of(self, group: str, kind: str, version: str) -> tuple[str, ...]:
        """The API versions in which a Kubernetes version serves a kind, as `apps/v1`, the stablest first."""
        found = [
            identity.rpartition("/")[0]
            for identity in self._by_kind.get(f"{group}/{kind}", ())
            if _at(self._kinds[identity], version) is not None
        ]
        return tuple(sorted(found, key=_stability))

    def kinds_of(self, group: str) -> tuple[str, ...]:
        return tuple(key.rpartition("/")[2] for key in self._by_kind if key.rpartition("/")[0] == group)

    def anywhere(self, kind: str, version: str) -> str:
        """The API version of the one group in which a Kubernetes version serves a kind; "" without one."""
        groups = [key.rpartition("/")[0] for key in self._by_kind if key.rpartition("/")[2] == kind]
        found = [self.versions_of(group, kind, version) for group in groups]
        served = [versions[0] for versions in found if versions]
        return served[0] if len(served) == 1 else ""

    def _shape(self, word: str, version: str) -> Shape:
        if word in LEAVES:
            return LEAVES[word]
        if (word, version) not in self._shapes:
            self._shapes[word, version] = self._made(word, version)
        return self._shapes[word, version]

    def _made(self, word: str, version: str) -> Shape:
        if word.startswith("[]"):
            return ListOf(self._shape(word[2:], version))
        if word.startswith("{}"):
            return MappingOf(self._shape(word[2:], version))
        content = _at(self._definitions.get(word[1:], ()), version) if word.startswith("#") else None
        if content is None:
            return Anything()
        name = word.rpartition(".")[2]
        required = tuple(content.get("required", ()))
        return Fields(name, content["fields"], required, lambda inner: self._shape(inner, version))


@cache
def definitions() -> Definitions:
    return Definitions(json.loads(gzip.decompress(DATA.read_bytes())))


def _stability(api_version: str) -> tuple[bool, bool, tuple[int, ...]]:
    """Stable before beta before alpha, the newer first."""
    version = api_version.rpartition("/")[2]
    return "alpha" in version, "beta" in version, tuple(-int(one) for one in re.findall(r"[0-9]+", version))


def minor(version: str) -> Minor:
    """`1.34.2` as (1, 34)."""
    major, _, rest = version.partition(".")
    return int(major), int(rest.partition(".")[0] or 0)


def known_version(asked: str, known: Sequence[str]) -> str | None:
    """The known version that an asked one is judged by: its own, the newest for newer, None for older."""
    wanted = minor(asked)
    if wanted > minor(known[-1]):
        return known[-1]
    return next((version for version in known if minor(version) == wanted), None)


def group_of(identity: str) -> str:
    """The group of `apps/v1/Deployment` or `apps/v1`-like identities with their kind: "" for `v1/Pod`."""
    group, _, _ = identity.rpartition("/")[0].rpartition("/")
    return group


def _at(changes: Sequence[Sequence[Any]], version: str) -> Any:
    """What holds in a version, of a list of what holds from a version on."""
    found = None
    wanted = minor(version)
    for since, now in changes:
        if minor(since) > wanted:
            break
        found = now
    return found
