"""One call of a check → one result; nothing that a check says or does hides another's result."""
# ruff: noqa: ARG001  # a row a case; only signatures matter

import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Self

import pytest

from readiness.api import (
    Finding,
    Findings,
    Known,
    NotApplicable,
    Operand,
    Proof,
    Subject,
    Unknown,
    Unreadable,
)
from readiness.collect import Collector
from readiness.errors import ReadinessError
from readiness.outcome import Location, Outcome
from readiness.run import MOST_FINDINGS, Planned, Ran, run
from readiness.signature import Check
from readiness.speech import nonsense_in

DOC = "All is well.\n\nSeverity: error error error error\n"


def nothing() -> Findings:
    yield from ()


class Thing(NamedTuple):
    name: str

    @property
    def subject(self) -> Subject:
        return Subject("Thing", "", self.name)

    @property
    def at(self) -> Location:
        return Location("repository", f"{self.name}.yaml")

    @classmethod
    def collect(cls) -> Iterator[Self | Unreadable]:
        raise NotImplementedError


class Lone:
    """Evidence whose subject can't be told."""

    @property
    def subject(self) -> Subject:
        raise Unknown("it has no name")

    @classmethod
    def collect(cls) -> Iterator[Self | Unreadable]:
        yield cls()


Thing.kinds = frozenset({"Thing"})  # type: ignore[attr-defined]  # a field it would be in the class
DOUBT = Unreadable(Location("repository", "broken.yaml"), "no YAML", frozenset({"Thing"}), "mend it")


def ran(
    function: Callable[..., Any], things: tuple[str, ...] = ("a", "b"), doubts: tuple[Unreadable, ...] = ()
) -> Ran:
    function.__doc__ = DOC

    def collect(cls: type) -> Iterator[Any]:
        yield from (Thing(name) for name in things)
        yield from doubts

    collect.__annotations__["return"] = Iterator[Thing | Unreadable]
    before = Thing.__dict__["collect"]
    Thing.collect = classmethod(collect)  # type: ignore[assignment, method-assign]  # what is found in this test
    try:
        check = Check("area", function)
        plan = (Planned(check.id, check, "", check.title, "error", False, {}, 1.0),)
        return run(plan, Collector({}, {}))
    finally:
        Thing.collect = before  # type: ignore[method-assign]  # as above


def outcome(function: Callable[..., Any], *arguments: Any) -> Outcome:
    return ran(function, *arguments).outcomes[0]


def statuses(found: Outcome) -> list[tuple[str, str]]:
    return [(result.subject.name, result.status) for result in found.results]


def test_one_by_one_gives_a_result_each() -> None:
    def check(thing: Thing) -> Findings:
        if thing.name == "b":
            yield Finding("b is wrong")

    found = outcome(check)
    assert statuses(found) == [("a", "pass"), ("b", "fail")]
    assert found.results[0].at == Location("repository", "a.yaml")
    assert found.status == "fail"


def test_no_subject_is_not_applicable_with_what_was_looked_for() -> None:
    def check(thing: Thing) -> Findings:
        yield Proof("well")

    found = outcome(check, ())
    assert (found.results, found.status, found.reason) == ((), "not-applicable", "no Thing found")


def test_over_all_something_has_to_be_said() -> None:
    def silent(things: tuple[Thing, ...]) -> Findings:
        yield from ()

    def proves(things: tuple[Thing, ...]) -> Findings:
        yield Proof(f"{len(things)} things")

    assert [(one.status, one.reason) for one in outcome(silent).results] == [
        ("not-applicable", "yielded nothing")
    ]
    assert outcome(proves).status == "pass"


def test_unknown_and_not_applicable_are_of_one_subject() -> None:
    def check(thing: Thing) -> Findings:
        if thing.name == "a":
            raise Unknown("a is in the fog", thing.at.at("spec"), "clear it")
        yield from nothing()
        raise NotApplicable("b is no thing")

    done = ran(check)
    assert statuses(done.outcomes[0]) == [("a", "unknown"), ("b", "not-applicable")]
    (cause,) = done.causes.values()
    assert (cause.why, cause.fix) == ("a is in the fog", "clear it")
    assert done.outcomes[0].causes == (cause.id,)


@pytest.mark.parametrize(
    "end",
    [Unknown("fog"), NotApplicable("none"), ValueError("crash"), SystemExit(0), KeyboardInterrupt()],
    ids=repr,
)
def test_what_was_found_before_the_end_stays(end: BaseException) -> None:
    def check(thing: Thing) -> Findings:
        yield Finding(f"{thing.name} is wrong")
        raise end

    for result in outcome(check).results:
        assert [one.message for one in result.findings] == [f"{result.subject.name} is wrong"]
        assert result.status == ("fail" if isinstance(end, ReadinessError) else "error")


def test_proofs_do_not_make_a_pass_of_unknown() -> None:
    def check(thing: Thing) -> Findings:
        yield Proof("so far")
        raise Unknown("fog")

    assert [one.status for one in outcome(check).results] == ["unknown", "unknown"]


