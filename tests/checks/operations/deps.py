"""One fault for each check of dependencies."""

from tests.faults import Fault

OLD = "  SPRING_RABBITMQ_ADDRESSES: amqps://rabbitmq.messaging.svc:5671\n"

FAULTS: dict[str, tuple[str, Fault]] = {
    "host-that-nobody-speaks-of": (
        "deps.failure-mode",
        Fault("deploy/rendered/production.yaml", OLD, f"{OLD}  STOCK_URL: https://stock.warehouse.svc\n"),
    ),
}
