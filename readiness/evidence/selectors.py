"""Pods by the labels of their templates, and NetworkPolicies by the pods that they select.

Reads NetworkPolicy (networking.k8s.io/v1 and extensions/v1beta1) and every object with a pod template. Labels
that a controller adds at run time count where they can be told: the ordinal of a StatefulSet's pod, the name
of a Job. Policies of Cilium, Calico and of cluster administrators are known to be there and not read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Self

from readiness.errors import Unknown
from readiness.evidence.effective import Value, items, mapping, raw
from readiness.evidence.manifests import (
    KubernetesObject,
    Manifests,
    OfObject,
    PodTemplate,
    Service,
    selector_matches,
)
from readiness.evidence.monitors import label_selector
from readiness.evidence.selected import makes_pods
from readiness.evidence.targets import FEW_EDITS, edits
from readiness.known import Unreadable
from readiness.outcome import Location

LOOKED_AT = 50  # pods among which the one that was probably meant is looked for
POD_NAME = "statefulset.kubernetes.io/pod-name"
AT_RUN_TIME = frozenset(  # labels that controllers add, with values that no manifest has
    {
        "pod-template-hash", "controller-revision-hash", "apps.kubernetes.io/pod-index", "controller-uid",
        "batch.kubernetes.io/controller-uid", "pod-template-generation", "rollouts-pod-template-hash",
        "batch.kubernetes.io/job-completion-index",
    }
)  # fmt: skip
OTHER_POLICIES: Mapping[str, str] = {
    "CiliumNetworkPolicy": "cilium.io",
    "CiliumClusterwideNetworkPolicy": "cilium.io",
    "NetworkPolicy": "projectcalico.org",
    "GlobalNetworkPolicy": "projectcalico.org",
    "AdminNetworkPolicy": "policy.networking.k8s.io",
    "BaselineAdminNetworkPolicy": "policy.networking.k8s.io",
}
_CLUSTER_WIDE = frozenset(OTHER_POLICIES) - {"CiliumNetworkPolicy", "NetworkPolicy"}


class Slip(NamedTuple):
    """The pod that a selector probably meant, and the label in which they differ."""

    pods: PodTemplate
    key: str
    wanted: str
    has: str  # "" where the pod has no such label
    others_match: bool  # this label is the only one in which they differ
    slip: bool  # the values differ by a slip of the hand


class Pods:
    """The pods of an environment, by namespace and label."""

    kinds: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self,
        templates: tuple[PodTemplate, ...],
        makers: tuple[KubernetesObject, ...] = (),
        lost: tuple[Unreadable, ...] = (),
    ) -> None:
        self._lost = lost
        self._in: dict[str, list[tuple[PodTemplate, Mapping[str, str]]]] = {}
        self._labelled: dict[tuple[str, str, str], list[tuple[PodTemplate, Mapping[str, str]]]] = {}
        self._makers: dict[str, KubernetesObject] = {}
        for maker in makers:
            self._makers.setdefault(maker.namespace, maker)
        for template in templates:
            namespace, labels = template.workload.namespace, _labels(template)
            self._in.setdefault(namespace, []).append((template, labels))
            for key, value in labels.items():
                self._labelled.setdefault((namespace, key, value), []).append((template, labels))

    @classmethod
    def collect(cls, manifests: Manifests, templates: tuple[PodTemplate, ...]) -> Self:
        makers = tuple(found for found in manifests.objects if makes_pods(found))
        return cls(templates, makers, manifests.unreadable)

    def selected(self, selector: Mapping[str, Any], namespace: str) -> list[PodTemplate]:
        """The pods that a LabelSelector takes in a namespace; an empty one takes all of them.

        Raises:
            Unknown: the selector is malformed.
        """
        wanted = {
            str(key): str(value)
            for key, value in mapping(selector, _NOWHERE, "matchLabels").items()
            if key not in AT_RUN_TIME
        }
        ordinal = wanted.pop(POD_NAME, None)
        plain = {**selector, "matchLabels": wanted}
        return [
            template
            for template, labels in self._candidates(wanted, namespace)
            if selector_matches(plain, labels) and (ordinal is None or _is_pod_of(template, ordinal))
        ]

    def any_in(self, namespace: str) -> bool:
        return next(self._all(namespace), None) is not None

    def maker(self, namespace: str) -> KubernetesObject | None:
        """A custom resource of the namespace, of which an operator may make pods and Services."""
        return self._makers.get(namespace) or self._makers.get("")

    def complete(self) -> None:
        """Raises Unknown where something that could have held pods was not read."""
        for lost in self._lost:
            if lost.could_hold(PodTemplate.kinds):
                raise Unknown(lost.why, lost.at, lost.fix)

    def near(self, wanted: Mapping[str, Any], namespace: str) -> Slip | None:
        """The pod of the namespace that fits some labels best, but for one that it has otherwise."""
        pairs = [(str(key), str(value)) for key, value in wanted.items()]
        sharing = [
            entry
            for key, value in pairs
            for one in ({namespace, ""} if namespace else self._in)
            for entry in self._labelled.get((one, key, value), ())[:LOOKED_AT]
        ]
        if not sharing:
            sharing = [entry for entry, _ in zip(self._all(namespace), range(LOOKED_AT), strict=False)]
        best: tuple[tuple[int, int, int, str], Slip] | None = None
        for template, labels in sharing:
            wrong = [(key, value) for key, value in pairs if labels.get(key) != value]
            if not wrong:
                continue
            key, value = min(wrong, key=lambda pair: (pair[0] not in labels, pair))
            has = labels.get(key, "")
            distance = edits(value, has) if has else 99
            score = (len(wrong), int(key not in labels), distance, template.subject.name)
            slip = bool(has) and distance <= min(FEW_EDITS, len(value) // 4)
            if best is None or score < best[0]:
                best = score, Slip(template, key, value, has, len(wrong) == 1, slip)
        return best[1] if best is not None else None

    def _all(self, namespace: str) -> Iterator[tuple[PodTemplate, Mapping[str, str]]]:
        for one in (namespace, "") if namespace else tuple(self._in):
            yield from self._in.get(one, ())

    def _candidates(
        self, wanted: Mapping[str, str], namespace: str
    ) -> Iterable[tuple[PodTemplate, Mapping[str, str]]]:
        spaces = (namespace, "") if namespace else tuple(self._in)
        found: list[tuple[PodTemplate, Mapping[str, str]]] = []
        for one in spaces:
            narrowest = self._in.get(one, [])
            for key, value in wanted.items():
                narrower = self._labelled.get((one, key, value), [])
                if len(narrower) < len(narrowest):
                    narrowest = narrower
            found += narrowest
        return found


_NOWHERE = Location("", "")


def _labels(template: PodTemplate) -> Mapping[str, str]:
    try:
        labels = template.workload.pod_labels
    except Unknown:
        return {}  # a malformed pod template: the checks that read it say so
    if template.workload.kind == "Job":
        name = template.workload.name
        return {"job-name": name, "batch.kubernetes.io/job-name": name, **labels}
    if template.workload.kind == "DeploymentConfig":
        return {"deploymentconfig": template.workload.name, **labels}
    return labels


def _is_pod_of(template: PodTemplate, name: str) -> bool:
    """Whether a pod's name is one of a StatefulSet's: `db-0` of `db`."""
    owner, _, ordinal = name.rpartition("-")
    return template.workload.kind == "StatefulSet" and template.workload.name == owner and ordinal.isdigit()


# NetworkPolicies


class Peer(NamedTuple):
    """One entry of `from` or `to` that selects pods of the policy's own namespace."""

    selector: Mapping[str, Any]
    at: Location


