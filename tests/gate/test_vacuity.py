"""Taking evidence away never opens the gate: without any one kind of it the ready example fails."""

import shutil
from pathlib import Path

import pytest

from readiness.pipeline import Judgement, Request, judge
from tests.faults import AS_OF, ORDERS, copy_of_orders

KINDS = {
    "alert rules": ("monitoring/rules",),
    "routing": ("monitoring/alertmanager.yml",),
    "runbooks": ("docs/runbooks",),
    "capacity plan": ("capacity.yaml",),
    "manifests of production": ("deploy/rendered/production.yaml",),
    "all manifests": ("deploy",),
    "attestations": (".readiness/attestations",),
}


def gate(tree: Path) -> Judgement:
    return judge(Request(str(tree), AS_OF))


def test_the_ready_example_passes() -> None:
    judgement = gate(ORDERS)
    assert judgement.document["decision"] == "GO", judgement.document["reason"]


@pytest.mark.parametrize("kind", KINDS)
def test_without_one_kind_of_evidence_the_gate_fails(tmp_path: Path, kind: str) -> None:
    tree = copy_of_orders(tmp_path)
    for path in KINDS[kind]:
        target = tree / path
        shutil.rmtree(target) if target.is_dir() else target.unlink()
    assert gate(tree).document["verdict"] == "fail"


def test_an_empty_folder_has_nothing_to_judge(tmp_path: Path) -> None:
    document = gate(tmp_path).document
    assert document["verdict"] == "fail"
    assert document["reason"].startswith("nothing-judged")
