"""Attestations: the file and its errors, and what people's statements come to for an item."""

import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.attestations import (
    Attestation,
    Exhibit,
    Standing,
    attested_outcome,
    read_attestations,
    standings,
    strangers,
)
from readiness.checklist import AttestRule, Item
from readiness.compare import entries
from readiness.errors import ChecklistError
from readiness.outcome import Location, Status

FILE = ".readiness/attestations/dr.yaml"
TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)
REPORT = b"restored in 42 minutes\n"
DIGEST = hashlib.sha256(REPORT).hexdigest()
WHOLE = f"""\
item: dr-exercise
statement: The region was failed over, and back
answer: yes
by: jane.doe
role: sre
at: 2026-11-02
expires: 2027-05-01
evidence:
  - path: docs/dr/2026-11.md
    sha256: {DIGEST}
  - url: https://wiki.acme.io/dr/2026-11
"""


def read(path: str) -> bytes | None:
    return REPORT if path == "docs/dr/2026-11.md" else None


def stated(answer: str = "yes", **fields: Any) -> Attestation:
    standard: dict[str, Any] = {
        "item": "dr-exercise", "statement": "The region was failed over", "answer": answer, "by": "jane.doe",
        "role": "sre", "at": date(2026, 11, 2), "expires": date(2027, 5, 1),
        "reason": "no second region" if answer == "na" else "", "evidence": (),
        "origin": Location("repository", FILE),
    }  # fmt: skip
    return Attestation(**{**standard, **fields})


def asked(*roles: str, max_age: int | None = None, evidence: bool = False) -> Item:
    rule = AttestRule(roles, max_age, evidence)
    return Item(
        "dr-exercise", "attest", "attestation", "A disaster-recovery exercise took place", attest=rule
    )


def standing(item: Item, *said: Attestation, day: date = TODAY) -> Standing:
    return standings([item], said, day, read)["dr-exercise"]


def statuses(item: Item, *said: Attestation, day: date = TODAY) -> list[Status]:
    return [result.status for result in standing(item, *said, day=day).results]


def text_of(found: Standing) -> str:
    return " ".join([found.text, *(f.message for result in found.results for f in result.findings)])


def test_whole_file() -> None:
    (found,) = read_attestations({FILE: WHOLE.encode()}, "policy")
    assert found == Attestation(
        "dr-exercise", "The region was failed over, and back", "yes", "jane.doe", "sre", date(2026, 11, 2),
        date(2027, 5, 1), "",
        (Exhibit("docs/dr/2026-11.md", DIGEST), Exhibit(url="https://wiki.acme.io/dr/2026-11")),
        Location("policy", FILE),
    )  # fmt: skip


def test_a_file_may_hold_several_documents() -> None:
    text = f"{WHOLE}---\n{WHOLE.replace('jane.doe', 'joe')}"
    assert [one.by for one in read_attestations({FILE: text.encode()})] == ["jane.doe", "joe"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("item: dr-exercise\n", "", ":1:1: `item` is missing"),
        ("answer: yes", "answer: maybe", ":3:1: `answer` is 'maybe'; expected one of yes, no, na"),
        ("answer: yes", "answer: na", ":3:1: `answer` is na without a `reason`"),
        ("by: jane.doe", "by: TODO", ":4:1: `by` is still TODO"),
        ("role: sre", "roll: sre", ":5:1: unknown key `roll`"),
        ("role: sre", "roll: sre", "did you mean `role`?"),
        ("at: 2026-11-02", "at: 2.11.2026", ":6:1: `at` is '2.11.2026'; expected a date"),
        (
            "expires: 2027-05-01",
            "expires: 2026-05-01",
            ":7:1: `expires` is 2026-05-01, before `at` 2026-11-02",
        ),
        ("expires: 2027-05-01\n", "", "`expires` is empty"),
        ("path: docs/dr/2026-11.md", "path: ../dr.md", ":9:5: `path` is '../dr.md'; expected a path inside"),
        ("path: docs/dr/2026-11.md", "path: /etc/passwd", "expected a path inside"),
        (DIGEST, "abc", ":9:5: `sha256` is not 64 hexadecimal digits"),
        ("  - path: docs/dr/2026-11.md\n    sha", "  - sha", ":9:5: points at nothing or at two things"),
        ("url: https", "path: a\n    url: https", "points at nothing or at two things"),
    ],
)
def test_errors_name_line_and_column(old: str, new: str, says: str) -> None:
    assert WHOLE.count(old) == 1
    with pytest.raises(ChecklistError) as error:
        read_attestations({FILE: WHOLE.replace(old, new).encode()})
    assert says in str(error.value)


def test_errors_of_all_files_are_told_at_once() -> None:
    broken = WHOLE.replace("by: jane.doe\n", "")
    with pytest.raises(ChecklistError) as error:
        read_attestations({"b.yaml": broken.encode(), "a.yaml": b"", "c.yaml": WHOLE.encode()})
    assert str(error.value).startswith("a.yaml:1:")
    assert {line.split(":")[0] for line in str(error.value).splitlines()} == {"a.yaml", "b.yaml"}


EXHIBIT = Exhibit("docs/dr/2026-11.md", DIGEST)