class NetworkPolicy(OfObject):
    """One NetworkPolicy."""

    __slots__ = ()

    kinds: ClassVar[frozenset[str]] = frozenset({"NetworkPolicy"})
    looked_for: ClassVar[str] = "NetworkPolicy"
    noun: ClassVar[str] = "NetworkPolicy"

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for found in manifests.of("NetworkPolicy"):
            if found.group in ("networking.k8s.io", "extensions"):
                yield cls(found)

    @property
    def selector(self) -> Mapping[str, Any]:
        """The pods that it is for; an empty selector takes all of its namespace."""
        return label_selector(self.object.body, self.at, "spec", "podSelector")

    @property
    def directions(self) -> frozenset[str]:
        """The directions in which the selected pods are closed but for its rules: ingress, egress.

        Source: Kubernetes API, networking/v1 NetworkPolicySpec.policyTypes: left out, it is Ingress, and
        Egress where there is an egress rule.
        """
        written = items(self.object.body, self.at, "spec", "policyTypes")
        if written:
            return frozenset(str(one).lower() for one in written)
        egress = items(self.object.body, self.at, "spec", "egress")
        return frozenset({"ingress", "egress"} if egress else {"ingress"})

    @property
    def peers(self) -> Iterator[Peer]:
        for direction, side in (("ingress", "from"), ("egress", "to")):
            for index, rule in enumerate(items(self.object.body, self.at, "spec", direction)):
                at = self.at.at("spec", direction, index)
                for part, peer in enumerate(items(rule, at, side)):
                    place = at.at(side, part)
                    if raw(peer, place, "podSelector") is None:
                        continue
                    if raw(peer, place, "namespaceSelector") is None:
                        yield Peer(label_selector(peer, place, "podSelector"), place.at("podSelector"))


