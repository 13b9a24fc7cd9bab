"""Boxes with lists of attributes, drawn on the image."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from stitchkit.boxed_picture import BoxedPicture, Rectangle, distinct_colour

LABELLED = 4  # objects with a list, the largest; lists on more would hide them
LISTED = 3  # attributes in a list
CERTAIN = 0.5  # score from which an attribute is told


def draw_attributes(image: Tensor, answers: Mapping[str, Tensor], names: Sequence[str]) -> Tensor:
    """The boxes of a frame, each in a colour of its object, the largest with their most certain attributes.

    Args:
        image: uint8 RGB [3, H, W].
        answers: ``"boxes"`` [M, 4] in pixels, ``"objects"`` [M] and ``"scores"`` [M, A], 1 where certain.
        names: Of the attributes.

    Returns:
        uint8 RGB [3, H, W].
    """
    picture = BoxedPicture(image)
    boxes = answers["boxes"].as_subclass(Tensor)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1).tolist()
    by_size = sorted(range(len(boxes)), key=lambda place: -area[place])
    colours = [distinct_colour(number) for number in answers["objects"].tolist()]
    corners = {place: picture.outline(boxes[place], colours[place])[:2] for place in by_size}
    taken: list[Rectangle] = []
    for place in by_size[:LABELLED]:
        text = _list(answers["scores"][place], names)
        if text:
            wide, high = picture.extent(text)
            left, top = corners[place]
            left = max(0, min(left, picture.width - wide))
            top = _free(left, top, wide, high, picture.height, taken)
            taken.append(picture.label(left, top, text, colours[place]))
    return picture.pixels()


def _list(scores: Tensor, names: Sequence[str]) -> str:
    """A line for each of the most certain attributes, and how many more there are."""
    certain = [(score, name) for score, name in zip(scores.tolist(), names, strict=True) if score >= CERTAIN]
    certain.sort(key=lambda pair: -pair[0])
    lines = [name if score == 1 else f"{name} {score:.2f}" for score, name in certain[:LISTED]]
    return "\n".join([*lines, *([f"+{len(certain) - LISTED}"] if len(certain) > LISTED else [])])


def _free(left: int, top: int, wide: int, high: int, height: int, taken: Sequence[Rectangle]) -> int:
    """Where a list begins: at its corner, or so far above or below that it hides no other."""
    lowest = max(0, height - high)
    top = min(max(0, top), lowest)
    below, above = ([bottom + 1 for *_, bottom in taken], [y - high - 1 for _, y, _, _ in taken])
    for y in sorted([top, *below, *above], key=lambda y: abs(y - top)):
        area = (left, y, left + wide, y + high)
        if 0 <= y <= lowest and not any(_touch(area, other) for other in taken):
            return y
    return top


def _touch(one: Rectangle, other: Rectangle) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
