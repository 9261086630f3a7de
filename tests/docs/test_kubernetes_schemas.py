"""The shipped definitions of Kubernetes' objects are what the script makes of the package that they are from."""

import gzip
import json
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "readiness/schemas/kubernetes/definitions.json.gz"


def test_shipped_definitions_are_made_from_the_package() -> None:
    pytest.importorskip("kubernetes_validate")
    made = runpy.run_path(str(ROOT / "docs/kubernetes_schemas.py"))["made"]()
    shipped = json.loads(gzip.decompress(SHIPPED.read_bytes()))
    if made["versions"] != shipped["versions"]:
        pytest.skip("another version of kubernetes-validate is installed than that of the NOTICE")
    assert made == shipped


def test_notice_names_source_and_licence() -> None:
    notice = SHIPPED.with_name("NOTICE").read_text()
    versions = json.loads(gzip.decompress(SHIPPED.read_bytes()))["versions"]
    assert f"{versions[0]} to {versions[-1]}" in notice
    assert "Apache" in notice
