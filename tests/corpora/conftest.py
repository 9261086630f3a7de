"""Trees of real services that several tests judge."""

import shutil
from os import environ
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def kube_prometheus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its manifests named one by one: the kustomization beside them names files that are not in the folder."""
    tree = tmp_path_factory.mktemp("kube") / "kube-prometheus"
    shutil.copytree(Path(environ["READINESS_CORPORA"]) / "kube-prometheus" / "manifests", tree / "manifests")
    (tree / "readiness.yaml").write_text(
        "version: 1\nservice: {name: kube-prometheus, owner: monitoring}\nitems: []\n"
        "environments:\n  production: {class: production, namespace: monitoring, manifests: [manifests/]}\n"
    )
    return tree
