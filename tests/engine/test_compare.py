"""Head × base: what is new, worse, existing, fixed or vanished, and which evidence disappeared."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.compare import (
    caused_by_date,
    compare,
    duplicate_fingerprints,
    entries,
    is_worse,
    worse_operand,
    worst_operands,
)
from readiness.outcome import (
    AT_BASE,
    Finding,
    Location,
    Operand,
    Outcome,
    Proof,
    Result,
    Status,
    Subject,
    Worse,
)

API, WORKER = Subject("Deployment", "orders", "api"), Subject("Deployment", "orders", "worker")
ALERT, OTHER = Subject("AlertRule", "", "OrdersDown"), Subject("AlertRule", "", "OrdersSlow")
ALL = Subject("Environment", "", "production")


def of(*results: Result, env: str = "production", required: bool = False) -> Outcome:
    return Outcome("a.check", "a.check", "title", env, "error", required, results)


def result(subject: Subject, status: Status, *findings: Finding, proofs: tuple[Proof, ...] = ()) -> Result:
    return Result(subject, status, findings, proofs, "" if findings or proofs else "why")


def finding(value: float | str = 1, unit: str = "", about: Subject | None = None) -> Finding:
    return Finding("wrong", operands=(Operand("replicas", value, unit, worse="less"),), about=about)


OLD = Finding("reviewed long ago", operands=(Operand("age of review", 200, "days", worse="more"),))


def states(head: Outcome, base: Outcome) -> list[str]:
    return [str(state) for state in compare([head], [base]).states.values()]


@pytest.mark.parametrize(
    ("now", "then", "state"),
    [
        (finding(2), finding(2), "existing"),
        (finding(1), finding(2), "worse"),
        (finding(3), finding(2), "existing"),
        (finding("none"), finding(2), "worse"),  # what can't be compared is no comfort
        (finding("none"), finding("none"), "existing"),
        (finding(float("nan")), finding(2), "worse"),
        (finding(float("inf")), finding(2), "existing"),
        (finding(2, "m"), finding(2, "cores"), "worse"),
        (finding(2), Finding("wrong"), "existing"),
        (Finding("wrong"), finding(2), "existing"),
        (Finding("other words", operands=finding(2).operands), finding(2), "existing"),
        (Finding("wrong", key="b"), Finding("wrong", key="a"), "new"),
        (finding(about=WORKER), finding(about=API), "new"),
        (OLD, OLD, "new"),
    ],
)  # fmt: skip
def test_state_of_a_finding(now: Finding, then: Finding, state: str) -> None:
    assert states(of(result(API, "fail", now)), of(result(API, "fail", then))) == [state]


def test_a_crash_is_always_new() -> None:
    assert states(of(result(API, "error")), of(result(API, "error"))) == ["new"]


def test_worse_names_the_operand_and_both_numbers() -> None:
    changes = compare([of(result(API, "fail", finding(1)))], [of(result(API, "fail", finding(3)))])
    assert list(changes.notes.values()) == ["worse than at the base: replicas 3 → 1"]


def test_states_are_per_environment() -> None:
    staging = of(result(API, "fail", finding()), env="staging")
    production = of(result(API, "fail", finding()))
    changes = compare([staging, production], [staging, of(result(API, "pass"))])
    assert {environment: state for (_, environment), state in changes.states.items()} == {
        "staging": "existing",
        "production": "new",
    }


def test_fixed_while_the_subject_is_judged_and_vanished_without_it() -> None:
    base = of(result(API, "fail", finding()), result(WORKER, "fail", finding()))
    changes = compare([of(result(API, "pass"))], [base])
    assert [entry.subject for entry in changes.fixed] == [API]
    assert [entry.subject for entry in changes.vanished] == [WORKER]
    assert [(one.subject, one.was, one.now) for one in changes.disappeared] == [(WORKER, "fail", "gone")]


def test_a_finding_that_turned_unknown_is_not_fixed() -> None:
    changes = compare([of(result(API, "unknown"))], [of(result(API, "fail", finding()))])
    assert (changes.fixed, len(changes.vanished)) == ((), 1)
    assert [(one.was, one.now) for one in changes.disappeared] == [("fail", "unknown")]


@pytest.mark.parametrize(
    ("head", "lost"),
    [
        (of(result(API, "pass")), []),
        (of(result(API, "fail", finding())), []),
        (of(result(API, "error")), []),  # an error blocks by itself, and never counts as existing
        (of(result(API, "unknown")), ["unknown"]),
        (of(result(API, "not-applicable")), ["not-applicable"]),
        (of(), ["gone"]),
        (of()._replace(not_evaluated=True), []),
        (of(result(ALL, "unknown")), []),  # the new unknown says it in one line
    ],
)
def test_what_became_of_a_subject_that_passed(head: Outcome, lost: list[str]) -> None:
    changes = compare([head], [of(result(API, "pass"))])
    assert [one.now for one in changes.disappeared] == lost


def test_a_subject_that_was_never_judged_can_go() -> None:
    base = of(result(API, "unknown"), result(WORKER, "not-applicable"))
    assert compare([of()], [base]).disappeared == ()


def test_what_a_check_over_a_set_has_proven_may_not_fall_silent() -> None:
    both = tuple(Proof("routed", about=alert) for alert in (ALERT, OTHER))
    base = of(result(ALL, "pass", proofs=both))
    silent = of(result(ALL, "pass", proofs=both[:1]))
    failing = of(result(ALL, "fail", finding(about=OTHER), proofs=both[:1]))
    assert [one.subject for one in compare([silent], [base]).disappeared] == [OTHER]
    assert compare([failing], [base]).disappeared == ()


@pytest.mark.parametrize(
    ("proof", "at", "place"),
    [
        (Proof("x"), Location("repository", "a.yaml"), Location(AT_BASE, "a.yaml")),
        (Proof("x", at=Location("repository", "b.yaml")), None, Location(AT_BASE, "b.yaml")),
        (
            Proof("x", (Operand("replicas", 2, at=Location("repository", "c.yaml")),)),
            None,
            Location(AT_BASE, "c.yaml"),
        ),
        (Proof("x"), Location("deploy", "a.yaml"), Location("deploy", "a.yaml")),
        (Proof("x"), None, None),
    ],
)
def test_what_disappeared_has_the_place_it_was_at(
    proof: Proof, at: Location | None, place: Location | None
) -> None:
    base = of(result(API, "pass", proofs=(proof,))._replace(at=at))
    (lost,) = compare([of()], [base]).disappeared
    assert lost.at == place


def test_a_mended_finding_of_a_set_is_not_gone_evidence() -> None:
    base = of(result(ALL, "fail", finding(about=OTHER)))
    head = of(result(ALL, "pass", proofs=(Proof("all routed"),)))
    changes = compare([head], [base])
    assert ([entry.subject for entry in changes.fixed], changes.disappeared) == ([OTHER], ())


def test_equal_sides_change_nothing() -> None:
    side = [of(result(API, "fail", finding()), result(WORKER, "pass")), of(required=True, env="staging")]
    changes = compare(side, side)
    assert set(changes.states.values()) == {"existing"}
    assert (changes.fixed, changes.vanished, changes.disappeared, changes.notes) == ((), (), (), {})


def test_entries_of_a_result_that_crashed_halfway() -> None:
    crashed = of(result(API, "error", finding())._replace(reason="ValueError: no"))
    assert [(entry.status, entry.finding.message) for entry in entries(crashed)] == [
        ("fail", "wrong"),
        ("error", "ValueError: no"),
    ]


def test_findings_hide_no_unknown_beside_them() -> None:
    half = Result(API, "fail", (finding(),), reason="values are templated", causes=("c1",))
    assert [entry.status for entry in entries(of(half))] == ["fail", "unknown"]


def test_equal_fingerprints_within_an_outcome() -> None:
    twice = of(result(API, "fail", finding(), finding(3)), result(WORKER, "fail", finding()))
    (held,) = duplicate_fingerprints(twice)
    assert held == next(entries(twice)).fingerprint
    unreadable = of(result(API, "unknown"), result(API, "unknown"))
    assert duplicate_fingerprints(unreadable) == ()


@pytest.mark.parametrize(
    ("name", "dated"),
    [("age", True), ("age of review", True), ("days left", True), ("days left of certificate", True),
     ("pages", False), ("average", False), ("age limit", False)],
)  # fmt: skip
def test_operands_that_the_calendar_moves(name: str, dated: bool) -> None:
    assert caused_by_date(Finding("wrong", operands=(Operand(name, 1),))) is dated


NUMBERS = st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
WORSE = st.sampled_from(["more", "less"])


@given(NUMBERS, NUMBERS, WORSE)
def test_of_two_different_numbers_exactly_one_is_worse(one: float, other: float, worse: Worse) -> None:
    forth, back = Operand("n", one, worse=worse), Operand("n", other, worse=worse)
    if Fraction(one) == Fraction(other):
        assert not is_worse(forth, other)
        assert not is_worse(back, one)
    else:
        assert is_worse(forth, other) != is_worse(back, one)


@given(st.lists(NUMBERS, min_size=1), WORSE)
def test_the_worst_operand_is_never_worsened_by_another(values: list[float], worse: Worse) -> None:
    operands = [Operand("n", value, worse=worse) for value in values]
    worst = worst_operands(operands)["n"].value
    assert worst == (max(values) if worse == "more" else min(values))
    assert worse_operand(operands, {"n": worst}) == ""


def test_an_operand_without_direction_is_never_worse() -> None:
    assert not is_worse(Operand("n", 5), 3)
