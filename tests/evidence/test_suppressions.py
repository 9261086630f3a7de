"""Requests that linters are asked in manifests: every tool's spelling at every place."""
# a row a case

from pathlib import Path
from typing import NamedTuple

import pytest

from readiness.checklist import Checklist, Item
from readiness.evaluate import evaluate
from readiness.evidence.suppressions import Request, Suppressions, comments_in
from readiness.plugins import known_checks
from readiness.tree import open_work_tree
from tests.faults import AS_OF, write

CONTAINERS = "{containers: [{name: api, image: a}], initContainers: [{name: init, image: a}]}"
PLACES = {
    "object": "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: api, annotations: {%s}}\n"
    f"spec: {{template: {{spec: {CONTAINERS}}}}}\n",
    "template": "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: api}\n"
    f"spec: {{template: {{metadata: {{annotations: {{%s}}}}, spec: {CONTAINERS}}}}}\n",
    "cron job": "kind: CronJob\napiVersion: batch/v1\nmetadata: {name: api, annotations: {%s}}\n"
    f"spec: {{jobTemplate: {{spec: {{template: {{spec: {CONTAINERS}}}}}}}}}\n",
    "job of a cron job": "kind: CronJob\napiVersion: batch/v1\nmetadata: {name: api}\n"
    f"spec: {{jobTemplate: {{metadata: {{annotations: {{%s}}}}, spec: {{template: {{spec: {CONTAINERS}}}}}}}}}\n",
    "template of a cron job": "kind: CronJob\napiVersion: batch/v1\nmetadata: {name: api}\nspec: {jobTemplate: "
    f"{{spec: {{template: {{metadata: {{annotations: {{%s}}}}, spec: {CONTAINERS}}}}}}}}}\n",
    "pod": f"kind: Pod\napiVersion: v1\nmetadata: {{name: api, annotations: {{%s}}}}\nspec: {CONTAINERS}\n",
    "item of a list": "kind: List\napiVersion: v1\nitems:\n  - kind: Pod\n    apiVersion: v1\n"
    f"    metadata: {{name: api, annotations: {{%s}}}}\n    spec: {CONTAINERS}\n",
    "service": "kind: Service\napiVersion: v1\nmetadata: {name: api, annotations: {%s}}\n",
}  # fmt: skip


class Case(NamedTuple):
    """An annotation, and what is asked: tool, name, containers, reason, whether it can be followed."""

    annotation: str
    asked: tuple[tuple[str, str, str, str, bool], ...]


CASES = {
    "kube-linter": Case("ignore-check.kube-linter.io/privileged-container: it has to",
                        (("kube-linter", "privileged-container", "", "it has to", True),)),
    "kube-linter without reason": Case('ignore-check.kube-linter.io/no-anti-affinity: ""',
                                       (("kube-linter", "no-anti-affinity", "", "", True),)),
    "kube-linter null": Case("ignore-check.kube-linter.io/a: null", (("kube-linter", "a", "", "", True),)),
    "kube-linter all": Case("kube-linter.io/ignore-all: the vendor's",
                            (("kube-linter", "*", "", "the vendor's", True),)),
    "kube-score": Case('kube-score/ignore: "a, b,,a"',
                       (("kube-score", "a", "", "", True), ("kube-score", "b", "", "", True))),
    "kube-score all": Case('kube-score/ignore: "*"', (("kube-score", "*", "", "", True),)),
    "kube-score skip": Case('kube-score/skip: "true"', (("kube-score", "*", "", "", True),)),
    "kube-score no skip": Case('kube-score/skip: "false"', ()),
    "polaris": Case('polaris.fairwinds.com/runAsPrivileged-exempt: "true"',
                    (("polaris", "runAsPrivileged", "", "", True),)),
    "polaris in capitals": Case("polaris.fairwinds.com/runAsPrivileged-exempt: 'True'",
                                (("polaris", "runAsPrivileged", "", "", True),)),
    "polaris all": Case('polaris.fairwinds.com/exempt: "true"', (("polaris", "*", "", "", True),)),
    "polaris off": Case('polaris.fairwinds.com/exempt: "false"', ()),
    "polaris yes": Case('polaris.fairwinds.com/exempt: "yes"', (("polaris", "*", "", "", False),)),
    "another of polaris": Case('polaris.fairwinds.com/team: "true"', ()),
    "checkov": Case("checkov.io/skip1: CKV_K8S_20=it has to", (("checkov", "CKV_K8S_20", "", "it has to", True),)),
    "checkov with = in its reason": Case("checkov.io/skip12: CKV_K8S_20=a=b",
                                         (("checkov", "CKV_K8S_20", "", "a=b", True),)),
    "checkov without reason": Case("checkov.io/skip1: CKV_K8S_20", (("checkov", "CKV_K8S_20", "", "", True),)),
    "bridgecrew": Case("bridgecrew.io/skip1: CKV_K8S_20=x", (("checkov", "CKV_K8S_20", "", "x", True),)),
    "checkov empty": Case('checkov.io/skip1: ""', (("checkov", "", "", "", False),)),
    "ours": Case('readiness/ignore: "workload.privileged: it has to"',
                 (("readiness", "workload.privileged", "", "it has to", True),)),
    "ours for a container": Case('readiness/ignore: "workload.*@in*: it has to"',
                                 (("readiness", "workload.*", "in*", "it has to", True),)),
    "ours of several lines": Case(r'readiness/ignore: "a.b: one: two\n\n c.d@e : three\n"',
                                  (("readiness", "a.b", "", "one: two", True),
                                   ("readiness", "c.d", "e", "three", True))),
    "ours without reason": Case('readiness/ignore: "workload.privileged"',
                                (("readiness", "workload.privileged", "", "", False),)),
    "ours with an empty reason": Case('readiness/ignore: "workload.privileged: "',
                                      (("readiness", "workload.privileged", "", "", False),)),
    "ours in prose": Case('readiness/ignore: "please be silent"', (("readiness", "please be silent", "", "", False),)),
    "another annotation": Case("prometheus.io/scrape: 'true'", ()),
    "a number": Case("readiness/ignore: 3", (("readiness", "3", "", "", False),)),
    "a list": Case("kube-score/ignore: [a]", (("kube-score", "['a']", "", "", False),)),
}  # fmt: skip


