"""Reads a folder of numbered frames with aligned maps, described by its ``dataset.json``."""

import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torchvision import tv_tensors

from stitchkit.data.dataset import Sample
from stitchkit.data.frame_description import DESCRIPTION, DepthMap, Description, FrameMap, LabelMap, NormalMap
from stitchkit.data.frame_files import excerpt, load
from stitchkit.data.maps import VOID, Depth, Labels, Normals, Target
from stitchkit.errors import InputError, unknown

Crop = tuple[int, int, int, int]
"""Top, bottom, left, right in pixels of the image: rows ``top:bottom``, columns ``left:right``."""


class FrameFolder:
    """A folder of frames: ``image/0001.png`` with its labels, depth and normals, lists of splits and groups.

    The folder is data, not trusted: only pictures and arrays are decoded, their sizes are checked before
    that, and paths cannot leave the folder (links inside it are the user's and are followed).

    Args:
        root: The folder with ``dataset.json``.

    Raises:
        InputError: The folder or its description is missing or wrong.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        self.description = Description.read(self.root)
        if self.classes and len(self.classes) > VOID - 1:
            raise InputError(f"{self.root}: {len(self.classes)} classes, but labels of one byte allow 254")

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes in the order of their labels; empty without labels."""
        labels = self.description.labels
        if labels is None:
            return ()
        return tuple(line.strip() for line in self._lines(labels.classes) if line.strip())

    @cached_property
    def _groups(self) -> dict[int, str]:
        file = self.description.groups
        pairs = [line.split(maxsplit=1) for line in self._lines(file)] if file else []
        try:
            return {int(number): group.strip() for number, group in pairs}
        except ValueError:
            raise InputError(
                f"{self.root / str(file)}: every line must be a frame number and a group"
            ) from None

    def _lines(self, file: str) -> list[str]:
        path = self.root / file
        try:
            return path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: cannot be read ({error}); {DESCRIPTION} names it") from None

    def _maps(self) -> Iterator[FrameMap]:
        described = self.description
        yield described.image
        yield from (m for m in (described.labels, described.depth, described.normals) if m is not None)

    def split(self, name: str) -> list[int]:
        """Numbers of the frames of a split, in the order of its file.

        Raises:
            InputError: No such split, its file is wrong, or it names a frame that is not there.
        """
        files = self.description.splits
        if name not in files:
            raise unknown("split", name, files, str(self.root))
        try:
            numbers = [int(line) for line in self._lines(files[name]) if line.strip()]
        except ValueError as error:
            raise InputError(
                f"{self.root / files[name]}: every line must be a frame number ({error})"
            ) from None
        if not numbers or len(set(numbers)) < len(numbers):
            raise InputError(f"{self.root / files[name]}: must name each frame once, at least one")
        for number in numbers:
            for described in self._maps():
                if number < 0 or not (self.root / described.path.format(number)).is_file():
                    raise InputError(
                        f"{self.root / files[name]}: names frame {number}, "
                        f"but there is no {described.path.format(number)}"
                    )
        return numbers

    def targets(self) -> dict[str, Target]:
        """What the frames hold beside the image, as the description says."""
        described = self.description
        found: dict[str, Target] = {}
        if described.labels:
            found["labels"] = _target("labels", described.labels, self.classes)
        if described.depth:
            found["depth"] = _target("depth", described.depth)
        if described.normals:
            found["normals"] = _target("normals", described.normals)
        return found

    def group(self, number: int) -> str:
        """The room or video a frame belongs to; its own number where the folder does not say."""
        return self._groups.get(number, f"{number:04d}")

    def fingerprint(self, split: str) -> str:
        """Hash of a split: SHA-256, 64 hexadecimal digits.

        It covers ``dataset.json``, the lists of the split, classes and groups completely, and of every
        picture and map of the split its path, its size in bytes and 1 KB each at its start, middle and end.
        A re-encoded, replaced or cut file changes it. A change of a few bytes elsewhere in an uncompressed
        ``.npy`` file of the same size does not; reading everything would take minutes.
        """
        described = self.description
        digest = hashlib.sha256()
        classes = described.labels.classes if described.labels else None
        for listed in filter(None, (DESCRIPTION, classes, described.groups)):
            digest.update(listed.encode() + b"\0" + (self.root / listed).read_bytes() + b"\0")
        for number in self.split(split):
            for each in self._maps():
                file = each.path.format(number)
                digest.update(f"{number} {file} ".encode())
                digest.update(excerpt(self.root / file))
        return digest.hexdigest()

    def read(self, number: int, crop: Crop | None = None) -> Sample:
        """Read a frame.

        Args:
            number: Number of the frame.
            crop: The part to return; all of it if not given.

        Returns:
            ``"image"`` uint8 [3, H, W] and, as far as the folder has them, ``"labels"`` (from 0, `VOID`),
            ``"depth"`` and ``"normals"`` at the image's size. Maps of another size are brought to it
            by nearest neighbour.

        Raises:
            InputError: A file is missing, broken, of another size than described, or holds an unknown label.
        """
        described = self.description
        height, width = described.image.size
        crop = crop or (0, height, 0, width)
        top, bottom, left, right = crop
        if not (0 <= top < bottom <= height and 0 <= left < right <= width):
            raise InputError(f"{self.root}: no crop {crop} in images of {height} x {width}")
        sample: Sample = {
            "image": tv_tensors.Image(torch.from_numpy(_planes(self._cut(described.image, number, crop, 3))))
        }
        if described.labels:
            sample["labels"] = Labels(self._labels(described.labels, number, crop))
        if described.depth:
            sample["depth"] = Depth(self._depth(described.depth, number, crop))
        if described.normals:
            sample["normals"] = Normals(self._normals(described.normals, number, crop))
        return sample

    def _cut(self, each: FrameMap, number: int, crop: Crop, channels: int) -> NDArray[Any]:
        """The stored values of one map that the crop needs, at the map's own resolution."""
        array = load(self.root / each.path.format(number), each.size, channels)
        rows, columns = self._nearest(each, crop)
        return array[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]

    def _nearest(self, each: FrameMap, crop: Crop) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Row and column of the map's pixel that holds the centre of each pixel of the crop."""
        (height, width), (rows, columns) = self.description.image.size, each.size
        top, bottom, left, right = crop
        vertical = (np.arange(top, bottom) + 0.5) * (rows / height)
        horizontal = (np.arange(left, right) + 0.5) * (columns / width)
        return vertical.astype(np.intp), horizontal.astype(np.intp)

    def _enlarge(self, cut: NDArray[Any], each: FrameMap, crop: Crop) -> torch.Tensor:
        """Bring [..., h, w] from the map's resolution to the crop's."""
        if each.size != self.description.image.size:
            rows, columns = self._nearest(each, crop)
            cut = cut.take(columns - columns[0], axis=-1).take(rows - rows[0], axis=-2)
        return torch.from_numpy(cut)

    def _labels(self, each: LabelMap, number: int, crop: Crop) -> torch.Tensor:
        raw = self._cut(each, number, crop, 1)
        if raw.dtype != np.uint8 or raw.max() > len(self.classes):
            raise InputError(
                f"{self.root / each.path.format(number)}: label {raw.max()} in frame {number}, "
                f"but {each.classes} names {len(self.classes)} classes"
            )
        return self._enlarge(raw - np.uint8(1), each, crop)  # 0 wraps round to VOID

    def _depth(self, each: DepthMap, number: int, crop: Crop) -> torch.Tensor:
        raw = self._cut(each, number, crop, 1)
        metres = raw * np.float32(each.scale) + np.float32(each.offset)
        known = np.isfinite(metres) & (metres > 0)
        if each.invalid is not None:
            known &= raw != each.invalid
        return self._enlarge(np.where(known, metres, np.float32(0)), each, crop)

    def _normals(self, each: NormalMap, number: int, crop: Crop) -> torch.Tensor:
        raw = self._cut(each, number, crop, 3)
        scale, offset = np.float32(each.scale), np.float32(each.offset)
        x, y, z = vectors = _planes(raw) * scale + offset
        absent_x, absent_y, absent_z = np.asarray(each.invalid, np.float32) * scale + offset
        length = np.sqrt(x * x + y * y + z * z)
        known = ((x != absent_x) | (y != absent_y) | (z != absent_z)) & np.isfinite(length) & (length > 1e-3)
        vectors *= np.where(known, 1 / np.where(known, length, 1), 0)
        return self._enlarge(vectors, each, crop)


def _target(
    kind: Literal["labels", "depth", "normals"], each: FrameMap, classes: tuple[str, ...] = ()
) -> Target:
    return Target(kind, classes, each.source, each.published)


def _planes(array: NDArray[Any]) -> NDArray[Any]:
    """[H, W, 3] to a new array [3, H, W]."""
    return array.transpose(2, 0, 1).copy()
