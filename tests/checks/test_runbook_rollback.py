"""A way back fits the way in which a service is delivered."""

from pathlib import Path

import pytest
from readiness_checks.runbook import rollback_matches_deploy

from tests.faults import ORDERS, findings, proofs, statuses, write

RULE = """\
groups:
  - name: shop
    rules:
      - alert: ShopDown
        expr: up == 0
        annotations: {runbook_url: docs/runbooks/ShopDown.md}
"""
PAGE = "# ShopDown\n## Diagnosis\nLook.\n## Mitigation\nGo back.\n## Rollback\nWORDS\n\n```sh\nCOMMAND\n```\n"
WEB = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n"
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  destination: {namespace: shop, server: https://kubernetes.default.svc}
  source: {repoURL: https://git.shop.internal/shop, path: deploy, targetRevision: main}
  syncPolicy: {automated: {prune: true, selfHeal: true}}
"""
FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: shop, namespace: flux-system}
spec: {interval: 10m, path: ./deploy, prune: true, targetNamespace: shop, sourceRef: {kind: GitRepository, name: shop}}
"""
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: shop, namespace: shop}
spec: {interval: 10m, targetNamespace: shop, chart: {spec: {chart: shop}}}
"""
UNDO = "kubectl -n shop rollout undo deployment/web"
JENKINS = {"Jenkinsfile": "stage('x') { sh 'kubectl apply -f web.yaml' }\n"}


def tree(path: Path, command: str, delivery: str = "", words: str = "Do this:", **more: str) -> Path:
    page = PAGE.replace("COMMAND", command).replace("WORDS", words)
    files = {"rules.yaml": RULE, "docs/runbooks/ShopDown.md": page, "web.yaml": WEB}
    if delivery:
        files["gitops/shop.yaml"] = delivery
    return write(path, {**files, **more})


def test_orders_has_no_finding() -> None:
    assert findings(rollback_matches_deploy, ORDERS) == []
    said = {proof.message for proof in proofs(rollback_matches_deploy, ORDERS)}
    assert len(said) == 8
    assert (
        "docs/runbooks/OrdersDown.md goes back with kubectl rollout undo, and a pipeline with kubectl delivers"
        in said
    )


@pytest.mark.parametrize(
    ("command", "delivery", "says", "at_most"),
    [
        (UNDO, APPLICATION, "Application shop heals itself: the bad release is back within seconds", None),
        ("oc -n shop rollout undo dc/web", APPLICATION, "heals itself", None),
        (
            "helm rollback shop 3",
            APPLICATION,
            "Application shop keeps no release of Helm to go back to",
            None,
        ),
        ("argocd app rollback shop 3", APPLICATION, "refuses a rollback while it syncs by itself", None),
        (
            "argocd app rollback shop 3",
            APPLICATION.replace(", selfHeal: true", ""),
            "refuses a rollback",
            None,
        ),
        (UNDO, FLUX, "Kustomization shop applies the repository again within its interval", None),
        (
            "helm rollback shop",
            RELEASE,
            "HelmRelease shop upgrades again at its next reconciliation",
            "warning",
        ),
        ("kubectl rollout undo rollout/web", "", "kubectl can't undo a Rollout", None),
        ("kubectl rollout undo cronjob/web", "", "kubectl can't undo a CronJob", None),
    ],
)
def test_fault_is_found(tmp_path: Path, command: str, delivery: str, says: str, at_most: str | None) -> None:
    (found,) = findings(rollback_matches_deploy, tree(tmp_path, command, delivery))
    assert says in found.message
    assert (found.at.file, found.at.line) == ("docs/runbooks/ShopDown.md", 10)
    assert found.finding.at_most == at_most
    if delivery:
        (operand,) = found.finding.operands
        assert operand.at is not None
        assert operand.at.file == "gitops/shop.yaml"


@pytest.mark.parametrize(
    ("command", "delivery", "words"),
    [
        (UNDO, APPLICATION.replace("selfHeal: true", "selfHeal: false"), "Do this:"),
        (UNDO, APPLICATION.replace("automated: {", "automated: {enabled: false, "), "Do this:"),
        (
            UNDO,
            APPLICATION.replace("  syncPolicy: {automated: {prune: true, selfHeal: true}}\n", ""),
            "Do this:",
        ),
        (
            UNDO,
            APPLICATION.replace("namespace: shop,", "namespace: till,").replace("name: shop", "name: till"),
            "x",
        ),
        (UNDO, APPLICATION, "Pause the sync of Argo CD first:"),
        (f"argocd app set shop --sync-policy none\n{UNDO}", APPLICATION, "Do this:"),
        ("kubectl -n argocd patch application shop -p '{}' --type merge\n" + UNDO, APPLICATION, "Do this:"),
        (
            "argocd app rollback shop 3",
            APPLICATION.replace("automated: {", "automated: {enabled: false, "),
            "x",
        ),
        (f"flux suspend kustomization shop\n{UNDO}", FLUX, "Do this:"),
        (UNDO, FLUX.replace("interval: 10m", "suspend: true, interval: 10m"), "Do this:"),
        (UNDO, RELEASE, "Do this:"),
        (UNDO, "", "Do this:"),
        ("kubectl rollout undo statefulset/web", "", "Do this:"),
        ("git revert HEAD", APPLICATION, "Do this:"),
    ],
)
def test_look_alike_is_left_alone(tmp_path: Path, command: str, delivery: str, words: str) -> None:
    assert findings(rollback_matches_deploy, tree(tmp_path, command, delivery, words)) == []


def test_helm_where_a_pipeline_applies_manifests(tmp_path: Path) -> None:
    command = "helm -n shop rollback shop"
    (found,) = findings(rollback_matches_deploy, tree(tmp_path / "a", command, **JENKINS))
    assert "Jenkinsfile applies manifests with kubectl: no source has a chart" in found.message
    assert found.finding.at_most == "warning"
    chart = {"chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n"}
    labelled = {"web.yaml": WEB.replace("shop}", "shop, labels: {app.kubernetes.io/managed-by: Helm}}")}
    by_helm = {
        "Jenkinsfile": JENKINS["Jenkinsfile"].replace("}", "sh 'helm upgrade --install shop oci://x' }")
    }
    for number, more in enumerate((chart, labelled, by_helm, {})):
        path = tree(tmp_path / str(number), command, **({**JENKINS, **more} if more else {}))
        assert findings(rollback_matches_deploy, path) == []


def test_an_application_set_counts(tmp_path: Path) -> None:
    indented = "\n".join(f"    {line}" for line in APPLICATION.partition("spec:\n")[2].splitlines())
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: shops}\nspec:\n"
        f"  generators: []\n  template:\n    spec:\n{indented}\n"
    )
    (found,) = findings(rollback_matches_deploy, tree(tmp_path, UNDO, text))
    assert "ApplicationSet shops heals itself" in found.message


@pytest.mark.parametrize("spec", ["spec: []\n", "spec: {syncPolicy: [1]}\n", "spec: null\n", ""])
def test_a_malformed_application_ends_nothing(tmp_path: Path, spec: str) -> None:
    text = APPLICATION.partition("spec:\n")[0] + spec
    assert findings(rollback_matches_deploy, tree(tmp_path, UNDO, text)) == []


def test_a_page_that_goes_back_by_no_command_is_not_judged(tmp_path: Path) -> None:
    assert set(statuses(rollback_matches_deploy, tree(tmp_path, "kubectl get pods")).values()) == {
        "not-applicable"
    }
