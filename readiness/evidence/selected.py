"""What monitors and Services select: Services by monitors, pods by both.

Selectors are answered from an index of labels, so that a thousand monitors over a thousand Services are no
million comparisons.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Generic, Self, TypeVar

from readiness.errors import Unknown
from readiness.evidence.manifests import (
    Container,
    KubernetesObject,
    Manifests,
    Service,
    Workload,
    selector_matches,
)
from readiness.evidence.monitors import Endpoint, Monitor, matches
from readiness.known import Unreadable
from readiness.outcome import Location

T = TypeVar("T")

LOOKED_AT = 200  # Services among which the one that was probably meant is looked for
# Groups of custom resources that make no pods of their own.
NO_PODS = re.compile(
    r"(?:^|\.)k8s\.io$|gateway\.networking|secrets-store\.csi|^monitoring\.googleapis\.com$|cert-manager\.io$"
    r"|istio\.io$|linkerd\.io$|traefik|external-secrets\.io$|keda\.sh$|kyverno\.io$|cilium\.io$"
    r"|projectcalico\.org$|appmesh|split\.smi|getambassador|apisix|consul|gatewayapi|fluxcd\.io$"
    r"|backstage\.io$|sloth\.slok\.dev$|bitnami\.com$|cloud\.google\.com$"
    r"|^(?:apps|build|image|route|security|authorization|template)\.openshift\.io$"
)
CORE_GROUPS = frozenset({"", "apps", "batch", "policy", "autoscaling", "extensions"})
NO_PODS_KINDS = frozenset(
    {
        "ServiceMonitor", "PodMonitor", "PrometheusRule", "Probe", "ScrapeConfig", "AlertmanagerConfig",
        "AnalysisTemplate", "ClusterAnalysisTemplate", "AnalysisRun", "Application", "AppProject", "VMRule",
        "VMServiceScrape", "VMPodScrape", "VMProbe", "VMStaticScrape", "Rollout",
    }
)  # fmt: skip


class ByLabels(Generic[T]):
    """Things with labels in namespaces, found by selector."""

    def __init__(self, things: Iterable[tuple[str, Mapping[str, str], T]]) -> None:
        self._all = list(things)
        self._by_label: dict[tuple[str, str], list[tuple[str, Mapping[str, str], T]]] = {}
        for entry in self._all:
            for pair in entry[1].items():
                self._by_label.setdefault(pair, []).append(entry)
        self.namespaces = frozenset(namespace for namespace, _, _ in self._all)

    def selected(self, selector: Mapping[str, Any], namespaces: frozenset[str] | None) -> list[T]:
        """Those that a selector takes in some namespaces, or in all (None).

        Raises:
            Unknown: the selector is malformed, or has an operator that the API does not have.
        """
        wanted = _pairs(selector)
        lists = [self._by_label.get((str(key), str(value)), []) for key, value in wanted.items()]
        candidates = min(lists, key=len) if lists else self._all
        return [
            thing
            for namespace, labels, thing in candidates
            if within(namespace, namespaces) and selector_matches(selector, labels)
        ]

    def near(self, selector: Mapping[str, Any], namespaces: frozenset[str] | None) -> list[T]:
        """Some that a selector may have meant: those that share a label, else any of the namespaces."""
        wanted = _pairs(selector)
        sharing = [
            entry
            for key, value in wanted.items()
            for entry in self._by_label.get((str(key), str(value)), [])[:LOOKED_AT]
        ]
        return [thing for namespace, _, thing in sharing or self._all if within(namespace, namespaces)][
            :LOOKED_AT
        ]


def _pairs(selector: Mapping[str, Any]) -> Mapping[str, Any]:
    found = selector.get("matchLabels") or {}
    if not isinstance(found, dict):
        raise Unknown(f"matchLabels is {found!r:.60} where a mapping is expected")
    return found


def within(namespace: str, namespaces: frozenset[str] | None) -> bool:
    """Whether a namespace is one of some; one that nobody names can be any."""
    return namespaces is None or not namespace or namespace in namespaces or "" in namespaces


class Selected:
    """What monitors and Services select in an environment."""

    kinds: ClassVar[frozenset[str]] = Workload.KINDS | Service.kinds

    def __init__(
        self,
        services: tuple[Service, ...],
        workloads: tuple[Workload, ...],
        makers: tuple[KubernetesObject, ...] = (),
        lost: tuple[Unreadable, ...] = (),
    ) -> None:
        self._services = ByLabels((one.namespace, one.labels, one) for one in services)
        self._pods = ByLabels((one.namespace, _pod_labels(one), one) for one in workloads)
        self._makers = makers
        self._lost = lost
        self._behind: dict[Location, tuple[Workload, ...]] = {}

    @classmethod
    def collect(
        cls, manifests: Manifests, services: tuple[Service, ...], workloads: tuple[Workload, ...]
    ) -> Self:
        makers = tuple(found for found in manifests.objects if makes_pods(found))
        lost = tuple(one for one in manifests.unreadable if one.could_hold(cls.kinds))
        return cls(services, workloads, makers, lost)

    def services(self, monitor: Monitor) -> list[Service]:
        return self._services.selected(monitor.selector, monitor.namespaces)

    def pods(self, monitor: Monitor) -> list[Workload]:
        return self._pods.selected(monitor.selector, monitor.namespaces)

    def behind(self, service: Service) -> tuple[Workload, ...]:
        """The workloads whose pods a Service brings requests to."""
        if service.at not in self._behind:
            selector = service.selector
            found = (
                self._pods.selected({"matchLabels": selector}, frozenset({service.namespace}))
                if selector is not None
                else []
            )
            self._behind[service.at] = tuple(found)
        return self._behind[service.at]

    def elsewhere(self, monitor: Monitor) -> list[Service] | list[Workload]:
        """What the monitor's selector takes in namespaces that it does not look in."""
        if monitor.of_pods:
            return self._pods.selected(monitor.selector, None)
        return self._services.selected(monitor.selector, None)

    def near(self, monitor: Monitor) -> list[Service] | list[Workload]:
        if monitor.of_pods:
            return self._pods.near(monitor.selector, monitor.namespaces)
        return self._services.near(monitor.selector, monitor.namespaces)

    def rendered(self, namespaces: frozenset[str] | None) -> bool:
        """Whether anything that could be a target lies in one of the namespaces."""
        known = self._services.namespaces | self._pods.namespaces
        return any(within(one, namespaces) for one in known)

    def pods_rendered(self, namespace: str) -> bool:
        return any(within(one, frozenset({namespace})) for one in self._pods.namespaces)

    def makers(self, namespaces: frozenset[str] | None) -> list[KubernetesObject]:
        """Custom resources of which an operator may make pods and Services there."""
        return [one for one in self._makers if within(one.namespace, namespaces)]

    def complete(self, *kinds: str) -> None:
        """Raises Unknown where some object of these kinds was not read."""
        for lost in self._lost:
            if lost.could_hold(frozenset(kinds)):
                raise Unknown(lost.why, lost.at, lost.fix)


