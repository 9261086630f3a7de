"""Burn-rate alerts, recognised in alerting rules: windows, factor and objective of each pair.

A pair is two conditions joined by `and` that hold the same error ratio, over a long and a short window,
against the same threshold, a product of a burn rate and an error budget (`14.4 * 0.001`, `14.4 * (1 -
0.999)`). Windows come from the range that is read, from the rule that records the series, or from the ending
of its name. Ignored on purpose: a condition over one window, which is a threshold and no burn rate.

Source:
    The Site Reliability Workbook, chapter 5; what sloth, pyrra and the kubernetes-mixin write.
"""

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import ClassVar, NamedTuple, Self

from readiness.arithmetic.burn_rate import detection, threshold
from readiness.arithmetic.durations import prometheus_seconds
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.objective import Objective
from readiness.evidence.promql import Comparison, NotPromQL, parsed
from readiness.evidence.recordings import Recordings
from readiness.evidence.slos import Objectives

_NAMED = re.compile(r"(?:rate|burnrate|ratio|_|:)((?:[0-9]+(?:ms|[smhdwy]))+)$")
_NEAR = Fraction(1, 10**9)  # generators write 0.0009999999999999432 for a thousandth


class Pair(NamedTuple):
    """One pair of windows; spans in seconds."""

    burn: Fraction
    objective: Fraction
    long: Fraction
    short: Fraction
    long_threshold: Fraction
    short_threshold: Fraction

    @property
    def threshold(self) -> Fraction:
        return max(self.long_threshold, self.short_threshold)

    @property
    def attainable(self) -> bool:
        return self.threshold < 1

    @property
    def detects(self) -> Fraction | None:
        """Seconds from a total failure until it holds; None where it never does."""
        return detection(self.burn, self.objective, self.long) if self.attainable else None


class BurnAlert(NamedTuple):
    """One alert, its pairs, and the specifications that promise what it defends."""

    rule: AlertRule
    pairs: tuple[Pair, ...]
    promised: tuple[Objective, ...] = ()

    @property
    def objective(self) -> Fraction:
        return self.pairs[0].objective


class BurnAlerts:
    """All burn-rate alerts of an environment."""

    kinds: ClassVar[frozenset[str]] = AlertRule.kinds
    looked_for: ClassVar[str] = "alerts that hold an error ratio over two windows against a burn rate"

    def __init__(self, found: Iterable[BurnAlert], complete: bool = True) -> None:
        self.found = tuple(found)
        self.complete = complete  # no alert has two windows against a number whose factors nobody can tell
        self._by_objective: dict[str, list[BurnAlert]] = {}
        for one in self.found:
            for objective in one.promised:
                self._by_objective.setdefault(objective.id, []).append(one)

    @classmethod
    def collect(cls, alerts: tuple[AlertRule, ...], recordings: Recordings, objectives: Objectives) -> Self:
        found, complete = [], True
        for rule in alerts:
            pairs = tuple(pairs_of(rule, recordings))
            if pairs:
                found.append(BurnAlert(rule, pairs, _promised(rule, pairs, objectives)))
            elif _over_two_windows(rule, recordings):
                complete = False
        return cls(found, complete)

    def of(self, objective: Objective) -> tuple[BurnAlert, ...]:
        """The alerts that defend one objective."""
        return tuple(self._by_objective.get(objective.id, ()))


def pairs_of(rule: AlertRule, recordings: Recordings) -> Iterator[Pair]:
    """The pairs of windows in a rule's expression."""
    try:
        alternatives = parsed(rule.expr).alternatives
    except NotPromQL:
        return
    for conditions in alternatives:
        burning = [(one, _factors(one), _window(one, recordings)) for one in conditions]
        known = [
            (window, factors, one.threshold)
            for one, factors, window in burning
            if factors is not None and window is not None and one.threshold is not None
        ]
        if len(known) != 2 or known[0][0] == known[1][0]:
            continue
        (short, _, low), (long, (burn, budget), high) = sorted(known, key=lambda one: one[0])
        yield Pair(burn, 1 - budget, long, short, high, low)


