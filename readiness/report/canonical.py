"""The canonical JSON: the published contract that every other format is made from.

The TypedDicts say in Python what `schemas/verdict.schema.json` says to others; a test holds the two
equal. A run that reached no verdict (exit codes 2 and 3) has a document too: `failure`.
"""

from collections.abc import Callable
from typing import Any, Literal, TypedDict

from readiness import __version__
from readiness.errors import FailureKind
from readiness.outcome import Linter, Precision, Severity, State, Status, Strength, Worse
from readiness.report.outline import Outline
from readiness.report.redaction import safe

SCHEMA = "readiness/verdict/1"

Decision = Literal["GO", "GO WITH CONDITIONS", "UNKNOWN", "NO-GO"]


class Tool(TypedDict):
    name: str
    version: str


class Service(TypedDict):
    name: str
    owner: str | None


Statuses = TypedDict(
    "Statuses", {"pass": int, "fail": int, "not-applicable": int, "unknown": int, "error": int}
)
Environment = TypedDict(
    "Environment",
    {
        "name": str,
        "class": str,
        "verdict": Literal["pass", "fail"],
        "decision": Decision,
        "reason": str,
        "counts": Statuses,
    },
)


class Source(TypedDict):
    name: str
    commit: str | None
    dirty: bool


class Layer(TypedDict):
    name: str
    digest: str


class Policy(TypedDict):
    source: str
    digest: str
    layers: list[Layer]


class Base(TypedDict):
    ref: str
    commit: str
    merge_base: str


class Renderer(TypedDict):
    name: str
    version: str


class Severities(TypedDict):
    error: int
    warning: int
    note: int


class Summary(TypedDict):
    statuses: Statuses
    blocking: int
    findings: Severities
    waived: int
    existing: int
    suppressed: int
    fixed: int


class Cause(TypedDict):
    id: str
    why: str
    file: str | None
    line: int | None
    source: str | None
    fix: str
    outcomes: int


class Ignored(TypedDict):
    file: str
    line: int | None
    text: str


class Suppression(TypedDict):
    file: str
    line: int | None
    source: str
    environments: list[str]
    object: "Object"
    container: str | None
    tool: Linter
    annotation: str
    name: str
    checks: list[str]
    reason: str
    counts: bool
    why: str
    hidden: int
    age_days: int | None
    age_at_least: bool


class Object(TypedDict):
    kind: str
    namespace: str
    name: str
    part: str


class Operand(TypedDict):
    name: str
    value: int | float | str
    unit: str
    worse: Worse
    file: str | None
    line: int | None


class Proof(TypedDict):
    message: str
    object: Object
    operands: list[Operand]


class Waiver(TypedDict):
    id: str
    kind: Literal["accepted-risk", "planned", "false-positive", "not-applicable"]
    reason: str
    owner: str
    approved_by: str
    expires: str
    ticket: str | None


class Finding(TypedDict):
    message: str
    status: Status  # fail, unknown or error
    severity: Severity
    state: State | None
    blocking: bool
    file: str | None
    line: int | None
    column: int | None
    precision: Precision
    source: str | None
    object: Object
    operands: list[Operand]
    fix: str
    patch: str | None
    fingerprint: str
    waiver: Waiver | None
    suppressed_by: str | None


class Outcome(TypedDict):
    id: str
    check: str
    title: str
    environment: str | None
    status: Status
    state: State | None
    blocking: bool
    severity: Severity
    strength: Strength
    reason: str
    required: bool
    control: str | None
    causes: list[str]
    fingerprint: str | None
    proofs: list[Proof]
    proofs_left_out: int
    findings: list[Finding]


class Verdict(TypedDict):
    schema: str
    tool: Tool
    verdict: Literal["pass", "fail"]
    decision: Decision
    mode: Literal["enforce", "advisory"]
    reason: str
    trusted: bool
    service: Service
    environment: str | None
    environments: list[Environment]
    tier: int
    as_of: str
    sources: list[Source]
    policy: Policy | None
    base: Base | None
    renderers: list[Renderer]
    summary: Summary
    causes: list[Cause]
    ignored: list[Ignored]
    suppressions: list[Suppression]
    notices: list[str]
    outcomes: list[Outcome]


class Error(TypedDict):
    kind: FailureKind
    message: str


class Failure(TypedDict):
    schema: str
    tool: Tool
    verdict: Literal["error"]
    reason: str
    error: Error


def failure(kind: FailureKind, message: str) -> Failure:
    """The document of a run that reached no verdict; `usage` is exit code 2, the others are 3."""
    reason = next((line.strip() for line in message.splitlines() if line.strip()), "no message")
    return {
        "schema": SCHEMA,
        "tool": {"name": "readiness", "version": __version__},
        "verdict": "error",
        "reason": reason,
        "error": {"kind": kind, "message": message},
    }


def dumps(verdict: Any) -> bytes:
    """`verdict` as bytes: sorted keys, UTF-8, no secrets; the same document always gives the same bytes."""
    return _written(safe(verdict))


def _written(document: Any) -> bytes:
    from json.encoder import encode_basestring

    return (_indented(document, "", encode_basestring) + "\n").encode()


def _indented(value: Any, indent: str, quoted: Callable[[str], str]) -> str:
    """What `json.dumps(value, indent=2, sort_keys=True)` gives, in half of its time.

    The standard library's fast encoder knows no indent, and its other one yields token by token.
    """
    kind = type(value)
    if kind is str:
        return quoted(value)
    if value is None:
        return "null"
    if kind is int:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    inner = indent + "  "
    if kind is dict:
        if not value:
            return "{}"
        members = [f"{quoted(key)}: {_indented(value[key], inner, quoted)}" for key in sorted(value)]
        return f"{{\n{inner}" + f",\n{inner}".join(members) + f"\n{indent}}}"
    if isinstance(value, (list, tuple)):
        if not value:
            return "[]"
        items = [_indented(item, inner, quoted) for item in value]
        return f"[\n{inner}" + f",\n{inner}".join(items) + f"\n{indent}]"
    import json

    return json.dumps(value, ensure_ascii=False, allow_nan=False)  # floats; anything else is no JSON


def render(outline: Outline) -> bytes:
    """The format `json`."""
    return _written(outline.document)
