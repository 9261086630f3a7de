"""Which objects of the Prometheus Operator take which others, by label: monitors, rules, routes of teams.

Knows: Prometheus, PrometheusAgent, ThanosRuler and Alertmanager of monitoring.coreos.com, from the
environment's manifests and from files that the checklist names as `monitors`; where these have none, from the
other files of the sources, folders of examples and tests left out. A selector that is left out takes nothing,
an empty one takes everything; a namespace selector that is left out means the object's own namespace.
Ignored on purpose: the operator's own arguments (`--namespaces`, `--deny-namespaces`).

Source:
    Prometheus Operator API, PrometheusSpec (serviceMonitorSelector and the like), AlertmanagerSpec
    (alertmanagerConfigSelector, alertmanagerConfigNamespaceSelector).
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from readiness.evidence.context import Environment, Named
from readiness.evidence.documents import EXAMPLES, NOT_DEPLOYED, OBJECTS, Documents, File
from readiness.evidence.effective import raw
from readiness.evidence.manifests import KubernetesObject, Manifests, OfObject, selector_matches
from readiness.evidence.monitors import OPERATOR, label_selector, of_groups
from readiness.evidence.named import files_of
from readiness.known import Unreadable
from readiness.outcome import Location

NAME_OF_NAMESPACE = "kubernetes.io/metadata.name"  # the API server sets it
_TAKERS = ("Prometheus", "PrometheusAgent", "ThanosRuler", "Alertmanager")
_SELECTORS: Mapping[str, str] = {
    "ServiceMonitor": "serviceMonitor",
    "PodMonitor": "podMonitor",
    "Probe": "probe",
    "ScrapeConfig": "scrapeConfig",
    "PrometheusRule": "rule",
    "AlertmanagerConfig": "alertmanagerConfig",
}
_OF: Mapping[str, frozenset[str]] = {
    "Prometheus": frozenset(_SELECTORS) - {"AlertmanagerConfig"},
    "PrometheusAgent": frozenset(_SELECTORS) - {"AlertmanagerConfig", "PrometheusRule"},
    "ThanosRuler": frozenset({"PrometheusRule"}),
    "Alertmanager": frozenset({"AlertmanagerConfig"}),
}


class Namespaces:
    """Labels of the namespaces that are in evidence."""

    def __init__(self, labels: Mapping[str, Mapping[str, str]]) -> None:
        self._labels = labels

    @classmethod
    def collect(cls, manifests: Manifests) -> Self:
        return cls({one.name: one.labels for one in manifests.of("Namespace")})

    def selected(self, selector: Mapping[str, Any], name: str) -> bool | None:
        """Whether a selector takes a namespace; None where that hangs on labels that are not in evidence."""
        labels = self._labels.get(name)
        if labels is not None:
            return selector_matches(selector, {NAME_OF_NAMESPACE: name, **labels})
        asked = set(selector.get("matchLabels") or ())
        asked.update(str(one.get("key")) for one in selector.get("matchExpressions") or ())
        if asked <= {NAME_OF_NAMESPACE}:
            return selector_matches(selector, {NAME_OF_NAMESPACE: name})
        return None


class Adopter:
    """An object of the operator that takes others by their labels."""

    __slots__ = ("at", "namespaces", "object")

    kinds: ClassVar[frozenset[str]] = frozenset(_TAKERS)
    looked_for: ClassVar[str] = "Prometheus, PrometheusAgent, ThanosRuler and Alertmanager objects"

    def __init__(self, found: KubernetesObject, namespaces: Namespaces) -> None:
        self.object = found
        self.at = found.at
        self.namespaces = namespaces

    @classmethod
    def collect(
        cls, environment: Environment, named: Named, documents: Documents, manifests: Manifests,
        namespaces: Namespaces,
    ) -> Iterator[Self | Unreadable]:  # fmt: skip
        refs = environment.evidence.get("monitors") or named.of("monitors")
        files = tuple(files_of(refs, documents, "Prometheus"))
        if not files and not any(found.group == OPERATOR for found in manifests.of(*_TAKERS)):
            files = _elsewhere(documents)
        for found in of_groups(dict.fromkeys(_TAKERS, OPERATOR), environment, documents, manifests, files):
            yield found if isinstance(found, Unreadable) else cls(found, namespaces)

    def __str__(self) -> str:
        return f"{self.object.kind} {self.object.namespace}/{self.object.name}"

    def field(self, kind: str) -> str:
        """The selector for objects of a kind; empty where it takes none of that kind."""
        return f"{_SELECTORS[kind]}Selector" if kind in _OF[self.object.kind] else ""

    def selector_at(self, kind: str) -> Location:
        return self.at.at("spec", self.field(kind))

    def selector(self, kind: str) -> Mapping[str, Any] | None:
        """What the labels of its objects have to be; None takes nothing.

        Raises:
            Unknown: it is no LabelSelector.
        """
        field = self.field(kind)
        if not field or raw(self.object.body, self.at, "spec", field) is None:
            return None
        return label_selector(self.object.body, self.at, "spec", field)

    def looks_in(self, kind: str, namespace: str) -> bool | None:
        """Whether it looks into a namespace for objects of a kind."""
        field = f"{_SELECTORS[kind]}NamespaceSelector"
        if raw(self.object.body, self.at, "spec", field) is None:
            return namespace == self.object.namespace
        return self.namespaces.selected(label_selector(self.object.body, self.at, "spec", field), namespace)

    def fulfils(self, found: KubernetesObject, selector: Mapping[str, Any]) -> bool:
        return selector_matches(selector, found.labels)

    def has_as_whole(self, found: KubernetesObject) -> bool:
        """Whether an AlertmanagerConfig is the whole configuration of an Alertmanager, by its name."""
        name = raw(self.object.body, self.at, "spec", "alertmanagerConfiguration", "name")
        return (
            found.kind == "AlertmanagerConfig"
            and self.object.kind == "Alertmanager"
            and (found.namespace, found.name) == (self.object.namespace, name)
        )

    def takes(self, found: KubernetesObject) -> bool | None:
        """Whether it takes an object; None where that hangs on labels of a namespace that are not known."""
        selector = self.selector(found.kind)
        if selector is None or not selector_matches(selector, found.labels):
            return False
        return self.looks_in(found.kind, found.namespace)


class Adoptable(OfObject):
    """One object of the operator that does nothing until another takes it."""

    kinds: ClassVar[frozenset[str]] = frozenset(_SELECTORS)
    looked_for: ClassVar[str] = (
        "ServiceMonitor, PodMonitor, Probe, PrometheusRule and AlertmanagerConfig objects"
    )
    platform: ClassVar[tuple[str, tuple[str, ...]]] = ("metrics", ("prometheus", "thanos", "mimir", "cortex"))

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self]:
        for one in manifests.of(*sorted(cls.kinds)):
            if one.group == OPERATOR:
                yield cls(one)

    @property
    def kind(self) -> str:
        return self.object.kind

    def __str__(self) -> str:
        return f"{self.object.kind} {self.object.name}"


def _elsewhere(documents: Documents) -> tuple[File, ...]:
    """Files with objects that may be of these kinds, wherever they are."""
    return tuple(
        file
        for file in documents.marked(OBJECTS)
        if (EXAMPLES | NOT_DEPLOYED).isdisjoint(file.path.split("/")[:-1])
        and any(word in documents.text(file) for word in (b"Prometheus", b"ThanosRuler", b"Alertmanager"))
    )
