"""What alerting rules were before: the expression at a date, and which rule took the place of another.

Reads earlier versions of the files that hold rules today, of rule files and of objects. Templates, which are
no YAML before they are rendered, tell nothing of their past.
"""

import re
from collections import Counter
from contextlib import suppress
from datetime import date
from itertools import takewhile
from typing import Any, NamedTuple, Self

from readiness.evidence.alert_rules import OBJECT_KINDS, AlertRule, RuleSet
from readiness.evidence.git import GitFacts, Version
from readiness.evidence.promql import NotPromQL, parsed
from readiness.outcome import Location
from readiness.yaml_reader import YamlError, read

_TOKENS = (
    r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`|#[^\n]*|[a-zA-Z_:][a-zA-Z0-9_:]*|'
    r"(?P<number>\d[\w.]*(?:e[-+]\d+)?)|(?P<sign>[=!<>]=?)"
)


class Change(NamedTuple):
    """A change of an expression that its page may have to follow."""

    brought: Version | None  # the first version that has it; None where it is not committed yet
    what: str  # "0.5 became 0.8"
    before: str


class AlertHistory:
    """Earlier versions of the rules."""

    def __init__(self, git: GitFacts, alerts: tuple[AlertRule, ...]) -> None:
        self._git = git
        self._ahead: dict[str, set[str]] = {}  # paths by source, until their histories are read in one go
        for alert in alerts:
            self._ahead.setdefault(alert.at.source, set()).add(alert.at.file)
        self._rules: dict[tuple[str, str, str], dict[str, list[AlertRule]]] = {}

    @classmethod
    def collect(cls, git: GitFacts, alerts: tuple[AlertRule, ...]) -> Self:
        return cls(git, alerts)

    def known(self, alert: AlertRule) -> bool:
        """Whether the file of a rule has a history."""
        return bool(self._git.changes(alert.at.source, alert.at.file))

    def change_since(self, alert: AlertRule, day: date) -> tuple[Change | None, bool]:
        """The last material change of an expression after a day, and whether history goes back so far.

        Raises:
            Unknown: git can't tell.
        """
        source, path = alert.at.source, alert.at.file
        versions = self._states(source, path)
        later = sum(1 for _ in takewhile(lambda one: one.day > day, versions))
        whole = len(versions) == sum(1 for one in self._git.changes(source, path) if one.blob)
        # one of that day or before is among them, or there is none
        complete = later < len(versions) or (whole and not self._git.shallow(source))
        found = [(one, then) for one in versions[: later + 1] if (then := self._then(alert, one)) is not None]
        if not found:
            return None, complete  # the rule is newer, or its file was a template
        before = found[-1][1].expr
        what = difference(before, alert.expr)
        if not what:
            return None, complete
        brought = [
            one for one, then in takewhile(lambda pair: not difference(pair[1].expr, alert.expr), found)
        ]
        return Change(brought[-1] if brought else None, what, before), True

    def successor(self, name: str, alerts: tuple[AlertRule, ...]) -> tuple[AlertRule, date] | None:
        """The rule that has the expression of one that is gone, and the day on which it took its place.

        Raises:
            Unknown: git can't tell.
        """
        by_file: dict[tuple[str, str], list[AlertRule]] = {}
        for alert in alerts:
            by_file.setdefault((alert.at.source, alert.at.file), []).append(alert)
        for (source, path), rules in by_file.items():
            newer: Version | None = None
            for version in self._states(source, path):
                then = self._rules_of(version, rules[0].at) if name.encode() in version.content else {}
                if name in then:
                    came = (one for one in rules if one.name not in then)
                    same = next((one for one in came if not difference(then[name][0].expr, one.expr)), None)
                    return (same, newer.day) if same is not None and newer is not None else None
                newer = version
        return None

    def _states(self, source: str, path: str) -> tuple[Version, ...]:
        self._git.prefetch(source, sorted(self._ahead.pop(source, ())))
        return self._git.states_of(source, path)

    def _then(self, alert: AlertRule, version: Version) -> AlertRule | None:
        """The rule in a version of its file: of several of its name the one with its labels."""
        found = self._rules_of(version, alert.at).get(alert.name, [])
        if len(found) == 1:
            return found[0]
        return next((one for one in found if one.labels == alert.labels), None)

    def _rules_of(self, version: Version, at: Location) -> dict[str, list[AlertRule]]:
        key = (at.source, at.file, version.commit)
        if key not in self._rules:
            found: dict[str, list[AlertRule]] = {}
            with suppress(YamlError):
                for value in read(version.content).documents:
                    for rules in _sets(value, at):
                        for rule in AlertRule.of_set(rules):
                            found.setdefault(rule.name, []).append(rule)
            self._rules[key] = found
        return self._rules[key]


def _sets(value: Any, at: Location) -> list[RuleSet]:
    if not isinstance(value, dict):
        return []
    if value.get("kind") in OBJECT_KINDS:
        return [RuleSet(value.get("spec"), at)]
    if value.get("kind") == "ConfigMap":
        data = value.get("data")
        texts = [text for text in data.values() if isinstance(text, str)] if isinstance(data, dict) else []
        found = []
        for text in texts:
            if "alert:" in text:
                with suppress(YamlError):
                    found += [RuleSet(one, at) for one in read(text.encode()).documents]
        return found
    return [RuleSet(value, at)]


def difference(before: str, after: str) -> str:
    """What differs materially between two expressions; empty where only labels, joins or layout do.

    Numbers and durations, comparisons, and the series that are read.
    """
    if before == after:
        return ""
    old, new = _material(before), _material(after)
    gone, come = old - new, new - old
    if not gone and not come:
        return ""
    if gone and come:
        return f"{_listed(gone)} became {_listed(come)}"
    return f"{_listed(gone)} went away" if gone else f"{_listed(come)} was added"


def _material(expr: str) -> Counter[str]:
    found: Counter[str] = Counter()
    try:
        query = parsed(expr)
        found.update(dict.fromkeys(query.metrics, 1))
    except NotPromQL:
        pass
    depth = 0
    for token in re.finditer(_TOKENS + r"|(?P<bracket>[{}])", expr):
        if token["bracket"]:
            depth += 1 if token["bracket"] == "{" else -1
        elif depth <= 0 and (token["number"] or token["sign"]):
            found[token[0]] += 1
    return found


def _listed(tokens: Counter[str]) -> str:
    return ", ".join(sorted(tokens)[:4])
