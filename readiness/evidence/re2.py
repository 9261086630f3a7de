r"""Regular expressions as Go reads them (RE2): whether one matches a whole value, in linear time.

Prometheus and Alertmanager match labels with Go's `regexp`, anchored at both ends. Python's `re` differs
in what it accepts (look-ahead, `\1`) and in meaning (`$` before a last newline, `\d` of other scripts),
and a hostile pattern makes it run for years. So a pattern becomes an automaton here, as Go makes it one.

Knows: all of RE2's syntax but Unicode scripts (`\p{Greek}`; categories such as `\p{Lu}` are known).
Ignores: which group matched, and greediness, since neither changes whether a whole value matches.

Source:
    RE2 syntax (google/re2, wiki Syntax) and Go, regexp/syntax.
"""

from collections.abc import Iterable

from readiness.evidence.re2_syntax import (
    WORD_CHARACTERS,
    All,
    Anchor,
    AnyOf,
    Node,
    One,
    Repeat,
    Test,
    any_but_newline,
    any_character,
    parsed,
)

_MOST_STATES = 10_000  # Go's own limit on a program is of this size
_MOST_LITERALS = 2000
_MOST_REMEMBERED = 100_000  # states in all remembered sets, before they are forgotten


class Pattern:
    """A pattern that has to match the whole of a value, as `^(?:pattern)$`.

    Raises:
        ValueError: Go refuses the pattern too, or it is too large, or names a Unicode script.
    """

    __slots__ = ("_automaton", "_node", "literals", "matches_all", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._node = parsed(text)
        #: the values that it matches where they are a short list, else None
        self.literals = _literals(self._node)
        #: it matches every value (of one line)
        self.matches_all = _is_everything(self._node)
        self._automaton = None if self.literals is not None or self.matches_all else _Automaton(self._node)

    def matches(self, value: str) -> bool:
        """Whether the pattern matches all of `value`."""
        if self.literals is not None:
            return value in self.literals
        if self._automaton is not None:
            return self._automaton.matches(value)
        if "\n" in value:  # `.` stops there unless told otherwise: the slow way knows
            return _Automaton(self._node).matches(value)
        return True


def _literals(node: Node) -> frozenset[str] | None:
    """The values that a pattern matches, where it is a list of texts (`a|b`, `api-(v1|v2)`)."""
    branches = node.parts if isinstance(node, AnyOf) else (node,)
    found: set[str] = set()
    for branch in branches:
        texts = _texts(_without_anchors(branch))
        if texts is None or len(found) + len(texts) > _MOST_LITERALS:
            return None
        found |= texts
    return frozenset(found)


def _without_anchors(branch: Node) -> Node:
    if isinstance(branch, Anchor):
        branch = All((branch,))
    if not isinstance(branch, All):
        return branch
    parts = branch.parts
    while parts and parts[0] == Anchor("A"):
        parts = parts[1:]
    while parts and parts[-1] == Anchor("z"):
        parts = parts[:-1]
    return All(parts)


def _texts(node: Node) -> set[str] | None:
    if isinstance(node, One):
        return {node.literal} if node.literal else None
    if isinstance(node, AnyOf):
        return _union(_texts(part) for part in node.parts)
    if isinstance(node, All):
        texts = {""}
        for part in node.parts:
            endings = _texts(part)
            if endings is None or len(texts) * len(endings) > _MOST_LITERALS:
                return None
            texts = {text + ending for text in texts for ending in endings}
        return texts
    if isinstance(node, Repeat) and (node.least, node.most) == (0, 1):
        return _union((_texts(node.part), {""}))
    return None


def _union(sets: Iterable[set[str] | None]) -> set[str] | None:
    whole: set[str] = set()
    for one in sets:
        if one is None or len(whole) + len(one) > _MOST_LITERALS:
            return None
        whole |= one
    return whole


def _is_everything(node: Node) -> bool:
    if isinstance(node, AnyOf):
        return any(_is_everything(part) for part in node.parts)
    if isinstance(node, All):
        rest = _without_anchors(node)
        return isinstance(rest, All) and bool(rest.parts) and all(map(_is_everything, rest.parts))
    return (
        isinstance(node, Repeat)
        and (node.least, node.most) == (0, None)
        and isinstance(node.part, One)
        and node.part.test in (any_character, any_but_newline)
    )


class _Automaton:
    """Thompson's automaton: a set of states is carried over the value, and steps are remembered."""

    def __init__(self, node: Node) -> None:
        self.tests: list[Test | None] = [None]  # state 0 accepts
        self.anchors: dict[int, str] = {}
        self.exits: list[tuple[int, ...]] = [()]
        start = self.build(node, 0)
        self.start = frozenset((start,))
        self.closures: dict[tuple[frozenset[int], tuple[str, str] | None], frozenset[int]] = {}
        self.steps: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        self.remembered = 0

    def state(self, test: Test | None, exits: tuple[int, ...]) -> int:
        if len(self.tests) >= _MOST_STATES:
            raise ValueError(f"expected a pattern of at most {_MOST_STATES} states")
        self.tests.append(test)
        self.exits.append(exits)
        return len(self.tests) - 1

    def build(self, node: Node, out: int) -> int:
        """The state from which `node` is matched, on the way to `out`."""
        if isinstance(node, One):
            return self.state(node.test, (out,))
        if isinstance(node, Anchor):
            anchor = self.state(None, (out,))
            self.anchors[anchor] = node.kind
            return anchor
        if isinstance(node, AnyOf):
            return self.state(None, tuple(self.build(part, out) for part in node.parts))
        if isinstance(node, All):
            for part in reversed(node.parts):
                out = self.build(part, out)
            return out
        if node.most is None:
            loop = self.state(None, ())
            self.exits[loop] = (self.build(node.part, loop), out)
            entry = loop
        else:
            entry = out
            for _ in range(node.most - node.least):
                entry = self.state(None, (self.build(node.part, entry), out))
        for _ in range(node.least):
            entry = self.build(node.part, entry)
        return entry

    def matches(self, value: str) -> bool:
        states = self.start
        previous = ""
        for character in value:
            states = self.step(self.closure(states, (previous, character)), character)
            if not states:
                return False
            previous = character
        return 0 in self.closure(states, (previous, ""))

    def closure(self, states: frozenset[int], around: tuple[str, str]) -> frozenset[int]:
        """`states` and all that are reached without reading a character, between the two `around`."""
        key = (states, around if self.anchors else None)
        known = self.closures.get(key)
        if known is not None:
            return known
        seen: set[int] = set()
        left = list(states)
        while left:
            state = left.pop()
            if state in seen:
                continue
            seen.add(state)
            if self.tests[state] is None and self.holds(state, around):
                left.extend(self.exits[state])
        closed = frozenset(seen)
        self.remember(len(closed))
        self.closures[key] = closed
        return closed

    def holds(self, state: int, around: tuple[str, str]) -> bool:
        kind = self.anchors.get(state)
        if kind is None:
            return True
        before, after = around
        if kind == "A":
            return before == ""
        if kind == "z":
            return after == ""
        if kind == "^":
            return before in ("", "\n")
        if kind == "$":
            return after in ("", "\n")
        return ((before in WORD_CHARACTERS) != (after in WORD_CHARACTERS)) == (kind == "b")

    def step(self, states: frozenset[int], character: str) -> frozenset[int]:
        key = (states, character)
        known = self.steps.get(key)
        if known is None:
            reached: set[int] = set()
            for state in states:
                test = self.tests[state]
                if test is not None and test(character):
                    reached.update(self.exits[state])
            known = frozenset(reached)
            self.remember(len(known))
            self.steps[key] = known
        return known

    def remember(self, size: int) -> None:
        self.remembered += size + 1
        if self.remembered > _MOST_REMEMBERED:
            self.closures.clear()
            self.steps.clear()
            self.remembered = size + 1
