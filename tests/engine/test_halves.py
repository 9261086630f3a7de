"""Work on two cores gives what one gives, in the same order, whatever happens to the child."""

import os
import signal

import pytest

from readiness import ahead, halves, run
from readiness.evidence import documents
from readiness.pipeline import Request, judge
from tests.faults import AS_OF, EXAMPLES, ORDERS

NUMBERS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]


def test_results_come_in_the_order_of_the_things() -> None:
    assert halves.in_halves(lambda n: [n, str(n)], NUMBERS, lambda n: n) == [[n, str(n)] for n in NUMBERS]


def test_both_have_something_to_do() -> None:
    here = os.getpid()
    done_by = halves.in_halves(lambda _: os.getpid() == here, NUMBERS, lambda n: n)
    assert set(done_by) == {True, False}


@pytest.mark.parametrize("end", ["kill", "crash", "nonsense"])
def test_a_child_that_fails_costs_nothing_but_time(end: str) -> None:
    here = os.getpid()

    def work(number: int) -> object:
        if os.getpid() != here:
            if end == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if end == "crash":
                raise ValueError(number)
            return object()  # nothing that can be handed back
        return number

    assert halves.in_halves(work, NUMBERS, lambda n: n) == NUMBERS


def test_a_verdict_is_the_same_on_one_core_and_on_two(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = judge(Request(str(ORDERS), AS_OF)).document
    monkeypatch.setattr(documents, "ENOUGH_FOR_TWO", 1)
    monkeypatch.setattr(documents, "cores", lambda: 2)
    assert judge(Request(str(ORDERS), AS_OF)).document == alone


def test_rules_are_sorted_ahead_as_they_are_here(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = ("workload.*", "object.*", "config.*", "network.*", "rbac.*", "availability.*")
    request = Request(str(EXAMPLES / "kubernetes"), AS_OF, checks=checks)
    monkeypatch.setattr(run, "cores", lambda: 1)
    alone = judge(request).document
    monkeypatch.setattr(ahead, "ENOUGH", 1)
    monkeypatch.setattr(run, "cores", lambda: 2)
    assert judge(request).document == alone
    monkeypatch.setattr(halves.Child, "result", lambda _: None)  # a child that did not come to its end
    assert judge(request).document == alone
