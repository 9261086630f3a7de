"""Waivers: the file and its errors, whom they cover and until when, and how one is added."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.checklist import DecisionPolicy
from readiness.compare import entries
from readiness.errors import ChecklistError, SourceError
from readiness.outcome import Finding, Location, Operand, Outcome, Result, Severity, Subject
from readiness.waivers import (
    Candidate,
    Match,
    Waiver,
    apply_waivers,
    invalid,
    means,
    new_waiver,
    read_waivers,
    waiver_yaml,
    with_waiver,
    write_waiver,
)

FILE = ".readiness/waivers.yaml"
PLACE = Location("repository", FILE)
TODAY = date(2026, 11, 24)
POLICY = DecisionPolicy()
WHOLE = """\
# accepted by the review of November
version: 1
waivers:
  - id: W-12
    check: rollback.history-limit
    match: {kind: Deployment, namespace: orders, name: api-*, environment: production, label: app=orders, path: deploy/**}
    kind: accepted-risk
    reason: the old cluster goes away in the winter
    owner: team-orders
    approved-by: jane.doe   # in the review
    created: 2026-11-01
    expires: 2027-01-15
    ticket: OPS-12
    accepts: {old revisions kept: 1}
    max-findings: 3
  - id: W-13
    fingerprint: r1:0123456789abcdef0123
    kind: planned
    reason: migration of the queue is under way
    owner: team-orders
    expires: 2026-12-01
"""


def candidate(
    subject: Subject | None = None, env: str = "production", severity: Severity = "error", **more: Any
) -> Candidate:
    about = subject or Subject("Deployment", "orders", "api")
    operands = (Operand("kept", 1, worse="less"), Operand("mode", "fast"), Operand("surge", 3, worse="more"))
    at = Location(more.pop("source", "repository"), more.pop("file", "deploy/base/api.yaml"))
    result = Result(about, "fail", (Finding("wrong", at, operands=operands, key=more.pop("key", "")),))
    outcome = Outcome("limit", "rollback.history-limit", "", env, severity, False, (result,))
    return Candidate(next(entries(outcome)), "rollback.history-limit", severity, **more)


def waiver(**fields: Any) -> Waiver:
    standard: dict[str, Any] = {
        "id": "W-1", "check": "rollback.history-limit", "match": Match(name="*"), "fingerprint": "",
        "kind": "planned", "reason": "the release of the winter is small", "owner": "team-orders",
        "approved_by": "jane.doe", "created": date(2026, 11, 1), "expires": date(2026, 12, 24), "ticket": "",
        "accepts": {}, "max_findings": None, "origin": PLACE,
    }  # fmt: skip
    return Waiver(**{**standard, **fields})


def refused(text: str) -> list[str]:
    with pytest.raises(ChecklistError) as error:
        read_waivers(text.encode(), FILE)
    return str(error.value).splitlines()


def test_whole_file() -> None:
    first, second = read_waivers(WHOLE.encode(), FILE, "policy")
    assert first == Waiver(
        "W-12", "rollback.history-limit",
        Match("Deployment", "orders", "api-*", "", "production", "app=orders", "deploy/**"), "",
        "accepted-risk", "the old cluster goes away in the winter", "team-orders", "jane.doe",
        date(2026, 11, 1), date(2027, 1, 15), "OPS-12", {"old revisions kept": 1}, 3,
        Location("policy", FILE, 0, ("waivers", 0)),
    )  # fmt: skip
    assert (second.check, second.match, second.approved_by) == ("", None, "")


@pytest.mark.parametrize("text", ["version: 1\n", "version: 1\nwaivers:\n", "version: 1\nwaivers: []\n"])
def test_no_waivers(text: str) -> None:
    assert read_waivers(text.encode(), FILE) == ()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    owner: team-orders\n    approved", "    approved", ":4:5: `owner` is missing"),
        ("owner: team-orders\n    approved", "ownr: team-orders\n    approved", ":9:5: unknown key `ownr`"),
        ("owner: team-orders\n    approved", "ownr: team-orders\n    approved", "did you mean `owner`?"),
        ("version: 1", "version: 2", ":2:1: `version` is 2; expected 1"),
        ("kind: accepted-risk", "kind: accepted", ":7:5: `kind` is 'accepted'; expected one of"),
        ("the old cluster goes away in the winter", "legacy", ":8:5: `reason` has 6 characters"),
        ("expires: 2027-01-15", "expires: 2027-02-30", ":12:5: `expires` is '2027-02-30'; expected a date"),
        ("expires: 2027-01-15", "expires: soon", ":12:5: `expires` is 'soon'"),
        ("    expires: 2027-01-15\n", "", ":4:5: `expires` is empty; expected a date"),
        ("expires: 2027-01-15", "expires: 2026-10-15", ":12:5: `expires` is 2026-10-15, before `created`"),
        ("id: W-13", "id: W-12", ":16:5: waiver `W-12` stands twice"),
        ("id: W-12\n", "id: W-12\n    id: W-14\n", ":5:1: `waivers[0].id` stands twice, first in line 4"),
        ("match: {kind: Deployment, ", "match: {kin: Deployment, ", "unknown key `kin`"),
        ("label: app=orders", "label: app", "`label` is 'app'; expected name=value"),
        ("r1:0123456789abcdef0123", "r1:0123", ":17:5: `fingerprint` is 'r1:0123'"),
        ("    fingerprint: r1:0123456789abcdef0123\n", "", ":16:5: says which findings it covers"),
        ("max-findings: 3", "max-findings: 0", ":15:5: `max-findings` is 0; expected a whole number"),
        ("revisions kept: 1}", "revisions kept: [1]}", ":14:15: `old revisions kept` is a list; expected a"),
        ("accepts: {old revisions kept: 1}", "accepts: 1", ":14:5: `accepts` is 1; expected a mapping"),
        ("    check: rollback.history-limit\n", "", ":4:5: `check` is missing"),
        ("owner: team-orders\n    approved", "owner: TODO\n    approved", "`owner` is still TODO"),
        ("waivers:\n", "waivers: 3\nx:\n", "`waivers` is 3; expected a list"),
        ("  - id: W-13\n", "  - W-13\n  - id: W-13\n", "entry 2 is 'W-13'; expected a mapping"),
        ("# accepted", "---\na: 1\n---\n# accepted", "a second document"),
    ],
)  # fmt: skip
def test_errors_name_line_and_column(old: str, new: str, says: str) -> None:
    assert WHOLE.count(old) == 1
    errors = refused(WHOLE.replace(old, new))
    assert any(says in error for error in errors), errors
    assert all(error.startswith(f"{FILE}:") for error in errors)


def test_all_errors_are_told_at_once_in_the_order_of_lines() -> None:
    text = WHOLE.replace("kind: planned", "kind: later").replace("version: 1", "version: 0")
    first, second = refused(text)
    assert first.startswith(f"{FILE}:2:1: ")
    assert second.startswith(f"{FILE}:18:5: ")


@pytest.mark.parametrize("text", ["", "- 1\n", "waivers", "version: 1\nwaivers: {a: *b}\n", "\t"])
def test_what_is_no_waiver_file(text: str) -> None:
    assert refused(text)[0].startswith(f"{FILE}:1:") or refused(text)[0].startswith(f"{FILE}:2:")


@pytest.mark.parametrize(
    ("match", "covers"),
    [
        (Match(kind="Deployment"), True),
        (Match(kind="Stateful*"), False),
        (Match(namespace="orders", name="api"), True),
        (Match(namespace="orders", name="ap?"), True),
        (Match(name="AP?"), False),
        (Match(name="a.i"), False),  # a dot is a dot
        (Match(name="api", part="app"), False),
        (Match(environment="production"), True),
        (Match(environment="staging"), False),
        (Match(path="deploy/base/api.yaml"), True),
        (Match(path="deploy/**"), True),
        (Match(path="./deploy/"), True),
        (Match(path="**/api.yaml"), True),
        (Match(path="deploy/*"), False),  # a star stays within a folder
        (Match(path="deploy/*/*.yaml"), True),
        (Match(path="charts:deploy/**"), False),
        (Match(path="repository:deploy/**"), True),
        (Match(label="app=orders"), True),
        (Match(label="app=o*"), True),
        (Match(label="app=cart"), False),
        (Match(label="team=orders"), False),
        (Match(label="tier=web"), True),  # of its pods
        (Match(kind="Deployment", name="worker"), False),
    ],
)
def test_match(match: Match, covers: bool) -> None:
    assert means(waiver(match=match), candidate(), lambda _: ({"app": "orders"}, {"tier": "web"})) is covers


