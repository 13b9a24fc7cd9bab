import torch
from stitchkit_detection.picture import draw_boxes
from torch import Tensor

from stitchkit.boxed_picture import distinct_colour


def at(picture: Tensor, x: int, y: int) -> tuple[int, ...]:
    return tuple(picture[:, y, x].tolist())


def test_boxes_are_outlined_in_the_colour_of_their_class() -> None:
    image = torch.zeros(3, 240, 320, dtype=torch.uint8)
    picture = draw_boxes(image, torch.tensor([[50.0, 60, 150, 160]]), ["cat"], torch.tensor([4]))
    assert (picture.shape, picture.dtype) == (image.shape, torch.uint8)
    assert not image.any()
    for x, y in ((50, 60), (51, 159), (149, 61), (149, 159), (100, 158)):
        assert at(picture, x, y) == distinct_colour(4)
    for x, y in ((49, 100), (150, 100), (100, 160), (52, 62), (147, 157)):
        assert at(picture, x, y) == (0, 0, 0)


def test_labels_are_written_above_the_box_or_inside_it_and_stay_in_the_picture() -> None:
    image = torch.full((3, 240, 320), 9, dtype=torch.uint8)
    for box, inside in (((20, 100, 60, 200), False), ((20, 0, 60, 200), True), ((300, 100, 320, 200), False)):
        picture = draw_boxes(image, torch.tensor([box]), ["motorbike 0.97"], torch.tensor([0]))
        drawn = (picture != 9).any(dim=0).nonzero()
        assert (int(drawn[:, 0].min()) < box[1]) is not inside
        letters = ((picture < 9).all(dim=0)).sum()
        assert letters > 50  # black on the colour


def test_lines_and_letters_grow_with_the_picture() -> None:
    areas = []
    for scale in (1, 3):
        image = torch.zeros(3, 240 * scale, 320 * scale, dtype=torch.uint8)
        boxes = scale * torch.tensor([[50.0, 60, 150, 160]])
        picture = draw_boxes(image, boxes, ["cat 0.50"], torch.tensor([0]))
        areas.append((picture > 0).any(dim=0).double().mean())
    torch.testing.assert_close(areas[1], areas[0], rtol=0.15, atol=0)


def test_the_first_boxes_are_on_top_and_none_leaves_the_image_as_it_is() -> None:
    image = torch.randint(256, (3, 100, 100), dtype=torch.uint8)
    nothing = draw_boxes(image, torch.zeros(0, 4), [], torch.zeros(0, dtype=torch.int64))
    assert torch.equal(nothing, image)
    boxes = torch.tensor([[10.0, 50, 60, 90], [10, 50, 60, 90]])
    assert at(draw_boxes(image, boxes, ["a", "b"], torch.tensor([1, 2])), 10, 70) == distinct_colour(1)


def test_boxes_without_area_and_beyond_the_image_are_drawn_all_the_same() -> None:
    image = torch.zeros(3, 50, 50, dtype=torch.uint8)
    boxes = torch.tensor([[20.0, 20, 20, 20], [-30, -30, 90, 90]])
    assert draw_boxes(image, boxes, ["a", "b"], torch.tensor([0, 1])).shape == image.shape
