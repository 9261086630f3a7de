"""Links to dashboards of Grafana: in annotations of alerts, and in the catalog's entity of the service.

Reads every annotation of an alert with a path `/d/UID` (`dashboard_url`, `dashboard` …), Grafana's own
`__dashboardUid__` with `__panelId__`, and `metadata.links` of a catalog-info.yaml.
Ignored on purpose: links of which the uid is a template, and the short ones (`/goto/…`) that only Grafana
can follow.
"""

import re
from collections.abc import Iterator
from typing import ClassVar, NamedTuple, Self

from readiness.evidence.alert_rules import AlertRule, rule_sets
from readiness.evidence.context import Environment, Named
from readiness.evidence.documents import Documents
from readiness.evidence.manifests import Manifests
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

_PATH = r"/d(?:-solo)?/([A-Za-z0-9_-]+)(?:/([^/?#\s]*))?(?:\?([^#\s]*))?"
_PANEL = r"(?:^|[&;])(?:viewPanel|panelId|editPanel)=(?:panel-)?(\d+)"


class DashboardLink(NamedTuple):
    """One link to a dashboard."""

    uid: str
    slug: str  # the title as Grafana spells it in the address; empty without one
    panel: int | None
    about: Subject
    who: str  # who links, as words of a report
    at: Location


class DashboardLinks:
    """The links of an environment's alerts and of the catalog, each once for its place."""

    # A rule file that can't be read says nothing here; what reads alerts has said so.
    kinds: ClassVar[frozenset[str]] = frozenset({"dashboard links"})

    def __init__(self, links: tuple[DashboardLink, ...]) -> None:
        self.links = links

    @classmethod
    def collect(
        cls, environment: Environment, named: Named, documents: Documents, manifests: Manifests
    ) -> Self:
        found = list(_of_catalog(documents))
        for one in rule_sets(environment, named, documents, manifests):
            if not isinstance(one, Unreadable):
                for alert in AlertRule.of_set(one):
                    found.extend(_of_alert(alert))
        return cls(tuple(found))


def link_in(text: str, about: Subject, who: str, at: Location) -> DashboardLink | None:
    """The dashboard that an address leads to; None where it is no such address."""
    found = re.search(_PATH, text)
    if found is None or text[found.end(1) :].startswith("{{"):
        return None
    panel = re.search(_PANEL, found[3] or "")
    slug = found[2] or ""
    return DashboardLink(
        found[1], slug if "{" not in slug else "", int(panel[1]) if panel else None, about, who, at
    )


def _of_alert(alert: AlertRule) -> Iterator[DashboardLink]:
    for key, value in alert.annotations.items():
        at = alert.at.at("annotations", key)
        if key == "__dashboardUid__" and re.fullmatch(r"[A-Za-z0-9_-]+", value):
            panel = alert.annotations.get("__panelId__", "")
            number = int(panel) if panel.isdecimal() else None
            yield DashboardLink(value, "", number, alert.subject, alert.name, at)
        elif "/d/" in value or "/d-solo/" in value:
            link = link_in(value, alert.subject, alert.name, at)
            if link is not None:
                yield link


def _of_catalog(documents: Documents) -> Iterator[DashboardLink]:
    """Source: Backstage, "Descriptor Format of Catalog Entities", metadata.links."""
    files = tuple(
        file
        for file in documents.named("catalog-info*.yaml", "catalog-info*.yml")
        if not documents.in_chart(file)
    )
    for document in documents.documents(files):
        value = document.value if not isinstance(document, Unreadable) else None
        metadata = value.get("metadata") if isinstance(value, dict) else None
        links = metadata.get("links") if isinstance(metadata, dict) else None
        for index, link in enumerate(links if isinstance(links, list) else ()):
            url = link.get("url") if isinstance(link, dict) else None
            if isinstance(url, str) and not isinstance(document, Unreadable) and isinstance(metadata, dict):
                name = str(metadata.get("name"))
                at = document.at.at("metadata", "links", index)
                found = link_in(url, Subject("Component", "", name), f"catalog entry {name}", at)
                if found is not None:
                    yield found
