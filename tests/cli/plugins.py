"""Plug-ins made for one test: a distribution on the path, as pip would leave it there."""

import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HEAD = """
import re
import sys

from readiness.api import Count, Finding, Findings, Location, NotApplicable, Operand, Proof, Subject, Unknown
from readiness.evidence.manifests import Workload

"""


def check(name: str, body: str, parameter: str = "workload: Workload") -> str:
    """The source of one check, with a docstring as it has to be."""
    lines = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    return (
        f'def {name}({parameter}) -> Findings:\n    """All is well.\n\n    It would break.\n\n'
        f'    Severity: error error error error\n\n    Source:\n        An example.\n    """\n{lines}\n\n\n'
    )


def installed(folder: Path, area: str, source: str, distribution: str = "") -> Path:
    """Leaves a distribution in `folder` that claims `area` with a module of this source."""
    distribution = distribution or f"acme_{area}"
    module = f"{distribution}_checks"
    meta = folder / f"{distribution}-1.0.dist-info"
    meta.mkdir(parents=True)
    (meta / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (meta / "entry_points.txt").write_text(f"[readiness.checks]\n{area} = {module}\n")
    (folder / f"{module}.py").write_text(HEAD + source)
    return folder


@contextmanager
def on_path(folder: Path) -> Iterator[Path]:
    """Imports find `folder` as long as this lasts, and modules from it are forgotten afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield folder
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]
