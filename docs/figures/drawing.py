"""How the figures of these pages look, on light pages and on dark ones, and how they are written."""

import functools
import io
import re
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

INK = "#737880"  # as far from white as from a dark page
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "stitchkit",  # equal figures, equal bytes
    "path.simplify": False,  # as many points on any machine
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": INK,
    "grid.alpha": 0.2,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.8,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def drawn(paint: Callable[[], Figure]) -> Callable[[], str]:
    """Decorates a function that makes a figure: it returns the figure as a document of SVG instead.

    Raises:
        ValueError: Two texts of the figure overlap.
    """

    @functools.wraps(paint)
    def svg() -> str:
        written = io.StringIO()
        with matplotlib.rc_context():
            matplotlib.rcdefaults()  # whoever draws them, the figures look the same
            matplotlib.rcParams.update(STYLE)
            figure = paint()
            _check_texts(figure)
            figure.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        return re.sub(r"[ \t]+$", "", written.getvalue(), flags=re.MULTILINE)

    return svg


def panels(columns: int = 1, width: float = 3.4, height: float = 2.7) -> tuple[Figure, list[Axes]]:
    """A figure of axes side by side, each of ``width`` and ``height`` in inches."""
    figure = Figure((columns * width, height), layout="constrained")
    return figure, list(figure.subplots(1, columns, squeeze=False)[0])


def _check_texts(figure: Figure) -> None:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    boxes = [(text, text.get_window_extent(canvas.get_renderer())) for text in _texts(figure)]
    for (one, its), (other, others) in combinations(boxes, 2):
        if its.overlaps(others):
            raise ValueError(f"texts overlap: {one.get_text()!r} and {other.get_text()!r}")


def _texts(figure: Figure) -> Iterator[Text]:
    """All texts that are drawn; ticks beyond the limits of an axis are not."""
    beyond = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        beyond |= {tick.label1 for tick in ticks if not low <= tick.get_loc() <= high}
    for text in figure.findobj(Text):
        if isinstance(text, Text) and text.get_visible() and text.get_text() and text not in beyond:
            yield text
