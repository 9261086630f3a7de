"""Pods stay up while nodes are drained, and end without cutting off requests."""

from readiness_checks.availability.drain import pdb_allows_drain, termination_budget

__all__ = ["pdb_allows_drain", "termination_budget"]
