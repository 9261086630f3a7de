"""`readiness history`: the trend in the terminal and as a page, from records of several days."""

import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from readiness.history.place import Place
from readiness.history.record import Record
from tests.cli.running import cli
from tests.history.places import MOMENT, address, needed, sqlite_in
from tests.pages import served, violations
from tests.report.samples import finding, not_ready, outcome, ready, verdict

SCRIPT = "<script>document.title='pwned'</script><img src=x onerror=alert(1)>"
HOSTILE = f"{SCRIPT}\x1b[31m\u202e::error::x ##vso[x]"


@pytest.fixture
def records(where: Place) -> str:
    """Orders is no-go, then go with conditions, then go; payments fails one item that orders passes."""
    from readiness.history.store import Store

    store = Store(where)
    conditions = {**ready(), "decision": "GO WITH CONDITIONS"}
    payments = verdict(
        [outcome("owner.consistent", "fail", blocking=True, findings=[finding("no owner", blocking=True)])],
        service={"name": "payments", "owner": None},
    )
    for number, (day, document) in enumerate(
        (
            ("2026-11-03", not_ready()),
            ("2026-11-11", ready()),  # not the last of its week
            ("2026-11-12", conditions),
            ("2026-11-24", ready()),
            ("2026-11-24", payments),
            ("2025-01-01", not_ready()),  # before all periods
        )
    ):
        store.add(Record.of({**document, "as_of": day}, MOMENT + timedelta(hours=number)))
    return address(where)


def test_the_trend_shows_the_last_run_of_each_period(records: str, tmp_path: Path) -> None:
    said = cli("history", "--records", records, "--as-of", "2026-11-24", "--periods", "4", cwd=tmp_path)
    services, checks, latest = said.out.split("\n\n")
    assert services.splitlines() == [
        "Services, 4 periods from 2026-10-28 to 2026-11-24",
        "  service   environment  runs  passed  trend    last   blocking  record",
        "  orders    production   4     75%     N · C G  GO     0         4 (2026-11-24)",
        "  payments  production   1     0%      · · · N  NO-GO  1         5 (2026-11-24)",
        "  the last run of each period: G go, C go with conditions, U unknown, N no-go, · no run",
    ]
    lines = [line.split() for line in checks.splitlines()]
    assert ["owner.consistent", "0", "·", "0", "1", "1", "of", "2", "1"] in lines
    assert ["capacity.plan-survives-zone-loss", "1", "·", "0", "0", "0", "of", "1", "0"] in lines
    assert [line.split()[0] for line in latest.splitlines()[2:-1]] == ["6", "5", "4", "3", "2", "1"]


def test_the_trend_is_of_what_is_asked_for(records: str, tmp_path: Path) -> None:
    said = cli(
        "history", "--records", records, "--as-of", "2026-11-24", "--service", "payments", "--check", "owner.*",
        "--every", "1", "--periods", "2", cwd=tmp_path,
    )  # fmt: skip
    assert "orders" not in said.out
    assert "  owner.consistent  · 1    1 of 1  1" in said.out
    said = cli("history", "--records", records, "--environment", "staging", cwd=tmp_path)
    assert said.out.startswith("No run is recorded from ")


def test_a_period_has_its_first_and_its_last_day() -> None:
    from readiness.history.trend import starts_of

    assert starts_of(date(2026, 11, 24), 7, 2) == (date(2026, 11, 11), date(2026, 11, 18))


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--show", "77"), 3, "record 77: there is no such record"),
        (("--show", "x'; --"), 2, "expected its number, or the start of its id"),
        (("--as-of", "0001-01-02"), 2, "so many periods before it there is no day"),
        (("--html", "missing/h.html"), 3, "missing: "),
        (("--html", "h.css"), 2, "expected a file such as history.html"),
    ],
)
def test_what_can_not_be_shown_is_told(
    records: str, tmp_path: Path, arguments: Any, code: int, says: str
) -> None:
    said = cli("history", "--records", records, *arguments, cwd=tmp_path)
    assert said.code == code
    assert says in said.err


def test_no_records_are_told_with_the_command_that_makes_them(tmp_path: Path) -> None:
    needed()
    said = cli("history", "--records", "history.db", cwd=tmp_path)
    assert (said.code, said.err) == (
        3,
        "readiness: history.db: no such file; `readiness gate --record` writes it\n",
    )


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A page, its style sheet, and a terminal's text of records whose every name is hostile."""
    from readiness.history.store import Store

    where = sqlite_in(tmp_path)
    document = verdict(
        [outcome(HOSTILE, "fail", blocking=True, findings=[finding(HOSTILE)])],
        service={"name": HOSTILE, "owner": HOSTILE},
        environment=HOSTILE,
        sources=[{"name": "repository", "commit": HOSTILE, "dirty": False}],
    )
    Store(where).add(Record.of(document, MOMENT))
    (tmp_path / "site").mkdir()
    arguments = ("history", "--records", where.file, "--as-of", "2026-11-24")
    said = cli(*arguments, "--html", "site/h.html", cwd=tmp_path)
    assert said.out == "wrote site/h.html\nwrote site/h.css\n"
    (tmp_path / "said.txt").write_text(cli(*arguments, cwd=tmp_path).out)
    return tmp_path


def test_hostile_names_are_inert_in_terminal_and_page(hostile: Path) -> None:
    said = (hostile / "said.txt").read_text()
    assert SCRIPT in said
    assert "\\x1b[31m\\u202e: :error: :x # #vso[x]" in said
    assert all(line.isprintable() for line in said.splitlines())
    page = (hostile / "site" / "h.html").read_text()
    assert page.count("<script") == page.count("<img") == page.count("style=") == 0
    assert page.count("&lt;script&gt;") == 6  # services: two; checks: one; records: three
    assert all(line.isprintable() for line in page.splitlines())


def test_the_page_is_valid(hostile: Path) -> None:
    html5lib = pytest.importorskip("html5lib", reason="no parser that refuses: pip install html5lib")
    html5lib.HTMLParser(strict=True).parse((hostile / "site" / "h.html").read_text())


def test_colours_of_a_terminal_are_the_only_escapes(records: str) -> None:
    needed()
    from readiness.history import terminal
    from readiness.history.place import place_of
    from readiness.history.rows import Selection
    from readiness.history.store import Store
    from readiness.history.trend import starts_of, trend_of

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    until = date(2026, 11, 24)
    selection = Selection(starts_of(until, 7, 4), until)
    store = Store(place_of(records))
    stream = Terminal()
    terminal.show_trend(trend_of(*selection[:2], *store.trend(selection), store.latest(selection, 2)), stream)
    assert "N · C G" in stream.getvalue()
    assert "payments" in stream.getvalue()


def test_the_page_is_whole_under_the_policy_of_jenkins(browser: Any, hostile: Path) -> None:
    (hostile / "site/favicon.ico").touch()  # every server has its own
    with served(hostile / "site") as (address, asked):
        page = browser.new_page(viewport={"width": 400, "height": 800})
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}/h.html")
        assert page.title() == "Readiness over time"
        assert sorted(set(asked) - {"/favicon.ico"}) == ["/h.css", "/h.html"]
        assert complaints == []
        cell = page.locator("td.no-go").first
        assert cell.inner_text() == "NO-GO 1"
        assert cell.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(251, 220, 217)"
        # A table that is wider than a phone scrolls by itself, the page does not.
        assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(browser: Any, hostile: Path, scheme: str) -> None:
    for width in (1400, 400):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.goto((hostile / "site/h.html").as_uri())
        assert violations(page) == []
