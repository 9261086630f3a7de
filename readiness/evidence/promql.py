"""PromQL expressions, understood: the series they read, the labels that survive, what is held against what.

The one home of `promql_parser`. That library is a recursive program in another language: an expression that
nests or chains deeper than people write ends it together with this process, so such a one is refused before.
Knows: PromQL of Prometheus 2 and 3 as far as the library does; native histograms only by their functions.
Ignores on purpose: values and time, so that a label that a series may or may not have stays open.

Source:
    Prometheus documentation, "Querying basics", "Operators", "Functions"; prometheus/promql engine.go,
    resultMetric (labels of a binary operation) and createLabelsForAbsentFunction.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, NamedTuple

from readiness.evidence.matchers import Matcher, Operator

LONGEST = 65_536  # characters; the longest expression of kube-prometheus has 2,500
DEEPEST = 100  # brackets
MOST_OPERATORS = 400  # each is a call deeper, in the parser and here
MOST_ALTERNATIVES = 64

COMPARISONS: Final = ("==", "!=", ">", "<", ">=", "<=")
MIRRORED: Final = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
KEEPING: Final = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
TWO_POINTS: Final = frozenset({"rate", "irate", "increase", "delta", "idelta", "deriv", "predict_linear"})
OF_NOTHING: Final = frozenset({"vector", "time", "scalar", "pi"})
ABSENT: Final = frozenset({"absent", "absent_over_time"})
_TEXTS = r"""#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`"""
_SIGNS = r"[-+*/%^]|[=!<>]=?|\b(?:and|or|unless|atan2)\b"
_MATCH_OPERATORS: Final[Mapping[str, Operator]] = {
    "MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~",
}  # fmt: skip


class NotPromQL(ValueError):
    """The expression is no PromQL; the text is the parser's."""


class TooLarge(NotPromQL):
    """The expression is larger than anything that people write, so that it is not read."""


class Selector(NamedTuple):
    """Which series are read, and how far back."""

    metric: str  # "" where the name is not written as such
    matchers: tuple[Matcher, ...]
    window: timedelta | None = None  # of a range selector, or of the subquery around it
    offset: timedelta = timedelta(0)

    def __str__(self) -> str:
        listed = ", ".join(map(str, self.matchers))
        return f"{self.metric}{{{listed}}}" if listed else self.metric

    def asks(self, label: str) -> tuple[Matcher, ...]:
        """The matchers on one label."""
        return tuple(one for one in self.matchers if one.name == label)


class Labels(NamedTuple):
    """The labels of what an expression gives, `__name__` left out."""

    kept: frozenset[str] | None  # at most these; None for whatever the series have
    dropped: frozenset[str] = frozenset()  # surely not these
    values: Mapping[str, str] = {}  # those whose value is known

    def may_have(self, name: str) -> bool | None:
        """True for a label that is surely there, None for one that may be."""
        if name in self.values:
            return True
        if name in self.dropped or (self.kept is not None and name not in self.kept):
            return False
        return None

    def only(self, names: Iterable[str]) -> "Labels":
        wanted = frozenset(names) - self.dropped
        kept = wanted if self.kept is None else wanted & self.kept
        return Labels(kept, frozenset(), {name: self.values[name] for name in kept & self.values.keys()})

    def without(self, names: Iterable[str]) -> "Labels":
        gone = frozenset(names)
        kept = None if self.kept is None else self.kept - gone
        values = {name: value for name, value in self.values.items() if name not in gone}
        return Labels(kept, self.dropped | gone if kept is None else frozenset(), values)

    def having(self, name: str, value: str | None = None) -> "Labels":
        """With one label more, which may be empty where its value is not known."""
        kept = None if self.kept is None else self.kept | {name}
        values = {key: known for key, known in self.values.items() if key != name}
        return Labels(kept, self.dropped - {name}, {**values, name: value} if value else values)


NO_LABELS: Final = Labels(frozenset())


