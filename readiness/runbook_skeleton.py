"""The page of an alert, begun: all that rules and manifests tell, and a TODO where only people know.

A pure function over evidence: no file is read or written. The expression is said in words, the commands name
objects that the manifests have, the way back is one that the way of delivery allows.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from fractions import Fraction
from typing import NamedTuple

from readiness.arithmetic.durations import prometheus_duration
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.delivery import Delivery
from readiness.evidence.manifests import Workload
from readiness.evidence.promql import Comparison, NotPromQL, Query, Selector, parsed
from readiness.evidence.recordings import Recordings

NAMING = ("job", "service", "app", "deployment", "statefulset", "daemonset", "workload", "container")
WORDS = {
    ">": "is above",
    ">=": "is at least",
    "<": "is below",
    "<=": "is at most",
    "==": "is",
    "!=": "is not",
}
UNDONE = ("Deployment", "StatefulSet", "DaemonSet")
MOST_OBJECTS = 3
MOST_QUERIES = 5
ABSENT = ("absent", "absent_over_time")
PREFERRED = ("app.kubernetes.io/name", "app.kubernetes.io/instance", "app", "name", "k8s-app")


class Surroundings(NamedTuple):
    """What is known beside the alert; whatever is left out becomes a TODO."""

    workloads: tuple[Workload, ...] = ()
    recordings: Recordings | None = None
    delivery: Delivery | None = None
    dashboards: tuple[str, ...] = ()  # addresses
    owner: str = ""
    receivers: tuple[str, ...] = ()  # names of those that are told, in order
    repository: str = ""  # its address


def skeleton(alert: AlertRule, around: Surroundings) -> str:
    """The text of a runbook for an alert, in Markdown."""
    objects = tuple(_objects(alert, around))
    parts = (
        f"---\nowner: {around.owner or 'TODO'}\n---\n# {alert.name}",
        f"## Meaning\n\n{_meaning(alert)}",
        "## Impact\n\n" + _impact(alert),
        "## Diagnosis\n\n" + "\n\n".join(_diagnosis(alert, objects, around)),
        "## Mitigation\n\n" + "\n\n".join(_mitigation(objects)),
        "## Rollback\n\n" + "\n\n".join(_rollback(objects, around.delivery)),
        "## Escalation\n\n" + _escalation(around),
    )
    return "\n\n".join(parts) + "\n"


def in_words(alert: AlertRule) -> str:
    """When an alert fires, as a sentence; the expression itself where it is no PromQL."""
    try:
        query = parsed(alert.expr)
    except NotPromQL:
        return f"`{' '.join(alert.expr.split())}` gives something{_held(alert)}"
    if query.always:
        return "always: it shows that alerts arrive"
    return _condition(query) + _held(alert)


def _condition(query: Query) -> str:
    alternatives = [" and ".join(map(_compared, one)) for one in query.alternatives]
    return ", or ".join(dict.fromkeys(alternatives))


def _compared(one: Comparison) -> str:
    left = " ".join(one.left.split())
    if not one.operator:
        call = left.partition("(")[0].strip()
        inner = left[len(call) + 1 : -1].strip() if left.endswith(")") else left
        return f"there is no `{inner}`" if call in ABSENT else f"`{left}` gives something"
    windows = sorted({selector.window for selector in one.selectors if selector.window is not None})
    over = f" over the last {_spoken(windows[-1])}" if windows else ""
    right = _number(one) if one.threshold is not None else f"`{' '.join(one.right.split())}`"
    return f"`{left}`{over} {WORDS[one.operator]} {right}"


def _number(one: Comparison) -> str:
    assert one.threshold is not None
    value = _decimal(one.threshold)
    made_of = f" ({' × '.join(map(_decimal, one.numbers))})" if len(one.numbers) > 1 else ""
    names = {selector.metric for selector in one.selectors}
    if any("ratio" in re.split("[_:]", name) for name in names) and abs(one.threshold) <= 1:
        value = f"{_decimal(one.threshold * 100)} %"
    elif len(names) == 1 and not {"rate", "increase", "count"} & one.functions:
        name = next(iter(names))
        for unit in ("seconds", "bytes"):
            if f"_{unit}" in name and f"_{unit}_count" not in name:
                value = f"{value} {unit}"
    return value + made_of


def _decimal(number: Fraction) -> str:
    return f"{float(number):.10g}"


def _held(alert: AlertRule) -> str:
    try:
        hold = prometheus_duration(alert.hold) if alert.hold else timedelta(0)
    except ValueError:
        return f", for {alert.hold}"
    return f", for {_spoken(hold)} without a break" if hold else ""


def _spoken(time: timedelta) -> str:
    seconds = int(time.total_seconds())
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} seconds"


def _meaning(alert: AlertRule) -> str:
    summary = alert.annotations.get("summary") or alert.annotations.get("message") or ""
    said = f"{summary.rstrip('.')}. " if summary and "{{" not in summary else ""
    return f"{said}It fires when {in_words(alert)}."


def _impact(alert: AlertRule) -> str:
    severity = f" Its severity is {alert.severity}." if alert.severity else ""
    return f"TODO: what users notice, and from when on.{severity}"


def _selectors(alert: AlertRule, around: Surroundings) -> tuple[Selector, ...]:
    try:
        query = parsed(alert.expr)
    except NotPromQL:
        return ()
    return (*query.selectors, *(around.recordings.followed(query) if around.recordings is not None else ()))


def _objects(alert: AlertRule, around: Surroundings) -> Iterator[Workload]:
    """The workloads that the expression names; those that serve where it names none."""
    selectors = _selectors(alert, around)
    wanted = [one for selector in selectors for one in selector.matchers if one.name in NAMING]
    named = [
        workload
        for workload in around.workloads
        if any(one.operator in ("=", "=~") and one.matches(workload.name) for one in wanted)
    ]
    found = {
        (one.kind, one.namespace, one.name): one for one in named or around.workloads if named or one.serves
    }
    yield from list(found.values())[:MOST_OBJECTS]


def _diagnosis(alert: AlertRule, objects: Iterable[Workload], around: Surroundings) -> Iterator[str]:
    if around.dashboards:
        yield "\n".join(f"- [Dashboard]({address})" for address in around.dashboards)
    commands = [line for one in objects for line in _looked_at(one)]
    if commands:
        yield _fenced("sh", commands)
    queries = list(_queries(alert, around))
    if queries:
        yield _fenced("promql", queries)
    yield "TODO: what each answer means, and what to look at next."


def _looked_at(one: Workload) -> Iterator[str]:
    selector = _selector(one)
    yield f"{_kubectl(one)} get pods -l {selector}" if selector else f"{_kubectl(one)} get pods"
    yield f"{_kubectl(one)} describe {one.kind.lower()} {one.name}"
    if one.kind in UNDONE and one.containers:
        yield f"{_kubectl(one)} logs {one.kind.lower()}/{one.name} -c {one.containers[0].name} --since=15m"


def _selector(one: Workload) -> str:
    labels = one.pod_labels
    key = next((name for name in PREFERRED if labels.get(name)), "") or next(iter(labels), "")
    return f"{key}={labels[key]}" if key else ""


def _queries(alert: AlertRule, around: Surroundings) -> Iterator[str]:
    """The left sides of the expression's conditions, and what recorded series are made of."""
    try:
        query = parsed(alert.expr)
    except NotPromQL:
        return
    found = [" ".join(one.left.split()) for conditions in query.alternatives for one in conditions]
    for metric in sorted(query.metrics):
        rule = around.recordings.of(metric) if around.recordings is not None else None
        if rule is not None:
            found.append(" ".join(rule.expr.split()))
    yield from list(dict.fromkeys(one for one in found if not query.always))[:MOST_QUERIES]


