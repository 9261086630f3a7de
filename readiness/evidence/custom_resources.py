"""CustomResourceDefinitions of the trees, and the structural schemas in them.

Reads apiextensions.k8s.io/v1 and v1beta1: objects of the environment, of any other file that holds such
objects, and of the `crds` folders of charts. Knows structural schemas: types, required fields, enum, bounds,
pattern, allOf, anyOf, oneOf, not, preserved fields, int-or-string and embedded resources.
Ignored on purpose: CEL rules (`x-kubernetes-validations`), `format`, and whatever of a definition is
malformed, which is a finding about the definition itself.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Self

from readiness.evidence.documents import OBJECTS, Document, Documents, File
from readiness.evidence.manifests import Manifests
from readiness.evidence.openapi import definitions
from readiness.evidence.re2 import Pattern
from readiness.evidence.structure import (
    BOOLEAN,
    INT64,
    INT_OR_STRING,
    NUMBER,
    TEXT,
    Keys,
    Leaf,
    Wrong,
    missing,
    mistyped,
    nearest,
    whole_number,
)

KIND = "CustomResourceDefinition"
GROUP = "apiextensions.k8s.io"
_MARK = KIND.encode()
_LEAVES: Mapping[str, Leaf] = {
    "string": TEXT, "integer": whole_number(INT64), "number": NUMBER, "boolean": BOOLEAN,
}  # fmt: skip
_OBJECT = ("apiVersion", "kind", "metadata")
_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "enum")
_SETS = ("allOf", "anyOf", "oneOf", "not")


class Structural:
    """One node of a structural schema.

    Inside allOf, anyOf, oneOf and not only values count: which fields there are is said outside of them. So
    it is with `preserveUnknownFields`, which v1beta1 has by default.

    Source: Kubernetes, Extend the API with CustomResourceDefinitions, Specifying a structural schema.
    """

    def __init__(self, schema: Mapping[str, Any], name: str, *, whole: bool = False, values: bool = False):
        self.name = name
        self.schema = schema
        self.values = values
        self.type = _text(schema.get("type"))
        self.int_or_string = schema.get("x-kubernetes-int-or-string") is True
        self.whole = whole or schema.get("x-kubernetes-embedded-resource") is True
        properties = _mapping(schema.get("properties"))
        self.fields = {
            key: Structural(_mapping(inner), f"{name}.{key}", values=values)
            for key, inner in properties.items()
            if not (self.whole and key in _OBJECT)
        }
        more = schema.get("additionalProperties")
        self.more = Structural(more, name, values=values) if isinstance(more, dict) else None
        self.open = (
            values or more is True or schema.get("x-kubernetes-preserve-unknown-fields") is True
            or (not self.type and not properties)
        )  # fmt: skip
        items = schema.get("items")
        self.items = Structural(items, name, values=values) if isinstance(items, dict) else None
        listed = schema.get("required")
        required = tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else ()
        self.required = tuple(dict.fromkeys((*(_OBJECT[:2] if self.whole else ()), *required)))
        self.sets = {
            key: tuple(
                Structural(one, name, values=True)
                for one in _several(schema.get(key))
                if isinstance(one, dict)
            )
            for key in _SETS
            if key in schema
        }
        self.bounded = any(key in schema for key in _BOUNDS)

    @cached_property
    def pattern(self) -> Pattern | None:
        return _pattern(self.schema.get("pattern"))

    def holds(self, value: Any) -> bool:
        return next(self.wrongs(value, ()), None) is None

    def wrongs(self, value: Any, keys: Keys) -> Iterator[Wrong]:
        leaf = INT_OR_STRING if self.int_or_string else _LEAVES.get(self.type)
        if leaf is not None and not leaf.holds(value):
            yield from leaf.wrongs(value, keys)
            return
        if self.type == "object" and type(value) is not dict:
            yield mistyped(value, "a mapping", keys)
            return
        if self.type == "array" and type(value) is not list:
            yield mistyped(value, "a list", keys)
            return
        if type(value) is dict:
            yield from self._of_mapping(value, keys)
        elif type(value) is list and self.items is not None:
            yield from self._of_list(value, self.items, keys)
        if self.bounded:
            yield from _beyond(self.schema, self.pattern, value, keys)
        yield from self._of_sets(value, keys)

    def _of_mapping(self, value: dict[str, Any], keys: Keys) -> Iterator[Wrong]:
        for key, inner in value.items():
            shape = self.fields.get(key)
            if shape is None and self.whole and key in _OBJECT:
                yield from _of_object(key, inner, (*keys, key))
            elif shape is not None or self.more is not None:
                shape = shape or self.more
                if inner is not None and shape is not None:
                    yield from shape.wrongs(inner, (*keys, key))
            elif not self.open:
                near = nearest(key, self.fields, value)
                yield Wrong((*keys, key), "unknown", f"is no field of {self.name}", self.name, near)
        yield from missing(value, self.required, self.name, keys)

    def _of_list(self, value: list[Any], inner: "Structural", keys: Keys) -> Iterator[Wrong]:
        for index, entry in enumerate(value):
            if entry is not None:
                yield from inner.wrongs(entry, (*keys, index))
            elif inner.schema.get("nullable") is not True and not inner.open:
                yield Wrong((*keys, index), "type", "is empty")

    def _of_sets(self, value: Any, keys: Keys) -> Iterator[Wrong]:
        for one in self.sets.get("allOf", ()):
            yield from one.wrongs(value, keys)
        for key, says in (("anyOf", "none"), ("oneOf", "not exactly one")):
            if key in self.sets:
                held = sum(one.holds(value) for one in self.sets[key])
                if held == 0 or (key == "oneOf" and held > 1):
                    yield Wrong(
                        keys, "value", f"fulfils {says} of the forms that {self.name} allows in {key}"
                    )
        if any(one.holds(value) for one in self.sets.get("not", ())):
            yield Wrong(keys, "value", f"has a form that {self.name} rules out")


class Definition:
    """One CustomResourceDefinition."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        spec = _mapping(body.get("spec"))
        self.group = _text(spec.get("group"))
        self.kind = _text(_mapping(spec.get("names")).get("kind"))
        self._spec = spec
        kept = spec.get("preserveUnknownFields")
        self._preserves = kept is True or (kept is None and body.get("apiVersion") == f"{GROUP}/v1beta1")
        listed = [one for one in _several(spec.get("versions")) if isinstance(one, dict)]
        if not listed and spec.get("version"):
            listed = [{"name": spec["version"], "served": True}]
        self.versions = {_text(one.get("name")): one for one in listed}
        self._shapes: dict[str, Structural | None] = {}

    @property
    def served(self) -> tuple[str, ...]:
        return tuple(name for name, one in self.versions.items() if one.get("served") is not False)

    @property
    def stored(self) -> str:
        """The version to use instead of one that is not served: that which is stored, if served itself."""
        stored = [name for name in self.served if self.versions[name].get("storage") is True]
        return next(iter(stored or self.served), "")

    def warning(self, version: str) -> str | None:
        """What the API server warns of when a deprecated version is used; None when it is not deprecated."""
        one = self.versions.get(version, {})
        if one.get("deprecated") is not True:
            return None
        return _text(one.get("deprecationWarning")) or "deprecated by its CustomResourceDefinition"

    def shape(self, version: str) -> Structural | None:
        """The schema of one of its served versions; None where there is none, or it is not served."""
        if version not in self._shapes:
            self._shapes[version] = self._made(version)
        return self._shapes[version]

    def _made(self, version: str) -> Structural | None:
        one = self.versions.get(version)
        if one is None or version not in self.served:
            return None
        schema = _mapping(one.get("schema")) or _mapping(self._spec.get("validation"))
        found = _mapping(schema.get("openAPIV3Schema"))
        return Structural(found, self.kind, whole=True, values=self._preserves) if found else None


