"""Which detections of a frame are right."""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from stitchkit_detection.detections import Detections
from stitchkit_detection.objects import most_overlapped


def match(
    found: Detections, boxes: Tensor, classes: Tensor, difficult: Tensor, iou: float
) -> tuple[Tensor, Tensor]:
    """Hold the detections of one frame against its objects, as PASCAL VOC's development kit does.

    Each detection belongs to the object of its class that it overlaps most, if by ``iou`` or more. The first
    by score that belongs to an object is a hit; all others are false. Those that belong to a difficult object
    are neither.

    Args:
        found: Detections of the frame, in any order.
        boxes: Of the objects [N, 4].
        classes: Of the objects [N].
        difficult: Flags of the objects: bool [N].
        iou: Least overlap.

    Returns:
        Two masks, bool [D] each: which detections count, and which of them are hits.
    """
    overlap, object_ = most_overlapped(found["boxes"], boxes, alike=found["classes"][:, None] == classes)
    near = overlap >= iou
    counts = ~(near & pad(difficult, (0, 1))[object_])
    order = found["scores"].argsort(descending=True, stable=True)
    order = order[near[order]]
    _, first = np.unique(object_[order].numpy(), return_index=True)
    hits = torch.zeros_like(near)
    hits[order[torch.from_numpy(first)]] = True
    return counts, hits & counts
