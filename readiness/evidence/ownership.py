"""Who owns a service, as everything that names an owner says it, and which names mean the same team.

Sources: the checklist's `service.owner`; `spec.owner` of the service's Component in `catalog-info.yaml`
(backstage.io, `kind:namespace/name` forms); CODEOWNERS for the service, its rules and its runbooks; labels
`team` and `owner` of alerts and workloads, with or without a prefix, and the annotation `a8r.io/owner` of
workloads; `owner` and `team` in the front matter of runbooks.
Names of one team: Groups of the catalog (title, display name, mail address, annotations with a team's
slug), and `teams.yaml`: `teams: [{name: …, aliases: […], members: […]}]`, or names with their aliases; a
member is a name, or a mapping with `name`, `email`, `github` and their like.
Ignored on purpose: persons (`@handle` without an organisation, mail addresses, `user:` in the catalog),
unless `teams.yaml` or a Group says whose members they are: a person is no team. Receivers' names, which name
a way and not who walks it. Maintainers of a chart, who may be far away.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Self

from readiness.evidence.catalog import Catalog
from readiness.evidence.codeowners import CodeOwners
from readiness.evidence.context import Environment, Named, ServiceCard, Sources
from readiness.evidence.documents import OBJECTS, RULES, Documents, File
from readiness.evidence.manifests import Workload
from readiness.evidence.named import files_of
from readiness.evidence.runbooks import Runbook
from readiness.evidence.team_names import Teams, is_person, team_name
from readiness.known import ByEnvironment, Unreadable
from readiness.outcome import Location

NAME_LABELS = ("app.kubernetes.io/part-of", "app.kubernetes.io/name")
OWNER_LABEL = re.compile(r"^(?:[\w.-]+/)?(?:team|owner)$")
ANNOTATIONS = ("a8r.io/owner",)  # by the convention of annotations for operators
SERVICE_LABELS = ("service", "app", "application", "component")
RUNBOOKS = ("runbooks/**", "**/runbooks/**/*.md", "runbook*.md")
SLUGS = re.compile(r"(?:team-slug|group-name|team-name|group-path|team-id)$")
_READ = (".yaml", ".yml", ".json")
_ALIASES = (
    "aliases", "alias", "github", "gitlab", "slug", "handle", "email", "pagerduty", "opsgenie", "itsm",
    "assignment-group",
)  # fmt: skip


class Claim(NamedTuple):
    """One place that names an owner, for all that says the same there."""

    source: str  # checklist, catalog, CODEOWNERS, alerts, workloads, runbooks
    names: tuple[str, ...]  # as they are written; any of them is meant
    at: Location
    what: str  # of what it says so
    number: int = 1  # of things that say it


class Owners:
    """Everything that names an owner of the service."""

    kinds: ClassVar[frozenset[str]] = frozenset({"owners", "catalog"})
    looked_for: ClassVar[str] = (
        "service.owner in the checklist, catalog-info.yaml, CODEOWNERS, labels team and owner, runbooks"
    )

    def __init__(
        self, claims: tuple[Claim, ...], teams: Teams, unreadable: tuple[Unreadable, ...] = ()
    ) -> None:
        self.claims = claims
        self.teams = teams
        self.unreadable = unreadable

    @classmethod
    def collect(
        cls,
        service: ServiceCard,
        sources: Sources,
        named: Named,
        documents: Documents,
        catalog: Catalog,
        codeowners: CodeOwners,
        environments: ByEnvironment[Environment],
        workloads: ByEnvironment[tuple[Workload, ...]],
        runbooks: tuple[Runbook, ...],
    ) -> Self:
        teams = Teams()
        claims: list[Claim] = []
        unreadable: list[Unreadable] = []
        if service.owner:
            place = service.owner_at or service.at or Location("repository", "readiness.yaml")
            claims.append(Claim("checklist", (service.owner,), place, "the service"))
            teams.same([service.owner] if not is_person(service.owner) else [])
        unreadable.extend(
            one for one in files_of(named.of("owners"), documents, "owners") if isinstance(one, Unreadable)
        )
        _groups(catalog, teams)
        claims.extend(_components(catalog, service.name))
        for document in documents.documents(_team_files(documents, named)):
            if isinstance(document, Unreadable):
                unreadable.append(document._replace(kinds=frozenset({"owners"})))
            else:
                _aliases(document.value, teams)
        claims.extend(_approvers(codeowners, documents, named, catalog))
        claims.extend(_of_alerts(_alert_labels(documents, named), service, sources))
        claims.extend(_of_workloads(workloads, environments, service))
        claims.extend(_of_runbooks(runbooks))
        return cls(tuple(claims), teams, tuple(unreadable))


def _team_files(documents: Documents, named: Named) -> tuple[File, ...]:
    refs = [ref for ref in named.of("owners") if ref.source in documents.trees]
    found = [file for ref in refs for file in documents.under(ref.source, ref.path)]
    return tuple(
        dict.fromkeys(
            [file for file in found if file.path.endswith((".yaml", ".yml"))]
            or documents.named("teams.yaml", "teams.yml")
        )
    )


def _groups(catalog: Catalog, teams: Teams) -> None:
    """Source: Backstage, "Descriptor Format of Catalog Entities", Kind: Group."""
    for entity in catalog.of_kind("Group"):
        profile = entity.spec.get("profile")
        profile = profile if isinstance(profile, dict) else {}
        slugs = [value for key, value in entity.annotations.items() if SLUGS.search(key)]
        names = [entity.name, entity.metadata.get("title"), profile.get("displayName"), profile.get("email")]
        teams.same(str(one) for one in (*names, *slugs) if isinstance(one, str))
        if isinstance(profile.get("email"), str):
            teams.reached_at(entity.name, profile["email"])
        for member in _texts(entity.spec.get("members")):
            teams.member(entity.name, member)


def _components(catalog: Catalog, service: str) -> Iterator[Claim]:
    """What the catalog says of the service: its Component by name, or the only one."""
    found = [one for one in catalog.of_kind("Component") if one.spec.get("owner")]
    own = [one for one in found if service and team_name(one.name) == team_name(service)]
    for entity in own or (found if len(found) == 1 else []):
        owner = entity.spec["owner"]
        if isinstance(owner, str):
            yield Claim("catalog", (owner,), entity.place("spec", "owner"), f"Component {entity.name}")


def _aliases(value: Any, teams: Teams) -> None:
    """Teams of a `teams.yaml`."""
    listed = value.get("teams", value) if isinstance(value, dict) else value
    if isinstance(listed, dict):
        entries = [(str(name), body) for name, body in listed.items()]
    else:
        entries = [
            (str(body.get("name") or body.get("id")), body)
            for body in (listed if isinstance(listed, list) else [])
            if isinstance(body, dict)
        ]
    for name, body in entries:
        fields = body if isinstance(body, dict) else {"aliases": body}
        teams.same([name, *(alias for key in _ALIASES for alias in _texts(fields.get(key)))])
        for member in _members(fields.get("members")):
            teams.member(name, *member)


def _members(found: Any) -> Iterator[tuple[str, ...]]:
    """Members of a team: each a name, or a mapping of names, handles and addresses."""
    for one in found if isinstance(found, list) else [found]:
        spellings = _texts(list(one.values()) if isinstance(one, dict) else one)
        if spellings:
            yield tuple(spellings)


def _approvers(
    codeowners: CodeOwners, documents: Documents, named: Named, entities: Catalog
) -> Iterator[Claim]:
    if codeowners.file is None:
        return
    source = codeowners.file.source
    catalog = [one.at.file for one in entities.entities if one.at.source == source][:1]
    rules = [file.path for file in documents.marked(RULES, source)]
    runbooks = _runbooks(documents, named, source)
    seen: set[tuple[Location, str]] = set()
    for what, paths in (("the service", catalog or ["service"]), ("rules", rules), ("runbooks", runbooks)):
        for path in paths:
            for rule in codeowners.of(path):
                if rule.owners and (rule.at, what) not in seen:
                    seen.add((rule.at, what))
                    yield Claim("CODEOWNERS", rule.owners, rule.at, what)


def _runbooks(documents: Documents, named: Named, source: str) -> list[str]:
    refs = [ref for ref in named.of("runbooks") if ref.source == source]
    if refs:
        return [file.path for ref in refs for file in documents.under(ref.source, ref.path)]
    return [file.path for file in documents.named(*RUNBOOKS, source=source)]


def _alert_labels(documents: Documents, named: Named) -> Iterator[tuple[Mapping[str, Any], Location]]:
    """Labels of every alert in rule files and PrometheusRule objects, and their place.

    Only the labels are looked at: alert.rules-valid says what is wrong with a rule.
    """
    refs = [ref for ref in named.of("rules") if ref.source in documents.trees]
    files = [file for ref in refs for file in documents.under(ref.source, ref.path)]
    files += documents.marked(OBJECTS) if refs else (*documents.marked(RULES), *documents.marked(OBJECTS))
    read = dict.fromkeys(file for file in files if file.path.endswith(_READ))
    for document in documents.documents(tuple(read)):
        if isinstance(document, Unreadable) or not isinstance(document.value, dict):
            continue  # evidence.readable says so
        body: Mapping[str, Any] = document.value
        at = document.at
        if body.get("kind") == "PrometheusRule":
            spec = body.get("spec")
            body, at = spec if isinstance(spec, dict) else {}, at.at("spec")
        for number, group in enumerate(_mappings(body.get("groups"))):
            for index, rule in enumerate(_mappings(group.get("rules"))):
                labels = rule.get("labels")
                if "alert" in rule and isinstance(labels, dict):
                    yield labels, at.at("groups", number, "rules", index, "labels")


def _of_alerts(
    alerts: Iterable[tuple[Mapping[str, Any], Location]], service: ServiceCard, sources: Sources
) -> Iterator[Claim]:
    found: dict[str, list[Location]] = {}
    for labels, at in alerts:
        says = [str(labels[key]) for key in SERVICE_LABELS if key in labels]
        own = not service.name or any(team_name(one) == team_name(service.name) for one in says)
        if not own and (says or at.source in sources.shared):
            continue  # an alert of another service
        for key, value in labels.items():
            if OWNER_LABEL.match(str(key)) and isinstance(value, str) and value and "{{" not in value:
                found.setdefault(value, []).append(at.at(key))
    for value, places in found.items():
        yield Claim("alerts", (value,), places[0], _counted(len(places), "alert"), len(places))


def _of_workloads(
    workloads: ByEnvironment[tuple[Workload, ...]],
    environments: ByEnvironment[Environment],
    service: ServiceCard,
) -> Iterator[Claim]:
    found: dict[str, dict[str, Location]] = {}
    for name, listed in workloads.items():
        discovered = environments[name].discovered
        for workload in listed:
            if discovered and not _is_of(workload, service.name):
                continue
            label = _owner_label(workload)
            if label is not None:
                found.setdefault(label[0], {}).setdefault(str(workload.subject), label[1])
    for value, places in found.items():
        first = next(iter(places.values()))
        yield Claim("workloads", (value,), first, _counted(len(places), "workload"), len(places))


def _of_runbooks(runbooks: Iterable[Runbook]) -> Iterator[Claim]:
    found: dict[str, list[Location]] = {}
    for page in runbooks:
        for key in ("owner", "team"):
            value = page.page.front.get(key)
            if isinstance(value, str) and value.strip():
                found.setdefault(value.strip(), []).append(page.line(1))
                break
    for value, places in found.items():
        yield Claim("runbooks", (value,), places[0], _counted(len(places), "runbook"), len(places))


def _is_of(workload: Workload, service: str) -> bool:
    names = [workload.name, *(workload.object.labels.get(key, "") for key in NAME_LABELS)]
    return bool(service) and any(team_name(name) == team_name(service) for name in names)


def _owner_label(workload: Workload) -> tuple[str, Location] | None:
    for labels, at in (
        (workload.object.labels, workload.at.at("metadata", "labels")),
        (workload.pod_labels, workload.pod_at.at("metadata", "labels")),
    ):
        for key, value in labels.items():
            if OWNER_LABEL.match(key) and value:
                return value, at.at(key)
    for annotation in ANNOTATIONS:
        value = workload.object.annotations.get(annotation, "")
        if value:
            return value, workload.at.at("metadata", "annotations", annotation)
    return None


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" + ("s" if number != 1 else "")


def _mappings(found: Any) -> list[dict[str, Any]]:
    return [one if isinstance(one, dict) else {} for one in found] if isinstance(found, list) else []


def _texts(found: Any) -> list[str]:
    if isinstance(found, str):
        return [found]
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
