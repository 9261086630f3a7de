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
from typing import Any, NamedTuple

from readiness.arithmetic.durations import prometheus_duration
from readiness.errors import Unknown
from readiness.evidence.matchers import DYNAMIC, Dynamic, LabelValue, Matcher, parse_matchers
from readiness.outcome import Location

__all__ = [
    "DYNAMIC",
    "AlertmanagerConfig",
    "Dynamic",
    "InhibitRule",
    "Integration",
    "LabelValue",
    "Placeholder",
    "Problem",
    "Reached",
    "Receiver",
    "Route",
    "TimeInterval",
    "Timing",
]

_MINUTES_OF_DAY = 24 * 60
_MINUTES_OF_WEEK = 7 * _MINUTES_OF_DAY
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_TIMERS = ("group_wait", "group_interval", "repeat_interval")

# Where a message goes and what opens the door, by kind of integration. Links inside a message
# (`client_url`, `title_link`, `actions`) are no addresses of it.
_ADDRESSES = {
    "discord": ("webhook_url",),
    "email": ("to", "from", "smarthost", "auth_username", "auth_password", "auth_secret"),
    "incidentio": ("url", "alert_source_token"),
    "jira": ("api_url",),
    "mattermost": ("webhook_url",),
    "msteams": ("webhook_url",),
    "msteamsv2": ("webhook_url",),
    "opsgenie": ("api_key", "api_url"),
    "pagerduty": ("routing_key", "service_key", "url"),
    "pushover": ("user_key", "token"),
    "rocketchat": ("api_url", "token", "token_id"),
    "slack": ("api_url", "app_token", "app_url"),
    "sns": ("api_url", "topic_arn", "target_arn", "phone_number"),
    "telegram": ("bot_token", "chat_id", "api_url"),
    "victorops": ("api_key", "api_url", "routing_key"),
    "webex": ("api_url", "room_id"),
    "webhook": ("url",),
    "wechat": ("api_secret", "corp_id", "api_url"),
}
_ADDRESSES_ELSEWHERE = ("api_key", "api_url", "token", "url", "webhook_url")
_HTTP_CREDENTIALS = (
    ("authorization", "credentials"), ("basic_auth", "username"), ("basic_auth", "password"),
    ("oauth2", "client_id"), ("oauth2", "client_secret"), ("oauth2", "token_url"),
)  # fmt: skip
# What an integration takes from `global` where it does not say it itself.
_FROM_GLOBAL = {
    "email": {
        "from": "smtp_from", "smarthost": "smtp_smarthost", "auth_username": "smtp_auth_username",
        "auth_password": "smtp_auth_password", "auth_secret": "smtp_auth_secret",
    },
    "jira": {"api_url": "jira_api_url"},
    "opsgenie": {"api_key": "opsgenie_api_key", "api_url": "opsgenie_api_url"},
    "pagerduty": {"url": "pagerduty_url"},
    "rocketchat": {
        "api_url": "rocketchat_api_url", "token": "rocketchat_token", "token_id": "rocketchat_token_id",
    },
    "slack": {"api_url": "slack_api_url"},
    "telegram": {"api_url": "telegram_api_url"},
    "victorops": {"api_key": "victorops_api_key", "api_url": "victorops_api_url"},
    "webex": {"api_url": "webex_api_url"},
    "wechat": {
        "api_secret": "wechat_api_secret", "corp_id": "wechat_api_corp_id", "api_url": "wechat_api_url",
    },
}  # fmt: skip
# Each is written by people who mean "put the real one here". `<secret>` is not: so Alertmanager's own API
# hides a real one. Nor is `${NAME}`: so a deployment step puts one in.
_PLACEHOLDERS = (
    (r"<(?!secret>)[^<>@]{1,60}>", "a placeholder in angle brackets"),
    (r"(?i)(?:^|[@/.])example\.(?:com|org|net)(?=$|[:/>\s,])", "a domain reserved for documentation"),
    (r"(?i)(?<![a-z])(?:change|replace)[-_ ]?(?:me|this)(?![a-z])", "a note to replace it"),
    (r"(?i)(?<![a-z])(?:todo|fixme|tbd|placeholder)(?![a-z])", "a note to fill it in"),
    (r"(?i)(?<![a-z])your[-_ ][a-z]", "a note to fill it in"),
    (r"(?i)(?<![a-z0-9])x{4,}(?![a-z0-9])", "crosses in place of a value"),
    (r"^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$", "the name of a variable in place of its value"),
    (r"/T0{4,}/B0{4,}/", "the documentation's sample of a Slack address"),
)  # fmt: skip


