"""A runbook that is begun by what is known passes the checks of runbooks, but for what only people know."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.runbook import commands_real, not_stub, queries_real, rollback_matches_deploy, sections

from readiness.evidence.alert_rules import AlertRule, RecordingRule
from readiness.evidence.delivery import Controller, Delivery
from readiness.evidence.manifests import KubernetesObject, Workload
from readiness.evidence.recordings import Recordings
from readiness.outcome import Location
from readiness.runbook_skeleton import Surroundings, in_words, skeleton
from readiness.yaml_reader import read
from tests.faults import ORDERS, copy_of_orders, findings, proofs

AT = Location("repository", "rules.yaml")
RULES = read((ORDERS / "monitoring/rules/orders.rules.yaml").read_bytes()).documents[0]
OBJECTS = read((ORDERS / "deploy/rendered/production.yaml").read_bytes()).documents


def rules(cls: type[AlertRule]) -> list[AlertRule]:
    return [
        cls(rule, group["name"], AT, "")
        for group in RULES["groups"]
        for rule in group["rules"]
        if cls.FIELD in rule
    ]


WORKLOADS = tuple(
    Workload(KubernetesObject(one, AT, "orders"))
    for one in OBJECTS
    if one and one["kind"] in ("Deployment", "StatefulSet")
)
RECORDINGS = Recordings([one for one in rules(RecordingRule) if isinstance(one, RecordingRule)])
AROUND = Surroundings(
    WORKLOADS,
    RECORDINGS,
    None,
    ("https://grafana.harbour.internal/d/orders",),
    "team-orders",
    ("orders-pager",),
)
ALERTS = {one.name: one for one in rules(AlertRule)}


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_it_passes_the_checks_of_runbooks(tmp_path: Path, name: str) -> None:
    tree = copy_of_orders(tmp_path)
    page = f"docs/runbooks/{name}.md"
    (tree / page).write_text(skeleton(ALERTS[name], AROUND))
    for check in (sections, commands_real, queries_real, rollback_matches_deploy):
        assert findings(check, tree) == []
        if check is not queries_real:
            assert any(page in proof.message for proof in proofs(check, tree))
    (stub,) = findings(not_stub, tree)
    assert "Impact, Diagnosis, Mitigation, Escalation still says TODO" in stub.message


def test_the_whole_text() -> None:
    assert (
        skeleton(ALERTS["OrdersQueueAgeHigh"], AROUND)
        == """\
---
owner: team-orders
---
# OrdersQueueAgeHigh

## Meaning

Paid orders wait for the warehouse. It fires when `max(orders_queue_oldest_message_age_seconds{job="orders-worker"})` is above 300 seconds, for 5 minutes without a break.

## Impact

TODO: what users notice, and from when on. Its severity is critical.

## Diagnosis

- [Dashboard](https://grafana.harbour.internal/d/orders)

```sh
kubectl -n orders get pods -l app.kubernetes.io/name=orders-worker
kubectl -n orders describe deployment orders-worker
kubectl -n orders logs deployment/orders-worker -c worker --since=15m
```

```promql
max(orders_queue_oldest_message_age_seconds{job="orders-worker"})
```

TODO: what each answer means, and what to look at next.

## Mitigation

TODO: what takes the harm away first, and what each step costs.

Where a restart helps:

```sh
kubectl -n orders rollout restart deployment/orders-worker
kubectl -n orders rollout status deployment/orders-worker --timeout=10m
```

## Rollback

A release within the last hours is the first suspect.

```sh
kubectl -n orders rollout undo deployment/orders-worker
kubectl -n orders rollout status deployment/orders-worker --timeout=10m
```

Then revert the release's commit, so that the next run of the pipeline does not bring it back.

## Escalation

The service is of team-orders. It is told through orders-pager. TODO: whom to call next, and after how many minutes.
"""
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("OrdersErrorBudgetBurnFast", "`orders:request_errors:ratio_rate1h` is above 1.44 % (14.4 × 0.001) and `orders:request_errors:ratio_rate5m` is above 1.44 % (14.4 × 0.001), for 2 minutes without a break"),
        ("OrdersLatencyHigh", "`orders:request_duration_seconds:p99_5m` is above 0.8 seconds, for 10 minutes without a break"),
        ("OrdersDown", 'there is no `up{job="orders-api"} == 1`, for 2 minutes without a break'),
        ("OrdersWatchdog", "always: it shows that alerts arrive"),
    ],
)  # fmt: skip
def test_expressions_in_words(name: str, words: str) -> None:
    assert in_words(ALERTS[name]) == words


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"expr": "rate(x_total[5m]) > 5"}, "`rate(x_total[5m])` over the last 5 minutes is above 5"),
        ({"expr": "5 < x"}, "`x` is above 5"),
        ({"expr": "x != y", "for": "1h30m"}, "`x` is not `y`, for 90 minutes without a break"),
        ({"expr": "x"}, "`x` gives something"),
        ({"expr": "x <= 1 or absent(y)"}, "`x` is at most 1, or there is no `y`"),
        ({"expr": "x >", "for": "soon"}, "`x >` gives something, for soon"),
        ({"expr": "process_resident_memory_bytes == 0", "for": "45s"}, "`process_resident_memory_bytes` is 0 bytes, for 45 seconds without a break"),
        ({"expr": ""}, "`` gives something"),
    ],
)  # fmt: skip
def test_other_expressions_in_words(body: dict[str, Any], words: str) -> None:
    assert in_words(AlertRule({"alert": "X", **body}, "g", AT, "")) == words


def test_a_recorded_series_leads_to_the_workload_and_to_its_query() -> None:
    text = skeleton(ALERTS["OrdersLatencyHigh"], AROUND)
    assert "describe deployment orders-api" in text
    assert "orders-worker" not in text
    assert "\nhistogram_quantile(0.99, sum by (le) (rate(http_server_requests_seconds_bucket" in text


def test_with_nothing_known_there_is_a_todo() -> None:
    text = skeleton(AlertRule({"alert": "X", "expr": "x >"}, "g", AT, ""), Surroundings())
    assert text.count("TODO") == 7
    assert "kubectl" not in text


def test_a_controller_that_heals_makes_the_way_back_a_commit() -> None:
    delivery = Delivery((Controller("Application", "orders", AT, True, True),), None, None)
    text = skeleton(ALERTS["OrdersDown"], AROUND._replace(delivery=delivery))
    assert "rollout undo" not in text
    assert "Revert its commit: Application orders follows the repository" in text
