"""A check's signature and docstring → what it needs, its settings and what people read of it.

The annotations are the whole contract between a check and the engine:

    workload: Workload                 one call for each workload
    workloads: tuple[Workload, ...]    one call, with all of them
    budgets: Known[DisruptionBudget]   one call, and the set knows whether it is complete
    manifests: Manifests               one call; this type exists once in an environment
    each: ByEnvironment[Manifests]     one call for all environments together
    *, minimum: Count = 2              a setting

Evidence types are classes with a `collect` loader, whose own parameters are read the same way, or
classes marked `given = True`, which the engine itself fills in.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Self, Union, get_args, get_origin

from readiness.errors import BrokenCheck
from readiness.known import ByEnvironment, Known
from readiness.outcome import SEVERITIES, Severity
from readiness.rule import FieldRule
from readiness.settings import Setting

Shape = Literal["each", "all", "known", "one"]


class Need(NamedTuple):
    """One evidence parameter of a check or loader."""

    parameter: str
    type: type
    shape: Shape
    by_environment: bool = False


class SettingOf:
    """One setting of a check: its name in a checklist, its type and its default."""

    __slots__ = ("choices", "default", "many", "name", "optional", "parameter", "setting")

    def __init__(self, parameter: str, annotation: Any, default: Any) -> None:
        self.parameter = parameter
        self.name = parameter.rstrip("_").replace("_", "-")
        self.default = default
        self.optional = False
        self.many = False
        self.choices: tuple[str, ...] = ()
        if get_origin(annotation) in (Union, UnionType):
            plain = [part for part in get_args(annotation) if part is not type(None)]
            if len(plain) != 1:
                raise TypeError("a setting may be one type or that type and None")
            self.optional, annotation = True, plain[0]
        if get_origin(annotation) is tuple:
            self.many, annotation = True, get_args(annotation)[0]
        if get_origin(annotation) is Literal:
            self.choices = get_args(annotation)
        elif annotation is not bool and not _setting_in(annotation):
            raise TypeError(f"{annotation!r} is no setting type; use one of readiness.api, bool or Literal")
        self.setting = _setting_in(annotation)

    def read(self, raw: object) -> Any:
        """The value that the check sees.

        Raises:
            ValueError: with what was expected.
        """
        if raw is None and self.optional:
            return None
        if self.many:
            if not isinstance(raw, list):
                raise ValueError(f"expected a list, got {raw!r}")
            return tuple(self._read_one(item) for item in raw)
        return self._read_one(raw)

    def _read_one(self, raw: object) -> Any:
        if self.choices:
            if raw not in self.choices:
                raise ValueError(f"expected one of {', '.join(self.choices)}, got {raw!r}")
            return raw
        if self.setting is None:
            if not isinstance(raw, bool):
                raise ValueError(f"expected true or false, got {raw!r}")
            return raw
        return self.setting.read(raw)

    def spell(self, value: Any) -> object:
        """`value` as a checklist spells it."""
        if value is None:
            return None
        if self.many:
            return [self._spell_one(item) for item in value]
        return self._spell_one(value)

    def _spell_one(self, value: Any) -> object:
        return self.setting.spell(value) if self.setting is not None else value

    def schema(self) -> dict[str, Any]:
        """JSON Schema of its spelling, default included."""
        if self.choices:
            one: dict[str, Any] = {"enum": list(self.choices)}
        elif self.setting is None:
            one = {"type": "boolean"}
        else:
            one = dict(self.setting.schema)
        if self.many:
            one = {"type": "array", "items": one}
        if self.optional:
            one = {"anyOf": [one, {"type": "null"}]}
        return {**one, "default": self.spell(self.default)}


class Check:
    """One known check, a function or a rule on one field: what it needs and what its docstring says."""

    __slots__ = (
        "_closure", "area", "body", "each", "foreign", "function", "id", "needs", "peers", "rule",
        "setting_docs", "settings", "severities", "silent_on", "source", "title",
    )  # fmt: skip

    def __init__(self, area: str, declared: Callable[..., Any] | FieldRule, foreign: bool = False) -> None:
        self._closure: tuple[type, ...] | None = None
        self.area = area
        self.foreign = foreign  # of another distribution: run where it can be ended whatever it does
        self.rule = declared if isinstance(declared, FieldRule) else None
        if isinstance(declared, FieldRule):
            self.id = f"{area}.{declared.name}"
            self.function: Callable[..., Any] = _only_scanned
            self.needs: tuple[Need, ...] = (_of_rule(declared, self.id),)
            self.settings: Mapping[str, SettingOf] = {}
            doc = declared.doc
        else:
            self.id = f"{area}.{declared.__name__.rstrip('_').replace('_', '-')}"
            self.function = declared
            self.needs = needs_of(declared, self.id)
            self.settings = settings_of(declared, self.id)
            doc = declared.__doc__ or ""
        each = [need for need in self.needs if need.shape == "each"]
        if len(each) > 1:
            names = " and ".join(need.parameter for need in each)
            raise BrokenCheck(f"{self.id}: {names} are both taken one by one; take all but one as a tuple")
        self.each = each[0] if each else None
        self.per_environment()  # a loader that needs itself is told now
        sections = _sections(doc, self.id)
        self.title = sections["title"]
        self.body = sections["body"]
        self.silent_on = sections["silent on"]
        self.source = sections["source"]
        self.setting_docs = {
            name.rstrip("_").replace("_", "-"): text for name, text in _entries(sections["settings"]).items()
        }
        self.severities = _severities(sections["severity"], self.id)
        self.peers = _entries(sections["peers"])  # other names of the same fact, and what differs there

    def severity(self, tier: int) -> Severity:
        return self.severities[min(max(tier, 1), 4) - 1]

    def closure(self) -> tuple[type, ...]:
        """Every evidence type that this check reads, directly or through loaders, `Known` ones too."""
        if self._closure is None:
            self._closure = closure_of(self.needs)
        return self._closure

    def per_environment(self) -> bool:
        """Whether it is run once for each environment."""
        return any(_per_environment(need) for need in self.needs)


def _only_scanned(**_: object) -> Iterator[Any]:
    raise TypeError("a rule on one field is scanned, not called")


def _of_rule(rule: FieldRule, owner: str) -> Need:
    if not is_evidence(rule.of) or not is_several(rule.of):
        raise BrokenCheck(f"{owner}: {rule.of.__name__} is no evidence that is taken one by one")
    return Need("thing", rule.of, "each")


def is_evidence(candidate: object) -> bool:
    return isinstance(candidate, type) and (
        hasattr(candidate, "collect") or getattr(candidate, "given", False) is True
    )


def is_several(evidence: type) -> bool:
    """Whether a type's loader gives several of it in one scope."""
    loader = getattr(evidence, "collect", None)
    if loader is None:
        return False
    returns = _annotations(loader).get("return")
    if returns is Self or returns is evidence:
        return False
    if get_origin(returns) is Iterator:
        return True
    raise BrokenCheck(
        f"{evidence.__module__}.{evidence.__name__}.collect returns {returns!r}; "
        "expected Self, or Iterator[Self | Unreadable]"
    )


