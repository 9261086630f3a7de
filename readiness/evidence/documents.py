"""The one inventory of all sources: every file once, classified by suffix and marker bytes.

Reads YAML and JSON only where a mark claims them: Kubernetes objects (`apiVersion` and `kind`),
Prometheus rule files (`groups:` at the start of a line), Alertmanager configuration (`route:` and
`receivers:`), Prometheus configuration (`scrape_configs:` or `rule_files:`), specifications of sloth. Each is
parsed once. Dashboards of Grafana are JSON with `"schemaVersion"` and `"panels"` or `"rows"`; they are large
and many, so that they are read as JSON and let go again (`json_of`). Grafana's provisioning says
`apiVersion: 1` and one of `datasources:`, `groups:`, `contactPoints:` and `policies:`.
Ignored on purpose: binary files, files over 20 MiB (a finding where a mark would claim them), folders
of third parties (`node_modules`, `vendor`) and of this tool (`.readiness`).
Loaders ask for a mark or a pattern; none walks or globs by itself.
"""

import re
from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple, Self

from readiness.errors import ReadinessError
from readiness.evidence.context import Sources
from readiness.halves import cores, in_halves
from readiness.known import Unreadable
from readiness.outcome import Location, Subject
from readiness.tree import Tree
from readiness.yaml_reader import Duplicate, Marks, Parsed, YamlError, read

IGNORED_FOLDERS = frozenset({"node_modules", "vendor", ".git", ".readiness", ".terraform", ".venv", ".tox"})

# Folders whose files no environment gets; what lies in examples is often deployed by hand.
NOT_DEPLOYED = frozenset({"test", "tests", "testdata", "fixtures", "e2e", "__tests__"})
EXAMPLES = frozenset({"example", "examples", "sample", "samples"})

OBJECTS = "objects"
RULES = "rules"
ROUTING = "routing"
PROMETHEUS = "prometheus"
SLOS = "slos"
DASHBOARDS = "dashboards"
GRAFANA = "grafana"

_KIND = rb"""(?m)^[ \t]*(?:- +)?["']?kind["']?\s*:\s*["']?([A-Za-z][\w.-]*)"""
_JSON_KIND = rb'"kind"\s*:\s*"(\w+)"'
_API_VERSION = re.compile(rb"""^[ \t]*(?:- +)?["']?apiVersion["']?\s*:|"apiVersion"\s*:""", re.MULTILINE)
_GROUPS = re.compile(rb"""^["']?groups["']?\s*:|^\s*\{\s*"groups"\s*:""", re.MULTILINE)
_RULE = re.compile(rb"""["']?\b(?:alert|record|rules)["']?\s*:""")
_ROUTE = re.compile(rb"""^["']?route["']?\s*:|^\s*\{\s*"route"\s*:""", re.MULTILINE)
_RECEIVERS = re.compile(rb"""^["']?receivers["']?\s*:|"receivers"\s*:""", re.MULTILINE)
_PROMETHEUS = re.compile(rb"""^["']?(?:scrape_configs|rule_files)["']?\s*:""", re.MULTILINE)
_PROVISIONED = re.compile(
    rb"""^[ \t{]*["']?(?:datasources|groups|contactPoints|policies)["']?\s*:""", re.MULTILINE
)
_VERSION_ONE = re.compile(rb"""^[ \t{]*["']?apiVersion["']?\s*:\s*1[ \t]*(?:[,#}]|$)""", re.MULTILINE)

UTF8_MARK = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")

ENOUGH_FOR_TWO = 1_500_000  # bytes of YAML, about a tenth of a second: less does not pay for a second process

ANY_OBJECT = frozenset({"List", "Kustomization"})


class File(NamedTuple):
    """One file of a source."""

    source: str
    path: str

    @property
    def at(self) -> Location:
        return Location(self.source, self.path)

    @property
    def subject(self) -> Subject:
        return Subject("File", "", self.path)

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class Document(NamedTuple):
    """One YAML document of a file; `value` is what it holds, `place` where a rendered one came from."""

    source: str
    path: str
    number: int  # index of the document in its file
    value: Any
    place: Location | None = None

    @property
    def at(self) -> Location:
        return self.place or Location(self.source, self.path, self.number)


