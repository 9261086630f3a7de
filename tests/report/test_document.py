from datetime import date

from readiness.gate import decide
from readiness.outcome import MOST_PROOFS, Finding, Outcome, Proof, Result, Subject
from readiness.place import Places
from readiness.report.document import About, document

ABOUT = About("", "", "", {}, (), None, None, (), {}, (), {}, {})


def test_proofs_beyond_the_first_are_counted_and_findings_never_left_out() -> None:
    holds = [
        Result(Subject("Service", "a", f"s{n}"), "pass", (), (Proof(f"{n}"),)) for n in range(MOST_PROOFS + 3)
    ]
    fails = [
        Result(Subject("Service", "b", f"s{n}"), "fail", (Finding("x"),)) for n in range(MOST_PROOFS + 3)
    ]
    outcome = Outcome("a.b", "a.b", "A", "production", "error", False, (*holds, *fails))
    printed = document(decide([outcome], as_of=date(2026, 11, 24)), ABOUT, Places({}))["outcomes"][0]
    assert [proof["message"] for proof in printed["proofs"]] == [f"{n}" for n in range(MOST_PROOFS)]
    assert printed["proofs_left_out"] == 3
    assert len(printed["findings"]) == MOST_PROOFS + 3
