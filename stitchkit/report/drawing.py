"""Draw figures as SVG that lives inside the page and takes its colours from it, light or dark."""

import io
import re
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import matplotlib
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from stitchkit.report.colours import INK, css_colour
from stitchkit.report.section import Drawing

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "stitchkit",  # equal figures, equal bytes
    "text.parse_math": False,  # names may hold a dollar sign
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "axes.formatter.useoffset": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": INK,
    "grid.alpha": 0.14,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.6,
}


def draw(
    paint: Callable[[Axes], None],
    title: str,
    alt: str,
    size: tuple[float, float] = (2.7, 2.0),
    margins: tuple[float, float, float, float] = (0.52, 0.44, 0.1, 0.08),
) -> Drawing:
    """Let ``paint`` fill one pair of axes and return the figure as an SVG element.

    Args:
        paint: Draws into the axes; nothing outside it needs matplotlib's state.
        title: Heading of the figure; the page sets it, so that it wraps.
        alt: What the figure shows, for those who do not see it.
        size: Width and height in inches.
        margins: Left, bottom, right and top, in inches, between the axes and the edge of the figure.
    """
    (width, height), (left, bottom, right, top) = size, margins
    box = (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height)
    written = io.StringIO()
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()  # the user's own style is for the user's own figures
        matplotlib.rcParams.update(_STYLE)
        warnings.filterwarnings("ignore", message=r"Glyph .* missing")  # the browser's fonts draw the text
        figure = Figure(figsize=size)
        FigureCanvasSVG(figure)
        paint(figure.add_axes(box))
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return Drawing(title, alt, _inline(written.getvalue(), width))


def _inline(document: str, width: float) -> Markup:
    """A document of matplotlib's as an element for HTML: no namespaces, no idle ids, the page's colours."""
    root = ET.fromstring(document)
    used = set(re.findall(r'(?:url\(|href=")#([\w-]+)', document))
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        if "d" in element.attrib:
            element.attrib["d"] = re.sub(r"\d+\.\d{3,}", _hundredths, element.attrib["d"])
        if "style" in element.attrib:
            element.attrib["style"] = css_colour(element.attrib["style"])
    for metadata in root.findall("metadata"):
        root.remove(metadata)
    natural = f"--natural: {96 * width:.0f}px"  # the page lets figures grow and shrink within limits of it
    root.attrib = {"viewBox": root.attrib["viewBox"], "aria-hidden": "true", "style": natural}
    return Markup(ET.tostring(root, encoding="unicode"))


def _hundredths(number: re.Match[str]) -> str:
    """A coordinate to a hundredth of a point: finer is only longer."""
    return f"{float(number[0]):.2f}"
