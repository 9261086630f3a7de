"""Recorded series, by name, and what they are made of: an alert on one is about the series below it.

Knows recording rules of any group: Prometheus looks a series up by its name, whoever records it.
"""

from collections.abc import Iterable
from typing import ClassVar, Self

from readiness.evidence.alert_rules import RecordingRule
from readiness.evidence.promql import NotPromQL, Query, Selector, parsed


class Recordings:
    """The recorded series of an environment."""

    kinds: ClassVar[frozenset[str]] = RecordingRule.kinds

    def __init__(self, rules: Iterable[RecordingRule]) -> None:
        self._rules: dict[str, list[RecordingRule]] = {}
        for rule in rules:
            self._rules.setdefault(rule.name, []).append(rule)
        self._made_of: dict[str, tuple[Selector, ...]] = {}

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
            found.update(dict.fromkeys(self._origins(selector)))
        return tuple(found)

    def _origins(self, selector: Selector) -> tuple[Selector, ...]:
        name = selector.metric
        if name not in self._rules:
            return (selector,)
        if name not in self._made_of:
            self._follow(name)
        return self._made_of[name] or (selector,)

    def _follow(self, name: str) -> None:
        """Fills in what a series and those below it are made of, without recursion: chains may be long."""
        below: dict[str, list[Selector]] = {}
        order: list[str] = []
        waiting = [name]
        while waiting:
            one = waiting.pop()
            if one in below or one in self._made_of:
                continue
            below[one] = [read for rule in self._rules[one] for read in _read_by(rule)]
            order.append(one)
            waiting.extend(read.metric for read in below[one] if read.metric in self._rules)
        for one in reversed(order):
            found: dict[Selector, None] = {}
            for read in below[one]:
                if read.metric not in self._rules:
                    found[read] = None
                elif read.metric in self._made_of:
                    found.update(dict.fromkeys(self._made_of[read.metric]))
            self._made_of[one] = tuple(found)


def _read_by(rule: RecordingRule) -> tuple[Selector, ...]:
    try:
        return parsed(rule.expr).selectors
    except NotPromQL:
        return ()
