"""The structure of a Markdown page: front matter, sections, what stands in them, and their anchors.

Reads what a runbook's structure needs of CommonMark: headings of both forms, fenced code, comments and
links, line by line. A full parser would double the start of a run (its import alone takes 80 ms) for
inline markup that nothing here asks about. Knows the anchors of GitHub, GitLab and MkDocs, `{#id}` of Hugo
and others, and those of HTML. Ignored on purpose: headings inside code, comments, HTML blocks as such.

Source:
    CommonMark 0.31, "Leaf blocks"; Python-Markdown, toc extension, slugify.
"""

import re
import unicodedata
from typing import Any, NamedTuple

from readiness.yaml_reader import YamlError, read
from readiness.yaml_scalars import CORE

_FENCE = re.compile(r"^ {0,3}(?:>\s*|[-*+] +|\d+\. +)*(`{3,}|~{3,})(.*)$")
_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_ANCHOR = re.compile(
    r"\{[^{}]{0,200}?#([\w.-]+)[^{}]{0,200}\}|<[a-zA-Z][^<>]{0,300}?\s(?:id|name)\s{0,9}=\s{0,9}[\"']?([\w.-]+)"
)
_LINK = re.compile(
    r"\[[^\]]{0,500}\]\(\s{0,9}<?([^)\s>]+)|<(https?://[^>\s]{1,2000})>|(?<![(\w<])(https?://[^\s)>\]]+)"
    r"|\[[^\]]{1,500}\]\[([^\]]{0,200})\]"
)
_COMMAND = re.compile(r"`[\w./-]{1,200} [^`\n]{1,500}`")
_SPAN = re.compile(r"`[^`\n]{0,500}`")
_INDENTED = re.compile(r"(?: {4}|\t)\s*\S")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")
_BOLD = re.compile(r" {0,3}(?:\*\*([^*]{3,60})\*\*|__([^_]{3,60})__):?[ \t]*$")
_BELOW_HEADINGS = 7  # the level of a line in bold type that stands for a heading
_WORD = re.compile(r"[^\W_][\w'’-]*")
_SHORTCODE = re.compile(r"\{\{[<%].{0,500}?[%>]\}\}")
_UNFINISHED = re.compile(r"\b(?:TODO|TBD|FIXME|TBA|XXX)\b")


class Code(NamedTuple):
    """One fenced block: its language and the line of its first content."""

    language: str
    text: str
    line: int


class Section(NamedTuple):
    """One heading and what stands below it until the next heading of any level."""

    title: str
    level: int
    line: int
    prose: str  # visible text, without code and comments
    code: tuple[Code, ...]
    links: tuple[str, ...]
    unfinished: tuple[int, ...]  # lines with TODO and its like, in code too
    spans: tuple[Code, ...] = ()  # code of several words within a sentence
    written: tuple[tuple[int, str], ...] = ()  # the lines of the prose as they stand, with their numbers

    @property
    def words(self) -> int:
        return len(_WORD.findall(self.prose))

    @property
    def leads_on(self) -> bool:
        """Whether it has a command to run, in a block or in a sentence, or a link to follow."""
        return (
            any(one.text.strip() for one in self.code)
            or bool(self.links)
            or _COMMAND.search(self.prose) is not None
        )


class Page(NamedTuple):
    """One page; the text before the first heading is a section without a title."""

    front: dict[str, Any]
    sections: tuple[Section, ...]
    anchors: frozenset[str]

    @property
    def title(self) -> str:
        named = self.front.get("title")
        if isinstance(named, str) and named:
            return named
        return next((one.title for one in self.sections if one.title), "")

    @property
    def words(self) -> int:
        return sum(section.words for section in self.sections)

    def below(self, section: Section) -> tuple[Section, ...]:
        """A section with the deeper ones that belong to it."""
        start = self.sections.index(section)
        found = [section]
        for one in self.sections[start + 1 :]:
            if one.level <= section.level:
                break
            found.append(one)
        return tuple(found)


def page_of(raw: bytes) -> Page:
    """The structure of a page; bytes that are no UTF-8 are shown as such, never refused."""
    lines = raw.decode("utf-8", "replace").removeprefix("\ufeff").splitlines()
    front, start = _front(lines)
    reader = _Reader()
    for number in range(start, len(lines)):
        reader.line(lines[number], number + 1)
    reader.end()
    return Page(front, tuple(reader.sections), frozenset(reader.anchors))


