"""What runs is measured, and says whether it can take requests."""

from readiness_checks.monitoring.access import scrape_reachable
from readiness_checks.monitoring.adoption import monitor_adopted
from readiness_checks.monitoring.dashboards import dashboard_present
from readiness_checks.monitoring.health import health_endpoints
from readiness_checks.monitoring.identity import identity_consistent
from readiness_checks.monitoring.logs import log_standard
from readiness_checks.monitoring.recorded import recorded_series_exist
from readiness_checks.monitoring.scraping import workload_scraped
from readiness_checks.monitoring.selection import monitor_selects_service
from readiness_checks.monitoring.signals import golden_signals
from readiness_checks.monitoring.tracing import tracing_wired

__all__ = [
    "dashboard_present",
    "golden_signals",
    "health_endpoints",
    "identity_consistent",
    "log_standard",
    "monitor_adopted",
    "monitor_selects_service",
    "recorded_series_exist",
    "scrape_reachable",
    "tracing_wired",
    "workload_scraped",
]
