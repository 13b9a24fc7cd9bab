"""Boxes with names, drawn on the image."""

from collections.abc import Sequence

from torch import Tensor

from stitchkit.boxed_picture import BoxedPicture, distinct_colour


def draw_boxes(image: Tensor, boxes: Tensor, labels: Sequence[str], classes: Tensor) -> Tensor:
    """Boxes in the colours of their classes, with a label each.

    Args:
        image: uint8 RGB [3, H, W].
        boxes: [N, 4] in pixels; the first are drawn last, over the others.
        labels: One a box.
        classes: [N], for the colours.

    Returns:
        uint8 RGB [3, H, W].
    """
    picture = BoxedPicture(image)
    for box, label, number in reversed(list(zip(boxes, labels, classes.tolist(), strict=True))):
        colour = distinct_colour(number)
        left, top, _, _ = picture.outline(box, colour)
        wide, high = picture.extent(label)
        above = top - high if top >= high else top  # inside the box where there is no room above
        picture.label(max(0, min(left, picture.width - wide)), above, label, colour)
    return picture.pixels()
