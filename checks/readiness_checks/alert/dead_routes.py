"""Routes lead somewhere that an alert can go."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from readiness.api import Finding, Findings, Known, NotApplicable, Operand, Proof, Text, Unknown
from readiness.evidence.alert_rules import TEMPLATE, AlertRule
from readiness.evidence.alertmanager import Reached, Route
from readiness.evidence.conditions import Conditions
from readiness.evidence.context import ServiceCard
from readiness.evidence.route_tree import RouteTree, spelled
from readiness.evidence.routing import RoutedAlerts
from readiness.evidence.targets import slip_of
from readiness.outcome import Subject

MOST = 300  # findings of one sort: a report of more helps nobody
OWN_LABELS = ("service", "app", "application")  # that say of whose alerts a route is


def dead_route(
    tree: RouteTree,
    alerts: RoutedAlerts,
    rules: Known[AlertRule],
    service: ServiceCard,
    *,
    own: tuple[Text, ...] = (),
) -> Findings:
    """Each route, receiver and time interval is of use: some alert can come to it.

    Somebody wrote a route so that an alert reaches them. Where an earlier route takes that alert, where two
    matchers exclude each other, or where the alert was renamed, it goes elsewhere, and nothing says so.

    Settings:
        own: values of the labels service, app and application that only alerts of these sources have, beside
            the name of the service.

    Silent on:
        routes for alerts of other repositories, since nobody here knows these;
        an earlier route that says continue;
        two patterns of which it can't be told whether a text fits both;
        alerts that the labels of their series may lead to the route.

    Severity: warning warning note note

    Source:
        Alertmanager documentation, "Configuration", route; prometheus/alertmanager, dispatch/route.go.
    """
    yield from islice(_out_of_reach(tree), MOST)
    yield from islice(_unused(tree), MOST)
    judged = _Judged(tree, alerts, (service.name, *own))
    missed = list(islice(judged.findings(), MOST))
    if missed and not rules.complete:
        raise Unknown(rules.why)
    yield from missed
    if not len(tree):
        raise NotApplicable("everything goes to one receiver")
    yield Proof(
        f"{len(tree.open)} of {len(tree)} routes can be reached; {judged.used} of them take an alert of this "
        f"service, {len(tree.open) - judged.used} are for others",
        (
            Operand("routes", len(tree), at=tree.routing.config.root.at),
            Operand("alerts", len(alerts.routed)),
        ),
        at=tree.routing.at,
    )


def _called(tree: RouteTree, route: Route) -> str:
    return spelled(tree.routing.config.way_to(route))


def _key(alike: Counter[str], sort: str, called: str) -> str:
    key = f"{sort} {called}"
    alike[key] += 1
    return f"{key} {alike[key]}" if alike[key] > 1 else key


def _about(tree: RouteTree, route: Route) -> Subject:
    return tree.routing.subject._replace(part=_called(tree, route)[:200])


def _out_of_reach(tree: RouteTree) -> Iterator[Finding]:
    alike = Counter[str]()  # routes that ask for the same
    for found in tree.contradicted:
        first, second = found.by
        above = ", which stands above it" if found.above is not None else ""
        yield Finding(
            f"the route to {found.route.receiver} asks for {second} and for {first}{above}: "
            "no alert has both",
            at=found.route.at,
            fix=f"take {first} or {second} away, or move the route out of the one above",
            operands=(Operand("the other matcher", str(first), at=(found.above or found.route).at),),
            about=_about(tree, found.route),
            key=_key(alike, "contradiction", _called(tree, found.route)),
        )
    for route, by in tree.shadowed:
        yield Finding(
            f"the route to {route.receiver} comes too late: an earlier one, to {by.receiver}, takes "
            f"{spelled((by,))} and with it all of {_called(tree, route)}",
            at=route.at,
            fix=f"move it before the one to {by.receiver}, or let that one say continue: true",
            operands=(Operand("the earlier route", by.receiver, at=by.at),),
            about=_about(tree, route),
            key=_key(alike, "shadowed", _called(tree, route)),
        )


def _unused(tree: RouteTree) -> Iterator[Finding]:
    for receiver in tree.unused_receivers:
        ways = ", ".join(sorted(receiver.kinds))
        yield Finding(
            f"receiver {receiver.name} ({ways or 'sends nothing'}) is named by no route",
            at=receiver.at,
            fix=f"route to {receiver.name}, or delete it",
            about=tree.routing.subject._replace(part=receiver.name),
            key="receiver",
            at_most=None if ways else "note",
        )
    for interval in tree.unused_intervals:
        yield Finding(
            f"time interval {interval.name} is named by no route",
            at=interval.at,
            fix=f"name {interval.name} under mute_time_intervals or active_time_intervals, or delete it",
            about=tree.routing.subject._replace(part=interval.name),
            key="interval",
            at_most="note",
        )


class _Judged:
    """Which routes the alerts in evidence come to, and which of the others were meant for them."""

    def __init__(self, tree: RouteTree, alerts: RoutedAlerts, own: tuple[str, ...]) -> None:
        self.tree = tree
        self.own = frozenset(own)
        self.names: dict[str, AlertRule] = {}
        self.ends: dict[str, list[Reached]] = {}
        for one in alerts.routed:
            if not TEMPLATE.search(one.alert.name):
                self.names.setdefault(one.alert.name, one.alert)
                self.ends.setdefault(one.alert.name, []).extend(one.reached)
        root = alerts.routing.config
        reached = {id(end.route) for one in alerts.routed for end in (*one.reached, *one.widest)}
        self._through = {id(node) for node in root.root if id(node) in reached}
        for node in root.root:
            if id(node) in reached:
                self._through.update(map(id, root.way_to(node)))
        self.used = sum(1 for route, _ in tree.open if id(route) in self._through)

    def findings(self) -> Iterator[Finding]:
        alike = Counter[str]()
        for route, asked in self.tree.open:
            names = (asked.values("alertname") or frozenset()) - {""}
            yield from self._renamed(route, names, alike)
            if id(route) in self._through:
                continue
            if names and names <= self.names.keys():
                yield self._missed(route, names, alike)
            elif self._is_own(asked):
                yield self._missed(route, frozenset(), alike)

    def _is_own(self, asked: Conditions) -> bool:
        return any(
            values and values <= self.own
            for label in OWN_LABELS
            if (values := asked.values(label)) is not None
        )

    def _renamed(self, route: Route, names: frozenset[str], alike: Counter[str]) -> Iterator[Finding]:
        for name in sorted(names - self.names.keys()):
            near = slip_of(name, self.names.keys() - names)
            if near:
                yield Finding(
                    f"the route to {route.receiver} is for {name}, and no alert is called so; "
                    f"did you mean {near}?",
                    at=route.at,
                    fix=f"write {near} in its matcher",
                    operands=(Operand("the alert", near, at=self.names[near].at),),
                    about=_about(self.tree, route),
                    key=_key(alike, f"renamed {name}", _called(self.tree, route)),
                )

    def _missed(self, route: Route, names: frozenset[str], alike: Counter[str]) -> Finding:
        called = _called(self.tree, route)
        who = "no alert comes"
        if names:
            ends = sorted({end.receiver for name in names for end in self.ends[name]})
            who = f"{', '.join(sorted(names))} goes to {', '.join(ends)} and never comes"
        return Finding(
            f"{who} to the route for {called}, which leads to {route.receiver}",
            at=route.at,
            fix="mend its matchers or the labels of the alert, or delete the route",
            operands=tuple(Operand("the alert", name, at=self.names[name].at) for name in sorted(names)[:5]
                           if name in self.names),
            about=_about(self.tree, route),
            key=_key(alike, "missed", called),
        )  # fmt: skip
