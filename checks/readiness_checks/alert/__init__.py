"""Alerts are rules that Prometheus loads, and each reaches somebody."""

from readiness_checks.alert.absence import absence_covered
from readiness_checks.alert.dead_route import dead_route
from readiness_checks.alert.deadman import deadman
from readiness_checks.alert.dynatrace import dynatrace_chain
from readiness_checks.alert.grafana import grafana_chain
from readiness_checks.alert.inhibit_sound import inhibit_sound
from readiness_checks.alert.labels import labels_survive
from readiness_checks.alert.routed import routed
from readiness_checks.alert.rules import rules_valid
from readiness_checks.alert.severity import severity_label
from readiness_checks.alert.splunk import splunk_complete
from readiness_checks.alert.symptoms import symptom_first
from readiness_checks.alert.targets import selector_matches_target
from readiness_checks.alert.terraform import terraform_chain
from readiness_checks.alert.tested import unit_tested
from readiness_checks.alert.thresholds import threshold_vs_config
from readiness_checks.alert.timing import timing

__all__ = [
    "absence_covered",
    "dead_route",
    "deadman",
    "dynatrace_chain",
    "grafana_chain",
    "inhibit_sound",
    "labels_survive",
    "routed",
    "rules_valid",
    "selector_matches_target",
    "severity_label",
    "splunk_complete",
    "symptom_first",
    "terraform_chain",
    "threshold_vs_config",
    "timing",
    "unit_tested",
]
