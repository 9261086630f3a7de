"""Edits of examples/kubernetes, one module for each area: what somebody could have written instead.

A module has `FAULTS`: the name of an edit → the check that has to find it, and the edit; and `LOOK_ALIKES`: edits on
which that check stays silent.
"""

from importlib import import_module
from pathlib import Path

from tests.faults import Fault

Seeds = dict[str, tuple[str, Fault]]

MODULES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__")


def _gathered(name: str) -> Seeds:
    found: Seeds = {}
    for module in MODULES:
        own: Seeds = getattr(import_module(f"tests.checks.seeds.{module}"), name)
        twice = found.keys() & own.keys()
        assert not twice, f"{module}: {twice} are named in another module"
        found |= own
    return found


FAULTS = _gathered("FAULTS")
LOOK_ALIKES = _gathered("LOOK_ALIKES")
