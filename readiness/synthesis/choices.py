"""Which number lies beyond a threshold, and which text a pattern takes: as a reader would choose it."""

import math
from collections.abc import Iterator

from readiness.evidence.matchers import Matcher
from readiness.evidence.re2_syntax import All, AnyOf, Node, One, Repeat
from readiness.evidence.re2_syntax import parsed as parsed_pattern
from readiness.synthesis.series import NotSolved

CHARACTERS = "a0A1-_./: 5z9Z"  # tried where a pattern wants one of several
STRATEGIES = (0, 1, 2)  # how far beyond a threshold: some conditions leave little room


def above(threshold: float, strategy: int) -> float:
    if threshold < 0:
        return (threshold / 2, 0.0, 1.0)[strategy]
    if threshold == 0:
        return (1.0, 0.5, 100.0)[strategy]
    if threshold < 1:
        return (min(2 * threshold, (1 + threshold) / 2), 1.0, 1.01 * threshold)[strategy]
    near = (100 + threshold) / 2 if threshold < 100 else 1.1 * threshold
    return (2 * threshold, near, threshold + 1)[strategy]


def below(threshold: float, strategy: int) -> float:
    if threshold <= 0:
        return (2 * threshold or -1.0, threshold - 1, threshold - 100)[strategy]
    return (threshold / 2, threshold / 10, 0.9 * threshold)[strategy]


def whole_beyond(operator: str, threshold: float, strategy: int) -> float:
    """A number of series, which is never zero: then there is nothing to count."""
    if operator == "==":
        return threshold
    if operator == "!=":
        return threshold + 1
    if operator == ">":
        return math.floor(threshold) + 1
    if operator == ">=":
        return max(1.0, float(math.ceil(threshold)))
    highest = math.ceil(threshold) - 1 if operator == "<" else math.floor(threshold)
    return float(highest if strategy else max(1, highest))


def inverse_left(operator: str, right: float, value: float) -> float:
    """What the left side is where `left operator right` is the value."""
    if operator == "+":
        return value - right
    if operator == "-":
        return value + right
    if operator == "*" and right:
        return value / right
    if operator == "/":
        return value * right
    raise NotSolved(f"{operator} is not followed")


def inverse_right(operator: str, left: float, value: float) -> float:
    if operator == "+":
        return value - left
    if operator == "-":
        return left - value
    if operator == "*" and left:
        return value / left
    if operator == "/" and value:
        return left / value
    raise NotSolved(f"{operator} is not followed")


def examples_beside(matcher: Matcher) -> list[str]:
    """Values that a matcher may not take."""
    if matcher.operator in ("!=", "!~"):
        return [matcher.value] if matcher.operator == "!=" else list(examples(matcher.value))
    return ["200", "OK", "other", "false", "true", "0", "1"]


def examples(pattern: str) -> Iterator[str]:
    """A few texts that a pattern matches."""
    try:
        node = parsed_pattern(pattern)
    except ValueError:
        return
    branches = node.parts if isinstance(node, AnyOf) else (node,)
    for branch in branches[:8]:
        for repeats in (0, 1, 2):
            yield _example(branch, repeats)


def _example(node: Node, repeats: int) -> str:
    if isinstance(node, One):
        return node.literal or next((one for one in CHARACTERS if node.test(one)), "")
    if isinstance(node, All):
        return "".join(_example(part, repeats) for part in node.parts)
    if isinstance(node, AnyOf):
        return _example(node.parts[0], repeats)
    if isinstance(node, Repeat):
        most = node.most if node.most is not None else repeats
        return _example(node.part, repeats) * max(node.least, min(repeats, most))
    return ""
