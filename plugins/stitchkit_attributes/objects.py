"""What a frame says of its objects, and refusing what does not fit together."""

from torch import Tensor

from stitchkit.errors import InputError


def check_attributes(attributes: Tensor, boxes: Tensor | None, count: int, frame: str) -> Tensor:
    """The attributes of a frame's objects: bool [N, count] on the processor; no rows where it tells none.

    Args:
        attributes: 0 or 1 for each attribute of N objects: [N, count].
        boxes: Of the same objects: [N, 4], or of any number where ``attributes`` has no rows.
        count: How many attributes there are.
        frame: Name of the frame, for the message.

    Raises:
        InputError: There is not one row for each box, or a value is neither 0 nor 1.
    """
    objects = 0 if boxes is None else len(boxes)
    if attributes.shape != (objects, count) and attributes.shape != (0, count):
        raise InputError(
            f"frame {frame!r}: attributes must be {objects} x {count}, a row for each box and a column for "
            f"each name, but got {' x '.join(map(str, attributes.shape))}"
        )
    attributes = attributes.as_subclass(Tensor).cpu()
    wrong = attributes[(attributes != 0) & (attributes != 1)]
    if len(wrong):
        raise InputError(f"frame {frame!r}: an attribute is {wrong[0].item()}; use 1 where it holds, else 0")
    return attributes.bool()
