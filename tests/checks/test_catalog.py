"""Entities of the catalog, held against its model and against what runs."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.catalog import dependencies_true, entity

from readiness.outcome import Result
from tests.faults import ORDERS, Fault, copy_of_orders, findings, judged, proofs, write

FILE = "catalog-info.yaml"
COMPONENT = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: orders
  annotations: {pagerduty.com/service-id: P1}
  links:
    - {title: Runbooks, url: "https://x.example/r"}
    - {title: Metrics, url: "https://grafana.example/d/1"}
spec: {type: service, lifecycle: production, owner: team-orders}
"""


def results(tree: Path, **settings: Any) -> list[Result]:
    done = judged(entity, tree, **settings)
    return [result for outcome in done.outcomes for result in outcome.results]


def said(tree: Path, text: str, **settings: Any) -> list[str]:
    return [one.message for one in findings(entity, write(tree, {FILE: text}), **settings)]


def test_orders_has_no_finding() -> None:
    assert findings(entity, ORDERS) == []
    assert [one.message for one in proofs(entity, ORDERS)] == [
        "Component orders is valid, owned by team-orders",
        "Group team-orders is valid",
    ]


@pytest.mark.parametrize(
    ("old", "new", "says", "line"),
    [
        ("  owner: team-orders", "  owner: team-order", "Component orders is owned by team-order, and no Group is called so; team-orders is near", 17),
        ("  lifecycle: production\n", "", "Component orders has no spec.lifecycle; a Component needs 3 fields", 14),
        ("lifecycle: production", "lifecycle: experimental", "Component orders is experimental by the catalog, and production runs 3 workloads of it", 16),
        ("    pagerduty.com/service-id: P7ORD3R\n", "", "Component orders is of tier 1 and leads to no on-call: it has 3 links and 1 annotations", 9),
        ("  name: orders\n", "  name: orders service\n", "Component orders service has a name of 14 characters that the catalog refuses: it takes 1 to 63 letters and digits with - _ . between them", 4),
    ],
)  # fmt: skip
def test_fault_is_found(tmp_path: Path, old: str, new: str, says: str, line: int) -> None:
    found = findings(entity, Fault(FILE, old, new).seed(copy_of_orders(tmp_path)))
    assert [one.message for one in found] == [says]
    assert found[0].at.line is not None
    assert abs(found[0].at.line - line) <= 1


@pytest.mark.parametrize(
    ("old", "new", "number"),
    [
        ("backstage.io/v1alpha1", "backstage.io/v1beta1", 0),
        ("backstage.io/v1alpha1", "backstage.io/v2", 1),
        ("backstage.io/v1alpha1", "acme.example/v1", 0),
        ("name: orders", f"name: {'o' * 63}", 0),
        ("name: orders", f"name: {'o' * 64}", 1),
        ("name: orders", "name: orders_v1.2-a", 0),
        ("name: orders", "name: -orders", 1),
        ("type: service, ", "", 1),
        ("owner: team-orders", "owner: somebody-else", 0),
        ("owner: team-orders", "owner: user:default/mara", 0),
        ("lifecycle: production", "lifecycle: experimental", 0),
        ("Runbooks", "Docs", 1),
        ("grafana.example", "docs.example", 1),
        ("pagerduty.com/service-id", "acme.example/id", 1),
        ("pagerduty.com/service-id", "opsgenie.com/component-selector", 0),
    ],
)
def test_fields(tmp_path: Path, old: str, new: str, number: int) -> None:
    assert len(said(tmp_path, COMPONENT.replace(old, new))) == number


def test_links_are_asked_for_at_tier_1_alone(tmp_path: Path) -> None:
    text = COMPONENT.replace("Runbooks", "Docs")
    assert said(tmp_path, text) != []
    assert said(tmp_path, text, tier=2) == []


@pytest.mark.parametrize(
    ("kind", "spec", "number"),
    [
        ("API", "{type: openapi, lifecycle: production, owner: o, definition: x}", 0),
        ("API", "{type: openapi, lifecycle: production, owner: o}", 1),
        ("Resource", "{type: database, owner: o}", 0),
        ("Resource", "{owner: o}", 1),
        ("System", "{owner: o}", 0),
        ("Group", "{type: team, children: []}", 0),
        ("Group", "{type: team}", 1),
        ("User", "{}", 0),
        ("Machine", "{}", 0),
    ],
)
def test_kinds(tmp_path: Path, kind: str, spec: str, number: int) -> None:
    text = f"apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n"
    assert len(said(tmp_path, text)) == number


def test_a_lifecycle_is_held_against_an_environment_that_the_checklist_declares(tmp_path: Path) -> None:
    """As a public Terraform repository that calls itself experimental and declares nothing that runs."""
    text = COMPONENT.replace("lifecycle: production", "lifecycle: experimental")
    manifest = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {template: {spec: {containers: []}}}\n"
    write(tmp_path, {"deploy/api.yaml": manifest})
    assert said(tmp_path, text) == []
    write(
        tmp_path,
        {
            "readiness.yaml": "version: 1\nenvironments: {p: {class: production, manifests: [deploy/api.yaml]}}\n"
        },
    )
    assert said(tmp_path, text) == [
        "Component orders is experimental by the catalog, and p runs 1 workloads of it"
    ]


def test_an_owner_from_elsewhere_is_unknown(tmp_path: Path) -> None:
    write(tmp_path, {FILE: COMPONENT.replace("owner: team-orders", "owner: {$text: ./owner.txt}")})
    assert [one.status for one in results(tmp_path)] == ["unknown"]


