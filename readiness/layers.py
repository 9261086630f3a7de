"""Layers of a checklist put together: what a lower one says may only be stricter than what is above it.

Two operations. `join`: layers beside each other (the entries of one `extends`) all hold; where they
differ, the strictest does. `over`: a file over the layers that it extends; it inherits what it leaves out,
and each loosening is an error that names both lines. `load` follows `extends` and does both.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from readiness.checklist import (
    CLASSES,
    REPOSITORY,
    AttestRule,
    Checklist,
    CheckOf,
    DecisionPolicy,
    EnvironmentSpec,
    Extension,
    Item,
    Layer,
    ManifestEntry,
    Mode,
    Ref,
    Service,
    SourceSpec,
    parse,
)
from readiness.errors import ChecklistError, ReadinessError
from readiness.outcome import SEVERITIES, STRENGTHS, Location, Severity

MOST_LAYERS = 40
DEEPEST = 8
MOST_ERRORS = 20

T = TypeVar("T")
Reader = Callable[[str], bytes]


def load(
    ref: str,
    read: Reader,
    known: Mapping[str, CheckOf],
    above: Iterable[str] = (),
) -> Checklist:
    """The checklist that `ref` names, with all layers that it extends.

    Args:
        ref: a path of the repository, `policy:FILE`, `package:DISTRIBUTION/FILE` or `profile:NAME@VERSION`.
        read: the text of a layer other than a profile, by such a name; raises a ReadinessError.
        known: the checks that items may name.
        above: layers that hold whether or not the checklist extends them.

    Raises:
        ChecklistError: a layer is invalid or missing, or one loosens what stands above it.
    """
    layers = _Layers(read, known)
    own = layers.parsed(ref, None)
    forced = tuple(Extension(name) for name in above)
    all_layers = layers.follow(own, forced, (ref,))
    merge = Merge(known, _tiers_of(all_layers), all_layers)
    found = layers.together(own, merge, forced)
    merge.finish(found, own)
    return found


def read_profile(name: str) -> bytes:
    """The text of a shipped profile, such as `standard@1`."""
    from os import listdir, path

    folder = path.join(path.dirname(__file__), "profiles")
    there = sorted(file.removesuffix(".yaml") for file in listdir(folder) if file.endswith(".yaml"))
    if name not in there:
        from readiness.checklist_reader import nearest

        raise ChecklistError(
            f"there is no profile {name}; expected {nearest(name, there, 'one of ' + ', '.join(there))}; "
            f"name one of them, as in profile:{there[0]}"
        )
    with open(path.join(folder, name + ".yaml"), "rb") as file:
        return file.read()


class _Layers:
    """Reads each layer once, and follows what it extends."""

    def __init__(self, read: Reader, known: Mapping[str, CheckOf]) -> None:
        self.read = read
        self.known = known
        self._parsed: dict[str, Checklist] = {}

    def parsed(self, ref: str, named_at: Location | None, digest: str = "") -> Checklist:
        if ref not in self._parsed:
            if len(self._parsed) >= MOST_LAYERS:
                raise self._error(
                    named_at, f"more than {MOST_LAYERS} layers; expected fewer; extend fewer files"
                )
            try:
                scheme, _, rest = ref.partition(":")
                text = read_profile(rest) if scheme == "profile" else self.read(ref)
            except (ReadinessError, OSError) as wrong:
                raise self._error(named_at, f"layer {ref}: {wrong}") from wrong
            source, file = _place_of(ref)
            self._parsed[ref] = parse(text, file, self.known, source, ref)
        found = self._parsed[ref]
        if digest and found.layers[0].digest != digest:
            raise self._error(
                named_at,
                f"layer {ref} has the digest {found.layers[0].digest}; expected {digest}; "
                "review what changed in it, then pin the new digest",
            )
        return found

    def follow(
        self, own: Checklist, above: tuple[Extension, ...], trail: tuple[str, ...]
    ) -> tuple[Checklist, ...]:
        """All layers that `own` reaches, itself included, each read and checked against its pin."""
        found: list[Checklist] = []
        for extension in (*above, *own.extends):
            ref = _resolved(extension, own.layers[0])
            if ref in trail:
                raise self._error(
                    extension.origin,
                    f"layers extend each other: {' → '.join((*trail, ref))}; expected no circle; remove one",
                )
            if len(trail) > DEEPEST:
                raise self._error(
                    extension.origin,
                    f"layers are more than {DEEPEST} deep; expected fewer; extend them side by side",
                )
            layer = self.parsed(ref, extension.origin, extension.digest)
            found.extend(other for other in self.follow(layer, (), (*trail, ref)) if other not in found)
        return (*found, own)

    def together(self, own: Checklist, merge: "Merge", above: tuple[Extension, ...] = ()) -> Checklist:
        upper = [
            self.together(self._parsed[_resolved(extension, own.layers[0])], merge)
            for extension in (*above, *own.extends)
        ]
        if not upper:
            return own
        joined = upper[0]
        for other in upper[1:]:
            joined = merge.join(joined, other)
        return merge.over(joined, own)

    def _error(self, at: Location | None, words: str) -> ChecklistError:
        if at is None or not at.file:
            return ChecklistError(words)
        layers = tuple(layer for found in self._parsed.values() for layer in found.layers)
        return ChecklistError(f"{Lines(layers).of(at)}: {words}")


class Lines:
    """Location in a layer → `file:line:column`."""

    def __init__(self, layers: Iterable[Layer]) -> None:
        self._texts = {(layer.source, layer.file): layer.text for layer in layers}

    def of(self, at: Location, column: bool = True) -> str:
        from readiness.checklist_reader import shown_file
        from readiness.yaml_reader import CORE, Positions

        found = Positions(self._texts.get((at.source, at.file), b""), CORE).of(at.document, at.keys) or (1, 1)
        return f"{shown_file(at)}:{found[0]}" + (f":{found[1]}" if column else "")


class Field(NamedTuple):
    """How one field of an item is compared and joined."""

    name: str  # as it stands in `origins`
    attribute: str  # of Item
    strictest: Callable[["Merge", Item, Item], Any]  # the value when both hold
    looser: Callable[["Merge", Item, Item], str]  # what a lower item loosens, or ""


class Merge:
    """Puts layers together; keeps the words of every loosening."""

    def __init__(
        self,
        known: Mapping[str, CheckOf],
        tiers: tuple[int, ...] = (1, 2, 3, 4),
        layers: Iterable[Checklist] = (),
    ) -> None:
        self.known = known
        self.tiers = tiers  # where severities are compared: the service's tier, or all while nobody says it
        self.errors: list[str] = []
        self._lines = Lines(layer for found in layers for layer in found.layers)

    def finish(self, found: Checklist, own: Checklist) -> None:
        """Holds the whole against rules that no single layer can break.

        Raises:
            ChecklistError: these are broken, or something was loosened before.
        """
        limit = found.tiers.get(found.service.name, found.tiers.get("*"))
        if limit is not None and found.service.tier is not None and found.service.tier > limit:
            name = found.service.name if found.service.name in found.tiers else "*"
            self.loosened(
                f"raises the tier of {found.service.name} to {found.service.tier}",
                found.origins["service.tier"], f"{limit}", found.origins.get(f"tiers.{name}"),
            )  # fmt: skip
        for ref in _refs(found):
            if ref.source != REPOSITORY and ref.source not in found.sources:
                from readiness.checklist_reader import nearest

                expected = nearest(ref.source, found.sources, "a source that `sources` names")
                self.errors.append(
                    f"{self._lines.of(ref.origin)}: {ref} is in source {ref.source}, which is not declared; "
                    f"expected {expected}; add it below sources, as in sources: {{{ref.source}: {{}}}}"
                )
        self._environments_exist(found, own.layers[0])
        if self.errors:
            told = list(dict.fromkeys(self.errors))
            if len(told) > MOST_ERRORS:
                told[MOST_ERRORS:] = [f"and {len(told) - MOST_ERRORS} more errors; mend these first"]
            raise ChecklistError("\n".join(told))

    def _environments_exist(self, found: Checklist, own: Layer) -> None:
        names = {*CLASSES, *(environment.name for environment in found.environments)}
        for item in found.items if found.environments else ():
            at = item.origins.get("when.environment")
            if at is None or (at.source, at.file) != (own.source, own.file):
                continue  # an organisation's layer may name environments that this service lacks
            for name in item.environments or ():
                if name not in names:
                    from readiness.checklist_reader import nearest

                    expected = nearest(name, sorted(names), "the name or class of one")
                    self.errors.append(
                        f"{self._lines.of(at)}: item {item.id} is for environment {name}, which is not "
                        f"declared; expected {expected}; mend the name"
                    )

    def loosened(self, what: str, at: Location, says: str, above: Location | None) -> None:
        where = f"{self._lines.of(above, column=False)} says {says}" if above else f"without it {says} holds"
        self.errors.append(
            f"{self._lines.of(at)}: {what}; {where}; expected the same or stricter; remove it or have the "
            "layer above changed"
        )

    # Layers

    def join(self, one: Checklist, other: Checklist) -> Checklist:
        """What holds where both hold; idempotent and associative."""
        return self._put(one, other, beside=True)

    def over(self, upper: Checklist, lower: Checklist) -> Checklist:
        """`lower` with all that it inherits from `upper`."""
        return self._put(upper, lower, beside=False)

    def _put(self, one: Checklist, other: Checklist, beside: bool) -> Checklist:
        origins = {**other.origins, **one.origins}
        return Checklist(
            service=self._service(one, other, origins),
            tiers=self._tier_limits(one, other, origins, beside),
            platform=self._platform(one, other),
            sources=self._sources(one, other, beside),
            evidence=self._evidence(one.evidence, other.evidence, "evidence", beside),
            manifests=self._manifests(one.manifests, other.manifests, "manifests", beside),
            declared=_union(one.declared, other.declared),
            environments=self._environments(one, other, beside),
            items=self._items(one.items, other.items, beside),
            decision=self._decision(one, other, origins, beside),
            extends=_union(one.extends, other.extends),
            placeholders=_union(one.placeholders, other.placeholders),
            layers=_union(one.layers, other.layers),
            origins=origins,
        )

    def _service(self, one: Checklist, other: Checklist, origins: dict[str, Location]) -> Service:
        upper, lower = one.service, other.service
        for field, said in (("service.name", lower.name), ("service.owner", lower.owner)):
            if said:
                origins[field] = other.origins[field]
        tier = _least(upper.tier, lower.tier)
        if lower.tier is not None and tier == lower.tier and upper.tier != tier:
            origins["service.tier"] = other.origins["service.tier"]
        if upper.tier is not None and lower.tier is not None and lower.tier > upper.tier:
            self.loosened(
                f"raises the tier to {lower.tier}", other.origins["service.tier"],
                f"{upper.tier}", one.origins["service.tier"],
            )  # fmt: skip
        return Service(lower.name or upper.name, tier, lower.owner or upper.owner)

    def _tier_limits(
        self, one: Checklist, other: Checklist, origins: dict[str, Location], beside: bool
    ) -> dict[str, int]:
        found = dict(one.tiers)
        for name, tier in other.tiers.items():
            above = one.tiers.get(name, one.tiers.get("*"))
            if not beside and above is not None and tier > above:
                at = one.origins.get(f"tiers.{name}", one.origins.get("tiers.*"))
                self.loosened(
                    f"raises the tier of {name} to {tier}", other.origins[f"tiers.{name}"], f"{above}", at
                )
            if name not in found or tier < found[name]:
                found[name] = tier
                origins[f"tiers.{name}"] = other.origins[f"tiers.{name}"]
        return found

    def _platform(self, one: Checklist, other: Checklist) -> dict[str, tuple[str, ...]]:
        for part, words in other.platform.items():
            if part in one.platform and set(words) != set(one.platform[part]):
                self.loosened(
                    f"changes the platform's {part} to {', '.join(words)}", other.origins[f"platform.{part}"],
                    ", ".join(one.platform[part]), one.origins[f"platform.{part}"],
                )  # fmt: skip
        return {**other.platform, **one.platform}

    def _sources(self, one: Checklist, other: Checklist, beside: bool) -> dict[str, SourceSpec]:
        found = dict(one.sources)
        for name, lower in other.sources.items():
            upper = one.sources.get(name)
            if upper is None:
                found[name] = lower
                continue
            if not beside:
                for field, was, is_ in (
                    ("required", upper.required, lower.required),
                    ("shared", not upper.shared, not lower.shared),
                ):
                    at = other.origins.get(f"sources.{name}.{field}")
                    if at and was and not is_:
                        says = "true" if field == "required" else "false"
                        above = one.origins.get(f"sources.{name}.{field}", upper.origin)
                        self.loosened(f"loosens {field} of source {name}", at, says, above)
            said = beside or f"sources.{name}.shared" in other.origins
            found[name] = SourceSpec(
                name,
                upper.required or lower.required,
                upper.shared and (lower.shared or not said),
                upper.origin,
            )
        return found

    def _evidence(
        self, one: Mapping[str, tuple[Ref, ...]], other: Mapping[str, tuple[Ref, ...]], of: str, beside: bool
    ) -> dict[str, tuple[Ref, ...]]:
        found = dict(one)
        for kind, refs in other.items():
            if not beside:
                self._covered(one.get(kind, ()), refs, f"{of} {kind}")
            found[kind] = _union_by(found.get(kind, ()), refs, key=lambda ref: (ref.source, ref.path))
        return found

    def _manifests(
        self, one: tuple[ManifestEntry, ...], other: tuple[ManifestEntry, ...], of: str, beside: bool
    ) -> tuple[ManifestEntry, ...]:
        if other and not beside:
            self._covered(one, other, of)
        return _union_by(one, other, key=_rendered)

    def _covered(
        self, upper: tuple[Ref | ManifestEntry, ...], lower: tuple[Ref | ManifestEntry, ...], of: str
    ) -> None:
        for wanted in upper:
            if lower and not any(_covers(found, wanted) for found in lower):
                self.loosened(
                    f"narrows {of}: {wanted} is left out", lower[0].origin, str(wanted), wanted.origin
                )

    def _environments(self, one: Checklist, other: Checklist, beside: bool) -> tuple[EnvironmentSpec, ...]:
        found = {environment.name: environment for environment in one.environments}
        for lower in other.environments:
            upper = found.get(lower.name)
            if not beside:
                self._replaced(one, upper, lower)
            found[lower.name] = lower if upper is None else self._environment(upper, lower, beside)
        return tuple(found.values())

    def _replaced(self, one: Checklist, upper: EnvironmentSpec | None, lower: EnvironmentSpec) -> None:
        """An environment's evidence replaces the checklist's, so it covers what layers above named there."""
        for kind, refs in lower.evidence.items():
            if upper is None or kind not in upper.evidence:
                self._covered(one.evidence.get(kind, ()), refs, f"{kind} of environment {lower.name}")
        if upper is None or not upper.manifests:
            self._covered(one.manifests, lower.manifests, f"manifests of environment {lower.name}")

    def _environment(self, upper: EnvironmentSpec, lower: EnvironmentSpec, beside: bool) -> EnvironmentSpec:
        name = upper.name
        origins = {**lower.origins, **upper.origins}
        cls = upper.cls
        if beside or "class" in lower.origins:
            cls = min(upper.cls, lower.cls, key=CLASSES.index)
            if cls != upper.cls and "class" in lower.origins:
                origins["class"] = lower.origins["class"]
            if not beside and CLASSES.index(lower.cls) > CLASSES.index(upper.cls):
                self.loosened(
                    f"changes the class of {name} to {lower.cls}", lower.origins["class"],
                    upper.cls, upper.origins.get("class", upper.origin),
                )  # fmt: skip
        for field, was, is_ in (
            ("namespace", upper.namespace, lower.namespace),
            ("kubernetes-version", upper.kubernetes_version, lower.kubernetes_version),
        ):
            if was and is_ and was != is_:
                self.loosened(
                    f"changes {field} of {name} to {is_}", lower.origins[field], was, upper.origins[field]
                )
        return EnvironmentSpec(
            name,
            cls,
            upper.namespace or lower.namespace,
            upper.kubernetes_version or lower.kubernetes_version,
            self._manifests(upper.manifests, lower.manifests, f"manifests of environment {name}", beside),
            self._evidence(upper.evidence, lower.evidence, f"environment {name}:", beside),
            origins,
            upper.origin,
        )

    def _decision(
        self, one: Checklist, other: Checklist, origins: dict[str, Location], beside: bool
    ) -> DecisionPolicy:
        """Silence says nothing here, except an organisation's: what it leaves out stays as it usually is."""
        upper, lower = one.decision, other.decision
        organisation = any(not layer.ref.startswith("profile:") for layer in one.layers)

        def both(field: str, was: T, is_: T, strictest: T, says: str, looser: bool) -> T:
            if field not in other.origins:
                return was
            if field not in one.origins and (beside or not organisation):
                return is_
            if strictest != was:
                origins[field] = other.origins[field]
            if looser and not beside:
                self.loosened(f"loosens {field}", other.origins[field], says, one.origins.get(field))
            return strictest

        days: dict[Severity, int] = {}
        for severity in SEVERITIES:
            was, is_ = upper.max_days[severity], lower.max_days[severity]
            days[severity] = both(
                f"waivers.max-days.{severity}", was, is_, min(was, is_), f"{was} days", is_ > was
            )
        fewest = _common(upper.approvers, lower.approvers)
        fail_ons = (upper.fail_on, lower.fail_on)
        strictest_mode: Mode = "enforce" if "enforce" in (upper.mode, lower.mode) else "advisory"

        def listed(field: str, was: tuple[str, ...], is_: tuple[str, ...]) -> tuple[str, ...]:
            looser = bool(set(is_) - set(was))
            return both(field, was, is_, _common(was, is_) or (), _listed(was), looser)

        return DecisionPolicy(
            both(
                "mode", upper.mode, lower.mode, strictest_mode, upper.mode, lower.mode != strictest_mode
            ),
            both(
                "fail-on", *fail_ons, max(fail_ons, key=SEVERITIES.index), upper.fail_on,
                SEVERITIES.index(lower.fail_on) < SEVERITIES.index(upper.fail_on),
            ),
            days,
            both(
                "waivers.approvers", upper.approvers, lower.approvers, fewest, _listed(upper.approvers),
                set(lower.approvers or ()) != set(fewest or ()),
            ),
            both(
                "waivers.non-waivable", upper.non_waivable, lower.non_waivable,
                _union(upper.non_waivable, lower.non_waivable), _listed(upper.non_waivable),
                bool(set(upper.non_waivable) - set(lower.non_waivable)),
            ),
            listed("accept-suppressions", upper.accept_suppressions, lower.accept_suppressions),
            listed("trusted-hosts", upper.trusted_hosts, lower.trusted_hosts),
            both(
                "remote-bases", upper.remote_bases, lower.remote_bases,
                upper.remote_bases and lower.remote_bases, "false", lower.remote_bases,
            ),
        )  # fmt: skip

    # Items

    def _items(self, one: tuple[Item, ...], other: tuple[Item, ...], beside: bool) -> tuple[Item, ...]:
        found = {item.id: item for item in one}
        for lower in other:
            upper = found.get(lower.id)
            if upper is None:
                found[lower.id] = lower
                if lower.disabled:
                    self.errors.append(
                        f"{self._lines.of(lower.origin)}: disables item {lower.id}, which no layer above "
                        "has; expected items that are wanted; remove the line"
                    )
            elif lower != upper:
                found[lower.id] = self.item(upper, lower, beside)
        return tuple(found.values())

    def item(self, upper: Item, lower: Item, beside: bool) -> Item:
        """Both items as one: side by side, or the lower over the upper."""
        if (upper.kind, upper.check) != (lower.kind, lower.check):
            self.loosened(f"makes item {upper.id} another one", lower.origin, upper.check, upper.origin)
            return upper
        if lower.disabled and not upper.disabled:
            at = lower.origins.get("disabled", lower.origin)
            self.loosened(f"drops item {upper.id}", at, "that it holds", upper.origin)
        values: dict[str, Any] = {}
        origins: dict[str, Location] = {}
        for field in FIELDS:
            was, is_ = getattr(upper, field.attribute), getattr(lower, field.attribute)
            said = field.name in lower.origins
            if not beside and not said:
                value = was
            else:
                value = field.strictest(self, upper, lower)
                looser = field.looser(self, upper, lower) if said and (not beside or field in FIXED) else ""
                if looser:
                    above = upper.origins.get(field.name, upper.origin)
                    self.loosened(looser, lower.origins[field.name], _say(self, upper, field), above)
            if not beside and field.looser is _never and said:
                value = is_
            values[field.attribute] = value
            origin = _origin_of(field.name, value, (was, upper.origins), (is_, lower.origins))
            if origin is not None:
                origins[field.name] = origin
        settings = self._settings(upper, lower, origins, beside)
        attest = self._attest(upper, lower, origins, beside)
        return upper._replace(**values, settings=settings, attest=attest, origins=origins)

    def rank(self, item: Item) -> tuple[int, ...]:
        """How severe at each tier that counts; the more negative the worse."""
        check = self.known.get(item.check) if item.kind == "check" else None
        return tuple(SEVERITIES.index(item.severity_at(tier, check)) for tier in self.tiers)

    def _settings(
        self, upper: Item, lower: Item, origins: dict[str, Location], beside: bool
    ) -> dict[str, Any]:
        check = self.known.get(upper.check)
        found = {}
        for name in dict.fromkeys((*upper.settings, *lower.settings)):
            field = f"with.{name}"
            setting = check.settings[name] if check is not None else None
            direction = _direction(name)
            was, is_ = (
                setting.read(item.settings[name]) if name in item.settings else setting.default
                for item in (upper, lower)
            ) if setting is not None else (upper.settings.get(name), lower.settings.get(name))  # fmt: skip
            numbers = direction and all(value is None or not isinstance(value, str) for value in (was, is_))
            if name not in lower.settings and (not beside or not numbers):
                found[name], origins[field] = upper.settings[name], upper.origins[field]
                continue
            if name not in upper.settings and not numbers:
                found[name], origins[field] = lower.settings[name], lower.origins[field]
                continue
            worse = _looser_number(was, is_, direction) if numbers else was != is_
            if worse and (not beside or not numbers):
                above = upper.origins.get(field, upper.origin)
                usual = setting.spell(was) if setting is not None else was
                says = upper.settings.get(name, usual)
                verb = "loosens" if numbers else "changes"
                self.loosened(
                    f"{verb} {name} of {upper.id} to {lower.settings[name]}",
                    lower.origins[field],
                    f"{says}",
                    above,
                )
            winner = upper if was == is_ and name in upper.settings else lower
            if was != is_:
                winner = upper if worse else lower
            if name in winner.settings:
                found[name], origins[field] = winner.settings[name], winner.origins[field]
        return found

    def _attest(
        self, upper: Item, lower: Item, origins: dict[str, Location], beside: bool
    ) -> AttestRule | None:
        was, is_ = upper.attest, lower.attest
        if was is None or is_ is None:
            return was
        said = lower.origins
        for field in ("attest.roles", "attest.max-age", "attest.evidence"):
            at = upper.origins.get(field, said.get(field))
            if at is not None:
                origins[field] = at
        ages = [age for age in (was.max_age, is_.max_age) if age is not None]
        if not beside:
            missing = [role for role in was.roles if role not in is_.roles]
            if missing:
                self.loosened(
                    f"drops role {', '.join(missing)} of {upper.id}", said["attest.roles"],
                    _listed(was.roles), upper.origins["attest.roles"],
                )  # fmt: skip
            if "attest.max-age" in said and was.max_age is not None and (is_.max_age or 0) > was.max_age:
                self.loosened(
                    f"lengthens max-age of {upper.id} to {is_.max_age}d", said["attest.max-age"],
                    f"{was.max_age}d", upper.origins["attest.max-age"],
                )  # fmt: skip
            if "attest.evidence" in said and was.evidence_required and not is_.evidence_required:
                self.loosened(
                    f"makes evidence of {upper.id} optional", said["attest.evidence"],
                    "required", upper.origins["attest.evidence"],
                )  # fmt: skip
        if is_.max_age is not None and (was.max_age is None or is_.max_age < was.max_age):
            origins["attest.max-age"] = said["attest.max-age"]
        return AttestRule(
            _union(was.roles, is_.roles),
            min(ages, default=None),
            was.evidence_required or is_.evidence_required,
        )


