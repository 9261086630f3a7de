"""Entities of the software catalog, as Backstage has them: components, resources, APIs, systems, groups.

Looks in what the checklist names as `catalog`, else in `catalog-info*.yaml` outside of charts, and follows
relative targets of a Location there. Knows backstage.io/v1alpha1 and v1beta1, and references in all their
forms: `name`, `namespace/name`, `kind:name`, `kind:namespace/name`.
Ignored on purpose: entities in templates of the scaffolder (a name with `{{`); targets that are addresses;
`$text` and its like, so that a field filled by one is unknown.

Source:
    Backstage, "Descriptor Format of Catalog Entities" and "Entity References".
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Self

from readiness.errors import NotApplicable, Unknown
from readiness.evidence.context import Named, ServiceCard, Sources
from readiness.evidence.documents import Document, Documents, File
from readiness.evidence.named import files_of
from readiness.evidence.team_names import team_name
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

USUAL = ("catalog-info*.yaml", "catalog-info*.yml")
_READ = (".yaml", ".yml", ".json")


class Entity(NamedTuple):
    """One entity as it is written."""

    body: Mapping[str, Any]
    at: Location

    @property
    def kind(self) -> str:
        return str(self.body.get("kind"))

    @property
    def metadata(self) -> Mapping[str, Any]:
        return _mapping(self.body.get("metadata"))

    @property
    def spec(self) -> Mapping[str, Any]:
        return _mapping(self.body.get("spec"))

    @property
    def name(self) -> str:
        return str(self.metadata.get("name") or "")

    @property
    def namespace(self) -> str:
        return str(self.metadata.get("namespace") or "default")

    @property
    def annotations(self) -> Mapping[str, str]:
        found = _mapping(self.metadata.get("annotations"))
        return {str(key): value for key, value in found.items() if isinstance(value, str)}

    @property
    def links(self) -> tuple[Mapping[str, str], ...]:
        listed = self.metadata.get("links")
        found = [_mapping(one) for one in listed] if isinstance(listed, list) else []
        return tuple({str(key): str(value) for key, value in one.items()} for one in found if one)

    @property
    def subject(self) -> Subject:
        return Subject(self.kind, "" if self.namespace == "default" else self.namespace, self.name)

    def listed(self, field: str) -> tuple[str, ...]:
        """The texts of a list in `spec`."""
        found = self.spec.get(field)
        return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()

    def place(self, *keys: str | int) -> Location:
        return self.at.at(*keys)


class Reference(NamedTuple):
    """What a reference means, its defaults filled in."""

    kind: str  # in lower case
    namespace: str
    name: str


class Catalog:
    """The entities in evidence, by reference."""

    kinds: ClassVar[frozenset[str]] = frozenset({"catalog"})
    looked_for: ClassVar[str] = "catalog entities (catalog-info*.yaml)"

    def __init__(self, entities: tuple[Entity, ...], unreadable: tuple[Unreadable, ...] = ()) -> None:
        self.entities = entities
        self.unreadable = unreadable
        self._by_reference = {
            Reference(one.kind.lower(), one.namespace.lower(), one.name.lower()): one
            for one in reversed(entities)
        }

    @classmethod
    def collect(cls, named: Named, documents: Documents) -> Self:
        entities: list[Entity] = []
        unreadable: list[Unreadable] = []
        refs = named.of("catalog")
        files: list[File] = []
        for file in files_of(refs, documents, "catalog") if refs else documents.named(*USUAL):
            if isinstance(file, Unreadable):
                unreadable.append(file)
            elif file.path.endswith(_READ) and (refs or not documents.in_chart(file)):
                files.append(file)
        waiting = list(files)
        for document in documents.documents(tuple(files)):
            waiting.extend(file for file in _targets(document, documents) if file not in waiting)
        for document in documents.documents(tuple(waiting)):
            if isinstance(document, Unreadable):
                unreadable.append(document._replace(kinds=frozenset({"catalog"})))
            elif isinstance(document.value, dict) and "kind" in document.value:
                entity = Entity(document.value, document.at)
                if "{{" not in entity.name:
                    entities.append(entity)
        return cls(tuple(entities), tuple(unreadable))

    def of(self, written: str, kind: str) -> Entity | None:
        """The entity that a reference leads to; `kind` is the one that it means when it names none."""
        return self._by_reference.get(reference(written, kind))

    def of_kind(self, kind: str) -> tuple[Entity, ...]:
        return tuple(one for one in self.entities if one.kind == kind)

    def component(self, service: ServiceCard) -> Entity | None:
        """The service's Component: the one of its name, or the only one."""
        found = self.of_kind("Component")
        own = [one for one in found if service.name and team_name(one.name) == team_name(service.name)]
        return own[0] if own else found[0] if len(found) == 1 else None


class CatalogEntity(Entity):
    """An entity that this service answers for, taken one by one."""

    @classmethod
    def collect(cls, catalog: Catalog, service: ServiceCard, sources: Sources) -> Iterator[Self]:
        own = catalog.component(service)
        for one in catalog.entities:
            if one.at.source not in sources.shared or one is own:
                yield cls(one.body, one.at)


class OwnComponent(Entity):
    """The service's own Component."""

    @classmethod
    def collect(cls, catalog: Catalog, service: ServiceCard) -> Self:
        """Raises NotApplicable where there is none."""
        found = catalog.component(service)
        if found is None and not catalog.unreadable:
            raise NotApplicable(f"the service has no Component; looked for {catalog.looked_for}")
        if found is None:
            raise Unknown(f"{catalog.unreadable[0].at.file} could not be read", catalog.unreadable[0].at)
        return cls(found.body, found.at)


CatalogEntity.kinds = Catalog.kinds  # type: ignore[attr-defined]  # annotated, it would be a field
CatalogEntity.looked_for = Catalog.looked_for  # type: ignore[attr-defined]


def reference(written: str, kind: str) -> Reference:
    """`Group:default/team-orders` and its shorter forms."""
    before, colon, rest = written.strip().partition(":")
    if not colon:
        before, rest = kind, written.strip()
    namespace, slash, name = rest.partition("/")
    if not slash:
        namespace, name = "default", rest
    return Reference(before.lower(), namespace.lower(), name.lower())


def _targets(document: Document | Unreadable, documents: Documents) -> Iterator[File]:
    """Files of the same source that a Location names."""
    value = None if isinstance(document, Unreadable) else document.value
    if isinstance(document, Unreadable) or not isinstance(value, dict) or value.get("kind") != "Location":
        return
    spec = _mapping(value.get("spec"))
    targets = [spec.get("target"), *(spec["targets"] if isinstance(spec.get("targets"), list) else ())]
    folder = document.path.rpartition("/")[0]
    for target in targets:
        if isinstance(target, str) and "://" not in target and not set(target) & set("*?"):
            path = _joined(folder, target)
            if path:
                yield from (one for one in documents.under(document.source, path) if one.path == path)


def _joined(folder: str, target: str) -> str:
    """A relative path below a folder; empty where it leads out of the source."""
    parts = folder.split("/") if folder else []
    for part in target.split("/"):
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _mapping(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}
