"""The baseline: what it accepts, that it only shrinks, and the file."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.baseline import (
    Baseline,
    baseline_of,
    baseline_yaml,
    read_baseline,
    state_of,
    updated,
    write_baseline,
)
from readiness.compare import Entry, entries
from readiness.errors import ChecklistError
from readiness.outcome import Finding, Location, Operand, Outcome, Result, State, Status, Subject, Worse

FILE = ".readiness/baseline.yaml"
PLACE = Location("repository", FILE)
UNTIL, TODAY = date(2027, 3, 1), date(2026, 11, 24)
DAY = timedelta(days=1)


def outcome(
    *results: Result, item: str = "limit", env: str = "production", ruled_out: bool = False
) -> Outcome:
    return Outcome(item, "rollback.history-limit", "", env, "error", False, results, not_evaluated=ruled_out)


def bad(name: str = "api", kept: int | str = 1, worse: Worse = "less", operand: str = "kept") -> Result:
    finding = Finding("wrong", operands=(Operand(operand, kept, worse=worse),))
    return Result(Subject("Deployment", "orders", name), "fail", (finding,))


def says(status: Status, name: str = "api") -> Result:
    return Result(Subject("Deployment", "orders", name), status, reason="why")


def held(*outcomes: Outcome) -> list[Entry]:
    return [entry for one in outcomes for entry in entries(one)]


def baseline(*outcomes: Outcome, until: date = UNTIL) -> Baseline:
    return baseline_of(held(*outcomes), until=until, ticket="OPS-7", created=TODAY, origin=PLACE)


def state(of: Baseline, *outcomes: Outcome, day: date = TODAY) -> list[State]:
    return [state_of(of, entry, day)[0] for entry in held(*outcomes)]


def test_text_of_the_file() -> None:
    text = baseline_yaml(baseline(outcome(bad("web", 2), bad()), outcome(bad(), env="staging")))
    assert (
        text
        == """\
# What this service had wrong when the gate came. It only shrinks: readiness baseline --update
version: 1
until: 2027-03-01  # from this day on (UTC) it excuses nothing
ticket: "OPS-7"
created: 2026-11-24
findings:
  - fingerprint: "r1:8f23e739d7606a8b200b"
    item: "limit"
    subject: "Deployment orders/api"
    environments: ["production", "staging"]
    operands:
      "kept": 1
  - fingerprint: "r1:fe6cf11d9a0e3dcf84ec"
    item: "limit"
    subject: "Deployment orders/web"
    environments: ["production"]
    operands:
      "kept": 2
