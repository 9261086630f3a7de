"""The launch review as HTML: a page for a folder of Jenkins, and the same in one file for mail.

No script in either. The page of the folder has nothing inline that Jenkins' default
Content-Security-Policy blocks; its style sheet lies beside it. Evidence is text of strangers: the template
engine escapes all of it, and the charts are built from known elements only.
"""

from pathlib import Path

from readiness.errors import UsageError
from readiness.report.charts import NoCharts, svg
from readiness.report.review import Drawn, Review

TEMPLATES = Path(__file__).parent / "templates"
TONES = {"GO": "go", "GO WITH CONDITIONS": "conditions", "NO-GO": "no-go"}


def available() -> None:
    """Nothing, where a page can be made.

    Raises:
        UsageError: the template engine is not installed.
    """
    try:
        import jinja2  # noqa: F401
    except ImportError as missing:
        raise UsageError(
            "the review is written with jinja2, which is not installed; run: pip install 'readiness[review]'"
        ) from missing


def render(review: Review, single_file: bool = False) -> bytes:
    """The page; `single_file` has the style sheet in it."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    charts, missing = _charts(review)
    page = environment.get_template("review.html").render(
        review=review,
        tone=TONES.get(review.decision, "unknown"),
        style=stylesheet() if single_file else "",
        charts=charts,
        missing=missing,
        kind_of=lambda block: type(block).__name__,
    )
    return page.encode("utf-8", "replace")


def stylesheet() -> str:
    return (TEMPLATES / "report.css").read_text(encoding="utf-8")


def _charts(review: Review) -> tuple[dict[str, str], str]:
    """The chart of each picture that has one, and why some are missing."""
    charts: dict[str, str] = {}
    missing = ""
    pictures = [
        block.picture for section in review.sections for block in section.blocks if isinstance(block, Drawn)
    ]
    for number, picture in enumerate(pictures):
        if picture.spec is None:
            continue
        try:
            charts[picture.title] = svg(picture.spec, picture.title, picture.says, f"picture-{number}")
        except NoCharts as why:
            missing = str(why)
    return charts, missing
