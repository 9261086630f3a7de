"""The files of one source: a work tree, a git ref, or texts that were handed over.

Three implementations of one small interface, `Tree`. They agree on what a file is, so that the same
commit gives the same results from a work tree and from a ref:

- Files are what git tracks and what is untracked but not ignored; a path that is named explicitly is
  read even if ignored. Without git every file of the folder counts, `.git` left out.
- A symlink to a file inside the source is a file with the target's content; `links()` tells them, so
  that a reader can leave out what it sees at the target's own place. A symlink to a folder is no file.
  A symlink that leads out of the source, is absolute, broken or a loop is listed and can't be read.
- Submodules are not files (`submodules()` names them), nor is anything in them.

Git is the `git` program in one-shot calls, never one per file. Nothing in the tree may run code: no
hooks, no file-system monitor, no filters, no pager, no prompts, no network, no configuration but the
repository's own.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, runtime_checkable

from readiness.errors import SourceError
from readiness.paths import (
    LIMIT_BYTES,
    TreeError,
    copy_plain,
    inside,
    is_below,
    kind_of,
    links_of,
    no_folder,
    reason_of,
    resolve,
    scan,
    too_large,
)
from readiness.program import (
    GIT_SECONDS,
    SAFE,
    SAFE_FETCHING,
    Batch,
    NoGit,
    Started,
    git,
    git_environment,
    run,
)
from readiness.repository import (
    filters_off,
    git_says,
    head_commit,
    is_address,
    is_shallow,
    merge_base,
    prefix_of,
    top_of,
    without_secret,
)

__all__ = [
    "LIMIT_BYTES", "RefTree", "TextTree", "Tree", "TreeError", "WorkTree", "fetch_repository", "head_commit",
    "merge_base", "open_ref", "open_tree", "open_work_tree",
]  # fmt: skip

WALK_FILES = 200_000  # of a folder without git, where a build folder may be anything
_READ_AHEAD_BYTES = 64 * 2**20
_WINDOW = 500  # object names sent ahead: 41 bytes each stay far below a pipe's 64 KiB, so no deadlock

_REGULAR, _LINK, _SUBMODULE = "100", "120000", "160000"


@runtime_checkable
class Tree(Protocol):
    """The files of one source. Paths have "/", are relative to the source's folder and never hold ".."."""

    @property
    def name(self) -> str: ...

    @property
    def commit(self) -> str: ...

    @property
    def dirty(self) -> bool: ...

    @property
    def shallow(self) -> bool: ...

    def files(self) -> tuple[str, ...]: ...

    def links(self) -> Mapping[str, str]: ...

    def read(self, path: str, limit: int = LIMIT_BYTES) -> bytes: ...

    def exists(self, path: str) -> bool: ...

    def is_folder(self, path: str) -> bool: ...

    def prefetch(self, paths: Iterable[str]) -> None: ...

    def materialise(self, paths: Iterable[str], into: str) -> None: ...


class _IsLink(Exception):
    """A symlink stands on the way."""


