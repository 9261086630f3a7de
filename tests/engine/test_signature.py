"""A check's signature and docstring are the whole contract: what is read of them, and each way to break it."""
# ruff: noqa: ARG001  # a row a case; only signatures matter

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

import pytest

from readiness.api import (
    ByEnvironment,
    Bytes,
    Count,
    Days,
    Factor,
    Findings,
    Glob,
    Known,
    Percent,
    Seconds,
    Text,
    Unreadable,
)
from readiness.errors import BrokenCheck
from readiness.evidence.context import Environment, Today
from readiness.evidence.manifests import Manifests, Workload
from readiness.signature import (
    Check,
    Need,
    SettingOf,
    closure_of,
    is_several,
    needs_of,
    scoped_by_environment,
    settings_of,
)


class Page:
    """Evidence that there is several of, for the whole run."""

    @classmethod
    def collect(cls, today: Today) -> Iterator[Self | Unreadable]:
        raise NotImplementedError


class Site:
    """Evidence that there is one of."""

    @classmethod
    def collect(cls, pages: tuple[Page, ...]) -> Self:
        raise NotImplementedError


class Placed:
    """Evidence of one environment, through what its loader takes."""

    @classmethod
    def collect(cls, site: Site, manifests: Manifests) -> Self:
        raise NotImplementedError


class Odd:
    @classmethod
    def collect(cls) -> list[Self]:
        raise NotImplementedError


def good(
    page: Page,
    site: Site,
    workloads: tuple[Workload, ...],
    known: Known[Page],
    each: ByEnvironment[Manifests],
    *,
    max_age: Days = 14,
    min_: Count = 2,
) -> Findings:
    """All is well.

    It would break,
    on two lines.

    Settings:
        max-age: how old it may be,
            at most.
        min_: how many.

    Silent on:
        the one;
        the other.

    Severity: error warning note note

    Source:
        A book.
    """
    yield from ()


def test_a_signature_is_read() -> None:
    check = Check("area", good)
    assert (check.id, check.title) == ("area.good", "All is well")
    assert check.needs == (
        Need("page", Page, "each"),
        Need("site", Site, "one"),
        Need("workloads", Workload, "all"),
        Need("known", Page, "known"),
        Need("each", Manifests, "one", True),
    )
    assert check.each == check.needs[0]
    assert {name: (one.parameter, one.default) for name, one in check.settings.items()} == {
        "max-age": ("max_age", 14),
        "min": ("min_", 2),
    }


def test_a_docstring_is_read() -> None:
    check = Check("area", good)
    assert check.body == "It would break,\non two lines."
    assert check.setting_docs == {"max-age": "how old it may be, at most.", "min": "how many."}
    assert check.silent_on == "the one;\nthe other."
    assert check.source == "A book."
    assert [check.severity(tier) for tier in (0, 1, 2, 3, 4, 9)] == [
        "error", "error", "warning", "note", "note", "note",
    ]  # fmt: skip


def test_scopes_are_derived() -> None:
    assert [scoped_by_environment(one) for one in (Page, Site, Placed, Manifests, Environment, Today)] == [
        False, False, True, True, True, False,
    ]  # fmt: skip
    assert Check("area", good).per_environment()

    def over_all(each: ByEnvironment[Manifests], pages: tuple[Page, ...]) -> Findings:
        """T.

        Severity: note note note note
        """
        yield from ()

    assert not Check("area", over_all).per_environment()


def test_the_closure_holds_all_that_is_read() -> None:
    closure = closure_of(needs_of(Placed.collect, "x"))
    assert {Site, Page, Today, Manifests, Environment} <= set(closure)


def test_several_and_one_are_told_apart() -> None:
    assert [is_several(one) for one in (Page, Site, Workload, Manifests)] == [True, False, True, False]
    with pytest.raises(BrokenCheck, match="expected Self, or Iterator"):
        is_several(Odd)


def plain(one: object) -> str:
    return re.sub(r"<[^>]*\.(\w+) object at \w+>", r"\1", str(one))


