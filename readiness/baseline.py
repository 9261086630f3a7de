"""The baseline: what an old service had wrong when the gate came, accepted until a day; it only shrinks."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from readiness.checklist import PLACEHOLDER, REPOSITORY
from readiness.compare import Entry, grows_with_date, is_worse, worse_operand
from readiness.outcome import Location, Outcome, State
from readiness.records import RecordFile, quoted, replace_file

_TOP = ("version", "until", "ticket", "created", "findings")
_FIELDS = ("fingerprint", "item", "subject", "environments", "operands")


class Accepted(NamedTuple):
    """One finding of the baseline."""

    fingerprint: str
    item: str
    subject: str  # for readers of the file
    environments: tuple[str, ...]  # where it was found; empty: evidence that has no environment, or any
    operands: Mapping[str, int | float | str]  # the numbers that are accepted, and nothing worse


class Baseline(NamedTuple):
    """The file; from `until` on it excuses nothing."""

    until: date
    ticket: str
    created: date | None
    findings: Mapping[str, Accepted]  # by fingerprint
    origin: Location


def read_baseline(text: bytes, file: str, source: str = REPOSITORY) -> Baseline:
    """The baseline that a file holds.

    Raises:
        ChecklistError: with all that is wrong in the file, a line each.
    """
    records = RecordFile(text, file, source)
    top = records.record(0, "a baseline file")
    top.only(*_TOP)
    top.version()
    until = top.date("until", required=True)
    ticket = top.text("ticket", required=True, what="the ticket under which it is paid off")
    if ticket == PLACEHOLDER:
        top.wrong("`ticket` is still TODO; expected the ticket under which it is paid off", "ticket")
    created = top.date("created")
    findings: dict[str, Accepted] = {}
    for record in top.records("findings"):
        record.only(*_FIELDS)
        fingerprint = record.text("fingerprint", required=True)
        if fingerprint in findings:
            record.wrong(f"{fingerprint} stands twice; expected it once; delete one", "fingerprint")
        findings[fingerprint] = Accepted(
            fingerprint,
            record.text("item", required=True),
            record.text("subject"),
            record.texts("environments"),
            record.values("operands"),
        )
    records.finish()
    return Baseline(until or date.min, ticket, created, findings, top.at())


def baseline_of(
    entries: Iterable[Entry], *, until: date, ticket: str, created: date, origin: Location
) -> Baseline:
    """A baseline of what is wrong now. An `error` is a defect of the gate and is never accepted."""
    found: dict[str, Accepted] = {}
    for entry in sorted(entries, key=lambda entry: (entry.fingerprint, entry.environment)):
        if entry.status == "error":
            continue
        held = found.get(entry.fingerprint)
        operands = dict(held.operands) if held else {}
        for operand in entry.finding.operands:
            if not operand.worse or grows_with_date(operand):
                continue
            if operand.name not in operands or is_worse(operand, operands[operand.name]):
                operands[operand.name] = operand.value
        environments = {*(held.environments if held else ()), entry.environment} - {""}
        found[entry.fingerprint] = Accepted(
            entry.fingerprint, entry.item, str(entry.subject), tuple(sorted(environments)), operands
        )
    return Baseline(until, ticket, created, found, origin)


def updated(baseline: Baseline, entries: Iterable[Entry], outcomes: Iterable[Outcome]) -> Baseline:
    """The baseline without what is fixed; nothing is added and no number changes.

    A finding is fixed when it is gone and its item could be judged everywhere in this run: one that an
    `unknown` hides, or that was not run, stays.
    """
    there = {entry.fingerprint for entry in entries}
    judged: dict[str, bool] = {}
    environments: dict[str, set[str]] = {}
    for outcome in outcomes:
        clear = not any(result.status in ("unknown", "error") for result in outcome.results)
        judged[outcome.item] = judged.get(outcome.item, True) and clear and not outcome.not_evaluated
        environments.setdefault(outcome.item, set()).add(outcome.environment)

    def fixed(accepted: Accepted) -> bool:
        everywhere = set(accepted.environments) <= environments.get(accepted.item, set())
        return accepted.fingerprint not in there and judged.get(accepted.item, False) and everywhere

    kept = {key: accepted for key, accepted in baseline.findings.items() if not fixed(accepted)}
    return baseline._replace(findings=kept)


def state_of(baseline: Baseline, entry: Entry, as_of: date) -> tuple[State, str]:
    """What an entry is against the baseline, and why it is not existing.

    An age grows every day, so it is not held against the age that was accepted: `until` ends it.
    """
    accepted = baseline.findings.get(entry.fingerprint)
    if accepted is None or entry.status == "error":
        return "new", ""
    if as_of >= baseline.until:
        return "new", f"the baseline accepted it until {baseline.until} ({baseline.ticket})"
    if accepted.environments and entry.environment and entry.environment not in accepted.environments:
        return "new", f"the baseline accepted it in {', '.join(accepted.environments)} only"
    timeless = tuple(operand for operand in entry.finding.operands if not grows_with_date(operand))
    worse = worse_operand(timeless, accepted.operands)
    return ("worse", f"worse than the baseline accepted: {worse}") if worse else ("existing", "")


def baseline_yaml(baseline: Baseline) -> str:
    """The file's text: sorted, a finding's lines together, so that a fix is a short diff."""
    lines = [
        "# What this service had wrong when the gate came. It only shrinks: readiness baseline --update",
        "version: 1",
        f"until: {baseline.until}  # from this day on (UTC) it excuses nothing",
        f"ticket: {quoted(baseline.ticket)}",
    ]
    if baseline.created is not None:
        lines.append(f"created: {baseline.created}")
    lines.append("findings:" if baseline.findings else "findings: []")
    for one in sorted(baseline.findings.values(), key=lambda one: (one.item, one.subject, one.fingerprint)):
        lines.append(f"  - fingerprint: {quoted(one.fingerprint)}")
        lines.append(f"    item: {quoted(one.item)}")
        lines.append(f"    subject: {quoted(one.subject)}")
        if one.environments:
            lines.append(f"    environments: [{', '.join(quoted(name) for name in one.environments)}]")
        if one.operands:
            lines.append("    operands:")
            lines += [
                f"      {quoted(name)}: {quoted(value)}" for name, value in sorted(one.operands.items())
            ]
    return "\n".join(lines) + "\n"


def write_baseline(path: str, baseline: Baseline) -> None:
    """Writes the file, whole or not at all.

    Raises:
        SourceError: it can't be written.
    """
    replace_file(path, baseline_yaml(baseline))
