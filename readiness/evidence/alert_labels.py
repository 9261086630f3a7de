"""Which labels an alert surely lacks: neither its expression, nor its rule, nor a server brings them.

A label that only may be missing is not said to be: a series may have it.

Source:
    prometheus/prometheus, rules/alerting.go: `$labels` of a template are those of the expression's result,
    without those that the rule adds.
"""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple, Self

from readiness.evidence.alert_rules import TEMPLATE, AlertRule
from readiness.evidence.prometheus_config import AddedLabels, PrometheusServer
from readiness.evidence.promql import NotPromQL, Query, parsed
from readiness.evidence.rule_templates import labels_printed


class Printed(NamedTuple):
    """One label that the texts of an alert print and that is never there."""

    label: str
    fields: tuple[tuple[str, str], ...]  # ("annotations", "summary"), …
    of_rule: str  # its value where the rule itself adds it; such labels come too late for texts


class AlertLabels:
    """What is known of the labels of each alert of an environment."""

    kinds: ClassVar[frozenset[str]] = AlertRule.kinds | PrometheusServer.kinds

    def __init__(self, alerts: tuple[AlertRule, ...], added: frozenset[str] = frozenset()) -> None:
        self.added = added
        self._queries: dict[int, Query] = {}
        for alert in alerts:
            query = query_of(alert)
            if query is not None:
                self._queries[id(alert)] = query

    @classmethod
    def collect(cls, alerts: tuple[AlertRule, ...], added: AddedLabels) -> Self:
        return cls(alerts, added.names)

    def query(self, alert: AlertRule) -> Query | None:
        """Its expression; None where it is of another dialect, a template, or no PromQL."""
        return self._queries.get(id(alert))

    def drops(self, alert: AlertRule, label: str) -> bool:
        """Whether the expression's result surely has no such label."""
        query = self.query(alert)
        return query is not None and query.labels.may_have(label) is False

    def lacks(self, alert: AlertRule, label: str) -> bool:
        """Whether the alert surely has no such label when it reaches Alertmanager."""
        if label == "alertname" or label in self.added or alert.labels.get(label, ""):
            return False
        return self.drops(alert, label)

    def never_printed(self, alert: AlertRule) -> tuple[Printed, ...]:
        """The labels that its texts print in vain."""
        found: dict[str, list[tuple[str, str]]] = {}
        for field, texts in (("labels", alert.labels), ("annotations", alert.annotations)):
            for name, text in texts.items():
                for label in labels_printed(text):
                    if self.drops(alert, label):
                        found.setdefault(label, []).append((field, name))
        of_rule: Mapping[str, str] = {"alertname": alert.name, **alert.labels}
        return tuple(
            Printed(label, tuple(fields), of_rule.get(label, ""))
            for label, fields in found.items()
            # vmalert fills in the labels of the rule as well
            if not (alert.of_object.startswith("VMRule") and of_rule.get(label))
        )


def query_of(rule: AlertRule) -> Query | None:
    """The expression of a rule; None where it can't be understood as PromQL."""
    if TEMPLATE.search(rule.expr) or rule.dialect:
        return None
    try:
        return parsed(rule.expr)
    except NotPromQL:
        return None
