"""The published JSON Schema of a checklist, made from the spellings that the typed loader reads by.

Editors complete and check with it; `readiness validate` and the errors of a refused checklist use it too.
A schema can't say all: `NOT_IN_SCHEMA` lists what only the loader refuses. `jsonschema` is imported here
only, by the commands that need it: it costs tens of milliseconds.
"""

from collections.abc import Mapping
from typing import Any

from readiness import checklist_spelling as spelled
from readiness.checklist import (
    CEL_VARIABLES,
    CLASSES,
    EVIDENCE_KINDS,
    MODES,
    PLACEHOLDER,
    PLATFORM_PARTS,
    CheckOf,
    Kind,
)
from readiness.checklist_spelling import Bounds, Spelling
from readiness.outcome import SEVERITIES, STRENGTHS

Schema = dict[str, Any]
Keys = tuple[str | int, ...]

MOST_ERRORS = 20

SCHEMA_ID = "https://readiness.example/schemas/checklist.schema.json"
NOT_IN_SCHEMA = (
    "a key that stands twice in a mapping",
    "two items of one id in a file",
    "a setting's upper bound, and numbers written 2.0 where whole ones are asked for",
    "what only layers together show: loosening, sources and environments that nobody declares",
)

DESCRIPTIONS = {
    "version": "Version of this format.",
    "extends": "Layers that hold as well, each read before this file, which may be stricter, "
    "never looser. #sha256:… pins the text of a layer.",
    "service": "The service that is judged. Left out in a layer for many services.",
    "tiers": "For a policy: the least critical tier that a service of this name may claim.",
    "platform": "What the organisation uses; a check about something else is not applicable.",
    "sources": "Further trees, given as --source NAME=FOLDER; paths into one start with NAME and a colon.",
    "evidence": "Where evidence lies; what is left out is looked for in the usual places.",
    "environments": "Environments by name; an entry replaces the evidence of its kind there.",
    "items": "What ready means: checks with their settings, rules in CEL, and what a person attests.",
    "mode": "enforce: a failing verdict ends with exit code 1. advisory: with 0, and says what would fail.",
    "fail-on": "The mildest severity that closes the gate.",
    "waivers": "Limits on waivers.",
    "accept-suppressions": "Checks whose errors another linter's annotation may hide, as it may hide "
    "notes and warnings of any.",
    "trusted-hosts": "Hosts that --live may talk to.",
    "remote-bases": "Whether a kustomization may fetch its bases from elsewhere.",
    "id": "Name of the item in reports, waivers and lower layers; the check's id where it is left out.",
    "check": "Id of a check: readiness checks lists them.",
    "with": "Settings of the check.",
    "title": "What is true when all is well, in one line.",
    "severity": "error closes the gate. Left out: the check's own at that tier; error for other items.",
    "required": "No subject is a failure.",
    "enforce-from": "A warning with a countdown before this day, the item's severity from it on.",
    "when": "Where the item holds; everywhere when left out.",
    "control": "Number of the control that the item gives evidence for.",
    "why": "Why the organisation asks for it.",
    "guide": "Where to read how.",
    "owner": "Who answers questions about the item.",
    "waivable": "Whether a waiver may accept findings of it.",
    "attestable": "Whether a person may state that it holds where it is unknown; never where it fails.",
    "min-strength": "The weakest evidence that counts: live, rendered, source, declared, attested.",
    "timeout": "How long one call may take; 10s when left out.",
    "disabled": "An item of a layer above can't be dropped: true is refused, with that layer's line.",
    "for": "What the rule is asked of, one by one.",
    "expr": "A CEL expression that is true when all is well; a missing field is unknown.",
    "message": "What a finding says; {workload.name} and the like are filled in.",
    "attest": "What a person states, in .readiness/attestations/.",
    "roles": "Each of these roles has to attest.",
    "max-age": "How long an attestation counts.",
    "class": "What the environment is for; by its name when left out, production for an unfamiliar one.",
    "max-days": "How many days ahead a waiver may expire, by the severity of what it accepts.",
    "approvers": "Roles or names of which one has approved a waiver; anybody when left out.",
    "non-waivable": "Items or checks whose findings no waiver may accept.",
    "declared": "Evidence that lives where it can't be read.",
    "manifests": "Deployment manifests: a path, or a chart or kustomization to render.",
    "shared": "One tree for many services: only what selects this one is judged.",
}  # fmt: skip


