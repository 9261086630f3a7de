"""An alarm that Terraform makes ends at somebody."""

from collections.abc import Iterator

from readiness.api import Finding, Findings, Glob, Operand, Proof, Seconds, Unknown
from readiness.arithmetic.durations import spell_duration
from readiness.evidence.cloudwatch import Alarm, CloudWatch, End
from readiness.evidence.context import ServiceCard
from readiness.evidence.datadog import PAGERS, Monitor
from readiness.evidence.terraform import Resource
from readiness.evidence.terraform_alerts import TerraformAlerts

NAMED = 5  # alarms that a message names before it counts the rest
HOUR = 3600
Doubt = tuple[Resource, str, str]  # a resource, the attribute in doubt, and why


def terraform_chain(
    alerts: TerraformAlerts,
    service: ServiceCard,
    *,
    detect_within: Seconds = HOUR,
    subscribed_topics: tuple[Glob, ...] = (),
) -> Findings:
    """Every alarm of CloudWatch and every monitor of Datadog that Terraform makes ends at somebody.

    Terraform applies an alarm without actions, a topic that nobody subscribes to and a message that names
    nobody without a word. The alarm turns red on a page that nobody looks at.

    Settings:
        detect-within: time in which an alarm of a service of tier 1 has to turn red.
        subscribed-topics: ARNs, names or addresses of topics that somebody subscribes to elsewhere.

    Silent on:
        alarms whose actions scale or mend something, and need tell nobody;
        alarms that a composite alarm, a deployment or a rule of EventBridge looks at;
        monitors that a composite monitor or an objective is made of;
        monitors without a name in their message where rules of notification are in evidence;
        no data, where it is said what it means, whatever is said;
        resources that are commented out, or that `count = 0` does not make.

    Severity: error error warning note

    Source:
        Terraform AWS provider, aws_cloudwatch_metric_alarm; CloudWatch, "Configuring how alarms treat missing
        data"; Terraform Datadog provider, datadog_monitor.
    """
    doubts: list[Doubt] = []
    yield from _cloudwatch(alerts.cloudwatch, service, detect_within, subscribed_topics, doubts)
    for monitor in alerts.monitors:
        yield from _datadog(monitor, alerts, doubts)
    if doubts:
        resource, attribute, why = doubts[0]
        more = f", and of {len(doubts) - 1} more" if len(doubts) > 1 else ""
        raise Unknown(
            f"where {resource.address} ends{more} is not known: {why}",
            resource.place(attribute),
            "name the topics under subscribed-topics, or the folder that calls this module under "
            "evidence.terraform",
        )


def _cloudwatch(
    clouds: CloudWatch,
    service: ServiceCard,
    detect_within: int,
    elsewhere: tuple[str, ...],
    doubts: list[Doubt],
) -> Findings:
    dead: dict[tuple[str, str, str], tuple[Resource, list[Alarm]]] = {}
    for alarm in clouds.alarms:
        ends = clouds.ends(alarm, elsewhere)
        told = [end for end in ends if end.kind == "told"]
        found = [*_actions(alarm, ends, clouds, doubts)]
        for end in ends:
            if end.kind == "dead" and end.topic is not None:
                dead.setdefault(end.topic.key, (end.topic, []))[1].append(alarm)
        if told or any(end.kind in ("dead", "open") for end in ends):
            found += [*_data(alarm), *_time(alarm, service, detect_within)]
        yield from found
        if told and alarm.enabled is True:
            yield Proof(
                f"{alarm.name} tells {', '.join(dict.fromkeys(end.what for end in told))}",
                (Operand("actions", len(ends), at=alarm.resource.place("alarm_actions")),),
                about=alarm.resource.subject,
            )
    for topic, lost in dead.values():
        yield Finding(
            f"nobody subscribes to {topic.address}; what ends there: {_names(lost)}",
            at=topic.at,
            fix=f"add an aws_sns_topic_subscription with topic_arn = {topic.address}.arn, or name it under "
            "subscribed-topics",
            operands=(
                Operand("subscriptions", 0, at=topic.at, worse="less"),
                Operand("alarms", len(lost), at=lost[0].resource.place("alarm_actions"), worse="more"),
            ),
            about=topic.subject,
            key="subscription",
        )
    for subscription in clouds.subscriptions:
        stand_in = subscription.placeholder
        if stand_in is not None:
            yield Finding(
                f"{subscription.resource.address} has {stand_in.why} as its endpoint: {stand_in.shown}",
                at=stand_in.at,
                fix="write the real endpoint",
                about=subscription.resource.subject,
                key="endpoint",
            )


def _actions(
    alarm: Alarm, ends: tuple[End, ...], clouds: CloudWatch, doubts: list[Doubt]
) -> Iterator[Finding]:
    resource = alarm.resource
    if alarm.enabled is False:
        yield Finding(
            f"{alarm.name} has actions_enabled = false: it turns red and tells nobody",
            at=resource.place("actions_enabled"),
            fix="take actions_enabled out, or set it to true",
            about=resource.subject,
            key="enabled",
        )
    elif alarm.enabled is not True and ends:
        doubts.append(
            (resource, "actions_enabled", f"actions_enabled is {resource.module.why_open(alarm.enabled)}")
        )
    if not ends:
        if not clouds.stands_behind(alarm):
            yield Finding(
                f"{alarm.name} has no alarm_actions: it turns red and tells nobody",
                at=resource.place("alarm_actions"),
                fix="set alarm_actions to the ARN of a topic that somebody subscribes to",
                about=resource.subject,
                key="actions",
            )
    elif not any(end.kind in ("told", "acts") for end in ends):
        for end in ends:
            if end.kind == "open":
                doubts.append((resource, "alarm_actions", f"alarm_actions leads to {end.what}"))
                return


