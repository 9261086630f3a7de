"""What changed between two sets of outcomes: head × base → states; pure.

Both sides have to be judged with the same checklist and the same date, so that a difference comes from
the evidence alone. States are per fingerprint *and* environment: a defect that staging has had for long
is new in production.
"""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from readiness.checklist import REPOSITORY, Item
from readiness.outcome import (
    AT_BASE,
    STATUSES,
    STRENGTHS,
    Finding,
    Location,
    Operand,
    Outcome,
    Proof,
    Severity,
    State,
    Status,
    Subject,
    fingerprint,
)

# An operand of one of these names, or of "NAME of …", grows worse with the calendar alone.
DATE_OPERANDS = ("age", "days left")
ENGINE = "\x1f"  # starts the key of each finding that the engine makes


class Entry(NamedTuple):
    """One thing of an outcome that is held against the gate: a finding, or that nothing could be said."""

    fingerprint: str
    item: str
    environment: str
    subject: Subject
    status: Status  # "fail", "unknown" or "error"
    finding: Finding  # made from the result's reason where nothing could be said
    at: Location | None
    causes: tuple[str, ...]
    judged: Subject  # the subject of the result it comes from


class Disappeared(NamedTuple):
    """Evidence that was judged at the base and isn't any more."""

    item: str
    check: str
    title: str
    environment: str
    severity: Severity
    subject: Subject
    was: Status
    now: str  # "gone", "not-applicable" or "unknown"
    at: Location | None = None  # where it was, in the source `AT_BASE` for the repository's own


class Changes(NamedTuple):
    """What became of each entry: keys are (fingerprint, environment)."""

    states: Mapping[tuple[str, str], State]  # new, worse and existing: what head has
    notes: Mapping[tuple[str, str], str]  # why it is worse, or not existing
    fixed: tuple[Entry, ...]  # the subject is still judged, the finding is gone
    vanished: tuple[Entry, ...]  # the subject isn't judged any more
    disappeared: tuple[Disappeared, ...]


def entries(outcome: Outcome, item: Item | None = None) -> Iterator[Entry]:
    """What of an outcome is held against the gate, in the order of its results.

    Args:
        item: its item, for the strength of evidence that it asks for.
    """
    for result in outcome.results:
        for finding in result.findings:
            subject = finding.about or result.subject
            yield Entry(
                fingerprint(outcome.item, subject, finding.key),
                outcome.item,
                outcome.environment,
                subject,
                "fail",
                finding,
                finding.at or result.at,
                result.causes,
                result.subject,
            )
        status = result.status
        if status == "fail" and result.findings and result.causes:
            status = "unknown"  # it found something, and could not look at the rest
        if status in ("unknown", "error") or (status == "fail" and not result.findings):
            yield Entry(
                fingerprint(outcome.item, result.subject, status_key(status)),
                outcome.item,
                outcome.environment,
                result.subject,
                status,
                Finding(result.reason or outcome.reason or f"{outcome.item}: {result.status}", result.at),
                result.at,
                result.causes,
                result.subject,
            )

    if outcome.required and not outcome.not_evaluated and outcome.status == "not-applicable":
        text = f"no subject: nothing to judge for required item {outcome.item}"
        reasons = [outcome.reason, *(result.reason for result in outcome.results)]
        why = "; ".join(dict.fromkeys(reason for reason in reasons if reason))
        yield whole_entry(outcome, "fail", f"{text}: {why}" if why else text, "no-subject")
    weakest = item.min_strength if item is not None else None
    weak = weakest is not None and STRENGTHS.index(outcome.strength) > STRENGTHS.index(weakest)
    if weak and any(result.status == "pass" for result in outcome.results):
        text = f"{outcome.item} holds by {outcome.strength} evidence, {weakest} is asked for"
        yield whole_entry(outcome, "unknown", text, "strength")


