"""Inhibitions silence what they are meant to, and nothing else."""

from collections.abc import Iterator
from itertools import islice

from readiness.api import Finding, Findings, Known, NotApplicable, Operand, Proof, Unknown
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.inhibitions import Inhibition, Inhibitions, Side, by_name, named
from readiness.evidence.matchers import Matcher
from readiness.evidence.targets import slip_of
from readiness.outcome import Location, Subject

MOST = 300  # findings and proofs of one sort: a report of more helps nobody
RANKS = {
    "none": 0, "info": 1, "notice": 1, "low": 1, "warning": 2, "warn": 2, "ticket": 2, "minor": 2,
    "critical": 3, "page": 3, "emergency": 3, "s1": 3, "s2": 3,
}  # fmt: skip
PAGES = 3


def inhibit_sound(inhibitions: Inhibitions, rules: Known[AlertRule]) -> Findings:
    """Each inhibition can act, and no lesser alert silences a page.

    An inhibition that never acts leaves the storm of alerts that it was written against. One that acts too
    widely hides an outage behind an alert about something else.

    Silent on:
        sources and targets of other repositories, since nobody here knows their labels;
        labels that a series may bring, which may be equal;
        a source by name that silences pages on purpose, such as one for a maintenance;
        an inhibition of everything by everything that silences severity none only.

    Severity: error warning note note

    Source:
        Alertmanager documentation, "Configuration", inhibit_rule; prometheus/alertmanager, inhibit.go.
    """
    if not inhibitions.rules:
        raise NotApplicable("the configuration has no inhibition")
    alerts: dict[str, AlertRule] = {}
    for alert in rules:
        alerts.setdefault(alert.name, alert)
    for number, one in enumerate(islice(inhibitions.rules, MOST)):
        same = sum(1 for before in inhibitions.rules[:number] if str(before) == str(one))
        told = _Told(inhibitions, one, f" {same + 1}" if same else "")
        found = list(_never(told)) or list(_reversed(told)) or list(_too_wide(told))
        missed = [] if found else [*_renamed(told, alerts), *_missed(told, alerts)]
        if missed and not rules.complete:
            raise Unknown(rules.why)
        yield from found
        yield from missed
        if found or missed:
            continue
        yield Proof(
            f"{one}: of {len(one.targets)} alerts that match it may silence {len(one.silenced)}, "
            f"and {len(one.sources)} may do so",
            (
                Operand("sources", len(one.sources), at=one.rule.at),
                Operand("targets", len(one.targets), at=one.rule.at),
            ),
            about=told.subject,
            at=one.rule.at,
        )


class _Told:
    """What all findings about one inhibition share."""

    def __init__(self, inhibitions: Inhibitions, inhibition: Inhibition, again: str) -> None:
        self.inhibition = inhibition
        self.at: Location = inhibition.rule.at
        self.subject: Subject = inhibitions.routing.subject._replace(part=f"{inhibition}{again}"[:200])

    def finding(self, why: str, fix: str, key: str, *others: Side, warns: bool = False) -> Finding:
        return Finding(
            f"the inhibition of {self.inhibition} {why}",
            at=self.at,
            fix=fix,
            operands=tuple(Operand(one.alert.name, one.alert.severity, at=one.alert.at) for one in others),
            about=self.subject,
            key=key,
            at_most="warning" if warns else None,
        )


def _never(told: _Told) -> Iterator[Finding]:
    """What can be seen from the inhibition alone."""
    one = told.inhibition
    for side, asked in (("source", one.what_source), ("target", one.what_target)):
        if asked.contradiction is not None:
            first, second = asked.contradiction
            yield told.finding(
                f"never acts: no {side} has both {first} and {second}",
                f"take {first} or {second} away",
                f"contradiction {side}",
            )
            return
    for label in one.rule.equal:
        left, right = one.what_source.values(label), one.what_target.values(label)
        if left and right and not left & right:
            yield told.finding(
                f"never acts: {label} has to be equal, and is {_listed(left)} on one side "
                f"and {_listed(right)} on the other",
                f"take {label} out of equal",
                f"equal {label}",
            )
            return
    if one.what_target.imply_all(one.rule.sources) and one.what_source.imply_all(one.rule.targets):
        yield told.finding(
            "never acts: both sides take the same alerts, and an alert that is on both is not silenced "
            "by another that is",
            "ask for something of the source that its targets don't have, such as a higher severity",
            "same",
            warns=True,
        )


