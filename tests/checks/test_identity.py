"""Names that a service reports itself by, and those that everybody else uses."""

from pathlib import Path

import pytest
from readiness_checks.monitoring import identity_consistent

from readiness.evidence.identities import plain, related
from tests.faults import ORDERS, Fault, copy_of_orders, findings, proofs, statuses, write

RULES = "monitoring/rules/orders.rules.yaml"
CONFIG = "src/main/resources/application.yml"


def workload(name: str, env: str = "[]", pod: str = "", more: str = "") -> str:
    return f"""
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}{pod}}}{more}}}
    spec: {{containers: [{{name: main, image: "registry.example/{name}:1", env: {env}}}]}}
"""


def env(**variables: str) -> str:
    return "[" + ", ".join(f'{{name: {name}, value: "{value}"}}' for name, value in variables.items()) + "]"


CATALOG = """
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: checkout}
spec: {type: service, owner: team-shop}
"""


def said(path: Path, *texts: str, **settings: object) -> list[str]:
    tree = write(path, {"all.yaml": "".join(texts), "catalog-info.yaml": CATALOG})
    return [found.message for found in findings(identity_consistent, tree, **settings)]


def test_orders_has_no_finding() -> None:
    assert findings(identity_consistent, ORDERS) == []
    assert {proof.message for proof in proofs(identity_consistent, ORDERS)} == {
        "orders-api reports itself as orders (spring.application.name)",
        "orders-worker reports itself as orders (spring.application.name)",
        "alerts speak of orders",
    }


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            Fault(CONFIG, "    name: orders\n", "    name: odrers\n"),
            "orders-api reports itself as odrers (spring.application.name): nothing here is called so",
        ),
        (
            Fault(RULES, "service: orders", "service: order", times=0),
            "label service of OrdersErrorBudgetBurnFast is order, the checklist says orders",
        ),
    ],
    ids=str,
)
def test_fault_is_found_in_orders(tmp_path: Path, fault: Fault, says: str) -> None:
    assert findings(identity_consistent, fault.seed(copy_of_orders(tmp_path)))[0].message == says


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (
            [workload("checkout", env(OTEL_SERVICE_NAME="payments")), workload("payments")],
            "checkout reports itself as payments (OTEL_SERVICE_NAME): that is the name of Deployment payments",
        ),
        (
            [workload("checkout", env(OTEL_SERVICE_NAME="checkuot"))],
            "checkout reports itself as checkuot (OTEL_SERVICE_NAME): nothing here is called so",
        ),
        (
            [workload("checkout", env(OTEL_SERVICE_NAME="checkou"))],
            "checkout reports itself as checkou (OTEL_SERVICE_NAME): catalog Component is called checkout",
        ),
        (
            [workload("checkout", env(OTEL_RESOURCE_ATTRIBUTES="a=b,service.name=basket,c=d"))],
            "checkout reports itself as basket (service.name in OTEL_RESOURCE_ATTRIBUTES): nothing here is called so",
        ),
        (
            [workload("checkout", env(JAVA_TOOL_OPTIONS="-Xmx1g -Dotel.service.name=basket"))],
            "checkout reports itself as basket (-Dotel.service.name): nothing here is called so",
        ),
        (
            [workload("checkout", env(OTEL_SERVICE_NAME="checkout", DD_SERVICE="basket"))],
            "checkout reports itself as checkout (OTEL_SERVICE_NAME) and as basket (DD_SERVICE)",
        ),
        (
            [workload("checkout", env(DD_SERVICE="checkout"), ", tags.datadoghq.com/service: basket")],
            "checkout reports itself as checkout (DD_SERVICE) and as basket (label tags.datadoghq.com/service)",
        ),
        (
            [
                workload(
                    "checkout",
                    "[{name: OTEL_SERVICE_NAME, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['part']\"}}}]",
                    ", part: basket",
                )
            ],
            "checkout reports itself as basket (OTEL_SERVICE_NAME): nothing here is called so",
        ),
    ],
)
def test_fault_is_found(tmp_path: Path, texts: list[str], says: str) -> None:
    assert said(tmp_path, *texts) == [says]


@pytest.mark.parametrize(
    "texts",
    [
        [workload("checkout", env(OTEL_SERVICE_NAME="checkout"))],
        [workload("checkout-canary", env(OTEL_SERVICE_NAME="checkout")), workload("checkout")],
        [workload("checkout", env(OTEL_SERVICE_NAME="shop-checkout"))],
        [workload("checkout", env(OTEL_SERVICE_NAME="Checkout_prod"))],
        [workload("checkout", env(OTEL_SERVICE_NAME="$(POD_NAME)"))],
        [workload("check-out", env(OTEL_SERVICE_NAME="checkout"))],
        [workload("checkout", env(OTEL_SERVICE_NAME="checkout", DD_SERVICE="checkout-prod"))],
        [
            workload(
                "checkout",
                "[{name: OTEL_SERVICE_NAME, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['app']\"}}}]",
            )
        ],
        [workload("checkout", env(OTEL_SERVICE_NAME="")), workload("a", env(DD_SERVICE="a"))],
    ],
)
def test_look_alike_is_left_alone(tmp_path: Path, texts: list[str]) -> None:
    assert said(tmp_path, *texts) == []


def test_two_containers_may_have_two_names(tmp_path: Path) -> None:
    text = workload("checkout", env(OTEL_SERVICE_NAME="checkout"), more="").replace(
        "containers: [",
        'containers: [{name: side, image: "a:1", env: [{name: DD_SERVICE, value: checkout-envoy}]}, ',
    )
    assert said(tmp_path, text) == []


def test_alias_is_right(tmp_path: Path) -> None:
    text = workload("checkout", env(OTEL_SERVICE_NAME="basket"))
    assert said(tmp_path, text, aliases=["basket"]) == []


def test_without_a_catalog_a_strange_name_is_a_note(tmp_path: Path) -> None:
    tree = write(tmp_path, {"all.yaml": workload("checkout", env(OTEL_SERVICE_NAME="basket"))})
    (found,) = findings(identity_consistent, tree)
    assert found.finding.at_most == "note"


def test_where_nobody_is_told_a_name_there_is_none_to_compare(tmp_path: Path) -> None:
    tree = write(tmp_path, {"all.yaml": workload("checkout", "3"), "catalog-info.yaml": "[1"})
    assert set(statuses(identity_consistent, tree).values()) == {"not-applicable"}


def test_names_are_compared_as_people_read_them() -> None:
    assert plain("OrdersAPI") == "orders-api"
    assert plain("prod-orders_api") == "orders-api"
    assert plain("prod") == "prod"
    assert related("cartservice", "cart-service")
    assert related("orders", "retail-orders-api")
    assert not related("order", "orders-api")
    assert not related("", "orders")
