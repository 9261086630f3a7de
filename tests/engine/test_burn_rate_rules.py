"""Rules that `init` writes for an objective: Prometheus takes them, and they are burn-rate alerts that can fire."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from subprocess import run

import pytest
from readiness_checks.slo import burn_rate_maths

from readiness.arithmetic.burn_rate import DAY
from readiness.burn_rate_rules import rules_of
from readiness.evidence.objective import Objective
from readiness.outcome import Location
from tests.faults import findings, proofs, write
from tests.programs import promtool

AT = Location("repository", "slo.yaml")


def objectives() -> Iterator[Objective]:
    for target in ("0.9", "0.95", "0.99", "0.999", "0.9999"):
        for days in (7, 28, 30, 90):
            yield Objective(
                "sloth", "or ders", "it's fast", Fraction(target), days * DAY, AT, AT, "availability",
                bad='sum(rate(a{b="c"}[{{.window}}]))', total="sum(rate(a[{{.window}}]))",
            )  # fmt: skip


@pytest.mark.parametrize(
    "objective", list(objectives()), ids=lambda one: f"{float(one.target)}-{one.period / DAY}d"
)
def test_written_rules_are_taken_and_can_fire(objective: Objective, tmp_path: Path) -> None:
    tree = write(tmp_path, {"rules.yaml": rules_of(objective, {"team": "orders"})})
    checked = run([promtool(), "check", "rules", tree / "rules.yaml"], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert [one.message for one in findings(burn_rate_maths, tree, tier=4) if "never" in one.message] == []
    assert proofs(burn_rate_maths, tree, tier=4)


def test_a_step_that_no_failure_reaches_is_left_out() -> None:
    (low, *_) = objectives()
    text = rules_of(low._replace(period=30 * DAY), {})
    assert "14.4" not in text
    assert "6 * 0.1" in text


@pytest.mark.parametrize(
    "changed",
    [{"total": ""}, {"bad": "", "good": ""}, {"bad": "sum(rate(a[5m]))"}],
)
def test_nothing_is_written_where_it_can_not_be_right(changed: dict[str, object]) -> None:
    (first, *_) = objectives()
    assert rules_of(first._replace(**changed), {}) == ""  # type: ignore[arg-type]


def test_a_share_of_good_events_becomes_an_error_ratio() -> None:
    (first, *_) = objectives()
    text = rules_of(first._replace(bad="", good="sum(rate(g[{{.window}}]))", target=Fraction("0.999")), {})
    assert "1 - (sum(rate(g[5m])))" in text


def test_metrics_of_pyrra_become_rates() -> None:
    (first, *_) = objectives()
    pyrra = first._replace(format="pyrra", bad='a{code="500"}', total="a", target=Fraction("0.999"))
    assert '(sum(rate(a{code="500"}[1h])))' in rules_of(pyrra, {})
