"""The second core: a forked child that does half of a long list of work and hands its results back.

For pure functions over plain data. The child inherits all that the parent has read, works through its
half, and leaves what it made, marshalled, in an anonymous file. Whatever goes wrong there (it is killed, it
crashes, memory ends) only costs time: the parent then does that half itself, so that a result never depends
on the number of cores.
"""

import marshal
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Work = TypeVar("Work")

LONGEST_SECONDS = 30.0  # that are waited for a child

LONGEST_SECONDS = 30.0  # that are waited for a child


def cores() -> int:
    """The processors that this process may use; one where a child can't be forked."""
    if not hasattr(os, "fork"):
        return 1
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


class Child:
    """One forked child, at work until `result` is asked for."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._made = _anonymous_file()
        sys.stdout.flush()
        sys.stderr.flush()
        self._process = os.fork()
        if self._process == 0:
            self._work(work)

    def _work(self, work: Callable[[], Any]) -> None:
        code = 1
        try:
            left = memoryview(marshal.dumps(work()))
            while left:
                left = left[os.write(self._made, left) :]
            code = 0
        finally:
            os._exit(code)  # nothing of the parent's is flushed or cleaned up twice

    def result(self) -> Any:
        """What `work` gave; None where the child did not come to its end in time. To be asked once."""
        try:
            if _exit_code(self._process) != 0:
                return None
            os.lseek(self._made, 0, os.SEEK_SET)
            with open(self._made, "rb", closefd=False) as file:
                return marshal.load(file)
        finally:
            os.close(self._made)


def in_halves(work: Callable[[Work], Any], things: Sequence[Work], size: Callable[[Work], int]) -> list[Any]:
    """`work` of each thing, in their order, half of them (by size) done in a child.

    Args:
        work: gives what `marshal` can write; never raises, changes nothing, depends on its argument alone.
        size: what a thing costs, in any unit.
    """
    mine, its = _split(things, size)
    child = Child(lambda: [work(things[index]) for index in its])
    results: dict[int, Any] = {}
    try:
        for index in mine:
            results[index] = work(things[index])
    finally:
        told = child.result()
    for place, index in enumerate(its):
        results[index] = told[place] if told is not None else work(things[index])
    return [results[index] for index in range(len(things))]


def _split(things: Sequence[Work], size: Callable[[Work], int]) -> tuple[list[int], list[int]]:
    """Indices for here and for the child: each next thing goes where less is to do."""
    mine: list[int] = []
    its: list[int] = []
    here = there = 0
    for index, thing in enumerate(things):
        if here <= there:
            mine.append(index)
            here += size(thing)
        else:
            its.append(index)
            there += size(thing)
    return mine, its


def _anonymous_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("readiness")
    import tempfile

    descriptor, name = tempfile.mkstemp()
    os.unlink(name)
    return descriptor


def _exit_code(child: int) -> int:
    """The exit code of a child, which is ended when it takes much longer than what it does can take."""
    until = time.monotonic() + LONGEST_SECONDS
    pause = 0.0005
    while time.monotonic() < until:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(pause)
        pause = min(pause * 2, 0.01)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
