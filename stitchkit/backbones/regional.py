"""Fast R-CNN on any trunk: pooled regions, two fully connected layers, heads."""

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from stitchkit.backbones.heads import beginnings, below
from stitchkit.backbones.maps import Layout, Maps
from stitchkit.backbones.regions import Heads, RoIAlign, fully_connected

GRID = 7  # cells of RoI alignment, down and across


class RegionalNet(nn.Module):
    """A one-task network for tasks on regions: images and regions of interest to raw outputs.

    The regions are taken from one map; fc6 and fc7 are the two layers of Fast R-CNN on feature pyramids
    (Lin et al., CVPR 2017, Section 4.2).

    Args:
        trunk: From an image to one tapped value (`stitchkit.graph.features`).
        layout: What the value is.
        heads: Number of outputs of each head, by its name.
        width: Outputs of fc6 and of fc7.
        dropout: Probability of dropping a value of fc6 and fc7.
        stages: Taps of the trunk, where it is stitched unless a recipe says otherwise.
    """

    def __init__(
        self,
        trunk: nn.Module,
        layout: Layout,
        heads: Mapping[str, int],
        width: int,
        dropout: float,
        stages: Sequence[str],
    ) -> None:
        super().__init__()
        taps = below("trunk", stages)
        self.tap_presets = {
            "stitch": (*taps, "roi_align", "fc6", "fc7"),
            "heads": below("heads", heads),
            "split": (*beginnings(taps), "fc6", "fc7", "heads"),
        }
        self.trunk = trunk
        self.maps = Maps([layout])
        self.roi_align = RoIAlign(GRID, layout.stride)
        self.fc6 = fully_connected(layout.channels * GRID**2, width, dropout)
        self.fc7 = fully_connected(width, width, dropout)
        self.heads = Heads(width, heads)

    def forward(self, image: Tensor, rois: Tensor) -> dict[str, Tensor]:
        """Raw outputs [R, outputs] of each head.

        Args:
            image: [B, 3, H, W].
            rois: [R, 5], index of the image, then x1, y1, x2, y2, edges in its pixels; R may be 0.
        """
        maps = self.maps(self.trunk(image), image)
        regions = self.roi_align(maps[0], rois)
        return self.heads(self.fc7(self.fc6(regions.flatten(1))))
