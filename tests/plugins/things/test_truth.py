import numpy as np
import pytest
from stitchkit_things.model import Material, Model
from stitchkit_things.shapes import box
from stitchkit_things.sprite import Pose, Sprite, draw
from stitchkit_things.truth import SAMPLES, Thing, describe, tight_box

CLOTH = Material(("cloth",), "plain", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
STEEL = Material(("metal", "shiny"), "plain", (0.7, 0.7, 0.7), (0.7, 0.7, 0.7))
CANVAS = (120, 150)  # samples: 40 x 50 pixels


@pytest.fixture
def whole() -> tuple[Model, Sprite]:
    """A boxy body with a head to its right: about 20 x 20 and 10 x 10 pixels."""
    model = Model("3D boxy")
    model.add(box(0, 0, 60, 60), CLOTH, "torso")
    model.add(box(61, 0, 90, 29), STEEL, "eye", "head")
    return model, draw(model, Pose(x=75, y=100, scale=1), light=0)


def seen(sprite: Sprite) -> np.ndarray:
    """All of the sprite on the canvas."""
    canvas = np.full(CANVAS, -1, np.int16)
    rows, columns = sprite.part.shape
    canvas[sprite.top : sprite.top + rows, sprite.left : sprite.left + columns] = sprite.part
    return canvas


def described(whole: tuple[Model, Sprite], canvas: np.ndarray) -> Thing:
    thing = describe("cat", *whole, canvas)
    assert thing is not None
    return thing


def test_a_pixel_is_in_the_box_if_half_of_its_samples_are() -> None:
    samples = np.zeros((4 * SAMPLES, 5 * SAMPLES), bool)
    samples[6:9, 3] = samples[6, 4] = True  # 4 of the 9 samples of the pixel in row 2, column 1
    assert tight_box(samples) is None
    samples[7, 4] = True
    assert tight_box(samples) == (1, 2, 2, 3)
    samples[0:3, 12:15] = True
    assert tight_box(samples) == (1, 0, 5, 3)


def test_all_that_is_seen_whole_holds(whole: tuple[Model, Sprite]) -> None:
    thing = described(whole, seen(whole[1]))
    assert thing.names == {"3D boxy", "torso", "eye", "head", "cloth", "metal", "shiny"}
    assert thing.box == (10, 13, 40, 34)
    assert not thing.difficult
    assert not thing.truncated


def test_a_hidden_part_does_not_hold_and_its_material_neither(whole: tuple[Model, Sprite]) -> None:
    canvas = seen(whole[1])
    columns = np.nonzero((canvas == 1).any(axis=0))[0]
    canvas[:, columns[0] + len(columns) * 3 // 10 + 1 :] = -1
    assert "head" in described(whole, canvas).names
    canvas[:, columns[0] + len(columns) * 3 // 10 - 1 :] = -1
    assert "head" not in described(whole, canvas).names
    assert {"metal", "shiny"} <= described(whole, canvas).names
    canvas[:, columns[0] + 3 :] = -1
    assert described(whole, canvas).names == {"3D boxy", "occluded", "torso", "cloth"}


def test_occluded_shape_and_difficult_go_by_the_share_that_is_seen(whole: tuple[Model, Sprite]) -> None:
    canvas = seen(whole[1])
    samples = np.flatnonzero(canvas.ravel() >= 0)

    def with_share(share: float) -> Thing:
        part = canvas.copy().ravel()
        part[samples[int(share * len(samples)) :]] = -1
        return described(whole, part.reshape(CANVAS))

    assert "occluded" not in with_share(0.86).names
    assert "occluded" in with_share(0.84).names
    assert "3D boxy" in with_share(0.51).names
    assert "3D boxy" not in with_share(0.49).names
    assert not with_share(0.21).difficult
    assert with_share(0.19).difficult


def test_what_is_tiny_is_difficult_and_what_is_not_seen_is_not_there(whole: tuple[Model, Sprite]) -> None:
    model, _ = whole
    small = draw(model, Pose(75, 100, scale=0.3), light=0)
    thing = described((model, small), seen(small))
    assert thing.difficult
    assert "occluded" not in thing.names
    assert describe("cat", model, small, np.full(CANVAS, -1, np.int16)) is None


def test_a_part_smaller_than_two_pixels_does_not_hold(whole: tuple[Model, Sprite]) -> None:
    model, _ = whole
    names = {}
    for scale in (0.08, 0.2):
        small = draw(model, Pose(75, 100, scale), light=0)
        names[scale] = described((model, small), seen(small)).names
    assert "eye" not in names[0.08]
    assert "eye" in names[0.2]


def test_the_border_truncates(whole: tuple[Model, Sprite]) -> None:
    model, _ = whole
    inside = draw(model, Pose(x=75, y=119, scale=1), light=0)
    assert not described((model, inside), seen(whole[1])).truncated
    below = draw(model, Pose(x=75, y=120, scale=1), light=0)
    assert described((model, below), seen(whole[1])).truncated
