"""What the manifests of all environments put into clusters: objects by kind and name, pods by name and label.

Answers whether an object that a page names is there. Knows the names that controllers make: of pods, replica
sets, jobs and claims. What an operator makes of a custom resource has that resource's name in its own.
Ignored on purpose: kinds whose objects often come from elsewhere (Secret, ConfigMap, Node, Event …), and
namespaces of which no manifest has an object: these are other people's.

Source:
    Kubernetes documentation, "Deployments", pod-template-hash; "StatefulSets", pod identity; "CronJob".
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, NamedTuple, Self

from readiness.errors import Unknown
from readiness.evidence.context import Environment, ServiceCard
from readiness.evidence.manifests import KubernetesObject, Manifests, Workload
from readiness.known import ByEnvironment, Unreadable
from readiness.outcome import Location

JUDGED: Final = frozenset(
    {"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Rollout", "DeploymentConfig", "Service", "Pod",
     "Ingress", "HorizontalPodAutoscaler", "PodDisruptionBudget", "ServiceMonitor", "PodMonitor"}
)  # fmt: skip
# groups whose objects make no pods and no services
PLAIN_GROUPS: Final = frozenset(
    {"apps", "batch", "autoscaling", "policy", "extensions", "secrets-store.csi.x-k8s.io",
     "external-secrets.io", "cert-manager.io", "networking.istio.io", "security.istio.io", "bitnami.com",
     "apps.openshift.io", "route.openshift.io", "keda.sh", "kyverno.io"}
)  # fmt: skip
PLAIN_KINDS: Final = frozenset({"ServiceMonitor", "PodMonitor", "PrometheusRule", "Probe", "ScrapeConfig"})
INJECTED: Final = frozenset(
    {"istio-proxy", "istio-init", "linkerd-proxy", "linkerd-init", "vault-agent", "vault-agent-init", "daprd",
     "cloudsql-proxy", "datadog-agent", "consul-dataplane", "envoy-sidecar"}
)  # fmt: skip
ALIKE: Final = 0.75
SHORTEST: Final = 4  # letters of a namespace, below which one of another letter is another word
_HASH = "[bcdfghjklmnpqrstvwxz2456789]"  # kubernetes, apimachinery rand.go: no vowels, no 0, 1, 3
_OF_REVISION = rf"-{_HASH}{{6,10}}-{_HASH}{{5}}"
_MADE: Final[Mapping[str, str]] = {
    "StatefulSet": r"-\d+", "Deployment": _OF_REVISION, "Rollout": _OF_REVISION,
    "DaemonSet": rf"-{_HASH}{{5}}",
    "ReplicaSet": rf"-{_HASH}{{5}}", "Job": rf"-{_HASH}{{5}}", "CronJob": rf"-\d+-{_HASH}{{5}}",
    "DeploymentConfig": rf"-\d+-{_HASH}{{5}}", "ReplicationController": rf"-{_HASH}{{5}}", "Pod": "",
}  # fmt: skip


class Place(NamedTuple):
    """One object of a name, and the namespace that it is in; empty where the manifests don't say."""

    kind: str
    name: str
    namespace: str
    at: Location


class Answer(NamedTuple):
    """What is known of an object by its name."""

    status: Literal["there", "elsewhere", "absent", "not judged"]
    place: Place | None = None  # the object itself, or the nearest one where it is not there


