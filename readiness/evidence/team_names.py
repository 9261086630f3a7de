"""Names of teams and persons as they are compared, and which of them mean the same.

A name is compared without kind, namespace and organisation, and without a `team` before or behind.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

_AFFIX = re.compile(r"^team-(?=.)|(?<=.)-team$")


class Person(NamedTuple):
    """A member of a team, by every name and address that is written of them."""

    spellings: tuple[str, ...]
    domain: str = ""  # of the team's own mail address: a local part there is one of its members' names


class Teams:
    """Which names mean one team, and whose members persons are."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._of_person: dict[str, set[str]] = {}
        self._people: list[tuple[str, tuple[str, ...]]] = []  # team, spellings of one member
        self._domains: dict[str, str] = {}

    def same(self, names: Iterable[str]) -> None:
        first, *others = [team_name(name) for name in names if team_name(name)] or [""]
        for other in others:
            self._parent[self._root(other)] = self._root(first)
        if first:
            self._parent.setdefault(first, first)

    def member(self, team: str, *spellings: str) -> None:
        """One member of a team, by all names and addresses of theirs."""
        for person in spellings:
            self._of_person.setdefault(team_name(person), set()).add(team_name(team))
        self._people.append((team_name(team), spellings))

    def reached_at(self, team: str, address: str) -> None:
        self._domains.setdefault(team_name(team), address.rpartition("@")[2].lower())

    def members(self, team: str) -> tuple[Person, ...]:
        """The members of a team under any of its names, each once."""
        root = self._root(team_name(team))
        domain = next((at for name, at in self._domains.items() if self._root(name) == root), "")
        found: dict[str, tuple[str, ...]] = {}
        for name, spellings in self._people:
            if self._root(name) == root:
                first = team_name(spellings[0])
                found[first] = tuple(dict.fromkeys((*found.get(first, ()), *spellings)))
        return tuple(Person(spellings, domain) for spellings in found.values())

    def of(self, name: str) -> frozenset[str]:
        """The teams that a name can mean; none for a person of whom nobody says the team."""
        known = team_name(name)
        if known in self._parent or not is_person(name):
            return frozenset({self._root(known)})
        return frozenset(self._root(team) for team in self._of_person.get(known, ()))

    def _root(self, name: str) -> str:
        while self._parent.get(name, name) != name:
            name = self._parent[name]
        return name


def team_name(written: str) -> str:
    """A name as it is compared: without kind, namespace, organisation, and a `team` before or behind.

    `group:default/team-orders`, `@retail/team-orders`, `Team Orders` and `orders` are one name.
    """
    name = written.strip().lstrip("@")
    name = name.partition("@")[0] or name  # of a mail address
    name = name.rpartition(":")[2].rpartition("/")[2]
    name = re.sub(r"[\s_.]+", "-", name.lower())
    return _AFFIX.sub("", name)


def is_person(written: str) -> bool:
    """Whether a name has the form of a person's: a handle without an organisation, or an address."""
    text = written.strip()
    if text.lower().startswith("user:"):
        return True
    return ("@" in text[1:]) or (text.startswith("@") and "/" not in text)