def _pod_labels(workload: Workload) -> Mapping[str, str]:
    try:
        return workload.pod_labels
    except Unknown:
        return {}  # a malformed pod template: the checks that read it say so


def makes_pods(found: KubernetesObject) -> bool:
    """Whether an operator may make pods of an object: it is of no kind that is known to make none."""
    group = found.group
    if group in CORE_GROUPS or found.kind in NO_PODS_KINDS or NO_PODS.search(group):
        return False
    return "." in group


def container_ports(workload: Workload) -> Iterator[tuple[Container, Mapping[str, Any]]]:
    """Every port that a pod's containers declare."""
    for container in workload.all_containers:
        for port in container.ports:
            yield container, port


def declares(workload: Workload, endpoint: Endpoint, google: bool = False) -> bool:
    """Whether a pod has the container port that an endpoint asks for.

    Service discovery makes a target of each declared port, so that a number has to be declared too; Google's
    collectors alone scrape a number as it is.
    """
    if endpoint.any_port or (google and endpoint.number is not None):
        return True
    for _, port in container_ports(workload):
        if endpoint.number is not None and port.get("containerPort") == endpoint.number:
            return True
        if endpoint.port and endpoint.named(port.get("name")):
            return True
        if endpoint.target and matches(endpoint.target, str(port.get("name") or "")):
            return True
    return False


def target_of(port: Mapping[str, Any]) -> str | int:
    """The container port that a Service port leads to: its own number where nothing is said (core/v1)."""
    found = port.get("targetPort")
    return found if isinstance(found, (str, int)) and found != "" else port.get("port") or 0


def leads_to(workload: Workload, port: Mapping[str, Any]) -> bool:
    """Whether a Service port resolves on a pod: a number always does, a name has to be declared."""
    target = target_of(port)
    if isinstance(target, int) or target.isdigit():
        return True
    return any(declared.get("name") == target for _, declared in container_ports(workload))
