"""The published schema and the typed loader accept the same checklists."""

import json

import jsonschema
import pytest
from hypothesis import given, settings

from readiness.checklist import builtin_profile, parse
from readiness.errors import ChecklistError
from readiness.schema import checklist_schema, explain_with_schema, published
from readiness.yaml_reader import CORE, read
from tests.engine.example_checks import KNOWN
from tests.engine.made_checklists import Made, as_yaml, changed, checklists
from tests.engine.test_checklist import FULL

SCHEMA = checklist_schema(KNOWN)
VALIDATOR = jsonschema.Draft202012Validator(
    SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)


def refusal(made: Made) -> str:
    try:
        parse(as_yaml(made), "made.yaml", KNOWN)
    except ChecklistError as wrong:
        return str(wrong)
    return ""


def ids_are_distinct(made: Made) -> bool:
    items = made.get("items")
    ids = [
        str(item.get("id", item.get("check")))
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict)
    ]
    return len(ids) == len(set(ids))


def test_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_whole_checklist_is_valid() -> None:
    VALIDATOR.validate(read(FULL.encode(), CORE).documents[0])


@given(checklists())
def test_both_accept_what_is_valid(made: Made) -> None:
    assert refusal(made) == ""
    VALIDATOR.validate(made)


@settings(max_examples=600)
@given(changed(checklists()).filter(ids_are_distinct))
def test_both_judge_a_change_alike(made: Made) -> None:
    refused = refusal(made)
    assert VALIDATOR.is_valid(made) == (not refused), refused


@pytest.mark.parametrize("name", ["baseline@1", "standard@1", "critical@1"])
def test_each_field_that_a_person_fills_in_is_described(name: str) -> None:
    keys = read(builtin_profile(name), CORE).documents[0]["items"][0]
    described = SCHEMA["$defs"]["item"]["oneOf"][0]["properties"]
    assert all("description" in described[key] for key in keys)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 1\nmode: on\n", ("readiness.yaml:2:1: 'on' is not one of ['enforce', 'advisory']",)),
        ("version: 1\nservice: {tier: 7}\n", ("readiness.yaml:2:11: 7 is greater than the maximum of 4",)),
        ("version: [\n", ()),
        ("version: 1\n", ()),
    ],
)
def test_schema_words_errors_at_their_place(text: str, told: tuple[str, ...]) -> None:
    assert explain_with_schema(text.encode(), "readiness.yaml", KNOWN) == told


def test_schema_is_silent_where_the_loader_has_spoken() -> None:
    text = b"version: 1\nmode: on\nfail-on: x\n"
    (left,) = explain_with_schema(text, "readiness.yaml", KNOWN, told=(("mode",),))
    assert left.startswith("readiness.yaml:3:1: ")


def test_published_schema_completes_known_checks_and_lets_others_pass() -> None:
    schema = json.loads(published(KNOWN))
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid({"version": 1, "items": [{"check": "acme.own-check", "with": {"any": 1}}]})
    assert not validator.is_valid({"version": 1, "items": [{"check": "Acme"}]})
    assert not validator.is_valid(
        {"version": 1, "items": [{"check": "rollback.history-limit", "with": {"any": 1}}]}
    )
    assert schema["$defs"]["item"]["oneOf"][0]["properties"]["check"]["anyOf"][0]["enum"] == sorted(KNOWN)
