"""Somebody notices when alerting itself stops."""

import re
from collections.abc import Iterator
from datetime import timedelta
from math import ceil

from readiness.api import Finding, Findings, Known, NotApplicable, Operand, Proof, Seconds, Unknown
from readiness.arithmetic.durations import spell_duration
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.alertmanager import Integration, Reached
from readiness.evidence.conditions import literals_of
from readiness.evidence.inhibitions import Inhibitions
from readiness.evidence.routing import Routed, RoutedAlerts
from readiness.outcome import Worse

CHATS = frozenset(
    {
        "discord", "email", "mattermost", "msteams", "msteamsv2", "rocketchat", "slack", "telegram", "webex",
        "wechat",
    }
)  # fmt: skip
LIKE_A_HEARTBEAT = re.compile(r"(?i)watch_?dog|dead_?mans?|heart_?beat|snitch|always_?firing")
INSIDE = re.compile(r"(?i)^(?:localhost|127\.[\d.]+|[^.]+|.+\.svc|.+\.cluster\.local)$")


def deadman(
    alerts: RoutedAlerts, inhibitions: Inhibitions, rules: Known[AlertRule], *, timeout: Seconds = 3600
) -> Findings:
    """An alert that always fires tells somebody outside that alerting works, and is missed when it stops.

    When Prometheus, its rules or Alertmanager are down no alert fires, and that looks like a quiet night.
    A heartbeat is the only alert whose absence is noticed, if something waits for it.

    Settings:
        timeout: how long the heartbeat may be away before whoever waits for it has to know.

    Silent on:
        a heartbeat of another repository, where a route takes it by its name;
        receivers that send to an address outside of the cluster, whatever is behind it;
        an inhibition whose source or target is not certain.

    Severity: error warning note note

    Source:
        Prometheus documentation, "Alerting best practices", "Metamonitoring"; kube-prometheus, Watchdog.
    """
    beats = [one for one in alerts.routed if one.alert.always]
    if not beats:
        yield _none(alerts, rules)
        return
    for beat in beats:
        found = list(_lost(beat, alerts)) or [
            *_unnoticed(beat, alerts, timeout), *_silenced(beat, inhibitions),
        ]  # fmt: skip
        yield from found
        if not found:
            end = beat.reached[0]
            ways = alerts.routing.config.receivers[end.receiver].integrations
            yield Proof(
                f"{beat.alert.name} reaches {end.receiver} ({_listed(ways)}) every {_spelled(_every(end))}",
                (
                    _operand("repeated after", _every(end), end),
                    Operand("timeout", timeout, "s"),
                ),
                about=beat.alert.subject,
                at=beat.alert.at,
            )


def _none(alerts: RoutedAlerts, rules: Known[AlertRule]) -> Finding:
    root = alerts.routing.config.root
    for route in root:
        for name in literals_of(route.matchers, "alertname"):
            if LIKE_A_HEARTBEAT.search(name):
                raise NotApplicable(
                    f"{name}, which goes to {route.receiver}, is a rule of another repository"
                )
    rules.none_of(lambda rule: rule.always)
    return Finding(
        f"none of {len(alerts.routed)} alerts fires all the time: nothing tells when alerts stop coming",
        at=root.at,
        fix="add an alert with expr: vector(1), and route it to something that waits for it outside",
        operands=(Operand("alerts that always fire", 0, at=root.at, worse="less"),),
        about=alerts.routing.subject,
        key="none",
        at_most="warning",
    )


def _lost(beat: Routed, alerts: RoutedAlerts) -> Iterator[Finding]:
    """A heartbeat that is sent to nobody."""
    receivers = alerts.routing.config.receivers
    if any(receivers[end.receiver].integrations for end in beat.reached if end.receiver in receivers):
        return
    more = alerts.routing.more
    if more is not None:
        raise Unknown(
            f"whether {beat.alert.name} reaches anybody depends on the AlertmanagerConfig in {more.file}, "
            f"which can't be followed: {alerts.routing.why_more}",
            more,
        )
    end = beat.reached[0]
    yield Finding(
        f"{beat.alert.name} ends at receiver {end.receiver}, which sends nothing",
        at=receivers[end.receiver].at if end.receiver in receivers else end.at,
        fix=f"give {end.receiver} a webhook_configs with the address of a service that waits for heartbeats",
        operands=(Operand("alert", beat.alert.name, at=beat.alert.at),),
        about=beat.alert.subject,
        key="lost",
    )


