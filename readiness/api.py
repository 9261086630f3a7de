"""What the author of a check imports: results, completeness of evidence, and types of settings."""

from collections.abc import Callable, Mapping
from typing import Any

from readiness.errors import NotApplicable, Unknown
from readiness.known import ByEnvironment, Known, Unreadable
from readiness.outcome import Edit, Finding, Findings, Location, Operand, Proof, Subject
from readiness.rule import FieldRule
from readiness.settings import Bytes, Count, Days, Factor, Glob, Percent, Seconds, Setting, Text

__all__ = [
    "ByEnvironment",
    "Bytes",
    "Count",
    "Days",
    "Edit",
    "Factor",
    "FieldRule",
    "Finding",
    "Findings",
    "Glob",
    "Known",
    "Location",
    "NotApplicable",
    "Operand",
    "Percent",
    "Proof",
    "Seconds",
    "Setting",
    "Subject",
    "Text",
    "Unknown",
    "Unreadable",
    "lazily",
]


def lazily(package: str, table: Mapping[str, str]) -> Callable[[str], Any]:
    """A package's `__getattr__` that imports the module of a check when the check is asked for.

    An area of twenty checks stands on as many kinds of evidence; a run that asks for two of them need not
    import the rest.

    Args:
        table: modules of the package by the names of their checks.
    """

    def found(name: str) -> Any:
        if name not in table:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"{package}.{table[name]}"), name)

    return found
