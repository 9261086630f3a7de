"""Environment variables as a container's `env` lists them, each with its place.

Ignored on purpose: variables that come with `envFrom`, whose names stand in another object, and those that an
image sets itself.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, Self

from readiness.evidence.effective import items
from readiness.evidence.manifests import Container
from readiness.known import Unreadable
from readiness.outcome import Location, Subject


class Variable(NamedTuple):
    """One entry of `env`; `value` is None where it is left out or is taken from elsewhere."""

    name: str
    value: str | None
    body: Mapping[str, Any]
    at: Location


class Variables:
    """The environment of one container that has any."""

    __slots__ = ("__dict__", "at", "container", "subject")

    kinds: ClassVar[frozenset[str]] = frozenset()
    looked_for: ClassVar[str] = "containers with env or envFrom"

    def __init__(self, container: Container) -> None:
        self.container = container
        self.subject: Subject = container.subject
        self.at = container.at

    @classmethod
    def collect(cls, containers: tuple[Container, ...]) -> Iterator[Self | Unreadable]:
        for container in containers:
            if container.body.get("env") or container.body.get("envFrom"):
                yield cls(container)

    @property
    def label(self) -> str:
        return self.container.label

    @cached_property
    def listed(self) -> tuple[Variable, ...]:
        """Raises Unknown where `env` is no list."""
        found = []
        for index, body in enumerate(items(self.container.body, self.at, "env")):
            if not isinstance(body, dict) or not isinstance(body.get("name"), str):
                continue
            value = body.get("value")
            literal = str(value) if isinstance(value, (str, int, float)) else None
            found.append(Variable(body["name"], literal, body, self.at.at("env", index)))
        return tuple(found)

    @property
    def places(self) -> Mapping[str, list[Location]]:
        """Where each name stands."""
        found: dict[str, list[Location]] = {}
        for one in self.listed:
            found.setdefault(one.name, []).append(one.at)
        return found
