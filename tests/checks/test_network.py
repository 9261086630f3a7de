"""Services, policies, Ingresses and routes lead to what is there."""

from pathlib import Path

import pytest
from readiness_checks.network import (
    ingress_targets_service,
    pod_has_network_policy,
    policy_targets_pod,
    route_attaches_to_gateway,
    service_targets_pod,
)
from readiness_checks.workload import service_account_exists

from tests.faults import findings, statuses, write

Says = list[tuple[str, str | None]]


def thing(kind: str, name: str, more: str, api: str = "v1", namespace: str = "shop") -> str:
    where = f", namespace: {namespace}" if namespace else ""
    return f"---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}{where}}}\n{more}"


def pods(
    labels: str = "app: web", kind: str = "Deployment", name: str = "web", namespace: str = "shop"
) -> str:
    api = "batch/v1" if kind == "Job" else "apps/v1"
    spec = (
        f"spec: {{template: {{metadata: {{labels: {{{labels}}}}}, spec: {{containers: [{{name: a}}]}}}}}}\n"
    )
    return thing(kind, name, spec, api, namespace)


def service(selector: str = "app: web", more: str = "", namespace: str = "shop") -> str:
    return thing("Service", "web", f"spec: {{selector: {{{selector}}}{more}}}\n", namespace=namespace)


def policy(spec: str, name: str = "close", namespace: str = "shop") -> str:
    return thing("NetworkPolicy", name, f"spec: {spec}\n", "networking.k8s.io/v1", namespace)


def tree(path: Path, *documents: str) -> Path:
    return write(path, {"objects.yaml": "".join(documents)})


@pytest.mark.parametrize(
    ("documents", "cap"),
    [
        pytest.param([service("app: webb"), pods()], None, id="slip"),
        pytest.param([service("app: api, tier: x"), pods()], None, id="two-labels"),
        pytest.param([service("app: web, role: primary"), pods()], "warning", id="label-of-a-program"),
        pytest.param([service("role: primary"), pods()], None, id="only-label"),
        pytest.param([service(), pods(namespace="other")], "note", id="no-pods-of-the-namespace"),
        pytest.param([service()], "note", id="no-pods"),
        pytest.param([thing("Service", "web", "spec: {ports: []}\n")], "note", id="no-selector"),
        pytest.param(
            [service("statefulset.kubernetes.io/pod-name: db-0"), pods(name="db")],
            None,
            id="ordinal-of-a-deployment",
        ),
    ],
)
def test_service_without_pods(documents: list[str], cap: str | None, tmp_path: Path) -> None:
    (found,) = findings(service_targets_pod, tree(tmp_path, *documents))
    assert found.finding.at_most == cap


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param([service(), pods()], id="deployment"),
        pytest.param([service(), pods(kind="Job")], id="job"),
        pytest.param([service("job-name: run"), pods("x: y", "Job", "run")], id="name-of-the-job"),
        pytest.param(
            [service("statefulset.kubernetes.io/pod-name: db-0"), pods("app: db", "StatefulSet", "db")],
            id="ordinal",
        ),
        pytest.param([service("app: web, pod-template-hash: abc"), pods()], id="hash"),
        pytest.param([service(), pods(namespace="")], id="pods-without-namespace"),
        pytest.param([service(namespace=""), pods()], id="service-without-namespace"),
        pytest.param([service('app: "1"'), pods("app: 1")], id="number-as-label"),
        pytest.param(
            [thing("Service", "web", "spec: {type: ExternalName, externalName: a.example}\n")], id="name"
        ),
        pytest.param(
            [thing("Service", "web", "spec: {}\n"), thing("Endpoints", "web", "subsets: []\n")],
            id="endpoints",
        ),
        pytest.param(
            [
                thing("Service", "web", "spec: {}\n"),
                "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
                "metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}\n",
            ],
            id="endpoint-slice",
        ),
        pytest.param(
            [service("app: db"), thing("Cluster", "db", "", "postgresql.cnpg.io/v1"), pods()], id="operator"
        ),
    ],
)
def test_service_with_pods(documents: list[str], tmp_path: Path) -> None:
    assert findings(service_targets_pod, tree(tmp_path, *documents)) == []


