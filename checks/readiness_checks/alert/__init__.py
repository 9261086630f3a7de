"""Alerts are rules that Prometheus loads, and each reaches somebody."""

from readiness_checks.alert.dead_route import dead_route
from readiness_checks.alert.deadman import deadman
from readiness_checks.alert.inhibit_sound import inhibit_sound
from readiness_checks.alert.routed import routed
from readiness_checks.alert.rules import rules_valid
from readiness_checks.alert.severity import severity_label

__all__ = ["dead_route", "deadman", "inhibit_sound", "routed", "rules_valid", "severity_label"]
