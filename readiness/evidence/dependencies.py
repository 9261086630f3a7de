"""What a service depends on, and what each dependency promises, in a file that people keep.

Looks for `dependencies.yaml` beside the objectives (folders `slo`, `slos`), with `dependencies:` and
`reviewed:`:

    reviewed: 2026-10-20
    dependencies:
      - {name: orders-db, target: 99.95%, source: "service description of the database platform, 2026-01"}
      - {name: rabbitmq, target: 99.9%, hard: false, fallback: "the outbox keeps paid orders for a day"}
      - {name: payments, target: 99.9%, redundant: 2}

`hard` is true where it is left out; `redundant` is the number of independent ones of which one has to work.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from typing import Any, ClassVar, NamedTuple, Self

from readiness.arithmetic.burn_rate import redundant
from readiness.evidence.documents import Document, Documents
from readiness.evidence.objective import number
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

PATTERNS = (
    "slo/dependencies.yaml", "slos/dependencies.yaml",
    "**/slo/dependencies.yaml", "**/slos/dependencies.yaml",
)  # fmt: skip


class Dependency(NamedTuple):
    """One thing that has to work; `target` is None where nobody says what it promises."""

    name: str
    target: Fraction | None
    hard: bool
    fallback: str
    copies: int
    source: str
    at: Location

    @property
    def subject(self) -> Subject:
        return Subject("Dependency", "", self.name)

    @property
    def promised(self) -> Fraction | None:
        """What all copies of it promise together."""
        return redundant((self.target,) * self.copies) if self.target is not None else None


class Dependencies:
    """All dependencies of the service."""

    kinds: ClassVar[frozenset[str]] = frozenset({"dependencies"})
    looked_for: ClassVar[str] = "slo/dependencies.yaml"

    def __init__(
        self, found: Iterable[Dependency], wrong: tuple[Unreadable, ...] = (), reviewed: date | None = None,
        at: Location | None = None,
    ) -> None:  # fmt: skip
        self.found = tuple(found)
        self.wrong = wrong
        self.reviewed = reviewed
        self.at = at

    @classmethod
    def collect(cls, documents: Documents) -> Self:
        found: list[Dependency] = []
        wrong: list[Unreadable] = []
        reviewed: date | None = None
        at: Location | None = None
        for document in documents.documents(documents.named(*PATTERNS)):
            if isinstance(document, Unreadable):
                wrong.append(document)
                continue
            if not isinstance(document.value, dict) or "dependencies" not in document.value:
                continue
            at = document.at
            reviewed = _date(document.value.get("reviewed"))
            for one in _entries(document):
                if isinstance(one, Unreadable):
                    wrong.append(one)
                else:
                    found.append(one)
        return cls(found, tuple(wrong), reviewed, at)


def _entries(document: Document) -> Iterator[Dependency | Unreadable]:
    listed = document.value["dependencies"]
    for index, raw in enumerate(listed if isinstance(listed, list) else ()):
        at = document.at.at("dependencies", index)
        name = raw.get("name") if isinstance(raw, dict) else None
        if not isinstance(raw, dict) or not isinstance(name, str) or not name:
            yield Unreadable(at, "a dependency without a name", Dependencies.kinds, "write name and target")
            continue
        target = raw.get("target")
        value = number(target)
        if target is not None and (value is None or not 0 < value <= 100):
            yield Unreadable(
                at.at("target"), f"{name} has target {target!r}; a percentage such as 99.95% is expected",
                Dependencies.kinds, "write the percentage that it promises",
            )  # fmt: skip
            continue
        copies = raw.get("redundant", 1)
        yield Dependency(
            name, value / 100 if value is not None else None, raw.get("hard") is not False,
            str(raw.get("fallback") or ""), copies if type(copies) is int and copies > 0 else 1,
            str(raw.get("source") or ""), at,
        )  # fmt: skip


def _date(raw: Any) -> date | None:
    try:
        return date.fromisoformat(str(raw))
    except ValueError:
        return None