def test_match_by_item_or_check_or_fingerprint() -> None:
    one = candidate()
    print_ = one.entry.fingerprint
    assert means(waiver(check="limit"), one)
    assert not means(waiver(check="limi*"), one)
    assert means(waiver(check="", match=None, fingerprint=print_), one)
    assert not means(waiver(check="other", match=None, fingerprint=print_), one)
    assert not means(waiver(match=None, fingerprint="r1:00000000000000000000"), one)


def test_what_has_no_environment_or_place_is_matched_by_neither() -> None:
    page = candidate(env="")
    assert not means(waiver(match=Match(environment="production")), page)
    placeless = page._replace(entry=page.entry._replace(at=None))
    assert not means(waiver(match=Match(path="**")), placeless)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, ""),
        ({"expires": TODAY}, ""),
        ({"expires": TODAY - timedelta(days=1)}, "waiver W-1 expired 1 day ago"),
        ({"expires": TODAY - timedelta(days=3)}, "waiver W-1 expired 3 days ago"),
        ({"created": TODAY + timedelta(days=1)}, "is yet to come"),
        ({"approved_by": ""}, "nobody stands in approved-by"),
        ({"approved_by": "TODO"}, "nobody stands in approved-by"),
        ({"approved_by": "Team-Orders"}, "both owns and approves"),
    ],
)
def test_whether_it_is_in_force(fields: dict[str, Any], says: str) -> None:
    notice = invalid(waiver(**fields), POLICY, TODAY)
    assert says in (notice.message if notice else "")
    assert (notice is None) == (not says)


