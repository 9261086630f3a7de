"""Dashboards of the service: that there is one, that Grafana can draw it, and that links lead to it."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from readiness_checks.monitoring import dashboard_present

from readiness.evidence.dashboards import OPEN, Dashboard, filled_in
from readiness.outcome import Location, Result
from tests.faults import ORDERS, Fault, copy_of_orders, findings, outcomes, proofs, statuses, write

BOARD = "monitoring/dashboards/orders.json"
RULES = "monitoring/rules/orders.rules.yaml"
SOURCES = "monitoring/grafana/datasources.yaml"
CATALOG = "catalog-info.yaml"
RUNBOOK = "          runbook_url: https://git.harbour.internal/retail/orders/blob/main/docs/runbooks/OrdersDown.md\n"
LINK = RUNBOOK + "          dashboard_url: https://grafana.harbour.internal"

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, image: "registry.example/api:1"}]}
"""


def board(**fields: Any) -> dict[str, Any]:
    return {
        "uid": "shop",
        "title": "Orders",
        "schemaVersion": 39,
        "panels": [{"id": 1, "type": "timeseries", "title": "Requests", "targets": [{"expr": "up"}]}],
        **fields,
    }


def config_map(name: str, model: dict[str, Any], labels: str = '{grafana_dashboard: "1"}') -> str:
    text = json.dumps(model)
    return f"""
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}, namespace: shop, labels: {labels}}}
data:
  board.json: |
    {text}
"""


def results(tree: Path) -> tuple[Result, ...]:
    return tuple(result for one in outcomes(dashboard_present, tree) for result in one.results)


def test_orders_has_no_finding() -> None:
    assert findings(dashboard_present, ORDERS) == []
    (proof,) = {proof.message for proof in proofs(dashboard_present, ORDERS)}
    assert proof == "dashboard 'Orders' has 6 panels, 1 links lead to it; its title names orders"


@pytest.mark.parametrize(
    ("faults", "says"),
    [
        (
            [Fault(CATALOG, "/d/orders", "/d/orders/orders?viewPanel=12")],
            "catalog entry orders links to panel 12 of dashboard 'Orders', which has panels 2, 3, 4, 5, 7, 8",
        ),
        (
            [Fault(RULES, RUNBOOK, LINK + "/d/0rders/orders\n")],
            "OrdersDown links to dashboard 0rders, 0 dashboards have this uid; dashboard 'Orders' has uid orders",
        ),
        (
            [
                Fault(RULES, RUNBOOK, LINK + "/d/other\n"),
                Fault("readiness.yaml", "environments:", "evidence: {dashboards: monitoring/dashboards}\nenvironments:"),
            ],
            "OrdersDown links to dashboard other, 0 dashboards have this uid; those that are there: orders",
        ),
        (
            [Fault(RULES, RUNBOOK, RUNBOOK + '          __dashboardUid__: orders\n          __panelId__: "9"\n')],
            "OrdersDown links to panel 9 of dashboard 'Orders', which has panels 2, 3, 4, 5, 7, 8",
        ),
        (
            [Fault(BOARD, '  "uid": "orders",\n', "")],
            "dashboard 'Orders' has no uid: Grafana gives it another one wherever it is made anew, and links to "
            "it end",
        ),
        (
            [Fault(BOARD, '"uid": "${datasource}"', '"uid": "P1809F7CD0C75ACF3"', times=0)],
            "dashboard 'Orders' asks data source P1809F7CD0C75ACF3, Grafana is provisioned with Prometheus, "
            "prometheus",
        ),
        (
            [Fault("monitoring/dashboards/copy.json", "", json.dumps(board(uid="orders", title="Payments")))],
            "dashboard 'Orders' has uid orders, which dashboard 'Payments' has too: one of them replaces the other",
        ),
        (
            [Fault(BOARD, "", json.dumps(board(uid="orders", panels=[])))],
            "dashboard 'Orders' has 0 panels",
        ),
    ],
    ids=lambda one: str(one[0]) if isinstance(one, list) else "",
)  # fmt: skip
def test_fault_is_found(tmp_path: Path, faults: list[Fault], says: str) -> None:
    tree = copy_of_orders(tmp_path)
    for fault in faults:
        fault.seed(tree)
    assert [found.message for found in findings(dashboard_present, tree)] == [says]


