"""Parts of a parsed expression that are asked for when series are chosen for it."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from readiness.evidence.promql import COMPARISONS, bare, children, constant
from readiness.synthesis.series import NotSolved
from readiness.synthesis.values import matchers_of


def selectors(node: Any) -> Iterator[Any]:
    """The VectorSelectors of an expression."""
    if type(node).__name__ == "VectorSelector":
        yield node
    for child in children(node):
        yield from selectors(child)


def counts(node: Any) -> bool:
    node = bare(node)
    return type(node).__name__ == "AggregateExpr" and str(node.op) == "count"


def of_steps(node: Any) -> bool:
    """Whether it tells how often a series goes up and down."""
    while type(node).__name__ in ("ParenExpr", "AggregateExpr"):
        node = node.expr
    return type(node).__name__ == "Call" and node.func.name in ("changes", "resets")


def compares(node: Any) -> bool:
    """Whether some part of it can be empty by its values."""
    if type(node).__name__ == "BinaryExpr" and str(node.op) in (*COMPARISONS, "and", "unless"):
        return True
    return any(map(compares, children(node)))


def between(node: Any, operator: str, threshold: Fraction | None) -> float | None:
    """The middle of a range, as in `a > 0.9 < 1`."""
    node = bare(node)
    if threshold is None or type(node).__name__ != "BinaryExpr" or str(node.op) not in COMPARISONS:
        return None
    bound = constant(node.rhs)[0]
    upwards = operator in ("<", "<=") and str(node.op) in (">", ">=")
    downwards = operator in (">", ">=") and str(node.op) in ("<", "<=")
    if bound is None or not ((upwards and bound < threshold) or (downwards and bound > threshold)):
        return None
    return float(bound + threshold) / 2


def without_factor(node: Any, value: float) -> tuple[Any, float]:
    """What a number is multiplied with, as in `100 * a / b`, and its own value."""
    node = bare(node)
    if type(node).__name__ == "BinaryExpr" and str(node.op) == "*":
        left, right = constant(node.lhs)[0], constant(node.rhs)[0]
        if left:
            return node.rhs, value / float(left)
        if right:
            return node.lhs, value / float(right)
    return node, value


def telling_apart(node: Any) -> str:
    """The label in which the copies differ that are counted."""
    inner = node.expr
    while type(inner).__name__ in ("ParenExpr", "BinaryExpr", "Call"):
        inner = children(inner)[0] if children(inner) else None
    if type(inner).__name__ == "AggregateExpr" and inner.modifier is not None:
        named = list(inner.modifier.labels) if str(inner.modifier.type).endswith("By") else []
        outer = set(node.modifier.labels) if node.modifier is not None else set()
        return next((one for one in named if one not in outer), "instance")
    asked = {one.name for selector in selectors(node) for one in matchers_of(selector) if one.operator == "="}
    outer = set(node.modifier.labels) if node.modifier is not None else set()
    if node.modifier is not None and not str(node.modifier.type).endswith("By"):
        return next((one for one in node.modifier.labels if one not in asked), "instance")
    return next(one for one in ("instance", "pod", "copy") if one not in asked | outer)


def selector(node: Any) -> Any:
    found = list(selectors(node))
    if len(found) != 1:
        raise NotSolved("a range of one series is expected")
    return found[0]


def first_vector(node: Any) -> Any:
    found = next((one for one in node.args if constant(one)[0] is None and next(selectors(one), None)), None)
    if found is None:
        raise NotSolved(f"{node.func.name} reads no series")
    return found


def window(node: Any) -> float:
    if type(node).__name__ in ("MatrixSelector", "SubqueryExpr"):
        return float(node.range.total_seconds()) or 1.0
    return 1.0
