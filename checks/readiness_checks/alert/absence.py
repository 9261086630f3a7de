"""A target that is gone is noticed."""

from fnmatch import fnmatchcase
from typing import NamedTuple

from readiness.api import Finding, Findings, Glob, Known, NotApplicable, Proof, Unknown
from readiness.evidence.absence import Absences, Cover, Source
from readiness.evidence.alert_labels import query_of
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.routing import Paging
from readiness.outcome import Operand, Subject

NAMED = 5  # alerts that a message names before it counts the rest


class _Lost(NamedTuple):
    """A source that can vanish, and the pages that go silent with it."""

    source: Source
    cover: Cover
    alerts: list[AlertRule]


def absence_covered(
    alerts: Known[AlertRule],
    absences: Absences,
    paging: Paging,
    *,
    covered_elsewhere: tuple[Glob, ...] = (),
) -> Findings:
    """What pages somebody is also noticed when it is gone.

    An expression over no series is not false, it is empty. A service that was
    renamed, scaled to nothing or dropped from discovery stops every alert about
    it at the moment when somebody ought to be woken up.

    Settings:
        covered-elsewhere: jobs, or series without a job, that rules of another repository watch.

    Silent on:
        alerts that page nobody, that always fire, or are about absence themselves;
        series whose absence, or that of anything of their job, some alert notices: by `absent`, by `unless`;
        a condition with `or vector(…)`;
        alerts on `up` of every job;
        expressions in MetricsQL or LogQL.

    Severity: error warning note note

    Source:
        Prometheus documentation, "Query functions", absent; "Alerting", practices; SRE book, chapter 6.
    """
    pages = [alert for alert in alerts if paging.pages(alert)]
    if not pages:
        if not alerts.complete:
            raise Unknown(alerts.why)
        raise NotApplicable("no alert pages anybody")
    lost: dict[tuple[Source, Cover], _Lost] = {}
    covered = read = 0
    for alert in pages:
        query = query_of(alert)
        if query is None:
            continue
        read += 1
        needed = [] if query.always else absences.needed(query)
        found = False
        for source, selector in needed:
            cover = absences.cover(source, selector)
            if cover != "all" and not _elsewhere(source, covered_elsewhere):
                found = True
                lost.setdefault((source, cover), _Lost(source, cover, [])).alerts.append(alert)
        covered += not found
    if lost and not alerts.complete:
        raise Unknown(alerts.why)
    for one in lost.values():
        yield _finding(one, absences)
    if not read:
        raise Unknown(
            f"the expressions of all {len(pages)} paging alerts are templates or of another language",
            pages[0].at.at("expr"),
            "render the rules, and name the rendered files under evidence.rules",
        )
    if covered:
        yield Proof(
            f"{covered} of {len(pages)} paging alerts are noticed when what they are about is gone",
            (Operand("paging alerts", len(pages)), Operand("covered", covered)),
            at=pages[0].at,
        )


def _finding(lost: _Lost, absences: Absences) -> Finding:
    names = sorted({alert.name for alert in lost.alerts})
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    down = absences.watches_down(lost.source) if lost.cover else None
    if not lost.cover:
        why = "no alert notices it"
    elif down is not None:
        why = f"{down.name} notices targets that do not answer, and nothing those that are gone"
    else:
        why = "an alert notices targets that are gone, and nothing those that do not answer"
    operands = [Operand("silent then", alert.name, at=alert.at.at("expr")) for alert in lost.alerts[:NAMED]]
    if down is not None:
        operands.append(Operand("notices a part", down.name, at=down.at.at("expr")))
    return Finding(
        f"{', '.join(names[:NAMED])}{more} {'go' if len(names) > 1 else 'goes'} silent when the series of "
        f"{lost.source} vanish: {why}",
        at=lost.alerts[0].at.at("expr"),
        fix=f"add an alert on {lost.source.guard}",
        operands=tuple(operands),
        about=Subject("Job", "", lost.source.job)
        if lost.source.job
        else Subject("Series", "", lost.source.metric),
        key=f"absence {lost.cover}",
        at_most="warning" if lost.cover else None,
    )


def _elsewhere(source: Source, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(source.job or source.metric, glob) for glob in globs)