def test_targets_of_a_location_are_read(tmp_path: Path) -> None:
    location = "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec: {targets: [./catalog/orders.yaml, https://x.example/a.yaml, ../../out.yaml, 7]}\n"
    write(tmp_path, {"catalog/orders.yaml": COMPONENT.replace("type: service, ", "")})
    assert said(tmp_path, location) == ["Component orders has no spec.type; a Component needs 3 fields"]


@pytest.mark.parametrize(
    "text",
    ["kind: Component\n", "kind: Component\nmetadata: 3\nspec: []\n", "kind: [a]\n", "- a\n",
     "kind: Component\nmetadata: {name: 7, links: 3, annotations: []}\n"],
)  # fmt: skip
def test_malformed_entities_crash_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path, {FILE: text})
    assert "error" not in {one.status for one in results(tmp_path)}


def test_a_template_of_the_scaffolder_and_a_broken_file(tmp_path: Path) -> None:
    assert said(tmp_path, COMPONENT.replace("name: orders", "name: '${{ values.name }}'")) == []
    assert results(tmp_path) == []
    write(tmp_path, {FILE: "kind: [Component\n"})
    assert [one.status for one in results(tmp_path)] == ["unknown"]


MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      containers:
        - name: api
          env:
            - {name: NAME, value: 'VALUE'}
---
apiVersion: v1
kind: Service
metadata: {name: own}
"""
DEPENDS = COMPONENT.replace("owner: team-orders}", "owner: team-orders, dependsOn: [LISTED]}")
PRODUCTION = (
    "version: 1\nservice: {name: orders}\nenvironments: {p: {class: production, manifests: [deploy/]}}\n"
)


def called(tree: Path, name: str, value: str, listed: str = "resource:other", **settings: Any) -> list[str]:
    manifest = MANIFEST.replace("NAME", name, 1).replace("VALUE", value)
    files = {FILE: DEPENDS.replace("LISTED", listed), "deploy/a.yaml": manifest, "readiness.yaml": PRODUCTION}
    return [one.message for one in findings(dependencies_true, write(tree, files), **settings)]


def test_dependencies_of_orders_are_declared() -> None:
    assert findings(dependencies_true, ORDERS) == []
    assert [one.message for one in proofs(dependencies_true, ORDERS)] == [
        "2 hosts that production calls are declared: orders-db.postgres.harbour.internal as orders-db,"
        " rabbitmq.messaging.svc as rabbitmq"
    ]


def test_a_dependency_that_nobody_declared(tmp_path: Path) -> None:
    fault = Fault(FILE, "    - component:default/rabbitmq\n", "")
    (found,) = findings(dependencies_true, fault.seed(copy_of_orders(tmp_path)))
    assert found.message == (
        "orders-api calls rabbitmq.messaging.svc by SPRING_RABBITMQ_ADDRESSES, and none of 1 dependencies of"
        " Component orders is that"
    )
    assert (found.at.file, found.at.line) == ("deploy/rendered/production.yaml", 38)
    none = Fault(FILE, "    - resource:default/orders-db\n", "")
    (found,) = findings(dependencies_true, none.seed(tmp_path / "orders"))
    assert found.message.startswith(
        "Component orders declares no dependency, and 2 hosts are called: orders-db."
    )


@pytest.mark.parametrize(
    ("name", "value", "listed", "number"),
    [
        ("A_URL", "https://stock.shop.svc/api", "other", 1),
        ("A_URL", "https://stock.shop.svc/api", "component:stock", 0),
        ("A_URL", "https://stock.shop.svc/api", "stock-service", 0),
        ("A_URL", "https://user:pw@api.stock.acme.net/x?y=1", "stock", 0),
        ("A_URL", "http://localhost:8080, http://127.0.0.1", "other", 0),
        ("A_URL", "http://own:8080", "other", 0),
        ("A_URL", "http://own.shop.svc.cluster.local", "other", 0),
        ("A_URL", "http://orders.acme.net", "other", 0),
        ("BROKERS", "k1.acme.net:9092,k2.acme.net:9092", "other", 2),
        ("KAFKA_BROKERS", "k1.acme.net:9092,k2.acme.net:9092", "resource:events-topic", 0),
        ("DB", "jdbc:postgresql://pg7.acme.net:5432/x", "resource:orders-db", 0),
        ("DB", "jdbc:postgresql://pg7.acme.net:5432/x", "resource:mail", 1),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://col.acme.net:4317", "other", 0),
        ("X_ENDPOINT", "http://jaeger.acme.net", "other", 0),
        ("PUBLIC_URL", "https://shop.acme.net", "other", 0),
        ("CORS_ALLOWED_ORIGINS", "https://shop.acme.net", "other", 0),
        ("STOCK", "stock.shop.svc", "other", 1),
        ("LEVEL", "root:12", "other", 0),
        ("TIME", "12:30", "other", 0),
        ("IMAGE", "registry.acme.net/a:12", "other", 0),
        ("OPTS", "-Xmx64m -Da=b", "other", 0),
    ],
)
def test_addresses(tmp_path: Path, name: str, value: str, listed: str, number: int) -> None:
    assert len(called(tmp_path, name, value, listed)) == number


def test_hosts_by_setting(tmp_path: Path) -> None:
    assert len(called(tmp_path, "A_URL", "http://x7.acme.net")) == 1
    assert called(tmp_path, "A_URL", "http://x7.acme.net", aliases=["other = x7.acme.net"]) == []
    assert called(tmp_path, "A_URL", "http://x7.acme.net", ignore=["*.acme.net"]) == []


def test_a_service_without_component_is_no_subject(tmp_path: Path) -> None:
    called(tmp_path, "A_URL", "http://x7.acme.net")
    (tmp_path / FILE).unlink()
    done = judged(dependencies_true, tmp_path)
    assert {result.status for outcome in done.outcomes for result in outcome.results} == {"not-applicable"}
