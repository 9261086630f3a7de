"""A few hundred mutated objects in each run of the suite; `make fuzz` takes twenty thousand."""

from tests.faults import EXAMPLES
from tests.fuzz import run


def test_mutated_objects_crash_no_check() -> None:
    assert run(400, 20261124, [EXAMPLES]) == []
