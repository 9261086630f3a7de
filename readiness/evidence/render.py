"""Manifests as Helm and Kustomize render them.

Runs `helm template` (Helm 3 and 4) and `kubectl kustomize`, or `kustomize build` where there is no
kubectl. Both get an empty home, a scrubbed environment, no kubeconfig, no plug-ins, no network, a limit
of time, memory and output; release, namespace and Kubernetes version are passed explicitly. A chart
without symlinks is read where it lies, anything else from a copy of just the files it needs, so that
nothing outside the source is read and nothing in it is written.

What a kustomization reads is found without kustomize (`kustomization_inputs`). Refused before anything
runs: remote resources, Helm charts inside kustomizations, files outside the source. Ignored on purpose:
plug-ins of kustomize, post-renderers and cluster look-ups of Helm.
"""

import contextlib
import os
import posixpath
import re
import weakref
from collections.abc import Callable
from typing import NamedTuple

from readiness.errors import Unknown
from readiness.evidence.kustomization import INSTEAD, NAMES, inputs_of, joined, own_file
from readiness.outcome import Location
from readiness.program import Completed, run, search_path, start, wait
from readiness.tree import Tree, TreeError, WorkTree

SECONDS = 30.0
OUTPUT_BYTES = 64 * 2**20
MEMORY_BYTES = 4 * 2**30  # of address space: Helm and kubectl reserve little, a template bomb gets there soon

_RELEASE = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"  # Helm's own
_WORD = r"[A-Za-z0-9][\w.+:/-]*"  # namespaces, versions, API groups: nothing that looks like a flag


class Rendered(NamedTuple):
    """What a renderer wrote, and which one it was: "helm v4.1.4", "kubectl v1.35.2 (kustomize v5.7.1)"."""

    text: bytes
    renderer: str


class _Failed(NamedTuple):
    why: str
    at: object
    fix: str


# by tree; a failure is kept as plain data, since an exception's frames would keep the tree alive
_done: "weakref.WeakKeyDictionary[Tree, dict[tuple[object, ...], Rendered | _Failed]]" = (
    weakref.WeakKeyDictionary()
)
_versions: dict[str, str] = {}


def render_chart(
    tree: Tree,
    chart_path: str,
    values: tuple[tuple[Tree, str], ...] = (),
    release: str = "release",
    namespace: str = "",
    kubernetes_version: str = "",
    api_versions: tuple[str, ...] = (),
) -> Rendered:
    """The manifests that `helm template` makes of a chart, CRDs included, test hooks left out.

    Each document keeps Helm's `# Source:` comment; `places_of` turns these into locations.

    Raises:
        Unknown: it can't be rendered; `fix` is the command that mends it.
    """
    chart_path = _normal(chart_path)
    at = Location(tree.name, chart_path, precision="chart")
    for what, text, shape in (
        ("release name", release, _RELEASE),
        ("namespace", namespace or "default", _WORD),
        ("Kubernetes version", kubernetes_version or "1", _WORD),
        *(("API version", version, _WORD) for version in api_versions),
    ):
        if not re.fullmatch(shape, text) or len(text) > 253 or (what == "release name" and len(text) > 53):
            raise Unknown(f"{chart_path}: {text!r} is no {what} that Helm takes", at, f"correct the {what}")
    texts = tuple(_values(source, path, at) for source, path in values)
    names = tuple((source.name, path) for source, path in values)
    key = ("chart", chart_path, texts, names, release, namespace, kubernetes_version, api_versions)
    options = [f"--namespace={namespace}"] if namespace else []
    options += [f"--kube-version={kubernetes_version}"] if kubernetes_version else []
    options += [f"--api-versions={version}" for version in api_versions]

    def render() -> Rendered:
        return _helm(tree, chart_path, list(zip(names, texts, strict=True)), release, options, at)

    return _once(tree, key, render)


def render_kustomization(tree: Tree, path: str, allow_remote: bool = False) -> Rendered:
    """The manifests that kustomize builds of the kustomization in the folder `path`.

    Raises:
        Unknown: it can't be built, or reads what it must not; `fix` is what mends it.
    """
    folder = _folder(path)
    return _once(
        tree, ("kustomization", folder, allow_remote), lambda: _kustomize(tree, folder, allow_remote)
    )


