"""What runs is measured, and says whether it can take requests."""

from typing import TYPE_CHECKING

from readiness.api import lazily

if TYPE_CHECKING:  # names for type checkers; a run imports only the modules of the checks that it asks for
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

# function → module
CHECKS = {
    "dashboard_present": "dashboards",
    "golden_signals": "signals",
    "health_endpoints": "health",
    "identity_consistent": "identity",
    "log_standard": "logs",
    "monitor_adopted": "adoption",
    "monitor_selects_service": "selection",
    "recorded_series_exist": "recorded",
    "scrape_reachable": "access",
    "tracing_wired": "tracing",
    "workload_scraped": "scraping",
}

__getattr__ = lazily(__name__, CHECKS)

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
