"""The decision: outcomes × changes × waivers × requests × baseline × attestations × policy × date → Verdict.

Pure. Every doubt closes the gate. What a person accepted is looked at entry by entry, and only a waiver, the
baseline, the base, an attestation that holds today or a request that the policy accepts opens it again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

from readiness.attestations import Standing
from readiness.baseline import Baseline, state_of
from readiness.checklist import DecisionPolicy, Item, Mode
from readiness.compare import (
    ENGINE,
    Changes,
    Disappeared,
    Entry,
    duplicate_fingerprints,
    entries,
    status_key,
    whole_entry,
)
from readiness.outcome import (
    SEVERITIES,
    STATUSES,
    Finding,
    Location,
    Outcome,
    Severity,
    State,
    Status,
    Subject,
    fingerprint,
    milder,
)
from readiness.suppressions import Hiding, Registered, Suppression, apply_suppressions
from readiness.waivers import Candidate, Coverage, LabelsOf, Notice, Waiver, apply_waivers, no_labels
from readiness.wording import listed, that

Decision = Literal["GO", "GO WITH CONDITIONS", "UNKNOWN", "NO-GO"]
Excuse = Literal["", "waiver", "annotation", "baseline", "base", "attestation"]
Reason = Literal["", "nothing-judged", "findings", "unknown"]

PLACEHOLDERS = "checklist.placeholders"  # the item that a `TODO` left in what `init` writes fails
MOST_PLACEHOLDERS = 5  # of one file that are told one by one
NO_JUDGEMENT = frozenset({"attestation", "checklist", "evidence.readable"})
WOULD_FAIL = "advisory: would fail: "
_NO_POLICY = DecisionPolicy()


class Ignored(NamedTuple):
    """A change of the policy that the evaluated tree brings: shown, and not followed."""

    message: str
    at: Location | None = None


class Judged(NamedTuple):
    """One thing held against the gate, and what became of it."""

    entry: Entry
    severity: Severity
    state: State | None  # None: there is nothing to compare with
    blocking: bool
    excuse: Excuse = ""  # what keeps it from counting
    waiver: str = ""  # id of the waiver that covers it
    notes: tuple[str, ...] = ()  # countdown, expired waiver, how it got worse …
    request: int | None = None  # index of the registered request that hides it

    @property
    def fingerprint(self) -> str:
        return self.entry.fingerprint

    @property
    def status(self) -> Status:
        return self.entry.status

    @property
    def subject(self) -> Subject:
        return self.entry.subject

    @property
    def finding(self) -> Finding:
        return self.entry.finding


class JudgedOutcome(NamedTuple):
    """An outcome with what the gate holds against it; `outcome.severity` is the item's before capping."""

    outcome: Outcome
    status: Status
    state: State | None  # the worst of its findings
    blocking: bool
    severity: Severity
    reason: str
    findings: tuple[Judged, ...]  # of status fail, unknown and error

    @property
    def fingerprint(self) -> str:
        """That of what could not be said; "" where everything could."""
        return next((one.fingerprint for one in self.findings if one.status != "fail"), "")


class Counts(NamedTuple):
    """How many outcomes have which status, and how many entries were treated how."""

    passed: int
    failed: int
    unknown: int
    errors: int
    not_applicable: int
    blocking: int
    waived: int
    existing: int  # excused by base or baseline
    attested: int
    suppressed: int  # hidden by requests in the evaluated tree


class EnvironmentVerdict(NamedTuple):
    """The decision for one environment; evidence that has no environment counts in each."""

    environment: str
    passed: bool  # what the exit code says
    decision: Decision  # what the evidence says, in advisory mode too
    reason: Reason
    detail: str
    counts: Counts


class Verdict(NamedTuple):
    """The decision for a service at a commit: the worst of its environments."""

    passed: bool
    decision: Decision
    reason: Reason
    detail: str
    mode: Mode
    trusted: bool
    tier: int
    as_of: date
    environments: tuple[EnvironmentVerdict, ...]
    outcomes: tuple[JudgedOutcome, ...]
    counts: Counts
    notices: tuple[Notice, ...]
    ignored: tuple[Ignored, ...]
    changes: Changes | None
    register: tuple[Registered, ...] = ()  # every request of the evaluated tree


