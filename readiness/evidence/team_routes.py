"""What AlertmanagerConfig objects add to a configuration of Alertmanager, as the operator puts it together.

Each route of a team comes before those of the configuration, takes alerts of the object's namespace only (as
`alertmanagerConfigMatcherStrategy` of the Alertmanager has it) and says `continue`. Its receivers and time
intervals are called NAMESPACE/NAME/… from then on. An object that the operator refuses adds nothing.
Knows: monitoring.coreos.com/v1alpha1 and v1beta1.
Ignored on purpose: whether Secrets that it names are there, and versions of Alertmanager before 0.22.

Source:
    Prometheus Operator, pkg/alertmanager/amcfg.go and pkg/alertmanager/validation; API reference,
    AlertmanagerConfigSpec.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple

from readiness.errors import Unknown
from readiness.evidence import effective
from readiness.evidence.adoption import Adopter, Namespaces
from readiness.evidence.alertmanager import (
    AlertmanagerConfig,
    InhibitRule,
    Reader,
    Receiver,
    Route,
)
from readiness.evidence.manifests import KubernetesObject, Manifests
from readiness.evidence.matchers import Matcher
from readiness.evidence.receivers import integration_of
from readiness.evidence.shapes import items, mapping, text, texts
from readiness.evidence.time_intervals import TimeInterval, interval
from readiness.outcome import Location

GROUP = "monitoring.coreos.com"
_OPERATORS = ("=", "!=", "=~", "!~")


class Refused(NamedTuple):
    """An AlertmanagerConfig that the operator leaves out."""

    object: KubernetesObject
    why: str
    at: Location


class Team(Reader):
    """Reads one AlertmanagerConfig."""

    FIELDS: ClassVar[Mapping[str, str]] = {
        "group_by": "groupBy", "group_wait": "groupWait", "group_interval": "groupInterval",
        "repeat_interval": "repeatInterval", "mute_time_intervals": "muteTimeIntervals",
        "active_time_intervals": "activeTimeIntervals",
    }  # fmt: skip

    def __init__(self, found: KubernetesObject, namespace_only: bool) -> None:
        super().__init__()
        self.object = found
        self.only = (Matcher("namespace", "=", found.namespace),) if namespace_only else ()
        self.at = found.at.at("spec")
        self.spec = mapping(found.body.get("spec"), self.at, "`spec`")
        self.prefix = f"{found.namespace}/{found.name}/"

    def named(self, name: str) -> str:
        return f"{self.prefix}{name}" if name else ""

    @property
    def has_route(self) -> bool:
        return self.spec.get("route") is not None

    def whole(self) -> AlertmanagerConfig:
        """The object as a configuration of its own, which `alertmanagerConfiguration` makes it."""
        if not self.has_route:
            raise Unknown(f"AlertmanagerConfig {self.object.name} has no route", self.at)
        root = self.route(self.spec["route"], self.at.at("route"), None)
        self.check_root(root, self.spec["route"])
        return self._config(root)

    def below(self, root: Route) -> AlertmanagerConfig:
        """What the object adds below the root of a configuration, from which its routes inherit."""
        top = self.route(self.spec["route"], self.at.at("route"), root)
        if not text(mapping(self.spec["route"], top.at, "a route"), "receiver", top.at):
            self.problem("its route has no receiver", top.at)
        top.matchers = (*top.matchers, *self.only)
        top.continues = True
        return self._config(top)

    def _config(self, root: Route) -> AlertmanagerConfig:
        receivers = self.receivers(self.spec.get("receivers"), {}, self.at)
        intervals = self.time_intervals(self.spec, self.at)
        self.check_names(root, receivers, intervals)
        return AlertmanagerConfig(
            root, receivers, self.inhibitions(), intervals, tuple(self.problems), self.object.at
        )

    def inhibitions(self) -> tuple[InhibitRule, ...]:
        return tuple(self.inhibit_rule(raw, at) for raw, at in items(self.spec, "inhibitRules", self.at))

    def matchers(self, raw: Mapping[str, Any], at: Location, prefix: str = "") -> tuple[Matcher, ...]:
        found = []
        field = {"source_": "sourceMatch", "target_": "targetMatch"}.get(prefix, "matchers")
        for one, place in items(raw, field, at):
            one = mapping(one, place, "a matcher")
            operator = text(one, "matchType", place) or ("=~" if one.get("regex") is True else "=")
            if operator not in _OPERATORS:
                raise Unknown(f"the matcher has matchType {operator!r}; expected =, !=, =~ or !~", place)
            try:
                found.append(Matcher(text(one, "name", place), operator, text(one, "value", place)))  # type: ignore[arg-type]  # one of the four
            except ValueError as wrong:
                raise Unknown(f"the matcher can't be read: {wrong}", place) from wrong
        return tuple(found)

    def inhibit_rule(self, data: object, at: Location) -> InhibitRule:
        raw = mapping(data, at, "an inhibition")
        source, target = (
            tuple(dict.fromkeys((*self.matchers(raw, at, side), *self.only)))
            for side in ("source_", "target_")
        )
        return InhibitRule(source, target, texts(raw, "equal", at), at)

    def receiver(
        self, raw: Mapping[str, Any], at: Location, defaults: Mapping[str, Any], defaults_at: Location
    ) -> Receiver:
        integrations = []
        for key in (key for key in raw if isinstance(key, str) and key.endswith("Configs")):
            kind = key.removesuffix("Configs").lower()
            for data, place in items(raw, key, at):
                fields = {_snake(name): (name, value) for name, value in mapping(data, place, key).items()}
                way = integration_of(
                    kind, {name: value for name, (_, value) in fields.items()}, place, defaults, defaults_at
                )
                told = tuple(
                    one._replace(at=place.at(fields[one.field][0])) if one.field in fields else one
                    for one in way.placeholders
                )
                integrations.append(way._replace(placeholders=told))
        return Receiver(self.named(text(raw, "name", at)), at, tuple(integrations))

    def time_intervals(self, top: Mapping[str, Any], at: Location) -> dict[str, TimeInterval]:
        intervals: dict[str, TimeInterval] = {}
        for key in ("muteTimeIntervals", "timeIntervals"):  # v1alpha1, v1beta1
            for data, place in items(top, key, at):
                raw = mapping(data, place, "a time interval")
                name = self.named(text(raw, "name", place))
                specs = [
                    (_as_alertmanager(mapping(spec, spec_at, "a time"), spec_at), spec_at)
                    for spec, spec_at in items(raw, "timeIntervals", place)
                ]
                intervals.setdefault(name, interval(name, place, specs))
        return intervals


def merged(base: AlertmanagerConfig, teams: Iterable[Team]) -> tuple[AlertmanagerConfig, tuple[Refused, ...]]:
    """A configuration with what teams add to it, and the objects that the operator refuses."""
    root = Route(
        base.root.receiver, base.root.matchers, base.root.continues, base.root.timing, base.root.path
    )
    routes: list[Route] = []
    receivers, intervals = dict(base.receivers), dict(base.time_intervals)
    rules = list(base.inhibit_rules)
    refused: list[Refused] = []
    for team in sorted(teams, key=lambda team: team.prefix):
        if not team.has_route:
            rules.extend(team.inhibitions())
            continue
        added = team.below(root)
        if added.problems:
            first = added.problems[0]
            refused.append(Refused(team.object, first.why.replace(team.prefix, ""), first.at))
            continue
        routes.append(added.root)
        receivers.update(added.receivers)
        intervals.update(added.time_intervals)
        rules.extend(added.inhibit_rules)
    root.children = (*routes, *base.root.children)
    config = AlertmanagerConfig(root, receivers, tuple(rules), intervals, base.problems, base.at)
    return config, tuple(refused)


def with_teams(base: AlertmanagerConfig, secret: tuple[str, str] | None, manifests: Manifests) -> "WithTeams":
    """A configuration with what the AlertmanagerConfig objects of an environment add to it.

    Args:
        base: the configuration itself.
        secret: namespace and name of the Secret that it is from; None for a file.
        manifests: where the objects are.
    """
    objects = [one for one in manifests.of("AlertmanagerConfig") if one.group == GROUP]
    if not objects:
        return WithTeams(base)
    owners = [one for one in manifests.of("Alertmanager") if one.group == GROUP]
    if secret is not None:
        owners = [one for one in owners if (one.namespace, _secret_of(one)) == secret]
    if len(owners) != 1:
        found = "no Alertmanager object" if not owners else f"{len(owners)} Alertmanager objects"
        return WithTeams(base, open=objects[0].at, why=f"{found} of this configuration in evidence")
    return adopted_by(owners[0], base, objects, Namespaces.collect(manifests))


def adopted_by(
    owner: KubernetesObject, base: AlertmanagerConfig, objects: list[KubernetesObject], namespaces: Namespaces
) -> "WithTeams":
    """A configuration with those objects that an Alertmanager takes."""
    adopter = Adopter(owner, namespaces)
    strategy = effective.text(owner.body, owner.at, "spec", "alertmanagerConfigMatcherStrategy", "type")
    kind = strategy.value if strategy is not None else "OnNamespace"
    whole = effective.text(owner.body, owner.at, "spec", "alertmanagerConfiguration", "name")
    teams = []
    for one in objects:
        if whole is not None and (one.namespace, one.name) == (owner.namespace, whole.value):
            continue
        takes = adopter.takes(one)
        if takes is None:
            return WithTeams(
                base, open=one.at, why=f"whether {adopter} takes it hangs on labels of {one.namespace}"
            )
        if not takes:
            continue
        except_own = kind == "OnNamespaceExceptForAlertmanagerNamespace" and one.namespace == owner.namespace
        teams.append(Team(one, namespace_only=kind != "None" and not except_own))
    config, refused = merged(base, teams)
    return WithTeams(config, refused)


class WithTeams(NamedTuple):
    """A configuration as the operator finishes it; `open` is an object of which that can't be told."""

    config: AlertmanagerConfig
    refused: tuple[Refused, ...] = ()
    open: Location | None = None
    why: str = ""


