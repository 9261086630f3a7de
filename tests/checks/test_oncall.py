"""Pages that end at nobody, or at one person who sleeps."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.oncall import chain, escalation_depth

from tests.checks.operations.systems import LAST_LEVEL
from tests.faults import ORDERS, Fault, Found, copy_of_orders, findings, judged, proofs, write

DUTY = "oncall/pagerduty.tf"
LAYER = "    users                        = local.people\n"
DAILY = (
    '    restriction {{\n      type = "daily_restriction"\n      start_time_of_day = "{}"\n'
    "      duration_seconds = {}\n    }}\n"
)
WEEKLY = (
    '    restriction {{\n      type = "weekly_restriction"\n      start_day_of_week = {}\n'
    '      start_time_of_day = "{}"\n      duration_seconds = {}\n    }}\n'
)
ONLY_OWN = Fault(
    DUTY, "      id   = data.pagerduty_schedule.operations.id", "      id   = pagerduty_schedule.backup.id"
)
BACKUP = """
resource "pagerduty_schedule" "backup" {
  name = "backup"
  layer {
    users = local.people
LAYERS
  }
}
"""
OFF = '\nresource "pagerduty_maintenance_window" "off" {\n  start_time = "2026-01-01T00:00:00Z"\n  end_time = "END"\n  services = [pagerduty_service.orders.id]\n}\n'


def unknowns(check: Any, at: Path, **settings: Any) -> list[str]:
    done = judged(check, at, **settings)
    return [one.reason for outcome in done.outcomes for one in outcome.results if one.status == "unknown"]


def line_of(tree: Path, one: Found) -> str:
    """The text of the line that a finding names."""
    return (tree / DUTY).read_text().splitlines()[(one.at.line or 0) - 1]


def test_orders_has_no_finding() -> None:
    assert findings(chain, ORDERS) == []
    assert findings(escalation_depth, ORDERS) == []
    assert unknowns(chain, ORDERS) == unknowns(escalation_depth, ORDERS) == []
    said = dict.fromkeys(proof.message for proof in proofs(chain, ORDERS))
    assert list(said) == [
        "orders pages by orders the schedules team-orders, operations-duty",
        "receiver team-orders-pager pages orders",
    ]
    assert [proof.message for proof in proofs(escalation_depth, ORDERS)] == [
        "policy orders has 2 levels, the last after 10 minutes"
    ]


CHAIN = [
    (Fault(DUTY, "= local.people", "= [data.pagerduty_user.mara.id]"), "team-orders has 1 person, 6 are needed", 'resource "pagerduty_schedule" "orders" {', None),
    (Fault(DUTY, "= local.people", "= []"), "team-orders has 0 people, 6 are needed", 'resource "pagerduty_schedule" "orders" {', None),
    (Fault(DUTY, "    data.pagerduty_user.pavel.id,\n", ""), "team-orders has 5 people, 6 are needed", 'resource "pagerduty_schedule" "orders" {', "warning"),
    (Fault(DUTY, "    data.pagerduty_user.pavel.id,\n", "    data.pagerduty_user.aiko.id,\n"), "team-orders has 5 people, 6 are needed", 'resource "pagerduty_schedule" "orders" {', "warning"),
    (Fault(DUTY, "  service = pagerduty_service.orders.id", "  service = pagerduty_service.other.id"),
     "orders has no integration: nothing can open an incident of it", 'resource "pagerduty_service" "orders" {', "warning"),
    (Fault(DUTY, 'data "pagerduty_vendor"', OFF.replace("END", "2027-01-01T00:00:00Z") + 'data "pagerduty_vendor"'),
     "a maintenance window silences orders for 365 days: nobody is paged", '  end_time = "2027-01-01T00:00:00Z"', None),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "says", "line", "at_most"), CHAIN, ids=str)
def test_a_broken_chain_is_found(
    tmp_path: Path, fault: Fault, says: str, line: str, at_most: str | None
) -> None:
    tree = fault.seed(copy_of_orders(tmp_path))
    found = {(one.message, line_of(tree, one), one.finding.at_most) for one in findings(chain, tree)}
    assert (says, line, at_most) in found


@pytest.mark.parametrize(
    "edit",
    [
        Fault(DUTY, 'data "pagerduty_vendor"', OFF.replace("END", "2026-01-31T00:00:00Z") + 'data "pagerduty_vendor"'),
        Fault(DUTY, 'resource "pagerduty_service_integration" "alertmanager"', 'module "pager" {\n  source = "./x"\n  id = pagerduty_service.orders.id\n}\nresource "pagerduty_service_integration" "alertmanager"'),
        Fault(DUTY, "    data.pagerduty_user.pavel.id,\n", '    "PABC123",\n'),
    ],
    ids=str,
)  # fmt: skip
def test_look_alikes_of_a_broken_chain_are_left_alone(tmp_path: Path, edit: Fault) -> None:
    assert findings(chain, edit.seed(copy_of_orders(tmp_path))) == []


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (Fault(DUTY, "= local.people", "= [for one in var.people : one.id]"), "how many people are in team-orders is not known"),
        (Fault(DUTY, "pagerduty_escalation_policy.orders.id", "var.policy"), "the policy of orders is not in these files"),
        (Fault(DUTY, "alertmanager/orders-pagerduty-routing-key\"", "alertmanager/orders-key\""),
         "which service the key orders-pagerduty-routing-key of receiver team-orders-pager belongs to"),
    ],
    ids=str,
)  # fmt: skip
def test_what_only_pagerduty_knows_is_unknown(tmp_path: Path, edit: Fault, why: str) -> None:
    assert findings(chain, edit.seed(copy_of_orders(tmp_path))) == []
    assert any(why in reason for reason in unknowns(chain, tmp_path / "orders"))


def test_people_is_a_setting() -> None:
    assert findings(chain, ORDERS, people=6) == []
    assert [one.message for one in findings(chain, ORDERS, people=8)][:1] == [
        "team-orders has 6 people, 8 are needed"
    ]


DEPTH = [
    (Fault(DUTY, LAST_LEVEL, ""), "policy orders has 1 level, 2 are needed", 'resource "pagerduty_escalation_policy" "orders" {', None),
    (Fault(DUTY, "      id   = data.pagerduty_schedule.operations.id", "      id   = pagerduty_schedule.orders.id"),
     "policy orders calls the same on each of its 2 levels", 'resource "pagerduty_escalation_policy" "orders" {', None),
    (Fault(DUTY, "      id   = pagerduty_schedule.orders.id", "      id   = data.pagerduty_user.mara.id"),
     "level 1 of policy orders is one person, at every hour of the year", "  rule {", "warning"),
    (Fault(DUTY, "  num_loops = 2\n", ""), "policy orders does not start again when its last level does not answer: num_loops is 0", 'resource "pagerduty_escalation_policy" "orders" {', "warning"),
    (Fault(DUTY, "escalation_delay_in_minutes = 10", "escalation_delay_in_minutes = 16"),
     "policy orders calls its second level after 16 minutes, 15m are allowed", "  rule {", "warning"),
    (Fault(DUTY, "escalation_delay_in_minutes = 10", "escalation_delay_in_minutes = 31"),
     "policy orders calls its last level after 31 minutes, 30m are allowed", "  rule {", "warning"),
    (Fault(DUTY, 'rotation_virtual_start       = "2026-01-05', 'rotation_virtual_start       = "2026-01-04'),
     "team-orders changes hands on a Sunday: nobody is at work to be told what is open", 'resource "pagerduty_schedule" "orders" {', "note"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "says", "line", "at_most"), DEPTH, ids=str)
def test_a_shallow_policy_is_found(
    tmp_path: Path, fault: Fault, says: str, line: str, at_most: str | None
) -> None:
    tree = fault.seed(copy_of_orders(tmp_path))
    found = {
        (one.message, line_of(tree, one), one.finding.at_most) for one in findings(escalation_depth, tree)
    }
    assert (says, line, at_most) in found


@pytest.mark.parametrize(
    "edit",
    [
        Fault(DUTY, "escalation_delay_in_minutes = 10", "escalation_delay_in_minutes = 15"),
        Fault(DUTY, 'rotation_virtual_start       = "2026-01-05', 'rotation_virtual_start       = "2026-01-09'),
        Fault(DUTY, "rotation_turn_length_seconds = 604800", "rotation_turn_length_seconds = 86400"),
        Fault(DUTY, "  num_loops = 2\n", "  num_loops = 1\n"),
        Fault(DUTY, "      id   = data.pagerduty_schedule.operations.id", "      id   = data.pagerduty_user.mara.id"),
        Fault(DUTY, LAYER, LAYER + DAILY.format("09:00:00", 28800)),  # the second level's hours are not here
    ],
    ids=str,
)  # fmt: skip
def test_look_alikes_of_a_shallow_policy_are_left_alone(tmp_path: Path, edit: Fault) -> None:
    assert findings(escalation_depth, edit.seed(copy_of_orders(tmp_path))) == []


@pytest.mark.parametrize(
    ("first", "second", "gap"),
    [
        (DAILY.format("08:00:00", 43200), DAILY.format("20:00:00", 43200), ""),
        (DAILY.format("08:00:00", 43200), DAILY.format("20:00:00", 43140), "7m"),
        (DAILY.format("09:00:00", 28800), DAILY.format("09:00:00", 28800), "112h"),
        (WEEKLY.format(1, "00:00:00", 5 * 86400), WEEKLY.format(6, "00:00:00", 2 * 86400), ""),
        (WEEKLY.format(1, "09:00:00", 5 * 86400), WEEKLY.format(6, "09:00:00", 2 * 86400), ""),
        (WEEKLY.format(1, "09:00:00", 5 * 86400), WEEKLY.format(6, "09:00:00", 86400), "24h"),
        (DAILY.format("09:00:00", 28800), "", ""),
        (DAILY.format("09:00:00", 28800), DAILY.format("soon", 28800), ""),
        (DAILY.format("09:00:00", 28800), WEEKLY.format('"x"', "09:00:00", 28800), ""),
    ],
)
def test_hours_in_which_nobody_is_called(tmp_path: Path, first: str, second: str, gap: str) -> None:
    tree = ONLY_OWN.seed(copy_of_orders(tmp_path))
    Fault(DUTY, LAYER, LAYER + first).seed(tree)
    (tree / DUTY).write_text((tree / DUTY).read_text() + BACKUP.replace("LAYERS", second))
    found = [one.message for one in findings(escalation_depth, tree)]
    if not gap:
        assert found == []
        return
    (message,) = found
    assert "has nobody on call for" in message
    minutes = {"7m": "7m", "112h": "4d16h", "24h": "1d"}[gap]
    assert f"for {minutes} of each week" in message
    assert findings(escalation_depth, tree, tier=2) == []


COPIES = """\
resource "pagerduty_user" "all" {
  for_each = toset(["a", "b", "c", "d", "e", "f"])
  name     = each.key
}
resource "pagerduty_schedule" "on" {
  for_each = toset(["first", "second"])
  name     = each.key
  layer {
    users = [USERS]
  }
}
resource "pagerduty_escalation_policy" "p" {
  name      = "p"
  num_loops = 1
  rule {
    escalation_delay_in_minutes = "10"
    target {
      id = pagerduty_schedule.on["first"].id
    }
  }
  rule {
    escalation_delay_in_minutes = 10
    target {
      id = pagerduty_schedule.on["second"].id
    }
  }
}
resource "pagerduty_service" "p" {
  name              = "p"
  escalation_policy = pagerduty_escalation_policy.p.id
}
resource "pagerduty_service_integration" "p" {
  service = pagerduty_service.p.id
}
"""


@pytest.mark.parametrize(
    ("users", "says", "unknown"),
    [
        (", ".join(f'pagerduty_user.all["{one}"].id' for one in "abcdef"), [], False),
        (", ".join(f'pagerduty_user.all["{one}"].id' for one in "abcde"), ["on.first has 5 people"], False),
        ("for one in pagerduty_user.all : one.id", [], True),
        ("values(pagerduty_user.all)[*].id", [], True),
        ("pagerduty_user.all.id", [], True),
    ],
)
def test_copies_of_for_each_are_told_apart(
    tmp_path: Path, users: str, says: list[str], unknown: bool
) -> None:
    """One resource block makes several people, and several schedules."""
    write(tmp_path, {"main.tf": COPIES.replace("USERS", users)})
    found = [one.message for one in findings(chain, tmp_path)]
    assert len(found) == len(says)
    assert all("has 5 people" in one for one in found)
    assert bool(unknowns(chain, tmp_path)) == unknown
    assert findings(escalation_depth, tmp_path) == []


def test_levels_made_by_a_dynamic_block_are_unknown(tmp_path: Path) -> None:
    policy = 'resource "pagerduty_escalation_policy" "p" {\n  name = "p"\n  dynamic "rule" {\n    for_each = var.r\n    content {}\n  }\n}\n'
    write(tmp_path, {"main.tf": policy})
    assert findings(escalation_depth, tmp_path) == []
    assert any("dynamic" in reason for reason in unknowns(escalation_depth, tmp_path))


@pytest.mark.parametrize("text", ["", 'resource "pagerduty_service" "x" {}\n', 'resource "pagerduty_escalation_policy" "x" {\n  rule {}\n}\n',
                                  'resource "pagerduty_schedule" "x" {\n  layer = 5\n}\nresource "pagerduty_service" "y" {\n  escalation_policy = pagerduty_schedule.x.id\n}\n',
                                  'resource "pagerduty_maintenance_window" "x" {\n  end_time = 5\n}\nresource "pagerduty_service" "y" {}\n'])  # fmt: skip
def test_odd_files_end_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"main.tf": text})
    for check in (chain, escalation_depth):
        findings(check, tmp_path)


def test_a_service_without_such_files_has_nothing_to_judge(tmp_path: Path) -> None:
    (copy_of_orders(tmp_path) / DUTY).unlink()
    for check in (chain, escalation_depth):
        assert {one.status for one in judged(check, tmp_path / "orders").outcomes} == {"not-applicable"}