def decide(
    outcomes: Iterable[Outcome],
    *,
    as_of: date,
    items: Sequence[Item] = (),
    changes: Changes | None = None,
    waivers: Iterable[Waiver] = (),
    suppressions: Iterable[Suppression] = (),
    baseline: Baseline | None = None,
    attestations: Mapping[str, Standing] | None = None,
    policy: DecisionPolicy = _NO_POLICY,
    trusted: bool = False,
    tier: int = 2,
    environments: Sequence[str] = (),
    labels_of: LabelsOf = no_labels,
    looked: Sequence[str] = (),
    placeholders: Iterable[Location] = (),
    ignored: Iterable[Ignored] = (),
    partial: bool = False,
) -> Verdict:
    """The verdict on a run.

    Args:
        outcomes: all of them, those of `attest` items included.
        as_of: today, as a UTC date.
        items: the checklist's; an outcome of none of them is judged by the defaults.
        changes: from the base to `outcomes`; None without a base.
        suppressions: what the evaluated tree asks not to be told.
        attestations: what was stated about `attestable` items, by item.
        environments: those to give a verdict for; the outcomes' own where none are named.
        labels_of: the labels of an object, for waivers that match by label.
        looked: where evidence was looked for, for a run that found nothing.
        placeholders: where the checklist or the capacity plan still says TODO.
        partial: only some items or environments ran.
    """
    by_id = {item.id: item for item in items}
    order = {item.id: index for index, item in enumerate(items)}
    drafts = _drafts(outcomes, changes, by_id)
    drafts.sort(key=lambda draft: (order.get(draft.outcome.item, len(order)), draft.outcome.item,
                                   draft.outcome.environment))  # fmt: skip
    left = _placeholders(placeholders)
    if left is not None:
        drafts.append(left)
    context = _Context(by_id, changes, baseline, attestations or {}, policy, as_of)
    candidates = [
        Candidate(entry, draft.outcome.check, context.severity(draft.outcome, entry), context.waivable(entry))
        for draft in drafts
        for entry in draft.entries
    ]
    coverage = apply_waivers(waivers, candidates, policy, as_of, labels_of, partial)
    hiding = _hiding(suppressions, drafts, candidates, policy)
    judged = []
    start = 0
    for draft in drafts:
        judged.append(context.judged(draft, candidates, start, coverage, hiding))
        start += len(draft.entries)
    names = _environments(environments, judged, changes)
    each = tuple(_verdict_of(name, judged, policy, looked) for name in names)
    if partial:
        each = tuple(_if_nothing_asked(one, judged, policy, each) for one in each)
    worst = max(each, key=lambda one: (_DECISIONS.index(one.decision), one.reason, one.counts.passed > 0))
    return Verdict(
        all(verdict.passed for verdict in each),
        worst.decision,
        worst.reason,
        worst.detail if len(each) == 1 else _overall(each, policy, looked),
        policy.mode,
        trusted,
        tier,
        as_of,
        each,
        tuple(judged),
        _counts(judged),
        coverage.notices,
        tuple(sorted(ignored, key=_by_line)),
        changes,
        hiding.register,
    )


def _by_line(one: Ignored) -> tuple[str, bool, int, str]:
    """By file and line; what is said of a whole file stands after its lines."""
    at = one.at
    return (
        (at.file, at.line is None, at.line or 0, one.message)
        if at is not None
        else ("", True, 0, one.message)
    )


def _environments(
    asked: Sequence[str], judged: Sequence[JudgedOutcome], changes: Changes | None
) -> tuple[str, ...]:
    """The environments to give a verdict for; one that was there at the base and is gone is among them."""
    lost = {one.environment for one in changes.disappeared} if changes is not None else set()
    held = {  # what blocks one environment alone has to block somewhere
        name
        for outcome in judged
        for one in outcome.findings
        if one.blocking
        for name in one.finding.environments
    }
    found = {*(asked or (one.outcome.environment for one in judged)), *lost, *held} - {""}
    known = tuple(name for name in dict.fromkeys(asked) if name in found)
    return (*known, *sorted(found - set(known))) or ("",)


_DECISIONS: tuple[Decision, ...] = ("GO", "GO WITH CONDITIONS", "UNKNOWN", "NO-GO")  # worst last
_STATES: tuple[State, ...] = ("new", "worse", "existing", "fixed", "vanished")


class _Draft(NamedTuple):
    """An outcome and all that is held against it, before anybody excuses anything."""

    outcome: Outcome
    entries: tuple[Entry, ...]
    fresh: frozenset[str]  # fingerprints that never count as existing


