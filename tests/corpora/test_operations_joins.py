"""What the checks that hold alerts against objects and tests say of real rules, as it was counted by hand."""

import os
import re
import shutil
from pathlib import Path

import pytest
from readiness_checks.alert import selector_matches_target, threshold_vs_config, unit_tested

from tests.faults import findings, outcomes, proofs

CORPORA = os.environ.get("READINESS_CORPORA", "")
pytestmark = pytest.mark.skipif(not CORPORA, reason="READINESS_CORPORA names no folder of real services")


@pytest.fixture(scope="module")
def kube_prometheus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its manifests named one by one: the kustomization beside them names files that are not in the folder."""
    tree = tmp_path_factory.mktemp("kube") / "kube-prometheus"
    shutil.copytree(Path(CORPORA) / "kube-prometheus" / "manifests", tree / "manifests")
    (tree / "readiness.yaml").write_text(
        "version: 1\nservice: {name: kube-prometheus, owner: monitoring}\nitems: []\n"
        "environments:\n  production: {class: production, namespace: monitoring, manifests: [manifests/]}\n"
    )
    return tree


def test_every_job_but_those_of_the_cluster_is_in_evidence(kube_prometheus: Path) -> None:
    """Nine jobs and one namespace: five jobs and the namespace are there, four jobs are the cluster's own."""
    assert [one.finding.key for one in findings(selector_matches_target, kube_prometheus)] == [
        'integration!~".*"'  # truth.md, kube-prometheus 3
    ]
    (outcome,) = outcomes(selector_matches_target, kube_prometheus, external=["nobody"])
    asked = re.findall(r'(\w+)="([\w-]+)"', outcome.results[0].reason)
    assert {name for label, name in asked if label == "job"} == {
        "apiserver", "kube-controller-manager", "kube-scheduler", "kubelet",
    }  # fmt: skip
    assert {label for label, _ in asked} == {"job"}


def test_no_alert_that_pages_has_a_test_of_its_own(kube_prometheus: Path) -> None:
    """The tests of these rules are in another repository; 34 alerts are critical."""
    found = findings(unit_tested, kube_prometheus)
    counted = {Path(one.at.file).name.partition("-")[0]: one.finding.operands[0].value for one in found}
    assert counted == {
        "alertmanager": 6,
        "kubeStateMetrics": 4,
        "kubernetesControlPlane": 12,
        "nodeExporter": 6,
        "prometheus": 6,
    }


def test_no_threshold_of_kube_prometheus_is_out_of_reach(kube_prometheus: Path) -> None:
    assert findings(threshold_vs_config, kube_prometheus) == []
    (proof,) = proofs(threshold_vs_config, kube_prometheus)
    assert [one.value for one in proof.operands] == [134, 10]
