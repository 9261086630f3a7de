"""Imports run one way, and a gate imports only what it needs."""
# a row a rule

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "readiness"
CHECKS = ROOT / "checks" / "readiness_checks"

# Where an import may lead, by the folder or module that has it: the longest match holds. `evidence` and
# checks share the plain types that stand at the bottom of everything.
BOTTOM = (
    "readiness.errors", "readiness.known", "readiness.outcome", "readiness.rule", "readiness.settings",
    "readiness.wording",
)  # fmt: skip
ALLOWED: dict[str, tuple[str, ...]] = {
    "readiness_checks": ("readiness.api", "readiness.evidence", "readiness.arithmetic", "readiness_checks", *BOTTOM),
    "readiness.arithmetic": ("readiness.arithmetic",),
    "readiness.evidence": (
        "readiness.api", "readiness.tree", "readiness.evidence", "readiness.arithmetic", *BOTTOM,
        "readiness.yaml_reader", "readiness.yaml_scalars", "readiness.paths", "readiness.repository", "readiness.program",
        "readiness.halves",
    ),
    "readiness.gate": (
        *BOTTOM, "readiness.compare", "readiness.checklist", "readiness.waivers", "readiness.baseline", "readiness.attestations",
        "readiness.suppressions",
    ),
    "readiness.compare": (*BOTTOM, "readiness.checklist"),
    "readiness.outcome": (),
    "readiness.errors": (),
    "readiness.settings": (),
    "readiness.wording": (),
    "readiness.known": ("readiness.errors", "readiness.outcome"),
    "readiness.report": (
        "readiness.report", "readiness.gate", "readiness.compare", "readiness.waivers", "readiness.suppressions", "readiness.place", *BOTTOM, "readiness",
    ),
    "readiness.publish": ("readiness.publish", "readiness.report", *BOTTOM, "readiness"),
}  # fmt: skip

# The one module in which a library is imported.
HOMES = {
    "yaml": {"readiness.yaml_reader"},
    "git": {"readiness.evidence.git"},
    "requests": {"readiness.evidence.live", "readiness.publish.rest"},
    "rich": {"readiness.report.terminal", "readiness.history.terminal"},
    "sqlalchemy": {"readiness.history"},
    "alembic": {"readiness.history"},
    "jinja2": {"readiness.history.page", "readiness.report.review_html"},
    "typer": {"readiness.cli"},
    "cel": {"readiness.cel"},
    "promql_parser": {"readiness.evidence.promql"},
    "vl_convert": {"readiness.report.charts"},
    "hcl2": {"readiness.evidence.hcl"},
    "lark": {"readiness.evidence.hcl"},
}

# What costs time or opens a way: not part of a gate over rendered manifests. (Typer brings inspect and
# difflib, fractions brings decimal.)
NOT_IMPORTED = frozenset(
    {
        "pydantic", "rich", "jsonschema", "git", "gitdb", "requests", "urllib3", "cel", "sqlglot", "promql_parser",
        "hcl2", "lark",
        "importlib.metadata", "dataclasses", "asyncio", "concurrent.futures", "multiprocessing",
        "unittest", "pdb", "http.client", "xml.etree", "email.message", "socketserver", "ssl", "tempfile",
        "hypothesis", "pytest", "ctypes", "statistics", "readiness.guard", "readiness.schema",
        "readiness.init", "readiness.explain", "readiness.history", "sqlalchemy", "sqlite3",
        "readiness.review", "jinja2", "vl_convert",
    }
)  # fmt: skip


