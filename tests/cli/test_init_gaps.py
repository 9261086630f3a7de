"""`init --gaps` begins what the chain lacks, and what it writes is right as it stands."""

import re
import subprocess
from pathlib import Path

from readiness_checks.alert import rules_valid, unit_tested
from readiness_checks.runbook import commands_real
from readiness_checks.slo import burn_rate_maths

from tests.cli.running import cli
from tests.faults import ORDERS, Fault, copy_of_orders, findings
from tests.programs import promtool

RULES = "monitoring/rules/orders.rules.yaml"
TESTS = "monitoring/rules/orders.rules.test.yaml"
PAGE = "docs/runbooks/OrdersQueueAgeHigh.md"
LINK = "          runbook_url: https://git.harbour.internal/retail/orders/blob/main/docs/runbooks/OrdersQueueAgeHigh.md\n"


def gaps(tree: Path, *more: str) -> list[str]:
    said = cli("init", str(tree), "--gaps", *more, cwd=tree)
    assert said.code == 0, said.err
    return said.out.splitlines()


def test_a_service_without_gaps_is_told_so() -> None:
    assert gaps(ORDERS, "--dry-run") == [
        "no gap: alerts that page have runbooks and tests, objectives have alerts"
    ]


def test_an_alert_without_a_page_gets_one_that_names_what_is_deployed(tmp_path: Path) -> None:
    tree = Fault(RULES, LINK, "").seed(copy_of_orders(tmp_path))
    (tree / PAGE).unlink()
    assert any(line.startswith(f"wrote {PAGE}: the page of OrdersQueueAgeHigh") for line in gaps(tree))
    text = (tree / PAGE).read_text()
    for heading in ("Meaning", "Impact", "Diagnosis", "Mitigation", "Rollback", "Escalation"):
        assert f"\n## {heading}\n" in text
    assert "kubectl -n orders" in text
    assert "owner: team-orders" in text
    assert findings(commands_real, tree) == []


def test_a_page_that_is_there_is_only_to_be_linked(tmp_path: Path) -> None:
    tree = Fault(RULES, LINK, "").seed(copy_of_orders(tmp_path))
    before = (tree / PAGE).read_bytes()
    assert gaps(tree) == [f"OrdersQueueAgeHigh: {PAGE} is there; link it by annotations.runbook_url"]
    assert (tree / PAGE).read_bytes() == before


def test_alerts_in_no_unit_test_get_tests_that_promtool_passes(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    (tree / TESTS).unlink()
    (line,) = gaps(tree)
    name = "monitoring/rules/orders.generated.test.yaml"
    assert line.startswith(f"wrote {name}: unit tests of OrdersErrorBudgetBurnFast")
    done = subprocess.run(
        [promtool(), "test", "rules", tree / name], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert findings(unit_tested, tree) == []


def test_an_objective_that_nothing_defends_gets_burn_rate_rules(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    rules = (tree / RULES).read_text()
    (tree / RULES).write_text(
        re.sub(
            r"      - alert: OrdersErrorBudgetBurnFast.*?(?=      - alert: OrdersLatency)",
            "",
            rules,
            flags=re.S,
        )
    )
    (tree / TESTS).unlink()
    written = "monitoring/rules/orders-requests-availability-burn-rate.rules.yaml"
    assert any(line.startswith(f"wrote {written}") for line in gaps(tree))
    text = (tree / written).read_text()
    assert "14.4 * 0.001" in text
    assert "team: 'team-orders'" in text
    assert subprocess.run([promtool(), "check", "rules", tree / written], check=False).returncode == 0
    assert findings(rules_valid, tree) == []
    assert findings(burn_rate_maths, tree) == []


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    (tree / TESTS).unlink()
    before = sorted(tree.rglob("*"))
    assert "alert_rule_test:" in "\n".join(gaps(tree, "--dry-run"))
    assert sorted(tree.rglob("*")) == before