class Comparison(NamedTuple):
    """One condition of an expression: what is read, held against a number where it is one.

    An expression that compares nothing is one with the operator "".
    """

    operator: str
    threshold: Fraction | None  # exact; None where the other side is no constant
    numbers: tuple[Fraction, ...]  # the constants as they are written there: 14.4 and 0.001
    left: str
    selectors: tuple[Selector, ...]  # of the left side
    functions: frozenset[str]  # called there, aggregations too
    right: str = ""
    against: tuple[Selector, ...] = ()  # the selectors of the right side


class Query:
    """One expression, parsed."""

    __slots__ = ("_alternatives", "_functions", "_labels", "_rates", "_selectors", "node", "text")

    def __init__(self, text: str, node: Any) -> None:
        self.text = text
        self.node = node
        self._selectors: tuple[Selector, ...] | None = None
        self._labels: Labels | None = None
        self._functions: frozenset[str] | None = None
        self._rates: tuple[tuple[str, Selector], ...] | None = None
        self._alternatives: tuple[tuple[Comparison, ...], ...] | None = None

    def __repr__(self) -> str:
        return f"Query({self.text!r})"

    @property
    def selectors(self) -> tuple[Selector, ...]:
        """All that it reads, in the order in which it stands."""
        if self._selectors is None:
            self._selectors = tuple(_selectors(self.node))
        return self._selectors

    @property
    def metrics(self) -> frozenset[str]:
        return frozenset(one.metric for one in self.selectors if one.metric)

    @property
    def functions(self) -> frozenset[str]:
        """Names of the functions and aggregations that it calls."""
        if self._functions is None:
            self._functions = frozenset(_functions(self.node))
        return self._functions

    @property
    def rates(self) -> tuple[tuple[str, Selector], ...]:
        """Function and series, for each function that needs two points inside its window."""
        if self._rates is None:
            self._rates = tuple(_rates(self.node))
        return self._rates

    @property
    def labels(self) -> Labels:
        if self._labels is None:
            self._labels = _labels(self.node)
        return self._labels

    @property
    def alternatives(self) -> tuple[tuple[Comparison, ...], ...]:
        """When it gives something: one of these holds as a whole. `unless` counts as its left side."""
        if self._alternatives is None:
            self._alternatives = tuple(_alternatives(self.node)[:MOST_ALTERNATIVES])
        return self._alternatives

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Every comparison in it, at any depth."""
        return tuple(_comparisons(self.node))

    @property
    def always(self) -> bool:
        """Whether it gives something whatever happens: a constant, as a dead man's switch has it."""
        return not self.selectors and _is_constant(self.node)


@lru_cache(maxsize=50_000)
def parsed(expr: str) -> Query:
    """An expression, parsed.

    Raises:
        NotPromQL: it is none.
        TooLarge: it is larger than anything that people write.
    """
    import promql_parser

    reason = _too_large(expr)
    if reason:
        raise TooLarge(reason)
    try:
        return Query(expr, promql_parser.parse(expr))
    except ValueError as wrong:
        raise NotPromQL(" ".join(str(wrong).split())) from wrong


def _too_large(expr: str) -> str:
    if len(expr) > LONGEST:
        return f"the expression has {len(expr)} characters; at most {LONGEST} are read"
    code = re.sub(_TEXTS, '""', expr)
    depth = deepest = 0
    for sign in code:
        if sign in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in ")]}":
            depth -= 1
    if deepest > DEEPEST:
        return f"the expression nests {deepest} brackets; at most {DEEPEST} are read"
    operators = len(re.findall(_SIGNS, code))
    if operators > MOST_OPERATORS:
        return f"the expression has {operators} operators; at most {MOST_OPERATORS} are read"
    return ""


def _kind(node: Any) -> str:
    return type(node).__name__


@lru_cache(maxsize=50_000)
def _matcher(name: str, operator: Operator, value: str) -> Matcher:
    return Matcher(name, operator, value)


