"""Real services: each finding has its row of judgement, and what is known to be wrong is found."""

from collections import Counter
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
def judgement_of(corpus: str, profile: str) -> Judgement:
    return judged(corpus, profile)


@cache
def said(corpus: str, profile: str = "baseline@1") -> tuple[Said, ...]:
    return tuple(said_of(corpus, judgement_of(corpus, profile)))


EACH = pytest.mark.parametrize(("corpus", "profile"), list(product(CORPORA, PAGES)))


@EACH
def test_every_finding_has_a_row_of_judgement(corpus: str, profile: str) -> None:
    known = [row for row in rows(profile) if row.corpus == corpus]
    without = [one for one in said(corpus, profile) if not any(row.covers(one) for row in known)]
    assert not without, "\n".join(map(str, without))


@EACH
def test_every_row_still_has_a_finding(corpus: str, profile: str) -> None:
    stale = [
        row
        for row in rows(profile)
        if row.corpus == corpus and not any(row.covers(one) for one in said(corpus, profile))
    ]
    assert not stale, "\n".join(map(str, stale))


@EACH
def test_no_error_that_is_not_true(corpus: str, profile: str) -> None:
    known = [row for row in rows(profile) if row.corpus == corpus]
    wrong = [
        one
        for one in said(corpus, profile)
        if one.severity == "error"
        and not any(row.covers(one) and row.verdict in ("true", "unknown") for row in known)
    ]
    assert not wrong, "\n".join(map(str, wrong))


@EACH
def test_no_finding_has_two_verdicts(corpus: str, profile: str) -> None:
    known = [row for row in rows(profile) if row.corpus == corpus]
    torn = [
        one for one in said(corpus, profile) if len({row.verdict for row in known if row.covers(one)}) > 1
    ]
    assert not torn, "\n".join(map(str, torn))


@pytest.mark.parametrize("profile", PAGES)
def test_rows_have_a_verdict_and_a_reason(profile: str) -> None:
    bad: list[Row] = [row for row in rows(profile) if row.verdict not in VERDICTS or len(row.reason) < 10]
    assert rows(profile)
    assert not bad


@pytest.mark.parametrize("profile", PAGES)
def test_the_count_table_is_that_of_the_rows(profile: str) -> None:
    """The line of all checks; a finding counts once, by its verdict."""
    counted = Counter(
        next((row.verdict for row in rows(profile) if row.covers(one)), "none")
        for corpus in CORPORA
        for one in said(corpus, profile)
    )
    line = f"| all | {' | '.join(str(counted[verdict]) for verdict in VERDICTS)} |"
    assert line in PAGES[profile].read_text().splitlines(), line