# One field of an item: the stricter value, and the words for a loosening.


def _severity(merge: Merge, one: Item, other: Item) -> Severity | None:
    was, is_ = merge.rank(one), merge.rank(other)
    if was == is_:
        return one.severity or other.severity
    return one.severity if was < is_ else other.severity


def _severity_looser(merge: Merge, upper: Item, lower: Item) -> str:
    pairs = zip(merge.rank(upper), merge.rank(lower), strict=True)
    return (
        f"lowers severity of {upper.id} to {lower.severity}" if any(is_ > was for was, is_ in pairs) else ""
    )


def _either(attribute: str) -> Callable[[Merge, Item, Item], Any]:
    return lambda _, one, other: getattr(one, attribute) or getattr(other, attribute)


def _earlier(_: Merge, one: Item, other: Item) -> Any:
    dates = (one.enforce_from, other.enforce_from)
    return None if None in dates else min(date for date in dates if date is not None)


def _later(_: Merge, upper: Item, lower: Item) -> str:
    if lower.enforce_from is None or (upper.enforce_from and lower.enforce_from <= upper.enforce_from):
        return ""
    return f"moves enforce-from of {upper.id} to {lower.enforce_from}"


def _wider(attribute: str) -> Callable[[Merge, Item, Item], Any]:
    def strictest(_: Merge, one: Item, other: Item) -> Any:
        was, is_ = getattr(one, attribute), getattr(other, attribute)
        return None if was is None or is_ is None else _union(was, is_)

    return strictest


