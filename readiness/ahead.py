"""Rules looked at by a second core, while this one calls the checks that are functions.

A rule on one field only sorts things: those it holds for, and those of which more has to be said. That is all
that a child hands back; the findings are made here, as ever. So a verdict is the same to the byte with one
core and with two.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from readiness.halves import Child
from readiness.rule import FieldRule, Sorted, sorted_out

ENOUGH = 20_000  # things × rules: about as much as starting the child costs


class Job(NamedTuple):
    """One rule in one environment."""

    item: str
    environment: str
    rule: FieldRule
    things: Sequence[Any]


class Ahead:
    """What a child finds out about some rules."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._keys = [(job.item, job.environment) for job in jobs]
        self._told: dict[tuple[str, str], Sorted] | None = None
        self._child = Child(lambda: [sorted_out(job.rule, job.things) for job in jobs])

    def told(self, item: str, environment: str) -> Sorted | None:
        """How a rule sorts its things; None where it is not among the jobs, or the child did not end well."""
        if self._told is None:
            found = self._child.result()
            self._told = dict(zip(self._keys, found, strict=True)) if found is not None else {}
        return self._told.get((item, environment))


def ahead_of(jobs: Sequence[Job]) -> Ahead | None:
    """A child at work on rules, where there is enough to do for it."""
    return Ahead(jobs) if sum(len(job.things) for job in jobs) >= ENOUGH else None
