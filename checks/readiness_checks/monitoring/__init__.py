"""What runs is measured, and says whether it can take requests."""

from readiness_checks.monitoring.dashboards import dashboard_present
from readiness_checks.monitoring.health import health_endpoints
from readiness_checks.monitoring.scraping import workload_scraped
from readiness_checks.monitoring.selection import monitor_selects_service

__all__ = ["dashboard_present", "health_endpoints", "monitor_selects_service", "workload_scraped"]
