"""Evidence on demand: each type at most once per scope, only when a check asks.

A scope is an environment, for types that have `Environment` in the closure of their loader's
parameters, or the whole run. What a loader could not read travels with everything made from it: a
type inherits the `Unreadable`s of the types that it is made of, as far as they could have held it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, NamedTuple

from readiness.errors import BrokenCheck, NotApplicable, Unknown
from readiness.known import ByEnvironment, Known, Unreadable
from readiness.outcome import STRENGTHS, Cause, Location, Strength
from readiness.signature import Need, is_several, loader_needs, scoped_by_environment

ANY: frozenset[str] = frozenset()


class Collected(NamedTuple):
    """All of one evidence type in one scope."""

    items: tuple[Any, ...]
    unreadable: tuple[Unreadable, ...] = ()
    failed: Unknown | NotApplicable | None = None  # a whole source that can't be read

    @property
    def why(self) -> str:
        """Why it is not complete; empty when it is."""
        if self.failed is not None:
            return str(self.failed)
        if not self.unreadable:
            return ""
        first = self.unreadable[0]
        more = f" and {len(self.unreadable) - 1} more" if len(self.unreadable) > 1 else ""
        return f"{first.at.file} could not be read{more}: {first.why}"


class Collector:
    """Gives checks and loaders their evidence.

    Args:
        given: instances of the `given` types that hold for the whole run, by type.
        environments: instances of the types that hold for one environment, by environment and type.
    """

    def __init__(self, given: Mapping[type, Any], environments: Mapping[str, Mapping[type, Any]]) -> None:
        self._given = dict(given)
        self._environments = {name: dict(types) for name, types in environments.items()}
        self._known: dict[tuple[type, str], Collected] = {}
        self._crashed: dict[tuple[type, str], tuple[BaseException, TracebackType | None]] = {}
        self._collecting: list[type] = []
        self.loads: dict[str, int] = {}  # how often each loader ran: for tests of "at most once"

    @property
    def environments(self) -> tuple[str, ...]:
        return tuple(self._environments)

    def collected(self, evidence: type, environment: str) -> Collected:
        """All evidence of a type in its scope; `environment` counts only for types that have one."""
        if not scoped_by_environment(evidence):
            environment = ""
        key = (evidence, environment)
        if key in self._crashed:
            crash, trace = self._crashed[key]
            raise crash.with_traceback(trace)
        if key not in self._known:
            try:
                self._known[key] = self._load(evidence, environment)
            except BaseException as crash:  # every check that asks gets it, and the loader runs once
                if not isinstance(crash, KeyboardInterrupt):
                    self._crashed[key] = crash, crash.__traceback__
                raise
        return self._known[key]

    def known(self, evidence: type) -> tuple[Any, ...]:
        """What is collected already of a type that has no environment; nothing is loaded."""
        found = self._known.get((evidence, ""))
        return found.items if found is not None else ()

    def argument(self, need: Need, environment: str) -> Any:
        """What a check or loader gets for one parameter that is not taken one by one.

        Raises:
            Unknown: the whole source can't be read.
            NotApplicable: its loader says that there is nothing to speak of.
        """
        if need.by_environment:
            plain = need._replace(by_environment=False)
            return ByEnvironment({name: self.argument(plain, name) for name in self._environments})
        found = self.collected(need.type, environment)
        if need.shape == "known":
            return Known(found.items, not found.why, found.why)
        if found.failed is not None:
            raise found.failed
        return found.items[0] if need.shape == "one" else found.items

    def doubts(self, need: Need, environment: str) -> tuple[Unreadable, ...]:
        """What could not be read and might have held evidence of a need; `Known` answers for itself."""
        if need.shape == "known":
            return ()
        if need.by_environment:
            plain = need._replace(by_environment=False)
            found = {one: None for name in self._environments for one in self.doubts(plain, name)}
            return tuple(found)
        return self.collected(need.type, environment).unreadable

    def strength(self, evidence: Iterable[type], environment: str) -> Strength:
        """The weakest of what these types say of themselves; `source` when none says."""
        found: list[Strength] = []
        for one in evidence:
            scope = environment if scoped_by_environment(one) else ""
            known = self._known.get((one, scope))
            if known is not None and known.items and not is_several(one):
                says = getattr(known.items[0], "strength", None)
                if says is not None and one.__name__ != "Documents":
                    found.append(says)
        return max(found, key=STRENGTHS.index) if found else "source"

    def _load(self, evidence: type, environment: str) -> Collected:
        if evidence in self._given or getattr(evidence, "given", False) is True:
            return self._give(evidence, environment)
        if evidence in self._collecting:
            chain = " → ".join(one.__name__ for one in [*self._collecting, evidence])
            raise BrokenCheck(f"evidence needs itself: {chain}")
        self._collecting.append(evidence)
        try:
            return self._run_loader(evidence, environment)
        finally:
            self._collecting.pop()

    def _run_loader(self, evidence: type, environment: str) -> Collected:
        arguments: dict[str, Any] = {}
        inherited: dict[Unreadable, None] = {}
        kinds: frozenset[str] = getattr(evidence, "kinds", ANY)
        for need in loader_needs(evidence):
            try:
                arguments[need.parameter] = self.argument(need, environment)
            except (Unknown, NotApplicable) as failed:
                return Collected((), (), failed)
            if need.by_environment:
                continue
            found = self.collected(need.type, environment)
            inherited.update((one, None) for one in found.unreadable if one.could_hold(kinds))
        self.loads[evidence.__name__] = self.loads.get(evidence.__name__, 0) + 1
        loader = evidence.collect  # type: ignore[attr-defined]
        try:
            made = loader(**arguments)
            if not is_several(evidence):
                own = getattr(made, "unreadable", ())
                return Collected((made,), _unique(inherited, own))
            items: list[Any] = []
            own_unreadable: list[Unreadable] = []
            for one in made:
                (own_unreadable if isinstance(one, Unreadable) else items).append(one)
        except (Unknown, NotApplicable) as failed:
            return Collected((), tuple(inherited), failed)
        return Collected(tuple(items), _unique(inherited, own_unreadable))

    def _give(self, evidence: type, environment: str) -> Collected:
        given = self._environments[environment] if scoped_by_environment(evidence) else self._given
        if evidence not in given:
            return Collected((), (), Unknown(f"no {evidence.__name__} is given in this run"))
        return Collected((given[evidence],))


def _unique(inherited: Iterable[Unreadable], own: Iterable[Unreadable]) -> tuple[Unreadable, ...]:
    return tuple(dict.fromkeys((*inherited, *own)))


def cause_of(unreadable: Unreadable) -> Cause:
    return _cause(unreadable.why, unreadable.at, unreadable.fix)


def cause_of_failure(failed: Unknown) -> Cause:
    at = failed.at if isinstance(failed.at, Location) else None
    return _cause(failed.why, at, failed.fix)


def _cause(why: str, at: Location | None, fix: str) -> Cause:
    place = (at.source, at.file) if at is not None else ("", "")
    text = "\x1f".join((*place, why))
    return Cause("c" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8], why, at, fix)
