"""An alert of Splunk runs, sees every event, and tells somebody."""

import fnmatch
import re
from collections.abc import Iterator
from difflib import get_close_matches

from readiness.api import Finding, Findings, Glob, NotApplicable, Operand, Proof, Unknown
from readiness.arithmetic.cron import Cron, cron
from readiness.arithmetic.durations import spell_duration
from readiness.arithmetic.search_windows import Coverage, coverage
from readiness.evidence.context import ServiceCard
from readiness.evidence.receivers import stand_in
from readiness.evidence.splunk import SplunkAlert

HOUR, DAY = 3600, 86_400
NEEDED = {"email": "to", "webhook": "param.url"}  # what an action can't do without, and nothing else gives
COUNTS = ("number of events", "number of hosts", "number of sources", "custom", "always")
RELATIONS = ("greater than", "less than", "equal to", "not equal to", "drops by", "rises by")
OF_TIME = ("tstats", "mstats", "from", "datamodel", "search", "multisearch", "union")
OWN_SWITCHES = ("disabled", "enableSched", "cron_schedule", "dispatch.earliest_time", "dispatch.latest_time")
NOBODY = frozenset({"nobody", "admin", "splunk-system-user"})


def splunk_complete(
    alert: SplunkAlert, service: ServiceCard, *, ship_disabled: tuple[Glob, ...] = ()
) -> Findings:
    """An alert of Splunk is on, sees the time between its runs, and tells somebody.

    A saved search with a condition is no alert yet: it may be disabled, never scheduled, look at ten of every
    fifteen minutes, or have no action. Splunk accepts all of that, and nothing is ever heard of it.

    Settings:
        ship-disabled: apps, by folder, whose alerts are shipped disabled for others to switch on.

    Silent on:
        reports, and searches that fill lookups or summaries: they have no condition;
        hours and days on which a schedule does not run at all;
        windows of searches that say their own time, or that read lookups, REST or databases;
        windows that overlap a little, or whose alerts are throttled;
        actions whose address an add-on's own set-up gives, such as PagerDuty or Slack;
        macros that no app here defines by any number of arguments: another app may share them;
        alerts that nobody owns: these run as the system.

    Severity: error error warning note

    Source:
        Splunk, Admin Manual, savedsearches.conf; Alerting Manual, "Throttle alerts"; Search Reference,
        "Time modifiers".
    """
    _readable(alert)
    about = f"{alert.name} in app {alert.app.name}"
    off = alert.app_disabled
    if off is not None or alert.flag("disabled"):
        if any(fnmatch.fnmatchcase(alert.app.name, glob) for glob in ship_disabled):
            raise NotApplicable(f"app {alert.app.name} ships its alerts disabled")
        what = f"its app {alert.app.name} is disabled" if off is not None else "it is disabled"
        yield Finding(
            f"{alert.name} never runs: {what}",
            at=off.at if off is not None else alert.place("disabled"),
            fix="set state = enabled under [install] of app.conf"
            if off is not None
            else "set disabled = 0, delete the alert, or name its app in the setting ship-disabled",
            key="disabled",
        )
        return
    found = [*_schedule(alert), *_condition(alert), *_actions(alert), *_throttle(alert), *_search(alert)]
    found += _owner(alert, service)
    yield from found
    if any(finding.at_most != "note" for finding in found):
        return
    sums = [Operand("cron_schedule", alert.text("cron_schedule"), at=alert.place("cron_schedule"))]
    window = _coverage(alert)
    if isinstance(window, Coverage):
        sums.append(Operand("seconds seen", window.seen, "s", alert.place("dispatch.earliest_time"), "less"))
        sums.append(Operand("seconds between runs", window.period, "s", alert.place("cron_schedule"), "more"))
    sums.append(Operand("actions", ", ".join(alert.telling), at=alert.place("actions")))
    yield Proof(
        f"{about} runs by {alert.text('cron_schedule')} and tells {', '.join(alert.telling)}", tuple(sums)
    )


def _readable(alert: SplunkAlert) -> None:
    for key in OWN_SWITCHES:
        value = alert.get(key)
        if value is not None and value.is_template:
            raise Unknown(
                f"{alert.name} has a template as its {key}, which is filled in elsewhere",
                value.at,
                "name the rendered app under evidence.splunk",
            )