SPELLINGS: list[tuple[Any, object, Any]] = [
    (Count, 3, 3), (Days, "4w", 28), (Days, "180d", 180), (Seconds, "1h30m", 5400), (Percent, "30%", Fraction(3, 10)),
    (Percent, "99.95%", Fraction(9995, 10000)), (Factor, 1.1, Fraction(11, 10)), (Bytes, "512Mi", 512 * 2**20), (Bytes, 7, 7),
    (Glob, "docs/*.md", "docs/*.md"), (Text, "x", "x"), (bool, True, True), (Literal["a", "b"], "b", "b"),
    (tuple[Text, ...], ["a", "b"], ("a", "b")), (Count | None, None, None), (Count | None, 2, 2), (tuple[Count, ...], [], ()),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "raw", "value"), SPELLINGS, ids=plain)
def test_a_setting_is_read_and_spelled_back(annotation: Any, raw: object, value: Any) -> None:
    setting = SettingOf("x", annotation, value)
    assert setting.read(raw) == value
    assert setting.read(setting.spell(value)) == value
    assert "default" in setting.schema()


WRONG: list[tuple[Any, object]] = [
    (Count, -1), (Count, True), (Count, "2"), (Count, 1.5), (Count, None), (Days, 180), (Days, "180"), (Days, "-1d"), (Days, "1d\n"),
    (Seconds, "5"), (Seconds, ""), (Percent, "30"), (Percent, 0.3), (Percent, "-1%"), (Factor, "1"), (Factor, float("nan")),
    (Factor, float("inf")), (Factor, -0.5), (Bytes, "1Q"), (Bytes, -1), (Text, ""), (Text, 3), (bool, "yes"), (bool, 1),
    (Literal["a", "b"], "c"), (Literal["a", "b"], ["a"]), (tuple[Text, ...], "ab"), (tuple[Text, ...], [1]), (tuple[Count, ...], [None]),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "raw"), WRONG, ids=plain)
def test_a_wrong_setting_says_what_was_expected(annotation: Any, raw: object) -> None:
    default = () if "tuple" in str(annotation) else "a" if annotation is not bool else True
    with pytest.raises(ValueError, match="expected"):
        SettingOf("x", annotation, default).read(raw)


def no_annotation(workload) -> Findings:  # type: ignore[no-untyped-def]
    yield  # type: ignore[misc]


def no_evidence(count: int) -> Findings:
    yield from ()


def one_of_several_environments(pages: ByEnvironment[Workload]) -> Findings:
    yield from ()


def tuple_of_one(sites: tuple[Site, ...]) -> Findings:
    yield from ()


def known_of_one(site: Known[Site]) -> Findings:
    yield from ()


def fixed_tuple(pages: tuple[Page, Page]) -> Findings:
    yield from ()


def odd_loader(odd: Odd) -> Findings:
    yield from ()


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (no_annotation, "has no annotation"),
        (no_evidence, "no evidence type"),
        (one_of_several_environments, "ByEnvironment takes a tuple or Known"),
        (tuple_of_one, "there is only one Site"),
        (known_of_one, "there is only one Site"),
        (fixed_tuple, "no evidence type"),
        (odd_loader, "expected Self, or Iterator"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_wrong_parameter_is_told(function: Callable[..., Any], why: str) -> None:
    with pytest.raises(BrokenCheck, match=why):
        needs_of(function, "area.name")


def no_default(*, count: Count) -> Findings:
    yield from ()


def plain_int(*, count: int = 2) -> Findings:
    yield from ()


def two_types(*, count: Count | Text = 2) -> Findings:
    yield from ()


def bad_default(*, count: Count = -1) -> Findings:
    yield from ()


def other_annotation(*, count: Annotated[int, "no setting"] = 1) -> Findings:
    yield from ()


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (no_default, "has no default"),
        (plain_int, "no setting type"),
        (two_types, "one type"),
        (bad_default, "expected"),
        (other_annotation, "no setting type"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_wrong_setting_of_a_check_is_told(function: Callable[..., Any], why: str) -> None:
    with pytest.raises(BrokenCheck, match=why):
        settings_of(function, "area.name")


DOCSTRINGS = {
    "none": ("", "no docstring"),
    "no severity": ("T.", "Severity"),
    "three": ("T.\n\nSeverity: error error error", "expected four"),
    "other word": ("T.\n\nSeverity: error error error fatal", "expected four"),
}


@pytest.mark.parametrize(("text", "why"), DOCSTRINGS.values(), ids=list(DOCSTRINGS))
def test_a_wrong_docstring_is_told(text: str, why: str) -> None:
    def check() -> Findings:
        yield from ()

    check.__doc__ = text
    with pytest.raises(BrokenCheck, match=why):
        Check("area", check)
