"""What an expression is about: latency, traffic, errors or saturation, by its metrics, labels and functions.

Goes by names, as people and exporters write them: units and words of a metric (Prometheus' naming, those of
Micrometer, OpenTelemetry, Istio, Envoy and ingress-nginx), labels that tell how a request ended, and the
functions around it. Recorded series are followed to what they are made of; one that nobody records is judged
by its own name. `of_query` gives what any expression is about; `SIGNALS` names the four.
Ignored on purpose: what a number means. A metric that is called like nothing of the kind is about nothing.

Source:
    Beyer et al., Site Reliability Engineering, ch. 6, "The Four Golden Signals"; Gregg, the USE method.
"""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar, Final, Literal, NamedTuple, Self

from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.dashboards import filled_in
from readiness.evidence.grafana_alerts import GrafanaRule
from readiness.evidence.matchers import Matcher
from readiness.evidence.objective import Objective
from readiness.evidence.promql import NotPromQL, Query, Selector, parsed
from readiness.evidence.recordings import Recordings
from readiness.evidence.service_dashboards import ServiceDashboards
from readiness.evidence.slos import Objectives
from readiness.outcome import Location

Signal = Literal["latency", "traffic", "errors", "saturation"]
SIGNALS: Final[tuple[Signal, ...]] = ("latency", "traffic", "errors", "saturation")

OF_OBJECTIVES: Final[Mapping[str, Signal]] = {"latency": "latency", "availability": "errors"}
RATES: Final = frozenset({"rate", "irate", "increase", "delta", "deriv"})
QUANTILES: Final = frozenset(
    {"histogram_quantile", "histogram_fraction", "histogram_avg", "histogram_quantiles"}
)
_TIME = (
    r"(?:^|[_:])(?:\w*seconds|durations?|latency|latencies|milliseconds|millis|ms|elapsed|rtt|ttfb)(?:_|:|$)"
)
_LATENCY = r"latency|latencies|response_?time|duration|(?:^|[_:])(?:p\d{2,4}|quantile)(?:_|:|$)"
_LATE = r"(?:^|[_:])(?:age|lag|delay|delayed|staleness|freshness|behind)(?:_|:|$)"
_ERRORS = (
    r"error|fail|exception|panic|^probe_success$|(?:^|[_:])(?:5xx|4xx|fault|faults|unavailable|abort|aborted|aborts|dropped"
    r"|rejected|refused|timeout|timeouts|dead_?letter\w*|unsuccessful)(?:_|:|$)|availability|burn_?rate|budget"
)
_SATURATION = (
    r"pool|queue|throttl|backlog|pending|quota|capacity|saturation|utili[sz]ation|usage|evict|oom"
    r"|resource_(?:limits|requests)|memory|heap|cpu|disk|filesystem|inode|(?:^|[_:])(?:fds?|threads?|connections"
    r"|max|limit|limits|lag|age|available|free|used|in_?flight|waiting|blocked|load\d*|bytes_avail\w*)(?:_|:|$)"
)
# Counters of a program's own engine and of its machine, which no request makes.
_OF_MACHINE = (
    r"^(?:process|jvm|go|python|nodejs|dotnet|ruby|container|node|kube|kubelet|scrape|prometheus|logback)_"
)
_OF_CLUSTER = r"^kube_(?!\w*(?:resource|quota|horizontalpodautoscaler|hpa|allocatable|capacity))"
_LOAD = r"(?<!resource_)request|traffic|throughput|qps|rps|_rate"
_HOW_IT_ENDED = (
    r"^(?:(?:http_?|grpc_?|response_?|rpc_grpc_)*(?:status|code|status_code|response_status_code)"
    r"|grpc_(?:code|status)|outcome|result|error|error_type|exception|success|status_class|response_flags|cause"
    r"|envoy_response_code(?:_class)?)$"
)
_BAD = (
    r"5(?:\.|\\d|\[0-9\]|x|\d|$)|error|fail|exception|server_error|unavailable|internal|unknown|deadline|timeout"
    r"|aborted|data_?loss|resource_?exhausted"
)  # fmt: skip
_GOOD = r"^(?:2(?:\.|\\d|\[0-9\]|x|\d).*|ok|none|success\w*|0|\(?ok\|.*|\(?2.*|completed)$"


class Mention(NamedTuple):
    """One expression that tells a signal."""

    who: str  # the alert, or the panel of a dashboard
    at: Location


