"""What stands in a page: the sections that an outage needs, and something in each."""

from readiness.api import Count, Finding, Findings, Operand, Proof, Text
from readiness.evidence.context import ServiceCard
from readiness.evidence.runbook_links import Runbooks
from readiness.evidence.runbooks import Kind, Runbook
from readiness_checks.runbook.pages import of_a_runbook

EVERY: tuple[Kind, ...] = ("meaning", "impact", "diagnosis", "mitigation", "rollback", "escalation")
ASKED: dict[int, tuple[Kind, ...]] = {1: EVERY, 2: EVERY[:4]}
LEAST: tuple[Kind, ...] = ("diagnosis", "mitigation")
ENOUGH = 40  # words of a section that make up for a TODO in one of its parts


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
    of_a_runbook(page, pages)
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
    of_a_runbook(page, pages, among=True)
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