class WorkTree:
    """A folder on disk, with or without git.

    Two git calls are started at once and read when they are asked for, so that they run beside imports
    and parsing. A sub-folder of a repository is a source of its own: only what lies below it counts.
    """

    def __init__(self, root: str, name: str = "repository") -> None:
        self.root = os.path.abspath(root)
        self.name = name
        if not os.path.isdir(self.root):
            raise SourceError(f"{root}: {no_folder(root)}; name the folder that holds the source")
        self._top = top_of(self.root)
        self._listing: Started | None = None
        self._state: Started | None = None
        self._files: tuple[str, ...] | None = None
        self._links: dict[str, str] | None = None
        self._symlinks: tuple[str, ...] = ()
        self._submodules: tuple[str, ...] = ()
        self._untracked = False
        self._head: tuple[str, bool] | None = None
        self._shallow: bool | None = None
        self._real_folders = {""}
        self._listed: frozenset[str] | None = None
        self.unlisted: set[str] = set()  # what was asked for and is not among `files`
        if self._top:
            try:
                filters = filters_off(self._top)
                self._listing = Started(self.root, *filters, "ls-files", "-z", "-t", "--stage", "--cached",
                                         "--others", "--deleted", "--exclude-standard")  # fmt: skip
                self._state = Started(self.root, *filters, "status", "--porcelain=v2", "--branch", "-z",
                                       "--untracked-files=no", "--ignore-submodules=all", ".")  # fmt: skip
            except NoGit:
                self._top = ""

    @property
    def has_git(self) -> bool:
        """False without a repository around the folder, or without a `git` program."""
        return bool(self._top)

    @property
    def commit(self) -> str:
        """The commit checked out; "" without git and before the first commit."""
        return self._state_of_git()[0]

    @property
    def dirty(self) -> bool:
        """True when files differ from the commit, untracked ones included."""
        if not self._top:
            return False
        self.files()
        return self._state_of_git()[1] or self._untracked

    @property
    def shallow(self) -> bool:
        """True when history is cut off, so that a merge base may not be found."""
        if self._shallow is None:
            self._shallow = bool(self._top) and is_shallow(self.root)
        return self._shallow

    def files(self) -> tuple[str, ...]:
        """Sorted paths of all files.

        Raises:
            SourceError: git can't list them, or a folder without git holds more than `WALK_FILES`.
        """
        if self._files is None:
            listed = self._list() if self._top else self._walk()
            for path in self._symlinks:
                if self.is_folder(path):
                    listed.discard(path)
            self._files = tuple(sorted(listed))
        return self._files

    def links(self) -> Mapping[str, str]:
        """Files that are symlinks: their path, and the path of the file inside the source they lead to."""
        if self._links is None:
            self.files()
            self._links = links_of(self._symlinks, self._lookup)
        return self._links

    def submodules(self) -> tuple[str, ...]:
        """Folders that belong to other repositories; nothing in them is evidence of this source."""
        self.files()
        return self._submodules

    def read(self, path: str, limit: int = LIMIT_BYTES) -> bytes:
        """The content of one file, ignored or not.

        Raises:
            TreeError: it is missing, too large, no regular file, or leads out of the source.
        """
        path = inside(path)
        self._notice(path)
        try:
            return self._content(path, limit)
        except _IsLink:
            real = resolve(path, self._lookup)
        try:
            return self._content(real, limit)
        except _IsLink:
            raise TreeError(path, "changes while it is being read") from None

    def exists(self, path: str) -> bool:
        """True when a file or folder is there, inside the source, ignored or not."""
        kind = kind_of(path, self._lookup)
        if kind != "folder":
            self._notice(path)
        return kind != ""

    def _notice(self, path: str) -> None:
        """Keeps in mind what is asked for beside the listed files: its coming and going no listing shows."""
        if self._files is None:
            return
        if self._listed is None:
            self._listed = frozenset(self._files)
        if path not in self._listed:
            self.unlisted.add(path)

    def is_folder(self, path: str) -> bool:
        return kind_of(path, self._lookup) == "folder"

    def folder_holds_links(self, path: str) -> bool:
        """True when the folder is reached through a symlink or anything below it is one."""
        path = inside(path) if path else ""
        try:
            self._check_folders(path)
        except (_IsLink, OSError):
            return True
        return any(entry.is_symlink() for entry, _ in scan(self.root, path))

    def prefetch(self, paths: Iterable[str]) -> None:
        """Nothing to do: files are on disk."""

    def materialise(self, paths: Iterable[str], into: str) -> None:
        """Write files, and all that is below folders, as plain files into the folder `into`.

        Takes what is on disk, ignored files included: a chart's dependencies are commonly ignored.

        Raises:
            TreeError: one can't be read, or they are too many or too large.
        """
        copy_plain(paths, into, self.read, self._lookup, self._below)

    def _below(self, folder: str) -> Iterator[str]:
        for entry, path in scan(self.root, folder):
            if entry.is_symlink() or entry.is_file(follow_symlinks=False):
                yield path

    def _content(self, path: str, limit: int) -> bytes:
        """Reads without following a symlink; O_NONBLOCK so that a FIFO can't hold the process."""
        try:
            self._check_folders(path.rpartition("/")[0])
            handle = os.open(
                f"{self.root}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            )
        except OSError as error:
            if error.errno == errno.ELOOP:  # O_NOFOLLOW met a symlink
                raise _IsLink from None
            if error.errno == errno.ENXIO:
                raise TreeError(path, "is no regular file") from None
            raise TreeError(path, reason_of(error)) from None
        except ValueError:
            raise TreeError(path, "is no file name") from None
        try:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode):
                raise TreeError(path, "is a folder" if stat.S_ISDIR(about.st_mode) else "is no regular file")
            if about.st_size > limit:
                raise TreeError(path, too_large(about.st_size, limit))
            content = os.read(handle, about.st_size + 1)  # one more than it has: it may grow
            while len(content) != about.st_size:
                piece = os.read(handle, 1 << 16)
                content += piece
                if len(content) > limit:
                    raise TreeError(path, too_large(len(content), limit))
                if not piece:
                    break
            return content
        except OSError as error:
            raise TreeError(path, reason_of(error)) from None
        finally:
            os.close(handle)

    def _check_folders(self, folder: str) -> None:
        """Makes sure that no folder on the way is a symlink; each is looked at once."""
        if folder in self._real_folders:
            return
        self._check_folders(folder.rpartition("/")[0])
        if stat.S_ISLNK(os.lstat(f"{self.root}/{folder}").st_mode):
            raise _IsLink
        self._real_folders.add(folder)

    def _lookup(self, path: str) -> tuple[str, str]:
        try:
            mode = os.lstat(f"{self.root}/{path}").st_mode
            if stat.S_ISLNK(mode):
                return "link", os.readlink(f"{self.root}/{path}")
        except (OSError, ValueError):
            return "", ""
        if stat.S_ISDIR(mode):
            return "folder", ""
        return ("file", "") if stat.S_ISREG(mode) else ("special", "")

    def _list(self) -> set[str]:
        """Asks the started `ls-files`: "H mode object stage<TAB>path", "R …" for deleted, "? path"."""
        assert self._listing is not None
        done = self._listing.result()
        if done.code:
            raise SourceError(f"{self.root}: git can't list the files: {git_says(done)}")
        kept: set[str] = set()
        gone: set[str] = set()
        links: list[str] = []
        submodules: list[str] = []
        for line in done.out.decode("utf-8", "surrogateescape").split("\0"):
            if not line:
                continue
            tag = line[0]
            if tag == "?":
                path = line[2:]
                self._untracked = True
                if path.endswith("/"):  # a repository inside the repository
                    submodules.append(path[:-1])
                    continue
                if stat.S_ISLNK(self._mode(path)):
                    links.append(path)
                kept.add(path)
                continue
            about, _, path = line[2:].partition("\t")
            if tag == "R" or (tag == "S" and not self._mode(path)):  # S: outside a sparse checkout
                gone.add(path)
            elif about.startswith(_SUBMODULE):
                submodules.append(path)
            else:
                if about.startswith(_LINK):
                    links.append(path)
                kept.add(path)
        kept -= gone
        self._symlinks = tuple(link for link in links if link in kept)
        self._submodules = tuple(sorted(set(submodules)))
        return kept if kept or gone or not self._ignored_itself() else self._walk()

    def _ignored_itself(self) -> bool:
        """A source that lies in an ignored folder was named explicitly: then all of it counts."""
        return self.root != self._top and git(self.root, "check-ignore", "-q", ".").code == 0

    def _mode(self, path: str) -> int:
        try:
            return os.lstat(f"{self.root}/{path}").st_mode
        except OSError:
            return 0

    def _walk(self) -> set[str]:
        found: set[str] = set()
        links: list[str] = []
        for entry, path in scan(self.root, ""):
            if entry.is_symlink():
                links.append(path)
            elif not entry.is_file(follow_symlinks=False):
                continue
            found.add(path)
            if len(found) > WALK_FILES:
                raise SourceError(
                    f"{self.root}: more than {WALK_FILES:,} files and no git to tell which belong to it; "
                    "name the folder of the service"
                )
        self._symlinks = tuple(links)
        return found

    def _state_of_git(self) -> tuple[str, bool]:
        if self._head is None:
            if self._state is None:
                self._head = ("", False)
                return self._head
            done = self._state.result()
            if done.code:
                raise SourceError(f"{self.root}: git can't tell the commit: {git_says(done)}")
            commit, dirty = "", False
            for line in done.out.decode("utf-8", "surrogateescape").split("\0"):
                if line.startswith("# branch.oid "):
                    commit = line[13:] if line[13:] != "(initial)" else ""
                elif not line.startswith("#"):
                    dirty = bool(line)
                    break  # further texts may be file names, which can look like anything
            self._head = (commit, dirty)
        return self._head


