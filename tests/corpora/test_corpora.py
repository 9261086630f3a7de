"""Real services: each finding has its row of judgement, and what is known to be wrong is found."""

from functools import cache
from itertools import product

import pytest

from readiness.pipeline import Judgement
from tests.corpora.judged import PAGES, VERDICTS, Row, Said, corpora, judged, rows, said_of
from tests.programs import helm, kubectl

CORPORA = corpora()
pytestmark = pytest.mark.skipif(not CORPORA, reason="READINESS_CORPORA names no folder of real services")


@pytest.fixture(autouse=True)
def renderers(monkeypatch: pytest.MonkeyPatch) -> None:
    from os import environ, pathsep

    folders = [str(program.parent) for program in (helm(), kubectl())]
    monkeypatch.setenv("PATH", pathsep.join([*folders, environ["PATH"]]))


@cache
def judgement_of(corpus: str, profile: str = "baseline@1") -> Judgement:
    return judged(corpus, profile)


@cache
def said(corpus: str, profile: str = "baseline@1") -> tuple[Said, ...]:
    return tuple(said_of(corpus, judgement_of(corpus, profile)))


each = pytest.mark.parametrize(("corpus", "profile"), list(product(CORPORA, PAGES)))


@each
def test_every_finding_has_a_row_of_judgement(corpus: str, profile: str) -> None:
    known = [row for row in rows(profile) if row.corpus == corpus]
    without = [one for one in said(corpus, profile) if not any(row.covers(one) for row in known)]
    assert not without, "\n".join(map(str, without))


@each
def test_every_row_still_has_a_finding(corpus: str, profile: str) -> None:
    known = [row for row in rows(profile) if row.corpus == corpus]
    stale = [row for row in known if not any(row.covers(one) for one in said(corpus, profile))]
    assert not stale, "\n".join(map(str, stale))


@each
def test_no_error_that_is_not_true(corpus: str, profile: str) -> None:
    """In baseline an error is a defect; elsewhere one may also be of little weight, as in a demo."""
    right = ("true", "unknown") if profile == "baseline@1" else ("true", "unknown", "minor")
    known = [row for row in rows(profile) if row.corpus == corpus]
    wrong = [
        one
        for one in said(corpus, profile)
        if one.severity == "error" and not any(row.covers(one) and row.verdict in right for row in known)
    ]
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("profile", PAGES)
def test_rows_have_a_verdict_and_a_reason(profile: str) -> None:
    bad: list[Row] = [row for row in rows(profile) if row.verdict not in VERDICTS or len(row.reason) < 10]
    assert rows(profile)
    assert not bad
