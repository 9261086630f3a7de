"""The commands of a runbook name what is deployed."""

from pathlib import Path

import pytest
from readiness_checks.runbook import commands_real

from tests.faults import ORDERS, Fault, copy_of_orders, findings, proofs, statuses, write

DOWN = "docs/runbooks/OrdersDown.md"
GET = "kubectl -n orders get deployment orders-api\n"
PODS = "kubectl -n orders get pods -l app.kubernetes.io/name=orders-api\n"
LOGS = "kubectl -n orders logs deployment/orders-api -c api --previous"


def test_orders_has_no_finding() -> None:
    assert findings(commands_real, ORDERS) == []
    said = {proof.message.partition(":")[0]: proof for proof in proofs(commands_real, ORDERS)}
    assert len(said) == 8  # the ninth page, of the watchdog, is about the platform's namespace
    names = {operand.name: operand for operand in said["docs/runbooks/OrdersCacheDown.md"].operands}
    assert set(names) == {"Pod orders-cache-0", "Pod orders-cache-1", "StatefulSet orders-cache"}
    assert names["StatefulSet orders-cache"].at is not None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (GET, GET.replace("-api", "-apis"), "no manifest has a Deployment orders-apis in orders; the nearest is Deployment orders-api"),
        (GET, GET.replace("deployment orders-api", "deploy/order-api"), "no manifest has a Deployment order-api in orders"),
        (GET, GET.replace("deployment ", "statefulset "), "no manifest has a StatefulSet orders-api in orders"),
        (GET, GET.replace("-n orders", "--namespace=order"), "no manifest has an object in order; there is orders"),
        (GET, GET.replace("-n orders ", "-norders-prod "), "looks for Deployment orders-api in orders-prod; it is in orders"),
        (GET, "kubectl -n orders describe servicemonitor/orders-api hpa/orders-ap\n", "no manifest has a HorizontalPodAutoscaler orders-ap"),
        (GET, "kubectl -n orders exec orders-caches-0 -c valkey -- valkey-cli ping\n", "no manifest has a Pod orders-caches-0 in orders; the nearest is StatefulSet orders-cache"),
        (GET, "kubectl -n orders logs orders-api-6d4cf56db6-x2b7k\n", "a pod of the day on which it was written"),
        (GET, "kubectl -n orders rollout undoo deployment/orders-api\n", "kubectl rollout has no undoo; the nearest is undo"),
        (GET, "kubectl -n orders descibe deployment orders-api\n", "kubectl has no descibe; the nearest is describe"),
        (GET, "kubectl -n orders rsh orders-cache-0\n", "kubectl has no rsh; oc has it"),
        (GET, "kubectl -n orders scale deployment/orders-api --replicas=0\n", "in a section that is about looking"),
        (GET, "kubectl -n orders delete pod orders-cache-0\n", "in a section that is about looking"),
        (PODS, PODS.replace("kubernetes.io/name=", "kubernetes.io/name=x-").replace("x-orders-api", "orders-apy"), "no manifest makes one; those of orders-api have app.kubernetes.io/name=orders-api"),
        (PODS, PODS.replace("app.kubernetes.io/name", "app"), "looks for pods with app=orders-api, and no manifest makes one"),
        (LOGS, LOGS.replace("-c api", "-c app"), "asks for container app of orders-api, which has api"),
        (LOGS, LOGS.replace("deployment/orders-api -c api", "-l app.kubernetes.io/name=orders-api -c web"), "asks for container web of orders-api"),
        ("```sh\n" + GET, "Run `kubectl -n orders get deploy/order-api` first.\n\n```sh\n", "no manifest has a Deployment order-api"),
        ("```sh\n" + GET, "Run this:\n\n    watch sudo kubectl -n orders \\\n      get deploy/order-api | cat\n\n```sh\n", "no manifest has a Deployment order-api"),
    ],
)  # fmt: skip
def test_fault_is_found(tmp_path: Path, old: str, new: str, says: str) -> None:
    tree = Fault(DOWN, old, new).seed(copy_of_orders(tmp_path))
    (found,) = findings(commands_real, tree)
    assert says in found.message
    written = (tree / DOWN).read_text().splitlines()
    assert found.at.line is not None
    assert written[found.at.line - 1].strip().strip("`")[:20] in new


@pytest.mark.parametrize(
    "new",
    [
        "kubectl -n orders get deployment <name of the deployment>\n",
        "kubectl -n orders get deployment $NAME ${NAME} {{ name }} NAME my-deployment\n",
        "kubectl -n $NAMESPACE get deployment orders-api\n",
        "kubectl -n orders get deployment $(kubectl -n orders get deploy -o name | head -1)\n",
        "kubectl -n monitoring get deployment grafana\n",
        "kubectl -n kube-system get deployment coredns\n",
        "kubectl get deployment coredns\n",
        "kubectl -n orders get secret orders-tls\n",
        "kubectl -n orders get node node-17\n",
        "kubectl -n orders logs orders-cache-2 -c istio-proxy\n",
        "kubectl -n orders get pods -l 'app in (web, api)'\n",
        "kubectl -n orders get pods -l app=<app>\n",
        "kubectl -n monitoring get pods -l app=orders-api\n",
        "kubectl -n orders get pods -l team=web\n",
        "kubectl -n orders logs -l app.kubernetes.io/part-of=orders -c api\n",
        "kubectl -n orders get deployments.apps/orders-api -o jsonpath='{.spec.replicas}'\n",
        "# kubectl -n orders get deployment order-api\n",
        "echo kubectl -n orders get deployment order-api\n",
        'kubectl -n orders patch deployment orders-api -p \'{"spec": {"replicas": 3}}\' --type merge\n',
        "kubectl -n orders apply -f - <<EOF\nkubectl get deployment order-api\nEOF\n",
        "kubectl -n orders get deployment --frobnicate order-api\n",
        "$ kubectl -n orders get deployment orders-api\nkubectl get deployment order-api   1/1\n",
        "kubectl -n orders krew install order-api\n",
        "kubectl -n orders port-forward svc/orders-api 8080:80\n",
        "kubectl -n orders annotate deployment orders-api note=order-api\n",
        "kubectl config use-context order\n",
        "helm -n orders history order\n",
    ],
)
def test_look_alike_is_left_alone(tmp_path: Path, new: str) -> None:
    assert findings(commands_real, Fault(DOWN, GET, new).seed(copy_of_orders(tmp_path))) == []


