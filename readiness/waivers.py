"""Waivers: approved acceptances of findings that end by themselves; reading, writing, and what they cover.

The check of a waived finding still runs. A waiver that is expired, unapproved, too broad or too long
covers nothing at all, so that every doubt closes the gate. Its last day is a UTC date and still counts.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

from readiness.checklist import PLACEHOLDER, REPOSITORY, DecisionPolicy
from readiness.compare import Entry, is_worse, worst_operands
from readiness.errors import ChecklistError
from readiness.outcome import Location, Operand, Severity, Subject
from readiness.records import Record, RecordFile, quoted, replace_file

WaiverKind = Literal["accepted-risk", "planned", "false-positive", "not-applicable"]
WAIVER_KINDS: tuple[WaiverKind, ...] = ("accepted-risk", "planned", "false-positive", "not-applicable")

SOON_DAYS = 14  # a waiver that ends within these is announced
MAX_FINDINGS = 25  # what a `match` may cover where the waiver doesn't say
LEAST_REASON = 20  # characters: shorter ones explain nothing

_FIELDS = ("id", "check", "match", "fingerprint", "kind", "reason", "owner", "approved-by", "created",
           "expires", "ticket", "accepts", "max-findings")  # fmt: skip
_MATCHED = ("kind", "namespace", "name", "part", "environment", "label", "path")
_FINGERPRINT = re.compile(r"r[0-9]+:[0-9a-f]{20}")


class Match(NamedTuple):
    """Which findings of a check are meant; each text may hold `*` and `?`, an empty one means any."""

    kind: str = ""
    namespace: str = ""
    name: str = ""
    part: str = ""
    environment: str = ""
    label: str = ""  # app=orders
    path: str = ""  # of the repository, or source:path; `*` stays within a folder, `**` doesn't


class Waiver(NamedTuple):
    """One waiver as it stands in the file."""

    id: str
    check: str  # id of a check or item; "" with a fingerprint that says it all
    match: Match | None
    fingerprint: str
    kind: WaiverKind
    reason: str
    owner: str
    approved_by: str
    created: date | None
    expires: date  # the last day that it counts
    ticket: str
    accepts: Mapping[str, int | float | str]  # operand → the value that is accepted, and nothing worse
    max_findings: int | None
    origin: Location


class Candidate(NamedTuple):
    """An entry that a waiver may cover, with what the gate knows of its item."""

    entry: Entry
    check: str
    severity: Severity
    waivable: bool = True


class Notice(NamedTuple):
    """Something that a report says beside the outcomes; it blocks nothing by itself."""

    id: str  # waiver-expired, waiver-stale …
    severity: Severity
    message: str
    at: Location | None = None
    waiver: str = ""


class Coverage(NamedTuple):
    """What waivers do to candidates, by index."""

    covered: Mapping[int, str]  # id of the waiver
    refused: Mapping[int, str]  # why the waiver that means it doesn't cover it
    expired: frozenset[int]  # of the refused, those whose waiver ended: the date caused that they count
    notices: tuple[Notice, ...]


LabelsOf = Callable[[Subject], Sequence[Mapping[str, str]]]  # an object's own labels, those of its pods


def no_labels(_subject: Subject) -> Sequence[Mapping[str, str]]:
    return ()


def read_waivers(text: bytes, file: str, source: str = REPOSITORY) -> tuple[Waiver, ...]:
    """The waivers of one file, in its order.

    Raises:
        ChecklistError: with all that is wrong in the file, a line each.
    """
    records = RecordFile(text, file, source)
    top = records.record(0, "a waiver file")
    top.only("version", "waivers")
    top.version()
    if len(records.documents) > 1:
        records.wrong(1, (), "a second document; expected one; move its waivers to the first")
    found = []
    seen: dict[str, Location] = {}
    for record in top.records("waivers"):
        waiver = _waiver(record)
        if waiver is not None:
            if waiver.id in seen:
                record.wrong(f"waiver `{waiver.id}` stands twice; expected one of each id; rename one", "id")
            seen[waiver.id] = waiver.origin
            found.append(waiver)
    records.finish()
    return tuple(found)


def _waiver(record: Record) -> Waiver | None:
    record.only(*_FIELDS)
    fingerprint = record.text("fingerprint", what="a fingerprint such as r1:0123456789abcdef0123")
    if fingerprint and not _FINGERPRINT.fullmatch(fingerprint):
        record.wrong(
            f"`fingerprint` is {fingerprint!r}; expected one such as r1:0123456789abcdef0123; "
            "copy it from a report",
            "fingerprint",
        )
    inner = record.inner("match")
    match = None
    if inner is not None:
        inner.only(*_MATCHED)
        match = Match(**{name: inner.text(name) for name in _MATCHED})
        if match == Match():
            inner.wrong("`match` names nothing; expected at least one of " + ", ".join(_MATCHED))
        if match.label and not re.fullmatch(r"[^=]+=.*", match.label):
            inner.wrong(f"`label` is {match.label!r}; expected name=value such as app=orders", "label")
    if ("match" in record) == ("fingerprint" in record):
        record.wrong("says which findings it covers twice or not at all; expected `match` or `fingerprint`")
    reason = record.text("reason", required=True)
    if reason and len(reason) < LEAST_REASON:
        record.wrong(
            f"`reason` has {len(reason)} characters; expected at least {LEAST_REASON}; "
            "say why the risk is taken, and until what",
            "reason",
        )
    owner = record.text("owner", required=True, what="a person or team")
    if owner == PLACEHOLDER:
        record.wrong("`owner` is still TODO; expected a person or team", "owner")
    kind = record.choice("kind", WAIVER_KINDS)
    created, expires = record.date("created"), record.date("expires", required=True)
    if created and expires and created > expires:
        record.wrong(f"`expires` is {expires}, before `created` {created}; expected a later day", "expires")
    id_ = record.text("id", required=True, what="an id such as W-12")
    check = record.text("check", required=not fingerprint, what="the id of a check or item")
    approved_by, ticket = record.text("approved-by"), record.text("ticket")
    accepts, max_findings = record.values("accepts"), record.count("max-findings")
    if not id_ or expires is None:
        return None
    return Waiver(
        id_, check, match, fingerprint, next(k for k in WAIVER_KINDS if k == kind), reason, owner,
        approved_by, created, expires, ticket, accepts, max_findings, record.at(),
    )  # fmt: skip


def apply_waivers(
    waivers: Iterable[Waiver],
    candidates: Sequence[Candidate],
    policy: DecisionPolicy,
    as_of: date,
    labels_of: LabelsOf = no_labels,
    partial: bool = False,
) -> Coverage:
    """Which candidates the waivers cover on `as_of`, and what is to be said of the waivers themselves.

    Args:
        partial: not all items or environments ran, so that a waiver that matches nothing isn't stale.
    """
    covered: dict[int, str] = {}
    refused: dict[int, str] = {}
    expired: set[int] = set()
    notices: list[Notice] = []
    for waiver in sorted(waivers, key=lambda waiver: waiver.id):
        meant = [index for index, one in enumerate(candidates) if means(waiver, one, labels_of)]
        problem = invalid(waiver, policy, as_of) or _too_broad(waiver, [candidates[i] for i in meant])
        if problem is not None:
            notices.append(problem)
            for index in meant:
                refused.setdefault(index, problem.message)
            if problem.id == "waiver-expired":
                expired.update(meant)
            continue
        notices += _announced(waiver, as_of)
        if not meant and not partial:
            text = f"waiver {waiver.id} matches no finding any more: delete it"
            notices.append(Notice("waiver-stale", "warning", text, waiver.origin, waiver.id))
        said: set[Notice] = set()
        for index in meant:
            refusal = _refusal(waiver, candidates[index], policy, as_of)
            if refusal is None:
                covered.setdefault(index, waiver.id)
            else:
                said.add(refusal)
                refused.setdefault(index, refusal.message)
        notices += sorted(said, key=lambda notice: (notice.id, notice.message))
    left = {index: why for index, why in refused.items() if index not in covered}
    return Coverage(covered, left, frozenset(expired & set(left)), tuple(notices))


def means(waiver: Waiver, candidate: Candidate, labels_of: LabelsOf = no_labels) -> bool:
    """Whether a waiver speaks of this entry, in force or not."""
    entry = candidate.entry
    if waiver.check and waiver.check not in (candidate.check, entry.item):
        return False
    if waiver.match is None:
        return waiver.fingerprint == entry.fingerprint
    match, subject = waiver.match, entry.subject
    pairs = (
        (match.kind, subject.kind), (match.namespace, subject.namespace), (match.name, subject.name),
        (match.part, subject.part), (match.environment, entry.environment),
    )  # fmt: skip
    if not all(not glob or fits(glob, text) for glob, text in pairs):
        return False
    if match.path and not _path_fits(match.path, entry.at):
        return False
    if match.label:
        name, _, value = match.label.partition("=")
        return any(name in labels and fits(value, labels[name]) for labels in labels_of(subject))
    return True


def invalid(waiver: Waiver, policy: DecisionPolicy, as_of: date) -> Notice | None:
    """Why a waiver covers nothing on `as_of`, whatever it matches; None when it is in force."""

    def notice(what: str, text: str) -> Notice:
        return Notice(f"waiver-{what}", "warning", f"waiver {waiver.id} {text}", waiver.origin, waiver.id)

    if as_of > waiver.expires:
        return notice("expired", f"expired {_days((as_of - waiver.expires).days)} ago")
    if waiver.created is not None and waiver.created > as_of:
        return notice("future", f"was created on {waiver.created}, which is yet to come")
    approver = waiver.approved_by
    if not approver or approver == PLACEHOLDER:
        return notice("unapproved", "is not approved: nobody stands in approved-by")
    if approver.casefold() == waiver.owner.casefold():
        return notice("unapproved", f"is not approved: {approver} both owns and approves it")
    if policy.approvers is not None and approver.casefold() not in map(str.casefold, policy.approvers):
        return notice("unapproved", f"is not approved: the policy names no approver {approver}")
    return None


def _announced(waiver: Waiver, as_of: date) -> list[Notice]:
    left = (waiver.expires - as_of).days
    if left > SOON_DAYS:
        return []
    when = f"in {_days(left)}, after {waiver.expires}" if left else "today: its last day"
    text = f"waiver {waiver.id} expires {when}; owner {waiver.owner}"
    return [Notice("waiver-expires-soon", "warning", text, waiver.origin, waiver.id)]


def _too_broad(waiver: Waiver, meant: Sequence[Candidate]) -> Notice | None:
    """A waiver that means more findings than it says covers none: which of them were meant, nobody knows."""
    if waiver.match is None and waiver.max_findings is None:
        return None
    limit = MAX_FINDINGS if waiver.max_findings is None else waiver.max_findings
    count = len({candidate.entry.fingerprint for candidate in meant})
    if count <= limit:
        return None
    text = (
        f"waiver {waiver.id} is too broad: it matches {count} findings, at most {limit} are accepted, "
        "so it covers none; narrow its match or raise max-findings"
    )
    return Notice("waiver-over-broad", "warning", text, waiver.origin, waiver.id)


def _refusal(waiver: Waiver, candidate: Candidate, policy: DecisionPolicy, as_of: date) -> Notice | None:
    """Why a waiver in force doesn't cover this one entry; None when it does."""
    entry = candidate.entry
    if not candidate.waivable or {entry.item, candidate.check} & set(policy.non_waivable):
        text = f"waiver {waiver.id} covers nothing of {entry.item}: the policy lets nobody waive it"
        return Notice("waiver-not-waivable", "error", text, waiver.origin, waiver.id)
    cap = policy.max_days[candidate.severity]
    since = waiver.created or as_of
    lasts = (waiver.expires - since).days
    if lasts > cap:
        text = (
            f"waiver {waiver.id} lasts {_days(lasts)} from {since}, {_article(candidate.severity)} may be "
            f"waived for {_days(cap)}"
        )
        return Notice("waiver-too-long", "warning", text, waiver.origin, waiver.id)
    held = worst_operands(entry.finding.operands)
    for name, accepted in sorted(waiver.accepts.items()):
        operand = held.get(name)
        if operand is None:
            text = (
                f"waiver {waiver.id} accepts {name} {accepted}, {entry.subject} has no operand of that name"
            )
        elif _exceeds(operand, accepted):
            text = (
                f"waiver {waiver.id} accepts {name} {accepted}, {entry.subject} has {operand.value} now: "
                "it no longer applies"
            )
        else:
            continue
        return Notice("waiver-worse", "warning", text, waiver.origin, waiver.id)
    return None


