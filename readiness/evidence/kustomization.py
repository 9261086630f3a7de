"""What a kustomization reads, found without kustomize.

Knows the fields of kustomize 2 to 5 that name files or folders, those of built-in generators' and
transformers' own configuration included, and follows them through every kustomization on the way.
Inline patches are no files; a field that names nothing on disk (images, replicas, labels) is ignored.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from readiness.errors import Unknown
from readiness.outcome import Location
from readiness.tree import Tree, TreeError

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
FOLDER_COUNT = 1_000  # of one closure; 40 would be many
FILE_COUNT = 20_000
INSTEAD = "pass what the pipeline renders: --manifests ENV=FILE"

_REMOTE = (
    r"(?i)[a-z][a-z0-9+.-]*://|[a-z][a-z0-9+.-]*::|[\w.-]+@[\w.-]+:"  # https://, git::, git@host:
    r"|(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org)[/:]|gh:"
    r"|[\w-]+(?:\.[\w-]+)+(?::\d+)?/[^?]*(?:\.git\b|//)|.*[?&]ref="  # host/owner/name.git, host/…//folder
)
_NESTED = frozenset(
    ("patches", "patchesJson6902", "replacements", "configMapGenerator", "secretGenerator", "openapi")
)


class Inputs(NamedTuple):
    """What a kustomization reads, its own folder and file too, and what is wrong with that."""

    files: tuple[str, ...]
    folders: tuple[str, ...]
    problems: tuple[Unknown, ...]


class _Entry(NamedTuple):
    """Something that a kustomization names.

    `kind` is "file", "either" (a file, or the folder of a kustomization), "plug-in" (the same, and the
    file may name more) or "chart" (a Helm chart to inflate).
    """

    text: str
    keys: tuple[str | int, ...]
    kind: str = "file"


def inputs_of(tree: Tree, folder: str, allow_remote: bool = False) -> Inputs:
    """Everything that the kustomization in `folder` reads, through all that it includes."""
    return _Closure(tree, allow_remote).of(folder)


def own_file(tree: Tree, folder: str) -> str:
    """The path of the kustomization in a folder; "" when it has none."""
    return next((file for name in NAMES if tree.exists(file := joined(folder, name))), "")


def joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


class _Closure:
    """One walk from a kustomization through everything that it names."""

    def __init__(self, tree: Tree, allow_remote: bool) -> None:
        self.tree = tree
        self.allow_remote = allow_remote
        self.files: dict[str, None] = {}
        self.folders: dict[str, None] = {}
        self.problems: list[Unknown] = []
        self.waiting: list[tuple[str, Location]] = []

    def of(self, folder: str) -> Inputs:
        self.waiting.append((folder, Location(self.tree.name, folder, precision="chart")))
        while self.waiting:
            here, named_at = self.waiting.pop()
            if here not in self.folders:
                self.folders[here] = None
                self._visit(here, named_at)
            if len(self.folders) > FOLDER_COUNT or len(self.files) > FILE_COUNT:
                self._wrong(f"{folder}: reads too many files", named_at, INSTEAD)
                break
        return Inputs(tuple(self.files), tuple(self.folders), tuple(self.problems))

    def _visit(self, folder: str, named_at: Location) -> None:
        own = [file for name in NAMES if self.tree.exists(file := joined(folder, name))]
        if not own:
            self._wrong(
                f"{folder or '.'}: no kustomization is here: it has no {NAMES[0]}",
                named_at,
                f"correct the path, or add {joined(folder, NAMES[0])}",
            )
            return
        self.files.update(dict.fromkeys(own))  # two of them are an error that kustomize words
        try:
            documents = [document for document in self._documents(own[0]) if document is not None]
        except Unknown as wrong:
            self.problems.append(wrong)
            return
        if len(documents) > 1 or not all(isinstance(document, dict) for document in documents):
            self._wrong(
                f"{own[0]}: is no kustomization: one YAML mapping was expected",
                Location(self.tree.name, own[0]),
                f"correct {own[0]}",
            )
            return
        for entry in _entries(documents[0]) if documents else ():
            self._follow(folder, entry, Location(self.tree.name, own[0], keys=entry.keys))

    def _follow(self, folder: str, entry: _Entry, at: Location) -> None:
        where = f"{at.file}: {'.'.join(str(key) for key in entry.keys)}"
        if entry.kind == "chart":
            self._wrong(
                f"{where}: a Helm chart inside a kustomization is not rendered",
                at,
                f"render it apart, or {INSTEAD}",
            )
            return
        path = posixpath.normpath(posixpath.join(folder, entry.text))
        outside = path.startswith(("/", "../")) or path == ".."
        path = "" if path == "." else path
        remote = bool(re.match(_REMOTE, entry.text))  # kustomize clones it even where a folder is called so
        if not outside and self.tree.exists(path) and not (remote and self.tree.is_folder(path)):
            self._take(folder, path, entry, at, where)
        elif remote:
            if not self.allow_remote:
                self._wrong(
                    f"{where}: {entry.text} is remote, and nothing is fetched here",
                    at,
                    f"keep a copy in the repository, or {INSTEAD}",
                )
        elif outside:
            self._wrong(
                f"{where}: {entry.text} leads out of the source",
                at,
                "move it into the source, or name a source that holds both",
            )
        else:
            self._wrong(f"{where}: {entry.text} does not exist", at, f"add {path}, or take the entry out")

    def _take(self, folder: str, path: str, entry: _Entry, at: Location, where: str) -> None:
        if self.tree.is_folder(path):
            if entry.kind == "file":
                self._wrong(
                    f"{where}: {entry.text} is a folder, a file was expected", at, f"correct {entry.text}"
                )
            else:
                self.waiting.append((path, at))
        elif path not in self.files:
            self.files[path] = None
            if entry.kind == "plug-in":
                self._plug_in(folder, path)

    def _plug_in(self, folder: str, path: str) -> None:
        """The configuration of a built-in generator or transformer names files as a kustomization does."""
        try:
            documents = self._documents(path)
        except Unknown as wrong:
            self.problems.append(wrong)
            return
        for index, document in enumerate(documents):
            if not isinstance(document, dict):
                continue
            chart = document.get("kind") == "HelmChartInflationGenerator"
            for entry in (_Entry("", ("kind",), "chart"),) if chart else _named(document, ()):
                self._follow(folder, entry, Location(self.tree.name, path, index, entry.keys))

    def _documents(self, path: str) -> tuple[Any, ...]:
        from readiness.yaml_reader import YamlError, read

        at = Location(self.tree.name, path)
        try:
            return read(self.tree.read(path)).documents
        except TreeError as wrong:
            raise Unknown(str(wrong), at, f"make {path} readable") from wrong
        except YamlError as wrong:
            text = f"{path}:{wrong.line}:{wrong.column}: {wrong.message}"
            raise Unknown(text, at._replace(line=wrong.line), f"correct {path}") from wrong

    def _wrong(self, why: str, at: Location, fix: str) -> None:
        self.problems.append(Unknown(why, at, fix))


def _entries(document: dict[Any, Any]) -> Iterator[_Entry]:
    """What a kustomization names, with the keys that lead there; inline YAML is left out."""
    for field in ("resources", "bases", "components"):
        yield from _listed(document, field, "either")
    for field in ("generators", "transformers", "validators"):
        yield from _listed(document, field, "plug-in")
    for field in ("crds", "configurations", "patchesStrategicMerge"):
        yield from _listed(document, field, "file")
    for field in ("helmCharts", "helmChartInflationGenerator"):
        if document.get(field):
            yield _Entry(field, (field,), "chart")
    yield from _named({field: value for field, value in document.items() if field in _NESTED}, ())


def _listed(document: dict[Any, Any], field: str, kind: str) -> Iterator[_Entry]:
    value = document.get(field)
    for index, text in enumerate(value if isinstance(value, list) else ()):
        if _is_name(text):
            yield _Entry(text, (field, index), kind)


def _named(value: Any, keys: tuple[str | int, ...]) -> Iterator[_Entry]:
    """Files under `path`, `paths`, `files` ("key=file" too), `envs` and `env` of patches and generators."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield from _named(item, (*keys, index))
        return
    for field, inner in value.items() if isinstance(value, dict) else ():
        here = (*keys, str(field))
        if field in ("path", "env") and _is_name(inner):
            yield _Entry(inner, here)
        elif field in ("paths", "files", "envs") and isinstance(inner, list):
            for index, text in enumerate(inner):
                if _is_name(text):
                    in_key = field == "files" and "=" in text
                    yield _Entry(text.partition("=")[2] if in_key else text, (*here, index))
        elif field in _NESTED:
            yield from _named(inner, here)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != "" and "\n" not in value
