"""How far a long run is: one line on a terminal's error stream, rewritten in place and taken away at the end.

Nothing is written of a short run, in a pipe, or where CI is set.
"""

import os
import time
from typing import IO

QUIET_SECONDS = 1.5  # most runs are over by then
PAUSE_SECONDS = 0.1  # between two writes


class Progress:
    """One line on `stream`, while it is a terminal."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream if stream.isatty() and not os.environ.get("CI") else None
        self._next = time.monotonic() + QUIET_SECONDS
        self._width = 0

    def told(self, done: int, of: int) -> None:
        """So many checks of so many are judged."""
        now = time.monotonic()
        if self._stream is None or now < self._next:
            return
        self._next = now + PAUSE_SECONDS
        text = f"judged {done} of {of} checks"
        self._stream.write(f"\r{text:<{self._width}}")
        self._stream.flush()
        self._width = len(text)

    def clear(self) -> None:
        """Takes the line away."""
        if self._stream is not None and self._width:
            self._stream.write(f"\r{' ' * self._width}\r")
            self._stream.flush()
            self._width = 0
