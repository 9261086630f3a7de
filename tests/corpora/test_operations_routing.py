"""What is known of the routing of real services: how many alerts end where, and what can silence what."""

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from readiness_checks.alert import dead_route, deadman, inhibit_sound, routed
from readiness_checks.monitoring import monitor_adopted

from readiness.evidence.inhibitions import Inhibitions
from readiness.evidence.routing import RoutedAlerts
from tests.corpora.judged import corpora
from tests.faults import findings, judged, proofs

pytestmark = pytest.mark.skipif(not corpora(), reason="READINESS_CORPORA names no folder of real services")

CHECKLIST = """\
version: 1
service: {name: kube-prometheus, tier: 1}
environments: {production: {class: production, namespace: monitoring, manifests: [manifests]}}
items: []
"""


@pytest.fixture(scope="module")
def kube_prometheus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its manifests as they are deployed; the kustomization names files that are not in the corpus."""
    tree = tmp_path_factory.mktemp("corpora") / "kube-prometheus"
    shutil.copytree(Path(os.environ["READINESS_CORPORA"], "kube-prometheus/manifests"), tree / "manifests")
    (tree / "readiness.yaml").write_text(CHECKLIST)
    return tree


def evidence(tree: Path, check: Any, wanted: Any) -> Any:
    done = judged(check, tree)
    (found,) = done.collector.collected(wanted, "production").items
    return found


def test_no_alert_of_kube_prometheus_reaches_anybody(kube_prometheus: Path) -> None:
    alerts = evidence(kube_prometheus, routed, RoutedAlerts)
    ends = Counter(
        (one.alert.severity, one.reached[0].receiver) for one in alerts.routed if one.alert.severity != "none"
    )
    assert ends == {("warning", "Default"): 96, ("info", "Default"): 7, ("critical", "Critical"): 34}
    assert all(len(one.reached) == 1 and one.reached[0].certain for one in alerts.routed)
    assert all(not receiver.integrations for receiver in alerts.routing.config.receivers.values())
    assert alerts.routing.more is None
    said = {one.message.split(";")[0] for one in findings(routed, kube_prometheus)}
    assert said == {"receiver Critical sends nothing", "receiver Default sends nothing"}


def test_its_heartbeat_leaves_nowhere(kube_prometheus: Path) -> None:
    (found,) = findings(deadman, kube_prometheus)
    assert found.message == "Watchdog ends at receiver Watchdog, which sends nothing"
    assert found.finding.operands[0].at is not None
    assert found.finding.operands[0].at.file == "manifests/kubePrometheus-prometheusRule.yaml"


def test_names_with_two_severities_are_all_that_its_inhibitions_can_bind(kube_prometheus: Path) -> None:
    inhibitions = evidence(kube_prometheus, inhibit_sound, Inhibitions)
    alerts = evidence(kube_prometheus, routed, RoutedAlerts)
    words: dict[str, set[str]] = {}
    for one in alerts.routed:
        words.setdefault(one.alert.name, set()).add(one.alert.severity)
    assert len(words) == 125
    twice = {name for name, found in words.items() if len(found) > 1}
    assert len(twice) == 12
    bound = [{side.alert.name for side in one.silenced} for one in inhibitions.rules]
    assert bound[0] | bound[1] <= twice
    assert [len(names) for names in bound[:1]] == [12]
    assert findings(inhibit_sound, kube_prometheus) == []


def test_all_its_routes_and_monitors_are_of_use(kube_prometheus: Path) -> None:
    assert findings(dead_route, kube_prometheus) == []
    (proof,) = proofs(dead_route, kube_prometheus)
    assert proof.message.startswith("3 of 3 routes can be reached; 3 of them take an alert")
    assert findings(monitor_adopted, kube_prometheus) == []
    assert len(proofs(monitor_adopted, kube_prometheus)) == 21
