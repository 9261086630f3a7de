"""Errors, and the exit code that each ends the process with.

`Unknown` and `NotApplicable` are no failures of the tool: `run.py` turns them into the status of one
result. Texts read `file:line:column: what is wrong; what was expected; how to mend it`.
"""

from typing import Literal

# usage is exit code 2; the others are 3: what is to be read can't be, stopped from outside, a fault of ours
FailureKind = Literal["usage", "source", "interrupted", "internal"]


class ReadinessError(Exception):
    """Root of all errors of this tool; ends the process with exit code 3 unless a subclass says otherwise."""

    exit_code = 3


class UsageError(ReadinessError):
    """The command line asks for something that can't be done."""

    exit_code = 2


class ChecklistError(ReadinessError):
    """A checklist, waiver, baseline or attestation file is invalid."""

    exit_code = 2


class BrokenCheck(ReadinessError):
    """A check, evidence type or plug-in is written wrongly: found when it is loaded, not when it runs."""

    exit_code = 2


class SourceError(ReadinessError):
    """A tree, ref or output can't be read or written, so no verdict can be reached."""

    exit_code = 3


class NotDelivered(ReadinessError):
    """A service did not take a report of a verdict, which is what it was before."""

    exit_code = 3


class Unknown(ReadinessError):
    """The evidence exists but can't be read, rendered or computed with: never a pass.

    Args:
        why: what is missing, and the file, field or command that would settle it.
        at: where, if it has a place (a `readiness.outcome.Location`).
        fix: the command or edit that mends it, for the one line that is printed of a cause.
    """

    def __init__(self, why: str, at: object = None, fix: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.at = at
        self.fix = fix


class NotApplicable(ReadinessError):
    """The rule has no subject here; the text says which subject is absent."""