def kustomization_inputs(tree: Tree, path: str) -> tuple[str, ...]:
    """Every file and folder that the kustomization in the folder `path` reads, other kustomizations'
    included; its own folder and file too. What is missing or remote is left out. Needs no kustomize.
    """
    inputs = inputs_of(tree, _folder(path), allow_remote=True)
    return tuple(sorted({*inputs.files, *inputs.folders}))


def places_of(tree: Tree, chart_path: str, text: bytes) -> tuple[Location, ...]:
    """Where each document of a rendered chart is from: its template, or the chart where that is packed.

    One location per document of `text`, empty documents counted, as a YAML reader counts them.
    """
    chart_path = _normal(chart_path)
    chart = Location(tree.name, chart_path, precision="chart")
    places: list[Location] = []
    known: dict[str, Location] = {}
    for line in text.split(b"\n"):
        if line.rstrip() == b"---" or line.startswith(b"--- "):
            # the second document of a CRD file has no comment of its own
            places.append(places[-1] if places else chart)
        elif line.startswith(b"# Source: ") and places:
            shown = line[10:].decode("utf-8", "replace").strip()
            if shown not in known:
                file = _template(chart_path, shown)
                known[shown] = Location(tree.name, file, precision="template") if tree.exists(file) else chart
            places[-1] = known[shown]
    return tuple(places)


# --- helm


def _helm(
    tree: Tree,
    chart: str,
    values: list[tuple[tuple[str, str], bytes]],
    release: str,
    options: list[str],
    at: Location,
) -> Rendered:
    packed = chart.endswith(".tgz")
    if not packed and not tree.exists(joined(chart, "Chart.yaml")):
        raise Unknown(f"{chart}: no chart is here: it has no Chart.yaml", at, "correct the path of the chart")
    helm = _program("helm")
    if not helm:
        raise Unknown(
            f"{chart}: not rendered, since there is no helm program", at, f"install helm, or {INSTEAD}"
        )
    with _Room() as room:
        place = room.files if packed else _where(tree, chart, room.files, at)
        if packed:
            _copied(tree, [chart], room.files, at)
        hidden = {f"{place}/": "", place: tree.name}
        command = [helm, "template", release, f"{place}/{chart}" if chart else place]
        command += ["--include-crds", "--skip-tests", *options]
        for index, ((_, path), text) in enumerate(values):
            file = f"{room.path}/values-{index}.yaml"
            with open(file, "wb") as written:
                written.write(text)
            command.append(f"--values={file}")
            hidden[file] = path
        with _Version(helm, "helm", room) as version:
            done = _ran(command, room, at, chart, network=False)
        if done.code:
            raise _helm_failed(tree, chart, _shown(done, {**hidden, f"{room.path}/": ""}), at)
        return Rendered(done.out, str(version))


def _helm_failed(tree: Tree, chart: str, said: str, at: Location) -> Unknown:
    lines = [
        line for line in said.splitlines() if not re.match(r"level=(INFO|WARN)|WARNING:|coalesce\.go", line)
    ]
    text = " ".join(" ".join(lines).removeprefix("Error: ").split())
    text = text.replace(" Use --debug flag to render out invalid YAML", "")
    if "missing in charts/ directory" in text or "chart metadata is missing these dependencies" in text:
        missing = text.rpartition(": ")[2]
        return Unknown(
            f"{chart}: its dependencies are not there: {missing}", at, f"helm dependency build {chart or '.'}"
        )
    found = re.search(r"([\w./@+-]+/(?:templates|crds)/[^\s:()]+?)(?::(\d+))?(?::\d+)?(?=[\s:)]|$)", text)
    if found and "://" not in found[0]:
        file = _template(chart, found[1])
        if tree.exists(file):
            at = Location(tree.name, file, line=int(found[2]) if found[2] else None, precision="template")
            text = text.replace(found[1], file)
    return Unknown(f"{chart}: helm can't render it: {text}", at, f"helm template {chart or '.'}")


def _template(chart: str, shown: str) -> str:
    """Helm shows `name-of-the-chart/templates/x.yaml`; the chart's folder may be called otherwise."""
    return joined(chart, shown.partition("/")[2])


