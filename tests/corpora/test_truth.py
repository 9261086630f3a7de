"""Defects that a reader of real services listed by hand are found, and look-alikes are left alone."""

import re
import shutil
from pathlib import Path

import pytest

from readiness.pipeline import Request, judge
from tests.corpora.judged import AS_OF, Said, said_of
from tests.corpora.test_corpora import CORPORA, judgement_of, said

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

# the same, for checks of kubernetes@1 that are not in baseline@1
FOUND_IN_OBJECTS = [
    ("microservices-demo", "availability.min-replicas-by-tier", "kubernetes-manifests/cartservice.yaml:95"),
    ("microservices-demo", "workload.probes-identical", "kubernetes-manifests/checkoutservice.yaml:51"),
    ("microservices-demo", "workload.liveness-probe", "kubernetes-manifests/loadgenerator.yaml:72"),
    ("bank-of-anthos", "config.configmap-secret-content", "kubernetes-manifests/accounts-db.yaml:19"),
    ("bank-of-anthos", "config.configmap-secret-content", "kubernetes-manifests/config.yaml:42"),
    (
        "bank-of-anthos",
        "workload.deprecated-service-account-field",
        "kubernetes-manifests/ledger-db.yaml:106",
    ),
    ("bank-of-anthos", "workload.liveness-probe", "kubernetes-manifests/ledger-db.yaml:84"),
    ("bank-of-anthos", "availability.pdb-exists-and-selects", "extras/postgres-hpa/hpa/frontend.yaml:34"),
    ("knative-serving-config", "availability.min-replicas-by-tier", f"{CORE}/autoscaler.yaml:25"),
    ("kube-prometheus", "workload.memory-limit", "examples/example-app/example-app.yaml:35"),
    ("argo-rollouts", "workload.memory-limit", "manifests/namespace-install"),
    ("sloth-examples", "workload.run-as-non-root", "deploy/kubernetes/raw/sloth.yaml:87"),
]

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

SILENT_IN_OBJECTS = [
    (
        "microservices-demo",
        "workload.probes-identical",
        "Deployment frontend",
    ),  # a cookie of its own for each
    ("microservices-demo", "workload.probes-identical", "Deployment redis-cart"),  # a port takes connections
    ("microservices-demo", "config.env-secret-literal", ""),  # placeholders and the name of a secret
    ("bank-of-anthos", "config.env-secret-literal", ""),  # a number of seconds and a path
    ("bank-of-anthos", "workload.readiness-probe", r" Job |sidecar-controller"),  # Jobs are never ready
    ("bank-of-anthos", "workload.liveness-probe", r" Job |sidecar-controller"),
    (
        "bank-of-anthos",
        "workload.cpu-request",
        "postgres-hpa/.*Deployment contacts",
    ),  # the requests are there
    ("bank-of-anthos", "workload.automount-service-account-token", "pgpool-operator"),  # bound, in `default`
    ("knative-serving-config", "workload.probes-identical", ""),  # liveness is slower
    ("knative-serving-config", "config.secret-exists", ""),  # there, and filled at run time
    (
        "argo-rollouts",
        "availability.min-replicas-by-tier",
        "Deployment rollout-ref",
    ),  # scaled down on purpose
    ("argo-rollouts", "workload.automount-service-account-token", "Rollout rollout-ref"),  # not its own pods
    ("argo-rollouts", "workload.automount-service-account-token", "argo-rollouts-dashboard"),
]


@pytest.mark.parametrize(
    ("corpus", "check", "place", "profile"),
    [(*one, "baseline@1") for one in FOUND] + [(*one, "kubernetes@1") for one in FOUND_IN_OBJECTS],
    ids=lambda value: value,
)
def test_known_defect_is_found(corpus: str, check: str, place: str, profile: str) -> None:
    places = [one.place for one in said(corpus, profile) if one.check == check]
    assert any(one.startswith(place) for one in places), places


@pytest.mark.parametrize(
    ("corpus", "check", "pattern", "profile"),
    [(*one, "baseline@1") for one in SILENT] + [(*one, "kubernetes@1") for one in SILENT_IN_OBJECTS],
    ids=lambda value: value,
)
def test_look_alike_is_left_alone(corpus: str, check: str, pattern: str, profile: str) -> None:
    assert any(one["id"] == check for one in judgement_of(corpus, profile).document["outcomes"])
    loud = [
        one
        for one in said(corpus, profile)
        if one.check == check and one.status == "fail" and re.search(pattern, f"{one.place} {one.subject}")
    ]
    assert loud == []


def kube_prometheus_by(profile: str, tmp_path_factory: pytest.TempPathFactory) -> list[Said]:
    """What is said of kube-prometheus with its manifests named, and the pages that its alerts link to."""
    from os import environ

    corpora = Path(environ["READINESS_CORPORA"])
    tree = tmp_path_factory.mktemp("kube") / "kube-prometheus"
    shutil.copytree(corpora / "kube-prometheus" / "manifests", tree / "manifests")
    (tree / "readiness.yaml").write_text(
        f"version: 1\nextends: [profile:{profile}]\nservice: {{name: kube-prometheus, owner: monitoring}}\n"
        "sources: {runbooks: {required: true}}\nevidence: {runbooks: ['runbooks:content/runbooks']}\n"
        "environments:\n  production: {class: production, namespace: monitoring, manifests: [manifests/]}\n"
    )
    sources = {"runbooks": str(corpora / "prometheus-runbooks")}
    return said_of("kube-prometheus", judge(Request(str(tree), AS_OF, sources=sources)))


@pytest.fixture(scope="module")
def kube_prometheus(tmp_path_factory: pytest.TempPathFactory) -> list[Said]:
    return kube_prometheus_by("baseline@1", tmp_path_factory)


@pytest.fixture(scope="module")
def kube_prometheus_objects(tmp_path_factory: pytest.TempPathFactory) -> list[Said]:
    return kube_prometheus_by("kubernetes@1", tmp_path_factory)


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


@pytest.mark.parametrize(
    "check",
    [
        "availability.pdb-exists-and-selects",  # an operator makes the pods that budgets select
        "availability.pdb-allows-drain",
        "rbac.role-exists",  # every cluster has it in kube-system
        "rbac.subject-exists",
        "network.service-targets-pod",
        "network.policy-targets-pod",
        "workload.automount-service-account-token",
    ],
)
def test_objects_of_kube_prometheus_are_right_about(kube_prometheus_objects: list[Said], check: str) -> None:
    assert kube_prometheus_objects
    assert [one for one in kube_prometheus_objects if one.check == check] == []