def _too_wide(told: _Told) -> Iterator[Finding]:
    one = told.inhibition
    words = one.what_target.values("severity")
    if not one.rule.sources and words != frozenset({"none"}):
        yield told.finding(
            "has no source matcher, so that any alert silences its targets",
            "name the alert that makes the others needless under source_matchers",
            "any source",
        )
        return
    if not one.rule.equal or (named(one.what_source) and named(one.what_target)):
        return
    nowhere = ("",) * len(one.rule.equal)
    sources = [side for side in one.sources if side.certain and not side.both and side.equal == nowhere]
    targets = [side for side in one.targets if side.certain and side.equal == nowhere]
    for source in sources:
        for target in targets:
            if source.alert.name != target.alert.name:
                labels = ", ".join(one.rule.equal)
                yield told.finding(
                    f"reaches too far: neither {source.alert.name} nor {target.alert.name} has {labels}, and "
                    f"what both lack is equal ({len(sources)} such sources, {len(targets)} such targets)",
                    f'keep {labels} in the expressions, or ask for {one.rule.equal[0]}!="" on both sides',
                    "absent",
                    source,
                    target,
                    warns=True,
                )
                return


def _reversed(told: _Told) -> Iterator[Finding]:
    """A lesser alert that silences a page, with nothing but their severities to tell them apart."""
    one = told.inhibition
    left, right = one.what_source.values("severity"), one.what_target.values("severity")
    if not left or not right or one.what_source.labels != {"severity"}:
        return
    ranks = [RANKS.get(word.lower()) for word in left]
    pages = sorted(word for word in right if RANKS.get(word.lower()) == PAGES)
    if pages and all(rank is not None and rank < PAGES for rank in ranks):
        yield told.finding(
            f"lets {_listed(left)} silence {', '.join(pages)}: a page is lost to a lesser alert",
            "exchange source and target",
            "reversed",
        )


def _renamed(told: _Told, alerts: dict[str, AlertRule]) -> Iterator[Finding]:
    one = told.inhibition
    for side, asked in (("source", one.what_source), ("target", one.what_target)):
        names = named(asked)
        for name in sorted(names - alerts.keys()):
            near = slip_of(name, alerts.keys() - names)
            if near:
                yield told.finding(
                    f"has {name} as its {side}, and no alert is called so; did you mean {near}?",
                    f"write {near}",
                    f"renamed {side} {name}",
                )


def _missed(told: _Told, alerts: dict[str, AlertRule]) -> Iterator[Finding]:
    """Alerts that are named on both sides, and that it can't bring together."""
    one = told.inhibition
    sources, targets = named(one.what_source), named(one.what_target)
    if not sources or not sources <= alerts.keys():
        return
    if not one.sources:
        yield _not_taken(told, _listed(sources), one.rule.sources)
        return
    there = by_name(one.targets)
    for name in sorted(targets & alerts.keys()):
        sides = there.get(name, [])
        if not sides:
            yield _not_taken(told, name, one.rule.targets)
        elif all(one.silencer(side) is None for side in sides):
            label = one.unequal(one.sources[0], sides[0])
            yield told.finding(
                f"never silences {name}: {_compared(one, sides[0], label)}",
                f"set {label} on both alerts, or take it out of equal"
                if label
                else "tell the two sides apart",
                f"unequal {name}",
                one.sources[0],
                sides[0],
            )


def _not_taken(told: _Told, name: str, matchers: tuple[Matcher, ...]) -> Finding:
    return told.finding(
        f"never takes {name}, which has not all of {', '.join(map(str, matchers))}",
        f"mend the labels of {name}, or the matchers",
        f"never {name}",
    )


def _compared(one: Inhibition, target: Side, label: str) -> str:
    source = one.sources[0]
    if not label:
        return "both alerts are on both sides"
    number = one.rule.equal.index(label)
    left, right = source.equal[number], target.equal[number]
    return (
        f"its {label} is {right or 'missing'}, that of {source.alert.name} is {left or 'missing'}, "
        "and they have to be equal"
    )


def _listed(values: frozenset[str]) -> str:
    return ", ".join(sorted(value or "missing" for value in values))
