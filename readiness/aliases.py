"""Other names of checks: those that other linters have for the same fact.

Each check's docstring lists them under `Peers:`, with what differs there. Nothing else holds the names.
"""

from collections.abc import Mapping
from typing import NamedTuple

from readiness.signature import Check


class Alias(NamedTuple):
    """One other name of a check."""

    name: str  # peer/id, such as kube-linter/privileged-container; or an id that another check answers for
    check: Check
    differs: str  # "the same", or what the peer does otherwise


def aliases_of(known: Mapping[str, Check]) -> dict[str, tuple[Alias, ...]]:
    """All aliases by name. Several checks may answer for one check of a peer. Imports every area."""
    found: dict[str, tuple[Alias, ...]] = {}
    for check in known.values():
        for name, differs in check.peers.items():
            found[name] = (*found.get(name, ()), Alias(name, check, differs))
    return found