def needs_of(function: Callable[..., Any], owner: str) -> tuple[Need, ...]:
    """The evidence that a check or loader takes, in the order of its parameters.

    Raises:
        BrokenCheck: a parameter has no annotation, or one that is no evidence type.
    """
    code = getattr(function, "__func__", function).__code__
    annotations = _annotations(function)
    names = code.co_varnames[: code.co_argcount]
    if names and names[0] in ("cls", "self"):
        names = names[1:]
    return tuple(_need(name, annotations.get(name), owner) for name in names)


def settings_of(function: Callable[..., Any], owner: str) -> Mapping[str, SettingOf]:
    """Keyword-only parameters by their name in a checklist."""
    code = function.__code__
    names = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    defaults = function.__kwdefaults__ or {}
    found: dict[str, SettingOf] = {}
    for name in names:
        if name not in defaults:
            raise BrokenCheck(f"{owner}: setting {name} has no default; give it one")
        try:
            setting = SettingOf(name, _annotations(function).get(name), defaults[name])
            setting.read(setting.spell(setting.default))
        except (TypeError, ValueError) as wrong:
            raise BrokenCheck(f"{owner}: setting {name}: {wrong}") from wrong
        found[setting.name] = setting
    return found


def closure_of(needs: tuple[Need, ...]) -> tuple[type, ...]:
    seen: dict[type, None] = {}

    def visit(evidence: type) -> None:
        if evidence in seen:
            return
        seen[evidence] = None
        for need in _loader_needs(evidence):
            visit(need.type)

    for need in needs:
        visit(need.type)
    return tuple(seen)


_NEEDS: dict[type, tuple[Need, ...]] = {}
_SCOPES: dict[type, bool] = {}
_ASKED: list[type] = []  # types whose scope is being found out


def _loader_needs(evidence: type) -> tuple[Need, ...]:
    if evidence not in _NEEDS:
        loader = getattr(evidence, "collect", None)
        name = f"{evidence.__module__}.{evidence.__name__}.collect"
        _NEEDS[evidence] = needs_of(loader, name) if loader is not None else ()
    return _NEEDS[evidence]


