"""The formats by name: ours, and those that plug-ins bring in the entry-point group `readiness.formats`.

A format is a function `render(outline: Outline) -> bytes`. It is imported when it is asked for; looking
for plug-ins costs tens of milliseconds and happens only for a name that is not ours.
"""

from collections.abc import Callable
from typing import Any

from readiness.errors import BrokenCheck, UsageError
from readiness.report.outline import Outline

GROUP = "readiness.formats"
BUILT_IN = {
    "json": "readiness.report.canonical:render",
    "junit": "readiness.report.junit:render",
    "brief": "readiness.report.brief:render",
    "github": "readiness.report.github:render",
    "gitlab": "readiness.report.gitlab:render",
    "markdown": "readiness.report.markdown:render",
    "sarif": "readiness.report.sarif:render",
    "terminal": "readiness.report.terminal:render",
    "warnings-ng": "readiness.report.warnings_ng:render",
}

Format = Callable[[Outline], bytes]


def names() -> tuple[str, ...]:
    """All formats there are, plug-ins included."""
    return tuple(sorted({*BUILT_IN, *(point.name for point in _plugins())}))


def format_of(name: str) -> Format:
    """The format called `name`.

    Raises:
        UsageError: there is none of that name.
        BrokenCheck: it can't be imported, is no function, or two distributions claim the name.
    """
    from importlib import import_module

    if name in BUILT_IN:
        module, _, function = BUILT_IN[name].partition(":")
        built_in: Format = getattr(import_module(module), function)
        return built_in
    found = [point for point in _plugins() if point.name == name]
    if not found:
        from difflib import get_close_matches

        near = get_close_matches(name, names(), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(f"no format is called {name!r}; expected one of {', '.join(names())}{hint}")
    if len(found) > 1:
        claims = " and ".join(sorted(point.dist.name if point.dist else point.value for point in found))
        raise BrokenCheck(f"format {name!r} is claimed by {claims}; remove one of them")
    try:
        loaded = found[0].load()
    except (ImportError, AttributeError, SyntaxError) as error:
        raise BrokenCheck(f"format {name!r}: {found[0].value} can't be loaded: {error}") from error
    if not callable(loaded):
        raise BrokenCheck(
            f"format {name!r}: {found[0].value} is no function; expected render(outline) -> bytes"
        )
    plugin: Format = loaded
    return plugin


def render(verdict: Any, name: str) -> bytes:
    """The canonical document `verdict` in the format called `name`.

    Raises:
        UsageError: there is no such format.
        BrokenCheck: a plug-in's format is broken.
    """
    if name == "json":  # is the document itself, and needs no outline of it
        from readiness.report.canonical import dumps

        return dumps(verdict)
    written: object = format_of(name)(Outline.of(verdict))
    if isinstance(written, str):
        return written.encode("utf-8", "replace")
    if not isinstance(written, bytes):
        raise BrokenCheck(f"format {name!r} gave {type(written).__name__}; expected bytes")
    return written


def _plugins() -> list[Any]:
    from importlib.metadata import entry_points

    return [point for point in entry_points(group=GROUP) if point.name not in BUILT_IN]
