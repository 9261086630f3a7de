"""Alerts are rules that Prometheus loads, and each reaches somebody."""

from readiness_checks.alert.routed import routed
from readiness_checks.alert.rules import rules_valid
from readiness_checks.alert.severity import severity_label
from readiness_checks.alert.targets import selector_matches_target
from readiness_checks.alert.tested import unit_tested
from readiness_checks.alert.thresholds import threshold_vs_config

__all__ = [
    "routed",
    "rules_valid",
    "selector_matches_target",
    "severity_label",
    "threshold_vs_config",
    "unit_tested",
]
