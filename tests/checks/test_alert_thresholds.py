"""Thresholds against limits, numbers and sizes of the same objects, on both sides of each bound."""

from pathlib import Path

import pytest
from readiness_checks.alert import threshold_vs_config

from tests.faults import ORDERS, Fault, copy_of_orders, findings, proofs, statuses, write

RULES = "monitoring/rules/orders.rules.yaml"
MANIFESTS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop-web, namespace: shop}
spec:
  replicas: 4
  selector: {matchLabels: {app: shop-web}}
  template:
    metadata: {labels: {app: shop-web}}
    spec: {containers: [{name: web, image: "web:1", resources: {limits: {memory: 1Gi}}}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: shop-web, namespace: shop}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop-web}, minReplicas: 3, maxReplicas: 9}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: shop-db, namespace: shop}
spec:
  replicas: 2
  serviceName: shop-db
  selector: {matchLabels: {app: shop-db}}
  template:
    metadata: {labels: {app: shop-db}}
    spec: {containers: [{name: postgres, image: "postgres:16"}]}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {resources: {requests: {storage: 10Gi}}}}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: shop-report, namespace: shop}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      activeDeadlineSeconds: 3600
      template: {spec: {restartPolicy: Never, containers: [{name: report, image: "r:1"}]}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: shop-tls, namespace: shop}
spec: {secretName: shop-tls, duration: 2160h, renewBefore: 360h}
"""
CHECKLIST = """\
version: 1
service: {name: shop, tier: 1}
environments:
  production: {class: production, namespace: shop, manifests: [manifests.yaml]}
