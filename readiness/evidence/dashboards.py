"""Dashboards of Grafana: what they are called, what they draw, and how they come into Grafana.

Looks in what the checklist names as `dashboards`, else in every JSON file that a mark claims
(`"schemaVersion"` with `"panels"` or `"rows"`), and in any case in the environment's objects: ConfigMaps with
such a text (labelled for Grafana's sidecar or mounted), GrafanaDashboard (grafana.integreatly.org/v1beta1,
integreatly.org/v1alpha1) and Dashboard (dashboard.grafana.app). Knows panels inside rows, the older `rows`,
the API's envelope (`{"dashboard": …}`) and data sources by name, by uid and by variable.
Expressions keep Grafana's variables in `written`; `promql` has a value in the place of each.
Ignored on purpose: dashboards that a program makes (Jsonnet, a URL, an id of grafana.com), of which only
their name is known, and those inside charts, which are read where they are rendered.
"""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Self

from readiness.evidence.context import Environment, Named
from readiness.evidence.documents import DASHBOARDS, Documents, File
from readiness.evidence.manifests import KubernetesObject, Manifests
from readiness.evidence.named import files_of
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

GROUPS = frozenset({"grafana.integreatly.org", "integreatly.org"})
SIDECAR = "grafana_dashboard"  # the chart's default: grafana/helm-charts, sidecar.dashboards.label
OPEN = "readiness_open"  # stands for a variable of which the value is chosen in the browser
WINDOW = "5m"  # stands for an interval that Grafana works out
LIMIT = 20 * 2**20  # bytes of an unpacked dashboard
# Data sources that Grafana has by itself.
BUILT_IN = frozenset({"", "grafana", "-- Grafana --", "-- Mixed --", "-- Dashboard --", "default"})
_VARIABLE = r"\$\{(\w+)(?::[^{}]*)?\}|\[\[(\w+)(?::\w+)?\]\]|\$(\w+)"
_NO_QUESTION = frozenset(
    {"refId", "datasource", "hide", "expr", "format", "legendFormat", "panelId", "withTransforms"}
)
_TIMES = frozenset({"__rate_interval", "__interval", "__range", "__auto_interval_interval"})
_NUMBERS = {"__interval_ms": "300000", "__range_ms": "3600000", "__range_s": "3600"}
_GLOBALS = frozenset(
    {"__data", "__field", "__series", "__value", "__from", "__to", "__url", "__all_variables"}
)


class Query(NamedTuple):
    """One expression of a panel."""

    panel: str
    written: str
    variables: Mapping[str, tuple[str, ...]]  # of the dashboard
    at: Location

    @property
    def promql(self) -> str:
        """With a value in the place of each variable; OPEN where it is chosen in the browser."""
        return filled_in(self.written, self.variables)


class DataSource(NamedTuple):
    """A data source that a panel or variable names, by uid or, in older dashboards, by name."""

    name: str
    kind: str  # prometheus, loki …; empty in older dashboards
    at: Location

    @property
    def variable(self) -> str:
        """The variable that it is taken from; empty when it is named outright."""
        found = re.fullmatch(_VARIABLE, self.name)
        return next((one for one in found.groups() if one), "") if found else ""


class DashboardFiles:
    """The dashboards in files, each read once for all environments."""

    kinds: ClassVar[frozenset[str]] = frozenset({DASHBOARDS})

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._known: dict[File, tuple[Dashboard | Unreadable, ...]] = {}

    @classmethod
    def collect(cls, documents: Documents) -> Self:
        return cls(documents)

    def of(self, file: File) -> "tuple[Dashboard | Unreadable, ...]":
        """The dashboard of a file; none where it is another JSON."""
        if file not in self._known:
            self._known[file] = tuple(self._read(file))
        return self._known[file]

    def _read(self, file: File) -> Iterator["Dashboard | Unreadable"]:
        document = self._documents.json_of(file)
        if isinstance(document, Unreadable):
            yield document
            return
        value, at = document.value, document.at
        for key in ("dashboard", "spec"):  # the envelope of Grafana's API, and of its resources
            if isinstance(value, dict) and isinstance(value.get(key), dict):
                value, at = value[key], at.at(key)
        if isinstance(value, dict) and is_dashboard(value):
            yield Dashboard(value, at)


