"""Names that alerts ask for are those of jobs, namespaces and objects in evidence."""

from pathlib import Path

import pytest
from readiness_checks.alert import selector_matches_target

from tests.faults import ORDERS, Fault, copy_of_orders, findings, outcomes, proofs, statuses, write

RULES = "monitoring/rules/orders.rules.yaml"
MANIFESTS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop-web, namespace: shop, labels: {app: shop-web}}
spec:
  selector: {matchLabels: {app: shop-web}}
  template:
    metadata: {labels: {app: shop-web}}
    spec: {containers: [{name: web, image: "web:1", ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: shop-web, namespace: shop, labels: {app: shop-web, component: frontend}}
spec: {selector: {app: shop-web}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: shop-web, namespace: shop}
spec:
  jobLabel: component
  selector: {matchLabels: {app: shop-web}}
  endpoints: [{port: http}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: shop-db, namespace: shop}
spec:
  serviceName: shop-db
  selector: {matchLabels: {app: shop-db}}
  template:
    metadata: {labels: {app: shop-db}}
    spec: {containers: [{name: postgres, image: "postgres:16"}]}
  volumeClaimTemplates: [{metadata: {name: data}}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: shop-report, namespace: shop}
spec:
  schedule: "0 3 * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: report, image: "r:1"}]}}}}
"""
CHECKLIST = """\
version: 1
service: {name: shop, tier: 1}
environments:
  staging: {class: staging, namespace: shop-staging, manifests: [manifests.yaml]}
  production: {class: production, namespace: shop, manifests: [manifests.yaml]}
"""


def tree(path: Path, expr: str, manifests: str = MANIFESTS, checklist: str = CHECKLIST) -> Path:
    rules = f"groups:\n  - name: shop\n    rules:\n      - alert: A\n        expr: |\n          {expr}\n"
    return write(path, {"readiness.yaml": checklist, "manifests.yaml": manifests, "alerts.rules.yaml": rules})


def said(path: Path, **settings: object) -> list[str]:
    return [one.message for one in findings(selector_matches_target, path, **settings)]


def test_orders_has_no_finding_and_counts() -> None:
    assert findings(selector_matches_target, ORDERS) == []
    (proof,) = {one.message for one in proofs(selector_matches_target, ORDERS)}
    assert proof == "19 conditions of 14 rules name something that is there"


@pytest.mark.parametrize(
    ("fault", "says", "line"),
    [
        (
            Fault(RULES, 'absent(up{job="orders-worker"} == 1)', 'absent(up{job="orders-workers"} == 1)'),
            'OrdersWorkerDown asks for job="orders-workers": nothing is called so, but orders-worker',
            98,
        ),
        (
            Fault(RULES, 'absent(up{job="orders-worker"} == 1)', 'absent(up{job="orders-consumer"} == 1)'),
            'OrdersWorkerDown asks for job="orders-consumer": nothing is called so; there are orders-api, '
            "orders-cache, orders-worker",
            98,
        ),
        (
            Fault(RULES, 'absent(up{job="orders-worker"} == 1)', 'absent(up{job="orders-worker", job="orders-api"})'),
            'OrdersWorkerDown asks for job="orders-worker" and job="orders-api" of one series, which none has',
            98,
        ),
    ],
    ids=str,
)  # fmt: skip
def test_fault_is_found(tmp_path: Path, fault: Fault, says: str, line: int) -> None:
    found = findings(selector_matches_target, fault.seed(copy_of_orders(tmp_path)))
    assert [(one.message, one.at.line) for one in found] == [(says, line)]


def test_a_workload_that_was_renamed_leaves_its_alerts_behind(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    Fault("deploy/rendered/production.yaml", "orders-worker", "orders-shipper", times=0).seed(tree)
    assert (
        'OrdersQueueAgeHigh and 2 more asks for job="orders-worker": nothing is called so; '
        "there are orders-api, orders-cache, orders-shipper"
    ) in [one.message for one in findings(selector_matches_target, tree)]


@pytest.mark.parametrize(
    ("expr", "says"),
    [
        ('up{job="shop-web"} == 0', 'A asks for job="shop-web": shop-web is scraped as job frontend'),
        (
            'kube_statefulset_replicas{statefulset="shop-web"} < 2',
            'A asks for statefulset="shop-web": shop-web is a Deployment',
        ),
        (
            'kube_deployment_status_replicas{deployment="shop-db"} < 2',
            'A asks for deployment="shop-db": shop-db is a StatefulSet',
        ),
        (
            'kube_deployment_status_replicas{deployment="shop-wed"} < 2',
            'A asks for deployment="shop-wed": nothing is called so, but shop-web',
        ),
        (
            'container_memory_working_set_bytes{container="shop-web"} > 1e9',
            'A asks for container="shop-web": the containers of Deployment shop-web are called web',
        ),
        (
            'kube_pod_status_ready{pod=~"shop-web-[0-9]+"} == 0',
            'A asks for pod=~"shop-web-[0-9]+": pods of Deployment shop-web are called like '
            "shop-web-7d9f6c5b8d-b7c4d",
        ),
        (
            'kube_pod_status_ready{pod=~"shop-bd-[0-9]+"} == 0',
            'A asks for pod=~"shop-bd-[0-9]+": nothing is called so; there are shop-db, shop-report, shop-web',
        ),
        (
            'kube_job_status_failed{job_name=~"shop-reprot-.*"} > 0',
            'A asks for job_name=~"shop-reprot-.*": nothing is called so, but shop-report',
        ),
        (
            'up{namespace="shop-stagin"} == 0',
            'A asks for namespace="shop-stagin": nothing is called so, but shop-staging',
        ),
        ('a{zone!~".*"} > 0', 'A asks for zone!~".*", which no series has: the pattern takes every value'),
        ('a{zone="b", zone="c"} > 0', 'A asks for zone="b" and zone="c" of one series, which none has'),
    ],
)
def test_a_name_that_nothing_has_is_found(tmp_path: Path, expr: str, says: str) -> None:
    (found,) = findings(selector_matches_target, tree(tmp_path, expr))
    assert found.message == says
    assert found.finding.at_most is None
    assert found.at.line == 5


def test_one_of_several_names_is_milder(tmp_path: Path) -> None:
    (found,) = findings(selector_matches_target, tree(tmp_path, 'up{job=~"frontend|frontent"} == 0'))
    assert found.message == 'A asks for job="frontent": nothing is called so, but frontend'
    assert found.finding.at_most == "warning"


@pytest.mark.parametrize(
    "expr",
    [
        'up{job="frontend"} == 0',  # by jobLabel
        'kube_pod_status_ready{pod=~"shop-web-.*"} == 0',
        'kube_pod_status_ready{pod=~"shop-web-[0-9a-f]{8,10}-[a-z0-9]{5}"} == 0',
        'kube_pod_status_ready{pod="shop-db-0"} == 0',
        'kubelet_volume_stats_available_bytes{persistentvolumeclaim="data-shop-db-0"} < 1e9',
        'kube_job_status_failed{job_name=~"shop-report-.*"} > 0',
        'kube_job_status_failed{job_name=~"shop-report-[0-9]+"} > 0',
        'up{namespace="shop-staging"} == 0',  # another environment's
        'up{job="frontend", pod!="shop-wbe-1", container!~"shop-web"} == 0',  # what is left out
        'up{job=~"frontend|elsewhere"} == 0',  # the other may be another repository's
        'shop_calls_total{service="shop-db", deployment="blue"} > 0',  # labels of the program's own
        'up{job="frontend", job=~"front.*"} == 0',
        'up{job=""} == 0 or up{job=~".+", pod=~".*"} == 0',
        'kube_pod_info{job="kube-state-metrics"} and node_load1{job="node-exporter"} > 9',  # the platform's
        'up{job="frontend"} == 0 or shop_up{namespace="monitoring", pod="shop-web-0"}',  # elsewhere
    ],
)
def test_look_alike_is_left_alone(tmp_path: Path, expr: str) -> None:
    assert said(tree(tmp_path, expr)) == []
    assert statuses(selector_matches_target, tmp_path)["production"] == "pass"


@pytest.mark.parametrize("name", ["billing", "shop2", "frontend2"])
def test_a_name_of_somebody_else_is_unknown_until_it_is_named(tmp_path: Path, name: str) -> None:
    made = tree(tmp_path, f'up{{job="{name}"}} == 0')
    assert said(made) == []
    assert statuses(selector_matches_target, made)["production"] == "unknown"
    assert statuses(selector_matches_target, made, external=[f"{name[:-1]}*"])["production"] == "pass"


def test_a_monitor_of_what_is_not_here_leaves_jobs_open(tmp_path: Path) -> None:
    elsewhere = MANIFESTS.replace("{app: shop-web}}\n  endpoints", "{app: other}}\n  endpoints")
    made = tree(tmp_path, 'up{job="shop-gone"} == 0', elsewhere)
    assert said(made) == []
    assert statuses(selector_matches_target, made)["production"] == "unknown"


def test_without_a_monitor_the_name_of_a_service_will_do(tmp_path: Path) -> None:
    parts = [part for part in MANIFESTS.split("---\n") if "ServiceMonitor" not in part]
    made = tree(tmp_path, 'up{job="shop-web"} == 0', "---\n".join(parts))
    assert said(made) == []
    assert statuses(selector_matches_target, made)["production"] == "pass"


@pytest.mark.parametrize("rules", ["groups: [{name: a, rules: [{alert: A, expr: 'up{'}]}]", "groups: 3"])
def test_malformed_rules_do_not_crash(tmp_path: Path, rules: str) -> None:
    made = write(tree(tmp_path, "up == 0"), {"alerts.rules.yaml": rules})
    outcomes(selector_matches_target, made)
    assert said(made) == []


def test_malformed_objects_are_not_looked_into(tmp_path: Path) -> None:
    broken = MANIFESTS.replace("containers: [{name: web", "containers: [3, {name: web").replace(
        "volumeClaimTemplates: [{metadata: {name: data}}]", "volumeClaimTemplates: [3]"
    )
    assert said(tree(tmp_path, 'up{job="frontend"} == 0', broken)) == []


@pytest.mark.parametrize(
    "expr",
    [
        'kube_pod_status_ready{pod=~"shop-store-[0-9]+"} == 0',
        'kube_pod_status_ready{pod="cluster-shop-store-0"} == 0',
        'up{job="shop-store-r"} == 0',
        'container_memory_working_set_bytes{container="postgres16"} > 1e9',
    ],
)
def test_what_an_operator_makes_is_left_alone(tmp_path: Path, expr: str) -> None:
    cluster = "---\napiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: shop-store, namespace: shop}\n"
    assert said(tree(tmp_path, expr, MANIFESTS + cluster)) == []
    assert statuses(selector_matches_target, tmp_path)["production"] == "pass"