def _schedule(alert: SplunkAlert) -> Iterator[Finding]:
    if not alert.flag("enableSched"):
        yield Finding(
            f"{alert.name} never runs: enableSched is {alert.text('enableSched') or 'left out, which is 0'}",
            at=alert.place("enableSched"),
            fix="set enableSched = 1",
            key="schedule",
        )
        return
    text = alert.text("cron_schedule")
    try:
        cron(text)
    except ValueError as wrong:
        yield Finding(
            f"{alert.name} never runs: cron_schedule {text or '(left out)'}: {wrong}",
            at=alert.place("cron_schedule"),
            fix="write five fields of numbers, such as */5 * * * *",
            key="cron",
        )
        return
    yield from _window(alert)


def _window(alert: SplunkAlert) -> Iterator[Finding]:
    window = _coverage(alert)
    at = alert.place("dispatch.earliest_time")
    if isinstance(window, str):
        yield Finding(
            f"{alert.name} finds nothing: {window}",
            at=at,
            fix="write times such as -15m@m and now",
            key="window",
        )
        return
    if window is None:
        return
    numbers = (
        Operand("seconds seen", window.seen, "s", at, "less"),
        Operand("seconds between runs", window.period, "s", alert.place("cron_schedule"), "more"),
    )
    seen, period = spell_duration(window.seen), spell_duration(window.period)
    if window.missed:
        yield Finding(
            f"{alert.name} runs every {period} and looks at {seen}: what happens in the other "
            f"{spell_duration(window.missed)} is never seen",
            at=at,
            fix=f"set dispatch.earliest_time = -{window.period // 60}m@m and dispatch.latest_time = @m, "
            f"or run it every {seen}",
            operands=numbers,
            key="window",
            # a search that runs once a day looks at one hour on purpose more often than by mistake
            at_most=None if window.period <= HOUR else "warning" if window.period < DAY else "note",
        )
    elif window.seen >= 2 * window.period and not alert.flag("alert.suppress"):
        yield Finding(
            f"{alert.name} runs every {period} and looks at {seen}: one event raises it up to "
            f"{window.seen // window.period} times, and nothing throttles it",
            at=at,
            fix=f"set alert.suppress = 1 and alert.suppress.period = {seen}, or look at {period}",
            operands=numbers,
            key="window",
            at_most="warning",
        )


def _coverage(alert: SplunkAlert) -> Coverage | str | None:
    """How its windows join; why they can't where they are wrong; None where they say nothing of it."""
    search = re.sub(r'"(?:[^"\\]|\\.)*"', '""', alert.text("search"))
    first = re.match(r"\s*\|\s*`?(\w+)", search)
    earliest, latest = alert.text("dispatch.earliest_time"), alert.text("dispatch.latest_time")
    if first and first[1].lower() not in OF_TIME:
        return None
    if re.search(r"(?i)\b_?(?:index_)?earliest\s*=", search) or alert.get("dispatch.index_earliest"):
        return None
    if earliest in ("", "0") or earliest.isdecimal() or "rt" in (earliest[:2], latest[:2]):
        return None  # all of the time, a fixed one, or as events come
    if re.fullmatch(r"\d+(?:\.\d+)?", latest):
        return None
    try:
        schedule: Cron = cron(alert.text("cron_schedule"))
    except ValueError:
        return None
    try:
        return coverage(schedule, earliest, latest)
    except ValueError as wrong:
        return str(wrong)


def _condition(alert: SplunkAlert) -> Iterator[Finding]:
    count, relation = alert.text("counttype").lower(), alert.text("relation").lower()
    wrong = ""
    if count and count not in COUNTS:
        wrong = f"counttype is {count}; Splunk knows {', '.join(COUNTS)}"
    elif count == "custom" and not alert.get("alert_condition"):
        wrong = "counttype is custom, and alert_condition is left out"
    elif count not in ("", "always", "custom"):
        if relation not in RELATIONS:
            wrong = f"relation is {relation or 'left out'}; Splunk knows {', '.join(RELATIONS)}"
        elif not re.fullmatch(r"\d+%?", alert.text("quantity")):
            wrong = f"quantity is {alert.text('quantity') or 'left out'}, a number is needed"
    if wrong:
        yield Finding(
            f"{alert.name} has no whole condition: {wrong}",
            at=alert.place("counttype"),
            fix="write counttype, relation and quantity, such as: number of events, greater than, 0",
            key="condition",
        )
    severity = alert.text("alert.severity")
    if severity and severity not in ("1", "2", "3", "4", "5", "6"):
        yield Finding(
            f"{alert.name} has alert.severity {severity}; Splunk knows 1 to 6",
            at=alert.place("alert.severity"),
            fix="set alert.severity to 1 (debug) to 6 (fatal)",
            key="severity",
            at_most="warning",
        )


