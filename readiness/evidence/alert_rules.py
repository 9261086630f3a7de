"""Prometheus alerting rules: from rule files, from objects of the operator, and from ConfigMaps.

Looks in what the checklist names as `rules`, else in every file that a mark claims (`groups:` with rules),
and in any case in the environment's objects: PrometheusRule (monitoring.coreos.com/v1), VMRule, the `Rules`
kinds of Google's managed Prometheus, and files with `groups:` in ConfigMaps. Rule files of Loki and Thanos
have the same shape.
Ignored on purpose: recording rules, unit tests of promtool (`rule_files:`, `tests:`) and specifications from
which a generator makes rules. In a shared source only rules that select this service count.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, Self

from readiness.evidence.context import Environment, Named, ServiceCard, Sources
from readiness.evidence.documents import PROMETHEUS, RULES, Document, Documents, File
from readiness.evidence.manifests import KubernetesObject, Manifests
from readiness.evidence.named import files_of
from readiness.evidence.promql import NotPromQL, TooLarge, parsed
from readiness.evidence.re2 import Pattern
from readiness.known import Unreadable
from readiness.outcome import Location, Subject
from readiness.yaml_reader import YamlError, read

OBJECT_KINDS = ("PrometheusRule", "VMRule", "Rules", "ClusterRules", "GlobalRules")
OBJECT_GROUPS = frozenset(
    {"monitoring.coreos.com", "operator.victoriametrics.com", "monitoring.googleapis.com"}
)
RUNBOOK_ANNOTATIONS = ("runbook_url", "runbook", "runbookUrl", "playbook", "playbook_url")
TEMPLATE = re.compile(r"\{\{|\{%|\$\{")
# Functions and keywords of MetricsQL that PromQL lacks; VictoriaMetrics documentation, "MetricsQL".
METRICSQL = re.compile(
    r"\b(?:histogram_share|histogram_quantiles|prometheus_buckets|buckets_limit|range_\w+|rollup\w*|"
    r"increase_pure|increase_prometheus|delta_prometheus|rate_prometheus|share_\w+_over_time|"
    r"count_\w+_over_time|tlast_\w+|tfirst_\w+|median_over_time|lag|lifetime|scrape_interval|"
    r"keep_last_value|keep_next_value|interpolate|running_\w+|smooth_exponential|union|alias|label_set|"
    r"label_del|label_keep|label_map|label_match|label_mismatch|label_transform|label_value|limit_offset|"
    r"outliers\w*|mode_over_time|zscore\w*|topk_\w+|bottomk_\w+)\s*\(|\bif\b|\bifnot\b|\bdefault\b|\bWITH\b",
)
# A pipe behind a selector, or a line filter: Loki's documentation, "LogQL".
LOGQL = re.compile(r"\}\s*(?:\||!=\s*\"|!~\s*\")|\b(?:bytes_rate|bytes_over_time|rate_counter|unwrap)\b")
# In one version of Prometheus and not in another: removed in 3.0, or of 3.x and experimental.
OF_A_VERSION = re.compile(
    r"\bholt_winters\s*\(|\b\d+_\d|\b(?:smoothed|anchored)\b|\[[^\[\]]*[-+*/%^][^\[\]]*\]|\boffset\s*-?\("
)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`|#[^\n]*')
_SERVICE_LABELS = ("service", "app", "application", "team", "owner", "namespace", "job")
# prometheus, model/rulefmt/rulefmt.go; the last ones are vmalert's.
FIELDS = frozenset(
    {"record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations", "debug",
     "update_entries_limit"}
)  # fmt: skip


class RuleSet(NamedTuple):
    """What one file or object holds, as Prometheus would get it."""

    value: Any  # a mapping with groups, where all is well
    at: Location  # of the mapping
    of_object: str = ""  # "PrometheusRule namespace/name", or "" for a rule file
    number: int = 0  # of the YAML document in a file
    text: bool = False  # a text in a ConfigMap: places inside it are that of its key
    of_manifests: bool = False


class AlertRule:
    """One alerting rule as it is written."""

    __slots__ = (
        "annotations",
        "at",
        "every",
        "expr",
        "fields",
        "group",
        "hold",
        "keep",
        "labels",
        "name",
        "of_object",
        "part",
    )

    kinds: ClassVar[frozenset[str]] = frozenset({RULES, "ConfigMap", *OBJECT_KINDS})
    looked_for: ClassVar[str] = "Prometheus alerting rules (groups: in rule files, PrometheusRule objects)"
    platform: ClassVar[tuple[str, tuple[str, ...]]] = ("alerts", ("prometheus",))
    FIELD: ClassVar[str] = "alert"

    def __init__(self, body: Mapping[str, Any], group: str, at: Location, of_object: str) -> None:
        self.name = str(body.get(self.FIELD))
        self.expr = "" if body.get("expr") is None else str(body["expr"])
        self.hold = "" if body.get("for") is None else str(body["for"])
        self.keep = "" if body.get("keep_firing_for") is None else str(body["keep_firing_for"])
        self.fields = tuple(str(key) for key in body)
        self.labels = _texts(body.get("labels"))
        self.annotations = _texts(body.get("annotations"))
        self.group = group
        self.at = at
        self.of_object = of_object  # "PrometheusRule namespace/name", or "" for a rule file
        self.part = group
        self.every = ""  # the interval of its group, where it is set

    @property
    def subject(self) -> Subject:
        return Subject("AlertRule", "", self.name, self.part)

    @property
    def severity(self) -> str:
        return self.labels.get("severity", "")

    @property
    def runbook(self) -> tuple[str, str]:
        """Name and text of the annotation that links to a runbook; both empty without one."""
        for name in RUNBOOK_ANNOTATIONS:
            if self.annotations.get(name, "").strip():
                return name, self.annotations[name].strip()
        return "", ""

    @property
    def dialect(self) -> str:
        """Why the expression is not judged as PromQL; empty when it is."""
        return dialect_of(self.expr)

    @property
    def unread(self) -> str:
        """Why nobody can say from here whether Prometheus loads the expression; empty when it can be said."""
        if TEMPLATE.search(self.expr):
            return "a template in the expression"
        try:
            parsed(self.expr)
        except TooLarge as wrong:
            return str(wrong)
        except NotPromQL:
            pass
        return ""

    @property
    def problem(self) -> str:
        """What is wrong with the expression as PromQL; empty when it parses or is of another dialect."""
        if not self.expr.strip():
            return "the expression is empty"
        if self.unread:
            return ""
        try:
            parsed(self.expr)
        except NotPromQL as wrong:
            return "" if self.dialect or _is_re2(str(wrong)) else str(wrong)
        return ""

    @property
    def series_labels(self) -> frozenset[str] | None:
        """Labels that the expression can bring along; None when it may be any."""
        try:
            return None if TEMPLATE.search(self.expr) else parsed(self.expr).labels.kept
        except NotPromQL:
            return None

    @property
    def always(self) -> bool:
        """Whether it fires whatever happens, as a dead man's switch does."""
        try:
            return not TEMPLATE.search(self.expr) and parsed(self.expr).always
        except NotPromQL:
            return False

    def plain(self) -> dict[str, Any]:
        """The rule as a steward's own expression sees it."""
        return {
            "name": self.name, "expr": self.expr, "for": self.hold, "group": self.group,
            "labels": dict(self.labels), "annotations": dict(self.annotations),
        }  # fmt: skip

    def __repr__(self) -> str:
        return f"<{self.subject}>"

    @classmethod
    def collect(
        cls, environment: Environment, named: Named, documents: Documents, manifests: Manifests,
        sources: Sources, service: ServiceCard,
    ) -> Iterator[Self | Unreadable]:  # fmt: skip
        found: list[Self] = []
        for one in rule_sets(environment, named, documents, manifests):
            if isinstance(one, Unreadable):
                yield one
                continue
            rules = cls.of_set(one)
            if one.at.source in sources.shared and not one.of_manifests:
                found.extend(rule for rule in rules if selects(rule, service))
            else:
                found.extend(rules)
        yield from _told_apart(found)

    @classmethod
    def of_set(cls, rules: RuleSet) -> Iterator[Self]:
        """The rules of this kind in one file or object."""
        groups = rules.value.get("groups") if isinstance(rules.value, dict) else None
        for number, group in enumerate(groups if isinstance(groups, list) else ()):
            listed = group.get("rules") if isinstance(group, dict) else None
            shared = group.get("labels") if isinstance(group, dict) else None  # since Prometheus 3.0
            for index, rule in enumerate(listed if isinstance(listed, list) else ()):
                if isinstance(rule, dict) and cls.FIELD in rule:
                    place = rules.at if rules.text else rules.at.at("groups", number, "rules", index)
                    if isinstance(shared, dict) and isinstance(rule.get("labels"), dict | None):
                        rule = {**rule, "labels": {**shared, **(rule.get("labels") or {})}}
                    found = cls(rule, str(group.get("name") or ""), place, rules.of_object)
                    found.every = "" if group.get("interval") is None else str(group["interval"])
                    yield found


