"""One fault for each check of objectives."""

from tests.faults import Fault

SPEC = "slo/orders.yaml"
RULES = "monitoring/rules/orders.rules.yaml"
FAULTS: dict[str, tuple[str, Fault]] = {
    "objective-as-a-share": ("slo.spec-valid", Fault(SPEC, "objective: 99.9\n", "objective: 0.999\n")),
    "burn-rate-out-of-reach": (
        "slo.burn-rate-maths",
        Fault(RULES, "ratio_rate1h > 14.4 * 0.001\n            and orders:request_errors:ratio_rate5m > 14.4 * 0.001",
              "ratio_rate1h > 14.4 * 0.1\n            and orders:request_errors:ratio_rate5m > 14.4 * 0.1"),
    ),
    "promise-that-people-can-not-keep": (
        "slo.budget-humanly-defensible",
        Fault(SPEC, "objective: 99\n", "objective: 99.99\n"),
    ),
    "objectives-of-another-service": ("slo.coverage", Fault(SPEC, "service: orders\n", "service: invoices\n")),
    "numerator-of-other-requests": (
        "slo.sli-well-formed",
        Fault(SPEC, 'error_query: sum(rate(http_server_requests_seconds_count{job="orders-api", outcome="SERVER_ERROR"}',
              'error_query: sum(rate(http_server_requests_seconds_count{outcome="SERVER_ERROR"}'),
    ),
    "bound-without-a-bucket": (
        "slo.latency-bucket",
        Fault("src/main/resources/application.yml",
              'percentiles-histogram:\n        "[http.server.requests]": true\n      slo:\n        "[http.server.requests]": 800ms',
              'slo:\n        "[http.server.requests]": 500ms, 1s'),
    ),
    "promise-above-what-others-promise": (
        "slo.dependency-maths", Fault("slo/dependencies.yaml", "target: 99.95%", "target: 99.5%")
    ),
    "no-budget-policy-review": ("slo.budget-policy", Fault("docs/error-budget.md", "Reviewed: 2026-10-20\n", "")),
}  # fmt: skip
