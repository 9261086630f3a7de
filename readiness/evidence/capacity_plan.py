"""The capacity plan: what production has to carry, and what one replica carries.

Looks in what the checklist names as `capacity`, else for `capacity*.yaml` with a `workloads:` list, else
for `capacity*.md` in `docs/` or as a page of that name. YAML keys are read with dashes or underscores; a key
that no plan has is a problem, since a number under it would be ignored in silence.
Ignored on purpose: Markdown pages beside a YAML plan, which explain it; Kubernetes objects. What a plan
says of databases and node pools is left for the checks that will read it.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, ClassVar, Self

from readiness.arithmetic.demand import headroom_of_target
from readiness.errors import ReadinessError, Unknown
from readiness.evidence import capacity_table
from readiness.evidence.capacity_fields import (
    HEADROOM,
    PLAN_FIELDS,
    WORKLOAD_FIELDS,
    Fields,
    Problem,
    fields_of,
    spelled_raw,
)
from readiness.evidence.context import Environment, Named, Ref
from readiness.evidence.documents import Document, Documents, File
from readiness.evidence.effective import Value
from readiness.evidence.named import absent, not_there
from readiness.known import Unreadable
from readiness.outcome import Location

PLACEHOLDER = "TODO"
YAML_PLANS = ("capacity*.yaml", "capacity*.yml")
MARKDOWN_PLANS = ("docs/**/capacity*.md", "docs/**/CAPACITY*.md", "capacity.md", "CAPACITY.md")
LOOKED_FOR = "capacity*.yaml with a workloads list, docs/**/capacity*.md, and what the checklist names"

_WORKLOADS = rb"(?m)^workloads[ \t]*:"
_OBJECT = rb"(?m)^(?:apiVersion|kind)[ \t]*:"


class PlanFile(Fields):
    """One file of the plan, with what holds for all of its workloads."""

    __slots__ = ("markdown",)

    def __init__(
        self, at: Location, values: Mapping[str, Value[Any]], problems: tuple[Problem, ...], markdown: bool
    ) -> None:
        super().__init__(at, values, problems)
        self.markdown = markdown

    @property
    def reviewed(self) -> Value[date] | None:
        return self.get("reviewed")

    @property
    def clusters(self) -> int:
        """Clusters among which the plan's figures are shared; one unless its scope is global."""
        scope, clusters = self.get("scope"), self.get("clusters")
        if scope is None or scope.value != "global":
            return 1
        return clusters.value if clusters is not None else 1


class PlanEntry(Fields):
    """What the plan says of one workload."""

    __slots__ = ("file", "name")

    def __init__(
        self,
        name: str,
        file: PlanFile,
        at: Location,
        values: Mapping[str, Value[Any]],
        problems: tuple[Problem, ...],
    ) -> None:
        super().__init__(at, values, problems)
        self.name = name
        self.file = file

    def __repr__(self) -> str:
        return f"<plan of {self.name}>"

    def need(self, field: str) -> Value[Any]:
        """The value of a field; raises Unknown where it is left out, or none."""
        found = self.get(field)
        if found is None:
            raise Unknown(f"the plan says no {field} of {self.name}", self.at, f"add {field} of {self.name}")
        return found

    @property
    def headroom(self) -> Value[Fraction] | None:
        """Room above the peak as a share of it, written as such or as a target utilisation."""
        for field in (HEADROOM, "headroom-ratio"):
            found = self.get(field)
            if found is not None:
                return found
        for field in ("target-utilisation", "headroom.target-utilisation"):
            target = self.get(field)
            if target is not None:
                return Value(headroom_of_target(target.value), target.at)
        return None

    @property
    def source(self) -> Value[str] | None:
        """Where its numbers were measured: its own reference, or that of the whole plan."""
        for found in (self.get("unit.load-test"), self.get("source"), self.file.get("source")):
            if found is not None:
                return found
        return None

    def expected(self) -> Iterator[tuple[str, Value[Any]]]:
        """Figures of the deployment that the plan counts on: (`hpa.max`, value)."""
        for field, value in self.values.items():
            if field.startswith("expects."):
                yield field.removeprefix("expects."), value


class CapacityPlan:
    """The plan of one environment."""

    kinds: ClassVar[frozenset[str]] = frozenset({"capacity"})
    looked_for: ClassVar[str] = LOOKED_FOR

    def __init__(
        self,
        files: tuple[PlanFile, ...] = (),
        entries: tuple[PlanEntry, ...] = (),
        problems: tuple[Problem, ...] = (),
        unreadable: tuple[Unreadable, ...] = (),
        placeholders: tuple[Location, ...] = (),
    ) -> None:
        self.files = files
        self.entries = entries
        self.placeholders = placeholders  # where it still says TODO, as readiness init leaves it
        self.problems = problems  # those of no entry
        self.unreadable = unreadable
        self._callers: dict[str, list[tuple[PlanEntry, Value[Fraction]]]] = {}
        for entry in entries:
            for name, calls in _calls(entry):
                self._callers.setdefault(name, []).append((entry, calls))

    def callers_of(self, name: str) -> tuple[tuple[PlanEntry, Value[Fraction]], ...]:
        """The lines whose workloads call this one, with their calls per request."""
        return tuple(self._callers.get(name, ()))

    @classmethod
    def collect(cls, environment: Environment, documents: Documents, named: Named) -> Self:
        refs = environment.evidence.get("capacity") or named.of("capacity")
        read = _Read()
        for ref in refs:
            read.named(ref, documents)
        if not refs:
            read.found(documents)
        entries = tuple(entry for entry in read.entries if _of_environment(entry, environment))
        return cls(
            tuple(read.files), entries, tuple(read.problems), tuple(read.unreadable), tuple(read.placeholders)
        )

    @property
    def present(self) -> bool:
        return bool(self.files)