def _selector(node: Any, window: timedelta | None) -> Selector:
    matchers = []
    metric = node.name or ""
    for one in node.matchers.matchers:
        operator = _MATCH_OPERATORS[str(one.op)]
        if one.name == "__name__" and operator == "=":
            metric = one.value
            continue
        with suppress(ValueError):  # the parser's regular expressions know more than Prometheus' do
            matchers.append(_matcher(one.name, operator, one.value))
    return Selector(metric, tuple(matchers), window, node.offset or timedelta(0))


def _selectors(node: Any, window: timedelta | None = None) -> Iterator[Selector]:
    kind = _kind(node)
    if kind == "VectorSelector":
        yield _selector(node, window)
    elif kind == "MatrixSelector":
        yield _selector(node.vector_selector, node.range)
    elif kind == "SubqueryExpr":
        yield from _selectors(node.expr, node.range)
    else:
        for child in children(node):
            yield from _selectors(child, window)


def children(node: Any) -> tuple[Any, ...]:
    """The nodes just below a node of the parser's tree."""
    kind = _kind(node)
    if kind == "BinaryExpr":
        return node.lhs, node.rhs
    if kind == "Call":
        return tuple(node.args)
    if kind == "AggregateExpr":
        return (node.expr,) if node.param is None else (node.param, node.expr)
    if kind in ("ParenExpr", "UnaryExpr", "SubqueryExpr"):
        return (node.expr,)
    return (node.vector_selector,) if kind == "MatrixSelector" else ()


def _functions(node: Any) -> Iterator[str]:
    kind = _kind(node)
    if kind == "Call":
        yield node.func.name
    elif kind == "AggregateExpr":
        yield str(node.op)
    for child in children(node):
        yield from _functions(child)


def _rates(node: Any) -> Iterator[tuple[str, Selector]]:
    if _kind(node) == "Call" and node.func.name in TWO_POINTS:
        for argument in node.args:
            if _kind(argument) == "MatrixSelector":
                yield node.func.name, _selector(argument.vector_selector, argument.range)
    for child in children(node):
        yield from _rates(child)


def bare(node: Any) -> Any:
    """The node without its parentheses."""
    while _kind(node) == "ParenExpr":
        node = node.expr
    return node


def constant(node: Any) -> tuple[Fraction | None, tuple[Fraction, ...]]:
    """The exact value of a node that reads no series, and the numbers that it is made of."""
    node = bare(node)
    kind = _kind(node)
    if kind == "NumberLiteral":
        value = _exact(node.val)
        return value, () if value is None else (value,)
    if kind == "UnaryExpr":
        value, numbers = constant(node.expr)
        return (None if value is None else -value), numbers
    if kind == "Call" and node.func.name in ("vector", "scalar"):
        return constant(node.args[0])
    if kind == "BinaryExpr":
        left, first = constant(node.lhs)
        right, second = constant(node.rhs)
        if left is None or right is None:
            return None, ()
        return _computed(str(node.op), left, right), (*first, *second)
    return None, ()


def _exact(value: float) -> Fraction | None:
    """The number as it was written: 0.1 is a tenth."""
    try:
        return Fraction(repr(value))
    except ValueError:  # Inf and NaN
        return None


def _computed(operator: str, left: Fraction, right: Fraction) -> Fraction | None:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    if operator == "/" and right:
        return left / right
    if operator == "^" and right.denominator == 1 and abs(right) <= 64 and (left or right > 0):
        return Fraction(left ** int(right))
    return None


def _is_constant(node: Any) -> bool:
    node = bare(node)
    kind = _kind(node)
    if kind == "NumberLiteral":
        return True
    if kind == "BinaryExpr":
        if str(node.op) in COMPARISONS:
            return _holds(node)
        return _is_constant(node.lhs) and _is_constant(node.rhs)
    if kind == "Call":
        return node.func.name in OF_NOTHING and all(map(_is_constant, node.args))
    return kind in ("UnaryExpr", "AggregateExpr") and _is_constant(node.expr)


def _holds(node: Any) -> bool:
    """Whether a comparison of two constants is true."""
    left, right = constant(node.lhs)[0], constant(node.rhs)[0]
    if left is None or right is None:
        return False
    found = {"==": left == right, "!=": left != right, ">": left > right, "<": left < right,
             ">=": left >= right, "<=": left <= right}  # fmt: skip
    return found[str(node.op)]


