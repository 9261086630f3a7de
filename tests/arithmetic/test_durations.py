"""Durations in Prometheus' and Go's spelling."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.arithmetic.durations import go_seconds, prometheus_duration, prometheus_seconds, spell_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5m", 300), ("1h30m", 5400), ("0s", 0), ("0", 0), ("90s", 90), ("1d", 86400), ("1w", 604800),
     ("1y", 31_536_000), ("1h0m5s", 3605), ("250ms", Fraction(1, 4)), ("1m5ms", Fraction(60_005, 1000))],
)  # fmt: skip
def test_prometheus_durations(text: str, seconds: Fraction) -> None:
    assert prometheus_seconds(text) == seconds
    assert prometheus_duration(text) == timedelta(milliseconds=int(seconds * 1000))


@pytest.mark.parametrize(
    "text", ["", "5", "5 m", "m", "1.5h", "-5m", "30m1h", "5m5m", "1us", "5M", "٥m", "300y", "9" * 70 + "s"]
)
def test_what_prometheus_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        prometheus_seconds(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5m", 300), ("1.5h", 5400), ("30m1h", 5400), ("5m5m", 600), ("-10ms", Fraction(-1, 100)), ("0", 0),
     ("+1s", 1), (".5s", Fraction(1, 2)), ("1.s", 1), ("100ns", Fraction(1, 10**7)),
     ("2us", Fraction(2, 10**6)),
     ("2µs", Fraction(2, 10**6)), ("2\u03bcs", Fraction(2, 10**6)), ("5m0s", 300)],
)  # fmt: skip
def test_go_durations(text: str, seconds: Fraction) -> None:
    assert go_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "1d", "1w", "1y", ".s", "1h ", "--1s", "9999999h", "٥m"])
def test_what_go_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="expected a"):
        go_seconds(text)


@pytest.mark.parametrize(
    ("seconds", "spelled"),
    [(0, "0s"), (90, "1m30s"), (5400, "1h30m"), (86400, "1d"), (604800, "1w"), (694800, "8d1h"),
     (Fraction(1, 4), "250ms")],
)  # fmt: skip
def test_spelling(seconds: Fraction | int, spelled: str) -> None:
    assert spell_duration(seconds) == spelled


@pytest.mark.parametrize("seconds", [-1, Fraction(1, 3)])
def test_what_has_no_spelling(seconds: Fraction | int) -> None:
    with pytest.raises(ValueError, match="whole milliseconds"):
        spell_duration(seconds)


@given(st.integers(0, 9 * 10**12))
def test_spelling_is_read_back_as_the_same_time(milliseconds: int) -> None:
    seconds = Fraction(milliseconds, 1000)
    assert prometheus_seconds(spell_duration(seconds)) == seconds


@given(st.integers(0, 86_399_999))
def test_go_reads_the_spelling_of_less_than_a_day(milliseconds: int) -> None:
    seconds = Fraction(milliseconds, 1000)
    assert go_seconds(spell_duration(seconds)) == seconds


@given(st.text(max_size=80))
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    for read in (prometheus_seconds, go_seconds):
        try:
            seconds = read(text)
        except ValueError:
            continue
        assert abs(seconds) < 2**63
