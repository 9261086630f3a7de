"""Values of loaded YAML with the shape that a format demands; anything else is `Unknown`, with its place.

Null is "left out", as Go's readers have it. Values are not shown in errors: they may be secrets.
"""

from collections.abc import Mapping
from typing import Any

from readiness.errors import Unknown
from readiness.outcome import Location


def wrong(what: str, expected: str, at: Location) -> Unknown:
    return Unknown(f"{what}; expected {expected}", at)


def mapping(raw: object, at: Location, what: str) -> Mapping[Any, Any]:
    """`raw` as a mapping; null is left out."""
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise wrong(f"{what} is {_named(raw)}", "a mapping", at)
    return raw


def items(raw: Mapping[str, Any], key: str, at: Location) -> list[tuple[Any, Location]]:
    """The entries of the list under `key`, each with its place; null is left out."""
    listed = raw.get(key)
    if listed is None:
        return []
    if not isinstance(listed, list):
        raise wrong(f"`{key}` is {_named(listed)}", "a list", at.at(key))
    return [(item, at.at(key, index)) for index, item in enumerate(listed)]


def text(raw: Mapping[str, Any], key: str, at: Location) -> str:
    value = raw.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise wrong(f"`{key}` is {_named(value)}", "a text", at.at(key))
    return str(value)


def texts(raw: Mapping[str, Any], key: str, at: Location) -> tuple[str, ...]:
    for item, place in items(raw, key, at):
        if not isinstance(item, str):
            raise wrong(f"an entry of `{key}` is {_named(item)}", "a text", place)
    return tuple(raw.get(key) or ())


def _named(raw: object) -> str:
    """What `raw` is, without showing it: it may hold a secret."""
    if raw is None:
        return "null"
    return {dict: "a mapping", list: "a list", str: "a text", bool: "true or false"}.get(
        type(raw), "a number"
    )
