import json
from importlib.resources import files
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from readiness.report import canonical
from readiness.report.canonical import dumps, failure
from readiness.report.redaction import safe
from tests.report.samples import CASES, finding, not_ready, outcome, ready, verdict

SCHEMA = json.loads(files("readiness").joinpath("schemas/verdict.schema.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES)
def test_sample_follows_the_schema(case: str) -> None:
    errors = list(Draft202012Validator(SCHEMA).iter_errors(json.loads(dumps(CASES[case]()))))
    assert [error.message[:300] for error in errors] == []


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("verdict",), "maybe"),
        (("tier",), 5),
        (("extra",), 1),
        (("outcomes", 0, "status"), "ok"),
        (("outcomes", 0, "findings", 0, "line"), 0),
        (("outcomes", 0, "findings", 0, "severity"), "fatal"),
        (("outcomes", 0, "seconds"), 0.3),
        (("as_of",), "yesterday"),
    ],
    ids=str,
)
def test_schema_refuses(where: tuple[Any, ...], value: Any) -> None:
    document = json.loads(dumps(not_ready()))
    inner = document
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = value
    assert not Draft202012Validator(SCHEMA).is_valid(document)


def test_schema_is_valid_closed_and_described() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for name, definition in SCHEMA["$defs"].items():
        assert definition["additionalProperties"] is False, name
        assert definition["required"] == list(definition["properties"]), name
        for field, schema in definition["properties"].items():
            assert schema.get("description") or "$ref" in schema, f"{name}.{field}"


TYPES = {
    "Tool": "tool", "Service": "service", "Statuses": "statuses", "Environment": "environment",
    "Source": "source", "Layer": "layer", "Policy": "policy", "Base": "base", "Renderer": "renderer",
    "Summary": "summary", "Cause": "cause", "Ignored": "ignored", "Suppression": "suppression", "Object": "object",
    "Operand": "operand", "Proof": "proof", "Waiver": "waiver", "Finding": "finding",
    "Outcome": "outcome", "Error": "error", "Verdict": "verdict", "Failure": "failure",
}  # fmt: skip


def test_types_say_what_the_schema_says() -> None:
    assert set(TYPES.values()) == set(SCHEMA["$defs"])
    for type_, definition in TYPES.items():
        hints = get_type_hints(getattr(canonical, type_))
        assert list(hints) == list(SCHEMA["$defs"][definition]["properties"]), type_


def test_same_document_gives_the_same_bytes_whatever_the_order_of_its_keys() -> None:
    def reversed_keys(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: reversed_keys(value[key]) for key in reversed(value)}
        return [reversed_keys(item) for item in value] if isinstance(value, list) else value

    assert dumps(reversed_keys(not_ready())) == dumps(not_ready())


def test_bytes_are_utf8_indented_and_end_with_a_newline() -> None:
    written = dumps({**ready(), "reason": "größer"})
    assert written.endswith(b"\n}\n")
    assert '\n  "reason": "größer"'.encode() in written


@pytest.mark.parametrize(
    ("value", "written"), [(float("nan"), "nan"), (float("inf"), "inf"), (float("-inf"), "-inf")], ids=str
)
def test_numbers_that_json_lacks_become_words(value: float, written: str) -> None:
    found = finding("x", operands=[{"name": "n", "value": value}])
    document = json.loads(dumps(verdict([outcome("a.b", "fail", findings=[found])])))
    assert document["outcomes"][0]["findings"][0]["operands"][0]["value"] == written


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), VALUES))
def test_bytes_are_those_of_the_standard_library(document: dict[str, Any]) -> None:
    wanted = json.dumps(safe(document), indent=2, sort_keys=True, ensure_ascii=False)
    assert dumps(document).decode() == wanted + "\n"


def test_lone_surrogate_becomes_the_replacement_character() -> None:
    assert json.loads(dumps({**ready(), "reason": "a\ud800b"}))["reason"] == "a\ufffdb"


def test_failure_keeps_all_lines_and_takes_the_first_as_reason() -> None:
    document = failure("usage", "\nfirst\nsecond")
    assert (document["verdict"], document["reason"]) == ("error", "first")
    assert document["error"] == {"kind": "usage", "message": "\nfirst\nsecond"}
