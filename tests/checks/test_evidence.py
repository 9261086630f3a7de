"""What can't be read is one finding, with its place and the command that mends it."""

import os
from pathlib import Path

import pytest
from readiness_checks.evidence import readable

from tests.faults import ORDERS, Fault, copy_of_orders, findings, judged, proofs, write
from tests.programs import kubectl

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {ports: [{port: 80}]}\n"
RULES = "groups:\n  - name: a\n    rules:\n      - {alert: Down, expr: up == 0}\n"
NAMED = (
    "version: 1\nservice: {name: api}\nenvironments: {production: {class: production, manifests: [deploy]}}\n"
)


def said(tree: Path) -> list[tuple[str, str, int | None, str | None]]:
    return [(one.message, one.at.file, one.at.line, one.finding.at_most) for one in findings(readable, tree)]


def test_orders_was_read() -> None:
    assert findings(readable, ORDERS) == []
    (proof,) = proofs(readable, ORDERS)
    assert proof.message.endswith("files were read")
    documents, files, _ = proof.operands
    assert int(documents.value) > int(files.value) > 10


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        ("deploy/rendered/production.yaml", "kind: SecretProviderClass", "kind: [SecretProviderClass", None),
        ("monitoring/rules/orders.rules.yaml", "groups:\n", "groups:\n\t", 3),
        ("monitoring/alertmanager.yml", "receivers:\n", "receivers: {\n", None),
    ],
)
def test_fault_is_one_error(tmp_path: Path, file: str, old: str, new: str, line: int | None) -> None:
    tree = Fault(file, old, new).seed(copy_of_orders(tmp_path))
    (found,) = findings(readable, tree)
    assert found.message.startswith(f"{file} can't be read: ")
    assert found.at.file == file
    assert found.at.line is not None
    assert line is None or found.at.line == line
    assert found.finding.fix == f"mend {file}:{found.at.line}"
    assert found.finding.at_most is None


@pytest.mark.parametrize(
    ("files", "at_most"),
    [
        pytest.param({"deploy/api.yaml": SERVICE.replace("{name: api}", "{name: api")}, None, id="found"),
        pytest.param(
            {"deploy/api.yaml": SERVICE.replace("api}", "{{ .name }}}")},
            "warning",
            id="template-that-was-found",
        ),
        pytest.param(
            {"deploy/api.yaml": SERVICE.replace("api}", "{{ .name }}}"), "readiness.yaml": NAMED},
            None,
            id="template-that-is-named",
        ),
        pytest.param(
            {
                "deploy/api.yaml": SERVICE,
                "readiness.yaml": NAMED,
                "examples/x.yaml": SERVICE.replace("{name: api}", "{name: api"),
            },
            "warning",
            id="in-no-environment",
        ),
        pytest.param({"rules/a.yaml": RULES.replace("[", "").replace("- {", "- {{", 1)}, None, id="rules"),
        pytest.param({"tests/a.yaml": RULES.replace("}", "")}, "warning", id="rules-of-tests"),
        pytest.param(
            {
                "capacity.yaml": "workloads: [",
                "deploy/api.yaml": SERVICE,
                "readiness.yaml": NAMED + "evidence: {capacity: capacity.yaml}\n",
            },
            None,
            id="named-evidence",
        ),
    ],
)
def test_how_bad_a_broken_file_is(tmp_path: Path, files: dict[str, str], at_most: str | None) -> None:
    (found,) = said(write(tmp_path, files))
    assert found[3] == at_most


def test_other_yaml_is_not_evidence(tmp_path: Path) -> None:
    files = {
        "ci.yaml": "jobs: [",
        "chart/Chart.yaml": "name: c\nversion: 1.0.0\n",
        "deploy/api.yaml": SERVICE,
    }
    files["chart/templates/a.yaml"] = "apiVersion: v1\nkind: Service\n{{ if .Values.a }}\n"
    assert [one for one in said(write(tmp_path, files)) if "can't be read" in one[0]] == []


def test_a_key_that_stands_twice_is_a_warning_with_both_lines(tmp_path: Path) -> None:
    twice = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec:\n  type: ClusterIP\n  type: NodePort\n"
    )
    tree = write(tmp_path, {"deploy/api.yaml": twice, "other.yaml": "a: 1\na: 2\n"})
    assert said(tree) == [
        (
            "deploy/api.yaml has spec.type twice, in lines 5 and 6: the last one counts",
            "deploy/api.yaml",
            6,
            "warning",
        )
    ]
    assert [one.value for one in findings(readable, tree)[0].finding.operands] == [5, 6]


def test_keys_that_stand_three_times_are_findings_of_their_own(tmp_path: Path) -> None:
    tree = write(
        tmp_path, {"deploy/api.yaml": SERVICE + "a: 1\na: 2\na: 3\n---\n" + SERVICE + "a: 1\na: 2\n"}
    )
    found = findings(readable, tree)  # raises when two have the same fingerprint
    assert len(found) == 3


def test_a_kustomization_that_renders_to_nothing_is_one_finding(tmp_path: Path) -> None:
    files = {
        "prod/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        "resources: [../base, ../gone]\n",
        "base/kustomization.yaml": "resources: [api.yaml]\n",
        "base/api.yaml": SERVICE,
    }
    ((message, file, _, at_most),) = said(write(tmp_path, files))
    assert message == "prod/kustomization.yaml can't be rendered: resources.1: ../gone does not exist"
    assert (file, at_most) == ("prod/kustomization.yaml", None)


def test_what_breaks_a_kustomization_has_the_only_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join([str(kubectl().parent), os.environ["PATH"]]))
    files = {
        "prod/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        "resources: [api.yaml]\n",
        "prod/api.yaml": SERVICE.replace("{name: api}", "{name: api"),
    }
    found = said(write(tmp_path, files))
    assert [(one[1], one[3]) for one in found] == [("prod/api.yaml", None)]


def test_one_broken_file_of_two_environments_is_one_finding(tmp_path: Path) -> None:
    checklist = (
        "version: 1\nservice: {name: api}\nenvironments:\n"
        "  staging: {class: staging, manifests: [deploy]}\n"
        "  production: {class: production, manifests: [deploy]}\n"
    )
    files = {"readiness.yaml": checklist, "deploy/api.yaml": SERVICE.replace("{name: api}", "{name: api")}
    assert len(said(write(tmp_path, files))) == 1


def test_an_environment_without_files_is_found(tmp_path: Path) -> None:
    tree = write(tmp_path, {"readiness.yaml": NAMED, "rules.yaml": RULES})
    assert [one[0] for one in said(tree)] == [
        "deploy can't be rendered: deploy of source repository has no file"
    ]


def test_an_empty_folder_is_not_judged(tmp_path: Path) -> None:
    (outcome,) = judged(readable, write(tmp_path, {"a.txt": ""})).outcomes
    assert outcome.status == "not-applicable"
