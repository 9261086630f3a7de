"""Unit tests for alert rules that have none: a case in which the alert fires, and one in which it is silent.

Pure: rules in, the text of a file for `promtool test rules` out. Series are chosen so that the condition is
true (`readiness.synthesis`), the rule and all others of its name are computed on them, and what comes out is
what the case expects. An alert for which that can't be done is named with its reason, and nothing is written
for it. Recorded series are given as they are recorded, not by what they are made of.

Source:
    Prometheus documentation, "Unit testing for rules"; prometheus, cmd/promtool/unittest.go and
    rules/alerting.go.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from readiness.arithmetic.durations import spell_duration
from readiness.errors import ReadinessError
from readiness.evidence.alert_rules import AlertRule, RecordingRule
from readiness.evidence.promql import NotPromQL, children, parsed
from readiness.evidence.rule_tests import held_seconds
from readiness.synthesis.choices import STRATEGIES
from readiness.synthesis.nodes import selectors
from readiness.synthesis.series import Line, NotSolved
from readiness.synthesis.solve import Key, Solver
from readiness.synthesis.values import NAME, Data, NotComputed, Series, computed, matchers_of
from readiness.synthesis.wording import NotFilled, filled

MINUTE = 60  # seconds: how often rules are evaluated
FINEST = 5
COARSEST = 240  # below five minutes, past which promtool takes a series for gone
LONGEST = 40 * 86_400
MOST_SAMPLES = 12_000
# What YAML takes for something else than a text.
PLAIN_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
_LABEL = r"\$?\.?[lL]abels\.(\w+)"


class NotWritten(ReadinessError):
    """No test is written for an alert; the text says why."""


class Expected(NamedTuple):
    """One alert that fires in a case."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]


class Case(NamedTuple):
    """One test: series, and what one alert does on them at one time."""

    name: str
    interval: int
    series: tuple[tuple[str, str], ...]  # each with its samples, as promtool reads them
    alert: str
    seconds: int
    expected: tuple[Expected, ...]


class Skeleton(NamedTuple):
    """The tests of a rule file."""

    text: str  # empty where nothing could be written
    written: tuple[str, ...]  # names of alerts
    left: tuple[tuple[str, str], ...]  # names of the others, each with the reason


def skeleton(
    rule_file: str,
    alerts: Sequence[AlertRule],
    records: Sequence[RecordingRule] = (),
    wanted: Callable[[AlertRule], bool] = lambda _: True,
) -> Skeleton:
    """Tests for the alerts of one rule file.

    Args:
        rule_file: as the test is to name it, seen from its own folder.
        alerts: all of the file, since each alert of a name fires in its test.
        records: the recording rules of the file.
        wanted: those that have no test yet.
    """
    cases: list[Case] = []
    written: list[str] = []
    left: list[tuple[str, str]] = []
    for alert in alerts:
        if not wanted(alert):
            continue
        siblings = [one for one in alerts if one.name == alert.name]
        try:
            cases += cases_of(alert, siblings, records)
            written.append(alert.name)
        except NotWritten as why:
            left.append((alert.name, str(why)))
    return Skeleton(file_of(rule_file, cases) if cases else "", tuple(written), tuple(left))


def cases_of(
    alert: AlertRule, siblings: Sequence[AlertRule] = (), records: Sequence[RecordingRule] = ()
) -> tuple[Case, ...]:
    """A case in which an alert fires, and one in which it is silent; the first alone where it always fires.

    Args:
        siblings: the alerts of its name in its file, itself among them.
        records: the recording rules of its file, since promtool evaluates them too.

    Raises:
        NotWritten: series for it can't be chosen, or something of it can't be computed.
    """
    try:
        return _Writer(alert, siblings or (alert,), records).cases()
    except (NotPromQL, NotSolved, NotComputed, NotFilled) as why:
        raise NotWritten(str(why)) from why
    except (OverflowError, ZeroDivisionError, ValueError) as why:
        raise NotWritten(f"its numbers are out of range: {why}") from why


