"""Items × checks × environments → what is run."""
# ruff: noqa: ARG001  # a row a case; only signatures matter

from typing import Any

import pytest

from readiness.api import Count, Days, Findings
from readiness.checklist import Checklist, Item
from readiness.errors import ChecklistError
from readiness.evidence.context import Environment, Today
from readiness.evidence.manifests import Manifests
from readiness.plan import plan, ruled_out
from readiness.signature import Check


def everywhere(today: Today, *, max_age: Days = 7) -> Findings:
    """T.

    Severity: error warning note note
    """
    yield from ()


def here(manifests: Manifests, *, minimum: Count = 2) -> Findings:
    """T.

    Severity: error warning note note
    """
    yield from ()


class Metered:
    """Evidence that only one product gives."""

    platform = ("metrics", ("prometheus",))

    @classmethod
    def collect(cls, today: Today) -> "Metered":
        raise NotImplementedError


Metered.collect.__func__.__annotations__["return"] = Metered  # type: ignore[attr-defined]  # its own class


def metered(metered: Metered) -> Findings:
    """T.

    Severity: error warning note note
    """
    yield from ()


KNOWN = {check.id: check for check in (Check("a", everywhere), Check("a", here), Check("a", metered))}
ENVIRONMENTS = (Environment("staging", "staging"), Environment("eu", "production"))


def planned(*items: Item, **checklist: Any) -> list[tuple[str, str, str]]:
    made = plan(Checklist()._replace(items=items, **checklist), KNOWN, ENVIRONMENTS)
    return [(one.item, one.environment, one.ruled_out) for one in made]


def item(check: str, **more: Any) -> Item:
    return Item(more.pop("id", check), more.pop("kind", "check"), check, **more)


def test_a_check_runs_in_each_environment_only_where_it_reads_one() -> None:
    assert planned(item("a.here"), item("a.everywhere")) == [
        ("a.here", "staging", ""), ("a.here", "eu", ""), ("a.everywhere", "", ""),
    ]  # fmt: skip


def test_other_kinds_and_what_is_switched_off_are_not_planned() -> None:
    assert (
        planned(item("cel", kind="cel"), item("attestation", kind="attest"), item("a.here", disabled=True))
        == []
    )


@pytest.mark.parametrize(
    ("wanted", "left"), [(("eu",), "eu"), (("production",), "eu"), (("staging",), "staging"), ((), "")]
)
def test_when_names_environments_or_their_class(wanted: tuple[str, ...], left: str) -> None:
    made = planned(item("a.here", environments=wanted))
    assert [name for _, name, out in made if not out] == ([left] if left else [])
    assert all(out.startswith("not asked of environment") for _, name, out in made if name != left)


def test_when_names_tiers() -> None:
    assert ruled_out(item("a.here", tiers=(1, 2)), None, Checklist()) == ""
    ((_, _, reason),) = planned(item("a.everywhere", tiers=(3, 4)))
    assert reason == "not asked of tier 2"


def test_another_platform_rules_a_check_out_with_its_reason() -> None:
    assert planned(item("a.metered")) == [("a.metered", "", "")]
    assert planned(item("a.metered"), platform={"metrics": ("prometheus", "dynatrace")}) == [
        ("a.metered", "", "")
    ]
    ((_, _, reason),) = planned(item("a.metered"), platform={"metrics": ("dynatrace",)})
    assert reason == "metrics is dynatrace here, this check reads prometheus"


def test_settings_and_severity_come_from_the_item() -> None:
    (one,) = plan(Checklist()._replace(items=(item("a.everywhere", settings={"max-age": "3d"}),)), KNOWN, ())
    assert (one.settings, one.severity, one.required) == ({"max_age": 3}, "warning", False)
    (one,) = plan(
        Checklist()._replace(items=(item("a.everywhere", severity="error", required=True, timeout=3),)),
        KNOWN,
        (),
    )
    assert (one.settings, one.severity, one.required, one.seconds) == ({}, "error", True, 3)
    with pytest.raises(ChecklistError, match="no setting max"):
        plan(Checklist()._replace(items=(item("a.everywhere", settings={"max": "3d"}),)), KNOWN, ())


def test_without_an_environment_an_item_stays_in_the_plan() -> None:
    """Else a required one would be met by having nothing to look at."""
    for check, nowhere in (("a.here", True), ("a.everywhere", False)):
        (one,) = plan(Checklist()._replace(items=(item(check, required=True),)), KNOWN, ())
        assert (one.environment, one.required, bool(one.nowhere), one.ruled_out) == ("", True, nowhere, "")
