"""The queries of a page give what the page says."""

import re
from collections.abc import Iterator

from readiness.api import Finding, Findings, Glob, Known, NotApplicable, Operand, Proof
from readiness.evidence.alert_rules import AlertRule, RecordingRule, dialect_of
from readiness.evidence.recordings import Recordings
from readiness.evidence.runbook_alerts import PagesOfAlerts
from readiness.evidence.runbook_links import Runbooks
from readiness.evidence.runbook_queries import PageQuery, RunbookQueries
from readiness.evidence.runbooks import Runbook
from readiness_checks.runbook.names import is_external, nearest
from readiness_checks.runbook.pages import of_this_service

ALIKE = 0.8
A_SLIP = 0.85  # of a word in a sentence, which may be anything else
NAME = r"\b[A-Za-z]\w*[a-z0-9][A-Z]\w*\b"
BEFORE = r"(?i)\b(?:formerly|renamed|(?:was|were) called|used to be|until)\b"


def queries_real(
    page: Runbook,
    pages: Runbooks,
    names: PagesOfAlerts,
    queries: RunbookQueries,
    recordings: Recordings,
    rules: Known[RecordingRule],
    alerts: Known[AlertRule],
    *,
    external: tuple[Glob, ...] = (),
) -> Findings:
    """The queries of a runbook parse, and the series and alerts that it names are made by rules here.

    A query of a series that is no longer recorded answers with nothing, and nothing looks like "all is
    well" to somebody who reads the page for the first time. "Follow X" leads nowhere after X was renamed.

    Settings:
        external: names of recorded series and alerts that come from elsewhere.

    Silent on:
        parts of a query that the reader fills in;
        recorded series of other people: of another name, on a page that reads none of these rules;
        queries in other languages, and in dialects of PromQL;
        raw series, which no rule makes;
        words in sentences that are like no alert, or the part of an alert's name;
        an alert of which its paragraph says that it was renamed, or is called so formerly.

    Severity: warning warning note note

    Source:
        Prometheus documentation, "Recording rules", naming; "Alerting rules", ALERTS.
    """
    of_this_service(page, pages)
    found = queries.of(page)
    wrong = False
    for one in found:
        if one.query is None and one.why and not dialect_of(one.text):
            wrong = True
            yield Finding(
                f"{one.at.file} has a query that is no PromQL: {one.why:.120}",
                at=one.at,
                fix="mend the query: run it once where the reader will run it",
                key=f"query {' '.join(one.text.split())}",
            )
    judged: list[Operand] = []
    told: set[str] = set()
    for finding in (
        *_unrecorded(found, recordings, rules, external, judged),
        *_no_alert(found, alerts, external, judged),
        *_mentioned(page, names, alerts, external, judged),
    ):
        if finding.key not in told:
            told.add(finding.key)
            yield finding
    wrong = wrong or bool(told)
    if not wrong:
        parsed = sum(one.query is not None for one in found)
        if not parsed and not judged:
            raise NotApplicable(
                f"{page.file.path} has no query that its reader need not fill in, and names no alert"
            )
        yield Proof(
            f"{page.file.path}: queries that parse: {parsed}, series and alerts that rules make: "
            f"{len(judged)}",
            (Operand("queries", parsed, at=found[0].at if found else page.at), *judged),
        )


def _unrecorded(
    found: tuple[PageQuery, ...],
    recordings: Recordings,
    rules: Known[RecordingRule],
    external: tuple[str, ...],
    judged: list[Operand],
) -> Iterator[Finding]:
    """Recorded series that no rule records, where the rules here are the ones that record the page's."""
    names: dict[str, PageQuery] = {}
    for one in found:
        for metric in sorted(one.query.metrics) if one.query is not None else ():
            if ":" in metric:
                names.setdefault(metric, one)
    known = recordings.names
    own = bool(known.intersection(names))
    families = {name.partition(":")[0] for name in known} - {""}
    for name, one in names.items():
        rule = recordings.of(name)
        if rule is not None:
            judged.append(Operand(name, "recorded", at=rule.at))
            continue
        if is_external(name, external):
            continue
        near = nearest(name, known, ALIKE)
        if not near and not own and name.partition(":")[0] not in families:
            continue
        rules.none_of(lambda rule, name=name: rule.name == name)  # type: ignore[misc]  # a default binds it
        hint = recordings.of(near) if near else None
        yield Finding(
            f"{one.at.file} reads {name}, which no rule records"
            + (f"; the nearest is {near}" if near else f"; {len(known)} other series are recorded"),
            at=one.line_of(name),
            fix=f"read {near} in its place" if near else "write the expression itself, or record it",
            operands=(Operand("nearest", near, at=hint.at),) if hint is not None else (),
            key=f"series {name}",
        )


def _no_alert(
    found: tuple[PageQuery, ...], alerts: Known[AlertRule], external: tuple[str, ...], judged: list[Operand]
) -> Iterator[Finding]:
    """Alerts that a query asks for by name and that no rule makes."""
    known = {one.name: one for one in alerts}
    seen: set[str] = set()
    for one in found:
        for selector in one.query.selectors if one.query is not None else ():
            if selector.metric not in ("ALERTS", "ALERTS_FOR_STATE"):
                continue
            for matcher in selector.asks("alertname"):
                name = matcher.value
                if matcher.operator != "=" or not name or name in seen:
                    continue
                seen.add(name)
                if name in known:
                    judged.append(Operand(name, "alert", at=known[name].at))
                    continue
                near = nearest(name, known, ALIKE)
                if not near or is_external(name, external):
                    continue
                alerts.none_of(lambda alert, name=name: alert.name == name)  # type: ignore[misc]  # as above
                yield Finding(
                    f"{one.at.file} asks for alert {name}, which no rule makes; the nearest is {near}",
                    at=one.line_of(name),
                    fix=f"write {near} in its place",
                    operands=(Operand("nearest", near, at=known[near].at),),
                    key=f"alert {name}",
                )


def _mentioned(
    page: Runbook,
    names: PagesOfAlerts,
    alerts: Known[AlertRule],
    external: tuple[str, ...],
    judged: list[Operand],
) -> Iterator[Finding]:
    """Other alerts that its sentences name."""
    known = {one.name: one for one in alerts}
    seen = {page.name, *(operand.name for operand in judged)}
    for section in page.page.sections:
        for name in dict.fromkeys(re.findall(NAME, section.prose)):
            if name in seen:
                continue
            seen.add(name)
            if name in known:
                judged.append(Operand(name, "alert", at=known[name].at))
                continue
            near = nearest(name, known, A_SLIP)
            if not near or near.startswith(name) or name.startswith(near) or is_external(name, external):
                continue
            if names.has_page(name) or re.search(BEFORE, section.prose):
                continue
            alerts.none_of(lambda alert, name=name: alert.name == name)  # type: ignore[misc]  # as above
            yield Finding(
                f"{page.file.path} names alert {name}, which no rule makes; the nearest is {near}",
                at=page.line(section.line),
                fix=f"write {near} in its place",
                operands=(Operand("nearest", near, at=known[near].at),),
                key=f"alert {name}",
            )
