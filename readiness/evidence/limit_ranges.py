"""What a pod asks for: its containers' requests and limits, and what a LimitRange of its namespace adds.

Ignored on purpose: defaults of a LimitRange that lies in no manifest of the environment.
"""

from fractions import Fraction
from typing import Any, ClassVar, Literal, NamedTuple, Self

from readiness.arithmetic.quantity import parse_quantity
from readiness.errors import Unknown
from readiness.evidence.effective import Value, items, mapping, raw
from readiness.evidence.manifests import Container, Manifests, Workload
from readiness.outcome import Location

Group = Literal["requests", "limits"]
# Which field of a LimitRange fills in what: the first that is there. A request that none gives is the limit,
# and only then the least that is allowed.
_FILLS: tuple[tuple[str, str], ...] = (
    ("defaultRequest", "requests"),
    ("default", "limits"),
    ("max", "limits"),
    ("min", "least"),
)


class PodResources:
    """Requests and limits of pods, defaults of their namespace included."""

    kinds: ClassVar[frozenset[str]] = frozenset({"LimitRange"})
    looked_for: ClassVar[str] = "LimitRange"

    def __init__(self, defaults: dict[tuple[str, str, str], Value[Fraction]]) -> None:
        self._defaults = defaults  # (namespace, requests, limits or least, resource)
        self._anywhere = {key[1:]: value for key, value in defaults.items()}  # for pods of no named namespace

    @classmethod
    def collect(cls, manifests: Manifests) -> Self:
        """Source: Kubernetes, "Limit Ranges"; pkg/apis/core/v1/defaults.go, SetDefaults_LimitRangeItem."""
        found: dict[tuple[str, str, str], Value[Fraction]] = {}
        for limits in manifests.of("LimitRange"):
            for index, item in enumerate(items(limits.body, limits.at, "spec", "limits")):
                if not isinstance(item, dict) or item.get("type") != "Container":
                    continue
                at = limits.at.at("spec", "limits", index)
                for field, group in _FILLS:
                    for resource, amount in mapping(item, at, field).items():
                        place = at.at(field, resource)
                        found.setdefault(
                            (limits.namespace, group, resource), Value(amount_of(amount, place), place)
                        )
        return cls(found)

    def of_container(self, container: Container, group: Group, resource: str) -> Value[Fraction] | None:
        """A container's own value, else the default of its namespace.

        A request that nobody gives defaults to the limit.
        """
        own = container.quantity(group, resource)
        if own is not None:
            return own
        default = self._default(container.workload.namespace, group, resource)
        for filled in ("limits", "least"):
            if default is None and group == "requests":
                default = self._default(container.workload.namespace, filled, resource)
        return default

    def of_pod(self, pods: Workload, group: Group, resource: str) -> Value[Fraction] | None:
        """The sum over the containers that run beside each other; None where one of them gives none.

        Raises:
            Unknown: one of them is no quantity.
        """
        whole_pod = raw(pods.pod_spec, pods.pod_at.at("spec"), "resources", group, resource)
        if whole_pod is not None:
            at = pods.pod_at.at("spec", "resources", group, resource)
            return Value(amount_of(whole_pod, at), at)
        found = [self.of_container(container, group, resource) for container in pods.containers]
        given = [one for one in found if one is not None]
        if not found or len(given) < len(found):
            return None
        return (
            given[0] if len(given) == 1 else Value(sum((one.value for one in given), Fraction()), given[0].at)
        )

    def without(self, pods: Workload, group: Group, resource: str) -> tuple[Container, ...]:
        """Containers for which nobody gives a value."""
        if raw(pods.pod_spec, pods.pod_at.at("spec"), "resources", group, resource) is not None:
            return ()
        return tuple(one for one in pods.containers if self.of_container(one, group, resource) is None)

    def _default(self, namespace: str, group: str, resource: str) -> Value[Fraction] | None:
        found = self._defaults.get((namespace, group, resource)) or self._defaults.get(("", group, resource))
        if found is None and not namespace:
            found = self._anywhere.get((group, resource))
        return found._replace(origin="default of the LimitRange") if found is not None else None


class Bound(NamedTuple):
    """What a LimitRange allows containers at least or at most."""

    name: str
    smallest: bool
    amount: Value[Fraction]


class Bounds:
    """Bounds of containers, by namespace and resource."""

    kinds: ClassVar[frozenset[str]] = PodResources.kinds
    looked_for: ClassVar[str] = PodResources.looked_for

    def __init__(self, found: dict[tuple[str, str], list[Bound]]) -> None:
        self._found = found

    @classmethod
    def collect(cls, manifests: Manifests) -> Self:
        """Source: Kubernetes API, core/v1 LimitRangeItem, min and max."""
        found: dict[tuple[str, str], list[Bound]] = {}
        for limits in manifests.of("LimitRange"):
            for index, item in enumerate(items(limits.body, limits.at, "spec", "limits")):
                if not isinstance(item, dict) or item.get("type") != "Container":
                    continue
                at = limits.at.at("spec", "limits", index)
                for field in ("min", "max"):
                    for resource, amount in mapping(item, at, field).items():
                        place = at.at(field, resource)
                        value = Value(amount_of(amount, place), place)
                        bound = Bound(limits.name, field == "min", value)
                        found.setdefault((limits.namespace, resource), []).append(bound)
        return cls(found)

    def of(self, namespace: str, resource: str) -> tuple[Bound, ...]:
        return tuple(self._found.get((namespace, resource), ()))


def amount_of(written: Any, at: Location) -> Fraction:
    """Cores or bytes that are written; raises Unknown where it is no quantity."""
    try:
        return parse_quantity(written)
    except ValueError as wrong:
        raise Unknown(str(wrong), at) from wrong