def _drafts(outcomes: Iterable[Outcome], changes: Changes | None, items: Mapping[str, Item]) -> list[_Draft]:
    lost: dict[tuple[str, str], list[Disappeared]] = {}
    for one in changes.disappeared if changes is not None else ():
        lost.setdefault((one.item, one.environment), []).append(one)
    drafts = [
        _draft(outcome, items.get(outcome.item), lost.pop((outcome.item, outcome.environment), []))
        for outcome in outcomes
    ]
    for gone in lost.values():  # not even the item's outcome is there any more
        first = gone[0]
        outcome = Outcome(
            first.item, first.check, first.title, first.environment, first.severity, False, ()
        )  # fmt: skip
        drafts.append(_draft(outcome, items.get(first.item), gone))
    return drafts


def _draft(outcome: Outcome, item: Item | None, lost: Sequence[Disappeared]) -> _Draft:
    held = list(entries(outcome, item))
    fresh = set()
    twice = duplicate_fingerprints(outcome)
    if twice and not any(result.status == "error" for result in outcome.results):
        text = f"{outcome.check} says {len(twice)} findings twice; each needs a key of its own"
        held.append(whole_entry(outcome, "error", text, "error"))
    for one in lost:
        if one.now == "unknown":
            fresh.add(fingerprint(outcome.item, one.subject, status_key("unknown")))
            continue
        text = f"evidence-disappeared: {one.subject} was {one.was} at the base and is {one.now} now"
        entry = whole_entry(outcome, "fail", text, "disappeared", one.subject, one.at, _back(one))
        fresh.add(entry.fingerprint)
        held.append(entry)
    held.sort(key=lambda entry: (entry.subject, entry.finding.key, entry.fingerprint, entry.finding.message))
    return _Draft(outcome, tuple(held), frozenset(fresh))


def _back(lost: Disappeared) -> str:
    """What to do about evidence that disappeared, whether by mistake or on purpose."""
    file = lost.at.file if lost.at is not None else ""
    if lost.subject.kind in ("Environment", "Repository", "Item"):  # the whole, not an object in a file
        back = f"bring {file or f'the evidence of {lost.item}'} back"
    else:
        back = f"bring {lost.subject} back" + (f" in {file}" if file else "")
    return (
        f"{back}; if it moved, name its new place in the checklist; if it is retired on purpose, "
        "first merge a waiver of kind planned into the trusted policy"
    )


def _hiding(
    suppressions: Iterable[Suppression],
    drafts: Iterable[_Draft],
    candidates: Sequence[Candidate],
    policy: DecisionPolicy,
) -> Hiding:
    """What the tree's own requests hide; a countdown makes nothing milder for them."""
    requests = tuple(suppressions)
    if not requests:
        return Hiding({}, {}, ())
    owners = (draft for draft in drafts for _ in draft.entries)
    held = [
        one._replace(severity=milder(draft.outcome.severity, one.entry.finding.at_most))
        for one, draft in zip(candidates, owners, strict=True)
    ]
    own = (index for index, one in enumerate(held) if one.entry.finding.key.startswith(ENGINE))
    return apply_suppressions(requests, held, policy, frozenset(own))


def _placeholders(places: Iterable[Location]) -> _Draft | None:
    """What the gate fails with as long as checklist or plan say TODO: they don't say yet what ready means."""
    outcome = Outcome(PLACEHOLDERS, "checklist", "No placeholder is left", "", "error", False, ())
    held = []
    by_file: dict[tuple[str, str], list[Location]] = {}
    for at in sorted(set(places), key=lambda at: (at.source, at.file, at.document, str(at.keys))):
        by_file.setdefault((at.source, at.file), []).append(at)
    for found in by_file.values():
        for finding in _still_todo(found):
            subject = finding.about or Subject("Placeholder")
            print_ = fingerprint(PLACEHOLDERS, subject)
            held.append(Entry(print_, PLACEHOLDERS, "", subject, "fail", finding, finding.at, (), subject))
    return _Draft(outcome, tuple(held), frozenset(one.fingerprint for one in held)) if held else None