class RecordingRule(AlertRule):
    """One recording rule; Prometheus refuses a whole file for one that is broken."""

    __slots__ = ()

    looked_for: ClassVar[str] = "Prometheus recording rules"
    FIELD: ClassVar[str] = "record"

    @property
    def subject(self) -> Subject:
        return Subject("RecordingRule", "", self.name, self.part)


def rule_sets(
    environment: Environment, named: Named, documents: Documents, manifests: Manifests
) -> Iterator[RuleSet | Unreadable]:
    """Every file and object of an environment that may hold rules."""
    refs = environment.evidence.get("rules") or named.of("rules")
    files = tuple(files_of(refs, documents, RULES) if refs else documents.marked(RULES))
    yield from (one for one in files if isinstance(one, Unreadable))
    named_files = (one for one in files if isinstance(one, File))
    wanted = tuple(one for one in named_files if one.path.endswith((".yaml", ".yml", ".json", ".rules")))
    for document in documents.documents(wanted):
        if isinstance(document, Unreadable):
            yield document
            continue
        value = document.value
        if not isinstance(value, dict) or "rule_files" in value or "tests" in value:
            continue
        if value.get("kind") in OBJECT_KINDS:
            yield RuleSet(value.get("spec"), document.at.at("spec"), str(value["kind"]))
        else:
            yield RuleSet(value, document.at, number=document.number)
    for one in manifests.of(*OBJECT_KINDS):
        if one.group in OBJECT_GROUPS:
            yield RuleSet(one.body.get("spec"), one.at.at("spec"), str(one.subject), of_manifests=True)
    for one in manifests.of("ConfigMap"):
        yield from _in_config_map(one)


