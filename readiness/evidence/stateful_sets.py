"""StatefulSets, and the Services that give their pods names.

A StatefulSet's Service is the one of its namespace that `serviceName` names. Ignored on purpose:
Services that lie in no manifest of the environment.
"""

from collections.abc import Iterator
from typing import ClassVar, Self

from readiness.errors import Unknown
from readiness.evidence.effective import Value, text
from readiness.evidence.manifests import Manifests, OfObject, Service, Workload
from readiness.evidence.scalers import same_namespace
from readiness.known import Unreadable


class StatefulSet(OfObject):
    """One StatefulSet."""

    __slots__ = ()

    kinds: ClassVar[frozenset[str]] = frozenset({"StatefulSet"})
    looked_for: ClassVar[str] = "StatefulSet"

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for found in manifests.of("StatefulSet"):
            if found.group == "apps":
                yield cls(found)

    @property
    def workload(self) -> Workload:
        return Workload(self.object)

    @property
    def service_name(self) -> Value[str] | None:
        return text(self.body, self.at, "spec", "serviceName")


class ServicesByName:
    """The Services of an environment by name."""

    kinds: ClassVar[frozenset[str]] = Service.kinds
    looked_for: ClassVar[str] = Service.looked_for

    def __init__(self, services: tuple[Service, ...], lost: tuple[Unreadable, ...] = ()) -> None:
        self._lost = lost
        self._by_name: dict[str, list[Service]] = {}
        for service in services:
            self._by_name.setdefault(service.name, []).append(service)

    @classmethod
    def collect(cls, services: tuple[Service, ...], manifests: Manifests) -> Self:
        return cls(services, tuple(one for one in manifests.unreadable if one.could_hold(cls.kinds)))

    def get(self, namespace: str, name: str) -> Service | None:
        """Raises Unknown where it is not there and some object was not read."""
        listed = self._by_name.get(name, ())
        found = next((one for one in listed if same_namespace(one.namespace, namespace)), None)
        if found is None and self._lost:
            lost = self._lost[0]
            raise Unknown(lost.why, lost.at, lost.fix)
        return found
