"""Dense networks: a trunk that gives maps, and a light head that gives scores."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models.segmentation.fcn import FCNHead
from torchvision.ops import Conv2dNormActivation

from stitchkit.backbones.maps import Layout, Maps
from stitchkit.graph.presets import declared_presets


class DenseNet(nn.Module):
    """A one-task network for dense tasks: image [B, 3, H, W] to raw scores [B, outputs, h, w].

    Args:
        trunk: From an image to tapped values (`stitchkit.graph.features`).
        layouts: What each value is.
        head: From their maps to scores; its ``tap_presets["heads"]`` says which layers give them.
        stages: Taps of the trunk, where it is stitched unless a recipe says otherwise.
    """

    def __init__(
        self, trunk: nn.Module, layouts: Sequence[Layout], head: nn.Module, stages: Sequence[str]
    ) -> None:
        super().__init__()
        taps = below("trunk", stages)
        self.tap_presets = {
            "stitch": taps,
            "heads": below("head", declared_presets(head)["heads"]),
            "split": (*beginnings(taps), "head"),
        }
        self.trunk = trunk
        self.maps = Maps(layouts)
        self.head = head

    def forward(self, image: Tensor) -> Tensor:
        """Raw scores at the stride of the map that they are computed on."""
        return self.head(self.maps(self.trunk(image), image))


class OwnHead(nn.Module):
    """A network that is dense already: its scores, or what it calls ``"out"`` if it returns a mapping.

    Args:
        trunk: The network.
        stages: Taps where it is stitched unless a recipe says otherwise; none where they are not known.
        heads: Its layers that give the scores, in order; none where they are not known.
    """

    def __init__(self, trunk: nn.Module, stages: Sequence[str] = (), heads: Sequence[str] = ()) -> None:
        super().__init__()
        presets = {"stitch": stages, "heads": heads, "split": (*beginnings(stages), *heads[:1])}
        self.tap_presets = {name: below("trunk", taps) for name, taps in presets.items() if taps}
        self.trunk = trunk

    def forward(self, image: Tensor) -> Tensor:
        """Images [B, 3, H, W] to the network's own raw scores [B, outputs, h, w]."""
        scores = self.trunk(image)
        return scores["out"] if isinstance(scores, Mapping) else scores


class LastMap(nn.Module):
    """torchvision's head of fully convolutional networks, on the last map (Long et al., CVPR 2015).

    Args:
        channels: Of the maps.
        outputs: Channels of the scores.
        dropout: Probability of dropping a value before the scores.
    """

    tap_presets: ClassVar[dict[str, tuple[str, ...]]] = {"heads": ("score.4",)}

    def __init__(self, channels: Sequence[int], outputs: int, dropout: float) -> None:
        super().__init__()
        self.score = FCNHead(channels[-1], outputs)
        for module in self.score.modules():
            if isinstance(module, nn.Dropout):
                module.p = dropout

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Maps [B, C, h, w] to scores [B, outputs, h, w] of the last one's size."""
        return self.score(maps[-1])


class MultiScale(nn.Module):
    """Scores from all maps: brought to one width and to the finest map's size, and added up.

    The lateral and smoothing convolutions of feature pyramids (Lin et al., CVPR 2017), with one sum in place
    of the pyramid, as each task needs one map of scores.

    Args:
        channels: Of the maps.
        outputs: Channels of the scores.
        width: Channels that every map is brought to.
        dropout: Probability of dropping a value before the scores.
    """

    tap_presets: ClassVar[dict[str, tuple[str, ...]]] = {"heads": ("score",)}

    def __init__(self, channels: Sequence[int], outputs: int, width: int, dropout: float) -> None:
        super().__init__()
        self.laterals = nn.ModuleList(
            Conv2dNormActivation(count, width, 1, activation_layer=None) for count in channels
        )
        self.total = FinestSum()
        self.smooth = Conv2dNormActivation(width, width, 3)
        self.drop = nn.Dropout(dropout)
        self.score = nn.Conv2d(width, outputs, 1)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Maps [B, C, h, w] to scores [B, outputs, h, w] of the finest one's size."""
        levels = [lateral(maps[i]) for i, lateral in enumerate(self.laterals)]
        return self.score(self.drop(self.smooth(self.total(levels))))


class FinestSum(nn.Module):
    """The sum of maps, brought to the finest one's size; a module, so that tracing leaves it whole."""

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Maps [B, C, h, w] of several sizes to one of the largest."""
        size = max((x.shape[-2:] for x in maps), key=lambda size: size[0] * size[1])
        first, *others = (
            F.interpolate(x, size, mode="bilinear") if x.shape[-2:] != size else x for x in maps
        )
        return sum(others, start=first)


def below(part: str, taps: Iterable[str]) -> tuple[str, ...]:
    """Taps of a part of a network as the network calls them."""
    return tuple(f"{part}.{tap}" for tap in taps)


def beginnings(stages: Sequence[str]) -> tuple[str, ...]:
    """The stages before which others lie to be shared; a call among several of one module begins nothing."""
    return tuple(tap for tap in stages[1:] if "#" not in tap)
