"""PersistentVolumeClaims of an environment, and which pods have a disk for themselves.

Ignored on purpose: claims that lie in no manifest; whether their pods can share them is not known.
"""

from typing import ClassVar, Self

from readiness.evidence.effective import items, text
from readiness.evidence.manifests import KubernetesObject, Manifests, Workload
from readiness.evidence.scalers import same_namespace

SHARED = frozenset({"ReadWriteMany", "ReadOnlyMany"})


class Claims:
    """The claims of an environment by name."""

    kinds: ClassVar[frozenset[str]] = frozenset({"PersistentVolumeClaim"})
    looked_for: ClassVar[str] = "PersistentVolumeClaim"

    def __init__(self, claims: tuple[KubernetesObject, ...]) -> None:
        self._by_name: dict[str, list[KubernetesObject]] = {}
        for claim in claims:
            self._by_name.setdefault(claim.name, []).append(claim)

    @classmethod
    def collect(cls, manifests: Manifests) -> Self:
        return cls(tuple(manifests.of("PersistentVolumeClaim")))

    def exclusive(self, workload: Workload) -> str | None:
        """A claim of a workload's pods that pods on two nodes can't have, or that is not here; in words.

        Raises:
            Unknown: a part of it has a wrong type.
        """
        at = workload.pod_at.at("spec")
        for index, volume in enumerate(items(workload.pod_spec, at, "volumes")):
            named = text(volume, at.at("volumes", index), "persistentVolumeClaim", "claimName")
            if named is None:
                continue
            found = self._by_name.get(named.value, ())
            claim = next((one for one in found if same_namespace(one.namespace, workload.namespace)), None)
            if claim is None:
                return f"claim {named.value} (not in these manifests)"
            modes = {str(mode) for mode in items(claim.body, claim.at, "spec", "accessModes")}
            if not modes & SHARED:
                return f"claim {named.value} ({', '.join(sorted(modes)) or 'no access mode'})"
        return None
