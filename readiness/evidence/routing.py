"""Where alerts go: the Alertmanager configuration in evidence, and every rule walked through its tree.

Looks in what the checklist names as `routing`, else in files with `route:` and `receivers:`, in the Secret
or ConfigMap that holds `alertmanager.yaml`, which is how the operator gets it. The walk itself is
`alertmanager.py`. Routes that AlertmanagerConfig objects add are followed where the Alertmanager that takes
them is in evidence (`team_routes.py`); where it isn't, nobody can say that an alert reaches nobody.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Self

from readiness.errors import NotApplicable, Unknown
from readiness.evidence.alert_rules import TEMPLATE, AlertRule
from readiness.evidence.alertmanager import (
    DYNAMIC,
    AlertmanagerConfig,
    Integration,
    LabelValue,
    Reached,
    Receiver,
    Route,
    Timing,
)
from readiness.evidence.context import Environment, Named, Platform
from readiness.evidence.documents import ROUTING, Documents, File
from readiness.evidence.label_values import label_of
from readiness.evidence.manifests import KubernetesObject, Manifests
from readiness.evidence.matchers import Matcher
from readiness.evidence.named import files_of
from readiness.evidence.team_routes import WithTeams, configuration_of, with_teams
from readiness.known import Known, Unreadable
from readiness.outcome import Location, Subject
from readiness.yaml_reader import YamlError, read

FILE_NAMES = ("alertmanager.yaml", "alertmanager.yml")
PAGERS = frozenset({"pagerduty", "opsgenie", "victorops", "pushover", "sns", "incidentio", "rootly"})
PAGING_SEVERITIES = ("critical", "page", "s1", "s2")
# Labels that targets and servers bring. Any other one is the rule's to set, unless its expression names it.
OF_SERIES = frozenset(
    {
        "app", "application", "cluster", "cluster_name", "container", "datacenter", "dc", "deployment",
        "device", "endpoint", "env", "environment", "host", "hostname", "instance", "job",
        "kubernetes_cluster", "monitor", "namespace", "node", "pod", "prometheus", "region", "release",
        "replica", "service", "stage", "statefulset", "tenant", "zone",
    }
)  # fmt: skip
NOT_HERE = ("external", "grafana", "none")


class Routing:
    """The Alertmanager configuration that holds in an environment."""

    kinds: ClassVar[frozenset[str]] = frozenset(
        {ROUTING, "Secret", "ConfigMap", "Alertmanager", "AlertmanagerConfig"}
    )
    looked_for: ClassVar[str] = "Alertmanager configuration (route: and receivers:)"
    platform: ClassVar[tuple[str, tuple[str, ...]]] = ("routing", ("alertmanager",))

    def __init__(self, whole: WithTeams, at: Location) -> None:
        self.config = whole.config
        self.at = at
        self.more = whole.open  # where an object adds routes that can't be followed
        self.why_more = whole.why
        self.refused = whole.refused  # objects that the operator leaves out

    @property
    def subject(self) -> Subject:
        return Subject("Alertmanager", "", "routing")

    @classmethod
    def collect(
        cls,
        environment: Environment,
        named: Named,
        documents: Documents,
        manifests: Manifests,
        platform: Platform,
        alerts: Known[AlertRule],
    ) -> Self:
        """The one configuration.

        Raises:
            NotApplicable: alerts are routed elsewhere, as the checklist says, or there is none to route.
            Unknown: there is none in evidence, or several and none is named.
        """
        if not alerts.items and alerts.complete:
            raise NotApplicable("no alert to route")
        return cls.only(environment, named, documents, manifests, platform)

    @classmethod
    def only(
        cls, environment: Environment, named: Named, documents: Documents, manifests: Manifests,
        platform: Platform,
    ) -> Self:  # fmt: skip
        """The one configuration, whether there are alerts or not; raises as `collect` does."""
        declared = [one for one in named.declared if one.kind == "routing"]
        if set(platform.uses.get("routing", ())) & set(NOT_HERE) or declared:
            raise NotApplicable("alerts are routed outside of the sources, as the checklist says")
        config = configuration_of(manifests)
        if config is not None:
            return cls(with_teams(config, None, manifests), config.at)
        found = list(_found(environment, named, documents, manifests))
        if not found:
            raise Unknown(
                "no Alertmanager configuration in evidence, so nobody can say where an alert goes",
                None,
                "name it under evidence.routing, add its repository with --source, "
                "or say platform: {routing: [external]}",
            )
        if len(found) > 1:
            places = ", ".join(one.at.file for one in found)
            raise Unknown(
                f"{len(found)} Alertmanager configurations: {places}",
                found[0].at,
                "name the one that holds under evidence.routing",
            )
        value, at, secret = found[0]
        if "sops" in value:
            raise Unknown("the Alertmanager configuration is encrypted", at, "name a plain copy of it")
        return cls(with_teams(AlertmanagerConfig.of(value, at), secret, manifests), at)


class Routed(NamedTuple):
    """One alert and every place where its way through the tree may end.

    A label that neither the rule nor, usually, a series has counts as missing. `widest` takes it as open.
    """

    alert: AlertRule
    reached: tuple[Reached, ...]
    labels: Mapping[str, LabelValue]
    config: AlertmanagerConfig
    matched: frozenset[str]

    @property
    def widest(self) -> tuple[Reached, ...]:
        """Where it may end if the series bring any label that its expression lets through."""
        brought = self.alert.series_labels
        absent = self.matched - self.labels.keys() - {"severity"}
        open_ = absent if brought is None else absent & brought
        if not open_:
            return self.reached
        return self.config.walk({**self.labels, **dict.fromkeys(open_, DYNAMIC)})

    @property
    def certain(self) -> tuple[Reached, ...]:
        return tuple(one for one in self.reached if one.certain)


class Way(NamedTuple):
    """One way that an alert may take, from the root of the tree to a receiver."""

    alert: AlertRule
    routes: tuple[Route, ...]  # each with its matchers and its place; the first is the root
    receiver: Receiver | None  # None where no receiver has the name that the last route gives
    certain: bool  # False where a label that is not known yet decides

    @property
    def end(self) -> Route:
        return self.routes[-1]

    @property
    def timing(self) -> Timing:
        """Bundling, repetition, and the time intervals that mute it or in which alone it is active."""
        return self.end.timing

    @property
    def integrations(self) -> tuple[Integration, ...]:
        return self.receiver.integrations if self.receiver is not None else ()


class RoutedAlerts:
    """Every alert of an environment, and where it goes."""

    kinds: ClassVar[frozenset[str]] = AlertRule.kinds | Routing.kinds

    def __init__(self, routing: Routing, routed: tuple[Routed, ...]) -> None:
        self.routing = routing
        self.routed = routed
        self._by_alert = {id(one.alert): one for one in routed}  # rules are the same objects in a run

    @classmethod
    def collect(cls, alerts: tuple[AlertRule, ...], routing: Routing) -> Self:
        config = routing.config
        matched = frozenset(matcher.name for route in config.root for matcher in route.matchers)
        walked: dict[object, tuple[Reached, ...]] = {}  # alerts with the same labels go the same way
        routed = []
        for alert in alerts:
            labels = _labels(alert, matched)
            way = frozenset((name, value) for name, value in labels.items() if name in matched)
            if way not in walked:
                walked[way] = config.walk(labels)
            routed.append(Routed(alert, walked[way], labels, config, matched))
        return cls(routing, tuple(routed))

    def of(self, alert: AlertRule) -> Routed:
        return self._by_alert[id(alert)]

    def way_of(self, alert: AlertRule) -> tuple[Way, ...]:
        """Every way that an alert may take, in Alertmanager's order."""
        config = self.routing.config
        return tuple(
            Way(alert, config.way_to(end.route), config.receivers.get(end.receiver), end.certain)
            for end in self.of(alert).reached
        )


