"""Objects are what the API server of the cluster accepts, and can be found by their labels."""

from readiness_checks.object import legacy, metadata, openshift
from readiness_checks.object.metadata import required_annotation, required_label, sorted_keys
from readiness_checks.object.schema import schema
from readiness_checks.object.versions import api_version

RULES = (
    *legacy.RULES,
    *metadata.RULES,
    *openshift.RULES,
)

__all__ = [
    "RULES",
    "api_version",
    "required_annotation",
    "required_label",
    "schema",
    "sorted_keys",
]
