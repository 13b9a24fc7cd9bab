import pytest
import torch
from stitchkit_attributes.picture import LISTED, _free, _list, draw_attributes
from torch import Tensor

NAMES = ("round", "furry", "has wheel", "has a very long name indeed", "wet")


def answers(boxes: list[list[float]], scores: Tensor) -> dict[str, Tensor]:
    return {
        "boxes": torch.tensor(boxes).reshape(-1, 4),
        "objects": torch.arange(len(boxes)),
        "scores": scores.double(),
    }


@pytest.mark.parametrize("size", [(240, 320), (500, 375), (30, 20)])
def test_a_picture_of_the_image_s_size_with_the_boxes(size: tuple[int, int]) -> None:
    image = torch.full((3, *size), 100, dtype=torch.uint8)
    high, wide = size
    drawn = draw_attributes(image, answers([[2, 3, wide - 2, high - 3]], torch.zeros(1, 5)), NAMES)
    assert (drawn.dtype, drawn.shape) == (torch.uint8, image.shape)
    changed = (drawn != image).any(dim=0)
    rows, columns = (changed.any(dim=axis).nonzero().squeeze(1) for axis in (1, 0))
    assert (rows.min(), rows.max()) == (3, high - 4)
    assert (columns.min(), columns.max()) == (2, wide - 3)
    assert not changed[high // 2, wide // 2]
    assert (image == 100).all()  # the frame itself is left as it was


def test_lists_stay_inside_the_picture() -> None:
    image, scores = torch.zeros(3, 240, 320, dtype=torch.uint8), torch.ones(1, 5)
    for corner in [310, 230], [0, 0], [310, 0], [0, 230]:
        box = [*map(float, corner), corner[0] + 10.0, corner[1] + 10.0]
        drawn = draw_attributes(image, answers([box], scores), NAMES)
        filled = (drawn != 0).any(dim=0).sum()
        assert filled > 4 * 12 * 50  # four lines of text on their ground, whole


def test_nothing_to_draw_leaves_the_image() -> None:
    image = torch.randint(0, 256, (3, 24, 32), dtype=torch.uint8)
    assert torch.equal(draw_attributes(image, answers([], torch.zeros(0, 5)), NAMES), image)


def test_equal_objects_have_equal_colours_in_truth_and_prediction() -> None:
    image = torch.zeros(3, 60, 60, dtype=torch.uint8)
    both = answers([[0, 0, 20, 20], [30, 30, 50, 50]], torch.zeros(2, 5))
    second = {name: values[1:] for name, values in both.items()}
    at = slice(30, 50)
    assert torch.equal(
        draw_attributes(image, both, NAMES)[:, at, at], draw_attributes(image, second, NAMES)[:, at, at]
    )


def test_lists_tell_the_most_certain_first() -> None:
    assert _list(torch.tensor([0.6, 0.2, 0.91, 0.5, 0.1], dtype=torch.float64), NAMES) == (
        "has wheel 0.91\nround 0.60\nhas a very long name indeed 0.50"
    )
    assert _list(torch.tensor([1.0, 0, 1, 0, 0]), NAMES) == "round\nhas wheel"
    assert _list(torch.ones(5), NAMES).splitlines() == [*NAMES[:LISTED], "+2"]
    assert _list(torch.full((5,), 0.49), NAMES) == ""


def test_lists_move_to_the_nearest_place_where_none_is() -> None:
    taken = [(0, 100, 50, 140)]
    assert _free(0, 95, 30, 20, 240, taken) == 79
    assert _free(0, 120, 30, 20, 240, taken) == 141
    assert _free(60, 100, 30, 20, 240, taken) == 100
    assert _free(0, 235, 30, 20, 240, []) == 220
    assert _free(0, -5, 30, 20, 240, []) == 0
    assert _free(0, 10, 30, 20, 50, [(0, 5, 50, 40)]) == 10  # no room: over the other
