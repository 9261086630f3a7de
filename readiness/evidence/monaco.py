"""Configurations of Dynatrace's Monaco: YAML files with `configs:`, each with its JSON template filled in.

Looks for YAML files with `configs:` and `template:` in what the checklist names as `dynatrace`, else in all
of the repository. Projects are those of a `manifest.yaml` above them, else the first folder. What an
environment or another configuration gives stays open and is kept as a `Hole`. Not followed: templates with
logic (`{{ range … }}`), which are unreadable, and what `environmentOverrides` change, which is open.

Source:
    Dynatrace, "Monaco CLI", configuration YAML; "Configuration parameters".
"""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from readiness.errors import ReadinessError, Unknown
from readiness.evidence.context import Named, Sources
from readiness.evidence.documents import EXAMPLES, NOT_DEPLOYED, Documents, File
from readiness.evidence.named import files_of
from readiness.evidence.shapes import items, mapping, text
from readiness.known import Unreadable
from readiness.outcome import Location

DYNATRACE = "dynatrace"
_HOLE = r"\{\{-?\s*(.*?)\s*-?\}\}"
_MARK = "\x00"


class Hole(NamedTuple):
    """A value that is not here: another configuration gives it, or an environment."""

    name: str
    reference: tuple[str, str] = ("", "")  # project and id of a configuration; empty where it is none

    @property
    def text(self) -> str:
        return (
            f"the reference to {'/'.join(self.reference)}" if self.reference[1] else f"parameter {self.name}"
        )


class Config(NamedTuple):
    """One configuration, rendered."""

    project: str
    id: str
    schema: str  # builtin:alerting.profile …, or the name of an API
    name: str
    body: Mapping[str, Any]
    references: tuple[Hole, ...]
    skipped: bool | None  # None: it differs by environment
    at: Location

    def value(self, *keys: str) -> Any:
        """A value of the rendered template: plain, a Hole, or None."""
        found: Any = self.body
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return self.opened(found)

    def opened(self, found: Any) -> Any:
        if isinstance(found, str) and found.startswith(_MARK) and found.endswith(_MARK) and len(found) > 2:
            name = found.strip(_MARK)
            return next((hole for hole in self.references if hole.name == name), Hole(name))
        return found


def configs(named: Named, documents: Documents, sources: Sources) -> Iterator[Config | Unreadable]:
    """Every configuration at hand; in the place of one that can't be rendered, why."""
    refs = named.of(DYNATRACE)
    files: list[File] = []
    for one in files_of(refs, documents, DYNATRACE) if refs else documents.named("*.yaml", "*.yml"):
        if isinstance(one, Unreadable):
            yield one
        elif refs or (one.source not in sources.shared and _is_deployed(one)):
            files.append(one)
    projects = _projects(files, documents)
    for file in files:
        try:
            marks = documents.text(file)
        except ReadinessError:
            continue  # what can't be read at all is told by the inventory
        if b"configs:" not in marks or b"template:" not in marks:
            continue
        found = documents.parsed(file)
        if isinstance(found, Unreadable):
            yield found._replace(kinds=frozenset({DYNATRACE}))
            continue
        for document in found:
            if not isinstance(document.value, dict):
                continue
            try:
                for raw, at in items(document.value, "configs", document.at):
                    yield _config(
                        mapping(raw, at, "a configuration"), at, _project(file, projects), documents
                    )
            except Unknown as wrong:
                at = wrong.at if isinstance(wrong.at, Location) else document.at
                yield Unreadable(at, str(wrong), frozenset({DYNATRACE}), wrong.fix or f"mend {file.path}")


