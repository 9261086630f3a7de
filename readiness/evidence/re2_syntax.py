"""The syntax of RE2, read into a tree. What `re2.py` knows and leaves out is said there."""

import re
from collections.abc import Callable
from typing import NamedTuple

Test = Callable[[str], bool]

_LONGEST = 20_000  # characters of a pattern
_DEEPEST = 100  # nested groups
_MOST_REPEATS = 1000  # as in Go


class One(NamedTuple):
    """One character that passes `test`; `literal` when it can only be that one."""

    test: Test
    literal: str = ""


class Anchor(NamedTuple):
    kind: str  # A, z, ^ and $ (of a line), b, B


class All(NamedTuple):
    """One part after the other."""

    parts: tuple["Node", ...]


class AnyOf(NamedTuple):
    """One of the parts."""

    parts: tuple["Node", ...]


class Repeat(NamedTuple):
    part: "Node"
    least: int
    most: int | None


Node = One | Anchor | All | AnyOf | Repeat


def parsed(text: str) -> Node:
    """The tree of the pattern `text`.

    Raises:
        ValueError: Go refuses the pattern too, or it names a Unicode script, or is too large.
    """
    return _Parser(text).node()


def any_character(_: str) -> bool:
    return True


def any_but_newline(character: str) -> bool:
    return character != "\n"


_DIGITS: Test = frozenset("0123456789").__contains__
_SPACES: Test = frozenset("\t\n\f\r ").__contains__
WORD_CHARACTERS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
_WORD: Test = WORD_CHARACTERS.__contains__
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

    def node(self) -> Node:
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

    def alternatives(self) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.error(f"more than {_DEEPEST} nested groups")
        branches = [self.sequence()]
        while self.take("|"):
            branches.append(self.sequence())
        self.depth -= 1
        return branches[0] if len(branches) == 1 else AnyOf(tuple(branches))

    def sequence(self) -> Node:
        parts: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            if self.take(r"\Q"):
                parts += (self.literal(character) for character in self.quoted())
                self.repeats(parts)
            elif self.text.startswith("(?", self.at) and self.flag_group(parts):
                continue
            else:
                parts.append(self.atom())
                self.repeats(parts)
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def quoted(self) -> str:
        end = self.text.find(r"\E", self.at)
        if end < 0:  # it would go on into the anchor that Alertmanager and Prometheus put behind it
            raise self.error(r"a missing \E")
        start, self.at = self.at, end + 2
        return self.text[start:end]

    def repeats(self, parts: list[Node]) -> None:
        """Wraps the last of `parts` into the repetition that follows it, if one does."""
        bounds = self.repetition()
        if bounds is None:
            return
        if not parts:
            raise self.error("a repetition of nothing")
        self.take("?")  # lazy or not, the same values match
        parts[-1] = Repeat(parts[-1], *bounds)
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

    def flag_group(self, parts: list[Node]) -> bool:
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

    def rest_of_group(self, outer: frozenset[str]) -> Node:
        node = self.alternatives()
        if not self.take(")"):
            raise self.error("a missing )")
        self.flags = outer  # what (?i) has set inside ends with the group
        return node

    def literal(self, character: str) -> One:
        if "i" in self.flags and (character.lower() != character or character.upper() != character):
            return One(_folded(character.__eq__))
        return One(character.__eq__, character)

    def atom(self) -> Node:
        if self.repetition() is not None:
            raise self.error("a repetition of nothing")
        character = self.next("an end")
        if character == "(":
            return self.group()
        if character == "[":
            return One(self.character_class())
        if character == ".":
            return One(any_character if "s" in self.flags else any_but_newline)
        if character == "^":
            return Anchor("^" if "m" in self.flags else "A")
        if character == "$":
            return Anchor("$" if "m" in self.flags else "z")
        if character != "\\":
            return self.literal(character)
        if self.at < len(self.text) and self.text[self.at] in "AzbB":
            return Anchor(self.next("an end"))
        test = self.perl_class()
        if test is not None:
            return One(_folded(test) if "i" in self.flags else test)
        return self.literal(self.escaped())

    def group(self) -> Node:
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
            return _not(any_character) if negated else any_character
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