class RefTree:
    """The files of one commit, read from git's object store; the work tree is not looked at.

    `repository_root` is any folder of the repository. `subfolder` is the source's folder in it; one
    that did not exist at that commit is an empty tree.
    """

    dirty = False

    def __init__(self, repository_root: str, ref: str, name: str = "repository", subfolder: str = "") -> None:
        import threading

        self.root = os.path.abspath(repository_root)
        self.ref = ref
        self.name = name
        self.subfolder = subfolder.strip("/")
        self.commit = head_commit(self.root, ref)
        self._shallow: bool | None = None
        self._entries: dict[str, tuple[str, str]] | None = None  # path → mode, object
        self._folders: set[str] = set()
        self._files: tuple[str, ...] | None = None
        self._links: dict[str, str] | None = None
        self._ahead: dict[str, bytes] = {}
        self._ahead_bytes = 0
        self._batch: Batch | None = None
        self._lock = threading.Lock()

    @property
    def has_git(self) -> bool:
        return True

    @property
    def shallow(self) -> bool:
        if self._shallow is None:
            self._shallow = is_shallow(self.root)
        return self._shallow

    def files(self) -> tuple[str, ...]:
        """Sorted paths of all files at that commit."""
        if self._files is None:
            self._files = tuple(
                sorted(
                    path
                    for path, (mode, _) in self._tree().items()
                    if mode.startswith(_REGULAR) or (mode == _LINK and not self.is_folder(path))
                )
            )
        return self._files

    def links(self) -> Mapping[str, str]:
        if self._links is None:
            found = [path for path in self.files() if self._tree()[path][0] == _LINK]
            self._links = links_of(found, self._lookup)
        return self._links

    def submodules(self) -> tuple[str, ...]:
        return tuple(sorted(path for path, (mode, _) in self._tree().items() if mode == _SUBMODULE))

    def blob(self, path: str) -> str:
        """The name of the file's content in git: equal for equal contents; "" when it is no file."""
        return self._tree().get(path, ("", ""))[1]

    def read(self, path: str, limit: int = LIMIT_BYTES) -> bytes:
        path = inside(path)
        mode, blob = self._tree().get(path, ("", ""))
        if not mode.startswith(_REGULAR):
            real = resolve(path, self._lookup)
            if not real or self._lookup(real)[0] == "folder":
                raise TreeError(path, "is a folder")
            blob = self._tree()[real][1]
        return self._blob(path, blob, limit)

    def exists(self, path: str) -> bool:
        return kind_of(path, self._lookup) != ""

    def is_folder(self, path: str) -> bool:
        return kind_of(path, self._lookup) == "folder"

    def prefetch(self, paths: Iterable[str]) -> None:
        """Read the contents of many files ahead, in one go: each `read` then costs no round trip.

        A content is given away by the first `read`; what doesn't fit into 64 MiB is read on demand.
        """
        tree = self._tree()
        wanted: dict[str, None] = {}
        for path in paths:
            mode, blob = tree.get(path, ("", ""))
            if mode.startswith(_REGULAR) and blob not in self._ahead:
                wanted[blob] = None
        names = list(wanted)
        with self._lock:
            for start in range(0, len(names), _WINDOW):
                if self._ahead_bytes >= _READ_AHEAD_BYTES:
                    return
                window = names[start : start + _WINDOW]
                batch = self._running()
                batch.ask(window)
                for blob in window:
                    content = batch.answer(min(LIMIT_BYTES, max(0, _READ_AHEAD_BYTES - self._ahead_bytes)))
                    if isinstance(content, bytes):
                        self._ahead[blob] = content
                        self._ahead_bytes += len(content)

    def materialise(self, paths: Iterable[str], into: str) -> None:
        wanted = list(paths)
        self.prefetch(path for path in self._tree() if any(is_below(path, prefix) for prefix in wanted))
        copy_plain(wanted, into, self.read, self._lookup, self._paths_below)

    def close(self) -> None:
        """End the `git cat-file` that contents are read from; reading again starts another."""
        if self._batch is not None:
            self._batch.close()
            self._batch = None

    def __enter__(self) -> "RefTree":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_batch", None) is not None:
            self.close()

    def _paths_below(self, folder: str) -> Iterator[str]:
        return (
            path for path, (mode, _) in self._tree().items() if is_below(path, folder) and mode != _SUBMODULE
        )

    def _tree(self) -> dict[str, tuple[str, str]]:
        if self._entries is None:
            entries: dict[str, tuple[str, str]] = {}
            for line in self._listing().decode("utf-8", "surrogateescape").split("\0"):
                if line:
                    about, _, path = line.partition("\t")
                    mode, _, blob = about.split(" ")
                    entries[path] = (mode, blob)
                    folder = path.rpartition("/")[0]
                    while folder and folder not in self._folders:
                        self._folders.add(folder)
                        folder = folder.rpartition("/")[0]
            self._entries = entries
        return self._entries

    def _listing(self) -> bytes:
        """All entries below the source's folder: "mode type object<TAB>path", relative to it."""
        of = f"{self.commit}:{self.subfolder}" if self.subfolder else self.commit
        if self.subfolder and git(self.root, "rev-parse", "--verify", "--quiet", of).code:
            return b""
        done = git(self.root, "ls-tree", "-r", "-z", "--full-tree", of)
        if done.code:
            raise SourceError(f"{self.name}: git can't list the files at {self.ref}: {git_says(done)}")
        return done.out

    def _lookup(self, path: str) -> tuple[str, str]:
        mode, blob = self._tree().get(path, ("", ""))
        if mode == _LINK:
            return "link", os.fsdecode(self._blob(path, blob, 4096))
        if mode == _SUBMODULE or path in self._folders:
            return "folder", ""
        return ("file", "") if mode else ("", "")

    def _blob(self, path: str, blob: str, limit: int) -> bytes:
        with self._lock:
            ready = self._ahead.pop(blob, None)
            if ready is not None:
                self._ahead_bytes -= len(ready)
                if len(ready) > limit:
                    raise TreeError(path, too_large(len(ready), limit))
                return ready
            batch = self._running()
            batch.ask([blob])
            content = batch.answer(limit)
        if isinstance(content, bytes):
            return content
        if content < 0:
            raise TreeError(
                path,
                "its content is not in this partial clone; run: git fetch --refetch --no-filter origin",
            )
        raise TreeError(path, too_large(content, limit))

    def _running(self) -> "Batch":
        if self._batch is None or not self._batch.usable():
            self._batch = Batch(self.root)
        return self._batch


