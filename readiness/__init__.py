"""readiness: the production-readiness gate."""

__version__ = "0.1.0"
