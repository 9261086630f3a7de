"""What runs is measured, and says whether it can take requests."""

from readiness_checks.monitoring.health import health_endpoints
from readiness_checks.monitoring.recorded import recorded_series_exist
from readiness_checks.monitoring.scraping import workload_scraped
from readiness_checks.monitoring.selection import monitor_selects_service

__all__ = ["health_endpoints", "monitor_selects_service", "recorded_series_exist", "workload_scraped"]
