"""Published surface normals, one MATLAB file a frame, brought to stitchkit's axes."""

from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stitchkit.errors import InputError
from stitchkit_nyuv2.depth_normals import Camera, normals_from_depth
from stitchkit_nyuv2.matlab import variables
from stitchkit_nyuv2.official import HEIGHT, WIDTH, OfficialFile

Array = NDArray[np.float32]
Signs = tuple[int, int, int]

_CROPPED = (427, 561)  # the files of some copies hold this part only, from row 44 and column 40
_SURE = 25.0  # degrees: published and computed normals of the right axes differ by half of this at most


class GivenNormals:
    """Files ``nm_000001.mat`` with ``nx``, ``ny``, ``nz``, ``depthValid``, numbered like the official frames.

    The release of Fouhey et al. (ICCV 2013) does not say where its axes point, and copies with vectors that
    point away from the camera are about. Which signs lead to x right, y down, z forward, facing the camera,
    is found by comparison with normals computed from the depth of a few frames.

    Args:
        folder: The folder of the files.
        official: Depth of the same frames.
        numbers: The frames that will be read.

    Attributes:
        signs: Factors of ``nx``, ``ny`` and ``nz``.

    Raises:
        InputError: A file is missing or wrong, or no choice of signs fits the depth.
    """

    def __init__(self, folder: Path, official: OfficialFile, numbers: list[int]) -> None:
        self.folder = folder
        few = numbers[:: max(1, len(numbers) // 6)][:6]
        self.signs = self._find_signs(official, few)
        columns, rows = Camera().offsets(HEIGHT, WIDTH)
        self._ray_x, self._ray_y = columns / Camera().fx, rows / Camera().fy

    def __getitem__(self, number: int) -> Array:
        """Unit normals of a frame, float32 [480, 640, 3], zero where the file has none.

        Raises:
            InputError: The file is missing or wrong, or most of its normals point away from the camera.
        """
        normals = self._read(number) * np.asarray(self.signs, np.float32)
        x, y, z = np.moveaxis(normals, -1, 0)
        toward = x * self._ray_x + y * self._ray_y + z
        if (toward > 0).sum() > (toward < 0).sum():
            raise InputError(
                f"{self._path(number)}: most of its normals point away from the camera with the axis signs "
                f"{self.signs} of other frames; are the files of one release?"
            )
        return normals

    def _path(self, number: int) -> Path:
        return self.folder / f"nm_{number:06d}.mat"

    def _read(self, number: int) -> Array:
        path = self._path(number)
        found = variables(path, "nx", "ny", "nz", "depthValid")
        shapes = {array.shape for array in found.values()}
        if shapes not in ({(HEIGHT, WIDTH)}, {_CROPPED}):
            raise InputError(
                f"{path}: nx, ny, nz and depthValid must all be 480 x 640 or 427 x 561, "
                f"but got {sorted(shapes)}"
            )
        vectors = np.stack([found["nx"], found["ny"], found["nz"]], axis=-1).astype(np.float32)
        length = np.linalg.norm(vectors, axis=-1)
        valid = (found["depthValid"] != 0) & np.isfinite(length) & (length > 0.5)
        unit = np.where(valid[..., None], vectors / np.where(valid, length, 1)[..., None], np.float32(0))
        if unit.shape[:2] == _CROPPED:
            unit = np.pad(unit, ((44, HEIGHT - 44 - _CROPPED[0]), (40, WIDTH - 40 - _CROPPED[1]), (0, 0)))
        return unit

    def _find_signs(self, official: OfficialFile, numbers: list[int]) -> Signs:
        read = {number: self._read(number) for number in numbers}
        products = []
        for number, given in read.items():
            frame = official[number]
            computed = normals_from_depth(frame.depth, frame.measured)
            both = given.any(-1) & computed.any(-1)
            products.append(given[both] * computed[both])
        pooled = np.concatenate(products)
        if not len(pooled):
            raise InputError(f"{self.folder}: no valid normal in frames {numbers}; is it the right folder?")
        choices: list[Signs] = [(x, y, z) for x, y, z in product((1, -1), repeat=3)]
        medians = [_median_angle(pooled @ np.asarray(signs, np.float32)) for signs in choices]
        best = int(np.argmin(medians))
        if medians[best] > _SURE:
            raise InputError(
                f"{self.folder}: the normals do not fit the depth whatever the signs of their axes (median "
                f"difference {medians[best]:.0f} degrees at best); are they numbered like the frames?"
            )
        return choices[best]


def _median_angle(cosines: Array) -> float:
    return float(np.degrees(np.arccos(np.clip(np.median(cosines), -1, 1))))
