"""Which environments a repository has, where no checklist names them.

Every kustomization that no other one includes is an environment, and so is every chart, and every
group of plain manifests. Folders of plain manifests belong together unless two of them define the same
object: then they are alternatives, and each is judged by itself.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from readiness.evidence import render
from readiness.evidence.context import Environment, ManifestEntry
from readiness.evidence.documents import NOT_DEPLOYED, OBJECTS, Documents, File
from readiness.known import Unreadable

# Groups of files that never reach a cluster: build tools, catalogs, specifications of generators.
OF_OTHER_TOOLS = frozenset(
    {
        "skaffold", "backstage.io", "kustomize.config.k8s.io", "helm.sh", "kind.x-k8s.io", "k3d.io",
        "ctlptl.dev", "eksctl.io", "openslo", "openslo.com", "monaco", "None",
    }
)  # fmt: skip
_CLASSES = (
    ("production", r"(?:^|[-_./])(?:prod|prd|production|live)(?:$|[-_./0-9])"),
    ("staging", r"(?:^|[-_./])(?:stag|stage|staging|stg|uat|preprod|acceptance)(?:$|[-_./0-9])"),
    ("test", r"(?:^|[-_./])(?:qa|test|testing|integration|ci)(?:$|[-_./0-9])"),
    (
        "development",
        r"(?:^|[-_./])(?:dev|development|local|sandbox|minikube|kind)(?:$|[-_./0-9])",
    ),
)

ObjectId = tuple[str, str, str]


class Group(NamedTuple):
    """Plain manifests that are deployed together, and the objects that they define."""

    folder: str
    files: tuple[File, ...]
    objects: frozenset[ObjectId]


def class_of(name: str) -> str:
    """The class that an environment's name or path tells; production where it tells none."""
    return told_class(name) or "production"


def told_class(name: str) -> str:
    """The class that an environment's name or path tells; empty where it tells none."""
    lowered = name.lower()
    return next((cls for cls, words in _CLASSES if re.search(words, lowered)), "")


def likely(found: tuple[Environment, ...]) -> tuple[Environment, ...]:
    """Those of the discovered environments whose name or path tells what they are for; the only one besides.

    The others are often alternatives: a chart beside the manifests that were rendered from it, examples.
    """
    if len(found) == 1:
        return found
    return tuple(
        one
        for one in found
        if told_class(one.name) or (one.manifests[0].kind != "path" and told_class(one.manifests[0].path))
    )


def environments(documents: Documents) -> tuple[Environment, ...]:
    """The environments found, by name; empty when there is no manifest at all."""
    found: list[Environment] = []
    for source in documents.trees:
        roots, claimed = _kustomizations(documents, source)
        for root in roots:
            entry = ManifestEntry("kustomization", source, root)
            found.append(_environment(_last(root), root, (entry,)))
        for chart in _charts(documents, source):
            entry = ManifestEntry("chart", source, chart)
            found.append(_environment(_last(chart), chart, (entry,)))
        for group in _groups(documents, source, claimed):
            entries = tuple(ManifestEntry("path", source, file.path) for file in group.files)
            found.append(_environment(group.folder, group.folder, entries))
    return _named_apart(found)


def _environment(name: str, path: str, entries: tuple[ManifestEntry, ...]) -> Environment:
    return Environment(name or "default", class_of(path), manifests=entries, discovered=True)


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _named_apart(found: list[Environment]) -> tuple[Environment, ...]:
    """Environments with names of their own: the whole path where the last part of it is not enough."""
    if len(found) == 1 and found[0].manifests[0].kind == "path":
        return (found[0]._replace(name="default"),)
    names = [environment.name for environment in found]
    made: dict[str, Environment] = {}
    for environment in found:
        name = environment.name
        if names.count(name) > 1:
            name = (
                environment.manifests[0].path
                if environment.manifests[0].kind != "path"
                else f"{name} (plain)"
            )
        while name in made:
            name += "'"
        made[name] = environment._replace(name=name or "default")
    return tuple(made[name] for name in sorted(made))


def _deployed(path: str) -> bool:
    return NOT_DEPLOYED.isdisjoint(path.split("/"))


