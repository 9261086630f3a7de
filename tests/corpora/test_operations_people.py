"""What real repositories say of owners, and that checks of documents they don't have stay silent."""

from functools import cache

import pytest

from readiness.pipeline import Judgement
from tests.corpora.judged import corpora, judged

CORPORA = corpora()
pytestmark = pytest.mark.skipif(not CORPORA, reason="READINESS_CORPORA names no folder of real services")

OF_DOCUMENTS = (
    "postmortem.actions", "postmortem.template", "postmortem.blameless", "catalog.entity",
    "catalog.dependencies-true", "incident.process-doc", "incident.severity-map",
    "itsm.recurrence", "itsm.change-evidence", "toil.register",
)  # fmt: skip


@cache
def judgement_of(corpus: str) -> Judgement:
    return judged(corpus, "operations@1")


def statuses(corpus: str, check: str) -> set[str]:
    return {one["status"] for one in judgement_of(corpus).document["outcomes"] if one["id"] == check}


@pytest.mark.parametrize("corpus", CORPORA)
@pytest.mark.parametrize("check", OF_DOCUMENTS)
def test_documents_that_are_not_there_are_no_subject(corpus: str, check: str) -> None:
    assert statuses(corpus, check) == {"not-applicable"}


@pytest.mark.parametrize(
    ("corpus", "status"),
    [
        ("bank-of-anthos", "pass"), ("chef-nginx", "pass"), ("kube-prometheus", "pass"),
        ("microservices-demo", "pass"),
        ("sloth-examples", "fail"),  # one person has all of it
        ("argo-rollouts", "unknown"), ("sap-jenkins-library", "unknown"),  # parts of their repositories
        ("petclinic-microservices", "not-applicable"),  # it has none
    ],
)  # fmt: skip
def test_lines_of_codeowners(corpus: str, status: str) -> None:
    assert statuses(corpus, "owner.codeowners-live") == {status}


@pytest.mark.parametrize("corpus", CORPORA)
def test_nothing_is_said_of_dependencies_where_nobody_could_speak_of_them(corpus: str) -> None:
    assert statuses(corpus, "deps.failure-mode") <= {"not-applicable", "unknown"}
