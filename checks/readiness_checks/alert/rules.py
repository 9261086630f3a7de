"""Prometheus loads every rule."""

from collections.abc import Iterator
from itertools import islice

from readiness.api import Finding, Findings, Proof, Unknown
from readiness.arithmetic.durations import prometheus_seconds
from readiness.evidence.alert_rules import FIELDS, AlertRule, RecordingRule, RuleFiles
from readiness.evidence.rule_format import RuleForm
from readiness.evidence.rule_mounts import RuleMounts
from readiness.outcome import Operand, Subject

MOST = 300  # findings of one sort: a report of more helps nobody


def rules_valid(
    alerts: tuple[AlertRule, ...],
    records: tuple[RecordingRule, ...],
    files: RuleFiles,
    form: RuleForm,
    mounts: RuleMounts,
) -> Findings:
    """Prometheus can load every rule.

    Prometheus refuses a rule file as a whole for one expression that it can't
    parse, and goes on with the rules that it had: the new alerts do not exist,
    and nothing says so.

    Silent on:
        one alert name with several severities or expressions, which is usual;
        expressions in MetricsQL or LogQL, which another server reads;
        functions and spellings that one version of Prometheus knows and another does not;
        the same rule in two files or two objects, which are alternatives;
        names of labels that only Prometheus 3 takes, and functions that another server adds to templates;
        rules in a file's second YAML document, but for a note: Prometheus skips them, others read them;
        rule files that nothing loads, unless others in their folder are named under `rule_files`, or they are
            mounted beside the configuration and no pattern in it takes them.

    Severity: error error error error

    Source:
        Prometheus documentation, "Alerting rules", "Recording rules"; promtool check rules.
    """
    rules = (*alerts, *records)
    doubtful = [rule for rule in rules if rule.unread]
    broken = (finding for rule in rules for finding in _broken(rule))
    yield from islice(broken, MOST)
    for problem in islice(form.problems, MOST):
        yield Finding(
            problem.why,
            at=problem.at,
            fix=problem.fix,
            about=problem.about,
            key=problem.key,
            at_most=None if problem.refused else "note",
        )
    yield from islice(_twice(rules), MOST)
    yield from islice(_not_loaded(rules, files), MOST)
    yield from islice(_not_taken(mounts), MOST)
    if doubtful:
        first = doubtful[0]
        raise Unknown(
            f"{len(doubtful)} rules can't be read, {first.name} first: {first.unread}",
            first.at.at("expr"),
            "render the rules, and name the rendered files under evidence.rules; "
            "record parts of a long expression",
        )
    if rules:
        other = sum(1 for rule in rules if rule.dialect)
        unread = f", {other} of them in another dialect, which is not judged" if other else ""
        yield Proof(
            f"{len(alerts)} alerts and {len(records)} recording rules parse{unread}",
            (Operand("alerts", len(alerts)), Operand("recording rules", len(records))),
            at=rules[0].at,
        )


def _broken(rule: AlertRule) -> Iterator[Finding]:
    kind = "alert" if rule.FIELD == "alert" else "recording rule"
    problem = rule.problem
    if problem:
        yield Finding(
            f"{kind} {rule.name} is no PromQL: {problem}",
            at=rule.at.at("expr"),
            fix="mend the expression; promtool check rules says the same",
            about=rule.subject,
            key="expr",
        )
    for field, span in (("for", rule.hold), ("keep_firing_for", rule.keep)):
        try:
            if span:
                prometheus_seconds(span)
        except ValueError as wrong:
            yield Finding(
                f"{kind} {rule.name} has {field}: {span}: {wrong}",
                at=rule.at.at(field),
                fix="write a duration such as 5m",
                about=rule.subject,
                key=field,
            )
    for field in rule.fields:
        if field not in FIELDS:
            yield Finding(
                f"{kind} {rule.name} has a field {field!r}, which no rule has: Prometheus refuses the file",
                at=rule.at.at(field),
                fix=f"move {field} to where it belongs, under labels or annotations, or delete it",
                about=rule.subject,
                key=f"field {field}",
            )


def _twice(rules: tuple[AlertRule, ...]) -> Iterator[Finding]:
    """Rules that stand twice: both fire, or Prometheus refuses the group."""
    seen: dict[object, AlertRule] = {}
    for rule in rules:
        key = (
            rule.at.source, rule.at.file, rule.at.document, rule.of_object,
            rule.FIELD, rule.name, tuple(sorted(rule.labels.items())), " ".join(rule.expr.split()),
        )  # fmt: skip
        first = seen.setdefault(key, rule)
        if first is not rule:
            yield Finding(
                f"{rule.name} stands twice, with the same labels and expression",
                at=rule.at,
                fix="delete one of the two",
                operands=(Operand("the other one", first.name, at=first.at),),
                about=rule.subject,
                key="twice",
            )


def _not_loaded(rules: tuple[AlertRule, ...], files: RuleFiles) -> Iterator[Finding]:
    firsts = {(rule.at.source, rule.at.file): rule for rule in reversed(rules)}
    for (_, file), rule in sorted(firsts.items(), key=lambda first: first[0]):
        named = files.beside(rule)
        if named is not None:
            yield Finding(
                f"Prometheus does not load {file}: rule_files in {named.file} names others beside it",
                at=rule.at._replace(keys=("groups",)),
                fix=f"name {file} under rule_files, or delete it",
                operands=(Operand("rule_files", named.file, "", named),),
                about=Subject("File", "", file),
                key="not-loaded",
            )


def _not_taken(mounts: RuleMounts) -> Iterator[Finding]:
    for one in mounts.not_taken:
        patterns = ", ".join(one.patterns)
        yield Finding(
            f"{one.file.config.name} is mounted as {one.path} in {one.workload.name}, and Prometheus does "
            f"not load it: rule_files has {patterns}",
            at=one.file.at,
            fix=f"name {one.path} under rule_files, or mount it where a pattern takes it",
            operands=(Operand("rule_files", patterns, at=one.patterns_at),),
            about=one.file.config.subject._replace(part=one.file.key),
            key="not-loaded",
        )