def _still_todo(places: Sequence[Location]) -> Iterator[Finding]:
    """What is said of the placeholders of one file: each by itself as long as they are few."""
    paths = [".".join(map(str, at.keys)) or at.file for at in places]
    file = places[0].file
    if len(places) > MOST_PLACEHOLDERS:
        subject = Subject("Placeholder", "", file)
        text = f"{file} has {len(places)} values that are still TODO, {paths[0]} among them"
        yield Finding(text, places[0], f"say what they are, or delete {file}", about=subject)
        return
    for at, path in zip(places, paths, strict=True):
        subject = Subject("Placeholder", "", file, path)
        yield Finding(f"{path} is still TODO", at, "say what it is", about=subject)


class _Context(NamedTuple):
    """All that an entry is held against."""

    items: Mapping[str, Item]
    changes: Changes | None
    baseline: Baseline | None
    attestations: Mapping[str, Standing]
    policy: DecisionPolicy
    as_of: date

    def severity(self, outcome: Outcome, entry: Entry | None = None) -> Severity:
        severity = milder(outcome.severity, entry.finding.at_most if entry is not None else None)
        return milder(severity, "warning") if self.days_left(outcome.item) else severity

    def days_left(self, item: str) -> int:
        """Days until the item is enforced; 0 when it is."""
        known = self.items.get(item)
        if known is None or known.enforce_from is None:
            return 0
        return max(0, (known.enforce_from - self.as_of).days)

    def countdown(self, item: str) -> str:
        left = self.days_left(item)
        return f"enforced from {self.items[item].enforce_from}, in {left} day{'s' * (left != 1)}"

    def waivable(self, entry: Entry) -> bool:
        known = self.items.get(entry.item)
        return entry.item != PLACEHOLDERS and (known is None or known.waivable)

    def judged(
        self, draft: _Draft, candidates: Sequence[Candidate], start: int, coverage: Coverage, hiding: Hiding
    ) -> JudgedOutcome:
        outcome = draft.outcome
        found = []
        for index, entry in enumerate(draft.entries, start):
            severity = candidates[index].severity
            state, excuse, notes = self.held_against(draft, entry)
            waiver = coverage.covered.get(index, "")
            if waiver:
                excuse = "waiver"
            elif index in coverage.refused:
                notes = (*notes, coverage.refused[index])
                if index in coverage.expired and excuse == "base":
                    state, excuse = "new", ""  # that it stood at the base prolongs no waiver
            request = None if waiver else hiding.hidden.get(index)
            if request is not None:
                excuse = "annotation"
            elif index in hiding.refused and not excuse:
                notes = (*notes, hiding.refused[index])
            if not excuse and self.attested(entry):
                excuse, notes = "attestation", (*notes, self.attestations[entry.item].text)
            if self.days_left(entry.item):
                notes = (*notes, self.countdown(entry.item))
            blocking = not excuse and self.blocks(severity)
            found.append(Judged(entry, severity, state, blocking, excuse, waiver, notes, request))
        statuses = {outcome.status, *(one.status for one in found)}
        states = {one.state for one in found}
        status = next(status for status in STATUSES if status in statuses)
        texts = [outcome.reason, *(result.reason for result in outcome.results if result.status == status)]
        if self.days_left(outcome.item):
            texts.append(self.countdown(outcome.item))
        return JudgedOutcome(
            outcome,
            status,
            next((state for state in _STATES if state in states), None),
            any(one.blocking for one in found),
            self.severity(outcome),
            "; ".join(dict.fromkeys(text for text in texts if text)),
            tuple(found),
        )

    def held_against(self, draft: _Draft, entry: Entry) -> tuple[State | None, Excuse, tuple[str, ...]]:
        """State, excuse and notes of an entry against base and baseline."""
        if self.changes is None and self.baseline is None:
            return None, "", ()
        if entry.fingerprint in draft.fresh or entry.status == "error":
            return "new", "", ()
        states: list[State] = []
        notes: list[str] = []
        if self.baseline is not None:
            state, note = state_of(self.baseline, entry, self.as_of)
            if state == "existing":
                return "existing", "baseline", ()
            over = self.as_of >= self.baseline.until and entry.fingerprint in self.baseline.findings
            if over:  # what was accepted until a day is not excused after it for having stood at the base
                return "new", "", (note,)
            states.append(state)
            notes.append(note)
        if self.changes is not None:
            state, note = self.against_base(self.changes, entry)
            if state == "existing":
                return "existing", "base", ()
            states.append(state)
            notes.append(note)
        state = "worse" if "worse" in states else "new"
        return state, "", tuple(dict.fromkeys(note for note in notes if note))

    def against_base(self, changes: Changes, entry: Entry) -> tuple[State, str]:
        key = entry.fingerprint, entry.environment
        state = changes.states.get(key, "new")
        item = self.items.get(entry.item)
        enforced = item.enforce_from if item is not None else None
        if state == "existing" and enforced is not None and self.as_of >= enforced:
            return "new", f"enforced since {enforced}: that it stood at the base excuses nothing"
        return state, changes.notes.get(key, "")

    def attested(self, entry: Entry) -> bool:
        """Whether somebody states what the evidence leaves unknown, and the item takes their word."""
        item, standing = self.items.get(entry.item), self.attestations.get(entry.item)
        return (
            entry.status == "unknown"
            and item is not None
            and item.attestable
            and item.min_strength in (None, "attested")
            and standing is not None
            and standing.holds
        )

    def blocks(self, severity: Severity) -> bool:
        return _counts_at(severity, self.policy.fail_on)