def _mitigation(objects: Iterable[Workload]) -> Iterator[str]:
    yield "TODO: what takes the harm away first, and what each step costs."
    lines = [
        line
        for one in objects
        if one.kind in UNDONE
        for line in (
            f"{_kubectl(one)} rollout restart {one.kind.lower()}/{one.name}",
            f"{_kubectl(one)} rollout status {one.kind.lower()}/{one.name} --timeout=10m",
        )
    ]
    if lines:
        yield "Where a restart helps:\n\n" + _fenced("sh", lines)


def _rollback(objects: Iterable[Workload], delivery: Delivery | None) -> Iterator[str]:
    healing = [one for one in delivery.controllers if one.heals] if delivery is not None else []
    if healing:
        yield (
            f"A release within the last hours is the first suspect. Revert its commit: {healing[0]} follows "
            "the repository, and takes back what is undone by hand."
        )
        return
    lines = [
        line
        for one in objects
        if one.kind in UNDONE
        for line in (
            f"{_kubectl(one)} rollout undo {one.kind.lower()}/{one.name}",
            f"{_kubectl(one)} rollout status {one.kind.lower()}/{one.name} --timeout=10m",
        )
    ]
    if not lines:
        yield "TODO: how the last release is taken back, and how long that takes."
        return
    yield "A release within the last hours is the first suspect."
    yield _fenced("sh", lines)
    yield "Then revert the release's commit, so that the next run of the pipeline does not bring it back."


def _escalation(around: Surroundings) -> str:
    owner = around.owner or "TODO: the team"
    told = f" It is told through {', then '.join(around.receivers)}." if around.receivers else ""
    return f"The service is of {owner}.{told} TODO: whom to call next, and after how many minutes."


def _kubectl(one: Workload) -> str:
    return f"kubectl -n {one.namespace}" if one.namespace else "kubectl"


def _fenced(language: str, lines: Iterable[str]) -> str:
    return "\n".join((f"```{language}", *lines, "```"))
