"""Alerts are rules that Prometheus loads, and each reaches somebody."""

from collections.abc import Iterator
from datetime import timedelta

from readiness.api import Finding, Findings, NotApplicable, Proof, Text, Unknown
from readiness.arithmetic.durations import prometheus_seconds, spell_duration
from readiness.evidence.alert_rules import TEMPLATE, AlertRule, RecordingRule
from readiness.evidence.alertmanager import AlertmanagerConfig
from readiness.evidence.context import Platform, ServiceCard
from readiness.evidence.routing import PAGING_SEVERITIES, Routed, RoutedAlerts, Severities, is_pager
from readiness.outcome import Operand

NAMED = 5  # alerts that a message names before it counts the rest
CONVENTION = 3  # alerts that share a word make it one


def rules_valid(alerts: tuple[AlertRule, ...], records: tuple[RecordingRule, ...]) -> Findings:
    """Prometheus can load every rule.

    Prometheus refuses a rule file as a whole for one expression that it can't
    parse, and goes on with the rules that it had: the new alerts do not exist,
    and nothing says so.

    Silent on:
        one alert name with several severities or expressions, which is usual;
        expressions in MetricsQL, which another server reads.

    Severity: error error error error

    Source:
        Prometheus documentation, "Alerting rules", "Recording rules"; promtool check rules.
    """
    rules = (*alerts, *records)
    doubtful = [rule for rule in rules if TEMPLATE.search(rule.expr)]
    for rule in rules:
        yield from _broken(rule)
    yield from _twice(rules)
    yield from _groups_twice(rules)
    if doubtful:
        first = doubtful[0]
        raise Unknown(
            f"{len(doubtful)} rules hold a template in their expression, {first.name} first",
            first.at.at("expr"),
            "render the rules, and name the rendered files under evidence.rules",
        )
    if rules:
        yield Proof(f"{len(alerts)} alerts and {len(records)} recording rules parse", about=rules[0].subject)


def severity_label(alert: AlertRule, known: Severities, *, severities: tuple[Text, ...] = ()) -> Findings:
    """An alert says how severe it is, in a word that routing knows.

    Routes and inhibitions go by the severity. An alert without one, or with a
    word that nobody else uses, falls through to the default receiver.

    Settings:
        severities: words beside those that routes and inhibitions mention, critical, warning, info, none,
            page and ticket.

    Silent on:
        an alert name with several severities;
        a word of one's own that three or more alerts share, since that is a convention.

    Severity: error error warning note

    Source:
        Alertmanager documentation, "Configuration", matchers; Prometheus documentation, "Alerting".
    """
    at = alert.at.at("labels", "severity")
    word = alert.severity
    if not word:
        yield Finding(
            f"{alert.name} has no severity label",
            at=at,
            fix="add labels.severity, such as critical or warning",
        )
        return
    if TEMPLATE.search(word):
        yield Finding(
            f"{alert.name} has a template as its severity: the alert changes its identity with it",
            at=at,
            fix="write two rules, each with one severity",
            at_most="warning",
        )
        return
    shared = known.used_by(word)
    if known.mention(word) or word in severities or shared >= CONVENTION:
        yield Proof(f"{alert.name} has severity {word}", (Operand("severity", word, at=at),))
        return
    near = known.nearest(word, severities)
    if near:
        yield Finding(
            f"{alert.name} has severity {word}, which nothing else mentions; did you mean {near}?",
            at=at,
            fix=f"set labels.severity to {near}, or name {word} in the setting severities",
        )
    else:
        yield Finding(
            f"{alert.name} has severity {word}, which no route and no inhibition mentions",
            at=at,
            fix=f"route it, or name {word} in the setting severities",
            at_most="warning",
        )


