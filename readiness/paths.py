"""Paths inside a source: what may be named, where symlinks lead, and copies of a part of a source."""

import errno
import os
from collections.abc import Callable, Iterable, Iterator

from readiness.errors import ReadinessError, SourceError

LIMIT_BYTES = 20 * 2**20  # of one file; the largest real manifest seen (a CRD bundle) has 4 MiB
MATERIALISE_FILES = 20_000
MATERIALISE_BYTES = 256 * 2**20
LINKS = 40  # as many as Linux follows

Lookup = Callable[[str], tuple[str, str]]
"""What stands at a path: "file", "folder", "special", "" (nothing), or "link" with its target."""

Below = Callable[[str], Iterator[str]]
"""The files and symlinks below a folder, followed through no symlink."""


class TreeError(ReadinessError):
    """One file of a tree can't be read; `why` says it without the path."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


def inside(path: str) -> str:
    """`path` without "." parts.

    Raises:
        TreeError: it is absolute, climbs with "..", or leads into `.git`.
    """
    if path.startswith("/"):
        raise TreeError(path, "is an absolute path; a path inside the source was expected")
    if "." not in path and "//" not in path and path:
        return path
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise TreeError(path, "leads out of the source: '..' is not allowed in it")
    if ".git" in parts:
        raise TreeError(path, "is git's own file, not part of the source")
    return "/".join(parts)


def resolve(path: str, lookup: Lookup) -> str:
    """The path, free of symlinks, of the file or folder that `path` leads to inside the source.

    Raises:
        TreeError: it leads out of the source, round in a loop, or nowhere.
    """
    waiting = path.split("/")[::-1]
    done: list[str] = []
    followed = 0
    while waiting:
        part = waiting.pop()
        if part in ("", "."):
            continue
        if part == "..":
            if not done:
                raise TreeError(path, "is a symlink that leads out of the source")
            done.pop()
            continue
        here = "/".join((*done, part))
        kind, target = lookup(here)
        if kind == "link":
            followed += 1
            if followed > LINKS:
                raise TreeError(path, "is a loop of symlinks")
            if target.startswith("/"):
                raise TreeError(path, "is a symlink to an absolute path, so it leads out of the source")
            waiting.extend(target.split("/")[::-1])
            continue
        if not kind or part == ".git":
            raise TreeError(path, "no such file" if not followed else "is a symlink to what doesn't exist")
        if kind == "special":
            raise TreeError(path, "is no regular file")
        if kind == "file" and any(part not in ("", ".") for part in waiting):
            raise TreeError(path, "no such file")
        done.append(part)
    return "/".join(done)


def kind_of(path: str, lookup: Lookup) -> str:
    """ "file" or "folder" that a path leads to inside the source; "" when there is none."""
    try:
        real = resolve(inside(path), lookup)
    except TreeError:
        return ""
    return lookup(real)[0] if real else "folder"


def links_of(symlinks: Iterable[str], lookup: Lookup) -> dict[str, str]:
    found = {}
    for path in symlinks:
        if kind_of(path, lookup) == "file":
            found[path] = resolve(path, lookup)
    return found


def is_below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")


def no_folder(path: str) -> str:
    """What is wrong with a path that was to be a folder, with the nearest folder beside it."""
    if os.path.exists(path):
        return "is a file; expected a folder"
    from difflib import get_close_matches

    above, name = os.path.split(path.rstrip("/"))
    try:
        with os.scandir(above or ".") as entries:
            beside = [entry.name for entry in entries if entry.is_dir()]
    except OSError:
        beside = []
    near = get_close_matches(name, beside, n=1)
    return f"no such folder; did you mean {os.path.join(above, near[0])}?" if near else "no such folder"


def scan(root: str, folder: str) -> Iterator[tuple["os.DirEntry[str]", str]]:
    """Everything below a folder but `.git`, in sorted order; symlinks are told, not followed."""
    try:
        with os.scandir(f"{root}/{folder}" if folder else root) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        if not folder:
            raise SourceError(f"{root}: {reason_of(error)}") from None
        raise TreeError(folder, reason_of(error)) from None
    for entry in found:
        if entry.name == ".git":
            continue
        path = f"{folder}/{entry.name}" if folder else entry.name
        yield entry, path
        if entry.is_dir(follow_symlinks=False):
            yield from scan(root, path)


def copy_plain(
    paths: Iterable[str], into: str, read: Callable[[str], bytes], lookup: Lookup, below: Below
) -> None:
    """Write files, and all that is below folders, as plain files into the folder `into`.

    A symlink becomes a copy of what it leads to inside the source.

    Raises:
        TreeError: one can't be read, leads out, never ends, or they are too many or too large.
    """
    files = total = 0
    made: set[str] = set()

    def write(path: str, place: str) -> None:
        nonlocal files, total
        if place in made:
            return
        content = read(path)
        files += 1
        total += len(content)
        if files > MATERIALISE_FILES or total > MATERIALISE_BYTES:
            raise TreeError(
                path,
                f"more than {MATERIALISE_FILES:,} files or {MATERIALISE_BYTES // 2**20} MiB would be needed "
                "to render this",
            )
        made.add(place)
        target = f"{into}/{place}"
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "xb") as file:
            file.write(content)

    def copy(folder: str, place: str, way: tuple[str, ...]) -> None:
        """Writes the folder's content at `place`, which differs from it behind a symlink to a folder."""
        os.makedirs(f"{into}/{place}", exist_ok=True)
        for path in list(below(folder)):
            at = place + path[len(folder) :] if folder else f"{place}/{path}".lstrip("/")
            real = resolve(path, lookup)
            if not real or lookup(real)[0] == "folder":
                # a link to a folder that holds the link, or into one that is being written, never ends
                if is_below(path, real) or any(is_below(real, past) or is_below(past, real) for past in way):
                    raise TreeError(path, "is a loop of symlinks")
                copy(real, at, (*way, real))
            else:
                write(path, at)

    for path in paths:
        path = inside(path)
        real = resolve(path, lookup)
        if not real or lookup(real)[0] == "folder":
            copy(real, path, ())
        else:
            write(path, path)


def too_large(size: int, limit: int) -> str:
    return f"has {size:,} bytes; at most {limit:,} are read"


def reason_of(error: OSError) -> str:
    reasons = {"ENOENT": "no such file", "ENOTDIR": "no such file", "EACCES": "may not be read (permissions)",
               "EISDIR": "is a folder", "ENAMETOOLONG": "no such file (the name is too long)"}  # fmt: skip
    return reasons.get(errno.errorcode.get(error.errno or 0, ""), error.strerror or "can't be read")
