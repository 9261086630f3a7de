"""Labels of an alert when it comes to Alertmanager, as far as its rule tells them.

A label that the rule sets is known; one that its expression drops is missing; any other one is open. Open
are also labels that Prometheus adds on the way out (`external_labels`), and the namespace of a rule that
stands in an object, which operators can enforce.
Ignored on purpose: `alert_relabel_configs`.
"""

from readiness.evidence.alert_rules import TEMPLATE, AlertRule
from readiness.evidence.matchers import DYNAMIC, LabelValue
from readiness.evidence.promql import NotPromQL, parsed

# Labels that servers and managed services add to every alert.
ADDED = frozenset(
    {
        "cluster", "cluster_name", "datacenter", "dc", "env", "environment", "kubernetes_cluster", "location",
        "monitor", "project_id", "prometheus", "prometheus_replica", "region", "replica", "stage", "tenant",
    }
)  # fmt: skip


def label_of(alert: AlertRule, name: str) -> LabelValue:
    """An alert's label: its value, "" where it is surely missing, DYNAMIC where that is open."""
    if name == "alertname":
        return alert.name
    if name in alert.labels:
        value = alert.labels[name]
        return DYNAMIC if TEMPLATE.search(value) else value
    if name in ADDED or (name == "namespace" and alert.of_object) or TEMPLATE.search(alert.expr):
        return DYNAMIC
    try:
        brought = parsed(alert.expr).labels
    except NotPromQL:
        return DYNAMIC
    if name in brought.values:
        return brought.values[name]
    return "" if brought.may_have(name) is False else DYNAMIC
