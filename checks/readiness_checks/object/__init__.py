"""Objects are what the API server of the cluster accepts, and can be found by their labels."""

from readiness_checks.object import metadata
from readiness_checks.object.metadata import required_annotation, required_label, sorted_keys

RULES = metadata.RULES

__all__ = [
    "RULES",
    "required_annotation",
    "required_label",
    "sorted_keys",
]
