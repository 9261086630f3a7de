"""Which series may vanish without a word: what each alert reads, and the alerts that notice its absence.

A comparison over no series gives nothing, so that an alert is as silent when its target is gone as when it is
well. What notices that: `absent()` of the series or of anything of its job, `unless`, `or vector(…)`. Where a
target only fails to answer, `up == 0` notices it too.
Ignored on purpose: recorded series that no rule in evidence records, which are no target's own.

Source:
    Prometheus documentation, "Query functions", absent; "Jobs and instances", up.
"""

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal, NamedTuple, Self

from readiness.evidence.alert_labels import query_of
from readiness.evidence.alert_rules import AlertRule, RecordingRule
from readiness.evidence.promql import ABSENT, Comparison, Query, Selector
from readiness.evidence.recordings import Recordings

Cover = Literal["all", "some", ""]


class Source(NamedTuple):
    """Where series come from: a job, or nothing but their name."""

    job: str
    metric: str  # that of its family; "" where there is a job

    def __str__(self) -> str:
        return f"job {self.job}" if self.job else self.metric

    @property
    def guard(self) -> str:
        """The expression that would notice that it is gone."""
        return f'absent(up{{job="{self.job}"}} == 1)' if self.job else f"absent({self.metric})"


class Absences:
    """What of an environment's series is noticed when it is gone."""

    kinds: ClassVar[frozenset[str]] = AlertRule.kinds

    def __init__(self, alerts: Iterable[AlertRule], recordings: Recordings) -> None:
        self._recordings = recordings
        self._absent: dict[str, list[Selector]] = {}  # by the metric whose absence is noticed
        self._gone: dict[str, AlertRule] = {}  # jobs whose targets' disappearance alone is noticed
        self._silent: dict[str, AlertRule] = {}  # jobs of which it is noticed that they give nothing
        self._down: dict[str, AlertRule] = {}  # jobs whose targets' failing is noticed; "" for all
        for alert in alerts:
            query = query_of(alert)
            if query is not None:
                self._add(alert, query)

    @classmethod
    def collect(cls, alerts: tuple[AlertRule, ...], records: tuple[RecordingRule, ...]) -> Self:
        return cls(alerts, Recordings(records))

    def needed(self, query: Query) -> tuple[tuple[Source, Selector], ...]:
        """The sources whose series an alert needs to say anything; none where it notices their absence."""
        found: dict[Source, Selector] = {}
        for comparison in _conditions(query):
            if _is_guard(comparison) or not _noticed(comparison):
                continue
            for selector in self._followed(comparison):
                for source in _sources(selector):
                    found.setdefault(source, selector)
        return tuple(found.items())

    def cover(self, source: Source, selector: Selector) -> Cover:
        """Whether somebody notices that a source is gone: in every way, in some, or not at all."""
        guards = self._absent.get(_family(selector.metric), ())
        down = self.watches_down(source) is not None
        if selector.metric != "up" and any(_may_be_same(guard, selector) for guard in guards):
            return "all"
        if source.job and source.job in self._silent:
            return "all"
        if source.job and source.job in self._gone:
            return "all" if down or selector.metric == "up" else "some"
        return "some" if down else ""

    def watches_down(self, source: Source) -> AlertRule | None:
        """The alert that fires when a target of a job does not answer; those of any job count for each."""
        return self._down.get(source.job) or self._down.get("")

    def _add(self, alert: AlertRule, query: Query) -> None:
        read = set[Selector]()
        for comparison in _conditions(query):
            read.update((*comparison.selectors, *comparison.against))
            if _is_guard(comparison):
                self._add_absent(alert, query, comparison)
        for selector in query.selectors:
            if selector not in read:  # the right side of an `unless`: its absence is what fires
                self._absent.setdefault(_family(selector.metric), []).append(selector)
        for comparison in query.comparisons if query.functions.isdisjoint(ABSENT) else ():
            for selector in comparison.selectors:
                if selector.metric == "up" and _holds_for(comparison, 0):
                    jobs = _jobs(selector) or (() if selector.asks("job") else ("",))
                    self._down.update({job: alert for job in jobs if job not in self._down})

    def _add_absent(self, alert: AlertRule, query: Query, comparison: Comparison) -> None:
        answering = {
            selector
            for inner in query.comparisons
            if _holds_for(inner, 1) and not _holds_for(inner, 0)
            for selector in inner.selectors
        }
        for selector in (*comparison.selectors, *self._followed(comparison)):
            self._absent.setdefault(_family(selector.metric), []).append(selector)
            jobs = _jobs(selector)
            if len(jobs) == 1:
                only_gone = selector.metric == "up" and selector not in answering
                (self._gone if only_gone else self._silent).setdefault(jobs[0], alert)

    def _followed(self, comparison: Comparison) -> Iterator[Selector]:
        for selector in (*comparison.selectors, *comparison.against):
            yield from self._recordings.origins(selector)


def _conditions(query: Query) -> Iterator[Comparison]:
    for conjunction in query.alternatives:
        yield from conjunction


def _is_guard(comparison: Comparison) -> bool:
    return bool(comparison.functions & ABSENT)


def _holds_for(comparison: Comparison, value: int) -> bool:
    """Whether a comparison holds for one value of its left side; not where it is held against series."""
    threshold = comparison.threshold
    if threshold is None:
        return False
    found = {"==": value == threshold, "!=": value != threshold, "<": value < threshold,
             ">": value > threshold, "<=": value <= threshold, ">=": value >= threshold}  # fmt: skip
    return found.get(comparison.operator, False)


def _noticed(comparison: Comparison) -> bool:
    """Whether a condition goes silent without its series: one with `or vector(0)` inside does not."""
    return "vector" not in comparison.functions and bool(comparison.selectors or comparison.against)


def _jobs(selector: Selector) -> tuple[str, ...]:
    """The jobs that a selector asks for by name."""
    for matcher in selector.asks("job"):
        values = matcher.values
        if values:
            return tuple(sorted(values))
    return ()


def _sources(selector: Selector) -> Iterator[Source]:
    jobs = _jobs(selector)
    if jobs:
        yield from (Source(job, "") for job in jobs)
    elif selector.metric and selector.metric != "up" and ":" not in selector.metric:
        yield Source("", _family(selector.metric))


def _family(metric: str) -> str:
    """One name for the series of a histogram or summary, which are there together."""
    for suffix in ("_bucket", "_sum"):
        if metric.endswith(suffix):
            return metric.removesuffix(suffix) + "_count"
    return metric


def _may_be_same(one: Selector, other: Selector) -> bool:
    """Whether two selectors of one metric can mean the same series: no label is asked to be two things."""
    for matcher in one.matchers:
        for against in other.asks(matcher.name):
            first, second = matcher.values, against.values
            if first is not None and second is not None and not first & second:
                return False
            if first is not None and second is None and not any(map(against.matches, first)):
                return False
            if second is not None and first is None and not any(map(matcher.matches, second)):
                return False
    return True
