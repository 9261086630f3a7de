"""Terraform configuration: modules, their resources, and what values may be, as far as files tell.

Looks for `*.tf` and `*.tf.json`, each folder a module, in what the checklist names as `terraform`, else in
all of the repository but tests and examples. A module is read only when one of its files names a resource
that somebody asks for. Modules that others call by a relative path are followed both ways: arguments in,
outputs out. Ignored on purpose: state, plans, `*.tfvars`, remote modules, override files.
What a variable without a caller holds is open, whatever its default says: it may be set on the command line.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, Self

from readiness.errors import ReadinessError
from readiness.evidence.context import Named, Sources
from readiness.evidence.documents import EXAMPLES, NOT_DEPLOYED, Documents, File
from readiness.evidence.hcl import Attribute, Block, Expression, NotHcl, blocks_of, template
from readiness.evidence.named import files_of
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

TERRAFORM = "terraform"
_LISTS = frozenset(
    {"concat", "compact", "flatten", "distinct", "tolist", "toset", "setunion", "sort", "coalescelist"}
)
_SAME = frozenset({"tostring", "trimspace", "nonsensitive", "sensitive", "try", "coalesce", "chomp"})
_DEEP = 12  # references that lead on to others
_MOST = 200  # values that one may have


class Resource(NamedTuple):
    """One `resource` or `data` block of a module."""

    block: Block
    file: File
    module: "Module"

    @property
    def type(self) -> str:
        return self.block.labels[0]

    @property
    def name(self) -> str:
        return self.block.labels[1]

    @property
    def key(self) -> tuple[str, str, str]:
        return self.module.source, self.module.folder, self.address

    @property
    def address(self) -> str:
        prefix = "data." if self.block.type == "data" else ""
        return f"{prefix}{self.type}.{self.name}"

    @property
    def subject(self) -> Subject:
        return Subject(self.type, self.module.folder, self.name)

    @property
    def at(self) -> Location:
        return _place(self.file, self.block.line, self.block.keys)

    def place(self, name: str) -> Location:
        """Where an attribute is written, else the block."""
        found: Attribute | None = self.block.attributes.get(name)
        return _place(self.file, found.line, found.keys) if found is not None else self.at

    def values(self, name: str) -> tuple[Any, ...]:
        """What an attribute may be: one value, or several where callers or branches differ."""
        return self.module.values(self.block.value(name))

    def value(self, name: str) -> Any:
        """The one value of an attribute, as far as it can be followed; an Expression where it is open."""
        found = self.values(name)
        if len(found) == 1:
            return found[0]
        written = self.block.value(name)
        return written if isinstance(written, Expression) else Expression(str(written))

    def number(self, name: str) -> int | None:
        """A whole number, which may be written as a text; None where it is left out or open."""
        return whole(self.value(name))

    def flag(self, name: str) -> Any:
        """True or false, which may be written as a text; None where it is left out, else what is open."""
        found = self.value(name)
        return {"true": True, "false": False}.get(found, found) if isinstance(found, str) else found

    def items(self, name: str) -> tuple[Any, ...]:
        """The entries of a list, those that are open as Expression."""
        return self.module.items(self.block.value(name))

    @property
    def is_made(self) -> bool:
        """Whether Terraform makes it at all: `count = 0` and an empty `for_each` say no."""
        count, each = self.value("count"), self.value("for_each")
        return count != 0 and each not in ((), {})


class Referred(NamedTuple):
    """A reference to a resource of a module that is at hand."""

    resource: Resource
    attribute: str  # arn, id, name …; empty for the whole
    written: str = ""  # as it stands there, with the index that tells copies of `for_each` apart

    @property
    def copy(self) -> tuple[str, str, str, str]:
        """Which copy of the resource; one that is made once has one, however it is written."""
        many = {"count", "for_each"} & self.resource.block.attributes.keys()
        return (*self.resource.key, self.written if many else "")

    @property
    def is_one(self) -> bool:
        """Whether it is one copy, not all of those that `count` or `for_each` make."""
        many = {"count", "for_each"} & self.resource.block.attributes.keys()
        return not many or ("[" in self.written and "*" not in self.written)

    @property
    def text(self) -> str:
        return f"{self.resource.address}.{self.attribute}" if self.attribute else self.resource.address


class Module:
    """One folder of Terraform files."""

    def __init__(self, source: str, folder: str, files: tuple[File, ...], terraform: "Terraform") -> None:
        self.source = source
        self.folder = folder
        self.files = files
        self._terraform = terraform
        self._followed: dict[str, tuple[Any, ...]] = {}

    @cached_property
    def blocks(self) -> tuple[tuple[File, Block], ...]:
        return tuple((file, block) for file in self.files for block in self._terraform.blocks(file))

    def of(self, kind: str) -> Iterator[tuple[File, Block]]:
        return ((file, block) for file, block in self.blocks if block.type == kind)

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """Resources and data sources by address."""
        found = (
            Resource(block, file, self)
            for kind in ("resource", "data")
            for file, block in self.of(kind)
            if len(block.labels) == 2
        )
        return {one.address: one for one in found}

    @cached_property
    def _locals(self) -> dict[str, Any]:
        return {name: one.value for _, block in self.of("locals") for name, one in block.attributes.items()}

    @cached_property
    def variables(self) -> dict[str, Block]:
        return {block.labels[0]: block for _, block in self.of("variable") if block.labels}

    @cached_property
    def outputs(self) -> dict[str, Any]:
        return {block.labels[0]: block.value("value") for _, block in self.of("output") if block.labels}

    @cached_property
    def calls(self) -> dict[str, Block]:
        return {block.labels[0]: block for _, block in self.of("module") if block.labels}

    def called(self, name: str) -> "Module | None":
        """The module of a call by a relative path; None for one that is elsewhere, or not there."""
        block = self.calls.get(name)
        source = block.value("source") if block is not None else None
        if not isinstance(source, str) or not source.startswith("."):
            return None
        folder = posixpath.normpath(posixpath.join(self.folder, source))
        return self._terraform.module(self.source, "" if folder == "." else folder)

    def values(self, value: Any, depth: int = 0) -> tuple[Any, ...]:
        """What a value may be, each as far as files tell; what stays open is left as an Expression.

        A reference to a resource comes back as `Referred`, whichever module it stands in.
        """
        if depth > _DEEP or not isinstance(value, Expression | tuple) or isinstance(value, Referred):
            return (value,)
        if not isinstance(value, Expression):
            return (self._entries(value, depth),)
        if value.branches:
            return self._all(value.branches, depth)
        if value.function in _SAME and value.arguments:
            return self.values(value.arguments[0], depth + 1)
        if value.function in _LISTS:
            return (self._entries(value.arguments, depth),)
        if value.parts:
            return (self._template(value, depth),)
        return self._follow(value, depth) if value.reference else (value,)

    def _follow(self, value: Expression, depth: int) -> tuple[Any, ...]:
        """What a reference leads to; worked out once, and one that leads to itself stays as it is."""
        written = value.text  # with its index
        if written not in self._followed:
            self._followed[written] = (value,)
            self._followed[written] = self._led_to(value, depth)
        return self._followed[written]

    def _led_to(self, value: Expression, depth: int) -> tuple[Any, ...]:
        kind, _, rest = value.reference.partition(".")
        name, _, last = rest.partition(".")
        if kind == "local" and name in self._locals and not last:
            return self.values(self._locals[name], depth + 1)
        if kind == "var" and not last:
            return self._argument(name, value, depth)
        if kind == "module" and last and "." not in last:
            called = self.called(name)
            if called is not None and last in called.outputs:
                return called.values(called.outputs[last], depth + 1)
        return (self._referred(value) or value,)

    def _referred(self, value: Expression) -> Referred | None:
        words = value.reference.split(".")
        if words[0] == "data":
            words = [".".join(words[:2]), *words[2:]]
        found = self.resources.get(".".join(words[:2]))
        return Referred(found, ".".join(words[2:]), value.text) if found is not None else None

    def _entries(self, values: Iterable[Any], depth: int) -> tuple[Any, ...]:
        """The entries of a list, those of lists inside it among them; empty texts and null are none."""
        found: list[Any] = []
        for value in values:
            for one in self.values(value, depth + 1):
                plain = isinstance(one, tuple) and not isinstance(one, Referred | Expression)
                found.extend(one if plain else (one,))
        return tuple(one for one in found[:_MOST] if one is not None and one != "")

    def items(self, value: Any) -> tuple[Any, ...]:
        """The entries of a list that may be put together of several."""
        return self._entries((value,), 0)

    def resources_in(self, block: Block) -> Iterator[Resource]:
        """The resources that a block refers to, by whatever way."""
        names = dict.fromkeys(name for one in block.expressions() for name in one.references)
        for name in names:
            for value in self.values(Expression(name, (name,), reference=name)):
                plain = isinstance(value, tuple) and not isinstance(value, Referred | Expression)
                for one in value if plain else (value,):
                    if isinstance(one, Referred):
                        yield one.resource

    def why_open(self, value: Any) -> str:
        """Which references leave a value open, for a message."""
        names = [] if not isinstance(value, Expression) else list(value.references) or [value.text[:60]]
        return ", ".join(names) or "an expression"

    @property
    def is_called(self) -> bool:
        return bool(self._terraform.callers(self))

    def _all(self, values: Iterable[Any], depth: int) -> tuple[Any, ...]:
        found: list[Any] = []
        for one in values:
            found.extend(one for one in self.values(one, depth + 1) if one not in found)
        return tuple(found[:_MOST])

    def _template(self, value: Expression, depth: int) -> Any:
        parts: list[Any] = []
        for part in value.parts:
            found = self.values(part, depth + 1)
            plain = len(found) == 1 and isinstance(found[0], str | int | float)
            parts.append(found[0] if plain else part)
        return template(parts)

    def _argument(self, name: str, value: Expression, depth: int) -> tuple[Any, ...]:
        """What callers give for a variable; open where nobody calls the module."""
        callers = self._terraform.callers(self)
        if not callers:
            return (value,)
        found: list[Any] = []
        for caller, block in callers:
            given = block.attributes.get(name)
            if given is not None:
                options = caller.values(given.value, depth + 1)
            elif name in self.variables:
                options = self.values(self.variables[name].value("default"), depth + 1)
            else:
                options = (value,)
            found.extend(one for one in options if one not in found)
        return tuple(found[:_MOST])


class Terraform:
    """All modules of all sources."""

    def __init__(self, files: Iterable[File], documents: Documents, absent: tuple[Unreadable, ...]) -> None:
        self.unreadable = absent  # paths that the checklist names and that are not there
        self._documents = documents
        self._blocks: dict[File, tuple[Block, ...]] = {}
        self.broken: dict[File, Unreadable] = {}
        by_folder: dict[tuple[str, str], list[File]] = {}
        for file in files:
            by_folder.setdefault((file.source, file.folder), []).append(file)
        self.modules = {
            key: Module(*key, tuple(sorted(found)), self) for key, found in sorted(by_folder.items())
        }

    kinds: ClassVar[frozenset[str]] = frozenset({TERRAFORM})
    looked_for: ClassVar[str] = "Terraform (*.tf, *.tf.json)"

    @classmethod
    def collect(cls, named: Named, documents: Documents, sources: Sources) -> Self:
        refs = named.of(TERRAFORM)
        found = tuple(files_of(refs, documents, TERRAFORM)) if refs else documents.named("*.tf", "*.tf.json")
        absent = tuple(one for one in found if isinstance(one, Unreadable))
        files = [
            one
            for one in found
            if isinstance(one, File)
            and one.path.endswith((".tf", ".tf.json"))
            and (refs or (one.source not in sources.shared and _is_deployed(one)))
        ]
        return cls(files, documents, absent)

    def module(self, source: str, folder: str) -> Module | None:
        return self.modules.get((source, folder))

    def of(self, *types: str) -> Iterator[Resource | Unreadable]:
        """Resources of these types; in the place of a broken file that names one, why it can't be read.

        A type that ends in `_` stands for all that start so.
        """
        marks = [f'"{one}'.encode() for one in types]
        for module in self.modules.values():
            named = [file for file in module.files if self._names(file, marks)]
            for file in named:
                self.blocks(file)
                if file in self.broken:
                    yield self.broken[file]._replace(kinds=frozenset(types))
            if named:
                for resource in module.resources.values():
                    if resource.file in named and _is_of(resource, types) and resource.is_made:
                        yield resource

    def callers(self, module: Module) -> tuple[tuple[Module, Block], ...]:
        return self._callers.get((module.source, module.folder), ())

    @cached_property
    def _callers(self) -> dict[tuple[str, str], tuple[tuple[Module, Block], ...]]:
        found: dict[tuple[str, str], list[tuple[Module, Block]]] = {}
        for module in self.modules.values():
            if not any(self._names(file, [b'"./', b'"../']) for file in module.files):
                continue
            for name, block in module.calls.items():
                called = module.called(name)
                if called is not None:
                    found.setdefault((called.source, called.folder), []).append((module, block))
        return {key: tuple(calls) for key, calls in found.items()}

    def blocks(self, file: File) -> tuple[Block, ...]:
        """The blocks of a file, parsed once; none of a broken one, which `broken` then tells of."""
        if file not in self._blocks:
            self._blocks[file] = ()
            try:
                self._blocks[file] = blocks_of(self._documents.text(file), file.path.endswith(".json"))
            except NotHcl as wrong:
                at = file.at._replace(line=wrong.line)
                self.broken[file] = Unreadable(
                    at,
                    str(wrong),
                    self.kinds,
                    f"mend {file.path}:{wrong.line}; terraform validate says the same",
                )
            except ReadinessError as wrong:
                self.broken[file] = Unreadable(file.at, str(wrong), self.kinds, f"make {file.path} readable")
        return self._blocks[file]

    def _names(self, file: File, marks: Iterable[bytes]) -> bool:
        try:
            text = self._documents.text(file)
        except ReadinessError:
            self.blocks(file)  # so that it is told
            return True
        return any(mark in text for mark in marks)


def whole(value: Any) -> int | None:
    """A whole number, which may be written as a text; None for anything else."""
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_of(resource: Resource, types: tuple[str, ...]) -> bool:
    return any(resource.type.startswith(one) if one.endswith("_") else resource.type == one for one in types)


def _place(file: File, line: int | None, keys: tuple[str | int, ...]) -> Location:
    return Location(file.source, file.path, 0, keys, line)


def _is_deployed(file: File) -> bool:
    return (NOT_DEPLOYED | EXAMPLES).isdisjoint(re.split("/", file.path)[:-1])
