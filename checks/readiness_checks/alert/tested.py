"""An alert that wakes somebody was seen firing, and seen silent."""

from itertools import islice

from readiness.api import Finding, Findings, Location, NotApplicable, Proof, Unknown
from readiness.arithmetic.durations import spell_duration
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.promql import NotPromQL, parsed
from readiness.evidence.routing import Paging
from readiness.evidence.rule_tests import TestedAlerts, Tried, held_seconds
from readiness.outcome import Operand, Subject

MOST = 300  # findings: a report of more helps nobody
NAMED = 5  # alerts that a message names before it counts the rest


def unit_tested(alerts: tuple[AlertRule, ...], paging: Paging, tests: TestedAlerts) -> Findings:
    """Each alert that wakes somebody has a unit test in which it fires, and one in which it does not.

    A rule that loads may still be silent for ever: a label that the series
    lack, a `for` that never runs out, an operator the wrong way round. Nobody
    notices before the outage that it was for. A test whose alert nobody
    defines any more expects silence, and gets it.

    Silent on:
        alerts that page nobody;
        an alert that always fires, which has no case in which it is silent;
        the same rule in two places, of which one is tried;
        two severities under one name, where what fires in the test has the severity of the rule;
        tests of a rule file that is not in the tree, but for saying that nobody can tell what they try.

    Severity: error warning note note

    Source:
        Prometheus documentation, "Unit testing for rules"; promtool compares what nobody defines with
        nothing, and passes (cmd/promtool/unittest.go).
    """
    paged = [alert for alert in alerts if paging.pages(alert)]
    yield from islice(_tests_of_nobody(tests), MOST)
    if not paged:
        if not tests.tests.items:
            raise NotApplicable("no alert pages anybody")
        yield Proof("no alert pages anybody, so none needs a unit test", (Operand("paging alerts", 0),))
        return
    tried = [(alert, tests.of(alert)) for alert in paged]
    untried = [alert for alert, found in tried if not found.at_all and found.other is None]
    if untried and not tests.tests.complete:
        raise Unknown(f"whether {_names(untried)} have a unit test can't be said: {tests.tests.why}")
    yield from islice(_untried(untried, paged), MOST)
    yield from islice((finding for alert, found in tried for finding in _half(alert, found)), MOST)
    whole = [alert for alert, found in tried if not list(_half(alert, found)) and found.fires]
    if whole:
        yield Proof(
            f"{len(whole)} of {len(paged)} alerts that page fire in a unit test and are silent in another",
            (Operand("paging alerts", len(paged)), Operand("tested", len(whole), worse="less")),
            at=tests.of(whole[0]).fires[0].at,
        )
    unseen = next((found.unseen for _, found in tried if found.unseen is not None), None)
    if unseen is not None:
        raise Unknown(
            f"{unseen.file} tries rules of a file that is not in the tree, so nobody can say that they are "
            "the ones that are shipped",
            unseen,
            "keep the rules in a file that the test and the object are both made from",
        )


def _tests_of_nobody(tests: TestedAlerts) -> Findings:
    for wanted, file in tests.nobody:
        near = file.nearest(wanted.alert)
        name = wanted.alert or "an alert without a name"
        yield Finding(
            f"{name} has to fire in a test, and no rule file of the test defines it"
            if wanted.fires
            else f"{name} has to be silent in a test, and is for ever: no rule file of the test defines it",
            at=wanted.at.at("alertname"),
            fix=(
                f"write alertname: {near}" if near else "name an alert of its rule_files, or remove the case"
            ),
            about=file.subject,
            key=f"{wanted.alert}@{spell_duration(wanted.seconds)}",
        )


def _untried(untried: list[AlertRule], paged: list[AlertRule]) -> Findings:
    """One finding for a rule file in which nothing is tried, else one for each alert."""
    in_file: dict[tuple[str, str], list[AlertRule]] = {}
    for alert in paged:
        in_file.setdefault((alert.at.source, alert.at.file), []).append(alert)
    left = {id(alert) for alert in untried}
    for (source, path), alerts in in_file.items():
        missing = [alert for alert in alerts if id(alert) in left]
        if len(missing) == len(alerts) > 1:
            yield Finding(
                f"none of the {len(alerts)} alerts of {path} that page has a unit test: {_names(alerts)}",
                at=alerts[0].at,
                fix=f"write {_test_file(alerts[0])}, and run promtool test rules on it",
                operands=(Operand("alerts without a test", len(alerts), worse="more"),),
                about=Subject("RuleFile", "" if source == "repository" else source, path),
            )
            continue
        for alert in missing:
            yield Finding(
                f"{alert.name} pages and has no unit test",
                at=alert.at.at("alert"),
                fix=f"write in {_test_file(alert)} a case in which it fires and one in which it does not",
                about=alert.subject,
            )


def _half(alert: AlertRule, found: Tried) -> Findings:
    if found.other is not None and not found.at_all:
        yield _other(alert, found.other[0], found.other[1])
        return
    if not found.at_all:
        return
    if not found.fires:
        silent = (*found.silent, *found.early)[0]
        yield Finding(
            f"{alert.name} is silent in {_cases(len(found.silent) + len(found.early))} and fires in none: "
            "an expression that never gives anything passes them",
            at=silent.at,
            fix=f"add a case in which {alert.name} fires, with exp_alerts",
            about=alert.subject,
        )
    elif not found.silent and not _always(alert):
        hold = spell_duration(held_seconds(alert))
        times = ", ".join(spell_duration(one.seconds) for one in found.early[:NAMED])
        early = f"; at {times} it is silent in any case, since its for is {hold}" if times else ""
        yield Finding(
            f"{alert.name} fires in {_cases(len(found.fires))} and is silent in none{early}",
            at=(found.early or found.fires)[0].at,
            fix=f"add a case in which all is well, with eval_time above {hold} and exp_alerts: []",
            about=alert.subject,
            at_most="warning",
        )


def _other(alert: AlertRule, tested: AlertRule, at: Location) -> Finding:
    differs = (
        f"for: {tested.hold or '0s'} and not {alert.hold or '0s'}"
        if held_seconds(tested) != held_seconds(alert)
        else "another expression"
    )
    return Finding(
        f"{alert.name} of {alert.at.file} is not what its test tries: {tested.at.file} has {differs}",
        at=alert.at.at("expr"),
        fix=f"make both from one file, or test {alert.at.file}",
        operands=(
            Operand("shipped", alert.expr, at=alert.at.at("expr")),
            Operand("tested", tested.expr, at=tested.at.at("expr")),
            Operand("test", at.file, at=at),
        ),
        about=alert.subject,
    )


def _always(alert: AlertRule) -> bool:
    try:
        return parsed(alert.expr).always
    except NotPromQL:
        return False


def _test_file(alert: AlertRule) -> str:
    stem, _, ending = alert.at.file.rpartition(".")
    return f"{stem}.test.{ending or 'yaml'}"


def _cases(count: int) -> str:
    return "one case" if count == 1 else f"{count} cases"


def _names(alerts: list[AlertRule]) -> str:
    names = list(dict.fromkeys(alert.name for alert in alerts))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