def routed(
    alerts: RoutedAlerts,
    service: ServiceCard,
    platform: Platform,
    *,
    paging_severities: tuple[Text, ...] = PAGING_SEVERITIES,
    allow_null: tuple[Text, ...] = ("InfoInhibitor", "Watchdog"),
) -> Findings:
    """Every alert reaches somebody, and those that have to wake somebody reach a pager.

    A rule that fires is worth nothing when its route ends at a receiver that
    sends nothing, at an address that was never filled in, or at a chat channel
    at night. Each alert is walked through the tree as Alertmanager does it.

    Settings:
        paging-severities: severities of alerts that have to reach a pager.
        allow-null: alerts that may reach nobody.

    Silent on:
        alerts of severity info or none that reach nobody;
        alerts whose way depends on labels of the series, unless no way reaches anybody.

    Severity: error error warning note

    Source:
        Alertmanager documentation, "Configuration", route and receiver.
    """
    config = alerts.routing.config
    if not alerts.routed:
        raise NotApplicable("no alert to route")
    about = alerts.routing.subject
    for problem in config.problems:
        yield Finding(
            f"Alertmanager refuses the configuration: {problem.why}",
            at=problem.at,
            fix="mend it; until then the old configuration stays loaded",
            about=about,
            key=problem.why,
        )
    walk = _Walk(alerts, paging_severities, allow_null)
    yield from _to_nobody(walk)
    expects_pager = walk.has_pager or bool(platform.uses.get("paging"))
    if expects_pager:
        yield from _to_no_pager(walk)
    yield from _needless_pages(walk)
    yield from _placeholders(walk)
    yield from _timing(walk, service.tier)
    yield from _proofs(walk)
    if walk.doubtful:
        one = walk.doubtful[0]
        raise Unknown(
            f"whether {_names([routed.alert for routed in walk.doubtful])} reach anybody depends on labels "
            "that the rules do not set",
            one.alert.at.at("labels"),
            f"set the labels that routes match on; try: {config.amtool_line(one.labels)}",
        )


class _Walk:
    """The alerts sorted by where they end."""

    def __init__(self, alerts: RoutedAlerts, paging: tuple[str, ...], allow_null: tuple[str, ...]) -> None:
        self.alerts = alerts
        self.config: AlertmanagerConfig = alerts.routing.config
        self.has_pager = any(is_pager(self.config, name) for name in self.config.receivers)
        self.dead: dict[str, list[Routed]] = {}  # by the receiver that swallows them
        self.unpaged: dict[str, list[Routed]] = {}  # by the receiver that is no pager
        self.needless: dict[str, list[Routed]] = {}  # by the pager
        self.alive: list[Routed] = []
        self.doubtful: list[Routed] = []
        self.paging = [one for one in alerts.routed if _must_page(one.alert, paging)]
        must_page = {id(one) for one in self.paging}
        for one in alerts.routed:
            self._sort(one, id(one) in must_page, allow_null)

    def _sort(self, one: Routed, must_page: bool, allow_null: tuple[str, ...]) -> None:
        sends = [end for end in one.reached if self.sends(end.receiver)]
        certain = [end for end in sends if end.certain]
        if not sends:
            exempt = one.alert.name in allow_null or one.alert.severity.lower() in ("none", "info")
            if one.reached and not exempt:
                self.dead.setdefault(one.reached[0].receiver, []).append(one)
            return
        if not certain and any(end.certain or not self.sends(end.receiver) for end in one.reached):
            self.doubtful.append(one)
            return
        self.alive.append(one)
        pagers = [end for end in sends if is_pager(self.config, end.receiver)]
        if must_page and not pagers:
            self.unpaged.setdefault(sends[0].receiver, []).append(one)
        if not must_page and one.alert.severity and not TEMPLATE.search(one.alert.severity):
            for end in pagers:
                if end.certain:
                    self.needless.setdefault(end.receiver, []).append(one)

    def sends(self, receiver: str) -> bool:
        found = self.config.receivers.get(receiver)
        return found is not None and bool(found.integrations)


def _must_page(alert: AlertRule, severities: tuple[str, ...]) -> bool:
    return alert.severity.lower() in {word.lower() for word in severities} or bool(alert.labels.get("pager"))


