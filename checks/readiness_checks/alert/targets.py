"""What an alert asks for is there."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import islice
from typing import NamedTuple

from readiness.api import Finding, Findings, Glob, NotApplicable, Proof, Unknown
from readiness.evidence.alert_rules import AlertRule, RecordingRule
from readiness.evidence.context import ServiceCard
from readiness.evidence.matchers import Matcher
from readiness.evidence.promql import NotPromQL, Selector, parsed
from readiness.evidence.re2 import Pattern
from readiness.evidence.target_names import Missing, TargetNames, pattern_of, plain_start
from readiness.outcome import Operand, Subject

MOST = 300  # findings: a report of more helps nobody
NAMED = 5  # names that a message lists before it counts the rest
PLATFORM = (
    "alertmanager*", "apiserver", "blackbox*", "cadvisor", "cert-manager*", "coredns", "default", "etcd*",
    "ingress-nginx*", "istio*", "kube-*", "kubelet", "kubernetes*", "monitoring", "node-exporter*",
    "prometheus*", "pushgateway*",
)  # fmt: skip


class _Asked(NamedTuple):
    """One name that a rule asks for."""

    rule: AlertRule
    label: str
    name: str  # or the plain start of a pattern
    pattern: Pattern | None  # where it is no plain name
    matcher: Matcher
    alone: bool  # no other name that the matcher allows is there


def selector_matches_target(
    alerts: tuple[AlertRule, ...],
    records: tuple[RecordingRule, ...],
    names: TargetNames,
    service: ServiceCard,
    *,
    external: tuple[Glob, ...] = PLATFORM,
) -> Findings:
    """The jobs, namespaces and objects that alerts ask for are there.

    A workload or a monitor gets another name, and the alerts on the old one go
    on asking for it. No series has it any more, so that they can't fire, and
    Prometheus finds nothing wrong with that.

    Settings:
        external: names that come from elsewhere, such as those of the platform's own exporters.

    Silent on:
        names that service discovery or a controller makes of what is in evidence: pods, jobs by `jobLabel`;
        what a rule leaves out with != or !~;
        one name of several in a pattern, where it may be another repository's;
        labels of a program's own metrics that only look like names of Kubernetes;
        names of another environment's namespace;
        what is called after a custom resource, of which an operator makes pods, Services and containers.

    Severity: error error warning warning

    Source:
        Prometheus Operator API, jobLabel; kube-state-metrics and cAdvisor, labels of their metrics.
    """
    rules = (*alerts, *records)
    if not rules:
        raise NotApplicable("no rule asks for anything")
    yield from islice(_never(rules), MOST)
    held, platform = 0, 0
    missed: dict[Missing, list[_Asked]] = {}
    unclear: dict[Matcher, AlertRule] = {}
    for asked in _asked(rules, names):
        if names.holds(asked.label, asked.pattern or asked.name):
            held += 1
            continue
        if _elsewhere(asked, names, external):
            platform += 1
            continue
        found = names.missing(asked.label, asked.name, service.name)
        if found.why:
            missed.setdefault(found, []).append(asked)
        elif asked.alone:
            unclear.setdefault(asked.matcher, asked.rule)
    yield from islice((_finding(found, asked) for found, asked in missed.items()), MOST)
    if held:
        yield Proof(
            f"{held} conditions of {len(rules)} rules name something that is there",
            (Operand("conditions", held), Operand("of the platform, not judged", platform)),
            at=rules[0].at,
        )
    if unclear:
        rule = next(iter(unclear.values()))
        listed = ", ".join(map(str, list(unclear)[:NAMED]))
        more = f" and {len(unclear) - NAMED} more" if len(unclear) > NAMED else ""
        raise Unknown(
            f"nothing in evidence is called {listed}{more}, which rules ask for",
            rule.at.at("expr"),
            "add the source that has it with --source, or name it in the setting external",
        )
    if not held:
        yield Proof(
            f"{len(rules)} rules name nothing of this service",
            (Operand("of the platform, not judged", platform),),
            at=rules[0].at,
        )


def _elsewhere(asked: _Asked, names: TargetNames, external: tuple[str, ...]) -> bool:
    made = bool(asked.pattern and asked.name) and names.made_by_an_operator(asked.label, asked.name)
    return made or any(fnmatchcase(asked.name, glob) for glob in external)


def _selectors(rules: tuple[AlertRule, ...]) -> Iterator[tuple[AlertRule, Selector]]:
    for rule in rules:
        try:
            yield from ((rule, selector) for selector in dict.fromkeys(parsed(rule.expr).selectors))
        except NotPromQL:
            continue  # alert.rules-valid says so


def _asked(rules: tuple[AlertRule, ...], names: TargetNames) -> Iterator[_Asked]:
    for rule, selector in _selectors(rules):
        judged = [one for one in selector.matchers if _judged(one, selector, names)]
        elsewhere = [
            one for one in judged if one.name == "namespace" and not any(_there(one, names))
        ]  # what lies in a namespace that is not here can't be looked up
        for matcher in elsewhere or judged:
            there = any(_there(matcher, names))
            for name, pattern in _parts(matcher):
                yield _Asked(rule, matcher.name, name, pattern, matcher, not there)


def _judged(matcher: Matcher, selector: Selector, names: TargetNames) -> bool:
    if matcher.operator not in ("=", "=~") or matcher.matches("") or not re.search(r"\w", matcher.value):
        return False
    return names.judges(matcher.name, selector.metric)


def _parts(matcher: Matcher) -> Iterator[tuple[str, Pattern | None]]:
    """The names that a matcher asks for, one by one where they are a list."""
    pattern = pattern_of(matcher.value) if matcher.operator == "=~" else None
    if pattern is None:
        yield matcher.value, None
    elif pattern.literals is not None:
        yield from ((name, None) for name in sorted(pattern.literals) if name)
    else:
        yield plain_start(matcher.value), pattern


def _there(matcher: Matcher, names: TargetNames) -> Iterator[bool]:
    return (names.holds(matcher.name, pattern or name) for name, pattern in _parts(matcher))


def _finding(found: Missing, asked: list[_Asked]) -> Finding:
    first = asked[0]
    rules = list(dict.fromkeys(one.rule.name for one in asked))
    more = f" and {len(rules) - 1} more" if len(rules) > 1 else ""
    wanted = first.matcher if first.pattern else f'{found.label}="{found.name}"'
    operands = [Operand("asked for", str(wanted), at=first.rule.at.at("expr"))]
    if found.at is not None:
        operands.append(Operand("there", found.near or found.name, at=found.at))
    return Finding(
        f"{rules[0]}{more} asks for {wanted}: {found.why}",
        at=first.rule.at.at("expr"),
        fix=_fix(found),
        operands=tuple(operands),
        about=Subject("Label", "", f'{found.label}="{found.name}"'),
        at_most=None if any(one.alone for one in asked) else "warning",
    )


def _fix(found: Missing) -> str:
    if found.near:
        return f"write {found.near} in its place"
    if found.label in ("deployment", "statefulset", "daemonset"):
        return "ask for the kind that it is, by the metrics and the label of that kind"
    return f"write the name that it has now, or name {found.name} in the setting external"


def _never(rules: tuple[AlertRule, ...]) -> Findings:
    """Selectors whose conditions no series can meet; a condition once in a rule."""
    said: set[tuple[int, str]] = set()
    for rule, selector in _selectors(rules):
        for matcher in selector.matchers:
            finding = _impossible(rule, matcher, selector)
            if finding is not None and (id(rule), finding.key) not in said:
                said.add((id(rule), finding.key))
                yield finding


def _impossible(rule: AlertRule, matcher: Matcher, selector: Selector) -> Finding | None:
    pattern = pattern_of(matcher.value) if matcher.operator == "!~" else None
    if pattern is not None and pattern.matches_all:
        return Finding(
            f"{rule.name} asks for {matcher}, which no series has: the pattern takes every value",
            at=rule.at.at("expr"),
            fix=f'write {matcher.name}="" for series without the label, or take the condition out',
            about=rule.subject,
            key=str(matcher),
        )
    against = _against(matcher, selector) if matcher.operator == "=" else None
    if against is None:
        return None
    return Finding(
        f"{rule.name} asks for {matcher} and {against} of one series, which none has",
        at=rule.at.at("expr"),
        fix=f"take one of the two out, or write {matcher.name}=~ with both values",
        about=rule.subject,
        key=" ".join(sorted((str(matcher), str(against)))),
    )


def _against(matcher: Matcher, selector: Selector) -> Matcher | None:
    """Another condition on the same label that the value does not meet."""
    return next((one for one in selector.asks(matcher.name) if not one.matches(matcher.value)), None)
