"""Alerts of Splunk apps: saved searches with a condition, as they hold after layering.

Looks for `savedsearches.conf` in `default/` and `local/` of an app (or in any other folder, which is then the
app), and beside it for `app.conf`, `macros.conf`, `alert_actions.conf` and `metadata/*.meta`. What stands in
`local/` overrides `default/` key by key; a stanza's own value comes before that of `[default]`.
Knows the format of Splunk 6 to 9. Ignored on purpose: reports and searches that fill lookups, which have no
condition; what other apps and `etc/system` set, which is not in the sources.

Source:
    Splunk, Admin Manual, savedsearches.conf, alert_actions.conf, app.conf, macros.conf, default.meta.conf;
    "Configuration file precedence".
"""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar, NamedTuple, Self
from urllib.parse import unquote

from readiness.errors import ReadinessError
from readiness.evidence.context import Named, Sources
from readiness.evidence.documents import EXAMPLES, NOT_DEPLOYED, Documents, File
from readiness.evidence.named import files_of
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

SPLUNK = "splunk"
_LAYERS = ("default", "local")  # the later one overrides
_TRUE = frozenset({"1", "true", "t", "yes", "y"})
_FALSE = frozenset({"0", "false", "f", "no", "n", ""})
# Actions that write what was found somewhere and tell nobody.
_SILENT_ACTIONS = frozenset({"summary_index", "lookup", "populate_lookup", "logevent", "outputtelemetry"})
_WRITING = frozenset({"outputlookup", "outputcsv", "collect", "mcollect", "meventcollect", "summaryindex"})
_TELLING = frozenset({"sendemail", "sendalert"})
_NESTED = 5  # depth of subsearches
_TEMPLATE = ("{{", "{%", "<%", "${", "@@")
_LONGEST_LINES = 200_000


class Value(NamedTuple):
    """One setting as it is written."""

    text: str
    at: Location

    @property
    def is_template(self) -> bool:
        return any(mark in self.text for mark in _TEMPLATE)


class Stray(NamedTuple):
    """A line inside a stanza that is no setting: mostly the rest of a text whose `\\` is missing."""

    after: str  # the setting that it follows
    at: Location


class Stanza:
    """The settings of one name, from one file or from all layers."""

    __slots__ = ("at", "strays", "values")

    def __init__(self, at: Location) -> None:
        self.at = at
        self.values: dict[str, Value] = {}
        self.strays: list[Stray] = []


def stanzas(text: str, at: Location) -> dict[str, Stanza]:
    """The stanzas of a .conf file by name; settings before the first belong to `default`."""
    found: dict[str, Stanza] = {}
    current, last = "default", ""
    for number, line in _logical(text):
        place = at._replace(line=number)
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if stripped.startswith("[") and stripped.endswith("]"):
            current, last = stripped[1:-1], ""
            found.setdefault(current, Stanza(place))
            continue
        stanza = found.setdefault(current, Stanza(place))
        key, sign, value = line.partition("=")
        if sign and re.fullmatch(r"[\w.:{}\-]+", key.strip()):
            last = key.strip()
            stanza.values[last] = Value(value.strip(), place)
        else:
            stanza.strays.append(Stray(last, place))
    return found


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """Lines with those joined that end in a backslash, each with the number of its first."""
    start = 0
    parts: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        start = start or number
        if line.endswith("\\") and not (not parts and line.lstrip().startswith("#")):
            parts.append(line[:-1])
            continue
        yield start, "\n".join((*parts, line))
        start, parts = 0, []
    if parts:
        yield start, "\n".join(parts)


