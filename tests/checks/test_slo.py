"""Objectives are read, their alerts can fire in time, and the promise can be kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from readiness_checks.slo import (
    budget_humanly_defensible,
    budget_policy,
    burn_rate_maths,
    coverage,
    dependency_maths,
    latency_bucket,
    rules_in_sync,
    sli_well_formed,
    spec_valid,
)

from tests.checks.operations.slo import FAULTS
from tests.faults import ORDERS, Fault, copy_of_orders, findings, outcomes, proofs, write

SPEC = "slo/orders.yaml"
RULES = "monitoring/rules/orders.rules.yaml"
APPLICATION = "src/main/resources/application.yml"
POLICY = "docs/error-budget.md"
CHECKS: dict[str, Callable[..., Any]] = {
    "slo.spec-valid": spec_valid,
    "slo.burn-rate-maths": burn_rate_maths,
    "slo.budget-humanly-defensible": budget_humanly_defensible,
    "slo.coverage": coverage,
    "slo.sli-well-formed": sli_well_formed,
    "slo.latency-bucket": latency_bucket,
    "slo.dependency-maths": dependency_maths,
    "slo.budget-policy": budget_policy,
}
SETTINGS: dict[str, dict[str, Any]] = {"slo.budget-humanly-defensible": {"mitigate": "4m"}}


def ids_of(value: object) -> str:
    """Functions by their name, so that each process gives a case the same id."""
    return getattr(value, "__name__", str(value))


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_orders_has_no_finding_and_a_proof(name: str) -> None:
    assert findings(CHECKS[name], ORDERS, **SETTINGS.get(name, {})) == []
    assert proofs(CHECKS[name], ORDERS, **SETTINGS.get(name, {}))


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_seeded_fault_is_found(fault: str, tmp_path: Path) -> None:
    check, edit = FAULTS[fault]
    assert findings(CHECKS[check], edit.seed(copy_of_orders(tmp_path)), **SETTINGS.get(check, {}))


@pytest.mark.parametrize(
    ("check", "edit", "says"),
    [
        (spec_valid, Fault(SPEC, "objective: 99.9\n", "objective: 0.999\n"),
         "orders/requests-availability promises 0.999 %: objective is a percentage; 99.9 % is meant if it is a share"),
        (spec_valid, Fault(SPEC, "objective: 99.9\n", "objective: 101\n"),
         "orders/requests-availability has objective 101: a percentage above 0 and up to 100 is expected"),
        (spec_valid, Fault(SPEC, "objective: 99.9\n", "objective: lots\n"),
         "orders/requests-availability has objective 'lots': a percentage above 0 and up to 100 is expected"),
        (spec_valid, Fault(SPEC, "name: requests-latency", "name: requests-availability"),
         "orders has two objectives requests-availability"),
        (spec_valid, Fault(SPEC, "[{{.window}}]", "[5m]", times=0), "has error_query without {{.window}}"),
        (spec_valid, Fault(SPEC, "service: orders\nlabels", "labels"), "the specification names no service"),
        (spec_valid, Fault(SPEC, "name: OrdersLatencyBudgetBurn\n      annotations", "annotations"),
         "orders/requests-latency has alerts without a name"),
        (burn_rate_maths, Fault(RULES, "ratio_rate1h > 14.4 * 0.001", "ratio_rate1h > 14.4 * 0.002"),
         "OrdersErrorBudgetBurnFast holds its windows of 1h and 5m against 0.0288 and 0.0144"),
        (burn_rate_maths, Fault(RULES, "and orders:request_errors:ratio_rate2h > 3", "and orders:request_errors:ratio_rate5m > 3"),
         "OrdersErrorBudgetBurnSlow has windows of 1d and 5m; the short one is a twelfth of the long one, 2h"),
        (burn_rate_maths, Fault(RULES, "for: 2m\n        labels:\n          severity: critical\n          team: team-orders\n          service: orders\n        annotations:\n          summary: Orders burns", "for: 5m\n        labels:\n          severity: critical\n          team: team-orders\n          service: orders\n        annotations:\n          summary: Orders burns"),
         "OrdersErrorBudgetBurnFast needs 52s of a total failure and holds for 5m: 352s, 5m is the most at tier 1"),
        (burn_rate_maths, Fault(RULES, "> 3 * 0.001", "> 4 * 0.001", times=2),
         "has burn rates of 14.4, 4 and no slow one for a ticket"),
        (burn_rate_maths, Fault(RULES, "> 14.4 * 0.001", "> 2 * 0.001", times=2),
         "has burn rates of 2, 3 and no fast one that pages"),
        (budget_humanly_defensible, Fault(SPEC, "objective: 99\n", "objective: 99.99\n"),
         "orders/requests-latency promises 99.99 %, a budget of 4.32 minutes"),
        (coverage, Fault(SPEC, "service: orders\n", "service: invoices\n"), "orders promises nothing: no objective of it is in evidence; those in evidence are of invoices"),
        (coverage, Fault(SPEC, "      page_alert:\n        labels: {severity: critical, team: team-orders, service: orders}\n      ticket_alert:\n        labels: {severity: warning, team: team-orders, service: orders}\n", "      page_alert: {disable: true}\n      ticket_alert: {disable: true}\n"),
         "orders/requests-latency is measured and not defended"),
        (sli_well_formed, Fault(SPEC, 'total_query: sum(rate(http_server_requests_seconds_count{job="orders-api"}[{{.window}}]))', 'total_query: sum by (uri) (rate(http_server_requests_seconds_count{job="orders-api"}[{{.window}}]))', times=2),
         "keeps no label in error and uri in total"),
        (sli_well_formed, Fault(SPEC, 'total_query: sum(rate(http_server_requests_seconds_count{job="orders-api"}[{{.window}}]))', 'total_query: sum(http_server_requests_seconds_count{job="orders-api"} offset 1m)', times=2),
         "has a total that counts nothing"),
        (sli_well_formed, Fault(SPEC, 'outcome="SERVER_ERROR"}[{{.window}}]))\n', '}[{{.window}}])\n'), "has an expression that does not parse"),
        (latency_bucket, Fault(APPLICATION, 'percentiles-histogram:\n        "[http.server.requests]": true\n      slo:\n        "[http.server.requests]": 800ms', 'slo:\n        "[http.server.requests]": 500ms, 1s'),
         "orders/requests-latency is held against 0.8 s, and http_server_requests_seconds_bucket has the boundaries 0.5, 1"),
        (dependency_maths, Fault("slo/dependencies.yaml", "target: 99.95%", "target: 99.5%"),
         "orders/requests-availability promises 99.9 %, and what it depends on allows 99.49005 %"),
        (dependency_maths, Fault("slo/dependencies.yaml", ', fallback: "prices are read from orders-db"', ""),
         "orders-cache is no hard dependency, and nothing says what happens without it"),
        (budget_policy, Fault(POLICY, "Reviewed: 2026-10-20", "Reviewed: 2025-10-20"), "was reviewed 400 days ago, 365 at most"),
        (budget_policy, Fault(POLICY, "Owner: team-orders\n", ""), "names no owner"),
        (budget_policy, Fault(POLICY, "Approved by: head of retail engineering, 2026-10-20\n", ""), "does not say who approved it"),
        (budget_policy, Fault(POLICY, "| 50 % | Releases slow down to one a day; the next sprint starts with what spent it. |\n", ""), "has 1 shares of the budget"),
        (budget_policy, Fault(POLICY, "promises 99.9 % of", "promises 99.5 % of"), "speaks of 99.5 %, and what is promised is 99 %, 99.9 %"),
    ],
    ids=ids_of,
)  # fmt: skip
def test_fault_is_told_with_its_numbers(
    check: Callable[..., Any], edit: Fault, says: str, tmp_path: Path
) -> None:
    found = findings(check, edit.seed(copy_of_orders(tmp_path)), **(
        {"mitigate": "4m"} if check is budget_humanly_defensible else {}
    ))  # fmt: skip
    assert any(says in one.message for one in found), [one.message for one in found]
    assert all(one.finding.fix for one in found)


@pytest.mark.parametrize(
    ("check", "edit"),
    [
        (spec_valid, Fault(SPEC, "objective: 99\n", "objective: 50\n")),
        (spec_valid, Fault(SPEC, "objective: 99\n", "objective: '99.5'\n")),
        (burn_rate_maths, Fault(RULES, "14.4 * 0.001", "14.4 * 0.0009999999999999432", times=2)),
        (burn_rate_maths, Fault(RULES, "14.4 * 0.001", "(14.4 * (1 - 0.999))", times=2)),
        (burn_rate_maths, Fault(RULES, "14.4 * 0.001", "0.0144", times=2)),
        (burn_rate_maths, Fault(RULES, "for: 2m", "for: 4m", times=0)),
        (budget_humanly_defensible, Fault(SPEC, "objective: 99.9\n", "objective: 99.95\n")),
        (sli_well_formed, Fault(SPEC, 'total_query: sum(rate(http_server_requests_seconds_count{job="orders-api"}[{{.window}}]))\n    alerting:\n      name: OrdersErrorBudgetBurn', 'total_query: sum(rate(http_requests_total{job="orders-api"}[{{.window}}]))\n    alerting:\n      name: OrdersErrorBudgetBurn')),
        (latency_bucket, Fault(APPLICATION, '800ms', "100ms, 800ms")),
        (latency_bucket, Fault(APPLICATION, '800ms', "0.8s, PT0.8S")),
        (dependency_maths, Fault("slo/dependencies.yaml", "target: 99.95%", "target: 99.92%")),
        (dependency_maths, Fault("slo/dependencies.yaml", "name: rabbitmq, target: 99.9%", "name: rabbitmq, target: 90%")),
        (dependency_maths, Fault("slo/dependencies.yaml", "name: orders-db, target: 99.95%", "name: orders-db, redundant: 2, target: 98%")),
        (budget_policy, Fault(POLICY, "Reviewed: 2026-10-20", "Reviewed: 2025-11-24")),
    ],
    ids=ids_of,
)  # fmt: skip
def test_look_alike_is_left_alone(check: Callable[..., Any], edit: Fault, tmp_path: Path) -> None:
    settings = {"mitigate": "4m"} if check is budget_humanly_defensible else {}
    assert findings(check, edit.seed(copy_of_orders(tmp_path)), **settings) == []


PYRRA = """\
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {{name: orders-availability, namespace: orders, labels: {{pyrra.dev/service: orders}}}}
spec:
  target: {target}
  window: {window}
  indicator:
    ratio:
      errors: {{metric: 'http_requests_total{{job="orders",code=~"5.."}}'}}
      total: {{metric: 'http_requests_total{{job="orders"}}'}}
