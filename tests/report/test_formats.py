from importlib.metadata import EntryPoint, EntryPoints
from typing import Any

import pytest

from readiness.errors import BrokenCheck, UsageError
from readiness.report.formats import BUILT_IN, names, render
from readiness.report.outline import Outline
from tests.report.samples import ready


def count(outline: Outline) -> str:
    return f"{len(outline.holds)} hold"


def nothing(_: Outline) -> None:
    return None


def plugins(monkeypatch: pytest.MonkeyPatch, *claims: tuple[str, str]) -> None:
    points = EntryPoints(EntryPoint(name, value, "readiness.formats") for name, value in claims)

    def entry_points(**wanted: Any) -> EntryPoints:
        return points.select(**wanted)

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_format_gives_bytes(name: str) -> None:
    assert isinstance(render(ready(), name), bytes)


def test_plugin_brings_a_format(monkeypatch: pytest.MonkeyPatch) -> None:
    plugins(monkeypatch, ("count", "tests.report.test_formats:count"))
    assert render(ready(), "count") == b"2 hold"
    assert names() == tuple(sorted({"count", *BUILT_IN}))


def test_unknown_format_names_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    plugins(monkeypatch)
    with pytest.raises(UsageError, match=r"no format is called 'junti'.*did you mean junit\?"):
        render(ready(), "junti")


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ([("x", "tests.report.test_formats:nothing")], "gave NoneType; expected bytes"),
        ([("x", "tests.report.no_such_module:f")], "can't be loaded"),
        ([("x", "tests.report.test_formats:no_such_function")], "can't be loaded"),
        ([("x", "tests.report.test_formats:BUILT_IN")], "is no function"),
        ([("x", "one:f"), ("x", "two:f")], "claimed by one:f and two:f"),
    ],
)
def test_broken_plugin_is_named(
    monkeypatch: pytest.MonkeyPatch, claims: list[tuple[str, str]], says: str
) -> None:
    plugins(monkeypatch, *claims)
    with pytest.raises(BrokenCheck, match=says):
        render(ready(), "x")
