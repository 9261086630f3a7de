"""One-line edits of the ready example, each with the check over PromQL that has to find it."""

from tests.faults import Fault

RULES = "monitoring/rules/orders.rules.yaml"

FAULTS: dict[str, tuple[str, Fault]] = {
    "alert-text-prints-a-dropped-label": (
        "alert.labels-survive",
        Fault(
            RULES,
            "sum by (job, pool) (hikaricp_connections_pending",
            "sum by (pool) (hikaricp_connections_pending",
        ),
    ),
}
