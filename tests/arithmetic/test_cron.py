"""When schedules run, and what searches on them see."""

from datetime import datetime
from itertools import islice

import pytest

from readiness.arithmetic.cron import cron
from readiness.arithmetic.search_windows import Coverage, coverage, shifted

AT = datetime(2024, 5, 15, 10, 37, 20)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("*/20 * * * *", ["01 00:00", "01 00:20"]),
        ("8-59/30 * * * *", ["01 00:08", "01 00:38"]),
        ("*/60 * * * *", ["01 00:00", "01 01:00"]),
        ("0 6 * * 0", ["07 06:00", "14 06:00"]),
        ("0 6 * * 7", ["07 06:00", "14 06:00"]),
        ("0 6 3 * *", ["03 06:00", "03 06:00"]),
        ("0 6 3 * 1", ["01 06:00", "03 06:00"]),  # the third, or a Monday
        ("5/30 0 * * *", ["01 00:05", "01 00:35"]),
    ],
)
def test_runs(text: str, first: list[str]) -> None:
    assert [f"{one:%d %H:%M}" for one in islice(cron(text).runs(), 2)] == first


@pytest.mark.parametrize(
    "text",
    ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "*/0 * * * *",
     "9-5 * * * *", "* * * JAN *", "@daily", "* * L * *", "1, * * * *", "-1 * * * *", "*-5 * * * *"],
)  # fmt: skip
def test_what_is_no_schedule(text: str) -> None:
    with pytest.raises(ValueError):
        cron(text)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("now", "2024-05-15 10:37:20"), ("", "2024-05-15 10:37:20"), ("-15m", "2024-05-15 10:22:20"),
        ("-15m@m", "2024-05-15 10:22:00"), ("@h", "2024-05-15 10:00:00"), ("-h", "2024-05-15 09:37:20"),
        ("@d+8h", "2024-05-15 08:00:00"), ("@w", "2024-05-12 00:00:00"), ("@w1", "2024-05-13 00:00:00"),
        ("@w3", "2024-05-15 00:00:00"), ("@w4", "2024-05-09 00:00:00"), ("-1mon@mon", "2024-04-01 00:00:00"),
        ("@q", "2024-04-01 00:00:00"), ("@y", "2024-01-01 00:00:00"), ("-3mon", "2024-02-15 10:37:20"),
        ("now-1d@d", "2024-05-14 00:00:00"), ("+5minutes", "2024-05-15 10:42:20"), ("-1d@d-6h", "2024-05-13 18:00:00"),
    ],
)  # fmt: skip
def test_times_that_are_relative_to_a_run(text: str, time: str) -> None:
    assert f"{shifted(text, AT)}" == time


def test_a_month_back_from_its_last_day() -> None:
    assert f"{shifted('-1mon', datetime(2024, 3, 31)):%m-%d}" == "02-29"


@pytest.mark.parametrize(
    "text", ["-15", "15m", "-1x", "@z", "rt", "-15m @m", "@w8", "-999999y", "-999999w", "yesterday"]
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        shifted(text, AT)


@pytest.mark.parametrize(
    ("schedule", "earliest", "latest", "found"),
    [
        ("*/15 * * * *", "-15m", "now", (900, 0, 900)),
        ("*/15 * * * *", "-14m", "now", (900, 60, 840)),
        ("*/15 * * * *", "-20m@m", "-5m@m", (900, 0, 900)),
        ("5 * * * *", "-1h@h", "@h", (3600, 0, 3600)),
        ("*/5 8-17 * * 1-5", "-5m", "", (300, 0, 300)),
        ("0 6 * * *", "-1h", "", (86400, 82800, 3600)),
    ],
)
def test_what_is_seen_of_the_time_between_runs(
    schedule: str, earliest: str, latest: str, found: tuple[int, int, int]
) -> None:
    assert coverage(cron(schedule), earliest, latest) == Coverage(*found)


def test_a_schedule_that_runs_once_in_four_years_is_not_judged() -> None:
    assert coverage(cron("0 0 29 2 *"), "-1h", "") is None


def test_a_window_that_ends_before_it_begins() -> None:
    with pytest.raises(ValueError, match="is empty"):
        coverage(cron("0 * * * *"), "-1h", "-2h")