def test_operator_excuses_no_slip(tmp_path: Path) -> None:
    operator = thing("Cluster", "db", "", "postgresql.cnpg.io/v1")
    (found,) = findings(
        service_targets_pod, tree(tmp_path, service("app: webb"), operator, pods("app: webs"))
    )
    assert found.message == (
        "Service web selects app=webb, which 0 pods of namespace shop have; the nearest, of web, has app=webs"
    )
    assert (found.at.line, found.finding.operands[1].name) == (5, "app of the pods of web")


def test_pods_that_could_not_be_read_may_be_meant(tmp_path: Path) -> None:
    write(tmp_path, {"broken.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a\n"})
    write(
        tmp_path, {"readiness.yaml": "version: 1\nitems: []\nenvironments: {production: {manifests: [.]}}\n"}
    )
    assert set(statuses(service_targets_pod, tree(tmp_path, service("app: api"), pods())).values()) == {
        "unknown"
    }


BOTH = "policyTypes: [Ingress, Egress]"


@pytest.mark.parametrize(
    ("documents", "open_for"),
    [
        ([], "ingress and egress"),
        ([policy("{podSelector: {}}")], "egress"),
        ([policy("{podSelector: {}, egress: [{}]}")], ""),
        ([policy("{podSelector: {}, policyTypes: [Egress]}")], "ingress"),
        ([policy(f"{{podSelector: {{matchLabels: {{app: web}}}}, {BOTH}}}")], ""),
        ([policy(f"{{podSelector: {{matchLabels: {{app: web, x: y}}}}, {BOTH}}}")], "ingress and egress"),
        (
            [
                policy(
                    f"{{podSelector: {{matchExpressions: [{{key: app, operator: In, values: [web]}}]}}, {BOTH}}}"
                )
            ],
            "",
        ),
        ([policy(f"{{podSelector: {{}}, {BOTH}}}", namespace="other")], "ingress and egress"),
        ([policy(f"{{podSelector: {{}}, {BOTH}}}", namespace="")], ""),
        (
            [
                policy("{podSelector: {}, policyTypes: [Egress]}"),
                policy("{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}", "in"),
            ],
            "",
        ),
        (
            [thing("CiliumClusterwideNetworkPolicy", "all", "spec: {}\n", "cilium.io/v2", "")],
            "",
        ),
        ([thing("CiliumNetworkPolicy", "all", "spec: {}\n", "cilium.io/v2", "other")], "ingress and egress"),
    ],
)
def test_pods_that_no_policy_closes(documents: list[str], open_for: str, tmp_path: Path) -> None:
    found = findings(pod_has_network_policy, tree(tmp_path, pods(), *documents))
    assert [one.message.partition("open for ")[2].partition(":")[0] for one in found] == [open_for] * bool(
        open_for
    )
    assert [one.finding.at_most for one in found] == ["note" if open_for == "egress" else None] * bool(
        open_for
    )


def test_test_of_helm_is_not_closed(tmp_path: Path) -> None:
    text = pods("app: t", "Pod", "t").replace(
        "namespace: shop}", "namespace: shop, annotations: {helm.sh/hook: test}}"
    )
    assert findings(pod_has_network_policy, tree(tmp_path, text)) == []


@pytest.mark.parametrize(
    ("documents", "caps"),
    [
        ([policy("{podSelector: {matchLabels: {app: web}}}"), pods()], []),
        ([policy("{podSelector: {matchLabels: {app: api}}}"), pods()], [None]),
        ([policy("{podSelector: {matchLabels: {app: web}}}"), pods(namespace="other")], ["note"]),
        ([policy("{podSelector: {matchExpressions: [{key: app, operator: Exists}]}}"), pods("x: y")], [None]),
        ([policy("{podSelector: {}}")], []),
        (
            [
                policy("{podSelector: {matchLabels: {app: db}}}"),
                thing("Kafka", "k", "", "kafka.strimzi.io/v1beta2"),
            ],
            [],
        ),
    ],
)
def test_policies_that_select_nobody(documents: list[str], caps: list[str], tmp_path: Path) -> None:
    found = findings(policy_targets_pod, tree(tmp_path, *documents))
    assert [one.finding.at_most for one in found] == caps


WEB = service(more=", ports: [{port: 80, name: http}]")
NETWORKING = "networking.k8s.io/v1"


