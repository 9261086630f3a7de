"""What git says of the files of each source: when they last changed, what they held before, which tags exist.

One `git log` for each source, started when the first check asks for git facts and read at the first
question; contents of earlier versions come from one `git cat-file`. History is that of the commit checked
out, or of the ref that is judged; a source may be a folder of a larger repository.
Ignored on purpose: merges, and commits that touch more than a hundred files of the source (reformatting,
moves) as a date of change; renames, so that a file's history starts where it got its path. A cut-off
(shallow) history says nothing of its first commit, which seems to add every file.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import takewhile
from typing import NamedTuple, Self

from readiness.errors import SourceError, Unknown
from readiness.evidence.context import Sources
from readiness.outcome import Location
from readiness.program import Batch, NoGit, Started
from readiness.repository import prefix_of
from readiness.tree import Tree

COMMITS_READ = 20_000  # of one source, newest first: some seconds in the largest repositories
BULK_FILES = 100  # a commit that touches more says nothing about any one of them
VERSIONS_READ = 20  # of one file
VERSION_BYTES = 2**20  # of one version; a manifest is far below
HISTORY_BYTES = 64 * 2**20  # of all versions of all files of a source
_WINDOW = 500  # object names sent ahead: 41 bytes each stay far below a pipe's 64 KiB, so no deadlock
HISTORY_FIX = "fetch the whole history: git fetch --unshallow (in CI: fetch-depth: 0)"

_MARK = "commit "


class Change(NamedTuple):
    """One commit's change of one file."""

    commit: str
    day: date  # author date, UTC
    blob: str  # content afterwards; "" when the commit removed it
    bulk: bool  # the commit touches more than `BULK_FILES`
    first: bool  # the commit has no parent: the first one, or where a shallow history is cut off


class Version(NamedTuple):
    """One content that a file had."""

    commit: str
    day: date
    content: bytes


class Stands(NamedTuple):
    """How long something has been standing in a file without a break."""

    day: date | None  # the commit that brought it; None where the last commit does not have it yet
    at_least: bool  # it may stand there for longer: history, or what is read of it, goes back no further


class GitFacts:
    """Facts about the history of each source; a source without git has none."""

    def __init__(self, histories: Mapping[str, "_History"]) -> None:
        self._histories = dict(histories)

    @classmethod
    def collect(cls, sources: Sources) -> Self:
        """Starts the logs and does not wait for them."""
        return cls({name: _History(tree) for name, tree in sources.trees.items() if _has_git(tree)})

    def has_history(self, source: str) -> bool:
        """Whether the source lies in a git repository that has a commit."""
        return source in self._histories and self._histories[source].has_commits

    def shallow(self, source: str) -> bool:
        """Whether the source's history is cut off, so that what lies before can't be told."""
        return source in self._histories and self._histories[source].shallow

    def last_change(self, source: str, path: str) -> date | None:
        """Author date, UTC, of the last commit that touched a file, bulk changes not counted.

        A file that only bulk commits touched has the date of the one that added it. None: it was never
        committed, there is no git, or a shallow clone doesn't reach back to its last change.

        Raises:
            Unknown: git can't tell.
        """
        changes = self.changes(source, path)
        shallow = any(change.first for change in changes) and self.shallow(source)
        known = [change for change in changes if not (shallow and change.first)]
        by_itself = next((change.day for change in known if not change.bulk), None)
        return by_itself or (known[-1].day if known else None)

    def changes(self, source: str, path: str) -> tuple[Change, ...]:
        """The commits that touched a file, newest first.

        Raises:
            Unknown: git can't tell.
        """
        found = self._histories.get(source)
        return found.changes(path) if found is not None else ()

    def history_of(self, source: str, path: str) -> tuple[Version, ...]:
        """The contents that a file had, newest first, each once; up to `VERSIONS_READ`.

        The work tree's own content is not among them while it is not committed.

        Raises:
            Unknown: git can't tell.
        """
        found = self._histories.get(source)
        return found.versions(path) if found is not None else ()

    def states_of(self, source: str, path: str) -> tuple[Version, ...]:
        """The content that each commit gave to a file, newest first; one that came back stands there twice.

        Removals are left out. They end where a content is not among the `VERSIONS_READ` newest.

        Raises:
            Unknown: git can't tell.
        """
        found = self._histories.get(source)
        return found.states(path) if found is not None else ()

    def stands_since(self, source: str, path: str, holds: Callable[[bytes], bool]) -> Stands | None:
        """Since when a file has been holding something; None where history does not know the file.

        Raises:
            Unknown: git can't tell.
        """
        found = self._histories.get(source)
        return found.stands_since(path, holds) if found is not None else None

    def prefetch(self, source: str, paths: Iterable[str]) -> None:
        """Read the histories of many files in one go, so that `history_of` costs no call for each.

        Raises:
            Unknown: git can't tell.
        """
        if source in self._histories:
            self._histories[source].prefetch(paths)

    def tags(self, source: str) -> Mapping[str, str]:
        """Names of tags, and the commits that they are on.

        Raises:
            Unknown: git can't tell.
        """
        found = self._histories.get(source)
        return found.tags if found is not None else {}

    def holds_commit(self, source: str, prefix: str) -> bool:
        """Whether a commit whose name starts so is reachable from any ref of the clone.

        Raises:
            Unknown: git can't tell.
        """
        found = self._histories.get(source)
        return found is not None and found.holds_commit(prefix)


