"""People are woken up by what users feel."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from fractions import Fraction

from readiness.api import Finding, Findings, Glob, Known, NotApplicable, Percent, Proof, Unknown
from readiness.evidence.alert_labels import query_of
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.context import ServiceCard
from readiness.evidence.page_classes import PageClass, class_of
from readiness.evidence.recordings import Recordings
from readiness.evidence.routing import Paging
from readiness.outcome import Operand

NAMED = 5  # alerts that a message names before it counts the rest


def symptom_first(
    alerts: Known[AlertRule],
    recordings: Recordings,
    paging: Paging,
    service: ServiceCard,
    *,
    max_causes: Percent = Fraction(3, 10),
    symptoms: tuple[Glob, ...] = (),
) -> Findings:
    """Pages are about what users feel, and few are about what may become of it.

    A page about a busy processor wakes somebody up for nothing when users feel
    nothing, and for too little when they do: the failure that nobody thought of
    has no page of its own. Errors, latency and absence tell of every cause.

    Settings:
        max-causes: the share of paging alerts that may be about causes.
        symptoms: names of alerts about what users feel, though their metrics don't say so.

    Silent on:
        alerts that page nobody, and those that always fire;
        a page whose metrics are called like neither: it counts as none of the two;
        harm that is foretold, such as a disk that is full within hours;
        fewer than three pages, in what concerns the share.

    Severity: error warning note note

    Source:
        Beyer et al., Site Reliability Engineering, chapter 6, "Symptoms Versus Causes".
    """
    found: dict[PageClass, list[AlertRule]] = {"symptom": [], "cause": [], "unclear": []}
    for alert in alerts:
        query = query_of(alert)
        if not paging.pages(alert) or (query is not None and query.always):
            continue
        if any(fnmatchcase(alert.name, glob) for glob in symptoms):
            found["symptom"].append(alert)
        else:
            found["unclear" if query is None else class_of(query, recordings)].append(alert)
    pages = sum(map(len, found.values()))
    if not pages:
        raise NotApplicable("no alert pages anybody")
    causes = found["cause"]
    if not found["symptom"]:
        if not alerts.complete:
            raise Unknown(alerts.why)
        if found["unclear"]:
            first = found["unclear"][0]
            raise Unknown(
                f"no metric tells whether {_names(found['unclear'])} are about what users feel",
                first.at.at("expr"),
                "name those that are in the setting symptoms",
            )
        yield Finding(
            f"no page of {service.name or 'the service'} is about what users feel; all {pages} are about "
            f"causes: {_names(causes)}",
            at=causes[0].at.at("expr"),
            fix="page on errors, latency or absence, and make tickets of the others",
            operands=(Operand("pages about symptoms", 0, worse="less"), *_places(causes)),
            about=service.subject,
            key="no symptom",
        )
        return
    share = Fraction(len(causes), pages)
    numbers = (
        Operand(
            "pages about causes", len(causes), at=causes[0].at.at("expr") if causes else None, worse="more"
        ),
        Operand("pages", pages),
    )
    if pages >= 3 and share > max_causes:
        yield Finding(
            f"{len(causes)} of {pages} pages are about causes, {_percent(share)} %, and "
            f"{_percent(max_causes)} % may be: {_names(causes)}",
            at=causes[0].at.at("expr"),
            fix="make tickets of those whose harm another page tells, with severity warning",
            operands=(*numbers, *_places(causes)),
            about=service.subject,
            key="causes",
            at_most="warning",
        )
    else:
        yield Proof(
            f"{len(found['symptom'])} of {pages} pages are about what users feel, {len(causes)} about causes",
            numbers,
            at=found["symptom"][0].at,
        )


def _places(alerts: list[AlertRule]) -> Iterator[Operand]:
    return (Operand("about a cause", alert.name, at=alert.at.at("expr")) for alert in alerts[:NAMED])


def _names(alerts: list[AlertRule]) -> str:
    names = sorted({alert.name for alert in alerts})
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


def _percent(share: Fraction) -> int:
    return round(100 * share)