class TextTree:
    """Texts that were handed over: standard input, or what a pipeline rendered."""

    commit = ""
    dirty = False
    shallow = False
    has_git = False

    def __init__(self, name: str, texts: Mapping[str, bytes]) -> None:
        self.name = name
        self._texts = dict(texts)
        self._folders = {
            path[:at] for path in self._texts for at in range(len(path)) if path[at] == "/"
        }  # fmt: skip

    def files(self) -> tuple[str, ...]:
        return tuple(sorted(self._texts))

    def links(self) -> Mapping[str, str]:
        return {}

    def submodules(self) -> tuple[str, ...]:
        return ()

    def read(self, path: str, limit: int = LIMIT_BYTES) -> bytes:
        path = inside(path) if path not in self._texts else path
        if path not in self._texts:
            raise TreeError(path, "is a folder" if path in self._folders else "no such file")
        text = self._texts[path]
        if len(text) > limit:
            raise TreeError(path, too_large(len(text), limit))
        return text

    def exists(self, path: str) -> bool:
        return path in self._texts or path in self._folders

    def is_folder(self, path: str) -> bool:
        return path in self._folders

    def prefetch(self, paths: Iterable[str]) -> None:
        """Nothing to do: the texts are in memory."""

    def materialise(self, paths: Iterable[str], into: str) -> None:
        def below(folder: str) -> Iterator[str]:
            return (path for path in self._texts if is_below(path, folder))

        def lookup(path: str) -> tuple[str, str]:
            if path in self._texts:
                return "file", ""
            return ("folder", "") if path in self._folders or not path else ("", "")

        copy_plain(paths, into, self.read, lookup, below)


