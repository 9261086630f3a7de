"""Recorded series, by name, and what they are made of: an alert on one is about the series below it.

Knows recording rules of any group: Prometheus looks a series up by its name, whoever records it.
"""

from collections.abc import Iterable
from typing import ClassVar, Self

from readiness.evidence.alert_rules import TEMPLATE, RecordingRule
from readiness.evidence.promql import NotPromQL, Query, Selector, parsed


class Recordings:
    """The recorded series of an environment."""

    kinds: ClassVar[frozenset[str]] = RecordingRule.kinds

    def __init__(self, rules: Iterable[RecordingRule]) -> None:
        self._rules: dict[str, list[RecordingRule]] = {}
        for rule in rules:
            self._rules.setdefault(rule.name, []).append(rule)
        self._made_of: dict[Selector, tuple[Selector, ...]] = {}

    @classmethod
    def collect(cls, rules: tuple[RecordingRule, ...]) -> Self:
        return cls(rules)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._rules)

    def of(self, metric: str) -> RecordingRule | None:
        """The rule that records a series; the first where several do."""
        found = self._rules.get(metric)
        return found[0] if found else None

    def all_of(self, metric: str) -> tuple[RecordingRule, ...]:
        return tuple(self._rules.get(metric, ()))

    def followed(self, query: Query) -> tuple[Selector, ...]:
        """The selectors of an expression, recorded series replaced by what they are made of, to the end.

        A series that is recorded from itself stands for itself.
        """
        found: dict[Selector, None] = {}
        for selector in query.selectors:
            found.update(dict.fromkeys(self.origins(selector)))
        return tuple(found)

    def origins(self, selector: Selector) -> tuple[Selector, ...]:
        """What one selector reads in the end: itself, where nothing records it."""
        if not self._recording(selector):
            return (selector,)
        plain = _plain(selector)
        if plain not in self._made_of:
            self._follow(plain)
        return self._made_of[plain] or (selector,)

    def _recording(self, selector: Selector) -> list[RecordingRule]:
        """The rules that record what a selector reads; not those that give a label of it another value."""
        return [
            rule
            for rule in self._rules.get(selector.metric, ())
            if all(
                TEMPLATE.search(rule.labels[one.name]) or one.matches(rule.labels[one.name])
                for one in selector.matchers
                if one.name in rule.labels
            )
        ]

    def _follow(self, first: Selector) -> None:
        """Fills in what a series and those below it are made of, without recursion: chains may be long."""
        below: dict[Selector, list[Selector]] = {}
        order: list[Selector] = []
        waiting = [first]
        while waiting:
            one = waiting.pop()
            if one in below or one in self._made_of:
                continue
            below[one] = [read for rule in self._recording(one) for read in _read_by(rule)]
            order.append(one)
            waiting.extend(_plain(read) for read in below[one] if self._recording(read))
        for one in reversed(order):
            found: dict[Selector, None] = {}
            for read in below[one]:
                plain = _plain(read)
                if plain in self._made_of:
                    found.update(dict.fromkeys(self._made_of[plain]))
                elif plain not in below:
                    found[read] = None
            self._made_of[one] = tuple(found)


def _plain(selector: Selector) -> Selector:
    """A selector without its window: what a recorded series is made of does not depend on it."""
    return Selector(selector.metric, selector.matchers)


def _read_by(rule: RecordingRule) -> tuple[Selector, ...]:
    try:
        return parsed(rule.expr).selectors
    except NotPromQL:
        return ()
