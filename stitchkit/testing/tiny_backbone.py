"""The smallest backbone that every kind of task can be tried on."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from stitchkit.backbones import Backbone, Preprocess
from stitchkit.backbones.heads import DenseNet, LastMap
from stitchkit.backbones.maps import Layout
from stitchkit.backbones.regional import RegionalNet

CHANNELS = 12  # many numbers divide it: units may cut channels into groups
STAGES = ("first", "second")
LAYOUT = Layout(CHANNELS, 1, (4.0, 4.0))


class TinyBackbone(Backbone):
    """Networks of two convolutions, stride 4 in all, with stitchkit's own heads; two tap points."""

    preprocess = Preprocess()
    fingerprint = "stitchkit.testing.TinyBackbone"

    def __init__(self, config: Any = None) -> None:
        self.config = config or self.Config()

    def dense(self, outputs: int) -> DenseNet:
        """From images [B, 3, H, W] to raw scores [B, outputs, H / 4, W / 4], rounded up."""
        return DenseNet(_Trunk(), [LAYOUT], LastMap([CHANNELS], outputs, dropout=0.0), STAGES)

    def regional(self, heads: Mapping[str, int]) -> RegionalNet:
        """From images [B, 3, H, W] and RoIs [R, 5] to raw outputs [R, outputs] of each head."""
        return RegionalNet(_Trunk(), LAYOUT, heads, width=32, dropout=0.0, stages=STAGES)


class _Trunk(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, CHANNELS, 5, stride=2, padding=2)
        self.second = nn.Conv2d(CHANNELS, CHANNELS, 3, stride=2, padding=1)

    def forward(self, image: Tensor) -> list[Tensor]:
        return [torch.relu(self.second(torch.relu(self.first(image))))]
