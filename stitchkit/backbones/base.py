"""What stitchkit asks of a backbone, so that tasks can build networks on it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

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

    Attributes:
        preprocess: What the networks expect of an image.
        taps: Names of the points where networks are stitched unless a recipe says otherwise.
    """

    Config: ClassVar[type[Config]] = Config
    preprocess: Preprocess
    taps: tuple[str, ...]

    @abstractmethod
    def __init__(self, config: Any) -> None:
        """Raises `stitchkit.errors.InputError` where a file of weights is missing or does not fit."""

    @abstractmethod
    def dense(self, outputs: int) -> nn.Module:
        """A new network from image [B, 3, H, W] to raw scores [B, outputs, H, W].

        Random starts are drawn from torch's global generator; each call draws anew.
        """

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Hash of what determines a new network besides the seed: the options and the weights' content."""