def _where(tree: Tree, chart: str, room: str, at: Location) -> str:
    """The folder to render in: the source's own where nothing in the chart can lead out of it."""
    try:
        if isinstance(tree, WorkTree) and not tree.folder_holds_links(chart):
            return tree.root
    except TreeError as wrong:
        raise Unknown(f"{chart}: {wrong}", at, "make the chart's files readable") from wrong
    _copied(tree, [chart], room, at)
    return room


def _values(tree: Tree, path: str, at: Location) -> bytes:
    try:
        return tree.read(path)
    except TreeError as wrong:
        where = Location(tree.name, path)
        raise Unknown(
            f"{at.file}: its values can't be read: {wrong}", where, f"correct or add {path}"
        ) from wrong


# --- kustomize


def _kustomize(tree: Tree, folder: str, allow_remote: bool) -> Rendered:
    at = Location(tree.name, own_file(tree, folder) or folder, precision="chart")
    inputs = inputs_of(tree, folder, allow_remote)
    if inputs.problems:
        raise inputs.problems[0]
    kubectl = _program("kubectl")
    program = kubectl or _program("kustomize")
    if not program:
        raise Unknown(
            f"{folder or '.'}: not rendered, since there is neither kubectl nor kustomize",
            at,
            f"install kubectl or kustomize, or {INSTEAD}",
        )
    with _Room() as room:
        _copied(tree, list(inputs.files), room.files, at)
        for inner in inputs.folders:
            os.makedirs(f"{room.files}/{inner}", exist_ok=True)
        command = [program, "kustomize" if kubectl else "build", f"{room.files}/{folder}".rstrip("/")]
        with _Version(program, "kubectl" if kubectl else "kustomize", room) as version:
            done = _ran(command, room, at, folder or ".", network=allow_remote)
        if done.code:
            said = _shown(done, {f"{room.files}/": "", room.files: ".", f"{room.path}/": ""})
            raise Unknown(f"{folder or '.'}: kustomize can't build it: {_kustomize_says(said)}", at,
                          f"kubectl kustomize {folder or '.'}")  # fmt: skip
        return Rendered(done.out, str(version))


def _kustomize_says(said: str) -> str:
    """Kustomize tells a cause several times over, once as a file and once as a folder: the first is it."""
    lines = [line for line in said.splitlines() if line and not line.startswith(("# Warning", "Warning"))]
    text = " ".join(" ".join(lines).split())
    text = re.sub(r"^(?:[Ee]rror: )+", "", text)
    return text.partition("': must build at directory")[0]


# --- running a renderer


class _Room:
    """A folder for one run: an empty home, and the files that are copied for it."""

    def __enter__(self) -> "_Room":
        import tempfile

        self._folder = tempfile.TemporaryDirectory(prefix="readiness-", ignore_cleanup_errors=True)
        self.path = os.path.realpath(self._folder.name)
        self.home = f"{self.path}/home"
        self.files = f"{self.path}/files"
        os.mkdir(self.home)
        os.mkdir(self.files)
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def environment(self, network: bool) -> dict[str, str]:
        """PATH, an empty home for every tool's configuration, and no network unless it is allowed."""
        environment = {
            "PATH": search_path(),
            "LC_ALL": "C",
            "TMPDIR": self.home,
            "KUBECONFIG": f"{self.home}/none",
            "HELM_PLUGINS": f"{self.home}/plugins",
            "HELM_REGISTRY_CONFIG": f"{self.home}/registry.json",
            "HELM_REPOSITORY_CONFIG": f"{self.home}/repositories.yaml",
            "HELM_REPOSITORY_CACHE": f"{self.home}/repository",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
        }
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "HELM_CACHE_HOME",
                     "HELM_CONFIG_HOME", "HELM_DATA_HOME", "KUSTOMIZE_PLUGIN_HOME"):  # fmt: skip
            environment[name] = self.home
        if not network:
            environment["GIT_ALLOW_PROTOCOL"] = ""
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
                environment[name] = environment[name.lower()] = "http://127.0.0.1:9"  # the discard port
        return environment


def _ran(command: list[str], room: _Room, at: Location, what: str, network: bool) -> Completed:
    name = os.path.basename(command[0])
    try:
        done = run(command, room.home, room.environment(network), SECONDS, OUTPUT_BYTES, MEMORY_BYTES)
    except OSError as wrong:
        raise Unknown(
            f"{what}: {name} can't be started: {wrong.strerror}", at, f"install {name} anew"
        ) from wrong
    if done.ended:
        over = (
            f"ran longer than {SECONDS:.0f} s"
            if done.ended == "time"
            else f"wrote more than {OUTPUT_BYTES >> 20} MiB"
        )
        raise Unknown(f"{what}: {name} was stopped: it {over}", at, INSTEAD)
    return done


