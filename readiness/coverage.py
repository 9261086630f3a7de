"""Workloads that lie in a source and that no environment deploys: what the checklist forgets.

A checklist that names too few manifests would pass by looking away. A workload counts as covered when
its file belongs to an environment's manifests, or when some environment has an object of its kind and
name (as with a base and what was rendered from it).
"""

from collections.abc import Iterator
from contextlib import suppress

from readiness.checklist import Checklist
from readiness.collect import Collector
from readiness.evidence import render
from readiness.evidence.context import Environment
from readiness.evidence.documents import EXAMPLES, NOT_DEPLOYED, OBJECTS, Documents, File
from readiness.evidence.manifests import Manifests, Workload
from readiness.known import Unreadable
from readiness.outcome import Location, Outcome, Result, Severity, Subject

ITEM = "checklist.covers-workloads"
TITLE = "The environments cover every workload that lies in the sources"


def covered(
    checklist: Checklist, environments: tuple[Environment, ...], collector: Collector
) -> Iterator[Outcome]:
    """One outcome where there are such: unknown for each of them; an error at tiers 1 and 2."""
    documents = next(iter(collector.collected(Documents, "").items))
    all_environments = {one.name for one in checklist.environments}
    if {one.name for one in environments} != all_environments:
        return  # only some environments are judged in this run: the others may cover it
    severity: Severity = "error" if checklist.tier <= 2 else "note"
    known: set[tuple[str, str]] = set()
    for environment in environments:
        with suppress(Exception):  # a loader's crash, which every check that asked has told
            for manifests in collector.collected(Manifests, environment.name).items:
                known |= {(one.kind, one.name) for one in manifests.objects}
    results = []
    for source in documents.trees:
        shared = source in checklist.sources and checklist.sources[source].shared
        if shared or source.startswith("rendered-"):
            continue
        files = _uncovered_files(documents, source, environments)
        for kind, name, at in _workloads(documents, files):
            if (kind, name) not in known:
                why = (
                    f"{kind} {name} ({at.file}) belongs to no environment of the checklist: nothing judges it"
                )
                results.append(Result(Subject(kind, "", name), "unknown", reason=why, at=at))
    if results:  # that all is covered proves nothing about the service: no outcome, which would count as one
        yield Outcome(ITEM, "checklist", TITLE, "", severity, False, tuple(results))


def _uncovered_files(
    documents: Documents, source: str, environments: tuple[Environment, ...]
) -> tuple[File, ...]:
    named: set[str] = set()
    for environment in environments:
        for entry in environment.manifests:
            if entry.source != source:
                continue
            path = entry.path.strip("/")
            named |= {file.path for file in documents.under(source, path)}
            if entry.kind == "kustomization" or path in documents.kustomizations(source):
                named |= set(render.kustomization_inputs(documents.trees[source], path))
    return tuple(
        file
        for file in documents.marked(OBJECTS, source)
        if file.path not in named and (NOT_DEPLOYED | EXAMPLES).isdisjoint(file.path.split("/")[:-1])
    )


def _workloads(documents: Documents, files: tuple[File, ...]) -> Iterator[tuple[str, str, Location]]:
    seen: set[tuple[str, str]] = set()
    for document in documents.documents(files):
        if isinstance(document, Unreadable) or not isinstance(document.value, dict):
            continue
        kind = str(document.value.get("kind"))
        metadata = document.value.get("metadata")
        name = str(metadata.get("name") or "") if isinstance(metadata, dict) else ""
        if kind in Workload.KINDS and name and (kind, name) not in seen:
            seen.add((kind, name))
            yield kind, name, document.at
