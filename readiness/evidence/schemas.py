"""The Kubernetes versions that an environment is meant for, and what they say of its objects.

Versions are the environment's `kubernetes-version`, else the newest known. Kubernetes' own kinds are held
against the OpenAPI of each version, others against the CustomResourceDefinitions of the trees; what has
neither is not validated.
"""

from collections.abc import Mapping
from typing import NamedTuple, Self

from readiness.evidence.api_versions import Standing, standing
from readiness.evidence.context import Environment
from readiness.evidence.custom_resources import CustomResources, Definition
from readiness.evidence.manifests import KubernetesObject, Manifests
from readiness.evidence.openapi import definitions, known_version
from readiness.evidence.structure import Shape, Wrong
from readiness.outcome import Location

_Identity = tuple[str, str]
CUSTOM = "its CustomResourceDefinition"


class Departure(NamedTuple):
    """What is wrong with an object, and who says so: Kubernetes 1.31, its CustomResourceDefinition …"""

    wrong: Wrong
    says: str


class Schemas:
    """What the versions of one environment say of objects."""

    def __init__(self, asked: tuple[str, ...], at: Location | None, custom: CustomResources) -> None:
        known = definitions()
        self.at = at
        self.assumed = not asked
        self.asked = tuple(dict.fromkeys(asked or (known.newest,)))
        #: those whose schemas aren't known, being too old
        self.too_old = tuple(one for one in self.asked if known_version(one, known.versions) is None)
        #: the known version that judges, by the asked ones; a newer one is judged by the newest known
        self.judges: dict[str, list[str]] = {}
        for one in self.asked:
            judge = known_version(one, known.versions)
            if judge is not None:
                self.judges.setdefault(judge, []).append(one)
        self._custom = custom
        self._shapes: dict[_Identity, tuple[tuple[str, Shape], ...]] = {}
        self._standings: dict[_Identity, tuple[tuple[Standing, str], ...]] = {}

    @classmethod
    def collect(cls, environment: Environment, custom: CustomResources, manifests: Manifests) -> Self:
        del manifests  # that there are objects at all
        return cls(environment.kubernetes_versions, environment.at, custom)

    @property
    def words(self) -> str:
        """The versions, as a message names them, with what is to be known of how they are judged."""
        said = kubernetes(self.asked)
        if self.assumed:
            return f"{said}, the newest known, as no kubernetes-version is given"
        newer = [one for judge, asked in self.judges.items() for one in asked if not _same_minor(one, judge)]
        return f"{said} ({', '.join(newer)} as {definitions().newest}, the newest known)" if newer else said

    def wrongs(self, found: KubernetesObject) -> list[Departure] | None:
        """All that is wrong with an object; None where no schema of it is known."""
        shapes = self._shapes_of((found.api_version, found.kind))
        if not shapes:
            return None
        if all(shape.holds(found.body) for _, shape in shapes):
            return []
        if shapes[0][0] == CUSTOM and any(shape.holds(found.body) for _, shape in shapes):
            return []  # several copies of a definition: that of the cluster may be any
        said: dict[Wrong, list[str]] = {}
        for judge, shape in shapes if shapes[0][0] != CUSTOM else shapes[:1]:
            for wrong in shape.wrongs(found.body, ()):
                if wrong.what == "missing" and wrong.keys[0] == "status":
                    continue  # the API server fills it in
                said.setdefault(wrong, []).extend(self.judges.get(judge, ()))
        return [Departure(wrong, kubernetes(asked) if asked else CUSTOM) for wrong, asked in said.items()]

    def standings(self, found: KubernetesObject) -> tuple[tuple[Standing, str], ...]:
        """What is to be said of an object's API version, each with the versions in which it is so."""
        identity = (found.api_version, found.kind)
        if identity not in self._standings:
            self._standings[identity] = tuple(self._standings_of(found))
        return self._standings[identity]

    def fits(self, found: KubernetesObject, api_version: str) -> bool:
        """Whether an object is valid in all the versions when only its API version is changed."""
        shapes = self._shapes_of((api_version, found.kind))
        body = {**found.body, "apiVersion": api_version}
        return len(shapes) == len(self.judges) > 0 and all(shape.holds(body) for _, shape in shapes)

    def knows(self, found: KubernetesObject) -> bool:
        """Whether anything is known of an object's kind."""
        return bool(
            self._shapes_of((found.api_version, found.kind))
            or self.standings(found)
            or self._custom.of(found.group, found.kind)
        )

    def _shapes_of(self, identity: _Identity) -> tuple[tuple[str, Shape], ...]:
        if identity not in self._shapes:
            self._shapes[identity] = tuple(self._found(*identity))
        return self._shapes[identity]

    def _found(self, api_version: str, kind: str) -> list[tuple[str, Shape]]:
        known = definitions()
        own = ((judge, known.shape(f"{api_version}/{kind}", judge)) for judge in self.judges)
        found: list[tuple[str, Shape]] = [(judge, shape) for judge, shape in own if shape is not None]
        group, _, version = api_version.rpartition("/")
        if not found:
            shapes = (one.shape(version) for one in self._custom.of(group, kind))
            found += [(CUSTOM, shape) for shape in shapes if shape is not None]
        return found

    def _standings_of(self, found: KubernetesObject) -> list[tuple[Standing, str]]:
        custom = self._custom.of(found.group, found.kind)
        if custom:
            return _of_custom(found.api_version.rpartition("/")[2], custom)
        said: dict[Standing, list[str]] = {}
        for asked in self.asked:
            one = standing(found.api_version, found.kind, asked)
            if one is not None:
                said.setdefault(one, []).append(asked)
        return [(one, kubernetes(asked)) for one, asked in said.items()]


def _of_custom(version: str, custom: tuple[Definition, ...]) -> list[tuple[Standing, str]]:
    serving = [one for one in custom if version in one.served]
    if not serving:
        use = f"{custom[0].group}/{custom[0].stored}" if custom[0].stored else ""
        return [(Standing("is not served", use), CUSTOM)]
    warning = serving[0].warning(version)
    return [(Standing(f"is deprecated: {warning}"[:300], works=True), CUSTOM)] if warning else []


def kubernetes(versions: Mapping[str, object] | tuple[str, ...] | list[str]) -> str:
    """`Kubernetes 1.31 and 1.34`."""
    *first, last = versions
    return f"Kubernetes {', '.join(first)} and {last}" if first else f"Kubernetes {last}"


def _same_minor(one: str, other: str) -> bool:
    return one.split(".")[:2] == other.split(".")[:2]
