"""An Alertmanager configuration: its tree of routes, receivers and inhibitions, and where an alert goes.

Pure: it is given what a loader has read, from an `alertmanager.yml`, from the key `alertmanager.yaml` of a
Secret or from a chart's values, and does not care which.
Knows: the format of Alertmanager 0.16 to 0.28, `match`/`match_re` and `matchers`, `mute_time_intervals` and
`time_intervals`. An integration of a kind that came later is taken as one.
Ignores: templates, and whether an address answers.

Source:
    Prometheus documentation, "Alerting", "Configuration"; prometheus/alertmanager, dispatch/route.go
    (Route.Match) and config/config.go.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final, NamedTuple

from readiness.arithmetic.durations import prometheus_duration
from readiness.errors import Unknown
from readiness.evidence.matchers import DYNAMIC, Dynamic, LabelValue, Matcher, parse_matchers
from readiness.evidence.receivers import Integration, Placeholder, Receiver, integration_of
from readiness.evidence.shapes import items, mapping, text, texts, wrong
from readiness.evidence.time_intervals import TimeInterval, interval
from readiness.outcome import Location

__all__ = [
    "DEEPEST",
    "DYNAMIC",
    "AlertmanagerConfig",
    "Dynamic",
    "InhibitRule",
    "Integration",
    "LabelValue",
    "Placeholder",
    "Problem",
    "Reached",
    "Reader",
    "Receiver",
    "Route",
    "TimeInterval",
    "Timing",
]

DEEPEST: Final = 100  # routes from the root to an end; people write four
_TIMERS = ("group_wait", "group_interval", "repeat_interval")
_FIELDS_OF_A_ROUTE = frozenset(
    {*_TIMERS, "receiver", "group_by", "match", "match_re", "matchers", "continue", "routes",
     "mute_time_intervals", "active_time_intervals"}
)  # fmt: skip


class Problem(NamedTuple):
    """Something for which Alertmanager refuses the whole configuration, though its shape is right."""

    why: str
    at: Location


class Timing(NamedTuple):
    """When and in which bundles a route sends, defaults and inherited values filled in.

    `mute` and `active` name time intervals; these two are not inherited.
    """

    group_by: tuple[str, ...] = ()  # ("...",) for all labels
    group_wait: timedelta = timedelta(seconds=30)
    group_interval: timedelta = timedelta(minutes=5)
    repeat_interval: timedelta = timedelta(hours=4)
    mute: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    set_at: tuple[tuple[str, Location], ...] = ()  # (field, where it is set), for those that are

    def at(self, field: str) -> Location | None:
        """Where `field` (its name in YAML) is set; None where the default holds."""
        return dict(self.set_at).get(field)


class Route:
    """A node of the tree. Made once, walked often: so it is a small class, not a tuple of tuples."""

    __slots__ = ("at", "children", "continues", "matchers", "path", "receiver", "timing")

    def __init__(
        self,
        receiver: str,
        matchers: tuple[Matcher, ...],
        continues: bool,
        timing: Timing,
        path: tuple[Location, ...],
    ) -> None:
        self.receiver = receiver  # inherited where left out
        self.matchers = matchers
        self.continues = continues
        self.timing = timing
        self.path = path  # from the root to this node
        self.at = path[-1]
        self.children: tuple[Route, ...] = ()

    def __repr__(self) -> str:
        return f"Route({', '.join(map(str, self.matchers)) or 'everything'} -> {self.receiver})"

    def __iter__(self) -> Iterator["Route"]:
        """This node and all below it, in the order in which they stand."""
        yield self
        for child in self.children:
            yield from child

    def matches(self, labels: Mapping[str, LabelValue]) -> bool | None:
        """Whether all matchers hold; None where that depends on a label that is not known yet."""
        certain = True
        for matcher in self.matchers:
            value = labels.get(matcher.name, "")
            found = matcher.matches(value) if isinstance(value, str) else matcher.may_match(value)
            if found is False:
                return False
            if found is None:
                certain = False
        return True if certain else None


class Reached(NamedTuple):
    """One place where a walk ends. `certain` is False where a label that is not known yet decides."""

    receiver: str
    route: Route
    certain: bool

    @property
    def at(self) -> Location:
        return self.route.at

    @property
    def path(self) -> tuple[Location, ...]:
        return self.route.path

    @property
    def timing(self) -> Timing:
        return self.route.timing


class InhibitRule(NamedTuple):
    """While an alert that fulfils `sources` fires, those that fulfil `targets` are silent."""

    sources: tuple[Matcher, ...]
    targets: tuple[Matcher, ...]
    equal: tuple[str, ...]
    at: Location


class AlertmanagerConfig:
    """One configuration, read and prepared for walks."""

    __slots__ = ("_above", "at", "inhibit_rules", "problems", "receivers", "root", "time_intervals")

    def __init__(
        self,
        root: Route,
        receivers: Mapping[str, Receiver],
        inhibit_rules: tuple[InhibitRule, ...],
        time_intervals: Mapping[str, TimeInterval],
        problems: tuple[Problem, ...],
        at: Location,
    ) -> None:
        self.root = root
        self.receivers = receivers
        self.inhibit_rules = inhibit_rules
        self.time_intervals = time_intervals
        self.problems = problems
        self.at = at
        self._above: dict[int, Route] | None = None

    def way_to(self, route: Route) -> tuple[Route, ...]:
        """The nodes from the root to `route`, both included."""
        if self._above is None:
            self._above = {id(child): node for node in self.root for child in node.children}
        way = [route]
        while id(way[-1]) in self._above:
            way.append(self._above[id(way[-1])])
        return tuple(reversed(way))

    @classmethod
    def of(cls, data: object, at: Location) -> "AlertmanagerConfig":
        """The configuration that `data`, as loaded from YAML, says; `at` is the place of its top.

        Raises:
            Unknown: a value is of a wrong type or can't be read, so that no walk can be trusted.
        """
        return Reader().config(data, at)

    def walk(self, labels: Mapping[str, LabelValue]) -> tuple[Reached, ...]:
        """Every place that an alert with `labels` ends at, in Alertmanager's order, duplicates kept.

        The root takes everything. Children are tried in order; the first that matches ends the search
        unless it says `continue`; a node with no matching child is an end itself. A label that is
        `DYNAMIC` may have any value or be missing: what it may reach is listed too, not as certain.
        """
        ends: list[Reached] = []
        _walk(self.root, labels, True, ends)
        return tuple(ends)

    def receivers_reached(self, labels: Mapping[str, LabelValue]) -> tuple[str, ...]:
        """The names that `amtool config routes test` prints for `labels`."""
        return tuple(end.receiver for end in self.walk(labels))

    def amtool_line(self, labels: Mapping[str, LabelValue]) -> str:
        """The command that walks the same way; a label that is not known yet stands as NAME=VALUE."""
        import shlex

        file = self.at.file if not self.at.keys else "alertmanager.yaml"
        words = ["amtool", "config", "routes", "test", f"--config.file={file}"]
        for name, value in sorted(labels.items()):
            words.append(f"{name}={_spelled(value) if isinstance(value, str) else 'VALUE'}")
        return shlex.join(words)


def _spelled(value: str) -> str:
    """`value` as amtool reads it: in double quotes where it has a character that means something."""
    if re.fullmatch(r"[\w./:@%+-]+(?: [\w./:@%+-]+)*", value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _walk(route: Route, labels: Mapping[str, LabelValue], certain: bool, ends: list[Reached]) -> None:
    """Adds the ends below `route`, which is known to match (or may, when not `certain`)."""
    reached = certain  # whether the search certainly comes to the next child
    taken: bool | None = False  # whether a child takes the alert; None: perhaps
    for child in route.children:
        found = child.matches(labels)
        if found is False:
            continue
        below = labels if found else _assumed(child, labels)
        _walk(child, below, reached and found is True, ends)
        if found:
            taken = True
            if not child.continues:
                break
        else:
            taken = taken or None
            if not child.continues:
                reached = False
    if not taken:
        ends.append(Reached(route.receiver, route, certain and taken is False))


def _assumed(route: Route, labels: Mapping[str, LabelValue]) -> Mapping[str, LabelValue]:
    """`labels` as they are where `route`, which may match, does: with the values that it demands."""
    demanded = {
        matcher.name: matcher.only_value
        for matcher in route.matchers
        if matcher.only_value is not None and labels.get(matcher.name, "") is DYNAMIC
    }
    return {**labels, **demanded}


class Reader:
    """Reads the loaded YAML, and gathers what Alertmanager would refuse though its shape is right."""

    FIELDS: ClassVar[Mapping[str, str]] = {}  # fields that another format spells in its own way

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def spelled(self, field: str) -> str:
        return self.FIELDS.get(field, field)

    def named(self, name: str) -> str:
        """A receiver or time interval as the finished configuration calls it."""
        return name

    def config(self, data: object, at: Location) -> AlertmanagerConfig:
        top = mapping(data, at, "an Alertmanager configuration")
        defaults = mapping(top.get("global"), at.at("global"), "`global`")
        receivers = self.receivers(top.get("receivers"), defaults, at)
        intervals = self.time_intervals(top, at)
        if top.get("route") is None:
            raise wrong("the configuration has no `route`", "a root route with a receiver", at)
        root = self.route(top["route"], at.at("route"), None)
        self.check_root(root, top["route"])
        self.check_names(root, receivers, intervals)
        rules = tuple(self.inhibit_rule(raw, place) for raw, place in items(top, "inhibit_rules", at))
        return AlertmanagerConfig(root, receivers, rules, intervals, tuple(self.problems), at)

    def problem(self, why: str, at: Location) -> None:
        self.problems.append(Problem(why, at))

    def route(self, data: object, at: Location, parent: Route | None) -> Route:
        raw = mapping(data, at, "a route")
        known = {self.spelled(field) for field in _FIELDS_OF_A_ROUTE}
        for key in (key for key in raw if key not in known):
            self.problem(f"a route has no field {key!r}", at.at(key))
        receiver = self.named(text(raw, "receiver", at)) or (parent.receiver if parent else "")
        path = (*parent.path, at) if parent else (at,)
        if len(path) > DEEPEST:
            raise Unknown(f"routes lie in each other more than {DEEPEST} deep", at, "make the tree flatter")
        continues = raw.get("continue")
        if not isinstance(continues, bool | None):
            raise wrong(f"`continue` is {continues!r}", "true or false, without quotes", at.at("continue"))
        timing = self.timing(raw, at, parent.timing if parent else Timing())
        route = Route(receiver, self.matchers(raw, at), bool(continues), timing, path)
        route.children = tuple(self.route(child, place, route) for child, place in items(raw, "routes", at))
        return route

    def timing(self, raw: Mapping[str, Any], at: Location, above: Timing) -> Timing:
        set_here = {
            field: at.at(self.spelled(field))
            for field in (*_TIMERS, "group_by", "mute_time_intervals", "active_time_intervals")
            if raw.get(self.spelled(field)) is not None
        }
        inherited = {field: place for field, place in above.set_at if not field.endswith("_time_intervals")}
        timers = {
            field: self.timer(raw[self.spelled(field)], self.spelled(field), place)
            for field, place in set_here.items()
            if field in _TIMERS
        }
        by = self.spelled("group_by")
        group_by = texts(raw, by, at) if "group_by" in set_here else above.group_by
        if len(set(group_by)) < len(group_by) or ("..." in group_by and len(group_by) > 1):
            self.problem(f"`{by}` names a label twice, or `...` beside others", at.at(by))
        return above._replace(
            **timers,
            group_by=group_by,
            mute=tuple(map(self.named, texts(raw, self.spelled("mute_time_intervals"), at))),
            active=tuple(map(self.named, texts(raw, self.spelled("active_time_intervals"), at))),
            set_at=tuple({**inherited, **set_here}.items()),
        )

    def timer(self, raw: object, field: str, at: Location) -> timedelta:
        try:
            found = prometheus_duration("0" if raw == 0 and not isinstance(raw, bool) else str(raw))
        except ValueError as error:
            raise Unknown(f"`{field}`: {error}", at) from error
        if not found and field not in ("group_wait", "groupWait"):
            self.problem(f"`{field}` is zero", at)
        return found

    def matchers(self, raw: Mapping[str, Any], at: Location, prefix: str = "") -> tuple[Matcher, ...]:
        """The matchers of a route or of one side (`source_`, `target_`) of an inhibition."""
        old = (
            _matcher(name, "=", value, at.at(f"{prefix}match", name))
            for name, value in mapping(raw.get(f"{prefix}match"), at.at(f"{prefix}match"), "`match`").items()
        )
        old_patterns = (
            _matcher(name, "=~", value, at.at(f"{prefix}match_re", name))
            for name, value in mapping(
                raw.get(f"{prefix}match_re"), at.at(f"{prefix}match_re"), "`match_re`"
            ).items()
        )
        listed: list[Matcher] = []
        for line, place in items(raw, f"{prefix}matchers", at):
            if not isinstance(line, str):
                raise wrong(f"the matcher is {line!r}", 'a text such as severity="page"', place)
            try:
                listed.extend(parse_matchers(line))
            except ValueError as error:
                raise Unknown(f"the matcher can't be read: {error}", place) from error
        return (*old, *old_patterns, *listed)

    def inhibit_rule(self, data: object, at: Location) -> InhibitRule:
        raw = mapping(data, at, "an inhibition")
        sides = (self.matchers(raw, at, "source_"), self.matchers(raw, at, "target_"))
        return InhibitRule(*sides, texts(raw, "equal", at), at)

    def receivers(self, data: object, defaults: Mapping[str, Any], at: Location) -> dict[str, Receiver]:
        receivers: dict[str, Receiver] = {}
        for raw, place in items({"receivers": data}, "receivers", at):
            receiver = self.receiver(mapping(raw, place, "a receiver"), place, defaults, at.at("global"))
            if receiver.name in receivers:
                self.problem(f"a second receiver is called {receiver.name!r}", place)
            receivers.setdefault(receiver.name, receiver)
        return receivers

    def receiver(
        self, raw: Mapping[str, Any], at: Location, defaults: Mapping[str, Any], defaults_at: Location
    ) -> Receiver:
        name = text(raw, "name", at)
        if not name:
            self.problem("the receiver has no name", at)
        for key in raw:
            if key != "name" and not str(key).endswith("_configs"):
                self.problem(f"a receiver has no field {key!r}", at.at(key))
        integrations = tuple(
            integration_of(key.removesuffix("_configs"), mapping(data, place, f"an entry of `{key}`"), place,
                         defaults, defaults_at)
            for key in raw
            if isinstance(key, str) and key.endswith("_configs")
            for data, place in items(raw, key, at)
        )  # fmt: skip
        return Receiver(name, at, integrations)

    def time_intervals(self, top: Mapping[str, Any], at: Location) -> dict[str, TimeInterval]:
        intervals: dict[str, TimeInterval] = {}
        for key in ("mute_time_intervals", "time_intervals"):
            for data, place in items(top, key, at):
                raw = mapping(data, place, "a time interval")
                name = text(raw, "name", place)
                if name in intervals:
                    self.problem(f"a second time interval is called {name!r}", place)
                specs = [
                    (mapping(spec, at_, "a time"), at_) for spec, at_ in items(raw, "time_intervals", place)
                ]
                intervals.setdefault(name, interval(name, place, specs))
        return intervals

    def check_root(self, root: Route, data: object) -> None:
        if not root.receiver:
            self.problem("the root route has no receiver", root.at)
        if root.matchers:
            self.problem("the root route has matchers, though it takes what nothing else took", root.at)
        if root.timing.mute or root.timing.active:
            self.problem("the root route has time intervals", root.at)
        if isinstance(data, dict) and data.get("continue"):
            self.problem("the root route says `continue`", root.at.at("continue"))

    def check_names(
        self, root: Route, receivers: Mapping[str, Receiver], intervals: Mapping[str, TimeInterval]
    ) -> None:
        for route in root:
            if route.receiver and route.receiver not in receivers:
                self.problem(f"no receiver is called {route.receiver!r}", route.at)
            for name in (*route.timing.mute, *route.timing.active):
                if name not in intervals:
                    self.problem(f"no time interval is called {name!r}", route.at)


def _matcher(name: object, operator: Any, raw: object, at: Location) -> Matcher:
    """A matcher in the old form. A bare true or false stands for its text; YAML has no other left."""
    if not isinstance(name, str) or not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name):
        raise wrong(f"the label is {name!r}", "a label name such as severity", at)
    if raw is None and operator == "=":
        raw = ""
    if isinstance(raw, bool):
        raw = str(raw).lower()
    if not isinstance(raw, str | int | float):
        raise wrong(f"the value of {name} is {raw!r}", "a text", at)
    try:
        return Matcher(name, operator, str(raw))
    except ValueError as error:
        raise Unknown(f"the regular expression of {name} can't be read: {error}", at) from error
