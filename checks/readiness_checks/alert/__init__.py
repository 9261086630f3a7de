"""Alerts are rules that Prometheus loads, and each reaches somebody."""

from readiness_checks.alert.dynatrace import dynatrace_chain
from readiness_checks.alert.routed import routed
from readiness_checks.alert.rules import rules_valid
from readiness_checks.alert.severity import severity_label
from readiness_checks.alert.splunk import splunk_complete
from readiness_checks.alert.terraform import terraform_chain

__all__ = ["dynatrace_chain", "routed", "rules_valid", "severity_label", "splunk_complete", "terraform_chain"]
