"""Objects are what the API server of the cluster accepts, and can be found by their labels."""

from readiness_checks.object import legacy, openshift

RULES = (
    *legacy.RULES,
    *openshift.RULES,
)

__all__ = ["RULES"]
