"""The register of a team's toil: what is done by hand, how often, and for how long.

Looks in what the checklist names as `toil`, else for `toil.yaml`: `team-hours-per-week` and `tasks`, each
with `task`, `per-week` (how often), `minutes`, `owner` and `plan` (how it ends, or why it stays).
"""

from fractions import Fraction
from typing import Any, ClassVar, NamedTuple, Self

from readiness.evidence.context import Named
from readiness.evidence.documents import Documents, File
from readiness.evidence.named import files_of
from readiness.evidence.shapes import items, mapping, text, wrong
from readiness.known import Unreadable
from readiness.outcome import Location


class Task(NamedTuple):
    """One thing that is done by hand again and again."""

    name: str
    per_week: Fraction
    minutes: Fraction
    owner: str
    plan: str
    at: Location

    @property
    def hours_per_week(self) -> Fraction:
        return self.per_week * self.minutes / 60


class Toil:
    """The tasks of all registers in evidence, and the hours that the team has."""

    kinds: ClassVar[frozenset[str]] = frozenset({"toil"})
    looked_for: ClassVar[str] = "a register of toil (evidence.toil, toil.yaml)"

    def __init__(
        self,
        tasks: tuple[Task, ...],
        hours_per_week: Fraction | None,
        at: Location | None,
        unreadable: tuple[Unreadable, ...] = (),
    ) -> None:
        self.tasks = tasks
        self.hours_per_week = hours_per_week
        self.at = at  # None: there is no register
        self.unreadable = unreadable

    @classmethod
    def collect(cls, named: Named, documents: Documents) -> Self:
        """Raises Unknown where a register has another form."""
        refs = named.of("toil")
        files: list[File] = []
        unreadable: list[Unreadable] = []
        for file in files_of(refs, documents, "toil") if refs else documents.named("toil.yaml", "toil.yml"):
            if isinstance(file, Unreadable):
                unreadable.append(file)
            else:
                files.append(file)
        tasks: list[Task] = []
        hours: Fraction | None = None
        at: Location | None = None
        for document in documents.documents(tuple(files)):
            if isinstance(document, Unreadable):
                unreadable.append(document._replace(kinds=cls.kinds))
                continue
            register = mapping(document.value, document.at, "the register")
            at = at or document.at
            given = _number(register, "team-hours-per-week", document.at)
            hours = given if hours is None else hours
            for raw, place in items(register, "tasks", document.at):
                tasks.append(_task(mapping(raw, place, "an entry of `tasks`"), place))
        return cls(tuple(tasks), hours, at, tuple(unreadable))


def _task(raw: Any, at: Location) -> Task:
    per_week, minutes = _number(raw, "per-week", at), _number(raw, "minutes", at)
    if per_week is None or minutes is None:
        field = "per-week" if per_week is None else "minutes"
        raise wrong(f"a task has no `{field}`", "how often a week, and how many minutes each time", at)
    return Task(text(raw, "task", at), per_week, minutes, text(raw, "owner", at), text(raw, "plan", at), at)


def _number(raw: Any, key: str, at: Location) -> Fraction | None:
    value = raw.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
        raise wrong(f"`{key}` is no such number", "a number of 0 or more", at.at(key))
    return Fraction(str(value))