def _in_config_map(found: KubernetesObject) -> Iterator[RuleSet]:
    data = found.body.get("data")
    for key, text in data.items() if isinstance(data, dict) else ():
        if not isinstance(text, str) or "groups:" not in text or not re.search(r"\b(?:alert|record):", text):
            continue
        try:
            documents = read(text.encode()).documents
        except YamlError:
            continue  # a template, or another program's file
        for value in documents:
            at = found.at.at("data", str(key))
            yield RuleSet(value, at, str(found.subject), text=True, of_manifests=True)


@lru_cache(maxsize=50_000)
def dialect_of(expr: str) -> str:
    """Why an expression is not judged as PromQL; empty when it is."""
    if TEMPLATE.search(expr):
        return "a template that is not filled in"
    code = _STRING.sub('""', expr)
    if re.search(r"[\"'`]", code.replace('""', "")):
        return ""  # a text that is not closed is one in no language
    languages = (
        (METRICSQL, "MetricsQL"),
        (LOGQL, "LogQL"),
        (OF_A_VERSION, "PromQL of some versions only"),
    )
    return next((name for pattern, name in languages if pattern.search(code)), "")


class RuleFiles:
    """The rule files that Prometheus configurations of a repository name in `rule_files`.

    Says something only where every such configuration can be read and names files of the repository:
    an absolute path is a mount, and an object of the operator selects rules in another way.
    """

    # A configuration that can't be read makes it say nothing; no rule is in doubt for that.
    kinds: ClassVar[frozenset[str]] = frozenset({"rule_files"})

    def __init__(self, loaded: Mapping[tuple[str, str], Location], complete: bool) -> None:
        self._loaded = loaded
        self._complete = complete
        self._beside: dict[tuple[str, str], Location] = {}
        for (source, path), at in loaded.items():
            self._beside.setdefault((source, path.rpartition("/")[0]), at)

    @classmethod
    def collect(cls, documents: Documents, manifests: Manifests) -> Self:
        loaded: dict[tuple[str, str], Location] = {}
        complete = not any(manifests.of("Prometheus", "ThanosRuler", "VMAlert")) and not any(
            isinstance(data := one.body.get("data"), dict) and "rule_files" in str(data)
            for one in manifests.of("ConfigMap")
        )
        for document in documents.documents(documents.marked(PROMETHEUS)):
            value = document.value if isinstance(document, Document) else None
            if not isinstance(value, dict):
                complete = False
                continue
            globs = value.get("rule_files")
            if "tests" in value or not isinstance(globs, list):
                continue  # unit tests of promtool name rule files as well
            folder = document.at.file.rpartition("/")[0]
            for number, glob in enumerate(globs):
                path = posixpath.normpath(posixpath.join(folder, str(glob)))
                if str(glob).startswith("/") or path.startswith("..") or "[" in path:
                    complete = False
                    continue
                for file in documents.named(path, source=document.at.source):
                    if file.folder == path.rpartition("/")[0]:
                        loaded.setdefault((file.source, file.path), document.at.at("rule_files", number))
        return cls(loaded, complete)

    def beside(self, rule: AlertRule) -> Location | None:
        """Where files beside the rule's own are named and its own is not; None where that can't be said."""
        if not self._complete or rule.of_object or (rule.at.source, rule.at.file) in self._loaded:
            return None
        return self._beside.get((rule.at.source, rule.at.file.rpartition("/")[0]))


