"""What requests in the evaluated tree hide: other linters' annotations, held against the policy; pure.

They are requests only. One hides notes and warnings; an error where the policy names the check under
`accept-suppressions`; nothing that the policy lets nobody waive, nothing that could not be said, and under
a base nothing while it is new. All of them stand in the register, those that hide nothing too.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from readiness.checklist import DecisionPolicy
from readiness.outcome import Linter, Location, Subject
from readiness.waivers import Candidate, fits

NO_CHECK = frozenset({"cel", "attestation", "checklist"})  # stand for a check where an item has none
NEVER = "evidence."  # what was read, and which requests are right, no request hides


class Suppression(NamedTuple):
    """One request, in whichever environments it was found."""

    tool: Linter
    key: str  # the annotation
    name: str  # the check as the tool calls it
    checks: tuple[str, ...]  # ids of ours that are meant, as globs
    subject: Subject  # the object
    part: str  # containers, as a glob; "" for the object and all of its containers
    reason: str
    at: Location
    environments: frozenset[str]
    wrong: str = ""  # why it counts for nothing, whatever the policy says
    since: date | None = None  # when it came in; None where history does not tell
    at_least: bool = False  # history does not reach back to the day that it came in


class Registered(NamedTuple):
    """A request, and what became of it."""

    suppression: Suppression
    counts: bool
    why: str  # why it doesn't count, or what it does not hide
    hidden: int  # findings, each once however many environments have it


class Hiding(NamedTuple):
    """What requests do to candidates, by index."""

    hidden: Mapping[int, int]  # candidate → the request that hides it
    refused: Mapping[int, str]  # candidate → why the request that means it does not hide it
    register: tuple[Registered, ...]


def apply_suppressions(
    suppressions: Iterable[Suppression],
    candidates: Sequence[Candidate],
    policy: DecisionPolicy,
    spared: frozenset[int] = frozenset(),
) -> Hiding:
    """Which candidates the requests hide.

    Args:
        candidates: their severity is that without any countdown.
        spared: those that no request can hide, since the engine says them itself.
    """
    requests = sorted(dict.fromkeys(suppressions), key=_order)
    by_subject: dict[Subject, list[int]] = {}
    for index, one in enumerate(candidates if requests else ()):
        if one.entry.status == "fail" and index not in spared:
            by_subject.setdefault(one.entry.subject._replace(part=""), []).append(index)
    hidden: dict[int, int] = {}
    refused: dict[int, str] = {}
    register = []
    for number, request in enumerate(requests):
        covered: set[str] = set()
        refusals: dict[str, set[str]] = {}
        for index in by_subject.get(request.subject._replace(part=""), ()):
            candidate = candidates[index]
            if not means(request, candidate):
                continue
            why = request.wrong or _refusal(candidate, policy)
            if why:
                refusals.setdefault(why, set()).add(candidate.entry.fingerprint)
                refused.setdefault(index, f"{request.key} hides nothing here: {why}")
            else:
                covered.add(candidate.entry.fingerprint)
                hidden.setdefault(index, number)
        counts = not request.wrong and bool(request.checks) and (bool(covered) or not refusals)
        register.append(Registered(request, counts, _why(request, refusals), len(covered)))
    left = {index: why for index, why in refused.items() if index not in hidden}
    return Hiding(hidden, left, tuple(register))


def means(request: Suppression, candidate: Candidate) -> bool:
    """Whether a request speaks of this entry, in force or not; objects are told apart by the caller."""
    entry = candidate.entry
    if entry.environment and entry.environment not in request.environments:
        return False
    if request.part and not (entry.subject.part and fits(request.part, entry.subject.part)):
        return False
    names = {entry.item, candidate.check} - NO_CHECK
    return any(fits(check, name) for check in request.checks for name in names)


def _refusal(candidate: Candidate, policy: DecisionPolicy) -> str:
    """Why a request in force doesn't hide this one entry; "" where it does."""
    item, check = candidate.entry.item, candidate.check
    if check.startswith(NEVER):
        return f"no request hides what {check} finds"
    if not candidate.waivable or {item, check} & set(policy.non_waivable):
        return f"the policy lets nobody waive {item}"
    if candidate.severity == "error" and not {item, check} & set(policy.accept_suppressions):
        return f"{item} is an error, and accept-suppressions of the policy does not name it"
    return ""


def _why(request: Suppression, refusals: Mapping[str, set[str]]) -> str:
    if request.wrong:
        return request.wrong
    if not request.checks:
        return f"{request.tool} has no check of this name that one here answers for"
    return "; ".join(sorted(refusals))


def _order(one: Suppression) -> tuple[object, ...]:
    at = one.at
    place = (at.source, at.file, at.document, at.line or 0, tuple(map(str, at.keys)))
    return (*place, one.subject, one.tool, one.key, one.name, one.part, one.reason)
