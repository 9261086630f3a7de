"""What `readiness review` does: a verdict, saved or reached now, becomes a folder that a board reads."""

import os
import sys
from typing import Any

from readiness.commands import Arguments, crash_text, judged, much_memory, saved, without_folders
from readiness.errors import FailureKind, ReadinessError, SourceError
from readiness.paths import no_folder
from readiness.records import replace_file
from readiness.report import canonical
from readiness.report.outline import Outline


def review(arguments: Arguments, folder: str, single_file: bool) -> int:
    """Writes the launch review; the exit code is that of the verdict, of a saved one that of rendering.

    Raises:
        UsageError: the template engine is missing, or a saved verdict is none.
        SourceError: the folder can't be written, or there is no such saved verdict.
    """
    from readiness.report import review_html

    review_html.available()
    above = os.path.dirname(os.path.abspath(folder))
    if not os.path.isdir(above):  # a misspelt one is not to appear on the machine
        raise SourceError(f"--output {folder}: {above}: {no_folder(above)}")
    if arguments.path.endswith(".json") and not os.path.exists(arguments.path):
        raise SourceError(f"{arguments.path}: no such file; `readiness gate --output json=FILE` writes one")
    if os.path.isfile(arguments.path):
        document, code = saved(arguments.path), 0
    else:
        document, code = _verdict(arguments)
    with much_memory():
        made = files(document, single_file)
    for name, content in made.items():
        replace_file(os.path.join(folder, name), content.decode("utf-8"))
    print(f"wrote {os.path.join(folder, 'review.html' if single_file else 'index.html')}")
    return code


def files(document: Any, single_file: bool) -> dict[str, bytes]:
    """The files of a review by name: the page, Markdown, and the record that both are made from."""
    from readiness.report import review_html, review_markdown
    from readiness.report.review import Review

    outline = Outline.of(document)
    record = canonical.render(outline)
    made = Review.of(outline, record)
    page = review_html.render(made, single_file)
    pages = (
        {"review.html": page}
        if single_file
        else {"index.html": page, "report.css": review_html.stylesheet().encode()}
    )
    return {**pages, "review.md": review_markdown.render(made), "verdict.json": record}


def _verdict(arguments: Arguments) -> tuple[Any, int]:
    """The canonical document and the exit code; that of a failure where no verdict could be reached."""
    try:
        judgement = judged(arguments)
        return judgement.document, int(judgement.exit_code)
    except ReadinessError as wrong:
        kind: FailureKind = "usage" if wrong.exit_code == 2 else "source"
        message = without_folders(str(wrong), arguments.path)
    except Exception as crash:  # the last resort: no traceback, and the review says so
        kind, message = "internal", without_folders(crash_text(crash), arguments.path)
    print(f"readiness: {message}", file=sys.stderr)
    return canonical.failure(kind, message), 2 if kind == "usage" else 3