"""
OPENSLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: orders-availability}}
spec:
  service: orders
  indicator:
    metadata: {{name: errors}}
    spec:
      ratioMetric:
        {ratio}
        total: {{metricSource: {{type: Prometheus, spec: {{query: 'sum(rate(a[5m]))'}}}}}}
  timeWindow: [{{duration: {window}, isRolling: true}}]
  budgetingMethod: {method}
  objectives:
    - {{{objective}}}
"""
BAD = "bad: {metricSource: {type: Prometheus, spec: {query: 'sum(rate(a{b=\"c\"}[5m]))'}}}"


def openslo(**given: str) -> str:
    usual = {"ratio": BAD, "window": "28d", "method": "Occurrences", "objective": "target: 0.999"}
    return OPENSLO.format(**{**usual, **given})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (PYRRA.format(target="99.9", window="4w"), "has target 99.9, which is no text"),
        (PYRRA.format(target="'0.999'", window="4w"), "promises 0.999 %"),
        (PYRRA.format(target="'99.9'", window="a month"), "has window 'a month'"),
        (PYRRA.format(target="'99.9'", window="4w").replace("    ratio:", "    bool_gauge: {metric: up}\n    ratio:"),
         "needs one of ratio, latency, latencyNative, bool_gauge under indicator, and has ratio and bool_gauge"),
        (openslo(objective="target: 99.9"), "has target 99.9; a number between 0 and 1 is expected: write 0.999"),
        (openslo(objective="target: 0.999, targetPercent: 99.9"), "needs one of target and targetPercent, and has target"),
        (openslo(objective="targetPercent: 100"), "has targetPercent 100; a number between 0 and 100 is expected"),
        (openslo(method="Monthly"), "has budgetingMethod 'Monthly'"),
        (openslo(method="Timeslices"), "is budgeted by Timeslices and has no timeSliceTarget"),
        (openslo(window="1m"), "has a window of 1m, which is 1 min; a month is 1M"),
        (openslo(window="30 days"), "has a window of '30 days'"),
        (openslo(ratio=f"good: {BAD.removeprefix('bad: ')}\n        {BAD}"), "needs total and one of good and bad"),
    ],
)  # fmt: skip
def test_specifications_of_other_formats(text: str, says: str, tmp_path: Path) -> None:
    (found, *_) = findings(spec_valid, write(tmp_path, {"slo.yaml": text}))
    assert says in found.message
    assert found.at.line is not None


