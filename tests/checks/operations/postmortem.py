"""One fault for each check of postmortems."""

from tests.faults import Fault

PAGE = "docs/postmortems/2026-09-02-queue-backlog.md"

FAULTS: dict[str, tuple[str, Fault]] = {
    "promised-alert-that-is-not-there": (
        "postmortem.actions",
        Fault(PAGE, "Add alert OrdersQueueAgeHigh on", "Add alert OrdersQueueTooOld on"),
    ),
    "template-without-detection": (
        "postmortem.template",
        Fault("docs/postmortems/template.md", "## Detection", "## Remarks"),
    ),
    "human-error-as-cause": (
        "postmortem.blameless",
        Fault(PAGE, "No heartbeat on the connection", "Human error: no heartbeat on the connection"),
    ),
}
