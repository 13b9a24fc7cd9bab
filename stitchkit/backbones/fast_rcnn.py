"""CaffeNet in the form of Fast R-CNN: the one-task network for tasks on regions (paper, Section 6)."""

from collections.abc import Mapping

from torch import Tensor

from stitchkit.backbones.heads import below
from stitchkit.backbones.layers import AFTER_CONV1, Convolutions, channels
from stitchkit.backbones.regions import Heads, RoIPool, fully_connected

GRID = 6  # cells of RoI pooling, down and across: what fc6 takes
STRIDE = 16  # pixels of the image to a step of conv5's map


class FastRCNN(Convolutions):
    """From images and regions of interest to raw outputs for each region (Girshick, ICCV 2015).

    conv1 is padded by 5 zeros, pool1 and pool2 by 1; RoI pooling stands in the place of pool5. Taps at
    ``pool1`` and ``pool2`` see whole images, those at ``roi_pool5``, ``fc6`` and ``fc7`` regions. The layers
    start as PyTorch's; `stitchkit.backbones.CaffeNet` gives Caffe's start or trained weights.

    Source: ``models/CaffeNet/train.prototxt`` of Fast R-CNN.

    Args:
        heads: Number of outputs of each head, by its name.
        width: Factor of every channel count; 1 is CaffeNet.
        dropout: Probability of dropping a value of fc6 and fc7.

    Attributes:
        tap_presets: Names for groups of taps; ``"stitch"`` is the choice of Figure 4, ``"pools"`` that of
            Section 6, which speaks of pooling layers alone.
    """

    def __init__(self, heads: Mapping[str, int], width: float = 1.0, dropout: float = 0.5) -> None:
        super().__init__(width, first_padding=5, pool_padding=1)
        c5, c6 = (channels(full, width) for full in (256, 4096))
        self.roi_pool5 = RoIPool(GRID, STRIDE)
        self.fc6 = fully_connected(c5 * GRID**2, c6, dropout)
        self.fc7 = fully_connected(c6, c6, dropout)
        self.heads = Heads(c6, heads)
        self.tap_presets = {
            "stitch": ("pool1", "pool2", "roi_pool5", "fc6", "fc7"),
            "pools": ("pool1", "pool2", "roi_pool5"),
            "convolutions": ("conv1", "conv2", "conv3", "conv4", "conv5"),
            "heads": below("heads", heads),
            "split": (*AFTER_CONV1, "heads"),
        }

    def forward(self, image: Tensor, rois: Tensor) -> dict[str, Tensor]:
        """Raw outputs [R, outputs] of each head.

        Args:
            image: [B, 3, H, W].
            rois: [R, 5], index of the image, then x1, y1, x2, y2, edges in its pixels; R may be 0.
        """
        regions = self.roi_pool5(self.maps(image), rois)
        return self.heads(self.fc7(self.fc6(regions.flatten(1))))