def _narrower(attribute: str) -> Callable[[Merge, Item, Item], str]:
    def looser(_: Merge, upper: Item, lower: Item) -> str:
        was, is_ = getattr(upper, attribute), getattr(lower, attribute)
        if is_ is None or (was is not None and set(was) <= set(is_)):
            return ""
        return f"narrows when of {upper.id} to {_listed(is_)}"

    return looser


def _stronger(_: Merge, one: Item, other: Item) -> Any:
    found = [item.min_strength for item in (one, other) if item.min_strength is not None]
    return min(found, key=STRENGTHS.index, default=None)


def _weaker(_: Merge, upper: Item, lower: Item) -> str:
    if upper.min_strength is None or lower.min_strength is None:
        return ""
    weaker = STRENGTHS.index(lower.min_strength) > STRENGTHS.index(upper.min_strength)
    return f"weakens min-strength of {upper.id} to {lower.min_strength}" if weaker else ""


def _longer(_: Merge, one: Item, other: Item) -> Any:
    return max((item.timeout for item in (one, other) if item.timeout is not None), default=None)


def _never(_: Merge, _upper: Item, _lower: Item) -> str:
    return ""


def _flips(attribute: str, name: str, to: bool) -> Callable[[Merge, Item, Item], str]:
    def looser(_: Merge, upper: Item, lower: Item) -> str:
        flips = getattr(lower, attribute) is to and getattr(upper, attribute) is not to
        return f"sets {name} of {upper.id} to {'true' if to else 'false'}" if flips else ""

    return looser


