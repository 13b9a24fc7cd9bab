"""What Fast R-CNN does with regions of interest: pooling, fully connected layers, a head for each output."""

from collections import OrderedDict
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torchvision.ops import roi_align, roi_pool


class RoIPool(nn.Module):
    """The maximum in each cell of a grid over each region (Girshick, ICCV 2015, Section 2.1).

    Caffe rounds the first and the last pixel of a region to positions on the map and takes both as inside.
    Here a box ends at the right and bottom edge of its last pixel, so Caffe's coordinates are one less there.

    Args:
        size: Rows and columns of the grid.
        stride: Pixels of the image to a step of the map.
    """

    def __init__(self, size: int, stride: int) -> None:
        super().__init__()
        self.size = size
        self.stride = stride

    def forward(self, maps: Tensor, rois: Tensor) -> Tensor:
        """Maps [B, C, h, w] and RoIs [R, 5], image index, x1, y1, x2, y2 in pixels, to [R, C, size, size].

        A cell that lies outside the map is 0. R may be 0.
        """
        exact = torch.promote_types(maps.dtype, rois.dtype)  # half precision is too coarse for pixels
        pixels = rois.to(exact) - rois.new_tensor([0, 0, 0, 1, 1], dtype=exact)
        return roi_pool(maps.to(exact), pixels, self.size, 1 / self.stride).to(maps.dtype)


class RoIAlign(nn.Module):
    """The mean of four interpolated values in each cell of a grid over each region (He et al., ICCV 2017).

    Args:
        size: Rows and columns of the grid.
        stride: Pixels of the image to a step of the map, down and across.
    """

    def __init__(self, size: int, stride: tuple[float, float]) -> None:
        super().__init__()
        self.size = size
        self.stride = stride

    def forward(self, maps: Tensor, rois: Tensor) -> Tensor:
        """Maps [B, C, h, w] and RoIs [R, 5], image index, x1, y1, x2, y2 in pixels, to [R, C, size, size].

        R may be 0.
        """
        exact = torch.promote_types(maps.dtype, rois.dtype)  # half precision is too coarse for pixels
        down, across = self.stride
        steps = rois.to(exact) / rois.new_tensor([1, across, down, across, down], dtype=exact)
        pooled = roi_align(maps.to(exact), steps, self.size, sampling_ratio=2, aligned=True)
        return pooled.to(maps.dtype)


class Heads(nn.ModuleDict):
    """A linear layer for each named output, started as in the released Fast R-CNN networks.

    Biases start at 0, weights normal: of deviation 0.01; of 0.001 in a head called ``deltas``, which corrects
    boxes. Source: ``cls_score`` and ``bbox_pred`` in ``models/CaffeNet/train.prototxt`` of Fast R-CNN.

    Args:
        inputs: Values that are known of each region.
        outputs: Number of outputs of each head, by its name.
    """

    DEVIATION = 0.01
    DEVIATIONS: Mapping[str, float] = {"deltas": 0.001}

    def __init__(self, inputs: int, outputs: Mapping[str, int]) -> None:
        super().__init__({name: nn.Linear(inputs, count) for name, count in outputs.items()})
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the start anew, from torch's global generator."""
        for name, layer in self.items():
            nn.init.normal_(layer.get_parameter("weight"), std=self.DEVIATIONS.get(name, self.DEVIATION))
            nn.init.zeros_(layer.get_parameter("bias"))

    def forward(self, regions: Tensor) -> dict[str, Tensor]:
        """Values [R, inputs] to each head's raw outputs [R, outputs]."""
        return {name: layer(regions) for name, layer in self.items()}


def fully_connected(inputs: int, outputs: int, dropout: float) -> nn.Sequential:
    """``linear``, ``relu`` and ``drop``: regions [R, inputs] to [R, outputs]."""
    layers = OrderedDict(linear=nn.Linear(inputs, outputs), relu=nn.ReLU(), drop=nn.Dropout(dropout))
    return nn.Sequential(layers)
