"""Pods have no more rights than they need, and the resources, probes and places to go on running."""

from readiness_checks.workload import security

RULES = security.RULES

__all__ = ["RULES"]
