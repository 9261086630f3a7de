"""How complete a set of evidence is, so that absence is never taken for proof."""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

from readiness.errors import Unknown
from readiness.outcome import Location, Subject

T = TypeVar("T")


class Unreadable(NamedTuple):
    """One file or object that could not be read, in the place of the evidence it could have held.

    `kinds` are the kinds of evidence it could have held, in the words of the evidence types' `kinds`
    (Kubernetes kinds, `rules`, `routing`, …); empty means any.
    """

    at: Location
    why: str
    kinds: frozenset[str] = frozenset()
    fix: str = ""

    @property
    def subject(self) -> Subject:
        return Subject("File", "", self.at.file)

    def could_hold(self, kinds: frozenset[str]) -> bool:
        return not self.kinds or not kinds or bool(self.kinds & kinds)


class Known(Generic[T]):
    """The evidence of one type in a scope, and whether it is all there is.

    `complete` is False where something that could hold more of it was not read; `why` says what.
    """

    __slots__ = ("complete", "items", "why")

    def __init__(self, items: tuple[T, ...], complete: bool = True, why: str = "") -> None:
        self.items = items
        self.complete = complete
        self.why = why

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def none_of(self, wanted: Callable[[T], bool]) -> bool:
        """True when none is `wanted`.

        Raises:
            Unknown: none is, but the set is not complete, so that one may have been missed.
        """
        if any(wanted(item) for item in self.items):
            return False
        if not self.complete:
            raise Unknown(self.why)
        return True

    def of(self, wanted: Callable[[T], bool]) -> tuple[T, ...]:
        """Those that are `wanted`; raises Unknown when there are none and the set is not complete."""
        found = tuple(item for item in self.items if wanted(item))
        if not found and not self.complete:
            raise Unknown(self.why)
        return found


class ByEnvironment(Generic[T]):
    """One piece of evidence for each environment, for checks that compare them."""

    __slots__ = ("by_name",)

    def __init__(self, by_name: Mapping[str, T]) -> None:
        self.by_name = dict(by_name)

    def items(self) -> Iterator[tuple[str, T]]:
        return iter(self.by_name.items())

    def __getitem__(self, environment: str) -> T:
        return self.by_name[environment]

    def __len__(self) -> int:
        return len(self.by_name)
