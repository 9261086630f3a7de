"""Which alerts silence which: every inhibition of the configuration, held against the alerts in evidence.

Source:
    Prometheus documentation, "Alerting", "Configuration", `<inhibit_rule>`; prometheus/alertmanager,
    inhibit/inhibit.go: a label that both lack is equal, and an alert that matches both sides is not
    silenced by another one that does.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar, NamedTuple, Self

from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.alertmanager import InhibitRule
from readiness.evidence.conditions import Conditions
from readiness.evidence.label_values import label_of
from readiness.evidence.matchers import DYNAMIC, LabelValue, Matcher
from readiness.evidence.routing import Routing


class Side(NamedTuple):
    """An alert on one side of an inhibition."""

    alert: AlertRule
    certain: bool  # it surely matches
    both: bool  # it surely matches the other side too
    equal: tuple[LabelValue, ...]  # its values of the labels that have to be equal


class Inhibition:
    """One inhibition and the alerts that it may be about."""

    __slots__ = ("_by_value", "rule", "sources", "targets", "what_source", "what_target")

    def __init__(self, rule: InhibitRule, alerts: Iterable[AlertRule]) -> None:
        self.rule = rule
        self.what_source = Conditions(rule.sources)
        self.what_target = Conditions(rule.targets)
        sources, targets = [], []
        for alert in alerts:
            source, target = _matches(alert, rule.sources), _matches(alert, rule.targets)
            if source is False and target is False:
                continue
            equal = tuple(label_of(alert, name) for name in rule.equal)
            if source is not False:
                sources.append(Side(alert, source is True, target is True, equal))
            if target is not False:
                targets.append(Side(alert, target is True, source is True, equal))
        self.sources = tuple(sources)
        self.targets = tuple(targets)
        self._by_value: dict[LabelValue, list[Side]] = {}  # sources, by the label that tells them apart best
        for one in sources:
            self._by_value.setdefault(self._value(one), []).append(one)

    @property
    def silenced(self) -> tuple[Side, ...]:
        """The targets that some source may silence."""
        return tuple(one for one in self.targets if self.silencer(one) is not None)

    def silencer(self, target: Side) -> Side | None:
        """A source that may silence one of its targets."""
        value = self._value(target)
        if value is DYNAMIC:
            candidates = self.sources
        else:
            candidates = (*self._by_value.get(value, ()), *self._by_value.get(DYNAMIC, ()))
        return next((one for one in candidates if self.may_act(one, target)), None)

    def _value(self, side: Side) -> LabelValue:
        equal = self.rule.equal
        return side.equal[equal.index("alertname") if "alertname" in equal else 0] if equal else ""

    def may_act(self, source: Side, target: Side) -> bool:
        if source.both and target.both:
            return False
        return self.unequal(source, target) == ""

    def acts(self, source: Side, target: Side) -> bool:
        """Whether `source` surely silences `target` while it fires."""
        known = source.certain and target.certain and DYNAMIC not in (*source.equal, *target.equal)
        return known and self.may_act(source, target)

    def unequal(self, source: Side, target: Side) -> str:
        """The first label of which the two surely have different values; empty for none."""
        for name, one, other in zip(self.rule.equal, source.equal, target.equal, strict=True):
            if isinstance(one, str) and isinstance(other, str) and one != other:
                return name
        return ""

    def __str__(self) -> str:
        return f"{_spelled(self.rule.sources)} over {_spelled(self.rule.targets)}"


class Inhibitions:
    """Every inhibition of an environment's configuration."""

    kinds: ClassVar[frozenset[str]] = AlertRule.kinds | Routing.kinds

    def __init__(self, routing: Routing, rules: tuple[Inhibition, ...]) -> None:
        self.routing = routing
        self.rules = rules

    @classmethod
    def collect(cls, alerts: tuple[AlertRule, ...], routing: Routing) -> Self:
        return cls(routing, tuple(Inhibition(rule, alerts) for rule in routing.config.inhibit_rules))


def _matches(alert: AlertRule, matchers: Iterable[Matcher]) -> bool | None:
    """Whether an alert fulfils all; None where that depends on a label that is not known yet."""
    certain: bool | None = True
    for matcher in matchers:
        found = matcher.may_match(label_of(alert, matcher.name))
        if found is False:
            return False
        if found is None:
            certain = None
    return certain


def _spelled(matchers: Iterable[Matcher]) -> str:
    return ", ".join(map(str, matchers)) or "everything"


def named(conditions: Conditions) -> frozenset[str]:
    """The names of alerts that a side lists; empty where it goes by other labels."""
    return (conditions.values("alertname") or frozenset()) - {""}


def by_name(sides: Iterable[Side]) -> Mapping[str, list[Side]]:
    found: dict[str, list[Side]] = {}
    for one in sides:
        found.setdefault(one.alert.name, []).append(one)
    return found
