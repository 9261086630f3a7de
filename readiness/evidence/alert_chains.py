"""One alert's way, from the series that it reads to the person who is told: the joins, link by link.

Every link says what it is made of and where that stands, or why it is broken or can't be told. Nothing is
judged here that a check does not judge; what is missing is said as it is.
"""

from collections.abc import Iterator
from datetime import timedelta
from math import ceil
from typing import ClassVar, Literal, NamedTuple, Self

from readiness.arithmetic.durations import spell_duration
from readiness.errors import NotApplicable, Unknown
from readiness.evidence.alert_rules import AlertRule, RecordingRule
from readiness.evidence.burn_alerts import BurnAlert, BurnAlerts
from readiness.evidence.context import Environment, Named, Platform
from readiness.evidence.dashboard_links import DashboardLinks
from readiness.evidence.documents import Documents
from readiness.evidence.job_names import JobNames
from readiness.evidence.manifests import Manifests
from readiness.evidence.ownership import Owners
from readiness.evidence.promql import NotPromQL, Query, Selector, parsed
from readiness.evidence.recordings import Recordings
from readiness.evidence.routing import RoutedAlerts, Routing, Way, is_pager
from readiness.evidence.rule_times import RuleTimes
from readiness.evidence.runbook_links import Runbooks
from readiness.outcome import Location

State = Literal["holds", "broken", "unknown"]
SECTIONS = ("diagnosis", "mitigation", "escalation")


class Link(NamedTuple):
    """One link of the chain. `name` is what it joins: expression, series, labels, route, receiver, …"""

    name: str
    state: State
    says: str
    at: Location | None = None


