"""One fault for each check of postmortems."""

from tests.faults import Fault

PAGE = "docs/postmortems/2026-09-02-queue-backlog.md"

FAULTS: dict[str, tuple[str, Fault]] = {
    "promised-alert-that-is-not-there": (
        "postmortem.actions",
        Fault(PAGE, "Add alert OrdersQueueAgeHigh on", "Add alert OrdersQueueTooOld on"),
    ),
}
