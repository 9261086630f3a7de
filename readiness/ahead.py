"""What a second core finds out in a large run, while this one is at the other half of the checks.

A rule on one field only sorts things: those it holds for, and those of which more has to be said. That is all
that a child hands back of it; the findings are made here, as ever. Of a check that is a function it hands
back the results, as far as anybody reads them. So a verdict is the same to the byte with one core and two.
"""

import pickle
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from readiness.halves import Child
from readiness.outcome import MOST_PROOFS, Cause, Location, Result, Strength
from readiness.rule import FieldRule, Sorted, sorted_out

ENOUGH = 20_000  # things × rules: about as much as starting the child costs
Key = tuple[str, str]  # item and environment


class Scan(NamedTuple):
    """One rule in one environment."""

    key: Key
    rule: FieldRule
    things: Sequence[Any]


class Spoken(NamedTuple):
    """What calls of one function gave, and what they collected on the way."""

    results: tuple[Result, ...]
    causes: tuple[Cause, ...]
    strength: Strength
    calls: int
    proofs_left_out: int = 0


class Call(NamedTuple):
    """One function in one environment: its things, and how to call it."""

    key: Key
    things: Sequence[Any]
    speak: Callable[[], Spoken]


class Ahead:
    """What a child finds out about some rules and functions."""

    def __init__(self, scans: Sequence[Scan], calls: Sequence[Call]) -> None:
        self._scans = scans
        self._calls = {call.key: call for call in calls}
        self._sorted: dict[Key, Sorted] | None = None
        self._spoken: dict[Key, bytes] = {}
        self._child = Child(self._work)

    def _work(self) -> Any:
        spoken = [_packed(call) for call in self._calls.values()]
        return [sorted_out(scan.rule, scan.things) for scan in self._scans], spoken

    def _asked(self) -> dict[Key, Sorted]:
        if self._sorted is None:
            self._sorted = {}
            told = self._child.result()
            if told is not None:
                found, spoken = told
                self._sorted = dict(zip((scan.key for scan in self._scans), found, strict=True))
                self._spoken = dict(zip(self._calls, spoken, strict=True))
        return self._sorted

    def sorted(self, key: Key) -> Sorted | None:
        """How a rule sorts its things; None where it was not looked at, or the child did not end well."""
        return self._asked().get(key)

    def has(self, key: Key) -> bool:
        """Whether a function is called by the child."""
        return key in self._calls

    def spoken(self, key: Key) -> Spoken | None:
        """What a function said; None where the child did not end well."""
        self._asked()
        content = self._spoken.get(key)
        return _unpacked(content, self._calls[key].things) if content is not None else None


def _packed(call: Call) -> bytes:
    """What a call said, without what can be told again from its things: that one of them passed."""
    spoken = call.speak()
    kept, left_out = MOST_PROOFS, 0
    results: list[Result | None] = []
    for index, result in enumerate(spoken.results):
        if len(result.proofs) > kept:
            left_out += len(result.proofs) - kept
            result = result._replace(proofs=result.proofs[:kept])
        kept -= len(result.proofs)
        told_again = index < len(call.things) and result == _passed(call.things[index])
        results.append(None if told_again else result)
    content = (results, spoken.causes, spoken.strength, spoken.calls, left_out)
    return pickle.dumps(content, pickle.HIGHEST_PROTOCOL)


def _unpacked(content: bytes, things: Sequence[Any]) -> Spoken:
    results, causes, strength, calls, left_out = pickle.loads(content)
    whole = tuple(_passed(things[index]) if one is None else one for index, one in enumerate(results))
    return Spoken(whole, causes, strength, calls, left_out)


def _passed(thing: Any) -> Result:
    at = getattr(thing, "at", None)
    return Result(thing.subject, "pass", at=at if isinstance(at, Location) else None)