def _unnoticed(beat: Routed, alerts: RoutedAlerts, timeout: int) -> Iterator[Finding]:
    """A heartbeat that arrives where its absence says nothing, or too seldom."""
    config = alerts.routing.config
    ends = [end for end in beat.reached if end.receiver in config.receivers]
    told = [(end, config.receivers[end.receiver].integrations) for end in ends]
    kept = [(end, ways) for end, ways in told if any(way.kind not in CHATS for way in ways)]
    end, ways = kept[0] if kept else next((end, ways) for end, ways in told if ways)
    others = sorted(
        {
            one.alert.name
            for one in alerts.routed
            if not one.alert.always and any(other.receiver == end.receiver for other in one.reached)
        }
    )
    why = fix = ""
    if not kept:
        why = f"goes to {_listed(ways)}: people there do not miss what does not come"
        fix = "send it to a service that waits for heartbeats and pages when one is missing"
    elif others:
        why = (
            f"goes to {end.receiver} as {len(others)} other alerts do, such as {others[0]}: nobody misses it"
        )
        fix = "give it a receiver of its own, at a service that waits for heartbeats"
    elif all(way.host and INSIDE.match(way.host) for way in ways):
        why = f"goes to {ways[0].host}, which is in the cluster: both fall silent together"
        fix = "send it to an address outside of the cluster"
    if why:
        yield Finding(
            f"{beat.alert.name} {why}",
            at=config.receivers[end.receiver].at,
            fix=fix,
            operands=(Operand("alert", beat.alert.name, at=beat.alert.at),),
            about=beat.alert.subject,
            key="unnoticed",
            at_most="warning",
        )
    if _every(end).total_seconds() > timeout:
        yield Finding(
            f"{beat.alert.name} is repeated after {_spelled(_every(end))}, "
            f"{spell_duration(timeout)} at most are needed for it to be missed",
            at=end.timing.at("repeat_interval") or end.at,
            fix=f"set repeat_interval and group_interval of its route to {spell_duration(timeout // 3)}",
            operands=(_operand("repeated after", _every(end), end, "more"), Operand("timeout", timeout, "s")),
            about=beat.alert.subject,
            key="seldom",
        )


def _silenced(beat: Routed, inhibitions: Inhibitions) -> Iterator[Finding]:
    for end in beat.reached:
        names = (*end.timing.mute, *end.timing.active)
        if names and end.certain:
            field = "mute_time_intervals" if end.timing.mute else "active_time_intervals"
            yield Finding(
                f"{beat.alert.name} is not sent all the time: its route has {field} {', '.join(names)}",
                at=end.timing.at(field) or end.at,
                fix=f"take {field} out of the route of {beat.alert.name}",
                operands=(Operand("alert", beat.alert.name, at=beat.alert.at),),
                about=beat.alert.subject,
                key=f"muted {end.receiver}",
            )
    for number, one in enumerate(inhibitions.rules):
        mine = next((side for side in one.targets if side.alert is beat.alert and side.certain), None)
        source = next((side for side in one.sources if mine is not None and one.acts(side, mine)), None)
        if source is not None:
            yield Finding(
                f"{beat.alert.name} is silenced while {source.alert.name} fires, by the inhibition of {one}",
                at=one.rule.at,
                fix=f"leave {beat.alert.name} out of its targets",
                operands=(Operand("alert", beat.alert.name, at=beat.alert.at),),
                about=beat.alert.subject,
                key=f"inhibited {number}",
            )


def _every(end: Reached) -> timedelta:
    """After how long it is sent again: Alertmanager looks once in each group_interval."""
    repeat, look = end.timing.repeat_interval, end.timing.group_interval
    return look * max(1, ceil(repeat / look)) if look else repeat


def _listed(ways: tuple[Integration, ...]) -> str:
    return ", ".join(f"{way.kind} at {way.host}" if way.host else way.kind for way in ways)


def _operand(name: str, span: timedelta, end: Reached, worse: Worse = "") -> Operand:
    return Operand(name, int(span.total_seconds()), "s", end.timing.at("repeat_interval") or end.at, worse)


def _spelled(span: timedelta) -> str:
    return spell_duration(int(span.total_seconds()))
