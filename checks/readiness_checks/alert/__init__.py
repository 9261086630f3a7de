"""Alerts are rules that Prometheus loads, and each reaches somebody."""

from readiness_checks.alert.routed import routed
from readiness_checks.alert.rules import rules_valid
from readiness_checks.alert.severity import severity_label

__all__ = ["routed", "rules_valid", "severity_label"]
