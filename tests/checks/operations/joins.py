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
    "alert-on-a-job-that-was-renamed": (
        "alert.selector-matches-target",
        Fault(RULES, 'absent(up{job="orders-worker"} == 1)', 'absent(up{job="orders-consumer"} == 1)'),
    ),
    "alert-on-more-pods-than-there-are": (
        "alert.threshold-vs-config",
        Fault(RULES, "== 1) < 3 or", "== 1) < 4 or"),
    ),
}
