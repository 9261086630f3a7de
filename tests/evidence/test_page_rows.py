"""Rows of tables, items of lists and fields of a page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.page_rows import Row, fields_of, rows_of
from readiness.evidence.pages import page_of


def rows(text: str) -> list[Row]:
    return list(rows_of(page_of(text.encode()).sections))


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("| A | B |\n|---|:-:|\n| 1 | 2 |\n", [{"a": "1", "b": "2"}]),
        ("A | B\n--|--\n1 | 2\n", [{"a": "1", "b": "2"}]),
        ("| A | B |\n|---|---|\n| `x` \\| y | **2** |\n", [{"a": "x | y", "b": "2"}]),
        ("| A | B |\n|---|---|\n| | |\n| 1 |\n", [{"a": "1"}]),
        ("| A | B |\n| 1 | 2 |\n", []),
        ("```\n| A |\n|---|\n| 1 |\n```\n", []),
        ("| A |\n|---|\n| 1 |\n\n| B |\n|---|\n| 2 |\n", [{"a": "1"}, {"b": "2"}]),
    ],
)
def test_tables(text: str, cells: list[dict[str, str]]) -> None:
    assert [dict(row.cells) for row in rows(text)] == cells


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("- a\n- b\n  more\n", [("a", None, 1), ("b more", None, 2)]),
        ("1. a\n2) b\n", [("a", None, 1), ("b", None, 2)]),
        ("- [ ] a\n- [x] b\n* [X] c\n", [("a", False, 1), ("b", True, 2), ("c", True, 3)]),
        ("- a\n  - b\n- c\n", [("a b", None, 1), ("c", None, 3)]),
        ("- Part\n  - [ ] a\n  - [x] b\n", [("a", False, 2), ("b", True, 3)]),
        ("- \n- ---\n", []),
        ("text\n-no item\n", []),
    ],
)
def test_lists(text: str, items: list[tuple[str, bool | None, int]]) -> None:
    assert [(row.text, row.ticked, row.line) for row in rows(text)] == items


def test_lines_are_those_of_the_file() -> None:
    text = "---\na: 1\n---\n# T\n\ntext\n\nHead\n----\n\n| A |\n|---|\n| 1 |\n\n- b\n"
    assert [(row.text, row.line) for row in rows(text)] == [("1", 13), ("b", 15)]


@pytest.mark.parametrize(
    ("text", "value", "line"),
    [
        ("---\nOwner: Mara\n---\n# T\n", "Mara", 1),
        ("# T\n\n**Owner:** Mara\n", "Mara", 3),
        ("# T\n\n- **Owner**: `Mara`\n", "Mara", 3),
        ("# T\n\nOwner: Mara\n", "Mara", 3),
        ("# T\n\n| Owner | Mara |\n", "Mara", 3),
    ],
)
def test_fields(text: str, value: str, line: int) -> None:
    assert fields_of(page_of(text.encode()))["owner"] == (value, line)


@given(st.text(alphabet="|-*[] x\n:ab1.\\`", max_size=200))
def test_any_text_is_read(text: str) -> None:
    page = page_of(text.encode())
    lines = text.splitlines()
    assert all(1 <= row.line <= len(lines) for row in rows_of(page.sections))
    fields_of(page)
