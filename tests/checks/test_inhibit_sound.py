"""Inhibitions that never act, reach too far, or hide a page."""

import time
from pathlib import Path

import pytest
from readiness_checks.alert import inhibit_sound

from tests.faults import ORDERS, Fault, copy_of_orders, findings, proofs, statuses, write

ROUTING = "monitoring/alertmanager.yml"
RULES = "monitoring/rules/orders.rules.yaml"
SOURCE = '[alertname="OrdersDown"]'
TARGET = '[alertname=~"OrdersErrorBudgetBurnFast|OrdersErrorBudgetBurnSlow|OrdersLatencyHigh"]'
RULE = f"  - source_matchers: {SOURCE}\n    target_matchers: {TARGET}\n    equal: [service]\n"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n"


def inhibition(source: str, target: str, equal: str = "[service]") -> Fault:
    rule = f"  - {{source_matchers: {source}, target_matchers: {target}, equal: {equal}}}\n"
    return Fault(ROUTING, RULE, rule)


def test_orders_has_no_finding_and_a_proof() -> None:
    assert findings(inhibit_sound, ORDERS) == []
    messages = {proof.message for proof in proofs(inhibit_sound, ORDERS)}
    assert len(messages) == 1
    assert messages.pop().endswith("of 3 alerts that match it may silence 3, and 1 may do so")


@pytest.mark.parametrize(
    ("source", "target", "equal", "says", "cap"),
    [
        ('[severity="critical", severity="page"]', '[severity="warning"]', "[service]",
         'never acts: no source has both severity="critical" and severity="page"', None),
        ('[severity="critical"]', '[severity="warning", severity!~"w.*"]', "[service]",
         "never acts: no target has both", None),
        ('[severity="critical"]', '[severity="warning"]', "[service, severity]",
         "never acts: severity has to be equal, and is critical on one side and warning on the other", None),
        (SOURCE, TARGET, "[service, alertname]", "never acts: alertname has to be equal, and is OrdersDown", None),
        ('[severity="critical"]', '[severity="critical"]', "[service]", "never acts: both sides take the same",
         "warning"),
        ('[severity=~"critical|page"]', '[severity=~"page|critical"]', "[service]",
         "never acts: both sides take the same", "warning"),
        ('[severity="warning"]', '[severity="critical"]', "[service]",
         "lets warning silence critical: a page is lost to a lesser alert", None),
        ('[severity=~"info|warning"]', '[severity=~"critical|warning"]', "[service]",
         "lets info, warning silence critical", None),
        ("[]", '[severity="warning"]', "[service]", "has no source matcher", None),
        ('[severity="critical"]', '[severity="warning"]', "[namespace]",
         "reaches too far: neither OrdersDown nor OrdersCacheDown has namespace", "warning"),
        ('[alertname="OrdersDown"]', TARGET, "[pod]", None, None),  # both sides by name: on purpose
        ('[alertname="OrdersDown"]', '[alertname="OrdersCacheDown"]', "[pod]",
         None, None),
        (SOURCE.replace("Down", "Downs"), TARGET, "[service]",
         "has OrdersDowns as its source, and no alert is called so; did you mean OrdersDown?", None),
        (SOURCE, TARGET.replace("LatencyHigh", "LatencyHight"), "[service]",
         "has OrdersLatencyHight as its target, and no alert is called so; did you mean OrdersLatencyHigh?", None),
        ('[alertname="OrdersDown", severity="page"]', TARGET, "[service]",
         "never takes OrdersDown, which has not all of", None),
        (SOURCE, '[alertname="OrdersLatencyHigh", severity="warning"]', "[service]",
         "never takes OrdersLatencyHigh, which has not all of", None),
    ],
)  # fmt: skip
def test_an_inhibition_that_does_not_do_what_it_says(
    tmp_path: Path, source: str, target: str, equal: str, says: str | None, cap: str | None
) -> None:
    found = findings(inhibit_sound, inhibition(source, target, equal).seed(copy_of_orders(tmp_path)))
    if says is None:
        assert found == []
        return
    assert any(says in one.message and one.finding.at_most == cap for one in found), found
    assert all(one.at.file == ROUTING and one.at.line for one in found)


def test_a_label_that_only_one_side_has(tmp_path: Path) -> None:
    text = (
        "severity: critical\n          team: team-orders\n          service: orders\n        annotations:\n"
    )
    text += "          summary: No replica of orders-api"
    fault = Fault(RULES, text, text.replace("          service: orders\n", ""))
    found = findings(inhibit_sound, fault.seed(copy_of_orders(tmp_path)))
    assert [one.finding.key for one in found] == [
        "unequal OrdersErrorBudgetBurnFast", "unequal OrdersErrorBudgetBurnSlow", "unequal OrdersLatencyHigh",
    ]  # fmt: skip
    assert (
        "its service is orders, that of OrdersDown is missing, and they have to be equal" in found[0].message
    )
    assert [operand.name for operand in found[0].finding.operands] == [
        "OrdersDown",
        "OrdersErrorBudgetBurnFast",
    ]


