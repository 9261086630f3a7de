"""Whoever is woken at night knows what to do."""

from readiness.api import Count, Finding, Findings, NotApplicable, Operand, Proof, Text, Unknown
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.context import ServiceCard
from readiness.evidence.routing import Paging
from readiness.evidence.runbook_links import Runbooks, expanded, in_text
from readiness.evidence.runbooks import Kind, Runbook

EVERY: tuple[Kind, ...] = ("meaning", "impact", "diagnosis", "mitigation", "rollback", "escalation")
ASKED: dict[int, tuple[Kind, ...]] = {1: EVERY, 2: EVERY[:4]}
LEAST: tuple[Kind, ...] = ("diagnosis", "mitigation")
ENOUGH = 40  # words of a section that make up for a TODO in one of its parts


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


def resolves(alert: AlertRule, pages: Runbooks, *, roots: tuple[Text, ...] = ()) -> Findings:
    """A runbook link leads to a page, and to a section that is there.

    A page that was renamed is found missing at three in the morning.

    Settings:
        roots: where pages of an address are kept, as "https://host/path=source:folder"; sites and
            repositories that say it themselves need none.

    Silent on:
        links in lower case to pages in another, on sites that write addresses so;
        links to other hosts and repositories: unknown, since their pages are not among the sources;
        links to a line of a page, and to an address that a page has as an alias.

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
        yield Finding(f"{alert.name} links to {url}, and there is no such page{hint}", at=at, fix=fix)
        return
    if link.page is not None and link.page.draft:
        yield Finding(
            f"{alert.name} links to {link.page.file.path}, which is a draft and not published",
            at=at,
            fix=f"publish {link.page.file.path}: take draft: true out of its front matter",
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
    if link.page is None:  # declared
        yield Proof(f"{alert.name} has a runbook that the checklist declares: {link.why}")
        return
    yield Proof(
        f"{alert.name} leads to {link.page.file.path}",
        (Operand("link", url, at=at), Operand("page", link.page.file.path, at=link.page.at)),
    )


def sections(
    page: Runbook,
    pages: Runbooks,
    service: ServiceCard,
    *,
    min_characters: Count = 15,
    also: tuple[Text, ...] = (),
) -> Findings:
    """A runbook has the sections that an outage needs, and something stands in each.

    A page without a way back, or with a heading and nothing below it, sends
    its reader away when there is no time.

    Tier 1 needs meaning, impact, diagnosis, mitigation, rollback and escalation; tier 2 the first four;
    tiers 3 and 4 diagnosis and mitigation. A page of which nothing is deployed needs no rollback.

    Settings:
        min-characters: visible characters below which a section counts as empty.
        also: further headings that every page has to have.

    Silent on:
        pages that no alert links to and that have none of these sections: they are no runbooks of an alert;
        pages that tell of several alerts, each under its own heading;
        pages of another source that no alert here links to and that the checklist doesn't name;
        a line in bold type in place of a heading;
        sections under other usual names, such as triage or resolution.

    Severity: error warning note note

    Source:
        Google SRE book, chapter 11; GitLab production readiness template, runbooks.
    """
    _is_runbook(page, pages)
    asked = tuple(kind for kind in ASKED.get(service.tier, LEAST) if kind != "rollback" or pages.deploys)
    missing: list[str] = [kind for kind in asked if not page.of_kind(kind)]
    missing += [title for title in also if title.lower() not in {s.title.lower() for s in page.page.sections}]
    empty = [
        kind
        for kind in asked
        if page.of_kind(kind)
        and sum(
            len("".join(one.prose.split())) + sum(len(code.text.strip()) for code in one.code)
            for one in page.of_kind(kind)
        )
        < min_characters
    ]
    if not missing and not empty:
        yield Proof(
            f"{page.file.path} has {', '.join(asked)}", (Operand("words", page.page.words, at=page.at),)
        )
        return
    parts = []
    if missing:
        parts.append(f"has no section about {', '.join(missing)}")
    if empty:
        parts.append(f"has an empty section about {', '.join(empty)}")
    at = page.at
    if empty and not missing:
        at = page.line(page.of_kind(empty[0])[0].line)
    yield Finding(
        f"{page.file.path} {' and '.join(parts)}",
        at=at,
        fix=f"write {' and '.join([*missing, *empty])}: what to look at, what to do, whom to ask",
        operands=(
            Operand("sections missing", len(missing), at=page.at, worse="more"),
            Operand("sections empty", len(empty), at=page.at, worse="more"),
        ),
    )


def not_stub(page: Runbook, pages: Runbooks, *, min_words: Count = 80, max_alike: Count = 2) -> Findings:
    """A runbook says something: it is no stub, no template and has nothing left to do.

    Headings prove nothing. A TODO below "Mitigation" is found when the
    mitigation is needed.

    Settings:
        min-words: words of prose below which a page without a command or link is a stub.
        max-alike: other pages that may say the same of diagnosis and mitigation.

    Silent on:
        short pages with a command or a link in diagnosis or mitigation;
        TODO in sections that an outage does not need, and in one of several ways that a section tells;
        rollback and escalation that are the same on each page.

    Severity: error warning note note

    Source:
        Google SRE book, chapter 11, playbooks.
    """
    _is_runbook(page, pages, among=True)
    todo = page.unfinished(EVERY, ENOUGH)
    words = page.page.words
    helps = any(one.leads_on for kind in LEAST for one in page.of_kind(kind))
    alike = pages.alike(page)
    said, mend = [], []
    if todo:
        said.append(
            f"is unfinished: {', '.join(dict.fromkeys(one.title for one, _ in todo))} still says TODO"
        )
        mend.append(f"write what is to do there, in line {', '.join(str(line) for _, line in todo[:5])}")
    if page.placeholder:
        said.append(f"has {page.placeholder[:40]} left of its template")
        mend.append("fill in what the template asks for")
    if words < min_words and not helps:
        said.append(
            f"has {words} words and no command or link in diagnosis or mitigation, "
            f"{min_words} words are needed"
        )
        mend.append("write what to look at and what to do, with the commands")
    elif alike > max_alike and not todo:
        said.append(
            f"says the same of diagnosis and mitigation as {alike} other pages, {max_alike} may be alike"
        )
        mend.append("write what to look at and what to do for this alert")
    if not said:
        yield Proof(f"{page.file.path} has {words} words", (Operand("words", words, at=page.at),))
        return
    yield Finding(
        f"{page.file.path} {' and '.join(said)}",
        at=page.line(todo[0][1]) if todo else page.at,
        fix="; ".join(mend),
        operands=(
            Operand("words", words, at=page.at, worse="less"),
            Operand("lines to do", len(todo), at=page.at, worse="more"),
        ),
    )


def _is_runbook(page: Runbook, pages: Runbooks, among: bool = False) -> None:
    """Only pages that an alert links to, or that have the form of a runbook, are held to it.

    Args:
        page: the page.
        pages: all pages, and the links of alerts.
        among: whether a page without the form counts that stands among pages with it.
    """
    if pages.of_others(page):
        raise NotApplicable(f"no alert of this service links to {page.file.path}, of another repository")
    if not pages.linked(page) and len(page.has_kinds) < 2 and not (among and pages.among_runbooks(page)):
        raise NotApplicable(f"no alert links to {page.file.path}, and it has no sections of a runbook")
    if pages.of_several(page):
        raise NotApplicable(f"{page.file.path} tells of several alerts, each under its own heading")
