"""What the author of a check imports: results, completeness of evidence, and types of settings."""

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
]
