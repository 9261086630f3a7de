"""An incident teaches something, and what it taught is done."""

import re
from collections.abc import Generator, Iterator, Sized
from fnmatch import fnmatchcase

from readiness.api import (
    ByEnvironment,
    Count,
    Days,
    Finding,
    Findings,
    Glob,
    Known,
    NotApplicable,
    Operand,
    Proof,
    Unknown,
)
from readiness.evidence.alert_names import AlertName
from readiness.evidence.context import Today
from readiness.evidence.exports import Tickets
from readiness.evidence.postmortems import ACTIONS, Action, Postmortem, PostmortemTemplate, State
from readiness.evidence.promises import promises_of
from readiness.evidence.runbooks import Runbook

PARTS = (
    ("summary", r"summary|what happened|overview|tl;?dr|abstract|synopsis"),
    ("impact", r"impact|affected|consequence|damage"),
    ("timeline", r"time ?line|chronolog|(?:sequence|log) of events"),
    ("detection", r"detect|trigger|noticed|\balert|found out"),
    ("causes", r"cause|contributing|factors|\bwhys?\b|analysis"),
    ("what went well", r"\bwell\b|lucky|lesson|learn|retrospect"),
    ("actions", ACTIONS),
)
OF_AN_ACTION = (
    ("owner", r"owner|assignee|assigned|responsible|\bwho\b|\bdri\b|@"),
    ("due date or priority", r"\bdue\b|deadline|\bdate\b|\bwhen\b|target|priorit|\beta\b|yyyy"),
    ("ticket", r"ticket|track|issue|jira|\bbug\b|\bpr\b|\blink|[A-Z]{2,}-\d|\[ ?\]"),
)
SHOWN = 3  # actions that a message names
PLURAL = {"alert": "alerts", "runbook": "runbooks"}


def actions(
    postmortem: Postmortem,
    tickets: Tickets,
    alerts: ByEnvironment[Known[AlertName]],
    runbooks: Known[Runbook],
    today: Today,
    *,
    max_age: Days = 365,
    severe: Count = 2,
    elsewhere: tuple[Glob, ...] = (),
) -> Findings:
    """What a postmortem promises has an owner and a date, and is there once it is ticked off.

    A promise that nobody owns is kept by nobody: the same incident comes again, and its second
    postmortem has the same actions.

    Settings:
        max-age: how long after the incident its actions are looked at.
        severe: incidents of this level and worse need an action, and theirs may not be late.
        elsewhere: names of alerts and runbooks that are kept where this run does not look.

    Silent on:
        actions that are done or dropped, as to owner, date and ticket;
        an action without a ticket that has a tick box or a state: the page itself tells how it stands;
        an action that is late in the page and closed in an export of its tracker;
        actions to remove or tune an alert, and alerts that an open action is still to bring;
        incidents of a lesser level, or of none, that promise nothing.

    Severity: error warning note note

    Source:
        Google SRE book, chapter 15, "Postmortem Culture", and appendix D, action items.
    """
    day = postmortem.day
    if day is not None and (today.date - day).days > max_age:
        raise NotApplicable(f"the incident was {(today.date - day).days} days ago, {max_age} are looked at")
    level = postmortem.severity
    is_severe = level is not None and level[0] <= severe
    found = postmortem.actions
    if not found:
        yield from _without_actions(postmortem, is_severe)
        return
    states = [_state(action, tickets) for action in found]
    pairs = list(zip(found, states, strict=True))
    yield from _incomplete(postmortem, pairs, is_severe)
    yield from _late(postmortem, pairs, today, is_severe)
    unknown = yield from _kept(postmortem, pairs, alerts, runbooks, elsewhere)
    waiting = [one for one, state in pairs if not state and one.due and one.due < today.date and one.tickets]
    if unknown:
        raise Unknown(unknown, postmortem.at, "add the alert rules and runbooks as a source")
    if waiting:
        keys = ", ".join(dict.fromkeys(one.tickets[0] for one in waiting))
        raise Unknown(
            f"whether {_counted(waiting)} that were due are done stands in the tracker: {keys}",
            waiting[0].at,
            "tick them off in the page, or name an export of the tracker as evidence.tickets",
        )
    done = sum(state in ("done", "dropped") for state in states)
    yield Proof(
        f"{postmortem.file.path} promises {_counted(found)}, {done} of them done, the others in time",
        (Operand("actions", len(found), at=found[0].at), Operand("done or dropped", done)),
        at=postmortem.at,
    )