def acceptable(verdict: Verdict) -> tuple[Entry, ...]:
    """What a new baseline may accept: what the evidence has wrong now, that nothing covers already."""
    return tuple(
        judged.entry
        for outcome in verdict.outcomes
        if outcome.outcome.item != PLACEHOLDERS
        for judged in outcome.findings
        if judged.excuse not in ("waiver", "annotation") and judged.status != "error"
        if judged.finding.key != status_key("disappeared")
    )


def _if_nothing_asked(
    verdict: EnvironmentVerdict,
    outcomes: Sequence[JudgedOutcome],
    policy: DecisionPolicy,
    all_verdicts: Sequence[EnvironmentVerdict],
) -> EnvironmentVerdict:
    """The verdict of a partial run on an environment that none of the chosen items is about.

    As long as another environment was judged, that is no failure. Where no item says why it does not apply,
    the environment may as well be empty, and nothing of it holds.
    """
    if verdict.reason != "nothing-judged" or all(one.reason == "nothing-judged" for one in all_verdicts):
        return verdict
    mine = _of_environment(outcomes, verdict.environment)
    chosen = [one for one in mine if one.outcome.check not in NO_JUDGEMENT]
    says_why = any(one.outcome.not_evaluated or one.outcome.results for one in chosen)
    if not says_why or any(one.status != "not-applicable" for one in chosen):
        return verdict
    conditions = _conditions(mine, policy.fail_on)
    detail = "; ".join([f"nothing asked of {verdict.environment}", *conditions])
    decision: Decision = "GO WITH CONDITIONS" if conditions else "GO"
    return verdict._replace(passed=True, decision=decision, reason="", detail=detail)


def _counts_at(severity: Severity, fail_on: Severity) -> bool:
    return SEVERITIES.index(severity) <= SEVERITIES.index(fail_on)


def _verdict_of(
    name: str, outcomes: Sequence[JudgedOutcome], policy: DecisionPolicy, looked: Sequence[str]
) -> EnvironmentVerdict:
    mine = _of_environment(outcomes, name)
    counts = _counts(mine)
    blocking = [finding for one in mine for finding in one.findings if finding.blocking]
    failed = sum(1 for one in blocking if one.status == "fail")
    decision: Decision
    reason: Reason = ""
    if blocking:
        decision, reason = ("NO-GO", "findings") if failed else ("UNKNOWN", "unknown")
        parts = [(failed, "failed"), (sum(one.status == "unknown" for one in blocking), "unknown"),
                 (sum(one.status == "error" for one in blocking), "in error")]  # fmt: skip
        said = ", ".join(f"{count} {word}" for count, word in parts if count)
        detail = f"{that(len(blocking), 'block')}: {said}"
    elif _nothing_judged(mine):
        decision, reason = "UNKNOWN", "nothing-judged"
        detail = "nothing was judged" + _looked_in(looked)
    else:
        conditions = _conditions(mine, policy.fail_on)
        decision = "GO WITH CONDITIONS" if conditions else "GO"
        detail = "; ".join(conditions) or f"{that(counts.passed, 'hold')}, nothing blocks"
    would_pass = decision in ("GO", "GO WITH CONDITIONS")
    advisory = policy.mode == "advisory"
    if advisory and not would_pass:
        detail = f"{WOULD_FAIL}{detail}"
    return EnvironmentVerdict(name, would_pass or advisory, decision, reason, detail, counts)


