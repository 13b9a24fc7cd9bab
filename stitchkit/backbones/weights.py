"""Trained weights for CaffeNet: from a file, checked, or not at all."""

import math
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from stitchkit.backbones import tensors
from stitchkit.backbones.caffemodel import read_caffemodel
from stitchkit.errors import InputError

LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7")
SOURCE = (
    "BVLC's CaffeNet is at http://dl.caffe.berkeleyvision.org/bvlc_reference_caffenet.caffemodel "
    "(sha1 4c8d77deb20ea792f84eb5e6d0a11ca0a8660a46)"
)


def digest(path: Path) -> str:
    """SHA-256 of a file's content; raises `InputError` where there is no such file."""
    return tensors.digest(path, SOURCE)


def load_weights(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """Weights and biases of conv1 to fc7 under stitchkit's names, ``"conv1.conv.weight"`` and so on, float32.

    Understood are ``.caffemodel``, ``.safetensors`` and weights-only ``.pth`` or ``.pt`` files, with layers
    named ``conv1.conv.weight`` and ``fc6.linear.weight`` (stitchkit's networks) or ``conv1.weight`` (as in
    Caffe). Fully connected layers become convolutions: fc6 [4096, 9216] is read as [4096, 256, 6, 6]. Other
    layers, such as fc8, are left out.

    Args:
        path: The file.
        shapes: Shape of each wanted tensor, by stitchkit's name.

    Raises:
        InputError: No such file, or it cannot be read, or a layer is missing, has another shape or holds a
            value that is not finite.
    """
    found = tensors.read_tensors(path, SOURCE, {".caffemodel": read_caffemodel})
    weights = {}
    for name, shape in shapes.items():
        plain = name.replace(".conv.", ".")
        names = (name, name.replace(".conv.", ".linear."), plain)
        tensor = next((found[known] for known in names if known in found), None)
        if tensor is None:
            have = ", ".join(map(repr, list(found)[:8])) or "none"
            raise InputError(f"{path}: no {plain!r}; needed are {', '.join(LAYERS)}, the file has: {have}")
        weights[name] = _fit(tensor, shape, f"{path}: {plain!r}")
    return weights


def start_from(net: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy what `load_weights` returned into a network, whose fc6 and fc7 may be linear layers."""
    own = {name.replace(".linear.", ".conv."): value for name, value in net.state_dict().items()}
    for name, value in weights.items():
        own[name].copy_(value.reshape(own[name].shape))  # a state dict shares the network's memory


def _fit(tensor: Tensor, shape: tuple[int, ...], where: str) -> Tensor:
    """Caffe's older files lead with axes of size 1, and fully connected weights have two axes."""
    given = list(tensor.shape)
    while len(given) > 1 and given[0] == 1:
        given.pop(0)
    if tuple(given) != shape and given != [shape[0], math.prod(shape[1:])]:
        raise InputError(
            f"{where} has shape {list(tensor.shape)} where {list(shape)} is needed; "
            f"width must be that of the trained network (1 for BVLC's CaffeNet)"
        )
    if not tensor.is_floating_point() or not torch.isfinite(tensor).all():
        raise InputError(f"{where} holds values that are no finite numbers; get the file again")
    return tensor.to(torch.float32, copy=True).reshape(shape)  # a copy, for the file may be mapped and change