class _Writer:
    def __init__(
        self, alert: AlertRule, siblings: Sequence[AlertRule], records: Sequence[RecordingRule]
    ) -> None:
        self.alert = alert
        self.siblings = siblings
        self.records = records
        self.query = parsed(alert.expr)
        self.hold = math.ceil(max(held_seconds(one) for one in siblings))
        windows = sorted(_windows(self.query.node))
        reach = sum(windows[-2:]) if windows else 0
        self.end = _up(reach + self.hold + 2 * MINUTE, MINUTE)
        shortest = min((one for one in windows if one), default=4 * MINUTE)
        self.interval = _interval(shortest, self.end)
        self.end = _up(self.end, self.interval * MINUTE // math.gcd(self.interval, MINUTE))
        if self.end > LONGEST or self.end // self.interval > MOST_SAMPLES:
            raise NotWritten(
                f"it looks back for {spell_duration(math.ceil(reach))}: a test would be too long"
            )
        self.labels, self.defaults = _labels(self.query.node, siblings)

    def cases(self) -> tuple[Case, ...]:
        firing = self._case("fires", lambda solver: solver.true(self.query.node), True)
        if self.query.always:
            return (firing,)
        silent = self._case("is silent", lambda solver: solver.false(self.query.node), False)
        return firing, silent

    def _case(self, what: str, choose: Callable[[Solver], None], fires: bool) -> Case:
        """The first way of choosing on which the alert does what is wanted.

        Raises:
            NotSolved: there is none; the reason is that of the first way.
        """
        first: ReadinessError | None = None
        for strategy in STRATEGIES:
            solver = Solver(self.labels, self.defaults, float(self.end), strategy)
            try:
                choose(solver)
                return self._written(what, solver.lines, fires)
            except (NotSolved, NotComputed, NotFilled) as why:
                first = first or why
        raise first or NotSolved("no way was tried")

    def _written(self, what: str, lines: Mapping[Key, Line], fires: bool) -> Case:
        count = self.end // self.interval + 1
        series = [Series(dict(key), line.samples(count, self.interval)) for key, line in lines.items()]
        data = Data(series, self.interval)
        self._records_nothing(data)
        expected = [one for rule in self.siblings for one in self._firing(rule, data)]
        own = list(self._firing(self.alert, data))
        if bool(own) != fires:
            raise NotSolved("no series were found on which it " + what)
        part = f" ({self.alert.severity})" if len(self.siblings) > 1 and self.alert.severity else ""
        return Case(
            f"{self.alert.name}{part} {what}",
            self.interval,
            tuple(
                (_selector(key), line.spelled(count, self.interval)) for key, line in sorted(lines.items())
            ),
            self.alert.name,
            self.end,
            tuple(expected),
        )

    def _records_nothing(self, data: Data) -> None:
        """Sees that no recording rule of the file makes a series that the case gives, or the alert reads."""
        read = self.query.metrics
        for record in self.records:
            if record.name in read and computed(parsed(record.expr).node, data, self.end):
                raise NotSolved(f"{record.name} would be recorded beside what the test gives")

    def _firing(self, rule: AlertRule, data: Data) -> Iterator[Expected]:
        """The alerts of a rule that fire at the end."""
        node = parsed(rule.expr).node
        at_end = computed(node, data, self.end)
        if isinstance(at_end, float):
            raise NotComputed("the expression is a number")
        since = self.end - math.ceil(held_seconds(rule))
        held = at_end
        for when in range(self.end - self.end % MINUTE, since - 1, -MINUTE):
            if not held:
                return
            before = computed(node, data, when)
            there = {_identity(one.labels) for one in before} if not isinstance(before, float) else set()
            held = [one for one in held if _identity(one.labels) in there]
        for labels, value in held:
            own = {name: text for name, text in labels.items() if name != NAME and text}
            fill = partial(filled, labels=own, value=value)
            added = {name: fill(text) for name, text in rule.labels.items()}
            merged = {name: text for name, text in {**own, **added}.items() if text}
            yield Expected(merged, {name: fill(text) for name, text in rule.annotations.items()})


def _identity(labels: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(item for item in labels.items() if item[0] != NAME)


def _up(value: float, to: int) -> int:
    return math.ceil(value / to) * to


def _interval(shortest: float, end: int) -> int:
    """Seconds between samples: four or more in the shortest window, and not too many in all."""
    finest = max(FINEST, min(MINUTE, int(shortest / 4)))
    fitting = [one for one in (60, 30, 15, 10, 5) if one <= finest]
    interval = fitting[0] if fitting else FINEST
    while end / interval > MOST_SAMPLES / 4 and interval * 2 <= min(COARSEST, shortest / 4):
        interval *= 2
    return interval


def _windows(node: Any) -> Iterator[float]:
    """Every length of time by which an expression looks back."""
    kind = type(node).__name__
    if kind in ("MatrixSelector", "SubqueryExpr"):
        yield node.range.total_seconds()
    if kind in ("VectorSelector", "SubqueryExpr") and node.offset is not None:
        yield abs(node.offset.total_seconds())
    for child in children(node):
        yield from _windows(child)


def _labels(node: Any, siblings: Sequence[AlertRule]) -> tuple[frozenset[str], dict[str, str]]:
    """The labels that series are to have, and values of those that the expression writes."""
    found = set(_mentioned(node))
    defaults: dict[str, str] = {}
    for selector in selectors(node):
        for one in matchers_of(selector):
            if one.name != NAME and (one.operator == "=~" or (one.operator == "=" and one.value)):
                found.add(one.name)
            if one.operator == "=" and one.value:
                defaults.setdefault(one.name, one.value)
    for rule in siblings:
        for text in (*rule.annotations.values(), *rule.labels.values()):
            found.update(re.findall(_LABEL, text))
    return frozenset(found - set(_left_out(node)) - {"le", "quantile", NAME, "alertname"}), defaults


def _left_out(node: Any) -> Iterator[str]:
    """Labels that an aggregation takes away: what it is joined with does not have them."""
    modifier: Any = getattr(node, "modifier", None)
    aggregates = type(node).__name__ == "AggregateExpr" and modifier is not None
    if aggregates and not str(modifier.type).endswith("By"):
        yield from modifier.labels
    for child in children(node):
        yield from _left_out(child)


def _mentioned(node: Any) -> Iterator[str]:
    kind = type(node).__name__
    modifier = getattr(node, "modifier", None)
    if kind == "AggregateExpr" and modifier is not None and str(modifier.type).endswith("By"):
        yield from modifier.labels
    if kind == "BinaryExpr" and modifier is not None:
        matching = modifier.matching
        if matching is not None and str(matching.type).endswith("Include"):
            yield from matching.labels
        yield from modifier.group_labels or ()
    for child in children(node):
        yield from _mentioned(child)


def _selector(key: Key) -> str:
    labels = dict(key)
    name = labels.pop(NAME)
    listed = ", ".join(f"{label}={_quoted(value)}" for label, value in sorted(labels.items()))
    return f"{name}{{{listed}}}" if listed else name


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def file_of(rule_file: str, cases: Sequence[Case]) -> str:
    """The cases as YAML that promtool reads."""
    lines = [
        "# Series and times were chosen from the rules: make them those of the service.",
        "# promtool test rules FILE",
        "rule_files:",
        f"  - {_text(rule_file)}",
        "evaluation_interval: 1m",
        "tests:",
    ]
    for case in cases:
        lines += _test(case)
    return "\n".join(lines) + "\n"


def _test(case: Case) -> Iterator[str]:
    yield f"  - name: {_text(case.name)}"
    yield f"    interval: {spell_duration(case.interval)}"
    if case.series:
        yield "    input_series:"
    for series, values in case.series:
        yield f"      - series: {_text(series)}"
        yield f"        values: {_text(values)}"
    yield "    alert_rule_test:"
    yield f"      - eval_time: {spell_duration(case.seconds)}"
    yield f"        alertname: {_text(case.alert)}"
    yield "        exp_alerts:" if case.expected else "        exp_alerts: []"
    for one in case.expected:
        start = "          - "
        for field, texts in (("exp_labels", one.labels), ("exp_annotations", one.annotations)):
            yield f"{start}{field}:" if texts else f"{start}{field}: {{}}"
            yield from (f"              {_text(name)}: {_text(text)}" for name, text in texts.items())
            start = "            "


def _text(value: str) -> str:
    """A text as YAML: plain where it is a word, else in double quotes, which JSON and YAML share."""
    if re.fullmatch(r"[A-Za-z][\w./-]*", value) and value.lower() not in PLAIN_WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
