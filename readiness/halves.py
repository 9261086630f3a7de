"""The second core: a forked child that does half of a long list of work and hands its results back.

For pure functions over plain data. The child inherits all that the parent has read, works through its
half, and leaves what it made, marshalled, in an anonymous file. Whatever goes wrong there (it is killed, it
crashes, memory ends) only costs time: the parent then does that half itself, so that a result never depends
on the number of cores.
"""

import marshal
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Work = TypeVar("Work")


def cores() -> int:
    """The processors that this process may use; one where a child can't be forked."""
    if not hasattr(os, "fork"):
        return 1
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def in_halves(work: Callable[[Work], Any], things: Sequence[Work], size: Callable[[Work], int]) -> list[Any]:
    """`work` of each thing, in their order, half of them (by size) done in a child.

    Args:
        work: gives what `marshal` can write; never raises, changes nothing, depends on its argument alone.
        size: what a thing costs, in any unit.
    """
    mine, its = _split(things, size)
    child, made = _forked(work, [things[index] for index in its])
    results: dict[int, Any] = {}
    try:
        for index in mine:
            results[index] = work(things[index])
    finally:
        told = _reaped(child, made)
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


def _forked(work: Callable[[Work], Any], things: Sequence[Work]) -> tuple[int, int]:
    """The child's process id, and the file that it writes to."""
    made = _anonymous_file()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child, made
    code = 1
    try:
        content = marshal.dumps([work(thing) for thing in things])
        left = memoryview(content)
        while left:
            left = left[os.write(made, left) :]
        code = 0
    finally:
        os._exit(code)  # nothing of the parent's is flushed or cleaned up twice


def _anonymous_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("readiness")
    import tempfile

    descriptor, name = tempfile.mkstemp()
    os.unlink(name)
    return descriptor


def _reaped(child: int, made: int) -> list[Any] | None:
    """What the child made; None where it did not come to its end."""
    try:
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            return None
        os.lseek(made, 0, os.SEEK_SET)
        with open(made, "rb", closefd=False) as file:
            told: list[Any] = marshal.load(file)
        return told
    finally:
        os.close(made)
