"""CaffeNet as a fully convolutional network with stride 32: the one-task network for dense tasks."""

from typing import ClassVar

import torch
from torch import Tensor, nn

from stitchkit.backbones.geometry import KERNEL, STRIDE, check_size, crop_offset
from stitchkit.backbones.layers import AFTER_CONV1, Layers, channels


class FCN32s(Layers):
    """From images to raw scores of the same size (Long et al., 2015, FCN-32s; released as FCN-32s-AlexNet).

    fc6 and fc7 are convolutions over pool5, ``score`` a 1x1 convolution, ``upscore`` fixed bilinear upscaling
    cut to the image. The convolutions start as PyTorch's; `stitchkit.backbones.CaffeNet` gives Caffe's
    start or trained weights.

    Args:
        outputs: Channels of the scores.
        width: Factor of every channel count; 1 is CaffeNet.
        first_padding: Zeros around the image in conv1; 100 is the released network.
        fc6_padding: Zeros around pool5; 0 is the released network. One of these stands for 32 pixels of
            ``first_padding``, at a fraction of the time on small images (`stitchkit.backbones.geometry`).
        dropout: Probability of dropping a value of fc6 and fc7.

    Raises:
        InputError: The paddings leave the margin of every image without scores.
    """

    tap_presets: ClassVar[dict[str, tuple[str, ...]]] = {
        **Layers.tap_presets,
        "heads": ("score",),
        "split": (*AFTER_CONV1, "score"),
    }

    def __init__(
        self,
        outputs: int,
        width: float = 1.0,
        first_padding: int = 100,
        fc6_padding: int = 0,
        dropout: float = 0.5,
    ) -> None:
        super().__init__(width, first_padding, fc6_padding, dropout)
        self.check_size = CheckSize(first_padding, fc6_padding)
        self.score = nn.Conv2d(channels(4096, width), outputs, 1)
        self.upscore = Upscore(crop_offset(first_padding, fc6_padding))

    def forward(self, image: Tensor) -> Tensor:
        """Images [B, 3, H, W] to raw scores [B, outputs, H, W].

        Raises:
            InputError: The scores would not cover an image of this size.
        """
        return self.upscore(self.score(self.features(self.check_size(image))), image)


class CheckSize(nn.Module):
    """Refuses images whose size the paddings do not suit; a module, so that tracing leaves it whole."""

    def __init__(self, first_padding: int, fc6_padding: int) -> None:
        super().__init__()
        self.first_padding = first_padding
        self.fc6_padding = fc6_padding

    def forward(self, image: Tensor) -> Tensor:
        """Images [B, 3, H, W], unchanged; `stitchkit.errors.InputError` where the size does not fit."""
        check_size(image.shape[-2], image.shape[-1], self.first_padding, self.fc6_padding)
        return image


class Upscore(nn.Module):
    """Bilinear upscaling by 32, cut to the image.

    Equal to Caffe's fixed deconvolution (kernel 63, stride 32, one bilinear kernel a class) followed by
    ``Crop``. Bilinear interpolation is separable, so it is one small matrix for the rows and one for the
    columns, and nothing outside the image is computed.
    """

    def __init__(self, offset: int) -> None:
        super().__init__()
        self.offset = offset

    def forward(self, score: Tensor, image: Tensor) -> Tensor:
        """Scores [B, K, h, w] to [B, K, H, W], where the image is [B, 3, H, W]."""
        rows = self._weights(score, score.shape[-2], image.shape[-2])
        columns = self._weights(score, score.shape[-1], image.shape[-1])
        return rows @ (score @ columns.T)

    def _weights(self, like: Tensor, scores: int, pixels: int) -> Tensor:
        """Weight of each score for each pixel of an axis, [pixels, scores]: 1 at its centre, 0 from 32 on."""
        position = self.offset + torch.arange(pixels, device=like.device)
        centre = KERNEL // 2 + STRIDE * torch.arange(scores, device=like.device)
        distance = (position[:, None] - centre).abs().to(like.dtype)
        return (1 - distance / STRIDE).clamp(min=0)
