"""Names of teams and persons as they are compared, and which of them mean the same.

A name is compared without kind, namespace and organisation, and without a `team` before or behind.
"""

import re
from collections.abc import Iterable

_AFFIX = re.compile(r"^team-(?=.)|(?<=.)-team$")


class Teams:
    """Which names mean one team, and whose members persons are."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._of_person: dict[str, set[str]] = {}

    def same(self, names: Iterable[str]) -> None:
        first, *others = [team_name(name) for name in names if team_name(name)] or [""]
        for other in others:
            self._parent[self._root(other)] = self._root(first)
        if first:
            self._parent.setdefault(first, first)

    def member(self, person: str, team: str) -> None:
        self._of_person.setdefault(team_name(person), set()).add(team_name(team))

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
