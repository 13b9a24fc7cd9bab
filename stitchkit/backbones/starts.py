"""Random starts of CaffeNet's weights."""

import torch
from torch import nn

from stitchkit.backbones.layers import Convolutions
from stitchkit.backbones.regions import Heads

_BIAS_ONE = frozenset({"conv2", "conv4", "conv5", "fc6", "fc7"})


@torch.no_grad()
def caffe_start(net: Convolutions) -> None:
    """Caffe's own start: normal weights of deviation 0.01 (fc6 and fc7 0.005), biases 0 or 1.

    Meant for images from 0 to 255 with the mean subtracted, ``width`` 1 and CaffeNet's long schedule.
    Source: ``models/bvlc_reference_caffenet/train_val.prototxt``. The FCN's ``score`` is zero (Long et al.,
    2015, Section 4.3); the classifier's ``fc8`` has deviation 0.01; Fast R-CNN's `Heads` have their own rule.
    """
    for name, layer in layers_of(net).items():
        nn.init.normal_(layer.weight, std=0.005 if name in {"fc6", "fc7"} else 0.01)
        nn.init.constant_(layer.get_parameter("bias"), float(name in _BIAS_ONE))
    _start_outputs(net)


@torch.no_grad()
def he_start(net: Convolutions) -> None:
    """Normal weights of variance 2 / fan-in, biases 0 (He et al., 2015, equation 10).

    Keeps the scale of the activations from layer to layer, so images must come with a deviation near 1. The
    FCN's ``score`` and Fast R-CNN's `Heads` start as in `caffe_start`.
    """
    for layer in layers_of(net).values():
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.get_parameter("bias"))
    _start_outputs(net)


def layers_of(net: Convolutions) -> dict[str, nn.Conv2d | nn.Linear]:
    """The layers with weights by the names that Caffe gives them, in order; Fast R-CNN's `Heads` left out."""
    return {
        name.removesuffix(".conv").removesuffix(".linear"): module
        for name, module in net.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear) and not name.startswith("heads.")
    }


def _start_outputs(net: Convolutions) -> None:
    for name, module in net.named_children():
        if name == "score":
            for parameter in module.parameters():
                nn.init.zeros_(parameter)
        if isinstance(module, Heads):
            module.reset_parameters()