def selects(rule: AlertRule, service: ServiceCard) -> bool:
    """Whether a rule of a source that many services share is about this service."""
    owner = re.split("[:/]", service.owner)[-1]  # `group:default/team-orders` is team-orders
    names = {name for name in (service.name, service.owner, owner) if name}
    if any(rule.labels.get(label) in names for label in _SERVICE_LABELS):
        return True
    if not service.name:
        return False
    named = re.compile(rf"(?<![\w.-]){re.escape(service.name)}(?!\w)")
    return any(named.search(text) for text in _STRING.findall(rule.expr) if not text.startswith("#"))


def _told_apart(rules: list[Any]) -> Iterator[Any]:
    """The rules, each with a subject of its own: by severity, then by number; a copy of one is left out.

    A recording rule has its name as often as there are label sets.
    """
    files: dict[object, str] = {}  # the file in which a rule stands first
    first: dict[tuple[str, str], AlertRule] = {}
    taken: dict[tuple[str, str, str], int] = {}
    for rule in rules:
        what = (rule.name, rule.group, rule.expr, rule.hold, rule.keep, tuple(sorted(rule.labels.items())),
                tuple(sorted(rule.annotations.items())))  # fmt: skip
        file = f"{rule.at.source}/{rule.at.file}"
        if files.setdefault(what, file) != file:
            continue  # the same rule in a file and in the object made from it
        alike = first.setdefault((rule.name, rule.group), rule)
        if rule.severity and rule.severity != alike.severity:
            rule.part = f"{rule.group}, {rule.severity}"
        number = taken.get((rule.name, rule.group, rule.part), 0) + 1
        taken[rule.name, rule.group, rule.part] = number
        if number > 1:
            rule.part = f"{rule.part}, {number}"
        yield rule


def _is_re2(problem: str) -> bool:
    """Whether the parser refused a regular expression that RE2, which Prometheus uses, takes."""
    _, told, pattern = problem.partition("illegal regex for ")
    if not told:
        return False
    try:
        Pattern(pattern)
    except ValueError:
        return False
    return True


def _texts(found: Any) -> dict[str, str]:
    if not isinstance(found, dict):
        return {}
    return {str(key): _text(value) for key, value in found.items() if value is not None}


def _text(value: Any) -> str:
    if value is True:
        return "true"
    return "false" if value is False else str(value)
