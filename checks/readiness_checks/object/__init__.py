"""Objects are what the API server of the cluster accepts, and can be found by their labels."""

from readiness_checks.object.schema import schema
from readiness_checks.object.versions import api_version

__all__ = ["api_version", "schema"]