class SplunkApp:
    """One app: the folder that has `default/` or `local/`."""

    def __init__(self, source: str, folder: str, files: tuple[File, ...], documents: Documents) -> None:
        self.source = source
        self.folder = folder
        self.unreadable: list[Unreadable] = []
        self._files: dict[str, list[File]] = {}
        self._documents = documents
        for file in files:
            self._files.setdefault(file.name, []).append(file)

    @property
    def name(self) -> str:
        return self.folder.rpartition("/")[2] or self.source

    def layered(self, name: str) -> dict[str, Stanza]:
        """The stanzas of `name`, with `local` laid over `default`."""
        found: dict[str, Stanza] = {}
        for file in sorted(self._files.get(name, ()), key=_layer):
            for stanza, own in self._read(file).items():
                merged = found.setdefault(stanza, Stanza(own.at))
                kept = [one for one in merged.strays if one.after not in own.values]
                merged.strays = kept + own.strays
                merged.values.update(own.values)
        return found

    def _read(self, file: File) -> dict[str, Stanza]:
        try:
            text = self._documents.text(file).decode("utf-8-sig")
        except (ReadinessError, UnicodeDecodeError) as wrong:
            why = "it is no UTF-8 text" if isinstance(wrong, UnicodeDecodeError) else str(wrong)
            self.unreadable.append(
                Unreadable(file.at, why, frozenset({SPLUNK}), f"make {file.path} readable")
            )
            return {}
        if text.count("\n") > _LONGEST_LINES:
            self.unreadable.append(
                Unreadable(file.at, f"more than {_LONGEST_LINES} lines", frozenset({SPLUNK}), "split it")
            )
            return {}
        return stanzas(text, file.at)


