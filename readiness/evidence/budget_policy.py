"""The error-budget policy: what a team does when the budget of an objective is spent.

Looks for Markdown pages whose name holds `error-budget`, `error_budget` or `budget-policy`.

Source:
    The Site Reliability Workbook, appendix B, "Error Budget Policy".
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from fractions import Fraction
from typing import ClassVar, NamedTuple, Self

from readiness.errors import ReadinessError
from readiness.evidence.documents import Documents
from readiness.evidence.pages import Page, page_of
from readiness.outcome import Location, Subject

PATTERNS = tuple(
    f"{folder}*{word}*.md"
    for word in ("error-budget", "error_budget", "budget-policy")
    for folder in ("", "**/")
)
_SHARE = r"(?<![\w.])([0-9]{1,3}(?:\.[0-9]{1,4})?) ?%"
_DAYS = r"(?<![\w.])([0-9]{1,3})[ -]?(days?|d|weeks?|w)\b"
_DATE = r"(?i)\b(?:last )?review(?:ed)?\W{1,5}(?:on )?(20[0-9]{2}-[0-9]{2}-[0-9]{2})"
_OWNER = r"(?im)^\W{0,6}(?:owner|owned by|responsible)\b\W{0,6}\S"
_APPROVER = r"(?i)\bapprov(?:ed by|er|al)\b"
_ACTION = r"(?i)\b(?:freeze|stop|slow|halt|pause|escalat|only fixes|no (?:more )?releases?|page|roll back)"


class BudgetPolicy(NamedTuple):
    """One page, and what it says; `objectives` are percentages from 90 on, `days` periods that it names."""

    at: Location
    title: str
    objectives: tuple[Fraction, ...]
    thresholds: tuple[Fraction, ...]  # shares of the budget at which something is done
    days: tuple[int, ...]
    owner: bool
    approver: bool
    reviewed: date | None

    @property
    def subject(self) -> Subject:
        return Subject("BudgetPolicy", "", self.at.file)


class BudgetPolicies:
    """All pages of that kind."""

    kinds: ClassVar[frozenset[str]] = frozenset({"budget-policy"})
    looked_for: ClassVar[str] = "a page **/*error-budget*.md or **/*budget-policy*.md"

    def __init__(self, found: tuple[BudgetPolicy, ...]) -> None:
        self.found = found

    @classmethod
    def collect(cls, documents: Documents) -> Self:
        return cls(tuple(_pages(documents)))


def _pages(documents: Documents) -> Iterator[BudgetPolicy]:
    for file in documents.named(*PATTERNS):
        with suppress(ReadinessError):
            raw = documents.text(file)
            yield _policy(page_of(raw), raw.decode("utf-8", "replace"), file.at)


def _policy(page: Page, text: str, at: Location) -> BudgetPolicy:
    """What a page says, line by line: a share of the budget counts where something is done at it."""
    objectives: dict[Fraction, None] = {}
    thresholds: dict[Fraction, None] = {}
    for line in text.splitlines():
        for found in re.findall(_SHARE, line):
            share = Fraction(found) / 100
            if Fraction(9, 10) <= share < 1 and "budget" not in line.lower().split(found)[-1][:40]:
                objectives[share] = None
            elif re.search(_ACTION, line):
                thresholds[share] = None
    days = {
        int(number) * (7 if unit.startswith("w") else 1): None for number, unit in re.findall(_DAYS, text)
    }
    reviewed = re.search(_DATE, text)
    front = page.front.get("reviewed")
    day: date | None = front if isinstance(front, date) else None
    with suppress(ValueError):
        day = date.fromisoformat(reviewed[1] if reviewed is not None else str(front))
    return BudgetPolicy(
        at, page.title, tuple(objectives), tuple(thresholds), tuple(days), bool(re.search(_OWNER, text))
        or "owner" in page.front, bool(re.search(_APPROVER, text)), day,
    )  # fmt: skip
