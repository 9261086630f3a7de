"""What has a number of pods that can be too small: workloads, and scalers of workloads that lie elsewhere.

Ignored on purpose: DaemonSets, whose number is that of the nodes; Jobs; ReplicaSets that a Deployment
makes, which are in no manifest.
"""

from collections.abc import Iterator
from typing import ClassVar, Self

from readiness.errors import NotApplicable, Unknown
from readiness.evidence.effective import Value
from readiness.evidence.manifests import KubernetesObject, OfObject, Workload
from readiness.evidence.scalers import COUNTED, Scaler, Scaling
from readiness.evidence.targets import Targets


class Replicated(OfObject):
    """One workload with a number of pods, or the scaler of one that is not in these manifests."""

    __slots__ = ("scaler", "scaling", "workload")

    kinds: ClassVar[frozenset[str]] = COUNTED | Scaler.kinds
    looked_for: ClassVar[str] = "Deployment, StatefulSet, Rollout, HorizontalPodAutoscaler, ScaledObject"
    noun: ClassVar[str] = "workload"

    def __init__(
        self, found: KubernetesObject, scaling: Scaling, workload: Workload | None, scaler: Scaler | None
    ) -> None:
        super().__init__(found)
        self.scaling = scaling
        self.workload = workload
        self.scaler = scaler

    @classmethod
    def collect(
        cls,
        workloads: tuple[Workload, ...],
        scalers: tuple[Scaler, ...],
        targets: Targets,
        scaling: Scaling,
    ) -> Iterator[Self]:
        for workload in workloads:
            if workload.kind in COUNTED:
                yield cls(workload.object, scaling, workload, None)
        for scaler in scalers:
            if _of_nobody(scaler, targets):
                yield cls(scaler.object, scaling, None, scaler)

    @property
    def least(self) -> Value[int]:
        """The fewest pods that are to run.

        Raises:
            NotApplicable: none are to run, or another object runs them.
            Unknown: its scaler may be in what was not read, or several scalers fight for it.
        """
        if self.scaler is not None:
            return self.scaler.least
        assert self.workload is not None
        found = self.scaling.of(self.workload)
        if found.most.value == 0:
            raise NotApplicable(f"{self.name} is scaled to none")
        return found.least

    @property
    def one_by_design(self) -> bool:
        """A second pod may need more than a number: volumes of its own, or it never runs beside the first."""
        if self.workload is None or self.workload.kind == "StatefulSet":
            return self.workload is not None
        strategy = self.workload.written("strategy", "type")
        return strategy is not None and strategy.value == "Recreate"


def _of_nobody(scaler: Scaler, targets: Targets) -> bool:
    try:
        return targets.workload(scaler.target) is None
    except Unknown:
        return True
