"""Which value holds at run time, and where it was written.

A check holds no default of a platform: accessors here give the written value, or the platform's
default with its source. Null is "left out", as the API server reads it; a value of the wrong type is
`Unknown` with its place, never a guess.
"""

from collections.abc import Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from readiness.errors import Unknown
from readiness.outcome import Location, Operand, Worse

T = TypeVar("T")

WRITTEN = "written"
API_SERVER = "default of the Kubernetes API server"
EMPTY: Mapping[str, Any] = {}


class Value(NamedTuple, Generic[T]):
    """A value that holds at run time: where it stands, who set it, and what it overrides."""

    value: T
    at: Location
    origin: str = WRITTEN
    layers: tuple[tuple[str, object], ...] = ()  # (who, what) that it overrides, nearest first

    def operand(self, name: str, *, unit: str = "", worse: Worse = "") -> Operand:
        """This value as one number or word of a sum."""
        spelled = self.value if isinstance(self.value, (int, float, str)) else str(self.value)
        label = name if self.origin == WRITTEN else f"{name} ({self.origin})"
        return Operand(label, spelled, unit, self.at, worse)

    @property
    def written(self) -> bool:
        return self.origin == WRITTEN


def raw(body: Any, at: Location, *keys: str | int) -> Any:
    """What stands below `body` at `keys`; None where any of it is left out or null.

    Raises:
        Unknown: a value on the way is neither a mapping nor a list, so that the keys can't apply.
    """
    return _raw(body, at, keys)


def _raw(body: Any, at: Location, keys: tuple[str | int, ...]) -> Any:
    current = body
    for key in keys:
        if type(current) is dict:
            current = current.get(key)
        elif current is None:
            return None
        else:
            return _below(body, at, keys)
    return current


def _below(body: Any, at: Location, keys: tuple[str | int, ...]) -> Any:
    """`raw` where not all on the way are mappings."""
    current = body
    for depth, key in enumerate(keys):
        if current is None:
            return None
        if isinstance(current, dict):
            current = current.get(key)
        elif isinstance(current, list) and isinstance(key, int):
            current = current[key] if key < len(current) else None
        else:
            found = type(current).__name__
            place = at.at(*keys[:depth])
            raise Unknown(f"{dotted(keys[:depth])} is {found} where a mapping is expected", place)
    return current


def whole(body: Any, at: Location, *keys: str | int) -> Value[int] | None:
    """A written whole number (a float without a fraction counts, as the API server reads it)."""
    found = _raw(body, at, keys)
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    if found is None:
        return None
    if not isinstance(found, int) or isinstance(found, bool):
        raise _wrong(found, "a whole number", at, keys)
    return Value(found, at.at(*keys))


def text(body: Any, at: Location, *keys: str | int) -> Value[str] | None:
    found = _raw(body, at, keys)
    if found is None:
        return None
    if not isinstance(found, str):
        raise _wrong(found, "a text", at, keys)
    return Value(found, at.at(*keys))


def boolean(body: Any, at: Location, *keys: str | int) -> Value[bool] | None:
    found = _raw(body, at, keys)
    if found is None:
        return None
    if not isinstance(found, bool):
        raise _wrong(found, "true or false", at, keys)
    return Value(found, at.at(*keys))


def mapping(body: Any, at: Location, *keys: str | int) -> Mapping[str, Any]:
    """A mapping; empty where it is left out."""
    found = _raw(body, at, keys)
    if found is None:
        return EMPTY
    if not isinstance(found, dict):
        raise _wrong(found, "a mapping", at, keys)
    return found


def items(body: Any, at: Location, *keys: str | int) -> list[Any]:
    """A list; empty where it is left out."""
    found = _raw(body, at, keys)
    if found is None:
        return []
    if not isinstance(found, list):
        raise _wrong(found, "a list", at, keys)
    return found


def or_default(value: Value[T] | None, default: T, at: Location, source: str = API_SERVER) -> Value[T]:
    """The written value, else the platform's default, located where it would be written."""
    return value if value is not None else Value(default, at, source)


def dotted(keys: tuple[str | int, ...]) -> str:
    """`spec.containers[0].image`, as people write the way to a value."""
    words = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return words.removeprefix(".") or "the document"


def _wrong(found: object, kind: str, at: Location, keys: tuple[str | int, ...]) -> Unknown:
    return Unknown(f"{dotted(keys)} is {found!r:.60} where {kind} is expected", at.at(*keys))