def _changes(attribute: str, name: str) -> Callable[[Merge, Item, Item], str]:
    def looser(_: Merge, upper: Item, lower: Item) -> str:
        was, is_ = getattr(upper, attribute), getattr(lower, attribute)
        return f"changes {name} of {upper.id}" if was and was != is_ else ""

    return looser


def _text(name: str) -> Field:
    return Field(name, name, _either(name), _never)


def _fixed(name: str, attribute: str) -> Field:
    return Field(name, attribute, _either(attribute), _changes(attribute, name))


FIXED = (_fixed("for", "for_"), _fixed("expr", "expr"), _fixed("control", "control"))
FIELDS: tuple[Field, ...] = (
    Field("severity", "severity", _severity, _severity_looser),
    Field("required", "required", _either("required"), _flips("required", "required", to=False)),
    Field("enforce-from", "enforce_from", _earlier, _later),
    Field("when.environment", "environments", _wider("environments"), _narrower("environments")),
    Field("when.tier", "tiers", _wider("tiers"), _narrower("tiers")),
    Field("waivable", "waivable", lambda _, one, other: one.waivable and other.waivable,
          _flips("waivable", "waivable", to=True)),
    Field("attestable", "attestable", lambda _, one, other: one.attestable and other.attestable,
          _flips("attestable", "attestable", to=True)),
    Field("min-strength", "min_strength", _stronger, _weaker),
    Field("timeout", "timeout", _longer, _never),
    *FIXED,
    *(_text(name) for name in ("title", "why", "guide", "owner", "message")),
)  # fmt: skip


