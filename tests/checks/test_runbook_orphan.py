"""Pages whose alert is gone."""

from pathlib import Path

import pytest
from readiness_checks.runbook import orphan, resolves

from tests.checks.operations.runbook import BROKER, DOWN
from tests.faults import ORDERS, Fault, copy_of_orders, findings, proofs, statuses, write
from tests.repositories import commit, repository

PAGE = "docs/runbooks/OrdersBrokerDown.md"
RULES = "monitoring/rules/orders.rules.yaml"


def test_orders_has_no_finding() -> None:
    assert findings(orphan, ORDERS) == []
    said = {proof.message for proof in proofs(orphan, ORDERS)}
    assert said >= {"an alert links to docs/runbooks/OrdersDown.md"}
    assert len(said) == 9


def test_a_page_without_an_alert_is_found(tmp_path: Path) -> None:
    (found,) = findings(orphan, Fault(PAGE, "", BROKER).seed(copy_of_orders(tmp_path)))
    assert found.message == (
        "docs/runbooks/OrdersBrokerDown.md is about OrdersBrokerDown, which no rule makes; "
        "the nearest alert is OrdersWorkerDown"
    )
    assert found.at.line == 5


def test_a_renamed_alert_leaves_its_page_and_one_finding(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    text = (tree / RULES).read_text()
    (tree / RULES).write_text(text.replace("OrdersWorkerDown", "OrdersWorkersDown"))
    assert findings(orphan, tree) == []
    (found,) = findings(resolves, tree)
    assert found.message.endswith(
        "docs/runbooks/OrdersWorkerDown.md is the page of an alert that no rule makes"
    )
    assert found.finding.fix.startswith("rename docs/runbooks/OrdersWorkerDown.md to OrdersWorkersDown.md")


def test_the_page_of_another_alert_is_no_way_out(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    (tree / "docs/runbooks/OrdersWorkerDown.md").unlink()
    (found,) = findings(resolves, tree)
    assert found.finding.fix.startswith("write the page, or mend the link; docs/runbooks/Orders")
    assert found.finding.fix.endswith(".md is about another alert")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("docs/runbooks/how-to-restore.md", BROKER),
        ("docs/runbooks/Restore.md", BROKER),
        ("docs/runbooks/broker/OrdersBrokerDown.md", BROKER),
        ("docs/runbooks/OrdersBrokerDown.md", "# OrdersBrokerDown\nAsk #messaging.\n"),
    ],
)
def test_look_alike_is_left_alone(tmp_path: Path, file: str, text: str) -> None:
    assert findings(orphan, Fault(file, "", text).seed(copy_of_orders(tmp_path))) == []


def test_a_page_that_others_link_to_is_left_alone(tmp_path: Path) -> None:
    tree = Fault(PAGE, "", BROKER).seed(copy_of_orders(tmp_path))
    Fault(DOWN, "follow OrdersDatabasePoolExhausted", "follow [it](OrdersBrokerDown.md)").seed(tree)
    assert findings(orphan, tree) == []


def test_a_page_that_links_to_itself_is_found(tmp_path: Path) -> None:
    page = BROKER.replace("Nothing has", "See [above](OrdersBrokerDown.md#impact). Nothing has")
    assert len(findings(orphan, Fault(PAGE, "", page).seed(copy_of_orders(tmp_path)))) == 1


def test_rules_that_cannot_be_read_leave_it_unknown(tmp_path: Path) -> None:
    tree = Fault(PAGE, "", BROKER).seed(copy_of_orders(tmp_path))
    write(
        tree, {"monitoring/rules/more.yaml": "groups:\n  - name: x\n    rules: [{alert: OrdersBrokerDown\n"}
    )
    assert set(statuses(orphan, tree).values()) == {"unknown"}


def test_history_tells_the_new_name(tmp_path: Path) -> None:
    rules = (
        "groups:\n  - name: shop\n    rules:\n      - alert: ShopDown\n        expr: up == 0\n"
        "      - alert: ShopSlow\n        expr: x > 1\n        annotations: {runbook_url: docs/runbooks/ShopSlow.md}\n"
    )
    form = "\n## Diagnosis\nLook.\n## Mitigation\nRestart it.\n"
    pages = {f"docs/runbooks/{name}.md": f"# {name}{form}" for name in ("ShopDown", "ShopSlow")}
    folder = repository(tmp_path / "shop")
    commit(folder, {"rules.yaml": rules, **pages}, "2026-08-01T12:00:00Z")
    assert findings(orphan, folder) == []
    commit(folder, {"rules.yaml": rules.replace("ShopDown", "AllShopsAway")}, "2026-09-01T12:00:00Z")
    (found,) = findings(orphan, folder)
    assert "AllShopsAway took the place of ShopDown on 2026-09-01" in found.message
    assert found.finding.fix == "rename it to AllShopsAway.md"
