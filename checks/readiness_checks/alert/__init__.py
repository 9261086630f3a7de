"""Alerts are rules that Prometheus loads, and each reaches somebody."""

from typing import TYPE_CHECKING

from readiness.api import lazily

if TYPE_CHECKING:  # names for type checkers; a run imports only the modules of the checks that it asks for
    from readiness_checks.alert.absence import absence_covered
    from readiness_checks.alert.dead_routes import dead_route
    from readiness_checks.alert.dynatrace import dynatrace_chain
    from readiness_checks.alert.ends import routed
    from readiness_checks.alert.grafana import grafana_chain
    from readiness_checks.alert.heartbeat import deadman
    from readiness_checks.alert.inhibitions import inhibit_sound
    from readiness_checks.alert.labels import labels_survive
    from readiness_checks.alert.rules import rules_valid
    from readiness_checks.alert.severity import severity_label
    from readiness_checks.alert.splunk import splunk_complete
    from readiness_checks.alert.symptoms import symptom_first
    from readiness_checks.alert.targets import selector_matches_target
    from readiness_checks.alert.terraform import terraform_chain
    from readiness_checks.alert.tested import unit_tested
    from readiness_checks.alert.thresholds import threshold_vs_config
    from readiness_checks.alert.times import timing

# function → module
CHECKS = {
    "absence_covered": "absence",
    "dead_route": "dead_routes",
    "deadman": "heartbeat",
    "dynatrace_chain": "dynatrace",
    "grafana_chain": "grafana",
    "inhibit_sound": "inhibitions",
    "labels_survive": "labels",
    "routed": "ends",
    "rules_valid": "rules",
    "selector_matches_target": "targets",
    "severity_label": "severity",
    "splunk_complete": "splunk",
    "symptom_first": "symptoms",
    "terraform_chain": "terraform",
    "threshold_vs_config": "thresholds",
    "timing": "times",
    "unit_tested": "tested",
}

__getattr__ = lazily(__name__, CHECKS)

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