def _say(merge: Merge, upper: Item, field: Field) -> str:
    """What the upper item says of a field, in words."""
    value = getattr(upper, field.attribute)
    if field.name == "severity" and value is None:
        words = [SEVERITIES[rank] for rank in merge.rank(upper)]
        return words[0] if len(words) == 1 else f"{' '.join(words)} at tiers 1 to 4"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "from now on" if field.name == "enforce-from" else "all of them"
    return _listed(value) if isinstance(value, tuple) else str(value)


def _origin_of(field: str, value: Any, *said: tuple[Any, Mapping[str, Location]]) -> Location | None:
    """Where `value` was said: by the one that has it, or by either where it was made of both."""
    for its, origins in said:
        if its == value and field in origins:
            return origins[field]
    if all(its != value for its, _ in said):
        return next((origins[field] for _, origins in said if field in origins), None)
    return None


def _direction(setting: str) -> str:
    word = setting.partition("-")[0]
    if word in ("min", "minimum"):
        return "up"
    return "down" if word in ("max", "maximum") else ""


def _looser_number(was: Any, is_: Any, direction: str) -> bool:
    if was is None or is_ is None:
        return was is not None and is_ is None  # None is no bound at all
    return bool(is_ < was) if direction == "up" else bool(is_ > was)


def _tiers_of(layers: Iterable[Checklist]) -> tuple[int, ...]:
    """The tiers at which severities are compared: the service's, or all of them while nobody names it."""
    found = [layer.service.tier for layer in layers if layer.service.tier is not None]
    names = [layer.service.name for layer in layers if layer.service.name]
    name = names[-1] if names else ""
    for layer in layers:
        limit = layer.tiers.get(name, layer.tiers.get("*")) if name else None
        if limit is not None:
            found.append(limit)
    return (min(found),) if found else (1, 2, 3, 4)


