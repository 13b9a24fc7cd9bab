import re
import xml.etree.ElementTree as ET

import matplotlib
import numpy as np
from matplotlib.axes import Axes

from stitchkit.report.colours import BLUE, INK
from stitchkit.report.drawing import draw


def paint(axes: Axes) -> None:
    axes.plot([0, 1], [0, 1], color=BLUE)
    axes.set_xlabel("a <b> & $c$")


def test_an_element_in_the_colours_of_the_page() -> None:
    svg = str(draw(paint, "title", "alt").svg)
    root = ET.fromstring(svg)
    assert root.tag == "svg"
    assert "var(--blue, #0072b2)" in svg
    assert "currentColor" in svg
    assert INK not in svg
    assert "http" not in svg
    assert "a <b> & $c$" in "".join(root.itertext())  # text, neither markup nor mathematics


def test_equal_figures_are_equal_bytes_and_leave_no_trace_of_the_user_s_style() -> None:
    before = dict(matplotlib.rcParams)
    first = draw(paint, "", "")
    with matplotlib.rc_context({"lines.linewidth": 9.0, "font.size": 30.0}):
        second = draw(paint, "", "")
    assert first == second
    assert dict(matplotlib.rcParams) == before


def test_references_inside_the_figure_hold() -> None:
    root = ET.fromstring(str(draw(paint, "", "").svg))
    ids = {element.get("id") for element in root.iter()} - {None}
    used = {element.get("href", "#")[1:] for element in root.iter("use")}
    assert used
    assert used <= ids


def test_coordinates_are_no_finer_than_a_hundredth_of_a_point() -> None:
    def curve(axes: Axes) -> None:
        axes.plot(np.linspace(0, 1, 50) ** 0.3)

    svg = str(draw(curve, "", "").svg)
    paths = re.findall(r' d="([^"]*)"', svg)
    assert max(map(len, paths)) > 300
    assert not re.search(r"\d\.\d{3}", "".join(paths))
