"""Reads the official files: nyu_depth_v2_labeled.mat, splits.mat and classMapping40.mat."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from stitchkit.errors import InputError
from stitchkit_nyuv2.matlab import flat, variables

HEIGHT, WIDTH = 480, 640
_AHEAD = 64  # frames held of each variable at most: 64 * 4 MB for all four


@dataclass(frozen=True)
class Frame:
    """One frame of the official file.

    Attributes:
        image: uint8 RGB [480, 640, 3].
        labels: uint16 [480, 640], 0 is unlabelled, otherwise an index of the 894 classes from 1.
        depth: float32 [480, 640] in metres, holes filled in by its authors.
        measured: bool [480, 640], where the sensor measured a depth.
    """

    image: NDArray[np.uint8]
    labels: NDArray[np.uint16]
    depth: NDArray[np.float32]
    measured: NDArray[np.bool_]


class OfficialFile:
    """The official labelled file, HDF5 (MATLAB 7.3), read a few frames at a time.

    MATLAB stores arrays with the axes reversed: ``images`` is [N, 3, 640, 480], ``depths``, ``rawDepths`` and
    ``labels`` are [N, 640, 480], ``scenes`` is [1, N] references to strings of uint16.

    Args:
        path: ``nyu_depth_v2_labeled.mat``.

    Raises:
        InputError: Not an HDF5 file, or a variable is missing or of another shape.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = h5py.File(path, "r")
        except OSError as error:
            reason = "no such file" if not path.exists() else f"not an HDF5 file ({error})"
            raise InputError(f"{path}: {reason}; give the official nyu_depth_v2_labeled.mat") from None
        try:
            self._images = self._frames("images", "u", 3, WIDTH, HEIGHT)
            self._labels = self._frames("labels", "u", WIDTH, HEIGHT)
            self._depths = self._frames("depths", "f", WIDTH, HEIGHT)
            self._raw_depths = self._frames("rawDepths", "f", WIDTH, HEIGHT)
            self.scenes = self._strings("scenes")
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "OfficialFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        """Number of frames."""
        return len(self._images)

    def __getitem__(self, number: int) -> Frame:
        """A frame by its official number, from 1; raises `InputError` where the file is damaged."""
        index = number - 1
        try:
            return Frame(
                image=np.ascontiguousarray(self._images[index].transpose(2, 1, 0), np.uint8),
                labels=np.ascontiguousarray(self._labels[index].T, np.uint16),
                depth=np.ascontiguousarray(self._depths[index].T, np.float32),
                measured=np.ascontiguousarray(self._raw_depths[index].T > 0),
            )
        except OSError as error:
            raise InputError(
                f"{self.path}: frame {number} cannot be read ({error}); fetch it again"
            ) from None

    def _variable(self, name: str) -> Any:
        if not isinstance(self._file.get(name), h5py.Dataset):
            raise InputError(
                f"{self.path}: has no variable {name!r}; give the official nyu_depth_v2_labeled.mat"
            )
        return self._file[name]

    def _frames(self, name: str, kind: str, *shape: int) -> "_Blocks":
        data = self._variable(name)
        count = len(self._images) if hasattr(self, "_images") else data.shape[0] if data.shape else 0
        if data.shape != (count, *shape) or data.dtype.kind != kind:
            raise InputError(
                f"{self.path}: {name!r} must be numbers [{count}, {', '.join(map(str, shape))}], "
                f"but got {data.dtype} {list(data.shape)}"
            )
        return _Blocks(data)

    def _strings(self, name: str) -> list[str]:
        data = self._variable(name)
        if data.size != len(self) or h5py.check_ref_dtype(data.dtype) is not h5py.Reference:
            raise InputError(
                f"{self.path}: {name!r} must be {len(self)} strings, but got {data.dtype} {data.shape}"
            )
        return ["".join(map(chr, self._file[reference][()].ravel())) for reference in data[()].ravel()]


class _Blocks:
    """Frames of one variable, as many at a time as its HDF5 chunks span: none is unpacked twice."""

    def __init__(self, data: Any) -> None:
        self._data = data
        self._length = min(data.chunks[0], _AHEAD) if data.chunks else 1
        self._start = -1
        self._block: NDArray[Any] = np.empty(0)

    def __len__(self) -> int:
        return int(self._data.shape[0])

    def __getitem__(self, index: int) -> NDArray[Any]:
        start = index - index % self._length
        if start != self._start:
            self._block = self._data[start : start + self._length]
            self._start = start
        return self._block[index - start]


def read_splits(path: Path, frames: int) -> dict[str, list[int]]:
    """Official numbers, from 1, of the frames of ``"train"`` and ``"test"``.

    Args:
        path: ``splits.mat`` with ``trainNdxs`` and ``testNdxs``.
        frames: Number of frames of the official file.

    Raises:
        InputError: The file or a variable is missing, or the numbers are no split of the frames.
    """
    found = variables(path, "trainNdxs", "testNdxs")
    splits = {split: [int(n) for n in flat(found[f"{split}Ndxs"])] for split in ("train", "test")}
    numbers = splits["train"] + splits["test"]
    if (
        not all(splits.values())
        or len(set(numbers)) < len(numbers)
        or not set(numbers) <= set(range(1, frames + 1))
    ):
        raise InputError(f"{path}: trainNdxs and testNdxs must be distinct frame numbers from 1 to {frames}")
    return splits


def read_classes(path: Path) -> tuple[list[str], NDArray[np.uint8]]:
    """Names of the 40 classes, and a table [895] from an official label (0 is unlabelled) to 0 or 1..40.

    Args:
        path: ``classMapping40.mat`` with ``className`` and ``mapClass`` (Gupta et al., CVPR 2013).

    Raises:
        InputError: The file or a variable is missing, or the mapping leads to no class.
    """
    found = variables(path, "className", "mapClass")
    names = ["".join(map(str, np.ravel(name))) for name in np.ravel(found["className"])]
    mapped = flat(found["mapClass"])
    if not 1 <= len(names) <= 254 or mapped.size == 0 or mapped.min() < 0 or mapped.max() > len(names):
        raise InputError(f"{path}: mapClass must map to 1..{len(names)}, the classes that className names")
    return names, np.concatenate([[0], mapped]).astype(np.uint8)
