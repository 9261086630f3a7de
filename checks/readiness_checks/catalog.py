"""The catalog says what is true of the service."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from readiness.api import (
    Finding,
    Findings,
    Glob,
    NotApplicable,
    Operand,
    Proof,
    Text,
    Unknown,
)
from readiness.evidence.called_hosts import TECHNOLOGIES, CalledHost, CalledHosts
from readiness.evidence.catalog import Catalog, CatalogEntity, Entity, OwnComponent, Reference, reference
from readiness.evidence.context import Environment, ServiceCard
from readiness.evidence.in_production import InProduction

# Fields of `spec` that the model asks for, by kind.
NEEDED = {
    "Component": ("type", "lifecycle", "owner"),
    "API": ("type", "lifecycle", "owner", "definition"),
    "Resource": ("type", "owner"),
    "System": ("owner",),
    "Domain": ("owner",),
    "Group": ("type", "children"),
}
VERSIONS = ("backstage.io/v1alpha1", "backstage.io/v1beta1")
# What somebody needs at night, the annotations that give it, and the words of a link that does.
AT_NIGHT = (
    ("runbook", r"runbook", r"runbook|playbook"),
    ("dashboard", r"grafana/|dashboard|datadoghq\.com|newrelic\.com/", r"dashboard|grafana"),
    (
        "on-call",
        r"pagerduty\.com/|opsgenie\.com/|splunk\.com/on-call|victorops\.com/|ilert\.com/|firehydrant\.com/"
        r"|incident\.io/|grafana\.com/oncall",
        r"on-?call|pager|opsgenie",
    ),
)
UNSTABLE = ("experimental", "deprecated")


def entity(
    entity: CatalogEntity,
    catalog: Catalog,
    service: ServiceCard,
    production: InProduction,
) -> Findings:
    """A catalog entity is one that the catalog takes, and leads whoever is called to what they need.

    An entity that the catalog refuses is missing from it or stays as it was, with an owner of last year; in
    an incident nobody finds whom to call.

    Silent on:
        kinds and versions that an organisation added to the model;
        an owner whose Group is in another catalog file; one letter from a Group that is here is a finding;
        links and annotations of entities other than the service's own, and at tiers below 1;
        entities of other services in a source that many share.

    Severity: error warning warning warning

    Source:
        Backstage, "Descriptor Format of Catalog Entities"; catalog-model, isValidObjectName.
    """
    wrong = [*_shape(entity), *_owner(entity, catalog)]
    own = catalog.component(service)
    if own is not None and own.at == entity.at:
        wrong.extend(_at_night(entity, service))
        wrong.extend(_lifecycle(entity, production))
    yield from wrong
    if not wrong:
        owner = f", owned by {entity.spec['owner']}" if "owner" in entity.spec else ""
        yield Proof(f"{entity.kind} {entity.name} is valid{owner}")


def _shape(entity: Entity) -> Iterator[Finding]:
    called = f"{entity.kind} {entity.name}".strip()
    version = entity.body.get("apiVersion")
    if entity.kind not in NEEDED or (isinstance(version, str) and not version.startswith("backstage.io/")):
        return
    if version not in VERSIONS:
        at = entity.place("apiVersion") if version is not None else entity.at
        yield Finding(
            f"{called} has apiVersion {version}, the catalog knows {' and '.join(VERSIONS)}",
            at=at,
            fix=f"write apiVersion: {VERSIONS[0]}",
            key="apiVersion",
        )
    if len(entity.name) > 63 or not re.fullmatch(r"(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]", entity.name):
        yield Finding(
            f"{called} has a name of {len(entity.name)} characters that the catalog refuses: it takes 1 to 63"
            " letters and digits with - _ . between them",
            at=entity.place("metadata"),
            fix="give it such a name, and write the other into metadata.title",
            operands=(Operand("characters", len(entity.name), at=entity.place("metadata"), worse="more"),),
            key="name",
        )
    missing = [field for field in NEEDED[entity.kind] if entity.spec.get(field) in (None, "")]
    if missing:
        yield Finding(
            f"{called} has no spec.{', no spec.'.join(missing)}; a {entity.kind} needs"
            f" {len(NEEDED[entity.kind])} fields",
            at=entity.place("spec") if entity.spec else entity.at,
            fix=f"add {', '.join(f'spec.{field}' for field in missing)}",
            key="spec",
        )


def _owner(entity: Entity, catalog: Catalog) -> Iterator[Finding]:
    """An owner that is a slip of a Group which is here."""
    from difflib import get_close_matches

    owner: Any = entity.spec.get("owner")
    if owner is None:
        return
    at = entity.place("spec", "owner")
    if not isinstance(owner, str):
        raise Unknown(f"owner of {entity.kind} {entity.name} is filled in from elsewhere", at)
    wanted = reference(owner, "group")
    if wanted.kind != "group" or catalog.of(owner, "group") is not None:
        return
    groups = [group.name for group in catalog.of_kind("Group")]
    near = get_close_matches(wanted.name, [name.lower() for name in groups], n=1, cutoff=0.85)
    if near:
        yield Finding(
            f"{entity.kind} {entity.name} is owned by {owner}, and no Group is called so; {near[0]} is near",
            at=at,
            fix=f"write owner: {near[0]}",
            operands=(Operand("Groups here", len(groups)),),
            key="owner",
        )


def _at_night(entity: Entity, service: ServiceCard) -> Iterator[Finding]:
    if service.tier != 1:
        return
    links = [
        f"{link.get('type', '')} {link.get('title', '')} {link.get('url', '')}".lower()
        for link in entity.links
    ]
    missing = [
        what
        for what, annotation, words in AT_NIGHT
        if not any(re.search(annotation, key.lower()) for key in entity.annotations)
        and not any(re.search(words, link) for link in links)
    ]
    if missing:
        yield Finding(
            f"Component {entity.name} is of tier 1 and leads to no {', no '.join(missing)}: it has"
            f" {len(entity.links)} links and {len(entity.annotations)} annotations",
            at=entity.place("metadata", "links") if entity.links else entity.place("metadata"),
            fix=f"add {' and '.join(f'a link with type: {what}' for what in missing)} to metadata.links",
            key="links",
        )


def _lifecycle(entity: Entity, production: InProduction) -> Iterator[Finding]:
    lifecycle = entity.spec.get("lifecycle")
    if lifecycle not in UNSTABLE or not production.workloads:
        return
    name, number = min(production.workloads.items())
    yield Finding(
        f"Component {entity.name} is {lifecycle} by the catalog, and {name} runs {number} workloads of it",
        at=entity.place("spec", "lifecycle"),
        fix="write lifecycle: production, or take the environment out of the checklist",
        operands=(Operand(f"workloads of {name}", number, at=production.environments[name].at),),
        key="lifecycle",
        at_most="warning",
    )


def dependencies_true(
    component: OwnComponent,
    called: CalledHosts,
    catalog: Catalog,
    environment: Environment,
    *,
    aliases: tuple[Text, ...] = (),
    ignore: tuple[Glob, ...] = (),
) -> Findings:
    """What the service calls in production is what the catalog says it depends on.

    A dependency that nobody declared is missing from every plan: its owner does not know whom its outage
    reaches, and in an incident the graph shows a service that has no reason to fail.

    Settings:
        aliases: what a host is in the catalog, as in `orders-db = pg7.example.internal`.
        ignore: hosts that are no dependency.

    Silent on:
        services that have no Component in the catalog;
        hosts of telemetry, of the node, and of the service's own manifests;
        a database, broker or cache that a declared one of its kind can be, though their names differ;
        declared dependencies without a trace here, since Secrets and files may hold their addresses;
        environments that are not production.

    Severity: warning warning note note

    Source:
        Backstage, "Descriptor Format of Catalog Entities", spec.dependsOn and spec.consumesApis.
    """
    if not environment.production:
        raise NotApplicable(f"{environment.name} is not production")
    hosts = [one for one in called.called if not any(fnmatchcase(one.host, glob) for glob in ignore)]
    if not hosts:
        raise NotApplicable("no address of another service stands in env or ConfigMaps")
    declared = [
        *(reference(name, "component") for name in component.listed("dependsOn")),
        *(reference(name, "api") for name in component.listed("consumesApis")),
    ]
    at = component.place("spec", "dependsOn") if "dependsOn" in component.spec else component.place("spec")
    matched, unknown = _matched(hosts, declared, _aliases(aliases), catalog)
    if not declared:
        yield Finding(
            f"Component {component.name} declares no dependency, and {len(hosts)} hosts are called:"
            f" {', '.join(one.host for one in hosts[:5])}",
            at=at,
            fix="add spec.dependsOn with the entities that these are",
            operands=tuple(Operand(f"host in {one.variable}", one.host, at=one.at) for one in hosts),
            about=component.subject,
            key="none",
        )
        return
    for one in unknown:
        yield Finding(
            f"{one.workload} calls {one.host} by {one.variable}, and none of {len(declared)} dependencies of"
            f" Component {component.name} is that",
            at=one.at,
            fix=f"add it to spec.dependsOn, as resource:default/{one.names[0] if one.names else one.host}",
            operands=(Operand("declared", ", ".join(ref.name for ref in declared), at=at),),
            about=component.subject,
            key=one.host,
        )
    if not unknown:
        yield Proof(
            f"{len(hosts)} hosts that {environment.name} calls are declared: "
            + ", ".join(f"{host} as {name}" for host, name in sorted(matched.items())),
            tuple(Operand(f"host in {one.variable}", one.host, at=one.at) for one in hosts),
            at=at,
            about=component.subject,
        )


def _matched(
    hosts: list[CalledHost], declared: list[Reference], aliases: dict[str, str], catalog: Catalog
) -> tuple[dict[str, str], list[CalledHost]]:
    """Hosts and the declared names that they are; and hosts that none is."""
    matched: dict[str, str] = {}
    for one in hosts:
        called = [aliases[one.host]] if one.host in aliases else []
        name = next((ref.name for ref in declared if ref.name in called or one.is_called(ref.name)), "")
        if name:
            matched[one.host] = name
    left = [ref for ref in declared if ref.name not in matched.values()]
    for one in hosts:
        words = next((words for word, _, words in TECHNOLOGIES if word == one.technology), "")
        if one.host in matched or not words:
            continue
        fits = next((ref for ref in left if re.search(words, _kind_of(ref, catalog))), None)
        if fits is not None:
            matched[one.host] = fits.name
    return matched, [one for one in hosts if one.host not in matched]


def _kind_of(ref: Reference, catalog: Catalog) -> str:
    entity = catalog.of(f"{ref.kind}:{ref.namespace}/{ref.name}", ref.kind)
    return f"{ref.name} {entity.spec.get('type', '') if entity else ''}".lower()


def _aliases(written: tuple[str, ...]) -> dict[str, str]:
    """Names in the catalog by host."""
    pairs = (one.split("=") for one in written)
    return {host.strip().lower(): pair[0].strip().lower() for pair in pairs for host in pair[1:]}
