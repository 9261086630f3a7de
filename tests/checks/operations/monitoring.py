"""One fault for each check of the area, as edits of examples/orders."""

from tests.faults import Fault

BOARD = "monitoring/dashboards/orders.json"
RENDERED = "deploy/rendered/production.yaml"

FAULTS: dict[str, tuple[str, Fault]] = {
    "panel_gone": (
        "monitoring.dashboard-present",
        Fault("catalog-info.yaml", "/d/orders", "/d/orders/orders?viewPanel=12"),
    ),
    "errors_that_nobody_draws": (
        "monitoring.golden-signals",
        Fault(BOARD, "orders:request_errors:ratio_rate", "jvm_threads_live:rate", times=0),
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
