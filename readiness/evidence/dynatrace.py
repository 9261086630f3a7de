"""Alerting of Dynatrace: profiles, notifications and metric events, from Monaco and from Terraform.

Reads `builtin:alerting.profile`, `builtin:problem.notifications` and
`builtin:anomaly-detection.metric-events`, and `dynatrace_alerting`, `dynatrace_*_notification` and
`dynatrace_metric_events`. Ignored on purpose: what only the environment has, such as its Default profile.

Source:
    Dynatrace, Settings API, these schemas; Terraform provider dynatrace-oss/dynatrace.
"""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, NamedTuple, Self

from readiness.errors import NotApplicable
from readiness.evidence.context import Named, Sources
from readiness.evidence.documents import Documents
from readiness.evidence.hcl import Expression
from readiness.evidence.monaco import DYNATRACE, Config, Hole, configs
from readiness.evidence.receivers import Placeholder, stand_in
from readiness.evidence.terraform import TERRAFORM, Referred, Resource, Terraform
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

PROFILE, NOTIFICATION = "builtin:alerting.profile", "builtin:problem.notifications"
EVENT = "builtin:anomaly-detection.metric-events"
# The severity of the problem that an event of a type opens; an INFO event opens none.
SEVERITIES = {
    "AVAILABILITY": "AVAILABILITY", "ERROR": "ERRORS", "SLOWDOWN": "PERFORMANCE",
    "RESOURCE": "RESOURCE_CONTENTION", "CUSTOM_ALERT": "CUSTOM_ALERT",
}  # fmt: skip
_TARGETS = (
    "url",
    "to",
    "recipients",
    "account",
    "service",
    "channel",
    "api_key",
    "apiKey",
    "address",
    "apiUrl",
)
Key = tuple[str, str, str]


class Rule(NamedTuple):
    severity: Any
    delay: Any  # minutes
    at: Location


class Profile(NamedTuple):
    """One alerting profile; without rules it admits every severity."""

    key: Key
    name: str
    rules: tuple[Rule, ...]
    whole: bool  # whether all of its rules are here
    at: Location
    handed_on: str  # by whom else it may be used: a script, an output; empty for nobody


class Notification(NamedTuple):
    name: str
    enabled: Any  # True, False, or what leaves it open
    profile: Key | None
    open_profile: str  # what leaves it open which profile it has; empty where that is known
    placeholder: Placeholder | None
    key: Key
    at: Location


class Event(NamedTuple):
    name: str
    enabled: Any
    type: Any
    key: Key
    at: Location


class Dangling(NamedTuple):
    """A reference of Monaco to a configuration that its project does not have."""

    config: Config
    hole: Hole


class Dynatrace:
    """All of it."""

    kinds: ClassVar[frozenset[str]] = frozenset({DYNATRACE, TERRAFORM})
    looked_for: ClassVar[str] = (
        "alerting of Dynatrace (Monaco configurations, dynatrace_alerting in Terraform)"
    )
    platform: ClassVar[tuple[str, tuple[str, ...]]] = ("alerts", ("dynatrace",))

    def __init__(
        self,
        profiles: tuple[Profile, ...],
        notifications: tuple[Notification, ...],
        events: tuple[Event, ...],
        dangling: tuple[Dangling, ...],
        unreadable: tuple[Unreadable, ...],
    ) -> None:
        self.profiles = profiles
        self.notifications = notifications
        self.events = events
        self.dangling = dangling
        self.unreadable = unreadable
        self._by_profile: dict[Key, list[Notification]] = {}
        for one in notifications:
            if one.profile is not None:
                self._by_profile.setdefault(one.profile, []).append(one)

    def of(self, profile: Profile) -> tuple[Notification, ...]:
        """The notifications that send what a profile admits."""
        return tuple(self._by_profile.get(profile.key, ()))

    @property
    def open_notifications(self) -> tuple[Notification, ...]:
        return tuple(one for one in self.notifications if one.open_profile)

    @classmethod
    def collect(cls, named: Named, documents: Documents, sources: Sources, terraform: Terraform) -> Self:
        """Both forms.

        Raises:
            NotApplicable: there is nothing of it.
        """
        found = tuple(configs(named, documents, sources))
        made = tuple(terraform.of("dynatrace_"))
        unreadable = tuple(one for one in (*found, *made) if isinstance(one, Unreadable))
        written = [one for one in found if isinstance(one, Config) and one.skipped is not True]
        resources = [one for one in made if isinstance(one, Resource) and one.block.type == "resource"]
        profiles = (*_monaco_profiles(written), *_terraform_profiles(resources))
        notifications = (*_monaco_notifications(written), *_terraform_notifications(resources))
        events = (*_monaco_events(written), *_terraform_events(resources))
        if not (profiles or notifications or events or unreadable):
            raise NotApplicable(f"nothing found of: {cls.looked_for}")
        dangling = tuple(_dangling([one for one in found if isinstance(one, Config)]))
        return cls(profiles, notifications, events, dangling, unreadable)


