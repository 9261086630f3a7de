"""One-line edits of the ready example, each with the check that has to find it."""

from importlib import import_module
from pkgutil import iter_modules

import tests.checks.operations
from tests.faults import Fault

P = "deploy/rendered/production.yaml"
RULES = "monitoring/rules/orders.rules.yaml"
ROUTING = "monitoring/alertmanager.yml"
PLAN = "capacity.yaml"
PAGES = "https://git.harbour.internal/retail/orders/blob/main/docs/runbooks"
WORKER_IMAGE = "orders-worker:2.14.3@sha256:175cf942f839e0850a779f997703ad784bc5c42763629c39e5221ce30445eee1"
API_BUDGET = "  maxUnavailable: 1\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: orders-api\n"
CACHE_BUDGET = API_BUDGET.replace("orders-api", "orders-cache")
WORKER_MONITOR = (
    "port: management\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: orders-worker"
)
API_READINESS = (
    "readinessProbe:\n          failureThreshold: 3\n          httpGet:\n"
    "            path: /actuator/health/readiness\n            port: management\n          periodSeconds: 5\n"
    "          timeoutSeconds: 2"
)
PAGER = (
    "    pagerduty_configs:\n"
    "      - routing_key_file: /etc/alertmanager/secrets/orders-pagerduty-routing-key\n"
    "        severity: critical\n        send_resolved: true\n"
)
SLOW_BURN = (
    "severity: warning\n          team: team-orders\n          service: orders\n        annotations:\n"
    "          summary: Orders burns its error budget 3 times"
)

