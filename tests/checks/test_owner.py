"""Names of an owner, held against each other."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.owner import consistent

from readiness.outcome import Result
from tests.faults import ORDERS, Fault, copy_of_orders, findings, judged, proofs, write

CHECKLIST = "version: 1\nservice: {name: orders, tier: 1, owner: team-orders}\n"
CATALOG = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: orders}
spec: {type: service, owner: OWNER}
"""
GROUP = """\
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: team-orders, annotations: {github.com/team-slug: retail/ordering}}
spec:
  type: team
  profile: {displayName: Order Taking, email: taking@example.com}
  children: []
  members: [mara]
"""
RULES = """\
groups:
  - name: orders
    rules:
      - {alert: Down, expr: up == 0, labels: {severity: page, team: TEAM}}
      - {alert: Slow, expr: up == 1, labels: {severity: page, team: TEAM}}
"""


def results(tree: Path, **settings: Any) -> list[Result]:
    done = judged(consistent, tree, **settings)
    return [result for outcome in done.outcomes for result in outcome.results]


def messages(tree: Path, **settings: Any) -> list[str]:
    return [found.message for found in findings(consistent, tree, **settings)]


def test_orders_has_no_finding() -> None:
    assert findings(consistent, ORDERS) == []
    assert [one.message for one in proofs(consistent, ORDERS)] == [
        "the checklist, the catalog (Component orders), CODEOWNERS for the service, rules and runbooks,"
        " 9 alerts, 6 workloads and 9 runbooks name team-orders"
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "says", "at"),
    [
        (
            "CODEOWNERS",
            "/monitoring/     @retail/team-orders",
            "/monitoring/ @retail/payments",
            "CODEOWNERS for rules names @retail/payments, the checklist, the catalog (Component orders),"
            " CODEOWNERS for the service and runbooks, 9 alerts, 6 workloads and 9 runbooks name team-orders",
            4,
        ),
        (
            "catalog-info.yaml",
            "  owner: team-orders",
            "  owner: group:default/payments",
            "the catalog (Component orders) names group:default/payments, the checklist,"
            " CODEOWNERS for the service, rules and runbooks, 9 alerts, 6 workloads and 9 runbooks name team-orders",
            18,
        ),
        (
            "readiness.yaml",
            "owner: team-orders",
            "owner: payments",
            None,
            None,
        ),
    ],
)
def test_fault_is_found(
    tmp_path: Path, file: str, old: str, new: str, says: str | None, at: int | None
) -> None:
    found = findings(consistent, Fault(file, old, new).seed(copy_of_orders(tmp_path)))
    if says is None:  # the checklist counts: all others are wrong, each by itself
        assert [one.message for one in found] == [
            "the catalog (Component orders) names team-orders, the checklist names payments",
            "CODEOWNERS for the service, rules and runbooks names @retail/team-orders,"
            " the checklist names payments",
            "9 alerts name team-orders, the checklist names payments",
            "6 workloads name team-orders, the checklist names payments",
            "9 runbooks name team-orders, the checklist names payments",
        ]
        return
    assert [(one.message, one.at.line) for one in found] == [(says, at)]
    assert len(found[0].finding.operands) == 8


@pytest.mark.parametrize("label", ["team", "owner", "example.com/team"])
def test_a_workload_of_another_team(tmp_path: Path, label: str) -> None:
    manifest = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: api, labels: {{{label}: payments}}}}