def slug(title: str) -> str:
    """The anchor that GitHub makes of a heading."""
    text = re.sub(r"\[([^\]]{0,500})\]\([^)]{0,2000}\)", r"\1", title).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def _slug_of_mkdocs(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


def _front(lines: list[str]) -> tuple[dict[str, Any], int]:
    """The front matter in YAML or TOML, and the number of lines that it takes."""
    opens = lines[0].strip() if lines else ""
    ends = {"---": ("---", "..."), "+++": ("+++",)}.get(opens, ())
    end = next((number for number, line in enumerate(lines[1:200], 1) if line.strip() in ends), 0)
    if not end:
        return {}, 0
    if opens == "+++":
        return _toml("\n".join(lines[1:end])), end + 1
    try:
        parsed = read("\n".join(lines[1:end]).encode(), CORE)
    except YamlError:
        return {}, end + 1
    value = parsed.documents[0] if parsed.documents else None
    return (value if isinstance(value, dict) else {}), end + 1


def _toml(text: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


class _Reader:
    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.anchors: set[str] = set()
        self._slugs: dict[tuple[str, str], int] = {}
        self._title = ""
        self._level = 0
        self._line = 1
        self._clear()
        self._fence = ""
        self._comment = False
        self._code: list[str] = []
        self._in_list = False
        self._language = ""
        self._code_line = 0

    def _clear(self) -> None:
        self._prose: list[str] = []
        self._numbers: list[int] = []
        self._codes: list[Code] = []
        self._links: list[str] = []
        self._unfinished: list[int] = []
        self._spans: list[Code] = []

    def line(self, text: str, number: int) -> None:
        if self._fence:
            self._inside_code(text, number)
            return
        if not text.strip() and self._code:
            self._code.append("")  # an empty line inside of indented code, or the one behind it
            return
        text = self._without_comments(text)
        fence = _FENCE.match(text)
        if fence and not (fence[1][0] == "`" and "`" in fence[2]):
            self._end_indented()
            self._fence, self._language, self._code_line = fence[1], fence[2].strip(), number + 1
            return
        heading = _HEADING.match(text)
        if heading:
            self._end_indented()
            self._in_list = False
            self._start(heading[2] or "", len(heading[1]), number)
            return
        underline = _UNDERLINE.match(text)
        if (
            underline
            and self._prose
            and self._prose[-1].strip()
            and not self._prose[-1].startswith(("-", "|"))
        ):
            title = self._prose.pop()
            self._numbers.pop()
            self._start(title, 1 if underline[1][0] == "=" else 2, number - 1)
            return
        if self._indented(text):
            if not self._code:
                self._code_line = number
            if _UNFINISHED.search(text):
                self._unfinished.append(number)
            self._code.append(text.strip())
            return
        self._end_indented()
        bold = _BOLD.match(text)
        if bold and not (self._prose and self._prose[-1].strip()):
            self._start(bold[1] or bold[2], _BELOW_HEADINGS, number)
            return
        if text.strip():
            # an item's own text may be indented below it, after empty lines as well
            self._in_list = bool(_ITEM.match(text)) or (self._in_list and text[0] in " \t")
        if _UNFINISHED.search(_SPAN.sub("", text)):
            self._unfinished.append(number)
        for link in _LINK.finditer(text):
            self._links.append(link[1] or link[2] or link[3] or f"[{link[4]}]")
        if "`" in text:
            self._spans += [Code("", found[0].strip("`"), number) for found in _COMMAND.finditer(text)]
        self._named_anchors(text)
        self._prose.append(_SHORTCODE.sub(" ", text))
        self._numbers.append(number)

    def end(self) -> None:
        if self._fence:
            self._codes.append(Code(self._language, "\n".join(self._code), self._code_line))
        else:
            self._end_indented()
        if self._title or self._level or any(line.strip() for line in self._prose) or self._codes:
            self._close()

    def _indented(self, text: str) -> bool:
        """Whether a line is code by its indent: after an empty line, outside of lists."""
        if self._in_list or not _INDENTED.match(text):
            return False
        return bool(self._code) or not (self._prose and self._prose[-1].strip())

    def _end_indented(self) -> None:
        if self._code:
            self._codes.append(Code("", "\n".join(self._code).rstrip("\n"), self._code_line))
            self._code = []

    def _inside_code(self, text: str, number: int) -> None:
        stripped = text.strip().lstrip("> ")
        if stripped and set(stripped) == {self._fence[0]} and len(stripped) >= len(self._fence):
            self._codes.append(Code(self._language, "\n".join(self._code), self._code_line))
            self._fence, self._code = "", []
            return
        if _UNFINISHED.search(text):
            self._unfinished.append(number)
        self._code.append(text)

    def _without_comments(self, text: str) -> str:
        shown = ""
        while text:
            if self._comment:
                _, closed, text = text.partition("-->")
                self._comment = not closed
            else:
                before, opened, text = text.partition("<!--")
                shown += before
                self._comment = bool(opened)
        return shown

    def _start(self, title: str, level: int, line: int) -> None:
        if self._title or self._level or any(text.strip() for text in self._prose) or self._codes:
            self._close()
        self._clear()
        self._named_anchors(title)
        title = _ANCHOR.sub("", title).replace("</a>", "").strip()
        title = re.sub(r"[*`]+", "", title)
        self._title, self._level, self._line = title, level, line
        if level == _BELOW_HEADINGS:
            return  # no site gives it an anchor
        name = slug(title)
        of_mkdocs = _slug_of_mkdocs(title)
        for style, one, between in (
            ("github", name, "-"), ("gitlab", re.sub(r"-{2,}", "-", name), "-"), ("mkdocs", of_mkdocs, "_"),
        ):  # fmt: skip
            self._anchor(style, one, between)

    def _anchor(self, style: str, name: str, between: str) -> None:
        """Adds a heading's anchor; the second heading of a name gets a number."""
        count = self._slugs.get((style, name), 0)
        self._slugs[style, name] = count + 1
        self.anchors.add(f"{name}{between}{count}" if count else name)

    def _named_anchors(self, text: str) -> None:
        for found in _ANCHOR.finditer(text):
            self.anchors.add((found[1] or found[2]).lower())

    def _close(self) -> None:
        prose = "\n".join(self._prose).strip()
        self.sections.append(
            Section(
                self._title, self._level, self._line, prose,
                tuple(self._codes), tuple(self._links), tuple(self._unfinished),
                tuple(self._spans),
                tuple(zip(self._numbers, self._prose, strict=True)),
            )
        )  # fmt: skip
