"""Pods have no more rights than they need, and the resources, probes and places to go on running."""

from readiness_checks.workload import (
    capabilities,
    git_sync,
    host,
    mounts,
    ports,
    profiles,
    security,
    users,
)

RULES = (
    *security.RULES,
    *users.RULES,
    *capabilities.RULES,
    *profiles.RULES,
    *host.RULES,
    *mounts.RULES,
    *ports.RULES,
    *git_sync.RULES,
)

__all__ = ["RULES"]