class CustomResources:
    """The CustomResourceDefinitions that are there, by group and kind of what they define."""

    def __init__(self, bodies: Iterator[Mapping[str, Any]]) -> None:
        self._found: dict[tuple[str, str], list[Definition]] = {}
        for body in bodies:
            made = Definition(body)
            if made.group and made.kind:
                self._found.setdefault((made.group, made.kind), []).append(made)

    @classmethod
    def collect(cls, manifests: Manifests, documents: Documents) -> Self:
        return cls(_bodies(manifests, documents))

    def of(self, group: str, kind: str) -> tuple[Definition, ...]:
        """The definitions of a kind: several where the trees hold it more than once."""
        return tuple(self._found.get((group, kind), ()))


def _bodies(manifests: Manifests, documents: Documents) -> Iterator[Mapping[str, Any]]:
    own = [found for found in manifests.of(KIND) if found.group == GROUP]
    yield from (found.body for found in own)
    seen = {(found.at.source, found.at.file) for found in own}
    files = dict.fromkeys((*documents.marked(OBJECTS), *documents.named("**/crds/*.yaml", "**/crds/*.yml")))
    for file in files:
        if (file.source, file.path) not in seen and _MARK in _text_of(documents, file):
            yield from _defined(documents, file)


def _text_of(documents: Documents, file: File) -> bytes:
    from readiness.errors import ReadinessError

    try:
        return documents.text(file)
    except ReadinessError:
        return b""  # said once, by the check of unread files


