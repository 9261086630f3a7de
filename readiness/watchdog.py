"""A time limit around each call of a check, also inside one regular expression.

One alarm ticks during a whole run, and the handler looks whether the call that is under way has used up
its time: setting an alarm for each of a hundred thousand calls would cost more than the calls. Python's
regular expression engine looks for signals while it runs, so that a catastrophic pattern ends as well.
The alarm goes on ticking, for a check may swallow the first one.
"""

import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Self

TICK_SECONDS = 0.25


class Hung(BaseException):
    """The time is up. No `Exception`, so that a check's own `except Exception` does not hide it."""


class Watchdog:
    """A context in which calls between `begin` and `end` are ended when they take too long.

    Without effect outside of the main thread, where Python delivers no signals.
    """

    def __init__(self) -> None:
        self._until = float("inf")
        self._seconds = 0.0
        self._active = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
        self._before: object = None
        self._before_interrupt: object = None
        self.interrupted = False  # by Ctrl-C, in contrast to a check that raises KeyboardInterrupt

    def begin(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = time.monotonic() + seconds

    def end(self) -> None:
        self._until = float("inf")

    def __enter__(self) -> Self:
        if self._active:
            self._before = signal.signal(signal.SIGALRM, self._tick)
            self._before_interrupt = signal.signal(signal.SIGINT, self._interrupt)
            signal.setitimer(signal.ITIMER_REAL, TICK_SECONDS, TICK_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        if self._active:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)  # type: ignore[arg-type]  # what signal() gave
            signal.signal(signal.SIGINT, self._before_interrupt)  # type: ignore[arg-type]  # as above

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self.interrupted = True
        raise KeyboardInterrupt

    def _tick(self, _number: int, _frame: FrameType | None) -> None:
        if time.monotonic() > self._until:
            raise Hung(f"took longer than {self._seconds:g} s")
