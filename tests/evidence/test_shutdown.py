"""How long a preStop hook takes, as far as its command shows."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.shutdown import slept_by


@pytest.mark.parametrize(
    ("command", "seconds"),
    [
        (["sleep", "15"], 15),
        (["/bin/sleep", "15"], 15),
        (["sleep", "1m", "30s"], 90),
        (["sleep", "0.5"], Fraction(1, 2)),
        (["/bin/sh", "-c", "sleep 10"], 10),
        (["/bin/sh", "-ec", "sleep 10 && nginx -s quit"], 10),
        (["sh", "-c", "sleep 5; kill 1; sleep 5"], 10),
        (["bash", "-c", "echo stop\nsleep 3\n"], 3),
        (["sh", "-c", "/bin/sleep 7"], 7),
        (["sh", "-c", "sleep 5 || true"], 5),
        (["sh", "-c", "sleep 5 &"], None),  # it does not wait
        (["sh", "-c", "sleep $WAIT"], None),
        (["sh", "-c", "while true; do sleep 1; done"], None),
        (["sh", "-c", "nginx -s quit"], None),
        (["sh", "-c", "echo sleep5"], None),
        (["sh", "/stop.sh"], None),
        (["/wait-shutdown"], None),
        (["sleep"], None),
        (["sleep", "infinity"], None),
        ([], None),
    ],
)
def test_sleeps(command: list[str], seconds: Fraction | None) -> None:
    assert slept_by(command) == seconds


@given(st.lists(st.text(max_size=30), max_size=4))
def test_any_command_sleeps_or_not(command: list[str]) -> None:
    found = slept_by(command)
    assert found is None or found >= 0
