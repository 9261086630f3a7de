"""The defects of examples/orders-not-ready are where the tables say, and no single file shows them."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.examples.reading import EXAMPLES, NOT_READY, alerts, documents, rendered, runbook
from tests.examples.running import run
from tests.programs import amtool

Defect = Mapping[str, object]
(TABLE,) = documents(Path(__file__).parent / "defects.yaml")
DEFECTS: list[Defect] = TABLE["defects"]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: str(defect["check"]))
def test_defect_is_where_the_table_says(defect: Defect) -> None:
    line = defect["line"]
    assert isinstance(line, int)
    assert str(defect["text"]) in (NOT_READY / str(defect["file"])).read_text().splitlines()[line - 1]


def test_each_defect_is_found_by_a_check_of_its_own() -> None:
    checks = [defect["check"] for defect in DEFECTS]
    assert len(set(checks)) == len(checks) >= 12


def test_readme_has_the_same_table() -> None:
    rows = re.findall(
        r"^\| `([a-z.-]+)` \| `(.+):(\d+)` \| (.+) \|$", (EXAMPLES / "README.md").read_text(), re.M
    )
    assert rows == [
        (str(one["check"]), str(one["file"]), str(one["line"]), str(one["what"])) for one in DEFECTS
    ]


def test_page_that_was_renamed_is_the_only_one_missing() -> None:
    missing = [alert.name for alert in alerts(NOT_READY) if not runbook(alert, NOT_READY).exists()]
    assert missing == ["OrdersQueueAgeHigh"]


def test_payments_page_nobody() -> None:
    command = (amtool(), "config", "routes", "test")
    routing = f"--config.file={NOT_READY / 'monitoring/alertmanager.yml'}"
    stuck = next(alert for alert in alerts(NOT_READY) if alert.name == "OrdersPaymentsStuck")
    labels = [f"{key}={value}" for key, value in stuck.labels.items()]
    assert run(*command, routing, *labels).strip() == "payments-pager"
    (config,) = documents(NOT_READY / "monitoring/alertmanager.yml")
    (receiver,) = (one for one in config["receivers"] if one["name"] == "payments-pager")
    assert list(receiver) == ["name"]


def test_misspelt_severity_makes_a_ticket_of_a_page() -> None:
    routing = f"--config.file={NOT_READY / 'monitoring/alertmanager.yml'}"
    command = (amtool(), "config", "routes", "test", routing, "team=team-orders")
    assert run(*command, "severity=crit").strip() == "team-orders-tickets"
    assert run(*command, "severity=critical").strip() == "team-orders-pager"


def test_budget_lets_no_pod_go() -> None:
    found = {one["kind"]: one for _, one in rendered(NOT_READY) if one["metadata"]["name"] == "orders-api"}
    least = found["HorizontalPodAutoscaler"]["spec"]["minReplicas"]
    kept = int(found["PodDisruptionBudget"]["spec"]["minAvailable"].rstrip("%"))
    assert least - -(-kept * least // 100) == 0
