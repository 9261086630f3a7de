"""What Grafana is provisioned with: data sources by name and uid, and the files that say so.

Reads files that a mark claims (`apiVersion: 1` with `datasources:`, `groups:`, `contactPoints:` or
`policies:`), such texts in ConfigMaps and in `stringData` of Secrets, and GrafanaDatasource objects
(grafana.integreatly.org/v1beta1).
Ignored on purpose: values of charts (`grafana.additionalDataSources`), which are read where they are
rendered, and what is made by hand or through the API.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Self

from readiness.evidence.dashboards import BUILT_IN, DataSource
from readiness.evidence.documents import GRAFANA, Documents
from readiness.evidence.manifests import Manifests
from readiness.known import Unreadable
from readiness.outcome import Location
from readiness.yaml_reader import YamlError, read

OPERATOR = "grafana.integreatly.org"
SECTIONS = ("datasources", "groups", "contactPoints", "policies")


class Provisioned(NamedTuple):
    """One provisioning file; places inside a text that an object carries are that of its key."""

    value: Mapping[str, Any]
    at: Location
    text: bool

    def entries(self, section: str) -> Iterator[tuple[Mapping[str, Any], Location]]:
        """The mappings of one of its lists, and where each stands."""
        listed = self.value.get(section)
        for index, entry in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(entry, dict):
                yield entry, self.at if self.text else self.at.at(section, index)


class DataSources:
    """The data sources that Grafana is provisioned with; empty where nothing says any."""

    # A file that can't be read makes it say less; no dashboard is in doubt for that.
    kinds: ClassVar[frozenset[str]] = frozenset({"data sources"})

    def __init__(self, by_name: Mapping[str, Location]) -> None:
        self.by_name = dict(by_name)  # names and uids alike

    @classmethod
    def collect(cls, documents: Documents, manifests: Manifests) -> Self:
        found: dict[str, Location] = {}
        for one in provisioned(documents, manifests):
            if isinstance(one, Provisioned):
                for entry, at in one.entries("datasources"):
                    for key in ("name", "uid"):
                        if isinstance(entry.get(key), str):
                            found.setdefault(entry[key], at)
        for source in manifests.of("GrafanaDatasource"):
            spec = source.body.get("spec")
            body = spec.get("datasource") if isinstance(spec, dict) else None
            for name in (
                *(body.get(key) for key in ("name", "uid") if isinstance(body, dict)),
                spec.get("uid") if isinstance(spec, dict) else None,
            ):
                if isinstance(name, str):
                    found.setdefault(name, source.at)
        return cls(found)

    def lack(self, source: DataSource) -> bool:
        """Whether a data source is named outright and Grafana is provisioned with others only."""
        if not self.by_name or "$" in source.name or "[[" in source.name or source.name in BUILT_IN:
            return False
        return source.name not in self.by_name


def provisioned(documents: Documents, manifests: Manifests) -> Iterator[Provisioned | Unreadable]:
    """Every provisioning file, from the tree and from the environment's objects."""
    for document in documents.documents(documents.marked(GRAFANA)):
        if isinstance(document, Unreadable):
            yield document
        elif isinstance(document.value, dict) and document.value.get("apiVersion") == 1:
            yield Provisioned(document.value, document.at, False)
    for found in manifests.of("ConfigMap", "Secret"):
        field = "data" if found.kind == "ConfigMap" else "stringData"
        data = found.body.get(field)
        for key, text in data.items() if isinstance(data, dict) else ():
            if not isinstance(text, str) or "apiVersion" not in text:
                continue
            if not any(section in text for section in SECTIONS):
                continue
            try:
                parsed = read(text.encode())
            except YamlError:
                continue  # a template, or another program's file
            for value in parsed.documents:
                if isinstance(value, dict) and value.get("apiVersion") == 1:
                    yield Provisioned(value, found.at.at(field, str(key)), True)