def _placeholders(value: Any, at: Location) -> Iterator[Location]:
    if value == PLACEHOLDER:
        yield at
    elif isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _placeholders(part, at.at(key))


def _of_environment(entry: PlanEntry, environment: Environment) -> bool:
    """Whether an entry speaks of the environment: it says its name or class, or nothing."""
    said = entry.values.get("environment")
    return said is None or said.value in (environment.name, environment.cls)


def _calls(entry: PlanEntry) -> Iterator[tuple[str, Value[Fraction]]]:
    listed = entry.values.get("demand.calls")
    for index, call in enumerate(listed.value if listed is not None else ()):
        if listed is None or not isinstance(call, dict) or not isinstance(call.get("to"), str):
            continue
        for key in ("per-request", "per_request"):
            number = call.get(key)
            if isinstance(number, (int, float)) and not isinstance(number, bool) and 0 < number < 1e9:
                yield call["to"], Value(Fraction(str(number)), listed.at.at(index, key))


# Reading


class _Read:
    """What was read so far."""

    def __init__(self) -> None:
        self.files: list[PlanFile] = []
        self.entries: list[PlanEntry] = []
        self.problems: list[Problem] = []
        self.unreadable: list[Unreadable] = []
        self.placeholders: list[Location] = []

    def named(self, ref: Ref, documents: Documents) -> None:
        why = absent(ref, documents)
        if why:
            self.unreadable.append(not_there(ref, why, "capacity"))
            return
        files = documents.under(ref.source, ref.path)
        single = len(files) == 1 and files[0].path == ref.path.strip("/")
        for file in files:
            if file.path.endswith((".md", ".markdown")):
                self._markdown(file, documents, must=single)
            elif file.path.endswith((".yaml", ".yml", ".json")):
                self._yaml(file, documents, must=single)

    def found(self, documents: Documents) -> None:
        for file in documents.named(*YAML_PLANS):
            if not documents.in_chart(file):
                self._yaml(file, documents, must=False)
        if self.files or self.unreadable:
            return
        for file in documents.named(*MARKDOWN_PLANS):
            self._markdown(file, documents, must=file.path.startswith("docs/"))

    def _text(self, file: File, documents: Documents) -> bytes | None:
        try:
            return documents.text(file)
        except ReadinessError as wrong:
            fix = f"make {file.path} readable"
            self.unreadable.append(Unreadable(file.at, str(wrong), CapacityPlan.kinds, fix))
            return None

    def _yaml(self, file: File, documents: Documents, must: bool) -> None:
        text = self._text(file, documents)
        if text is None or (not must and (not re.search(_WORKLOADS, text) or re.search(_OBJECT, text))):
            return
        parsed = documents.parsed(file)
        if isinstance(parsed, Unreadable):
            self.unreadable.append(parsed._replace(kinds=CapacityPlan.kinds))
            return
        for document in parsed:
            self._plan(document)
        if not parsed:
            self.problems.append(Problem(f"{file.path} is named as the capacity plan and is empty", file.at))

    def _plan(self, document: Document) -> None:
        at = document.at
        if not isinstance(document.value, dict):
            message = (
                f"{document.path} is {spelled_raw(document.value)} where a mapping with workloads is expected"
            )
            self.problems.append(Problem(message, at, "write the plan as readiness init does"))
            return
        self.placeholders.extend(_placeholders(document.value, at))
        body = dict(document.value)
        listed = body.pop("workloads", None)
        values, problems = fields_of(body, at, PLAN_FIELDS, "the plan")
        self.problems.extend(problems)
        file = PlanFile(at, values, tuple(problems), markdown=False)
        self.files.append(file)
        if not isinstance(listed, list):
            message = f"workloads of {document.path} is {spelled_raw(listed)} where a list is expected"
            self.problems.append(Problem(message, at.at("workloads"), "list the workloads of the plan"))
            return
        for index, item in enumerate(listed):
            self._entry(item, at.at("workloads", index), file)

    def _entry(self, body: Any, at: Location, file: PlanFile) -> None:
        if not isinstance(body, dict):
            message = f"a workload of the plan is {spelled_raw(body)} where a mapping is expected"
            self.problems.append(Problem(message, at, "write it as name, demand, unit and headroom"))
            return
        name = body.get("name")
        if not isinstance(name, str) or not name:
            message = f"a workload of the plan has no name: {spelled_raw(name)}"
            self.problems.append(Problem(message, at, "add the name that the workload has in the manifests"))
            return
        values, problems = fields_of(body, at, WORKLOAD_FIELDS, name)
        problems = [problem._replace(workload=name) for problem in problems]
        self.entries.append(PlanEntry(name, file, at, values, tuple(problems)))

    def _markdown(self, file: File, documents: Documents, must: bool) -> None:
        found = self._text(file, documents)
        if found is None:
            return
        text = found.decode("utf-8", "replace")
        rows = capacity_table.rows(text, file.at)
        if rows is None and not must:
            return
        values, problems = capacity_table.page_fields(text, file.at)
        page = PlanFile(file.at, values, tuple(problems), markdown=True)
        self.problems.extend(problems)
        self.files.append(page)
        if rows is None:
            message = (
                f"{file.path} has no table with workload, peak, unit capacity and headroom in its header"
            )
            fix = "add the table, or write the plan as capacity.yaml: readiness init makes one"
            self.problems.append(Problem(message, file.at, fix, unclear=True))
            return
        for row in rows:
            self.entries.append(PlanEntry(row.name or "?", page, row.at, row.values, row.problems))