def whole_entry(
    outcome: Outcome,
    status: Status,
    text: str,
    key: str,
    subject: Subject | None = None,
    at: Location | None = None,
    fix: str = "",
) -> Entry:
    """An entry that the engine makes itself, about the whole item where no `subject` is given."""
    about = subject or Subject("Item", "", outcome.item)
    finding = Finding(text, at, fix, key=status_key(key))
    print_ = fingerprint(outcome.item, about, finding.key)
    return Entry(print_, outcome.item, outcome.environment, about, status, finding, at, (), about)


def status_key(status: str) -> str:
    """The key of a fingerprint that the engine makes; no check can give the same one by accident."""
    return f"{ENGINE}{status}"


def duplicate_fingerprints(outcome: Outcome) -> tuple[str, ...]:
    """Fingerprints that stand more than once within one outcome: its check can't tell its findings apart."""
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for result in outcome.results:
        for finding in result.findings:
            print_ = fingerprint(outcome.item, finding.about or result.subject, finding.key)
            if print_ in seen:
                twice[print_] = None
            seen.add(print_)
    return tuple(twice)


def caused_by_date(finding: Finding) -> bool:
    """True where the calendar alone made this finding: one of its operands is an age or a rest of days."""
    return any(grows_with_date(operand) for operand in finding.operands)


def grows_with_date(operand: Operand) -> bool:
    """Whether an operand gets worse with the calendar alone; its name says so."""
    return any(operand.name == name or operand.name.startswith(f"{name} of ") for name in DATE_OPERANDS)


def worse_operand(now: Iterable[Operand], before: Mapping[str, object]) -> str:
    """How an operand got worse than `before`, as "name 3 → 2"; "" where none did.

    An operand that `before` doesn't have counts as not worse; one that can't be compared counts as worse.
    """
    for name, operand in sorted(worst_operands(now).items()):
        if name in before and is_worse(operand, before[name]):
            return f"{name} {before[name]} → {operand.value}"
    return ""


def is_worse(operand: Operand, before: object) -> bool:
    """Whether `operand` is worse than the value `before`, in the direction that it states itself."""
    if not operand.worse or operand.value == before:
        return False
    now, then = _number(operand.value), _number(before)
    if now is None or then is None:
        return True
    return now > then if operand.worse == "more" else now < then


def worst_operands(operands: Iterable[Operand]) -> dict[str, Operand]:
    """Operands by name; of several with one name the worst."""
    found: dict[str, Operand] = {}
    for operand in operands:
        held = found.get(operand.name)
        if held is None or is_worse(operand, held.value):
            found[operand.name] = operand
    return found


def compare(head: Iterable[Outcome], base: Iterable[Outcome], items: Iterable[Item] = ()) -> Changes:
    """What changed from `base` to `head`, both judged by `items`."""
    by_id = {item.id: item for item in items}
    now, before = _Side(head, by_id), _Side(base, by_id)
    states: dict[tuple[str, str], State] = {}
    notes: dict[tuple[str, str], str] = {}
    for key, entry in now.entries.items():
        held = before.entries.get(key)
        if held is None or entry.status == "error":
            states[key] = "new"
            continue
        if caused_by_date(entry.finding):
            states[key] = "new"
            notes[key] = "the date caused it, so that it never counts as existing"
            continue
        worse = _worse(entry.finding, held.finding)
        states[key] = "worse" if worse else "existing"
        if worse:
            notes[key] = f"worse than at the base: {worse}"
    fixed: list[Entry] = []
    vanished: list[Entry] = []
    for key, entry in before.entries.items():
        if key not in now.entries:
            judged = now.status(entry.item, entry.environment, entry.judged) in _JUDGED
            (fixed if judged else vanished).append(entry)
    return Changes(
        states,
        notes,
        tuple(sorted(fixed, key=_order)),
        tuple(sorted(vanished, key=_order)),
        tuple(sorted(_disappeared(now, before))),
    )


_JUDGED = ("pass", "fail")


def _order(entry: Entry) -> tuple[str, str, Subject, str]:
    return entry.item, entry.environment, entry.subject, entry.fingerprint