def requests(tree: Path) -> tuple[Request, ...]:
    trees = {"repository": open_work_tree(str(tree), "repository")}
    checklist = Checklist(items=(Item("evidence.readable", "check", "evidence.readable"),))
    done = evaluate(checklist, known_checks(), trees, AS_OF)
    (name,) = done.collector.environments
    (found,) = done.collector.collected(Suppressions, name).items
    requests: tuple[Request, ...] = found.requests
    return requests


def asked(found: tuple[Request, ...]) -> tuple[tuple[str, str, str, str, bool], ...]:
    return tuple((one.tool, one.name, one.part, one.reason, not one.wrong) for one in found)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("place", PLACES)
def test_request_is_read(place: str, case: str, tmp_path: Path) -> None:
    tree = write(tmp_path, {"k8s/all.yaml": PLACES[place] % CASES[case].annotation})
    found = requests(tree)
    assert asked(found) == CASES[case].asked
    assert {one.subject.name for one in found} <= {"api"}
    assert {one.subject.kind for one in found} <= {"Deployment", "CronJob", "Pod", "Service"}


@pytest.mark.parametrize(
    "annotations", ["3", "[a]", "null", "{1: 2}", "{readiness/ignore: {a: b}}", "{readiness/ignore: null}"]
)
def test_annotations_of_the_wrong_shape_stop_nothing(annotations: str, tmp_path: Path) -> None:
    text = f"kind: Pod\napiVersion: v1\nmetadata: {{name: api, annotations: {annotations}}}\nspec: 3\n"
    assert all(one.wrong for one in requests(write(tmp_path, {"k8s/a.yaml": text})))


POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec: {containers: []}\n"


def test_comment_is_about_the_objects_of_its_document(tmp_path: Path) -> None:
    text = (
        f"# checkov:skip=CKV_K8S_1:for a\n---\n{POD % 'a'}---\n"
        f"{POD % 'b'}  # checkov:skip=CKV_K8S_2,CKV_K8S_3: for b\n---\n# bridgecrew:skip=CKV_K8S_4\n{POD % 'c'}"
    )
    found = requests(write(tmp_path, {"k8s/all.yaml": text}))
    assert {(one.subject.name, one.name, one.reason, one.at.line) for one in found} == {
        ("a", "CKV_K8S_1", "for a", 1),
        ("b", "CKV_K8S_2", "for b", 12),
        ("b", "CKV_K8S_3", "for b", 12),
        ("c", "CKV_K8S_4", "", 14),
    }


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("# checkov:skip=A\na: 1\n", 0),
        ("---\na: 1 # checkov:skip=A\n", 0),
        ("# a header\n---\na: 1\n# checkov:skip=A\n", 0),
        ("%YAML 1.1\n---\n# checkov:skip=A\na: 1\n", 0),
        ("a: 1\n---\n# checkov:skip=A\nb: 1\n", 1),
        ("--- # nothing\n---\n# checkov:skip=A\n", 1),
        ("a: 1\n---\n---\n# checkov:skip=A\nb: 1\n", 2),
    ],
)  # fmt: skip
def test_document_of_a_comment(text: str, document: int) -> None:
    assert [(number, said["names"]) for number, _, said in comments_in(text)] == [(document, "A")]


def test_what_is_no_comment_asks_for_nothing() -> None:
    assert list(comments_in("a: checkov:skip=CKV_K8S_1\n")) == []


def test_place_is_that_of_the_annotation(tmp_path: Path) -> None:
    text = PLACES["template of a cron job"] % 'kube-score/skip: "true"'
    (one,) = requests(write(tmp_path, {"k8s/a.yaml": text}))
    assert one.at.keys == (
        "spec", "jobTemplate", "spec", "template", "metadata", "annotations", "kube-score/skip",
    )  # fmt: skip
