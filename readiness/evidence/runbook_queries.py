"""PromQL in runbooks: the expressions of fenced code that says so, each with its line.

Knows fences of the languages `promql` and `prometheus`: one expression, or one in each paragraph or line.
A part that the reader fills in (`<job>`, `$job`, `{{ job }}`, `…`) makes an expression that can't be parsed
one that is not judged. Ignored on purpose: other query languages, and names of series within sentences.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import ClassVar, NamedTuple, Self

from readiness.evidence.pages import Code
from readiness.evidence.promql import NotPromQL, Query, TooLarge, parsed
from readiness.evidence.runbooks import Runbook
from readiness.outcome import Location

LONGEST = 20_000  # characters of a block; a longer one is no query
MOST_LINES = 40  # of a paragraph that may have a query in each
MOST = 200  # queries of a page
LANGUAGES = frozenset({"promql", "prometheus"})
_FILLED_IN = r"<[A-Za-z][^<>\n]{0,60}>|\$\{?\w+|\{\{|\.\.\.|…|\[[A-Z_]+\]"


class PageQuery(NamedTuple):
    """One expression of a page."""

    text: str
    at: Location
    query: Query | None = None
    why: str = ""  # what is wrong with it as PromQL; empty where it is not judged

    def line_of(self, word: str) -> Location:
        """The line in which a word of it stands."""
        before = self.text.partition(word)[0]
        return self.at._replace(line=(self.at.line or 1) + before.count("\n"))


class RunbookQueries:
    """The expressions of each page."""

    kinds: ClassVar[frozenset[str]] = Runbook.kinds

    @classmethod
    def collect(cls) -> Self:
        return cls()

    def of(self, page: Runbook) -> tuple[PageQuery, ...]:
        found = (
            one
            for section in page.page.sections
            for code in section.code
            if re.sub(r"\W.*", "", code.language.strip("{. ").lower()) in LANGUAGES
            for one in _in_block(page, code)
        )
        return tuple(islice(found, MOST))


def _in_block(page: Runbook, code: Code) -> Iterator[PageQuery]:
    """The block as one expression, else its paragraphs, else their lines: whatever is PromQL as a whole."""
    at = page.line(code.line)
    if len(code.text) > LONGEST:
        yield PageQuery(code.text[:LONGEST], at)
        return
    whole = _query(code.text, at)
    if whole.query is not None or "\n" not in code.text.strip():
        yield from (whole,) if code.text.strip() else ()
        return
    for start, paragraph in _parts(code.text, r"\n[ \t]*\n"):
        one = _query(paragraph, page.line(code.line + start))
        if one.query is not None or paragraph.count("\n") >= MOST_LINES:
            yield one
            continue
        lines = [
            _query(text, page.line(code.line + start + number))
            for number, text in _parts(paragraph, r"\n")
            if not text.lstrip().startswith("#")
        ]
        if sum(line.query is not None for line in lines) > len(lines) / 2:
            yield from lines
        else:
            yield one


def _parts(text: str, between: str) -> Iterator[tuple[int, str]]:
    """The parts of a text that hold something, each with the number of lines before it."""
    start = 0
    for found in (*re.finditer(between, text), None):
        part = text[start : found.start() if found else len(text)]
        if part.strip():
            yield text.count("\n", 0, start), part
        start = found.end() if found else start


def _query(text: str, at: Location) -> PageQuery:
    try:
        return PageQuery(text, at, parsed(text))
    except TooLarge:
        return PageQuery(text, at)
    except NotPromQL as wrong:
        filled_in = re.search(_FILLED_IN, text) is not None
        return PageQuery(text, at, None, "" if filled_in or not text.strip() else str(wrong))
