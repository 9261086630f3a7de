"""Rules on one field, declared as data: the second kind of check.

    PRIVILEGED = FieldRule(
        "privileged", Container, "securityContext.privileged", expects=bool, holds=not_true,
        says="runs privileged", fix="remove securityContext.privileged", doc=\"\"\"No container …\"\"\",
    )
    RULES = (PRIVILEGED,)

An area's module lists its rules under `RULES`. A rule is compiled once and then looks at thousands of
things in one loop, where a function is called for each: it passes in a fraction of a microsecond.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from readiness.errors import Unknown
from readiness.outcome import Edit, Finding, Location, Proof, Result, Severity, Subject

Holds = Callable[[Any], bool]


class FieldRule(NamedTuple):
    """What one field of each thing has to be.

    A thing is evidence that is taken one by one and has `body`, `at`, `subject` and `label`.
    """

    name: str  # the id is area.name
    of: type  # the evidence type
    field: str | Callable[[Any], Any]  # keys below `body` with dots, or what gives a Value or None
    holds: Holds  # asked of the value, None where it is left out
    says: str  # what is wrong, after the thing's label: "runs privileged", "allows {value}"
    fix: str
    doc: str  # as the docstring of a check: first line, why, Silent on, Severity, Source, Peers
    expects: type | None = None  # a value of another type is unknown
    only: Callable[[Any], bool] | None = None  # the things that it is about; all when left out
    edit: Callable[[Any], tuple[Edit, ...]] | None = (
        None  # the mechanical mending of a thing, where there is one
    )
    at: Callable[[Any], Location] | None = None  # where to mend it, when `field` gives None
    # `field` gives a list with a Value for each thing that is wrong, `holds` is `left_out`: each Value is a
    # finding, told apart by its text, so that one that is accepted does not hide the next
    several: bool = False
    at_most: Callable[[Any], Severity | None] | None = None  # caps the severity for some values


def not_true(value: object) -> bool:
    return value is not True


def is_true(value: object) -> bool:
    return value is True


def is_false(value: object) -> bool:
    return value is False


def left_out(value: object) -> bool:
    """Not there, or empty."""
    return value is None or value in ("", [], {})


def given(value: object) -> bool:
    """There, and not empty."""
    return not left_out(value)


def one_of(*allowed: object) -> Holds:
    return frozenset(allowed).__contains__


class Doubt(NamedTuple):
    """A thing of which the value can't be told."""

    subject: Subject
    why: Unknown


_new = tuple.__new__


Sorted = tuple[Sequence[int], Sequence[int]]


def sorted_out(rule: FieldRule, things: Sequence[Any]) -> Sorted:
    """Indices of the things for which a rule holds, and of those of which more has to be said."""
    get = _getter(rule)
    holds, only = rule.holds, rule.only
    passed: list[int] = []
    rest: list[int] = []
    for index, thing in enumerate(things):
        try:
            if only is not None and not only(thing):
                continue
            (passed if holds(get(thing)) else rest).append(index)
        except Exception:  # told by `scan`, in its turn
            rest.append(index)
    return passed, rest


def scan(rule: FieldRule, title: str, things: Sequence[Any], told: Sorted) -> Iterator[Result | Doubt]:
    """What a rule says of each thing that it is about; the first that passes carries the proof of all.

    Args:
        told: what `sorted_out` gives for these things.
    """
    get = _getter(rule)
    holds, only = rule.holds, rule.only
    passed, rest = told
    for index in rest:
        thing = things[index]
        try:
            if only is not None and not only(thing):
                continue
            value = get(thing)
            if holds(value):
                continue
        except Unknown as why:
            yield Doubt(thing.subject, why)
            continue
        yield Result(thing.subject, "fail", _findings(rule, thing, value), at=thing.at)
    if passed:
        first = things[passed[0]]
        yield Result(first.subject, "pass", (), (_proof(rule, title, len(passed)),), at=first.at)
    for index in passed[1:]:  # as Result(…) gives them, at half the cost
        thing = things[index]
        yield _new(Result, (thing.subject, "pass", (), (), "", (), thing.at))


def _proof(rule: FieldRule, title: str, count: int) -> Proof:
    noun = getattr(rule.of, "noun", rule.of.__name__)
    return Proof(f"holds for {count} {noun}{'s' * (count != 1)}: {title[:1].lower()}{title[1:]}")


def _findings(rule: FieldRule, thing: Any, value: Any) -> tuple[Finding, ...]:
    if not rule.several:
        return (_finding(rule, thing, value, _place(rule, thing)),)
    apart = {str(one.value): one for one in reversed(value)}  # of two that say the same, the first
    return tuple(
        _finding(rule, thing, apart[key].value, _located(apart[key].at), key) for key in sorted(apart)
    )


def _finding(rule: FieldRule, thing: Any, value: Any, at: Location, key: str = "") -> Finding:
    return Finding(
        f"{thing.label} {rule.says.format(value=value)}",
        at,
        rule.fix.format(value=value, name=thing.subject.name, part=thing.subject.part),
        key=key,
        at_most=rule.at_most(value) if rule.at_most is not None else None,
        edits=rule.edit(thing) if rule.edit is not None else (),
    )


def _place(rule: FieldRule, thing: Any) -> Location:
    if isinstance(rule.field, str):
        return _located(thing.at.at(*rule.field.split(".")))
    found = rule.field(thing)
    if found is not None:
        return _located(found.at)
    return _located(rule.at(thing) if rule.at is not None else thing.at)


def _located(at: Any) -> Location:
    if not isinstance(at, Location):
        raise TypeError(f"a place is {type(at).__name__}; expected a Location")
    return at


def _getter(rule: FieldRule) -> Callable[[Any], Any]:
    """What gives a thing's raw value.

    Raises (when called):
        Unknown: a value on the way is no mapping, or the value has another type than `expects`.
    """
    field, expects = rule.field, rule.expects
    if not isinstance(field, str):
        accessor = field
        if rule.several:
            return accessor

        def accessed(thing: Any) -> Any:
            found = accessor(thing)
            return None if found is None else found.value

        return accessed
    keys = tuple(field.split("."))

    def walked(thing: Any) -> Any:
        value = thing.body
        for key in keys:
            if type(value) is dict:
                value = value.get(key)
            elif value is None:
                return None
            else:
                raise _no_way(thing, keys)
        if expects is not None and value is not None and type(value) is not expects:
            raise _other_type(thing, keys, value, expects)
        return value

    return walked


_WORDS = {bool: "true or false", str: "a text", int: "a whole number", dict: "a mapping", list: "a list"}


def _no_way(thing: Any, keys: tuple[str, ...]) -> Unknown:
    value, depth = thing.body, 0
    while isinstance(value, dict):
        value, depth = value.get(keys[depth]), depth + 1
    path = ".".join(keys[:depth])
    return Unknown(
        f"{path} is {type(value).__name__} where a mapping is expected", thing.at.at(*keys[:depth])
    )


def _other_type(thing: Any, keys: tuple[str, ...], value: object, expects: type) -> Unknown:
    wanted = _WORDS.get(expects, expects.__name__)
    return Unknown(f"{'.'.join(keys)} is {value!r:.60} where {wanted} is expected", thing.at.at(*keys))