def _to_nobody(walk: _Walk) -> Iterator[Finding]:
    for name, lost in sorted(walk.dead.items()):
        receiver = walk.config.receivers.get(name)
        at = receiver.at if receiver is not None else lost[0].reached[0].at
        yield Finding(
            f"receiver {name} sends nothing; what ends there: {_names([one.alert for one in lost])}",
            at=at,
            fix=f"give {name} an integration such as pagerduty_configs, or route elsewhere; "
            f"try: {walk.config.amtool_line(lost[0].labels)}",
            operands=(Operand("alerts that reach nobody", len(lost), at=lost[0].alert.at, worse="more"),),
            about=walk.alerts.routing.subject._replace(part=name),
            key="nobody",
        )


def _to_no_pager(walk: _Walk) -> Iterator[Finding]:
    for name, lost in sorted(walk.unpaged.items()):
        end = next(end for end in lost[0].reached if end.receiver == name)
        yield Finding(
            f"{name} is no pager; what has to page and ends there: {_names([one.alert for one in lost])}",
            at=end.at,
            fix=f"route them to a receiver with a pager; try: {walk.config.amtool_line(lost[0].labels)}",
            operands=(Operand("alerts that reach no pager", len(lost), at=lost[0].alert.at, worse="more"),),
            about=walk.alerts.routing.subject._replace(part=name),
            key="no-pager",
        )


def _needless_pages(walk: _Walk) -> Iterator[Finding]:
    for name, lost in sorted(walk.needless.items()):
        end = next(end for end in lost[0].reached if end.receiver == name)
        words = ", ".join(sorted({one.alert.severity for one in lost}))
        yield Finding(
            f"{name} is a pager; what ends there as {words}: {_names([one.alert for one in lost])}",
            at=end.at,
            fix=f"route severity {words} to a ticket; try: {walk.config.amtool_line(lost[0].labels)}",
            operands=(Operand("alerts that page needlessly", len(lost), at=lost[0].alert.at, worse="more"),),
            about=walk.alerts.routing.subject._replace(part=name),
            key="needless",
            at_most="warning",
        )


def _placeholders(walk: _Walk) -> Iterator[Finding]:
    reached = {end.receiver for one in walk.alerts.routed for end in one.reached}
    for name in sorted(reached):
        receiver = walk.config.receivers.get(name)
        for found in receiver.placeholders if receiver is not None else ():
            yield Finding(
                f"receiver {name} has {found.why} as its {found.field}: {found.shown}",
                at=found.at,
                fix=f"write the real {found.field}, or {found.field}_file",
                about=walk.alerts.routing.subject._replace(part=name),
                key=f"placeholder {found.field} {found.at.keys}",
            )


def _timing(walk: _Walk, tier: int) -> Iterator[Finding]:
    """Routes that are never active, that sleep while they have to page, or that remind too seldom."""
    seen: set[object] = set()
    for one in walk.alerts.routed:
        for end in one.reached:
            if end.at in seen or not walk.sends(end.receiver):
                continue
            seen.add(end.at)
            pager = is_pager(walk.config, end.receiver)
            about = walk.alerts.routing.subject._replace(part=end.receiver)
            for name in end.timing.mute:
                interval = walk.config.time_intervals.get(name)
                if interval is not None and interval.covers_every_week:
                    yield Finding(
                        f"the route to {end.receiver} is muted by {name}, which covers the whole week",
                        at=end.at, fix=f"narrow {name}, or take it out of mute_time_intervals",
                        about=about, key=f"mute {name}",
                    )  # fmt: skip
                elif interval is not None and pager and tier == 1 and interval.minutes_of_week:
                    yield Finding(
                        f"the route to {end.receiver} pages nobody during {name}, in a service of tier 1",
                        at=end.at, fix=f"take {name} out of that route", about=about, key=f"mute {name}",
                    )  # fmt: skip
            if end.timing.active and pager and tier == 1:
                covered = 0
                for name in end.timing.active:
                    interval = walk.config.time_intervals.get(name)
                    covered |= interval.minutes_of_week if interval is not None else 0
                if covered != WHOLE_WEEK:
                    names = ", ".join(end.timing.active)
                    yield Finding(
                        f"the route to {end.receiver} pages only during {names}, in a service of tier 1",
                        at=end.at, fix="leave active_time_intervals out of the paging route",
                        about=about, key="active",
                    )  # fmt: skip
            repeat = end.timing.repeat_interval
            place = end.timing.at("repeat_interval") or end.at
            if pager and repeat > timedelta(hours=24):
                yield Finding(
                    f"the route to {end.receiver} repeats a page after {_spelled(repeat)}, 24h are needed",
                    at=place, fix="set repeat_interval to 24h or less", about=about, key="repeat",
                    operands=(Operand("repeat_interval", int(repeat.total_seconds()), "s", place, "more"),),
                    at_most="warning",
                )  # fmt: skip


