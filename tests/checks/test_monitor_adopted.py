"""Objects of the operator that nothing takes are found."""

from pathlib import Path

import pytest
from readiness_checks.monitoring import monitor_adopted

from tests.faults import ORDERS, Fault, copy_of_orders, findings, outcomes, proofs, statuses, write

PROMETHEUS = "monitoring/prometheus.yaml"
P = "deploy/rendered/production.yaml"
EXISTS = "  serviceMonitorSelector:\n    matchExpressions: [{key: team, operator: Exists}]\n"
SPACES = "  serviceMonitorNamespaceSelector: {}\n"
CACHE = "    team: team-orders\n  name: orders-cache\n  namespace: orders\nspec:\n  endpoints:\n"
OPERATOR = "apiVersion: monitoring.coreos.com/v1\n"
RULES = OPERATOR + "kind: PrometheusRule\nmetadata: {name: r, namespace: shop, labels: {a: b}}\nspec: {}\n"


def taker(kind: str, spec: str, namespace: str = "monitoring") -> str:
    return f"{OPERATOR}kind: {kind}\nmetadata: {{name: k, namespace: {namespace}}}\nspec: {spec}\n"


def test_orders_has_no_finding_and_proofs() -> None:
    assert findings(monitor_adopted, ORDERS) == []
    assert "PodMonitor orders-worker is taken by Prometheus monitoring/platform" in {
        proof.message for proof in proofs(monitor_adopted, ORDERS)
    }


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("  serviceMonitorSelector: {matchLabels: {release: stack}}\n",
         "Prometheus monitoring/platform asks for label release=stack, and it has none such"),
        ("  serviceMonitorSelector: {matchLabels: {team: orders}}\n",
         "Prometheus monitoring/platform asks for label team=orders, and it has team=team-orders"),
        ("  serviceMonitorSelector: {matchExpressions: [{key: team, operator: NotIn, values: [team-orders]}]}\n",
         "asks for team NotIn (team-orders), and it has team-orders"),
        ("  serviceMonitorSelector: {matchExpressions: [{key: x, operator: Exists}]}\n",
         "asks for x Exists, and it has none such"),
        ("  serviceMonitorSelector: null\n", "leaves out serviceMonitorSelector, which takes nothing"),
        ("", "leaves out serviceMonitorSelector, which takes nothing"),
    ],
)  # fmt: skip
def test_a_monitor_that_nothing_takes(tmp_path: Path, new: str, says: str) -> None:
    found = findings(monitor_adopted, Fault(PROMETHEUS, EXISTS, new).seed(copy_of_orders(tmp_path)))
    assert [str(one.finding.about) for one in found] == [
        "ServiceMonitor orders/orders-api", "ServiceMonitor orders/orders-cache",
    ]  # fmt: skip
    assert found[0].message.startswith("ServiceMonitor orders-api is taken by no Prometheus: ")
    assert says in found[0].message
    assert found[0].at.file == P
    (asked,) = found[0].finding.operands
    assert asked.at is not None
    assert asked.at.file == PROMETHEUS


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("", "does not look into namespace orders"),
        ("  serviceMonitorNamespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}\n",
         "does not look into namespace orders"),
    ],
)  # fmt: skip
def test_a_namespace_that_is_not_looked_into(tmp_path: Path, new: str, says: str) -> None:
    found = findings(monitor_adopted, Fault(PROMETHEUS, SPACES, new).seed(copy_of_orders(tmp_path)))
    assert len(found) == 2
    assert found[0].message.endswith(says)
    assert found[0].finding.fix == "have serviceMonitorNamespaceSelector take namespace orders"


def test_one_label_left_out_is_one_finding(tmp_path: Path) -> None:
    fault = Fault(P, CACHE, CACHE.removeprefix("    team: team-orders\n"))
    (found,) = findings(monitor_adopted, fault.seed(copy_of_orders(tmp_path)))
    assert found.message == (
        "ServiceMonitor orders-cache is taken by no Prometheus: Prometheus monitoring/platform asks for "
        "team Exists, and it has none such"
    )


@pytest.mark.parametrize(
    "new",
    [
        "  serviceMonitorSelector: {}\n",
        "  serviceMonitorSelector: {matchLabels: {team: team-orders}}\n",
        "  serviceMonitorSelector: {matchExpressions: [{key: team, operator: In, values: [a, team-orders]}]}\n",
        "  serviceMonitorSelector: {matchExpressions: [{key: x, operator: DoesNotExist}]}\n",
    ],
)
def test_a_monitor_that_is_taken_is_left_alone(tmp_path: Path, new: str) -> None:
    path = Fault(PROMETHEUS, EXISTS, new).seed(copy_of_orders(tmp_path))
    assert findings(monitor_adopted, path) == []
    assert proofs(monitor_adopted, path)


def test_labels_of_a_namespace_that_is_not_in_evidence_are_unknown(tmp_path: Path) -> None:
    looks = "{ruleSelector: {}, ruleNamespaceSelector: {matchLabels: {monitored: 'yes'}}}"
    path = write(tmp_path, {"rules.yaml": RULES, "p.yaml": taker("Prometheus", looks)})
    assert set(statuses(monitor_adopted, path).values()) == {"unknown"}
    space = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {monitored: 'yes'}}\n"
    write(path, {"ns.yaml": space})
    assert set(statuses(monitor_adopted, path).values()) == {"pass"}
    write(path, {"ns.yaml": space.replace("'yes'", "'no'")})
    assert set(statuses(monitor_adopted, path).values()) == {"fail"}


