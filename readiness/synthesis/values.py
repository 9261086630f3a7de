"""What a PromQL expression gives on a few series, at one time.

Computes as Prometheus does, in floats and in the order of its engine, so that what is written into a test is
what promtool gets. Knows the functions and aggregations that alerts use; a test is not written for any other.
Ignored on purpose: native histograms, `@`, staleness markers.

Source:
    prometheus, promql/engine.go, promql/functions.go (extrapolatedRate, linearRegression, bucketQuantile).
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from readiness.errors import ReadinessError
from readiness.evidence.matchers import Matcher, Operator
from readiness.evidence.promql import COMPARISONS

LOOKBACK = 300  # seconds: promtool's own; at its end a sample still counts
NAME = "__name__"
_OPERATORS: Mapping[str, Operator] = {
    "MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~",
}  # fmt: skip


class NotComputed(ReadinessError):
    """The expression has a part that is not computed here."""


class Series(NamedTuple):
    """One series: its labels, the name among them, and a sample for each interval from the start."""

    labels: Mapping[str, str]
    samples: tuple[float | None, ...]


class Sample(NamedTuple):
    labels: Mapping[str, str]
    value: float


Vector = list[Sample]


class Data:
    """The series of a test."""

    def __init__(self, series: Sequence[Series], interval: int) -> None:
        self.series = tuple(series)
        self.interval = interval  # seconds
        self._by_name: dict[str, list[Series]] = {}
        for one in self.series:
            self._by_name.setdefault(one.labels[NAME], []).append(one)

    def named(self, name: str) -> Sequence[Series]:
        return self._by_name.get(name, ()) if name else self.series

    def points(self, series: Series, start: float, end: float) -> list[tuple[float, float]]:
        """Samples from `start` to `end`, both included."""
        first = max(0, math.ceil(start / self.interval))
        last = min(len(series.samples) - 1, math.floor(end / self.interval))
        return [
            (index * self.interval, value)
            for index in range(first, last + 1)
            if (value := series.samples[index]) is not None
        ]


def computed(node: Any, data: Data, at: float) -> Vector | float:
    """The value of an expression at a time, in seconds from the start.

    Raises:
        NotComputed: some part of it is not known here.
    """
    return _Engine(data).value(node, float(at))


def matchers_of(selector: Any) -> list[Matcher]:
    """The conditions of a VectorSelector, but for that on its name."""
    return [Matcher(one.name, _OPERATORS[str(one.op)], one.value) for one in selector.matchers.matchers]


class _Engine:
    def __init__(self, data: Data) -> None:
        self.data = data

    def value(self, node: Any, at: float) -> Vector | float:
        kind = type(node).__name__
        if kind == "NumberLiteral":
            return float(node.val)
        if kind == "ParenExpr":
            return self.value(node.expr, at)
        if kind == "UnaryExpr":
            found = self.value(node.expr, at)
            return -found if isinstance(found, float) else [Sample(_nameless(o), -v) for o, v in found]
        if kind == "VectorSelector":
            return self._instant(node, at)
        if kind == "AggregateExpr":
            return self._aggregated(node, at)
        if kind == "BinaryExpr":
            return self._operated(node, at)
        if kind == "Call":
            return self._called(node, at)
        raise NotComputed(f"a {kind} is not computed")

    def vector(self, node: Any, at: float) -> Vector:
        found = self.value(node, at)
        if isinstance(found, float):
            raise NotComputed("a number stands where series are expected")
        return found

    def scalar(self, node: Any, at: float) -> float:
        found = self.value(node, at)
        if not isinstance(found, float):
            raise NotComputed("series stand where a number is expected")
        return found

    # selectors

    def _selected(self, node: Any) -> Iterator[Series]:
        if node.at is not None:
            raise NotComputed("@ is not computed")
        matchers = [Matcher(one.name, _OPERATORS[str(one.op)], one.value) for one in node.matchers.matchers]
        for series in self.data.named(node.name or ""):
            if all(one.matches(series.labels.get(one.name, "")) for one in matchers):
                yield series

    def _instant(self, node: Any, at: float) -> Vector:
        when = at - _seconds(node.offset)
        found = []
        for series in self._selected(node):
            points = self.data.points(series, when - LOOKBACK, when)
            if points:
                found.append(Sample(series.labels, points[-1][1]))
        return found

    def windows(
        self, node: Any, at: float
    ) -> list[tuple[Mapping[str, str], list[tuple[float, float]], float, float]]:
        """Labels, samples, start and end of each series of a range."""
        kind = type(node).__name__
        if kind == "ParenExpr":
            return self.windows(node.expr, at)
        if kind == "SubqueryExpr":
            return self._subquery(node, at)
        if kind != "MatrixSelector":
            raise NotComputed("a range of series is expected")
        end = at - _seconds(node.vector_selector.offset)
        start = end - _seconds(node.range)
        return [
            (series.labels, points, start, end)
            for series in self._selected(node.vector_selector)
            if (points := self.data.points(series, start, end))
        ]

    def _subquery(
        self, node: Any, at: float
    ) -> list[tuple[Mapping[str, str], list[tuple[float, float]], float, float]]:
        if node.at is not None:
            raise NotComputed("@ is not computed")
        step = _seconds(node.step) or 60.0  # promtool: the interval of evaluation
        end = at - _seconds(node.offset)
        start = end - _seconds(node.range)
        found: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
        when = math.ceil(max(start, 0.0) / step) * step
        while when <= end:
            inner = self.value(node.expr, when)
            for labels, value in [Sample({}, inner)] if isinstance(inner, float) else inner:
                found.setdefault(tuple(sorted(labels.items())), []).append((when, value))
            when += step
        return [(dict(key), points, start, end) for key, points in found.items()]

    # aggregations

    def _aggregated(self, node: Any, at: float) -> Vector:
        operator = str(node.op)
        inner = self.vector(node.expr, at)
        groups: dict[tuple[tuple[str, str], ...], list[Sample]] = {}
        for one in inner:
            groups.setdefault(tuple(sorted(_grouped(one.labels, node.modifier).items())), []).append(one)
        if operator in ("topk", "bottomk"):
            count = int(self.scalar(node.param, at))
            return [
                one
                for listed in groups.values()
                for one in sorted(listed, key=lambda s: s.value, reverse=operator == "topk")[:count]
            ]
        if operator == "quantile":
            share = self.scalar(node.param, at)
            return [Sample(dict(key), _quantile(share, [o.value for o in g])) for key, g in groups.items()]
        if operator == "count_values":
            return _values_counted(str(node.param.val), groups)
        if operator not in AGGREGATIONS:
            raise NotComputed(f"{operator} is not computed")
        compute = AGGREGATIONS[operator]
        return [Sample(dict(key), compute([one.value for one in group])) for key, group in groups.items()]

    # operators

    def _operated(self, node: Any, at: float) -> Vector | float:
        operator = str(node.op)
        left, right = self.value(node.lhs, at), self.value(node.rhs, at)
        boolean = node.modifier is not None and bool(node.modifier.return_bool)
        if isinstance(left, float) and isinstance(right, float):
            return _operate(operator, left, right)
        if isinstance(left, float) or isinstance(right, float):
            return self._with_scalar(operator, left, right, boolean)
        if operator in ("and", "or", "unless"):
            return _sets(operator, left, right, node.modifier)
        return _joined(operator, left, right, node.modifier, boolean)

    def _with_scalar(
        self, operator: str, left: Vector | float, right: Vector | float, boolean: bool
    ) -> Vector:
        found = []
        vector = right if isinstance(left, float) else left
        assert not isinstance(vector, float)
        for labels, value in vector:
            one = left if isinstance(left, float) else value
            other = right if isinstance(right, float) else value
            result = _operate(operator, one, other)
            if boolean or operator not in COMPARISONS:
                found.append(Sample(_nameless(labels), result))
            elif result:
                found.append(Sample(labels, value))
        return found

    # functions

    def _called(self, node: Any, at: float) -> Vector | float:
        name, args = node.func.name, node.args
        if name == "time":
            return at
        if name == "pi":
            return math.pi
        if name == "vector":
            return [Sample({}, self.scalar(args[0], at))]
        if name == "scalar":
            inner = self.vector(args[0], at)
            return inner[0].value if len(inner) == 1 else math.nan
        if name == "absent":
            return [] if self.vector(args[0], at) else [Sample(_of_absent(args[0]), 1.0)]
        if name == "absent_over_time":
            return [] if self.windows(args[0], at) else [Sample(_of_absent(args[0]), 1.0)]
        if name in OVER_TIME:
            compute = OVER_TIME[name]
            return [
                Sample(_nameless(labels), compute([value for _, value in points]))
                for labels, points, _, _ in self.windows(args[0], at)
            ]
        if name == "last_over_time":
            return [Sample(labels, points[-1][1]) for labels, points, _, _ in self.windows(args[0], at)]
        if name == "quantile_over_time":
            share = self.scalar(args[0], at)
            return [
                Sample(_nameless(labels), _quantile(share, [value for _, value in points]))
                for labels, points, _, _ in self.windows(args[1], at)
            ]
        if name in RANGES:
            return self._over_range(name, args, at)
        if name == "histogram_quantile":
            return self._histogram(self.scalar(args[0], at), self.vector(args[1], at))
        if name in ("label_replace", "label_join"):
            return self._relabelled(name, args, at)
        if name in EACH:
            return self._each(name, args, at)
        if name in ("sort", "sort_desc"):
            return self.vector(args[0], at)
        if name == "timestamp":
            return [Sample(_nameless(one.labels), at) for one in self.vector(args[0], at)]
        raise NotComputed(f"{name} is not computed")

    def _each(self, name: str, args: Sequence[Any], at: float) -> Vector:
        more = [self.scalar(one, at) for one in args[1:]]
        return [
            Sample(_nameless(labels), EACH[name](value, *more)) for labels, value in self.vector(args[0], at)
        ]

    def _over_range(self, name: str, args: Sequence[Any], at: float) -> Vector:
        found = []
        ahead = self.scalar(args[1], at) if name == "predict_linear" else 0.0
        for labels, points, start, end in self.windows(args[0], at):
            if len(points) < 2:
                continue
            if name in ("rate", "increase", "delta"):
                value = _extrapolated(points, start, end, counter=name != "delta", rate=name == "rate")
            elif name in ("irate", "idelta"):
                (then, before), (now, last) = points[-2:]
                change = last if name == "irate" and last < before else last - before
                value = change / (now - then) if name == "irate" else change
            else:
                slope, intercept = _regression(points, at if name == "predict_linear" else points[0][0])
                value = slope * ahead + intercept if name == "predict_linear" else slope
            found.append(Sample(_nameless(labels), value))
        return found

    def _histogram(self, share: float, inner: Vector) -> Vector:
        groups: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
        for labels, value in inner:
            if "le" in labels:
                rest = {key: one for key, one in _nameless(labels).items() if key != "le"}
                bound = math.inf if labels["le"] == "+Inf" else float(labels["le"])
                groups.setdefault(tuple(sorted(rest.items())), []).append((bound, value))
        return [Sample(dict(key), _bucket_quantile(share, sorted(b))) for key, b in groups.items()]

    def _relabelled(self, name: str, args: Sequence[Any], at: float) -> Vector:
        inner = self.vector(args[0], at)
        texts = [str(getattr(one, "val", "")) for one in args[1:]]
        found = []
        for labels, value in inner:
            new = dict(labels)
            if name == "label_join":
                new[texts[0]] = texts[1].join(labels.get(one, "") for one in texts[2:])
            else:
                target, replacement, source, pattern = texts
                try:
                    matched = re.fullmatch(pattern, labels.get(source, ""))
                except re.error as wrong:
                    raise NotComputed(f"the pattern {pattern} is not computed") from wrong
                if matched is not None:
                    new[target] = matched.expand(re.sub(r"\$\{?(\w+)\}?", r"\\g<\1>", replacement))
            found.append(Sample({key: text for key, text in new.items() if text}, value))
        return found


def _seconds(found: timedelta | None) -> float:
    return found.total_seconds() if found is not None else 0.0


def _nameless(labels: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in labels.items() if name != NAME}


def _grouped(labels: Mapping[str, str], modifier: Any) -> dict[str, str]:
    if modifier is None:
        return {}
    named = frozenset(modifier.labels)
    by = str(modifier.type).endswith("By")
    return {name: value for name, value in _nameless(labels).items() if (name in named) == by}


def _key(labels: Mapping[str, str], modifier: Any) -> tuple[tuple[str, str], ...]:
    """By what two sides of an operation are matched."""
    matching = modifier.matching if modifier is not None else None
    plain = _nameless(labels)
    if matching is None:
        return tuple(sorted(plain.items()))
    named = frozenset(matching.labels)
    on = str(matching.type).endswith("Include")
    return tuple(sorted((name, value) for name, value in plain.items() if (name in named) == on))


def _sets(operator: str, left: Vector, right: Vector, modifier: Any) -> Vector:
    theirs = {_key(one.labels, modifier) for one in right}
    if operator == "and":
        return [one for one in left if _key(one.labels, modifier) in theirs]
    if operator == "unless":
        return [one for one in left if _key(one.labels, modifier) not in theirs]
    ours = {_key(one.labels, modifier) for one in left}
    return [*left, *(one for one in right if _key(one.labels, modifier) not in ours)]


def _joined(operator: str, left: Vector, right: Vector, modifier: Any, boolean: bool) -> Vector:
    card = str(modifier.card).rpartition(".")[2] if modifier is not None else "OneToOne"
    swapped = card == "OneToMany"
    many, one = (right, left) if swapped else (left, right)
    singles: dict[tuple[tuple[str, str], ...], Sample] = {}
    for sample in one:
        if singles.setdefault(_key(sample.labels, modifier), sample) is not sample:
            raise NotComputed("several series match on one side")
    found: Vector = []
    seen: set[tuple[tuple[str, str], ...]] = set()
    for sample in many:
        key = _key(sample.labels, modifier)
        other = singles.get(key)
        if other is None:
            continue
        if card == "OneToOne" and key in seen:
            raise NotComputed("several series match on both sides")
        seen.add(key)
        first, second = (other.value, sample.value) if swapped else (sample.value, other.value)
        result = _operate(operator, first, second)
        compared = operator in COMPARISONS
        if compared and not boolean and not result:
            continue
        value = first if compared and not boolean else result
        labels = _joined_labels(sample, other, modifier, card, compared and not boolean)
        found.append(Sample(labels, value))
    return found


def _joined_labels(
    sample: Sample, other: Sample, modifier: Any, card: str, keeps_name: bool
) -> Mapping[str, str]:
    labels = dict(sample.labels) if keeps_name else _nameless(sample.labels)
    matching = modifier.matching if modifier is not None else None
    if card == "OneToOne" and matching is not None:
        named = frozenset(matching.labels)
        on = str(matching.type).endswith("Include")
        labels = {name: value for name, value in labels.items() if (name in named) == on}
    for name in (modifier.group_labels or ()) if modifier is not None and card != "OneToOne" else ():
        labels.pop(name, None)
        if other.labels.get(name):
            labels[name] = other.labels[name]
    return labels


def _values_counted(label: str, groups: Mapping[tuple[tuple[str, str], ...], list[Sample]]) -> Vector:
    found: dict[tuple[tuple[str, str], ...], float] = {}
    for key, group in groups.items():
        for one in group:
            if one.value != int(one.value) or abs(one.value) >= 1e21:
                raise NotComputed("values that are no whole numbers are not counted")
            new = tuple(sorted({**dict(key), label: str(int(one.value))}.items()))
            found[new] = found.get(new, 0.0) + 1
    return [Sample(dict(key), count) for key, count in found.items()]


def _operate(operator: str, left: float, right: float) -> float:
    if operator == "/":
        if right:
            return left / right
        return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)
    if operator == "%":
        return math.fmod(left, right) if right else math.nan
    compute = OPERATIONS.get(operator)
    if compute is None:
        raise NotComputed(f"{operator} is not computed")
    try:
        return float(compute(left, right))
    except OverflowError as wrong:
        raise NotComputed("the numbers are too large") from wrong


OPERATIONS: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "^": lambda a, b: a**b,
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, ">": lambda a, b: a > b, "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b,
}  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _deviation(values: Sequence[float]) -> float:
    """The standard deviation, in Prometheus' own order of steps (Welford's)."""
    middle = spread = 0.0
    for count, value in enumerate(values, start=1):
        before = value - middle
        middle += before / count
        spread += before * (value - middle)
    return math.sqrt(spread / len(values))


def _quantile(share: float, values: Sequence[float]) -> float:
    ordered = sorted(values)
    rank = share * (len(ordered) - 1)
    low, high = max(0, math.floor(rank)), min(len(ordered) - 1, math.floor(rank) + 1)
    weight = rank - math.floor(rank)
    return ordered[low] * (1 - weight) + ordered[high] * weight


def _changes(values: Sequence[float]) -> float:
    return float(sum(1 for before, after in pairwise(values) if before != after))


def _resets(values: Sequence[float]) -> float:
    return float(sum(1 for before, after in pairwise(values) if after < before))


AGGREGATIONS: Mapping[str, Callable[[list[float]], float]] = {
    "sum": math.fsum, "min": min, "max": max, "avg": _mean, "group": lambda _: 1.0,
    "count": lambda values: float(len(values)), "stddev": _deviation,
    "stdvar": lambda values: _deviation(values) ** 2,
}  # fmt: skip
OVER_TIME: Mapping[str, Callable[[list[float]], float]] = {
    "sum_over_time": math.fsum, "min_over_time": min, "max_over_time": max, "avg_over_time": _mean,
    "count_over_time": lambda values: float(len(values)), "present_over_time": lambda _: 1.0,
    "stddev_over_time": _deviation, "changes": _changes, "resets": _resets,
}  # fmt: skip
RANGES = frozenset({"rate", "increase", "delta", "irate", "idelta", "deriv", "predict_linear"})
EACH: Mapping[str, Callable[..., float]] = {
    "abs": abs, "ceil": lambda v: float(math.ceil(v)), "floor": lambda v: float(math.floor(v)),
    "exp": math.exp, "sqrt": math.sqrt, "ln": math.log, "log2": math.log2, "log10": math.log10,
    "sgn": lambda v: float((v > 0) - (v < 0)), "clamp_min": max, "clamp_max": min,
    "clamp": lambda v, low, high: max(low, min(high, v)),
    "round": lambda v, to=1.0: math.floor(v * (1 / to) + 0.5) / (1 / to),
}  # fmt: skip


def _extrapolated(
    points: list[tuple[float, float]], start: float, end: float, *, counter: bool, rate: bool
) -> float:
    """The change over a window, as Prometheus extrapolates it to the window's ends."""
    (first_at, first), (last_at, last) = points[0], points[-1]
    result = last - first
    if counter:
        values = [value for _, value in points]
        result += sum(before for before, after in pairwise(values) if after < before)
    to_start, to_end = first_at - start, end - last_at
    sampled = last_at - first_at
    average = sampled / (len(points) - 1)
    if counter and result > 0 and first >= 0:
        to_start = min(to_start, sampled * (first / result))
    threshold = average * 1.1
    extended = sampled
    extended += to_start if to_start < threshold else average / 2
    extended += to_end if to_end < threshold else average / 2
    factor = extended / sampled
    if rate:
        factor /= end - start
    return result * factor


