"""What changed between two canonical documents; pure.

The two may be of any runs: two days, two commits, two services even. What makes them hard to compare (other
rules, another day) is said beside it.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from readiness.compare import is_worse, worse_operand, worst_operands
from readiness.outcome import SEVERITIES, STATUSES, Operand
from readiness.report.outline import place, subject_of

SCHEMA = "readiness/difference/1"
_RANK: dict[str, int] = {severity: rank for rank, severity in enumerate(SEVERITIES)}
_JUDGED = ("pass", "fail")
_WORST = (*STATUSES, "absent")


class Side(NamedTuple):
    label: str
    decision: str


class Change(NamedTuple):
    """A finding, as it is after the change; one that is fixed or gone, as it was before."""

    item: str
    environment: str
    severity: str
    blocking: bool
    message: str
    place: str
    fingerprint: str
    note: str = ""  # what got worse


class OutcomeChange(NamedTuple):
    item: str
    environment: str
    was: str  # a status; "absent" where the item was not asked
    now: str


class ProofChange(NamedTuple):
    """A number of a proof that is another one now."""

    item: str
    environment: str
    subject: str
    name: str
    was: str
    now: str
    worse: bool


class Difference(NamedTuple):
    before: Side
    after: Side
    warnings: tuple[str, ...]
    new: tuple[Change, ...]
    worse: tuple[Change, ...]
    fixed: tuple[Change, ...]
    gone: tuple[Change, ...]  # was found before; can't be told or isn't asked any more
    existing: tuple[Change, ...]
    outcomes: tuple[OutcomeChange, ...]
    proofs: tuple[ProofChange, ...]

    @property
    def same(self) -> bool:
        changed = (self.new, self.worse, self.fixed, self.gone, self.outcomes, self.proofs)
        return self.before.decision == self.after.decision and not any(changed)


Key = tuple[str, str, str]  # item, environment, fingerprint


def difference(before: Any, after: Any, labels: tuple[str, str]) -> Difference:
    """The difference of two canonical documents, of runs that reached a verdict."""
    then, now = _findings(before), _findings(after)
    was, is_ = _outcomes(before), _outcomes(after)
    new: list[Change] = []
    worse: list[Change] = []
    existing: list[Change] = []
    fixed: list[Change] = []
    gone: list[Change] = []
    for key, finding in now.items():
        held = then.get(key)
        note = _worse(finding, held) if held is not None else ""
        change = _change(key, finding, note)
        (new if held is None else worse if note else existing).append(change)
    for key, finding in then.items():
        if key not in now:
            mended = _is_judged(is_.get(key[:2]), finding)
            (fixed if mended else gone).append(_change(key, finding, ""))
    return Difference(
        Side(labels[0], before["decision"]),
        Side(labels[1], after["decision"]),
        tuple(_warnings(before, after)),
        new=tuple(sorted(new, key=_order)),
        worse=tuple(sorted(worse, key=_order)),
        fixed=tuple(sorted(fixed, key=_order)),
        gone=tuple(sorted(gone, key=_order)),
        existing=tuple(sorted(existing, key=_order)),
        outcomes=tuple(sorted(_outcome_changes(was, is_), key=lambda one: (_WORST.index(one.now), one))),
        proofs=tuple(sorted(_proofs(was, is_))),
    )


def as_json(found: Difference) -> Any:
    """The difference as plain data, its schema's name in it."""

    def plain(value: Any) -> Any:
        if isinstance(value, tuple):
            if hasattr(value, "_asdict"):
                return {name: plain(inner) for name, inner in value._asdict().items()}
            return [plain(inner) for inner in value]
        return value

    return {"schema": SCHEMA, **plain(found)}


def _warnings(before: Any, after: Any) -> Iterator[str]:
    for name, then, now in (
        ("services", before["service"]["name"], after["service"]["name"]),
        ("days", before["as_of"], after["as_of"]),
        ("rules", _rules(before), _rules(after)),
        ("versions of this tool", before["tool"]["version"], after["tool"]["version"]),
    ):
        if then != now:
            yield f"the two are of different {name}: {then} and {now}"


def _rules(document: Any) -> str:
    return str(document["policy"]["digest"]) if document["policy"] else "none"


def _outcomes(document: Any) -> dict[tuple[str, str], Any]:
    return {(one["id"], one["environment"] or ""): one for one in document["outcomes"]}


def _findings(document: Any) -> dict[Key, Any]:
    """What stands against each outcome; what a run itself calls fixed or vanished is of its base."""
    return {
        (one["id"], one["environment"] or "", finding["fingerprint"]): finding
        for one in document["outcomes"]
        for finding in one["findings"]
        if finding["state"] not in ("fixed", "vanished")
    }


def _is_judged(outcome: Any, finding: Any) -> bool:
    """Whether an outcome could have had the finding again."""
    if outcome is None or outcome["status"] not in _JUDGED:
        return False
    return not any(
        one["status"] != "fail" and one["object"] == finding["object"] for one in outcome["findings"]
    )


def _worse(now: Any, before: Any) -> str:
    """What of a finding got worse; "" where nothing did."""
    if _RANK[now["severity"]] < _RANK[before["severity"]]:
        return f"severity {before['severity']} → {now['severity']}"
    held = worst_operands(_operands(before["operands"]))
    for operand in _operands(now["operands"]):
        if operand.worse and operand.name in held and operand.unit != held[operand.name].unit:
            return f"{operand.name} is in {operand.unit or 'no unit'}, it was in {held[operand.name].unit}"
    return worse_operand(_operands(now["operands"]), {name: one.value for name, one in held.items()})


def _operands(raw: Iterable[Any]) -> list[Operand]:
    return [Operand(one["name"], one["value"], one["unit"], None, one["worse"]) for one in raw]


def _change(key: Key, finding: Any, note: str) -> Change:
    item, environment, fingerprint = key
    return Change(
        item, environment, finding["severity"], finding["blocking"], finding["message"], place(finding),
        fingerprint, note,
    )  # fmt: skip


def _order(change: Change) -> tuple[object, ...]:
    return (not change.blocking, _RANK[change.severity], *change)


def _outcome_changes(
    was: dict[tuple[str, str], Any], is_: dict[tuple[str, str], Any]
) -> Iterator[OutcomeChange]:
    for pair in {*was, *is_}:
        then, now = _status(was.get(pair)), _status(is_.get(pair))
        if then != now and {then, now} != {"absent", "not-applicable"}:
            yield OutcomeChange(*pair, then, now)


def _status(outcome: Any) -> str:
    return "absent" if outcome is None else str(outcome["status"])


def _proofs(was: dict[tuple[str, str], Any], is_: dict[tuple[str, str], Any]) -> Iterator[ProofChange]:
    for pair in was.keys() & is_.keys():
        before, after = _proof_numbers(was[pair]), _proof_numbers(is_[pair])
        for subject, name in before.keys() & after.keys():
            then, now = before[subject, name], after[subject, name]
            if (then.value, then.unit) != (now.value, now.unit):
                worse = is_worse(now, then.value)
                yield ProofChange(*pair, subject, name, _number(then), _number(now), worse)


def _number(operand: Operand) -> str:
    return f"{operand.value} {operand.unit}".strip()


def _proof_numbers(outcome: Any) -> dict[tuple[str, str], Operand]:
    found: dict[tuple[str, str], Operand] = {}
    for proof in outcome["proofs"]:
        subject = subject_of(proof["object"])
        for name, operand in worst_operands(_operands(proof["operands"])).items():
            held = found.get((subject, name))
            if held is None or is_worse(operand, held.value):
                found[subject, name] = operand
    return found
