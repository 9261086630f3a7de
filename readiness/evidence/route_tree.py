"""Routes that no alert can take, whatever its labels: seen from the tree alone.

A route is out of reach where its matchers and those above it exclude each other, and where an earlier one
beside it takes everything that it would take and does not say `continue`. What lies below such a route is not
told again. Siblings are found by the values that they ask for, so that a long list of them is not compared
each with each.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, NamedTuple, Self

from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.alertmanager import Receiver, Route, TimeInterval
from readiness.evidence.conditions import Conditions, Contradiction
from readiness.evidence.routing import Routing


class Contradicted(NamedTuple):
    """A route with two matchers on its way that no value fulfils together."""

    route: Route
    by: Contradiction
    above: Route | None  # where the first of the two stands; None for the route itself


class Shadowed(NamedTuple):
    """A route whose alerts an earlier one takes, all of them."""

    route: Route
    by: Route


class RouteTree:
    """A tree of routes, and what is never used in it."""

    kinds: ClassVar[frozenset[str]] = AlertRule.kinds | Routing.kinds

    def __init__(self, routing: Routing) -> None:
        self.routing = routing
        self.contradicted: list[Contradicted] = []
        self.shadowed: list[Shadowed] = []
        self.open: list[tuple[Route, Conditions]] = []  # routes that some alert may take, the root left out
        self._below(routing.config.root, Conditions(()), ())

    @classmethod
    def collect(cls, routing: Routing) -> Self:
        return cls(routing)

    def __len__(self) -> int:
        return len(self.open) + len(self.contradicted) + len(self.shadowed)

    @property
    def unused_receivers(self) -> tuple[Receiver, ...]:
        config = self.routing.config
        used = {route.receiver for route in config.root}
        return tuple(one for name, one in config.receivers.items() if name not in used)

    @property
    def unused_intervals(self) -> tuple[TimeInterval, ...]:
        config = self.routing.config
        used = {name for route in config.root for name in (*route.timing.mute, *route.timing.active)}
        return tuple(one for name, one in config.time_intervals.items() if name not in used)

    def _below(self, node: Route, asked: Conditions, way: tuple[Route, ...]) -> None:
        takers = _Takers()
        for child in node.children:
            conditions = Conditions((*asked, *child.matchers))
            contradiction = conditions.contradiction
            if contradiction is not None:
                self.contradicted.append(Contradicted(child, *_ordered(contradiction, way)))
                continue
            taker = takers.of(conditions)
            if taker is not None:
                self.shadowed.append(Shadowed(child, taker))
                continue
            self.open.append((child, conditions))
            self._below(child, conditions, (*way, child))
            if not child.continues:
                takers.add(child)


class _Takers:
    """Earlier siblings that end the search, by one value that each asks for."""

    def __init__(self) -> None:
        self._by_value: dict[tuple[str, str], list[Route]] = {}
        self._others: list[Route] = []

    def add(self, route: Route) -> None:
        pair = next(((one.name, one.value) for one in route.matchers if one.operator == "="), None)
        if pair is None or not pair[1]:
            self._others.append(route)
        else:
            self._by_value.setdefault(pair, []).append(route)

    def of(self, conditions: Conditions) -> Route | None:
        for route in self._candidates(conditions):
            if conditions.imply_all(route.matchers):
                return route
        return None

    def _candidates(self, conditions: Conditions) -> Iterator[Route]:
        yield from self._others
        for pair in conditions.pairs():
            yield from self._by_value.get(pair, ())


def _ordered(found: Contradiction, way: tuple[Route, ...]) -> tuple[Contradiction, Route | None]:
    """The matcher that stands above first, and the route that it stands at."""
    for first, second in ((found.first, found.second), (found.second, found.first)):
        above = next((one for one in way if first in one.matchers), None)
        if above is not None:
            return Contradiction(first, second), above
    return found, None


def spelled(routes: Iterable[Route]) -> str:
    """What the routes from the root to one ask for, as its name in a message."""
    asked: Mapping[str, None] = dict.fromkeys(str(one) for route in routes for one in route.matchers)
    return ", ".join(asked) or "everything"