@pytest.mark.parametrize(
    "text",
    [
        PYRRA.format(target="'99.9'", window="4w"),
        openslo(),
        openslo(objective="targetPercent: 99.9"),
        openslo(window="1M"),
        openslo(method="Timeslices", objective="target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: 1m"),
        openslo().replace("openslo/v1", "openslo.com/v2alpha"),
    ],
)
def test_specifications_that_are_right_or_of_a_version_that_is_not_known(text: str, tmp_path: Path) -> None:
    tree = write(tmp_path, {"slo.yaml": text})
    assert findings(spec_valid, tree) == []
    (outcome,) = outcomes(spec_valid, tree)
    assert outcome.status == ("unknown" if "v2alpha" in text else "pass")


@pytest.mark.parametrize(
    "text",
    [
        "version: prometheus/v1\nservice: a\nslos: 3\n",
        "version: prometheus/v1\nservice: [a]\nslos: [{name: 1}]\n",
        "version: prometheus/v1\nservice: a\nslos: [{name: b, objective: {}, sli: []}, 4, {name: c, sli: {events: 3, raw: {}}}]\n",
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: 3\nspec: {target: [], window: 4, indicator: 3}\n",
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: []\nspec: {objectives: 4, timeWindow: [1], indicator: [], alertPolicies: 3}\n",
        "apiVersion: openslo/v1alpha\nkind: SLO\nmetadata: {name: a}\nspec: {timeWindows: [{count: x, unit: Day}]}\n",
    ],
)
def test_malformed_specifications_are_findings(text: str, tmp_path: Path) -> None:
    tree = write(tmp_path, {"slo.yaml": text})
    assert findings(spec_valid, tree)
    for check in CHECKS.values():
        assert all(
            result.status != "error" for outcome in outcomes(check, tree) for result in outcome.results
        )


