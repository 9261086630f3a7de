"""Exports of service desks, pagers and trackers."""

import pytest

from readiness.evidence.context import Named, Ref, Sources
from readiness.evidence.documents import Documents
from readiness.evidence.exports import Incidents, Tickets, time_in
from readiness.tree import TextTree


def incidents(name: str, text: str | bytes, named: Named | None = None) -> Incidents:
    raw = text.encode() if isinstance(text, str) else text
    documents = Documents.collect(Sources({"repository": TextTree("repository", {name: raw})}))
    return Incidents.collect(documents, named or Named({}))


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("exports/incidents.csv", "number,short_description\nINC1,\"a, b\"\n", {"id": "INC1", "title": "a, b"}),
        ("exports/incidents.csv", "\ufeffNumber;Short Description\r\nINC1;a\r\n", {"id": "INC1", "title": "a"}),
        ("exports/incidents.csv", "Issue key\tSummary\tStatus\nORD-1\ta\tDone\n", {"id": "ORD-1", "title": "a", "state": "Done"}),
        ("exports/incidents.json", '[{"number": "INC1", "short_description": ""}]', {"id": "INC1"}),
        ("exports/incidents.json", '{"issues": [{"key": "O-1", "fields": {"summary": "a", "status": {"name": "Open"}}}]}', {"id": "O-1", "title": "a", "state": "Open"}),
        ("exports/incidents.json", '{"incidents": [{"incident_number": 7, "title": "a", "service": {"summary": "orders"}}]}', {"id": "7", "title": "a", "service": "orders"}),
    ],
)  # fmt: skip
def test_formats(name: str, text: str, values: dict[str, str]) -> None:
    (record,) = incidents(name, text)
    assert record.values == values


def test_the_line_of_a_row() -> None:
    found = list(incidents("exports/incidents.csv", 'number,title\nA,"two\nlines"\n\nB,c\n'))
    assert [(one.of("id"), one.at.line) for one in found] == [("A", 2), ("B", 5)]


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe\x00", b"", b"x\n", b'a,b\n"', b"{", b"7", b'{"a": []}', b"[1]", b"[" * 9999]
)
@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_what_is_no_export_is_unreadable(raw: bytes, suffix: str) -> None:
    found = incidents(f"exports/incidents.{suffix}", raw)
    assert len(found) == 0
    assert len(found.unreadable) == 1


def test_where_it_looks() -> None:
    text = "number,title\nA,b\n"
    assert len(incidents("exports/incidents-2026.csv", text)) == 1
    assert len(incidents("incidents.csv", text)) == 0
    named = Named({"incidents": (Ref("repository", "desk"),)})
    assert len(incidents("desk/any.csv", text, named)) == 1


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-10-31", "2026-10-31T00:00:00+00:00"),
        ("2026-10-31 10:00:00", "2026-10-31T10:00:00+00:00"),
        ("2026-10-31T10:00:00Z", "2026-10-31T10:00:00+00:00"),
        ("2026-10-31T10:00:00.123+0200", "2026-10-31T08:00:00+00:00"),
        ("31/10/2026", None),
        ("2026-13-31", None),
        ("", None),
    ],
)
def test_days(text: str, iso: str | None) -> None:
    found = time_in(text)
    assert (found.isoformat() if found else None) == iso


@pytest.mark.parametrize(
    ("keys", "closed"), [(["O-1"], True), (["O-2"], False), (["O-1", "O-2"], False), (["O-3"], None)]
)
def test_tickets(keys: list[str], closed: bool | None) -> None:
    raw = b"key,status\nO-1,Done\nO-2,In Progress\n"
    documents = Documents.collect(
        Sources({"repository": TextTree("repository", {"exports/tickets.csv": raw})})
    )
    assert Tickets.collect(documents, Named({})).closed(keys) is closed
