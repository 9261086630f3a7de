"""What is measured of objectives on real specifications: the facts, with their places."""

import os
from functools import cache
from pathlib import Path

import pytest
from readiness_checks.slo import burn_rate_maths, rules_in_sync, spec_valid

from readiness.pipeline import Request, judge
from tests.corpora.judged import AS_OF, corpora
from tests.faults import Found, findings, proofs

pytestmark = pytest.mark.skipif(not corpora(), reason="READINESS_CORPORA names no folder of real services")


def corpus(name: str) -> Path:
    return Path(os.environ["READINESS_CORPORA"]) / name


@cache
def burn_rates(name: str) -> list[Found]:
    return findings(burn_rate_maths, corpus(name), tier=2)


def test_the_page_that_can_never_fire_is_the_only_one() -> None:
    """Both halves of the page pair of an objective of 90 %: 14.4 × 0.1."""
    (found,) = {
        one.message: one for one in burn_rates("sloth-examples") if "can never fire" in one.message
    }.values()
    assert found.message.startswith(
        "slo_foo-bar_grpc-latency-percentile-90_fail asks for an error ratio above 1.44"
    )
    assert found.at.file == "examples/_gen/victoria-metrics.yml"


def test_no_generated_objective_has_drifted() -> None:
    assert findings(rules_in_sync, corpus("sloth-examples")) == []
    said = {proof.message for proof in proofs(rules_in_sync, corpus("sloth-examples"))}
    assert len(said) >= 14
    assert any("openslo-0" in one for one in said)


def test_the_objective_with_both_alerts_off_is_found() -> None:
    done = judge(Request(str(corpus("sloth-examples")), AS_OF, checks=("slo.coverage",)))
    found = {
        one["object"]["name"]: one for outcome in done.document["outcomes"] for one in outcome["findings"]
    }
    assert found["http-availability"]["message"].startswith(
        "myapp/http-availability is measured and not defended"
    )
    assert found["http-availability"]["file"] == "examples/no-alerts.yml"


def test_the_month_that_is_a_minute_is_found() -> None:
    (found,) = findings(spec_valid, corpus("openslo-examples"))
    assert found.at.file == "examples/budgeting-method/timeslices-slo.yaml"
    assert found.message == "service-availability has a window of 1m, which is 1 min; a month is 1M"