def _defined(documents: Documents, file: File) -> Iterator[Mapping[str, Any]]:
    for document in documents.documents((file,)):
        value = document.value if isinstance(document, Document) else None
        listed = value.get("items") if isinstance(value, dict) and value.get("kind") == "List" else None
        for one in listed if isinstance(listed, list) else (value,):
            if isinstance(one, dict) and one.get("kind") == KIND:
                yield one


def _of_object(key: str, value: Any, keys: Keys) -> Iterator[Wrong]:
    """What every object has, whatever its schema says of it."""
    if value is None:
        return
    if key == "metadata":
        yield from definitions().metadata.wrongs(value, keys)
    else:
        yield from TEXT.wrongs(value, keys)


def _beyond(schema: Mapping[str, Any], pattern: Pattern | None, value: Any, keys: Keys) -> Iterator[Wrong]:
    allowed = schema.get("enum")
    if isinstance(allowed, list) and not any(_same(value, one) for one in allowed):
        words = ", ".join(str(one) for one in allowed[:8]) + (", …" if len(allowed) > 8 else "")
        yield Wrong(keys, "value", f"is none of {words}"[:300])
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from _out_of_range(schema, value, keys)
    elif isinstance(value, (str, list)):
        unit, size = ("characters", "Length") if isinstance(value, str) else ("entries", "Items")
        least, most = _number(schema.get(f"min{size}")), _number(schema.get(f"max{size}"))
        if least is not None and len(value) < least:
            yield Wrong(keys, "value", f"has {len(value)} {unit}, {least} are needed")
        if most is not None and len(value) > most:
            yield Wrong(keys, "value", f"has {len(value)} {unit}, {most} are allowed")
    if pattern is not None and isinstance(value, str) and not pattern.matches(value):
        yield Wrong(keys, "value", f"does not match {schema['pattern']}"[:300])


def _out_of_range(schema: Mapping[str, Any], value: float, keys: Keys) -> Iterator[Wrong]:
    least, most = _number(schema.get("minimum")), _number(schema.get("maximum"))
    if least is not None and (value < least or (schema.get("exclusiveMinimum") is True and value == least)):
        yield Wrong(keys, "value", f"is {value}, at least {least} is needed")
    if most is not None and (value > most or (schema.get("exclusiveMaximum") is True and value == most)):
        yield Wrong(keys, "value", f"is {value}, at most {most} is allowed")


def _same(value: Any, other: Any) -> bool:
    return isinstance(value, bool) == isinstance(other, bool) and bool(value == other)


def _pattern(text: Any) -> Pattern | None:
    """A pattern that is looked for anywhere in a value, as JSON Schema has it; None where Go refuses it."""
    if not isinstance(text, str):
        return None
    try:
        return Pattern(f"(?s:.*)(?:{text})(?s:.*)")
    except ValueError:
        return None


def _number(value: Any) -> int | float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
