"""Faults of the ready example that the checks of runbooks have to find."""

from tests.faults import Fault

DOWN = "docs/runbooks/OrdersDown.md"
GET = "kubectl -n orders get deployment orders-api\n"

BROKER = """\
---
owner: team-orders
reviewed: 2026-11-03
---
# OrdersBrokerDown

## Meaning

Prometheus has reached no node of the broker for two minutes, so that nothing takes the messages of orders-api.

## Impact

Orders are accepted and written to the outbox; the warehouse hears of them when the broker is back.

## Diagnosis

```sh
kubectl -n orders logs deployment/orders-worker -c worker --since=10m
```

`Connection refused` in each line: the broker is away. In a part of the lines: one of its nodes.

## Mitigation

Nothing has to be done in the service: the outbox keeps the messages, and the worker empties it later. Tell the
warehouse how long it takes, as the messaging team (#messaging) says.

## Rollback

A release is never the cause of this alert. If a setting of the broker's address was changed, revert that commit.

## Escalation

The broker is the messaging team's: call its on-call through PagerDuty within 15 minutes.
"""

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
    "runbook-without-an-alert": (
        "runbook.orphan",
        Fault("docs/runbooks/OrdersBrokerDown.md", "", BROKER),
    ),
    "undo-of-what-keeps-no-revisions": (
        "runbook.rollback-matches-deploy",
        Fault(DOWN, "rollout undo deployment/orders-api", "rollout undo rollout/orders-api"),
    ),
}
