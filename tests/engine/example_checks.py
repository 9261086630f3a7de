"""A few checks with settings of each sort, for tests of checklists."""
# ruff: noqa: ARG001  # only the signatures matter here

from collections.abc import Mapping
from typing import Literal

from readiness.api import Count, Days, Findings, Percent, Text
from readiness.signature import Check


def history_limit(*, minimum: Count = 2) -> Findings:
    """Revisions are kept.

    Severity: error error warning note

    Settings:
        minimum: revisions.

    Silent on:
        nothing.

    Source:
        an example.
    """
    yield from ()


def plan_fresh(
    *, max_age: Days = 180, headroom: Percent | None = None, sections: tuple[Text, ...] = ()
) -> Findings:
    """A plan is fresh.

    Severity: error warning note note

    Settings:
        max_age: days.

    Silent on:
        nothing.

    Source:
        an example.
    """
    yield from ()


def sections(*, style: Literal["mkdocs", "hugo"] = "mkdocs", strict: bool = False) -> Findings:
    """Pages have sections.

    Severity: warning warning note note

    Silent on:
        nothing.

    Source:
        an example.
    """
    yield from ()


KNOWN: Mapping[str, Check] = {
    check.id: check
    for check in (Check("rollback", history_limit), Check("capacity", plan_fresh), Check("runbook", sections))
}


class AnyCheck(dict[str, Check]):
    """Knows every id: for the shipped profiles, whose checks are not what is tested here."""

    def __missing__(self, check_id: str) -> Check:
        return KNOWN["rollback.history-limit"]