def test_place_is_the_line_of_the_link(tmp_path: Path) -> None:
    tree = Fault(RULES, RUNBOOK, LINK + "/d/0rders/orders\n").seed(copy_of_orders(tmp_path))
    (found,) = findings(dashboard_present, tree)
    assert found.at.line is not None
    assert "dashboard_url" in (tree / RULES).read_text().splitlines()[found.at.line - 1]
    assert found.finding.fix == "write /d/orders"


@pytest.mark.parametrize(
    "edit",
    [
        Fault(CATALOG, "/d/orders", "/d/orders/orders?orgId=1&viewPanel=7"),
        Fault(CATALOG, "/d/orders", "/d/orders/orders?viewPanel=panel-8"),
        Fault(RULES, RUNBOOK, LINK + "/d/kubernetes-node\n"),  # nobody says where all dashboards are
        Fault(RULES, RUNBOOK, LINK + "/d/{{ $labels.job }}/x\n"),
        Fault(RULES, RUNBOOK, LINK + "/goto/abc\n"),
        Fault(BOARD, '"uid": "${datasource}"', '"uid": "prometheus"', times=0),
        Fault(BOARD, '"uid": "${datasource}"', '"uid": "-- Mixed --"', times=0),
        Fault("other/orders.json", "", (ORDERS / BOARD).read_text()),  # the same in two places
        Fault("other/orders.json", "", json.dumps(board(uid="orders", title="Orders (staging)"))),
        Fault("other/data.json", "", '{"schemaVersion": 1, "panels": "none"}'),
    ],
    ids=str,
)
def test_look_alike_is_left_alone(tmp_path: Path, edit: Fault) -> None:
    assert findings(dashboard_present, edit.seed(copy_of_orders(tmp_path))) == []


def test_without_provisioning_a_data_source_is_not_judged(tmp_path: Path) -> None:
    tree = Fault(BOARD, '"uid": "${datasource}"', '"uid": "P1"', times=0).seed(copy_of_orders(tmp_path))
    (tree / SOURCES).unlink()
    assert findings(dashboard_present, tree) == []