class Deployed:
    """The objects of all environments, by kind and name."""

    def __init__(
        self,
        objects: Iterable[KubernetesObject],
        releases: Mapping[str, Location],
        unreadable: tuple[Unreadable, ...] = (),
        charts_unnamed: bool = False,
        service: str = "",
    ) -> None:
        self._service = service
        self.unreadable = unreadable
        self.releases = releases  # names of Helm releases that environments give, and where
        self.releases_complete = bool(releases) and not charts_unnamed
        self._places: dict[str, dict[str, list[Place]]] = {}
        self._workloads: list[Workload] = []
        self._operators: dict[str, Place] = {}
        self.namespaces: dict[str, Location] = {}
        for one in objects:
            place = Place(one.kind, one.name, one.namespace, one.at)
            self._places.setdefault(one.kind, {}).setdefault(one.name, []).append(place)
            self.namespaces.setdefault(one.namespace if one.kind != "Namespace" else one.name, one.at)
            if one.kind in Workload.KINDS:
                self._workloads.append(Workload(one))
            elif one.group not in PLAIN_GROUPS and one.kind not in PLAIN_KINDS and _is_of_others(one.group):
                self._operators.setdefault(one.name, place)
        self._near: dict[tuple[str, str], Place | None] = {}

    @classmethod
    def collect(
        cls,
        environments: ByEnvironment[Environment],
        manifests: ByEnvironment[Manifests],
        service: ServiceCard,
    ) -> Self:
        releases: dict[str, Location] = {}
        unnamed = False
        for _, environment in environments.items():
            for entry in environment.manifests:
                if entry.release:
                    releases.setdefault(entry.release, entry.origin or Location(entry.source, entry.path))
                unnamed = unnamed or (entry.kind == "chart" and not entry.release)
        order = sorted(environments.by_name, key=lambda name: not environments[name].production)
        return cls(
            (one for name in order for one in manifests[name].objects),
            releases,
            tuple(one for _, found in manifests.items() for one in found.unreadable),
            unnamed,
            service.name,
        )

    def __bool__(self) -> bool:
        return bool(self._places)

    def look_up(self, kind: str, name: str, namespace: str) -> Answer:
        """Whether an object is there; `namespace` is empty where nobody says it.

        Raises:
            Unknown: it is not, but manifests that could hold it can't be read.
        """
        if kind not in JUDGED or self._is_foreign(namespace):
            return Answer("not judged")
        found = tuple(self._named(kind, name))
        here = [one for one in found if not namespace or one.namespace in ("", namespace)]
        if here:
            return Answer("there", here[0])
        if found and namespace:
            return Answer("elsewhere", found[0])
        if namespace and namespace not in self.namespaces and "" not in self.namespaces:
            return Answer("not judged")
        if self._of_operator(name):
            return Answer("not judged")
        near = self._nearest(kind, name)
        if near is None and not self._is_own(namespace):
            return Answer("not judged")
        self._complete_for(kind)
        return Answer("absent", near)

    def workloads(self, kind: str, name: str, namespace: str) -> list[Workload]:
        """The workloads that an object's name means: itself, or those that make a pod of that name."""
        return [
            one
            for one in self._workloads
            if (not namespace or one.namespace in ("", namespace))
            and (
                (one.kind == kind and one.name == name)
                or (kind == "Pod" and _makes(one.kind, one.name, name))
            )
        ]

    def selected(self, labels: Mapping[str, str], namespace: str) -> list[Workload]:
        """The workloads whose pods have these labels."""
        return [
            one
            for one in self._workloads
            if (not namespace or one.namespace in ("", namespace))
            and all(one.pod_labels.get(key) == value for key, value in labels.items())
        ]

    def nearest_labels(self, labels: Mapping[str, str], namespace: str) -> tuple[Workload, str, str] | None:
        """A workload whose pods nearly have labels that none has: the same value, or one alike.

        Raises:
            Unknown: manifests that could make such pods can't be read.
        """
        if self._is_foreign(namespace) or any(map(self._of_operator, labels.values())):
            return None
        if namespace and namespace not in self.namespaces and "" not in self.namespaces:
            return None
        found = self._nearly(labels, namespace)
        if found is not None:
            self._complete_for("Pod")
        return found

    def _nearly(self, labels: Mapping[str, str], namespace: str) -> tuple[Workload, str, str] | None:
        from difflib import get_close_matches

        for key, value in labels.items():
            if self.selected({key: value}, namespace):
                continue
            for one in self._workloads:
                same = next((own for own, its in one.pod_labels.items() if its == value), "")
                if same:
                    return one, same, value
            values = {one.pod_labels[key]: one for one in self._workloads if key in one.pod_labels}
            for near in get_close_matches(value, values, n=1, cutoff=ALIKE):
                return values[near], key, near
        return None

    def nearest_namespace(self, namespace: str) -> str:
        """The namespace that another one is a slip of: one letter more, less or another."""
        if namespace in self.namespaces or "" in self.namespaces or not namespace:
            return ""
        return next((one for one in sorted(self.namespaces) if _one_slip(one, namespace)), "")

    def _complete_for(self, kind: str) -> None:
        kinds = frozenset({kind, *(Workload.KINDS if kind == "Pod" else ())})
        for one in self.unreadable:
            if one.could_hold(kinds):
                raise Unknown(f"{one.at.file} can't be read and may hold it: {one.why}", one.at, one.fix)

    def _named(self, kind: str, name: str) -> Iterator[Place]:
        yield from self._places.get(kind, {}).get(name, ())
        if kind == "Pod":
            for one in self._workloads:
                if one.kind != "Pod" and _makes(one.kind, one.name, name):
                    yield Place(one.kind, one.name, one.namespace, one.at)
        if kind == "HorizontalPodAutoscaler" and name.startswith("keda-hpa-"):
            yield from self._places.get("ScaledObject", {}).get(name.removeprefix("keda-hpa-"), ())

    def _of_operator(self, name: str) -> bool:
        """Whether a name holds that of a custom resource, so that its operator may make the object."""
        if name in self._operators:
            return True
        parts = name.split("-")
        return any(
            "-".join(parts[start:end]) in self._operators
            for start in range(len(parts))
            for end in range(start + 1, len(parts) + 1)
        ) or any(name == place.kind.lower() for place in self._operators.values())

    def _is_own(self, namespace: str) -> bool:
        """Whether a namespace of the manifests is the service's alone, as far as its name tells."""
        return namespace in self.namespaces and f"-{self._service}-" in f"-{namespace}-"

    def _is_foreign(self, namespace: str) -> bool:
        return bool(namespace) and namespace.startswith(("kube-", "openshift-"))

    def _nearest(self, kind: str, name: str) -> Place | None:
        from difflib import get_close_matches

        if (kind, name) not in self._near:
            kinds = tuple(_MADE) if kind == "Pod" else (kind,)
            plain = (
                re.sub(rf"(?:-{_HASH}{{6,10}})?-(?:{_HASH}{{5}}|\d+)\Z", "", name) if kind == "Pod" else name
            )
            names = {own: places[0] for one in kinds for own, places in self._places.get(one, {}).items()}
            near = get_close_matches(plain, names, n=1, cutoff=ALIKE)
            self._near[kind, name] = names[near[0]] if near else None
        return self._near[kind, name]


def _makes(kind: str, name: str, pod: str) -> bool:
    """Whether a workload gives such a name to its pods."""
    tail = _MADE.get(kind)
    return tail is not None and pod.startswith(name) and bool(re.fullmatch(tail, pod[len(name) :]))


def _is_of_others(group: str) -> bool:
    """Whether a group is not Kubernetes' own."""
    return bool(group) and not group.endswith(".k8s.io")


def hashed(kind: str, name: str) -> bool:
    """Whether a name of a pod is one that was made: it is gone with the pod."""
    return kind == "Pod" and bool(re.search(rf"-{_HASH}{{8,10}}-{_HASH}{{5}}\Z", name))


def _one_slip(one: str, other: str) -> bool:
    """Whether two words differ in one letter, no digit: `orders` and `order`."""
    if min(len(one), len(other)) < SHORTEST:
        return False
    if len(one) == len(other):
        differing = [mine + its for mine, its in zip(one, other, strict=True) if mine != its]
        return len(differing) == 1 and differing[0].isalpha()
    longer, shorter = sorted((one, other), key=len, reverse=True)
    return len(longer) == len(shorter) + 1 and any(
        longer[:at] + longer[at + 1 :] == shorter and longer[at].isalpha() for at in range(len(longer))
    )
