"""The catalog says what is true of the service."""

import re
from collections.abc import Iterator
from typing import Any

from readiness.api import ByEnvironment, Finding, Findings, Operand, Proof, Unknown
from readiness.evidence.catalog import Catalog, CatalogEntity, Entity, reference
from readiness.evidence.context import Environment, ServiceCard
from readiness.evidence.manifests import Workload

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
    environments: ByEnvironment[Environment],
    workloads: ByEnvironment[tuple[Workload, ...]],
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
        wrong.extend(_lifecycle(entity, environments, workloads))
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


def _lifecycle(
    entity: Entity,
    environments: ByEnvironment[Environment],
    workloads: ByEnvironment[tuple[Workload, ...]],
) -> Iterator[Finding]:
    lifecycle = entity.spec.get("lifecycle")
    if lifecycle not in UNSTABLE:
        return
    running = {
        name: len(found) for name, found in workloads.items() if found and _declared(environments[name])
    }
    if running:
        name = min(running)
        yield Finding(
            f"Component {entity.name} is {lifecycle} by the catalog, and {name} runs {running[name]}"
            " workloads of it",
            at=entity.place("spec", "lifecycle"),
            fix="write lifecycle: production, or take the environment out of the checklist",
            operands=(Operand(f"workloads of {name}", running[name], at=environments[name].at),),
            key="lifecycle",
            at_most="warning",
        )


def _declared(environment: Environment) -> bool:
    return environment.production and not environment.discovered