def _copied(tree: Tree, paths: list[str], into: str, at: Location) -> None:
    try:
        tree.materialise(paths, into)
    except TreeError as wrong:
        raise Unknown(
            f"{at.file}: can't be rendered: {wrong}", at, f"correct {wrong.path}, or {INSTEAD}"
        ) from wrong


_CRASH = re.compile(r"^(?:fatal error|panic): .*|^runtime(?:/cgo)?: .*", re.M)
_NO_MEMORY = re.compile(r"out of memory|cannot allocate memory|failed to allocate")
_LOGGED = re.compile(r"^(?:[IWEF]\d{4} [\d:.]+ +\d+ \S+\] |\d{4}/\d\d/\d\d \d\d:\d\d:\d\d |time=\S+ )", re.M)


def _shown(done: Completed, hidden: dict[str, str]) -> str:
    """Why a program failed, the same in each run: without the machine's paths, addresses in memory, the
    time of day and control characters.
    """
    text = _LOGGED.sub("", _first_of_dump(done.err.decode("utf-8", "replace")))
    for path in sorted(hidden, key=len, reverse=True):
        text = text.replace(path, hidden[path])
    text = re.sub(r"\b0x[0-9a-fA-F]{6,}", "0x…", text)
    text = re.sub(r"[^\S\n]|[\x00-\x09\x0b-\x1f\x7f]", " ", text)
    if not text.strip():
        text = f"it was ended by signal {-done.code}" if done.code < 0 else f"it ended with code {done.code}"
    return text if len(text) <= 2000 else f"{text[:2000]} …"


def _first_of_dump(text: str) -> str:
    """The line that says why a Go program crashed; any other text as it is.

    The rest of a dump is its threads and numbers of bytes, others in each run.
    """
    lines = [crash.group() for crash in _CRASH.finditer(text)]
    if not lines:
        return text
    if any(_NO_MEMORY.search(line) for line in lines):
        return f"it ran out of memory; {MEMORY_BYTES >> 30} GiB are allowed"
    return next((line for line in lines if not line.startswith("runtime")), lines[0])


def _program(name: str) -> str:
    for folder in search_path().split(os.pathsep):
        path = os.path.join(folder, name)
        if folder and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return ""


class _Version:
    """The renderer's name and version, asked once per program, while it renders."""

    def __init__(self, program: str, name: str, room: _Room) -> None:
        self._program = program
        self._name = name
        self._process: object = None
        if program not in _versions:
            question = {"helm": ["version", "--short"], "kubectl": ["version", "--client"]}
            command = [program, *question.get(name, ["version"])]
            with contextlib.suppress(OSError):  # the rendering itself says why it can't be started
                self._process = start(command, room.home, room.environment(network=False))

    def __enter__(self) -> "_Version":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            said = wait(self._process, SECONDS, 2**20).out.decode("utf-8", "replace")
            kustomize = re.search(r"Kustomize Version: (v[\d.]+)", said)
            own = re.search(r"v\d+(?:\.\d+)+", said)
            inner = f" (kustomize {kustomize[1]})" if kustomize else ""
            _versions[self._program] = f"{self._name} {own[0]}{inner}" if own else self._name

    def __str__(self) -> str:
        return _versions.get(self._program, self._name)


def _once(tree: Tree, key: tuple[object, ...], render: Callable[[], Rendered]) -> Rendered:
    """Renders once per process; a failure is remembered like a success."""
    key = (*key, search_path())
    known = _done.setdefault(tree, {})
    if key not in known:
        try:
            known[key] = render()
        except Unknown as failed:
            known[key] = _Failed(failed.why, failed.at, failed.fix)
    found = known[key]
    if isinstance(found, _Failed):
        raise Unknown(*found)
    return found


def _normal(path: str) -> str:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts or path.startswith("/"):
        raise Unknown(f"{path}: leads out of the source", None, "name a path inside the source")
    return "/".join(parts)


def _folder(path: str) -> str:
    path = _normal(path)
    return posixpath.dirname(path) if posixpath.basename(path) in NAMES else path
