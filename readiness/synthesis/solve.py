"""Series on which a condition is true, or false: chosen by going from a threshold back to what is read.

A comparison with a number wants a value of its other side, and that value is handed down: through sums to one
series, through a rate to a slope, through a ratio to a part and a rest. Nobody has to trust the way: whoever
asks computes the expression on the series and takes them only where it gives what was wanted.
"""

import math
import operator as operators
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from readiness.evidence.matchers import Matcher
from readiness.evidence.promql import COMPARISONS, MIRRORED, bare, constant
from readiness.synthesis.choices import (
    above,
    below,
    examples,
    examples_beside,
    inverse_left,
    inverse_right,
    whole_beyond,
)
from readiness.synthesis.nodes import (
    between,
    compares,
    counts,
    first_vector,
    of_steps,
    selector,
    selectors,
    telling_apart,
    window,
    without_factor,
)
from readiness.synthesis.series import Line, NotSolved, spelled
from readiness.synthesis.values import NAME, matchers_of

NEGATED = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}
HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operators.gt, "<": operators.lt, ">=": operators.ge, "<=": operators.le, "==": operators.eq,
    "!=": operators.ne,
}  # fmt: skip
MOST_COPIES = 20
SHARED = 10  # series of which a part meets a condition
Key = tuple[tuple[str, str], ...]


