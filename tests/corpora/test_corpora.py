"""Real services: each finding has its row of judgement, and what is known to be wrong is found."""

from functools import cache

import pytest

from readiness.pipeline import Judgement
from tests.corpora.judged import VERDICTS, Row, Said, corpora, judged, rows, said_of
from tests.programs import helm, kubectl

CORPORA = corpora()
pytestmark = pytest.mark.skipif(not CORPORA, reason="READINESS_CORPORA names no folder of real services")


@pytest.fixture(autouse=True)
def renderers(monkeypatch: pytest.MonkeyPatch) -> None:
    from os import environ, pathsep

    folders = [str(program.parent) for program in (helm(), kubectl())]
    monkeypatch.setenv("PATH", pathsep.join([*folders, environ["PATH"]]))


@cache
def judgement_of(corpus: str) -> Judgement:
    return judged(corpus)


@cache
def said(corpus: str) -> tuple[Said, ...]:
    return tuple(said_of(corpus, judgement_of(corpus)))


@pytest.mark.parametrize("corpus", CORPORA)
def test_every_finding_has_a_row_of_judgement(corpus: str) -> None:
    known = [row for row in rows() if row.corpus == corpus]
    without = [one for one in said(corpus) if not any(row.covers(one) for row in known)]
    assert not without, "\n".join(map(str, without))


@pytest.mark.parametrize("corpus", CORPORA)
def test_every_row_still_has_a_finding(corpus: str) -> None:
    stale = [
        row for row in rows() if row.corpus == corpus and not any(row.covers(one) for one in said(corpus))
    ]
    assert not stale, "\n".join(map(str, stale))


@pytest.mark.parametrize("corpus", CORPORA)
def test_no_error_that_is_not_true(corpus: str) -> None:
    known = [row for row in rows() if row.corpus == corpus]
    wrong = [
        one
        for one in said(corpus)
        if one.severity == "error"
        and not any(row.covers(one) and row.verdict in ("true", "unknown") for row in known)
    ]
    assert not wrong, "\n".join(map(str, wrong))


def test_rows_have_a_verdict_and_a_reason() -> None:
    bad: list[Row] = [row for row in rows() if row.verdict not in VERDICTS or len(row.reason) < 10]
    assert rows()
    assert not bad