def test_a_crash_is_told_without_paths_and_addresses() -> None:
    def check(thing: Thing) -> Findings:
        yield from nothing()
        raise ValueError(f"bad {object()!r}")

    reason = outcome(check).results[0].reason
    assert reason.startswith("ValueError: bad <object object at 0x…> in ")
    assert __file__ not in reason
    assert reason == outcome(check).results[0].reason


def test_a_flood_is_an_error_and_keeps_a_part() -> None:
    def check(thing: Thing) -> Findings:
        for number in range(10**9):
            yield Finding("x", key=str(number))

    found = outcome(check, ("a",))
    assert (found.status, found.results[0].status) == ("error", "error")
    assert len(found.results[0].findings) == MOST_FINDINGS + 1


def test_a_doubt_is_unknown_beside_the_rest() -> None:
    def check(thing: Thing) -> Findings:
        yield Proof("well")

    done = ran(check, ("a",), (DOUBT,))
    assert statuses(done.outcomes[0]) == [("a", "pass"), ("broken.yaml", "unknown")]
    assert done.outcomes[0].status == "unknown"
    assert [cause.fix for cause in done.causes.values()] == ["mend it"]


def test_known_has_no_doubt_of_its_own() -> None:
    def check(things: Known[Thing]) -> Findings:
        if things.none_of(lambda thing: thing.name == "z"):
            yield Finding("nothing is z")

    assert [one.status for one in outcome(check).results] == ["fail"]
    assert [one.status for one in outcome(check, ("a",), (DOUBT,)).results] == ["unknown"]
    assert [one.status for one in outcome(check, ("z",), (DOUBT,)).results] == ["not-applicable"]


def test_two_findings_that_cannot_be_told_apart_are_an_error() -> None:
    def check(thing: Thing) -> Findings:
        yield Finding("one")
        yield Finding("two")

    def keyed(thing: Thing) -> Findings:
        yield Finding("one", key="1")
        yield Finding("two", key="2")

    assert outcome(check, ("a",)).status == "error"
    assert outcome(keyed, ("a",)).status == "fail"


def test_evidence_without_a_subject_is_an_error_of_that_one() -> None:
    def check(lone: Lone) -> Findings:
        yield Proof("well")

    (result,) = outcome(check).results
    assert (result.status, "Unknown: it has no name" in result.reason) == ("error", True)


def test_a_hang_is_ended_and_the_next_subject_is_looked_at() -> None:
    def check(thing: Thing) -> Findings:
        while thing.name == "a":
            pass
        yield Proof("well")

    found = outcome(check)
    assert statuses(found) == [("a", "error"), ("b", "pass")]
    assert "took longer than 1 s" in found.results[0].reason


def test_what_is_ruled_out_is_not_run() -> None:
    def check(thing: Thing) -> Findings:
        yield from nothing()
        raise AssertionError("is not called")

    check.__doc__ = DOC
    known = Check("area", check)
    planned = Planned(known.id, known, "", known.title, "error", True, {}, ruled_out="not asked of tier 4")
    (found,) = run((planned,), Collector({}, {})).outcomes
    assert (found.status, found.reason, found.not_evaluated) == (
        "not-applicable",
        "not asked of tier 4",
        True,
    )


AT = Location("repository", "a.yaml")
SOUND = [
    Finding("x"), Proof("x"), Finding("x", AT, "fix", (Operand("n", 1, "s", AT, "more"),), Subject("Thing"), "k", "note"),
    Proof("x", (Operand("n", "word"),)), Finding("x", operands=(Operand("n", 0.5),)),
]  # fmt: skip
UNSOUND: list[Any] = [
    None, "x", 3, (), Finding(""), Finding(None), Finding(b"x"), Finding("x", at=("a", 1)), Finding("x", fix=None),  # type: ignore[arg-type]
    Finding("x", operands=[Operand("n", 1)]), Finding("x", operands=((1, 2),)), Finding("x", operands=(Operand("n", None),)),  # type: ignore[arg-type]
    Finding("x", operands=(Operand("n", float("inf")),)), Finding("x", operands=(Operand("n", 1, worse="up"),)),  # type: ignore[arg-type]
    Finding("x", about=("Thing", "", "a", "")), Finding("x", about=Subject("Thing", None, "a")), Finding("x", key=1),  # type: ignore[arg-type]
    Finding("x", at_most="fatal"), Proof("x", at="a.yaml"), Proof(1), Finding("x", operands=(Operand("n", functools),)),  # type: ignore[arg-type]
]  # fmt: skip


@pytest.mark.parametrize("said", SOUND, ids=str)
def test_sound_speech_is_taken(said: object) -> None:
    assert nonsense_in(said) == ""


@pytest.mark.parametrize("said", UNSOUND, ids=lambda said: str(said)[:60])
def test_nonsense_is_named(said: object) -> None:
    assert nonsense_in(said).startswith("yielded ")


def test_a_check_over_a_large_set_may_say_something_of_each() -> None:
    def check(things: tuple[Thing, ...]) -> Findings:
        for thing in things:
            yield Proof(f"{thing.name} holds", about=thing.subject)

    names = tuple(f"thing{number}" for number in range(3000))
    found = outcome(check, names)
    assert (found.status, len(found.results[0].proofs)) == ("pass", 3000)
