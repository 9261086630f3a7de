"""Checklist + trees + date → outcomes: one evaluation of one state of the sources.

`gate` does it for the head and, with `--base`, again for the base; tests do it for one check.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from readiness import discovery
from readiness.checklist import Checklist
from readiness.collect import Collector
from readiness.errors import BrokenCheck, UsageError
from readiness.evidence.context import (
    CheckNames,
    Declaration,
    Environment,
    ManifestEntry,
    Named,
    Names,
    Platform,
    Ref,
    ServiceCard,
    Sources,
    Today,
)
from readiness.evidence.documents import Documents
from readiness.evidence.git import GitFacts
from readiness.outcome import Cause, Outcome
from readiness.plan import environments_of, plan
from readiness.plugins import KnownChecks
from readiness.run import run
from readiness.signature import Check
from readiness.tree import Tree

NOWHERE = "default"  # the environment of a repository without manifests


class Evaluation(NamedTuple):
    """What one evaluation found."""

    outcomes: tuple[Outcome, ...]
    causes: Mapping[str, Cause]
    environments: tuple[Environment, ...]
    collector: Collector
    documents: Documents
    calls: int


def evaluate(
    checklist: Checklist,
    known: Mapping[str, Check],
    trees: Mapping[str, Tree],
    as_of: date,
    environment: str = "",
    rendered: Mapping[str, ManifestEntry] | None = None,
    must_exist: bool = True,
    compared: bool = True,
    told: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Runs a checklist's checks.

    Args:
        checklist: all layers together.
        known: the installed checks.
        trees: the sources by name.
        as_of: today.
        environment: the only one to judge; "" for all.
        rendered: manifests that a pipeline rendered, by environment: they replace those of the checklist.
        must_exist: whether an environment that is asked for and not there is an error; at a base it is not.
        compared: whether the outcomes are held against those of another state.
        told: as `run` has it.

    Raises:
        UsageError: there is no environment of that name.
    """
    shared = frozenset(name for name, source in checklist.sources.items() if source.shared)
    sources = Sources(trees, shared)
    given = _started(checklist, known, sources)
    documents = Documents.collect(sources)
    environments = scopes(checklist, documents, environment, rendered or {}, must_exist)
    service = ServiceCard(
        checklist.service.name, checklist.tier, _said(checklist.service.owner),
        checklist.origins.get("service.name"), checklist.origins.get("service.owner"),
    )  # fmt: skip
    given |= {
        Sources: sources,
        Documents: documents,
        Today: Today(as_of),
        ServiceCard: service,
        Platform: Platform(checklist.platform, checklist.origins.get("platform")),
        Named: _named(checklist),
        CheckNames: CheckNames(partial(_names, checklist, known)),
    }
    collector = Collector(given, {one.name: {Environment: one} for one in environments})
    ran = run(plan(checklist, known, environments), collector, compared, told)
    return Evaluation(ran.outcomes, ran.causes, environments, collector, documents, ran.calls)


def _started(checklist: Checklist, known: Mapping[str, Check], sources: Sources) -> dict[type, Any]:
    """The logs of git, which run while files are read, where a check asks for them."""
    for item in checklist.items:
        if item.kind == "check" and not item.disabled and GitFacts in known[item.check].closure():
            with suppress(Exception):  # what is wrong with it is told to the check that asks
                return {GitFacts: GitFacts.collect(sources)}
            break
    return {}


def scopes(
    checklist: Checklist,
    documents: Documents,
    wanted: str,
    rendered: Mapping[str, ManifestEntry],
    must_exist: bool = True,
) -> tuple[Environment, ...]:
    """The environments to judge: those that the checklist names, else those that are found."""
    named = environments_of(checklist)
    if not named and rendered:
        named = tuple(Environment(name, discovery.class_of(name)) for name in rendered)
    # rule files, pages and plans are judged also where nothing is deployed
    found = named or discovery.environments(documents) or (Environment(NOWHERE, discovered=True),)
    unknown = [name for name in (wanted, *rendered) if name and name not in {one.name for one in found}]
    if unknown and must_exist:
        names = ", ".join(one.name for one in found) or "none"
        raise UsageError(f"no environment is called {unknown[0]}; there is {names}")
    chosen = tuple(one for one in found if not wanted or one.name == wanted)
    return tuple(
        one._replace(manifests=(rendered[one.name],)) if one.name in rendered else one for one in chosen
    )


def _said(owner: str) -> str:
    return "" if owner == "TODO" else owner


def _names(checklist: Checklist, known: Mapping[str, Check]) -> Names:
    """Every name that a check has. A plug-in that is broken has none, and is told where it is asked for."""
    from readiness.aliases import aliases_of

    checks: dict[str, Check] = {}
    if isinstance(known, KnownChecks):
        for area in known.areas:
            with suppress(BrokenCheck):
                checks.update(known.of_area(area))
    else:
        checks.update(known)
    peers: dict[str, dict[str, tuple[str, ...]]] = {}
    for spelled, aliases in aliases_of(checks).items():
        tool, slash, name = spelled.partition("/")
        if slash:
            peers.setdefault(tool, {})[name] = tuple(alias.check.id for alias in aliases)
    return Names(frozenset({*checks, *(item.id for item in checklist.items)}), peers)


def _named(checklist: Checklist) -> Named:
    refs = {
        kind: tuple(Ref(ref.source, ref.path, ref.origin) for ref in refs)
        for kind, refs in checklist.evidence.items()
    }
    declared = tuple(
        Declaration(
            one.kind,
            {
                "alert": one.alert,
                "url": one.url,
                "reviewed": one.reviewed.isoformat() if one.reviewed else "",
                "by": one.by,
                "name": one.name,
                "namespace": one.namespace,
            },
            one.origin,
        )
        for one in checklist.declared
    )
    return Named(refs, declared)
