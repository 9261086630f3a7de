"""The parts of an example that its tests hold against each other, read without the tool under test."""

from pathlib import Path
from typing import Any, NamedTuple

import yaml

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
ORDERS = EXAMPLES / "orders"
NOT_READY = EXAMPLES / "orders-not-ready"
RUNBOOKS = "https://git.harbour.internal/retail/orders/blob/main/"


class Alert(NamedTuple):
    name: str
    labels: dict[str, str]
    annotations: dict[str, str]

    def __str__(self) -> str:
        return self.name


def documents(path: Path) -> list[Any]:
    return [one for one in yaml.safe_load_all(path.read_text()) if one is not None]


def alerts(example: Path) -> list[Alert]:
    (rules,) = documents(example / "monitoring/rules/orders.rules.yaml")
    return [
        Alert(rule["alert"], rule["labels"], rule["annotations"])
        for group in rules["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]


def rendered(example: Path) -> list[tuple[str, Any]]:
    """Name of the file and object, for each object of an example's rendered manifests."""
    return [
        (path.stem, one) for path in sorted(example.glob("deploy/rendered/*.yaml")) for one in documents(path)
    ]


def runbook(alert: Alert, example: Path) -> Path:
    return example / alert.annotations["runbook_url"].removeprefix(RUNBOOKS)
