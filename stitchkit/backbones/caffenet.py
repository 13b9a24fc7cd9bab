"""The paper's backbone: CaffeNet, BVLC's AlexNet with pooling before normalisation (Section 5)."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self, TypeVar

import torch
from pydantic import Field, NonNegativeInt, PositiveFloat, model_validator
from torch import nn

from stitchkit.backbones.base import Backbone, Preprocess
from stitchkit.backbones.fast_rcnn import FastRCNN
from stitchkit.backbones.fcn import FCN32s
from stitchkit.backbones.geometry import crop_offset
from stitchkit.backbones.layers import Classifier, Convolutions
from stitchkit.backbones.starts import caffe_start, he_start
from stitchkit.backbones.weights import LAYERS, digest, load_weights, start_from
from stitchkit.plugins import Config

Net = TypeVar("Net", bound=Convolutions)

_STARTS = {"caffe": caffe_start, "he": he_start}
_STD: dict[str, tuple[float, float, float]] = {"caffe": (1.0, 1.0, 1.0), "he": (57.4, 57.1, 58.4)}


class CaffeNetConfig(Config):
    """Options of ``stitchkit:caffenet``."""

    width: Annotated[float, Field(gt=0.0, le=4.0)] = 1.0  # factor of every channel count; 1 is CaffeNet
    # Of dense networks: zeros around the image in conv1, and around pool5. 100 and 0 are FCN-32s-AlexNet's;
    # each zero around pool5 replaces 32 of the others, in less time
    first_padding: NonNegativeInt = 100
    fc6_padding: NonNegativeInt = 0  # zeros around pool5, as above
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.5  # of fc6 and fc7
    freeze_conv1: bool = False  # as in the released Fast R-CNN; a unit at pool1 then has nothing to mix
    init: Literal["caffe", "he"] = "caffe"  # random start; he is for training from nothing, at any width
    weights: Path | None = None  # .caffemodel, .safetensors or .pth: conv1 to fc7 start from it
    mean: tuple[float, float, float] = (116.190, 97.203, 92.318)  # BGR, of FCN's networks for NYUv2
    std: tuple[PositiveFloat, PositiveFloat, PositiveFloat] | None = None  # BGR; null: see `CaffeNet`

    @model_validator(mode="after")
    def _paddings_reach_the_margin(self) -> Self:
        crop_offset(self.first_padding, self.fc6_padding)
        return self


class CaffeNet(Backbone):
    """One-task networks on CaffeNet, announced as ``stitchkit:caffenet``.

    Dense ones are FCN-32s (paper, Section 5), those for regions are Fast R-CNN (Section 6). With
    ``freeze_conv1``, networks that start alike have equal maps at pool1 for good: a unit can only scale them.

    Images are BGR from 0 to 255 with the mean subtracted. Caffe divides them by nothing. He's start assumes a
    deviation of 1, so with ``init: he`` and no ``weights`` they are divided by ImageNet's deviations. Scaling
    conv1's start instead would keep the activations but multiply conv1's relative step by 58², because its
    gradient grows as its weights shrink. ``std`` overrides either.

    Raises:
        InputError: The file of weights is missing, broken, or does not fit the options.
    """

    Config: ClassVar[type[CaffeNetConfig]] = CaffeNetConfig

    def __init__(self, config: CaffeNetConfig) -> None:
        self.config = config
        self.preprocess = Preprocess(channels="bgr", scale=255.0, mean=config.mean, std=_std(config))
        self._weights: dict[str, torch.Tensor] = {}
        self._digest = ""
        if config.weights is not None:
            with torch.device("meta"):
                wanted = self._fcn(1).state_dict()
            shapes = {
                name: tuple(value.shape) for name, value in wanted.items() if name.split(".")[0] in LAYERS
            }
            path = config.weights.expanduser()
            self._digest = digest(path)
            self._weights = load_weights(path, shapes)

    @classmethod
    def untrained(cls, config: CaffeNetConfig) -> Self:
        """The backbone without trained weights; images are divided by the same deviations."""
        return cls(config.model_copy(update={"weights": None, "std": _std(config)}))

    def dense(self, outputs: int) -> FCN32s:
        """A new FCN-32s, images [B, 3, H, W] to raw scores [B, outputs, H, W]; its scores start at zero."""
        with torch.device("meta"):  # the start is drawn below: PyTorch's own would only cost time
            net = self._fcn(outputs)
        return self._started(net)

    def regional(self, heads: Mapping[str, int]) -> FastRCNN:
        """A new Fast R-CNN: images [B, 3, H, W] and RoIs [R, 5] to raw outputs [R, outputs] of each head.

        The start of the heads is that of `stitchkit.backbones.regions.Heads`.
        """
        with torch.device("meta"):
            net = FastRCNN(heads, self.config.width, self.config.dropout)
        return self._started(net)

    def _started(self, net: Net) -> Net:
        net.to_empty(device="cpu")
        _STARTS[self.config.init](net)
        start_from(net, self._weights)
        net.conv1.requires_grad_(not self.config.freeze_conv1)
        return net

    @property
    def fingerprint(self) -> str:
        """Hash of the options and of the weights file's content; the file's name and place do not matter."""
        without = {"weights"} if self.config.freeze_conv1 else {"weights", "freeze_conv1"}  # a later option
        options = self.config.model_dump_json(exclude=without)
        return hashlib.sha256(f"stitchkit:caffenet {options} {self._digest}".encode()).hexdigest()

    def _fcn(self, outputs: int) -> FCN32s:
        options = self.config
        return FCN32s(outputs, options.width, options.first_padding, options.fc6_padding, options.dropout)


def _std(config: CaffeNetConfig) -> tuple[float, float, float]:
    return config.std or _STD["caffe" if config.weights else config.init]


def caffenet(classes: int = 1000) -> nn.Module:
    """CaffeNet for classification, 60,965,224 parameters with 1000 classes, with Caffe's random start.

    Images [B, 3, 227, 227], BGR, 0 to 255 with the mean subtracted, to logits [B, classes].
    """
    net = Classifier(classes)
    caffe_start(net)
    return net
