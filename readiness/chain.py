"""One alert's way from series to person, as lines: what `readiness explain --chain ALERT` prints."""

from collections.abc import Iterator

from readiness.errors import NotApplicable, Unknown, UsageError
from readiness.evidence.alert_chains import AlertChains, Link
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.documents import Documents
from readiness.looking import look
from readiness.outcome import Location
from readiness.place import Places
from readiness.tree import Tree

_SIGNS = {"holds": "✓", "broken": "✗", "unknown": "?"}
_WIDEST = 200


def chained(
    alert: str, path: str, policy_tree: Tree | None = None, sources: dict[str, str] | None = None
) -> Iterator[str]:
    """Lines about every alert of a name, once where several environments have the same chain.

    Raises:
        UsageError: there is no such alert; the text has the nearest.
    """
    seen = look(path, policy_tree, sources)
    done = seen.evaluation
    told: dict[tuple[str, ...], list[str]] = {}
    names: dict[str, None] = {}
    lost: dict[str, None] = {}
    for environment in seen.environments:
        try:
            found = done.collector.collected(AlertChains, environment)
        except (Unknown, NotApplicable) as none:
            raise UsageError(f"{alert}: {none}") from none
        if found.failed is not None:
            raise UsageError(f"{alert}: {found.failed}")
        lost.update((f"{one.at.file} could not be read: {one.why}", None) for one in found.unreadable)
        (chains,) = found.items
        names.update((one.name, None) for one in chains.alerts)
        places = Places(seen.trees, done.documents.marks)
        for rule in chains.named(alert):
            lines = (_title(rule), *(_line(link, places) for link in chains.of(rule)))
            told.setdefault(lines, []).append(environment)
    if not told:
        why = "".join(f"\n  {one}" for one in list(lost)[:5])
        raise UsageError(f"{alert}: {_nearest(alert, list(names), done.documents)}{why}")
    for number, (lines, where) in enumerate(told.items()):
        if number:
            yield ""
        yield f"{lines[0]}  [{', '.join(where)}]"
        yield from lines[1:]


def _title(rule: AlertRule) -> str:
    return f"{rule.name} ({rule.severity or 'no severity'})"


def _line(link: Link, places: Places) -> str:
    says = link.says if len(link.says) <= _WIDEST else f"{link.says[: _WIDEST - 1]}…"
    where = _place(link.at, places)
    return f"{_SIGNS[link.state]} {link.name:<13} {says}" + (f"  ({where})" if where else "")


def _place(at: Location | None, places: Places) -> str:
    if at is None:
        return ""
    place = places.of(at)
    text = f"{place.file}:{place.line}" if place.line else place.file
    return text if at.source == "repository" else f"{at.source}:{text}"


def _nearest(alert: str, names: list[str], documents: Documents) -> str:
    from difflib import get_close_matches

    near = get_close_matches(alert, names, n=1)
    if near:
        return f"no such alert; did you mean {near[0]}?"
    if names:
        return f"no such alert; there are {', '.join(sorted(names)[:5])} and {max(0, len(names) - 5)} more"
    return f"no alert in evidence; looked for {AlertRule.looked_for} in {len(documents.files())} files"
