"""Attestations: what people state about items that no machine can judge, read strictly and held to its rule.

Each role that an item asks for has to speak, and of each role the newest statement decides. What is
missing or out of date is unknown; what is there and doesn't hold (no evidence, wrong hash, "no") fails.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Literal, NamedTuple

from readiness.checklist import PLACEHOLDER, REPOSITORY, AttestRule, Item
from readiness.errors import ChecklistError
from readiness.outcome import Finding, Location, Outcome, Proof, Result, Severity, Status, Subject
from readiness.records import Record, RecordFile

Answer = Literal["yes", "no", "na"]
ANSWERS: tuple[Answer, ...] = ("yes", "no", "na")

# The evidence of an attestation by its path, or None where it can't be read.
ReadEvidence = Callable[[str], bytes | None]

_FIELDS = ("version", "item", "statement", "answer", "by", "role", "at", "expires", "reason", "evidence")
_PLACEHOLDER = re.compile(
    r"^(https?://)?(?i:tbd|tba|todo|fixme|xxx|changeme)\s*(:.*|/.*)?$"
    r"|/(TBD|TODO)(/|$)|(^|[/.@])(?i:example\.(com|org|net))\b"
)


class Exhibit(NamedTuple):
    """One thing that an attestation points at: a file of its source with its hash, or an address."""

    path: str = ""
    sha256: str = ""
    url: str = ""

    def __str__(self) -> str:
        return self.path or self.url


class Attestation(NamedTuple):
    """One statement of one person."""

    item: str
    statement: str
    answer: Answer
    by: str
    role: str
    at: date
    expires: date  # the last day that it counts
    reason: str
    evidence: tuple[Exhibit, ...]
    origin: Location


class Standing(NamedTuple):
    """What people's statements come to for one item: a result for each role that has to speak."""

    results: tuple[Result, ...]

    @property
    def holds(self) -> bool:
        return bool(self.results) and all(result.status == "pass" for result in self.results)

    @property
    def excused(self) -> bool:
        """Whether everybody who has to speak says that it holds or doesn't apply, one at least the latter."""
        statuses = {result.status for result in self.results}
        return "not-applicable" in statuses and statuses <= {"pass", "not-applicable"}

    @property
    def text(self) -> str:
        """Who stated it, or why it doesn't count."""
        texts = (result.reason or " ".join(p.message for p in result.proofs) for result in self.results)
        return "; ".join(dict.fromkeys(text for text in texts if text))


def read_attestations(files: Mapping[str, bytes], source: str = REPOSITORY) -> tuple[Attestation, ...]:
    """The attestations of all files, by file and document.

    Raises:
        ChecklistError: with all that is wrong in all files, a line each.
    """
    found: list[Attestation] = []
    wrong: list[str] = []
    for file in sorted(files):
        try:
            found += _attestations(files[file], file, source)
        except ChecklistError as error:
            wrong.append(str(error))
    if wrong:
        raise ChecklistError("\n".join(wrong))
    return tuple(found)


def _attestations(text: bytes, file: str, source: str) -> list[Attestation]:
    records = RecordFile(text, file, source)
    read = [
        _attestation(records.record(index, "an attestation"))
        for index, document in enumerate(records.documents)
        if document is not None or len(records.documents) == 1
    ]
    if not records.documents:
        records.wrong(0, (), "the file is empty; expected an attestation; write one or delete the file")
    records.finish()
    return [one for one in read if one is not None]


def _attestation(record: Record) -> Attestation | None:
    record.only(*_FIELDS)
    if "version" in record:
        record.version()
    item, statement = record.text("item", required=True), record.text("statement", required=True)
    answer = record.choice("answer", ANSWERS)
    by, role = record.text("by", required=True), record.text("role", required=True)
    at, expires = record.date("at", required=True), record.date("expires", required=True)
    reason = record.text("reason")
    if answer == "na" and not reason:
        record.wrong("`answer` is na without a `reason`; expected why the item doesn't apply", "answer")
    for name, value in (("by", by), ("role", role)):
        if value == PLACEHOLDER:
            record.wrong(f"`{name}` is still TODO; expected who states it", name)
    if at and expires and at > expires:
        record.wrong(f"`expires` is {expires}, before `at` {at}; expected a later day", "expires")
    evidence = tuple(_exhibit(one) for one in record.records("evidence"))
    if at is None or expires is None:
        return None
    said = next(one for one in ANSWERS if one == answer)
    return Attestation(item, statement, said, by, role, at, expires, reason, evidence, record.at())


def _exhibit(record: Record) -> Exhibit:
    record.only("path", "sha256", "url")
    found = Exhibit(record.text("path"), record.text("sha256").removeprefix("sha256:"), record.text("url"))
    if bool(found.path) == bool(found.url):
        record.wrong("points at nothing or at two things; expected either `path` with `sha256`, or `url`")
    if found.path and (found.path.startswith("/") or ".." in found.path.split("/")):
        record.wrong(f"`path` is {found.path!r}; expected a path inside the source, without ..", "path")
    if found.path and not re.fullmatch(r"[0-9a-f]{64}", found.sha256):
        record.wrong("`sha256` is not 64 hexadecimal digits; expected what `sha256sum FILE` prints", "path")
    if found.url and found.sha256:
        record.wrong("`sha256` stands beside `url`; expected it beside `path` only", "sha256")
    return found


