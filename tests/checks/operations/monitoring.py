"""One fault for each check of the area, as edits of examples/orders."""

from tests.faults import Fault

BOARD = "monitoring/dashboards/orders.json"

FAULTS: dict[str, tuple[str, Fault]] = {
    "panel_gone": (
        "monitoring.dashboard-present",
        Fault("catalog-info.yaml", "/d/orders", "/d/orders/orders?viewPanel=12"),
    ),
}
