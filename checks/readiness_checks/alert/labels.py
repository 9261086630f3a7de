"""Labels that texts, routes and groups go by reach them."""

from collections.abc import Iterator

from readiness.api import Finding, Findings, Location, Proof, Unknown
from readiness.evidence.alert_labels import AlertLabels
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.alertmanager import Reached, Route
from readiness.evidence.promql import ABSENT, Query
from readiness.evidence.routing import Paging, Routed, Routing
from readiness.outcome import Operand

NAMED = 5  # alerts that a message names before it counts the rest


def labels_survive(alerts: tuple[AlertRule, ...], labels: AlertLabels, paging: Paging) -> Findings:
    """What an alert's texts print, and what routes and groups go by, is still there when it fires.

    An aggregation drops every label that it does not keep. A text then reads
    "instance  in the  cluster is down", a route for the namespace never sees
    the alert, and alerts of different namespaces come as one message.

    Silent on:
        a label that a series may have, such as any without an aggregation, and one that `group_left` brings;
        a label that a text asks for with `if`, `with` or `or` before it prints it;
        expressions in MetricsQL or LogQL, and templates in an expression;
        labels that servers usually add (cluster, region, environment …) or that the configuration of
            Prometheus in evidence adds, for routes and groups;
        routes, where no Alertmanager configuration is in evidence.

    Severity: error warning note note

    Source:
        Prometheus documentation, "Operators", aggregation; "Alerting rules", templating;
        prometheus/prometheus, rules/alerting.go; pint, alerts/template.
    """
    read = [alert for alert in alerts if labels.query(alert) is not None]
    for alert in read:
        yield from _printed(alert, labels)
    routing = paging.routing
    if routing is not None and paging.routed is not None:
        routed = tuple(paging.routed.of(alert) for alert in read)
        for one in routed:
            yield from _lost_route(one, labels)
        yield from _mixed_groups(routed, routing, labels)
    if alerts and not read:
        raise Unknown(
            f"the expressions of all {len(alerts)} alerts are templates or of another language",
            alerts[0].at.at("expr"),
            "render the rules, and name the rendered files under evidence.rules",
        )
    if read:
        by = " and routes and groups go by" if routing is not None else ""
        yield Proof(
            f"the labels of {len(read)} alerts were held against what their texts print{by}",
            (
                Operand("alerts", len(read)),
                Operand("expressions that were not read", len(alerts) - len(read)),
            ),
            at=read[0].at,
        )


def _printed(alert: AlertRule, labels: AlertLabels) -> Iterator[Finding]:
    query = labels.query(alert)
    assert query is not None  # only alerts that were read come here
    for label, fields, of_rule in labels.never_printed(alert):
        names = " and ".join(".".join(field) for field in fields)
        if of_rule:
            why = f"which the rule adds only after its texts are filled in; {_kept(query)}"
            fix = f"write {of_rule} in the place of $labels.{label}"
        else:
            why = f"which is never there; {_kept(query)}"
            fix = f"keep {label} in the expression, such as with by ({label}), or take it out of the text"
        yield Finding(
            f"{alert.name} prints $labels.{label} in {names}, {why}",
            at=alert.at.at(*fields[0]),
            fix=fix,
            operands=(
                Operand("expression", _kept(query).removeprefix("the expression "), at=alert.at.at("expr")),
            ),
            about=alert.subject,
            key=f"printed {label}",
        )


def _lost_route(one: Routed, labels: AlertLabels) -> Iterator[Finding]:
    """An alert that filters by what a route asks for, drops it, and so never takes that route."""
    query = labels.query(one.alert)
    assert query is not None
    for name in sorted(one.matched):
        values = {
            matcher.value
            for selector in query.selectors
            for matcher in selector.asks(name)
            if matcher.operator == "=" and matcher.value
        }
        if len(values) != 1 or not labels.lacks(one.alert, name):
            continue
        (value,) = values
        without = {key: found for key, found in one.labels.items() if key != name}
        goes, meant = one.config.walk(without), one.config.walk({**without, name: value})
        if not goes or not meant or {end.route.at for end in goes} & {end.route.at for end in meant}:
            continue
        to, wanted = goes[0], meant[0]
        if not _asked(one.config.root, wanted, name, value):
            continue
        yield Finding(
            f'{one.alert.name} is about {name}="{value}" and drops that label: it goes to {to.receiver}, '
            f"past the route to {wanted.receiver} that asks for it; {_kept(query)}",
            at=one.alert.at.at("expr"),
            fix=f"keep {name} in the expression, or set labels.{name} to {value}",
            operands=(
                Operand("route", wanted.receiver, at=wanted.at),
                Operand("reached", to.receiver, at=to.at),
            ),
            about=one.alert.subject,
            key=f"route {name}",
        )


def _asked(root: Route, end: Reached, label: str, value: str) -> bool:
    """Whether a route on the way to an end asks for a value of a label, and does not only exclude others."""
    return any(
        matcher.name == label and matcher.operator in ("=", "=~") and matcher.matches(value)
        for route in root
        if route.at in end.path
        for matcher in route.matchers
    )


def _mixed_groups(routed: tuple[Routed, ...], routing: Routing, labels: AlertLabels) -> Iterator[Finding]:
    """Labels that routes group by and that some of their alerts drop: what they told apart comes together."""
    lost: dict[tuple[Location, str], dict[int, AlertRule]] = {}
    for one in routed:
        for end in one.certain:
            for name in end.timing.group_by:
                if name != "..." and labels.lacks(one.alert, name) and _mixes(labels.query(one.alert), name):
                    place = end.timing.at("group_by") or end.at
                    lost.setdefault((place, name), {})[id(one.alert)] = one.alert
    for (place, name), found in lost.items():
        alerts = list(found.values())
        names = sorted({alert.name for alert in alerts})
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield Finding(
            f"routes group by {name}, which {len(alerts)} alerts drop: what they say of one {name} comes in "
            f"one message with what they say of another: {', '.join(names[:NAMED])}{more}",
            at=place,
            fix=f"keep {name} in their expressions, unless they are about all of them together",
            operands=tuple(
                Operand(alert.name, f"no {name}", at=alert.at.at("expr")) for alert in alerts[:NAMED]
            ),
            about=routing.subject,
            key=f"group {name} {place.keys}",
            at_most="note",
        )


def _mixes(query: Query | None, label: str) -> bool:
    """Whether results for several values of a label become alerts that nothing tells apart by it."""
    if query is None or not query.labels.kept:
        return False
    asked = [matcher for selector in query.selectors for matcher in selector.asks(label)]
    return not any(matcher.operator == "=" for matcher in asked) and query.functions.isdisjoint(ABSENT)


def _kept(query: Query) -> str:
    """What of the labels an expression keeps, in words."""
    kept = query.labels.kept
    if kept is None:
        return f"the expression drops {', '.join(sorted(query.labels.dropped))}"
    return f"the expression keeps {', '.join(sorted(kept)) or 'no label'}"
