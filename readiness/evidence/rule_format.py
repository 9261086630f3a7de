"""The form of Prometheus rule files: what Prometheus refuses though each expression parses.

Pure but for the loader at its end, which asks for the same files and objects as `alert_rules.py`. Knows the
fields of Prometheus 2 and 3, and those that Thanos, Mimir, Loki and vmalert add; `rule_templates.py` judges
the templates.
Ignored on purpose: characters of names, which Prometheus 3 no longer restricts.

Source:
    prometheus/prometheus, model/rulefmt/rulefmt.go; VictoriaMetrics, vmalert, "Groups".
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Self

from readiness.arithmetic.durations import prometheus_seconds
from readiness.evidence.alert_rules import AlertRule, RuleSet, rule_sets, selects
from readiness.evidence.context import Environment, Named, ServiceCard, Sources
from readiness.evidence.documents import Documents
from readiness.evidence.manifests import Manifests
from readiness.evidence.rule_templates import template_problem
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

TOP_FIELDS = frozenset({"groups", "namespace", "federated"})  # the last two are of mimirtool and Loki
GROUP_FIELDS = frozenset(
    {
        "name", "interval", "query_offset", "limit", "labels", "rules", "partial_response_strategy",
        "source_tenants", "align_evaluation_time_on_interval", "evaluation_delay", "remote_write", "type",
        "concurrency", "tenant", "eval_offset", "eval_delay", "eval_alignment", "params", "headers",
        "notifier_headers", "debug", "checksum", "notifier_url", "extra_filter_labels",
    }
)  # fmt: skip


class Problem(NamedTuple):
    """Something for which Prometheus refuses a file, or does not read a part of it."""

    why: str  # begins with what it is about
    at: Location
    fix: str
    about: Subject
    key: str
    refused: bool = True


class RuleForm:
    """What is wrong with the form of the rules of an environment."""

    kinds: ClassVar[frozenset[str]] = AlertRule.kinds

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems

    @classmethod
    def collect(
        cls, environment: Environment, named: Named, documents: Documents, manifests: Manifests,
        sources: Sources, service: ServiceCard,
    ) -> Self:  # fmt: skip
        found: dict[object, Problem] = {}
        files = set[tuple[str, str]]()
        for one in rule_sets(environment, named, documents, manifests):
            if isinstance(one, Unreadable) or (
                one.at.source in sources.shared and not one.of_manifests and not _is_of(one, service)
            ):
                continue
            if not one.of_object and not one.number and _holds_rules(one.value):
                files.add((one.at.source, one.at.file))
            for problem in problems_of(one):
                times = 1
                while (problem.about, problem.key, times) in found:
                    times += 1
                key = problem.key if times == 1 else f"{problem.key} {times}"
                found[problem.about, problem.key, times] = problem._replace(key=key)
        return cls((*found.values(), *_twice(documents, files)))


def _twice(documents: Documents, files: set[tuple[str, str]]) -> Iterator[Problem]:
    """Keys that stand twice in a rule file: Prometheus does not take the last one, but refuses the file."""
    for file, one in documents.duplicates():
        if (file.source, file.path) in files and one.document == 0:
            key = ".".join(map(str, one.keys))
            yield Problem(
                f"{file.path} has {one.keys[-1]} twice, in lines {one.first_line} and {one.line}: Prometheus "
                "refuses the file",
                Location(file.source, file.path, 0, one.keys, one.line),
                f"delete {one.keys[-1]} in line {one.first_line} or in line {one.line}",
                Subject("RuleFile", "", file.path),
                f"twice {key}",
            )


def problems_of(rules: RuleSet) -> Iterator[Problem]:
    """The problems of one file or object; none where nothing in it has the form of a rule."""
    value, at = rules.value, rules.at
    if not isinstance(value, dict) or not _holds_rules(value):
        return
    about = Subject("RuleFile", "", rules.of_object or at.file)
    plain = not rules.of_object
    if plain and rules.number:
        yield Problem(
            f"{at.file} has rules in YAML document {rules.number + 1}, and Prometheus reads the first alone",
            at.at("groups"), "put all groups into one document, or each document into a file", about,
            f"document {rules.number}", refused=False,
        )  # fmt: skip
    for field in value if plain else ():
        if field not in TOP_FIELDS:
            yield Problem(
                f"{at.file} has a field {str(field)!r} beside `groups`: Prometheus refuses the file",
                at.at(field), f"delete {field}", about, f"field {field}",
            )  # fmt: skip
    names = set[str]()
    for number, group in enumerate(value["groups"]):
        place = at if rules.text else at.at("groups", number)
        name = str(group.get("name") or "") if isinstance(group, dict) else ""
        if name and name in names:
            yield Problem(
                f"group {name} stands twice in one file: Prometheus refuses the file",
                place if rules.text else place.at("name"), "give the second group a name of its own",
                Subject("RuleGroup", "", name, about.name), "group twice",
            )  # fmt: skip
        names.add(name)
        for problem in _of_group(group, place, about, plain):
            yield problem._replace(at=at) if rules.text else problem


def _of_group(group: Any, at: Location, about: Subject, plain: bool) -> Iterator[Problem]:
    if not isinstance(group, dict):
        yield Problem(
            f"{about.name} has a group that is no mapping", at, "write a group with name and rules", about,
            "group",
        )  # fmt: skip
        return
    name = group.get("name")
    title = str(name) if name not in (None, "") else ""
    about_group = Subject("RuleGroup", "", title or about.name, about.name if title else "")
    if not title:
        yield Problem(
            f"{about.name} has a group without a name", at, "give the group a name", about_group, "name"
        )
    for field in group if plain else ():
        if field not in GROUP_FIELDS:
            yield Problem(
                f"group {title} has a field {str(field)!r}, which no group has: Prometheus refuses the file",
                at.at(field), f"correct or delete {field}", about_group, f"field {field}",
            )  # fmt: skip
    for field in ("interval", "query_offset"):
        yield from _duration(group, field, at, f"group {title}", about_group)
    yield from _texts(group, "labels", at, f"group {title}", about_group, templates=False)
    rules = group.get("rules")
    if not isinstance(rules, list):
        if rules is not None:
            yield Problem(
                f"group {title} has rules that are no list", at.at("rules"), "write the rules as a list",
                about_group, "rules",
            )  # fmt: skip
        return
    for index, rule in enumerate(rules):
        yield from _of_rule(rule, at.at("rules", index), title, about_group, index)


def _of_rule(rule: Any, at: Location, group: str, about_group: Subject, index: int) -> Iterator[Problem]:
    if not isinstance(rule, dict):
        yield Problem(
            f"group {group} has a rule that is no mapping", at, "write a rule with alert or record, and expr",
            about_group, f"rule {index}",
        )  # fmt: skip
        return
    alert, record = rule.get("alert"), rule.get("record")
    if alert in (None, "") and record in (None, ""):
        yield Problem(
            f"rule {index + 1} of group {group} is neither an alert nor a recording rule",
            at, "set alert or record to its name", about_group, f"rule {index}",
        )  # fmt: skip
        return
    kind = "AlertRule" if alert not in (None, "") else "RecordingRule"
    name = str(alert if kind == "AlertRule" else record)
    about = Subject(kind, "", name, group)
    called = f"alert {name}" if kind == "AlertRule" else f"recording rule {name}"
    if kind == "AlertRule" and record not in (None, ""):
        yield Problem(
            f"{called} has a record as well; a rule is one of the two", at.at("record"),
            "make two rules of it", about, "record",
        )  # fmt: skip
    for field in ("for", "keep_firing_for", "annotations") if kind == "RecordingRule" else ():
        if rule.get(field) not in (None, "", {}) and not _is_zero(rule[field]):
            yield Problem(
                f"{called} has {field}, which only alerts have", at.at(field), f"delete {field}", about, field
            )
    yield from _texts(rule, "labels", at, called, about, templates=kind == "AlertRule")
    yield from _texts(rule, "annotations", at, called, about, templates=True)
    if isinstance(rule.get("labels"), dict) and "__name__" in rule["labels"]:
        yield Problem(
            f"{called} sets the label __name__",
            at.at("labels", "__name__"),
            "delete the label",
            about,
            "__name__",
        )


def _texts(
    body: Mapping[str, Any], field: str, at: Location, called: str, about: Subject, *, templates: bool
) -> Iterator[Problem]:
    found = body.get(field)
    if found is None:
        return
    if not isinstance(found, dict):
        yield Problem(
            f"{called} has {field} that are no mapping",
            at.at(field),
            f"write {field} as name: text",
            about,
            field,
        )
        return
    for name, text in found.items():
        place = at.at(field, name)
        if isinstance(text, dict | list):
            yield Problem(
                f"{called} has a {field.removesuffix('s')} {name} that is no text", place,
                "write it as a text, in quotes where it begins with a brace", about, f"{field} {name}",
            )  # fmt: skip
        elif templates and isinstance(text, str):
            problem = template_problem(text)
            if problem:
                yield Problem(
                    f"{called} has a template in {field}.{name} that Prometheus refuses: {problem}", place,
                    f"mend the template of {name}", about, f"{field} {name}",
                )  # fmt: skip


def _duration(
    body: Mapping[str, Any], field: str, at: Location, called: str, about: Subject
) -> Iterator[Problem]:
    value = body.get(field)
    if value is None or (isinstance(value, str) and ("{{" in value or "$" in value)):
        return
    try:
        prometheus_seconds(str(value))
    except ValueError as wrong:
        yield Problem(
            f"{called} has {field}: {value}: {wrong}",
            at.at(field),
            "write a duration such as 30s",
            about,
            field,
        )


def _is_zero(value: Any) -> bool:
    """Whether a duration is none: Prometheus can't tell it from one that is left out."""
    try:
        return prometheus_seconds(str(value)) == 0
    except ValueError:
        return False


def _holds_rules(value: Any) -> bool:
    """Whether a mapping is what Prometheus would read: other programs have groups with rules as well."""
    groups = value.get("groups") if isinstance(value, dict) else None
    if not isinstance(groups, list) or "apiVersion" in value:
        return False
    return any(
        isinstance(rule, dict) and "expr" in rule and ("alert" in rule or "record" in rule)
        for group in groups
        if isinstance(group, dict) and isinstance(group.get("rules"), list)
        for rule in group["rules"]
    )


def _is_of(rules: RuleSet, service: ServiceCard) -> bool:
    return any(selects(rule, service) for rule in AlertRule.of_set(rules))
