"""Recording rules and multi-window burn-rate alerts for an objective that has none: what `init` writes.

Pure. The windows and shares are those of the workbook; factors are worked out for the objective's own period,
and a step that no failure could reach is left out.

Source:
    The Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".
"""

import re
from collections.abc import Iterator
from fractions import Fraction

from readiness.arithmetic.burn_rate import STEPS, Step, attainable, factor
from readiness.evidence.objective import Objective, percent

_WINDOWS = re.compile(r"\{\{\s*\.window\s*\}\}|\$window")
_SPANS = ((86400, "d"), (3600, "h"), (60, "m"))


def rules_of(objective: Objective, labels: dict[str, str]) -> str:
    """The text of a rule file; empty where the objective's expressions are not in evidence.

    Args:
        labels: those that alerts of the service carry, such as team; severity is added.
    """
    ratio = _ratio(objective)
    steps = [step for step in STEPS if attainable(_factor(step, objective), objective.target)]
    if not ratio or not steps:
        return ""
    name = _name(objective)
    series = f"{_series(objective)}:error_ratio"
    windows = sorted({span for step in steps for span in (step.long, step.short)})
    lines = [
        f"# {objective.label}: {percent(objective.target)} over {_span(objective.period)}, made from",
        f"# {objective.at.file}. Severities and labels are those of your routes.",
        "groups:",
        f"  - name: {name}-error-ratio",
        "    rules:",
    ]
    for window in windows:
        lines += [f"      - record: {series}_rate{_span(window)}", "        expr: |"]
        lines += [f"          {line}" for line in _WINDOWS.sub(_span(window), ratio).splitlines()]
    lines += [f"  - name: {name}-burn-rate", "    rules:"]
    lines += [line for step in steps for line in _alert(step, objective, series, labels)]
    return "\n".join(lines) + "\n"


def _alert(step: Step, objective: Objective, series: str, labels: dict[str, str]) -> Iterator[str]:
    burn, budget = _factor(step, objective), 1 - objective.target
    bound = f"{_number(burn)} * {_number(budget)}"
    share = percent(step.share)
    word = "Fast" if step.page else "Slow"
    yield f"      - alert: {_camel(objective)}BudgetBurn{word}{_span(step.long)}"
    yield f"        # {share} of the budget in {_span(step.long)}."
    yield "        expr: |"
    yield f"          {series}_rate{_span(step.long)} > {bound}"
    yield f"            and {series}_rate{_span(step.short)} > {bound}"
    yield "        labels:"
    yield f"          severity: {'critical' if step.page else 'warning'}"
    for key, value in sorted(labels.items()):
        yield f"          {key}: {_quoted(value)}"
    yield "        annotations:"
    summary = f"{objective.label} burns its error budget {_number(burn)} times too fast"
    yield f"          summary: {_quoted(summary)}"
    yield "          runbook_url: TODO"


def _factor(step: Step, objective: Objective) -> Fraction:
    return factor(step.share, step.long, objective.period)


def _ratio(objective: Objective) -> str:
    """The error ratio, with the window as the format writes it; empty where a side is not known."""
    bad, good, total = (text.strip() for text in (objective.bad, objective.good, objective.total))
    if objective.format == "pyrra" and total and (bad or good):
        bad, good, total = (f"sum(rate({text}[$window]))" if text else "" for text in (bad, good, total))
    if not total or not (_WINDOWS.search(total) and (_WINDOWS.search(bad) or _WINDOWS.search(good))):
        return ""
    return f"({bad})\n  / ({total})" if bad else f"1 - ({good})\n  / ({total})"


def _span(seconds: Fraction) -> str:
    for length, unit in _SPANS:
        if seconds % length == 0:
            return f"{int(seconds // length)}{unit}"
    return f"{int(seconds)}s"


def _number(value: Fraction) -> str:
    return f"{float(value):.10g}"


def _name(objective: Objective) -> str:
    return re.sub(r"[^a-z0-9]+", "-", objective.label.lower()).strip("-")


def _series(objective: Objective) -> str:
    return re.sub(r"[^a-z0-9]+", "_", objective.label.lower()).strip("_")


def _camel(objective: Objective) -> str:
    return "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]+", objective.label) if part)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
