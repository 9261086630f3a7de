"""What an organisation has written down about incidents, and records of exercises.

Looks in what the checklist names as `incident-process` (one page, or a folder of them that make one process),
else for incident-process.md, incident-response.md and incident-management.md, alone or as folders. Exercises
are pages in folders called exercises, game-days or drills, or with one of these words in their name.
A heading counts only when something stands below it.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import ClassVar, NamedTuple, Self

from readiness.errors import NotApplicable, ReadinessError
from readiness.evidence.context import Named
from readiness.evidence.documents import Documents, File
from readiness.evidence.named import files_of
from readiness.evidence.page_rows import Row, fields_of, rows_of
from readiness.evidence.pages import Page, page_of
from readiness.evidence.postmortems import day_in, is_template
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

USUAL = tuple(
    pattern
    for name in ("incident-process", "incident-response", "incident-management", "incident_response")
    for pattern in (f"{name}.md", f"**/{name}/**/*.md")
)
EXERCISES = (
    "**/exercises/**/*.md", "**/game-days/**/*.md", "**/gamedays/**/*.md", "**/drills/**/*.md",
    "*game-day*.md", "*gameday*.md", "*drill*.md",
)  # fmt: skip
_LEVEL = r"(?i)(?:sev(?:erity)?|p(?:rio(?:rity)?)?|s|level)[\s_-]{0,2}([0-5])\b"
_TIME = r"(?i)\b(\d{1,4})\s*(s|sec|seconds?|m|min|mins|minutes?|h|hrs?|hours?)\b"


class Level(NamedTuple):
    """One severity of incidents, as a row of a table has it."""

    name: str
    alerts: tuple[str, ...]  # the words for severity of the alerts that it is for, in lower case
    within: timedelta | None  # in which somebody acknowledges it, where a time is said
    at: Location


class ProcessPage(NamedTuple):
    """One page of the process."""

    file: File
    page: Page

    @property
    def at(self) -> Location:
        first = next((one.line for one in self.page.sections if one.title), 1)
        return self.file.at._replace(line=first)


class IncidentProcess:
    """The process for incidents, over all its pages."""

    kinds: ClassVar[frozenset[str]] = frozenset({"incident-process"})
    looked_for: ClassVar[str] = "a page about incidents (evidence.incident-process, incident-process.md)"

    def __init__(self, pages: tuple[ProcessPage, ...], unreadable: tuple[Unreadable, ...] = ()) -> None:
        self.pages = pages
        self.unreadable = unreadable

    @classmethod
    def collect(cls, named: Named, documents: Documents) -> Self:
        """Raises NotApplicable where there is none."""
        pages: list[ProcessPage] = []
        unreadable: list[Unreadable] = []
        refs = named.of("incident-process")
        for file in files_of(refs, documents, "incident-process") if refs else documents.named(*USUAL):
            if isinstance(file, Unreadable):
                unreadable.append(file)
            elif file.path.lower().endswith((".md", ".markdown")) and not is_template(file):
                try:
                    pages.append(ProcessPage(file, page_of(documents.text(file))))
                except ReadinessError as wrong:
                    fix = f"make {file.path} readable"
                    unreadable.append(Unreadable(file.at, str(wrong), cls.kinds, fix))
        if not pages and not unreadable:
            raise NotApplicable(f"no process for incidents is in evidence; looked for {cls.looked_for}")
        return cls(tuple(pages), tuple(unreadable))

    @property
    def subject(self) -> Subject:
        return Subject("IncidentProcess", "", self.pages[0].file.path)

    @property
    def at(self) -> Location:
        return self.pages[0].at

    @property
    def text(self) -> str:
        """All that it says; headings with nothing below them say nothing."""
        said: list[str] = []
        for one in self.pages:
            for section in one.page.sections:
                below = one.page.below(section)
                if any(part.words or part.code for part in below):
                    said.append(section.title)
                said.extend((section.prose, *(code.text for code in section.code)))
        return "\n".join(said)

    @property
    def levels(self) -> tuple[Level, ...]:
        """The severities of the first table that has at least two and says for which alerts they are."""
        for one in self.pages:
            for section in one.page.sections:
                rows = [row for row in rows_of([section]) if row.cells]
                found = [level for row in rows if (level := _level(row, one.file)) is not None]
                if len({level.name.lower() for level in found}) > 1 and any(level.alerts for level in found):
                    return tuple(found)
        return ()


def _level(row: Row, file: File) -> Level | None:
    first = next(iter(row.cells.values()), "")
    if not re.match(_LEVEL, first):
        return None
    alerts = next((cell for head, cell in row.cells.items() if re.search(r"\balerts?\b|\blabel", head)), "")
    words = re.findall(r"[a-z0-9][\w-]*", alerts.lower())
    times = [cell for head, cell in row.cells.items() if re.search(r"\back|respon|within|react", head)]
    found = re.search(_TIME, times[0]) if times else None
    unit = {"s": "seconds", "m": "minutes", "h": "hours"}[found[2][0].lower()] if found else ""
    return Level(
        first,
        tuple(word for word in words if word not in ("and", "or", "none", "n", "a")),
        timedelta(**{unit: int(found[1])}) if found else None,
        file.at._replace(line=row.line),
    )


class Exercise(NamedTuple):
    """One record of a game day or drill; no day where the record does not say one."""

    file: File
    day: date | None

    @classmethod
    def collect(cls, documents: Documents) -> Iterator[Self | Unreadable]:
        for file in documents.named(*EXERCISES):
            if file.name.lower() in ("readme.md", "index.md", "_index.md") or is_template(file):
                continue
            try:
                page = page_of(documents.text(file))
            except ReadinessError as wrong:
                yield Unreadable(file.at, str(wrong), frozenset({"exercises"}), f"make {file.path} readable")
                continue
            written = [field.value for name in ("date", "day") if (field := fields_of(page).get(name))]
            days = (day_in(text) for text in (*written, page.title, file.path.replace("_", "-")))
            yield cls(file, next((day for day in days if day), None) or _month_in(file.path))


def _month_in(path: str) -> date | None:
    """The first day of the month that a name begins with, as `2026-10-zone-loss.md`."""
    found = re.search(r"(?<!\d)(20\d\d)-(0[1-9]|1[0-2])(?!\d)", path)
    return date(int(found[1]), int(found[2]), 1) if found else None


Exercise.kinds = frozenset({"exercises"})  # type: ignore[attr-defined]  # annotated, it would be a field
Exercise.looked_for = "records of exercises (docs/exercises/*.md)"  # type: ignore[attr-defined]