spec: {{template: {{spec: {{containers: []}}}}}}
"""
    checklist = CHECKLIST + "environments: {production: {class: production, manifests: [deploy/api.yaml]}}\n"
    tree = write(tmp_path, {"readiness.yaml": checklist, "deploy/api.yaml": manifest})
    (found,) = findings(consistent, tree)
    assert found.message == "1 workload names payments, the checklist names team-orders"
    assert (found.at.file, found.at.line) == ("deploy/api.yaml", 3)


@pytest.mark.parametrize(
    "owner",
    [
        "team-orders",
        "group:default/team-orders",
        "Group:team-orders",
        "orders",
        "ORDERS",
        "orders_team",
        "Team Orders",
    ],
)
def test_spellings_of_one_name(tmp_path: Path, owner: str) -> None:
    tree = write(
        tmp_path, {"readiness.yaml": CHECKLIST, "catalog-info.yaml": CATALOG.replace("OWNER", owner)}
    )
    assert messages(tree) == []
    assert [result.status for result in results(tree)] == ["pass"]


@pytest.mark.parametrize(
    "codeowners",
    [
        pytest.param("* @retail/team-orders\n", id="organisation"),
        pytest.param("* @retail/ordering\n", id="slug-of-the-group"),
        pytest.param("* taking@example.com\n", id="address-of-the-group"),
        pytest.param("* @mara\n", id="member"),
        pytest.param("* @somebody\n", id="person"),
        pytest.param("* @retail/reviewers @retail/team-orders\n", id="one-of-several"),
        pytest.param("* @retail/payments\n/catalog-info.yaml @retail/orders\n", id="last-match-wins"),
        pytest.param("/src/ @retail/payments\n", id="another-path"),
        pytest.param("# * @retail/payments\n", id="comment"),
    ],
)
def test_codeowners_that_agree_or_say_nothing(tmp_path: Path, codeowners: str) -> None:
    files = {"catalog-info.yaml": CATALOG.replace("OWNER", "team-orders") + GROUP, "CODEOWNERS": codeowners}
    assert messages(write(tmp_path, files)) == []


def test_aliases_by_file_and_by_setting(tmp_path: Path) -> None:
    files = {"readiness.yaml": CHECKLIST, "CODEOWNERS": "* @retail/checkout\n"}
    tree = write(tmp_path, files)
    assert messages(tree) == [
        "CODEOWNERS for the service names @retail/checkout, the checklist names team-orders"
    ]
    assert messages(tree, aliases=["team-orders = retail/checkout"]) == []
    write(tree, {"teams.yaml": "teams:\n  - {name: team-orders, aliases: ['@retail/checkout']}\n"})
    assert messages(tree) == []
    write(tree, {"teams.yaml": "team-orders: [checkout]\n"})
    assert messages(tree) == []
    write(tree, {"teams.yaml": "team-orders: [till]\n"})
    assert len(messages(tree)) == 1


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"readiness.yaml": CHECKLIST}, "only the checklist names an owner: one source, no other"),
        (
            {"CODEOWNERS": "* @sous-chefs/maintainers\n"},
            "only CODEOWNERS for the service names an owner: one source, no other",
        ),
        (
            {"a.txt": ""},
            "nothing names an owning team; looked for service.owner in the checklist, catalog-info.yaml,"
            " CODEOWNERS, labels team and owner, runbooks",
        ),
        (
            {"CODEOWNERS": "* @mara @tomas\n"},
            "nothing names an owning team; looked for service.owner in the checklist, catalog-info.yaml,"
            " CODEOWNERS, labels team and owner, runbooks",
        ),
    ],
)
def test_nothing_to_compare(tmp_path: Path, files: dict[str, str], says: str) -> None:
    (result,) = results(write(tmp_path, files))
    assert (result.status, result.reason) == ("not-applicable", says)


def test_several_services_of_which_none_is_named(tmp_path: Path) -> None:
    rules = RULES.replace("TEAM", "a", 1).replace("TEAM", "b", 1)
    files = {"rules.yaml": rules, "CODEOWNERS": "* @org/c\n"}
    (result,) = results(write(tmp_path, files))
    assert result.status == "not-applicable"
    assert "name service.owner" in result.reason


def test_alerts_of_another_service_are_no_claim(tmp_path: Path) -> None:
    rules = RULES.replace("severity: page", "service: payments").replace("TEAM", "payments")
    tree = write(tmp_path, {"readiness.yaml": CHECKLIST, "rules.yaml": rules})
    assert messages(tree) == []
    mine = rules.replace("service: payments", "service: orders")
    write(tree, {"rules.yaml": mine})
    assert messages(tree) == ["2 alerts name payments, the checklist names team-orders"]


def test_templated_labels_are_no_claim(tmp_path: Path) -> None:
    rules = RULES.replace("TEAM", "'{{ $labels.team }}'")
    assert messages(write(tmp_path, {"readiness.yaml": CHECKLIST, "rules.yaml": rules})) == []


def test_an_unreadable_catalog_is_unknown(tmp_path: Path) -> None:
    files = {
        "readiness.yaml": CHECKLIST,
        "catalog-info.yaml": "kind: [Component\n",
        "CODEOWNERS": "* @o/orders\n",
    }
    assert "unknown" in [result.status for result in results(write(tmp_path, files))]


def test_owners_equal_everywhere_stay_silent(tmp_path: Path) -> None:
    """Reduced from prometheus-community/helm-charts: 44 charts, owners equal to maintainers."""
    files = {
        f"charts/c{number}/Chart.yaml": f"name: c{number}\nmaintainers: [{{name: p{number}}}]\n"
        for number in range(44)
    }
    files["CODEOWNERS"] = "".join(f"/charts/c{number}/ @p{number}\n" for number in range(44))
    assert messages(write(tmp_path, files)) == []


def test_runbooks_name_an_owner(tmp_path: Path) -> None:
    page = "---\nowner: {}\n---\n# Down\n\n## Diagnosis\n\nLook.\n"
    files = {"readiness.yaml": CHECKLIST, "runbooks/Down.md": page.format("payments")}
    assert messages(write(tmp_path, files)) == ["1 runbook names payments, the checklist names team-orders"]
    for owner in ("orders", "'@mara'", "[a]", "''"):
        assert messages(write(tmp_path, {"runbooks/Down.md": page.format(owner)})) == []


def test_a_workload_by_its_annotation(tmp_path: Path) -> None:
    manifest = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, annotations: {a8r.io/owner: payments}}
spec: {template: {spec: {containers: []}}}
"""
    checklist = CHECKLIST + "environments: {production: {class: production, manifests: [deploy/api.yaml]}}\n"
    tree = write(tmp_path, {"readiness.yaml": checklist, "deploy/api.yaml": manifest})
    assert messages(tree) == ["1 workload names payments, the checklist names team-orders"]
    write(tree, {"deploy/api.yaml": manifest.replace("owner: payments", "owner: orders@example.com")})
    assert messages(tree) == []