def _over_two_windows(rule: AlertRule, recordings: Recordings) -> bool:
    """Whether a rule holds something over two windows against one number."""
    try:
        alternatives = parsed(rule.expr).alternatives
    except NotPromQL:
        return False
    return any(
        len(conditions) == 2
        and conditions[0].threshold is not None
        and conditions[0].threshold == conditions[1].threshold
        and len({_window(one, recordings) for one in conditions}) == 2
        for conditions in alternatives
    )


def _factors(one: Comparison) -> tuple[Fraction, Fraction] | None:
    """Burn rate and error budget of a condition; None where it is no such product."""
    bound, numbers = one.threshold, one.numbers
    if one.operator not in (">", ">=") or bound is None or bound <= 0 or len(one.selectors) == 0:
        return None
    if len(numbers) == 3:
        for burn, whole, objective in (numbers, (numbers[2], numbers[0], numbers[1])):
            if whole == 1 and 0 < objective < 1 and burn * (1 - objective) == bound:
                return burn, 1 - objective
        return None
    if len(numbers) == 2:
        low, high = sorted(numbers)
        if high == 1 and bound == 1 - low:
            return Fraction(1), 1 - low
        if low * high == bound and 0 < low < 1 and high >= Fraction(1, 10):
            return high, low
    return None


def _window(one: Comparison, recordings: Recordings) -> Fraction | None:
    """The span over which a condition's ratio is taken, in seconds."""
    spans = set()
    for selector in one.selectors:
        if selector.window is not None:
            spans.add(Fraction(selector.window.total_seconds()))
            continue
        rule = recordings.of(selector.metric)
        recorded = _recorded_over(rule) if rule is not None else None
        named = _NAMED.search(selector.metric)
        if named is not None:
            try:
                spans.add(prometheus_seconds(named[1]))
                continue
            except ValueError:
                pass
        if recorded is not None:
            spans.add(recorded)
    return spans.pop() if len(spans) == 1 else None


def _recorded_over(rule: AlertRule) -> Fraction | None:
    try:
        spans = {one.window for one in parsed(rule.expr).selectors if one.window is not None}
    except NotPromQL:
        return None
    return Fraction(spans.pop().total_seconds()) if len(spans) == 1 else None


def _promised(rule: AlertRule, pairs: tuple[Pair, ...], objectives: Objectives) -> tuple[Objective, ...]:
    """The specifications that a rule belongs to: by labels that generators write, else by name and target."""
    labels = _labels(rule)
    named = {labels.get("sloth_id"), labels.get("slo")} - {None}
    by_name = tuple(one for one in objectives.objectives if one.id in named or one.name in named)
    if by_name or named:
        return by_name
    near = [
        one for one in objectives.objectives
        if abs(one.target - pairs[0].objective) < _NEAR
        and (one.alerting.name == rule.name or one.service in (labels.get("service"), labels.get("job")))
    ]  # fmt: skip
    return tuple(near) if len(near) == 1 or all(one.alerting.name == rule.name for one in near) else ()


def _labels(rule: AlertRule) -> dict[str, str]:
    """The rule's own labels, and those that its expression asks for."""
    found: dict[str, str] = {}
    try:
        for selector in parsed(rule.expr).selectors:
            found.update((one.name, one.value) for one in selector.matchers if one.operator == "=")
    except NotPromQL:
        pass
    return {**found, **rule.labels}


def differs(objective: Fraction, target: Fraction) -> bool:
    """Whether two targets differ by more than a generator's rounding."""
    return abs(objective - target) >= _NEAR


def unreachable(pair: Pair) -> Fraction:
    """The error ratio that a pair asks for; from 1 on there is none."""
    return max(pair.threshold, threshold(pair.burn, pair.objective))
