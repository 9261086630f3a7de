"""One fault for each check of incidents."""

from tests.faults import Fault

FILE = "docs/incident-process.md"

FAULTS: dict[str, tuple[str, Fault]] = {
    "nobody-commands": (
        "incident.process-doc",
        Fault(FILE, "ommander", "aptain", times=0),
    ),
    "severity-in-no-row": ("incident.severity-map", Fault(FILE, "| critical | 5 min", "| | 5 min")),
}
