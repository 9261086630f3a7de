"""What the checks that hold alerts against objects and tests say of real rules, as it was counted by hand."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from readiness_checks.alert import selector_matches_target, threshold_vs_config, unit_tested

from readiness.evidence.alert_rules import AlertRule, RecordingRule, RuleSet
from readiness.outcome import Location
from readiness.rule_test_skeleton import skeleton
from tests.faults import findings, outcomes, proofs, write
from tests.programs import promtool

CORPORA = os.environ.get("READINESS_CORPORA", "")
pytestmark = pytest.mark.skipif(not CORPORA, reason="READINESS_CORPORA names no folder of real services")


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
    assert [one.value for one in proof.operands] == [136, 10]


def test_most_alerts_of_kube_prometheus_get_a_test_that_passes(kube_prometheus: Path, tmp_path: Path) -> None:
    """Read with promtool for one file; what is written for all of them was held against it by hand."""
    left: dict[str, str] = {}
    written = 0
    for path in sorted((kube_prometheus / "manifests").glob("*-prometheusRule.yaml")):
        spec = yaml.safe_load(path.read_text())["spec"]
        rules = RuleSet(spec, Location("repository", path.name))
        made = skeleton("rules.yaml", list(AlertRule.of_set(rules)), list(RecordingRule.of_set(rules)))
        written += len(made.written)
        left.update(made.left)
        if path.name.startswith("prometheusOperator"):
            write(tmp_path, {"rules.yaml": yaml.safe_dump(spec), "rules.test.yaml": made.text})
            command = [str(promtool()), "test", "rules", str(tmp_path / "rules.test.yaml")]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
    assert written + len(left) == 139
    assert written == 135
    assert left["AlertmanagerClusterFailedToSendAlerts"].startswith("no value of integration was found")
