"""Pages of alerts, by name: which page has its alert, and which was left behind when an alert was renamed.

Names are compared in lower case, as sites write them. Where links lead is told by `runbook_links.py`.
"""

from typing import ClassVar, Self

from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.runbook_links import Runbooks
from readiness.evidence.runbooks import Runbook


class PagesOfAlerts:
    """All pages and all alerts of a scope, joined by name."""

    kinds: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, pages: tuple[Runbook, ...], alerts: tuple[AlertRule, ...], links: Runbooks) -> None:
        self._links = links
        self._alerts = frozenset(alert.name.lower() for alert in alerts)
        self._by_name = {page.name.lower(): page for page in reversed(pages)}
        self._folders: dict[tuple[str, str], list[bool]] = {}  # of each folder: which pages have an alert
        for page in pages:
            of_folder = self._folders.setdefault((page.file.source, page.file.folder), [])
            of_folder.append(links.linked(page) or self.has_alert(page))
        self._awaited: dict[str, str] = {}  # path of a page → the alert whose dead link it is nearest to
        for alert in alerts:
            link = links.of(alert)
            if link is not None and link.status == "missing" and link.nearest:
                self._awaited.setdefault(link.nearest, alert.name)
        self._pages = pages
        self._mentioned: frozenset[str] | None = None

    @classmethod
    def collect(cls, pages: tuple[Runbook, ...], alerts: tuple[AlertRule, ...], links: Runbooks) -> Self:
        return cls(pages, alerts, links)

    def has_alert(self, page: Runbook) -> bool:
        """Whether a page has the name of an alert."""
        return page.name.lower() in self._alerts

    def has_page(self, name: str) -> bool:
        """Whether a page has a name."""
        return name.lower() in self._by_name

    def left_by(self, path: str) -> str:
        """The alert that a page was probably renamed to in its rules only; empty where there is none.

        Its link is dead, the page is the nearest, and no alert has that page's name or links to it.
        """
        page = self._by_name.get(_name_in(path))
        if page is None or page.file.path != path or self._links.linked(page) or self.has_alert(page):
            return ""
        return self._awaited.get(path, "")

    def is_of_another(self, path: str, alert: AlertRule) -> bool:
        """Whether a page has the name of another alert."""
        name = _name_in(path)
        return name != alert.name.lower() and name in self._alerts

    def beside(self, page: Runbook) -> tuple[int, int]:
        """How many pages of a page's folder have an alert, and how many there are."""
        found = self._folders[page.file.source, page.file.folder]
        return sum(found), len(found)

    def mentioned(self, page: Runbook) -> bool:
        """Whether another page links to a page, so that it is read without an alert of its own."""
        if self._mentioned is None:
            self._mentioned = frozenset(
                name
                for one in self._pages
                for section in one.page.sections
                for link in section.links
                if (name := _name_in(link.partition("#")[0].rstrip("/"))) != one.name.lower()
            )
        return page.name.lower() in self._mentioned


def _name_in(path: str) -> str:
    """The name of a page, in lower case, from its path or address."""
    return path.rpartition("/")[2].removesuffix(".md").removesuffix(".html").lower()
