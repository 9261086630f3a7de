"""One fault for each check of owners."""

from tests.faults import Fault

FAULTS: dict[str, tuple[str, Fault]] = {
    "rules-of-one-person": (
        "owner.codeowners-live",
        Fault("CODEOWNERS", "/monitoring/     @retail/team-orders", "/monitoring/     @mara"),
    ),
}
