"""What checks say and what becomes of it: plain data that every stage passes on.

A check yields `Finding` and `Proof`. `run.py` gathers one call's into a `Result`, and all results of an
item in an environment into an `Outcome`. `gate.py` judges outcomes. NamedTuples throughout: sixty
frozen dataclasses would cost 31 ms of every start, sixty NamedTuples cost 4.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning", "note"]
Status = Literal["pass", "fail", "not-applicable", "unknown", "error"]
State = Literal["new", "worse", "existing", "fixed", "vanished"]
Strength = Literal["live", "rendered", "source", "declared", "attested"]
Precision = Literal["exact", "template", "chart"]
Worse = Literal["more", "less", ""]
Linter = Literal["kube-linter", "kube-score", "polaris", "checkov", "readiness"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")  # worst first
STATUSES: tuple[Status, ...] = ("fail", "error", "unknown", "pass", "not-applicable")  # worst first
STRENGTHS: tuple[Strength, ...] = ("live", "rendered", "source", "declared", "attested")  # strongest first

FINGERPRINT_SCHEME = "r1"
MOST_PROOFS = 100  # of one outcome that are printed; the rest is counted
MOST_PATCHES = 100  # of a report: whoever has more of them runs `--fix`


_new = tuple.__new__


AT_BASE = "repository@base"  # a source: the repository as it was at the merge base; no other is called so


class Location(NamedTuple):
    """A place in evidence: a file of a source, a document in it, and the keys that lead to a value.

    Cheap to make, so that every value can carry one. Line and column are looked up by `place.py` when
    a report prints them; a reader that works by lines (Markdown, text) gives `line` itself.
    """

    source: str  # name of the source; the repository itself is "repository"
    file: str  # path inside the source, with "/"
    document: int = 0  # index of the YAML document in the file
    keys: tuple[str | int, ...] = ()
    line: int | None = None  # 1-based; None: look it up from document and keys
    precision: Precision = "exact"

    def at(self, *keys: str | int) -> "Location":
        """The place below this one that `keys` lead to."""
        # `_replace` does the same at five times the cost, hundreds of thousands of times in a large run
        source, file, document, own, line, precision = self
        return _new(Location, (source, file, document, own + keys, line, precision))


class Subject(NamedTuple):
    """What a result is about. No file, line or environment: those may change while it stays the same."""

    kind: str  # Deployment, AlertRule, Runbook, File, Service …
    namespace: str = ""
    name: str = ""
    part: str = ""  # container, alert in a group, section of a page …

    def __str__(self) -> str:
        name = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {name}" + (f" ({self.part})" if self.part else "")


class Operand(NamedTuple):
    """One number or word in a sum, with its unit, its place and the direction in which it gets worse."""

    name: str
    value: int | float | str
    unit: str = ""
    at: Location | None = None
    worse: Worse = ""


class Edit(NamedTuple):
    """One mechanical change of a YAML document: a value that is set, or taken away."""

    at: Location  # the keys lead to the value; those that are not there yet are made
    op: Literal["set", "remove"]
    value: Any = None  # plain YAML: text, number, boolean, list or mapping of these


class Finding(NamedTuple):
    """One thing wrong at one place.

    `about` is left out by a check that is taken one by one: its subject is the evidence it was given.
    `key` tells two findings about one subject apart; together they make the fingerprint.
    `at_most` caps the item's severity for this finding (a milder form of the same defect).
    `edits` mend it mechanically, where nothing has to be decided.
    `environments` names the only ones that it concerns, where a check that looks at all of them at once
    can tell: the others are not held back by it. Empty means every environment of the outcome.
    """

    message: str
    at: Location | None = None
    fix: str = ""
    operands: tuple[Operand, ...] = ()
    about: Subject | None = None
    key: str = ""
    at_most: Severity | None = None
    edits: tuple[Edit, ...] = ()
    environments: tuple[str, ...] = ()


class Proof(NamedTuple):
    """One thing that holds, with the sum that shows it."""

    message: str
    operands: tuple[Operand, ...] = ()
    at: Location | None = None
    about: Subject | None = None


Findings = Iterator[Finding | Proof]


class Cause(NamedTuple):
    """Why evidence is missing: one line in a report, however many outcomes it makes unknown."""

    id: str  # stable: made from place and reason
    why: str
    at: Location | None = None
    fix: str = ""


class Result(NamedTuple):
    """One call of a check."""

    subject: Subject
    status: Status
    findings: tuple[Finding, ...] = ()
    proofs: tuple[Proof, ...] = ()
    reason: str = ""  # why it is not pass or fail
    causes: tuple[str, ...] = ()  # ids of Cause
    at: Location | None = None


class Outcome(NamedTuple):
    """All results of one item in one environment; `environment` is "" for evidence that has none."""

    item: str
    check: str  # id of the check; "cel" or "attestation" for the other kinds of item
    title: str
    environment: str
    severity: Severity
    required: bool
    results: tuple[Result, ...]
    reason: str = ""  # why there are no results
    strength: Strength = "source"
    not_evaluated: bool = False  # ruled out by `when` or `platform`: no subject is fine then
    proofs_left_out: int = 0  # of results, past as many as anybody reads

    @property
    def status(self) -> Status:
        """The worst status of its results; not-applicable without any."""
        found = {result.status for result in self.results}
        return next((status for status in STATUSES if status in found), "not-applicable")

    @property
    def causes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(cause for result in self.results for cause in result.causes))


def fingerprint(item: str, subject: Subject, key: str = "") -> str:
    """What makes a finding the same one after its file, line, message or environment changed."""
    text = "\x1f".join((FINGERPRINT_SCHEME, item, *subject, key))
    return f"{FINGERPRINT_SCHEME}:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:20]}"


def milder(severity: Severity, cap: Severity | None) -> Severity:
    """`severity`, lowered to `cap` where that is milder."""
    if cap is None or SEVERITIES.index(cap) < SEVERITIES.index(severity):
        return severity
    return cap
