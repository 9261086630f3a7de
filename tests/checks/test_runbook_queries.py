"""The queries of a runbook read what rules make."""

from pathlib import Path

import pytest
from readiness_checks.runbook import queries_real

from tests.faults import ORDERS, Fault, copy_of_orders, findings, proofs, statuses, write

SLOW = "docs/runbooks/OrdersLatencyHigh.md"
SERIES = "orders:request_duration_seconds:p99_5m\n"
WATCHDOG = "docs/runbooks/OrdersWatchdog.md"
ALERT = 'ALERTS{alertname="OrdersWatchdog"}\n'


def test_orders_has_no_finding() -> None:
    assert findings(queries_real, ORDERS) == []
    said = {proof.message.partition(":")[0]: proof for proof in proofs(queries_real, ORDERS)}
    assert len(said) == 9
    assert [operand.name for operand in said[SLOW].operands] == ["queries", SERIES.strip(), "OrdersCacheDown"]
    assert said[SLOW].message.endswith("queries that parse: 3, series and alerts that rules make: 2")


@pytest.mark.parametrize(
    ("file", "old", "new", "says", "line"),
    [
        (SLOW, SERIES, "orders:request_duration_seconds:p99_1h\n", "reads orders:request_duration_seconds:p99_1h, which no rule records; the nearest is orders:request_duration_seconds:p99_5m", 27),
        (SLOW, SERIES, "orders:latency\n", "reads orders:latency, which no rule records; 5 other series", 27),
        (SLOW, SERIES, f"max(\n  {SERIES.strip()}\n    - web:x:y\n)\n\n", "reads web:x:y, which no rule records", 29),
        (SLOW, SERIES, "sum by (le (rate(x[5m]))\n", "has a query that is no PromQL", 27),
        (SLOW, "follow\nOrdersCacheDown first", "follow\nOrdersCachesDown first", "names alert OrdersCachesDown, which no rule makes; the nearest is OrdersCacheDown", 35),
        (WATCHDOG, ALERT, ALERT.replace("OrdersW", "OrderW"), "asks for alert OrderWatchdog, which no rule makes; the nearest is OrdersWatchdog", 27),
    ],
)  # fmt: skip
def test_fault_is_found(tmp_path: Path, file: str, old: str, new: str, says: str, line: int) -> None:
    (found,) = findings(queries_real, Fault(file, old, new).seed(copy_of_orders(tmp_path)))
    assert says in found.message
    assert found.at.line == line


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (SLOW, SERIES, ":web:rate5m\n"),
        (SLOW, SERIES, "namespace:container_cpu_usage_seconds_total:sum_rate\n"),
        (SLOW, SERIES, "rate(x{job=<job>}[5m])\n"),
        (SLOW, SERIES, "rate(x[$__rate_interval])\n"),
        (SLOW, SERIES, "# the 99th percentile\norders:request_duration_seconds:p99_5m > 0.8 # seconds\n"),
        (SLOW, SERIES, "histogram_share(0.1, x)\n"),
        (SLOW, SERIES, "(" * 10_000 + "\n"),
        (SLOW, SERIES, ""),
        (SLOW, "```promql\n", "```sql\n"),
        (SLOW, "follow\nOrdersCacheDown first", "follow\nOrdersCacheDown (formerly OrdersCachesDown) first"),
        (
            SLOW,
            "follow\nOrdersCacheDown first",
            "look at OrdersCache first, and at JavaScript, CrashLoopBackOff",
        ),
        (SLOW, "follow\nOrdersCacheDown first", "follow `OrdersCacheDown` first"),
        (WATCHDOG, ALERT, 'ALERTS{alertname=~"OrderWatchdog"}\n'),
        (WATCHDOG, ALERT, 'ALERTS{alertname="InfoInhibitor"}\n'),
    ],
)
def test_look_alike_is_left_alone(tmp_path: Path, file: str, old: str, new: str) -> None:
    assert findings(queries_real, Fault(file, old, new).seed(copy_of_orders(tmp_path))) == []


def test_a_name_that_is_wrong_twice_is_said_once(tmp_path: Path) -> None:
    tree = Fault(WATCHDOG, ALERT, ALERT.replace("OrdersW", "OrderW")).seed(copy_of_orders(tmp_path))
    Fault(WATCHDOG, "This alert fires", "OrderWatchdog fires").seed(tree)
    assert len(findings(queries_real, tree)) == 1


def test_what_comes_from_elsewhere_is_named_by_a_setting(tmp_path: Path) -> None:
    tree = Fault(SLOW, SERIES, "orders:latency\n").seed(copy_of_orders(tmp_path))
    assert findings(queries_real, tree, external=["orders:lat*"]) == []


def test_rules_that_cannot_be_read_leave_it_unknown(tmp_path: Path) -> None:
    tree = Fault(SLOW, SERIES, "orders:latency\n").seed(copy_of_orders(tmp_path))
    write(tree, {"monitoring/rules/more.yaml": "groups:\n  - name: x\n    rules: [{record: orders:latency\n"})
    assert set(statuses(queries_real, tree).values()) == {"unknown"}


def test_pages_without_a_query_are_not_judged(tmp_path: Path) -> None:
    page = "# ShopDown\n## Diagnosis\nLook at the board.\n## Mitigation\nRestart it.\n"
    files = {"docs/runbooks/ShopDown.md": page}
    assert set(statuses(queries_real, write(tmp_path, files)).values()) == {"not-applicable"}
    files = {"docs/runbooks/ShopDown.md": page + "```promql\nrate(<series>[5m])\n```\n"}
    assert set(statuses(queries_real, write(tmp_path, files)).values()) == {"not-applicable"}