def _data(alarm: Alarm) -> Iterator[Finding]:
    if alarm.is_composite:
        return
    missing, resource = alarm.missing_data, alarm.resource
    at = resource.place("treat_missing_data")
    if alarm.watches_for_too_little and missing in (None, "missing", "ignore", "notBreaching"):
        yield Finding(
            f"{alarm.name} watches for too few events, and no data at all counts as {missing or 'missing'}",
            at=at,
            fix='set treat_missing_data = "breaching"',
            operands=(Operand("treat_missing_data", missing or "missing", at=at),),
            about=resource.subject,
            key="data",
            at_most="warning",
        )
    elif missing is None:
        yield Finding(
            f"{alarm.name} does not say what no data means: it goes to INSUFFICIENT_DATA, and tells nobody",
            at=at,
            fix='set treat_missing_data to "breaching" or "notBreaching"',
            about=resource.subject,
            key="data",
            at_most="warning" if not resource.block.value("insufficient_data_actions") else "note",
        )


def _time(alarm: Alarm, service: ServiceCard, most: int) -> Iterator[Finding]:
    seconds = alarm.seconds
    if service.tier == 1 and seconds is not None and seconds > most:
        yield Finding(
            f"{alarm.name} turns red after {spell_duration(seconds)}, {spell_duration(most)} are allowed",
            at=alarm.resource.place("period"),
            fix="make period or evaluation_periods smaller",
            operands=(Operand("seconds to alarm", seconds, "s", alarm.resource.place("period"), "more"),),
            about=alarm.resource.subject,
            key="time",
            at_most="note",
        )


def _datadog(monitor: Monitor, alerts: TerraformAlerts, doubts: list[Doubt]) -> Findings:
    resource = monitor.resource
    _, open_ = monitor.message
    handles = monitor.handles
    told = [handle for handle, shown in handles if shown is not False]
    at = resource.place("message")
    if not told and open_:
        doubts.append((resource, "message", f"its message comes from {', '.join(open_)}"))
    elif not told and not (alerts.is_part(monitor) or alerts.has_notification_rule):
        why = (
            f"names {', '.join(f'@{handle}' for handle, _ in handles)} only in states other than alert"
            if handles
            else "names nobody"
        )
        yield Finding(
            f"the message of {monitor.name} {why}: nobody is told",
            at=at,
            fix="name a handle such as @pagerduty-… in the message, outside of blocks or in {{#is_alert}}",
            about=resource.subject,
            key="handle",
        )
    yield from _datadog_data(monitor)
    yield from _thresholds(monitor)
    pager = next((handle for handle in told if handle.lower().startswith(PAGERS)), "")
    again = resource.value("renotify_interval")
    if pager and again in (None, 0):
        yield Finding(
            f"{monitor.name} pages @{pager} once: renotify_interval is {'left out' if again is None else 0}",
            at=resource.place("renotify_interval"),
            fix="set renotify_interval, such as 60 minutes",
            about=resource.subject,
            key="renotify",
            at_most="note",
        )
    if told:
        yield Proof(
            f"{monitor.name} tells {', '.join(f'@{handle}' for handle in dict.fromkeys(told))}",
            (Operand("handles", len(told), at=at),),
            about=resource.subject,
        )


def _datadog_data(monitor: Monitor) -> Iterator[Finding]:
    resource = monitor.resource
    if monitor.can_lack_data and monitor.reports_no_data is None:
        yield Finding(
            f"{monitor.name} does not say what no data means: when its metric ends, nobody is told",
            at=resource.at,
            fix='set on_missing_data = "show_and_notify_no_data" or notify_no_data = true, or say false',
            about=resource.subject,
            key="data",
            at_most="note",
        )


def _thresholds(monitor: Monitor) -> Iterator[Finding]:
    """What Datadog refuses when the monitor is applied."""
    sign, number = monitor.compares
    found = monitor.thresholds
    critical, warning = found.get("critical"), found.get("warning")
    at = monitor.resource.at
    if critical is not None and number is not None and critical != number:
        yield Finding(
            f"the query of {monitor.name} compares with {number:g}, its critical threshold is {critical:g}",
            at=monitor.resource.place("query"),
            fix=f"write {critical:g} in both",
            about=monitor.resource.subject,
            key="critical",
        )
    if critical is None or warning is None or not sign:
        return
    if warning >= critical if sign.startswith(">") else warning <= critical:
        yield Finding(
            f"{monitor.name} alerts at {sign} {critical:g} and warns at {warning:g}, which is no earlier",
            at=at,
            fix=f"set warning {'below' if sign.startswith('>') else 'above'} {critical:g}",
            operands=(Operand("critical", critical, at=at), Operand("warning", warning, at=at)),
            about=monitor.resource.subject,
            key="warning",
        )


def _names(alarms: list[Alarm]) -> str:
    names = sorted({alarm.name for alarm in alarms})
    more = f" and {len(names) - NAMED} more alarms" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
