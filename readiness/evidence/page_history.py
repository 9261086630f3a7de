"""When somebody last worked on a page: the last change of its substance, or the day on which it was reviewed.

A change of white space, front matter or of the host of links is none, and neither is a commit that touches
more files than anybody reads. A stamp in the front matter (`reviewed: 2026-10-19`) counts as work.
"""

import re
from datetime import date
from typing import Any, NamedTuple, Self

from readiness.errors import NotApplicable, ReadinessError, Unknown
from readiness.evidence.documents import Documents
from readiness.evidence.git import HISTORY_FIX, GitFacts
from readiness.evidence.runbooks import Runbook

STAMPS = ("reviewed", "last_reviewed", "last-reviewed", "lastReviewed", "review_date", "verified")


class Worked(NamedTuple):
    """The last day on which somebody worked on a page; None while a change is not committed yet."""

    day: date | None
    how: str  # "changed", "reviewed"


class PageHistory:
    """Days of the last work on pages."""

    def __init__(self, git: GitFacts, documents: Documents, pages: tuple[Runbook, ...]) -> None:
        self._git = git
        self._ahead: dict[str, list[str]] = {}  # paths by source, until their histories are read in one go
        for page in pages:
            self._ahead.setdefault(page.file.source, []).append(page.file.path)
        self._documents = documents
        self._known: dict[tuple[str, str], date | None] = {}

    @classmethod
    def collect(cls, git: GitFacts, documents: Documents, pages: tuple[Runbook, ...]) -> Self:
        return cls(git, documents, pages)

    def worked_on(self, page: Runbook) -> Worked:
        """When somebody last changed or reviewed a page.

        Raises:
            Unknown: there is no history, or not enough of it, and no stamp.
        """
        stamp = _stamp(page.page.front)
        key = (page.file.source, page.file.path)
        try:
            if key not in self._known:
                self._known[key] = self._changed(page)
            changed = self._known[key]
        except (Unknown, NotApplicable):
            if stamp is None:
                raise
            return Worked(stamp, "reviewed")
        if changed is None or stamp is None or changed >= stamp:
            return Worked(changed, "changed")
        return Worked(stamp, "reviewed")

    def _changed(self, page: Runbook) -> date | None:
        source, path = page.file.source, page.file.path
        if not self._git.has_history(source):
            raise NotApplicable(
                f"source {source} has no git history, so that nobody can say when a page was changed"
            )
        self._git.prefetch(source, self._ahead.pop(source, ()))
        versions = self._git.states_of(source, path)
        if not versions:
            return None  # a page that is being written
        try:
            now = _substance(self._documents.text(page.file))
        except ReadinessError as wrong:
            raise Unknown(str(wrong), page.at) from wrong
        if _substance(versions[0].content) != now:
            return None
        changes = {change.commit: change for change in self._git.changes(source, path)}
        brought = versions[0]
        for older in versions[1:]:
            bulk = changes[brought.commit].bulk
            if not bulk and _substance(older.content) != _substance(brought.content):
                break
            brought = older
        if changes[brought.commit].first and self._git.shallow(source):
            raise Unknown(f"the history of source {source} is cut off", page.at, HISTORY_FIX)
        return brought.day


def _substance(raw: bytes) -> str:
    """What a page says, without front matter, white space and the hosts of its links."""
    text = raw.decode("utf-8", "replace").removeprefix("\ufeff")
    text = re.sub(
        r"\A(---|\+\+\+)[ \t]*\r?\n.*?\n(?:\1|\.\.\.)[ \t]*(?:\r?\n|\Z)", "", text, count=1, flags=re.DOTALL
    )
    return " ".join(re.sub(r"https?://[^/\s)>\"']+", "", text).split())


def _stamp(front: dict[str, Any]) -> date | None:
    for name in STAMPS:
        value = front.get(name)
        if isinstance(value, date):
            return value
        found = re.match(r"\d{4}-\d{2}-\d{2}", value) if isinstance(value, str) else None
        if found:
            try:
                return date.fromisoformat(found[0])
            except ValueError:
                continue
    return None