# labels


def _is_scalar(node: Any) -> bool:
    node = bare(node)
    kind = _kind(node)
    if kind in ("NumberLiteral", "StringLiteral"):
        return True
    if kind == "Call":
        return node.func.name in ("time", "scalar", "pi")
    if kind == "UnaryExpr":
        return _is_scalar(node.expr)
    return kind == "BinaryExpr" and _is_scalar(node.lhs) and _is_scalar(node.rhs)


def _labels(node: Any) -> Labels:
    kind = _kind(node)
    if kind == "VectorSelector":
        return _of_selector(node)
    if kind == "MatrixSelector":
        return _of_selector(node.vector_selector)
    if kind in ("ParenExpr", "UnaryExpr", "SubqueryExpr"):
        return _labels(node.expr)
    if kind == "AggregateExpr":
        return _of_aggregation(node)
    if kind == "Call":
        return _of_call(node)
    if kind == "BinaryExpr":
        return _of_operation(node)
    return NO_LABELS


def _of_selector(node: Any) -> Labels:
    values: dict[str, str] = {}
    dropped = set()
    for one in node.matchers.matchers:
        if str(one.op) == "MatchOp.Equal" and one.name != "__name__":
            if one.value:
                values[one.name] = one.value
            else:
                dropped.add(one.name)
    return Labels(None, frozenset(dropped), values)


def _of_aggregation(node: Any) -> Labels:
    operator, inner, modifier = str(node.op), _labels(node.expr), node.modifier
    if operator in KEEPING:
        return inner
    if modifier is None:
        found = NO_LABELS
    elif str(modifier.type).endswith("By"):
        found = inner.only(modifier.labels)
    else:
        found = inner.without(modifier.labels)
    if operator == "count_values" and _kind(node.param) == "StringLiteral":
        return found.having(node.param.val)
    return found


def _of_call(node: Any) -> Labels:
    name, arguments = node.func.name, tuple(node.args)
    if name in OF_NOTHING or not arguments:
        return NO_LABELS
    if name in ABSENT:
        return _of_absent(arguments[0])
    if name in ("histogram_quantile", "histogram_quantiles"):
        return _labels(arguments[-1]).without(["le"])
    vector = next((one for one in arguments if not _is_scalar(one)), None)
    if vector is None:
        return NO_LABELS
    inner = _labels(vector)
    if name == "info":
        return Labels(None, frozenset(), inner.values)
    if name in ("label_replace", "label_join") and len(arguments) > 1:
        target = getattr(arguments[1], "val", "")
        if name == "label_join":
            return inner.having(target)
        value, pattern = (getattr(arguments[index], "val", "$") for index in (2, 4))
        always = pattern in ("", ".*", "(.*)")
        if always and not value:
            return inner.without([target])
        return inner.having(target, value if always and "$" not in value else None)
    return inner


def _of_absent(argument: Any) -> Labels:
    """What `absent` gives: the labels that a plain selector asks for by equality, each asked once."""
    selector = getattr(argument, "vector_selector", argument)
    if _kind(selector) != "VectorSelector":
        return NO_LABELS
    found: dict[str, str] = {}
    twice = set()
    for one in selector.matchers.matchers:
        if one.name == "__name__":
            continue
        if str(one.op) == "MatchOp.Equal" and one.name not in found:
            found[one.name] = one.value
        else:
            twice.add(one.name)
    values = {name: value for name, value in found.items() if value and name not in twice}
    return Labels(frozenset(values), frozenset(), values)