@pytest.mark.parametrize(
    ("approvers", "valid"), [(None, True), (("JANE.doe", "joe"), True), (("joe",), False), ((), False)]
)
def test_approvers_of_the_policy(approvers: tuple[str, ...] | None, valid: bool) -> None:
    assert (invalid(waiver(), DecisionPolicy(approvers=approvers), TODAY) is None) is valid


@pytest.mark.parametrize(
    ("accepts", "covers"),
    [
        ({"kept": 1}, True),
        ({"kept": 0}, True),  # better than accepted
        ({"kept": 2}, False),
        ({"surge": 3}, True),
        ({"surge": 2}, False),
        ({"mode": "fast"}, True),
        ({"mode": "slow"}, False),  # no direction: anything else is worse
        ({"replicas": 1}, False),  # what isn't there can't be held against it
        ({"kept": 1, "surge": 2}, False),
    ],
)
def test_accepted_operands(accepts: dict[str, int | str], covers: bool) -> None:
    done = apply_waivers([waiver(accepts=accepts)], [candidate()], POLICY, TODAY)
    assert (0 in done.covered) is covers
    assert [notice.id for notice in done.notices] == ([] if covers else ["waiver-worse"])


@pytest.mark.parametrize(
    ("days", "severity", "covers"),
    [(90, "error", True), (91, "error", False), (180, "warning", True), (181, "warning", False),
     (365, "note", True), (366, "note", False)],
)  # fmt: skip
@pytest.mark.parametrize("created", [None, TODAY, TODAY - timedelta(days=30)])
def test_longest_life(days: int, severity: Severity, covers: bool, created: date | None) -> None:
    one = waiver(created=created, expires=(created or TODAY) + timedelta(days=days))
    done = apply_waivers([one], [candidate(severity=severity)], POLICY, TODAY)
    assert (0 in done.covered) is covers


@pytest.mark.parametrize(("days", "soon"), [(0, True), (1, True), (14, True), (15, False)])
def test_it_is_announced_before_it_ends(days: int, soon: bool) -> None:
    done = apply_waivers([waiver(expires=TODAY + timedelta(days=days))], [candidate()], POLICY, TODAY)
    assert 0 in done.covered
    assert [notice.id for notice in done.notices] == (["waiver-expires-soon"] if soon else [])


def test_the_same_finding_in_two_environments_counts_once() -> None:
    both = [candidate(env="staging"), candidate(env="production")]
    assert len(apply_waivers([waiver(max_findings=1)], both, POLICY, TODAY).covered) == 2
    two = [candidate(key="a"), candidate(key="b")]
    done = apply_waivers([waiver(max_findings=1)], two, POLICY, TODAY)
    assert (done.covered, len(done.refused)) == ({}, 2)
    assert "matches 2 findings, at most 1 are accepted" in done.notices[0].message


def test_a_waiver_that_ended_says_so_even_when_it_matches_nothing() -> None:
    done = apply_waivers([waiver(expires=TODAY - timedelta(days=1))], [], POLICY, TODAY)
    assert [notice.id for notice in done.notices] == ["waiver-expired"]


def test_not_waivable_is_an_error_of_the_waiver() -> None:
    done = apply_waivers([waiver()], [candidate(waivable=False)], POLICY, TODAY)
    assert [(notice.id, notice.severity) for notice in done.notices] == [("waiver-not-waivable", "error")]


@pytest.mark.parametrize("named", ["limit", "rollback.history-limit"])
def test_the_policy_names_items_or_checks_that_nobody_waives(named: str) -> None:
    policy = DecisionPolicy(non_waivable=(named,))
    assert apply_waivers([waiver()], [candidate()], policy, TODAY).covered == {}


