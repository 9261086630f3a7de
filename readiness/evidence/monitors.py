"""Objects that tell Prometheus whom to scrape: what they select, and by which port.

Reads ServiceMonitor and PodMonitor of the Prometheus Operator (monitoring.coreos.com/v1), Google's
PodMonitoring and ClusterPodMonitoring (monitoring.googleapis.com/v1), and VMServiceScrape and VMPodScrape of
the VictoriaMetrics operator (operator.victoriametrics.com/v1beta1), from the environment's manifests and
from files that the checklist names as `monitors`.
Ignored on purpose: Probe and ScrapeConfig, which have targets of their own, and ClusterNodeMonitoring, whose
targets are nodes. Which Prometheus adopts a monitor is another question, and not asked here.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Self

from readiness.errors import Unknown
from readiness.evidence.context import Environment, Named
from readiness.evidence.documents import Documents, File
from readiness.evidence.effective import boolean, items, mapping, raw, text
from readiness.evidence.manifests import KubernetesObject, Manifests, objects_in, selector_matches
from readiness.evidence.named import files_of
from readiness.evidence.re2 import Pattern
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

OPERATOR = "monitoring.coreos.com"
GOOGLE = "monitoring.googleapis.com"
VICTORIA = "operator.victoriametrics.com"
PRODUCTS = ("prometheus", "google-managed-prometheus", "victoriametrics", "thanos", "mimir", "cortex")
_PATTERN = re.compile(r"[|*+?()\[\]{}\\^$.]")


class Endpoint(NamedTuple):
    """One port that a monitor scrapes of each target; all three are empty where it takes every port."""

    port: str  # name of a Service port, or of a container port where the monitor selects pods
    target: str  # name or number of a container port, behind a Service
    number: int | None  # number of a container port
    at: Location  # of the port, else of the endpoint

    def named(self, name: object) -> bool:
        """Whether a port's name is the one asked for; the operator makes an anchored pattern of it."""
        return matches(self.port, str(name or ""))

    @property
    def any_port(self) -> bool:
        return not self.port and not self.target and self.number is None

    @property
    def wanted(self) -> str:
        return self.port or self.target or str(self.number)