def _of_operation(node: Any) -> Labels:
    operator = str(node.op)
    if _is_scalar(node.lhs):
        return _labels(node.rhs) if not _is_scalar(node.rhs) else NO_LABELS
    left = _labels(node.lhs)
    if operator in ("and", "unless") or _is_scalar(node.rhs):
        return left
    right = _labels(node.rhs)
    if operator == "or":
        return _either(left, right)
    modifier = node.modifier
    matching = modifier.matching if modifier is not None else None
    on = matching is not None and str(matching.type).endswith("Include")
    names = tuple(matching.labels) if matching is not None else ()
    card = str(modifier.card).rpartition(".")[2] if modifier is not None else "OneToOne"
    if card in ("ManyToOne", "OneToMany"):
        many, one = (left, right) if card == "ManyToOne" else (right, left)
        return _with_those_of_one(many, one, tuple(modifier.group_labels or ()), names if on else ())
    if on:
        found = left.only(names)
        known = {**right.only(names).values, **found.values}
        return found._replace(values={name: known[name] for name in known.keys() & (found.kept or set())})
    found = _both(left, right)
    return found.without(names) if names else found


def _with_those_of_one(
    many: Labels, one: Labels, brought: tuple[str, ...], shared: tuple[str, ...]
) -> Labels:
    found = many
    for name in shared:
        if name in one.values and found.may_have(name) is None:
            found = found.having(name, one.values[name])
    for name in brought:
        found = (
            found.without([name]) if one.may_have(name) is False else found.having(name, one.values.get(name))
        )
    return found


def _both(left: Labels, right: Labels) -> Labels:
    """Two sides whose labels have to be equal."""
    if left.kept is None or right.kept is None:
        kept = left.kept if right.kept is None else right.kept
    else:
        kept = left.kept & right.kept
    dropped = left.dropped | right.dropped
    values = {name: value for name, value in {**right.values, **left.values}.items() if name not in dropped}
    if kept is None:
        return Labels(None, dropped, values)
    kept -= dropped
    return Labels(kept, frozenset(), {name: values[name] for name in values.keys() & kept})


def _either(left: Labels, right: Labels) -> Labels:
    """What one of two sides gives."""
    same = {name: value for name, value in left.values.items() if right.values.get(name) == value}
    if left.kept is not None and right.kept is not None:
        return Labels(left.kept | right.kept, frozenset(), same)
    gone = {name for name in left.dropped | right.dropped
            if left.may_have(name) is False and right.may_have(name) is False}  # fmt: skip
    return Labels(None, frozenset(gone), same)


# conditions


def _alternatives(node: Any) -> list[tuple[Comparison, ...]]:
    node = bare(node)
    while _kind(node) == "AggregateExpr" and _kind(inner := bare(node.expr)) in (
        "BinaryExpr",
        "AggregateExpr",
    ):
        if _kind(inner) == "BinaryExpr" and str(inner.op) not in (*COMPARISONS, "and", "or", "unless"):
            break
        node = inner  # an aggregation gives something exactly where what it gathers does
    operator = str(node.op) if _kind(node) == "BinaryExpr" else ""
    if operator == "or":
        return [*_alternatives(node.lhs), *_alternatives(node.rhs)]
    if operator == "unless":
        return _alternatives(node.lhs)
    if operator == "and":
        left, right = _alternatives(node.lhs), _alternatives(node.rhs)
        if len(left) * len(right) > MOST_ALTERNATIVES:
            return [(_condition(node),)]
        return [(*one, *other) for one in left for other in right]
    return [(_condition(node),)]


def _comparisons(node: Any) -> Iterator[Comparison]:
    if _kind(node) == "BinaryExpr" and str(node.op) in COMPARISONS:
        yield _condition(node)
    for child in children(node):
        yield from _comparisons(child)


def _condition(node: Any) -> Comparison:
    operator = str(node.op) if _kind(node) == "BinaryExpr" else ""
    if operator not in COMPARISONS:
        return Comparison("", None, (), node.prettify(), tuple(_selectors(node)), frozenset(_functions(node)))
    left, right = node.lhs, node.rhs
    threshold, numbers = constant(right)
    if threshold is None and (mirrored := constant(left))[0] is not None:
        left, right, operator = right, left, MIRRORED.get(operator, operator)
        threshold, numbers = mirrored
    return Comparison(
        operator, threshold, numbers, left.prettify(), tuple(_selectors(left)), frozenset(_functions(left)),
        right.prettify(), tuple(_selectors(right)),
    )  # fmt: skip