class Solver:
    """The series that are chosen so far, by their labels."""

    def __init__(
        self, labels: frozenset[str], defaults: Mapping[str, str], end: float, strategy: int
    ) -> None:
        self.lines: dict[Key, Line] = {}
        self._labels = labels  # that each series is to have, where nothing else is asked
        self._defaults = defaults
        self._end = end
        self._strategy = strategy
        self._over: dict[str, str] = {}

    # conditions

    def true(self, node: Any) -> None:
        """Chooses series on which the expression gives something."""
        kind = type(node).__name__
        if kind in ("ParenExpr", "UnaryExpr", "SubqueryExpr"):
            self.true(node.expr)
        elif kind == "BinaryExpr":
            self._operation(node, True)
        elif kind == "AggregateExpr" and compares(node.expr):
            self.true(node.expr)
        elif kind == "Call":
            self._call(node, True)
        else:
            self._present(node)

    def _present(self, node: Any) -> None:
        read = list(selectors(node))
        if not read or any(self._key(one) not in self.lines for one in read):
            self.number(node, 1.0)

    def false(self, node: Any) -> None:
        """Chooses series on which it gives nothing, and there are some where there can be."""
        kind = type(node).__name__
        if kind in ("ParenExpr", "UnaryExpr", "SubqueryExpr", "AggregateExpr"):
            self.false(node.expr)
        elif kind == "BinaryExpr":
            self._operation(node, False)
        elif kind == "Call":
            self._call(node, False)
        # a plain selector gives nothing where it reads no series

    def _call(self, node: Any, wanted: bool) -> None:
        name = node.func.name
        if name in ("absent", "absent_over_time"):
            (self.false if wanted else self.true)(node.args[0])
        elif constant(node)[0] is not None:
            if not wanted:
                raise NotSolved("it always fires")
        elif wanted and not compares(node):
            self._present(node)
        else:
            argument = node.args[-1] if name == "histogram_quantile" else first_vector(node)
            (self.true if wanted else self.false)(argument)

    def _operation(self, node: Any, wanted: bool) -> None:
        operator = str(node.op)
        if operator in COMPARISONS:
            self._relation(node, operator if wanted else NEGATED[operator])
        elif operator == "and":
            (self.true if wanted else self.false)(node.lhs)
            if wanted:
                self.true(node.rhs)
            else:
                self._softly(node.rhs)
        elif operator == "or":
            if wanted:
                self._either(node)
            else:
                self.false(node.lhs)
                self.false(node.rhs)
        elif operator == "unless":
            (self.true if wanted else self.false)(node.lhs)
            self.false(node.rhs)
        elif wanted:
            self._present(node)
        else:
            self.false(node.lhs)

    def _softly(self, node: Any) -> None:
        """Also false, if that can be had: what is left out is false by itself."""
        before = {key: (line.value, line.slope, line.steps) for key, line in self.lines.items()}
        try:
            self.false(node)
        except NotSolved:
            for key in list(self.lines):
                if key not in before:
                    del self.lines[key]
                else:
                    line = self.lines[key]
                    line.value, line.slope, line.steps = before[key]

    def _either(self, node: Any) -> None:
        before = set(self.lines)
        try:
            self.true(node.lhs)
        except NotSolved:
            for key in set(self.lines) - before:
                del self.lines[key]
            self.true(node.rhs)

    def _relation(self, node: Any, operator: str) -> None:
        left, right = node.lhs, node.rhs
        threshold = constant(right)[0]
        if threshold is None and constant(left)[0] is not None:
            left, right, operator = right, left, MIRRORED.get(operator, operator)
            threshold = constant(right)[0]
        known = self._known(left)
        if threshold is not None and known is not None and HOLDS[operator](known, float(threshold)):
            return
        middle = between(left, operator, threshold)
        if middle is not None:
            self.number(bare(left).lhs, middle)
            return
        if threshold is not None and of_steps(left):
            self.number(left, 1.0 if operator in (">", ">=", "!=") else 0.0)
            return
        if threshold is not None:
            self.number(left, self._beyond(operator, float(threshold), counts(left)))
            return
        ours, other = self._known(left), self._known(right)
        if other is None and ours is not None:
            self.number(right, self._beyond(MIRRORED.get(operator, operator), ours, counts(right)))
            return
        if other is None:
            other = 4.0 if counts(left) or counts(right) else 100.0
            self.number(right, other)
        self.number(left, self._beyond(operator, other, counts(left)))

    def _known(self, node: Any) -> float | None:
        """The value that it has by the series that are chosen; None where it is still open."""
        kind = type(node).__name__
        if kind in ("ParenExpr", "SubqueryExpr"):
            return self._known(node.expr)
        if kind == "AggregateExpr" and str(node.op) in ("sum", "avg", "min", "max", "topk", "bottomk"):
            return self._known(node.expr)
        if kind == "BinaryExpr" and str(node.op) == "or":
            return self._known(node.lhs)
        if kind == "VectorSelector":
            line = self.lines.get(self._key(node))
            return line.value if line is not None else None
        if kind == "MatrixSelector":
            return self._known(node.vector_selector)
        if kind == "Call" and node.func.name in ("rate", "irate", "increase") and self._over.keys() <= {"le"}:
            line = self.lines.get(self._key(selector(node)))
            if line is None or line.slope is None:
                return None
            return line.slope * (window(node.args[0]) if node.func.name == "increase" else 1.0)
        if kind == "Call" and node.func.name in KEEPING:
            return self._known(first_vector(node))
        return None

    def _beyond(self, operator: str, threshold: float, whole: bool) -> float:
        if whole:
            return whole_beyond(operator, threshold, self._strategy)
        if operator == "==":
            return threshold
        if operator == "!=":
            return 0.0 if threshold else 1.0
        if operator in (">=", "<=") and self._strategy == 2:
            return threshold
        if operator in (">", ">="):
            return above(threshold, self._strategy)
        if operator == "<=" and threshold == 0:
            return (0.0, -1.0, -100.0)[self._strategy]
        return below(threshold, self._strategy)

    # numbers

    def number(self, node: Any, value: float) -> None:
        """Chooses series on which the expression has a value.

        Raises:
            NotSolved: no way is known.
        """
        kind = type(node).__name__
        known = constant(node)[0]
        if known is not None:
            if not math.isclose(float(known), value):
                raise NotSolved("a number would have to be another")
        elif kind in ("ParenExpr", "SubqueryExpr"):
            self.number(node.expr, value)
        elif kind == "UnaryExpr":
            self.number(node.expr, -value)
        elif kind == "VectorSelector":
            self._line(node).set("value", value)
        elif kind == "MatrixSelector":
            self._line(node.vector_selector).set("value", value)
        elif kind == "AggregateExpr":
            self._aggregate(node, value)
        elif kind == "BinaryExpr":
            self._arithmetic(node, value)
        elif kind == "Call":
            self._function(node, value)
        else:
            raise NotSolved(f"a {kind} is not followed")

    def _aggregate(self, node: Any, value: float) -> None:
        operator = str(node.op)
        if operator in ("sum", "avg", "min", "max", "topk", "bottomk", "quantile"):
            self.number(node.expr, value)
        elif operator == "group" and value == 1:
            self.true(node.expr)
        elif operator == "count":
            self._copies(node, value)
        elif operator in ("stddev", "stdvar") and value >= 0:
            self._spread(node, value if operator == "stddev" else math.sqrt(value))
        else:
            raise NotSolved(f"{operator} is not followed")

    def _copies(self, node: Any, value: float) -> None:
        count = round(value)
        if count != value or not 1 <= count <= MOST_COPIES:
            raise NotSolved(f"{value:g} series can't be chosen")
        label = telling_apart(node)
        for index in range(1, count + 1):
            with self._with({label: f"{self._default(label)}-{index}"} if count > 1 else {}):
                if type(node.expr).__name__ == "AggregateExpr" and str(node.expr.op) == "count_values":
                    self.number(node.expr.expr, float(index))
                else:
                    self.true(node.expr)

    def _spread(self, node: Any, deviation: float) -> None:
        """Two series, each that far from the middle between them."""
        label = telling_apart(node)
        for index in (1, 2):
            with self._with({label: f"{self._default(label)}-{index}"}):
                self.number(node.expr, 1.0 if index == 1 else 1.0 + 2 * deviation)

    def _arithmetic(self, node: Any, value: float) -> None:
        operator = str(node.op)
        if operator in COMPARISONS:
            self._compared(node, operator, value)
            return
        if operator in ("and", "unless"):
            self.number(node.lhs, value)
            (self.true if operator == "and" else self.false)(node.rhs)
            return
        if operator == "or":
            self.number(node.lhs, value)
            return
        left, right = self._constant(node.lhs), self._constant(node.rhs)
        if left is not None:
            self.number(node.rhs, inverse_right(operator, left, value))
        elif right is not None:
            self.number(node.lhs, inverse_left(operator, right, value))
        elif operator == "/":
            self._ratio(node, value)
        elif operator == "*":
            self.number(node.rhs, 1.0)
            self.number(node.lhs, value)
        elif operator == "-":
            left, right = self._known(node.lhs), self._known(node.rhs)
            if right is None:
                right = left - value if left is not None else 100.0 if value >= 0 else 100.0 - value
                self.number(node.rhs, right)
            if left is None:
                self.number(node.lhs, value + right)
        elif operator == "+":
            left, right = self._known(node.lhs), self._known(node.rhs)
            if left is None:
                left = value / 2 if right is None else value - right
                self.number(node.lhs, left)
            if right is None:
                self.number(node.rhs, value - left)
        else:
            raise NotSolved(f"{operator} is not followed")

    def _compared(self, node: Any, operator: str, value: float) -> None:
        if node.modifier is not None and node.modifier.return_bool:
            if value not in (0.0, 1.0):
                raise NotSolved("a comparison with bool gives 0 or 1")
            self._relation(node, operator if value else NEGATED[operator])
            return
        self.number(node.lhs, value)
        if constant(node.rhs)[0] is None:
            self.number(node.rhs, self._beyond(MIRRORED.get(operator, operator), value, counts(node.rhs)))

    def _constant(self, node: Any) -> float | None:
        known = constant(node)[0]
        if known is not None:
            return float(known)
        return self._end if node.prettify() == "time()" else None

    def _ratio(self, node: Any, value: float) -> None:
        """A part of a whole where both read the same series, else two numbers."""
        left, value = without_factor(node.lhs, value)
        if counts(left) and counts(node.rhs):
            self._share(left, node.rhs, value)
            return
        whole = self._known(node.rhs) or (4.0 if counts(node.rhs) else 100.0)
        apart = self._apart(left, node.rhs)
        if apart is None:
            part = self._known(left)
            if part is None:
                self.number(left, value * whole)
            elif value:
                whole = part / value
            if self._known(node.rhs) is None:
                self.number(node.rhs, whole)
            return
        name, other = apart
        if not 0 <= value <= 1:
            raise NotSolved("a part would be more than its whole")
        self.number(left, value * whole)
        with self._with({name: other}):
            self.number(node.rhs, (1 - value) * whole)

    def _apart(self, part: Any, whole: Any) -> tuple[str, str] | None:
        """A label, and its value in the rest of a whole; None where the two read different series."""
        for one in selectors(part):
            labels = dict(self._key(one))
            for other in selectors(whole):
                theirs = matchers_of(other)
                same = one.name and one.name == other.name
                if not same or not all(their.matches(labels.get(their.name, "")) for their in theirs):
                    continue
                for matcher in matchers_of(one):
                    for value in examples_beside(matcher):
                        fits = all(their.matches(value) for their in theirs if their.name == matcher.name)
                        if matcher.name != NAME and fits and not matcher.matches(value):
                            return matcher.name, value
        return None

    def _share(self, part: Any, whole: Any, value: float) -> None:
        """Some of a few series meet a condition, the others don't."""
        part, whole = bare(part), bare(whole)
        if not compares(part.expr) or not 0 <= value <= 1:
            raise NotSolved("a count would be more than that of all")
        label = telling_apart(whole)
        meeting = round(value * SHARED)
        for index in range(1, SHARED + 1):
            with self._with({label: f"{self._default(label)}-{index}"}):
                (self.true if index <= meeting else self.false)(part.expr)
                self.true(whole.expr)

    def _function(self, node: Any, value: float) -> None:
        name = node.func.name
        if name == "histogram_quantile":
            self._histogram(node, value)
            return
        if name in ("absent", "absent_over_time"):
            self.false(node.args[0])
            return
        argument = first_vector(node)
        length = window(argument)
        if name in ("rate", "irate", "increase", "delta", "deriv"):
            self._slope(argument, value / length if name in ("increase", "delta") else value)
        elif name == "predict_linear":
            self._predicted(node, value)
        elif name in ("changes", "resets"):
            if value > 0:
                self._line(selector(argument)).set("steps", 1.0)
            else:
                self._present(argument)
        elif name in KEEPING:
            self.number(argument, value)
        else:
            raise NotSolved(f"{name} is not followed")

    def _slope(self, argument: Any, slope: float) -> None:
        if type(argument).__name__ == "SubqueryExpr":
            raise NotSolved("a rate of a subquery is not followed")
        self._line(selector(argument)).set("slope", slope)

    def _predicted(self, node: Any, value: float) -> None:
        ahead = constant(node.args[1])[0]
        if not ahead:
            raise NotSolved("predict_linear of a time that is no number")
        line = self._line(selector(node.args[0]))
        if line.value is None:
            line.set("value", max(2 * abs(value), 100.0))
        assert line.value is not None
        line.set("slope", (value - line.value) / float(ahead))

    def _histogram(self, node: Any, value: float) -> None:
        """All that is measured lies in one bucket, from the half of the value on."""
        share = constant(node.args[0])[0]
        if not share or value <= 0:
            raise NotSolved("a quantile of this value is not followed")
        low = value / 2
        high = low + (value - low) / float(share)
        for bound, count in ((spelled(low), 0.0), (spelled(high), 10.0), ("+Inf", 10.0)):
            with self._with({"le": bound}):
                self.number(node.args[1], count)

    # series

    def _line(self, selector: Any) -> Line:
        return self.lines.setdefault(self._key(selector), Line())

    @contextmanager
    def _with(self, over: Mapping[str, str]) -> Iterator[None]:
        before = self._over
        self._over = {**before, **over}
        try:
            yield
        finally:
            self._over = before

    def _default(self, label: str) -> str:
        return self._defaults.get(label, f"{label}-1")

    def _key(self, node: Any) -> Key:
        """The labels of the series that a selector reads."""
        asked: dict[str, list[Matcher]] = {}
        for one in matchers_of(node):
            asked.setdefault(one.name, []).append(one)
        name = node.name or self._value(NAME, asked.pop(NAME, []))
        asked.pop(NAME, None)
        if not name:
            raise NotSolved("a selector has no name")
        labels = {NAME: name}
        for label in sorted({*asked, *self._labels, *self._over}):
            value = self._value(label, asked.get(label, []))
            if value:
                labels[label] = value
        return tuple(sorted(labels.items()))

    def _value(self, label: str, matchers: list[Matcher]) -> str:
        candidates = []
        if label in self._over:
            candidates.append(self._over[label])
        for one in matchers:
            if one.operator == "=":
                candidates.append(one.value)
            elif one.operator == "=~":
                candidates.extend(examples(one.value))
        if label != NAME:
            candidates += [self._default(label), f"{label}-2", "1", ""]
        for value in candidates:
            if all(one.matches(value) for one in matchers):
                return value
        raise NotSolved(f"no value of {label} was found for {', '.join(map(str, matchers))}")


KEEPING = frozenset(
    {"avg_over_time", "min_over_time", "max_over_time", "last_over_time", "quantile_over_time", "abs", "ceil",
     "floor", "round", "clamp", "clamp_min", "clamp_max", "label_replace", "label_join", "sort", "sort_desc",
     "scalar"}
)  # fmt: skip
