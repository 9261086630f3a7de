"""The shipped profiles: what each asks for, and that each is at least as strict as the one before."""

import pytest

from readiness.checklist import Checklist, builtin_profile, parse
from readiness.errors import ChecklistError
from readiness.layers import load
from readiness.outcome import Severity
from tests.engine.example_checks import AnyCheck

PROFILES = ("baseline@1", "standard@1", "critical@1")
CHECKS = {
    "rollback.history-limit", "rollback.image-immutable", "rollback.previous-version-resolvable",
    "rollback.config-immutable", "availability.pdb-allows-drain", "availability.termination-budget",
    "rollout.zero-downtime-arithmetic", "capacity.plan-present-and-fresh", "capacity.plan-covers-peak",
    "capacity.plan-survives-zone-loss", "capacity.plan-matches-manifests", "capacity.hpa-target-has-requests",
    "capacity.hpa-range-covers-plan", "capacity.scaler-target-valid", "alert.rules-valid",
    "alert.severity-label", "alert.routed", "runbook.linked", "runbook.resolves", "runbook.sections",
    "runbook.not-stub", "monitoring.monitor-selects-service", "monitoring.workload-scraped",
    "monitoring.health-endpoints", "owner.consistent", "evidence.readable",
}  # fmt: skip


def profile(name: str) -> Checklist:
    def nothing_else(ref: str) -> bytes:
        raise AssertionError(ref)

    return load(f"profile:{name}", nothing_else, AnyCheck())


def said(name: str) -> dict[str, Severity | None]:
    return {item.id: item.severity for item in profile(name).items}


@pytest.mark.parametrize("name", PROFILES)
def test_profile_asks_for_every_check_and_says_why(name: str) -> None:
    alone = parse(builtin_profile(name), name, AnyCheck())
    assert {item.check for item in alone.items} == CHECKS
    assert [item.id for item in alone.items if len(item.why) < 30] == []
    assert alone.service == ("", None, "")


def test_baseline_blocks_on_at_most_ten_checks_that_are_certain() -> None:
    assert {check for check, severity in said("baseline@1").items() if severity == "error"} == {
        "evidence.readable", "availability.pdb-allows-drain", "capacity.hpa-target-has-requests",
        "capacity.scaler-target-valid", "rollback.history-limit", "alert.rules-valid",
        "monitoring.monitor-selects-service",
    }  # fmt: skip


def test_baseline_leaves_no_severity_to_the_tier_and_requires_nothing() -> None:
    items = profile("baseline@1").items
    assert None not in {item.severity for item in items}
    assert {item.required for item in items} == {False}


@pytest.mark.parametrize("check", ["capacity.plan-present-and-fresh", "runbook.linked"])
def test_what_a_repository_may_not_have_yet_is_a_note_with_the_way_to_it(check: str) -> None:
    item = next(item for item in profile("baseline@1").items if item.id == check)
    assert item.severity == "note"
    assert "readiness init" in item.why


@pytest.mark.parametrize(("milder", "stricter"), [("baseline@1", "standard@1"), ("standard@1", "critical@1")])
def test_what_blocks_in_one_profile_blocks_in_the_next(milder: str, stricter: str) -> None:
    blocking = {check for check, severity in said(milder).items() if severity == "error"}
    assert blocking <= {check for check, severity in said(stricter).items() if severity == "error"}


def test_critical_is_error_throughout_and_requires_what_a_review_asks_for() -> None:
    items = profile("critical@1").items
    assert {item.severity for item in items} == {"error"}
    assert {item.id for item in items if item.required} >= {
        "capacity.plan-present-and-fresh", "alert.rules-valid", "alert.routed", "runbook.linked",
        "runbook.sections", "owner.consistent", "monitoring.workload-scraped", "evidence.readable",
    }  # fmt: skip


def test_there_is_no_other_profile() -> None:
    with pytest.raises(ChecklistError, match=r"there is no profile standard@2; expected one of .*standard@1"):
        builtin_profile("standard@2")
    with pytest.raises(ChecklistError, match="there is no profile"):
        builtin_profile("../profiles/standard@1")