class ServiceSignals:
    """Which signals the dashboards of a service draw, and which its alerts and objectives watch."""

    kinds: ClassVar[frozenset[str]] = AlertRule.kinds | ServiceDashboards.kinds

    def __init__(
        self, dashboards: ServiceDashboards, alerts: tuple[AlertRule, ...], recordings: Recordings,
        of_grafana: tuple[GrafanaRule, ...] = (), objectives: tuple[Objective, ...] = (),
    ) -> None:  # fmt: skip
        self.drawn: dict[Signal, list[Mention]] = {signal: [] for signal in SIGNALS}
        self.watched: dict[Signal, list[Mention]] = {signal: [] for signal in SIGNALS}
        self.alerts: tuple[AlertRule | GrafanaRule, ...] = (*alerts, *of_grafana)
        self.boards = tuple(one for one, _ in dashboards.own) or (
            dashboards.all if not dashboards.service else ()
        )
        self.unread_drawn: list[Mention] = []  # expressions of another language
        self.unread_watched: list[Mention] = []
        known: dict[str, frozenset[Signal] | None] = {}
        for board in self.boards:
            for one in board.queries:
                mention = Mention(f"panel {one.panel!r} of {board}", one.at)
                self._note(one.promql, mention, self.drawn, self.unread_drawn, recordings, known)
            if board.made or board.others:
                self.unread_drawn.append(Mention(str(board), board.at))
        for alert in alerts:
            mention = Mention(alert.name, alert.at.at("expr"))
            self._note(alert.expr, mention, self.watched, self.unread_watched, recordings, known)
        for promise in objectives:
            if promise.kind in OF_OBJECTIVES:
                mention = Mention(f"SLO {promise.label}", promise.at)
                self.watched[OF_OBJECTIVES[promise.kind]].append(mention)
        for rule in of_grafana:
            for expr in rule.queries:
                mention = Mention(rule.name, rule.place("data"))
                self._note(filled_in(expr, {}), mention, self.watched, self.unread_watched, recordings, known)

    @classmethod
    def collect(
        cls, dashboards: ServiceDashboards, alerts: tuple[AlertRule, ...], recordings: Recordings,
        of_grafana: tuple[GrafanaRule, ...], objectives: Objectives,
    ) -> Self:  # fmt: skip
        return cls(dashboards, alerts, recordings, of_grafana, objectives.objectives)

    @staticmethod
    def _note(
        expr: str,
        mention: Mention,
        found: dict[Signal, list[Mention]],
        unread: list[Mention],
        recordings: Recordings,
        known: dict[str, frozenset[Signal] | None],
    ) -> None:
        if expr not in known:
            try:
                known[expr] = of_query(parsed(expr), recordings)
            except NotPromQL:
                known[expr] = None
        signals = known[expr]
        if signals is None:
            unread.append(mention)
        for signal in signals or ():
            found[signal].append(mention)


def of_query(query: Query, recordings: Recordings | None = None) -> frozenset[Signal]:
    """What an expression is about; recorded series are followed where `recordings` are given."""
    found: set[Signal] = set()
    for one in _below(query, recordings):
        functions = one.functions
        metrics = one.metrics
        for selector in one.selectors:
            if recordings is None or recordings.of(selector.metric) is None:
                found |= _of_selector(selector, functions, metrics)
    return frozenset(found)


def _below(query: Query, recordings: Recordings | None) -> Iterator[Query]:
    """An expression, and those by which the series that it reads are recorded."""
    waiting, seen = [query], {query.text}
    while waiting:
        one = waiting.pop()
        yield one
        for metric in one.metrics if recordings is not None else ():
            for rule in recordings.all_of(metric) if recordings is not None else ():
                if rule.expr not in seen:
                    seen.add(rule.expr)
                    try:
                        waiting.append(parsed(rule.expr))
                    except NotPromQL:
                        continue  # alert.rules-valid says so


def _of_selector(selector: Selector, functions: frozenset[str], metrics: frozenset[str]) -> set[Signal]:
    """What one series is about, by its name, its labels and what is done with it."""
    name = selector.metric.lower()
    if not name or name == "up":
        return set()
    counted = not RATES.isdisjoint(functions) or ":" in name
    timed = _says(_TIME, name) and "expir" not in name  # time that is left is no time that was waited
    bad = _ended_badly(selector.matchers)
    found: set[Signal] = set()
    if (
        (timed and name.endswith("_bucket"))
        or (timed and not QUANTILES.isdisjoint(functions))
        or (timed and selector.asks("quantile"))
        or (timed and _stem(name) + "_sum" in metrics and _stem(name) + "_count" in metrics)
        or (timed and name.endswith(("_max", "_mean", "_avg")))
        or (_says(_LATENCY, name) and not name.endswith(("_count", "_total")))
        or _says(_LATE, name)
    ):
        found.add("latency")
    wrong = bad or _says(_ERRORS, name)
    if wrong:
        found.add("errors")
    elif (counted and name.endswith(("_total", "_count")) and not _says(_OF_MACHINE, name)) or (
        ":" in name and _says(_LOAD, name)
    ):
        found.add("traffic")
    if _says(_SATURATION, name) and not (timed and name.endswith("_max")) and not _says(_OF_CLUSTER, name):
        found.add("saturation")
    return found


def _ended_badly(matchers: tuple[Matcher, ...]) -> bool:
    """Whether labels ask for requests that ended badly: `code=~"5.."`, `outcome!="success"`."""
    for one in matchers:
        name, value, wanted = one.name.lower(), one.value.lower(), one.operator in ("=", "=~")
        if not re.match(_HOW_IT_ENDED, name):
            continue
        if name == "success":
            bad = value in ("false", "0")
        elif re.match(_GOOD, value) or value == "":  # error!="": there was one
            bad = False
        elif re.search(_BAD, value) or value == ".+" or (value == "true" and name in ("error", "exception")):
            bad = True
        else:
            continue
        if bad == wanted:
            return True
    return False


def _stem(name: str) -> str:
    return re.sub(r"_(?:sum|count|bucket)$", "", name)


def _says(words: str, name: str) -> bool:
    return re.search(words, name) is not None
