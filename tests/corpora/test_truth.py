"""Defects that a reader of real services listed by hand are found, and look-alikes are left alone."""

import re
import shutil
from pathlib import Path

import pytest

from readiness.pipeline import Request, judge
from tests.corpora.judged import AS_OF, Said, said_of
from tests.corpora.test_corpora import CORPORA, said

pytestmark = pytest.mark.skipif(not CORPORA, reason="READINESS_CORPORA names no folder of real services")

HPA = "extras/postgres-hpa/kubernetes-manifests"
CORE = "config/core/deployments"
PAGES = "content/runbooks"

# corpus, check, and where: a place as it is printed
FOUND = [
    ("knative-serving-config", "availability.pdb-allows-drain", f"{CORE}/activator-hpa.yaml:53"),
    ("knative-serving-config", "availability.pdb-allows-drain", f"{CORE}/webhook-hpa.yaml:51"),
    ("bank-of-anthos", "availability.termination-budget", f"{HPA}/frontend.yaml:46"),
    ("bank-of-anthos", "availability.termination-budget", f"{HPA}/userservice.yaml:46"),
    ("bank-of-anthos", "alert.routed", "extras/prometheus/gmp/alertmanager.yaml:24"),
    ("bank-of-anthos", "runbook.linked", "extras/prometheus/oss/rules.yaml:27"),
    ("microservices-demo", "rollback.image-immutable", "kustomize/base/cartservice.yaml:118"),
    ("argo-rollouts", "rollback.image-immutable", "examples/ambassador/rollout.yaml:15"),
    ("sloth-examples", "alert.severity-label", "examples/_gen/victoria-metrics.yml:309"),
    ("prometheus-runbooks", "runbook.not-stub", f"{PAGES}/kubernetes/KubeletPlegDurationHigh.md:15"),
    ("prometheus-runbooks", "runbook.not-stub", f"{PAGES}/prometheus/PrometheusNotIngestingSamples.md:18"),
    ("prometheus-runbooks", "runbook.not-stub", f"{PAGES}/node/NodeFilesystemSpaceFillingUp.md:65"),
    ("prometheus-runbooks", "runbook.not-stub", f"{PAGES}/node/NodeRAIDDiskFailure.md:6"),
    ("prometheus-runbooks", "runbook.not-stub", f"{PAGES}/prometheus/PrometheusOutOfOrderTimestamps.md:6"),
    ("prometheus-runbooks", "runbook.sections", f"{PAGES}/prometheus/PrometheusLabelLimitHit.md"),
    ("prometheus-runbooks", "runbook.sections", f"{PAGES}/alertmanager/AlertmanagerMembersInconsistent.md"),
]  # fmt: skip

# corpus, check, and a pattern of the places or subjects that must stay silent
SILENT = [
    ("knative-serving-config", "rollback.image-immutable", ""),  # ko:// is replaced when it is built
    (
        "microservices-demo",
        "rollback.image-immutable",
        r"kubernetes-manifests/(?!cartservice)",
    ),  # filled in at release
    ("bank-of-anthos", "capacity.hpa-target-has-requests", ""),  # the requests are there
    ("prometheus-runbooks", "runbook.sections", r"_index\.md"),
    ("prometheus-runbooks", "runbook.not-stub", r"KubePersistentVolumeFillingUp"),
    ("argo-rollouts", "rollout.zero-downtime-arithmetic", r"rollout-template-ref"),  # scaled down on purpose
    ("sloth-examples", "alert.rules-valid", "victoria-metrics"),  # another dialect is no syntax error
    ("sloth-examples", "alert.severity-label", r"/getting-started\.yml"),  # words of one's own
]


@pytest.mark.parametrize(("corpus", "check", "place"), FOUND, ids=lambda value: value)
def test_known_defect_is_found(corpus: str, check: str, place: str) -> None:
    places = [one.place for one in said(corpus) if one.check == check]
    assert any(one.startswith(place) for one in places), places


@pytest.mark.parametrize(("corpus", "check", "pattern"), SILENT, ids=lambda value: value)
def test_look_alike_is_left_alone(corpus: str, check: str, pattern: str) -> None:
    loud = [
        one
        for one in said(corpus)
        if one.check == check and one.status == "fail" and re.search(pattern, f"{one.place} {one.subject}")
    ]
    assert loud == []


@pytest.fixture(scope="module")
def kube_prometheus(tmp_path_factory: pytest.TempPathFactory) -> list[Said]:
    """What is said of kube-prometheus with its manifests named, and the pages that its alerts link to."""
    from os import environ

    corpora = Path(environ["READINESS_CORPORA"])
    tree = tmp_path_factory.mktemp("kube") / "kube-prometheus"
    shutil.copytree(corpora / "kube-prometheus" / "manifests", tree / "manifests")
    (tree / "readiness.yaml").write_text(
        "version: 1\nextends: [profile:baseline@1]\nservice: {name: kube-prometheus, owner: monitoring}\n"
        "sources: {runbooks: {required: true}}\nevidence: {runbooks: ['runbooks:content/runbooks']}\n"
        "environments:\n  production: {class: production, namespace: monitoring, manifests: [manifests/]}\n"
    )
    sources = {"runbooks": str(corpora / "prometheus-runbooks")}
    return said_of("kube-prometheus", judge(Request(str(tree), AS_OF, sources=sources)))


# Lines of links without a page, by file: read by hand.
DEAD_LINKS = {
    "alertmanager": [143],
    "grafana": [20],
    "kubernetesControlPlane": [83, 214, 276, 522, 542, 713, 747, 803, 905, 939, 961],
    "nodeExporter": [254, 266, 279, 290, 302, 312, 322, 332],
    "prometheus": [33, 43, 248, 258, 278],
    "prometheusOperator": [60],
}


def test_exactly_the_27_dead_links_are_found(kube_prometheus: list[Said]) -> None:
    found = {one.place for one in kube_prometheus if one.check == "runbook.resolves" and one.status == "fail"}
    assert found == {
        f"manifests/{name}-prometheusRule.yaml:{line}" for name, lines in DEAD_LINKS.items() for line in lines
    }


def test_a_critical_alert_that_is_routed_to_nowhere_is_found(kube_prometheus: list[Said]) -> None:
    dead = [one for one in kube_prometheus if one.check == "alert.routed" and one.status == "fail"]
    assert {one.subject.rpartition("(")[2].rstrip(")") for one in dead} == {"Critical", "Default"}
    assert all(one.place.startswith("manifests/alertmanager-secret.yaml") for one in dead)


@pytest.mark.parametrize(
    "check",
    [
        "availability.pdb-allows-drain",
        "alert.rules-valid",
        "alert.severity-label",
        "monitoring.monitor-selects-service",
    ],
)
def test_kube_prometheus_is_right_about(kube_prometheus: list[Said], check: str) -> None:
    assert [one for one in kube_prometheus if one.check == check] == []
