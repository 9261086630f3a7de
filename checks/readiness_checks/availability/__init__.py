"""Pods stay up while nodes are drained, and end without cutting off requests."""

from readiness_checks.availability import budgets
from readiness_checks.availability.budgets import pdb_exists_and_selects
from readiness_checks.availability.drain import pdb_allows_drain, termination_budget
from readiness_checks.availability.replicas import hpa_no_static_replicas, min_replicas_by_tier

RULES = budgets.RULES

__all__ = [
    "RULES",
    "hpa_no_static_replicas",
    "min_replicas_by_tier",
    "pdb_allows_drain",
    "pdb_exists_and_selects",
    "termination_budget",
]
