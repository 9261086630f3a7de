"""The ratio that is measured is one of events, and its two sides count the same ones."""

from collections.abc import Iterator

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof
from readiness.evidence.objective import Objective
from readiness.evidence.promql import NotPromQL, Query, Selector, parsed
from readiness.evidence.slos import Objectives
from readiness.outcome import Location

COUNTING = frozenset(
    {"rate", "increase", "irate", "sum_over_time", "count_over_time", "avg_over_time", "resets"}
)
_GRADUATED = ("_bucket", "_count", "_sum")


def sli_well_formed(specs: Objectives) -> Findings:
    """The two expressions of a ratio count the same events: same metric, same conditions, same labels.

    A condition on one side alone makes a ratio of two different things: above 1, or never above zero. The
    alerts on it are wrong, and nobody sees why.

    Silent on:
        ratios whose sides read different metrics, such as errors and requests, which names can't prove;
        measures by plug-ins and raw ratios;
        labels that only the numerator asks for: they are what makes an event bad.

    Severity: error warning warning warning

    Source:
        The Site Reliability Workbook, chapter 2; slok/sloth, "events" SLI.
    """
    judged = [one for one in specs.objectives if one.total and (one.bad or one.good)]
    if not judged:
        raise NotApplicable("no objective whose expressions are in evidence")
    for objective in judged:
        try:
            part = _query(objective.bad or objective.good)
            total = _query(objective.total)
        except NotPromQL as wrong:
            if _other_dialect(objective):
                continue
            yield _finding(
                objective, f"has an expression that does not parse: {wrong}", "correct it", "does not parse"
            )
            continue
        wrongs = list(_wrongs(objective, part, total))
        yield from wrongs
        if not wrongs:
            yield Proof(
                f"{objective.label} counts the same events on both sides",
                (Operand("events", str(total.selectors[0]) if total.selectors else objective.total),),
                at=objective.queries_at,
            )


def _query(text: str) -> Query:
    return parsed(_filled(text))


def _filled(text: str) -> str:
    """An expression with the generator's window filled in."""
    for template in ("{{.window}}", "{{ .window }}", "$window"):
        text = text.replace(template, "5m")
    return text


def _other_dialect(objective: Objective) -> bool:
    text = _filled(objective.total + objective.bad + objective.good)
    return any(word in text for word in ("{{", "histogram_share", "${"))


def _finding(objective: Objective, says: str, fix: str, key: str, mild: bool = False) -> Finding:
    at: Location = objective.queries_at or objective.at
    return Finding(
        f"{objective.label} {says}", at=at, fix=fix, about=objective.subject, key=key,
        at_most="warning" if mild else None,
    )  # fmt: skip


def _wrongs(objective: Objective, part: Query, total: Query) -> Iterator[Finding]:
    side = "error" if objective.bad else "good"
    if not part.selectors or not total.selectors:
        return
    if part.text == total.text:
        yield _finding(
            objective, f"has the same expression as {side} and total: the ratio is always 1",
            "ask for the events of one side alone", "same",
        )  # fmt: skip
        return
    if objective.format != "pyrra" and not (COUNTING & total.functions):
        yield _finding(
            objective, f"has a total that counts nothing: no rate or increase in {total.text.strip()!r}",
            "use sum(rate(METRIC[WINDOW]))", "no rate", mild=True,
        )  # fmt: skip
    if (
        part.labels.kept is not None
        and total.labels.kept is not None
        and part.labels.kept != total.labels.kept
    ):
        yield _finding(
            objective,
            f"keeps {_listed(part.labels.kept)} in {side} and {_listed(total.labels.kept)} in total: nothing "
            "is left to divide",
            "aggregate both sides by the same labels", "labels",
        )  # fmt: skip
    for one in part.selectors:
        same = [other for other in total.selectors if _base(other) == _base(one)]
        if not same:
            continue
        lost = min((_lost(one, other) for other in same), key=len)
        if lost:
            yield _finding(
                objective,
                f"asks for {', '.join(lost)} in total and not in {side}: the two sides count different "
                "events",
                f"add {', '.join(lost)} to the {side} expression, or leave it out of both", f"matchers {one}",
            )  # fmt: skip


def _lost(part: Selector, total: Selector) -> list[str]:
    """Conditions of the total that the numerator does not have, in the same words or a narrower one."""
    own = set(part.matchers)
    return [
        str(matcher)
        for matcher in total.matchers
        if matcher not in own
        and not any(
            one.only_value is not None and matcher.matches(one.only_value) for one in part.asks(matcher.name)
        )
        and not (matcher.operator in ("!=", "!~") and part.asks(matcher.name))
    ]


def _base(selector: Selector) -> str:
    """The name without what a histogram or summary adds."""
    for ending in _GRADUATED:
        if selector.metric.endswith(ending):
            return selector.metric.removesuffix(ending)
    return selector.metric


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "no label"