class Problem(NamedTuple):
    """Something for which Alertmanager refuses the whole configuration, though its shape is right."""

    why: str
    at: Location


class Placeholder(NamedTuple):
    """A field that has to hold an address or credential and holds a stand-in for one."""

    field: str
    why: str
    shown: str  # the stand-in itself, not the text around it, which may be a secret
    at: Location


class Integration(NamedTuple):
    """One way in which a receiver sends."""

    kind: str  # pagerduty, slack, webhook …
    at: Location
    placeholders: tuple[Placeholder, ...]


class Receiver(NamedTuple):
    """A named list of integrations; an empty one swallows what reaches it."""

    name: str
    at: Location
    integrations: tuple[Integration, ...]

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(integration.kind for integration in self.integrations)

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        return tuple(found for integration in self.integrations for found in integration.placeholders)


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


class TimeInterval(NamedTuple):
    """A named set of times. `minutes_of_week` are those that it covers in every week of every year."""

    name: str
    minutes_of_week: int
    at: Location

    @property
    def covers_every_week(self) -> bool:
        return self.minutes_of_week == _MINUTES_OF_WEEK


class AlertmanagerConfig:
    """One configuration, read and prepared for walks."""

    __slots__ = ("at", "inhibit_rules", "problems", "receivers", "root", "time_intervals")

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

    @classmethod
    def of(cls, data: object, at: Location) -> "AlertmanagerConfig":
        """The configuration that `data`, as loaded from YAML, says; `at` is the place of its top.

        Raises:
            Unknown: a value is of a wrong type or can't be read, so that no walk can be trusted.
        """
        return _Reader().config(data, at)

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