def _exceeds(operand: Operand, accepted: int | float | str) -> bool:
    """Worse than accepted; where an operand has no direction, anything else is."""
    return is_worse(operand, accepted) if operand.worse else operand.value != accepted


def fits(glob: str, text: str) -> bool:
    """Whether a glob of `*` and `?` matches a whole text."""
    pattern = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in glob)
    return re.fullmatch(pattern, text, re.DOTALL) is not None


def _path_fits(glob: str, at: Location | None) -> bool:
    """`*` and `?` stay within a folder, `**` crosses them; a path without a source is the repository's."""
    if at is None:
        return False
    source, colon, path = glob.partition(":")
    if not colon:
        source, path = REPOSITORY, glob
    path = path.removeprefix("./")
    if path.endswith("/"):
        path += "**"
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", path)
    pattern = "".join(signs.get(part, re.escape(part)) for part in parts)
    return source == at.source and re.fullmatch(pattern, at.file, re.DOTALL) is not None


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _article(severity: Severity) -> str:
    return "an error" if severity == "error" else f"a {severity}"


def new_waiver(
    waivers: Iterable[Waiver],
    candidate: Candidate,
    *,
    kind: WaiverKind,
    reason: str,
    owner: str,
    expires: date,
    created: date,
    approved_by: str = "",
    ticket: str = "",
    origin: Location,
) -> Waiver:
    """A waiver of exactly this entry, with the next free id; it accepts the numbers of today, none worse."""
    numbers = [int(found[1]) for one in waivers if (found := re.fullmatch(r"W-([0-9]{1,9})", one.id))]
    operands = worst_operands(candidate.entry.finding.operands)
    accepts = {name: operand.value for name, operand in sorted(operands.items()) if operand.worse}
    return Waiver(
        f"W-{max(numbers, default=0) + 1}", candidate.entry.item, None,
        candidate.entry.fingerprint, kind, reason, owner, approved_by, created, expires, ticket, accepts,
        None, origin,
    )  # fmt: skip


