"""One fault for each check of toil."""

from tests.faults import Fault

FAULTS: dict[str, tuple[str, Fault]] = {
    "toil-of-half-the-week": ("toil.register", Fault("docs/toil.yaml", "per-week: 10\n", "per-week: 1000\n")),
}