def _place_of(ref: str) -> tuple[str, str]:
    scheme, colon, rest = ref.partition(":")
    if not colon:
        return REPOSITORY, ref
    return (scheme, f"{rest}.yaml") if scheme == "profile" else (scheme, rest)


def _resolved(extension: Extension, within: Layer) -> str:
    """The layer's full name: a plain path lies in the same tree as the file that names it."""
    ref = extension.ref
    if ":" in ref or not extension.origin.file:
        return ref
    path = "/".join(part for part in ref.split("/") if part not in ("", "."))
    if within.source == "profile":
        raise ChecklistError(f"{within.ref} extends {ref}: a profile extends profiles only")
    if within.source == "package":
        return f"package:{within.file.partition('/')[0]}/{path}"
    return path if within.source == REPOSITORY else f"{within.source}:{path}"


def _covers(wide: Ref | ManifestEntry, narrow: Ref | ManifestEntry) -> bool:
    if wide.source != narrow.source:
        return False
    if isinstance(wide, ManifestEntry) and isinstance(narrow, ManifestEntry) and wide.kind != "path":
        return _rendered(wide) == _rendered(narrow)
    if isinstance(narrow, ManifestEntry) and narrow.kind != "path":
        return False  # files of a chart, read as they stand, are not what it renders
    return wide.path in (".", narrow.path) or narrow.path.startswith(wide.path + "/")


