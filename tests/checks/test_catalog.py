"""Entities of the catalog, held against its model and against what runs."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.catalog import entity

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
