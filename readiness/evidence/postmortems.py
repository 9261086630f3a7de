"""Postmortems: what they say of an incident, the actions that they promise, and the templates for them.

Looks in what the checklist names as `postmortems`, else in folders called postmortems, postmortem or
post-mortems and in Markdown files with one of these words in their name. A file called template, or one in a
folder of templates, is a template; section indexes are nothing. Of a source that many services share, only
those of this one count: in a folder of its name, or with its name or owner in their front matter.
An action is a row of a table or an item of a list in a section of actions; its owner, due date, ticket and
state come from columns or from the words of the item.
Ignored on purpose: actions that are told in prose; states that stand in a tracker, unless exported.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar, Literal, NamedTuple, Self, TypeVar

from readiness.errors import ReadinessError
from readiness.evidence.context import Named, ServiceCard, Sources
from readiness.evidence.documents import Documents, File
from readiness.evidence.named import files_of
from readiness.evidence.page_rows import Field, Row, fields_of, plain, rows_of
from readiness.evidence.pages import Page, Section, page_of
from readiness.evidence.runbooks import INDEXES, TEMPLATES
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

USUAL = (
    "**/postmortems/**/*.md", "**/postmortem/**/*.md", "**/post-mortems/**/*.md", "**/post-mortem/**/*.md",
    "*postmortem*.md", "*post-mortem*.md", "*Postmortem*.md",
)  # fmt: skip
State = Literal["done", "open", "dropped", ""]
ACTIONS = r"\baction|follow[- ]?ups?\b|\bto-?dos?\b|next steps|remediation items|corrective"
_COLUMNS = {
    "owner": r"owner|assignee|assigned|responsible|who\b|\bdri\b",
    "due": r"\bdue\b|deadline|by when|target|\bdate\b|\bwhen\b|\beta\b",
    "ticket": r"ticket|tracker|tracking|issue|\bjira\b|\bbug\b|\blink\b|\bpr\b|reference",
    "state": r"status|state|\bdone\b|progress",
    "priority": r"prio",
    "title": r"action|item|task|what\b|description|follow|title|summary|todo",
}
_EMPTY = re.compile(r"(?i)[\W_]*(?:|n/?a|tbd|tba|todo|none|unassigned|unknown|\?+)[\W_]*\Z")
_TICKET = re.compile(
    r"\b(?!(?:UTF|SHA|SEV|ISO|RFC|HTTP|TLS|AES|CVE|MD|IPV|COVID|UTC|P|S)-\d)[A-Z][A-Z0-9_]{1,15}-\d{1,7}\b"
    r"|(?<![\w&/#])#\d{1,7}\b|https?://\S{1,500}/(?:issues|browse|pull|merge_requests|pull-requests|tickets?)/[\w-]+"
)
_DAY = re.compile(r"\b(20\d\d)[-/](\d\d)[-/](\d\d)\b")
_OWNER = re.compile(
    r"(?i:\b(?:owners?|owned by|assigned to|assignee|responsible|dri)\b)\W{0,5}\w|(?<![\w.])@[A-Za-z][\w.-]*"
    r"|\((?:[A-Z][\w.'-]+)(?: [A-Z][\w.'-]+){0,3}[,;)]"
)
_DUE = re.compile(r"(?i)\b(?:due|deadline|by)\b:?\s+\S|\bQ[1-4]\b")
_PRIORITY = re.compile(r"(?i)\bprio(?:rity)?\b|(?<![\w-])P[0-4]\b")
_STATES: tuple[tuple[State, re.Pattern[str]], ...] = (
    ("dropped", re.compile(r"(?i)won'?t (?:do|fix)|reject|cancel|obsolete|declined|\bdropped\b")),
    ("open", re.compile(r"(?i)\bopen\b|to-?\s?do\b|in progress|\bwip\b|planned|pending|not (?:started|done)"
                        r"|not yet|blocked|backlog|ongoing|❌|^no$|^new$|started|in review|scheduled")),
    ("done", re.compile(r"(?i)\b(?:done|closed|complete[d]?|resolved|fixed|shipped|merged|finished)\b"
                        r"|✅|✔|☑|^x$|^yes$")),
)  # fmt: skip
_DONE_IN_TEXT = re.compile(
    r"(?i)(?:^|[(\[,;:–—-]\s*)(?:done|fixed|shipped|merged|completed|✅|✔)(?=\s|[\W_]|$)"
)
_STRUCK = re.compile(r"\s*~~.{1,2000}~~")
_LEVEL = re.compile(
    r"(?i)(?:(?:sev(?:erity)?|prio(?:rity)?|level|[ps])[\s_-]{0,2}([0-5])\b|([0-5])\s*(?:[-–(:/,.]|\Z))"
)
_WORDS = {
    "critical": 1,
    "blocker": 1,
    "major": 2,
    "high": 2,
    "moderate": 3,
    "medium": 3,
    "minor": 4,
    "low": 4,
}
_SEVERITY_FIELDS = ("severity", "incident severity", "sev", "priority", "incident level", "level")
_DAY_FIELDS = ("date", "incident date", "date of incident", "day", "start", "started", "start time")


P = TypeVar("P", bound="Postmortem")


class Action(NamedTuple):
    """One thing that a postmortem promises."""

    title: str
    at: Location
    owned: bool
    due: date | None
    scheduled: bool  # it says when, or how urgent it is
    tickets: tuple[str, ...]
    state: State  # "" where nothing on the page says it
    text: str  # all that is written of it


class Postmortem:
    """One report of an incident."""

    __slots__ = ("_fields", "at", "file", "page")

    kinds: ClassVar[frozenset[str]] = frozenset({"postmortems"})
    looked_for: ClassVar[str] = "postmortems (postmortems/**.md, *postmortem*.md)"

    def __init__(self, file: File, page: Page) -> None:
        self.file = file
        self.page = page
        self._fields: Mapping[str, Field] | None = None
        first = next((one.line for one in page.sections if one.title), 1)
        self.at = Location(file.source, file.path, line=first)

    @property
    def subject(self) -> Subject:
        return Subject("Postmortem", "", self.file.path)

    @property
    def fields(self) -> Mapping[str, Field]:
        if self._fields is None:
            self._fields = fields_of(self.page)
        return self._fields

    @property
    def severity(self) -> tuple[int, str, Location] | None:
        """The incident's level from 1 (worst), as it is written, and where; None where nothing tells."""
        for name in _SEVERITY_FIELDS:
            field = self.fields.get(name)
            found = level_of(field.value) if field else None
            if field and found is not None:
                return found, field.value, self.at._replace(line=field.line)
        return None

    @property
    def day(self) -> date | None:
        """The day of the incident: a field of the page, else the name of the file, else the title."""
        written = [field.value for name in _DAY_FIELDS if (field := self.fields.get(name))]
        found = (day_in(text) for text in (*written, self.file.path.replace("_", "-"), self.page.title))
        return next((day for day in found if day), None)

    def line(self, number: int) -> Location:
        return self.at._replace(line=number)

    def text_of(self, section: Section) -> str:
        """The lines of a section as they stand, without code."""
        return "\n".join(text for _, text in section.written)

    def sections(self, words: str) -> tuple[Section, ...]:
        """The sections whose heading has one of these words, with what is below; never the title."""
        found: dict[int, Section] = {}
        for section in self.page.sections:
            if section.level > 1 and re.search(words, section.title.lower()):
                found.update((one.line, one) for one in self.page.below(section))
        return tuple(found.values())

    @property
    def actions(self) -> tuple[Action, ...]:
        return tuple(self._action(row) for row in rows_of(self.sections(ACTIONS)))

    def _action(self, row: Row) -> Action:
        cells = _columns(row.cells)
        text = row.text
        due = cells.get("due", "")
        day = day_in(due if row.cells else text)
        title = plain(cells.get("title") or text)
        return Action(
            re.sub(r"\[([^\]]{0,300})\]\([^)]{0,500}\)", r"\1", title),
            self.line(row.line),
            owned=_said(cells.get("owner", "")) or _OWNER.search(text) is not None,
            due=day,
            scheduled=day is not None
            or _said(due)
            or _said(cells.get("priority", ""))
            or bool(_DUE.search(text) or _PRIORITY.search(text)),
            tickets=tuple(dict.fromkeys(one[0] for one in _TICKET.finditer(text))),
            state=_state(row, cells.get("state", "")),
            text=text,
        )

    @classmethod
    def collect(
        cls, named: Named, documents: Documents, sources: Sources, service: ServiceCard
    ) -> Iterator[Self | Unreadable]:
        yield from _pages(cls, False, named, documents, sources, service)


