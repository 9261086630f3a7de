"""Progress stands on a terminal's error stream, of long runs alone, and is gone at the end."""

import io
import time

import pytest

from readiness.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock: its last value is the time."""
    clock = [100.0]
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(time, "monotonic", lambda: clock[-1])
    return clock


def test_a_short_run_says_nothing(seconds: list[float]) -> None:
    stream = Terminal()
    progress = Progress(stream)
    seconds.append(101.0)
    progress.told(1, 10)
    progress.clear()
    assert stream.getvalue() == ""


def test_a_long_run_says_how_far_it_is_and_takes_it_back(seconds: list[float]) -> None:
    stream = Terminal()
    progress = Progress(stream)
    for second, done in ((102.0, 3), (102.05, 4), (103.0, 10)):
        seconds.append(second)
        progress.told(done, 10)
    progress.clear()
    assert stream.getvalue() == "\rjudged 3 of 10 checks\rjudged 10 of 10 checks\r" + " " * 22 + "\r"


@pytest.mark.parametrize("where", ["a pipe", "CI"])
def test_nothing_is_said_in_a_pipe_or_in_ci(
    where: str, seconds: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO() if where == "a pipe" else Terminal()
    if where == "CI":
        monkeypatch.setenv("CI", "true")
    progress = Progress(stream)
    seconds.append(200.0)
    progress.told(3, 10)
    progress.clear()
    assert stream.getvalue() == ""
