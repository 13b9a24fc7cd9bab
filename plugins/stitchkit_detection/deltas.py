"""Boxes as moved and stretched regions, and how far the training set's are moved and stretched.

Boxes are edges x1, y1, x2, y2: a width is x2 - x1.
"""

import math

import torch
from torch import Tensor

LARGEST_STRETCH = math.log(
    1000 / 16
)  # keeps exp finite; regions that overlap their object need no more than 2
SMALLEST_STD = 0.01


def encode(rois: Tensor, boxes: Tensor) -> Tensor:
    """Deltas from regions [R, 4] to boxes [R, 4]: [R, 4] of dx, dy, dw, dh.

    Centres move by multiples of the region's size; sizes stretch by the exponential (Girshick et al., CVPR
    2014, Appendix C). Not finite where a region or a box has no area.
    """
    centre, size = _centre_and_size(rois)
    true_centre, true_size = _centre_and_size(boxes)
    return torch.cat([(true_centre - centre) / size, (true_size / size).log()], dim=-1)


def decode(rois: Tensor, deltas: Tensor) -> Tensor:
    """Boxes [..., 4] from regions [..., 4] and deltas [..., 4]: the inverse of `encode`.

    No side grows to more than 62.5 times the region's.
    """
    centre, size = _centre_and_size(rois)
    centre = centre + deltas[..., :2] * size
    half = size * deltas[..., 2:].clamp(max=LARGEST_STRETCH).exp() / 2
    return torch.cat([centre - half, centre + half], dim=-1)


def _centre_and_size(boxes: Tensor) -> tuple[Tensor, Tensor]:
    size = boxes[..., 2:] - boxes[..., :2]
    return boxes[..., :2] + size / 2, size


class DeltaStatistics:
    """Mean and standard deviation of the deltas of each class, by which Fast R-CNN normalises them.

    Every frame counts as it is and mirrored, as in Fast R-CNN, so the mean of dx is 0.

    Args:
        classes: How many.
    """

    def __init__(self, classes: int) -> None:
        self.counts = torch.zeros(classes, 1, dtype=torch.float64)
        self.sums, self.squares = torch.zeros(2, classes, 4, dtype=torch.float64)

    def add(self, deltas: Tensor, classes: Tensor) -> None:
        """Count deltas [n, 4] of objects of classes [n]."""
        deltas = deltas.double()
        self.counts.index_add_(0, classes, deltas.new_ones(len(deltas), 1))
        self.sums.index_add_(0, classes, deltas * deltas.new_tensor([0.0, 1.0, 1.0, 1.0]))
        self.squares.index_add_(0, classes, deltas.square())

    def mean_and_std(self) -> tuple[Tensor, Tensor]:
        """float32 [classes, 4] each; those of all classes together for a class that was not counted.

        No deviation is less than 0.01, so that a class whose only region is its own box has one.
        """
        absent = self.counts == 0
        counts, sums, squares = (
            torch.where(absent, values.sum(dim=0), values)
            for values in (self.counts, self.sums, self.squares)
        )
        mean = sums / counts
        std = (squares / counts - mean.square()).clamp(min=SMALLEST_STD**2).sqrt()
        return mean.float(), std.float()