# One fault a line where it can be: what stands there, and what somebody could have written instead.
FAULTS: dict[str, tuple[str, Fault]] = {
    "one-revision-kept": (
        "rollback.history-limit",
        Fault(P, "revisionHistoryLimit: 5", "revisionHistoryLimit: 1"),
    ),
    "no-revision-kept": (
        "rollback.history-limit",
        Fault(P, "revisionHistoryLimit: 5", "revisionHistoryLimit: 0"),
    ),
    "tag-latest": ("rollback.image-immutable", Fault(P, WORKER_IMAGE, "orders-worker:latest")),
    "no-tag": ("rollback.image-immutable", Fault(P, WORKER_IMAGE, "orders-worker")),
    "settings-without-hash": (
        "rollback.config-immutable",
        Fault(P, "orders-settings-776hfdm5t4", "orders-settings", times=3),
    ),
    "budget-allows-none": (
        "availability.pdb-allows-drain",
        Fault(P, API_BUDGET, API_BUDGET.replace("maxUnavailable: 1", "maxUnavailable: 0")),
    ),
    "budget-keeps-all": (
        "availability.pdb-allows-drain",
        Fault(P, CACHE_BUDGET, CACHE_BUDGET.replace("maxUnavailable: 1", "minAvailable: 67%")),
    ),
    "budget-keeps-nothing": (
        "availability.pdb-allows-drain",
        Fault(P, CACHE_BUDGET, CACHE_BUDGET.replace("maxUnavailable: 1", "maxUnavailable: 100%")),
    ),
    "pre-stop-eats-grace": ("availability.termination-budget", Fault(P, "  seconds: 10", "  seconds: 60")),
    "grace-below-drain": (
        "availability.termination-budget",
        Fault(P, "terminationGracePeriodSeconds: 60", "terminationGracePeriodSeconds: 40"),
    ),
    "all-at-once": (
        "rollout.zero-downtime-arithmetic",
        Fault(P, "maxSurge: 1\n      maxUnavailable: 0", "maxSurge: 0\n      maxUnavailable: 100%"),
    ),
    "one-replica": ("rollout.zero-downtime-arithmetic", Fault(P, "  replicas: 3\n", "  replicas: 1\n")),
    "plan-stale": (
        "capacity.plan-present-and-fresh",
        Fault(PLAN, "reviewed: 2026-10-20", "reviewed: 2025-10-20"),
    ),
    "plan-from-the-future": (
        "capacity.plan-present-and-fresh",
        Fault(PLAN, "reviewed: 2026-10-20", "reviewed: 2027-10-20"),
    ),
    "peak-tbd": (
        "capacity.plan-present-and-fresh",
        Fault(PLAN, "peak-per-second: 420", "peak-per-second: TBD"),
    ),
    "peak-doubled": (
        "capacity.plan-covers-peak",
        Fault(PLAN, "peak-per-second: 420", "peak-per-second: 1200"),
    ),
    "worker-peak-up": (
        "capacity.plan-survives-zone-loss",
        Fault(PLAN, "peak-per-second: 90", "peak-per-second: 121"),
    ),
    "two-workers": ("capacity.plan-covers-peak", Fault(P, "  replicas: 5\n", "  replicas: 2\n")),
    "plan-of-another-maximum": (
        "capacity.plan-matches-manifests",
        Fault(P, "maxReplicas: 12", "maxReplicas: 14"),
    ),
    "plan-of-another-request": (
        "capacity.plan-matches-manifests",
        Fault(PLAN, "requests: {cpu: 500m, memory: 768Mi}", "requests: {cpu: 500m, memory: 1Gi}"),
    ),
    "no-cpu-request": (
        "capacity.hpa-target-has-requests",
        Fault(P, 'requests:\n            cpu: "1"\n', "requests:\n"),
    ),
    "minimum-of-one": ("capacity.hpa-range-covers-plan", Fault(P, "minReplicas: 6", "minReplicas: 1")),
    "scaler-of-nobody": (
        "capacity.scaler-target-valid",
        Fault(P, "kind: Deployment\n    name: orders-api", "kind: Deployment\n    name: order-api"),
    ),
    "minimum-above-maximum": ("capacity.scaler-target-valid", Fault(P, "minReplicas: 6", "minReplicas: 13")),
    "rule-of-no-promql": (
        "alert.rules-valid",
        Fault(
            RULES, "orders:request_errors:ratio_rate1h > 14.4", "orders:request_errors:ratio_rate1h >> 14.4"
        ),
    ),
    "severity-typo": (
        "alert.severity-label",
        Fault(RULES, SLOW_BURN, SLOW_BURN.replace("warning", "warnnig")),
    ),
    "pager-without-integration": ("alert.routed", Fault(ROUTING, PAGER, "")),
    "route-of-another-team": ("alert.routed", Fault(ROUTING, 'team="team-orders"', 'team="team-order"')),
    "alert-without-page": (
        "runbook.linked",
        Fault(RULES, f"          runbook_url: {PAGES}/OrdersErrorBudgetBurnFast.md\n", ""),
    ),
    "page-renamed": (
        "runbook.resolves",
        Fault(RULES, f"{PAGES}/OrdersErrorBudgetBurnFast.md", f"{PAGES}/OrdersBudgetBurnFast.md"),
    ),
    "no-rollback-section": (
        "runbook.sections",
        Fault("docs/runbooks/OrdersDown.md", "## Rollback", "## Afterwards"),
    ),
    "mitigation-todo": (
        "runbook.not-stub",
        Fault("docs/runbooks/OrdersCacheDown.md", "## Mitigation\n", "## Mitigation\n\nTODO: describe\n"),
    ),
    "port-of-no-service": (
        "monitoring.monitor-selects-service",
        Fault(P, "port: metrics\n  jobLabel", "port: metric\n  jobLabel"),
    ),
    "label-of-no-pod": (
        "monitoring.workload-scraped",
        Fault(P, WORKER_MONITOR, WORKER_MONITOR.replace("orders-worker", "orders-workers")),
    ),
    "probe-of-no-port": (
        "monitoring.health-endpoints",
        Fault(P, API_READINESS, API_READINESS.replace("port: management", "port: manage")),
    ),
    "no-readiness": (
        "monitoring.health-endpoints",
        Fault(P, API_READINESS, "x-was: 5"),
    ),
    "other-reviewers": ("owner.consistent", Fault("CODEOWNERS", "team-orders", "team-checkout", times=0)),
    "broken-manifest": (
        "evidence.readable",
        Fault(P, "kind: SecretProviderClass", "kind: [SecretProviderClass"),
    ),
}

for area in iter_modules(tests.checks.operations.__path__):
    FAULTS |= import_module(f"tests.checks.operations.{area.name}").FAULTS