def published(checks: Mapping[str, CheckOf]) -> str:
    """The text of the schema file: an editor completes the built-in checks, and lets a plug-in's pass."""
    import json

    return json.dumps(checklist_schema(checks, others=True), indent=2, ensure_ascii=False) + "\n"


def checklist_schema(checks: Mapping[str, CheckOf], others: bool = False) -> Schema:
    """JSON Schema of a checklist that may name `checks`, and `others` that it knows nothing of."""
    refs = _one_or_several({"$ref": "#/$defs/path"})
    manifests = _one_or_several({"$ref": "#/$defs/manifests"}, may_be_empty=True)
    evidence = dict.fromkeys(EVIDENCE_KINDS, refs)
    properties: Schema = {
        "version": {"const": 1},
        "extends": {"type": "array", "items": _text(spelled.LAYER)},
        "service": _object(
            {
                "name": _text(spelled.NAME),
                "tier": _number(spelled.TIER),
                "owner": {"description": "The team that answers for the service.", **_text(spelled.TEXT)},
            }
        ),
        "tiers": _named(_number(spelled.TIER), spelled.TIER_NAME),
        "platform": _object({part: _one_or_several(_text(spelled.WORD)) for part in PLATFORM_PARTS}),
        "sources": _named(
            _object(
                {
                    "required": {"description": "A run without it is refused.", **_flag(False)},
                    "shared": _flag(False),
                }
            ),
            spelled.SOURCE_NAME,
        ),
        "evidence": _object(
            {**evidence, "manifests": manifests, "declared": {"type": "array", "items": _declared()}}
        ),
        "environments": _named(
            _object(
                {
                    "class": {"enum": list(CLASSES)},
                    "namespace": _text(spelled.LABEL),
                    "kubernetes-version": _one_or_several(_text(spelled.KUBERNETES_VERSION)),
                    "manifests": manifests,
                    **evidence,
                }
            ),
            spelled.NAME,
        ),
        "items": {"type": "array", "items": {"$ref": "#/$defs/item"}},
        "mode": {"enum": list(MODES), "default": "enforce"},
        "fail-on": {"enum": list(SEVERITIES), "default": "error"},
        "waivers": _object(
            {
                "max-days": _object({severity: _number(spelled.WAIVER_DAYS) for severity in SEVERITIES}),
                "approvers": _one_or_several(_text(spelled.TEXT)),
                "non-waivable": _one_or_several(_text(spelled.NAME), may_be_empty=True),
            }
        ),
        "accept-suppressions": _one_or_several(_text(spelled.NAME), may_be_empty=True),
        "trusted-hosts": _one_or_several(_text(spelled.HOST), may_be_empty=True),
        "remote-bases": _flag(False),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Checklist of readiness",
        **_object(properties, required=("version",)),
        "$defs": {
            "path": _text(spelled.PATH),
            "manifests": _entry(),
            "item": {"oneOf": [_item(kind, checks, others) for kind in spelled.ITEM_KEYS]},
        },
    }


def explain_with_schema(
    text: bytes, file: str, checks: Mapping[str, CheckOf], told: tuple[Keys, ...] = ()
) -> tuple[str, ...]:
    """Errors of a checklist in the words of its schema, a line each: `file:line:column: …`.

    Args:
        told: places about which the typed loader has spoken already; they are left out.
    """
    import jsonschema

    from readiness.yaml_reader import CORE, Positions, YamlError, read

    try:
        documents = read(text, CORE).documents
    except YamlError:
        return ()  # the typed loader words these
    validator = jsonschema.Draft202012Validator(
        checklist_schema(checks), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    positions = Positions(text, CORE)
    lines = []
    for error in validator.iter_errors(documents[0] if documents else None):
        cause = _cause(error)
        keys: Keys = tuple(cause.absolute_path)
        if any(keys[: len(place)] == place or place[: len(keys)] == keys for place in told):
            continue
        line, column = positions.of(0, keys) or (1, 1)
        lines.append((line, column, f"{file}:{line}:{column}: {cause.message[:300]}"))
    return tuple(words for _, _, words in sorted(lines)[:MOST_ERRORS])


def _cause(error: Any) -> Any:
    """The error within an alternative that comes nearest to what was meant: the one furthest in."""
    while error.context:
        error = max(
            error.context, key=lambda inner: (len(inner.absolute_path), inner.validator != "required")
        )
    return error


def _object(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    described = {
        name: {"description": DESCRIPTIONS[name], **schema} if name in DESCRIPTIONS else schema
        for name, schema in properties.items()
    }
    found: Schema = {"type": "object", "properties": described, "additionalProperties": False}
    return {**found, "required": list(required)} if required else found


def _named(value: Schema, names: Spelling) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"pattern": names.pattern},
        "additionalProperties": value,
    }


