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

_TYPES = {
    "a whole number": int,
    "a text": str,
    "a mapping": dict,
    "a list": list,
    "true or false": bool,
}


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
    found = raw(body, at, *keys)
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    value: Value[int] | None = _typed(found, "a whole number", at, keys)
    return value


def text(body: Any, at: Location, *keys: str | int) -> Value[str] | None:
    value: Value[str] | None = _typed(raw(body, at, *keys), "a text", at, keys)
    return value


def boolean(body: Any, at: Location, *keys: str | int) -> Value[bool] | None:
    value: Value[bool] | None = _typed(raw(body, at, *keys), "true or false", at, keys)
    return value


def mapping(body: Any, at: Location, *keys: str | int) -> Mapping[str, Any]:
    """A mapping; empty where it is left out."""
    found: Value[Mapping[str, Any]] | None = _typed(raw(body, at, *keys), "a mapping", at, keys)
    return found.value if found is not None else EMPTY


def items(body: Any, at: Location, *keys: str | int) -> list[Any]:
    """A list; empty where it is left out."""
    found: Value[list[Any]] | None = _typed(raw(body, at, *keys), "a list", at, keys)
    return found.value if found is not None else []


def or_default(value: Value[T] | None, default: T, at: Location, source: str = API_SERVER) -> Value[T]:
    """The written value, else the platform's default, located where it would be written."""
    return value if value is not None else Value(default, at, source)


def dotted(keys: tuple[str | int, ...]) -> str:
    """`spec.containers[0].image`, as people write the way to a value."""
    words = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return words.removeprefix(".") or "the document"


def _typed(found: Any, kind: str, at: Location, keys: tuple[str | int, ...]) -> Any:
    if found is None:
        return None
    wanted = _TYPES[kind]
    if not isinstance(found, wanted) or (wanted is int and isinstance(found, bool)):
        raise Unknown(f"{dotted(keys)} is {found!r:.60} where {kind} is expected", at.at(*keys))
    return Value(found, at.at(*keys))
