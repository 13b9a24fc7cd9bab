"""The figures of the pages are those that their scripts draw."""

import re
import xml.etree.ElementTree as ET
from importlib import import_module
from itertools import zip_longest

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from docs.figures.__main__ import HERE, NAMES
from docs.figures.drawing import drawn, panels

COLOUR = re.compile(r"#([0-9a-f]{6})")
NUMBER = re.compile(r"-?\d+\.?\d*(?:e-?\d+)?")


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


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


def test_a_changed_drawing_is_told_apart():
    svg = '<svg><text x="{x}" y="5">{text}</text></svg>'
    kept = svg.format(x=10, text="alpha 0.50")
    assert difference(kept, svg.format(x=10.4, text="alpha 0.51")) == ""
    assert difference(kept, svg.format(x=12, text="alpha 0.50")) == "x of text alpha 0.50 became 12"
    assert difference(kept, svg.format(x=10, text="alpha 0.60")) == "text alpha 0.50 became text alpha 0.60"
    assert difference(kept, svg.format(x=10, text="beta 0.50")) == "text alpha 0.50 became text beta 0.50"
    assert difference(kept, "<svg/>") == "text alpha 0.50 became nothing"


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
    """The first place where two drawings differ by more than rounding shows, in words; else nothing."""
    for one, other in zip_longest(ET.fromstring(kept).iter(), ET.fromstring(now).iter()):
        if one is None or other is None or one.tag != other.tag:
            return f"{described(one)} became {described(other)}"
        if not alike(one.text or "", other.text or "", 0.02):
            return f"{described(one)} became {described(other)}"
        for key, tolerance in (
            ("d", 1),
            ("x", 1),
            ("y", 1),
            ("transform", 1),
            ("style", 8),
        ):  # points, shades
            if not alike(one.get(key, ""), other.get(key, ""), tolerance):
                return f"{key} of {described(one)} became {other.get(key)}"
    return ""


def alike(one: str, other: str, tolerance: float) -> bool:
    """Whether two texts are equal but for numbers and shades of colour, and these within a tolerance."""
    one, other = (COLOUR.sub(lambda colour: str([*bytes.fromhex(colour[1])]), text) for text in (one, other))
    numbers, others = (np.array(NUMBER.findall(text), float) for text in (one, other))
    return NUMBER.split(one) == NUMBER.split(other) and np.allclose(numbers, others, rtol=0, atol=tolerance)


def described(element: ET.Element | None) -> str:
    return "nothing" if element is None else f"{element.tag.rpartition('}')[2]} {element.text or ''}".strip()