class Monitor:
    """One object that selects Services or pods to scrape."""

    __slots__ = ("at", "object")

    GROUPS: ClassVar[Mapping[str, str]] = {
        "ServiceMonitor": OPERATOR,
        "PodMonitor": OPERATOR,
        "PodMonitoring": GOOGLE,
        "ClusterPodMonitoring": GOOGLE,
        "VMServiceScrape": VICTORIA,
        "VMPodScrape": VICTORIA,
    }
    kinds: ClassVar[frozenset[str]] = frozenset(GROUPS)
    looked_for: ClassVar[str] = "ServiceMonitor, PodMonitor, PodMonitoring, ClusterPodMonitoring"
    platform: ClassVar[tuple[str, tuple[str, ...]]] = ("metrics", PRODUCTS)

    def __init__(self, found: KubernetesObject) -> None:
        self.object = found
        self.at = found.at

    @classmethod
    def collect(
        cls, environment: Environment, named: Named, documents: Documents, manifests: Manifests
    ) -> Iterator[Self | Unreadable]:
        refs = environment.evidence.get("monitors") or named.of("monitors")
        files = tuple(files_of(refs, documents, "ServiceMonitor"))
        for found in of_groups(cls.GROUPS, environment, documents, manifests, files):
            yield found if isinstance(found, Unreadable) else cls(found)

    @property
    def subject(self) -> Subject:
        return self.object.subject

    @property
    def kind(self) -> str:
        return self.object.kind

    @property
    def name(self) -> str:
        return self.object.name

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def of_pods(self) -> bool:
        """It selects pods by their own labels, not Services."""
        return self.kind not in ("ServiceMonitor", "VMServiceScrape")

    @property
    def selector(self) -> Mapping[str, Any]:
        """What its targets' labels have to be; an empty one takes all.

        Raises:
            Unknown: it is no LabelSelector.
        """
        return label_selector(self.object.body, self.at, "spec", "selector")

    @property
    def selector_at(self) -> Location:
        return self.at.at("spec", "selector")

    @property
    def namespaces(self) -> frozenset[str] | None:
        """Where it looks for targets; None for everywhere.

        Source: Prometheus Operator API, NamespaceSelector: its own namespace where nothing is said.
        """
        if self.kind == "ClusterPodMonitoring":
            return None
        keys = ("spec", "namespaceSelector")
        if self.object.group != GOOGLE:
            everywhere = boolean(self.object.body, self.at, *keys, "any")
            if everywhere is not None and everywhere.value:
                return None
            listed = items(self.object.body, self.at, *keys, "matchNames")
            if listed:
                return frozenset(str(name) for name in listed)
        return frozenset({self.object.namespace})

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The ports that it scrapes."""
        key = "podMetricsEndpoints" if self.kind in ("PodMonitor", "VMPodScrape") else "endpoints"
        found = []
        for index, body in enumerate(items(self.object.body, self.at, "spec", key)):
            at = self.at.at("spec", key, index)
            if not isinstance(body, dict):
                raise Unknown(f"an endpoint of {self} is no mapping", at)
            found.append(self._endpoint(body, at))
        return tuple(found)

    @property
    def endpoints_at(self) -> Location:
        key = "podMetricsEndpoints" if self.kind in ("PodMonitor", "VMPodScrape") else "endpoints"
        return self.at.at("spec", key)

    def _endpoint(self, body: Mapping[str, Any], at: Location) -> Endpoint:
        """A port that is named comes before a target port, as the operator has it."""
        port, target = raw(body, at, "port"), raw(body, at, "targetPort")
        if isinstance(port, int) and self.object.group == GOOGLE:
            return Endpoint("", "", port, at.at("port"))
        if port not in (None, ""):
            return Endpoint(str(port), "", None, at.at("port"))
        number = raw(body, at, "portNumber")
        if isinstance(number, int) and self.of_pods:
            return Endpoint("", "", number, at.at("portNumber"))
        if isinstance(target, int) and not isinstance(target, bool):
            return Endpoint("", "", target, at.at("targetPort"))
        if target:
            return Endpoint("", str(target), None, at.at("targetPort"))
        return Endpoint("", "", None, at)


def of_groups(
    groups: Mapping[str, str],
    environment: Environment,
    documents: Documents,
    manifests: Manifests,
    files: tuple[File | Unreadable, ...],
) -> Iterator[KubernetesObject | Unreadable]:
    """The objects of kinds in their API groups: those of the manifests, then those that only `files` have."""
    seen: set[Subject] = set()
    for found in manifests.of(*groups):
        if found.group == groups[found.kind]:
            seen.add(found.subject)
            yield found
    yield from (one for one in files if isinstance(one, Unreadable))
    for document in documents.documents(tuple(one for one in files if isinstance(one, File))):
        if isinstance(document, Unreadable):
            yield document
            continue
        for found in objects_in(document.value, document.at, environment.namespace):
            if groups.get(found.kind) == found.group and found.subject not in seen:
                seen.add(found.subject)
                yield found


def label_selector(body: Any, at: Location, *keys: str | int) -> Mapping[str, Any]:
    """A LabelSelector of the right shape; empty where it is left out.

    Raises:
        Unknown: a part of it has a wrong type.
    """
    found = mapping(body, at, *keys)
    place = at.at(*keys)
    mapping(found, place, "matchLabels")
    for index, expression in enumerate(items(found, place, "matchExpressions")):
        if not isinstance(expression, dict):
            raise Unknown("an entry of matchExpressions is no mapping", place.at("matchExpressions", index))
        items(expression, place.at("matchExpressions", index), "values")
        text(expression, place.at("matchExpressions", index), "key")
    selector_matches(found, {})  # an operator that the API does not have is unknown wherever it is asked
    return found


def matches(pattern: str, name: str) -> bool:
    """Whether a port's name is the one that a monitor asks for, which may be an RE2 pattern."""
    if pattern == name or not _PATTERN.search(pattern):
        return pattern == name
    try:
        return Pattern(pattern).matches(name)
    except ValueError:
        return False