class Paging:
    """Which alerts page somebody: by the routing where it is known, else by their labels."""

    kinds: ClassVar[frozenset[str]] = AlertRule.kinds | Routing.kinds

    def __init__(self, alerts: tuple[AlertRule, ...], routing: Routing | None, why: str) -> None:
        self.why = why
        self.routing = routing
        self.routed: RoutedAlerts | None = None
        if routing is None:
            self._paging = {id(alert) for alert in alerts if pages_by_labels(alert)}
        else:
            self.routed = RoutedAlerts.collect(alerts, routing)
            self._paging = {
                id(one.alert)
                for one in self.routed.routed
                if any(is_pager(routing.config, r.receiver) for r in one.certain)
                or all(is_pager(routing.config, r.receiver) for r in one.reached)  # whichever way it goes
            }
            if not any(is_pager(routing.config, name) for name in routing.config.receivers):
                # nobody is paged by this tree at all: the labels say who was meant to be
                self._paging = {id(alert) for alert in alerts if pages_by_labels(alert)}

    @classmethod
    def collect(
        cls, environment: Environment, named: Named, documents: Documents, manifests: Manifests,
        platform: Platform, alerts: tuple[AlertRule, ...],
    ) -> Self:  # fmt: skip
        try:
            return cls(alerts, Routing.only(environment, named, documents, manifests, platform), "")
        except (NotApplicable, Unknown) as none:
            return cls(alerts, None, str(none))

    def pages(self, alert: AlertRule) -> bool:
        return id(alert) in self._paging


def pages_by_labels(alert: AlertRule) -> bool:
    """What an alert's own labels say, for where no routing is in evidence."""
    severity = alert.severity.lower()
    return severity in PAGING_SEVERITIES or alert.labels.get("pager", "").lower() in PAGERS


def is_pager(config: AlertmanagerConfig, receiver: str) -> bool:
    """Whether a receiver wakes somebody up."""
    found = config.receivers.get(receiver)
    return found is not None and not PAGERS.isdisjoint(found.kinds)


def _labels(alert: AlertRule, matched: frozenset[str]) -> Mapping[str, LabelValue]:
    """What is known of an alert's labels: the rule's own, and as open those that a series may bring."""
    labels: dict[str, LabelValue] = {
        name: DYNAMIC if TEMPLATE.search(value) else value for name, value in alert.labels.items()
    }
    labels["alertname"] = alert.name
    written = frozenset(re.findall(r"[A-Za-z_]\w*", alert.expr))
    for name in (matched & (OF_SERIES | written)) - labels.keys():
        labels[name] = label_of(alert, name)
    return labels