def _kustomizations(documents: Documents, source: str) -> tuple[list[str], frozenset[str]]:
    """Folders of kustomizations that no other includes, and every file and folder that one reads."""
    tree = documents.trees[source]
    folders = documents.kustomizations(source)
    claimed: set[str] = set()
    included: set[str] = set()
    for folder in folders:
        inputs = {path.strip("/") for path in render.kustomization_inputs(tree, folder)}
        claimed |= inputs
        included |= inputs & set(folders) - {folder}
    for file in documents.files(source):
        if file.folder in included or file.folder in folders:
            claimed |= {file.path} if file.name.lower().startswith("kustomization") else set()
    roots = [
        folder
        for folder in folders
        if folder not in included and _deployed(folder) and not _is_component(documents, source, folder)
    ]
    return roots, frozenset(claimed)


def _is_component(documents: Documents, source: str, folder: str) -> bool:
    for file in documents.files(source):
        if file.folder == folder and file.name.lower().startswith("kustomization"):
            parsed = documents.parsed(file)
            if not isinstance(parsed, Unreadable):
                return any(isinstance(d.value, dict) and d.value.get("kind") == "Component" for d in parsed)
    return False


def _charts(documents: Documents, source: str) -> list[str]:
    charts = documents.charts(source)
    return sorted(
        chart
        for chart in charts
        if _deployed(chart)
        and not any(chart != other and chart.startswith(f"{other}/charts/".lstrip("/")) for other in charts)
    )


def _groups(documents: Documents, source: str, claimed: frozenset[str]) -> Iterator[Group]:
    """Plain manifests, joined upwards along their folders until two define the same object."""
    files = [
        file
        for file in documents.marked(OBJECTS, source)
        if file.path not in claimed and _deployed(file.folder) and not file.path.startswith(".")
    ]
    documents.read_ahead(tuple(files))
    files = [file for file in files if _for_a_cluster(documents, file)]
    by_folder: dict[str, list[File]] = {}
    for file in files:
        by_folder.setdefault(file.folder, []).append(file)
    yield from _joined(documents, "", by_folder)


def _for_a_cluster(documents: Documents, file: File) -> bool:
    """Whether a file may hold something that a cluster gets: other tools use `apiVersion` and `kind` too."""
    parsed = documents.parsed(file)
    if isinstance(parsed, Unreadable):
        return True
    versions = [str(d.value.get("apiVersion")) for d in parsed if isinstance(d.value, dict)]
    return any(version.partition("/")[0] not in OF_OTHER_TOOLS for version in versions)


def _joined(documents: Documents, folder: str, by_folder: dict[str, list[File]]) -> list[Group]:
    open_group, closed = _below(documents, folder, by_folder)
    return [*closed, open_group] if open_group is not None else closed


def _below(
    documents: Documents, folder: str, by_folder: dict[str, list[File]]
) -> tuple[Group | None, list[Group]]:
    """The group that may still be joined with its neighbours, and those that stand by themselves."""
    own = by_folder.get(folder, [])
    prefix = f"{folder}/" if folder else ""
    children = sorted(
        {
            prefix + name.removeprefix(prefix).partition("/")[0]
            for name in by_folder
            if name != folder and name.startswith(prefix)
        }
    )
    candidates: list[Group] = []
    closed: list[Group] = []
    for child in children:
        group, apart = _below(documents, child, by_folder)
        closed.extend(apart)
        if group is not None:
            candidates.append(group)
    if own:
        candidates.append(Group(folder, tuple(own), frozenset(_ids(documents, own))))
    if not candidates:
        return None, closed
    total = sum(len(group.objects) for group in candidates)
    together = frozenset[ObjectId]().union(*(group.objects for group in candidates))
    if len(together) == total and not (closed and len(candidates) == 0):
        name = folder if own or len(candidates) > 1 else candidates[0].folder
        files = tuple(file for group in candidates for file in group.files)
        return Group(name, files, together), closed
    return None, [*closed, *candidates]


def _ids(documents: Documents, files: list[File]) -> Iterator[ObjectId]:
    """Identities of the objects in files; an object that stands twice in one folder counts once."""
    for document in documents.documents(tuple(files)):
        if isinstance(document, Unreadable) or not isinstance(document.value, dict):
            continue
        kind = str(document.value.get("kind"))
        metadata = document.value.get("metadata")
        if isinstance(metadata, dict) and metadata.get("name"):
            yield kind, str(metadata.get("namespace") or ""), str(metadata["name"])