"""
    )


def test_the_file_gives_back_what_was_written(tmp_path: Path) -> None:
    made = baseline(outcome(bad(), bad("web", "none")), outcome(says("unknown"), env=""))
    path = tmp_path / "sub" / "baseline.yaml"
    write_baseline(str(path), made)
    assert read_baseline(path.read_bytes(), FILE) == made
    empty = baseline()
    write_baseline(str(path), empty)
    assert read_baseline(path.read_bytes(), FILE) == empty


@given(st.permutations(["a", "b", "c", "d"]))
def test_the_text_does_not_depend_on_the_order_of_findings(names: list[str]) -> None:
    straight = baseline(outcome(*(bad(name) for name in sorted(names))))
    assert baseline_yaml(baseline(outcome(*(bad(name) for name in names)))) == baseline_yaml(straight)


@pytest.mark.parametrize(
    ("now", "state_now"),
    [(bad(kept=2), "existing"), (bad(kept=3), "existing"), (bad(kept=1), "worse"), (bad("web"), "new"),
     (bad(kept="none"), "worse"), (bad(operand="other"), "existing"), (bad(kept=1, worse=""), "existing")],
)  # fmt: skip
def test_state_against_the_baseline(now: Result, state_now: State) -> None:
    assert state(baseline(outcome(bad(kept=2))), outcome(now)) == [state_now]


@pytest.mark.parametrize(
    ("day", "found"), [(UNTIL - DAY, "existing"), (UNTIL, "new"), (UNTIL + DAY, "new"), (TODAY, "existing")]
)
def test_it_holds_until_its_day(day: date, found: State) -> None:
    assert state(baseline(outcome(bad())), outcome(bad()), day=day) == [found]


def test_of_several_environments_the_worst_number_is_accepted() -> None:
    made = baseline(outcome(bad(kept=1), env="staging"), outcome(bad(kept=2)))
    assert state(made, outcome(bad(kept=1)), outcome(bad(kept=1), env="staging")) == ["existing", "existing"]
    assert state(made, outcome(bad(kept=0))) == ["worse"]
    assert state(made, outcome(bad(kept=2), env="dr")) == ["new"]


def test_a_crash_is_never_accepted_and_an_unknown_is() -> None:
    made = baseline(outcome(says("error"), says("unknown", "web")))
    assert [one.subject for one in made.findings.values()] == ["Deployment orders/web"]
    assert state(made, outcome(says("error"), says("unknown", "web"))) == ["new", "existing"]


def test_an_age_is_not_held_against_it() -> None:
    made = baseline(outcome(bad(kept=200, worse="more", operand="age")))
    assert state(made, outcome(bad(kept=260, worse="more", operand="age"))) == ["existing"]


@pytest.mark.parametrize(
    ("now", "kept"),
    [
        (outcome(bad(), bad("web")), ["api", "web"]),
        (outcome(bad()), ["api"]),
        (outcome(), []),
        (outcome(bad(), bad("new")), ["api"]),  # nothing is ever added
        (outcome(bad(), says("unknown", "web")), ["api", "web"]),  # what can't be seen isn't fixed
        (outcome(bad(), says("error", "chart")), ["api", "web"]),
        (outcome(bad(), item="other"), ["api", "web"]),  # it wasn't run
        (outcome(bad(), env="staging"), ["api", "web"]),
        (outcome(ruled_out=True), ["api", "web"]),
    ],
)
def test_update_drops_what_is_fixed_and_no_more(now: Outcome, kept: list[str]) -> None:
    made = baseline(outcome(bad(), bad("web")))
    after = updated(made, held(now), [now])
    assert sorted(one.subject for one in after.findings.values()) == [f"Deployment orders/{n}" for n in kept]
    assert after._replace(findings={}) == made._replace(findings={})


@given(st.lists(st.sampled_from("abcdef"), unique=True), st.lists(st.sampled_from("abcdef"), unique=True))
def test_update_is_the_intersection_and_settles_at_once(then: list[str], now: list[str]) -> None:
    made, run = baseline(outcome(*map(bad, then))), outcome(*map(bad, now))
    after = updated(made, held(run), [run])
    subjects = {one.subject.rpartition("/")[2] for one in after.findings.values()}
    assert subjects == set(then) & set(now)
    assert updated(after, held(run), [run]) == after


@given(st.integers(-5, 5), st.integers(0, 5), st.integers(0, 5))
def test_what_it_excuses_later_it_excuses_earlier(until: int, day: int, later: int) -> None:
    made = baseline(outcome(bad()), until=TODAY + until * DAY)
    early, late = (state(made, outcome(bad()), day=TODAY + (day + more) * DAY) for more in (0, later))
    assert early == ["existing"] or late != ["existing"]


@pytest.mark.parametrize(
    ("old", "new", "says_"),
    [
        ("until: 2027-03-01", "until: spring", ":3:1: `until` is 'spring'; expected a date such as"),
        ('ticket: "OPS-7"\n', "", ":2:1: `ticket` is missing"),
        ('ticket: "OPS-7"', "ticket: TODO", ":4:1: `ticket` is still TODO"),
        ("findings:", "finding:", ":6:1: unknown key `finding`; expected one of version, until"),
        ('    item: "limit"\n', "", ":7:5: `item` is missing"),
        ('      "kept": 1', '      "kept": [1]', ":12:7: `kept` is a list; expected a number or a word"),
        ('environments: ["production"]', "environments: production", ":10:5: `environments` is 'production'"),
        ("version: 1", "version: true", ":2:1: `version` is True; expected 1"),
    ],
)  # fmt: skip
def test_errors_name_line_and_column(old: str, new: str, says_: str) -> None:
    text = baseline_yaml(baseline(outcome(bad())))
    assert text.count(old) == 1
    with pytest.raises(ChecklistError) as error:
        read_baseline(text.replace(old, new).encode(), FILE)
    assert f"{FILE}{says_}" in str(error.value)


def test_a_finding_stands_once() -> None:
    text = baseline_yaml(baseline(outcome(bad())))
    twice = text + text[text.index("  - fingerprint") :]
    with pytest.raises(ChecklistError, match=r":13:5: r1:8f23e739d7606a8b200b stands twice"):
        read_baseline(twice.encode(), FILE)
