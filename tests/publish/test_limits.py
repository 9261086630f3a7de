"""Whatever a verdict holds, each service takes it: the fakes refuse what the real ones would."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.running import cli
from tests.publish.fakes import BitbucketCloud, Fake, GitHub, served
from tests.publish.posting import KINDS, MORE, REPOSITORY
from tests.report.samples import finding, outcome, verdict

WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", " ", "\n", "a" * 449, "b" * 450, "😀" * 226, "é" * 2_100, "```", "# x\n" * 700, "/close", "\x00"]),
    st.builds(lambda text, times: text * times, st.text(max_size=8), st.integers(0, 3_000)),
)  # fmt: skip
SEVERITIES = st.sampled_from(["error", "warning", "note"])


@st.composite
def findings(draw: st.DrawFn) -> dict[str, Any]:
    at = draw(st.sampled_from(["", "a.yaml", "./b.yaml:4", "c/d.yaml:1"]))
    return finding(
        draw(WORDS), at, severity=draw(SEVERITIES), blocking=draw(st.booleans()), fix=draw(WORDS),
        source=draw(st.sampled_from(["repository", "deploy", "stdin", "base"])) if at else None,
        status=draw(st.sampled_from(["fail", "fail", "unknown", "error"])),
        fingerprint=draw(st.sampled_from(["r1:a", "r1:b", "r1:c"])),
    )  # fmt: skip


@st.composite
def verdicts(draw: st.DrawFn) -> dict[str, Any]:
    outcomes = [
        outcome(
            f"area.check-{number}", draw(st.sampled_from(["fail", "unknown", "error", "pass", "not-applicable"])),
            title=draw(WORDS), reason=draw(WORDS), blocking=draw(st.booleans()), severity=draw(SEVERITIES),
            environment=draw(st.sampled_from([None, "production"])), findings=draw(st.lists(findings(), max_size=4)),
        )
        for number in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    # Few are drawn, for speed, and stand there many times: bounds on numbers are reached as well.
    for one in outcomes[:1]:
        one["findings"] = [
            {**found, "message": f"{found['message']}{number}", "fingerprint": f"{found['fingerprint']}{number % 700}"}
            for number in range(draw(st.sampled_from([1, 20, 300])))
            for found in one["findings"]
        ]  # fmt: skip
    return verdict(
        outcomes,
        service={"name": draw(WORDS), "owner": draw(WORDS)},
        environment=draw(WORDS),
        reason=draw(WORDS),
        trusted=draw(st.booleans()),
        mode=draw(st.sampled_from(["enforce", "advisory"])),
    )


@pytest.fixture(params=KINDS)
def at_work(request: pytest.FixtureRequest) -> Iterator[tuple[str, Fake]]:
    with served(KINDS[request.param]()) as fake:
        yield request.param, fake


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=verdicts())
def test_every_verdict_is_within_the_limits(at_work: tuple[str, Fake], document: dict[str, Any]) -> None:
    to, fake = at_work
    fake.requests.clear()
    if isinstance(fake, BitbucketCloud):
        fake.reports.clear()
    if isinstance(fake, GitHub):
        fake.processing = ["complete"]
    said = cli(
        "publish", "-", "--to", to, "--url", fake.url, "--repository", REPOSITORY.get(to, "team/orders"),
        *MORE.get(to, ()), cwd=Path(__file__).parent, stdin=json.dumps(document).encode(),
    )  # fmt: skip
    assert (said.code, said.err) == (0, "")
    if isinstance(fake, BitbucketCloud | GitHub) and to != "github-sarif":
        total = int(said.out.rpartition(" of ")[2].split()[0])
        assert len(fake.annotations()) == min(total, 1000)
