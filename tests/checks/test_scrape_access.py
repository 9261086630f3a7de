"""NetworkPolicies between Prometheus and the ports that monitors scrape."""

from pathlib import Path

import pytest
from readiness_checks.monitoring import scrape_reachable

from tests.faults import ORDERS, Fault, copy_of_orders, findings, judged, proofs, statuses, write

RENDERED = "deploy/rendered/production.yaml"
API = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: api
          image: registry.example/api:1
          ports: [{name: http, containerPort: 8080}, {name: metrics, containerPort: 9090}]
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop, labels: {app: api}}
spec: {selector: {app: api}, ports: [{name: web, port: 80, targetPort: http}, {name: m, port: 81, targetPort: metrics}]}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: api, namespace: shop}
spec: {selector: {matchLabels: {app: api}}, endpoints: [{port: m}]}
"""
PROMETHEUS = """
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: main, namespace: watch}
spec: {podMetadata: {labels: {role: scraper}}, serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {}}
"""
SPACE = """
---
apiVersion: v1
kind: Namespace
metadata: {name: watch, labels: {team: platform}}
"""


def policy(ingress: str, more: str = "") -> str:
    return f"""
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: api, namespace: shop}}
spec: {{podSelector: {{matchLabels: {{app: api}}}}, {more}ingress: {ingress}}}
"""


def tree(path: Path, *texts: str) -> Path:
    return write(path, {"all.yaml": API + "".join(texts)})


def said(path: Path, *texts: str) -> list[str]:
    return [found.message for found in findings(scrape_reachable, tree(path, *texts))]


def test_orders_has_no_finding() -> None:
    assert findings(scrape_reachable, ORDERS) == []
    assert (
        "NetworkPolicy orders-cache lets whoever scrapes reach port 9121 (metrics) of orders-cache, as ServiceMonitor "
        "orders-cache asks"
    ) in [proof.message for proof in proofs(scrape_reachable, ORDERS)]


def test_fault_is_found_in_orders(tmp_path: Path) -> None:
    edit = Fault(
        RENDERED, "    - port: metrics\n      protocol: TCP", "    - port: 9120\n      protocol: TCP"
    )
    (found,) = findings(scrape_reachable, edit.seed(copy_of_orders(tmp_path)))
    assert found.message == (
        "ServiceMonitor orders-cache scrapes port 9121 (metrics) of orders-cache, closed by NetworkPolicy "
        "orders-cache: 0 of its rules are for that port"
    )
    assert found.finding.fix == (
        "add a rule to spec.ingress of NetworkPolicy orders-cache: port metrics, from the namespace of Prometheus"
    )


OTHER = "1 of its rules are for that port, and none lets "


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ([policy("[{ports: [{port: 8080}]}]")], "0 of its rules are for that port"),
        ([policy("[{ports: [{port: m}]}]")], "0 of its rules are for that port"),  # the Service's name
        ([policy("[{ports: [{port: 81}]}]")], "0 of its rules are for that port"),  # the Service's port
        ([policy("[{ports: [{port: 9090, protocol: UDP}]}]")], "0 of its rules are for that port"),
        ([policy("[{ports: [{port: 9000, endPort: 9089}]}]")], "0 of its rules are for that port"),
        ([policy("[]", "policyTypes: [Ingress], ")], "0 of its rules are for that port"),
        ([policy("[{from: [{podSelector: {matchLabels: {app: api}}}]}]")], OTHER + "anybody else in"),
        ([policy("[{from: [{podSelector: {}}]}]"), PROMETHEUS], OTHER + "Prometheus main in"),
        (
            [
                policy("[{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: web}}}]}]"),
                PROMETHEUS,
            ],
            OTHER + "Prometheus main in",
        ),
        (
            [
                policy("[{from: [{namespaceSelector: {}, podSelector: {matchLabels: {role: web}}}]}]"),
                PROMETHEUS,
            ],
            OTHER + "Prometheus main in",
        ),
        (
            [policy("[{from: [{namespaceSelector: {matchLabels: {team: shop}}}]}]"), PROMETHEUS, SPACE],
            OTHER + "Prometheus main in",
        ),
    ],
)
def test_fault_is_found(tmp_path: Path, texts: list[str], says: str) -> None:
    assert said(tmp_path, *texts) == [
        f"ServiceMonitor api scrapes port 9090 (metrics) of api, closed by NetworkPolicy api: {says}"
    ]


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [policy("[{ports: [{port: metrics}]}]")],
        [policy("[{ports: [{port: 9090}]}]")],
        [policy("[{ports: [{port: 9000, endPort: 9090}]}]")],
        [policy("[{ports: [{protocol: TCP}]}]")],
        [policy("[{}]")],
        [policy("[{from: [], ports: [{port: 9090}]}]")],
        [policy("[]", "policyTypes: [Egress], ")],
        [policy("[{from: [{namespaceSelector: {}}]}]")],
        [policy("[{from: [{podSelector: {matchLabels: {app.kubernetes.io/name: prometheus}}}]}]")],
        [policy("[{from: [{namespaceSelector: {}, podSelector: {matchLabels: {role: scraper}}}]}]"), PROMETHEUS],
        [policy("[{from: [{namespaceSelector: {matchLabels: {team: platform}}}]}]"), PROMETHEUS, SPACE],
        [
            policy("[{ports: [{port: http}]}]"),
            policy("[{ports: [{port: metrics}]}]").replace("{name: api,", "{name: more,"),
        ],
    ],
)  # fmt: skip
def test_look_alike_is_left_alone(tmp_path: Path, texts: list[str]) -> None:
    assert said(tmp_path, *texts) == []
    assert proofs(scrape_reachable, tree(tmp_path, *texts))


def test_a_prometheus_of_these_manifests_may_be_a_plain_deployment(tmp_path: Path) -> None:
    own = policy("[{from: [{podSelector: {matchLabels: {app: prom}}}]}]")
    deployment = API.partition("---")[0].replace("app: api", "app: prom").replace("name: api,", "name: prom,")
    assert said(tmp_path, own, "---" + deployment) != []
    assert (
        said(
            tmp_path,
            own,
            "---" + deployment.replace("registry.example/api:1", "quay.io/prometheus/prometheus:v3"),
        )
        == []
    )


@pytest.mark.parametrize(
    "texts",
    [
        [policy("[{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]"), PROMETHEUS],
        [policy("[{from: [{namespaceSelector: {matchLabels: {team: platform}}}]}]"), PROMETHEUS],
        [policy("[{from: [{namespaceSelector: 3}]}]"), PROMETHEUS],
        [policy("[{ports: 3}]")],
        [policy("[3]")],
        [policy("[]").replace("networking.k8s.io/v1", "cilium.io/v2").replace("NetworkPolicy", "CiliumNetworkPolicy")],
    ],
)  # fmt: skip
def test_what_nobody_can_tell_is_unknown(tmp_path: Path, texts: list[str]) -> None:
    assert set(statuses(scrape_reachable, tree(tmp_path, *texts)).values()) == {"unknown"}


def test_namespace_of_prometheus_may_be_a_setting(tmp_path: Path) -> None:
    rule = "[{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: web}}}]}]"
    where = tree(tmp_path, policy(rule))
    assert findings(scrape_reachable, where) == []
    assert findings(scrape_reachable, where, scraper_namespaces=["web"]) == []
    (found,) = findings(scrape_reachable, where, scraper_namespaces=["watch"])
    assert found.message.endswith(OTHER + "Prometheus in watch in")


def test_a_monitor_of_nothing_is_another_check_s(tmp_path: Path) -> None:
    where = write(
        tmp_path,
        {"all.yaml": API.replace("matchLabels: {app: api}}, endpoints", "matchLabels: {app: b}}, endpoints")},
    )
    (one,) = judged(scrape_reachable, where).outcomes
    assert one.status == "not-applicable"