class AlertChains:
    """The chains of all alerts of an environment."""

    kinds: ClassVar[frozenset[str]] = AlertRule.kinds

    def __init__(
        self,
        alerts: tuple[AlertRule, ...],
        recordings: Recordings,
        jobs: JobNames | None,
        times: RuleTimes,
        routed: RoutedAlerts | None,
        no_routing: str,
        pages: Runbooks,
        dashboards: DashboardLinks,
        owners: Owners,
        burning: BurnAlerts,
    ) -> None:
        self.alerts = alerts
        self._burning = {id(one.rule): _fastest(one) for one in burning.found}
        self._recordings = recordings
        self._jobs = jobs
        self._times = times
        self._routed = routed
        self._no_routing = no_routing
        self._pages = pages
        self._dashboards = dashboards
        self._owners = owners

    @classmethod
    def collect(
        cls,
        environment: Environment,
        named: Named,
        documents: Documents,
        manifests: Manifests,
        platform: Platform,
        alerts: tuple[AlertRule, ...],
        records: tuple[RecordingRule, ...],
        jobs: JobNames,
        times: RuleTimes,
        pages: Runbooks,
        dashboards: DashboardLinks,
        owners: Owners,
        burning: BurnAlerts,
    ) -> Self:
        routed, why = None, ""
        try:
            routing = Routing.only(environment, named, documents, manifests, platform)
            routed = RoutedAlerts.collect(alerts, routing)
        except (NotApplicable, Unknown) as none:
            why = str(none)
        return cls(alerts, Recordings(records), jobs, times, routed, why, pages, dashboards, owners, burning)

    def named(self, name: str) -> tuple[AlertRule, ...]:
        """The alerts of a name; there may be several, by severity."""
        return tuple(one for one in self.alerts if one.name == name)

    def of(self, alert: AlertRule) -> Iterator[Link]:
        """The chain of one alert."""
        try:
            query = parsed(alert.expr)
        except NotPromQL as wrong:
            yield Link("expression", "broken", f"{wrong}: {_one_line(alert.expr)}", alert.at.at("expr"))
            query = None
        if query is not None:
            yield Link("expression", "holds", _one_line(alert.expr), alert.at.at("expr"))
            yield from self._series(query)
            yield self._labels(alert, query)
        yield from self._way(alert)
        yield self._time(alert, query)
        yield self._runbook(alert)
        yield from self._drawn(alert)
        yield self._owner(alert)

    def _series(self, query: Query) -> Iterator[Link]:
        for metric in sorted(query.metrics & self._recordings.names):
            rule = self._recordings.of(metric)
            if rule is not None:
                yield Link("recorded", "holds", f"{metric} = {_one_line(rule.expr)}", rule.at.at("expr"))
        for selector in {str(one): one for one in self._recordings.followed(query)}.values():
            yield self._scraped(selector)

    def _scraped(self, selector: Selector) -> Link:
        jobs = [one.only_value for one in selector.asks("job") if one.only_value]
        if not jobs:
            return Link("series", "unknown", f"{selector}: no job is named, so nobody can say who exports it")
        at = self._jobs.at.get(jobs[0]) if self._jobs is not None else None
        if at is not None:
            return Link("series", "holds", f"{selector}: job {jobs[0]} is scraped", at)
        if self._jobs is None or self._jobs.open is not None or not self._jobs.at:
            return Link("series", "unknown", f"{selector}: nothing in evidence says who scrapes {jobs[0]}")
        return Link("series", "broken", f"{selector}: nothing in evidence is scraped as {jobs[0]}")

    def _labels(self, alert: AlertRule, query: Query) -> Link:
        own = [f"{name}={value}" for name, value in sorted(alert.labels.items())]
        kept = query.labels.kept
        series = "any label of its series" if kept is None else f"{', '.join(sorted(kept))} of its series"
        brought = "no label of its series" if kept is not None and not kept else series
        return Link(
            "labels", "holds", f"{', '.join(own) or 'none of its own'}; {brought}", alert.at.at("labels")
        )

    def _way(self, alert: AlertRule) -> Iterator[Link]:
        if self._routed is None:
            yield Link("route", "unknown", self._no_routing)
            return
        config = self._routed.routing.config
        for way in self._routed.way_of(alert):
            perhaps = "" if way.certain else "perhaps, as labels of the series decide: "
            for depth, route in enumerate(way.routes):
                asks = ", ".join(map(str, route.matchers)) or "everything"
                yield Link("route", "holds", f"{perhaps}{'  ' * depth}{asks}", route.at)
            yield self._receiver(way, is_pager(config, way.end.receiver))

    def _receiver(self, way: Way, pager: bool) -> Link:
        name = way.end.receiver
        if way.receiver is None:
            return Link("receiver", "broken", f"{name}: there is none of that name", way.end.at)
        kinds = sorted({one.kind for one in way.integrations})
        if not kinds:
            return Link("receiver", "broken", f"{name} sends nothing", way.receiver.at)
        timing = way.timing
        often = f"bundles for {_span(timing.group_wait)}, again after {_span(timing.repeat_interval)}"
        muted = f", silent in {', '.join(timing.mute)}" if timing.mute else ""
        active = f", only in {', '.join(timing.active)}" if timing.active else ""
        what = "wakes somebody up" if pager else "wakes nobody up"
        return Link(
            "receiver",
            "holds",
            f"{name} ({', '.join(kinds)}) {what}; {often}{muted}{active}",
            way.receiver.at,
        )

    def _time(self, alert: AlertRule, query: Query | None) -> Link:
        """The longest time from a failure to the message: what is in evidence, and what is not."""
        terms: list[tuple[str, timedelta]] = []
        missing = []
        scraped = self._times.slowest_scrape(query) if query is not None else None
        if scraped is not None:
            terms.append(("scrape", scraped.span))
        elif query is not None and query.selectors:
            missing.append("scrape interval")
        window = self._times.longest_window(query) if query is not None else timedelta(0)
        if window:
            terms.append(("window", window))
        every = self._times.evaluation(alert)
        if every is not None:
            terms.append(("evaluation", every.span))
        else:
            missing.append("evaluation interval")
        hold = self._times.hold(alert)
        if every is not None and every.span and hold % every.span:
            hold = (hold // every.span + 1) * every.span
        terms.append(("for", hold))
        if self._routed is not None:
            ends = [one.timing.group_wait for one in self._routed.of(alert).reached]
            terms.append(("group_wait", max(ends, default=timedelta(0))))
        else:
            missing.append("group_wait")
        total = sum((span for _, span in terms), timedelta(0))
        said = " + ".join(f"{name} {_span(span)}" for name, span in terms if span)
        more = f"; not in evidence: {', '.join(missing)}" if missing else ""
        detects = self._burning.get(id(alert))
        if detects is not None:
            more += f"; a total failure: {_span(total - window + detects)}"
        state: State = "unknown" if missing else "holds"
        return Link("longest time", state, f"{_span(total)} ({said or 'at once'}){more}", alert.at)

    def _runbook(self, alert: AlertRule) -> Link:
        link = self._pages.of(alert)
        name, url = alert.runbook
        at = alert.at.at("annotations", name) if name else alert.at.at("annotations")
        if link is None:
            return Link("runbook", "broken", "no link to a page", at)
        if link.status == "declared":
            return Link("runbook", "holds", f"declared by the checklist: {link.why}", at)
        if link.page is None:
            state: State = "unknown" if link.status == "unknown" else "broken"
            return Link("runbook", state, f"{url}: {link.why or link.status}", at)
        page = link.page
        kinds = [kind for kind in SECTIONS if page.of_kind(kind)]  # type: ignore[arg-type]
        told = ", ".join(kinds) or "no section that is known"
        if link.status == "anchor":
            return Link("runbook", "broken", f"{page.file.path} has no section #{link.why}", page.at)
        return Link("runbook", "holds", f"{page.file.path}: {told}", page.at)

    def _drawn(self, alert: AlertRule) -> Iterator[Link]:
        for link in self._dashboards.links:
            if link.about == alert.subject:
                yield Link("dashboard", "holds", f"/d/{link.uid}/{link.slug}".rstrip("/"), link.at)

    def _owner(self, alert: AlertRule) -> Link:
        said = next((alert.labels[name] for name in ("team", "owner") if alert.labels.get(name)), "")
        others = [one for one in self._owners.claims if one.source in ("checklist", "catalog")]
        if not said and not others:
            return Link("owner", "broken", "nobody is named: no label team or owner, no owner of the service")
        if not said:
            return Link(
                "owner", "holds", f"{others[0].names[0]}, as the {others[0].source} says", others[0].at
            )
        teams = self._owners.teams.of(said)
        differs = [
            one for one in others if not any(teams & self._owners.teams.of(name) for name in one.names)
        ]
        if differs:
            one = differs[0]
            return Link("owner", "broken", f"{said}, and the {one.source} says {one.names[0]}", one.at)
        return Link("owner", "holds", said, alert.at.at("labels"))


def _fastest(alert: BurnAlert) -> timedelta | None:
    times = [pair.detects for pair in alert.pairs if pair.detects is not None]
    return timedelta(seconds=ceil(min(times))) if times else None


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _span(span: timedelta) -> str:
    return spell_duration(int(span.total_seconds())) if span else "0s"