def scoped_by_environment(evidence: type) -> bool:
    """Whether there is one set of this evidence for each environment.

    Raises:
        BrokenCheck: its loader needs itself, through others.
    """
    if evidence not in _SCOPES:
        if evidence in _ASKED:
            ring = " → ".join(one.__name__ for one in [*_ASKED[_ASKED.index(evidence) :], evidence])
            raise BrokenCheck(f"evidence needs itself: {ring}; take one of them out of a loader's parameters")
        _ASKED.append(evidence)
        try:
            of_environment = getattr(evidence, "of_environment", False)
            _SCOPES[evidence] = of_environment or any(map(_per_environment, _loader_needs(evidence)))
        finally:
            _ASKED.pop()
    return _SCOPES[evidence]


def loader_needs(evidence: type) -> tuple[Need, ...]:
    """The evidence that the loader of a type takes."""
    return _loader_needs(evidence)


def _per_environment(need: Need) -> bool:
    return not need.by_environment and scoped_by_environment(need.type)


def _need(name: str, annotation: Any, owner: str) -> Need:
    if annotation is None:
        raise BrokenCheck(f"{owner}: parameter {name} has no annotation; name the evidence that it takes")
    by_environment = get_origin(annotation) is ByEnvironment
    if by_environment:
        annotation = get_args(annotation)[0]
    origin = get_origin(annotation)
    shape: Shape
    if origin is Known:
        evidence, shape = get_args(annotation)[0], "known"
    elif origin is tuple and len(get_args(annotation)) == 2 and get_args(annotation)[1] is Ellipsis:
        evidence, shape = get_args(annotation)[0], "all"
    else:
        evidence, shape = annotation, "one"
    if not is_evidence(evidence):
        raise BrokenCheck(
            f"{owner}: parameter {name} is annotated {annotation!r}, which is no evidence type: "
            "expected a class with a collect loader, a tuple[…, ...], Known[…] or ByEnvironment[…] of one "
            "(settings stand after *)"
        )
    if is_several(evidence):
        if shape == "one":
            shape = "each"
            if by_environment:
                raise BrokenCheck(f"{owner}: parameter {name}: ByEnvironment takes a tuple or Known of it")
    elif shape != "one":
        raise BrokenCheck(f"{owner}: parameter {name}: there is only one {evidence.__name__}; take it plain")
    return Need(name, evidence, shape, by_environment)


def _annotations(function: Any) -> dict[str, Any]:
    found = getattr(getattr(function, "__func__", function), "__annotations__", {})
    return dict(found)


def _setting_in(annotation: Any) -> Setting | None:
    if get_origin(annotation) is Annotated:
        return next((part for part in get_args(annotation)[1:] if isinstance(part, Setting)), None)
    return None


_SECTION = re.compile(r"^(Settings|Silent on|Severity|Source|Peers):\s*(.*)$")


_SECTIONS = ("settings", "silent on", "severity", "source", "peers")


def _sections(doc: str, owner: str) -> dict[str, str]:
    lines = _dedented(doc)
    if not lines or not lines[0]:
        raise BrokenCheck(f"{owner}: has no docstring; its first line says what is true when all is well")
    parts: dict[str, list[str]] = {name: [] for name in ("body", *_SECTIONS)}
    current = "body"
    for line in lines[1:]:
        heading = _SECTION.match(line)
        if heading:
            current = heading[1].lower()
            line = "    " + heading[2] if heading[2] else ""
        parts[current].append(line)
    found = {name: "\n".join(_dedented("\n".join(text), first=False)).strip() for name, text in parts.items()}
    found["title"] = lines[0].rstrip(".")
    return found


def _dedented(text: str, first: bool = True) -> list[str]:
    """Lines without their common indent, as `inspect.cleandoc` does without its import."""
    lines = text.expandtabs().strip("\n").split("\n")
    head, rest = (lines[:1], lines[1:]) if first else ([], lines)
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return [line.strip() for line in head] + [line[margin:].rstrip() for line in rest]


def _entries(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        entry = re.match(r"^([\w./-]+):\s+(.*)$", line)
        if entry:
            name = entry[1]
            found[name] = entry[2]
        elif name and line.strip():
            found[name] += " " + line.strip()
    return found


def _severities(text: str, owner: str) -> tuple[Severity, Severity, Severity, Severity]:
    words = text.split()
    if len(words) != 4 or any(word not in SEVERITIES for word in words):
        raise BrokenCheck(
            f"{owner}: its Severity section says {text!r}; expected four of error, warning, note, "
            "for tiers 1 to 4"
        )
    first, second, third, fourth = (severity for word in words for severity in SEVERITIES if severity == word)
    return first, second, third, fourth
