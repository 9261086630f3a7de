"""Two items of one id as one: the strictest where both hold, and the words for each loosening.

What counts as stricter stands in `FIELDS`, a line for each field of an item; settings and attestations,
which have parts of their own, below it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from readiness.checklist import AttestRule, CheckOf, Item, Layer
from readiness.outcome import SEVERITIES, STRENGTHS, Location, Severity

T = TypeVar("T")


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
    strictest: Callable[["ItemMerge", Item, Item], Any]  # the value when both hold
    looser: Callable[["ItemMerge", Item, Item], str]  # what a lower item loosens, or ""


class ItemMerge:
    """Puts items together; keeps the words of every loosening."""

    def __init__(
        self,
        known: Mapping[str, CheckOf],
        tiers: tuple[int, ...] = (1, 2, 3, 4),
        layers: Iterable[Layer] = (),
    ) -> None:
        self.known = known
        self.tiers = tiers  # where severities are compared: the service's tier, or all while nobody says it
        self.errors: list[str] = []
        self.lines = Lines(layers)

    def loosened(self, what: str, at: Location, says: str, above: Location | None) -> None:
        where = f"{self.lines.of(above, column=False)} says {says}" if above else f"without it {says} holds"
        self.errors.append(
            f"{self.lines.of(at)}: {what}; {where}; expected the same or stricter; remove it or have the "
            "layer above changed"
        )

    def items(self, one: tuple[Item, ...], other: tuple[Item, ...], beside: bool) -> tuple[Item, ...]:
        found = {item.id: item for item in one}
        for lower in other:
            upper = found.get(lower.id)
            if upper is None:
                found[lower.id] = lower
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
        origins = {name: upper.origins[name] for name in ("id", "check") if name in upper.origins}
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
                    listed(was.roles), upper.origins["attest.roles"],
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
            union(was.roles, is_.roles),
            min(ages, default=None),
            was.evidence_required or is_.evidence_required,
        )


# One field of an item: the stricter value, and the words for a loosening.


def _severity(merge: ItemMerge, one: Item, other: Item) -> Severity | None:
    was, is_ = merge.rank(one), merge.rank(other)
    if was == is_:
        return one.severity or other.severity
    return one.severity if was < is_ else other.severity


def _severity_looser(merge: ItemMerge, upper: Item, lower: Item) -> str:
    pairs = zip(merge.rank(upper), merge.rank(lower), strict=True)
    return (
        f"lowers severity of {upper.id} to {lower.severity}" if any(is_ > was for was, is_ in pairs) else ""
    )


def _either(attribute: str) -> Callable[[ItemMerge, Item, Item], Any]:
    return lambda _, one, other: getattr(one, attribute) or getattr(other, attribute)


def _earlier(_: ItemMerge, one: Item, other: Item) -> Any:
    dates = (one.enforce_from, other.enforce_from)
    return None if None in dates else min(date for date in dates if date is not None)


def _later(_: ItemMerge, upper: Item, lower: Item) -> str:
    if lower.enforce_from is None or (upper.enforce_from and lower.enforce_from <= upper.enforce_from):
        return ""
    return f"moves enforce-from of {upper.id} to {lower.enforce_from}"


def _wider(attribute: str) -> Callable[[ItemMerge, Item, Item], Any]:
    def strictest(_: ItemMerge, one: Item, other: Item) -> Any:
        was, is_ = getattr(one, attribute), getattr(other, attribute)
        return None if was is None or is_ is None else union(was, is_)

    return strictest


def _narrower(attribute: str) -> Callable[[ItemMerge, Item, Item], str]:
    def looser(_: ItemMerge, upper: Item, lower: Item) -> str:
        was, is_ = getattr(upper, attribute), getattr(lower, attribute)
        if is_ is None or (was is not None and set(was) <= set(is_)):
            return ""
        return f"narrows when of {upper.id} to {listed(is_)}"

    return looser


def _stronger(_: ItemMerge, one: Item, other: Item) -> Any:
    found = [item.min_strength for item in (one, other) if item.min_strength is not None]
    return min(found, key=STRENGTHS.index, default=None)


def _weaker(_: ItemMerge, upper: Item, lower: Item) -> str:
    if upper.min_strength is None or lower.min_strength is None:
        return ""
    weaker = STRENGTHS.index(lower.min_strength) > STRENGTHS.index(upper.min_strength)
    return f"weakens min-strength of {upper.id} to {lower.min_strength}" if weaker else ""


def _longer(_: ItemMerge, one: Item, other: Item) -> Any:
    return max((item.timeout for item in (one, other) if item.timeout is not None), default=None)


def _never(_: ItemMerge, _upper: Item, _lower: Item) -> str:
    return ""


def _flips(attribute: str, name: str, to: bool) -> Callable[[ItemMerge, Item, Item], str]:
    def looser(_: ItemMerge, upper: Item, lower: Item) -> str:
        flips = getattr(lower, attribute) is to and getattr(upper, attribute) is not to
        return f"sets {name} of {upper.id} to {'true' if to else 'false'}" if flips else ""

    return looser


def _changes(attribute: str, name: str) -> Callable[[ItemMerge, Item, Item], str]:
    def looser(_: ItemMerge, upper: Item, lower: Item) -> str:
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


def _say(merge: ItemMerge, upper: Item, field: Field) -> str:
    """What the upper item says of a field, in words."""
    value = getattr(upper, field.attribute)
    if field.name == "severity" and value is None:
        words = [SEVERITIES[rank] for rank in merge.rank(upper)]
        return words[0] if len(words) == 1 else f"{' '.join(words)} at tiers 1 to 4"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "from now on" if field.name == "enforce-from" else "all of them"
    return listed(value) if isinstance(value, tuple) else str(value)


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


def union(one: tuple[T, ...], other: tuple[T, ...]) -> tuple[T, ...]:
    return one + tuple(entry for entry in other if entry not in one)


def listed(words: Iterable[object] | None) -> str:
    return ", ".join(str(word) for word in words or ()) or "none"
