"""The files that `readiness init` writes: what is found is filled in, what only people know is `TODO`.

No number, owner or address is invented, and every `TODO` fails the gate, so that a repository is never
greener after `init` than before.
"""

from collections.abc import Iterator
from typing import NamedTuple

from readiness import discovery
from readiness.checklist import PLACEHOLDER
from readiness.collect import Collector
from readiness.evidence.context import Environment, Sources
from readiness.evidence.documents import OBJECTS, Documents
from readiness.evidence.manifests import Workload
from readiness.layers import read_profile
from readiness.paths import is_below
from readiness.policy import CHECKLIST
from readiness.tree import open_work_tree

SCHEMA_FILE = ".readiness/checklist.schema.json"
PLAN_FILE = "capacity.yaml"
CATALOG_FILES = ("catalog-info.yaml", "catalog-info.yml")


class NewFile(NamedTuple):
    """A file to write, and what it is for."""

    path: str
    text: str
    about: str


def new_files(path: str, profile: str) -> Iterator[NewFile]:
    """What a repository lacks: a checklist, its schema for editors, and a capacity plan to fill in.

    Raises:
        ChecklistError: there is no such profile.
    """
    read_profile(profile)
    tree = open_work_tree(path)
    documents = Documents.collect(Sources({tree.name: tree}))
    environments = discovery.environments(documents)
    yield NewFile(
        CHECKLIST, _checklist(documents, environments, profile), "fill in every TODO; each one fails the gate"
    )
    yield NewFile(SCHEMA_FILE, _schema(), "editors complete and check the checklist with it")
    plan = _plan(documents, discovery.likely(environments) or environments)
    if plan and not documents.named("capacity*.yaml", "capacity*.yml", "docs/**/capacity*.md"):
        yield NewFile(PLAN_FILE, plan, "the capacity plan; fill in what was measured")


def _checklist(documents: Documents, environments: tuple[Environment, ...], profile: str) -> str:
    lines = [
        f"# yaml-language-server: $schema={SCHEMA_FILE}",
        "version: 1",
        f"extends: [profile:{profile}]",
        "service:",
        f"  name: {_service(documents)}",
        f"  tier: {PLACEHOLDER}   # 1 critical, 2 important, 3 internal, 4 best effort",
        f"  owner: {PLACEHOLDER}  # the team that answers for it",
    ]
    lines += _environments(documents, environments)
    lines += ["items: []  # your own items, and settings of the profile's", ""]
    return "\n".join(lines)


def _environments(documents: Documents, found: tuple[Environment, ...]) -> Iterator[str]:
    """The environments that are likely meant, and the rest as comments to choose from."""
    proposed = discovery.likely(found)
    others = [one for one in found if one not in proposed]
    if proposed:
        yield "environments:"
    for environment in proposed:
        yield from _environment(documents, environment)
    if others and proposed:
        yield "  # Also found; take the # away from what this service is deployed from:"
    elif others:
        yield "# Found, with names that tell no environment, so that each is judged as production."
        yield "# Take the # away from what this service is deployed from, and say its class:"
        yield "# environments:"
    for environment in others:
        for line in _environment(documents, environment):
            yield f"  # {line[2:]}" if proposed else f"# {line}"


def _environment(documents: Documents, environment: Environment) -> Iterator[str]:
    yield f"  {_key(environment.name)}:"
    yield f"    class: {environment.cls}"
    yield "    manifests:"
    for kind, path in _entries(documents, environment):
        yield f"      - {_entry(kind, path)}"


def _entries(documents: Documents, environment: Environment) -> list[tuple[str, str]]:
    """Kind and path of what an environment deploys: a folder rather than each of its files."""
    entries = environment.manifests
    if any(entry.kind != "path" for entry in entries):
        return [(entry.kind, entry.path) for entry in entries]
    source = entries[0].source
    folders = {entry.path.rpartition("/")[0] for entry in entries}
    folder = min(folders, key=len)
    while any(not is_below(one, folder) for one in folders):
        folder = folder.rpartition("/")[0]
    own = {entry.path for entry in entries}
    if {file.path for file in documents.marked(OBJECTS, source) if is_below(file.path, folder)} == own:
        return [("path", folder)]
    # a checklist can't spell a colon in a path
    return [("path", path.rpartition("/")[0] if ":" in path else path) for path in sorted(own)]


def _entry(kind: str, path: str) -> str:
    place = _quoted(path or ".")
    return place if kind == "path" else f"{{{kind}: {place}}}"


def _key(name: str) -> str:
    text = "".join(letter if letter.isalnum() or letter in "-" else "-" for letter in name.lower()).strip("-")
    return text or "default"


def _quoted(text: str) -> str:
    import json

    plain = text and all(letter.isalnum() or letter in "-_./" for letter in text) and text[0].isalpha()
    return text if plain else json.dumps(text)


def _service(documents: Documents) -> str:
    for file in documents.named(*CATALOG_FILES):
        parsed = documents.parsed(file)
        for document in parsed if isinstance(parsed, tuple) else ():
            value = getattr(document, "value", None)
            if isinstance(value, dict) and value.get("kind") == "Component":
                metadata = value.get("metadata")
                if isinstance(metadata, dict) and isinstance(metadata.get("name"), str):
                    return _quoted(metadata["name"])
    return PLACEHOLDER


def _schema() -> str:
    import json

    from readiness.plugins import known_checks
    from readiness.schema import checklist_schema

    return json.dumps(checklist_schema(known_checks()), indent=2) + "\n"


def _plan(documents: Documents, environments: tuple[Environment, ...]) -> str:
    """A plan with the workloads that were found and no number."""
    collector = Collector(
        {Documents: documents, Sources: Sources(documents.trees)},
        {one.name: {Environment: one} for one in environments},
    )
    names: dict[str, None] = {}
    for environment in environments:
        for workload in collector.collected(Workload, environment.name).items:
            if workload.serves:
                names[workload.name] = None
    if not names:
        return ""
    lines = [
        f"reviewed: {PLACEHOLDER}  # the day somebody last held these numbers against reality",
        f"source: {PLACEHOLDER}    # where they were measured",
        f"zones: {PLACEHOLDER}     # failure zones that the cluster spans",
        "workloads:",
    ]
    for name in sorted(names):
        lines += [
            f"  - name: {name}",
            f"    demand: {{peak-per-second: {PLACEHOLDER}, unit: {PLACEHOLDER}}}",
            f"    unit: {{capacity-per-second: {PLACEHOLDER}, unit: {PLACEHOLDER}}}",
            f"    headroom: {PLACEHOLDER}",
        ]
    return "\n".join(lines) + "\n"
