"""Evidence on demand: at most once per scope, with what could not be read travelling along."""
# ruff: noqa: ARG003  # a row a case; only signatures matter

from collections.abc import Iterator
from typing import Any, ClassVar, Self

import pytest

from readiness.api import Known, Unreadable
from readiness.collect import Collector, cause_of, cause_of_failure
from readiness.errors import BrokenCheck, NotApplicable, Unknown
from readiness.evidence.context import Environment
from readiness.known import ByEnvironment
from readiness.outcome import Location
from readiness.signature import Need

BROKEN = Unreadable(Location("repository", "b.yaml"), "no YAML", frozenset({"Deployment"}), "mend b.yaml")


class Base:
    """All files, one of them broken."""

    unreadable: ClassVar[tuple[Unreadable, ...]] = (BROKEN,)
    loads: ClassVar[int] = 0

    @classmethod
    def collect(cls) -> Self:
        Base.loads += 1
        return cls()


class Deployments:
    kinds: ClassVar[frozenset[str]] = frozenset({"Deployment"})

    @classmethod
    def collect(cls, base: Base) -> Iterator[Self | Unreadable]:
        yield cls()
        yield Unreadable(Location("repository", "c.yaml"), "no mapping", frozenset({"Deployment"}))
        yield cls()


class Services:
    kinds: ClassVar[frozenset[str]] = frozenset({"Service"})

    @classmethod
    def collect(cls, base: Base) -> Iterator[Self | Unreadable]:
        yield cls()


class Joined:
    @classmethod
    def collect(cls, deployments: tuple[Deployments, ...], services: Known[Services]) -> Self:
        made = cls()
        made.services = services
        return made

    services: Known[Services]


class Local:
    """Once for each environment."""

    @classmethod
    def collect(cls, environment: Environment, base: Base) -> Self:
        made = cls()
        made.name = environment.name
        return made

    name: str


class Gone:
    """A source that can't be read at all."""

    loads: ClassVar[int] = 0

    @classmethod
    def collect(cls) -> Self:
        Gone.loads += 1
        raise Unknown("the server does not answer", fix="start it")


class OfGone:
    @classmethod
    def collect(cls, gone: Gone) -> Self:
        raise AssertionError("is not called")


class Absent:
    @classmethod
    def collect(cls) -> Self:
        raise NotApplicable("there is no such thing here")


class Crashes:
    loads: ClassVar[int] = 0

    @classmethod
    def collect(cls) -> Self:
        Crashes.loads += 1
        raise ValueError("no")


class Egg:
    @classmethod
    def collect(cls, hen: "Hen") -> Self:
        return cls()


class Hen:
    @classmethod
    def collect(cls, egg: Egg) -> Self:
        return cls()


Egg.collect.__func__.__annotations__["hen"] = Hen  # type: ignore[attr-defined]  # a ring can't be written plainly


@pytest.fixture
def collector() -> Collector:
    Base.loads = Gone.loads = Crashes.loads = 0
    environments: dict[str, dict[type, Any]] = {name: {Environment: Environment(name)} for name in ("a", "b")}
    return Collector({}, environments)


def test_a_loader_runs_once_in_its_scope(collector: Collector) -> None:
    for environment in ("a", "b", "a"):
        collector.collected(Joined, environment)
        collector.collected(Local, environment)
    assert collector.loads == {"Base": 1, "Deployments": 1, "Services": 1, "Joined": 1, "Local": 2}
    assert Base.loads == 1


def test_nothing_is_loaded_that_nobody_asks_for(collector: Collector) -> None:
    collector.collected(Services, "")
    assert set(collector.loads) == {"Base", "Services"}


def test_what_could_not_be_read_travels_only_where_it_could_have_been(collector: Collector) -> None:
    assert [one.at.file for one in collector.collected(Deployments, "").unreadable] == ["b.yaml", "c.yaml"]
    assert collector.collected(Services, "").unreadable == ()
    assert [one.at.file for one in collector.collected(Joined, "").unreadable] == ["b.yaml", "c.yaml"]


def test_known_answers_for_its_own_completeness(collector: Collector) -> None:
    known = collector.argument(Need("x", Deployments, "known"), "")
    assert (len(known), known.complete) == (2, False)
    assert "b.yaml could not be read and 1 more: no YAML" in known.why
    assert collector.doubts(Need("x", Deployments, "known"), "") == ()
    assert collector.argument(Need("x", Services, "known"), "").complete


def test_a_source_that_cannot_be_read_reaches_each_that_asks(collector: Collector) -> None:
    for evidence in (Gone, OfGone):
        with pytest.raises(Unknown, match="does not answer"):
            collector.argument(Need("x", evidence, "one"), "")
    known = collector.argument(Need("x", Gone, "known"), "")
    assert (tuple(known), known.complete) == ((), False)
    assert Gone.loads == 1
    with pytest.raises(NotApplicable):
        collector.argument(Need("x", Absent, "one"), "")


def test_a_loader_that_crashes_runs_once_and_is_told_to_each(collector: Collector) -> None:
    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            collector.collected(Crashes, "")
    assert Crashes.loads == 1


def test_environments_are_given_side_by_side(collector: Collector) -> None:
    each = collector.argument(Need("x", Local, "one", by_environment=True), "")
    assert isinstance(each, ByEnvironment)
    assert {name: one.name for name, one in each.items()} == {"a": "a", "b": "b"}
    assert collector.doubts(Need("x", Local, "one", by_environment=True), "") == (BROKEN,)


def test_evidence_that_needs_itself_is_told(collector: Collector) -> None:
    with pytest.raises(BrokenCheck, match="Hen → Egg → Hen"):
        collector.collected(Hen, "")


def test_what_is_not_given_is_unknown(collector: Collector) -> None:
    class Given:
        given: ClassVar[bool] = True

    found = collector.collected(Given, "")
    assert isinstance(found.failed, Unknown)


def test_a_cause_is_the_same_one_wherever_it_is_met() -> None:
    assert cause_of(BROKEN).id == cause_of(BROKEN._replace(kinds=frozenset())).id
    assert cause_of(BROKEN).id != cause_of(BROKEN._replace(why="other")).id
    failed = Unknown(BROKEN.why, BROKEN.at, BROKEN.fix)
    assert cause_of_failure(failed) == cause_of(BROKEN)
