"""What stitchkit asks of a backbone, so that tasks can build networks on it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import torch
from torch import Tensor, nn

from stitchkit.errors import InputError
from stitchkit.plugins import Config


@dataclass(frozen=True)
class Preprocess:
    """From uint8 RGB images to what a network was trained on: order of channels, scale, mean and deviation.

    Attributes:
        channels: Order of the channels that the network expects.
        scale: Value that a white pixel has before the mean is subtracted: 1 or 255.
        mean: Subtracted from each channel, in the order ``channels`` and the units of ``scale``.
        std: Divides each channel after that.
    """

    channels: Literal["rgb", "bgr"] = "rgb"
    scale: float = 1.0
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)

    def __call__(self, images: Tensor) -> Tensor:
        """Images uint8 [B, 3, H, W] in RGB to float32 [B, 3, H, W]."""
        x = images.to(torch.float32) * (self.scale / 255.0)
        if self.channels == "bgr":
            x = x.flip(1)
        return (x - x.new_tensor(self.mean)[:, None, None]) / x.new_tensor(self.std)[:, None, None]


class Backbone(ABC):
    """Makes one-task networks; registered under the entry-point group ``stitchkit.backbones``.

    Where its networks are stitched unless a recipe says otherwise, they say themselves, in an attribute
    ``tap_presets: dict[str, tuple[str, ...]]`` under ``"stitch"``; without it, at their stages. In the same
    way ``"heads"`` are the layers that give the raw outputs (`stitchkit.latent`), and ``"split"`` are those
    at which networks may be split (`stitchkit.split`), in the order of execution: the least shared first.

    Attributes:
        preprocess: What the networks expect of an image.
    """

    Config: ClassVar[type[Config]] = Config
    preprocess: Preprocess

    @abstractmethod
    def __init__(self, config: Any) -> None:
        """Raises `stitchkit.errors.InputError` where a file of weights is missing or does not fit."""

    @classmethod
    def untrained(cls, config: Any) -> Self:
        """The backbone for networks that are filled afterwards: trained weights are neither read nor fetched.

        A backbone that can start from such weights leaves them out here; all else is as with them.
        """
        return cls(config)

    @abstractmethod
    def dense(self, outputs: int) -> nn.Module:
        """A new network from image [B, 3, H, W] to raw scores [B, outputs, h, w].

        The scores may be coarser than the image: tasks bring them to the size of the ground truth.
        Random starts are drawn from torch's global generator; each call draws anew.
        """

    def regional(self, heads: Mapping[str, int]) -> nn.Module:
        """A new network for tasks on regions: image [B, 3, H, W], rois [R, 5] to raw outputs by head.

        Its ``forward(image, rois)`` returns [R, outputs] for each name in ``heads``. A region is the index of
        its image, then x1, y1, x2, y2: its left, top, right and bottom edges in pixels. R may be 0.
        Random starts are drawn as in `dense`, those of the heads last: networks that differ in their heads
        alone start alike in all else.

        Args:
            heads: Number of outputs of each head, by its name.

        Raises:
            InputError: The backbone makes dense networks only, as every backbone does that lacks this method.
        """
        raise InputError(
            f"backbone {type(self).__name__} makes no networks for tasks on regions, which"
            f" {', '.join(heads)} belong to; use another, for example stitchkit:caffenet"
        )

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Hash of what determines a new network besides the seed: the options and the weights' content."""