def waiver_yaml(waiver: Waiver, about: str = "") -> str:
    """A waiver as an entry of the file's list, not indented; `about` stands above it as a comment."""
    fields: list[tuple[str, object]] = [("id", waiver.id), ("check", waiver.check)]
    if waiver.fingerprint:
        fields.append(("fingerprint", waiver.fingerprint))
    lines = [f"{name}: {quoted(value)}" for name, value in fields if value]
    if waiver.match is not None:
        lines.append("match:")
        lines += [f"  {name}: {quoted(text)}" for name, text in waiver.match._asdict().items() if text]
    rest: list[tuple[str, object]] = [
        ("kind", waiver.kind), ("reason", waiver.reason), ("owner", waiver.owner),
        ("approved-by", waiver.approved_by), ("ticket", waiver.ticket), ("max-findings", waiver.max_findings),
    ]  # fmt: skip
    lines += [f"{name}: {quoted(value)}" for name, value in rest if value]
    if waiver.created is not None:
        lines.append(f"created: {waiver.created}")
    lines.append(f"expires: {waiver.expires}  # the last day that it counts, UTC")
    if waiver.accepts:
        lines.append("accepts:")
        lines += [f"  {quoted(name)}: {quoted(value)}" for name, value in waiver.accepts.items()]
    comment = [f"# {' '.join(about.split())}"] if about else []
    return "\n".join([*comment, f"- {lines[0]}", *(f"  {line}" for line in lines[1:])]) + "\n"


