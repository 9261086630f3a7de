"""One fault for each check of the area, as edits of examples/orders."""

from tests.faults import Fault

RULES = "monitoring/rules/orders.rules.yaml"
RENDERED = "deploy/rendered/production.yaml"

FAULTS: dict[str, tuple[str, Fault]] = {
    "panel_gone": (
        "monitoring.dashboard-present",
        Fault("catalog-info.yaml", "/d/orders", "/d/orders/orders?viewPanel=12"),
    ),
    "latency_alert_of_nothing": (
        "monitoring.golden-signals",
        Fault(RULES, "expr: orders:request_duration_seconds:p99_5m > 0.8", "expr: jvm_info > 0.8"),
    ),
    "metrics_port_closed": (
        "monitoring.scrape-reachable",
        Fault(
            RENDERED,
            "    - port: metrics\n      protocol: TCP",
            "    - port: 9120\n      protocol: TCP",
        ),
    ),
    "name_of_nobody": (
        "monitoring.identity-consistent",
        Fault("src/main/resources/application.yml", "    name: orders\n", "    name: odrers\n"),
    ),
    "logs_without_fields": (
        "monitoring.log-standard",
        Fault(
            "src/main/resources/logback-spring.xml",
            "",
            '<configuration><include resource="org/springframework/boot/logging/logback/base.xml"/></configuration>\n',
        ),
    ),
    "traces_to_the_other_port": (
        "monitoring.tracing-wired",
        Fault("src/main/resources/application.yml", "svc:4318", "svc:4317"),
    ),
}
