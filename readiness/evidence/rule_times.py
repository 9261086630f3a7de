"""The times that decide when an alert fires: scrape, window, evaluation, `for`.

Pure but for its loader. A time that nobody wrote in evidence is not there: no default is taken for a server
whose configuration another repository holds.
"""

from datetime import timedelta
from typing import ClassVar, NamedTuple, Self

from readiness.evidence.alert_labels import query_of
from readiness.evidence.alert_rules import AlertRule, RecordingRule
from readiness.evidence.prometheus_config import PrometheusServer, span_of
from readiness.evidence.promql import ABSENT, Query, Selector
from readiness.evidence.recordings import Recordings
from readiness.evidence.scrape_intervals import Every, ScrapeIntervals

SLOW = timedelta(hours=6)  # a threshold of more seconds is about days: certificates, backups
SLOW_WORDS = ("expir", "not_after", "notafter", "certificate", "cert_")


class Window(NamedTuple):
    """A window that needs two points, and how often a point comes."""

    function: str
    selector: Selector
    span: timedelta
    scraped: Every
    job: str


class RuleTimes:
    """The times of the rules of an environment."""

    kinds: ClassVar[frozenset[str]] = AlertRule.kinds | ScrapeIntervals.kinds | PrometheusServer.kinds

    def __init__(
        self, intervals: ScrapeIntervals, servers: tuple[PrometheusServer, ...], recordings: Recordings
    ) -> None:
        self._intervals = intervals
        self._recordings = recordings
        first = next(iter(servers), None)
        self._evaluation = (
            Every(first.evaluation, first.written.get("evaluation", first.at))
            if first
            and len({one.evaluation for one in servers}) == 1  # else nobody knows whose rules they are
            else None
        )

    @classmethod
    def collect(
        cls,
        intervals: ScrapeIntervals,
        servers: tuple[PrometheusServer, ...],
        records: tuple[RecordingRule, ...],
    ) -> Self:
        return cls(intervals, servers, Recordings(records))

    def evaluation(self, rule: AlertRule) -> Every | None:
        """How often a rule is looked at; None where nothing in evidence says it."""
        own = span_of(rule.every or None)
        if not own:
            return self._evaluation
        keys = rule.at.keys
        group = keys[: keys.index("groups") + 2] if "groups" in keys else keys
        return Every(own, rule.at._replace(keys=group).at("interval"))

    def hold(self, rule: AlertRule) -> timedelta:
        return span_of(rule.hold or None) or timedelta(0)

    def windows(self, rule: AlertRule) -> tuple[Window, ...]:
        """The windows of its own expression that need two points, where the scrape interval is known."""
        query = query_of(rule)
        found = []
        for function, selector in query.rates if query else ():
            job = _job(selector)
            every = self._intervals.of(job) if job and selector.window else None
            if every is not None and selector.window:
                found.append(Window(function, selector, selector.window, every, job))
        return tuple(found)

    def slowest_scrape(self, query: Query) -> Every | None:
        """How often the slowest of its jobs is scraped, recordings followed; None where one is not known."""
        jobs = {_job(one) for one in self._recordings.followed(query)}
        found = [self._intervals.of(job) if job else None for job in jobs]
        known = [one for one in found if one is not None]
        return max(known, key=lambda one: one.span) if known and len(known) == len(found) else None

    def longest_window(self, query: Query) -> timedelta:
        """The longest time that an expression looks back over, recorded series included."""
        selectors = (*query.selectors, *self._recordings.followed(query))
        return max((one.window for one in selectors if one.window), default=timedelta(0))

    def absent_of(self, query: Query) -> Every | None:
        """How often the job is scraped whose absence an expression waits for."""
        if query.functions.isdisjoint(ABSENT) or len(query.selectors) != 1:
            return None
        job = _job(query.selectors[0])
        return self._intervals.of(job) if job else None

    @staticmethod
    def is_about_days(query: Query) -> bool:
        """Whether an expression moves so slowly that a single look is enough: days until an expiry."""
        words = " ".join(one.metric for one in query.selectors).lower()
        return any(word in words for word in SLOW_WORDS) or any(
            one.threshold is not None
            and abs(one.threshold) >= SLOW.total_seconds()
            and "time" in query.functions
            for conjunction in query.alternatives
            for one in conjunction
        )


def _job(selector: Selector) -> str:
    """The one job that a selector asks for; empty where it is none or several."""
    found = {matcher.only_value for matcher in selector.asks("job") if matcher.operator in ("=", "=~")}
    only = found.pop() if len(found) == 1 else None
    return only or ""