class PostmortemTemplate(Postmortem):
    """A page that new postmortems are begun with."""

    __slots__ = ()

    looked_for: ClassVar[str] = "a postmortem template (template.md beside the postmortems)"

    @property
    def subject(self) -> Subject:
        return Subject("PostmortemTemplate", "", self.file.path)

    @classmethod
    def collect(
        cls, named: Named, documents: Documents, sources: Sources, service: ServiceCard
    ) -> Iterator[Self | Unreadable]:
        yield from _pages(cls, True, named, documents, sources, service)


def level_of(written: str) -> int | None:
    """The level that `SEV-1`, `P2`, `2`, `high` and their like mean; None where it is none of them."""
    text = plain(written).lower()
    number = _LEVEL.match(text)
    if number:
        return int(number[1] or number[2])
    return _WORDS.get(re.split(r"[^a-z]", text, maxsplit=1)[0])


def day_in(text: str) -> date | None:
    for found in _DAY.finditer(text):
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            continue
    return None


def _pages(
    cls: type[P], templates: bool, named: Named, documents: Documents, sources: Sources, service: ServiceCard
) -> Iterator[P | Unreadable]:
    refs = named.of("postmortems")
    for file in files_of(refs, documents, "postmortems") if refs else documents.named(*USUAL):
        if isinstance(file, Unreadable):
            yield file
            continue
        if not file.path.lower().endswith((".md", ".markdown")) or is_template(file) is not templates:
            continue
        if not templates and file.name.lower() in INDEXES:
            continue
        try:
            found = cls(file, page_of(documents.text(file)))
        except ReadinessError as wrong:
            yield Unreadable(file.at, str(wrong), frozenset({"postmortems"}), f"make {file.path} readable")
            continue
        if templates or refs or file.source not in sources.shared or is_of(found.page, file, service):
            yield found


