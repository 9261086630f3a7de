"""Who is called, in which order and when: services, policies and schedules of PagerDuty, from Terraform.

Ignored on purpose: overrides and what was changed by hand, which only PagerDuty has; Opsgenie, whose rules
count their delays from another start; event orchestrations, which may choose another service.

Source:
    Terraform PagerDuty provider, pagerduty_escalation_policy, pagerduty_schedule, pagerduty_service,
    pagerduty_maintenance_window; PagerDuty, "Escalation Policy Basics".
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, Self

from readiness.errors import NotApplicable, Unknown
from readiness.evidence.context import Environment, Named, Platform
from readiness.evidence.documents import Documents
from readiness.evidence.hcl import Block, Expression
from readiness.evidence.manifests import Manifests
from readiness.evidence.routing import Routing
from readiness.evidence.terraform import TERRAFORM, Referred, Resource, Terraform, whole
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

PREFIX = "pagerduty_"
WEEK = 7 * 24 * 60  # minutes
_DAY = 24 * 60
SCHEDULE, USER = "pagerduty_schedule", "pagerduty_user"
_INTEGRATIONS = ("pagerduty_service_integration", "pagerduty_service_event_rule", "pagerduty_extension")


class Schedule(NamedTuple):
    """One rotation of people; what is looked up by a data source has no layers here."""

    resource: Resource
    copy: tuple[str, str, str, str] = ("", "", "", "")  # which of those that `for_each` makes

    @property
    def name(self) -> str:
        return _name(self.resource)

    @property
    def is_here(self) -> bool:
        return self.resource.block.type == "resource" and not self.resource.block.is_dynamic

    @property
    def layers(self) -> tuple[Block, ...]:
        return self.resource.block.nested("layer")

    @property
    def people(self) -> tuple[frozenset[str], bool]:
        """Who takes part, and whether that is all of them."""
        found: set[str] = set()
        all_here = self.is_here
        for layer in self.layers:
            for one in self.resource.module.items(layer.value("users")):
                if isinstance(one, Referred):
                    all_here &= one.is_one
                    found.add(str(one.copy))
                elif isinstance(one, str):
                    found.add(one)
                else:
                    all_here = False
        return frozenset(found), all_here

    @property
    def covered(self) -> frozenset[int] | None:
        """The minutes of a week in which a layer has somebody; None where that is open."""
        if not self.is_here:
            return None
        found: set[int] = set()
        for layer in self.layers:
            if layer.is_dynamic or layer.value("end") is not None:
                return None
            restrictions = layer.nested("restriction")
            if not restrictions:
                return frozenset(range(WEEK))
            for one in restrictions:
                minutes = _minutes(one)
                if minutes is None:
                    return None
                found |= minutes
        return frozenset(found)

    @property
    def weekend_handover(self) -> str:
        """The day at which a weekly rotation changes hands, where that is one of a weekend; else empty."""
        for layer in self.layers:
            turn, start = layer.value("rotation_turn_length_seconds"), layer.value("rotation_virtual_start")
            if isinstance(turn, int) and turn and turn % (7 * 86_400) == 0 and isinstance(start, str):
                try:
                    day = datetime.fromisoformat(start)
                except ValueError:
                    continue
                if day.isoweekday() >= 6:
                    return day.strftime("%A")
        return ""


class Level(NamedTuple):
    """One rule of an escalation policy."""

    delay: int | None  # minutes until the next level; None where that is open
    targets: tuple[Any, ...]  # Schedule, Referred for a user, or an Expression or text
    at: Location

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(str(_key(one)) for one in self.targets)

    @property
    def is_open(self) -> bool:
        return any(not isinstance(one, Schedule | Referred | str) for one in self.targets)

    @property
    def only_person(self) -> bool:
        """Whether one person stands alone in it."""
        (one,) = self.targets if len(self.targets) == 1 else (None,)
        return isinstance(one, Referred) and one.resource.type == USER and one.is_one


class Policy(NamedTuple):
    """One escalation policy."""

    resource: Resource

    @property
    def name(self) -> str:
        return _name(self.resource)

    @property
    def subject(self) -> Subject:
        return self.resource.subject

    @property
    def is_whole(self) -> bool:
        return not self.resource.block.is_dynamic and not any(rule.is_dynamic for rule in self._rules)

    @property
    def _rules(self) -> tuple[Block, ...]:
        return self.resource.block.nested("rule")

    @property
    def loops(self) -> Any:
        """How often it starts again; 0 where nothing is said."""
        written = self.resource.value("num_loops")
        number = whole(written)
        return number if number is not None else 0 if written is None else written

    @property
    def levels(self) -> tuple[Level, ...]:
        found = []
        for rule in self._rules:
            targets = tuple(
                target for one in rule.nested("target") for target in self._targets(one.value("id"))
            )
            delay = self.resource.module.values(rule.value("escalation_delay_in_minutes"))
            at = self.resource.at._replace(line=rule.line) if rule.line else self.resource.at
            found.append(Level(whole(delay[0]) if len(delay) == 1 else None, targets, at))
        return tuple(found)

    def _targets(self, value: Any) -> Iterator[Any]:
        for one in self.resource.module.values(value):
            if isinstance(one, Referred):
                yield Schedule(one.resource, one.copy) if one.resource.type == SCHEDULE else one
            else:
                yield one

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """The schedules of its levels, each once."""
        found = (one for level in self.levels for one in level.targets if isinstance(one, Schedule))
        return tuple({one.resource.key: one for one in found}.values())

    @property
    def uncovered(self) -> int | None:
        """Minutes of a week in which nobody of any level is on call; None where that is open."""
        covered: set[int] = set()
        for level in self.levels:
            for one in level.targets:
                if isinstance(one, Schedule):
                    minutes = one.covered
                    if minutes is None:
                        return None
                    covered |= minutes
                elif isinstance(one, Referred) and one.resource.type == USER:
                    return 0
                else:
                    return None
        return WEEK - len(covered)


class PagedService(NamedTuple):
    """One service of PagerDuty."""

    resource: Resource

    @property
    def name(self) -> str:
        return _name(self.resource)

    @property
    def policy(self) -> Any:
        """Its policy, a Resource of a data source, or what leaves it open."""
        found = self.resource.values("escalation_policy")
        if len(found) == 1 and isinstance(found[0], Referred):
            one = found[0].resource
            return Policy(one) if one.block.type == "resource" else one
        return self.resource.block.value("escalation_policy")


class PagedReceivers:
    """The receivers of Alertmanager that page by a key in a secret; none where no routing is in evidence."""

    def __init__(self, receivers: tuple[tuple[str, str, Location], ...]) -> None:
        self.receivers = receivers  # name, name of the secret, place

    @classmethod
    def collect(
        cls, environment: Environment, named: Named, documents: Documents, manifests: Manifests,
        platform: Platform,
    ) -> Self:  # fmt: skip
        try:
            config = Routing.only(environment, named, documents, manifests, platform).config
        except (NotApplicable, Unknown):
            return cls(())
        return cls(
            tuple(
                (receiver.name, way.secret, way.at)
                for receiver in config.receivers.values()
                for way in receiver.integrations
                if way.kind == "pagerduty" and way.secret
            )
        )


class OnCall:
    """All of it, joined."""

    kinds: ClassVar[frozenset[str]] = frozenset({TERRAFORM})
    looked_for: ClassVar[str] = "pagerduty_service, pagerduty_escalation_policy in Terraform"
    platform: ClassVar[tuple[str, tuple[str, ...]]] = ("paging", ("pagerduty",))

    def __init__(self, resources: tuple[Resource, ...], unreadable: tuple[Unreadable, ...]) -> None:
        self.unreadable = unreadable
        made = [one for one in resources if one.block.type == "resource"]
        self.services = tuple(PagedService(one) for one in made if one.type == "pagerduty_service")
        self.policies = tuple(Policy(one) for one in made if one.type == "pagerduty_escalation_policy")
        self.windows = tuple(one for one in made if one.type == "pagerduty_maintenance_window")
        self.integrations = tuple(one for one in made if one.type in _INTEGRATIONS)

    @classmethod
    def collect(cls, terraform: Terraform) -> Self:
        """All of it.

        Raises:
            NotApplicable: there is neither a service nor a policy.
        """
        found = tuple(terraform.of(PREFIX))
        unreadable = tuple(one for one in found if isinstance(one, Unreadable))
        made = cls(tuple(one for one in found if isinstance(one, Resource)), unreadable)
        if not (made.services or made.policies or unreadable):
            raise NotApplicable(f"nothing found of: {cls.looked_for}")
        return made

    @cached_property
    def by_secret(self) -> dict[str, Resource]:
        """The service behind the key that a secret of some name holds."""
        found: dict[str, Resource] = {}
        for integration in self.integrations:
            service = next(
                (one.resource for one in integration.values("service") if isinstance(one, Referred)), None
            )
            if service is None:
                continue
            for other in integration.module.resources.values():
                if any(one.key == integration.key for one in other.module.resources_in(other.block)):
                    found.update((text, service) for text in _texts(other.block))
        return found

    def is_integrated(self, service: PagedService) -> bool:
        """Whether something can open an incident of a service, or the service is handed to a module."""
        key = service.resource.key
        module = service.resource.module
        if any(one.key == key for made in self.integrations for one in made.module.resources_in(made.block)):
            return True
        blocks = [*module.calls.values(), *(block for _, block in module.of("output"))]
        others = [one.block for one in module.resources.values() if "orchestration" in one.type]
        return any(one.key == key for block in (*blocks, *others) for one in module.resources_in(block))

    def silenced(self) -> Iterator[tuple[Resource, PagedService, timedelta]]:
        """Maintenance windows, each with a service and how long it lasts."""
        for window in self.windows:
            try:
                start = datetime.fromisoformat(str(window.value("start_time")))
                end = datetime.fromisoformat(str(window.value("end_time")))
                lasts = end - start
            except (TypeError, ValueError):
                continue
            for one in window.items("services"):
                if isinstance(one, Referred) and one.resource.type == "pagerduty_service":
                    yield window, PagedService(one.resource), lasts


def _minutes(restriction: Block) -> set[int] | None:
    """The minutes of a week, from Monday, that a restriction lets a layer be on call in."""
    start, seconds = restriction.value("start_time_of_day"), restriction.value("duration_seconds")
    kind, day = restriction.value("type"), restriction.value("start_day_of_week")
    if not isinstance(start, str) or not isinstance(seconds, int) or len(start.split(":")) != 3:
        return None
    hour, minute, _ = start.split(":")
    if not (hour.isdigit() and minute.isdigit()):
        return None
    first = int(hour) * 60 + int(minute)
    length = min(seconds // 60, WEEK)
    if kind == "weekly_restriction":
        if not isinstance(day, int):
            return None
        return {((day - 1) * _DAY + first + step) % WEEK for step in range(length)}
    if kind != "daily_restriction":
        return None
    return {(each * _DAY + first + step) % WEEK for each in range(7) for step in range(min(length, _DAY))}


def _texts(block: Block) -> Iterator[str]:
    def inside(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value.rpartition("/")[2]
        elif isinstance(value, dict):
            for key, one in value.items():
                yield str(key)
                yield from inside(one)
        elif isinstance(value, tuple) and not isinstance(value, Expression):
            for one in value:
                yield from inside(one)

    for attribute in block.attributes.values():
        yield from inside(attribute.value)
    for nested in block.blocks:
        yield from _texts(nested)


def _name(resource: Resource) -> str:
    found = resource.value("name")
    return found if isinstance(found, str) else resource.address


def _key(target: Any) -> Any:
    return target.copy if isinstance(target, Schedule | Referred) else target
