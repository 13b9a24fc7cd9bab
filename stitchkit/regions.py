"""Regions of interest: boxes of frames, as a network takes them."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad

from stitchkit.tasks import Batch


def rois_of(boxes: Sequence[Tensor], batch: Batch) -> Tensor:
    """The boxes of each frame of a batch that a network is measured on, as regions of its images.

    Args:
        boxes: For each frame [N, 4], x1, y1, x2, y2 in pixels of the frame; N may be 0.
        batch: With the sizes of the frames and of the images that were made of them.

    Returns:
        Float32 [R, 5], frame after frame: the place of the image in the batch, then the box in its pixels.
    """
    rows = []
    for place, own in enumerate(boxes):
        (height, width), (own_height, own_width) = batch["image_size"][place], batch["native_size"][place]
        x, y = width / own_width, height / own_height
        rows.append(pad(own * own.new_tensor([x, y, x, y]), (1, 0), value=place))
    return torch.cat(rows)