class _Reader:
    """Reads the loaded YAML, and gathers what Alertmanager would refuse though its shape is right."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def config(self, data: object, at: Location) -> AlertmanagerConfig:
        top = _mapping(data, at, "an Alertmanager configuration")
        defaults = _mapping(top.get("global"), at.at("global"), "`global`")
        receivers = self.receivers(top.get("receivers"), defaults, at)
        intervals = self.time_intervals(top, at)
        if top.get("route") is None:
            raise _wrong("the configuration has no `route`", "a root route with a receiver", at)
        root = self.route(top["route"], at.at("route"), None)
        self.check_root(root, top["route"])
        self.check_names(root, receivers, intervals)
        rules = tuple(self.inhibit_rule(raw, place) for raw, place in _items(top, "inhibit_rules", at))
        return AlertmanagerConfig(root, receivers, rules, intervals, tuple(self.problems), at)

    def problem(self, why: str, at: Location) -> None:
        self.problems.append(Problem(why, at))

    def route(self, data: object, at: Location, parent: Route | None) -> Route:
        raw = _mapping(data, at, "a route")
        receiver = _text(raw, "receiver", at) or (parent.receiver if parent else "")
        path = (*parent.path, at) if parent else (at,)
        continues = raw.get("continue")
        if not isinstance(continues, bool | None):
            raise _wrong(f"`continue` is {continues!r}", "true or false, without quotes", at.at("continue"))
        timing = self.timing(raw, at, parent.timing if parent else Timing())
        route = Route(receiver, self.matchers(raw, at), bool(continues), timing, path)
        route.children = tuple(self.route(child, place, route) for child, place in _items(raw, "routes", at))
        return route

    def timing(self, raw: Mapping[str, Any], at: Location, above: Timing) -> Timing:
        set_here = {
            field: at.at(field)
            for field in (*_TIMERS, "group_by", "mute_time_intervals", "active_time_intervals")
            if raw.get(field) is not None
        }
        inherited = {field: place for field, place in above.set_at if not field.endswith("_time_intervals")}
        timers = {
            field: self.timer(raw[field], field, place)
            for field, place in set_here.items()
            if field in _TIMERS
        }
        group_by = _texts(raw, "group_by", at) if "group_by" in set_here else above.group_by
        if len(set(group_by)) < len(group_by) or ("..." in group_by and len(group_by) > 1):
            self.problem("`group_by` names a label twice, or `...` beside others", at.at("group_by"))
        return above._replace(
            **timers,
            group_by=group_by,
            mute=_texts(raw, "mute_time_intervals", at),
            active=_texts(raw, "active_time_intervals", at),
            set_at=tuple({**inherited, **set_here}.items()),
        )

    def timer(self, raw: object, field: str, at: Location) -> timedelta:
        try:
            found = prometheus_duration("0" if raw == 0 and not isinstance(raw, bool) else str(raw))
        except ValueError as error:
            raise Unknown(f"`{field}`: {error}", at) from error
        if not found and field != "group_wait":
            self.problem(f"`{field}` is zero", at)
        return found

    def matchers(self, raw: Mapping[str, Any], at: Location, prefix: str = "") -> tuple[Matcher, ...]:
        """The matchers of a route or of one side (`source_`, `target_`) of an inhibition."""
        old = (
            _matcher(name, "=", value, at.at(f"{prefix}match", name))
            for name, value in _mapping(raw.get(f"{prefix}match"), at.at(f"{prefix}match"), "`match`").items()
        )
        old_patterns = (
            _matcher(name, "=~", value, at.at(f"{prefix}match_re", name))
            for name, value in _mapping(
                raw.get(f"{prefix}match_re"), at.at(f"{prefix}match_re"), "`match_re`"
            ).items()
        )
        listed: list[Matcher] = []
        for text, place in _items(raw, f"{prefix}matchers", at):
            if not isinstance(text, str):
                raise _wrong(f"the matcher is {text!r}", 'a text such as severity="page"', place)
            try:
                listed.extend(parse_matchers(text))
            except ValueError as error:
                raise Unknown(f"the matcher can't be read: {error}", place) from error
        return (*old, *old_patterns, *listed)

    def inhibit_rule(self, data: object, at: Location) -> InhibitRule:
        raw = _mapping(data, at, "an inhibition")
        sides = (self.matchers(raw, at, "source_"), self.matchers(raw, at, "target_"))
        return InhibitRule(*sides, _texts(raw, "equal", at), at)

    def receivers(self, data: object, defaults: Mapping[str, Any], at: Location) -> dict[str, Receiver]:
        receivers: dict[str, Receiver] = {}
        for raw, place in _items({"receivers": data}, "receivers", at):
            receiver = self.receiver(_mapping(raw, place, "a receiver"), place, defaults, at.at("global"))
            if receiver.name in receivers:
                self.problem(f"a second receiver is called {receiver.name!r}", place)
            receivers.setdefault(receiver.name, receiver)
        return receivers

    def receiver(
        self, raw: Mapping[str, Any], at: Location, defaults: Mapping[str, Any], defaults_at: Location
    ) -> Receiver:
        name = _text(raw, "name", at)
        if not name:
            self.problem("the receiver has no name", at)
        integrations = tuple(
            _integration(key.removesuffix("_configs"), _mapping(data, place, f"an entry of `{key}`"), place,
                         defaults, defaults_at)
            for key in raw
            if key.endswith("_configs")
            for data, place in _items(raw, key, at)
        )  # fmt: skip
        return Receiver(name, at, integrations)

    def time_intervals(self, top: Mapping[str, Any], at: Location) -> dict[str, TimeInterval]:
        intervals: dict[str, TimeInterval] = {}
        for key in ("mute_time_intervals", "time_intervals"):
            for data, place in _items(top, key, at):
                raw = _mapping(data, place, "a time interval")
                name = _text(raw, "name", place)
                if name in intervals:
                    self.problem(f"a second time interval is called {name!r}", place)
                specs = _items(raw, "time_intervals", place)
                covered = 0
                for spec, spec_at in specs:
                    covered |= _minutes(_mapping(spec, spec_at, "a time"), spec_at)
                intervals.setdefault(name, TimeInterval(name, covered.bit_count(), place))
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


def _integration(
    kind: str, raw: Mapping[str, Any], at: Location, defaults: Mapping[str, Any], defaults_at: Location
) -> Integration:
    found: list[Placeholder] = []
    from_global = _FROM_GLOBAL.get(kind, {})
    for field in _ADDRESSES.get(kind, _ADDRESSES_ELSEWHERE):
        value, place = raw.get(field), at.at(field)
        if value is None and f"{field}_file" not in raw and field in from_global:
            value, place = defaults.get(from_global[field]), defaults_at.at(from_global[field])
        if isinstance(value, str):
            found.extend(_placeholders(field, value, place))
    found.extend(_placeholders_of_http(raw, at))
    return Integration(kind, at, tuple(found))


def _placeholders(field: str, value: str, at: Location) -> Iterator[Placeholder]:
    """At most one: several marks in one value are one stand-in."""
    for pattern, why in _PLACEHOLDERS:
        found = re.search(pattern, value)
        if found is not None:
            yield Placeholder(field, why, found[0].strip("@/."), at)
            return


def _placeholders_of_http(raw: Mapping[str, Any], at: Location) -> Iterator[Placeholder]:
    http = raw.get("http_config")
    if not isinstance(http, dict):
        return
    for section, field in _HTTP_CREDENTIALS:
        inner = http.get(section)
        value = inner.get(field) if isinstance(inner, dict) else None
        if isinstance(value, str):
            yield from _placeholders(field, value, at.at("http_config", section, field))


def _minutes(spec: Mapping[str, Any], at: Location) -> int:
    """The minutes of a week that a time covers in every week, as bits; in UTC or its own location."""
    if any(spec.get(key) for key in ("days_of_month", "months", "years")):
        return 0
    day = 0
    for raw, place in _items(spec, "times", at):
        time = _mapping(raw, place, "a time of day")
        start, end = (_minute(time.get(key), place.at(key)) for key in ("start_time", "end_time"))
        if end <= start:
            raise _wrong(f"the time ends at minute {end}, before it starts", "an end after its start", place)
        day |= (1 << end) - (1 << start)
    if not spec.get("times"):
        day = (1 << _MINUTES_OF_DAY) - 1
    days: set[int] = set()
    for raw, place in _items(spec, "weekdays", at):
        days |= _weekdays(raw, place)
    whole = 0
    for number in days if spec.get("weekdays") else range(7):
        whole |= day << (number * _MINUTES_OF_DAY)
    return whole


def _minute(raw: object, at: Location) -> int:
    """Minutes since midnight. YAML 1.1 reads an unquoted 17:30 as a number to the base of sixty."""
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= _MINUTES_OF_DAY:
        return raw
    found = re.fullmatch(r"([01][0-9]|2[0-4]):([0-5][0-9])", raw) if isinstance(raw, str) else None
    minute = int(found[1]) * 60 + int(found[2]) if found else _MINUTES_OF_DAY + 1
    if minute > _MINUTES_OF_DAY:
        raise _wrong(f"the time is {raw!r}", "a time such as '17:30'", at)
    return minute


def _weekdays(raw: object, at: Location) -> set[int]:
    names = str(raw).strip().lower().split(":")
    if len(names) > 2 or not all(name in _DAYS for name in names):
        raise _wrong(f"the days are {raw!r}", "a day or a range such as monday:friday", at)
    first, last = _DAYS.index(names[0]), _DAYS.index(names[-1])
    if last < first:
        raise _wrong(
            f"the days are {raw!r}", "a range that starts before it ends; a week starts on sunday", at
        )
    return set(range(first, last + 1))


def _matcher(name: object, operator: Any, raw: object, at: Location) -> Matcher:
    """A matcher in the old form. A bare true or false stands for its text; YAML has no other left."""
    if not isinstance(name, str) or not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name):
        raise _wrong(f"the label is {name!r}", "a label name such as severity", at)
    if raw is None and operator == "=":
        raw = ""
    if isinstance(raw, bool):
        raw = str(raw).lower()
    if not isinstance(raw, str | int | float):
        raise _wrong(f"the value of {name} is {raw!r}", "a text", at)
    try:
        return Matcher(name, operator, str(raw))
    except ValueError as error:
        raise Unknown(f"the regular expression of {name} can't be read: {error}", at) from error


def _wrong(what: str, expected: str, at: Location) -> Unknown:
    return Unknown(f"{what}; expected {expected}", at)


def _mapping(raw: object, at: Location, what: str) -> Mapping[Any, Any]:
    """`raw` as a mapping; null is left out."""
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise _wrong(f"{what} is {_named(raw)}", "a mapping", at)
    return raw


def _items(raw: Mapping[str, Any], key: str, at: Location) -> list[tuple[Any, Location]]:
    """The entries of the list under `key`, each with its place; null is left out."""
    listed = raw.get(key)
    if listed is None:
        return []
    if not isinstance(listed, list):
        raise _wrong(f"`{key}` is {_named(listed)}", "a list", at.at(key))
    return [(item, at.at(key, index)) for index, item in enumerate(listed)]


def _text(raw: Mapping[str, Any], key: str, at: Location) -> str:
    value = raw.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _wrong(f"`{key}` is {_named(value)}", "a text", at.at(key))
    return str(value)


def _texts(raw: Mapping[str, Any], key: str, at: Location) -> tuple[str, ...]:
    for item, place in _items(raw, key, at):
        if not isinstance(item, str):
            raise _wrong(f"an entry of `{key}` is {_named(item)}", "a text", place)
    return tuple(raw.get(key) or ())


def _named(raw: object) -> str:
    """What `raw` is, without showing it: it may hold a secret."""
    if raw is None:
        return "null"
    return {dict: "a mapping", list: "a list", str: "a text", bool: "true or false"}.get(
        type(raw), "a number"
    )
