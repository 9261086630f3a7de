"""Running programs within limits, and git in a way that is safe for a tree that nobody trusts.

Nothing in an evaluated tree may run code: no hooks, no file-system monitor, no filters, no pager, no
prompts, no network, no configuration but the repository's own. Every call has a time limit and a bound
on its output; a program that is stopped takes along what it started.
"""

import atexit
import contextlib
import os
from collections.abc import Mapping
from typing import IO, Any, NamedTuple

from readiness.errors import SourceError

GIT_SECONDS = 60.0
GIT_LIST_BYTES = 512 * 2**20


class Completed(NamedTuple):
    """What a program left behind; `ended` is "", "time" or "output" (it was stopped for that limit)."""

    code: int
    out: bytes
    err: bytes
    ended: str = ""


SAFE = (
    "--no-pager",
    "--no-optional-locks",
    "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.pager=cat",
    "-c", "core.sshCommand=false",
    "-c", "core.askPass=false",
    "-c", "core.attributesFile=/dev/null",
    "-c", "credential.helper=",
    "-c", "safe.directory=*",  # pipelines check out as another user; the rest of this list makes it harmless
    "-c", "safe.bareRepository=explicit",  # a bare repository inside the tree is data, not a repository
    "-c", "protocol.ext.allow=never",
)  # fmt: skip
SAFE_FETCHING = ("--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")


class NoGit(Exception):
    """There is no `git` program."""


