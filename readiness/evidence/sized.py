"""What each container asks for and is held to: its own figures, its pod's, and the defaults of its namespace.

Reads `resources` of containers and of pods, LimitRanges, and VerticalPodAutoscalers that act: these write
requests themselves.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, ClassVar, Self

from readiness.evidence.effective import Value, mapping, raw
from readiness.evidence.limit_ranges import PodResources, amount_of
from readiness.evidence.manifests import Container, Workload
from readiness.evidence.targets import Vertical
from readiness.known import Unreadable
from readiness.outcome import Location, Subject


class SizedContainer:
    """One container with the requests and limits that hold for it."""

    __slots__ = ("_resources", "_vertical", "at", "body", "container", "label", "subject")

    kinds: ClassVar[frozenset[str]] = PodResources.kinds
    looked_for: ClassVar[str] = Container.looked_for
    noun: ClassVar[str] = Container.noun

    def __init__(self, container: Container, resources: PodResources, vertical: Vertical) -> None:
        self.container = container
        self.body: Mapping[str, Any] = container.body
        self.at: Location = container.at
        self.subject: Subject = container.subject
        self.label = container.label
        self._resources = resources
        self._vertical = vertical

    @classmethod
    def collect(
        cls, containers: tuple[Container, ...], resources: PodResources, vertical: Vertical
    ) -> Iterator[Self | Unreadable]:
        for container in containers:
            yield cls(container, resources, vertical)

    @property
    def workload(self) -> Workload:
        return self.container.workload

    def request(self, resource: str) -> Value[Fraction] | None:
        """Cores or bytes that are reserved: the container's, its limit, the pod's or the namespace's.

        Raises:
            Unknown: it is no quantity.
        """
        return self._of_pod("requests", resource) or self._resources.of_container(
            self.container, "requests", resource
        )

    def limit(self, resource: str) -> Value[Fraction] | None:
        """Cores or bytes that it can't go beyond; raises Unknown where it is no quantity."""
        return self._of_pod("limits", resource) or self._resources.of_container(
            self.container, "limits", resource
        )

    def sized_by_autoscaler(self, resource: str) -> bool:
        """Whether a VerticalPodAutoscaler writes its request."""
        return any(
            one.mode.value != "Off" and resource in one.resources for one in self._vertical.of(self.workload)
        )

    def _of_pod(self, group: str, resource: str) -> Value[Fraction] | None:
        """What the whole pod is given, where the container says nothing itself.

        Source: Kubernetes API, core/v1 PodSpec.resources.
        """
        workload = self.container.workload
        spec = workload.pod_spec
        if "resources" not in spec:
            return None
        at = workload.pod_at.at("spec", "resources", group, resource)
        if raw(self.body, self.at, "resources", group, resource) is not None:
            return None
        found = mapping(spec, workload.pod_at.at("spec"), "resources", group).get(resource)
        return None if found is None else Value(amount_of(found, at), at, "given to the whole pod")
