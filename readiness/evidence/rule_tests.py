"""Unit tests of alert rules, as `promtool test rules` reads them, and which alerts they try.

Looks in every YAML file with `rule_files:` at the start of a line that has `tests:`. Rule files are looked
up from the test's own folder, as promtool does it. A test of a rule file that is not in the tree, because a
pipeline cuts it out of an object first, is read and names its alerts; what the rule says there is not known.
Ignored on purpose: input series and `promql_expr_test`, which is promtool's own work; tests of other
servers' tools (vmalert-tool reads the same format).

Source:
    Prometheus documentation, "Unit testing for rules"; prometheus, cmd/promtool/unittest.go.
"""

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, ClassVar, NamedTuple, Self

from readiness.arithmetic.durations import prometheus_seconds
from readiness.evidence.alert_rules import AlertRule, RuleSet
from readiness.evidence.documents import PROMETHEUS, Document, Documents, File
from readiness.evidence.promql import NotPromQL, parsed
from readiness.known import Known, Unreadable
from readiness.outcome import Location, Subject

MOST_NAMES = 2000  # among which the one that was meant is looked for


class Expectation(NamedTuple):
    """One `alert_rule_test`: what has to be firing of one alert, at one time."""

    alert: str
    seconds: Fraction  # from the start of the test
    severities: tuple[str | None, ...]  # of each alert that has to fire; none where it has to be silent
    at: Location

    @property
    def fires(self) -> bool:
        return bool(self.severities)

    def fires_for(self, rule: AlertRule) -> bool:
        """Whether this rule has to fire, where several share a name: promtool compares all that fire."""
        return rule.severity in self.severities or None in self.severities


class RuleTests:
    """One file of unit tests."""

    __slots__ = ("absent", "at", "expectations", "files", "rules")

    kinds: ClassVar[frozenset[str]] = frozenset({PROMETHEUS})
    looked_for: ClassVar[str] = "unit tests of promtool (rule_files: and tests:)"

    def __init__(
        self,
        at: Location,
        files: frozenset[tuple[str, str]],
        absent: tuple[Location, ...],
        rules: Mapping[str, tuple[AlertRule, ...]],
        expectations: tuple[Expectation, ...],
    ) -> None:
        self.at = at
        self.files = files  # source and path of the rule files that it tests
        self.absent = absent  # entries of rule_files that lead to nothing that could be read
        self.rules = rules  # by name
        self.expectations = expectations

    @property
    def subject(self) -> Subject:
        return Subject("RuleTests", "", self.at.file)

    @classmethod
    def collect(cls, documents: Documents) -> Iterator[Self | Unreadable]:
        for document in documents.documents(documents.marked(PROMETHEUS)):
            if isinstance(document, Unreadable):
                yield document
            elif isinstance(document.value, dict) and "tests" in document.value:
                try:
                    yield cls.of(document, documents)
                except _Malformed as wrong:
                    at, why = wrong.args
                    yield Unreadable(at, why, cls.kinds, f"run promtool test rules {document.path}")

    @classmethod
    def of(cls, document: Document, documents: Documents) -> Self:
        value, at = document.value, document.at
        files: dict[File, None] = {}
        absent = []
        for number, pattern in enumerate(_list(value.get("rule_files"), at.at("rule_files"))):
            found = _files(str(pattern), document, documents)
            files.update(dict.fromkeys(found))
            if not found:
                absent.append(at.at("rule_files", number))
        rules: dict[str, list[AlertRule]] = {}
        for file in files:
            parts = documents.parsed(file)
            if isinstance(parts, Unreadable) or not all(isinstance(one.value, dict) for one in parts):
                absent.append(file.at)
                continue
            for part in parts:
                for rule in AlertRule.of_set(RuleSet(part.value, part.at)):
                    rules.setdefault(rule.name, []).append(rule)
        return cls(
            at,
            frozenset((file.source, file.path) for file in files),
            tuple(absent),
            {name: tuple(listed) for name, listed in rules.items()},
            tuple(_expectations(value, at)),
        )

    def nearest(self, name: str) -> str:
        """The alert of its rule files that was probably meant; empty where none is near."""
        from difflib import get_close_matches

        return next(iter(get_close_matches(name, sorted(self.rules)[:MOST_NAMES], n=1, cutoff=0.7)), "")


class _Malformed(Exception):
    """Place and reason of what promtool would refuse."""


def _files(pattern: str, document: Document, documents: Documents) -> tuple[File, ...]:
    folder = document.path.rpartition("/")[0]
    path = posixpath.normpath(posixpath.join(folder, pattern))
    if pattern.startswith("/") or path.startswith("..") or "[" in path:
        return ()
    if "*" not in path and "?" not in path:
        return tuple(file for file in documents.files(document.source) if file.path == path)
    depth = path.count("/")
    found = documents.named(path, source=document.source)
    return tuple(file for file in found if file.path.count("/") == depth)