def standings(
    items: Iterable[Item], attestations: Iterable[Attestation], as_of: date, read: ReadEvidence
) -> dict[str, Standing]:
    """What was stated on `as_of` about each item that a person attests or may attest."""
    by_item: dict[str, list[Attestation]] = {}
    for one in attestations:
        by_item.setdefault(one.item, []).append(one)
    return {
        item.id: _standing(item, by_item.get(item.id, []), as_of, read)
        for item in items
        if item.kind == "attest" or item.attestable
    }


def strangers(items: Iterable[Item], attestations: Iterable[Attestation]) -> tuple[Attestation, ...]:
    """Attestations of items that nobody asks to attest: they count for nothing."""
    asked = {item.id for item in items if item.kind == "attest" or item.attestable}
    return tuple(one for one in attestations if one.item not in asked)


def attested_outcome(
    item: Item, standing: Standing, severity: Severity, environment: str = "", ruled_out: str = ""
) -> Outcome:
    """The outcome of an `attest` item. "Doesn't apply", stated by all who have to speak, excuses it."""
    excused = standing.excused
    return Outcome(
        item.id,
        "attestation",
        item.title or item.id,
        environment,
        severity,
        item.required,
        () if ruled_out else standing.results,
        ruled_out or (standing.text if excused else ""),
        "attested",
        bool(ruled_out) or excused,
    )


def _standing(item: Item, stated: list[Attestation], as_of: date, read: ReadEvidence) -> Standing:
    rule = item.attest or AttestRule(())
    if not rule.roles:
        return Standing((_spoken(item, "", rule, stated, as_of, read),))
    results = []
    for role in rule.roles:
        of_role = [one for one in stated if one.role == role]
        strange = [one for one in stated if one.role not in rule.roles]
        results.append(_spoken(item, role, rule, of_role or strange, as_of, read))
    return Standing(tuple(results))


def _spoken(
    item: Item, role: str, rule: AttestRule, stated: list[Attestation], as_of: date, read: ReadEvidence
) -> Result:
    """What one role's newest statement says of an item; of several on one day the worst answer counts."""
    subject = Subject("Attestation", "", item.id, role)
    who = f" as {role}" if role else ""
    past = [one for one in stated if one.at <= as_of]
    if not past:
        reason = f"nobody attested {item.id}{who}"
        if stated:
            first = min(stated, key=lambda one: one.at)
            reason += f" yet: {first.by} dates it {first.at}, which is to come"
        return Result(subject, "unknown", reason=reason, at=item.origin)
    order: Mapping[Answer, int] = {"no": 2, "na": 1, "yes": 0}
    said = max(past, key=lambda one: (one.at, order[one.answer], one.origin))
    name = f"{said.by} ({said.role}) on {said.at}"

    def failed(key: str, message: str, fix: str) -> Result:
        finding = Finding(message, said.origin, fix, key=key)
        return Result(subject, "fail", (finding,), at=said.origin)

    if role and said.role != role:
        roles = " and ".join(rule.roles)
        return failed("role", f"{item.id}: {name} is none of {roles}", f"have {roles} attest it")
    until = f"{item.id}: the attestation by {name}"
    if as_of > said.expires:
        return Result(subject, "unknown", reason=f"{until} expired after {said.expires}", at=said.origin)
    age = (as_of - said.at).days
    if rule.max_age is not None and age > rule.max_age:
        reason = f"{until} is {age} days old, {rule.max_age} are allowed"
        return Result(subject, "unknown", reason=reason, at=said.origin)
    if said.answer == "no":
        return failed("answer", f"{item.id}: {name} states that it does not hold", "mend it, and attest it")
    for exhibit in said.evidence:
        if _PLACEHOLDER.search(str(exhibit)):
            text = f"{item.id}: evidence {exhibit} by {name} is a placeholder"
            return failed("evidence", text, "point at the record of what was done")
        problem = _unproven(exhibit, read)
        if problem:
            status: Status = "unknown" if problem.endswith("can't be read") else "fail"
            text = f"{item.id}: evidence {problem}, attested by {name}"
            if status == "fail":
                return failed("evidence", text, "attest it again, of the file as it is now")
            return Result(subject, status, reason=text, at=said.origin)
    if rule.evidence_required and not said.evidence and said.answer == "yes":
        text = f"{item.id}: {name} points at no evidence, some is required"
        return failed("evidence", text, "add `evidence:` with a path and its sha256, or a url")
    if said.answer == "na":
        return Result(subject, "not-applicable", reason=f"{name}: {said.reason}", at=said.origin)
    shown = f", see {', '.join(map(str, said.evidence))}" if said.evidence else ""
    proof = Proof(f"{said.statement}: {name}{shown}", at=said.origin)
    return Result(subject, "pass", proofs=(proof,), at=said.origin)


def _unproven(exhibit: Exhibit, read: ReadEvidence) -> str:
    """What is wrong with a local exhibit; "" when its hash is right. An address is not looked up."""
    if not exhibit.path:
        return ""
    content = read(exhibit.path)
    if content is None:
        return f"{exhibit.path} can't be read"
    import hashlib

    if hashlib.sha256(content).hexdigest() != exhibit.sha256:
        return f"{exhibit.path} has another sha256 than was attested"
    return ""
