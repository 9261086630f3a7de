"""Whether a value has the structure that an OpenAPI schema demands, and what is wrong where it has not.

`holds` answers yes or no and is asked of every object; `wrongs` says what is wrong and is asked of the few
that don't hold. Null is "left out", as the API server reads it, but no entry of a list.
"""

import binascii
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple, Protocol

Keys = tuple[str | int, ...]

QUANTITY = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?")
LIKE = 0.75  # how much of two names is the same, for one to be a slip of the other
INT32 = 1 << 31
INT64 = 1 << 63


class Wrong(NamedTuple):
    """One place at which a value departs from its schema."""

    keys: Keys
    what: Literal["unknown", "missing", "type", "value"]
    says: str  # after the path: "is a text where a whole number is expected"
    owner: str = ""  # the definition that has, or lacks, the field
    near: str = ""  # the field that was probably meant
    right: object = None  # what was probably meant, where it is written as a text
    filled_in: bool = False  # the text is a placeholder that somebody replaces later


class Shape(Protocol):
    """What a schema says of one value that is not null."""

    def holds(self, value: Any) -> bool: ...

    def wrongs(self, value: Any, keys: Keys) -> Iterator[Wrong]: ...


class Leaf:
    """A value without parts."""

    def __init__(
        self,
        expected: str,
        *types: type,
        test: Callable[[Any], bool] | None = None,
        fails: str = "",
        reads: Callable[[str], object] | None = None,
    ) -> None:
        self.expected = expected
        self.types = frozenset(types)
        self.test = test
        self.fails = fails  # what is said where the test fails
        self.reads = reads  # what is probably meant by a text
        self.plain = next(iter(types)) if len(types) == 1 and test is None else None

    def holds(self, value: Any) -> bool:
        return type(value) in self.types and (self.test is None or self.test(value))

    def wrongs(self, value: Any, keys: Keys) -> Iterator[Wrong]:
        if type(value) not in self.types:
            yield mistyped(value, self.expected, keys, self.reads)
        elif self.test is not None and not self.test(value):
            yield Wrong(keys, "value", self.fails, filled_in=is_placeholder(value))


class Anything:
    def holds(self, value: Any) -> bool:  # noqa: ARG002 - it is asked like all others
        return True

    def wrongs(self, value: Any, keys: Keys) -> Iterator[Wrong]:  # noqa: ARG002 - as above
        return iter(())


class ListOf:
    def __init__(self, inner: Shape) -> None:
        self.inner = inner

    def holds(self, value: Any) -> bool:
        if type(value) is not list:
            return False
        holds = self.inner.holds
        return all(entry is not None and holds(entry) for entry in value)

    def wrongs(self, value: Any, keys: Keys) -> Iterator[Wrong]:
        if type(value) is not list:
            yield mistyped(value, "a list", keys)
            return
        for index, entry in enumerate(value):
            if entry is None:
                yield Wrong((*keys, index), "type", "is empty")
            else:
                yield from self.inner.wrongs(entry, (*keys, index))


class MappingOf:
    def __init__(self, inner: Shape) -> None:
        self.inner = inner
        self.plain = getattr(inner, "plain", None)

    def holds(self, value: Any) -> bool:
        if type(value) is not dict:
            return False
        plain, holds = self.plain, self.inner.holds
        return all(type(entry) is plain or entry is None or holds(entry) for entry in value.values())

    def wrongs(self, value: Any, keys: Keys) -> Iterator[Wrong]:
        if type(value) is not dict:
            yield mistyped(value, "a mapping", keys)
            return
        for key, entry in value.items():
            if entry is not None:
                yield from self.inner.wrongs(entry, (*keys, key))


class Fields:
    """A mapping whose keys are known; what a key's word means is looked up when it first occurs."""

    def __init__(
        self, name: str, words: Mapping[str, str], required: tuple[str, ...], of: Callable[[str], Shape]
    ) -> None:
        self.name = name
        self.words = words
        self.required = required
        self._of = of
        self._shapes: dict[str, Shape] = {}
        # Most values are plain texts, numbers and booleans: one look into this table passes them.
        leaves = {word: leaf.plain for word, leaf in LEAVES.items() if leaf.plain is not None}
        self._plain = {field: leaves[word] for field, word in words.items() if word in leaves}

    def holds(self, value: Any) -> bool:
        if type(value) is not dict:
            return False
        plain, shapes = self._plain, self._shapes
        for key, inner in value.items():
            if type(inner) is plain.get(key):
                continue
            shape = shapes.get(key)
            if shape is None:
                if key not in self.words:
                    return False
                shape = self.shape(key)
            if inner is not None and not shape.holds(inner):
                return False
        for key in self.required:  # noqa: SIM110 - at half the cost of all(…)
            if value.get(key) is None:
                return False
        return True

    def wrongs(self, value: Any, keys: Keys) -> Iterator[Wrong]:
        if type(value) is not dict:
            yield mistyped(value, "a mapping", keys)
            return
        for key, inner in value.items():
            if key not in self.words:
                near = nearest(key, self.words, value)
                yield Wrong((*keys, key), "unknown", f"is no field of {self.name}", self.name, near)
            elif inner is not None:
                yield from self.shape(key).wrongs(inner, (*keys, key))
        yield from missing(value, self.required, self.name, keys)

    def shape(self, key: str) -> Shape:
        if key not in self._shapes:
            self._shapes[key] = self._of(self.words[key])
        return self._shapes[key]