class Isolation:
    """Which directions of which pods NetworkPolicies close."""

    kinds: ClassVar[frozenset[str]] = NetworkPolicy.kinds

    def __init__(
        self,
        pods: Pods,
        policies: tuple[NetworkPolicy, ...],
        others: tuple[KubernetesObject, ...] = (),
        lost: tuple[Unreadable, ...] = (),
    ) -> None:
        self._lost = lost
        self._closed: dict[Location, dict[str, NetworkPolicy]] = {}
        self._everywhere: dict[str, dict[str, NetworkPolicy]] = {}  # namespace → direction → its policy
        self._others = {one.namespace: one for one in others if one.kind not in _CLUSTER_WIDE}
        self._wide = next((one for one in others if one.kind in _CLUSTER_WIDE), None)
        self._wrong: dict[str, Unknown] = {}
        for policy in policies:
            try:
                selector, directions = policy.selector, policy.directions
                if not selector.get("matchLabels") and not selector.get("matchExpressions"):
                    for direction in directions:
                        self._everywhere.setdefault(policy.namespace, {}).setdefault(direction, policy)
                    continue
                for template in pods.selected(selector, policy.namespace):
                    closed = self._closed.setdefault(template.at, {})
                    for direction in directions:
                        closed.setdefault(direction, policy)
            except Unknown as wrong:
                self._wrong.setdefault(policy.namespace, wrong)

    @classmethod
    def collect(cls, manifests: Manifests, pods: Pods, policies: tuple[NetworkPolicy, ...]) -> Self:
        others = tuple(
            one for one in manifests.of(*OTHER_POLICIES) if one.group.endswith(OTHER_POLICIES[one.kind])
        )
        return cls(pods, policies, others, manifests.unreadable)

    def of(self, template: PodTemplate) -> Mapping[str, NetworkPolicy]:
        """The directions in which a pod is closed, with a policy that closes each."""
        namespace = template.workload.namespace
        spaces = (namespace, "") if namespace else tuple(self._everywhere)
        found: dict[str, NetworkPolicy] = {}
        for one in spaces:
            found.update(self._everywhere.get(one, {}))
        return {**found, **self._closed.get(template.at, {})}

    def other(self, namespace: str) -> KubernetesObject | None:
        """A policy of another kind that may close pods of a namespace, too."""
        return self._wide or self._others.get(namespace) or self._others.get("")

    def complete(self, namespace: str) -> None:
        """Raises Unknown where a policy of the namespace could not be read."""
        wrong = self._wrong.get(namespace) or self._wrong.get("")
        if wrong is not None:
            raise wrong
        for lost in self._lost:
            if lost.could_hold(self.kinds):
                raise Unknown(lost.why, lost.at, lost.fix)


class Endpoints:
    """Endpoints that are made by hand, for Services without a selector."""

    kinds: ClassVar[frozenset[str]] = frozenset({"Endpoints", "EndpointSlice"})

    def __init__(self, services: frozenset[tuple[str, str]]) -> None:
        self._services = services

    @classmethod
    def collect(cls, manifests: Manifests) -> Self:
        found = {(one.namespace, one.name) for one in manifests.of("Endpoints")}
        for one in manifests.of("EndpointSlice"):
            found.add((one.namespace, one.labels.get("kubernetes.io/service-name", "")))
        return cls(frozenset(found))

    def of(self, service: Service) -> bool:
        spaces = {service.namespace, ""}
        return any((one, service.name) in self._services for one in spaces)


def spelled(selector: Mapping[str, Any]) -> str:
    """A LabelSelector as people write it on a command line."""
    words = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for one in selector.get("matchExpressions") or ():
        values = ",".join(str(value) for value in one.get("values") or ())
        words.append(f"{one.get('key')} {one.get('operator')}" + (f" ({values})" if values else ""))
    return re.sub(r"\s+", " ", ", ".join(words)) or "every pod"


def service_type(service: Service) -> Value[str]:
    """ClusterIP where it is left out (core/v1 ServiceSpec.type)."""
    at = service.at.at("spec", "type")
    written = raw(service.body, service.at, "spec", "type")
    if written is None:
        return Value("ClusterIP", at, "default of the Kubernetes API server")
    if not isinstance(written, str):
        raise Unknown(f"spec.type is {written!r:.60} where a text is expected", at)
    return Value(written, at)
