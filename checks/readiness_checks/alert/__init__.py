"""Alerts are rules that Prometheus loads, and each reaches somebody."""

from readiness_checks.alert.absence import absence_covered
from readiness_checks.alert.labels import labels_survive
from readiness_checks.alert.routed import routed
from readiness_checks.alert.rules import rules_valid
from readiness_checks.alert.severity import severity_label
from readiness_checks.alert.symptoms import symptom_first
from readiness_checks.alert.timing import timing

__all__ = [
    "absence_covered",
    "labels_survive",
    "routed",
    "rules_valid",
    "severity_label",
    "symptom_first",
    "timing",
]