class _History:
    """The history of one source, read when it is first asked for."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._root: str = tree.root  # type: ignore[attr-defined]  # both trees that have git have a root
        self._prefix = _prefix(tree)
        self._changes: dict[str, list[Change]] | None = None
        self._versions: dict[str, tuple[Version, ...]] = {}
        self._contents: dict[str, bytes] = {}
        self._room = HISTORY_BYTES
        self._tags: dict[str, str] | None = None
        self._commits: list[str] | None = None
        self._ref = (getattr(tree, "ref", "") and tree.commit) or "HEAD"
        self._log = self._started(
            "log", f"--max-count={COMMITS_READ}", "--no-merges", "--raw", "--no-abbrev", "--no-renames",
            "--no-textconv", "--no-ext-diff", "--root", "-z", f"--format={_MARK}%H %at %P", self._ref,
            "--", f":(top,literal){self._prefix}" if self._prefix else ":(top)",
        )  # fmt: skip

    @property
    def has_commits(self) -> bool:
        self._read()
        return bool(self._tree.commit)

    @property
    def shallow(self) -> bool:
        return self._tree.shallow

    def changes(self, path: str) -> tuple[Change, ...]:
        return tuple(self._read().get(path, ()))

    def prefetch(self, paths: Iterable[str]) -> None:
        self._read_blobs(list(dict.fromkeys(blob for path in paths for blob in self._blobs(path))))

    def versions(self, path: str) -> tuple[Version, ...]:
        if path not in self._versions:
            wanted = self._blobs(path)
            contents = self._read_blobs(list(wanted))
            self._versions[path] = tuple(
                Version(change.commit, change.day, contents[blob])
                for blob, change in wanted.items()
                if blob in contents
            )
        return self._versions[path]

    def states(self, path: str) -> tuple[Version, ...]:
        contents = self._read_blobs(list(self._blobs(path)))
        there = [change for change in self._read().get(path, ()) if change.blob]
        read = takewhile(lambda change: change.blob in contents, there)
        return tuple(Version(change.commit, change.day, contents[change.blob]) for change in read)

    def stands_since(self, path: str, holds: Callable[[bytes], bool]) -> Stands | None:
        contents = self._read_blobs(list(self._blobs(path)))
        answers = {"": False}
        since: Change | None = None
        cut = False
        changes = self._read().get(path, ())
        for change in changes:
            if change.blob and change.blob not in contents:  # older than what is read of it
                cut = True
                break
            if change.blob not in answers:
                answers[change.blob] = holds(contents[change.blob])
            if not answers[change.blob]:
                break
            since = change
        if since is None:
            return Stands(None, False) if changes and not cut else None
        return Stands(since.day, cut or (since.first and self.shallow))

    def _blobs(self, path: str) -> dict[str, Change]:
        """The contents that a file had, newest first, each with the newest commit that gave it."""
        found: dict[str, Change] = {}
        for change in self._read().get(path, ()):
            if change.blob and len(found) < VERSIONS_READ:
                found.setdefault(change.blob, change)
        return found

    @property
    def tags(self) -> Mapping[str, str]:
        if self._tags is None:
            form = "%(refname:strip=2)%00%(objectname)%00%(*objectname)"
            lines = self._output("for-each-ref", f"--format={form}", "refs/tags").split("\n")
            parts = [line.split("\0") for line in lines if line]
            self._tags = {name: peeled or plain for name, plain, peeled in parts}
        return self._tags

    def holds_commit(self, prefix: str) -> bool:
        from bisect import bisect_left

        if self._commits is None:
            self._commits = sorted(self._output("rev-list", "--all", self._ref).split())
        at = bisect_left(self._commits, prefix)
        return at < len(self._commits) and self._commits[at].startswith(prefix)

    def _read(self) -> dict[str, list[Change]]:
        if self._changes is None:
            self._changes = {}
            if self._log is not None:
                self._changes = _changes_in(text_of(self._log, self._at), self._prefix)
                self._log = None
        return self._changes

    def _read_blobs(self, blobs: list[str]) -> dict[str, bytes]:
        missing = [blob for blob in blobs if blob not in self._contents]
        if missing:
            batch = Batch(self._root)
            try:
                for start in range(0, len(missing), _WINDOW):
                    window = missing[start : start + _WINDOW]
                    batch.ask(window)
                    for blob in window:
                        content = batch.answer(min(VERSION_BYTES, max(0, self._room)))
                        if isinstance(content, bytes):
                            self._contents[blob] = content
                            self._room -= len(content)
            except SourceError as wrong:
                raise Unknown(str(wrong), self._at, HISTORY_FIX) from wrong
            finally:
                batch.close()
        return {blob: self._contents[blob] for blob in blobs if blob in self._contents}

    def _output(self, *arguments: str) -> str:
        started = self._started(*arguments)
        return text_of(started, self._at) if started is not None else ""

    def _started(self, *arguments: str) -> Started | None:
        try:
            return Started(self._root, *arguments)
        except NoGit:
            return None

    @property
    def _at(self) -> Location:
        return Location(self._tree.name, "")


def log_of(tree: Tree, *arguments: str) -> Started | None:
    """A `git log` of a source, started: of its own folder, from the commit or ref that is judged."""
    prefix = _prefix(tree)
    ref = (getattr(tree, "ref", "") and tree.commit) or "HEAD"
    paths = ("--", f":(top,literal){prefix}" if prefix else ":(top)")
    try:
        return Started(tree.root, "log", *arguments, ref, *paths)  # type: ignore[attr-defined]  # has_git: has a root
    except NoGit:
        return None


def is_whole_repository(tree: Tree) -> bool:
    """Whether a source is all that its repository has, as against a folder of it or an unpacked part."""
    return _has_git(tree) and not _prefix(tree)


def _has_git(tree: Tree) -> bool:
    return bool(getattr(tree, "has_git", False))


def _prefix(tree: Tree) -> str:
    """The source's folder inside its repository."""
    subfolder = getattr(tree, "subfolder", None)
    if subfolder is not None:
        return str(subfolder)
    return prefix_of(os.path.abspath(tree.root))  # type: ignore[attr-defined]


