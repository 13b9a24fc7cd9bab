"""Reads the weights in a ``.caffemodel``: Caffe's ``NetParameter`` in Protocol Buffers' binary form.

Only the fields that hold weights are read, by their numbers in ``src/caffe/proto/caffe.proto``; all others
are skipped. Sizes are checked against the bytes that are there before anything is allocated. Values stay
raw bytes until numpy takes them, which generic Protocol Buffers libraries would turn into Python numbers.
"""

import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from stitchkit.errors import InputError

_LAYER, _LAYER_NAME, _LAYER_BLOBS = 100, 1, 7  # NetParameter.layer, LayerParameter.name and .blobs
_V1_LAYER, _V1_NAME, _V1_BLOBS = 2, 4, 6  # NetParameter.layers, V1LayerParameter.name and .blobs
_BLOB_DATA, _BLOB_SHAPE, _SHAPE_DIM = 5, 7, 1  # BlobProto.data and .shape, BlobShape.dim
_BLOB_OLD_SHAPE = (1, 2, 3, 4)  # BlobProto.num, .channels, .height, .width
_MOST_AXES = 32  # Caffe's kMaxBlobAxes
_VARINT, _EIGHT_BYTES, _SIZED, _FOUR_BYTES = 0, 1, 2, 5  # wire types


def read_caffemodel(path: Path) -> dict[str, Tensor]:
    """Weights as ``"<layer>.weight"`` and, where there is a second blob, ``"<layer>.bias"``, float32.

    Both Caffe's present layers and the older ``V1LayerParameter`` are understood. Shapes are as stored:
    the older form has four axes everywhere.

    Raises:
        InputError: The file is cut short or is no ``.caffemodel``.
    """
    try:
        return dict(_tensors(memoryview(path.read_bytes())))
    except _Malformed as error:
        raise InputError(f"{path}: not a complete .caffemodel: {error}; get it again") from None


class _Malformed(Exception):
    """The bytes are not the message they should be."""


def _tensors(message: memoryview) -> Iterator[tuple[str, Tensor]]:
    numbers = {_LAYER: (_LAYER_NAME, _LAYER_BLOBS), _V1_LAYER: (_V1_NAME, _V1_BLOBS)}
    for field, layer in _fields(message):
        if field not in numbers or isinstance(layer, int):
            continue
        name_field, blobs_field = numbers[field]
        name, blobs = "?", []
        for inner, value in _fields(layer):
            if inner == name_field and not isinstance(value, int):
                name = bytes(value).decode(errors="replace")
            elif inner == blobs_field and not isinstance(value, int):
                blobs.append(value)
        for kind, blob in islice(zip(("weight", "bias"), blobs, strict=False), 2):
            yield f"{name}.{kind}", _blob(blob, f"{kind} of layer {name!r}")


def _blob(message: memoryview, what: str) -> Tensor:
    shape: list[int] = []
    old_shape: dict[int, int] = {}
    chunks: list[memoryview] = []
    for field, value in _fields(message):
        if field == _BLOB_DATA and not isinstance(value, int):
            chunks.append(value)  # one packed run, or four bytes for each value
        elif field == _BLOB_SHAPE and not isinstance(value, int):
            shape += _dimensions(value)
        elif field in _BLOB_OLD_SHAPE and isinstance(value, int):
            old_shape[field] = value
    if not shape and old_shape:
        shape = [old_shape.get(field, 0) for field in _BLOB_OLD_SHAPE]
    data = chunks[0] if len(chunks) == 1 else memoryview(b"".join(chunks))
    if len(shape) > _MOST_AXES:
        raise _Malformed(f"{what} has {len(shape)} axes")
    if not data or 4 * math.prod(shape) != len(data):
        raise _Malformed(f"{what} should have shape {shape} but holds {len(data)} bytes")
    return torch.from_numpy(np.frombuffer(data, dtype="<f4").astype(np.float32)).reshape(shape)


def _dimensions(message: memoryview) -> Iterator[int]:
    for field, value in _fields(message):
        if field != _SHAPE_DIM:
            continue
        if isinstance(value, int):
            yield value
        else:  # packed
            at = 0
            while at < len(value):
                dimension, at = _varint(value, at)
                yield dimension


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field: an int where it was stored as a variable-length one, else its bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        field, wire = key >> 3, key & 7
        if wire == _VARINT:
            number, at = _varint(message, at)
            yield field, number
            continue
        if wire == _SIZED:
            size, at = _varint(message, at)
        elif wire in (_FOUR_BYTES, _EIGHT_BYTES):
            size = 4 if wire == _FOUR_BYTES else 8
        else:
            raise _Malformed(f"field {field} has the unknown wire type {wire}")
        if size > len(message) - at:
            raise _Malformed(f"field {field} claims {size} bytes where {len(message) - at} are left")
        yield field, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A variable-length integer and the position after it: seven bits a byte, the lowest first."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise _Malformed("it ends in the middle of a number")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise _Malformed("a number is longer than ten bytes")