class Dashboard:
    """One dashboard."""

    __slots__ = (
        "at", "data_sources", "holder", "inputs", "links", "made", "others", "panels", "queries", "tags",
        "title", "uid", "variables",
    )  # fmt: skip

    kinds: ClassVar[frozenset[str]] = frozenset({DASHBOARDS, "ConfigMap", "GrafanaDashboard", "Dashboard"})
    looked_for: ClassVar[str] = (
        'dashboards of Grafana (JSON with "schemaVersion" and "panels", ConfigMaps, GrafanaDashboard)'
    )
    platform: ClassVar[tuple[str, tuple[str, ...]]] = ("dashboards", ("grafana",))

    def __init__(
        self, body: Mapping[str, Any], at: Location, holder: KubernetesObject | None = None, made: str = ""
    ) -> None:
        self.at = at
        self.holder = holder  # the object that carries it; None for a file
        self.made = (
            made  # by what it is made elsewhere, so that its panels are not known; empty when they are
        )
        self.uid = _text(body.get("uid"))
        self.title = _text(body.get("title"))
        self.tags = tuple(_text(tag) for tag in _list(body.get("tags")))
        self.links = tuple(_text(link.get("url")) for link in _dicts(body.get("links")))
        self.inputs = frozenset(_text(one.get("name")) for one in _dicts(body.get("__inputs")))
        self.variables = _variables(body)
        self.panels: dict[int, str] = {}  # id → title
        self.others = 0  # what panels ask in another language than PromQL's, or take from a library
        queries: list[Query] = []
        sources: dict[str, DataSource] = {}
        for panel, keys in _panels(body):
            if panel.get("type") != "row":
                self.panels[_id(panel, len(self.panels))] = _text(panel.get("title"))
                self.others += isinstance(panel.get("libraryPanel"), dict)
            for source in _sources_of(panel, self.says(*keys)):
                sources.setdefault(source.name, source)
            for index, target in enumerate(_list(panel.get("targets"))):
                expr = target.get("expr") if isinstance(target, dict) else None
                if isinstance(expr, str) and expr.strip():
                    place = self.says(*keys, "targets", index, "expr")
                    queries.append(Query(_text(panel.get("title")), expr, self.variables, place))
                elif isinstance(target, dict) and not target.keys() <= _NO_QUESTION:
                    self.others += 1
        self.queries = tuple(queries)
        self.data_sources = tuple(sources.values())

    @property
    def subject(self) -> Subject:
        """By its uid: a dashboard that is renamed stays the same one."""
        namespace = self.holder.namespace if self.holder is not None else ""
        return Subject("Dashboard", namespace, self.uid or self.title or self.at.file)

    @property
    def name(self) -> str:
        return self.title or self.uid or self.at.file.rpartition("/")[2]

    def __str__(self) -> str:
        return f"dashboard {self.name!r}"

    def says(self, *keys: str | int) -> Location:
        """The place of one of its fields: that of the whole text where an object carries it as a text."""
        of_text = self.holder is not None and self.holder.kind != "Dashboard"
        return self.at if of_text else self.at.at(*keys)

    @property
    def filled_by_nobody(self) -> bool:
        """A ConfigMap's text goes to Grafana as it is: only an import asks for `__inputs`."""
        return self.holder is not None and self.holder.kind == "ConfigMap"

    def plain(self) -> dict[str, Any]:
        """The dashboard as a steward's own expression sees it."""
        return {
            "uid": self.uid, "title": self.title, "tags": list(self.tags), "panels": len(self.panels),
            "expressions": [one.written for one in self.queries],
        }  # fmt: skip

    @classmethod
    def collect(
        cls, environment: Environment, named: Named, documents: Documents, manifests: Manifests,
        files: DashboardFiles,
    ) -> Iterator["Dashboard | Unreadable"]:  # fmt: skip
        refs = environment.evidence.get("dashboards") or named.of("dashboards")
        for file in files_of(refs, documents, DASHBOARDS) if refs else documents.marked(DASHBOARDS):
            if isinstance(file, Unreadable):
                yield file
            elif file.path.endswith(".json"):
                yield from files.of(file)
        for found in manifests.of("ConfigMap"):
            yield from cls._in_config_map(found)
        for found in manifests.of("GrafanaDashboard"):
            if found.group in GROUPS:
                yield from cls._of_object(found)
        for found in manifests.of("Dashboard"):
            if found.group == "dashboard.grafana.app" and isinstance(found.body.get("spec"), dict):
                yield cls({"uid": found.name, **found.body["spec"]}, found.at.at("spec"), found)

    @classmethod
    def _in_config_map(cls, found: KubernetesObject) -> Iterator[Self | Unreadable]:
        data = found.body.get("data")
        for key, text in data.items() if isinstance(data, dict) else ():
            if (
                not isinstance(text, str)
                or '"schemaVersion"' not in text
                or not text.lstrip().startswith("{")
            ):
                continue
            yield from cls._of_text(text, found.at.at("data", str(key)), found)

    @classmethod
    def _of_object(cls, found: KubernetesObject) -> Iterator[Self | Unreadable]:
        """Source: grafana-operator, GrafanaDashboard: exactly one of these says where the model is."""
        spec = found.body.get("spec")
        spec = spec if isinstance(spec, dict) else {}
        given = {key: spec[key] for key in ("uid",) if isinstance(spec.get(key), str)}
        if isinstance(spec.get("json"), str):
            yield from cls._of_text(spec["json"], found.at.at("spec", "json"), found, given)
            return
        if isinstance(spec.get("gzipJson"), str):
            at = found.at.at("spec", "gzipJson")
            try:
                packed = base64.b64decode(spec["gzipJson"], validate=True)
                text = zlib.decompressobj(31).decompress(packed, LIMIT).decode()
            except (binascii.Error, zlib.error, ValueError) as wrong:
                yield Unreadable(
                    at, f"it is no gzip of a text: {wrong}", frozenset({DASHBOARDS}), "pack it anew"
                )
                return
            yield from cls._of_text(text, at, found, given)
            return
        ways = ("jsonnet", "jsonnetLib", "url", "grafanaCom", "configMapRef", "envFrom")
        made = next((key for key in ways if spec.get(key)), "")
        if made:
            yield cls({"title": found.name, **given}, found.at.at("spec", made), found, made)

    @classmethod
    def _of_text(
        cls, text: str, at: Location, holder: KubernetesObject, given: Mapping[str, Any] | None = None
    ) -> Iterator[Self | Unreadable]:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as wrong:
            yield Unreadable(at, f"its text is no JSON: {wrong}", frozenset({DASHBOARDS}), "mend the JSON")
            return
        if isinstance(value, dict) and (is_dashboard(value) or holder.kind == "GrafanaDashboard"):
            yield cls({**value, **(given or {})}, at, holder)


