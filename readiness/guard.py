"""A child process for checks that are not ours: the last resort against one that no signal ends.

The watchdog ends a loop and a regular expression, but not a check that swallows every exception, one
that is busy inside C code, or one that calls `os._exit`. So checks of other distributions run in a
forked child: it has all evidence without copying, and tells each result as soon as there is one. The
parent sees by a shared clock when a call is over its time, ends the child, and forks another one for
what is left. Without a plug-in nothing of this is imported.
"""

import mmap
import os
import pickle
import select
import signal
import struct
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import NamedTuple

from readiness.watchdog import Watchdog

GRACE_SECONDS = 2.0  # for the watchdog in the child, which loses less
LOOK_SECONDS = 0.2

Job = Callable[[Watchdog], Iterator[object]]

_LENGTH = struct.Struct("!I")
_CLOCK = struct.Struct("dd")  # until when the call may take, and how long it was given
_END = None


class Told(NamedTuple):
    """What a job told, and why it was cut short; "" when it was not."""

    messages: list[object]
    cut: str = ""


def supervised(jobs: Sequence[Job]) -> list[Told]:
    """What each job yields, in a child process; its objects have to be picklable."""
    done: list[Told] = []
    while len(done) < len(jobs):
        _forked(jobs, done)
    return done


class _SharedWatchdog(Watchdog):
    """A watchdog whose clock another process sees."""

    def __init__(self, clock: mmap.mmap) -> None:
        super().__init__()
        self._clock = clock
        self._parent = os.getppid()

    def begin(self, seconds: float) -> None:
        super().begin(seconds)
        _CLOCK.pack_into(self._clock, 0, self._until, seconds)

    def end(self) -> None:
        super().end()
        _CLOCK.pack_into(self._clock, 0, self._until, 0.0)

    def _tick(self, number: int, frame: FrameType | None) -> None:
        if os.getppid() != self._parent:
            os._exit(1)  # the run was ended from outside
        super()._tick(number, frame)


def _forked(jobs: Sequence[Job], done: list[Told]) -> None:
    """Forks a child for the jobs that are left; at least one of them is done afterwards."""
    clock = mmap.mmap(-1, _CLOCK.size)
    _CLOCK.pack_into(clock, 0, float("inf"), 0.0)
    ours, its = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        try:
            os.close(ours)
            os.dup2(2, 1)  # a check that prints must not write into a report
            sys.stdout = sys.stderr
            _tell(jobs[len(done) :], its, clock)
        finally:
            os._exit(0)  # nothing of the parent's is flushed or cleaned up twice
    os.close(its)
    try:
        _listen(child, ours, clock, len(jobs), done)
    except BaseException:  # Ctrl-C: the child does not outlive the run
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.close(ours)
        clock.close()


def _tell(jobs: Sequence[Job], pipe: int, clock: mmap.mmap) -> None:
    with _SharedWatchdog(clock) as watchdog, open(pipe, "wb", buffering=0) as out:
        for job in jobs:
            for one in job(watchdog):
                _send(out.write, one)
            _send(out.write, _END)


def _send(write: Callable[[bytes], int | None], message: object) -> None:
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    left = memoryview(_LENGTH.pack(len(content)) + content)
    while left:
        left = left[write(bytes(left)) or 0 :]


def _listen(child: int, pipe: int, clock: mmap.mmap, jobs: int, done: list[Told]) -> None:
    told: list[object] = []
    buffer = bytearray()
    ended = ""
    code: int | None = None
    while True:
        ready, _, _ = select.select([pipe], [], [], LOOK_SECONDS)
        if ready:
            content = os.read(pipe, 1 << 16)
            buffer += content
            for message in _messages(buffer):
                if message is _END:
                    done.append(Told(told))
                    told = []
                else:
                    told.append(message)
            if content:
                continue
            break
        if code is not None:
            break  # it has ended, and what it had said is read: a process of its own holds the pipe open
        until, seconds = _CLOCK.unpack_from(clock, 0)
        if not ended and time.monotonic() > until + GRACE_SECONDS:
            ended = f"took longer than {seconds:g} s, and could only be ended with its process"
            os.kill(child, signal.SIGKILL)
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            code = os.waitstatus_to_exitcode(status)
    if code is None:
        code = _reaped(child)
    if len(done) < jobs:
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        done.append(Told(told, ended or f"ended its process ({how})"))


def _reaped(child: int) -> int:
    """The exit code of a child that has closed its pipe: ended if it does not end by itself."""
    until = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < until:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        select.select([], [], [], 0.01)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _messages(buffer: bytearray) -> Iterator[object]:
    """Takes whole messages from the front of a buffer."""
    while len(buffer) >= _LENGTH.size:
        (length,) = _LENGTH.unpack_from(buffer)
        if len(buffer) < _LENGTH.size + length:
            return
        yield pickle.loads(bytes(buffer[_LENGTH.size : _LENGTH.size + length]))
        del buffer[: _LENGTH.size + length]
