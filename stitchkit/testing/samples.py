"""What a sample must hold, by the kind of each of its targets."""

from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

import torch
from torch import Tensor
from torchvision import tv_tensors

from stitchkit.data import VOID, Depth, Labels, Normals, Sample, Target
from stitchkit.testing.check import expect

KINDS = get_args(get_type_hints(Target)["kind"])
TYPES: Mapping[str, type[Tensor]] = {
    "labels": Labels,
    "depth": Depth,
    "normals": Normals,
    "boxes": tv_tensors.BoundingBoxes,
}
DTYPES = {
    "labels": torch.uint8,
    "depth": torch.float32,
    "normals": torch.float32,
    "boxes": torch.float32,
    "object_classes": torch.int64,
    "object_attributes": torch.uint8,
    "object_flags": torch.bool,
}
NAMED = ("labels", "object_classes", "object_attributes")


def expect_described(name: str, target: Target) -> None:
    """Raise `Broken` unless a target is of a known kind, with names for its classes where it has any."""
    expect(target.kind in KINDS, f"{name!r} of a kind among {', '.join(KINDS)}", repr(target.kind))
    if target.kind in NAMED:
        expect(bool(target.classes), f"names of the classes of {name!r}", "none")
    distinct = len(set(target.classes)) == len(target.classes)
    expect(distinct, f"different names of the classes of {name!r}", target.classes)


def expect_as_announced(sample: Sample, targets: Mapping[str, Target], frame: str) -> None:
    """Raise `Broken` unless a sample has an image, and values of the kinds that its targets say."""
    image = sample["image"]
    expect(isinstance(image, tv_tensors.Image), f"a tv_tensors.Image of {frame}", type(image).__name__)
    kind = (image.dtype, image.dim(), image.shape[0])
    expect(kind == (torch.uint8, 3, 3), f"uint8 [3, H, W] of {frame}", f"{image.dtype} {tuple(image.shape)}")
    size = tuple(image.shape[1:])
    counts = {}
    for name, target in targets.items():
        if name not in sample:
            continue
        value = sample[name]
        what = f"{name!r} of {frame}"
        wanted = TYPES.get(target.kind, Tensor)
        expect(isinstance(value, wanted), f"a {wanted.__name__} as {what}", type(value).__name__)
        expect(value.dtype == DTYPES[target.kind], f"{DTYPES[target.kind]} as {what}", value.dtype)
        plain = value.as_subclass(Tensor)
        if target.per_object:
            counts[name] = len(plain)
            _expect_rows(plain, target, size, what)
        else:
            _expect_map(plain, target, size, what)
    expect(len(set(counts.values())) <= 1, f"as many of everything that is of an object of {frame}", counts)
    unannounced = sample.keys() - targets.keys() - {"image", "key", "native_size", "proposals"}
    expect(not unannounced, f"nothing but {sorted(targets)} in {frame}", sorted(unannounced))


def _expect_map(value: Tensor, target: Target, size: tuple[int, ...], what: str) -> None:
    shape = (3, *size) if target.kind == "normals" else size
    expect(tuple(value.shape) == shape, f"shape {shape} of {what}", tuple(value.shape))
    if target.kind == "labels":
        wrong = (value >= len(target.classes)) & (value != VOID)
        expect(not wrong.any(), f"labels below {len(target.classes)} or {VOID} in {what}", value[wrong][:3])
    elif target.kind == "depth":
        expect(bool((value.isfinite() & (value >= 0)).all()), f"metres, 0 for void, in {what}", value.min())
    else:
        length = value.norm(dim=0)
        unit = (length - 1).abs() < 1e-3
        expect(bool((unit | (length == 0)).all()), f"unit vectors, zero for void, in {what}", length.max())


def _expect_rows(value: Tensor, target: Target, size: tuple[int, ...], what: str) -> None:
    shapes: dict[str, tuple[Any, ...]] = {"boxes": (4,), "object_attributes": (len(target.classes),)}
    shape = shapes.get(target.kind, ())
    expect(tuple(value.shape[1:]) == shape, f"rows of shape {shape} in {what}", tuple(value.shape[1:]))
    if target.kind == "boxes":
        expect_boxes(value, size, what)
    elif target.kind == "object_classes":
        wrong = (value < 0) | (value >= len(target.classes))
        expect(not wrong.any(), f"classes from 0, below {len(target.classes)}, in {what}", value[wrong][:3])
    elif target.kind == "object_attributes":
        expect(bool((value <= 1).all()), f"0 or 1 in {what}", value.max())


def expect_boxes(boxes: Tensor, size: tuple[int, ...], what: str) -> None:
    """Raise `Broken` unless boxes [N, 4] lie inside a frame of this height and width, and have an area."""
    edges = boxes.new_tensor([size[1], size[0]])
    inside = (boxes[:, :2] >= 0) & (boxes[:, :2] < boxes[:, 2:]) & (boxes[:, 2:] <= edges)
    expect(bool(inside.all()), f"boxes x1, y1, x2, y2 inside {size} in {what}", boxes[~inside.all(dim=1)][:3])
