"""Real services whose alerts and calls are made elsewhere: nothing is found in them, and all files are read."""

import os
from pathlib import Path

import pytest

from readiness.evidence.hcl import blocks_of
from tests.corpora.judged import corpora
from tests.faults import findings

FOLDER = Path(os.environ.get("READINESS_CORPORA", ""))
pytestmark = pytest.mark.skipif(not corpora(), reason="READINESS_CORPORA names no folder of real services")


def test_every_terraform_file_is_read() -> None:
    files = [path for path in sorted(FOLDER.glob("*/**/*.tf")) if path.is_file()]
    assert len(files) == 13
    assert all(blocks_of(path.read_bytes(), False) for path in files)


@pytest.mark.parametrize("corpus", ["bank-of-anthos", "microservices-demo", "kube-prometheus"])
def test_services_without_these_systems_are_left_alone(corpus: str) -> None:
    from readiness_checks.alert import dynatrace_chain, splunk_complete, terraform_chain
    from readiness_checks.oncall import chain, escalation_depth

    for check in (splunk_complete, terraform_chain, dynatrace_chain, chain, escalation_depth):
        assert findings(check, FOLDER / corpus) == []
