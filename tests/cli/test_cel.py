"""A steward's own rules: what they see, and that none can hold up a run."""
# a row a case

import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from readiness import cel
from tests.cli.running import deployment, files, gate, outcome

pytest.importorskip("cel", reason="pip install 'readiness[cel]'")


class Row(NamedTuple):
    """One expression over one kind of subject."""

    subject: str
    expression: str
    status: str
    says: str = ""


ROWS: dict[str, Row] = {
    "holds": Row("workload", "workload.spec.replicas >= 2", "pass"),
    "does not hold": Row("workload", "workload.spec.replicas >= 3", "fail", "Deployment shop/api"),
    "a container": Row("container", "container.image.startsWith('registry.example/')", "pass"),
    "the pod's labels": Row("pod", "pod.labels.app == 'api'", "pass"),
    "name and namespace": Row("workload", "workload.name == 'api' && workload.namespace == 'shop'", "pass"),
    "any object": Row("object", "object.kind == 'Deployment'", "pass"),
    "a missing field": Row("workload", "workload.spec.paused", "unknown", "paused"),
    "a missing field asked for": Row("workload", "!has(workload.spec.paused)", "pass"),
    "an unknown name": Row("workload", "nonsense.spec", "unknown", "not evaluated"),
    "no boolean": Row("workload", "workload.spec.replicas", "error", "expected true or false"),
    "a wrong type": Row("workload", "workload.name > 3", "unknown", "not evaluated"),
    "nested too deep": Row("workload", "[1].all(a, [1].all(b, [1].all(c, true)))", "unknown", "nested"),
    "nothing of the kind": Row("service", "service.name != ''", "not-applicable", "no service found"),
}  # fmt: skip


def shop(tree: Path, row: Row, timeout: str = "10s") -> Path:
    expression = row.expression.replace('"', '\\"')
    checklist = f"""
    version: 1
    service: {{name: shop, tier: 1, owner: team-shop}}
    items:
      - {{id: rule, title: A rule, for: {row.subject}, expr: "{expression}", severity: error, timeout: {timeout}}}
      - {{id: other, title: Another, for: workload, expr: "true", severity: error}}
      - {{check: rollback.history-limit}}
    """
    return files(tree, {"readiness.yaml": checklist, "k8s/api.yaml": deployment("api", replicas=2)})


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_a_rule_is_judged(tmp_path: Path, row: Row) -> None:
    code, verdict = gate(cwd=shop(tmp_path, row))
    found = outcome(verdict, "rule")
    assert (code, found["status"]) == (0 if row.status in ("pass", "not-applicable") else 1, row.status)
    assert row.says in found["reason"] + str(found["findings"])
    assert outcome(verdict, "other")["status"] == "pass"


def test_an_expression_that_does_not_parse_is_told_with_its_line(tmp_path: Path) -> None:
    code, document = gate(cwd=shop(tmp_path, Row("workload", "workload..name ==", "")))
    assert code in (1, 2)
    assert "rule" in str(document)


def test_a_rule_that_takes_too_long_is_ended_and_the_next_one_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cel, "START_SECONDS", 5)
    tree = shop(tmp_path, Row("workload", "workload.big.all(a, workload.big.all(b, a + b != 'x'))", ""), "1s")
    text = (tree / "k8s/api.yaml").read_text() + "big: [" + ", ".join(f"a{n}" for n in range(8000)) + "]\n"
    (tree / "k8s/api.yaml").write_text(text)
    code, verdict = gate(cwd=tree)
    found = outcome(verdict, "rule")
    assert (code, found["status"], "took longer than 1 s" in found["reason"]) == (1, "error", True)
    assert outcome(verdict, "other")["status"] == "pass"


def test_a_child_that_ends_is_an_error_of_the_item(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/true")
    code, verdict = gate(cwd=shop(tmp_path, ROWS["holds"]))
    assert (code, outcome(verdict, "rule")["status"]) == (1, "error")
    assert outcome(verdict, "rollback.history-limit")["status"] == "pass"


def test_a_broken_file_is_a_doubt_of_a_rule(tmp_path: Path) -> None:
    tree = files(
        shop(tmp_path, ROWS["holds"]), {"k8s/bad.yaml": "apiVersion: apps/v1\nkind: Deployment\nx: [\n"}
    )
    code, verdict = gate(cwd=tree)
    assert (code, outcome(verdict, "rule")["status"]) == (1, "unknown")
    assert len(verdict["causes"]) == 1
