"""The figures of the pages are those that their scripts draw."""

import re
import xml.etree.ElementTree as ET
from importlib import import_module
from itertools import zip_longest

import numpy as np
import pytest
from matplotlib.figure import Figure

from docs.figures.__main__ import HERE, NAMES
from docs.figures.drawing import drawn, panels

NUMBER = re.compile(r"-?\d+\.?\d*(?:e-?\d+)?")


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_the_one_that_its_script_draws(name):
    script = import_module(f"docs.figures.{name}")
    kept, now = ((HERE / f"{name}.svg").read_text("utf-8"), script.figure())
    assert difference(kept, now) == "", f"draw it again: python -m docs.figures {name}"


def test_every_figure_is_on_a_page_with_its_script_named():
    pages = "".join(page.read_text("utf-8") for page in HERE.parent.glob("*.md"))
    for name in NAMES:
        assert f"(figures/{name}.svg)" in pages
        assert f"(figures/{name}.py)" in pages
    assert {path.stem for path in HERE.glob("*.svg")} == set(NAMES)


def test_texts_that_overlap_are_refused():
    @drawn
    def figure() -> Figure:
        drawing, (axes,) = panels()
        axes.text(0.5, 0.5, "one")
        axes.text(0.5, 0.5, "other")
        return drawing

    with pytest.raises(ValueError, match="texts overlap: 'one' and 'other'"):
        figure()


def difference(kept: str, now: str) -> str:
    """The first element in which two drawings differ by more than a point, in words; else nothing."""
    for one, other in zip_longest(ET.fromstring(kept).iter(), ET.fromstring(now).iter()):
        if one is None or other is None or (one.tag, one.text) != (other.tag, other.text):
            return f"{described(one)} became {described(other)}"
        for key in ("d", "x", "y", "transform", "style"):
            texts = [NUMBER.split(element.get(key, "")) for element in (one, other)]
            numbers = [np.array(NUMBER.findall(element.get(key, "")), float) for element in (one, other)]
            if texts[0] != texts[1] or not np.allclose(*numbers, rtol=0, atol=1):
                return f"{key} of {described(one)} became {other.get(key)}"
    return ""


def described(element: ET.Element | None) -> str:
    return "nothing" if element is None else f"{element.tag.rpartition('}')[2]} {element.text or ''}".strip()
