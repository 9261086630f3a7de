"""A Vega-Lite specification → SVG that stands in a page under the strictest Content-Security-Policy.

What comes back has presentation attributes only: no style, no script, no link, no image. It is built anew
from the elements and attributes named here, whatever the renderer wrote, so that no text of evidence can
bring markup of its own. Text and lines carry no colour: the page's style sheet paints them, also dark.
"""

from typing import Any
from xml.etree import ElementTree

WIDTH = 340  # of the plot: with its labels a chart can still be read when it is scaled to a phone
_ELEMENTS = frozenset({"svg", "g", "path", "rect", "line", "text", "tspan"})
_ATTRIBUTES = frozenset(
    {
        "class", "d", "fill", "fill-opacity", "font-family", "font-size", "font-weight", "height", "opacity",
        "stroke", "stroke-dasharray", "stroke-linecap", "stroke-opacity", "stroke-width", "text-anchor",
        "transform", "width", "x", "x1", "x2", "y", "y1", "y2", "dx", "dy", "viewBox",
    }
)  # fmt: skip
_CONFIG: dict[str, Any] = {
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelLimit": 0,
             "domain": False, "ticks": False, "labelPadding": 6},
    "legend": {"labelFontSize": 12, "title": None, "orient": "top", "symbolType": "square", "labelLimit": 0,
               "columns": 3},
    "text": {"fontSize": 12},
}  # fmt: skip


class NoCharts(Exception):
    """Charts can't be drawn here; the text says why."""


def svg(spec: dict[str, Any], title: str, description: str, name: str) -> str:
    """The chart as an `<svg>` element with its text alternative; `name` makes its ids unique in the page.

    Raises:
        NoCharts: the renderer is not installed, or refuses the specification.
    """
    try:
        import vl_convert
    except ImportError as missing:
        raise NoCharts("vl-convert-python is not installed: pip install 'readiness[review]'") from missing
    whole = {"width": WIDTH, **spec, "config": _CONFIG}
    try:
        drawn = vl_convert.vegalite_to_svg(whole, vl_version="5.20", allowed_base_urls=[])
        tree = ElementTree.fromstring(drawn)
    except (ValueError, ElementTree.ParseError) as wrong:
        raise NoCharts(f"the chart could not be drawn: {wrong!s:.200}") from wrong
    root = _plain(tree)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-text")
    # the size is that of the page: CSS scales by the viewBox
    for position, (tag, words) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(tag, {"id": f"{name}-{'title' if tag == 'title' else 'text'}"})
        element.text = words
        root.insert(position, element)
    return ElementTree.tostring(root, encoding="unicode")


def _plain(element: ElementTree.Element) -> ElementTree.Element:
    """A copy with known elements and attributes only."""
    made = ElementTree.Element(
        _local(element.tag), {name: value for name, value in element.attrib.items() if name in _ATTRIBUTES}
    )
    made.text = element.text
    for child in element:
        if _local(child.tag) in _ELEMENTS:
            made.append(_plain(child))
    return made


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
