r"""Regular expressions as Go reads them (RE2): whether one matches a whole value, in linear time.

Prometheus and Alertmanager match labels with Go's `regexp`, anchored at both ends. Python's `re` differs
in what it accepts (look-ahead, `\1`) and in meaning (`$` before a last newline, `\d` of other scripts),
and a hostile pattern makes it run for years. So a pattern becomes an automaton here, as Go makes it one.

Knows: all of RE2's syntax but Unicode scripts (`\p{Greek}`; categories such as `\p{Lu}` are known).
Ignores: which group matched, and greediness, since neither changes whether a whole value matches.

Source:
    RE2 syntax (google/re2, wiki Syntax) and Go, regexp/syntax.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

Test = Callable[[str], bool]

_LONGEST = 20_000  # characters of a pattern
_DEEPEST = 100  # nested groups
_MOST_STATES = 10_000  # Go's own limit on a program is of this size
_MOST_REPEATS = 1000  # as in Go
_MOST_LITERALS = 2000
_MOST_REMEMBERED = 100_000  # states in all remembered sets, before they are forgotten


class _One(NamedTuple):
    """One character that passes `test`; `literal` when it can only be that one."""

    test: Test
    literal: str = ""


class _Anchor(NamedTuple):
    kind: str  # A, z, ^ and $ (of a line), b, B


class _All(NamedTuple):
    """One part after the other."""

    parts: tuple["_Node", ...]


class _Any(NamedTuple):
    """One of the parts."""

    parts: tuple["_Node", ...]


class _Repeat(NamedTuple):
    part: "_Node"
    least: int
    most: int | None


_Node = _One | _Anchor | _All | _Any | _Repeat


class Pattern:
    """A pattern that has to match the whole of a value, as `^(?:pattern)$`.

    Raises:
        ValueError: Go refuses the pattern too, or it is too large, or names a Unicode script.
    """

    __slots__ = ("_automaton", "_node", "literals", "matches_all", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._node = _Parser(text).node()
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


def _any_character(_: str) -> bool:
    return True


def _any_but_newline(character: str) -> bool:
    return character != "\n"


_DIGITS: Test = frozenset("0123456789").__contains__
_SPACES: Test = frozenset("\t\n\f\r ").__contains__
_WORD_CHARACTERS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
_WORD: Test = _WORD_CHARACTERS.__contains__
_PERL = {"d": _DIGITS, "s": _SPACES, "w": _WORD}
_CONTROL = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_POSIX = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": "\0-\x7f", "blank": "\t ", "cntrl": "\0-\x1f\x7f",
    "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": "!-/:-@[-`{-~",
    "space": "\t\n\v\f\r ", "upper": "A-Z", "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip


def _not(test: Test) -> Test:
    return lambda character: not test(character)


def _between(low: str, high: str) -> Test:
    return lambda character: low <= character <= high


def _posix(name: str) -> Test:
    spans = re.findall(r"(.)-(.)|(.)", _POSIX[name], re.DOTALL)
    tests = tuple(_between(low or one, high or one) for low, high, one in spans)
    return lambda character: any(test(character) for test in tests)


def _folded(test: Test) -> Test:
    """`test`, deaf to case: it passes when any other case of the character does."""

    def folds(character: str) -> bool:
        upper = character.upper()
        cases = {character, character.lower(), upper, upper.lower(), upper.casefold()}
        if character in "sS":
            cases.add("\u017f")
        elif character in "kK":
            cases.add("\u212a")
        return any(test(case) for case in cases if len(case) == 1)

    return folds


class _Parser:
    """Reads a pattern by recursive descent."""

    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST:
            raise ValueError(f"expected a pattern of at most {_LONGEST} characters, got {len(text)}")
        self.text = text
        self.at = 0
        self.flags = frozenset[str]()
        self.depth = 0

    def node(self) -> _Node:
        node = self.alternatives()
        if self.at < len(self.text):
            raise self.error("an unexpected )")
        return node

    def error(self, why: str) -> ValueError:
        return ValueError(f"{why} at character {self.at + 1} of the pattern {self.text[:200]!r}")

    def take(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def next(self, why: str) -> str:
        if self.at >= len(self.text):
            raise self.error(why)
        self.at += 1
        return self.text[self.at - 1]

    def alternatives(self) -> _Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.error(f"more than {_DEEPEST} nested groups")
        branches = [self.sequence()]
        while self.take("|"):
            branches.append(self.sequence())
        self.depth -= 1
        return branches[0] if len(branches) == 1 else _Any(tuple(branches))

    def sequence(self) -> _Node:
        parts: list[_Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            if self.take(r"\Q"):
                parts += (self.literal(character) for character in self.quoted())
                self.repeats(parts)
            elif self.text.startswith("(?", self.at) and self.flag_group(parts):
                continue
            else:
                parts.append(self.atom())
                self.repeats(parts)
        return parts[0] if len(parts) == 1 else _All(tuple(parts))

    def quoted(self) -> str:
        end = self.text.find(r"\E", self.at)
        if end < 0:  # it would go on into the anchor that Alertmanager and Prometheus put behind it
            raise self.error(r"a missing \E")
        start, self.at = self.at, end + 2
        return self.text[start:end]

    def repeats(self, parts: list[_Node]) -> None:
        """Wraps the last of `parts` into the repetition that follows it, if one does."""
        bounds = self.repetition()
        if bounds is None:
            return
        if not parts:
            raise self.error("a repetition of nothing")
        self.take("?")  # lazy or not, the same values match
        parts[-1] = _Repeat(parts[-1], *bounds)
        if self.repetition() is not None:
            raise self.error("a repetition of a repetition")

    def repetition(self) -> tuple[int, int | None] | None:
        for token, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.take(token):
                return bounds
        found = re.compile(r"\{([0-9]+)(,([0-9]*))?\}").match(self.text, self.at)
        if found is None:
            return None
        if len(found[0]) > 12:
            raise self.error("too large a repetition")
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else None
        if least > _MOST_REPEATS or (most is not None and not least <= most <= _MOST_REPEATS):
            raise self.error("an invalid repetition")
        self.at = found.end()
        return least, most

    def flag_group(self, parts: list[_Node]) -> bool:
        """Reads `(?i)` or `(?i:…)`; False for another kind of group."""
        found = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])").match(self.text, self.at)
        if found is None or not (found[1] or found[2] or found[3] == ":"):
            return False
        self.at = found.end()
        outer = self.flags
        self.flags = (self.flags | set(found[1])) - set(found[2] or "")
        if found[3] == ":":
            parts.append(self.rest_of_group(outer))
            self.repeats(parts)
        elif self.repetition() is not None:
            raise self.error("a repetition of nothing")
        return True

    def rest_of_group(self, outer: frozenset[str]) -> _Node:
        node = self.alternatives()
        if not self.take(")"):
            raise self.error("a missing )")
        self.flags = outer  # what (?i) has set inside ends with the group
        return node

    def literal(self, character: str) -> _One:
        if "i" in self.flags and (character.lower() != character or character.upper() != character):
            return _One(_folded(character.__eq__))
        return _One(character.__eq__, character)

    def atom(self) -> _Node:
        if self.repetition() is not None:
            raise self.error("a repetition of nothing")
        character = self.next("an end")
        if character == "(":
            return self.group()
        if character == "[":
            return _One(self.character_class())
        if character == ".":
            return _One(_any_character if "s" in self.flags else _any_but_newline)
        if character == "^":
            return _Anchor("^" if "m" in self.flags else "A")
        if character == "$":
            return _Anchor("$" if "m" in self.flags else "z")
        if character != "\\":
            return self.literal(character)
        if self.at < len(self.text) and self.text[self.at] in "AzbB":
            return _Anchor(self.next("an end"))
        test = self.perl_class()
        if test is not None:
            return _One(_folded(test) if "i" in self.flags else test)
        return self.literal(self.escaped())

    def group(self) -> _Node:
        outer = self.flags
        if self.take("?"):
            found = re.compile(r"P?<[A-Za-z0-9_]+>").match(self.text, self.at)
            if found is None:
                raise self.error("a group that RE2 does not know")
            self.at = found.end()
        return self.rest_of_group(outer)

    def perl_class(self) -> Test | None:
        r"""The class that `\d`, `\W`, `\pL` or `\P{Lu}` names; the backslash is read already."""
        letter = self.text[self.at : self.at + 1]
        if letter and letter in "dDsSwW":
            self.at += 1
            test = _PERL[letter.lower()]
            return test if letter.islower() else _not(test)
        if letter and letter in "pP":
            self.at += 1
            return self.category(negated=letter == "P")
        return None

    def category(self, negated: bool) -> Test:
        name = self.next("a missing category")
        if name == "{":
            end = self.text.find("}", self.at)
            if end < 0:
                raise self.error("a missing }")
            name, self.at = self.text[self.at : end], end + 1
        if name.startswith("^"):
            name, negated = name[1:], not negated
        if name == "Any":
            return _not(_any_character) if negated else _any_character
        if not re.fullmatch("C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?", name):
            raise self.error(f"a class that is not known here, {name!r},")
        from unicodedata import category

        def test(character: str) -> bool:
            return category(character).startswith(name)

        return _not(test) if negated else test

    def escaped(self) -> str:
        """The one character that an escape stands for; the backslash is read already."""
        character = self.next("a backslash at the end")
        if character in _CONTROL:
            return _CONTROL[character]
        if character == "x":
            found = re.compile(r"\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2})").match(self.text, self.at)
            if found is None or int(found[1] or found[2], 16) > 0x10FFFF:
                raise self.error(r"an invalid \x")
            self.at = found.end()
            return chr(int(found[1] or found[2], 16))
        octal = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}").match(self.text, self.at - 1)
        if octal is not None:
            self.at = octal.end()
            return chr(int(octal[0], 8))
        if character.isascii() and not character.isalnum():
            return character
        raise self.error(f"an escape that RE2 does not know, \\{character},")

    def character_class(self) -> Test:
        negated = self.take("^")
        tests: list[Test] = []
        single: set[str] = set()
        first = True
        while first or not self.take("]"):
            self.one_of_class(tests, single)
            first = False
        if single:
            tests.append(frozenset(single).__contains__)

        def test(character: str) -> bool:
            return any(one(character) for one in tests)

        whole = _folded(test) if "i" in self.flags else test
        return _not(whole) if negated else whole

    def one_of_class(self, tests: list[Test], single: set[str]) -> None:
        found = re.compile(r"\[:(\^?)([a-z]+):\]").match(self.text, self.at)
        if found is not None:
            if found[2] not in _POSIX:
                raise self.error(f"a class that RE2 does not know, {found[2]!r},")
            self.at = found.end()
            tests.append(_not(_posix(found[2])) if found[1] else _posix(found[2]))
            return
        if self.take("\\"):
            test = self.perl_class()
            if test is not None:
                tests.append(test)
                return
            low = self.escaped()
        else:
            low = self.next("a missing ]")
        if self.text[self.at : self.at + 1] == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]"):
            self.at += 1
            high = self.escaped() if self.take("\\") else self.next("a missing ]")
            if high < low:
                raise self.error("a range that ends before it starts")
            tests.append(_between(low, high))
        else:
            single.add(low)


def _literals(node: _Node) -> frozenset[str] | None:
    """The values that a pattern matches, where it is a list of texts (`a|b`, `api-(v1|v2)`)."""
    branches = node.parts if isinstance(node, _Any) else (node,)
    found: set[str] = set()
    for branch in branches:
        texts = _texts(_without_anchors(branch))
        if texts is None or len(found) + len(texts) > _MOST_LITERALS:
            return None
        found |= texts
    return frozenset(found)


def _without_anchors(branch: _Node) -> _Node:
    if isinstance(branch, _Anchor):
        branch = _All((branch,))
    if not isinstance(branch, _All):
        return branch
    parts = branch.parts
    while parts and parts[0] == _Anchor("A"):
        parts = parts[1:]
    while parts and parts[-1] == _Anchor("z"):
        parts = parts[:-1]
    return _All(parts)


def _texts(node: _Node) -> set[str] | None:
    if isinstance(node, _One):
        return {node.literal} if node.literal else None
    if isinstance(node, _Any):
        return _union(_texts(part) for part in node.parts)
    if isinstance(node, _All):
        texts = {""}
        for part in node.parts:
            endings = _texts(part)
            if endings is None or len(texts) * len(endings) > _MOST_LITERALS:
                return None
            texts = {text + ending for text in texts for ending in endings}
        return texts
    if isinstance(node, _Repeat) and (node.least, node.most) == (0, 1):
        return _union((_texts(node.part), {""}))
    return None


def _union(sets: Iterable[set[str] | None]) -> set[str] | None:
    whole: set[str] = set()
    for one in sets:
        if one is None or len(whole) + len(one) > _MOST_LITERALS:
            return None
        whole |= one
    return whole


def _is_everything(node: _Node) -> bool:
    if isinstance(node, _Any):
        return any(_is_everything(part) for part in node.parts)
    if isinstance(node, _All):
        rest = _without_anchors(node)
        return isinstance(rest, _All) and bool(rest.parts) and all(map(_is_everything, rest.parts))
    return (
        isinstance(node, _Repeat)
        and (node.least, node.most) == (0, None)
        and isinstance(node.part, _One)
        and node.part.test in (_any_character, _any_but_newline)
    )


class _Automaton:
    """Thompson's automaton: a set of states is carried over the value, and steps are remembered."""

    def __init__(self, node: _Node) -> None:
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

    def build(self, node: _Node, out: int) -> int:
        """The state from which `node` is matched, on the way to `out`."""
        if isinstance(node, _One):
            return self.state(node.test, (out,))
        if isinstance(node, _Anchor):
            anchor = self.state(None, (out,))
            self.anchors[anchor] = node.kind
            return anchor
        if isinstance(node, _Any):
            return self.state(None, tuple(self.build(part, out) for part in node.parts))
        if isinstance(node, _All):
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
        return ((before in _WORD_CHARACTERS) != (after in _WORD_CHARACTERS)) == (kind == "b")

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
