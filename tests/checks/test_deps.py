"""Alerts and runbooks, held against what the service calls."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.deps import failure_mode

from tests.faults import ORDERS, Fault, copy_of_orders, findings, judged, proofs, write

P = "deploy/rendered/production.yaml"
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      containers:
        - name: api
          env:
            - {name: STOCK_URL, value: 'http://stock.shop.svc:8080'}
"""
RULES = "groups:\n  - name: a\n    rules:\n      - {alert: NAME, expr: 'EXPR'}\n"
PAGE = "# Down\n\n## Diagnosis\n\nTEXT\n"
PRODUCTION = "version: 1\nenvironments: {p: {class: CLASS, manifests: [deploy/]}}\n"


def tree(
    at: Path,
    name: str = "Down",
    expr: str = "up == 0",
    text: str = "Look.",
    cls: str = "production",
    manifest: str = MANIFEST,
) -> Path:
    files = {
        "readiness.yaml": PRODUCTION.replace("CLASS", cls), "deploy/a.yaml": manifest,
        "rules.yaml": RULES.replace("NAME", name).replace("EXPR", expr),
        "docs/runbooks/Down.md": PAGE.replace("TEXT", text),
    }  # fmt: skip
    return write(at, files)


def messages(at: Path, **settings: Any) -> list[str]:
    return [one.message for one in findings(failure_mode, at, **settings)]


def status(at: Path) -> set[str]:
    return {result.status for outcome in judged(failure_mode, at).outcomes for result in outcome.results}


def test_orders_knows_what_it_needs() -> None:
    assert findings(failure_mode, ORDERS) == []
    said = [one.message for one in proofs(failure_mode, ORDERS)]
    assert [one.partition(" speak of ")[2] for one in said] == [
        "orders-db.postgres.harbour.internal",
    ]


def test_a_host_that_nobody_speaks_of(tmp_path: Path) -> None:
    old = "  SPRING_RABBITMQ_ADDRESSES:"
    fault = Fault(P, old, f"  STOCK_URL: https://stock.warehouse.svc\n{old}")
    (found,) = findings(failure_mode, fault.seed(copy_of_orders(tmp_path)))
    assert found.message == (
        "orders-api calls stock.warehouse.svc, and no alert and no runbook speaks of it: 9 alerts and 9 runbooks are here"
    )
    assert (found.at.file, found.at.line) == (P, 38)


@pytest.mark.parametrize(
    ("name", "expr", "text", "missing"),
    [
        ("Down", "up == 0", "Look.", "no alert and no runbook"),
        ("StockDown", "up == 0", "Look.", "no runbook"),
        ("Down", 'up{job="stock"} == 0', "Look.", "no runbook"),
        ("Down", "rate(http_client_requests_seconds_count[5m]) > 1", "Call #stock.", ""),
        ("Down", "up == 0", "Call #stock.", "no alert"),
        ("StockDown", "up == 0", "`curl http://stock.shop.svc`", ""),
    ],
)
def test_who_speaks_of_it(tmp_path: Path, name: str, expr: str, text: str, missing: str) -> None:
    found = messages(tree(tmp_path, name, expr, text))
    assert len(found) == bool(missing)
    assert all(f"and {missing} speaks" in one for one in found)


@pytest.mark.parametrize(
    ("variable", "value", "expr"),
    [
        ("DB_URL", "jdbc:postgresql://pg7.acme.net/x", "hikaricp_connections_pending > 1"),
        ("BROKERS", "amqps://mq7.acme.net", "queue_age_seconds > 1"),
        ("REDIS", "redis://r7.acme.net", "cache_misses > 1"),
    ],
)
def test_words_of_a_kind(tmp_path: Path, variable: str, value: str, expr: str) -> None:
    manifest = MANIFEST.replace("STOCK_URL", variable).replace("http://stock.shop.svc:8080", value)
    assert (
        messages(tree(tmp_path, expr=expr, text="The database, the queue, the cache.", manifest=manifest))
        == []
    )
    assert (
        messages(
            tree(tmp_path, expr="up == 0", text="The database, the queue, the cache.", manifest=manifest)
        )
        != []
    )


@pytest.mark.parametrize(
    ("fields", "number"), [("hard: false, fallback: a", 0), ("hard: false", 1), ("fallback: a", 1)]
)
def test_what_the_register_calls_soft(tmp_path: Path, fields: str, number: int) -> None:
    write(
        tmp_path, {"slo/dependencies.yaml": f"dependencies:\n  - {{name: stock, target: 99.9%, {fields}}}\n"}
    )
    assert len(messages(tree(tmp_path))) == number


def test_what_the_service_does_without(tmp_path: Path) -> None:
    assert messages(tree(tmp_path), soft=["stock.*"]) == []
    assert messages(tree(tmp_path, cls="staging")) == []


def test_without_runbooks_or_with_a_broken_rule_file_it_is_unknown(tmp_path: Path) -> None:
    tree(tmp_path, "StockDown")
    (tmp_path / "docs/runbooks/Down.md").unlink()
    assert status(tmp_path) == {"unknown"}
    tree(tmp_path, text="stock")
    write(tmp_path, {"more.yaml": "groups:\n  - rules: [alert: }\n"})
    assert status(tmp_path) == {"unknown"}
