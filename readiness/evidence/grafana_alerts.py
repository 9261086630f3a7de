"""Alerting that Grafana itself does: rules, contact points and the tree of notification policies.

Reads provisioning files (`apiVersion: 1` with `groups:` of rules that have `condition` or `data`,
`contactPoints:`, `policies:`), such texts in ConfigMaps and Secrets, and GrafanaAlertRuleGroup,
GrafanaContactPoint and GrafanaNotificationPolicy (grafana.integreatly.org/v1beta1).
Labels of a rule are its own, `alertname` and `grafana_folder`; any other label may come with the series.
Ignored on purpose: what is made by hand or through the API; message templates; mute timings.

Source:
    Grafana, "Use configuration files to provision alerting resources" and "Notification policies": the first
    child that matches takes an alert, and those behind it too where it says `continue`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Self

from readiness.errors import Unknown
from readiness.evidence.alert_rules import TEMPLATE
from readiness.evidence.documents import GRAFANA, Documents
from readiness.evidence.grafana_provisioning import OPERATOR, Provisioned, provisioned
from readiness.evidence.manifests import Manifests
from readiness.evidence.matchers import Matcher, Operator, parse_matchers
from readiness.evidence.receivers import Placeholder, placeholders_in
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

DEFAULT = "grafana-default-email"  # what Grafana has before anybody sets up another one
SAMPLE = "example@email.com"  # the address of its contact point
EXPRESSIONS = frozenset({"__expr__", "-100"})  # of data that Grafana computes itself
# Settings of a contact point that say where a message goes; those of the rest are looked at by their names.
ADDRESSES = (
    "url", "addresses", "integrationKey", "apiKey", "apiUrl", "recipient", "token", "bottoken", "chatid",
    "webhook_url", "endpointUrl", "topic", "room_id", "host", "endpoint",
)  # fmt: skip


class GrafanaRule:
    """One alerting rule of Grafana."""

    __slots__ = ("at", "body", "folder", "labels", "name", "receiver", "text", "uid")

    kinds: ClassVar[frozenset[str]] = frozenset({GRAFANA, "ConfigMap", "Secret", "GrafanaAlertRuleGroup"})
    looked_for: ClassVar[str] = "alerting rules of Grafana (provisioning files, GrafanaAlertRuleGroup)"

    def __init__(self, body: Mapping[str, Any], folder: str, at: Location, text: bool) -> None:
        self.body = body
        self.at = at
        self.text = text  # every place in it is that of the text that holds it
        self.name = str(body.get("title") or body.get("uid"))
        self.uid = str(body.get("uid") or "")
        self.folder = folder
        labels = body.get("labels")
        own = {str(key): str(value) for key, value in labels.items()} if isinstance(labels, dict) else {}
        self.labels: Mapping[str, str] = {**own, "alertname": self.name, "grafana_folder": folder}
        direct = body.get("notification_settings") or body.get("notificationSettings")
        self.receiver = str(direct["receiver"]) if isinstance(direct, dict) and direct.get("receiver") else ""

    @property
    def subject(self) -> Subject:
        return Subject("GrafanaRule", "", self.name, self.folder)

    def place(self, *keys: str | int) -> Location:
        return self.at if self.text else self.at.at(*keys)

    @property
    def data(self) -> tuple[Mapping[str, Any], ...]:
        listed = self.body.get("data")
        return tuple(one for one in listed if isinstance(one, dict)) if isinstance(listed, list) else ()

    @property
    def queries(self) -> tuple[str, ...]:
        """What it asks data sources in an `expr`, else ""; expressions of Grafana are left out."""
        models = [one.get("model") for one in self.data if str(one.get("datasourceUid")) not in EXPRESSIONS]
        return tuple(str(model.get("expr") or "") if isinstance(model, dict) else "" for model in models)

    @classmethod
    def collect(cls, documents: Documents, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for one in provisioned(documents, manifests):
            if isinstance(one, Unreadable):
                yield one
                continue
            for group, at in one.entries("groups"):
                yield from cls._of_group(group, str(group.get("folder") or ""), at, one.text)
        for found in manifests.of("GrafanaAlertRuleGroup"):
            spec = found.body.get("spec")
            if found.group == OPERATOR and isinstance(spec, dict):
                folder = str(spec.get("folderRef") or spec.get("folderUID") or "")
                yield from cls._of_group(spec, folder, found.at.at("spec"), False)

    @classmethod
    def _of_group(cls, group: Mapping[str, Any], folder: str, at: Location, text: bool) -> Iterator[Self]:
        listed = group.get("rules")
        for index, rule in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(rule, dict) and ("data" in rule or "condition" in rule) and "record" not in rule:
                yield cls(rule, folder, at if text else at.at("rules", index), text)


class ContactPoint(NamedTuple):
    """Where Grafana sends alerts: one name, one way or several."""

    name: str
    kinds: tuple[str, ...]  # pagerduty, email …
    placeholders: tuple[Placeholder, ...]
    at: Location


class Policy(NamedTuple):
    """One node of the tree of notification policies."""

    receiver: str  # its own or that of the node above
    matchers: tuple[Matcher, ...] | None  # None where they can't be read
    goes_on: bool
    routes: tuple["Policy", ...]
    at: Location

    def reached(self, labels: Mapping[str, str]) -> tuple[frozenset[str], bool]:
        """The contact points that an alert with these labels can reach, and whether it surely does.

        A label that a matcher asks for and the rule does not set may come with the series, or not.
        """
        found: set[str] = set()
        sure = True
        for route in self.routes:
            held = route.holds(labels)
            if held is False:
                continue
            below, certain = route.reached(labels)
            found |= below
            sure = sure and certain and held is True
            if held is True and not route.goes_on:
                return frozenset(found), sure
        if not found or not sure:
            found.add(self.receiver)
        return frozenset(found), sure

    def holds(self, labels: Mapping[str, str]) -> bool | None:
        if self.matchers is None:
            return None
        open_ = False
        for one in self.matchers:
            value = labels.get(one.name)
            if value is None or TEMPLATE.search(value):
                open_ = True
            elif not one.matches(value):
                return False
        return None if open_ else True


class GrafanaAlerting:
    """Contact points and the tree of policies; either may be made by hand, and then is not here."""

    kinds: ClassVar[frozenset[str]] = frozenset(
        {GRAFANA, "ConfigMap", "Secret", "GrafanaContactPoint", "GrafanaNotificationPolicy"}
    )

    def __init__(self, contact_points: Mapping[str, ContactPoint], trees: tuple[Policy, ...]) -> None:
        self.contact_points = contact_points
        self.tree = trees[0] if len(trees) == 1 else None
        self.trees = trees

    @classmethod
    def collect(cls, documents: Documents, manifests: Manifests) -> Self:
        points: dict[str, ContactPoint] = {}
        trees: list[Policy] = []
        for one in provisioned(documents, manifests):
            if not isinstance(one, Provisioned):
                continue
            for body, at in one.entries("contactPoints"):
                _add(points, _contact_point(body, at, one.text))
            for body, at in one.entries("policies"):
                trees.append(_policy(body, at, one.text, str(body.get("receiver") or DEFAULT)))
        for found in manifests.of("GrafanaContactPoint"):
            spec = found.body.get("spec")
            if found.group == OPERATOR and isinstance(spec, dict):
                body = {"name": spec.get("name") or found.name, "receivers": [spec]}
                _add(points, _contact_point(body, found.at.at("spec"), True))
        for found in manifests.of("GrafanaNotificationPolicy"):
            spec = found.body.get("spec")
            route = spec.get("route") if isinstance(spec, dict) else None
            if found.group == OPERATOR and isinstance(route, dict):
                at = found.at.at("spec", "route")
                trees.append(_policy(route, at, False, str(route.get("receiver") or DEFAULT)))
        return cls(points, tuple(trees))

    def policies(self) -> Iterator[Policy]:
        """Every node of every tree, roots first."""
        waiting = list(reversed(self.trees))
        while waiting:
            one = waiting.pop()
            yield one
            waiting.extend(reversed(one.routes))


def _add(points: dict[str, ContactPoint], found: ContactPoint) -> None:
    known = points.get(found.name)
    if known is not None:  # entries of one name are one contact point
        kinds, placeholders = known.kinds + found.kinds, known.placeholders + found.placeholders
        found = ContactPoint(found.name, kinds, placeholders, known.at)
    points[found.name] = found


def _contact_point(body: Mapping[str, Any], at: Location, text: bool) -> ContactPoint:
    kinds: list[str] = []
    placeholders: list[Placeholder] = []
    listed = body.get("receivers")
    for index, receiver in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(receiver, dict):
            continue
        kinds.append(str(receiver.get("type")))
        settings = receiver.get("settings")
        for field, value in settings.items() if isinstance(settings, dict) else ():
            if field in ADDRESSES and isinstance(value, str):
                place = at if text else at.at("receivers", index, "settings", field)
                if SAMPLE in value:
                    why = "the address that Grafana starts with"
                    placeholders.append(Placeholder(str(field), why, SAMPLE, place))
                else:
                    placeholders += placeholders_in(str(field), value, place)
    return ContactPoint(str(body.get("name")), tuple(kinds), tuple(placeholders), at)


def _policy(body: Mapping[str, Any], at: Location, text: bool, above: str) -> Policy:
    receiver = str(body.get("receiver") or above)
    routes = body.get("routes")
    return Policy(
        receiver,
        _matchers(body),
        body.get("continue") is True,
        tuple(
            _policy(route, at if text else at.at("routes", index), text, receiver)
            for index, route in enumerate(routes if isinstance(routes, list) else ())
            if isinstance(route, dict)
        ),
        at if text else at.at("receiver") if "receiver" in body else at,
    )


def _matchers(body: Mapping[str, Any]) -> tuple[Matcher, ...] | None:
    """`object_matchers` as lists of three, `matchers` as texts or mappings, `match` and `match_re`."""
    found: list[Matcher] = []
    try:
        for one in body.get("object_matchers") or ():
            name, operator, value = one
            found.append(Matcher(str(name), operator, str(value)))
        for one in body.get("matchers") or ():
            if isinstance(one, dict):
                equal, regex = one.get("isEqual", True), one.get("isRegex", False)
                sign: Operator = ("=~" if regex else "=") if equal else ("!~" if regex else "!=")
                found.append(Matcher(str(one.get("name")), sign, str(one.get("value"))))
            else:
                found.extend(parse_matchers(str(one)))
        for key, value in (body.get("match") or {}).items():
            found.append(Matcher(str(key), "=", str(value)))
        for key, value in (body.get("match_re") or {}).items():
            found.append(Matcher(str(key), "=~", str(value)))
    except (ValueError, TypeError, AttributeError, Unknown):
        return None
    return tuple(found)
