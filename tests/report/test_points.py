import xml.etree.ElementTree as ET

import numpy as np
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from stitchkit.report import points as module
from stitchkit.report.colours import PAPER
from stitchkit.report.points import Point, draw_points

COLOUR = "#123456"


def test_points_stand_from_the_top_below_their_labels() -> None:
    points = [Point(name, mean, (mean,), COLOUR) for name, mean in (("first", 1.0), ("second", 2.0))]
    svg = ET.fromstring(str(draw_points(points, "title", "alt", "axis", line_at=0.0).svg))
    places = {
        "".join(text.itertext()): float(text.attrib["y"]) for text in svg.iter("text") if "y" in text.attrib
    }
    assert places["first"] < places["second"]
    assert "axis" in "".join(svg.itertext())


def test_a_point_has_its_interval_and_its_seeds_and_is_hollow_where_uncertain() -> None:
    axes = Figure().add_axes((0, 0, 1, 1))
    module._paint(axes, 3, Point("a", 1.0, (0.5, 1.5), COLOUR, low=-1.0, high=2.0, filled=False))
    bar, seeds, dot = axes.lines
    assert np.asarray(bar.get_xdata()).tolist() == [-1.0, 2.0]
    assert np.asarray(seeds.get_xdata()).tolist() == [0.5, 1.5]
    assert (np.asarray(dot.get_xdata()).tolist(), np.asarray(dot.get_ydata()).tolist()) == ([1.0], [3])
    assert to_hex(dot.get_markerfacecolor()) == PAPER


def test_without_an_interval_there_is_no_bar() -> None:
    axes = Figure().add_axes((0, 0, 1, 1))
    module._paint(axes, 0, Point("a", 1.0, (), COLOUR))
    assert [line.get_marker() for line in axes.lines] == ["|", "o"]
