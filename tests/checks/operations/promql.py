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
    "window-of-one-scrape": (
        "alert.timing",
        Fault(
            RULES,
            'rate(http_server_requests_seconds_bucket{job="orders-api"}[5m])',
            'rate(http_server_requests_seconds_bucket{job="orders-api"}[20s])',
        ),
    ),
    "page-on-one-moment": (
        "alert.timing",
        Fault(RULES, "> 300\n        for: 5m\n", "> 300\n"),
    ),
    "recorded-series-renamed": (
        "monitoring.recorded-series-exist",
        Fault(
            RULES,
            "record: orders:request_duration_seconds:p99_5m",
            "record: orders:request_duration_seconds:p99_rate5m",
        ),
    ),
    "nobody-notices-that-a-job-is-gone": (
        "alert.absence-covered",
        Fault(RULES, 'absent(up{job="orders-worker"} == 1)', 'up{job="orders-worker"} == 0'),
    ),
    "page-on-memory": (
        "alert.symptom-first",
        Fault(
            RULES,
            'max(orders_queue_oldest_message_age_seconds{job="orders-worker"}) > 300',
            'max(jvm_memory_used_bytes{job="orders-worker"}) > 1e9',
        ),
    ),
}
