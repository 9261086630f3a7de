"""Records that were exported from trackers, pagers and ITSM: incidents, tickets and changes, as CSV or JSON.

Looks in what the checklist names as `incidents`, `tickets` and `changes`, else for files of these names in
folders called exports. Knows the usual columns of ServiceNow (table API and CSV), PagerDuty
(CSV and REST), Jira and Jira Service Management (CSV and REST search), compared without case, blanks, `_` and
`-`. Days are ISO 8601, with a blank or a `T` before the time; one written in another order (`10/03/2026`) may
mean two days and is left out.
Ignored on purpose: columns that nothing here asks about; the second sheet of anything.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple, Self

from readiness.errors import ReadinessError
from readiness.evidence.context import Named
from readiness.evidence.documents import Documents, File
from readiness.evidence.named import files_of
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

_LISTS = (
    "result",
    "results",
    "records",
    "issues",
    "incidents",
    "changes",
    "tickets",
    "data",
    "items",
    "value",
)
_TEXT_OF = ("display_value", "displayName", "summary", "name", "value", "key", "number", "id")
# What is asked of a record, and the columns that say it, the most telling first.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("number", "incidentnumber", "issuekey", "key", "changenumber", "ticket", "id"),
    "title": ("shortdescription", "title", "summary", "description", "name"),
    "alert": ("alertname", "alert", "alertsource", "alertkey", "incidentkey"),
    "opened": ("openedat", "opened", "createdat", "createdon", "created", "syscreatedon", "starttime",
               "date"),
    "resolved": ("resolvedat", "resolvedon", "resolved", "closedat", "closed", "closedon", "endtime"),
    "acknowledged": ("acknowledgedat", "acknowledgedon", "firstacknowledgedat", "acknowledged"),
    "notes": ("closenotes", "resolutionnotes", "worknotes", "resolution", "actiontaken", "notes"),
    "state": ("state", "status", "incidentstate", "statuscategory"),
    "service": ("cmdbci", "configurationitem", "affectedci", "service", "servicename", "businessservice",
                "components"),
    "problem": ("problemid", "problem", "linkedproblem", "parentproblem"),
    "change": ("causedby", "causedbychange", "causingchange", "rfc"),
    "version": ("version", "release", "fixversions", "deployedversion", "uversion", "tag"),
    "rollback": ("backoutplan", "rollbackplan", "backout", "rollback"),
    "approver": ("approvedby", "approver", "approvers", "approval"),
    "author": ("requestedby", "assignedto", "author", "reporter", "implementer"),
    "starts": ("plannedstartdate", "startdate", "plannedstart", "start", "workstart"),
    "ends": ("plannedenddate", "enddate", "plannedend", "end", "workend"),
    "type": ("type", "changetype", "category"),
    "template": ("stdchangeproducerversion", "standardchangetemplate", "template", "model", "chgmodel"),
}  # fmt: skip
CLOSED = re.compile(
    r"(?i)\b(?:done|closed|resolved|complete[d]?|fixed|cancel+ed|won'?t do|successful|finished)\b"
)


class Record(NamedTuple):
    """One exported record; a column that it does not have is empty."""

    values: Mapping[str, str]  # by the words of COLUMNS
    at: Location

    def of(self, column: str) -> str:
        return self.values.get(column, "")

    def time(self, column: str) -> datetime | None:
        return time_in(self.of(column))


def time_in(text: str) -> datetime | None:
    """An instant in UTC; None for what is no date in ISO order."""
    found = re.match(
        r"\s*(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s*(Z|UTC|[+-]\d\d:?\d\d)?)?\s*\Z", text
    )
    if not found:
        return None
    zone = found[3] or ""
    zone = "+00:00" if zone in ("", "Z", "UTC") else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00'}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class _Records:
    """The records of one kind of export."""

    kind: ClassVar[str] = ""

    def __init__(
        self, records: tuple[Record, ...], files: tuple[File, ...], unreadable: tuple[Unreadable, ...]
    ) -> None:
        self.records = records
        self.files = files
        self.unreadable = unreadable

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    @property
    def at(self) -> Location | None:
        return self.files[0].at if self.files else None

    @classmethod
    def collect(cls, documents: Documents, named: Named) -> Self:
        kind = cls.kind
        refs = named.of(kind)
        usual = tuple(f"**/exports/**/{kind}*.{suffix}" for suffix in ("csv", "json"))
        records: list[Record] = []
        files: list[File] = []
        unreadable: list[Unreadable] = []
        for file in files_of(refs, documents, kind) if refs else documents.named(*usual):
            if isinstance(file, Unreadable):
                unreadable.append(file)
            elif file.path.lower().endswith((".csv", ".json")):
                try:
                    records.extend(_records(documents.text(file), file))
                    files.append(file)
                except (ReadinessError, ValueError, RecursionError, csv.Error) as wrong:
                    why = f"it is no export that can be read: {' '.join(str(wrong).split())[:200]}"
                    unreadable.append(
                        Unreadable(file.at, why, frozenset({kind}), f"export {file.path} again")
                    )
        return cls(tuple(records), tuple(files), tuple(unreadable))


class Incidents(_Records):
    """Incidents, or alerts that became one."""

    kinds: ClassVar[frozenset[str]] = frozenset({"incidents"})
    looked_for: ClassVar[str] = "an export of incidents (evidence.incidents, exports/incidents*.csv|json)"
    kind: ClassVar[str] = "incidents"


class Tickets(_Records):
    """Tickets of a tracker, by their key."""

    kinds: ClassVar[frozenset[str]] = frozenset({"tickets"})
    looked_for: ClassVar[str] = "an export of tickets (evidence.tickets, exports/tickets*.csv|json)"
    kind: ClassVar[str] = "tickets"

    def closed(self, keys: Iterable[str]) -> bool | None:
        """Whether all tickets of these that are exported are closed; None where none of them is."""
        by_key = {record.of("id"): record for record in self.records}
        found = [by_key[key] for key in keys if key in by_key]
        states = [CLOSED.search(one.of("state")) is not None or bool(one.of("resolved")) for one in found]
        return all(states) if states else None


class Changes(_Records):
    """Change records of an ITSM tool."""

    kinds: ClassVar[frozenset[str]] = frozenset({"changes"})
    looked_for: ClassVar[str] = "an export of changes (evidence.changes, exports/changes*.csv|json)"
    kind: ClassVar[str] = "changes"


def subject_of(record: Record, kind: str) -> Subject:
    return Subject(kind, "", record.of("id") or record.of("title")[:80])


def _records(raw: bytes, file: File) -> Iterator[Record]:
    text = raw.decode("utf-8-sig")
    if file.path.lower().endswith(".json"):
        for index, row in enumerate(_rows_of(json.loads(text))):
            yield Record(_named(_flat(row)), file.at.at(index))
        return
    head = text.split("\n", 1)[0]
    sign = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    names: list[str] = next(reader, [])
    if len(names) < 2:
        raise ValueError("its first line names no columns")
    line = reader.line_num + 1
    for cells in reader:
        if any(cells):
            yield Record(_named(zip(names, cells, strict=False)), file.at._replace(line=line))
        line = reader.line_num + 1


def _rows_of(value: Any) -> list[Mapping[str, Any]]:
    if isinstance(value, dict):
        value = next((value[key] for key in _LISTS if isinstance(value.get(key), list)), None)
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ValueError(f"expected a list of objects, or one under {', '.join(_LISTS[:4])}")
    return value


def _flat(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    fields = row.get("fields")
    for key, value in (*row.items(), *(fields.items() if isinstance(fields, dict) else ())):
        text = _text(value)
        if text:
            yield str(key), text


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return next((text for key in _TEXT_OF if (text := _text(value.get(key)))), "")
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    if isinstance(value, bool):
        return "true" if value else ""
    return "" if value is None else str(value).strip()


def _named(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in fields:
        given.setdefault(re.sub(r"[^a-z]", "", name.lower()), value.strip())
    found = {}
    for wanted, names in COLUMNS.items():
        value = next((given[name] for name in names if given.get(name)), "")
        if value:
            found[wanted] = value
    return found