class SplunkAlert:
    """One saved search that has a condition, or that is listed among triggered alerts."""

    kinds: ClassVar[frozenset[str]] = frozenset({SPLUNK})
    looked_for: ClassVar[str] = "Splunk alerts (savedsearches.conf with a condition)"
    platform: ClassVar[tuple[str, tuple[str, ...]]] = ("alerts", ("splunk",))

    def __init__(
        self,
        name: str,
        app: SplunkApp,
        stanza: Stanza,
        defaults: Mapping[str, Value],
        beside: "Beside",
    ) -> None:
        self.name = name
        self.app = app
        self.at = stanza.at
        self.strays = tuple(stanza.strays)
        self._values = {**defaults, **stanza.values}
        self._beside = beside

    @property
    def subject(self) -> Subject:
        return Subject("SplunkAlert", self.app.name, self.name)

    def get(self, key: str) -> Value | None:
        """A setting that is written and not empty."""
        found = self._values.get(key)
        return found if found is not None and found.text else None

    def text(self, key: str) -> str:
        return self._values[key].text if key in self._values else ""

    def place(self, key: str) -> Location:
        """Where a setting is written, else the stanza."""
        return self._values[key].at if key in self._values else self.at

    def flag(self, key: str, default: bool = False) -> bool:
        word = self.text(key).lower()
        return word in _TRUE if word and (word in _TRUE or word in _FALSE) else default

    @property
    def is_alert(self) -> bool:
        counts = self.text("counttype").lower() not in ("", "always")
        compares = bool(self.text("relation") or self.text("quantity"))
        custom = bool(self.text("alert_condition"))
        if self.flag("alert.track"):
            return True
        if not (custom or (counts and compares)):
            return False
        if not self.telling and self.commands[-1:] and self.commands[-1] in _WRITING:
            return False  # fills a lookup or an index; older versions wrote a condition into every search
        return bool(self.text("cron_schedule") or self.flag("enableSched") or self.actions)

    @property
    def commands(self) -> tuple[str, ...]:
        """The commands that the search pipes its events through, those of subsearches left out."""
        plain = re.sub(r'"(?:[^"\\]|\\.)*"', '""', self.text("search"))
        for _ in range(_NESTED):
            plain = re.sub(r"\[[^\[\]]*\]", "", plain)
        return tuple(word.lower() for word in re.findall(r"\|\s*([A-Za-z]\w*)", plain))

    @property
    def app_disabled(self) -> Value | None:
        """The app's own state, where that is `disabled`."""
        return self._beside.disabled

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions that are on: those listed, and those with a switch of their own."""
        listed = [one.strip() for one in self.text("actions").split(",") if one.strip()]
        for key in self._values:
            if key.startswith("action.") and key.count(".") == 1 and self.flag(key):
                listed.append(key.partition(".")[2])
        off = {one for one in listed if self.text(f"action.{one}") and not self.flag(f"action.{one}", True)}
        return tuple(dict.fromkeys(one for one in listed if one not in off))

    @property
    def telling(self) -> tuple[str, ...]:
        """Actions, and commands of the search itself, that tell somebody."""
        actions = tuple(one for one in self.actions if one not in _SILENT_ACTIONS)
        return (*actions, *(one for one in self.commands if one in _TELLING))

    def of_action(self, action: str, parameter: str) -> Value | None:
        """A parameter of an action: the alert's own, else what the app's alert_actions.conf says."""
        own = self.get(f"action.{action}.{parameter}")
        return own or self._beside.actions.get(action, {}).get(parameter)

    @property
    def owner(self) -> Value | None:
        """The user that metadata names for it."""
        return self._beside.owners.get(self.name) or self._beside.owners.get("")

    @property
    def macros(self) -> tuple[tuple[str, int], ...]:
        """The macros that the search calls, each with the number of its arguments."""
        found = re.findall(r"`([^`\s(]{1,200})(?:\(([^`]{0,2000})\))?`", self.text("search"))
        return tuple(dict.fromkeys((name, _arguments(arguments)) for name, arguments in found))

    @property
    def known_macros(self) -> Mapping[tuple[str, int], Location]:
        return self._beside.macros

    @classmethod
    def collect(cls, named: Named, documents: Documents, sources: Sources) -> Iterator[Self | Unreadable]:
        refs = named.of(SPLUNK)
        chosen: list[File] = []
        for one in files_of(refs, documents, SPLUNK) if refs else documents.named("*.conf", "*.meta"):
            if isinstance(one, Unreadable):
                yield one
            elif refs or (one.source not in sources.shared and _is_deployed(one)):
                chosen.append(one)
        apps: dict[tuple[str, str], list[File]] = {}
        for file in chosen:
            apps.setdefault((file.source, _app_of(file)), []).append(file)
        for (source, folder), files in sorted(apps.items()):
            if any(file.name == "savedsearches.conf" for file in files):
                app = SplunkApp(source, folder, tuple(files), documents)
                yield from cls._of_app(app)

    @classmethod
    def _of_app(cls, app: SplunkApp) -> Iterator[Self | Unreadable]:
        searches = app.layered("savedsearches.conf")
        defaults = searches.pop("default", Stanza(Location(app.source, app.folder))).values
        beside = Beside.of(app)
        yield from app.unreadable
        for name, stanza in searches.items():
            found = cls(name, app, stanza, defaults, beside)
            if found.is_alert:
                yield found


class Beside(NamedTuple):
    """What else an app says of its alerts."""

    disabled: Value | None
    macros: Mapping[tuple[str, int], Location]  # by name and number of arguments
    actions: Mapping[str, Mapping[str, Value]]
    owners: Mapping[str, Value]  # by search; "" for all of them

    @classmethod
    def of(cls, app: SplunkApp) -> "Beside":
        state = app.layered("app.conf").get("install")
        word = state.values.get("state") if state is not None else None
        owners: dict[str, Value] = {}
        for file in ("default.meta", "local.meta"):
            for name, stanza in app.layered(file).items():
                kind, _, search = name.partition("/")
                if kind == "savedsearches" and "owner" in stanza.values:
                    owners[unquote(search)] = stanza.values["owner"]
        return cls(
            word if word is not None and word.text.lower() == "disabled" else None,
            {_macro(name): one.at for name, one in app.layered("macros.conf").items() if name != "default"},
            {name: one.values for name, one in app.layered("alert_actions.conf").items()},
            owners,
        )


def _macro(name: str) -> tuple[str, int]:
    found = re.fullmatch(r"(.*)\((\d{1,3})\)", name)
    return (found[1], int(found[2])) if found else (name, 0)


def _arguments(text: str) -> int:
    """How many arguments stand between a macro's brackets: commas in quotes or brackets part none."""
    if not text.strip():
        return 0
    plain = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    depth, count = 0, 1
    for sign in plain:
        depth += (sign == "(") - (sign == ")")
        count += sign == "," and depth == 0
    return count


def _layer(file: File) -> int:
    folder = file.folder.rpartition("/")[2]
    return _LAYERS.index(folder) if folder in _LAYERS else 0


def _app_of(file: File) -> str:
    above, _, last = file.folder.rpartition("/")
    return above if last in (*_LAYERS, "metadata") else file.folder


def _is_deployed(file: File) -> bool:
    folders = frozenset(file.path.split("/")[:-1])
    return (NOT_DEPLOYED | EXAMPLES).isdisjoint(folders)