@pytest.mark.parametrize(
    ("source", "target", "equal"),
    [
        ('[severity="critical"]', '[severity=~"warning|info"]', "[service, alertname]"),
        ('[severity="critical"]', '[severity="warning"]', "[cluster]"),  # added by the server
        ('[severity="critical"]', '[severity="warning"]', "[team]"),
        ('[severity="warning"]', '[severity="info"]', "[service]"),
        ('[alertname="ClusterUpgrade", severity="info"]', '[severity="critical"]', "[cluster]"),
        ('[severity="info", type="maintenance"]', '[severity="critical"]', "[cluster]"),
        ('[severity="custom"]', '[severity="critical"]', "[service]"),  # nobody knows how high that is
        ("[]", '[severity="none"]', "[service]"),
        ('[alertname="NodeDown"]', TARGET, "[node]"),  # of others
        ('[alertname="NodeDown"]', '[alertname="PodDown"]', "[node]"),
        ('[alertname="OrdersDown"]', '[alertname="CheckoutSlow"]', "[service]"),
        ('[alertname=~"Orders.*", severity="critical"]', '[severity="warning"]', "[team, cluster]"),
    ],
)
def test_an_inhibition_that_can_act_is_left_alone(
    tmp_path: Path, source: str, target: str, equal: str
) -> None:
    path = inhibition(source, target, equal).seed(copy_of_orders(tmp_path))
    assert findings(inhibit_sound, path) == []
    assert proofs(inhibit_sound, path)


def test_rules_of_the_old_form_are_read_too(tmp_path: Path) -> None:
    rule = "  - {source_match: {severity: warning}, target_match_re: {severity: critical|page}, equal: [service]}\n"
    (found,) = findings(inhibit_sound, Fault(ROUTING, RULE, rule).seed(copy_of_orders(tmp_path)))
    assert "lets warning silence critical, page" in found.message


def test_without_an_inhibition_there_is_nothing_to_judge(tmp_path: Path) -> None:
    fault = Fault(ROUTING, RULE, "")
    assert statuses(inhibit_sound, fault.seed(copy_of_orders(tmp_path)))["production"] == "not-applicable"


def test_a_file_that_can_not_be_read_may_hold_the_alert(tmp_path: Path) -> None:
    path = inhibition('[alertname="OrdersDowns"]', TARGET).seed(copy_of_orders(tmp_path))
    write(path, {"monitoring/rules/broken.yaml": "groups:\n  - rules: [{alert: A, expr: 'x'\n"})
    assert statuses(inhibit_sound, path)["production"] == "unknown"


def test_a_rule_of_a_wrong_type_is_unknown(tmp_path: Path) -> None:
    fault = Fault(ROUTING, "    equal: [service]\n", "    equal: service\n")
    assert statuses(inhibit_sound, fault.seed(copy_of_orders(tmp_path)))["production"] == "unknown"


def test_the_same_inhibition_twice_is_told_twice(tmp_path: Path) -> None:
    one = '  - {source_matchers: [severity="warning"], target_matchers: [severity="critical"], equal: [a]}\n'
    found = findings(inhibit_sound, Fault(ROUTING, RULE, one * 2).seed(copy_of_orders(tmp_path)))
    assert len({one.finding.about for one in found}) == len(found) == 2


def test_very_many_alerts_are_judged_in_time(tmp_path: Path) -> None:
    rules = [
        f"{{alert: A{n}, expr: up == {n}, labels: {{severity: {'critical' if n % 2 else 'warning'}}}}}"
        for n in range(3000)
    ]
    path = write(tmp_path, {
        "d.yaml": DEPLOYMENT,
        "rules.yaml": "groups:\n- name: g\n  rules:\n" + "".join(f"  - {rule}\n" for rule in rules),
        "am.yml": "route: {receiver: a}\nreceivers: [{name: a, email_configs: [{to: a@b.internal}]}]\n"
        'inhibit_rules:\n- {source_matchers: [severity="critical"], target_matchers: [severity="warning"], '
        "equal: [namespace, alertname]}\n",
    })  # fmt: skip
    started = time.perf_counter()
    (proof,) = proofs(inhibit_sound, path)
    assert "of 1500 alerts that match it may silence 0, and 1500 may do so" in proof.message
    assert time.perf_counter() - started < 10
