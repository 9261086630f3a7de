"""Names of all alerting rules in evidence, for what mentions an alert by its name.

The rules are those of `alert_rules.py`, of every service and of every product that writes such rules: a page
may speak of any of them.
"""

from collections.abc import Iterator
from typing import NamedTuple, Self

from readiness.evidence.alert_rules import AlertRule, rule_sets
from readiness.evidence.context import Environment, Named
from readiness.evidence.documents import Documents
from readiness.evidence.manifests import Manifests
from readiness.known import Unreadable
from readiness.outcome import Location


class AlertName(NamedTuple):
    """One alert's name, where it is first defined, and its severity label."""

    name: str
    at: Location
    severity: str

    @classmethod
    def collect(
        cls, environment: Environment, named: Named, documents: Documents, manifests: Manifests
    ) -> Iterator[Self | Unreadable]:
        seen: set[str] = set()
        for one in rule_sets(environment, named, documents, manifests):
            if isinstance(one, Unreadable):
                yield one
                continue
            for rule in AlertRule.of_set(one):
                if rule.name not in seen:
                    seen.add(rule.name)
                    yield cls(rule.name, rule.at, rule.severity)


AlertName.kinds = AlertRule.kinds  # type: ignore[attr-defined]  # annotated, it would be a field
AlertName.looked_for = AlertRule.looked_for  # type: ignore[attr-defined]