"""
MEMORY = 'container_memory_working_set_bytes{container="web"}'
VOLUME = 'kubelet_volume_stats_available_bytes{persistentvolumeclaim=~"data-shop-db-.*"}'
USED = VOLUME.replace("available", "used")
EXPIRY = 'certmanager_certificate_expiration_timestamp_seconds{name="shop-tls"}'
SCALER = 'kube_horizontalpodautoscaler_status_current_replicas{horizontalpodautoscaler="shop-web"}'
READY = 'kube_deployment_status_replicas_available{deployment="shop-web"}'
ERRORS = 'sum(rate(http_total{job="web", code=~"5.."}[5m])) / sum(rate(http_total{job="web"}[5m]))'
RUNNING = 'kube_job_status_active{job_name=~"shop-report-.*"}'


def tree(path: Path, expr: str, hold: str = "5m", manifests: str = MANIFESTS) -> Path:
    rules = (
        "groups:\n  - name: shop\n    rules:\n      - alert: A\n"
        f"        expr: |\n          {expr}\n        for: {hold}\n"
    )
    return write(path, {"readiness.yaml": CHECKLIST, "manifests.yaml": manifests, "alerts.rules.yaml": rules})


def said(path: Path) -> list[str]:
    return [one.message for one in findings(threshold_vs_config, path)]


def test_orders_has_no_finding_and_counts() -> None:
    assert findings(threshold_vs_config, ORDERS) == []
    (proof,) = proofs(threshold_vs_config, ORDERS)
    assert proof.message == (
        "1 of 9 thresholds agree with a bound that is in evidence, such as: "
        "OrdersCacheDown waits for < 3 of the 3 pods of StatefulSet orders-cache"
    )


@pytest.mark.parametrize(("count", "found"), [("< 3", False), ("< 4", True), ("<= 2", False), ("<= 3", True)])
def test_a_count_of_pods_against_the_pods_of_orders(tmp_path: Path, count: str, found: bool) -> None:
    fault = Fault(RULES, "== 1) < 3 or", f"== 1) {count} or")
    listed = findings(threshold_vs_config, fault.seed(copy_of_orders(tmp_path)))
    says = (
        f"OrdersCacheDown fires while all is well: it waits for {count} pods, "
        "and StatefulSet orders-cache may have 3"
    )
    assert [one.message for one in listed] == ([says] if found else [])


@pytest.mark.parametrize(
    ("expr", "says"),
    [
        (f"{MEMORY} > 1073741824", "never fires: it waits for more than 1Gi, and container web of shop-web is killed at 1Gi"),
        (f"max by (pod) ({MEMORY}) / 1024 / 1024 > 2048", "never fires: it waits for more than 2Gi, and container web"),
        (f"{READY} < 4", "fires while all is well: it waits for < 4 pods, and Deployment shop-web may have 3"),
        (f"{SCALER} > 9", "never fires: it waits for > 9 replicas, and HorizontalPodAutoscaler shop-web makes 9 at most"),
        (f"{SCALER} >= 10", "never fires: it waits for >= 10 replicas"),
        (f"{VOLUME} < 20 * 1024^3", "always fires: it waits for less than 20Gi free, and claim data-shop-db-0 has 10Gi in all"),
        (f"{USED} > 10737418240", "never fires: it waits for more than 10Gi used, and claim data-shop-db-0"),
        (f"({EXPIRY} - time()) / 86400 < 21", "fires in each cycle: it waits for less than 21d, and Certificate shop-tls is renewed 15d before its end"),
        (f"{ERRORS} > 5", "never fires: it waits for > 5, and the ratio is 1 at most"),
        (f"100 * {ERRORS} > 100", "never fires: it waits for > 100, and the ratio is 100 at most"),
        ("hikaricp_connections_active / hikaricp_connections_max > 95", "never fires: it waits for > 95"),
    ],
)  # fmt: skip
def test_a_threshold_beyond_its_bound_is_found(tmp_path: Path, expr: str, says: str) -> None:
    (found,) = findings(threshold_vs_config, tree(tmp_path, expr))
    assert found.message.startswith(f"A {says}")
    assert found.at.line == 5


@pytest.mark.parametrize(
    "expr",
    [
        f"{MEMORY} > 1073741823",
        f"{MEMORY} >= 1073741824",
        f"max by (pod) ({MEMORY}) / 1024 / 1024 > 1023",
        f"{READY} < 3",
        f"{READY} <= 2",
        f"{SCALER} >= 9",
        f"{SCALER} > 8",
        f"{VOLUME} < 10 * 1024^3",
        f"{USED} > 9 * 1024^3",
        f"({EXPIRY} - time()) / 86400 < 15",
        f"{EXPIRY} - time() < 14 * 86400",
        f"{ERRORS} > 0.05",
        f"100 * {ERRORS} > 99",
        f"{ERRORS} >= 1",
    ],
)
def test_a_threshold_within_its_bound_holds(tmp_path: Path, expr: str) -> None:
    assert said(tree(tmp_path, expr)) == []
    (proof,) = proofs(threshold_vs_config, tmp_path)
    assert proof.message.startswith("1 of 1 thresholds agree")


@pytest.mark.parametrize(
    "expr",
    [
        "container_memory_working_set_bytes > 1e12",  # of everything in the cluster
        'container_memory_working_set_bytes{container="postgres"} > 1e12',  # has no limit
        f"sum({MEMORY}) > 2e9",  # of several pods
        'count(up{job="shop"} == 1) < 9',  # nobody knows what is scraped there
        f"sum({READY}) < 90",
        'sum by (a) (rate(x{b="c"}[5m])) / sum by (d) (rate(x[5m])) > 2',  # of different groups
        'sum(rate(x{b="c"}[5m])) / sum(rate(x{d="e"}[5m])) > 2',  # neither is part of the other
        'sum(rate(x{b="c"}[10m])) / sum(rate(x[5m])) > 2',
        "x / y > 2",
        "x - y > 2",
    ],
)
def test_what_has_no_bound_in_evidence_is_not_judged(tmp_path: Path, expr: str) -> None:
    assert said(tree(tmp_path, expr)) == []
    assert statuses(threshold_vs_config, tmp_path)["production"] == "not-applicable"


@pytest.mark.parametrize(("hold", "found"), [("59m", False), ("1h", True), ("2h", True)])
def test_for_against_the_deadline_of_a_job(tmp_path: Path, hold: str, found: bool) -> None:
    held = {"1h": "1h", "2h": "2h"}.get(hold)
    says = f"A never fires: it waits for {held}, and CronJob shop-report is ended after 1h"
    assert said(tree(tmp_path, f"{RUNNING} > 0", hold)) == ([says] if found else [])


def test_a_certificate_is_renewed_at_a_third_by_default(tmp_path: Path) -> None:
    default = MANIFESTS.replace("duration: 2160h, renewBefore: 360h", "dnsNames: [shop]")
    assert said(tree(tmp_path, f"{EXPIRY} - time() < 30 * 86400", manifests=default)) == []
    (found,) = said(tree(tmp_path, f"{EXPIRY} - time() < 31 * 86400", manifests=default))
    assert found.endswith("Certificate shop-tls is renewed 30d before its end")


def test_another_condition_beside_it_may_come_true_first(tmp_path: Path) -> None:
    assert said(tree(tmp_path, f"{RUNNING} > 0 and on () shop_open == 1", "2h")) == []


@pytest.mark.parametrize(
    "broken",
    [
        MANIFESTS.replace("memory: 1Gi", "memory: much"),
        MANIFESTS.replace("maxReplicas: 9", "maxReplicas: many"),
        MANIFESTS.replace("storage: 10Gi", "storage: [10]"),
        MANIFESTS.replace("activeDeadlineSeconds: 3600", "activeDeadlineSeconds: soon"),
        MANIFESTS.replace("renewBefore: 360h", "renewBefore: a week"),
        MANIFESTS.replace("volumeClaimTemplates: [", "volumeClaimTemplates: [3, "),
    ],
)
def test_malformed_bounds_are_none(tmp_path: Path, broken: str) -> None:
    expr = f"{MEMORY} > 2e9 or {SCALER} > 9 or {USED} > 2e10 or {EXPIRY} - time() < 2e6 or {RUNNING} > 0"
    found = said(tree(tmp_path, expr, "2h", broken))
    assert len(found) >= 3