def test_what_comes_from_elsewhere_is_named_by_a_setting(tmp_path: Path) -> None:
    tree = Fault(DOWN, GET, GET.replace("-api", "-apis")).seed(copy_of_orders(tmp_path))
    assert findings(commands_real, tree, external=["orders-apis"]) == []
    assert findings(commands_real, tree, external=["or*"]) == []
    assert len(findings(commands_real, tree, external=["orders-a"])) == 1


def test_a_name_like_none_is_a_warning_in_a_namespace_of_the_service(tmp_path: Path) -> None:
    (found,) = findings(
        commands_real, Fault(DOWN, GET, GET.replace("orders-api", "web")).seed(copy_of_orders(tmp_path))
    )
    assert found.finding.at_most == "warning"
    assert found.finding.fix == "write the name of today, or list web under external"


RULE = """\
groups:
  - name: shop
    rules:
      - alert: ShopDown
        expr: up == 0
        annotations: {runbook_url: docs/runbooks/ShopDown.md}
"""
PAGE = "# ShopDown\n## Diagnosis\n```sh\nCOMMAND\n```\n## Mitigation\nRestart it.\n"
WEB = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n"
DATABASE = "apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {name: shop-db, namespace: shop}\n"


def tree(path: Path, command: str, **more: str) -> Path:
    files = {
        "rules.yaml": RULE,
        "docs/runbooks/ShopDown.md": PAGE.replace("COMMAND", command),
        "web.yaml": WEB,
    }
    return write(path, {**files, **more})


@pytest.mark.parametrize(
    "command",
    [
        "kubectl -n shop get sts/shop-db",
        "kubectl -n shop logs shop-db-0",
        "kubectl -n shop get svc shop-db-repl",
    ],
)
def test_what_an_operator_makes_is_left_alone(tmp_path: Path, command: str) -> None:
    near = WEB.replace("name: web", "name: shop-dc").replace("Deployment", "StatefulSet")
    service = (
        near.replace("apps/v1", "v1").replace("StatefulSet", "Service").replace("shop-dc", "shop-dc-repl")
    )
    more = {"near.yaml": f"{near}---\n{service}"}
    assert len(findings(commands_real, tree(tmp_path / "a", command, **more))) == 1
    assert findings(commands_real, tree(tmp_path / "b", command, **more, **{"db.yaml": DATABASE})) == []


def test_manifests_that_cannot_be_read_leave_it_unknown(tmp_path: Path) -> None:
    broken = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: wep\n"
    path = tree(tmp_path, "kubectl -n shop get deploy/webb", **{"broken.yaml": broken})
    assert set(statuses(commands_real, path).values()) == {"unknown"}


def test_labels_are_unknown_where_manifests_cannot_be_read(tmp_path: Path) -> None:
    labelled = WEB + "spec: {template: {metadata: {labels: {app: web}}, spec: {containers: []}}}\n"
    command = "kubectl -n shop get pods -l app=webb"
    assert len(findings(commands_real, tree(tmp_path / "a", command, **{"web.yaml": labelled}))) == 1
    broken = {
        "web.yaml": labelled,
        "broken.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x\n",
    }
    assert set(statuses(commands_real, tree(tmp_path / "b", command, **broken)).values()) == {"unknown"}


def test_a_name_like_none_is_left_alone_in_a_namespace_that_others_share(tmp_path: Path) -> None:
    other = {"web.yaml": WEB.replace("shop", "production")}
    path = tree(tmp_path, "kubectl -n production logs deployment/payments", **other)
    assert findings(commands_real, path) == []


def test_releases_of_helm(tmp_path: Path) -> None:
    chart = {
        "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
        "readiness.yaml": "version: 1\nitems: []\nenvironments:\n  production:\n    manifests:\n"
        "      - {path: web.yaml}\n      - {chart: chart, release: shop-web}\n",
    }
    for command, said in (("helm rollback shop-webb 3", 1), ("helm rollback shop-web 3", 0),
                          ("helm -n shop rollback $RELEASE", 0), ("helm history grafana", 0)):  # fmt: skip
        found = findings(commands_real, tree(tmp_path / str(len(command)), command, **chart))
        assert len(found) == said, command


def test_pages_without_a_command_are_not_judged(tmp_path: Path) -> None:
    path = tree(tmp_path, "systemctl restart web")
    assert set(statuses(commands_real, path).values()) == {"not-applicable"}
    assert set(statuses(commands_real, tree(tmp_path / "b", "kubectl get nodes")).values()) == {
        "not-applicable"
    }
