import numpy as np
import pytest
from stitchkit_things.model import Material, Model
from stitchkit_things.shapes import bar, blob, box, ellipse, polygon
from stitchkit_things.sprite import NOTHING, Pose, draw

RED = Material((), "plain", (0.8, 0.1, 0.1), (0.8, 0.1, 0.1))
BLUE = Material((), "plain", (0.1, 0.1, 0.8), (0.1, 0.1, 0.8))


def area(outline: np.ndarray) -> float:
    x, y = outline.T
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


@pytest.mark.parametrize(
    ("outline", "expected"),
    [
        (polygon((0, 0), (2, 0), (0, 1)), 1.0),
        (box(-1, 0, 1, 3), 6.0),
        (ellipse(5, 5, 2, 1, turn=30), 2 * np.pi),
        (bar((0, 0), (3, 4), 0.5), 5 * 0.5 + np.pi / 16),
        (blob(*((np.cos(k), np.sin(k)) for k in np.arange(0, 6.2, np.pi / 6))), np.pi),
    ],
)
def test_outlines_have_the_area_of_their_shape(outline: np.ndarray, expected: float) -> None:
    assert area(outline) == pytest.approx(expected, rel=0.04)


def test_rounded_corners_take_away_what_circles_leave() -> None:
    assert area(box(0, 0, 4, 2, corner=0.5)) == pytest.approx(8 - (4 - np.pi) * 0.25, rel=0.01)


def test_a_rectangle_lies_where_its_pose_says() -> None:
    model = Model()
    model.add(box(3, 5, 5, 6), RED)
    sprite = draw(model, Pose(x=100, y=50, scale=20), light=0)
    rows, columns = np.nonzero(sprite.part != NOTHING)
    assert (columns.min() + sprite.left, columns.max() + sprite.left) == (80, 120)
    assert (rows.min() + sprite.top, rows.max() + sprite.top) == (30, 50)


def test_a_negative_squeeze_mirrors() -> None:
    model = Model()
    model.add(polygon((0, 0), (2, 0), (0, 1)), RED)
    one, other = (draw(model, Pose(0.5, 0.5, 40, squeeze), 0).part for squeeze in (1, -1))
    inside, mirrored = one[2:-2, 2:-2] >= 0, other[2:-2, 2:-2][:, ::-1] >= 0
    columns = min(inside.shape[1], mirrored.shape[1])
    assert (inside[:, :columns] != mirrored[:, :columns]).mean() < 0.05


def test_later_parts_hide_earlier_ones_and_holes_are_open() -> None:
    model = Model()
    model.add(box(0, 0, 4, 4), RED)
    model.add(box(1, 1, 3, 3), BLUE, hole=box(1.5, 1.5, 2.5, 2.5))
    sprite = draw(model, Pose(50, 90, 20), 0)
    row, column = 90 - 40 - sprite.top, 50 - sprite.left
    assert sprite.part[row, column] == 0
    assert sprite.part[row, column - 15] == 1
    assert sprite.part[row, column - 30] == 0
    ring = Model()
    ring.add(ellipse(0, 0, 1), RED, hole=ellipse(0, 0, 0.5))
    drawn = draw(ring, Pose(0, 0, 60), 0).part >= 0
    assert drawn.sum() == pytest.approx(0.75 * np.pi * 60**2, rel=0.04)


def test_glass_shows_what_is_behind_it() -> None:
    glass = Material((), "plain", (1.0, 1.0, 1.0), (1.0, 1.0, 1.0), opacity=0.4)
    model = Model()
    model.add(box(0, 0, 2, 4), RED)
    model.add(box(1, 0, 4, 4), glass)
    sprite = draw(model, Pose(50, 90, 20), 0)
    row = 45 - sprite.top
    alone, both, red = (column - sprite.left for column in (80, 40, 20))
    assert sprite.opacity[row, alone] == pytest.approx(0.4)
    assert sprite.opacity[row, both] == pytest.approx(1.0)
    assert sprite.part[row, both] == 1
    red_share = sprite.colour[row, both] - 0.6 * sprite.colour[row, red]
    assert red_share == pytest.approx(0.4 * sprite.colour[row, alone], abs=0.02)


def test_colour_is_that_of_the_material_in_the_light() -> None:
    model = Model()
    model.add(box(0, 0, 4, 4), RED)
    left, right = (draw(model, Pose(50, 90, 20), light).colour[40] for light in (-1.0, 1.0))
    assert left[20, 0] > left[70, 0]
    assert right[20, 0] < right[70, 0]
    assert left[45] / left[45, 0] == pytest.approx(np.array([1, 0.125, 0.125]), rel=1e-5)
