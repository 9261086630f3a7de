"""Whoever is woken finds the page, and the section that the link names."""

from readiness.api import Count, Finding, Findings, Known, NotApplicable, Operand, Proof, Text, Unknown
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.routing import Paging
from readiness.evidence.runbook_alerts import PagesOfAlerts
from readiness.evidence.runbook_links import Runbooks, expanded, in_text


def linked(alert: AlertRule, paging: Paging, pages: Runbooks, *, max_shared: Count = 10) -> Findings:
    """An alert that wakes somebody links to its runbook.

    Without the link the first minutes of an outage go by with a search for
    whether there is a page at all.

    Settings:
        max-shared: alerts that may share one link without an anchor.

    Silent on:
        alerts that page nobody, by the routing where it is known;
        alerts that always fire, such as Watchdog, which show that alerts arrive;
        an address in another annotation's text, as in `description: … Runbook: https://…`;
        links that the checklist declares because their home can't be read;
        a link with the alert's name in it, which is another for each alert.

    Severity: error warning note note

    Source:
        Google SRE book, chapter 11, playbooks; Prometheus documentation, "Alerting", practices.
    """
    if not paging.pages(alert):
        raise NotApplicable(f"{alert.name} pages nobody")
    if alert.expr.replace(" ", "").startswith("vector("):
        raise NotApplicable(f"{alert.name} always fires: it shows that alerts arrive")
    name, url = alert.runbook
    link = pages.of(alert)
    told = in_text(alert) if link is None else ""
    if told:
        yield Proof(f"{alert.name} tells {told}")
        return
    if link is None:
        yield Finding(
            f"{alert.name} pages and links to no runbook",
            at=alert.at.at("annotations"),
            fix="add annotations.runbook_url with the address of its page",
        )
        return
    if link.status == "placeholder":
        yield Finding(
            f"{alert.name} pages and has {link.why} in place of the link to its runbook",
            at=alert.at.at("annotations", name),
            fix=f"write the address of its page into annotations.{name}",
        )
        return
    shared = pages.shared_by(alert)
    operands = (Operand("alerts with this link", shared, at=alert.at.at("annotations", name), worse="more"),)
    if shared > max_shared and "#" not in url:
        yield Finding(
            f"{alert.name} shares its runbook link with {shared - 1} alerts, {max_shared} may share one",
            at=alert.at.at("annotations", name),
            fix="link to a page of its own, or to a section of the page",
            operands=operands,
            at_most="warning",
        )
        return
    if link.status == "declared":
        yield Proof(f"{alert.name} has a runbook that the checklist declares: {link.why}", operands)
    else:
        yield Proof(f"{alert.name} links to {expanded(url, alert)}", operands)


def resolves(
    alert: AlertRule,
    pages: Runbooks,
    names: PagesOfAlerts,
    alerts: Known[AlertRule],
    *,
    roots: tuple[Text, ...] = (),
) -> Findings:
    """A runbook link leads to a page, and to a section that is there.

    A page that was renamed is found missing at three in the morning.

    Settings:
        roots: where pages of an address are kept, as "https://host/path=source:folder"; sites and
            repositories that say it themselves need none.

    Silent on:
        links in lower case to pages in another, on sites that write addresses so;
        links to other hosts and repositories: unknown, since their pages are not among the sources;
        links to a line of a page, and to an address that a page has as an alias;
        the markup of a link in an annotation, as in `[Runbook](https://…)` and `<https://…>`;
        a page that sends its readers to one that is there, or to another host.

    Severity: error error warning note

    Source:
        Prometheus documentation, "Alerting", runbook_url; GitHub's and Hugo's rules for addresses.
    """
    link = pages.of(alert, roots)
    if link is None or link.status == "placeholder":
        raise NotApplicable(f"{alert.name} links to no runbook")
    name, url = alert.runbook
    at = alert.at.at("annotations", name) if name else alert.at
    if link.status == "unknown":
        raise Unknown(
            f"links to runbooks can't be followed: {link.why}",
            at,
            "add the pages with --source runbooks=FOLDER, or declare them under evidence.declared",
        )
    if link.status == "missing":
        hint = f"; the nearest page is {link.nearest}" if link.nearest else ""
        if link.nearest and link.nearest.lower() == link.why.lower():
            hint = f"; {link.nearest} is there, and this host tells upper case from lower"
        fix = (
            f"link to {link.nearest}, or rename the page"
            if link.nearest
            else "write the page, or mend the link"
        )
        if alerts.complete and names.left_by(link.nearest) == alert.name:
            hint = f"; {link.nearest} is the page of an alert that no rule makes"
            fix = f"rename {link.nearest} to {alert.name}.md, if that is what the alert was called before"
        elif names.is_of_another(link.nearest, alert):
            fix = f"write the page, or mend the link; {link.nearest} is about another alert"
        yield Finding(f"{alert.name} links to {url}, and there is no such page{hint}", at=at, fix=fix)
        return
    if link.page is not None and link.page.draft:
        yield Finding(
            f"{alert.name} links to {link.page.file.path}, which is a draft and not published",
            at=at,
            fix=f"publish {link.page.file.path}: take draft or published out of its front matter",
        )
        return
    if link.status == "anchor" and link.page is not None:
        yield Finding(
            f"{alert.name} links to section #{link.why} of {link.page.file.path}, which has no such section",
            at=at,
            fix="mend the anchor, or give the section that name",
            operands=(Operand("page", link.page.file.path, at=link.page.at),),
        )
        return
    moved = pages.moved_to_nowhere(link.page) if link.page is not None else ""
    if moved and link.page is not None:
        yield Finding(
            f"{alert.name} links to {link.page.file.path}, which sends its reader on to {moved}, "
            "and there is no such page",
            at=at,
            fix="link to the page itself, and mend what sends there",
            operands=(Operand("sends on", moved, at=link.page.at),),
        )
        return
    if link.page is None:  # declared
        yield Proof(f"{alert.name} has a runbook that the checklist declares: {link.why}")
        return
    yield Proof(
        f"{alert.name} leads to {link.page.file.path}",
        (Operand("link", url, at=at), Operand("page", link.page.file.path, at=link.page.at)),
    )