GENERATED = """\
groups:
  - name: sloth-slo-meta-recordings-{id}
    rules:
      - record: slo:objective:ratio
        expr: vector({objective})
        labels: {{sloth_id: {id}, sloth_service: orders, sloth_slo: requests-availability}}
"""


@pytest.mark.parametrize(
    ("objective", "id_", "says"),
    [
        ("0.9990000000000001", "orders-requests-availability", []),
        ("0.995", "orders-requests-availability",
         ["orders/requests-availability promises 99.9 %, and its generated rules say 99.5 %"]),
        ("0.999", "orders-other", ["orders/requests-availability has no generated rules, and 1 other objectives of orders have",
                                   "rules of orders-other are generated, and no specification of orders has that objective"]),
    ],
)  # fmt: skip
def test_generated_rules_are_those_of_the_specification(
    objective: str, id_: str, says: list[str], tmp_path: Path
) -> None:
    spec = (
        "version: prometheus/v1\nservice: orders\nslos:\n  - name: requests-availability\n    objective: 99.9\n"
        "    sli: {raw: {error_ratio_query: 'a[{{.window}}]'}}\n    alerting: {name: A}\n"
    )
    tree = write(tmp_path, {"slo.yaml": spec, "rules.yaml": GENERATED.format(objective=objective, id=id_)})
    assert [one.message for one in findings(rules_in_sync, tree)] == says
    assert bool(proofs(rules_in_sync, tree)) is not bool(says)


def test_specifications_whose_rules_are_made_elsewhere_are_not_compared() -> None:
    assert {one.status for one in outcomes(rules_in_sync, ORDERS)} == {"not-applicable"}
