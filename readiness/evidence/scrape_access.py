"""Whether Prometheus may reach the ports that monitors ask for: NetworkPolicies' rules for what comes in.

Reads `ingress` of NetworkPolicies (networking.k8s.io/v1) for the pods that a monitor leads to, on the port of
the pod: a Service's port is followed to its target, a name to the number that the pod gives it. Who scrapes
is known from Prometheus and PrometheusAgent objects (monitoring.coreos.com), and from what a setting says.
Ignored on purpose: what leaves the namespace of Prometheus, and encryption by a mesh.

Source:
    Kubernetes API, networking/v1 NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort; prometheus-
    operator, pkg/prometheus/server/statefulset.go (labels of its pods).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal, NamedTuple, Self

from readiness.errors import Unknown
from readiness.evidence.effective import items, raw
from readiness.evidence.manifests import (
    KubernetesObject,
    Manifests,
    PodTemplate,
    Service,
    Workload,
    selector_matches,
)
from readiness.evidence.monitors import OPERATOR, Endpoint, Monitor, label_selector
from readiness.evidence.scraped import COLLECTORS
from readiness.evidence.selected import Selected, container_ports, target_of
from readiness.evidence.selectors import Isolation, NetworkPolicy, Pods
from readiness.outcome import Location

NAME_OF_NAMESPACE = "kubernetes.io/metadata.name"  # the API server sets it
SCRAPERS = rf"prometheus|vmagent|victoria-?metrics|{COLLECTORS.pattern}"
Admits = Literal["yes", "no", "perhaps"]


class Scraper(NamedTuple):
    """Somebody who scrapes: where its pods run and their labels; None for labels that are not known."""

    namespace: str
    labels: Mapping[str, str] | None
    what: str


class Rule(NamedTuple):
    """One entry of a policy's `ingress`."""

    policy: NetworkPolicy
    body: Mapping[str, Any]
    at: Location


class Asked(NamedTuple):
    """One port of one workload's pods that a monitor scrapes."""

    workload: Workload
    endpoint: Endpoint
    name: str  # of the container port; empty where it has none
    number: int

    @property
    def port(self) -> str:
        return f"{self.number} ({self.name})" if self.name else str(self.number)


class ScrapeAccess:
    """Which rules let somebody reach a port of a workload's pods."""

    kinds: ClassVar[frozenset[str]] = NetworkPolicy.kinds | Workload.KINDS | Service.kinds

    def __init__(
        self, selected: Selected, isolation: Isolation, pods: Pods, policies: tuple[NetworkPolicy, ...],
        scrapers: tuple[Scraper, ...], namespaces: Mapping[str, Mapping[str, str]],
    ) -> None:  # fmt: skip
        self.scrapers = scrapers
        self._selected = selected
        self._isolation = isolation
        self._pods = pods
        self._namespaces = namespaces
        self._policies: dict[Location, list[NetworkPolicy]] = {}
        for policy in policies:
            try:
                if "ingress" in policy.directions:
                    for template in pods.selected(policy.selector, policy.namespace):
                        self._policies.setdefault(template.workload.at, []).append(policy)
            except Unknown:
                continue  # `complete` says so, of the pods of its namespace

    @classmethod
    def collect(
        cls, manifests: Manifests, selected: Selected, isolation: Isolation, pods: Pods,
        policies: tuple[NetworkPolicy, ...],
    ) -> Self:  # fmt: skip
        scrapers = tuple(
            scraper_of(one) for one in manifests.of("Prometheus", "PrometheusAgent") if one.group == OPERATOR
        )
        namespaces = {one.name: one.labels for one in manifests.of("Namespace")}
        return cls(selected, isolation, pods, policies, scrapers, namespaces)

    def asked(self, monitor: Monitor) -> Iterator[Asked]:
        """The ports of pods that a monitor scrapes, as far as they can be told, each once."""
        seen: set[tuple[Location, int]] = set()
        for endpoint in monitor.endpoints:
            for workload, wanted in self._wanted(monitor, endpoint):
                for name, number in _resolved(workload, wanted):
                    if (workload.at, number) not in seen:
                        seen.add((workload.at, number))
                        yield Asked(workload, endpoint, name, number)

    def policies(self, workload: Workload) -> tuple[NetworkPolicy, ...]:
        """The policies that close a workload's pods for what comes in.

        Raises:
            Unknown: a policy could not be read, or one of another kind may say more.
        """
        other = self._isolation.other(workload.namespace)
        if other is not None:
            raise Unknown(f"{other.kind} {other.name} may let in more or less, and is not read", other.at)
        self._isolation.complete(workload.namespace)
        return tuple(self._policies.get(workload.at, ()))

    def rules(self, asked: Asked) -> Iterator[Rule]:
        """The rules that are for a port."""
        for policy in self._policies.get(asked.workload.at, ()):
            for index, body in enumerate(items(policy.body, policy.at, "spec", "ingress")):
                at = policy.at.at("spec", "ingress", index)
                ports = items(body, at, "ports")
                if not ports or any(_is_for(port, at, asked) for port in ports):
                    yield Rule(policy, body if isinstance(body, dict) else {}, at)

    def admits(self, rule: Rule, scraper: Scraper) -> Admits:
        """Whether a rule lets somebody in."""
        peers = items(rule.body, rule.at, "from")
        if not peers:
            return "yes"  # an empty list is one that is left out: everybody
        found = [self._admits(peer, rule, scraper, index) for index, peer in enumerate(peers)]
        return "yes" if "yes" in found else "perhaps" if "perhaps" in found else "no"

    def open_to_others(self, rule: Rule) -> bool:
        """Whether a rule lets in anybody but known workloads of its own namespace, so perhaps Prometheus."""
        peers = items(rule.body, rule.at, "from")
        for index, peer in enumerate(peers):
            at = rule.at.at("from", index)
            if raw(peer, at, "podSelector") is None or raw(peer, at, "namespaceSelector") is not None:
                return True
            selector = label_selector(peer, at, "podSelector")
            known = self._pods.selected(selector, rule.policy.namespace) if _asks(selector) else []
            if not known or any(map(_scrapes, known)):
                return True
        return not peers

    def _admits(self, peer: Any, rule: Rule, scraper: Scraper, index: int) -> Admits:
        at = rule.at.at("from", index)
        if raw(peer, at, "ipBlock") is not None:
            return "perhaps"  # nobody knows the addresses of pods
        of_namespace: Admits = "yes"
        if raw(peer, at, "namespaceSelector") is not None:
            of_namespace = self._in_namespace(
                label_selector(peer, at, "namespaceSelector"), scraper.namespace
            )
        elif rule.policy.namespace and scraper.namespace and rule.policy.namespace != scraper.namespace:
            return "no"
        if of_namespace == "no" or raw(peer, at, "podSelector") is None:
            return of_namespace
        selector = label_selector(peer, at, "podSelector")
        if not _asks(selector):
            return of_namespace
        if scraper.labels is None:
            return "perhaps"
        return of_namespace if selector_matches(selector, scraper.labels) else "no"

    def _in_namespace(self, selector: Mapping[str, Any], name: str) -> Admits:
        labels = self._namespaces.get(name)
        known = {NAME_OF_NAMESPACE: name, **(labels or {})}
        if labels is None and _asks(selector) - {NAME_OF_NAMESPACE}:
            return "perhaps"
        return "yes" if selector_matches(selector, known) else "no"

    def _wanted(self, monitor: Monitor, endpoint: Endpoint) -> Iterator[tuple[Workload, str | int]]:
        """Pods and the container port, as it is written, that an endpoint leads to."""
        if monitor.of_pods:
            wanted = endpoint.number if endpoint.number is not None else endpoint.port or endpoint.target
            for workload in self._selected.pods(monitor):
                if wanted:
                    yield workload, wanted
            return
        for service in self._selected.services(monitor):
            for workload in self._selected.behind(service):
                if not endpoint.port and (endpoint.target or endpoint.number is not None):
                    yield workload, endpoint.target or endpoint.number or 0
                for port in service.ports if endpoint.port else ():
                    if endpoint.named(port.get("name")):
                        yield workload, target_of(port)


