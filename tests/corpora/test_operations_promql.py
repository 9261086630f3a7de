"""What the checks over PromQL say of real rules: the counts and places that were read by hand."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from readiness_checks.alert import absence_covered, labels_survive, symptom_first, timing
from readiness_checks.monitoring import recorded_series_exist

from readiness.evidence.alert_labels import AlertLabels
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.promql import ABSENT
from tests.faults import Found, findings, judged, proofs

CORPORA = os.environ.get("READINESS_CORPORA", "")
pytestmark = pytest.mark.skipif(not CORPORA, reason="READINESS_CORPORA names no folder of real services")


def places(check: Callable[..., Any], tree: Path) -> dict[str, str]:
    """Where a check finds something at more than a note, and the start of what it says."""
    loud = [one for one in findings(check, tree) if one.finding.at_most != "note"]
    return {f"{Path(one.at.file).name}:{one.at.line}": one.message for one in loud}


def alerts_of(tree: Path) -> tuple[tuple[AlertRule, ...], AlertLabels]:
    done = judged(labels_survive, tree)
    rules = done.collector.collected(AlertRule, "production").items
    return rules, AlertLabels(rules)


def noted(check: Callable[..., Any], tree: Path) -> list[Found]:
    return [one for one in findings(check, tree) if one.finding.at_most == "note"]


def test_five_texts_print_a_job_that_was_dropped(kube_prometheus: Path) -> None:
    found = places(labels_survive, kube_prometheus)
    assert sorted(found) == [
        f"alertmanager-prometheusRule.yaml:{line}" for line in ("104", "123", "61", "76", "91")
    ]
    assert all("prints $labels.job in annotations.description" in message for message in found.values())


def test_twenty_alerts_drop_the_namespace_that_routes_group_by(kube_prometheus: Path) -> None:
    (one,) = noted(labels_survive, kube_prometheus)
    assert one.message.startswith("routes group by namespace, which 20 alerts drop: ")


def test_a_label_that_group_left_brings_survives(kube_prometheus: Path) -> None:
    rules, labels = alerts_of(kube_prometheus)
    (eviction,) = [rule for rule in rules if rule.name == "KubeNodeEviction"]
    query = labels.query(eviction)
    assert query is not None
    assert query.labels.may_have("node") is not False
    assert labels.never_printed(eviction) == ()


def test_every_expression_is_read(kube_prometheus: Path) -> None:
    rules, labels = alerts_of(kube_prometheus)
    assert (len(rules), len({rule.name for rule in rules})) == (139, 125)
    assert all(labels.query(rule) for rule in rules)
    assert sum(1 for rule in rules if not rule.hold) == 10
    absent = {rule.name for rule in rules if (query := labels.query(rule)) and query.functions & ABSENT}
    assert absent == {"KubeAPIDown", "KubeControllerManagerDown", "KubeSchedulerDown"}


def test_ten_alerts_have_no_for_and_none_is_told(kube_prometheus: Path) -> None:
    assert findings(timing, kube_prometheus) == []


def test_burn_rate_alerts_need_no_for() -> None:
    assert findings(timing, Path(CORPORA) / "sloth-examples") == []


def test_every_recorded_series_that_rules_read_is_there(kube_prometheus: Path) -> None:
    assert findings(recorded_series_exist, kube_prometheus) == []
    (one,) = proofs(recorded_series_exist, kube_prometheus)
    assert [(operand.name, operand.value) for operand in one.operands] == [
        ("series read", 21), ("series recorded", 65),
    ]  # fmt: skip


def test_probes_that_vanish_never_alert() -> None:
    found = findings(absence_covered, Path(CORPORA) / "bank-of-anthos")
    assert len([one for one in found if one.at.file == "extras/prometheus/oss/rules.yaml"]) == 5
    assert all("go silent" in one.message or "goes silent" in one.message for one in found)


def test_a_generic_alert_on_up_notices_a_part(kube_prometheus: Path) -> None:
    found = findings(absence_covered, kube_prometheus)
    assert {one.finding.at_most for one in found} == {"warning"}
    assert {one.finding.about.name for one in found if one.finding.about} == {
        "alertmanager-main", "kube-state-metrics", "kubelet", "node-exporter", "prometheus-k8s",
        "kubelet_certificate_manager_client_ttl_seconds", "kubelet_certificate_manager_server_ttl_seconds",
    }  # fmt: skip


def test_generated_alerts_are_followed_to_their_own_series() -> None:
    found = findings(absence_covered, Path(CORPORA) / "sloth-examples")
    assert {one.finding.about.name for one in found if one.finding.about} == {
        "apiserver_request_total", "apiserver_request_duration_seconds_count",
    }  # fmt: skip


def test_pages_of_kube_prometheus_are_mostly_about_symptoms(kube_prometheus: Path) -> None:
    assert findings(symptom_first, kube_prometheus) == []
    (one,) = proofs(symptom_first, kube_prometheus)
    assert one.message == "19 of 34 pages are about what users feel, 5 about causes"
