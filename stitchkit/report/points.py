"""Figures one below the other: a dot for the mean, a bar for the interval, a tick for each seed."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from stitchkit.report.colours import INK, PAPER
from stitchkit.report.drawing import draw
from stitchkit.report.section import Drawing, Key
from stitchkit.report.wording import shortened

LEGEND = (
    Key("mean over the seeds; bar: 95 % interval", INK, "dot"),
    Key("interval includes zero, or is not known", INK, "ring"),
    Key("each seed", INK, "tick"),
)

_LINE = 0.42  # inches, for a label and what stands below it
_LABEL = 0.36  # of such a line, from the dot up to its label


@dataclass(frozen=True)
class Point:
    """A mean with what is known of its certainty; ``filled`` tells a figure that stands out."""

    label: str
    mean: float
    seeds: tuple[float, ...]
    colour: str
    low: float | None = None
    high: float | None = None
    filled: bool = True


def draw_points(
    points: Sequence[Point], title: str, alt: str, label: str, line_at: float | None, line_colour: str = INK
) -> Drawing:
    """A figure of points from the top down, each below its label, so that long labels fit a phone.

    Args:
        points: From the top.
        title: Heading of the figure.
        alt: What it shows.
        label: Of the axis.
        line_at: Where a vertical line stands; None for none.
        line_colour: Of that line.
    """

    def paint(axes: Axes) -> None:
        if line_at is not None:
            axes.axvline(line_at, color=line_colour, linewidth=1.0)
        for place, point in enumerate(points):
            _paint(axes, place, point)
        axes.set_ylim(len(points) - 0.6, -0.75)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.margins(x=0.06)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.set_xlabel(label)

    height = _LINE * (len(points) + 0.15) + 0.5
    return draw(paint, title, alt, (3.9, height), (0.12, 0.46, 0.12, 0.04))


def _paint(axes: Axes, place: int, point: Point) -> None:
    if point.low is not None and point.high is not None:
        axes.plot((point.low, point.high), (place, place), color=point.colour, linewidth=2.2)
    below = [place + 0.22] * len(point.seeds)
    axes.plot(point.seeds, below, "|", color=point.colour, markersize=5, markeredgewidth=1.1, alpha=0.8)
    axes.plot(
        point.mean,
        place,
        "o",
        color=point.colour,
        markerfacecolor=point.colour if point.filled else PAPER,
        markersize=6,
    )
    words, inside = shortened(point.label, 46), axes.get_yaxis_transform()
    legible = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.5}
    axes.text(0.0, place - _LABEL, words, transform=inside, va="center", fontsize=9, bbox=legible)
