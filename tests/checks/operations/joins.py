"""One fault for each check that holds alerts against tests, objects and settings."""

from tests.faults import Fault

RULES = "monitoring/rules/orders.rules.yaml"

FAULTS: dict[str, tuple[str, Fault]] = {
    "alert-without-a-silent-case": (
        "alert.unit-tested",
        Fault(
            "monitoring/rules/orders.rules.test.yaml",
            "      - {alertname: OrdersWorkerDown, eval_time: 12m, exp_alerts: []}\n",
            "",
        ),
    ),
}
