"""Pods have no more rights than they need, and the resources, probes and places to go on running."""

from readiness_checks.workload import (
    accounts,
    capabilities,
    git_sync,
    host,
    mounts,
    ports,
    profiles,
    security,
    users,
)
from readiness_checks.workload.accounts import service_account_exists

RULES = (
    *accounts.RULES,
    *security.RULES,
    *users.RULES,
    *capabilities.RULES,
    *profiles.RULES,
    *host.RULES,
    *mounts.RULES,
    *ports.RULES,
    *git_sync.RULES,
)

__all__ = ["RULES", "service_account_exists"]
