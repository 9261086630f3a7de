"""Who hears of a Job or CronJob that fails: alerts on what kube-state-metrics says of it.

A Job ends before anybody would scrape it. What watches it is its object in the cluster. Reads the rules of
an environment wherever `alert_rules` finds them, and of an expression only its selectors of these metrics.
Ignored on purpose: labels other than the Job's name and namespace, which an exporter may rename.
"""

import re
from collections.abc import Iterator
from typing import ClassVar, Self

from readiness.evidence.alert_rules import AlertRule, rule_sets
from readiness.evidence.context import Environment, Named
from readiness.evidence.documents import Documents
from readiness.evidence.manifests import Manifests, Workload
from readiness.evidence.matchers import Matcher, parse_matchers
from readiness.evidence.scraped import Path
from readiness.known import Unreadable

# Metrics of kube-state-metrics (docs/metrics/workload/job-metrics.md, cronjob-metrics.md) that tell that a
# Job failed, or did not come to its end in time.
_SELECTOR = re.compile(
    r"\bkube_(?:job_(?:failed|complete|status_(?:failed|succeeded|active|start_time|completion_time))"
    r"|cronjob_(?:status_last_(?:successful|schedule)_time|next_schedule_time))\b(?:\s*\{([^{}]*)\}|(?!\s*\{))"
)
_RUN = "-29000000"  # the controller names a CronJob's Job after it and the minute of its schedule


class BatchAlerts:
    """The alerts that watch the Jobs of an environment."""

    # A rule file that can't be read says nothing here; what reads alerts has said so.
    kinds: ClassVar[frozenset[str]] = frozenset({"batch alerts"})

    def __init__(self, alerts: tuple[tuple[AlertRule, tuple[Matcher, ...]], ...]) -> None:
        self._alerts = alerts

    @classmethod
    def collect(
        cls, environment: Environment, named: Named, documents: Documents, manifests: Manifests
    ) -> Self:
        found: list[tuple[AlertRule, tuple[Matcher, ...]]] = []
        for rules in rule_sets(environment, named, documents, manifests):
            if not isinstance(rules, Unreadable):
                found.extend((rule, one) for rule in AlertRule.of_set(rules) for one in _selectors(rule))
        return cls(tuple(found))

    def of(self, workload: Workload) -> Path | None:
        """An alert that speaks of a Job's or CronJob's failure; None where there is none."""
        for rule, matchers in self._alerts:
            if all(_fits(one, workload) for one in matchers):
                return Path(f"alert {rule.name}", rule.at)
        return None


def _selectors(rule: AlertRule) -> Iterator[tuple[Matcher, ...]]:
    for found in _SELECTOR.finditer(rule.expr):
        try:
            yield parse_matchers(found[1]) if (found[1] or "").strip() else ()
        except ValueError:
            continue  # alert.rules-valid says what is wrong with the expression


def _fits(matcher: Matcher, workload: Workload) -> bool:
    if matcher.name in ("cronjob", "owner_name"):
        return matcher.matches(workload.name)
    if matcher.name == "job_name":
        return matcher.matches(workload.name + (_RUN if workload.kind == "CronJob" else ""))
    if matcher.name == "namespace" and workload.namespace:
        return matcher.matches(workload.namespace)
    return True
