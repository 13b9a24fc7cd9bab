"""Random starts of CaffeNet's weights."""

import torch
from torch import Tensor, nn

from stitchkit.backbones.layers import Layers

_BIAS_ONE = frozenset({"conv2", "conv4", "conv5", "fc6", "fc7"})


@torch.no_grad()
def caffe_start(net: Layers) -> None:
    """Caffe's own start: normal weights of deviation 0.01 (fc6 and fc7 0.005), biases 0 or 1.

    Meant for images from 0 to 255 with the mean subtracted, ``width`` 1 and CaffeNet's long schedule.
    Source: ``models/bvlc_reference_caffenet/train_val.prototxt``. The FCN's ``score`` is zero (Long et al.,
    2015, Section 4.3); the classifier's ``fc8`` has deviation 0.01.
    """
    for name, conv in convolutions(net).items():
        nn.init.normal_(conv.weight, std=0.005 if name in {"fc6", "fc7"} else 0.01)
        nn.init.constant_(_bias(conv), float(name in _BIAS_ONE))
    _zero_score(net)


@torch.no_grad()
def he_start(net: Layers) -> None:
    """Normal weights of variance 2 / fan-in, biases 0 (He et al., 2015, equation 10); ``score`` is zero.

    Keeps the scale of the activations from layer to layer, so images must come with a deviation near 1.
    """
    for conv in convolutions(net).values():
        nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        nn.init.zeros_(_bias(conv))
    _zero_score(net)


def convolutions(net: Layers) -> dict[str, nn.Conv2d]:
    """The convolutions of a network by the name of Caffe's layer, in order."""
    return {
        name.removesuffix(".conv"): module
        for name, module in net.named_modules()
        if isinstance(module, nn.Conv2d)
    }


def _bias(conv: nn.Conv2d) -> Tensor:
    assert conv.bias is not None
    return conv.bias


def _zero_score(net: Layers) -> None:
    score = getattr(net, "score", None)
    if isinstance(score, nn.Conv2d):
        nn.init.zeros_(score.weight)
        nn.init.zeros_(_bias(score))