class Documents:
    """Every file of every source, and the documents in those that a mark claims."""

    strength: ClassVar[str] = "source"

    def __init__(self, trees: dict[str, Tree]) -> None:
        self.trees = trees
        self._files: dict[str, tuple[File, ...]] = {}
        self._sets: dict[str, frozenset[File]] = {}
        self._marks: dict[str, dict[str, tuple[File, ...]]] = {}
        self._bytes: dict[File, bytes] = {}
        self._parsed: dict[File, Parsed | Unreadable] = {}
        self._documents: dict[File, tuple[Document, ...]] = {}
        self._charts: dict[str, frozenset[str]] = {}
        self._kustomizations: dict[str, tuple[str, ...]] = {}
        self._unread: dict[str, list[Unreadable]] = {}
        self.parses = 0

    @classmethod
    def collect(cls, sources: Sources) -> Self:
        return cls(sources.trees)

    # files

    def files(self, source: str | None = None) -> tuple[File, ...]:
        """All files of one source, or of all; sorted by path."""
        if source is None:
            return tuple(file for name in self.trees for file in self.files(name))
        if source not in self._files:
            tree = self.trees[source]
            paths = tree.files()
            links = tree.links()
            inside = set(paths) if links else set()
            self._files[source] = tuple(
                File(source, path)
                for path in paths
                # a link to another file of the source is that file, seen twice
                if links.get(path) not in inside and IGNORED_FOLDERS.isdisjoint(path.split("/")[:-1])
            )
        return self._files[source]

    def named(self, *patterns: str, source: str | None = None) -> tuple[File, ...]:
        """Files whose path matches one of the patterns (`capacity*.yaml`, `docs/**/*.md`)."""
        names = {pattern for pattern in patterns if not any(sign in pattern for sign in "*?/")}
        wanted = [_pattern(pattern) for pattern in patterns if pattern not in names]
        return tuple(
            file
            for file in self.files(source)
            if file.name in names or any(want.match(file.path) for want in wanted)
        )

    def under(self, source: str, path: str) -> tuple[File, ...]:
        """The file at `path`, or all below that folder; a file named by hand is read even if ignored."""
        path = path.strip("/")
        if path in ("", "."):
            return self.files(source)
        file = File(source, path)
        if file in self._file_set(source):
            return (file,)
        below = tuple(
            file for file in self.files(source) if file.path == path or file.path.startswith(path + "/")
        )
        if below or source not in self.trees or not self.trees[source].exists(path):
            return below
        return (File(source, path),)

    def _file_set(self, source: str) -> frozenset[File]:
        if source not in self._sets:
            self._sets[source] = frozenset(self.files(source))
        return self._sets[source]

    def text(self, file: File) -> bytes:
        """The bytes of a file.

        Raises:
            ReadinessError: it can't be read; the text says why.
        """
        if file not in self._bytes:
            self._bytes[file] = self.trees[file.source].read(file.path)
        return self._bytes[file]

    # YAML

    def marked(self, mark: str, source: str | None = None) -> tuple[File, ...]:
        """Files that a mark claims, those inside charts left out: these are rendered or not read at all."""
        names = self.trees if source is None else (source,)
        return tuple(file for name in names for file in self._marks_of(name).get(mark, ()))

    def parsed(self, file: File) -> tuple[Document, ...] | Unreadable:
        """The documents of a file, empty ones left out; `Unreadable` in their place when it is broken."""
        found = self._documents.get(file)
        if found is not None:
            return found
        known = self._parsed.get(file)
        if known is None:
            known = self._parsed[file] = self._parse(file)
        if isinstance(known, Unreadable):
            return known
        found = self._documents[file] = tuple(
            Document(file.source, file.path, index, value)
            for index, value in enumerate(known.documents)
            if value is not None
        )
        return found

    def json_of(self, file: File) -> Document | Unreadable:
        """A file that holds one JSON text, which is not kept; `Unreadable` in its place when it is broken."""
        import json

        try:
            text = self.text(file)
        except ReadinessError as wrong:
            fix = f"make {file.path} readable, or remove it"
            return Unreadable(file.at, _why(wrong, file), frozenset({DASHBOARDS}), fix)
        del self._bytes[file]
        try:
            return Document(file.source, file.path, 0, json.loads(text))
        except (ValueError, RecursionError) as wrong:
            line = getattr(wrong, "lineno", 1)
            why = f"it is no JSON: {getattr(wrong, 'msg', wrong)}"
            at = file.at._replace(line=line)
            return Unreadable(at, why, frozenset({DASHBOARDS}), f"mend {file.path}:{line}")

    def documents(self, files: tuple[File, ...]) -> Iterator[Document | Unreadable]:
        self.read_ahead(files)
        for file in files:
            found = self.parsed(file)
            if isinstance(found, Unreadable):
                yield found
            else:
                yield from found

    def marks(self, source: str, path: str) -> Marks | None:
        """The places of values in a file that is parsed; None where they have to be looked up in its text."""
        parsed = self._parsed.get(File(source, path))
        return Marks(parsed) if isinstance(parsed, Parsed) and parsed.marks else None

    def duplicates(self) -> Iterator[tuple[File, Duplicate]]:
        """Keys that stand twice in one mapping, in every file parsed so far."""
        for file, parsed in sorted(self._parsed.items()):
            if isinstance(parsed, Parsed):
                for duplicate in parsed.duplicates:
                    yield file, duplicate

    def broken(self) -> tuple[Unreadable, ...]:
        """Every file that a mark claims and that can't be read."""
        for source in self.trees:
            for mark, files in self._marks_of(source).items():
                for file in files if mark != DASHBOARDS else ():
                    self.parsed(file)
        found = [parsed for parsed in self._parsed.values() if isinstance(parsed, Unreadable)]
        return tuple(sorted({*found, *(one for source in self.trees for one in self.unread(source))}))

    def unread(self, source: str) -> tuple[Unreadable, ...]:
        """Files that look like YAML or JSON by their name and of which not even the marks could be read."""
        self._marks_of(source)
        return tuple(self._unread.get(source, ()))

    def charts(self, source: str) -> frozenset[str]:
        """Folders that hold a `Chart.yaml`."""
        if source not in self._charts:
            self._charts[source] = frozenset(f.folder for f in self.files(source) if f.name == "Chart.yaml")
        return self._charts[source]

    def in_chart(self, file: File) -> bool:
        """Whether a file lies in a chart: its templates are no YAML before they are rendered."""
        return _inside(file.path, self.charts(file.source))

    def kustomizations(self, source: str) -> tuple[str, ...]:
        """Folders with a kustomization file, outside of charts."""
        if source not in self._kustomizations:
            self._kustomizations[source] = tuple(
                file.folder
                for file in self.files(source)
                if file.name in ("kustomization.yaml", "kustomization.yml", "Kustomization")
                and not self.in_chart(file)
            )
        return self._kustomizations[source]

    def _marks_of(self, source: str) -> dict[str, tuple[File, ...]]:
        if source not in self._marks:
            found: dict[str, list[File]] = {}
            files = [
                file
                for file in self.files(source)
                if file.path.endswith((".yaml", ".yml", ".json")) and not self.in_chart(file)
            ]
            self.trees[source].prefetch(file.path for file in files)
            for file in files:
                try:
                    text = self.text(file)
                except ReadinessError as wrong:
                    fix = f"make {file.path} readable, or remove it"
                    self._unread.setdefault(source, []).append(
                        Unreadable(file.at, _why(wrong, file), frozenset({"unread"}), fix)
                    )
                    continue
                marks = marks_in(text)
                for mark in marks:
                    found.setdefault(mark, []).append(file)
                if not marks:
                    del self._bytes[file]  # not evidence: no need to keep it
            self._marks[source] = {mark: tuple(files) for mark, files in found.items()}
        return self._marks[source]

    def read_ahead(self, files: tuple[File, ...]) -> None:
        """Parses many files on two cores where that is faster; a broken one is told when it is asked for."""
        texts: list[bytes] = []
        waiting: list[File] = []
        for file in files:
            if file not in self._parsed:
                try:
                    texts.append(self.text(file))
                except ReadinessError:
                    continue
                waiting.append(file)
        if sum(map(len, texts)) < ENOUGH_FOR_TWO or cores() < 2:
            return
        for file, told in zip(waiting, in_halves(_read_plainly, texts, len), strict=True):
            if told is not None:
                documents, duplicates, marks = told
                self.parses += 1
                self._parsed[file] = Parsed(documents, tuple(Duplicate(*one) for one in duplicates), marks)

    def _parse(self, file: File) -> Parsed | Unreadable:
        try:
            text = self.text(file)
        except ReadinessError as wrong:
            return Unreadable(
                file.at, _why(wrong, file), frozenset(), f"make {file.path} readable, or remove it"
            )
        self.parses += 1
        try:
            return read(text)
        except YamlError as wrong:
            at = file.at._replace(line=wrong.line)
            return Unreadable(at, wrong.message, kinds_in(text), f"mend {file.path}:{wrong.line}")