def _actions(alert: SplunkAlert) -> Iterator[Finding]:
    if not alert.telling:
        only = ", ".join(alert.actions)
        yield Finding(
            f"{alert.name} tells nobody: "
            + (f"its actions only write ({only})" if only else "it has no action"),
            at=alert.place("actions"),
            fix="set action.email = 1 with action.email.to, or the action of your pager",
            key="actions",
            at_most="warning" if only else None,
        )
    for action in alert.telling:
        parameter = NEEDED.get(action)
        if parameter is None:
            continue
        value = alert.of_action(action, parameter)
        if action == "email" and value is None:
            value = alert.of_action(action, "cc") or alert.of_action(action, "bcc")
        if value is None:
            yield Finding(
                f"{alert.name} has the action {action} without action.{action}.{parameter}: nothing is sent",
                at=alert.place(f"action.{action}"),
                fix=f"set action.{action}.{parameter}",
                key=f"target {action}",
            )
        elif (found := stand_in(f"action.{action}.{parameter}", value.text, value.at)) is not None:
            yield Finding(
                f"{alert.name} has {found.why} as its {found.field}: {found.shown}",
                at=found.at,
                fix=f"write the real {found.field}",
                key=f"target {action}",
            )


def _throttle(alert: SplunkAlert) -> Iterator[Finding]:
    per_result = not alert.flag("alert.digest_mode", True)
    suppressed = alert.flag("alert.suppress")
    lacks = ""
    if suppressed and not alert.get("alert.suppress.period"):
        lacks = "is throttled without alert.suppress.period"
    elif suppressed and per_result and not alert.get("alert.suppress.fields"):
        lacks = "is raised for each result and throttled without alert.suppress.fields"
    elif per_result and not suppressed:
        lacks = "is raised for each result, and nothing throttles it"
    if lacks:
        yield Finding(
            f"{alert.name} {lacks}",
            at=alert.place("alert.suppress" if suppressed else "alert.digest_mode"),
            fix="set alert.suppress = 1, alert.suppress.period = 1h and alert.suppress.fields = host",
            key="throttle",
            at_most="warning",
        )


def _search(alert: SplunkAlert) -> Iterator[Finding]:
    cut = next((stray for stray in alert.strays if stray.after == "search"), None)
    if cut is not None:
        yield Finding(
            f"the search of {alert.name} is cut: the line before this one does not end in a backslash",
            at=cut.at,
            fix="end each line of the search but the last in \\, with nothing behind it",
            operands=(Operand("search", "cut", at=alert.place("search")),),
            key="cut",
        )
    search = re.sub(r'"(?!\*")(?:[^"\\]|\\.)*"', '""', alert.text("search"))
    if re.search(r'(?i)(?<![\w.])index\s*=\s*(?:\*|"\*")(?=[\s|)\]]|$)', search):
        yield Finding(
            f"{alert.name} searches every index (index=*)",
            at=alert.place("search"),
            fix="name the indexes that hold the service's events",
            key="index",
            at_most="note",
        )
    names = sorted({name for name, _ in alert.known_macros})
    for name, count in alert.macros:
        if (name, count) in alert.known_macros:
            continue
        counts = sorted(number for known, number in alert.known_macros if known == name)
        near = get_close_matches(name, names, n=1, cutoff=0.85)
        if counts:
            why = f"with {count} arguments; the app defines it with {' or '.join(map(str, counts))}"
            fix, place = f"call {name} with {counts[0]} arguments", alert.known_macros[name, counts[0]]
        elif near:
            why, fix = f"which the app does not define; did you mean {near[0]}?", f"call {near[0]}"
            place = next(at for (known, _), at in alert.known_macros.items() if known == near[0])
        else:
            continue
        yield Finding(
            f"{alert.name} calls the macro {name} {why}",
            at=alert.place("search"),
            fix=fix,
            operands=(Operand("macro", near[0] if near else name, at=place),),
            key=f"macro {name}",
            at_most="warning",
        )


def _owner(alert: SplunkAlert, service: ServiceCard) -> Iterator[Finding]:
    owner = alert.owner
    if service.tier == 1 and owner is not None and owner.text.lower() not in NOBODY:
        yield Finding(
            f"{alert.name} runs as {owner.text}: the scheduler runs it no more when that account is gone",
            at=owner.at,
            fix="set owner = nobody",
            key="owner",
            at_most="note",
        )