def modules() -> Iterator[tuple[str, Path]]:
    for root, prefix in ((ENGINE, "readiness"), (CHECKS, "readiness_checks")):
        for path in sorted(root.rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join((prefix, *parts)).removesuffix(".__init__")
            yield name, path


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            module = node.module or ""
            if module in ("readiness", "readiness.evidence", "readiness.report", "readiness.arithmetic"):
                yield from (f"{module}.{alias.name}" for alias in node.names)
            else:
                yield module


MODULES = dict(modules())


def below(name: str, parents: tuple[str, ...]) -> bool:
    return any(name == parent or name.startswith(f"{parent}.") for parent in parents if parent != "readiness")


@pytest.mark.parametrize("name", MODULES)
def test_imports_run_one_way(name: str) -> None:
    rule = max((one for one in ALLOWED if below(name, (one,))), key=len, default="")
    wrong = []
    for imported in imports(MODULES[name]):
        top = imported.partition(".")[0]
        if top not in ("readiness", "readiness_checks") or imported == "readiness.__version__":
            continue
        if top == "readiness_checks" and not name.startswith("readiness_checks"):
            wrong.append(f"{imported}: the engine knows no check by name")
        if imported == "readiness.cli" and name != "readiness.__main__":
            wrong.append(f"{imported}: nothing imports the command line")
        if rule and not below(imported, ALLOWED[rule]):
            wrong.append(f"{imported}: {rule} may import {', '.join(ALLOWED[rule]) or 'nothing of ours'}")
    assert wrong == []


@pytest.mark.parametrize("name", MODULES)
def test_a_library_has_one_home(name: str) -> None:
    for imported in imports(MODULES[name]):
        homes = HOMES.get(imported.partition(".")[0])
        assert homes is None or below(name, tuple(homes)), f"{name} imports {imported}; its home is {homes}"


# Areas that import their checks one by one.
TABLES = [name for name in MODULES if name.count(".") == 1 and "lazily(__name__" in MODULES[name].read_text()]


@pytest.mark.parametrize(
    "name", [one for one in MODULES if below(one, ("readiness.evidence", "readiness_checks"))]
)
def test_annotations_of_evidence_and_checks_exist_at_run_time(name: str) -> None:
    text = MODULES[name].read_text()
    assert "from __future__ import annotations" not in text
    assert "TYPE_CHECKING" not in text or name in TABLES


@pytest.mark.parametrize("name", TABLES)
def test_an_area_names_its_checks_once_for_type_checkers_and_once_for_runs(name: str) -> None:
    text = MODULES[name].read_text()
    typed = re.findall(rf"^    from {re.escape(name)}\.(\w+) import (.+)$", text, re.MULTILINE)
    named = {function: module for module, listed in typed for function in listed.split(", ")}
    table: dict[str, str] = import_module(name).CHECKS
    assert named == table
    # a module of that name would stand in the package in place of the function
    assert set(table).isdisjoint(table.values())
    for function in table:
        assert getattr(import_module(name), function).__name__ == function


def imported_by(*arguments: str) -> set[str]:
    """The modules that a process has after a command; the interpreter's own are left out."""
    program = (
        "import sys\nbefore = set(sys.modules)\nimport readiness.__main__\n"
        f"sys.argv = ['readiness', *{arguments!r}]\n"
        "try:\n    readiness.__main__.command()\nexcept SystemExit as end:\n    assert end.code in (0, 1, None), end.code\n"
        "print(*sorted(set(sys.modules) - before), sep='\\n', file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("output", ["json", "junit", "markdown", "terminal"])
def test_a_gate_imports_no_more_than_it_needs(output: str) -> None:
    found = imported_by("gate", "examples/orders", "--check", "rollback.history-limit", "--output", output)
    assert "readiness.pipeline" in found
    own = NOT_IMPORTED - ({"xml.etree"} if output == "junit" else set())
    assert sorted(one for one in found if below(one, tuple(own))) == []


def test_the_whole_example_imports_no_more_than_it_needs() -> None:
    found = imported_by("gate", "examples/orders", "--output", "json")
    # the alert checks read expressions, those of who is called read Terraform; lark brings two along
    allowed = {"promql_parser", "hcl2", "lark", "dataclasses", "tempfile"}
    assert sorted(one for one in found if below(one, tuple(NOT_IMPORTED - allowed))) == []


def test_the_version_is_told_before_anything_is_imported() -> None:
    found = imported_by("--version")
    assert {one for one in found if one.partition(".")[0] not in ("readiness",)} == set()
    assert found <= {"readiness", "readiness.__main__"}