@pytest.mark.parametrize(
    ("item", "said", "status", "says"),
    [
        (asked("sre"), (stated(),), "pass", "The region was failed over: jane.doe (sre) on 2026-11-02"),
        (asked(), (stated(role="anybody"),), "pass", "anybody"),
        (asked("sre"), (), "unknown", "nobody attested dr-exercise as sre"),
        (asked(), (), "unknown", "nobody attested dr-exercise"),
        (asked("sre"), (stated("no"),), "fail", "states that it does not hold"),
        (asked("sre"), (stated("na"),), "not-applicable", "no second region"),
        (asked("sre"), (stated(role="intern"),), "fail", "is none of sre"),
        (asked("sre"), (stated(at=TODAY + DAY),), "unknown", "which is to come"),
        (asked("sre"), (stated(at=TODAY),), "pass", ""),
        (asked("sre"), (stated(expires=TODAY),), "pass", ""),
        (asked("sre"), (stated(expires=TODAY - DAY),), "unknown", "expired after 2026-11-23"),
        (asked("sre", max_age=22), (stated(),), "pass", ""),
        (asked("sre", max_age=21), (stated(),), "unknown", "is 22 days old, 21 are allowed"),
        (asked("sre", evidence=True), (stated(),), "fail", "points at no evidence"),
        (asked("sre", evidence=True), (stated("na"),), "not-applicable", ""),
        (asked("sre", evidence=True), (stated(evidence=(EXHIBIT,)),), "pass", "see docs/dr/2026-11.md"),
        (asked("sre"), (stated(evidence=(EXHIBIT._replace(sha256="0" * 64),)),), "fail", "another sha256"),
        (asked("sre"), (stated(evidence=(Exhibit("gone.md", DIGEST),)),), "unknown", "gone.md can't be read"),
        (asked("sre"), (stated(evidence=(Exhibit(url="TBD"),)),), "fail", "is a placeholder"),
        (asked("sre"), (stated(evidence=(Exhibit(url="TODO: link"),)),), "fail", "is a placeholder"),
        (asked("sre"), (stated(evidence=(Exhibit(url="https://example.com/x"),)),), "fail", "placeholder"),
        (asked("sre"), (stated(evidence=(Exhibit(url="wiki.example.org/x"),)),), "fail", "placeholder"),
        (asked("sre"), (stated(evidence=(Exhibit(url="https://acme.io/TODO"),)),), "fail", "placeholder"),
        (asked("sre"), (stated(evidence=(Exhibit(url="https://acme.io/todo-app/dr"),)),), "pass", ""),
        (asked("sre"), (stated(evidence=(Exhibit(url="https://myexample.com/x"),)),), "pass", ""),
        # The newest statement decides; of several on one day the worst.
        (asked("sre"), (stated("no", at=date(2026, 10, 1)), stated()), "pass", ""),
        (asked("sre"), (stated("no"), stated(at=date(2026, 10, 1))), "fail", ""),
        (asked("sre"), (stated("no"), stated()), "fail", ""),
        (asked("sre"), (stated(), stated("no", at=TODAY + DAY)), "pass", ""),
        (asked("sre"), (stated(), stated("no", role="intern", at=TODAY)), "pass", ""),
        (asked("sre"), (stated(item="other"),), "unknown", "nobody attested"),
    ],
)  # fmt: skip
def test_standing(item: Item, said: tuple[Attestation, ...], status: Status, says: str) -> None:
    found = standing(item, *said)
    assert [result.status for result in found.results] == [status]
    assert says in text_of(found)
    assert found.holds == (status == "pass")
    assert standing(item, *said[::-1]) == found


def test_each_role_has_to_speak() -> None:
    both = asked("sre", "security")
    assert statuses(both, stated()) == ["pass", "unknown"]
    assert statuses(both, stated(), stated("no", role="security")) == ["pass", "fail"]
    assert statuses(both, stated(), stated(role="security")) == ["pass", "pass"]
    assert not standing(both, stated()).holds


def test_outcome_of_an_attested_item() -> None:
    outcome = attested_outcome(asked("sre"), standing(asked("sre"), stated()), "error")
    assert (outcome.check, outcome.status, outcome.strength) == ("attestation", "pass", "attested")
    assert not outcome.not_evaluated
    failed = attested_outcome(asked("sre"), standing(asked("sre"), stated("no")), "error")
    assert [entry.status for entry in entries(failed)] == ["fail"]


def test_what_does_not_apply_by_all_who_speak_is_excused() -> None:
    both = asked("sre", "security")
    excused = standing(both, stated(), stated("na", role="security"))
    assert attested_outcome(both, excused, "error").not_evaluated
    assert not attested_outcome(both, standing(both, stated("na")), "error").not_evaluated


def test_an_item_that_is_ruled_out_needs_nobody() -> None:
    outcome = attested_outcome(asked("sre"), standing(asked("sre")), "error", "staging", "tier 3")
    assert (outcome.results, outcome.not_evaluated, outcome.reason) == ((), True, "tier 3")


def test_only_items_that_ask_for_it_are_attested() -> None:
    check = Item("limit", "check", "rollback.history-limit")
    attestable = check._replace(id="drain", attestable=True)
    said = [stated(item="limit"), stated(item="drain")]
    assert set(standings([check, attestable], said, TODAY, read)) == {"drain"}
    assert [one.item for one in strangers([check, attestable], said)] == ["limit"]


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_a_statement_that_ran_out_does_not_come_back(lasts: int, day: int, more: int) -> None:
    said = stated(at=TODAY, expires=TODAY + lasts * DAY)
    early, late = (standing(asked("sre"), said, day=TODAY + (day + at) * DAY).holds for at in (0, more))
    assert early or not late
