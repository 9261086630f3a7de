"""What a scaler's reference can lead to: the objects of an environment by kind and name.

Any object counts, since a custom resource may have a scale. A Service or another object that can't be
scaled is found as well, and is then of the wrong kind.
"""

from collections.abc import Collection
from typing import ClassVar, Self

from readiness.errors import Unknown
from readiness.evidence.manifests import KubernetesObject, Manifests, Workload
from readiness.evidence.scalers import Target, VerticalScaler, names_group, same_namespace
from readiness.known import Unreadable

SCALABLE = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "Rollout"})
FEW_NAMES = 2000  # of about one length: more are not compared letter by letter
FEW_EDITS = 2  # letters by which a name may differ and still be meant


class Targets:
    """Objects of an environment by what references name."""

    kinds: ClassVar[frozenset[str]] = Workload.KINDS

    def __init__(
        self,
        objects: tuple[KubernetesObject, ...],
        workloads: tuple[Workload, ...] = (),
        lost: tuple[Unreadable, ...] = (),
    ) -> None:
        self._lost = lost
        self._objects: dict[tuple[str, str], list[KubernetesObject]] = {}
        self._workloads: dict[tuple[str, str], list[Workload]] = {}
        for found in objects:
            self._objects.setdefault((found.kind, found.name), []).append(found)
        for workload in workloads:
            self._workloads.setdefault((workload.kind, workload.name), []).append(workload)
        self._by_length: dict[int, list[Workload]] = {}
        self._by_name: dict[str, list[Workload]] = {}
        for workload in workloads:
            if workload.kind in SCALABLE:
                self._by_name.setdefault(workload.name, []).append(workload)
                self._by_length.setdefault(len(workload.name), []).append(workload)

    @classmethod
    def collect(cls, manifests: Manifests, workloads: tuple[Workload, ...]) -> Self:
        return cls(manifests.objects, workloads, manifests.unreadable)

    def holds(self, target: Target) -> bool:
        """Whether an object of the target's kind and name is there, in a namespace that can be its own."""
        listed = self._objects.get((target.kind, target.name), ())
        return any(same_namespace(found.namespace, target.namespace) for found in listed)

    def workload(self, target: Target) -> Workload | None:
        listed = self._workloads.get((target.kind, target.name), ())
        fitting = [one for one in listed if same_namespace(one.namespace, target.namespace)]
        fitting = [one for one in fitting if names_group(target, one)]
        exact = [one for one in fitting if one.namespace == target.namespace]
        return next(iter(exact or fitting), None)

    def complete(self) -> None:
        """Raises Unknown where some object that could be the target was not read."""
        for lost in self._lost:
            if lost.could_hold(self.kinds):
                raise Unknown(lost.why, lost.at, lost.fix)

    def nearest(self, target: Target) -> Workload | None:
        """The workload that was probably meant: of the same name, or of a name that differs by a slip."""
        same = self._by_name.get(target.name)
        if same:
            return same[0]
        slips = min(FEW_EDITS, len(target.name) // 4)
        lengths = range(len(target.name) - slips, len(target.name) + slips + 1)
        candidates = [one for length in lengths for one in self._by_length.get(length, ())]
        if not slips or len(candidates) > FEW_NAMES:
            return None
        near = [
            (edits(one.name, target.name), one.name, one)
            for one in candidates
            if one.kind == target.kind and same_namespace(one.namespace, target.namespace)
        ]
        distance, _, found = min(near, key=lambda one: one[:2], default=(slips + 1, "", None))
        return found if distance <= slips else None


class Vertical:
    """VerticalPodAutoscalers by the workload that they size."""

    kinds: ClassVar[frozenset[str]] = VerticalScaler.kinds

    def __init__(self, scalers: tuple[VerticalScaler, ...]) -> None:
        self._by_target: dict[tuple[str, str], list[tuple[Target, VerticalScaler]]] = {}
        for scaler in scalers:
            try:
                target = scaler.target
            except Unknown:
                continue  # it sizes nothing that could be told
            self._by_target.setdefault((target.kind, target.name), []).append((target, scaler))

    @classmethod
    def collect(cls, scalers: tuple[VerticalScaler, ...]) -> Self:
        return cls(scalers)

    def of(self, workload: Workload) -> tuple[VerticalScaler, ...]:
        listed = self._by_target.get((workload.kind, workload.name), ())
        return tuple(
            scaler for target, scaler in listed if same_namespace(target.namespace, workload.namespace)
        )


def edits(one: str, other: str) -> int:
    """Letters to insert, remove or change to make one word of the other (Levenshtein distance)."""
    if abs(len(one) - len(other)) > FEW_EDITS:
        return abs(len(one) - len(other))
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, start=1):
        diagonal, row[0] = row[0], i
        for j, right in enumerate(other, start=1):
            changed = diagonal + (left != right)
            diagonal, row[j] = row[j], min(changed, row[j] + 1, row[j - 1] + 1)
    return row[-1]


def slip_of(name: str, others: Collection[str]) -> str:
    """The one of `others` that a name is a slip of; empty for none.

    Names that differ in their digits are two names, and of very many none is looked for.
    """
    plain = name.lower()
    most = min(FEW_EDITS, len(name) // 4) if len(others) <= FEW_NAMES else -1
    near = [
        (edits(plain, other.lower()), other)
        for other in others
        if abs(len(other) - len(name)) <= most and _digits(other) == _digits(name)
    ]
    fewest, found = min(near, default=(most + 1, ""))
    return found if fewest <= most else ""


def _digits(name: str) -> str:
    return "".join(character for character in name if character.isdigit())
