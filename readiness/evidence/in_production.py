"""How many workloads each environment has that the checklist declares as production.

Environments that were found and not declared are left out: a folder of manifests says nothing of where they
run. What can't be read is left out too, so that a number is the least that runs.
"""

from collections.abc import Mapping
from typing import NamedTuple, Self

from readiness.evidence.context import Environment
from readiness.evidence.manifests import Workload
from readiness.known import ByEnvironment


class InProduction(NamedTuple):
    """Workloads by environment; environments without any are left out."""

    workloads: Mapping[str, int]
    environments: Mapping[str, Environment]

    @classmethod
    def collect(
        cls, environments: ByEnvironment[Environment], workloads: ByEnvironment[tuple[Workload, ...]]
    ) -> Self:
        declared = {name: one for name, one in environments.items() if one.production and not one.discovered}
        running = {name: len(found) for name, found in workloads.items() if name in declared and found}
        return cls(running, declared)