def is_template(file: File) -> bool:
    folders = {part.lower() for part in file.path.split("/")[:-1]}
    return "template" in file.name.lower() or not TEMPLATES.isdisjoint(folders)


def is_of(page: Page, file: File, service: ServiceCard) -> bool:
    """Whether a page of a source that many services share is about this one."""
    names = {name.lower() for name in (service.name, service.owner) if name}
    said = {str(page.front.get(field)).lower() for field in ("service", "owner", "team")}
    return not names.isdisjoint(said | {part.lower() for part in file.folder.split("/")})


def _columns(cells: Mapping[str, str]) -> Mapping[str, str]:
    """The cells of a row by what they are for; each column is for one thing."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for purpose, words in _COLUMNS.items():
        for head, cell in cells.items():
            if head not in taken and purpose not in found and re.search(words, head):
                found[purpose] = cell
                taken.add(head)
    return found


def _said(cell: str) -> bool:
    return _EMPTY.match(cell) is None


def _state(row: Row, cell: str) -> State:
    if row.ticked is not None:
        return "dropped" if _STRUCK.match(row.text) else "done" if row.ticked else "open"
    if cell:
        return next((state for state, words in _STATES if words.search(cell)), "")
    if _STRUCK.match(row.text):
        return "dropped"
    return "done" if not row.cells and _DONE_IN_TEXT.search(row.text) else ""
