"""Faults of routing: edits of the ready example, each with the check that has to find it."""

from tests.faults import Fault

ROUTING = "monitoring/alertmanager.yml"
PROMETHEUS = "monitoring/prometheus.yaml"
SERVICE_MONITORS = "  serviceMonitorSelector:\n    matchExpressions: [{key: team, operator: Exists}]\n"
LAST = "          repeat_interval: 1h\n"

FAULTS: dict[str, tuple[str, Fault]] = {
    "route-behind-one-that-takes-all": (
        "alert.dead-route",
        Fault(
            ROUTING,
            LAST,
            LAST + '        - {matchers: [severity="critical", service="orders"], receiver: deadman}\n',
        ),
    ),
    "inhibition-without-a-shared-label": (
        "alert.inhibit-sound",
        Fault(ROUTING, "    equal: [service]\n", "    equal: [service, alertname]\n"),
    ),
    "heartbeat-twice-a-day": (
        "alert.deadman",
        Fault(ROUTING, "      repeat_interval: 5m\n", "      repeat_interval: 12h\n"),
    ),
    "monitor-without-its-label": (
        "monitoring.monitor-adopted",
        Fault(PROMETHEUS, SERVICE_MONITORS, "  serviceMonitorSelector: {matchLabels: {release: stack}}\n"),
    ),
}
