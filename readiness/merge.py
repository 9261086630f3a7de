"""Two layers as one: side by side, where both hold, or one over the other, which it may only tighten.

`join` is idempotent, and associative where no two layers contradict each other. `over` inherits what the
lower layer leaves out, and words each loosening with both lines.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from readiness.checklist import (
    CLASSES,
    REPOSITORY,
    Checklist,
    DecisionPolicy,
    EnvironmentSpec,
    Layer,
    ManifestEntry,
    Mode,
    Ref,
    Service,
    SourceSpec,
)
from readiness.errors import ChecklistError
from readiness.merge_items import ItemMerge, listed, union
from readiness.outcome import SEVERITIES, Location, Severity

MOST_ERRORS = 20

T = TypeVar("T")


class Merge(ItemMerge):
    """Puts layers together."""

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
                    f"{self.lines.of(ref.origin)}: {ref} is in source {ref.source}, which is not declared; "
                    f"expected {expected}; add it below sources, as in sources: {{{ref.source}: {{}}}}"
                )
        self._environments_exist(found, own.layers[0])
        for item in found.items:
            if item.disabled:
                self.errors.append(
                    f"{self.lines.of(item.origin)}: disables item {item.id}, which no layer above has; "
                    "expected items that are wanted; remove the line"
                )
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
                        f"{self.lines.of(at)}: item {item.id} is for environment {name}, which is not "
                        f"declared; expected {expected}; mend the name"
                    )

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
            declared=union(one.declared, other.declared),
            environments=self._environments(one, other, beside),
            items=self.items(one.items, other.items, beside),
            decision=self._decision(one, other, origins, beside),
            extends=union(one.extends, other.extends),
            placeholders=union(one.placeholders, other.placeholders),
            layers=union(one.layers, other.layers),
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
            (
                "kubernetes-version",
                ", ".join(upper.kubernetes_versions),
                ", ".join(lower.kubernetes_versions),
            ),
        ):
            if was and is_ and was != is_:
                self.loosened(
                    f"changes {field} of {name} to {is_}", lower.origins[field], was, upper.origins[field]
                )
        return EnvironmentSpec(
            name,
            cls,
            upper.namespace or lower.namespace,
            upper.kubernetes_versions or lower.kubernetes_versions,
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

        def narrowed(field: str, was: tuple[str, ...], is_: tuple[str, ...]) -> tuple[str, ...]:
            looser = bool(set(is_) - set(was))
            return both(field, was, is_, _common(was, is_) or (), listed(was), looser)

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
                "waivers.approvers", upper.approvers, lower.approvers, fewest, listed(upper.approvers),
                set(lower.approvers or ()) != set(fewest or ()),
            ),
            both(
                "waivers.non-waivable", upper.non_waivable, lower.non_waivable,
                union(upper.non_waivable, lower.non_waivable), listed(upper.non_waivable),
                bool(set(upper.non_waivable) - set(lower.non_waivable)),
            ),
            narrowed("accept-suppressions", upper.accept_suppressions, lower.accept_suppressions),
            narrowed("trusted-hosts", upper.trusted_hosts, lower.trusted_hosts),
            both(
                "remote-bases", upper.remote_bases, lower.remote_bases,
                upper.remote_bases and lower.remote_bases, "false",
                lower.remote_bases and not upper.remote_bases,
            ),
        )  # fmt: skip


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


def _union_by(one: tuple[T, ...], other: tuple[T, ...], key: Callable[[T], object]) -> tuple[T, ...]:
    seen = {key(entry) for entry in one}
    return one + tuple(entry for entry in other if key(entry) not in seen)


def _common(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if one is None or other is None:
        return one if other is None else other
    return tuple(entry for entry in one if entry in other)


def _least(one: int | None, other: int | None) -> int | None:
    return min((number for number in (one, other) if number is not None), default=None)
