"""Decodes one picture or array of a frame, and nothing but that: its size is known before it is decoded."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stitchkit.errors import InputError

_BLOCK = 1024
_CHANNELS = {"RGB": 3, "L": 1, "P": 1, "I": 1, "I;16": 1}


def load(path: Path, size: tuple[int, int], channels: int) -> NDArray[Any]:
    """The stored values of a ``.jpg``, ``.png`` or ``.npy`` file: [H, W], or [H, W, 3] for three channels.

    Args:
        path: The file; its ending tells the format.
        size: Height and width that it must have.
        channels: 1 or 3.

    Raises:
        InputError: The file is missing, broken or of another shape.
    """
    try:
        if path.suffix == ".npy":
            return _array(path, (*size, 3) if channels == 3 else size)
        return _picture(path, size, channels)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file: is the data set complete?") from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise InputError(f"{path}: {error or type(error).__name__}; write or fetch this file again") from None


def _array(path: Path, shape: tuple[int, ...]) -> NDArray[Any]:
    # Mapped, not read: a shape that the file only claims to have takes no memory.
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    if array.shape != shape or array.dtype.kind not in "fiu":
        raise ValueError(f"must be numbers {list(shape)}, but got {array.dtype} {list(array.shape)}")
    return array


def _picture(path: Path, size: tuple[int, int], channels: int) -> NDArray[Any]:
    with Image.open(path, formats=("JPEG", "PNG")) as picture:
        if picture.size != size[::-1]:
            width, height = picture.size
            raise ValueError(f"must be {size[0]} x {size[1]} (height x width), but got {height} x {width}")
        if _CHANNELS.get(picture.mode) != channels:
            raise ValueError(f"must have {channels} channels, but its mode is {picture.mode}")
        return np.asarray(picture)


def excerpt(path: Path) -> bytes:
    """Size of a file and 1 KB each of its start, middle and end: what a fingerprint covers of it."""
    size = path.stat().st_size
    parts = [str(size).encode()]
    with path.open("rb", buffering=0) as file:
        for start in (0, (size - _BLOCK) // 2, size - _BLOCK):
            file.seek(max(0, start))
            parts.append(file.read(_BLOCK))
    return b" ".join(parts)
