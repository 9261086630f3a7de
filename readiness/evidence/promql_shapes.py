"""Expressions of the plain shapes that people write thresholds on: one series, or the ratio of two.

Ignored on purpose: every other shape. Nothing is known of it, and no check says anything about it.
"""

from fractions import Fraction
from typing import Any, NamedTuple

from readiness.evidence.promql import NotPromQL, Selector, constant, parsed

# What changes neither the unit of a value nor takes it out of the range of its series.
WITHIN = frozenset(
    {"max", "min", "avg", "quantile", "max_over_time", "min_over_time", "avg_over_time", "last_over_time",
     "quantile_over_time", "topk", "bottomk"}
)  # fmt: skip
RATES = frozenset({"rate", "irate", "increase"})


class Read(NamedTuple):
    """One series as an expression reads it: `max by (pod) (x{…}) / 1024` has the factor 1/1024."""

    selector: Selector
    functions: tuple[str, ...]  # from the outside in, aggregations too
    factor: Fraction = Fraction(1)
    groupings: tuple[str, ...] = ()  # of the aggregations, as they are written

    @property
    def in_range(self) -> bool:
        """Whether it is never above the highest of its series, nor below the lowest."""
        return WITHIN.issuperset(self.functions)


class Ratio(NamedTuple):
    """One series divided by another."""

    part: Read
    whole: Read
    factor: Fraction = Fraction(1)


class Until(NamedTuple):
    """The time from now until that which a series says: `x - time()`, in seconds."""

    read: Read
    factor: Fraction = Fraction(1)


class Counted(NamedTuple):
    """How many series there are, or how many of them are 1: `count(up == 1)`, `sum(up)`."""

    selector: Selector
    factor: Fraction = Fraction(1)


Shape = Read | Ratio | Until | Counted


def shape_of(text: str) -> Shape | None:
    """The shape of an expression; None where it is no plain one."""
    try:
        return _shape(parsed(text).node)
    except NotPromQL:
        return None


def _shape(node: Any) -> Shape | None:
    kind = type(node).__name__
    if kind == "ParenExpr":
        return _shape(node.expr)
    if kind == "BinaryExpr":
        return _of_operation(node)
    return _counted(node) or _read(node)


def _counted(node: Any) -> Counted | None:
    operator = str(node.op) if type(node).__name__ == "AggregateExpr" and node.modifier is None else ""
    inner: Any = node.expr if operator in ("count", "sum") else None
    while type(inner).__name__ == "ParenExpr":
        inner = inner.expr
    if operator == "count" and type(inner).__name__ == "BinaryExpr":
        if str(inner.op) != "==" or constant(inner.rhs)[0] != 1:
            return None
        inner = inner.lhs
    read = _read(inner) if type(inner).__name__ == "VectorSelector" else None
    if read is None or (operator == "sum" and read.selector.metric != "up"):
        return None
    return Counted(read.selector)


def _of_operation(node: Any) -> Shape | None:
    operator = str(node.op)
    if operator == "-" and str(node.rhs.prettify()) == "time()":
        read = _read(node.lhs)
        return Until(read) if read is not None else None
    if operator not in ("*", "/"):
        return None
    left, right = constant(node.lhs)[0], constant(node.rhs)[0]
    if right:
        inner = _shape(node.lhs)
        return inner and inner._replace(factor=inner.factor * (right if operator == "*" else 1 / right))
    if left and operator == "*":
        inner = _shape(node.rhs)
        return inner and inner._replace(factor=inner.factor * left)
    if left is not None or right is not None or operator == "*":
        return None
    part, whole = _shape(node.lhs), _shape(node.rhs)
    if isinstance(part, Read) and isinstance(whole, Read):
        return Ratio(part, whole, part.factor / whole.factor)
    return None


def _read(node: Any, functions: tuple[str, ...] = (), groupings: tuple[str, ...] = ()) -> Read | None:
    kind = type(node).__name__
    if kind == "ParenExpr":
        return _read(node.expr, functions, groupings)
    if kind == "AggregateExpr":
        grouping = _grouping(node.modifier)
        return _read(node.expr, (*functions, str(node.op)), (*groupings, grouping))
    if kind == "Call":
        vectors = [one for one in node.args if constant(one)[0] is None]
        return _read(vectors[0], (*functions, node.func.name), groupings) if len(vectors) == 1 else None
    if kind in ("VectorSelector", "MatrixSelector"):
        (selector,) = parsed(node.prettify()).selectors
        return Read(selector, functions, groupings=groupings)
    return None


def _grouping(modifier: Any) -> str:
    return "" if modifier is None else f"{modifier.type} {sorted(modifier.labels)}"