def _read_plainly(text: bytes) -> Any:
    """What `Parsed` has, as plain data; None for a text that is broken."""
    try:
        parsed = read(text)
    except YamlError:
        return None
    return parsed.documents, [tuple(one) for one in parsed.duplicates], parsed.marks


def marks_in(text: bytes) -> tuple[str, ...]:
    """The marks that claim a file's text."""
    if text.startswith(UTF16):
        text = text.decode("utf-16", "replace").encode("utf-8", "replace")
    text = text.removeprefix(UTF8_MARK)
    found = []
    if b"apiVersion" in text and b"kind" in text and _API_VERSION.search(text):
        found.append(OBJECTS)
    if b"groups" in text and _GROUPS.search(text) and _RULE.search(text):
        found.append(RULES)
    if b"receivers" in text and _ROUTE.search(text) and _RECEIVERS.search(text):
        found.append(ROUTING)
    if b"prometheus/v1" in text and b"slos" in text and _is_sloth(text):
        found.append(SLOS)
    if (b"scrape_configs" in text or b"rule_files" in text) and _PROMETHEUS.search(text):
        found.append(PROMETHEUS)
    if b"apiVersion" in text and _VERSION_ONE.search(text) and _PROVISIONED.search(text):
        found.append(GRAFANA)
    if _is_dashboard(text):
        found.append(DASHBOARDS)
    return tuple(found)


