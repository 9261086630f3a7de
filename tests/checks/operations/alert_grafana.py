"""One fault for each check of alerting by Grafana, as edits of examples/orders."""

from tests.faults import Fault

FAULTS: dict[str, tuple[str, Fault]] = {
    "address_that_grafana_starts_with": (
        "alert.grafana-chain",
        Fault(
            "monitoring/grafana/alerting.yaml",
            "",
            "apiVersion: 1\ncontactPoints:\n  - name: orders-mail\n    receivers:\n"
            "      - {uid: mail, type: email, settings: {addresses: <example@email.com>}}\n",
        ),
    ),
}
