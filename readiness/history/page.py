"""The trend as a static page: no script and nothing inline, so that Jenkins' default policy shows all of it.

The template escapes every text; the style sheet lies beside the page.
"""

import os
from importlib.resources import files
from typing import Any

from readiness.errors import SourceError, UsageError
from readiness.history.place import need
from readiness.history.trend import Trend
from readiness.paths import no_folder
from readiness.records import replace_file
from readiness.report.redaction import bounded, visible

LONGEST = 200  # characters of a name
_CLASS = {"GO": "go", "GO WITH CONDITIONS": "conditions", "UNKNOWN": "unknown", "NO-GO": "no-go"}


def write(trend: Trend, path: str) -> tuple[str, str]:
    """Writes the page and its style sheet, which has the page's name; gives both paths.

    Raises:
        SourceError: its folder is not there, or can't be written to.
        UsageError: the name is that of a folder, or ends as a style sheet does.
    """
    need("jinja2")
    folder, name = os.path.split(path)
    stem, suffix = os.path.splitext(name)
    if not stem or suffix == ".css" or os.path.isdir(path):
        raise UsageError(f"--html {path}: expected a file such as history.html")
    if folder and not os.path.isdir(folder):
        raise SourceError(f"--html {path}: {folder}: {no_folder(folder)}")
    sheet = os.path.join(folder, f"{stem}.css")
    replace_file(path, render(trend, f"{stem}.css"))
    replace_file(sheet, _resource("history.css"))
    return path, sheet


def render(trend: Trend, sheet: str) -> str:
    """The page, with a link to its style sheet."""
    from urllib.parse import quote

    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["shown"] = _shown
    environment.filters["class_of"] = lambda decision: _CLASS.get(decision, "")
    text: str = environment.from_string(_resource("history.html")).render(
        trend=trend, sheet=quote(sheet), ends=[*trend.starts[1:], trend.until]
    )
    return text


def _shown(text: Any) -> str:
    return visible(bounded(str(text), LONGEST))


def _resource(name: str) -> str:
    return files("readiness.history").joinpath(name).read_text("utf-8")