def _worse(now: Finding, before: Finding) -> str:
    """As `worse_operand`, with a changed unit counted as worse: the numbers can't be compared then."""
    held = worst_operands(before.operands)
    for name, operand in sorted(worst_operands(now.operands).items()):
        if name in held and operand.worse and operand.unit != held[name].unit:
            return f"{name} is in {operand.unit or 'no unit'}, it was in {held[name].unit or 'no unit'}"
    return worse_operand(now.operands, {name: operand.value for name, operand in held.items()})


def _number(value: object) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        return None
    if value in (float("inf"), float("-inf")):
        return Fraction(10**400 if value > 0 else -(10**400))
    return Fraction(value)


class _Side:
    """One side, indexed: entries by (fingerprint, environment), statuses by item, environment, subject."""

    def __init__(self, outcomes: Iterable[Outcome], items: Mapping[str, Item]) -> None:
        self.entries: dict[tuple[str, str], Entry] = {}
        self.outcomes: dict[tuple[str, str], Outcome] = {}
        self.statuses: dict[tuple[str, str], dict[Subject, Status]] = {}
        self.mentioned: dict[tuple[str, str], dict[Subject, Status]] = {}
        for outcome in outcomes:
            scope = outcome.item, outcome.environment
            self.outcomes[scope] = outcome
            for entry in entries(outcome, items.get(outcome.item)):
                self.entries[entry.fingerprint, entry.environment] = entry
            statuses = self.statuses.setdefault(scope, {})
            mentioned = self.mentioned.setdefault(scope, {})
            for result in outcome.results:
                status: Status = "fail" if result.findings else result.status
                statuses[result.subject] = _worst(statuses.get(result.subject), status)
                for proof in result.proofs:
                    if proof.about is not None:
                        mentioned[proof.about] = _worst(mentioned.get(proof.about), "pass")
                for finding in result.findings:
                    if finding.about is not None:
                        mentioned[finding.about] = "fail"

    def status(self, item: str, environment: str, subject: Subject) -> Status | None:
        scope = item, environment
        return self.statuses.get(scope, {}).get(subject) or self.mentioned.get(scope, {}).get(subject)


def _places(outcome: Outcome) -> Iterator[tuple[Subject, Location]]:
    """Where each subject of an outcome is; the result's own place comes last and so wins."""
    for result in outcome.results:
        every: tuple[Finding | Proof, ...] = (*result.findings, *result.proofs)
        for said in every:
            at = said.at or next((operand.at for operand in said.operands if operand.at is not None), None)
            if at is not None:
                yield said.about or result.subject, at
        if result.at is not None:
            yield result.subject, result.at


def _worst(one: Status | None, other: Status) -> Status:
    return other if one is None else min(one, other, key=STATUSES.index)


def _disappeared(now: _Side, before: _Side) -> Iterator[Disappeared]:
    for scope, outcome in before.outcomes.items():
        item, environment = scope
        head = now.outcomes.get(scope)
        if head is not None and head.not_evaluated:
            continue
        subjects = dict(before.statuses[scope])
        # A check over a whole set says "holds" of each thing or of none: one that it spoke of at the base
        # and is silent about now is gone. A finding that went is no such sign: it may have been mended.
        for subject, status in before.mentioned[scope].items():
            if status == "pass":
                subjects.setdefault(subject, status)
        lost = {
            subject: status
            for subject, status in subjects.items()
            if status in _JUDGED and now.status(item, environment, subject) not in (*_JUDGED, "error")
        }
        # A new unknown or error about the whole (a chart that no longer renders) says it in one line.
        explained = any(
            status in ("unknown", "error")
            and before.status(item, environment, subject) not in ("unknown", "error")
            for subject, status in now.statuses.get(scope, {}).items()
        )
        places = dict(_places(outcome)) if lost else {}
        for subject, status in lost.items():
            now_is = now.status(item, environment, subject) or "gone"
            if explained and now_is != "unknown":
                continue
            severity = head.severity if head is not None else outcome.severity
            at = places.get(subject)
            if at is not None and at.source == REPOSITORY:
                at = at._replace(source=AT_BASE)
            yield Disappeared(
                item, outcome.check, outcome.title, environment, severity, subject, status, now_is, at
            )
