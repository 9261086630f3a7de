"""A runbook keeps up with its alert: real git repositories, with the dates of their commits."""

import subprocess
from pathlib import Path

import pytest
from readiness_checks.runbook import fresh

from readiness.evidence.alert_history import difference
from tests.faults import ORDERS, findings, proofs, statuses, write
from tests.repositories import commit, repository

RULE = """\
groups:
  - name: shop
    rules:
      - alert: ShopSlow
        expr: shop:latency:p99 > 0.8
        for: 10m
        annotations: {runbook_url: docs/runbooks/ShopSlow.md}
"""
PAGE = "---\nowner: shop\n---\n# ShopSlow\n## Diagnosis\nLook at the [board](https://g.shop.internal/d/1).\n"
RULES, RUNBOOK = "rules.yaml", "docs/runbooks/ShopSlow.md"
MATERIAL = RULE.replace("0.8", "1.5")


def shop(path: Path, *commits: tuple[str, dict[str, str]]) -> Path:
    folder = repository(path / "shop")
    commit(folder, {RULES: RULE, RUNBOOK: PAGE}, "2026-08-01T12:00:00Z")
    for day, files in commits:
        commit(folder, files, f"2026-{day}T12:00:00Z")
    return folder


def test_orders_has_no_finding() -> None:
    assert findings(fresh, ORDERS) == []
    assert proofs(fresh, ORDERS) or set(statuses(fresh, ORDERS).values()) == {"unknown"}  # without a clone


@pytest.mark.parametrize(
    ("commits", "says"),
    [
        ((("09-01", {RULES: MATERIAL}),), "ShopSlow changed on 2026-09-01 (0.8 became 1.5), and docs/runbooks/ShopSlow.md was last changed on 2026-08-01"),
        ((("09-01", {RULES: RULE.replace(">", ">=")}),), "(> became >=)"),
        ((("09-01", {RULES: RULE.replace("p99", "p95")}),), "(shop:latency:p99 became shop:latency:p95)"),
        ((("09-01", {RULES: RULE.replace("shop:latency:p99", "rate(x[5m])")}), ("10-01", {RULES: RULE.replace("shop:latency:p99", "rate(x[10m])")})), "changed on 2026-10-01 (shop:latency:p99 became 10m, x)"),
        ((("09-01", {RULES: MATERIAL}), ("09-02", {RUNBOOK: PAGE.replace("owner: shop", "owner: web")})), "last changed on 2026-08-01"),
        ((("09-01", {RULES: MATERIAL}), ("09-02", {RUNBOOK: PAGE.replace("g.shop", "grafana.shop") + "\n\n"})), "last changed on 2026-08-01"),
        ((("09-01", {RULES: MATERIAL}), ("09-02", {RUNBOOK: PAGE.replace("shop\n---", "shop\nreviewed: 2026-08-20\n---")})), "last reviewed on 2026-08-20"),
        ((("09-01", {RULES: MATERIAL}), ("09-02", {RUNBOOK: PAGE + "Bulk.\n", **{f"x/{n}": "" for n in range(101)}})), "last changed on 2026-08-01"),
    ],
)  # fmt: skip
def test_fault_is_found(tmp_path: Path, commits: tuple[tuple[str, dict[str, str]], ...], says: str) -> None:
    (found,) = findings(fresh, shop(tmp_path, *commits))
    assert says in found.message
    assert {operand.name: operand.at.file for operand in found.finding.operands if operand.at}[
        "expression"
    ] == RULES


@pytest.mark.parametrize(
    "commits",
    [
        (),
        (("09-01", {RULES: MATERIAL, RUNBOOK: PAGE + "More.\n"}),),
        (("09-01", {RULES: MATERIAL}), ("09-02", {RUNBOOK: PAGE + "More.\n"})),
        (("09-01", {RULES: MATERIAL}), ("09-02", {RUNBOOK: PAGE.replace("shop\n---", "shop\nreviewed: 2026-09-02\n---")})),
        (("09-01", {RULES: MATERIAL}), ("10-01", {RULES: RULE})),
        (("09-01", {RULES: RULE.replace("shop:latency:p99", 'shop:latency:p99{cluster="eu-1"}')}),),
        (("09-01", {RULES: RULE.replace("shop:latency:p99", "max by (job) (shop:latency:p99)")}),),
        (("09-01", {RULES: RULE.replace("expr: shop:latency:p99 > 0.8", "expr: |\n          shop:latency:p99\n            > 0.8")}),),
        (("09-01", {RULES: RULE.replace("10m", "1h")}),),
        (("09-01", {RULES: RULE.replace("{runbook", "{summary: is 0.9, runbook")}),),
    ],
)  # fmt: skip
def test_look_alike_is_left_alone(tmp_path: Path, commits: tuple[tuple[str, dict[str, str]], ...]) -> None:
    folder = shop(tmp_path, *commits)
    assert findings(fresh, folder) == []
    assert set(statuses(fresh, folder).values()) == {"pass"}