def _text(spelling: Spelling, **more: Any) -> Schema:
    found = {"type": "string", "pattern": spelling.pattern, "maxLength": spelling.longest, **more}
    if spelling.matches(PLACEHOLDER):
        return found
    return {"anyOf": [found, {"const": PLACEHOLDER}]}


def _number(bounds: Bounds) -> Schema:
    return _or_placeholder({"type": "integer", "minimum": bounds.least, "maximum": bounds.most})


def _flag(default: bool) -> Schema:
    return {**_or_placeholder({"type": "boolean"}), "default": default}


def _or_placeholder(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"const": PLACEHOLDER}]}


def _one_or_several(one: Schema, may_be_empty: bool = False) -> Schema:
    several: Schema = {"type": "array", "items": one}
    if not may_be_empty:
        several["minItems"] = 1
    return {"anyOf": [one, several]}


def _declared() -> Schema:
    reviewed: Schema = {"reviewed": _text(spelled.DATE, format="date"), "by": _text(spelled.TEXT)}
    page = _object(
        {
            "kind": {"enum": list(spelled.DECLARED_PAGES)},
            "alert": _text(spelled.TEXT),
            "url": _text(spelled.URL),
            **reviewed,
        },
        required=spelled.PAGE_NEEDS,
    )
    found = _object(
        {
            "kind": {"enum": list(spelled.DECLARED_OBJECTS)},
            "name": _text(spelled.OBJECT_NAME),
            "namespace": _text(spelled.LABEL),
            **reviewed,
        },
        required=spelled.OBJECT_NEEDS,
    )
    return {"oneOf": [page, found]}


def _entry() -> Schema:
    path: Schema = {"$ref": "#/$defs/path"}
    fields = {
        "path": path,
        "chart": path,
        "kustomization": path,
        "values": _one_or_several(path, may_be_empty=True),
        "release": _text(spelled.LABEL),
        "namespace": _text(spelled.LABEL),
    }
    mappings = [
        _object({name: fields[name] for name in names}, required=(kind,))
        for kind, names in spelled.ENTRY_KEYS.items()
    ]
    return {"oneOf": [path, *mappings]}


def _item(kind: Kind, checks: Mapping[str, CheckOf], others: bool) -> Schema:
    check: Schema = {"enum": sorted(checks)}
    if others:
        check = {"anyOf": [check, {"type": "string", "pattern": "^[a-z][a-z0-9-]*\\.[a-z][a-z0-9-]*$"}]}
    fields: Schema = {
        "id": _text(spelled.NAME),
        "check": check,
        "with": {"type": "object"},
        "for": {"enum": list(CEL_VARIABLES)},
        "expr": _text(spelled.TEXT),
        "message": _text(spelled.TEXT),
        "attest": _object(
            {
                "roles": _one_or_several(_text(spelled.NAME)),
                "max-age": _text(spelled.DAYS),
                "evidence": {
                    "description": "Whether an attestation has to point at a document.",
                    "enum": ["required", "optional"],
                },
            },
            required=("roles",),
        ),
        "title": _text(spelled.TEXT),
        "severity": {"enum": list(SEVERITIES)},
        "required": _flag(False),
        "enforce-from": _text(spelled.DATE, format="date"),
        "when": _object(
            {
                "environment": _one_or_several(_text(spelled.NAME)),
                "tier": _one_or_several(_number(spelled.TIER)),
            }
        ),
        **{name: _text(spelled.TEXT) for name in ("control", "why", "guide", "owner")},
        "waivable": _flag(True),
        "attestable": _flag(False),
        "min-strength": {"enum": list(STRENGTHS)},
        "timeout": _text(spelled.TIMEOUT),
        "disabled": _flag(False),
    }
    names = spelled.ITEM_KEYS[kind]
    found = _object({name: fields[name] for name in names}, required=spelled.ITEM_NEEDS[kind])
    if kind == "check":
        found["allOf"] = [_settings(check_id, checks[check_id]) for check_id in sorted(checks)]
    return found


def _settings(check_id: str, check: CheckOf) -> Schema:
    """What `with` may hold where the item names this check."""
    settings = {name: _or_placeholder(setting.schema()) for name, setting in check.settings.items()}
    return {
        "if": {"properties": {"check": {"const": check_id}}, "required": ["check"]},
        "then": {
            "properties": {"with": {"type": "object", "properties": settings, "additionalProperties": False}}
        },
    }
