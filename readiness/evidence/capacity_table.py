"""Tables in Markdown that hold a capacity plan: the header names workload, peak, unit capacity and headroom.

Units stand in brackets in the header, or behind the number in its cell. Tables inside code fences are
examples and are left out, as are those of other subjects. Lines such as `Reviewed: 2026-10-20`,
`Source: …`, `Zones: 3` and `Horizon months: 3` hold for the whole page, wherever they stand.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from readiness.evidence.capacity_fields import (
    CAPACITY,
    HEADROOM,
    PEAK,
    PLAN_FIELDS,
    REPLICAS,
    TROUGH,
    WORKLOAD_FIELDS,
    Fields,
    Problem,
    Unclear,
    spelled_raw,
)
from readiness.evidence.effective import Value
from readiness.outcome import Location

LONGEST_TABLE = 10_000  # rows
LONGEST_NAME = 300  # characters of a header or name: patterns over them stay quick on hostile pages

# Texts, not compiled patterns: most runs read no Markdown plan.
_COLUMNS = (
    (CAPACITY, r"\bcapacity\b|\bper[- ](?:unit|pod|replica|instance)\b"),
    (HEADROOM, r"\bheadroom\b"),
    (REPLICAS, r"^(?:replicas|instances|pods)$"),
    (TROUGH, r"\btrough\b"),
    (PEAK, r"\b(?:peak|demand)\b"),
    ("name", r"^(?:workload|service|component|name)$"),
)
_NEEDED = frozenset({"name", PEAK, CAPACITY, HEADROOM})
_UNITS = {PEAK: "demand.unit", CAPACITY: "unit.unit"}
_UNIT = r"[(\[]([^)\]]*)[)\]]"
_RULE = frozenset("|:- \t")
_PAGE_LINE = (
    r"\s*(?:[-*]\s+)?[*_]*(reviewed[- ]by|reviewed|source|zones|horizon[- ]months)[*_]*\s*:[*_]*\s*(\S.*)"
)


class _Column(NamedTuple):
    field: str
    unit: str


class Row(Fields):
    """One row: the workload it names, and its cells; all of them stand in its line."""

    __slots__ = ("name",)

    def __init__(
        self, name: str, at: Location, values: dict[str, Value[Any]], problems: list[Problem]
    ) -> None:
        super().__init__(at, values, tuple(problems))
        self.name = name


def rows(text: str, at: Location) -> Iterator[Row] | None:
    """The rows of a page's plan tables; None when no table of it is one."""
    tables = list(_tables(text.splitlines()))
    if not tables:
        return None
    return (
        _row(columns, cells, at._replace(line=line)) for columns, found in tables for line, cells in found
    )


def page_fields(text: str, at: Location) -> tuple[dict[str, Value[Any]], list[Problem]]:
    """What the page says of the whole plan."""
    values: dict[str, Value[Any]] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), start=1):
        said = re.match(_PAGE_LINE, line, re.IGNORECASE) if ":" in line else None
        field = re.sub("[ -]", "-", said[1].lower()) if said else ""
        if said is None or field in values:
            continue
        place = at._replace(line=number)
        written = said[2].strip("*_` \t")
        try:
            values[field] = Value(PLAN_FIELDS[field](written), place)
        except ValueError as wrong:
            message = f"{field} of {at.file} is {spelled_raw(written)}; expected {wrong}"
            problems.append(Problem(message, place, f"write {field} as {wrong}", field=field))
    return values, problems


def _tables(lines: list[str]) -> Iterator[tuple[list[_Column], list[tuple[int, list[str]]]]]:
    """Tables whose header is that of a plan: columns, and rows with their line."""
    index = 0
    fence = ""
    while index < len(lines):
        line = lines[index]
        mark = re.match(r"\s*(```+|~~~+)", line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        ruled = index + 1 < len(lines) and "|" in line and _is_rule(lines[index + 1])
        index += 1
        if fence or not ruled:
            continue
        columns = [_column(cell) for cell in _cells(line)]
        found: list[tuple[int, list[str]]] = []
        index += 1
        while index < len(lines) and "|" in lines[index] and len(found) < LONGEST_TABLE:
            found.append((index + 1, _cells(lines[index])))
            index += 1
        if {column.field for column in columns} >= _NEEDED:
            yield columns, found


def _is_rule(line: str) -> bool:
    return "-" in line and _RULE.issuperset(line)


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", inner)]


def _column(header: str) -> _Column:
    plain = header.strip("*_` ")[:LONGEST_NAME]
    unit = re.search(_UNIT, plain)
    words = re.sub(_UNIT, "", plain).strip().lower()
    field = next((name for name, pattern in _COLUMNS if re.search(pattern, words)), "")
    return _Column(field, unit[1].strip() if unit else "")


def _row(columns: list[_Column], cells: list[str], at: Location) -> Row:
    values: dict[str, Value[Any]] = {}
    problems: list[Problem] = []
    named = next((cell for column, cell in zip(columns, cells, strict=False) if column.field == "name"), "")[
        :LONGEST_NAME
    ]
    name = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", named).strip("*_` ")
    for column, cell in zip(columns, cells, strict=False):
        written = cell.strip("*_` ")
        if not column.field or not written:
            continue
        number, unit = _number_and_unit(column, written)
        if column.field in _UNITS and unit:
            values[_UNITS[column.field]] = Value(unit, at)
        try:
            values[column.field] = Value(WORKLOAD_FIELDS[column.field](number), at)
        except ValueError as wrong:
            message = f"{column.field} of {name} is {spelled_raw(written)}; expected {wrong}"
            fix = f"write {column.field} as {wrong}"
            problems.append(Problem(message, at, fix, name, column.field, isinstance(wrong, Unclear)))
    return Row(name, at, values, problems)


def _number_and_unit(column: _Column, written: str) -> tuple[str, str]:
    """`3,000 rps` as number and unit; the unit of the header where the cell has none."""
    if column.field == "name":
        return written, ""
    plain = re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))", "", written)
    if column.field == HEADROOM:
        return (plain + "%" if column.unit == "%" and re.fullmatch(r"[0-9.]+", plain) else plain), ""
    found = re.fullmatch(r"([0-9.]+)\s*([A-Za-z/].{0,40})", plain)
    if found and column.field in (PEAK, CAPACITY, TROUGH):
        return found[1], found[2].strip()
    return plain, column.unit
