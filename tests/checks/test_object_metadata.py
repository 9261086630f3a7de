"""Labels, annotations and the order of keys, as settings ask for them."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.object import required_annotation, required_label, sorted_keys

from tests.faults import findings, statuses, write

OBJECT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  labels: {team: orders, tier: "1"}
  annotations: {mail: orders@shop.example}
spec:
  replicas: 2
  minReadySeconds: 5
  template:
    spec:
      containers:
        - name: api
          image: api:1
"""


def said(check: Any, tmp_path: Path, text: str = OBJECT, **settings: Any) -> list[str]:
    return [one.message for one in findings(check, write(tmp_path, {"deploy/api.yaml": text}), **settings)]


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (["team"], []),
        (["team=ord*"], []),
        (["team=pay*"], ["Deployment api has label team orders, which is not like pay*"]),
        (["team", "cost"], ["Deployment api has no label cost"]),
        (["owner", "cost"], ["Deployment api has no label owner", "Deployment api has no label cost"]),
        ([], []),
    ],
)
def test_labels_that_are_asked_for(tmp_path: Path, labels: list[str], says: list[str]) -> None:
    assert said(required_label, tmp_path, labels=labels) == says


def test_annotations_that_are_asked_for(tmp_path: Path) -> None:
    assert said(required_annotation, tmp_path, annotations=["mail=*@*.example"]) == []
    assert said(required_annotation, tmp_path) == ["Deployment api has no annotation email"]


def test_kinds_that_need_them_are_a_setting(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"
    assert said(required_label, tmp_path, text) == []
    assert said(required_label, tmp_path, text, kinds=["*"]) == ["ConfigMap settings has no label owner"]
    assert said(required_label, tmp_path, text, kinds=["Deployment"]) == []


@pytest.mark.parametrize(
    ("levels", "says"),
    [
        (1, []),
        (2, ["Deployment api: keys of metadata are not sorted, from name on",
             "Deployment api: keys of spec are not sorted, from replicas on"]),
        (4, ["Deployment api: keys of metadata are not sorted, from name on",
             "Deployment api: keys of spec are not sorted, from replicas on"]),
        (5, ["Deployment api: keys of metadata are not sorted, from name on",
             "Deployment api: keys of spec are not sorted, from replicas on",
             "Deployment api: keys of spec.template.spec.containers[0] are not sorted, from name on"]),
    ],
)  # fmt: skip
def test_keys_as_deep_as_is_asked_for(tmp_path: Path, levels: int, says: list[str]) -> None:
    assert said(sorted_keys, tmp_path, levels=levels) == says


def test_no_order_is_asked_for_by_default(tmp_path: Path) -> None:
    tree = write(tmp_path, {"deploy/api.yaml": OBJECT})
    assert statuses(sorted_keys, tree) == {"default": "not-applicable"}