def with_waiver(text: str, waiver: Waiver, file: str, about: str = "") -> str:
    """The text of a waiver file (empty for a new one) with one more, all else kept as it stands.

    Raises:
        ChecklistError: the file is invalid, or laid out so that nothing can be added by text alone.
    """
    if not text.strip():
        return "version: 1\nwaivers:\n" + _indented(waiver_yaml(waiver, about), 2)
    before = read_waivers(text.encode(), file)
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    while lines and not lines[-1]:
        lines.pop()
    for index, line in enumerate(lines):
        found = re.fullmatch(r"(waivers\s*:)(?:\s*(?:\[\s*\]|~|null))?(\s+#.*)?\s*", line)
        if found:
            lines[index] = found[1] + (found[2] or "")
            break
    else:
        index = len(lines)
    start = next((at for at in range(index + 1, len(lines)) if re.match(r"\s*- ", lines[at])), None)
    indent = len(lines[start]) - len(lines[start].lstrip()) if start is not None else 2
    last = next((at for at in range(index + 1, len(lines)) if re.match(r"[^\s#-]", lines[at])), len(lines))
    lines[last:last] = _indented(waiver_yaml(waiver, about), indent).rstrip("\n").split("\n")
    after = end.join(lines) + end
    try:
        kept = [one._replace(origin=waiver.origin) for one in read_waivers(after.encode(), file)]
    except ChecklistError as error:
        raise ChecklistError(_by_hand(file, waiver, about)) from error
    if kept != [*(one._replace(origin=waiver.origin) for one in before), waiver]:
        raise ChecklistError(_by_hand(file, waiver, about))
    return after


def write_waiver(path: str, waiver: Waiver, file: str, about: str = "") -> None:
    """Adds a waiver to the file at `path`, which it makes if there is none; whole or not at all.

    Raises:
        ChecklistError: the file is invalid: nothing is written.
        SourceError: it can't be read or written.
    """
    replace_file(path, with_waiver(_text_at(path, file), waiver, file, about))


def waivers_at(path: str, file: str) -> tuple[Waiver, ...]:
    """The waivers of the file at `path`; none where there is no file.

    Raises:
        ChecklistError: the file is invalid.
        SourceError: it can't be read.
    """
    text = _text_at(path, file)
    return read_waivers(text.encode(), file) if text.strip() else ()


def _text_at(path: str, file: str) -> str:
    from readiness.errors import SourceError

    try:
        with open(path, encoding="utf-8", newline="") as held:
            return held.read()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{file}: can't be read: {error}") from error


def _indented(text: str, by: int) -> str:
    return "".join(" " * by + line + "\n" for line in text.rstrip("\n").split("\n"))


def _by_hand(file: str, waiver: Waiver, about: str) -> str:
    return (
        f"{file}:1:1: no waiver can be added to this layout; expected a list below `waivers:`, an entry "
        f"after each dash; add this to it by hand:\n{waiver_yaml(waiver, about)}"
    )