def test_what_is_not_committed_yet(tmp_path: Path) -> None:
    folder = write(shop(tmp_path), {RULES: MATERIAL})
    (found,) = findings(fresh, folder)
    assert "ShopSlow changed and is not committed yet (0.8 became 1.5)" in found.message
    assert findings(fresh, write(folder, {RUNBOOK: PAGE + "More.\n"})) == []


def test_age_alone_is_a_note_on_both_sides_of_its_bound(tmp_path: Path) -> None:
    folder = shop(tmp_path)  # 2026-08-01, judged on 2026-11-24: 115 days
    assert findings(fresh, folder, max_age_at_tier_1="115d") == []
    (found,) = findings(fresh, folder, max_age_at_tier_1="114d")
    assert (found.finding.at_most, found.finding.key) == ("note", "age")
    assert "115 days ago, 114 are allowed" in found.message
    assert findings(fresh, folder, tier=2, max_age_at_tier_1="114d") == []
    assert len(findings(fresh, folder, tier=2, max_age="114d")) == 1


def test_a_history_that_is_cut_off_is_unknown(tmp_path: Path) -> None:
    folder = shop(tmp_path, ("09-01", {"x": "y"}))
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{folder}", str(tmp_path / "cut")], check=True)
    assert set(statuses(fresh, tmp_path / "cut").values()) == {"unknown"}
    assert set(statuses(fresh, write(tmp_path / "plain", {RULES: RULE, RUNBOOK: PAGE})).values()) == {
        "not-applicable"  # without a repository there is no history to cut
    }


def test_a_rule_that_is_newer_than_its_page_has_not_changed(tmp_path: Path) -> None:
    folder = repository(tmp_path / "shop")
    commit(folder, {RULES: "groups: []\n", RUNBOOK: PAGE}, "2026-08-01T12:00:00Z")
    commit(folder, {RULES: RULE}, "2026-09-01T12:00:00Z")
    assert findings(fresh, folder) == []


def test_an_earlier_version_that_is_broken_tells_nothing(tmp_path: Path) -> None:
    folder = repository(tmp_path / "shop")
    commit(folder, {RULES: "groups: [", RUNBOOK: PAGE}, "2026-08-01T12:00:00Z")
    commit(folder, {RULES: RULE}, "2026-09-01T12:00:00Z")
    assert findings(fresh, folder) == []


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("a > 1", "a > 1", ""),
        ("rate(a[5m]) > 1", "rate(a[10m]) > 1", "5m became 10m"),
        ('a{x="1"} > 1', 'a{x="2", y=~"3.."} > 1', ""),
        ("a > 1", "a > 1 # was 2", ""),
        ("a > 1e3", "a > 2e3", "1e3 became 2e3"),
        ("a > 1", "a > 1 and b > 1", "1, >, b was added"),
        ("a > 1 and b", "a > 1", "b went away"),
        ("a >", "a > 2", "2, a was added"),
        ("sum(a) > 1", "sum without (x) (a) > 1", ""),
    ],
)
def test_what_is_material(before: str, after: str, what: str) -> None:
    assert difference(before, after) == what


def test_a_stamp_alone_tells_the_age(tmp_path: Path) -> None:
    page = PAGE.replace("shop\n---", "shop\nreviewed: DAY\n---")
    for day, status in (("2026-05-27", "fail"), ("2026-05-28", "pass"), ("soon", "not-applicable")):
        folder = write(tmp_path / day, {RULES: RULE, RUNBOOK: page.replace("DAY", day)})
        assert set(statuses(fresh, folder).values()) == {status}
