"""Pods have no more rights than they need, and the resources, probes and places to go on running."""

from readiness_checks.workload import accounts, security
from readiness_checks.workload.accounts import service_account_exists

RULES = (*security.RULES, *accounts.RULES)

__all__ = ["RULES", "service_account_exists"]
