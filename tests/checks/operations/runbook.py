"""Faults of the ready example that the checks of runbooks have to find."""

from tests.faults import Fault

DOWN = "docs/runbooks/OrdersDown.md"
GET = "kubectl -n orders get deployment orders-api\n"

FAULTS: dict[str, tuple[str, Fault]] = {
    "runbook-names-what-was-renamed": (
        "runbook.commands-real",
        Fault(DOWN, GET, GET.replace("orders-api", "orders-web-api")),
    ),
    "runbook-reads-what-is-not-recorded": (
        "runbook.queries-real",
        Fault(
            "docs/runbooks/OrdersLatencyHigh.md",
            "orders:request_duration_seconds:p99_5m\n",
            "orders:request_duration_seconds:p99\n",
        ),
    ),
    "runbook-not-reviewed-for-a-year": (
        "runbook.fresh",
        Fault(DOWN, "reviewed: 2026-11-03", "reviewed: 2025-11-03"),
    ),
}
