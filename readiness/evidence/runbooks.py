"""Runbook pages: what stands in them, and what each section is for.

Looks in what the checklist names as `runbooks`, else in folders called runbooks, runbook or playbooks and
in files called runbook*.md. Section indexes (`_index.md`, README) and templates are no pages of an alert.
Of a source that many services share, only pages of this one count: in a folder of its name, or with its
name or owner in their front matter. Where the links of alerts lead is told by `runbook_links.py`.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar, Literal, Self

from readiness.errors import ReadinessError, Unknown
from readiness.evidence.context import Named, ServiceCard, Sources
from readiness.evidence.documents import Documents, File
from readiness.evidence.named import files_of
from readiness.evidence.pages import Page, Section, page_of
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

USUAL = (
    "**/runbooks/**/*.md", "**/runbook/**/*.md", "**/playbooks/**/*.md", "**/playbook/**/*.md",
    "runbook*.md", "RUNBOOK*.md", "playbook*.md",
)  # fmt: skip
INDEXES = frozenset({"_index.md", "index.md", "readme.md", "template.md", "_template.md", "summary.md"})
TEMPLATES = frozenset({"archetypes", "templates", "template", "_templates"})
LARGEST = 2**19  # bytes of a page; the longest that people write have a third of it
STUB = 40  # words of a page that only sends its readers on
Kind = Literal["meaning", "impact", "diagnosis", "mitigation", "rollback", "escalation"]
# Words of headings by what the section is for, most telling first.
KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("rollback", re.compile(r"roll(?:ing|ed)?[ -]?back|\brevert|back(?:ing)?[ -]?out|\bundo")),
    ("escalation", re.compile(r"escalat|contact|who to (?:call|ask)|on-?call|support\b|\bowners?\b")),
    ("impact", re.compile(r"impact|consequence|\beffects?\b|severity|affected")),
    (
        "diagnosis",
        re.compile(r"diagnos|triage|investigat|debug|troubleshoot|\bverif|analysis|\bcheck|root cause"),
    ),
    (
        "mitigation",
        re.compile(
            r"mitigat|\b(?:resol(?:ution|v)|remed|fix|recover|actions?\b|solution|steps)|"
            r"workaround|what to do"
        ),
    ),
    (
        "meaning",
        re.compile(r"meaning|symptom|description|overview|summary|what (?:is|does|this)|about|background"),
    ),
)

_PLACEHOLDER = (
    r"(?i)\blorem ipsum\b|<(?:insert|describe|fill in)\b[^<>]{0,200}>|"
    r"\[(?:insert|describe|fill in)\b[^\]]{0,200}\](?![\[(:])"
)


class Runbook:
    """One page that tells what to do when an alert fires."""

    __slots__ = ("_kinds", "at", "file", "page")

    kinds: ClassVar[frozenset[str]] = frozenset({"runbooks"})
    looked_for: ClassVar[str] = "runbooks (docs/runbooks/**.md, runbooks/**.md, runbook*.md)"

    def __init__(self, file: File, page: Page) -> None:
        self.file = file
        self.page = page
        self._kinds: dict[Kind, tuple[Section, ...]] = {}
        first = next((one.line for one in page.sections if one.title), 1)
        self.at = Location(file.source, file.path, line=first)

    @property
    def subject(self) -> Subject:
        return Subject("Runbook", "", self.file.path)

    @property
    def name(self) -> str:
        return self.file.name.rpartition(".")[0]

    @property
    def is_markdown(self) -> bool:
        return self.file.path.lower().endswith((".md", ".markdown"))

    @property
    def draft(self) -> bool:
        """Whether its site leaves it out: `draft` of Hugo and Docusaurus, `published` of Jekyll."""
        return self.page.front.get("draft") is True or self.page.front.get("published") is False

    @property
    def moved_to(self) -> str:
        """Where a page sends its readers that says nothing else; empty for one that says something."""
        for field in ("redirect_to", "redirect", "redirect_url"):
            if isinstance(self.page.front.get(field), str):
                return str(self.page.front[field])
        links = [link for one in self.page.sections for link in one.links]
        text = " ".join(one.prose for one in self.page.sections)
        if len(links) != 1 or self.page.words > STUB or any(one.code for one in self.page.sections):
            return ""
        return (
            links[0]
            if re.search(r"(?i)\b(?:moved|renamed|replaced by|superseded|merged into)\b", text)
            else ""
        )

    @property
    def titled(self) -> tuple[Section, ...]:
        """The sections that a heading of their own says the purpose of; the page's title is none."""
        found = [one for one in self.page.sections if one.title]
        first = found[0] if found else None
        if first is None or first.level != 1 or any(one.level == 1 for one in found[1:]):
            return tuple(found)
        return tuple(found if len(found) == 1 and " " in first.title else found[1:])

    def line(self, number: int) -> Location:
        return self.at._replace(line=number)

    def of_kind(self, kind: Kind) -> tuple[Section, ...]:
        """Sections of one kind, each with the deeper ones below it."""
        if kind not in self._kinds:
            found: dict[int, Section] = {}
            for section in self.titled:
                if kind in kinds_of(section.title):
                    for one in self.page.below(section):
                        found[one.line] = one
            self._kinds[kind] = tuple(found[line] for line in sorted(found))
        return self._kinds[kind]

    @property
    def placeholder(self) -> str:
        """A phrase of a template that nobody has filled in; empty without one."""
        for section in self.page.sections:
            found = re.search(_PLACEHOLDER, re.sub(r"`[^`\n]{0,500}`", "", section.prose))
            if found:
                return found[0]
        return ""

    def unfinished(self, kinds: tuple[Kind, ...], enough: int) -> tuple[tuple[Section, int], ...]:
        """Sections of these kinds that say TODO, each with the line.

        One below such a section counts only when the rest of it has fewer than `enough` words: a page that
        tells four ways and owes a fifth is of use.
        """
        found: dict[int, Section] = {}
        for section in self.titled:
            if kinds_of(section.title).isdisjoint(kinds):
                continue
            below = self.page.below(section)
            finished = sum(one.words for one in below if not one.unfinished)
            for one in below:
                if one is section or finished < enough or not kinds_of(one.title).isdisjoint(kinds):
                    found.update((line, one) for line in one.unfinished)
        return tuple((found[line], line) for line in sorted(found))

    @property
    def has_kinds(self) -> frozenset[Kind]:
        return frozenset(kind for one in self.titled for kind in kinds_of(one.title))

    def plain(self) -> dict[str, Any]:
        """The page as a steward's own expression sees it."""
        front = {str(key): value for key, value in self.page.front.items()}
        return {
            "name": self.name, "path": self.file.path, "title": self.page.title,
            "words": self.page.words, "front": front,
            "sections": [one.title for one in self.page.sections if one.title],
        }  # fmt: skip

    @classmethod
    def collect(
        cls, named: Named, documents: Documents, sources: Sources, service: ServiceCard
    ) -> Iterator[Self | Unreadable]:
        refs = named.of("runbooks")
        for file in files_of(refs, documents, "runbooks") if refs else documents.named(*USUAL):
            if isinstance(file, Unreadable):
                yield file
                continue
            if not _is_page(file):
                continue
            try:
                text = documents.text(file)
                if len(text) > LARGEST:
                    raise Unknown(f"it has {len(text)} bytes; pages of up to {LARGEST} are read", file.at)
                found = cls(file, page_of(text))
            except ReadinessError as wrong:
                yield Unreadable(file.at, str(wrong), frozenset({"runbooks"}), f"make {file.path} readable")
                continue
            if refs or file.source not in sources.shared or found.is_of(service):
                yield found

    def is_of(self, service: ServiceCard) -> bool:
        """Whether a page of a source that many services share is about this one."""
        names = {name.lower() for name in (service.name, service.owner) if name}
        said = {str(self.page.front.get(field)).lower() for field in ("service", "owner", "team")}
        folders = {part.lower() for part in self.file.folder.split("/")}
        return not names.isdisjoint(said | folders)


@cache
def kinds_of(title: str) -> frozenset[Kind]:
    """What a section is for, by the words of its heading."""
    lowered = title.lower()
    return frozenset(kind for kind, words in KINDS if words.search(lowered))


def _is_page(file: File) -> bool:
    if not file.path.lower().endswith((".md", ".markdown")):
        return False
    folders = {part.lower() for part in file.path.split("/")[:-1]}
    return file.name.lower() not in INDEXES and TEMPLATES.isdisjoint(folders)
