"""What several matchers together ask of a label: whether anything fulfils them, and what follows from them.

Says something only where it is certain: values are tried one by one where matchers leave a list of them, and
two patterns that leave none are taken to allow each other.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from readiness.evidence.matchers import Matcher


class Contradiction(NamedTuple):
    """Two matchers that no value fulfils together."""

    first: Matcher
    second: Matcher


class Conditions:
    """Matchers that all have to hold, by label."""

    __slots__ = ("_by_label", "_values")

    def __init__(self, matchers: Iterable[Matcher]) -> None:
        self._by_label: dict[str, list[Matcher]] = {}
        for matcher in dict.fromkeys(matchers):
            self._by_label.setdefault(matcher.name, []).append(matcher)
        self._values: dict[str, frozenset[str] | None] = {}

    def __iter__(self) -> Iterator[Matcher]:
        for listed in self._by_label.values():
            yield from listed

    @property
    def labels(self) -> frozenset[str]:
        return frozenset(self._by_label)

    def values(self, label: str) -> frozenset[str] | None:
        """The values that a label may have; None where they are no list. The empty one is a missing label."""
        if label not in self._values:
            listed = self._by_label.get(label, [])
            lists = [values for values in map(_values, listed) if values is not None]
            left = frozenset.intersection(*lists) if lists else None
            if left is not None:
                left = frozenset(value for value in left if all(one.matches(value) for one in listed))
            self._values[label] = left
        return self._values[label]

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every label with each of the values that it may have, where these are a list."""
        for label in self._by_label:
            for value in self.values(label) or ():
                yield label, value

    @property
    def contradiction(self) -> Contradiction | None:
        """Two matchers that exclude each other; None where something may fulfil all."""
        for label, listed in self._by_label.items():
            if self.values(label) == frozenset():
                return _pair(listed)
            refused = {one.value: one for one in listed if one.operator == "!~"}
            for one in listed:
                if one.operator == "=~" and one.value in refused:
                    return Contradiction(one, refused[one.value])
        return None

    def imply(self, matcher: Matcher) -> bool:
        """Whether what fulfils these surely fulfils `matcher` too."""
        listed = self._by_label.get(matcher.name, [])
        if matcher in listed or matcher.takes_all:
            return True
        values = self.values(matcher.name)
        return values is not None and all(matcher.matches(value) for value in values)

    def imply_all(self, matchers: Iterable[Matcher]) -> bool:
        return all(map(self.imply, matchers))


def _values(matcher: Matcher) -> frozenset[str] | None:
    if matcher.operator == "=":
        return frozenset({matcher.value})
    return matcher.literals if matcher.operator == "=~" else None


def _pair(listed: list[Matcher]) -> Contradiction:
    """Two of the matchers of one label that leave no value; first and last where it takes more than two."""
    for number, first in enumerate(listed):
        for second in listed[number + 1 :]:
            if Conditions((first, second)).values(first.name) == frozenset():
                return Contradiction(first, second)
    return Contradiction(listed[0], listed[-1])


def literals_of(matchers: Iterable[Matcher], label: str) -> Mapping[str, Matcher]:
    """The values that matchers ask of a label by name, each with the matcher that does."""
    return {
        value: matcher
        for matcher in matchers
        if matcher.name == label
        for value in sorted(_values(matcher) or ())
        if value
    }