def scraper_of(found: KubernetesObject) -> Scraper:
    """The pods that the operator makes of a Prometheus object, with the labels that it gives them."""
    name = "prometheus" if found.kind == "Prometheus" else "prometheus-agent"
    added = raw(found.body, found.at, "spec", "podMetadata", "labels")
    labels = {str(key): str(value) for key, value in added.items()} if isinstance(added, dict) else {}
    own = {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/instance": found.name,
        "app.kubernetes.io/managed-by": "prometheus-operator",
        "operator.prometheus.io/name": found.name,
        "operator.prometheus.io/shard": "0",
        "prometheus": found.name,
    }
    return Scraper(found.namespace, {**labels, **own}, f"{found.kind} {found.name}")


def _scrapes(template: PodTemplate) -> bool:
    """Whether pods may be those of somebody who scrapes, by their images."""
    images = (container.body.get("image") for container in template.workload.containers)
    return any(isinstance(image, str) and re.search(SCRAPERS, image) for image in images)


def _asks(selector: Mapping[str, Any]) -> set[str]:
    """The labels that a selector asks for."""
    found = {str(key) for key in selector.get("matchLabels") or ()}
    return found | {str(one.get("key")) for one in selector.get("matchExpressions") or ()}


def _resolved(workload: Workload, wanted: str | int) -> Iterator[tuple[str, int]]:
    """Name and number of a container port: a number need not be declared."""
    if isinstance(wanted, str) and wanted.isdigit():
        wanted = int(wanted)
    found = False
    for _, port in container_ports(workload):
        number = port.get("containerPort")
        if isinstance(number, int) and wanted in (number, port.get("name")):
            found = True
            yield str(port.get("name") or ""), number
    if not found and isinstance(wanted, int):
        yield "", wanted


def _is_for(port: Any, at: Location, asked: Asked) -> bool:
    if str(raw(port, at, "protocol") or "TCP") != "TCP":
        return False
    written, end = raw(port, at, "port"), raw(port, at, "endPort")
    if written is None:
        return True
    if isinstance(written, int) and isinstance(end, int):
        return written <= asked.number <= end
    return written in (asked.number, asked.name) or (
        isinstance(written, str) and written == str(asked.number)
    )