def _found(
    environment: Environment, named: Named, documents: Documents, manifests: Manifests
) -> "Iterator[_Found]":
    refs = environment.evidence.get("routing") or named.of("routing")
    files: list[File] = []
    for one in files_of(refs, documents, ROUTING) if refs else documents.marked(ROUTING):
        if isinstance(one, Unreadable):
            raise Unknown(f"{one.at.file} could not be read: {one.why}", one.at, one.fix)
        files.append(one)
    for document in documents.documents(tuple(files)):
        if isinstance(document, Unreadable):
            raise Unknown(f"{document.at.file} could not be read: {document.why}", document.at, document.fix)
        value = document.value
        if isinstance(value, dict) and value.get("kind") in ("Secret", "ConfigMap"):
            yield from _inside(KubernetesObject(value, document.at, environment.namespace))
        elif isinstance(value, dict) and "route" in value and "receivers" in value:
            yield _Found(value, document.at)
    if not refs:
        for found in manifests.of("Secret", "ConfigMap"):
            yield from _inside(found)


class _Found(NamedTuple):
    """One configuration, and the Secret that holds it by namespace and name."""

    value: Any
    at: Location
    secret: tuple[str, str] | None = None


def _inside(found: KubernetesObject) -> Iterator[_Found]:
    """A configuration that a Secret or ConfigMap holds: every place in it is that of its key."""
    body, secret = found.body, found.kind == "Secret"
    for field in ("stringData", "data"):
        data = body.get(field)
        for key in FILE_NAMES:
            text = data.get(key) if isinstance(data, dict) else None
            if not isinstance(text, str):
                continue
            place = found.at.at(field, key)
            if secret and field == "data":
                try:
                    text = base64.b64decode(text, validate=True).decode()
                except (binascii.Error, ValueError) as wrong:
                    raise Unknown(
                        f"{key} is no base64 of a text: {wrong}", place, f"encode {key} anew"
                    ) from wrong
            try:
                parsed = read(text.encode())
            except YamlError as wrong:
                raise Unknown(f"{key} is no YAML: {wrong.message}", place, f"mend {key}") from wrong
            for value in parsed.documents:
                if isinstance(value, dict) and "route" in value:
                    yield _Found(value, place, (found.namespace, found.name) if secret else None)
            return


class Severities:
    """The words for severity that alerts, routes and inhibitions of an environment use."""

    USUAL: ClassVar[tuple[str, ...]] = ("critical", "warning", "info", "none", "page", "ticket")
    kinds: ClassVar[frozenset[str]] = AlertRule.kinds | Routing.kinds

    def __init__(self, matchers: tuple[Matcher, ...], used: Mapping[str, int], known: bool = True) -> None:
        self.known = known  # whether there is a routing in evidence
        self._used = dict(used)
        self._matchers = tuple(
            one for one in dict.fromkeys(matchers) if one.operator != "=~" or not one.matches("")
        )
        self.routed = frozenset(
            word
            for matcher in self._matchers
            for word in re.split(r"[|()^$]+", matcher.value)
            if re.fullmatch(r"[\w-]+", word)
        )

    @classmethod
    def collect(
        cls, environment: Environment, named: Named, documents: Documents, manifests: Manifests,
        platform: Platform, alerts: tuple[AlertRule, ...],
    ) -> Self:  # fmt: skip
        used: dict[str, int] = {}
        for alert in alerts:
            used[alert.severity] = used.get(alert.severity, 0) + 1
        try:
            config = Routing.only(environment, named, documents, manifests, platform).config
        except (NotApplicable, Unknown):
            return cls((), used, known=False)
        matchers = [matcher for route in config.root for matcher in route.matchers]
        for rule in config.inhibit_rules:
            matchers.extend((*rule.sources, *rule.targets))
        return cls(tuple(one for one in matchers if one.name == "severity"), used)

    def mention(self, word: str) -> bool:
        """Whether a route or an inhibition asks for a word, or it is one of the usual ones."""
        return word in self.USUAL or any(
            one.matches(word) == (one.operator in ("=", "=~")) for one in self._matchers
        )

    def used_by(self, word: str) -> int:
        """How many alerts use a word."""
        return self._used.get(word, 0)

    def nearest(self, word: str, more: tuple[str, ...] = ()) -> str:
        """The known word that it is a slip of; empty when none is.

        A word that holds a known one and says more (`pageteam`, `non-critical`) is a word of its own.
        """
        from difflib import get_close_matches

        lowered = word.lower()
        known = [*sorted(self.routed), *(one for one in self.USUAL if one not in self.routed), *more]
        short_for = [one for one in known if len(word) > 2 and one.startswith(lowered)]
        slips = [one for one in known if one not in lowered or len(lowered) - len(one) < 3]
        near = short_for or get_close_matches(lowered, slips, n=1, cutoff=0.75)
        return near[0] if near else ""