def is_dashboard(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("panels"), list) or isinstance(value.get("rows"), list)


def filled_in(expression: str, variables: Mapping[str, tuple[str, ...]]) -> str:
    """An expression with a value in the place of each of Grafana's variables.

    Source: Grafana, "Variable syntax" and "Global variables".
    """

    def value(found: re.Match[str]) -> str:
        name = next(one for one in found.groups() if one)
        before = expression[: found.start()].rstrip()
        if name in _NUMBERS:
            return _NUMBERS[name]
        if name in _TIMES or before.endswith(("[", ":", " offset")):
            return WINDOW
        known = variables.get(name, ())
        return known[0] if len(known) == 1 and re.fullmatch(r"[\w.:/-]+", known[0]) else OPEN

    if "$" not in expression and "[[" not in expression:
        return expression
    return re.sub(_VARIABLE, value, expression)


def _variables(body: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Values that a variable can have by its own definition; none where a query finds them."""
    templating = body.get("templating")
    found: dict[str, tuple[str, ...]] = {}
    for one in _dicts(templating.get("list") if isinstance(templating, dict) else None):
        name, kind, query = _text(one.get("name")), one.get("type"), one.get("query")
        if kind in ("constant", "textbox") and isinstance(query, str):
            found[name] = (query,)
        elif kind == "custom" and isinstance(query, str):
            found[name] = tuple(value.strip() for value in query.split(",") if value.strip())
        elif kind == "interval":
            found[name] = (WINDOW,)
        elif kind == "datasource":
            found[name] = (_text(query),)
        else:
            found[name] = ()
    return found


def _panels(body: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], tuple[str | int, ...]]]:
    """Every panel, those inside rows included, and the keys that lead to it."""
    for index, panel in enumerate(_list(body.get("panels"))):
        if isinstance(panel, dict):
            yield panel, ("panels", index)
            for number, inner in enumerate(_list(panel.get("panels"))):
                if isinstance(inner, dict):
                    yield inner, ("panels", index, "panels", number)
    for index, row in enumerate(_list(body.get("rows"))):
        for number, panel in enumerate(_list(row.get("panels")) if isinstance(row, dict) else ()):
            if isinstance(panel, dict):
                yield panel, ("rows", index, "panels", number)


def _sources_of(panel: Mapping[str, Any], at: Location) -> Iterator[DataSource]:
    for source, place in (
        (panel.get("datasource"), at),
        *((one.get("datasource"), at) for one in _dicts(panel.get("targets"))),
    ):
        if isinstance(source, str):
            yield DataSource(source, "", place)
        elif isinstance(source, dict) and isinstance(source.get("uid"), str):
            yield DataSource(source["uid"], _text(source.get("type")), place)


def _id(panel: Mapping[str, Any], count: int) -> int:
    """The id of a panel; a number below nought where it has none, and gets one when it is saved."""
    found = panel.get("id")
    return found if isinstance(found, int) else -1 - count


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    return (one for one in _list(value) if isinstance(one, dict))
