"""Items × checks × environments → what is run.

Scope is derived: a check runs once for each environment when anything that it reads exists once for
each, else once.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from readiness.checklist import Checklist, EnvironmentSpec, Item
from readiness.errors import ChecklistError
from readiness.evidence.context import Environment, ManifestEntry, Ref
from readiness.run import DEFAULT_SECONDS, Planned
from readiness.signature import Check

NO_ENVIRONMENT = (
    "no environment found: neither named in a checklist nor seen as manifests, kustomization or chart"
)


def plan(
    checklist: Checklist, known: Mapping[str, Check], environments: tuple[Environment, ...]
) -> tuple[Planned, ...]:
    """The check items of a checklist, each in the environments that it is for, in the checklist's order."""
    made: list[Planned] = []
    for item in checklist.items:
        if item.kind != "check" or item.disabled:
            continue
        check = known[item.check]
        if check.per_environment() and not environments:
            made.append(_planned(item, check, None, checklist)._replace(nowhere=NO_ENVIRONMENT))
            continue
        scopes: Iterable[Environment | None] = environments if check.per_environment() else (None,)
        made.extend(_planned(item, check, scope, checklist) for scope in scopes)
    return tuple(made)


def ruled_out(item: Item, environment: Environment | None, checklist: Checklist) -> str:
    """Why `when` excludes an item from an environment; empty when it does not."""
    if item.tiers is not None and checklist.tier not in item.tiers:
        return f"not asked of tier {checklist.tier}"
    if item.environments is None or environment is None:
        return ""
    if environment.name not in item.environments and environment.cls not in item.environments:
        return f"not asked of environment {environment.name}"
    return ""


def environments_of(checklist: Checklist) -> tuple[Environment, ...]:
    """The environments that a checklist names."""
    return tuple(_environment(spec, checklist) for spec in checklist.environments)


def _environment(spec: EnvironmentSpec, checklist: Checklist) -> Environment:
    entries = tuple(
        ManifestEntry(
            entry.kind, entry.source, entry.path,
            tuple(Ref(ref.source, ref.path, ref.origin) for ref in entry.values),
            entry.release, entry.namespace, entry.origin,
        )
        for entry in spec.manifests or checklist.manifests
    )  # fmt: skip
    evidence = {
        kind: tuple(Ref(ref.source, ref.path, ref.origin) for ref in refs)
        for kind, refs in spec.evidence.items()
    }
    return Environment(
        spec.name, spec.cls, spec.namespace, spec.kubernetes_versions, entries, evidence, at=spec.origin
    )


def _planned(item: Item, check: Check, scope: Environment | None, checklist: Checklist) -> Planned:
    reason = ruled_out(item, scope, checklist) or _other_platform(check, checklist)
    return Planned(
        item.id,
        check,
        scope.name if scope is not None else "",
        item.title or check.title,
        item.severity_at(checklist.tier, check),
        item.required,
        _settings(item, check),
        item.timeout or DEFAULT_SECONDS,
        reason,
    )


def _settings(item: Item, check: Check) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for name, raw in item.settings.items():
        setting = check.settings.get(name)
        if setting is None:
            raise ChecklistError(f"{item.id}: {check.id} has no setting {name}")
        found[setting.parameter] = setting.read(raw)
    return found


def _other_platform(check: Check, checklist: Checklist) -> str:
    """Why a check does not fit what the organisation uses; empty when it does."""
    for evidence in check.closure():
        part, products = getattr(evidence, "platform", ("", ()))
        used = checklist.platform.get(part, ())
        if used and not set(used) & set(products):
            return f"{part} is {', '.join(used)} here, this check reads {', '.join(products)}"
    return ""