def ingress(backend: str) -> str:
    return thing(
        "Ingress", "web", f"spec: {{rules: [{{http: {{paths: [{{backend: {backend}}}]}}}}]}}\n", NETWORKING
    )


@pytest.mark.parametrize(
    ("documents", "says"),
    [
        ([ingress("{service: {name: web, port: {number: 80}}}"), WEB], []),
        ([ingress("{service: {name: web, port: {name: http}}}"), WEB], []),
        ([ingress("{service: {name: web}}"), WEB], []),
        ([ingress("{serviceName: web, servicePort: http}"), WEB], []),
        ([ingress("{serviceName: web, servicePort: 81}"), WEB], [("port 81 of Service web, which has 80 (http)", None)]),
        ([ingress('{service: {name: web, port: {name: "80"}}}'), WEB],
         [("port 80 of Service web, which has 80 (http)", None)]),
        ([ingress("{service: {name: shop, port: {number: 80}}}"), WEB],
         [("Service shop, 0 are in namespace shop in these manifests", None)]),
        ([ingress("{service: {name: shop, port: {number: 80}}}")],
         [("Service shop, 0 are in namespace shop in these manifests", "note")]),
        ([ingress("{service: {name: webs, port: {number: 80}}}"), WEB],
         [("Service webs, 0 are in namespace shop in these manifests; the nearest is web", None)]),
        ([ingress("{resource: {kind: Bucket, name: a}}")], []),
        ([ingress("{service: {name: redirect, port: {name: use-annotation}}}"), WEB], []),
        ([ingress("{service: {name: grafana-service, port: {number: 80}}}"), WEB,
          thing("Grafana", "grafana", "", "grafana.integreatly.org/v1beta1")], []),
        ([thing("Ingress", "web", "spec: {defaultBackend: {service: {name: web, port: {number: 1}}}}\n", NETWORKING), WEB],
         [("port 1 of Service web, which has 80 (http)", None)]),
        ([thing("Ingress", "web", "spec: {backend: {serviceName: web, servicePort: 80}}\n", "extensions/v1beta1"), WEB],
         []),
    ],
)  # fmt: skip
def test_backends_of_an_ingress(documents: list[str], says: Says, tmp_path: Path) -> None:
    found = findings(ingress_targets_service, tree(tmp_path, *documents))
    assert [(one.message.partition(" leads to ")[2], one.finding.at_most) for one in found] == says


def test_backend_that_is_declared(tmp_path: Path) -> None:
    declared = "evidence: {declared: [{kind: Service, name: shop, reviewed: 2026-10-01, by: jane.doe}]}"
    write(tmp_path, {"readiness.yaml": f"version: 1\nitems: []\n{declared}\n"})
    text = ingress("{service: {name: shop, port: {number: 80}}}")
    assert findings(ingress_targets_service, tree(tmp_path, text, WEB)) == []


def test_listeners_of_all_gateways_of_a_name_count(tmp_path: Path) -> None:
    api = "gateway.networking.k8s.io/v1"
    gateway = thing("Gateway", "edge", "spec: {listeners: [{name: https}, {name: http}]}\n", api)
    route = thing("HTTPRoute", "web", "spec: {parentRefs: [{name: edge, sectionName: %s}]}\n", api)
    assert findings(route_attaches_to_gateway, tree(tmp_path, gateway, route % "http")) == []
    (found,) = findings(route_attaches_to_gateway, tree(tmp_path, gateway, route % "htps"))
    assert found.message == "HTTPRoute web names listener htps of Gateway edge, which has http, https"


@pytest.mark.parametrize(
    ("account", "says"),
    [
        (thing("ServiceAccount", "web", ""), []),
        (thing("ServiceAccount", "web", "", namespace=""), []),
        (
            thing("ServiceAccount", "web", "", namespace="other"),
            ["; the one of that name is in namespace other"],
        ),
        (thing("ServiceAccount", "api", ""), [""]),
        ("", [""]),
    ],
)
def test_accounts_that_pods_name(account: str, says: list[str], tmp_path: Path) -> None:
    text = thing("Pod", "a", "spec: {serviceAccountName: web, containers: [{name: a}]}\n")
    found = findings(service_account_exists, tree(tmp_path, text, account))
    assert [one.message.partition("in these manifests")[2] for one in found] == says
    assert [one.finding.at_most for one in found] == ["note" if account == "" else None for _ in says]