def template(templates: tuple[PostmortemTemplate, ...], postmortems: tuple[Postmortem, ...]) -> Findings:
    """A template asks of each postmortem what the next incident needs of it.

    What the template does not ask for is left out by whoever writes at two in the morning: without impact
    nobody can weigh an incident, without detection nobody mends the alert, and an action that has no field
    for an owner gets none.

    Silent on:
        organisations whose template is not in evidence: name it under evidence.postmortems;
        parts under other usual names, such as `What happened`, `Trigger`, `Lessons learned`;
        parts that are a field or a row of a table and no heading.

    Severity: warning warning note note

    Source:
        Google SRE book, chapter 15, "Postmortem Culture", and appendix D, "Example Postmortem".
    """
    if not templates:
        raise NotApplicable(
            f"{len(postmortems)} postmortems and no template; looked for {PostmortemTemplate.looked_for}"
        )
    for one in templates:
        heads = " \n".join(
            [*(section.title for section in one.page.sections if section.level > 1), *one.fields]
        ).lower()
        missing = [part for part, words in PARTS if not re.search(words, heads)]
        listed = one.sections(ACTIONS)
        asked = "\n".join(
            text for section in listed for text in (section.title, one.text_of(section))
        ).lower()
        lacks = [word for word, words in OF_AN_ACTION if listed and not re.search(words, asked)]
        if missing or lacks:
            parts = f"has no part for {', '.join(missing)}" if missing else ""
            fields = f"asks of an action no {', no '.join(lacks)}" if lacks else ""
            yield Finding(
                f"{one.file.path} {' and '.join(filter(None, (parts, fields)))}",
                at=one.line(listed[0].line) if lacks and not missing else one.at,
                fix=f"add {', '.join([*(f'a heading for {part}' for part in missing), *lacks])}",
                operands=(
                    Operand("parts there", len(PARTS) - len(missing), f"of {len(PARTS)}", worse="less"),
                ),
                about=one.subject,
                key="parts",
            )
            continue
        yield from _manners(one)
        yield Proof(
            f"{one.file.path} has all {len(PARTS)} parts, and owner, date and ticket of each action",
            at=one.at,
            about=one.subject,
        )


def _manners(page: PostmortemTemplate) -> Iterator[Finding]:
    """What costs clarity and nothing else."""
    times = page.sections(PARTS[2][1])
    told = "\n".join(text for section in times for text in (section.title, page.text_of(section)))
    lacks = {
        "the zone of its times": bool(times)
        and not re.search(r"(?i)\b(?:UTC|GMT|C?EST?|P[SD]T|zone)\b", told),
        "that it looks for no one to blame": not re.search(
            r"(?i)blam|no fault|prime directive", "\n".join(map(page.text_of, page.page.sections))
        ),
    }
    if any(lacks.values()):
        yield Finding(
            f"{page.file.path} does not say {' nor '.join(word for word, lack in lacks.items() if lack)}",
            at=page.at,
            fix="say both in one line each",
            about=page.subject,
            key="manners",
            at_most="note",
        )


def blameless(postmortem: Postmortem) -> Findings:
    """A postmortem looks for causes in the system, where they can be mended.

    ‘Human error’ as the cause ends the search where it should begin: the next person meets the same trap.

    Silent on:
        pages that say that human error is no cause, ask what is behind it, or quote it;
        sections other than those of causes.

    Severity: note note note note

    Source:
        Google SRE book, chapter 15, "Postmortem Culture"; PagerDuty, "The Blameless Postmortem".
    """
    sections = postmortem.sections(r"cause|contributing|\bwhys?\b|analysis")
    if not sections:
        raise NotApplicable("it has no section of causes")
    for section in sections:
        for number, text in section.written:
            found = re.search(r"(?i)\b(?:human|operator|user|manual|engineer'?s?) (?:error|mistake)\b", text)
            if found and not re.search(
                r"(?i)\bnot\b|n't\b|never|no (?:root )?cause|behind|rather|instead|[\"“‘]\s?" + found[0], text
            ):
                yield Finding(
                    f"{postmortem.file.path} gives {found[0].lower()} as a cause",
                    at=postmortem.line(number),
                    fix="write what made the error possible and what let it through",
                    key=found[0].lower(),
                )
                return
    yield Proof(
        f"{postmortem.file.path} names no person's error as a cause", at=postmortem.line(sections[0].line)
    )


def _without_actions(postmortem: Postmortem, is_severe: bool) -> Findings:
    level = postmortem.severity
    if level is None or not is_severe:
        raise NotApplicable("it promises nothing, and is no severe incident")
    sections = postmortem.sections(ACTIONS)
    if any(section.links or section.words > 5 for section in sections):
        raise Unknown(
            "its actions stand in no list or table", postmortem.line(sections[0].line), "write them as a list"
        )
    yield Finding(
        f"{postmortem.file.path} is of level {level[0]} and promises no action, 1 is needed",
        at=postmortem.line(sections[0].line) if sections else postmortem.at,
        fix="add a section of actions, each with owner, due date and ticket",
        operands=(Operand("level", level[1], at=level[2]), Operand("actions", 0, worse="less")),
        key="none",
    )


