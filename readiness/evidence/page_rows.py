"""Items of lists, rows of tables and named fields of a Markdown page, each with the line that it stands on.

Reads the tables of GitHub Flavored Markdown, bulleted and numbered lists with and without tick boxes, and
fields written as `**Owner**: Mara`, `Owner: Mara` or a row `| Owner | Mara |` of two cells.
Ignored on purpose: tables in HTML; markup inside a cell, of which only emphasis is taken away.

Source:
    GitHub Flavored Markdown, "Tables (extension)" and "Task list items (extension)".
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from readiness.evidence.pages import Page, Section

_BETWEEN = r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*){0,40}\|?\s*$"
_ITEM = r"^(\s*)(?:[-*+]|\d{1,9}[.)])\s+(?:\[([ xX])\]\s+)?(.*)$"
_FIELD = r"^\s*(?:[-*+]\s+)?[*_]{0,2}([A-Za-z][\w /-]{1,30}?)[*_]{0,2}\s*:\s*[*_]{0,2}\s*(\S.*)$"


class Row(NamedTuple):
    """One row of a table, or one item of a list with the lines that belong to it."""

    text: str
    line: int
    cells: Mapping[str, str] = {}  # by the heading of the column, in lower case; empty for an item
    ticked: bool | None = None  # None: it has no tick box


class Field(NamedTuple):
    """A value that a page gives by name."""

    value: str
    line: int


def rows_of(sections: Iterable[Section]) -> tuple[Row, ...]:
    """The rows of all tables and the items of all lists, in the order of the page."""
    return tuple(
        sorted(
            (row for section in sections for row in (*_of_tables(section), *_of_lists(section))), key=_line
        )
    )


def fields_of(page: Page) -> Mapping[str, Field]:
    """What a page says by name, in lower case: front matter first, then what stands first."""
    found = {
        str(key).lower(): Field(str(value), 1)
        for key, value in page.front.items()
        if isinstance(value, (str, int, float)) or hasattr(value, "isoformat")
    }
    for section in page.sections:
        for number, text in section.written:
            cells = cells_of(text) if "|" in text else []
            named = re.match(_FIELD, text) if not cells else None
            if len(cells) == 2 and cells[0] and cells[1] and not re.match(_BETWEEN, text):
                found.setdefault(cells[0].lower(), Field(cells[1], number))
            elif named:
                found.setdefault(named[1].strip().lower(), Field(plain(named[2]), number))
    return found


def plain(text: str) -> str:
    """A text without emphasis and code marks around its words."""
    return re.sub(r"[*`]+|(?<!\w)_+|_+(?!\w)", "", text).strip()


def cells_of(text: str) -> list[str]:
    """The cells of one line of a table."""
    return [plain(cell.replace("\\|", "|")) for cell in re.split(r"(?<!\\)\|", text.strip().strip("|"))]


def _line(row: Row) -> int:
    return row.line


def _of_tables(section: Section) -> Iterator[Row]:
    heads: list[str] = []
    before = ""
    for number, text in section.written:
        if "|" not in text:
            heads = []
        elif re.match(_BETWEEN, text) and "|" in before:
            heads = [cell.lower() for cell in cells_of(before)]
        elif heads:
            cells = cells_of(text)
            if any(any(sign.isalnum() for sign in cell) for cell in cells):
                yield Row(" | ".join(cells), number, dict(zip(heads, cells, strict=False)))
        before = text


def _of_lists(section: Section) -> Iterator[Row]:
    """The items with tick boxes where there are any, else those that are part of no other item."""
    found: list[tuple[int, bool | None, int, list[str]]] = []  # indent, ticked, line, texts
    for number, text in section.written:
        item = re.match(_ITEM, text)
        if item:
            ticked = None if item[2] is None else item[2] != " "
            found.append((len(item[1].expandtabs(4)), ticked, number, [item[3]]))
        elif text.strip() and found and text[0] in " \t":
            found[-1][3].append(text.strip())
    boxes = any(ticked is not None for _, ticked, _, _ in found)
    least = min((indent for indent, _, _, _ in found), default=0)
    rows: list[Row] = []
    for indent, ticked, line, texts in found:
        text = " ".join(texts)
        if ticked is not None if boxes else indent <= least + 1:
            rows.append(Row(text, line, {}, ticked))
        elif rows and indent > least + 1:
            rows[-1] = rows[-1]._replace(text=f"{rows[-1].text} {text}")
    yield from (row for row in rows if any(sign.isalnum() for sign in row.text))
