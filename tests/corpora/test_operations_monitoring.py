"""What was counted by hand on real monitoring is what the checks say."""

import shutil
from os import environ
from pathlib import Path

import pytest
from readiness_checks.monitoring import monitor_selects_service, scrape_reachable, workload_scraped

from tests.corpora.judged import corpora
from tests.faults import findings, outcomes, proofs, write

CORPORA = corpora()
pytestmark = pytest.mark.skipif(not CORPORA, reason="READINESS_CORPORA names no folder of real services")

CHECKLIST = """
version: 1
service: {name: monitoring}
environments:
  production: {class: production, namespace: monitoring, manifests: [manifests/]}
"""


def corpus(name: str) -> Path:
    return Path(environ["READINESS_CORPORA"]) / name


@pytest.fixture
def kube_prometheus(tmp_path: Path) -> Path:
    """Its manifests alone: the kustomization names files that are not in the folder."""
    shutil.copytree(corpus("kube-prometheus") / "manifests", tmp_path / "manifests")
    return write(tmp_path, {"readiness.yaml": CHECKLIST})


def test_monitors_of_kube_prometheus_select_one_service_or_look_at_the_cluster(kube_prometheus: Path) -> None:
    """M3: 13 monitors; eight select a Service, five have targets that are the cluster's own."""
    (outcome,) = outcomes(monitor_selects_service, kube_prometheus)
    statuses = [result.status for result in outcome.results]
    assert (len(statuses), statuses.count("pass"), statuses.count("fail")) == (13, 8, 0)


def test_policies_of_kube_prometheus_let_prometheus_in(kube_prometheus: Path) -> None:
    """M3: eight NetworkPolicies, and each scraped port is allowed from Prometheus or unrestricted."""
    assert findings(scrape_reachable, kube_prometheus) == []
    held = proofs(scrape_reachable, kube_prometheus)
    rules = {operand.value for proof in held for operand in proof.operands if operand.name == "rule"}
    assert rules == {
        "blackbox-exporter", "grafana", "kube-state-metrics", "prometheus-adapter", "prometheus-operator",
    }  # fmt: skip
    # node-exporter is in the network of its node; Alertmanager's and Prometheus' pods are the operator's
    assert "ServiceMonitor node-exporter reaches node-exporter: no NetworkPolicy closes it" in [
        proof.message for proof in held
    ]


def test_nothing_scrapes_the_demo(tmp_path: Path) -> None:
    """M10: twelve Deployments and no way to their metrics; one of them is a load generator."""
    shutil.copytree(corpus("microservices-demo") / "release", tmp_path / "manifests")
    tree = write(tmp_path, {"readiness.yaml": CHECKLIST})
    (found,) = findings(workload_scraped, tree)
    assert found.message == (
        "nothing reads the metrics of adservice, cartservice, checkoutservice, currencyservice, emailservice and "
        "7 more: the manifests hold no monitor and no scrape job"
    )
    assert found.finding.operands[0].value == 12
