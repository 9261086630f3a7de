"""One checklist file, YAML → typed `Checklist`, with every error in it at its line and column.

Files of schema version 1 are read. Nothing is ignored: an unknown key is an error. Spellings stand in
`checklist_spelling.py`.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from readiness.checklist import (
    CEL_VARIABLES,
    CLASSES,
    EVIDENCE_KINDS,
    MODES,
    PLACEHOLDER,
    PLATFORM_PARTS,
    REPOSITORY,
    AttestRule,
    Checklist,
    CheckOf,
    DecisionPolicy,
    Declared,
    EnvironmentClass,
    EnvironmentSpec,
    Extension,
    Item,
    Kind,
    Layer,
    ManifestEntry,
    Ref,
    Service,
    SourceSpec,
)
from readiness.checklist_spelling import (
    CLASS_OF,
    DATE,
    DAYS,
    DECLARED_KINDS,
    DECLARED_OBJECTS,
    ENTRY_KEYS,
    ENVIRONMENT_KEYS,
    HOST,
    ITEM_KEYS,
    ITEM_NEEDS,
    KUBERNETES_VERSION,
    LABEL,
    LAYER,
    NAME,
    OBJECT_KEYS,
    OBJECT_NAME,
    OBJECT_NEEDS,
    PAGE_KEYS,
    PAGE_NEEDS,
    PATH,
    ROOT_KEYS,
    SOURCE_NAME,
    SWITCHES,
    TEXT,
    TIER,
    TIER_NAME,
    TIMEOUT,
    URL,
    WAIVER_DAYS,
    WORD,
    Bounds,
    Spelling,
)
from readiness.errors import ChecklistError
from readiness.outcome import SEVERITIES, STRENGTHS, Location, Severity
from readiness.yaml_reader import CORE, Positions, YamlError, read

Keys = tuple[str | int, ...]

MOST_ERRORS = 20


class ChecklistReader:
    """Reads one file; `problems` grow as it goes, so that all are told at once."""

    def __init__(
        self, text: bytes, file: str, known: Mapping[str, CheckOf], source: str = REPOSITORY, ref: str = ""
    ) -> None:
        self.text = text
        self.known = known
        self.here = Location(source, file)
        self.ref = ref or shown_file(self.here)
        self.problems: list[tuple[Keys, str]] = []
        self.twice: list[tuple[tuple[int, int], str]] = []  # duplicate keys, whose place YAML's reader knows
        self.placeholders: list[Location] = []
        self.origins: dict[str, Location] = {}

    # The file

    def checklist(self) -> Checklist:
        """What the file says.

        Raises:
            ChecklistError: with every problem, at most twenty, a line each.
        """
        found = self.layer(self._document())
        if self.problems or self.twice:
            raise ChecklistError("\n".join(self.told()))
        return found

    def told(self) -> list[str]:
        """The problems as text, in the order of the file."""
        positions = Positions(self.text, CORE)
        placed = [(positions.of(0, keys) or (1, 1), words) for keys, words in self.problems] + self.twice
        placed = sorted(dict.fromkeys(placed), key=lambda problem: problem[0])
        name = shown_file(self.here)
        lines = [f"{name}:{line}:{column}: {words}" for (line, column), words in placed[:MOST_ERRORS]]
        if len(placed) > MOST_ERRORS:
            lines.append(f"{name}: and {len(placed) - MOST_ERRORS} more errors; mend these first")
        return lines

    def _document(self) -> Any:
        name = shown_file(self.here)
        try:
            parsed = read(self.text, CORE)
        except YamlError as wrong:
            raise ChecklistError(f"{name}:{wrong.line}:{wrong.column}: {wrong.message}") from wrong
        documents = parsed.documents
        if len(documents) > 1:
            raise ChecklistError(
                f"{name}:1:1: the file holds {len(documents)} YAML documents; expected one checklist; "
                "remove the lines `---` that part them"
            )
        if not documents or documents[0] is None:
            raise ChecklistError(f"{name}:1:1: the file is empty; expected a checklist; run: readiness init")
        for twice in parsed.duplicates:
            words = f"{twice.keys[-1]!r} stands here and in line {twice.first_line}"
            self.twice.append(((twice.line, 1), f"{words}; expected each key once; remove one of them"))
        return documents[0]

    def layer(self, raw: Any) -> Checklist:
        said = self.mapping(raw, (), ROOT_KEYS, needs=("version",))
        version = said.get("version", 1)
        if version != 1 or isinstance(version, bool) or not isinstance(version, int):
            self.wrong(("version",), f"version is {shown(version)}", "1, the only one", "write version: 1")
        evidence = said.get("evidence", {})
        kinds = self.mapping(evidence, ("evidence",), (*EVIDENCE_KINDS, "manifests", "declared"))
        return Checklist(
            service=self._service(said),
            tiers={
                name: tier
                for name, value, keys in self.named(said, "tiers", TIER_NAME)
                if (tier := self.number(value, keys, TIER)) is not None
            },
            platform={
                name: self.words(value, ("platform", name), WORD)
                for name, value in self.mapping(
                    said.get("platform", {}), ("platform",), PLATFORM_PARTS
                ).items()
                if self.say(f"platform.{name}", ("platform", name))
            },
            sources={
                name: self._source(name, value, keys)
                for name, value, keys in self.named(said, "sources", SOURCE_NAME)
            },
            evidence=self._evidence(kinds, ("evidence",)),
            manifests=self._manifests(kinds, ("evidence", "manifests")),
            declared=tuple(
                self._declared(value, keys)
                for value, keys in self.several(kinds.get("declared", []), ("evidence", "declared"))
            ),
            environments=tuple(
                self._environment(name, value, keys)
                for name, value, keys in self.named(said, "environments", NAME)
            ),
            items=self._items(said),
            decision=self._decision(said),
            extends=tuple(
                self._extension(value, keys)
                for value, keys in self.several(said.get("extends", []), ("extends",))
            ),
            placeholders=tuple(self.placeholders),
            layers=(
                Layer(
                    self.ref,
                    "sha256:" + hashlib.sha256(self.text).hexdigest(),
                    self.here.source,
                    self.here.file,
                    self.text,
                ),
            ),
            origins=self.origins,
        )

    # Parts

    def _service(self, said: Mapping[str, Any]) -> Service:
        fields = self.mapping(said.get("service", {}), ("service",), ("name", "tier", "owner"))
        for field in fields:
            self.say(f"service.{field}", ("service", field))
        return Service(
            self.word(fields, ("service",), "name", NAME),
            self.number(fields["tier"], ("service", "tier"), TIER) if "tier" in fields else None,
            self.word(fields, ("service",), "owner", TEXT),
        )

    def _source(self, name: str, raw: Any, keys: Keys) -> SourceSpec:
        fields = self.mapping(raw, keys, ("required", "shared"))
        for field in fields:
            self.say(f"sources.{name}.{field}", (*keys, field))
        return SourceSpec(
            name, self.flag(fields, keys, "required"), self.flag(fields, keys, "shared"), self.at(keys)
        )

    def _evidence(self, fields: Mapping[str, Any], keys: Keys) -> dict[str, tuple[Ref, ...]]:
        return {
            kind: tuple(
                ref
                for value, at in self.one_or_several(fields[kind], (*keys, kind))
                if (ref := self.reference(value, at)) is not None
            )
            for kind in EVIDENCE_KINDS
            if kind in fields
        }

    def _manifests(self, fields: Mapping[str, Any], keys: Keys) -> tuple[ManifestEntry, ...]:
        entries = (
            self._entry(value, at)
            for value, at in self.one_or_several(fields.get("manifests", []), keys, may_be_empty=True)
        )
        return tuple(entry for entry in entries if entry is not None)

    def _entry(self, raw: Any, keys: Keys) -> ManifestEntry | None:
        if isinstance(raw, str):
            ref = self.reference(raw, keys)
            return ManifestEntry("path", ref.source, ref.path, origin=ref.origin) if ref else None
        kinds = [kind for kind in ENTRY_KEYS if isinstance(raw, dict) and kind in raw]
        if len(kinds) != 1:
            self.wrong(
                keys, f"a manifest entry is {shown(raw)}",
                "a path, or a mapping with one of path, chart, kustomization",
                "write for example {chart: deploy:charts/orders, values: [deploy:prod.yaml]}",
            )  # fmt: skip
            return None
        kind = kinds[0]
        fields = self.mapping(raw, keys, ENTRY_KEYS[kind])
        ref = self.reference(fields[kind], (*keys, kind))
        values = (
            self.reference(value, at)
            for value, at in self.one_or_several(
                fields.get("values", []), (*keys, "values"), may_be_empty=True
            )
        )
        read_values = tuple(value for value in values if value is not None)
        release = self.word(fields, keys, "release", LABEL)
        namespace = self.word(fields, keys, "namespace", LABEL)
        if ref is None:
            return None
        return ManifestEntry(kind, ref.source, ref.path, read_values, release, namespace, self.at(keys))

    def _declared(self, raw: Any, keys: Keys) -> Declared:
        kind = raw.get("kind") if isinstance(raw, dict) else None
        is_object = isinstance(kind, str) and kind in DECLARED_OBJECTS
        allowed, needs = (OBJECT_KEYS, OBJECT_NEEDS) if is_object else (PAGE_KEYS, PAGE_NEEDS)
        fields = self.mapping(raw, keys, allowed, needs)
        return Declared(
            self.choice(fields, keys, "kind", DECLARED_KINDS) or "",
            self.word(fields, keys, "alert", TEXT),
            self.word(fields, keys, "url", URL),
            self.day(fields, keys, "reviewed"),
            self.word(fields, keys, "by", TEXT),
            self.word(fields, keys, "name", OBJECT_NAME),
            self.word(fields, keys, "namespace", LABEL),
            self.at(keys),
        )

    def _environment(self, name: str, raw: Any, keys: Keys) -> EnvironmentSpec:
        fields = self.mapping(raw, keys, ENVIRONMENT_KEYS)
        cls = self.choice(fields, keys, "class", CLASSES)
        return EnvironmentSpec(
            name,
            _class(cls or CLASS_OF.get(name.lower(), "production")),
            self.word(fields, keys, "namespace", LABEL),
            self._kubernetes_versions(fields, keys),
            self._manifests(fields, (*keys, "manifests")),
            self._evidence(fields, keys),
            {field: self.at((*keys, field)) for field in fields},
            self.at(keys),
        )

    def _kubernetes_versions(self, fields: Mapping[str, Any], keys: Keys) -> tuple[str, ...]:
        field = "kubernetes-version"
        return self.words(fields[field], (*keys, field), KUBERNETES_VERSION) if field in fields else ()

    def _decision(self, said: Mapping[str, Any]) -> DecisionPolicy:
        usual = DecisionPolicy()
        waivers = self.mapping(
            said.get("waivers", {}), ("waivers",), ("max-days", "approvers", "non-waivable")
        )
        keys: Keys = ("waivers", "max-days")
        days: dict[Severity, int] = dict(usual.max_days)
        limits = self.mapping(waivers.get("max-days", {}), keys, SEVERITIES)
        for severity in SEVERITIES:
            if severity in limits:
                self.say(f"waivers.max-days.{severity}", (*keys, severity))
                days[severity] = (
                    self.number(limits[severity], (*keys, severity), WAIVER_DAYS) or days[severity]
                )
        for field in ("mode", "fail-on", "accept-suppressions", "trusted-hosts", "remote-bases"):
            if field in said:
                self.say(field, (field,))
        for field in ("approvers", "non-waivable"):
            if field in waivers:
                self.say(f"waivers.{field}", ("waivers", field))
        mode = self.choice(said, (), "mode", MODES)
        fail_on = self.choice(said, (), "fail-on", SEVERITIES)
        return DecisionPolicy(
            "advisory" if mode == "advisory" else "enforce",
            _severity(fail_on) or usual.fail_on,
            days,
            self.words(waivers["approvers"], ("waivers", "approvers"), TEXT)
            if "approvers" in waivers
            else None,
            self.words(waivers.get("non-waivable", []), ("waivers", "non-waivable"), NAME, may_be_empty=True),
            self.words(
                said.get("accept-suppressions", []), ("accept-suppressions",), NAME, may_be_empty=True
            ),
            self.words(said.get("trusted-hosts", []), ("trusted-hosts",), HOST, may_be_empty=True),
            self.flag(said, (), "remote-bases"),
        )

    def _extension(self, raw: Any, keys: Keys) -> Extension:
        text = raw if isinstance(raw, str) else ""
        ref, _, digest = text.partition("#")
        if not LAYER.matches(text):
            self.wrong(keys, f"the layer is {shown(raw)}", LAYER.expected, _mend_layer(text))
        return Extension(ref, digest, self.at(keys))

    # Items

    def _items(self, said: Mapping[str, Any]) -> tuple[Item, ...]:
        first: dict[str, Keys] = {}
        items = []
        for raw, keys in self.several(said.get("items", []), ("items",)):
            item = self._item(raw, keys)
            if item is None:
                continue
            if item.id in first:
                line = (Positions(self.text, CORE).of(0, first[item.id]) or (1, 1))[0]
                self.wrong(
                    keys, f"item {item.id} stands here and in line {line}", "one item of each id",
                    "give one of them an id of its own, as in id: " + f"{item.id}-2",
                )  # fmt: skip
            first.setdefault(item.id, keys)
            items.append(item)
        return tuple(items)

    def _item(self, raw: Any, keys: Keys) -> Item | None:
        marks: dict[str, Kind] = {"check": "check", "expr": "cel", "attest": "attest"}
        kinds = [kind for mark, kind in marks.items() if isinstance(raw, dict) and mark in raw]
        if len(kinds) != 1:
            self.wrong(
                keys, f"the item is {shown(raw)}", "a mapping with one of check, expr, attest",
                "write for example {check: rollback.history-limit}",
            )  # fmt: skip
            return None
        kind = kinds[0]
        fields = self.mapping(raw, keys, ITEM_KEYS[kind], ITEM_NEEDS[kind])
        check_id = fields["check"] if kind == "check" else ""
        check = self._check(check_id, (*keys, "check")) if kind == "check" else None
        origins = {
            field: self.at((*keys, field)) for field in fields if field not in ("with", "when", "attest")
        }
        when = self.mapping(fields.get("when", {}), (*keys, "when"), ("environment", "tier"))
        origins |= {f"when.{field}": self.at((*keys, "when", field)) for field in when}
        settings = self._settings(check, check_id, fields.get("with", {}), (*keys, "with"))
        origins |= {f"with.{name}": self.at((*keys, "with", name)) for name in settings}
        attest = self._attest(fields["attest"], (*keys, "attest"), origins) if kind == "attest" else None
        item_id = self.word(fields, keys, "id", NAME) or (check_id if isinstance(check_id, str) else "")
        return Item(
            id=item_id,
            kind=kind,
            check=item_id and {"check": check_id, "cel": "cel", "attest": "attestation"}[kind],
            title=self.word(fields, keys, "title", TEXT),
            settings=settings,
            severity=self._item_severity(fields, keys),
            required=self.flag(fields, keys, "required"),
            enforce_from=self.day(fields, keys, "enforce-from"),
            environments=self.words(when["environment"], (*keys, "when", "environment"), NAME)
            if "environment" in when
            else None,
            tiers=self._tiers(when["tier"], (*keys, "when", "tier")) if "tier" in when else None,
            control=self.word(fields, keys, "control", TEXT),
            why=self.word(fields, keys, "why", TEXT),
            guide=self.word(fields, keys, "guide", TEXT),
            owner=self.word(fields, keys, "owner", TEXT),
            waivable=self.flag(fields, keys, "waivable", usual=True),
            attestable=self.flag(fields, keys, "attestable"),
            min_strength=next(
                (
                    known
                    for known in STRENGTHS
                    if known == self.choice(fields, keys, "min-strength", STRENGTHS)
                ),
                None,
            ),
            timeout=int(seconds[:-1]) if (seconds := self.word(fields, keys, "timeout", TIMEOUT)) else None,
            for_=self.choice(fields, keys, "for", CEL_VARIABLES) or "",
            expr=self.word(fields, keys, "expr", TEXT),
            message=self.word(fields, keys, "message", TEXT),
            attest=attest,
            disabled=self.flag(fields, keys, "disabled"),
            origins=origins,
            origin=self.at(keys),
        )

    def _check(self, check_id: Any, keys: Keys) -> CheckOf | None:
        if not isinstance(check_id, str):
            self.wrong(keys, f"check is {shown(check_id)}", "the id of a check", "run: readiness checks")
            return None
        try:
            return self.known[check_id]
        except KeyError:
            expected = nearest(check_id, self.known, "the id of a check")
            self.wrong(keys, f"there is no check {shown(check_id)}", expected, "run: readiness checks")
            return None

    def _settings(self, check: CheckOf | None, check_id: str, raw: Any, keys: Keys) -> dict[str, Any]:
        if check is None:
            self.mapping(raw, keys, None)
            return {}
        found = {}
        for name, value in self.mapping(
            raw, keys, tuple(check.settings), of=f"setting of {check_id}"
        ).items():
            if value == PLACEHOLDER:
                self.placeholders.append(self.at((*keys, name)))
                continue
            try:
                check.settings[name].read(value)
            except ValueError as wrong:
                said, _, expected = str(wrong).partition("expected ")
                expected, _, got = expected.partition(", got ")
                self.wrong(
                    (*keys, name), f"{name} is {got or shown(value)}", expected or said,
                    f"see: readiness explain {check_id}",
                )  # fmt: skip
                continue
            found[name] = value
        return found

    def _attest(self, raw: Any, keys: Keys, origins: dict[str, Location]) -> AttestRule | None:
        fields = self.mapping(raw, keys, ("roles", "max-age", "evidence"), needs=("roles",))
        if not fields:
            return None
        origins |= {f"attest.{field}": self.at((*keys, field)) for field in fields}
        roles = self.words(fields.get("roles", []), (*keys, "roles"), NAME)
        age = self.word(fields, keys, "max-age", DAYS)
        evidence = self.choice(fields, keys, "evidence", ("required", "optional"))
        days = int(age[:-1]) * (7 if age.endswith("w") else 1) if age and age != PLACEHOLDER else None
        return AttestRule(roles, days, evidence == "required")

    def _item_severity(self, fields: Mapping[str, Any], keys: Keys) -> Severity | None:
        raw = fields.get("severity")
        if raw in ("none", "off", "ignore", "info", False):
            self.wrong(
                (*keys, "severity"), f"severity is {shown(raw)}", "error, warning or note, the mildest",
                "write note, or accept single findings with: readiness waive",
            )  # fmt: skip
            return None
        return _severity(self.choice(fields, keys, "severity", SEVERITIES))

    def _tiers(self, raw: Any, keys: Keys) -> tuple[int, ...]:
        numbers = (self.number(value, at, TIER) for value, at in self.one_or_several(raw, keys))
        return tuple(dict.fromkeys(number for number in numbers if number is not None))

    # Values

    def wrong(self, keys: Keys, what: str, expected: str, mend: str) -> None:
        self.problems.append((keys, f"{what}; expected {expected}; {mend}"))

    def at(self, keys: Keys) -> Location:
        return self.here._replace(keys=keys)

    def say(self, field: str, keys: Keys) -> bool:
        self.origins[field] = self.at(keys)
        return True

    def mapping(
        self,
        raw: Any,
        keys: Keys,
        allowed: tuple[str, ...] | None,
        needs: tuple[str, ...] = (),
        of: str = "key",
    ) -> dict[str, Any]:
        """The entries of `raw` that are allowed; empty when it is no mapping."""
        name = keys[-1] if keys else "the checklist"
        if not isinstance(raw, dict):
            wanted = f"a mapping with {', '.join(allowed[:6])}" if allowed else "a mapping"
            self.wrong(keys, f"{name} is {shown(raw)}", wanted, "write it as key: value")
            return {}
        found = {}
        for key, value in raw.items():
            if not isinstance(key, str):
                self.wrong((*keys, key), f"the key {shown(key)} is no text", "a text", "put it in quotes")
            elif allowed is not None and key not in allowed:
                expected, mend = nearest(key, allowed, f"a {of}"), "remove it"
                if keys[:1] == ("items",) and len(keys) == 2:
                    if key in SWITCHES:
                        expected = "an item that holds"
                        mend = (
                            "an item can't be switched off, single findings can be accepted: readiness waive"
                        )
                    elif any(key in fields for fields in ITEM_KEYS.values()):
                        mend = "remove it, it belongs to another kind of item"
                self.wrong((*keys, key), f"unknown {of} {shown(key)}", expected, mend)
            else:
                found[key] = value
        for key in needs:
            if key not in raw:
                whole = "the entry" if isinstance(name, int) else name
                self.wrong(keys, f"{whole} has no {key}", key, f"add {key}")
        return found

    def named(self, said: Mapping[str, Any], field: str, names: Spelling) -> list[tuple[str, Any, Keys]]:
        """The entries of a mapping whose keys are names that the author chooses."""
        found: list[tuple[str, Any, Keys]] = []
        for name, value in self.mapping(said.get(field, {}), (field,), None).items():
            keys: Keys = (field, name)
            if not names.matches(name):
                self.wrong(keys, f"{field} names {shown(name)}", names.expected, "rename it")
                continue
            if field in ("tiers", "environments"):
                self.say(f"{field}.{name}", keys)
            found.append((name, value, keys))
        return found

    def several(self, raw: Any, keys: Keys) -> list[tuple[Any, Keys]]:
        if not isinstance(raw, list):
            self.wrong(keys, f"{keys[-1]} is {shown(raw)}", "a list", "write each entry after a dash")
            return []
        return [(value, (*keys, index)) for index, value in enumerate(raw)]

    def one_or_several(self, raw: Any, keys: Keys, may_be_empty: bool = False) -> list[tuple[Any, Keys]]:
        if not isinstance(raw, list):
            return [(raw, keys)]
        if not raw and not may_be_empty:
            self.wrong(keys, f"{keys[-1]} is an empty list", "at least one entry", "leave the key out")
        return self.several(raw, keys)

    def _text(self, raw: Any, keys: Keys, spelling: Spelling) -> str | None:
        if raw == PLACEHOLDER:
            self.placeholders.append(self.at(keys))
            return PLACEHOLDER
        if isinstance(raw, str) and spelling.matches(raw):
            return raw
        what = f"{_named(keys)} is {shown(raw)}"
        if isinstance(raw, str) and len(raw) > spelling.longest:
            self.wrong(
                keys, f"{_named(keys)} has {len(raw)} characters", f"at most {spelling.longest}", "shorten it"
            )
        elif isinstance(raw, (int, float)) and spelling.matches(str(raw)):
            self.wrong(keys, what, spelling.expected, "put it in quotes")
        else:
            self.wrong(keys, what, spelling.expected, "write it so")
        return None

    def word(self, fields: Mapping[str, Any], keys: Keys, field: str, spelling: Spelling) -> str:
        """The text of a field; empty where it is left out or wrong."""
        found = self._text(fields[field], (*keys, field), spelling) if field in fields else None
        if found == PLACEHOLDER and spelling in (TIMEOUT, DAYS):
            return ""
        return found or ""

    def words(self, raw: Any, keys: Keys, spelling: Spelling, may_be_empty: bool = False) -> tuple[str, ...]:
        found = (
            self._text(value, at, spelling) for value, at in self.one_or_several(raw, keys, may_be_empty)
        )
        return tuple(dict.fromkeys(text for text in found if text is not None))

    def reference(self, raw: Any, keys: Keys) -> Ref | None:
        text = self._text(raw, keys, PATH)
        if text is None:
            return None
        source, colon, path = text.rpartition(":")
        return Ref(source if colon else REPOSITORY, _plain(path), self.at(keys))

    def number(self, raw: Any, keys: Keys, bounds: Bounds) -> int | None:
        if raw == PLACEHOLDER:
            self.placeholders.append(self.at(keys))
            return None
        if isinstance(raw, int) and not isinstance(raw, bool) and bounds.least <= raw <= bounds.most:
            return raw
        self.wrong(keys, f"{_named(keys)} is {shown(raw)}", bounds.expected, "write the number")
        return None

    def flag(self, fields: Mapping[str, Any], keys: Keys, field: str, usual: bool = False) -> bool:
        raw = fields.get(field, usual)
        if isinstance(raw, bool):
            return raw
        if raw == PLACEHOLDER:
            self.placeholders.append(self.at((*keys, field)))
        else:
            self.wrong((*keys, field), f"{field} is {shown(raw)}", "true or false", "write one of them")
        return usual

    def choice(
        self, fields: Mapping[str, Any], keys: Keys, field: str, choices: tuple[str, ...]
    ) -> str | None:
        if field not in fields:
            return None
        raw = fields[field]
        if isinstance(raw, str) and raw in choices:
            return raw
        self.wrong(
            (*keys, field), f"{field} is {shown(raw)}", nearest(raw, choices, "one of " + ", ".join(choices)),
            "write one of them",
        )  # fmt: skip
        return None

    def day(self, fields: Mapping[str, Any], keys: Keys, field: str) -> date | None:
        text = self.word(fields, keys, field, DATE)
        if not text or text == PLACEHOLDER:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.wrong((*keys, field), f"{field} is {shown(text)}", "a day of the calendar", "mend the date")
            return None


def shown_file(at: Location) -> str:
    """The file as an error names it: with its source where that is not the repository."""
    return at.file if at.source == REPOSITORY else f"{at.source}:{at.file}"


def shown(raw: object) -> str:
    """A value as it reads in one line of an error."""
    if raw is None:
        return "left empty"
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, dict):
        return (
            "a mapping with " + ", ".join(str(key)[:30] for key in list(raw)[:5])
            if raw
            else "an empty mapping"
        )
    if isinstance(raw, list):
        return "a list" if raw else "an empty list"
    text = repr(raw)
    return text if len(text) <= 80 else text[:77] + "…"


def nearest(word: object, choices: Iterable[str], otherwise: str) -> str:
    """The choice that `word` was most likely meant to be, for an error; `otherwise` when none is near."""
    from difflib import get_close_matches

    found = get_close_matches(str(word)[:100], list(choices), 1, 0.6)
    return f"{otherwise}; the nearest is {found[0]}" if found else otherwise


def _mend_layer(text: str) -> str:
    if re.fullmatch(r"profile:[a-z][a-z0-9-]*", text):
        return f"name its version, as in {text}@1"
    if "#" in text:
        return "a pin is #sha256: and 64 hexadecimal digits"
    return "a layer never lies outside of its source" if ".." in text else "write it so"


def _named(keys: Keys) -> str:
    """The last key that is a word: `zones`, or `roles` for an entry of that list."""
    return next((key for key in reversed(keys) if isinstance(key, str)), "the value")


def _plain(path: str) -> str:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return "/".join(parts) or "."


def _severity(word: str | None) -> Severity | None:
    return next((severity for severity in SEVERITIES if severity == word), None)


def _class(word: str) -> EnvironmentClass:
    return next((cls for cls in CLASSES if cls == word), "production")
