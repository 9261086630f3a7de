"""Pages keep up with what they are about."""

from datetime import date

from readiness.api import Days, Finding, Findings, NotApplicable, Operand, Proof, Unknown
from readiness.evidence.alert_history import AlertHistory
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.context import ServiceCard, Today
from readiness.evidence.git import HISTORY_FIX
from readiness.evidence.page_history import PageHistory, Worked
from readiness.evidence.runbook_links import Runbooks
from readiness.evidence.runbooks import Runbook


def fresh(
    alert: AlertRule,
    pages: Runbooks,
    rules: AlertHistory,
    histories: PageHistory,
    service: ServiceCard,
    today: Today,
    *,
    max_age: Days = 365,
    max_age_at_tier_1: Days = 180,
) -> Findings:
    """A runbook was looked at after the last change of what its alert means.

    A threshold went from 50 % to 90 %, and the page still tells what to do at 50 %: by the time it is
    read, its first step comes too late.

    Settings:
        max-age: days without work after which a page is old.
        max-age-at-tier-1: the same, for services of tier 1.

    Silent on:
        changes of labels, joins and layout of an expression;
        a page that was reviewed since, as its front matter says;
        changes of white space, front matter and hosts of links, which are no work on a page.

    Severity: warning warning note note

    Source:
        Google SRE book, chapter 11, playbooks; chapter 6, on rules that change with the service.
    """
    link = pages.of(alert)
    page = link.page if link is not None else None
    if page is None or not page.is_markdown:
        raise NotApplicable(f"{alert.name} leads to no page that is among the sources")
    worked = histories.worked_on(page)
    if worked.day is None:
        yield Proof(f"{page.file.path} is being changed together with {alert.name}")
        return
    change, complete = rules.change_since(alert, worked.day) if rules.known(alert) else (None, False)
    done = Operand(f"page {worked.how}", worked.day.isoformat(), at=page.at, worse="less")
    if change is not None:
        when = f"on {change.brought.day}" if change.brought is not None else "and is not committed yet"
        yield Finding(
            f"{alert.name} changed {when} ({change.what}), and {page.file.path} was last {worked.how} on "
            f"{worked.day}",
            at=page.at,
            fix=f"bring {page.file.path} up to date, or state reviewed: {today.date} in its front matter",
            operands=(
                Operand("expression", change.what, at=alert.at.at("expr")),
                done,
            ),
            key="expression",
        )
        return
    age = (today.date - worked.day).days
    oldest = min(max_age, max_age_at_tier_1) if service.tier == 1 else max_age
    if age > oldest:
        yield _old(alert, page, worked, age, oldest, today.date)
        return
    if not rules.known(alert):
        yield Proof(
            f"{page.file.path} was {worked.how} on {worked.day}; no history says whether {alert.name} "
            "changed since",
            (done, Operand("age", max(age, 0), "days", at=page.at, worse="more")),
        )
        return
    if not complete:
        raise Unknown(
            f"the history of {alert.at.file} that is read does not go back to {worked.day}",
            alert.at,
            HISTORY_FIX,
        )
    yield Proof(
        f"{page.file.path} was {worked.how} on {worked.day}, after the last change of {alert.name}",
        (done, Operand("age", max(age, 0), "days", at=page.at, worse="more")),
    )


def _old(alert: AlertRule, page: Runbook, worked: Worked, age: int, oldest: int, today: date) -> Finding:
    return Finding(
        f"{page.file.path}, the page of {alert.name}, was last {worked.how} {age} days ago, "
        f"{oldest} are allowed",
        at=page.at,
        fix=f"try what it says, and state reviewed: {today} in its front matter",
        operands=(Operand("age", age, "days", at=page.at, worse="more"),),
        key="age",
        at_most="note",
    )
