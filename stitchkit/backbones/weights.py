"""Trained weights for CaffeNet: from a file, checked, or not at all."""

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from stitchkit.backbones.caffemodel import read_caffemodel
from stitchkit.errors import InputError

LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7")
SOURCE = (
    "http://dl.caffe.berkeleyvision.org/bvlc_reference_caffenet.caffemodel "
    "(sha1 4c8d77deb20ea792f84eb5e6d0a11ca0a8660a46)"
)


def digest(path: Path) -> str:
    """SHA-256 of a file's content; raises `InputError` where there is no such file."""
    _require(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_weights(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """Weights and biases of conv1 to fc7 under stitchkit's names, ``"conv1.conv.weight"`` and so on, float32.

    Understood are ``.caffemodel``, ``.safetensors`` and weights-only ``.pth`` or ``.pt`` files, with layers
    named ``conv1.conv.weight`` (stitchkit's networks) or ``conv1.weight`` (as in Caffe). Fully connected
    layers become convolutions: fc6 [4096, 9216] is read as [4096, 256, 6, 6]. Other layers, such as fc8, are
    left out.

    Args:
        path: The file.
        shapes: Shape of each wanted tensor, by stitchkit's name.

    Raises:
        InputError: No such file, or it cannot be read, or a layer is missing, has another shape or holds a
            value that is not finite.
    """
    found = _read(path)
    weights = {}
    for name, shape in shapes.items():
        plain = name.replace(".conv.", ".")
        tensor = found.get(name, found.get(plain))
        if tensor is None:
            have = ", ".join(map(repr, list(found)[:8])) or "none"
            raise InputError(f"{path}: no {plain!r}; needed are {', '.join(LAYERS)}, the file has: {have}")
        weights[name] = _fit(tensor, shape, f"{path}: {plain!r}")
    return weights


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


def _read(path: Path) -> dict[str, Tensor]:
    _require(path)
    match path.suffix:
        case ".caffemodel":
            return read_caffemodel(path)
        case ".safetensors":
            try:
                return safetensors.torch.load_file(path)
            except SafetensorError:
                raise InputError(f"{path}: not a complete .safetensors file; get it again") from None
        case ".pth" | ".pt":
            return _read_torch(path)
    raise InputError(f"{path}: weights must be a .caffemodel, .safetensors, .pth or .pt file")


def _read_torch(path: Path) -> dict[str, Tensor]:
    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # what a broken file raises depends on where it broke
        raise InputError(
            f"{path}: cannot be read as tensors only; save a state dict of tensors, or a .safetensors file"
        ) from None
    if isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    if not isinstance(content, Mapping):
        raise InputError(f"{path}: holds a {type(content).__name__}, not a state dict of tensors by name")
    return {str(name): value for name, value in content.items() if isinstance(value, Tensor)}


def _require(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"{path}: no such file of weights; BVLC's CaffeNet is at {SOURCE}")