def open_work_tree(path: str, name: str = "repository") -> WorkTree:
    """The folder `path` as a source.

    Raises:
        SourceError: it is no folder.
    """
    return WorkTree(path, name)


def open_ref(path: str, ref: str, name: str = "repository") -> RefTree:
    """The folder `path` of a repository as it is at `ref`.

    Raises:
        SourceError: `path` is in no repository, or `ref` isn't known; it says what to fetch.
    """
    root = os.path.abspath(path)
    return RefTree(root, ref, name, prefix_of(root))


def open_tree(source: str, repository: str, name: str, into: str = "") -> WorkTree | RefTree:
    """A source as the command line names it: a folder, a git ref of the repository, or `repository@ref`.

    Args:
        source: the text of `--policy` or `--source`.
        repository: the folder being judged, which a plain ref belongs to.
        name: what the source is called.
        into: an empty folder for what has to be fetched; without it a remote repository is refused.

    Raises:
        SourceError: it is none of the three, or can't be read.
    """
    if os.path.isdir(source):
        return open_work_tree(source, name)
    place, _, ref = source.rpartition("@")
    if place and ref and (os.path.isdir(place) or is_address(place)):
        if os.path.isdir(place):
            return open_ref(place, ref, name)
        if not into:
            raise SourceError(f"{without_secret(source)}: a remote repository can't be read here")
        return fetch_repository(place, ref, into, name)
    option = f"--policy {source}" if name == "policy" else f"--source {name}={source}"
    missing = f"{place}: {no_folder(place)}" if place and ref else no_folder(source)
    if source.startswith(("/", ".", "~")) or source.endswith("/"):
        raise SourceError(f"{option}: {missing}; and no git ref can have such a name")
    if not top_of(os.path.abspath(repository)):
        raise SourceError(
            f"{option}: {missing}; neither a folder nor repository@ref, and {repository} is no git "
            "repository whose ref it could be"
        )
    try:
        return open_ref(repository, source, name)
    except SourceError as wrong:
        no_ref = "" if os.path.exists(source) else f"; and {wrong}"
        raise SourceError(f"{option}: {missing}{no_ref}") from wrong


