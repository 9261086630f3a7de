"""PriorityClasses of an environment, and those that every cluster has."""

from typing import ClassVar, Self

from readiness.errors import Unknown
from readiness.evidence.manifests import Manifests
from readiness.known import Unreadable

SYSTEM = ("system-cluster-critical", "system-node-critical")


class PriorityClasses:
    """The names of the PriorityClasses in the manifests."""

    kinds: ClassVar[frozenset[str]] = frozenset({"PriorityClass"})
    looked_for: ClassVar[str] = "PriorityClass"

    def __init__(self, names: frozenset[str], lost: tuple[Unreadable, ...]) -> None:
        self.names = names
        self._lost = lost

    @classmethod
    def collect(cls, manifests: Manifests) -> Self:
        names = frozenset(
            found.name for found in manifests.of("PriorityClass") if found.group == "scheduling.k8s.io"
        )
        return cls(names, tuple(one for one in manifests.unreadable if one.could_hold(cls.kinds)))

    def __contains__(self, name: str) -> bool:
        """Raises Unknown where it is not there and some object was not read."""
        if name not in self.names and self._lost:
            lost = self._lost[0]
            raise Unknown(lost.why, lost.at, lost.fix)
        return name in self.names