def _expectations(value: Mapping[str, Any], at: Location) -> Iterator[Expectation]:
    for number, test in enumerate(_list(value.get("tests"), at.at("tests"))):
        place = at.at("tests", number)
        listed = _list(_mapping(test, place).get("alert_rule_test"), place.at("alert_rule_test"))
        for index, one in enumerate(listed):
            here = place.at("alert_rule_test", index)
            body = _mapping(one, here)
            try:
                seconds = prometheus_seconds(str(body.get("eval_time") or 0))
            except ValueError as wrong:
                raise _Malformed(here.at("eval_time"), f"eval_time: {wrong}") from wrong
            severities = tuple(
                _severity(_mapping(alert, here.at("exp_alerts", position)))
                for position, alert in enumerate(_list(body.get("exp_alerts"), here.at("exp_alerts")))
            )
            yield Expectation(str(body.get("alertname") or ""), seconds, severities, here)


def _severity(alert: Mapping[str, Any]) -> str | None:
    labels = alert.get("exp_labels")
    found = labels.get("severity") if isinstance(labels, dict) else None
    return None if found is None else str(found)


def _list(found: Any, at: Location) -> list[Any]:
    if found is None:
        return []
    if not isinstance(found, list):
        raise _Malformed(at, f"{at.keys[-1]} is {found!r:.60} where a list is expected")
    return found


def _mapping(found: Any, at: Location) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise _Malformed(at, f"{found!r:.60} stands where a mapping is expected")
    return found


class Tried(NamedTuple):
    """What unit tests say of one alert."""

    fires: tuple[Expectation, ...]
    silent: tuple[Expectation, ...]  # at a time at which it could fire
    early: tuple[Expectation, ...]  # silent before its `for` is over, whatever the expression says
    other: tuple[AlertRule, Location] | None = None  # a rule that says something else is tried in its place
    unseen: Location | None = None  # the rule file of its tests is not in the tree

    @property
    def at_all(self) -> bool:
        return bool(self.fires or self.silent or self.early)


class TestedAlerts:
    """The unit tests of each alert."""

    kinds: ClassVar[frozenset[str]] = AlertRule.kinds | RuleTests.kinds
    __test__: ClassVar[bool] = False  # no class of tests, whatever its name says

    def __init__(self, tests: Known[RuleTests]) -> None:
        self.tests = tests
        self._by_name: dict[str, list[tuple[Expectation, RuleTests]]] = {}
        for one in tests:
            for expectation in one.expectations:
                self._by_name.setdefault(expectation.alert, []).append((expectation, one))

    @classmethod
    def collect(cls, tests: Known[RuleTests]) -> Self:
        return cls(tests)

    @property
    def nobody(self) -> Iterator[tuple[Expectation, RuleTests]]:
        """Expectations about alerts that no rule file of their test defines; asked where all are there."""
        for one in self.tests:
            if not one.absent:
                yield from ((wanted, one) for wanted in one.expectations if wanted.alert not in one.rules)

    def of(self, alert: AlertRule) -> Tried:
        hold = held_seconds(alert)
        fires: list[Expectation] = []
        silent: list[Expectation] = []
        early: list[Expectation] = []
        other: tuple[AlertRule, Location] | None = None
        unseen: Location | None = None
        for expectation, tests in self._by_name.get(alert.name, ()):
            same, differs = _tested(alert, tests)
            if differs is not None:
                other = other or (differs, expectation.at)
                continue
            if not same:
                if not tests.absent:
                    continue  # a rule file without this alert: told by itself
                unseen = unseen or tests.absent[0]
            listed = (
                fires if expectation.fires_for(alert) else early if expectation.seconds < hold else silent
            )
            listed.append(expectation)
        return Tried(tuple(fires), tuple(silent), tuple(early), other, unseen)


def held_seconds(alert: AlertRule) -> Fraction:
    """The alert's `for`; zero where it is left out or no duration."""
    try:
        return prometheus_seconds(alert.hold) if alert.hold else Fraction(0)
    except ValueError:
        return Fraction(0)


def _tested(alert: AlertRule, tests: RuleTests) -> tuple[bool, AlertRule | None]:
    """Whether the rule itself is tried, and else the rule of its name that is tried in its place."""
    candidates = tests.rules.get(alert.name, ())
    if (alert.at.source, alert.at.file) in tests.files and not alert.of_object:
        return True, None
    if any(_same(alert, one) for one in candidates):
        return True, None
    return False, next(iter(_alike(alert, candidates)), None)


def _alike(alert: AlertRule, candidates: Iterable[AlertRule]) -> list[AlertRule]:
    return sorted(candidates, key=lambda one: one.severity != alert.severity)


def _same(one: AlertRule, other: AlertRule) -> bool:
    return held_seconds(one) == held_seconds(other) and _spelled(one.expr) == _spelled(other.expr)


def _spelled(expr: str) -> str:
    """An expression without the ways of writing it that mean the same."""
    try:
        return str(parsed(expr).node.prettify())
    except NotPromQL:
        return " ".join(expr.split())
