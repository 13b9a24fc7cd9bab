"""A frame's objects: which of them a box overlaps most, and refusing what does not fit together."""

import torch
from torch import Tensor
from torch.nn.functional import pad
from torchvision.ops import box_iou

from stitchkit.errors import InputError


def check_objects(boxes: Tensor, classes: Tensor | None, count: int, frame: str) -> Tensor:
    """The classes [N] of the objects with boxes [N, 4], as a plain tensor on the processor.

    Args:
        boxes: Of the objects.
        classes: Of the same objects, from 0.
        count: How many classes there are.
        frame: Name of the frame, for the message.

    Raises:
        InputError: There is not one class for each box, or a number stands for no class.
    """
    given = 0 if classes is None else len(classes)
    if classes is None or given != len(boxes):
        raise InputError(f"frame {frame!r}: {len(boxes)} boxes, but {given} classes; give each box its class")
    classes = classes.as_subclass(Tensor).cpu()
    wrong = classes[(classes < 0) | (classes >= count)]
    if len(wrong):
        raise InputError(
            f"frame {frame!r}: class {int(wrong[0])} is none of the {count} classes; use 0 to {count - 1}"
        )
    return classes


def most_overlapped(boxes: Tensor, objects: Tensor, alike: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The IoU of each box with the object that it overlaps most, and which that is.

    Args:
        boxes: [n, 4].
        objects: [N, 4]; N may be 0.
        alike: Which objects a box may overlap: bool [n, N]; all by default.

    Returns:
        Float64 [n], 0 where there is none, and int64 [n], of which N stands for no object.
    """
    overlaps = box_iou(boxes.double(), objects.double()).nan_to_num(0)  # 0/0: two boxes without area
    if alike is not None:
        overlaps = overlaps * alike
    overlap, object_ = pad(overlaps, (0, 1)).max(dim=1)
    return overlap, torch.where(overlap > 0, object_, len(objects))