def configuration_of(manifests: Manifests) -> AlertmanagerConfig | None:
    """The configuration that an object gives as a whole, where the one Alertmanager names it.

    It comes before the Secret: AlertmanagerSpec, alertmanagerConfiguration.
    """
    owners = [one for one in manifests.of("Alertmanager") if one.group == GROUP]
    if len(owners) != 1:
        return None
    owner = owners[0]
    name = effective.text(owner.body, owner.at, "spec", "alertmanagerConfiguration", "name")
    if name is None:
        return None
    for one in manifests.of("AlertmanagerConfig"):
        if one.group == GROUP and (one.namespace, one.name) == (owner.namespace, name.value):
            return Team(one, namespace_only=False).whole()
    raise Unknown(
        f"Alertmanager {owner.name} takes its configuration from AlertmanagerConfig {name.value}, "
        "which is not in evidence",
        name.at,
        f"add the source that has AlertmanagerConfig {owner.namespace}/{name.value}",
    )


def _secret_of(owner: KubernetesObject) -> str:
    """The Secret from which the operator takes the configuration: AlertmanagerSpec, configSecret."""
    named = effective.text(owner.body, owner.at, "spec", "configSecret")
    return named.value if named is not None and named.value else f"alertmanager-{owner.name}"


def _snake(name: object) -> str:
    """`apiURL` as the configuration itself spells it: api_url."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(name)).lower()


def _as_alertmanager(spec: Mapping[str, Any], at: Location) -> Mapping[str, Any]:
    """A time as the configuration itself spells it."""
    times = [
        {_snake(key): value for key, value in mapping(one, place, "a time of day").items()}
        for one, place in items(spec, "times", at)
    ]
    return {**{_snake(key): value for key, value in spec.items()}, "times": times}
