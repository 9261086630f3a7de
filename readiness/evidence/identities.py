"""Names by which a service is known: in the catalog, of its workloads, in its telemetry and its alerts.

Names are compared in lower case, `_` and blanks as `-`, and without an environment before or behind. A name
is known that the checklist, an entity of the catalog, a workload, a Service, a label `app.kubernetes.io/name`
or `part-of`, or a setting gives.
Ignored on purpose: names in code, and labels of alerts that are templates.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import ClassVar, NamedTuple, Self

from readiness.evidence.alert_rules import TEMPLATE, AlertRule
from readiness.evidence.context import ServiceCard
from readiness.evidence.documents import Documents
from readiness.evidence.manifests import Service, Workload
from readiness.evidence.targets import edits
from readiness.evidence.telemetry import Telemetry
from readiness.known import Unreadable
from readiness.outcome import Location

LABELS = ("service", "app", "application")
NAME_LABELS = ("app.kubernetes.io/name", "app.kubernetes.io/part-of", "app.kubernetes.io/instance", "app")
AFFIXES = (
    "dev", "development", "test", "qa", "int", "stage", "staging", "uat", "preprod", "prod",
    "production", "live",
)  # fmt: skip
SHORT = 5  # letters of a name: shorter ones differ by one all the time
ENTITIES = frozenset({"Component", "System", "API", "Resource", "Domain"})


class Named(NamedTuple):
    """One name and who says it."""

    name: str
    who: str
    at: Location


class Identities:
    """All names of an environment that mean a service."""

    kinds: ClassVar[frozenset[str]] = Workload.KINDS | Service.kinds

    def __init__(self, known: Iterable[Named], telemetry: Telemetry, alerts: tuple[AlertRule, ...]) -> None:
        self.known = tuple(known)
        self._names = tuple(dict.fromkeys(one.name for one in self.known))
        self.has_catalog = any(one.who.startswith("catalog ") for one in self.known)
        self.telemetry = telemetry
        self.of_alerts = tuple(_of_alerts(alerts))

    @classmethod
    def collect(
        cls, service: ServiceCard, documents: Documents, workloads: tuple[Workload, ...],
        services: tuple[Service, ...], telemetry: Telemetry, alerts: tuple[AlertRule, ...],
    ) -> Self:  # fmt: skip
        known: list[Named] = []
        if service.name:
            known.append(
                Named(service.name, "the checklist", service.at or Location("repository", "readiness.yaml"))
            )
        known += _entities(documents)
        for workload in workloads:
            known.append(Named(workload.name, workload.label, workload.at.at("metadata", "name")))
            for key in NAME_LABELS:
                for labels, at in (
                    (workload.object.labels, workload.at), (workload.pod_labels, workload.pod_at)
                ):  # fmt: skip
                    if labels.get(key):
                        place = at.at("metadata", "labels", key)
                        known.append(Named(labels[key], f"label {key} of {workload.label}", place))
        known += [Named(one.name, one.label, one.at.at("metadata", "name")) for one in services]
        return cls(known, telemetry, alerts)

    def others(self, name: str, workload: Workload) -> Workload | None:
        """Another workload that is called so, where this one is not."""
        if related(name, workload.name):
            return None
        for told in self.telemetry.told:
            if plain(told.workload.name) == plain(name) and told.workload.name != workload.name:
                return told.workload
        return None

    def means(self, name: str, aliases: Iterable[str] = ()) -> bool:
        """Whether a name is known, or is one with a part more or less."""
        return any(related(name, one) for one in (*aliases, *self._names))

    def slip(self, name: str) -> Named | None:
        """The known name that differs by a slip of the hand."""
        wanted = plain(name)
        if len(wanted) < SHORT:
            return None
        near = [
            one for one in self.known
            if abs(len(plain(one.name)) - len(wanted)) < 2 and 0 < edits(wanted, plain(one.name)) <= 1
            and len(one.name) >= SHORT
        ]  # fmt: skip
        return near[0] if near else None


@lru_cache(maxsize=50_000)
def plain(name: str) -> str:
    """A name as it is compared: `Orders_API`, `ordersApi` and `orders-api-prod` are one."""
    dashed = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name)
    words = [word for word in re.split(r"[^a-z0-9]+", dashed.lower()) if word]
    if len(words) > 1 and words[-1] in AFFIXES:
        words.pop()
    if len(words) > 1 and words[0] in AFFIXES:
        words.pop(0)
    return "-".join(words)


def same(one: str, other: str) -> bool:
    return plain(one).replace("-", "") == plain(other).replace("-", "")


def related(one: str, other: str) -> bool:
    """Whether two names are the same, or one is the other with words before or behind."""
    first, second = plain(one), plain(other)
    if not first or not second:
        return False
    if same(one, other):
        return True
    return f"-{first}-" in f"-{second}-" or f"-{second}-" in f"-{first}-"


def _entities(documents: Documents) -> Iterator[Named]:
    """Source: Backstage, "Descriptor Format of Catalog Entities"."""
    files = tuple(
        file
        for file in documents.named("catalog-info*.yaml", "catalog-info*.yml")
        if not documents.in_chart(file)
    )
    for document in documents.documents(files):
        value = None if isinstance(document, Unreadable) else document.value
        if (
            isinstance(document, Unreadable)
            or not isinstance(value, dict)
            or value.get("kind") not in ENTITIES
        ):
            continue
        metadata = value.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        if isinstance(name, str):
            yield Named(name, f"catalog {value['kind']}", document.at.at("metadata", "name"))


def _of_alerts(alerts: Iterable[AlertRule]) -> Iterator[Named]:
    """The services that alerts say they are about, each name once."""
    seen: set[str] = set()
    for alert in alerts:
        for label in LABELS:
            value = alert.labels.get(label, "")
            if value and value not in seen and not TEMPLATE.search(value):
                seen.add(value)
                yield Named(value, f"label {label} of {alert.name}", alert.at.at("labels", label))
