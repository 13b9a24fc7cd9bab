"""Readers of proposals: from a file to the boxes of each frame, float32 [P, 4], edges x1, y1, x2, y2.

``.mat``, as R-CNN and Fast R-CNN distribute selective search: a cell array ``images`` with the names of the
frames, and a cell array ``boxes`` in the same order with y1, x1, y2, x2 in each row, counted from 1, last row
and column included (rbgirshick/rcnn, selective_search_boxes_batch.m; rbgirshick/fast-rcnn, pascal_voc.py).

``.npz``: an array [P, 4] for each frame under its key, with edges x1, y1, x2, y2 in pixels, counted from 0.
"""

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from stitchkit.errors import InputError

Boxes = NDArray[np.float32]


def read_mat(file: Path) -> dict[str, Boxes]:
    """The boxes of a ``.mat`` file by the name of their frame, without folders and ending.

    Raises:
        InputError: The file is not as described above; version 7.3 is not read.
    """
    try:
        found = loadmat(file, appendmat=False, variable_names=("images", "boxes"))
    except NotImplementedError:
        raise InputError(f"{file}: is of MATLAB's version 7.3; save it with -v7") from None
    except Exception as error:  # a broken file makes scipy fail in a dozen ways
        raise InputError(f"{file}: cannot be read as a MATLAB file ({error})") from None
    missing = [name for name in ("images", "boxes") if name not in found]
    if missing:
        raise InputError(f"{file}: has no variable {missing[0]!r}; it must hold cells images and boxes")
    names, cells = found["images"].ravel(), found["boxes"].ravel()
    if names.dtype != object or cells.dtype != object or len(names) != len(cells):
        raise InputError(
            f"{file}: images and boxes must be cell arrays of one length, "
            f"but got {names.dtype} [{len(names)}] and {cells.dtype} [{len(cells)}]"
        )
    boxes: dict[str, Boxes] = {}
    for name, cell in zip(names, cells, strict=True):
        key = _name(file, name)
        if key in boxes:
            raise InputError(f"{file}: frame {key} is there twice")
        y1, x1, y2, x2 = _rows(file, key, cell).T
        boxes[key] = np.stack([x1 - 1, y1 - 1, x2, y2], axis=1)
    return boxes


def read_npz(file: Path) -> dict[str, Boxes]:
    """The boxes of an ``.npz`` file by the key of their frame.

    Raises:
        InputError: The file is not as described above.
    """
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as archive:
            arrays = dict(archive)
    except Exception as error:  # a broken file makes zipfile and numpy fail in a dozen ways
        raise InputError(f"{file}: cannot be read as an .npz file ({error})") from None
    return {key: _rows(file, key, values) for key, values in arrays.items()}


READERS: dict[str, Callable[[Path], dict[str, Boxes]]] = {".mat": read_mat, ".npz": read_npz}
"""By the ending of the file."""


def _name(file: Path, cell: NDArray[Any]) -> str:
    if cell.dtype.kind != "U" or cell.size != 1:
        raise InputError(
            f"{file}: images must hold one name in each cell, but got {cell.dtype} {list(cell.shape)}"
        )
    return PurePosixPath(str(cell.item()).replace("\\", "/")).stem


def _rows(file: Path, key: str, values: NDArray[Any]) -> Boxes:
    if not values.size:  # MATLAB's empty matrix has no rows and no columns
        return np.empty((0, 4), np.float32)
    if values.dtype.kind not in "fiu" or values.ndim != 2 or values.shape[1] != 4:
        raise InputError(
            f"{file}: boxes of frame {key} must be numbers [P, 4], "
            f"but got {values.dtype} {list(values.shape)}"
        )
    return values.astype(np.float32)