def test_no_dashboard_is_unknown_unless_the_checklist_says_where(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    (tree / BOARD).unlink()
    assert set(statuses(dashboard_present, tree).values()) == {"unknown"}
    Fault("readiness.yaml", "environments:", "evidence: {dashboards: monitoring/}\nenvironments:").seed(tree)
    (found,) = findings(dashboard_present, tree)
    assert found.message == "orders: 0 of 0 dashboards name it, 1 is needed"
    assert found.at.file == "readiness.yaml"


def test_dashboards_of_others_are_not_the_service_s(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    (tree / BOARD).unlink()
    write(tree, {"monitoring/dashboards/jvm.json": json.dumps(board(title="JVM", uid="jvm"))})
    (found,) = findings(dashboard_present, tree)
    assert found.message == "orders: 0 of 1 dashboards name it, 1 is needed"
    assert found.finding.at_most == "warning"


def test_broken_dashboard_is_unknown(tmp_path: Path) -> None:
    tree = Fault(BOARD, '  "tags": [', '  "tags": [,').seed(copy_of_orders(tmp_path))
    assert {one.status for one in results(tree)} == {"unknown"}


def test_nothing_that_runs_has_no_dashboard(tmp_path: Path) -> None:
    tree = write(tmp_path, {"README.md": "# data\n"})
    assert set(statuses(dashboard_present, tree).values()) == {"not-applicable"}


def test_config_map_without_the_label_of_the_others(tmp_path: Path) -> None:
    maps = config_map("one", board()) + config_map("two", board(uid="two", title="Orders, cache"), "{}")
    tree = write(tmp_path, {"deploy.yaml": DEPLOYMENT + maps})
    (found,) = findings(dashboard_present, tree)
    assert found.message == (
        "dashboard 'Orders, cache' is in ConfigMap two, which lacks label grafana_dashboard: no sidecar picks it up"
    )
    mounted = DEPLOYMENT.replace(
        "spec: {containers", "spec: {volumes: [{name: boards, configMap: {name: two}}], containers"
    )
    tree = write(tmp_path, {"deploy.yaml": mounted + maps})
    assert findings(dashboard_present, tree) == []


def test_inputs_are_filled_in_by_an_import_only(tmp_path: Path) -> None:
    panel = {"id": 1, "type": "graph", "datasource": "${DS_PROMETHEUS}", "targets": []}
    model = board(panels=[panel], __inputs=[{"name": "DS_PROMETHEUS", "type": "datasource"}])
    tree = write(tmp_path, {"deploy.yaml": DEPLOYMENT + config_map("one", model)})
    (found,) = findings(dashboard_present, tree)
    assert found.message == (
        "dashboard 'Orders' takes its data source from DS_PROMETHEUS of __inputs, which only an import by hand "
        "fills in"
    )
    model["templating"] = {"list": [{"name": "DS_PROMETHEUS", "type": "datasource", "query": "prometheus"}]}
    assert (
        findings(dashboard_present, write(tmp_path, {"deploy.yaml": DEPLOYMENT + config_map("one", model)}))
        == []
    )
    (tmp_path / "deploy.yaml").write_text(DEPLOYMENT)
    del model["templating"]
    assert findings(dashboard_present, write(tmp_path, {"board.json": json.dumps(model)})) == []


@pytest.mark.parametrize("field", ["json", "gzipJson", "url"])
def test_objects_of_the_operator_are_read(tmp_path: Path, field: str) -> None:
    text = json.dumps(board())
    packed = base64.b64encode(gzip.compress(text.encode())).decode()
    value = {"json": json.dumps(text), "gzipJson": packed, "url": "https://grafana.example/orders.json"}[
        field
    ]
    tree = write(
        tmp_path,
        {
            "deploy.yaml": DEPLOYMENT
            + f"""
---
apiVersion: grafana.integreatly.org/v1beta1
kind: GrafanaDashboard
metadata: {{name: orders, namespace: shop}}
spec: {{instanceSelector: {{}}, {field}: {value}}}
"""
        },
    )
    assert findings(dashboard_present, tree) == []
    (proof,) = proofs(dashboard_present, tree)
    assert "names orders" in proof.message


@pytest.mark.parametrize(
    "text", ["{", "[1", '{"panels": 1, "schemaVersion": 1', '{"panels": [1, null, {"panels": 3}]}']
)
def test_malformed_texts_crash_nothing(tmp_path: Path, text: str) -> None:
    whole = f"""
---
apiVersion: grafana.integreatly.org/v1beta1
kind: GrafanaDashboard
metadata: {{name: orders}}
spec: {{json: {json.dumps(text)}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: boards}}
data: {{a.json: {json.dumps(text)}, b.json: {json.dumps(text + '"schemaVersion"')}}}
"""
    tree = write(tmp_path, {"deploy.yaml": DEPLOYMENT + whole, "a.json": text + ' "schemaVersion" "panels"'})
    assert "error" not in {one.status for one in results(tree)}


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("up", "up"),
        ("rate(x[$__rate_interval])", "rate(x[5m])"),
        ("rate(x[$window]) offset $back", f"rate(x[5m]) offset {'5m'}"),
        ("rate(x[1h:$step])", "rate(x[1h:5m])"),
        ('x{job="$job"}', f'x{{job="{OPEN}"}}'),
        ('x{job=~"${job:regex}"}', f'x{{job=~"{OPEN}"}}'),
        ('x{job="[[env]]"}', 'x{job="production"}'),
        ("x / $__interval_ms", "x / 300000"),
    ],
)
def test_variables_are_filled_in(written: str, filled: str) -> None:
    assert filled_in(written, {"env": ("production",), "job": ()}) == filled


def test_panels_of_rows_old_and_new() -> None:
    inner = {"id": 2, "type": "graph", "title": "b", "targets": [{"expr": "b"}]}
    new = Dashboard(
        {"panels": [{"id": 1, "type": "row", "panels": [inner]}]}, Location("repository", "a.json")
    )
    old = Dashboard({"rows": [{"panels": [inner]}]}, Location("repository", "a.json"))
    assert (new.panels, old.panels) == ({2: "b"}, {2: "b"})
    assert new.queries[0].at.keys == ("panels", 0, "panels", 0, "targets", 0, "expr")
    assert old.queries[0].at.keys == ("rows", 0, "panels", 0, "targets", 0, "expr")
