"""Objectives as generated rules state them: what sloth writes into `slo:objective:ratio`.

Ignored on purpose: rules of other generators, which state their objective in thresholds alone
(burn_alerts.py).
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import ClassVar, NamedTuple, Self

from readiness.evidence.alert_rules import RecordingRule
from readiness.evidence.burn_alerts import differs
from readiness.evidence.promql import NotPromQL, constant, parsed
from readiness.outcome import Location, Subject

RECORD = "slo:objective:ratio"


class GeneratedSlo(NamedTuple):
    """One objective in generated rules; None where its rule is no constant."""

    id: str
    service: str
    objective: Fraction | None
    at: Location

    @property
    def subject(self) -> Subject:
        return Subject("SLO", "", self.id, "generated")

    def differs(self, target: Fraction) -> bool:
        return self.objective is not None and differs(self.objective, target)


class GeneratedSlos:
    """All objectives that generated rules of an environment state."""

    kinds: ClassVar[frozenset[str]] = RecordingRule.kinds

    def __init__(self, found: Iterable[GeneratedSlo]) -> None:
        self._by_id: dict[str, list[GeneratedSlo]] = {}
        self._by_service: dict[str, dict[str, GeneratedSlo]] = {}
        for one in found:
            self._by_id.setdefault(one.id, []).append(one)
            self._by_service.setdefault(one.service, {}).setdefault(one.id, one)

    @classmethod
    def collect(cls, rules: tuple[RecordingRule, ...]) -> Self:
        return cls(
            GeneratedSlo(
                rule.labels["sloth_id"], rule.labels.get("sloth_service", ""), _constant(rule.expr), rule.at
            )
            for rule in rules
            if rule.name == RECORD and rule.labels.get("sloth_id")
        )

    def of(self, id_: str) -> tuple[GeneratedSlo, ...]:
        return tuple(self._by_id.get(id_, ()))

    def of_service(self, service: str) -> tuple[GeneratedSlo, ...]:
        return tuple(self._by_service.get(service, {}).values())


def _constant(expr: str) -> Fraction | None:
    try:
        return constant(parsed(expr).node)[0]
    except NotPromQL:
        return None
