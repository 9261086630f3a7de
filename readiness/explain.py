"""The page of one check or item: what breaks without it, how it is judged, and how it is set here."""

from collections.abc import Iterator, Mapping
from typing import Any

from readiness.aliases import Alias, aliases_of
from readiness.checklist import Checklist, Item
from readiness.errors import UsageError
from readiness.outcome import Location
from readiness.place import Places
from readiness.plugins import KnownChecks, known_checks
from readiness.policy import CHECKLIST, Policy, read_policy
from readiness.signature import Check
from readiness.tree import Tree, open_tree, open_work_tree


def explained(name: str, path: str, origin: bool, policy: str) -> Iterator[str]:
    """Lines about a check's id, or the id of an item of the repository's checklist.

    Raises:
        UsageError: neither is called `name`; the text has the nearest.
    """
    known = known_checks()
    found = _rules(path, policy, known)
    item = next((one for one in found.checklist.items if one.id == name), None) if found else None
    check_id = item.check if item is not None and item.kind == "check" else name
    check = _check(check_id, known)
    if check is None and item is None and (aliases := _aliases(name, known)):
        for alias in aliases:
            yield f"{name} is {alias.check.id} here; there: {alias.differs}"
            yield ""
            yield from _about(alias.check)
        return
    if check is None and item is None:
        raise UsageError(f"{name}: {_nearest(name, known, found)}")
    if check is not None:
        yield from _about(check)
    if item is not None and found is not None:
        yield ""
        yield from _set_here(item, check, found)
        if origin:
            yield ""
            yield from _origins(item, found)


def _check(check_id: str, known: KnownChecks) -> Check | None:
    try:
        return known[check_id]
    except KeyError:
        return None


def _aliases(name: str, known: KnownChecks) -> tuple[Alias, ...]:
    """What answers for a check of another linter: `kube-linter/privileged-container`, or its id alone."""
    every = aliases_of(known)
    by_id = {one for other, found in every.items() if other.rpartition("/")[2] == name for one in found}
    return every.get(name) or tuple(sorted(by_id, key=lambda alias: (alias.name, alias.check.id)))


def _nearest(name: str, known: KnownChecks, found: Policy | None) -> str:
    from difflib import get_close_matches

    items = found.checklist.items if found else ()
    names = [*known, *aliases_of(known), *(item.id for item in items)]
    near = get_close_matches(name, names, n=1)
    return (
        f"no such check or item; did you mean {near[0]}?"
        if near
        else "no such check or item; see `readiness checks`"
    )


def _rules(path: str, policy: str, known: KnownChecks) -> Policy | None:
    tree = open_tree(policy, path, "policy") if policy else open_work_tree(path)
    if not tree.exists(CHECKLIST):
        return None
    return read_policy(tree, known, label=path, trusted=bool(policy))


def _about(check: Check) -> Iterator[str]:
    yield f"{check.id}: {check.title}"
    if check.body:
        yield ""
        yield from check.body.splitlines()
    yield ""
    yield "severity by tier: " + ", ".join(f"{tier} {word}" for tier, word in enumerate(check.severities, 1))
    if check.settings:
        yield ""
        yield "settings:"
        for name, setting in check.settings.items():
            yield f"  {name}: {setting.spell(setting.default)}   {check.setting_docs.get(name, '')}".rstrip()
    if check.silent_on:
        yield ""
        yield "silent on:"
        yield from ("  " + line for line in check.silent_on.splitlines())
    if check.source:
        yield ""
        yield "source:"
        yield from ("  " + line for line in check.source.splitlines())
    yield from _shown_by_example(check)
    if check.peers:
        yield ""
        yield "called elsewhere:"
        yield from (f"  {name}: {differs}" for name, differs in check.peers.items())


def _shown_by_example(check: Check) -> Iterator[str]:
    """How a check is asked for, and an edit of an example that it finds; nothing of those of others."""
    import json
    from importlib.resources import files

    text = files("readiness").joinpath("schemas/examples.json").read_text(encoding="utf-8")
    example = json.loads(text).get(check.id)
    if example is None or check.foreign:
        return
    yield ""
    yield "asked for as:"
    yield from ("  " + line for line in example["item"])
    if example.get("diff"):
        yield ""
        yield f"found, for instance, after this edit of {example['file']} in examples/{example['tree']}:"
        yield from ("  " + line for line in example["diff"])


def _set_here(item: Item, check: Check | None, found: Policy) -> Iterator[str]:
    checklist: Checklist = found.checklist
    yield (
        f"in this checklist, at tier {checklist.tier}: severity {item.severity_at(checklist.tier, check)}"
        + (", required" if item.required else "")
    )
    for name, value in item.settings.items():
        yield f"  {name}: {value}"
    if item.expr:
        yield f"  for each {item.for_}: {item.expr}"
    if item.why:
        yield f"  why: {item.why}"
    if item.guide:
        yield f"  guide: {item.guide}"
    if item.control:
        yield f"  control: {item.control}"


def _origins(item: Item, found: Policy) -> Iterator[str]:
    places = Places(_trees(found))
    yield "said by:"
    origins: Mapping[str, Location] = item.origins
    for field, at in sorted(origins.items()):
        yield f"  {field}: {_shown(places, at)}"
    if not origins:
        yield f"  {_shown(places, item.origin)}"


def _trees(found: Policy) -> dict[str, Any]:
    """Every layer's text by source and file, so that a place in a profile has a line too."""
    from readiness.tree import TextTree

    texts: dict[str, dict[str, bytes]] = {}
    for layer in found.checklist.layers:
        texts.setdefault(layer.source, {})[layer.file] = layer.text
    trees: dict[str, Tree] = {name: TextTree(name, files) for name, files in texts.items()}
    return trees


def _shown(places: Places, at: Location) -> str:
    place = places.of(at)
    return f"{place.file}:{place.line}" if place.line else place.file
