"""Which boxes of a frame are scored when a network is measured."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad
from torchvision.ops import box_iou

COVERED = 0.5  # IoU from which a proposal stands for an object, as for the foreground in training


class Regions(NamedTuple):
    """Boxes [M, 4] in pixels of the frame, and the place of each one's object in the frame: int64 [M]."""

    boxes: Tensor
    objects: Tensor


def true_boxes(boxes: Tensor) -> Regions:
    """Each object at its own box [N, 4]."""
    return Regions(boxes, torch.arange(len(boxes)))


def best_proposals(boxes: Tensor, proposals: Tensor) -> Regions:
    """Each object at the proposal that overlaps it most; objects that none overlaps by half are left out.

    Args:
        boxes: Of the objects [N, 4].
        proposals: [P, 4]; of equal overlaps the first counts.
    """
    # One more column stands for "no proposal". Two boxes without any area have no IoU (0/0): not overlapping.
    overlap, place = pad(box_iou(boxes, proposals).nan_to_num(0), (0, 1)).max(dim=1)
    covered = (overlap >= COVERED).nonzero().squeeze(1)
    return Regions(proposals[place[covered]], covered)