def text_of(started: Started, at: Location) -> str:
    """What the call printed; nothing where there is no commit yet."""
    try:
        done = started.result()
    except SourceError as wrong:
        raise Unknown(str(wrong), at) from wrong
    return done.out.decode("utf-8", "surrogateescape") if not done.code else ""


def _changes_in(log: str, prefix: str) -> dict[str, list[Change]]:
    """Changes by path, newest first, of `git log --raw -z`.

    A commit is `MARK commit time parents`, then for each file ":mode mode blob blob status" and its path.
    """
    found: dict[str, list[Change]] = {}
    start = f"{prefix}/" if prefix else ""
    for head, files in _commits_in(log):
        commit, time, *parents = head.split(" ")
        day = datetime.fromtimestamp(int(time), UTC).date()
        bulk, first = len(files) > BULK_FILES, not any(parents)
        for blob, path in files:
            change = Change(commit, day, blob if blob.strip("0") else "", bulk, first)
            found.setdefault(path.removeprefix(start), []).append(change)
    return found


def _commits_in(log: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each commit's head, and the blobs and paths of its files; a path may hold any character but NUL."""
    head = ""
    files: list[tuple[str, str]] = []
    tokens = iter(log.split("\0"))
    for token in tokens:
        word = token.lstrip("\n")
        if word.startswith(_MARK):
            if head:
                yield head, files
            head, files = word[len(_MARK) :], []
        elif word.startswith(":"):
            files.append((word.split(" ")[3], next(tokens, "")))
    if head:
        yield head, files