def subject(kind: str, key: Key) -> Subject:
    return Subject(kind, key[1], key[2])


def _key(config: Config) -> Key:
    return config.at.source, config.project, config.id


def _dangling(found: list[Config]) -> Iterator[Dangling]:
    known = {(one.at.source, one.project, one.id) for one in found}
    projects = {(one.at.source, one.project) for one in found}
    for config in found:
        for hole in config.references:
            project, identity = hole.reference
            here = (config.at.source, project) in projects
            if identity and here and (config.at.source, project, identity) not in known:
                yield Dangling(config, hole)


def _monaco_profiles(found: Iterable[Config]) -> Iterator[Profile]:
    for one in found:
        if one.schema == PROFILE:
            listed = one.value("severityRules")
            rules = tuple(
                Rule(one.opened(rule.get("severityLevel")), one.opened(rule.get("delayInMinutes")), one.at)
                for rule in (listed if isinstance(listed, list) else ())
                if isinstance(rule, dict)
            )
            yield Profile(_key(one), one.name, rules, not isinstance(listed, Hole), one.at, "")


def _monaco_notifications(found: Iterable[Config]) -> Iterator[Notification]:
    for one in found:
        if one.schema != NOTIFICATION:
            continue
        profile = one.value("alertingProfile")
        key = None
        if isinstance(profile, Hole) and profile.reference[1]:
            key = (one.at.source, *profile.reference)
        open_ = "" if key is not None else f"{profile.text}" if isinstance(profile, Hole) else "an id"
        enabled = one.value("enabled")
        if one.skipped is None:
            enabled = Hole("skip")
        fields = {
            name: value
            for part in one.body.values()
            if isinstance(part, dict)
            for name, value in part.items()
        }
        yield Notification(one.name, enabled, key, open_, _stand_in(fields, one.at), _key(one), one.at)


def _monaco_events(found: Iterable[Config]) -> Iterator[Event]:
    for one in found:
        if one.schema == EVENT:
            yield Event(
                one.name, one.value("enabled"), one.value("eventTemplate", "eventType"), _key(one), one.at
            )


def _terraform_profiles(found: Iterable[Resource]) -> Iterator[Profile]:
    for one in found:
        if one.type != "dynatrace_alerting":
            continue
        outer = one.block.nested("rules")
        inner = [rule for block in outer for rule in block.nested("rule")]
        rules = tuple(
            Rule(
                _plain(one, rule.value("severity_level")), _plain(one, rule.value("delay_in_minutes")), one.at
            )
            for rule in inner
        )
        whole = not one.block.is_dynamic and not any(block.is_dynamic for block in outer)
        yield Profile(one.key, _name(one), rules, whole, one.at, _handed_on(one))


def _terraform_notifications(found: Iterable[Resource]) -> Iterator[Notification]:
    for one in found:
        if not one.type.endswith("_notification"):
            continue
        values = one.values("profile")
        referred = [value.resource.key for value in values if isinstance(value, Referred)]
        open_ = (
            ""
            if referred and len(referred) == len(values)
            else one.module.why_open(one.block.value("profile"))
        )
        fields = {name: one.value(name) for name in one.block.attributes}
        active = one.flag("active")
        yield Notification(
            _name(one),
            active,
            referred[0] if referred else None,
            open_,
            _stand_in(fields, one.at),
            one.key,
            one.at,
        )


def _terraform_events(found: Iterable[Resource]) -> Iterator[Event]:
    for one in found:
        if one.type == "dynatrace_metric_events":
            template = one.block.nested("event_template")
            kind = _plain(one, template[0].value("event_type")) if template else None
            yield Event(_name(one), one.flag("enabled"), kind, one.key, one.at)


def _handed_on(profile: Resource) -> str:
    """Who else in its module has a profile: a script, an output, a module that is not at hand, a local."""
    module = profile.module
    for other in module.resources.values():
        if not other.type.startswith("dynatrace_") and _has(profile, other.block):
            return other.address
    for _, block in module.of("output"):
        if _has(profile, block):
            return f"output {block.labels[0]}"
    for name, block in module.calls.items():
        if _has(profile, block):
            return f"module {name}"
    return ""


def _has(profile: Resource, block: Any) -> bool:
    return any(one.key == profile.key for one in profile.module.resources_in(block))


def _plain(resource: Resource, value: Any) -> Any:
    found = resource.module.values(value)
    return found[0] if len(found) == 1 else Expression(str(value))


def _name(resource: Resource) -> str:
    found = resource.value("name") or resource.value("summary")
    return found if isinstance(found, str) else resource.address


def _stand_in(fields: dict[str, Any], at: Location) -> Placeholder | None:
    for name in _TARGETS:
        value = fields.get(name)
        for one in value if isinstance(value, list | tuple) else (value,):
            found = stand_in(name, one, at) if isinstance(one, str) else None
            if found is not None:
                return found
    return None