def _state(action: Action, tickets: Tickets) -> State:
    """How an action stands: the tracker knows better than the page that it is done."""
    closed = tickets.closed(action.tickets) if action.state in ("", "open") else None
    if closed is None:
        return action.state
    return "done" if closed else "open"


def _incomplete(
    postmortem: Postmortem, pairs: list[tuple[Action, State]], is_severe: bool
) -> Iterator[Finding]:
    """One finding for all actions that nobody can follow up."""
    lacking = [(action, lacks) for action, state in pairs if (lacks := _lacks(action, state))]
    if not lacking:
        return
    said = "; ".join(f"{_short(action)} has no {', no '.join(lacks)}" for action, lacks in lacking[:SHOWN])
    more = f"; and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else ""
    yield Finding(
        f"{postmortem.file.path} has {_counted(pairs)}, of which {len(lacking)} can't be followed up:"
        f" {said}{more}",
        at=lacking[0][0].at,
        fix="give each an owner, a due date, and a ticket or a tick box",
        operands=tuple(
            Operand(f"lacks {' and '.join(lacks)}", _short(action), at=action.at) for action, lacks in lacking
        ),
        key="incomplete",
        at_most=None if is_severe else "warning",
    )


def _lacks(action: Action, state: State) -> list[str]:
    if state in ("done", "dropped"):
        return []
    told = bool(action.tickets) or bool(state)
    checks = (
        ("owner", action.owned),
        ("due date or priority", action.scheduled),
        ("ticket or tick box", told),
    )
    return [word for word, there in checks if not there]


def _late(
    postmortem: Postmortem, pairs: list[tuple[Action, State]], today: Today, is_severe: bool
) -> Iterator[Finding]:
    for action, state in pairs:
        if state == "open" and action.due is not None and action.due < today.date:
            days = (today.date - action.due).days
            yield Finding(
                f"{_short(action)} of {postmortem.file.path} is open and was due {days} days ago,"
                f" on {action.due}",
                at=action.at,
                fix="do it and tick it off, or agree on another date",
                operands=(Operand("late", days, "days", at=action.at, worse="more"),),
                key=f"late {action.title}",
                at_most=None if is_severe else "warning",
            )


def _kept(
    postmortem: Postmortem,
    pairs: list[tuple[Action, State]],
    alerts: ByEnvironment[Known[AlertName]],
    runbooks: Known[Runbook],
    elsewhere: tuple[str, ...],
) -> Generator[Finding, None, str]:
    """What is ticked off and is not there; comes back with why that can't be told, if it can't."""
    from difflib import get_close_matches

    rules = [known for _, known in alerts.items()]
    names = {one.name: one.name for known in rules for one in known}
    there = {"alert": names, "runbook": _names_of_pages(runbooks)}
    number = {"alert": len(names), "runbook": len(runbooks)}
    whole = {
        "alert": all(known.complete for known in rules) and len(names) > 0,
        "runbook": runbooks.complete and len(runbooks) > 0,
    }
    unknown = ""
    for action, state in pairs:
        for kind, name in promises_of(action.text) if state == "done" else ():
            known = name if kind == "alert" else name.lower()
            if known in there[kind] or any(fnmatchcase(name, glob) for glob in elsewhere):
                continue
            if not whole[kind]:
                unknown = (
                    f"whether {kind} {name} is there can't be told: {PLURAL[kind]} aren't all in evidence"
                )
                continue
            near = [
                there[kind][one] for one in get_close_matches(known, sorted(there[kind]), n=1, cutoff=0.6)
            ]
            yield Finding(
                f"{postmortem.file.path} says that {kind} {name} was added, and none of"
                f" {number[kind]} {PLURAL[kind]} has that name" + (f"; {near[0]} is near" if near else ""),
                at=action.at,
                fix=f"add {kind} {name}, write its present name into the page, or take the tick away",
                operands=(Operand(PLURAL[kind], number[kind]),),
                key=f"{kind} {name}",
            )
    return unknown


def _names_of_pages(runbooks: Known[Runbook]) -> dict[str, str]:
    """What a runbook can be called, by its lower case: the file, the title, and each section."""
    names = {one.title.lower(): one.title for page in runbooks for one in page.page.sections if one.title}
    return names | {page.name.lower(): page.name for page in runbooks}


def _short(action: Action) -> str:
    title = action.title if len(action.title) <= 60 else f"{action.title[:57]}..."
    return f"‘{title}’"


def _counted(found: Sized) -> str:
    return f"{len(found)} action" + ("s" if len(found) != 1 else "")
