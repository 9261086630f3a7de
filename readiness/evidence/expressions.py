"""Every PromQL expression that somebody uses, wherever it stands: in rules and in objectives.

A further place of expressions adds a function to `collect`; who asks what is used need not know it.
Ignored on purpose: expressions that are no PromQL, which are other checks' to name, and templates other than
the window of an objective.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, NamedTuple, Self

from readiness.evidence.alert_labels import query_of
from readiness.evidence.alert_rules import AlertRule, RecordingRule
from readiness.evidence.promql import NotPromQL, Query, parsed
from readiness.evidence.slos import Objectives
from readiness.outcome import Location, Subject

_WINDOW = r"\{\{\s*\.window\s*\}\}"


class Expression(NamedTuple):
    """One expression in use."""

    query: Query
    user: str  # who uses it, as a message names it: `alert OrdersDown`
    about: Subject
    at: Location
    whole: bool = False  # the user has many expressions, and is told of once: a dashboard


class ExpressionsInUse:
    """All expressions of an environment, by the series that they read."""

    kinds: ClassVar[frozenset[str]] = AlertRule.kinds | Objectives.kinds
    looked_for: ClassVar[str] = "expressions in rules and objectives"

    def __init__(self, expressions: Iterable[Expression]) -> None:
        self.all = tuple(expressions)
        self._by_metric: dict[str, list[Expression]] = {}
        for one in self.all:
            for metric in one.query.metrics:
                self._by_metric.setdefault(metric, []).append(one)

    @classmethod
    def collect(
        cls, alerts: tuple[AlertRule, ...], records: tuple[RecordingRule, ...], objectives: Objectives
    ) -> Self:
        return cls([*_of_rules((*alerts, *records)), *_of_objectives(objectives)])

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(self._by_metric)

    def of(self, metric: str) -> tuple[Expression, ...]:
        """The expressions that read a series."""
        return tuple(self._by_metric.get(metric, ()))


class Generators(NamedTuple):
    """Names of series that a generator records from specifications in evidence."""

    by_prefix: Mapping[str, Location]
    by_pattern: Mapping[str, Location]

    @classmethod
    def collect(cls, objectives: Objectives) -> Self:
        prefixes: dict[str, Location] = {}
        patterns: dict[str, Location] = {}
        for one in objectives.objectives:
            if one.format in ("sloth", "OpenSLO"):
                prefixes.setdefault("slo:", one.at)
            elif one.format == "pyrra":
                patterns.setdefault(r":(?:burnrate|increase)\w+$", one.at)
        return cls(prefixes, patterns)

    def records(self, metric: str) -> Location | None:
        """The specification that a series is generated from; None where there is none."""
        for prefix, at in self.by_prefix.items():
            if metric.startswith(prefix):
                return at
        return next((at for pattern, at in self.by_pattern.items() if re.search(pattern, metric)), None)


Generators.kinds = Objectives.kinds  # type: ignore[attr-defined]  # an annotation would make it a field


def _of_rules(rules: Iterable[AlertRule]) -> Iterator[Expression]:
    for rule in rules:
        query = query_of(rule)
        if query is not None:
            kind = "alert" if rule.FIELD == "alert" else "recording rule"
            yield Expression(query, f"{kind} {rule.name}", rule.subject, rule.at.at("expr"))


def _of_objectives(objectives: Objectives) -> Iterator[Expression]:
    for one in objectives.objectives:
        for text in dict.fromkeys((one.good, one.bad, one.total)):
            try:
                query = parsed(re.sub(_WINDOW, "5m", text))
            except NotPromQL:
                continue
            yield Expression(query, f"SLO {one.label}", one.subject, one.queries_at or one.at)
