"""One fault for each check of the catalog."""

from tests.faults import Fault

FILE = "catalog-info.yaml"

FAULTS: dict[str, tuple[str, Fault]] = {
    "entity-without-lifecycle": ("catalog.entity", Fault(FILE, "  lifecycle: production\n", "")),
    "undeclared-broker": (
        "catalog.dependencies-true",
        Fault(FILE, "    - component:default/rabbitmq\n", ""),
    ),
}
