"""Alarms of CloudWatch in Terraform, and where their actions lead: to a topic, and who subscribes to it.

Ignored on purpose: what AWS itself holds. A topic that is made elsewhere may have subscribers there, and one
that is handed to a module that is not at hand, to a script or to other stacks may get them there: both are
said to be open, never taken for none.

Source:
    Terraform AWS provider, aws_cloudwatch_metric_alarm, aws_cloudwatch_composite_alarm,
    aws_sns_topic_subscription; CloudWatch, "Configuring how alarms treat missing data".
"""

import fnmatch
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple, Self

from readiness.evidence.hcl import Expression
from readiness.evidence.receivers import Placeholder, stand_in
from readiness.evidence.terraform import Module, Referred, Resource, Terraform
from readiness.known import Unreadable

METRIC, COMPOSITE = "aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"
TOPIC, SUBSCRIPTION, RULE = "aws_sns_topic", "aws_sns_topic_subscription", "aws_cloudwatch_event_rule"
TYPES = (METRIC, COMPOSITE, TOPIC, SUBSCRIPTION, RULE)
STATE_CHANGE = "CloudWatch Alarm State Change"
# Actions that mend or scale something, and tell nobody.
_ACTING = ("autoscaling", "appautoscaling", "automate", "swf")
# What a topic may be handed to, for somebody else to subscribe.
_HANDED_ON = frozenset(
    {
        "aws_cloudformation_stack", "aws_cloudformation_stack_set", "aws_ssm_parameter", "null_resource",
        "terraform_data", "local_file", "kubernetes_config_map",
    }
)  # fmt: skip


class End(NamedTuple):
    """Where one action of an alarm leads."""

    kind: str  # told, acts, dead (a topic that nobody subscribes to) or open
    what: str
    topic: Resource | None = None


class Alarm(NamedTuple):
    """One metric or composite alarm."""

    resource: Resource

    @property
    def name(self) -> str:
        """Its name in CloudWatch where it is plain, else its address."""
        found = self.resource.value("alarm_name")
        return found if isinstance(found, str) else self.resource.address

    @property
    def actions(self) -> tuple[Any, ...]:
        return self.resource.items("alarm_actions")

    @property
    def enabled(self) -> Any:
        """Whether its actions are on: true where it is left out, an Expression where it is open."""
        found = self.resource.flag("actions_enabled")
        return True if found is None else found

    @property
    def is_composite(self) -> bool:
        return self.resource.type == COMPOSITE

    @property
    def missing_data(self) -> Any:
        """What counts where there is no data; None where nothing is said, which is `missing`."""
        return self.resource.value("treat_missing_data")

    @property
    def watches_for_too_little(self) -> bool:
        """Whether it alarms at few events, so that none at all is the worst case."""
        below = str(self.resource.value("comparison_operator")).startswith("LessThan")
        return below and self.resource.value("statistic") in ("Sum", "SampleCount")

    @property
    def seconds(self) -> int | None:
        """How long it takes to alarm; None where a number is open or it has several metrics."""
        period = self.resource.number("period")
        points = self.resource.number("datapoints_to_alarm") or self.resource.number("evaluation_periods")
        return period * points if period and points else None


class Subscription(NamedTuple):
    resource: Resource

    @property
    def placeholder(self) -> Placeholder | None:
        endpoint = self.resource.value("endpoint")
        at = self.resource.place("endpoint")
        return stand_in("endpoint", endpoint, at) if isinstance(endpoint, str) else None


