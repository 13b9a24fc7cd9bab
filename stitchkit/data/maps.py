"""Maps that travel with an image: what a pixel can hold, and how mirroring and resizing change it."""

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional as F

VOID = 255  # label of pixels without ground truth


class Labels(tv_tensors.Mask):
    """Class of each pixel: uint8 [H, W], from 0; `VOID` where there is no ground truth."""


class Depth(tv_tensors.Mask):
    """Distance along the optical axis in metres: float32 [H, W]; 0 where there is no ground truth."""


class Normals(tv_tensors.TVTensor):
    """Unit surface normals: float32 [3, H, W], x right, y down, z forward; zero where nothing is known.

    The normals face the camera: n · ray < 0, so mostly z < 0. Mirroring negates x as well as moving the
    pixels; resizing takes the nearest pixel, because averages of normals are not of unit length.
    """

    def __new__(cls, data: Any) -> "Normals":
        """Wrap a tensor or array without copying it."""
        return torch.as_tensor(data, dtype=torch.float32).as_subclass(cls)


@F.register_kernel(functional="horizontal_flip", tv_tensor_cls=Normals)
def _mirror_normals(normals: torch.Tensor, *args: Any, **kwargs: Any) -> Normals:
    flipped = normals.as_subclass(torch.Tensor).flip(-1)
    return Normals(flipped * flipped.new_tensor([-1.0, 1.0, 1.0])[:, None, None])


@F.register_kernel(functional="resize", tv_tensor_cls=Normals)
def _resize_normals(normals: torch.Tensor, size: Any, *args: Any, **kwargs: Any) -> Normals:
    nearest = F.InterpolationMode.NEAREST_EXACT
    plain = normals.as_subclass(torch.Tensor)
    return Normals(F.resize(plain, list(size), interpolation=nearest, max_size=kwargs.get("max_size")))


# A transform without a kernel for Normals would leave them as they are without a word.
@F.register_kernel(functional="crop", tv_tensor_cls=Normals)
def _crop_normals(normals: torch.Tensor, *args: Any, **kwargs: Any) -> Normals:
    return Normals(F.crop(normals.as_subclass(torch.Tensor), *args, **kwargs))


@F.register_kernel(functional="center_crop", tv_tensor_cls=Normals)
def _center_crop_normals(normals: torch.Tensor, *args: Any, **kwargs: Any) -> Normals:
    return Normals(F.center_crop(normals.as_subclass(torch.Tensor), *args, **kwargs))


@dataclass(frozen=True)
class Target:
    """What a data set says about one part of its ground truth.

    Attributes:
        kind: A map as large as the image: ``"labels"`` (`Labels`), ``"normals"`` (`Normals`) or ``"depth"``
            (`Depth`); or something of each of N objects: ``"boxes"`` (`torchvision.tv_tensors.BoundingBoxes`,
            float32 [N, 4]), ``"object_classes"`` (int64 [N], from 0), ``"object_attributes"`` (uint8 [N, A],
            0 or 1) or ``"object_flags"`` (bool [N]).
        classes: Names of the classes, in the order of their labels, or of the attributes; else empty.
        source: Where the ground truth comes from, in one sentence.
        published: Whether it is the ground truth that published figures were measured on; only then may a
            table set such figures beside its own.
    """

    kind: Literal[
        "labels", "normals", "depth", "boxes", "object_classes", "object_attributes", "object_flags"
    ]
    classes: tuple[str, ...] = ()
    source: str = ""
    published: bool = False

    @property
    def per_object(self) -> bool:
        """Whether it is something of each object, of which a frame has any number, and not a map."""
        return self.kind not in ("labels", "normals", "depth")

    @property
    def void(self) -> float:
        """The value of a pixel without ground truth."""
        return VOID if self.kind == "labels" else 0.0