def search_path() -> str:
    """PATH with absolute folders only: a relative one would run programs of the evaluated tree."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if os.path.isabs(folder))


def git(folder: str, *arguments: str) -> Completed:
    """One call of git in `folder`, safe for a tree that nobody trusts.

    Raises:
        SourceError: there is no git program, or it ran into the time limit.
    """
    try:
        return Started(folder, *arguments).result()
    except NoGit:
        raise SourceError("there is no git program; install git, or leave out refs and bases") from None


def run(
    command: list[str],
    folder: str,
    environment: Mapping[str, str],
    seconds: float,
    limit: int = GIT_LIST_BYTES,
    memory: int = 0,
) -> Completed:
    """Run a program to its end, or stop it, and all it started, at a limit of time or output.

    Raises:
        FileNotFoundError: there is no such program.
    """
    return wait(start(command, folder, environment, memory), seconds, limit)


def start(command: list[str], folder: str, environment: Mapping[str, str], memory: int = 0) -> Any:
    import subprocess

    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )
    if memory:
        import resource

        limit = getattr(resource, "prlimit", None)  # Linux has it; elsewhere the time limit has to do
        if limit is not None:
            with contextlib.suppress(OSError, ValueError):  # it ended already
                limit(process.pid, resource.RLIMIT_AS, (memory, memory))
    return process


def wait(process: Any, seconds: float, limit: int) -> Completed:
    import select
    import time

    ends = time.monotonic() + seconds
    streams: dict[int, list[bytes]] = {process.stdout.fileno(): [], process.stderr.fileno(): []}
    err = process.stderr.fileno()
    waiting = select.poll()
    for stream in streams:
        waiting.register(stream, select.POLLIN | select.POLLHUP)
    sizes = dict.fromkeys(streams, 0)
    running, ended = len(streams), ""
    try:
        while running and not ended:
            left = ends - time.monotonic()
            ready = waiting.poll(max(0.0, left) * 1000) if left > 0 else []
            if not ready and ends <= time.monotonic():
                ended = "time"
            for stream, _ in ready:
                piece = os.read(stream, 1 << 20)
                if not piece:
                    waiting.unregister(stream)
                    running -= 1
                elif stream != err or sizes[err] < 2**20:  # more of an error text helps nobody
                    streams[stream].append(piece)
                    sizes[stream] += len(piece)
                    if stream != err and sizes[stream] > limit:
                        ended = "output"
        if not ended:
            try:
                process.wait(max(0.1, ends - time.monotonic()))
            except Exception as error:
                if type(error).__name__ != "TimeoutExpired":
                    raise
                ended = "time"
    finally:
        if ended or running:
            _kill(process)
        process.stdout.close()
        process.stderr.close()
    code = process.wait()
    return Completed(code, b"".join(streams[next(iter(streams))]), b"".join(streams[err]), ended)


def _kill(process: Any) -> None:
    import signal

    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()


def git_environment() -> dict[str, str]:
    return {
        "PATH": search_path(),
        "HOME": "/dev/null",  # set, since git fails on `~` in a configuration without it
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "",  # and older versions, which would fetch lazily, may use no protocol
    }


def at_git_folder(folder: str) -> tuple[str, ...]:
    """The argument that a bare repository needs, which git only takes where it is named explicitly."""
    bare = not os.path.exists(f"{folder}/.git") and is_bare(folder)
    return (f"--git-dir={folder}",) if bare else ()


def is_bare(folder: str) -> bool:
    return os.path.isfile(f"{folder}/HEAD") and os.path.isdir(f"{folder}/objects")


_RUNNING: set[Any] = set()  # git processes that end when this one does, though nobody waits for them


@atexit.register
def _end_running() -> None:
    for process in tuple(_RUNNING):
        _kill(process)
        process.wait()


class Started:
    """A git call that runs while others work; `result` waits for it."""

    def __init__(self, folder: str, *arguments: str) -> None:
        self._asked = False
        self._what = next((word for word in arguments if not word.startswith("-") and "=" not in word), "")
        try:
            self._process = start(
                ["git", *SAFE, *at_git_folder(folder), *arguments], folder, git_environment()
            )
            _RUNNING.add(self._process)
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            if os.path.isdir(folder):
                raise NoGit from error
            raise SourceError(f"{folder}: no such folder") from None

    def __del__(self) -> None:
        process = getattr(self, "_process", None)
        if process is not None and not self._asked:  # nobody wanted the answer
            _RUNNING.discard(process)
            _kill(process)
            process.stdout.close()
            process.stderr.close()
            process.wait()

    def result(self) -> Completed:
        self._asked = True
        _RUNNING.discard(self._process)
        done = wait(self._process, GIT_SECONDS, GIT_LIST_BYTES)
        if done.ended:
            raise SourceError(
                f"git {self._what} was stopped: it took more than {GIT_SECONDS:.0f} s or too much memory"
            )
        return done


class Batch:
    """A running `git cat-file --batch`: object names in, contents out, in the same order."""

    def __init__(self, folder: str) -> None:
        import subprocess

        self._owner = os.getpid()
        process: Any = subprocess.Popen(
            ["git", *SAFE, *at_git_folder(folder), "cat-file", "--batch"],
            cwd=folder, env=git_environment(), bufsize=0, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._process = process
        _RUNNING.add(process)
        self._in: IO[bytes] = process.stdin
        self._out = self._process.stdout.fileno()
        self._held = b""
        self._broken = False

    def usable(self) -> bool:
        """False in a forked child, which must not share the pipe, and after a failure."""
        return self._owner == os.getpid() and not self._broken

    def ask(self, blobs: list[str]) -> None:
        try:
            self._in.write(("\n".join(blobs) + "\n").encode("ascii"))
        except OSError as error:
            self._broken = True
            raise SourceError(f"git cat-file ended early: {error}") from None

    def answer(self, limit: int) -> bytes | int:
        """The next content; its size when it is larger than `limit`; -1 when it isn't there."""
        while b"\n" not in self._held:
            self._held += self._more()
        head, _, self._held = self._held.partition(b"\n")
        if head.endswith(b"missing"):
            return -1
        size = int(head.rsplit(b" ", 1)[1])
        if size > limit:
            self._skip(size + 1)
            return size
        pieces = [self._held]
        have = len(self._held)
        while have < size + 1:
            pieces.append(self._more())
            have += len(pieces[-1])
        data = b"".join(pieces)
        self._held = data[size + 1 :]
        return data[:size]

    def close(self) -> None:
        if self._owner != os.getpid():
            return
        _RUNNING.discard(self._process)
        for stream in (self._in, self._process.stdout):
            with contextlib.suppress(OSError):
                stream.close()
        if self._process.poll() is None:
            _kill(self._process)
        self._process.wait()

    def _skip(self, count: int) -> None:
        count -= len(self._held)
        while count > 0:
            self._held = self._more()
            count -= len(self._held)
        self._held = self._held[len(self._held) + count :] if count else b""

    def _more(self) -> bytes:
        import select

        waiting = select.poll()
        waiting.register(self._out, select.POLLIN | select.POLLHUP)
        piece = os.read(self._out, 1 << 20) if waiting.poll(GIT_SECONDS * 1000) else b""
        if not piece:
            self._broken = True
            raise SourceError("git cat-file ended early; run: git fsck")
        return piece