def _config(raw: Mapping[str, Any], at: Location, project: str, documents: Documents) -> Config:
    kind = raw.get("type")
    schema = kind if isinstance(kind, str) else ""
    if isinstance(kind, dict):
        settings = kind.get("settings")
        schema = str(settings.get("schema", "")) if isinstance(settings, dict) else str(kind.get("api", ""))
    own = mapping(raw.get("config"), at.at("config"), "`config`")
    overrides = [
        mapping(mapping(one, place, "an override").get("override"), place, "`override`")
        for key in ("environmentOverrides", "groupOverrides")
        for one, place in items(raw, key, at)
    ]
    changed = {str(name) for one in overrides for name in mapping(one.get("parameters"), at, "`parameters`")}
    given = mapping(own.get("parameters"), at.at("config", "parameters"), "`parameters`")
    parameters = {
        str(name): Hole(str(name)) if str(name) in changed else _parameter(str(name), value, project)
        for name, value in given.items()
    }
    name = own.get("name")
    parameters["name"] = name if isinstance(name, str) else _parameter("name", name, project)
    skip = own.get("skip", False)
    skipped = None if isinstance(skip, dict) or any("skip" in one for one in overrides) else bool(skip)
    path = posixpath.join(posixpath.dirname(at.file), text(own, "template", at.at("config")))
    body = _rendered(File(at.source, posixpath.normpath(path)), parameters, documents)
    identity = text(raw, "id", at)
    holes = tuple(one for one in parameters.values() if isinstance(one, Hole))
    return Config(
        project, identity, schema, name if isinstance(name, str) else identity, body, holes, skipped, at
    )


def _parameter(name: str, value: Any, project: str) -> Any:
    """A plain value, or what stands for it."""
    if isinstance(value, list):  # [project, type, id, property], the first ones may be left out
        words = [str(one) for one in value]
        return (
            Hole(name, (words[-4] if len(words) >= 4 else project, words[-2]))
            if len(words) >= 2
            else Hole(name)
        )
    if not isinstance(value, dict):
        return value
    if value.get("type") == "value":
        return value.get("value")
    if value.get("type") == "reference":
        return Hole(name, (str(value.get("project", project)), str(value.get("configId", ""))))
    return Hole(name)


def _rendered(file: File, parameters: Mapping[str, Any], documents: Documents) -> Mapping[str, Any]:
    """The JSON of a template; what stays open is a text between marks.

    Raises:
        Unknown: there is no such template, it has logic, or is no JSON when it is filled in.
    """
    try:
        template = documents.text(file).decode("utf-8-sig")
    except (ReadinessError, UnicodeDecodeError) as wrong:
        raise Unknown(f"the template {file.path} can't be read", file.at, f"add {file.path}") from wrong
    parts: list[str] = []
    position, quoted = 0, False
    for hole in re.finditer(_HOLE, template):
        before = template[position : hole.start()]
        parts.append(before)
        quoted ^= len(re.findall(r'(?<!\\)"', before)) % 2 == 1
        position = hole.end()
        name = hole[1].removeprefix(".")
        if not hole[1].startswith(".") or not re.fullmatch(r"[\w-]+", name):
            raise Unknown(f"the template {file.path} has logic: {hole[0][:40]}", file.at)
        value = parameters.get(name, Hole(name))
        if isinstance(value, Hole):
            value = f"{_MARK}{name}{_MARK}"
        written = json.dumps(value)
        parts.append(json.dumps(str(value))[1:-1] if quoted else written)
    parts.append(template[position:])
    try:
        found = json.loads("".join(parts))
    except (ValueError, RecursionError) as wrong:
        raise Unknown(f"the template {file.path} is no JSON when it is filled in", file.at) from wrong
    return found if isinstance(found, dict) else {}


def _projects(files: list[File], documents: Documents) -> dict[tuple[str, str], str]:
    """Names of projects by source and folder, from the manifests."""
    found: dict[tuple[str, str], str] = {}
    for file in files:
        if file.name not in ("manifest.yaml", "manifest.yml"):
            continue
        parsed = documents.parsed(file)
        for document in () if isinstance(parsed, Unreadable) else parsed:
            listed = document.value.get("projects") if isinstance(document.value, dict) else None
            for one in listed if isinstance(listed, list) else ():
                if isinstance(one, dict) and isinstance(one.get("name"), str):
                    path = str(one.get("path") or one["name"])
                    found[file.source, posixpath.normpath(posixpath.join(file.folder, path))] = one["name"]
    return found


def _project(file: File, projects: Mapping[tuple[str, str], str]) -> str:
    folder = file.folder
    while folder:
        if (file.source, folder) in projects:
            return projects[file.source, folder]
        folder = folder.rpartition("/")[0]
    return file.path.partition("/")[0]


def _is_deployed(file: File) -> bool:
    return (NOT_DEPLOYED | EXAMPLES).isdisjoint(file.path.split("/")[:-1])