def _overall(
    environments: Sequence[EnvironmentVerdict], policy: DecisionPolicy, looked: Sequence[str]
) -> str:
    """Why, over several environments: the worst first, and those that agree in one part."""
    alike: dict[str, list[str]] = {}
    for one in sorted(environments, key=lambda one: -_DECISIONS.index(one.decision)):
        alike.setdefault(_briefly(one), []).append(one.environment)
    detail = "; ".join(f"{listed(names)}: {said}" for said, names in alike.items())
    if any(one.reason == "nothing-judged" for one in environments):
        detail += _looked_in(looked)
    return f"{WOULD_FAIL}{detail}" if policy.mode == "advisory" and _closed(environments) else detail


def _briefly(verdict: EnvironmentVerdict) -> str:
    if verdict.reason == "nothing-judged":
        return "nothing was judged"
    return that(verdict.counts.blocking, "block") if verdict.reason else verdict.detail


def _closed(environments: Iterable[EnvironmentVerdict]) -> bool:
    return any(one.reason for one in environments)


def _looked_in(looked: Sequence[str]) -> str:
    return f"; looked in {', '.join(looked)}" if looked else ""


def _of_environment(outcomes: Iterable[JudgedOutcome], name: str) -> list[JudgedOutcome]:
    """The outcomes that count in an environment, without what concerns others alone."""
    return [_concerning(one, name) for one in outcomes if one.outcome.environment in ("", name)]


def _concerning(judged: JudgedOutcome, name: str) -> JudgedOutcome:
    kept = tuple(
        one for one in judged.findings if not one.finding.environments or name in one.finding.environments
    )
    if len(kept) == len(judged.findings):
        return judged
    others = {result.status for result in judged.outcome.results} - {"fail"}
    statuses = {one.status for one in kept} | (others or {"pass"})
    return judged._replace(
        findings=kept,
        blocking=any(one.blocking for one in kept),
        status=next(status for status in STATUSES if status in statuses),
        state=next((state for state in _STATES if state in {one.state for one in kept}), None),
    )


def _nothing_judged(outcomes: Sequence[JudgedOutcome]) -> bool:
    """No result is pass or fail; people's statements count only where the checklist asks for nothing else.

    That files can be read says nothing of a service: a folder of anything would pass by it.
    """
    machine = [one.outcome for one in outcomes if one.outcome.check not in NO_JUDGEMENT]
    judging = machine or [one.outcome for one in outcomes]
    return not any(result.status in ("pass", "fail") for outcome in judging for result in outcome.results)


def _conditions(outcomes: Sequence[JudgedOutcome], fail_on: Severity) -> list[str]:
    """What a pass rests on beside the evidence: what would block but for somebody's word."""
    found = [finding for one in outcomes for finding in one.findings if _counts_at(finding.severity, fail_on)]
    waived = sorted({one.waiver for one in found if one.excuse == "waiver"})
    accepted = len({one.fingerprint for one in found if one.excuse == "baseline"})
    hidden = len({one.fingerprint for one in found if one.excuse == "annotation"})
    pending = sorted(
        {
            one.outcome.item
            for one in outcomes
            if one.outcome.check == "attestation" and one.status == "unknown"
            if any(finding.status == "unknown" and not finding.excuse for finding in one.findings)
        }
    )
    return [
        *([f"waived by {', '.join(waived)}"] if waived else []),
        *([f"{accepted} accepted by the baseline"] if accepted else []),
        *([f"{hidden} hidden by annotations"] if hidden else []),
        *([f"sign-off pending: {', '.join(pending)}"] if pending else []),
    ]


def _counts(outcomes: Sequence[JudgedOutcome]) -> Counts:
    statuses = [one.status for one in outcomes]
    found = [finding for one in outcomes for finding in one.findings]
    return Counts(
        statuses.count("pass"),
        statuses.count("fail"),
        statuses.count("unknown"),
        statuses.count("error"),
        statuses.count("not-applicable"),
        sum(1 for one in found if one.blocking),
        sum(1 for one in found if one.excuse == "waiver"),
        sum(1 for one in found if one.excuse in ("base", "baseline")),
        sum(1 for one in found if one.excuse == "attestation"),
        len({one.fingerprint for one in found if one.excuse == "annotation"}),
    )
