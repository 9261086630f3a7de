"""Reports that are still true: nothing that the verdict was made from has changed since.

The key is a digest of all of it: every file's content, what git says of commits and refs, the command line,
the day, the tool and its plug-ins, and the programs that render. What a run reads beside the listed files
(a chart's ignored dependency) makes it one that is not kept. Only large runs are: a small one is as fast.

The entries lie outside of every tree, in a folder of the user's own (0700), as JSON. Where `CI` is set
nothing is read or kept, for a pull request's own build steps could write there; READINESS_CACHE names a
folder all the same, or `off`.
"""

import hashlib
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from readiness import __version__
from readiness.errors import ReadinessError
from readiness.program import git, search_path
from readiness.tree import Tree, WorkTree

FORMAT = "1"  # of the entries
FEWEST_FILES = 300  # of a run that is kept
MOST_ENTRIES = 20
LARGEST_ENTRY = 64 * 2**20  # bytes
PROGRAMS = ("git", "helm", "kubectl", "kustomize")


class Remembered(NamedTuple):
    """A run: its exit code, and its reports by format."""

    code: int
    texts: Mapping[str, str]


def folder() -> str:
    """Where entries lie; "" where nothing is kept."""
    said = os.environ.get("READINESS_CACHE", "")
    if said == "off" or (not said and os.environ.get("CI")):
        return ""
    if said:
        return said
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(home, "readiness") if os.path.isabs(home) else ""


def key_of(trees: Mapping[str, Tree], asked: Iterable[object]) -> str:
    """The digest of all that a run depends on; "" where that can't be told, or where it is small.

    Args:
        trees: the sources by name.
        asked: the command line, the day, and whatever else was given.
    """
    if not folder() or sum(len(tree.files()) for tree in trees.values()) < FEWEST_FILES:
        return ""
    digest = hashlib.sha256()
    parts: list[object] = [FORMAT, __version__, sys.version_info[:2], *asked, *_programs(), *_code()]
    digest.update(repr(parts).encode("utf-8", "surrogateescape"))
    for name, tree in sorted(trees.items()):
        if not isinstance(tree, WorkTree):
            return ""  # another repository's, or standard input
        digest.update(f"\0{name}\0{_history(tree)}\0".encode("utf-8", "surrogateescape"))
        _add_files(digest, tree)
    return digest.hexdigest()


def _add_files(digest: Any, tree: WorkTree) -> None:
    digest.update(repr(sorted(tree.links().items())).encode("utf-8", "surrogateescape"))
    for path in tree.files():
        try:
            content = tree.read(path)
        except ReadinessError as wrong:
            content = f"\0{wrong}".encode("utf-8", "surrogateescape")
        digest.update(f"\0{path}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
        digest.update(content)


def _history(tree: WorkTree) -> str:
    """All refs and the commit checked out: what they lead to never changes."""
    if not tree.has_git:
        return ""
    refs = git(tree.root, "for-each-ref", "--format=%(objectname) %(refname)")
    return f"{tree.commit} {tree.dirty} {tree.shallow} {refs.out.decode('utf-8', 'replace')}"


def _programs() -> list[tuple[str, int, int]]:
    found = []
    for program in PROGRAMS:
        for place in search_path().split(os.pathsep):
            path = os.path.join(place, program)
            with suppress(OSError):
                about = os.stat(path)
                found.append((path, about.st_size, about.st_mtime_ns))
                break
    return found


def _code() -> list[tuple[str, int, int]]:
    """The modules of the tool and of plug-ins, as they lie on disk."""
    from importlib.util import find_spec

    from readiness.plugins import installed

    packages = {entry.module.partition(".")[0] for entry in installed().values()}
    found = []
    for package in sorted({"readiness", *packages}):
        spec = find_spec(package)
        if spec is None:
            continue
        places = spec.submodule_search_locations or [os.path.dirname(spec.origin or "")]
        for place in places:
            for where, _, names in os.walk(place):
                for name in names:
                    if name.endswith((".py", ".yaml", ".json", ".gz")):
                        about = os.stat(os.path.join(where, name))
                        found.append((os.path.join(where, name), about.st_size, about.st_mtime_ns))
    return sorted(found)


def read(key: str, trees: Mapping[str, Tree]) -> Remembered | None:
    """What was kept under a key; None where there is nothing, or nothing that can be read."""
    import json

    try:
        with open(_path(key), encoding="utf-8") as file:
            kept = json.load(file)
        code, texts, absent = kept["code"], dict(kept["texts"]), dict(kept["absent"])
        if code not in (0, 1) or any(trees[name].exists(path) for name in absent for path in absent[name]):
            return None
    except (OSError, ValueError, KeyError, TypeError, ReadinessError):
        return None
    with suppress(OSError):
        os.utime(_path(key))  # the oldest are the first to go
    return Remembered(code, {str(name): str(text) for name, text in texts.items()})


def keep(key: str, remembered: Remembered, trees: Mapping[str, Tree]) -> None:
    """Keeps a run, unless it read what its key does not tell; a folder that can't be written is no fault."""
    import json

    absent: dict[str, list[str]] = {}
    for name, tree in trees.items():
        absent[name] = sorted(tree.unlisted) if isinstance(tree, WorkTree) else []
        if any(tree.exists(path) for path in absent[name]):
            return
    content = json.dumps({"code": remembered.code, "absent": absent, "texts": dict(remembered.texts)})
    if len(content) > LARGEST_ENTRY:
        return
    with suppress(OSError):
        os.makedirs(folder(), mode=0o700, exist_ok=True)
        about = os.stat(folder())
        if about.st_uid != os.getuid() or about.st_mode & 0o077:
            return  # others could write there
        unfinished = f"{_path(key)}.{os.getpid()}"
        with open(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(content)
        os.replace(unfinished, _path(key))
        _tidy()


def _tidy() -> None:
    entries = [os.path.join(folder(), name) for name in os.listdir(folder())]
    for path in sorted(entries, key=os.path.getmtime)[:-MOST_ENTRIES]:
        os.unlink(path)


def _path(key: str) -> str:
    return os.path.join(folder(), f"{key}.json")