@given(st.integers(-400, 400), st.integers(0, 400), st.integers(0, 400))
def test_what_expired_stays_expired(expires: int, early: int, late: int) -> None:
    one = waiver(created=None, expires=TODAY + timedelta(days=expires))
    then, later = (TODAY + timedelta(days=days) for days in (early, early + late))

    def expired(day: date) -> bool:
        notice = invalid(one, POLICY, day)
        return notice is not None and notice.id == "waiver-expired"

    assert expired(later) or not expired(then)
    assert expired(then) == (then > one.expires)


def made(**fields: Any) -> Waiver:
    standard: dict[str, Any] = {
        "kind": "planned", "reason": 'goes away: "soon" # really, in 2027', "owner": "no",
        "expires": date(2027, 1, 1), "created": TODAY, "approved_by": "jane.doe", "ticket": "2026-11-24",
        "origin": PLACE,
    }  # fmt: skip
    return new_waiver(read_waivers(WHOLE.encode(), FILE), candidate(), **{**standard, **fields})


def test_a_new_waiver_covers_its_finding_and_nothing_worse() -> None:
    one = made(owner="team-orders")
    assert (one.id, one.accepts) == ("W-14", {"kept": 1, "surge": 3})
    assert apply_waivers([one], [candidate()], POLICY, TODAY).covered == {0: "W-14"}


LAYOUTS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "line ends of Windows": lambda text: text.replace("\n", "\r\n"),
    "no line end at the end": lambda text: text.rstrip("\n"),
    "blank lines at the end": lambda text: text + "\n\n",
    "not indented": lambda text: text.replace("\n  - ", "\n- ").replace("\n    ", "\n  "),
    "version below": lambda text: text.replace("version: 1\n", "") + "version: 1\n",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_adding_keeps_all_that_stands(layout: str) -> None:
    text = LAYOUTS[layout](WHOLE)
    after = with_waiver(text, made(), FILE, "Deployment orders/api keeps 1 revision\nof 2")
    found = read_waivers(after.encode(), FILE)
    assert [one.id for one in found] == ["W-12", "W-13", "W-14"]
    assert found[2]._replace(origin=PLACE) == made()
    assert "# Deployment orders/api keeps 1 revision of 2" in after
    kept = iter(after.splitlines())
    assert all(line in kept for line in text.strip().splitlines())
    assert ("\r\n" in after) == ("\r\n" in text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "version: 1\nwaivers: []\n",
        "version: 1\nwaivers:  # none yet\n",
        "version: 1\nwaivers: null",
    ],
)
def test_adding_to_none(text: str) -> None:
    (found,) = read_waivers(with_waiver(text, made(), FILE).encode(), FILE)
    assert found._replace(origin=PLACE) == made()


def test_a_layout_that_text_can_not_extend_is_left_alone() -> None:
    flow = (
        "version: 1\nwaivers: [{id: W-1, fingerprint: 'r1:0123456789abcdef0123', kind: planned, "
        "reason: the release of the winter, owner: a, expires: 2027-01-01}]\n"
    )
    with pytest.raises(ChecklistError, match="add this to it by hand"):
        with_waiver(flow, made(), FILE)


def test_every_kind_of_waiver_survives_writing() -> None:
    for one in read_waivers(WHOLE.encode(), FILE):
        text = "version: 1\nwaivers:\n" + waiver_yaml(one)
        (again,) = read_waivers(text.encode(), FILE)
        assert again._replace(origin=PLACE) == one._replace(origin=PLACE)


@given(st.text(min_size=20), st.text(min_size=1))
def test_any_text_survives_writing(reason: str, owner: str) -> None:
    printable = all(c.isprintable() for c in reason + owner)
    if not printable or len(reason.strip()) < 20 or owner.strip() in ("", "TODO"):
        return
    one = made(reason=reason.strip(), owner=owner.strip())
    (found,) = read_waivers(with_waiver("", one, FILE).encode(), FILE)
    assert found._replace(origin=PLACE) == one


def test_writing_is_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / ".readiness" / "waivers.yaml"
    write_waiver(str(path), made(), FILE)
    assert [one.id for one in read_waivers(path.read_bytes(), FILE)] == ["W-14"]
    path.write_text("version: 1\nwaivers: [\n")
    with pytest.raises(ChecklistError):
        write_waiver(str(path), made(), FILE)
    assert path.read_text() == "version: 1\nwaivers: [\n"
    assert [file.name for file in path.parent.iterdir()] == ["waivers.yaml"]


def test_a_place_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="file"):
        write_waiver(str(tmp_path / "file" / "waivers.yaml"), made(), FILE)