class CloudWatch:
    """All alarms, topics and subscriptions, joined."""

    def __init__(self, resources: Iterable[Resource], terraform: Terraform, broken: bool) -> None:
        by_type: dict[str, list[Resource]] = {}
        for one in resources:
            by_type.setdefault(one.type, []).append(one)
        made = {
            kind: [one for one in found if one.block.type == "resource"] for kind, found in by_type.items()
        }
        self.alarms = tuple(Alarm(one) for kind in (METRIC, COMPOSITE) for one in made.get(kind, ()))
        self.subscriptions = tuple(Subscription(one) for one in made.get(SUBSCRIPTION, ()))
        self._topics = made.get(TOPIC, [])
        self._by_name: dict[str, Resource] = {}
        for topic in self._topics:
            name = topic.value("name")
            if isinstance(name, str):
                self._by_name[name] = topic
        self._subscribed: set[tuple[str, str, str]] = set()
        self._open: list[Resource] = []  # subscriptions of nobody knows which topic
        for subscription in self.subscriptions:
            for value in subscription.resource.values("topic_arn"):
                self._subscribe(subscription.resource, value)
        composites = [one.resource for one in self.alarms if one.is_composite]
        self._children = {found.key for one in composites for found in one.module.resources_in(one.block)}
        self._names = {
            name
            for one in composites
            for name in re.findall(r'ALARM\(\\?["\']?([^"\')\\]+)', _text(one.value("alarm_rule")))
        }
        self._by_event = any(STATE_CHANGE in _whole(one) for one in made.get(RULE, ()))
        self._terraform = terraform
        self._broken = broken

    @classmethod
    def of(cls, terraform: Terraform) -> "tuple[Self, tuple[Unreadable, ...]]":
        found = tuple(terraform.of(*TYPES))
        broken = tuple(one for one in found if isinstance(one, Unreadable))
        return cls((one for one in found if isinstance(one, Resource)), terraform, bool(broken)), broken

    def ends(self, alarm: Alarm, elsewhere: tuple[str, ...]) -> tuple[End, ...]:
        """Where the actions of an alarm lead; `elsewhere` are topics that are known to be subscribed to."""
        return tuple(self._end(alarm, action, elsewhere) for action in alarm.actions)

    def stands_behind(self, alarm: Alarm) -> str:
        """What looks at an alarm that has no action of its own; empty where nothing does."""
        if alarm.resource.key in self._children or alarm.name in self._names:
            return "a composite alarm"
        if self._by_event:
            return "a rule of EventBridge about changes of alarms"
        for other in alarm.resource.module.resources.values():
            if other.key != alarm.resource.key and any(
                one.key == alarm.resource.key for one in other.module.resources_in(other.block)
            ):
                return other.address
        return ""

    def _subscribe(self, subscription: Resource, value: Any) -> None:
        topic = self._topic(value)
        if topic is not None:
            self._subscribed.add(topic.key)
        elif isinstance(value, Referred) and isinstance(value.resource.value("name"), str):
            return  # a topic that is made elsewhere, by its name
        elif not isinstance(value, str):
            self._open.append(subscription)

    def _topic(self, value: Any) -> Resource | None:
        """The topic at hand that a value leads to."""
        if isinstance(value, Referred):
            one = value.resource
            if one.type == TOPIC and one.block.type == "resource":
                return one
            name = one.value("name") if one.type == TOPIC else None
            return self._by_name.get(name) if isinstance(name, str) else None
        if isinstance(value, str) and ":sns:" in value:
            return self._by_name.get(value.rpartition(":")[2])
        return None

    def _end(self, alarm: Alarm, action: Any, elsewhere: tuple[str, ...]) -> End:
        topic = self._topic(action)
        if topic is not None:
            return self._of_topic(topic)
        text = action.text if isinstance(action, Referred | Expression) else str(action)
        if any(fnmatch.fnmatchcase(text, glob) for glob in elsewhere):
            return End("told", text)
        if isinstance(action, Referred):
            kind = action.resource.type
            if kind == TOPIC:
                return End("open", f"{text}, a topic that is made elsewhere")
            acts = any(word in kind for word in _ACTING)
            return End("acts" if acts else "told", text)
        if isinstance(action, str):
            service = (*action.split(":"), "", "", "")[2]
            if service == "sns":
                return End("open", f"{text}, a topic that is made elsewhere")
            return End("acts" if service in _ACTING else "told", text)
        why = alarm.resource.module.why_open(action)
        return End("open", why)

    def _of_topic(self, topic: Resource) -> End:
        if topic.key in self._subscribed:
            return End("told", topic.address, topic)
        for why in self._handed_on(topic):
            return End("open", f"{topic.address}, {why}", topic)
        return End("dead", topic.address, topic)

    def _handed_on(self, topic: Resource) -> Iterator[str]:
        """By whom a topic without a subscription at hand may be subscribed to."""
        if self._broken:
            yield "to which a file may subscribe that can't be read"
        for one in self._open:
            yield f"to which {one.address} may subscribe"
        yield from self._ways.get(topic.key, ())

    @cached_property
    def _ways(self) -> dict[tuple[str, str, str], list[str]]:
        """To whom topics are handed, by topic."""
        found: dict[tuple[str, str, str], list[str]] = {}
        for module in self._terraform.modules.values():
            for resource, why in _handed(module):
                if resource.type == TOPIC:
                    found.setdefault(resource.key, []).append(why)
        return found


def _handed(module: Module) -> Iterator[tuple[Resource, str]]:
    for name, block in module.calls.items():
        if module.called(name) is None:
            for one in module.resources_in(block):
                yield one, f"which module {name} is given, whose files are not here"
    if not module.is_called:
        for _, block in module.of("output"):
            for one in module.resources_in(block):
                yield one, f"which output {block.labels[0]} gives to others"
    for other in module.resources.values():
        what = "listens to" if "chatbot" in other.type else "hands on" if other.type in _HANDED_ON else ""
        if what:
            for one in module.resources_in(other.block):
                yield one, f"which {other.address} {what}"


def _text(value: Any) -> str:
    if isinstance(value, Expression):
        return "".join(one for one in value.parts if isinstance(one, str)) or value.text
    return value if isinstance(value, str) else ""


def _whole(resource: Resource) -> str:
    return " ".join(_text(one.value) for one in resource.block.attributes.values())