def fetch_repository(url_or_path: str, ref: str, into: str, name: str = "policy") -> RefTree:
    """Fetch one ref of another repository, without history, into the empty folder `into`.

    The only call that may use the network and the user's git configuration (credentials): the address
    comes from the command line, and nothing of the evaluated tree takes part.

    Raises:
        SourceError: it can't be fetched.
    """
    shown = without_secret(url_or_path)
    if ref.startswith("-") or url_or_path.startswith("-"):
        raise SourceError(f"{shown}@{ref}: no address and ref of a repository")
    os.makedirs(into, exist_ok=True)
    address = url_or_path if is_address(url_or_path) else os.path.abspath(url_or_path)
    environment = {**git_environment(), "GIT_ALLOW_PROTOCOL": "file:https:ssh"}
    for key in (
        "HOME",
        "USER",
        "SSH_AUTH_SOCK",
        "GIT_ASKPASS",
        "XDG_CONFIG_HOME",
        "HTTPS_PROXY",
        "NO_PROXY",
        "GIT_SSH_COMMAND",
    ):
        if key in os.environ:
            environment[key] = os.environ[key]
    for key in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
        environment.pop(key)
    made = run(["git", *SAFE, "init", "--quiet", "--bare", into], into, environment, GIT_SECONDS)
    done = made
    if not made.code:
        done = run(
            ["git", *SAFE_FETCHING, f"--git-dir={into}", "fetch", "--quiet", "--depth=1", "--no-tags",
             address, f"+{ref}:refs/heads/fetched"],
            into, environment, GIT_SECONDS,
        )  # fmt: skip
    if done.code:
        raise SourceError(
            f"{shown}: ref {ref!r} can't be fetched: {without_secret(git_says(done))}; "
            f"try: git ls-remote {shown} {ref}"
        )
    return RefTree(into, "refs/heads/fetched", name)
