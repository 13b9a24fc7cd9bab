"""CaffeNet's layers and its 1000-way classification form."""

from collections import OrderedDict
from typing import ClassVar

from torch import Tensor, nn

from stitchkit.backbones.lrn import LocalResponseNorm

AFTER_CONV1 = ("conv2", "conv3", "conv4", "conv5", "fc6", "fc7")
"""Layers before the last that may be the first of a task's own, the least shared first (paper, Figure 2)."""


def channels(full: int, width: float) -> int:
    """Channels of a layer with ``full`` at width 1; even, because conv2, conv4 and conv5 have two groups."""
    return max(2, 2 * round(full * width / 2))


def _convolution(
    inputs: int, outputs: int, kernel: int, *, stride: int = 1, padding: int = 0, groups: int = 1
) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=padding, groups=groups)
    return nn.Sequential(OrderedDict(conv=conv, relu=nn.ReLU()))


def _pooling(padding: int = 0) -> nn.MaxPool2d:
    return nn.MaxPool2d(3, 2, padding, ceil_mode=True)  # Caffe rounds the size of a pooled map up


def _fully_connected(inputs: int, outputs: int, kernel: int, padding: int, dropout: float) -> nn.Sequential:
    layer = _convolution(inputs, outputs, kernel, padding=padding)
    layer.add_module("drop", nn.Dropout(dropout))
    return layer


class Convolutions(nn.Module):
    """What all of CaffeNet's forms share, conv1 to conv5, named as Caffe's blobs.

    A tap at a name sees what Caffe's blob of that name holds: ``conv1`` to ``conv5`` after ReLU; ``pool1``
    and ``pool2`` before local response normalisation; in the forms below, ``fc6`` and ``fc7`` after ReLU and
    dropout, because Caffe applies both in place. ``fc6.relu`` and ``fc7.relu`` are the values before dropout,
    ``conv1.conv`` and the like those before ReLU (no ReLU works in place, so that this is safe).

    Sources: ``models/bvlc_reference_caffenet/train_val.prototxt`` of BVLC Caffe; Krizhevsky et al., 2012.
    """

    def __init__(self, width: float, first_padding: int, pool_padding: int = 0) -> None:
        super().__init__()
        c1, c2, c3 = (channels(full, width) for full in (96, 256, 384))
        self.conv1 = _convolution(3, c1, 11, stride=4, padding=first_padding)
        self.pool1 = _pooling(pool_padding)
        self.norm1 = LocalResponseNorm()
        self.conv2 = _convolution(c1, c2, 5, padding=2, groups=2)
        self.pool2 = _pooling(pool_padding)
        self.norm2 = LocalResponseNorm()
        self.conv3 = _convolution(c2, c3, 3, padding=1)
        self.conv4 = _convolution(c3, c3, 3, padding=1, groups=2)
        self.conv5 = _convolution(c3, c2, 3, padding=1, groups=2)

    def maps(self, image: Tensor) -> Tensor:
        """Images [B, 3, H, W] to the blob conv5, [B, 256 * width, h, w]."""
        x = self.norm1(self.pool1(self.conv1(image)))
        x = self.norm2(self.pool2(self.conv2(x)))
        return self.conv5(self.conv4(self.conv3(x)))


class Layers(Convolutions):
    """CaffeNet's layers up to fc7, with fully connected layers as convolutions over pool5.

    Source: cross-stitch networks, Section 5 and Figure 4.

    Attributes:
        tap_presets: Names for groups of taps; ``"stitch"`` is the paper's choice for dense tasks. The forms
            below add ``"heads"`` and ``"split"``: see `stitchkit.backbones.Backbone`.
    """

    tap_presets: ClassVar[dict[str, tuple[str, ...]]] = {
        "stitch": ("pool1", "pool2", "pool5", "fc6", "fc7"),
        "pools": ("pool1", "pool2", "pool5"),
        "convolutions": ("conv1", "conv2", "conv3", "conv4", "conv5"),
    }

    def __init__(self, width: float, first_padding: int, fc6_padding: int, dropout: float) -> None:
        super().__init__(width, first_padding)
        c5, c6 = (channels(full, width) for full in (256, 4096))
        self.pool5 = _pooling()
        self.fc6 = _fully_connected(c5, c6, 6, fc6_padding, dropout)
        self.fc7 = _fully_connected(c6, c6, 1, 0, dropout)

    def features(self, image: Tensor) -> Tensor:
        """Images [B, 3, H, W] to the blob fc7, [B, 4096 * width, h, w]."""
        return self.fc7(self.fc6(self.pool5(self.maps(image))))


class Classifier(Layers):
    """CaffeNet for images of 227x227; ``fc6``, ``fc7`` and ``fc8`` are convolutions over the whole map."""

    tap_presets: ClassVar[dict[str, tuple[str, ...]]] = {
        **Layers.tap_presets,
        "heads": ("fc8",),
        "split": (*AFTER_CONV1, "fc8"),
    }

    def __init__(self, classes: int, width: float = 1.0, dropout: float = 0.5) -> None:
        super().__init__(width, first_padding=0, fc6_padding=0, dropout=dropout)
        self.fc8 = nn.Conv2d(channels(4096, width), classes, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Images [B, 3, 227, 227], BGR, 0 to 255 with the mean subtracted, to logits [B, classes]."""
        return self.fc8(self.features(image)).flatten(1)