def missing(value: Mapping[str, Any], required: tuple[str, ...], name: str, keys: Keys) -> Iterator[Wrong]:
    for key in required:
        if value.get(key) is None:
            yield Wrong((*keys, key), "missing", f"is missing; {name} needs it", name)


def mistyped(value: Any, expected: str, keys: Keys, reads: Callable[[str], object] | None = None) -> Wrong:
    right = reads(value) if reads is not None and isinstance(value, str) else None
    says = f"is {named(value)} where {expected} is expected"
    return Wrong(keys, "type", says, right=right, filled_in=is_placeholder(value))


def named(value: Any) -> str:
    """What a value is; texts, lists and mappings without their content, which may be secret."""
    if value is True or value is False:
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"the number {value}"[:60]
    words: Mapping[object, str] = {str: "a text", list: "a list", dict: "a mapping"}
    return words.get(type(value), "null")


def is_placeholder(value: Any) -> bool:
    """A text that is replaced before the API server sees it, as envsubst and OpenShift's templates do."""
    return isinstance(value, str) and ("${" in value or "{{" in value)


def nearest(key: Any, fields: Iterable[str], beside: Container[str]) -> str:
    """The field that was probably meant by a key; "" when none or several are, or it is there."""
    near = _nearest(_plain(str(key)), tuple(fields))
    return "" if near in beside else near


@lru_cache(maxsize=4096)  # one slip often stands in hundreds of objects that were made from one template
def _nearest(plain: str, fields: tuple[str, ...]) -> str:
    from difflib import SequenceMatcher

    match = SequenceMatcher(autojunk=False)
    match.set_seq2(plain)
    likely: list[tuple[float, str]] = []
    for field in fields:
        match.set_seq1(_plain(field))
        if match.real_quick_ratio() >= LIKE and match.quick_ratio() >= LIKE and match.ratio() >= LIKE:
            likely.append((match.ratio(), field))
    likely.sort()
    if not likely or (len(likely) > 1 and likely[-2][0] == likely[-1][0]):
        return ""
    return likely[-1][1]


def _plain(key: str) -> str:
    return key.replace("-", "").replace("_", "").lower()[:100]


def _in_bits(most: int) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        return bool(-most <= value < most and value == int(value))

    return fits


def _is_quantity(value: Any) -> bool:
    return not isinstance(value, str) or QUANTITY.fullmatch(value) is not None


def _is_int_or_string(value: Any) -> bool:
    return not isinstance(value, float) or value.is_integer()


def _is_base64(value: Any) -> bool:
    try:
        binascii.a2b_base64(value.replace("\r", "").replace("\n", ""), strict_mode=True)
    except ValueError:
        return False
    return True


def _whole(text: str) -> object:
    return int(text) if re.fullmatch(r"0|-?[1-9][0-9]{0,17}", text) else None


def _boolean(text: str) -> object:
    return {"true": True, "false": False}.get(text)


def whole_number(most: int) -> Leaf:
    return Leaf(
        "a whole number", int, float, test=_in_bits(most), reads=_whole,
        fails=f"is no whole number of {most.bit_length()} bits",
    )  # fmt: skip


TEXT = Leaf("a text", str)
NUMBER = Leaf("a number", int, float)
BOOLEAN = Leaf("true or false", bool, reads=_boolean)
INT_OR_STRING = Leaf(
    "a whole number or a text", int, str, float, test=_is_int_or_string,
    fails="is neither a whole number nor a text",
)  # fmt: skip
LEAVES: Mapping[str, Leaf] = {
    "string": TEXT,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "int32": whole_number(INT32),
    "int64": whole_number(INT64),
    "int-or-string": INT_OR_STRING,
    "quantity": Leaf(
        "a quantity such as 500m or 1Gi", str, int, float, test=_is_quantity,
        fails="is no quantity; one is written as 500m or 1Gi",
    ),
    "bytes": Leaf("a text in base64", str, test=_is_base64, fails="is not base64"),
    "mapping": Leaf("a mapping", dict),
}  # fmt: skip
