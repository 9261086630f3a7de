"""All layers of a checklist: `load` follows `extends`, reads each layer once, and puts them together.

Entries of one `extends` stand side by side and all hold; the file itself stands over them and may only be
stricter. Where a layer comes from is the caller's matter; profiles are shipped with the tool.
"""

from collections.abc import Callable, Iterable, Mapping

from readiness.checklist import REPOSITORY, Checklist, CheckOf, Extension, Layer, parse
from readiness.errors import ChecklistError, ReadinessError
from readiness.merge import Merge
from readiness.merge_items import Lines
from readiness.outcome import Location

MOST_LAYERS = 40
DEEPEST = 8

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
    merge = Merge(known, _tiers_of(all_layers), (layer for found in all_layers for layer in found.layers))
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

    def together(self, own: Checklist, merge: Merge, above: tuple[Extension, ...] = ()) -> Checklist:
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