@pytest.mark.parametrize(
    ("takers", "status"),
    [
        (taker("Prometheus", "{ruleSelector: {}, ruleNamespaceSelector: {}}"), "pass"),
        (taker("ThanosRuler", "{ruleSelector: {matchLabels: {a: b}}, ruleNamespaceSelector: {}}"), "pass"),
        (taker("Prometheus", "{ruleSelector: {}}", "shop"), "pass"),
        (taker("Prometheus", "{ruleSelector: {}}"), "fail"),  # its own namespace only
        (
            taker("PrometheusAgent", "{ruleSelector: {}, ruleNamespaceSelector: {}}"),
            "unknown",
        ),  # takes no rules
        (taker("Alertmanager", "{}"), "unknown"),
        (taker("Prometheus", "{ruleSelector: [], ruleNamespaceSelector: {}}"), "unknown"),
        (
            taker("Prometheus", "{ruleSelector: {matchExpressions: [{key: a, operator: Is}]}}", "shop"),
            "unknown",
        ),
        (taker("Prometheus", "5"), "unknown"),
        ("{}\n", "unknown"),
    ],
)
def test_who_takes_rules(tmp_path: Path, takers: str, status: str) -> None:
    path = write(tmp_path, {"rules.yaml": RULES, "prometheus.yaml": takers})
    assert set(statuses(monitor_adopted, path).values()) == {status}


def test_one_of_two_is_enough(tmp_path: Path) -> None:
    first = taker("Prometheus", "{ruleSelector: {matchLabels: {x: z}}, ruleNamespaceSelector: {}}")
    second = taker("Prometheus", "{ruleSelector: {}}", "shop")
    path = write(tmp_path, {"rules.yaml": RULES, "a.yaml": first, "b.yaml": second})
    assert set(statuses(monitor_adopted, path).values()) == {"pass"}
    (path / "b.yaml").write_text(first.replace("name: k", "name: l"))
    (found,) = findings(monitor_adopted, path)
    assert found.message.endswith("asks for label x=z, and it has none such (and 1 more take it neither)")


def test_what_the_platform_asks_for_where_its_prometheus_is_elsewhere(tmp_path: Path) -> None:
    path = write(tmp_path, {"rules.yaml": RULES})
    assert findings(monitor_adopted, path, adoption_labels=["a=b"]) == []
    assert len(proofs(monitor_adopted, path, adoption_labels=["a=b"])) == 1
    (found,) = findings(monitor_adopted, path, adoption_labels=["a=b", "release=stack"])
    assert found.message == (
        "PrometheusRule r lacks release=stack, which the platform asks for: nothing takes it"
    )


def test_routes_of_a_team_are_taken_by_label_or_as_a_whole(tmp_path: Path) -> None:
    team = (
        f"{OPERATOR.replace('v1', 'v1alpha1')}kind: AlertmanagerConfig\nmetadata: {{name: t, namespace: m}}\n"
    )
    path = write(tmp_path, {"t.yaml": team, "am.yaml": taker("Alertmanager", "{}", "m")})
    (found,) = findings(monitor_adopted, path)
    assert "Alertmanager m/k leaves out alertmanagerConfigSelector" in found.message
    (path / "am.yaml").write_text(taker("Alertmanager", "{alertmanagerConfiguration: {name: t}}", "m"))
    assert findings(monitor_adopted, path) == []
    (path / "am.yaml").write_text(taker("Alertmanager", "{alertmanagerConfigSelector: {}}", "m"))
    assert findings(monitor_adopted, path) == []


def test_a_file_that_can_not_be_read_may_hold_the_prometheus(tmp_path: Path) -> None:
    files = {"rules.yaml": RULES, "p.yaml": taker("Prometheus", "{ruleSelector: {}}")}
    path = write(tmp_path, {**files, "q.yaml": taker("Prometheus", "{ruleSelector: {")})
    assert set(statuses(monitor_adopted, path).values()) == {"unknown"}


def test_objects_of_another_group_are_not_of_the_operator(tmp_path: Path) -> None:
    path = write(tmp_path, {"rules.yaml": RULES.replace("coreos.com", "example.org")})
    assert set(statuses(monitor_adopted, path).values()) == {"not-applicable"}


def test_what_is_not_known_is_told_once(tmp_path: Path) -> None:
    two = RULES + "---\n" + RULES.replace("name: r", "name: q")
    (outcome,) = outcomes(monitor_adopted, write(tmp_path, {"rules.yaml": two}))
    assert [result.status for result in outcome.results] == ["unknown"]
    assert outcome.results[0].reason == (
        "whether PrometheusRule r is taken is not known: no Prometheus object in evidence (and 1 more objects)"
    )


@pytest.mark.parametrize(
    ("file", "status"),
    [
        ("platform/prometheus.yaml", "fail"),
        ("examples/prometheus.yaml", "unknown"),
        ("tests/p.yaml", "unknown"),
    ],
)
def test_a_prometheus_outside_of_the_manifests(tmp_path: Path, file: str, status: str) -> None:
    checklist = (
        "version: 1\nenvironments: {p: {class: production, namespace: shop, manifests: [k8s]}}\nitems: []\n"
    )
    path = write(tmp_path, {"readiness.yaml": checklist, "k8s/rules.yaml": RULES})
    asks = taker("Prometheus", "{ruleSelector: {matchLabels: {x: z}}, ruleNamespaceSelector: {}}")
    write(path, {file: asks})
    assert statuses(monitor_adopted, path)["p"] == status
    # one that the checklist names holds, wherever it is
    named = checklist.replace("items", f"evidence: {{monitors: [{file}]}}\nitems")
    write(path, {"readiness.yaml": named})
    assert statuses(monitor_adopted, path)["p"] == "fail"
