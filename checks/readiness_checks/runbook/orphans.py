"""Pages that nobody is sent to."""

import re

from readiness.api import Finding, Findings, Known, NotApplicable, Operand, Proof
from readiness.evidence.alert_history import AlertHistory
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.runbook_alerts import PagesOfAlerts
from readiness.evidence.runbook_links import Runbooks
from readiness.evidence.runbooks import Runbook
from readiness_checks.runbook.names import nearest
from readiness_checks.runbook.pages import of_a_runbook


def orphan(
    page: Runbook, pages: Runbooks, names: PagesOfAlerts, alerts: Known[AlertRule], history: AlertHistory
) -> Findings:
    """A page of an alert has that alert.

    After an alert was renamed its page stays behind under the old name: the new alert leads nowhere, and
    the knowledge is kept where nobody looks.

    Silent on:
        pages that an alert links to, or that have an alert's name;
        pages that another page links to;
        pages whose name is no name of an alert, and folders in which no page has an alert;
        a page that the dead link of an alert is about: runbook.resolves says it there.

    Severity: note note note note

    Source:
        Google SRE book, chapter 11, playbooks.
    """
    of_a_runbook(page, pages)
    if pages.linked(page):
        yield Proof(f"an alert links to {page.file.path}")
        return
    if names.has_alert(page):
        yield Proof(f"{page.file.path} has the name of an alert")
        return
    if not re.fullmatch(r"[A-Za-z]\w*[a-z0-9][A-Z]\w*", page.name):
        raise NotApplicable(f"{page.name} is no name of an alert")
    with_alert, all_ = names.beside(page)
    if not with_alert:
        raise NotApplicable(f"no page beside {page.file.path} has an alert")
    if names.mentioned(page):
        raise NotApplicable(f"another page links to {page.file.path}")
    renamed = names.left_by(page.file.path)
    if renamed:
        raise NotApplicable(f"runbook.resolves asks for {page.file.path} at the link of {renamed}")
    alerts.none_of(lambda alert: alert.name.lower() == page.name.lower())
    successor = history.successor(page.name, alerts.items)
    near = nearest(page.name, (alert.name for alert in alerts))
    said, mend, new = "", "link to it from an alert, or remove it", None
    if successor is not None:
        new, day = successor
        said = f"; {new.name} took the place of {page.name} on {day}"
        mend = f"rename it to {new.name}.md"
    elif near:
        new = next(alert for alert in alerts if alert.name == near)
        said = f"; the nearest alert is {near}"
    yield Finding(
        f"{page.file.path} is about {page.name}, which no rule makes{said}",
        at=page.at,
        fix=mend,
        operands=(
            Operand("pages beside it that have an alert", with_alert, f"of {all_}", at=page.at),
            *((Operand("alert", new.name, at=new.at),) if new is not None else ()),
        ),
    )