def _is_sloth(text: bytes) -> bool:
    version = re.search(rb"""(?m)^["']?version["']?\s*:\s*["']?prometheus/v1["']?\s*$""", text)
    return version is not None and re.search(rb"""(?m)^["']?slos["']?\s*:""", text) is not None


def _is_dashboard(text: bytes) -> bool:
    return (
        b'"schemaVersion"' in text
        and (b'"panels"' in text or b'"rows"' in text)
        and text[:100].lstrip().startswith(b"{")
    )


def kinds_in(text: bytes) -> frozenset[str]:
    """The kinds of evidence that a text could hold which is no valid YAML: by its marks and `kind:` lines."""
    marks = marks_in(text)
    kinds = {mark for mark in marks if mark != OBJECTS}
    if OBJECTS in marks:
        kinds |= {kind.decode() for kind in re.findall(_KIND, text) + re.findall(_JSON_KIND, text)}
    if not ANY_OBJECT.isdisjoint(kinds):
        return frozenset()
    return frozenset(kinds)


def _inside(path: str, folders: frozenset[str]) -> bool:
    if not folders:
        return False
    parts = path.split("/")[:-1]
    return "" in folders or any("/".join(parts[: depth + 1]) in folders for depth in range(len(parts)))


_PATTERNS: dict[str, re.Pattern[str]] = {}


def _pattern(glob: str) -> re.Pattern[str]:
    """A path pattern: `**/` any folders, `*` within one name; without a slash it matches in any folder."""
    if glob not in _PATTERNS:
        text = glob if "/" in glob else f"**/{glob}"
        parts = re.split(r"(\*\*/|\*\*|\*|\?)", text)
        words = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
        _PATTERNS[glob] = re.compile("".join(words.get(part, re.escape(part)) for part in parts) + r"\Z")
    return _PATTERNS[glob]


def _why(wrong: ReadinessError, file: File) -> str:
    """What is wrong with a file, without its path: whoever prints it names the place."""
    return str(wrong).removeprefix(f"{file.path}: ")