WHOLE_WEEK = (1 << 7 * 24 * 60) - 1


def _proofs(walk: _Walk) -> Iterator[Proof]:
    for one in walk.alive:
        ends = [end for end in one.certain if walk.sends(end.receiver)] or list(one.reached)
        ways = ", ".join(
            f"{end.receiver} ({', '.join(sorted(walk.config.receivers[end.receiver].kinds))})"
            for end in ends
            if end.receiver in walk.config.receivers
        )
        yield Proof(
            f"{one.alert.name} reaches {ways}",
            (
                Operand("severity", one.alert.severity, at=one.alert.at.at("labels", "severity")),
                Operand("route", ends[0].receiver, at=ends[0].at),
            ),
            about=one.alert.subject,
        )


def _broken(rule: AlertRule) -> Iterator[Finding]:
    kind = "alert" if rule.FIELD == "alert" else "recording rule"
    problem = "" if TEMPLATE.search(rule.expr) else rule.problem
    if problem:
        yield Finding(
            f"{kind} {rule.name} is no PromQL: {problem}",
            at=rule.at.at("expr"),
            fix="mend the expression; promtool check rules says the same",
            about=rule.subject,
            key="expr",
        )
    if rule.hold:
        try:
            prometheus_seconds(rule.hold)
        except ValueError as wrong:
            yield Finding(
                f"alert {rule.name} has for: {rule.hold}: {wrong}",
                at=rule.at.at("for"),
                fix="write a duration such as 5m",
                about=rule.subject,
                key="for",
            )


def _twice(rules: tuple[AlertRule, ...]) -> Iterator[Finding]:
    """Rules that stand twice: both fire, or Prometheus refuses the group."""
    seen: dict[object, AlertRule] = {}
    for rule in rules:
        key = (rule.FIELD, rule.name, tuple(sorted(rule.labels.items())), " ".join(rule.expr.split()))
        first = seen.setdefault(key, rule)
        if first is not rule and first.at.file == rule.at.file:
            yield Finding(
                f"{rule.name} stands twice, with the same labels and expression",
                at=rule.at,
                fix="delete one of the two",
                operands=(Operand("the other one", first.name, at=first.at),),
                about=rule.subject,
                key="twice",
            )


def _groups_twice(rules: tuple[AlertRule, ...]) -> Iterator[Finding]:
    seen: dict[object, tuple[str | int, ...]] = {}
    told: set[object] = set()
    for rule in rules:
        if "groups" not in rule.at.keys:
            continue
        until = rule.at.keys.index("groups") + 2
        group = rule.at.keys[:until]
        key = (rule.at.source, rule.at.file, rule.at.document, group[:-1], rule.group)
        if seen.setdefault(key, group) != group and (key, group) not in told:
            told.add((key, group))
            yield Finding(
                f"group {rule.group} stands twice in one file: Prometheus refuses the file",
                at=rule.at._replace(keys=(*group, "name")),
                fix="give the second group a name of its own",
                about=rule.subject,
                key="group",
            )


def _names(alerts: list[AlertRule]) -> str:
    names = sorted({alert.name for alert in alerts})
    if len(names) <= NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more alerts"


def _spelled(span: timedelta) -> str:
    return spell_duration(int(span.total_seconds()))