def _regression(points: list[tuple[float, float]], origin: float) -> tuple[float, float]:
    """Slope, and value at `origin`, of the line of least squares."""
    if all(value == points[0][1] for _, value in points):
        return 0.0, points[0][1]
    count = float(len(points))
    xs = [when - origin for when, _ in points]
    ys = [value for _, value in points]
    sum_x, sum_y = math.fsum(xs), math.fsum(ys)
    covariance = math.fsum(x * y for x, y in zip(xs, ys, strict=True)) - sum_x * sum_y / count
    variance = math.fsum(x * x for x in xs) - sum_x * sum_x / count
    slope = covariance / variance
    return slope, sum_y / count - slope * sum_x / count


def _bucket_quantile(share: float, buckets: list[tuple[float, float]]) -> float:
    if len(buckets) < 2 or buckets[-1][0] != math.inf or not buckets[-1][1]:
        return math.nan
    rank = share * buckets[-1][1]
    index = next(number for number, (_, count) in enumerate(buckets) if count >= rank)
    if index == len(buckets) - 1:
        return buckets[-2][0]
    if index == 0 and buckets[0][0] <= 0:
        return buckets[0][0]
    high, count = buckets[index]
    low = 0.0
    if index:
        low, below = buckets[index - 1]
        count, rank = count - below, rank - below
    return low + (high - low) * (rank / count)


def _of_absent(node: Any) -> dict[str, str]:
    """The labels that `absent` gives: those that a plain selector asks for by equality, each asked once."""
    while type(node).__name__ == "ParenExpr":
        node = node.expr
    selector = getattr(node, "vector_selector", node)
    if type(selector).__name__ != "VectorSelector":
        return {}
    found: dict[str, str] = {}
    twice = set()
    for one in selector.matchers.matchers:
        if one.name == NAME:
            continue
        if str(one.op) == "MatchOp.Equal" and one.name not in found:
            found[one.name] = one.value
        else:
            twice.add(one.name)
    return {name: value for name, value in found.items() if value and name not in twice}
