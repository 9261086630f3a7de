"""Which pages are held to what a runbook has to be."""

from readiness.api import NotApplicable
from readiness.evidence.runbook_links import Runbooks
from readiness.evidence.runbooks import Runbook


def of_a_runbook(page: Runbook, pages: Runbooks, among: bool = False) -> None:
    """Only pages that an alert links to, or that have the form of a runbook, are held to it.

    Args:
        page: the page.
        pages: all pages, and the links of alerts.
        among: whether a page without the form counts that stands among pages with it.
    """
    of_this_service(page, pages)
    if not pages.linked(page) and len(page.has_kinds) < 2 and not (among and pages.among_runbooks(page)):
        raise NotApplicable(f"no alert links to {page.file.path}, and it has no sections of a runbook")
    if pages.of_several(page):
        raise NotApplicable(f"{page.file.path} tells of several alerts, each under its own heading")


def of_this_service(page: Runbook, pages: Runbooks) -> None:
    """Pages of another repository count when an alert of this service links to them."""
    if pages.of_others(page):
        raise NotApplicable(f"no alert of this service links to {page.file.path}, of another repository")