def _rendered(entry: ManifestEntry) -> tuple[object, ...]:
    values = tuple((ref.source, ref.path) for ref in entry.values)
    return (entry.kind, entry.source, entry.path, values, entry.release, entry.namespace)


def _refs(found: Checklist) -> Iterable[Ref | ManifestEntry]:
    groups: list[tuple[Ref | ManifestEntry, ...]] = [*found.evidence.values(), found.manifests]
    for environment in found.environments:
        groups += [*environment.evidence.values(), environment.manifests]
    for group in groups:
        for entry in group:
            yield entry
            if isinstance(entry, ManifestEntry):
                yield from entry.values


def _union(one: tuple[T, ...], other: tuple[T, ...]) -> tuple[T, ...]:
    return one + tuple(entry for entry in other if entry not in one)


def _union_by(one: tuple[T, ...], other: tuple[T, ...], key: Callable[[T], object]) -> tuple[T, ...]:
    seen = {key(entry) for entry in one}
    return one + tuple(entry for entry in other if key(entry) not in seen)


def _common(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if one is None or other is None:
        return one if other is None else other
    return tuple(entry for entry in one if entry in other)


def _least(one: int | None, other: int | None) -> int | None:
    return min((number for number in (one, other) if number is not None), default=None)


def _listed(words: Iterable[object] | None) -> str:
    return ", ".join(str(word) for word in words or ()) or "none"


def digest_of(text: bytes) -> str:
    """What a layer is pinned by."""
    return "sha256:" + hashlib.sha256(text).hexdigest()
