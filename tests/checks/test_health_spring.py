"""Probes of a health that Spring Boot is told not to serve."""

from pathlib import Path

import pytest
from readiness_checks.monitoring import health_endpoints

from tests.faults import Fault, copy_of_orders, findings

CONFIG = "src/main/resources/application.yml"
EXPOSED = "        include: health, prometheus\n"
PROBES = "      probes:\n        enabled: true\n"
READINESS = "the readiness probe of api asks /actuator/health/readiness"


def said(tmp_path: Path, fault: Fault) -> list[str]:
    found = findings(health_endpoints, fault.seed(copy_of_orders(tmp_path)))
    return [one.message for one in found if one.message.startswith("orders-api: the readiness")]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            Fault(CONFIG, EXPOSED, "        include: prometheus\n"),
            "management.endpoints.web.exposure.include is prometheus",
        ),
        (
            Fault(CONFIG, EXPOSED, EXPOSED + "        exclude: health\n"),
            "management.endpoints.web.exposure.exclude is health",
        ),
        (
            Fault(CONFIG, PROBES, PROBES.replace("true", "false")),
            "management.endpoint.health.probes.enabled is false",
        ),
        (
            Fault(CONFIG, PROBES, "      enabled: false\n" + PROBES),
            "management.endpoint.health.enabled is false",
        ),
    ],
    ids=str,
)
def test_fault_is_found(tmp_path: Path, fault: Fault, says: str) -> None:
    assert said(tmp_path, fault) == [f"orders-api: {READINESS}, and {says}: the answer is 404"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(CONFIG, EXPOSED, '        include: "*"\n'),
        Fault(CONFIG, EXPOSED, "        include: [health, prometheus]\n"),
        Fault(CONFIG, EXPOSED, "        include: Health\n"),
        Fault(CONFIG, EXPOSED, ""),
        Fault(CONFIG, EXPOSED, EXPOSED + "        exclude: env\n"),
        Fault(CONFIG, PROBES, ""),  # Kubernetes itself is noticed
    ],
    ids=str,
)
def test_look_alike_is_left_alone(tmp_path: Path, fault: Fault) -> None:
    assert said(tmp_path, fault) == []
