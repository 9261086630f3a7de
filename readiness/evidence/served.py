"""Which workloads are behind a Service, so that somebody calls their pods.

Ignored on purpose: Services without a selector, whose endpoints are made by hand.
"""

from collections.abc import Mapping
from typing import ClassVar, Self

from readiness.errors import Unknown
from readiness.evidence.manifests import Service, Workload
from readiness.evidence.scalers import Scaling, same_namespace
from readiness.outcome import Location


class Served:
    """The Services of each workload's pods."""

    kinds: ClassVar[frozenset[str]] = Service.kinds | Workload.KINDS

    def __init__(self, found: Mapping[Location, tuple[Service, ...]]) -> None:
        self._found = found

    @classmethod
    def collect(
        cls, services: tuple[Service, ...], workloads: tuple[Workload, ...], scaling: Scaling
    ) -> Self:
        by_label: dict[tuple[str, str], list[tuple[Workload, Mapping[str, str]]]] = {}
        for workload in workloads:
            try:
                labels = scaling.pods_of(workload).pod_labels if workload.serves else {}
            except Unknown:
                continue  # its pods are described elsewhere
            for pair in labels.items():
                by_label.setdefault(pair, []).append((workload, labels))
        found: dict[Location, list[Service]] = {}
        for service in services:
            selector = service.selector
            if not selector:
                continue
            for workload, labels in min((by_label.get(pair, []) for pair in selector.items()), key=len):
                if same_namespace(service.namespace, workload.namespace) and all(
                    labels.get(key) == value for key, value in selector.items()
                ):
                    found.setdefault(workload.at, []).append(service)
        return cls({at: tuple(listed) for at, listed in found.items()})

    def by(self, workload: Workload) -> tuple[Service, ...]:
        """The Services whose endpoints a workload's pods are."""
        return self._found.get(workload.at, ())
