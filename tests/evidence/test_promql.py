"""Expressions are understood as Prometheus evaluates them, and hostile ones end no process."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.alert_rules import RecordingRule
from readiness.evidence.promql import NotPromQL, parsed
from readiness.evidence.recordings import Recordings
from readiness.outcome import Location

ANY = None


@pytest.mark.parametrize(
    ("expr", "kept", "values"),
    [
        ('a{x="1"}', ANY, {"x": "1"}),
        ('a{x=~"1|2"}', ANY, {}),
        ("sum by (job) (a)", {"job"}, {}),
        ('sum by (job) (a{job="api"})', {"job"}, {"job": "api"}),
        ('sum by (x) (a{x=""})', set(), {}),
        ("sum without (pod) (a)", ANY, {}),
        ("sum(a)", set(), {}),
        ("topk(3, sum by (job) (a))", {"job"}, {}),
        ('count_values("v", a)', {"v"}, {}),
        ('count_values by (job) ("v", a)', {"v", "job"}, {}),
        ("rate(a[5m])", ANY, {}),
        ("histogram_quantile(0.9, sum by (le, job) (rate(a_bucket[5m])))", {"job"}, {}),
        ('absent(up{job="api"})', {"job"}, {"job": "api"}),
        ('absent(up{job=~"api", zone="a"})', {"zone"}, {"zone": "a"}),
        ('absent(up{job="api", job="web"})', set(), {}),
        ('absent(up{job="api"} == 1)', set(), {}),
        ('absent_over_time(up{job="api"}[5m])', {"job"}, {"job": "api"}),
        ('label_replace(sum by (job) (a), "team", "orders", "", "")', {"job", "team"}, {"team": "orders"}),
        ('label_replace(sum by (job) (a), "team", "$1", "job", "(.*)")', {"job", "team"}, {}),
        ('label_replace(sum by (job) (a{job="x"}), "job", "$1", "pod", "(.+)")', {"job"}, {}),
        ('label_replace(sum by (job) (a{job="x"}), "job", "", "pod", ".*")', set(), {}),
        ('label_join(sum by (a, b) (x), "c", "-", "a", "b")', {"a", "b", "c"}, {}),
        ("vector(1)", set(), {}),
        ("time() - max by (job) (a)", {"job"}, {}),
        ("max by (job) (a) > 3", {"job"}, {}),
        ("3 < max by (job) (a)", {"job"}, {}),
        ("scalar(a) * sum by (job) (b)", {"job"}, {}),
        ("sum by (job) (a) / sum by (job) (b)", {"job"}, {}),
        ("a / sum by (job) (b)", {"job"}, {}),
        ("a * on (job) b", {"job"}, {}),
        ('a{job="x"} * on (job) b', {"job"}, {"job": "x"}),
        ('a * on (job) b{job="x"}', {"job"}, {"job": "x"}),
        ("sum by (job, pod) (a) * ignoring (pod) sum by (job) (b)", {"job"}, {}),
        ("sum by (job) (a) * on (job) group_left (team) b", {"job", "team"}, {}),
        ("sum by (job) (a) * on (job) group_left (team) sum by (job) (b)", {"job"}, {}),
        ('sum by (job) (a) * on (job) group_left (team) b{team="x"}', {"job", "team"}, {"team": "x"}),
        ("a * on (job) group_right (team) sum by (job) (b)", {"job", "team"}, {}),
        ("sum by (job) (a) and b", {"job"}, {}),
        ("sum by (job) (a) unless b", {"job"}, {}),
        ("sum by (job) (a) or sum by (pod) (b)", {"job", "pod"}, {}),
        ('a{x="1"} or a{x="1", y="2"}', ANY, {"x": "1"}),
        ("-(sum by (job) (a))", {"job"}, {}),
        ("max_over_time(sum by (job) (a)[10m:1m])", {"job"}, {}),
    ],
)
def test_labels_that_survive(expr: str, kept: set[str] | None, values: dict[str, str]) -> None:
    labels = parsed(expr).labels
    assert labels.kept == kept
    assert labels.values == values


@pytest.mark.parametrize(
    ("expr", "label", "may"),
    [
        ("sum without (pod) (a)", "pod", False),
        ("sum without (pod) (a)", "job", None),
        ("sum by (job) (a)", "pod", False),
        ('a{pod="x"}', "pod", True),
        ('a{pod=""}', "pod", False),
        ("sum without (pod) (a) or b", "pod", None),
        ("sum without (pod) (a) or sum without (pod) (b)", "pod", False),
        ("a * ignoring (pod) b", "pod", False),
    ],
)
def test_whether_a_label_may_be_there(expr: str, label: str, may: bool | None) -> None:
    assert parsed(expr).labels.may_have(label) is may


@pytest.mark.parametrize(
    ("expr", "found"),
    [
        ("a > 3", [[(">", Fraction(3), "a")]]),
        ("3 < a", [[(">", Fraction(3), "a")]]),
        ("a >= bool 3", [[(">=", Fraction(3), "a")]]),
        ("a > 14.4 * 0.001", [[(">", Fraction(9, 625), "a")]]),
        ("a > (14.4 * (1 - 0.999))", [[(">", Fraction(9, 625), "a")]]),
        ("a > -2 ^ 3", [[(">", Fraction(-8), "a")]]),
        ("a > 1 / 3", [[(">", Fraction(1, 3), "a")]]),
        ("a > b", [[(">", None, "a")]]),
        ("a > 1 / 0", [[(">", None, "a")]]),
        ("a", [[("", None, "a")]]),
        ("a > 1 and b > 2", [[(">", Fraction(1), "a"), (">", Fraction(2), "b")]]),
        ("(a > 1) or (b > 2)", [[(">", Fraction(1), "a")], [(">", Fraction(2), "b")]]),
        ("(a > 1 or b > 2) and c < 3", [
            [(">", Fraction(1), "a"), ("<", Fraction(3), "c")],
            [(">", Fraction(2), "b"), ("<", Fraction(3), "c")],
        ]),
        ("max(a > 1) without (x)", [[(">", Fraction(1), "a")]]),
        ("sum(max by (y) (a > 1)) and b > 2", [[(">", Fraction(1), "a"), (">", Fraction(2), "b")]]),
        ("sum(a + b)", [[("", None, "sum(a + b)")]]),
        ("a > 1 unless b", [[(">", Fraction(1), "a")]]),
    ],
)  # fmt: skip
def test_conditions(expr: str, found: list[list[tuple[str, Fraction | None, str]]]) -> None:
    said = [[(one.operator, one.threshold, one.left) for one in row] for row in parsed(expr).alternatives]
    assert said == found


def test_the_numbers_of_a_threshold_stand_as_they_are_written() -> None:
    (((one,),)) = parsed("a > 14.4 * (1 - 0.999)").alternatives
    assert one.numbers == (Fraction(72, 5), Fraction(1), Fraction(999, 1000))


@given(st.decimals(min_value=0, max_value=1000, places=4))
def test_a_threshold_is_exact(value: object) -> None:
    ((one,),) = parsed(f"a > {value}").alternatives
    assert one.threshold == Fraction(str(value))


@pytest.mark.parametrize(
    ("expr", "said"),
    [
        ("rate(a[5m] offset 1h)", ("a", timedelta(minutes=5), timedelta(hours=1))),
        ("a offset -5m", ("a", None, timedelta(minutes=-5))),
        ("max_over_time(a[1h:1m])", ("a", timedelta(hours=1), timedelta(0))),
        ("max_over_time(rate(a[2m])[1h:1m])", ("a", timedelta(minutes=2), timedelta(0))),
        (":node_memory:sum > 1", (":node_memory:sum", None, timedelta(0))),
        ("a:b:", ("a:b:", None, timedelta(0))),
        ('{"http.requests", job="x"}', ("http.requests", None, timedelta(0))),
        ('{__name__="a"}', ("a", None, timedelta(0))),
        ('{__name__=~"a|b"}', ("", None, timedelta(0))),
        ("a # a comment with ((( and +++\n > 1", ("a", None, timedelta(0))),
        ('a{x=":colon:(("}', ("a", None, timedelta(0))),
    ],
)
def test_what_is_read(expr: str, said: tuple[str, timedelta | None, timedelta]) -> None:
    (selector,) = parsed(expr).selectors
    assert (selector.metric, selector.window, selector.offset) == said


@pytest.mark.parametrize(
    ("expr", "always"),
    [
        ("vector(1)", True),
        ("1", True),
        ("vector(1) > 0", True),
        ("vector(1) > 2", False),
        ("sum(vector(1))", True),
        ("up", False),
        ("absent(up)", False),
    ],
)
def test_what_always_fires(expr: str, always: bool) -> None:
    assert parsed(expr).always is always


@pytest.mark.parametrize(
    ("expr", "says"),
    [
        ("sum(", "unclosed left parenthesis"),
        ("rate(a)", "expected type"),
        ("nonsense(a)", "unknown function"),
        ("(" * 5_000 + "a" + ")" * 5_000, "nests 5000 brackets"),
        ("+".join(["a"] * 5_000), "4999 operators"),
        ("-" * 20_000 + "a", "20000 operators"),
        (" or ".join(["a"] * 5_000), "4999 operators"),
        ("a" * 100_000, "100000 characters"),
        ('a{x="' + "y" * 100_000, "characters"),
    ],
)
def test_what_is_no_expression_or_too_large(expr: str, says: str) -> None:
    with pytest.raises(NotPromQL, match=says):
        parsed(expr)


def test_a_hostile_regular_expression_takes_no_time() -> None:
    (selector,) = parsed('a{x=~"(a+)+$"}').selectors
    assert selector.matchers[0].matches("a" * 5_000 + "b") is False


def rules(*pairs: tuple[str, str]) -> Recordings:
    at = Location("repository", "rules.yaml")
    return Recordings([RecordingRule({"record": name, "expr": expr}, "g", at, "") for name, expr in pairs])


def test_recorded_series_are_followed_to_the_end() -> None:
    found = rules(("a:b", "sum(a:c) / sum(d)"), ("a:c", 'rate(c_total{job="x"}[5m])'))
    assert [str(one) for one in found.followed(parsed("a:b > 1 and e > 2"))] == ['c_total{job="x"}', "d", "e"]


def test_series_recorded_from_each_other_end() -> None:
    found = rules(("a:b", "a:c"), ("a:c", "a:b + d"))
    assert {one.metric for one in found.followed(parsed("a:b"))} <= {"a:b", "a:c", "d"}
    assert [one.metric for one in rules(("a:b", "a:b")).followed(parsed("a:b"))] == ["a:b"]


def test_a_long_chain_of_recorded_series_is_followed() -> None:
    chain = [(f"a:{number}", f"a:{number + 1}") for number in range(5_000)]
    assert [one.metric for one in rules(*chain).followed(parsed("a:0"))] == ["a:5000"]
