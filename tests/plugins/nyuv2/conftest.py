"""A few frames in the structure of the official files: a room's corner seen by the official camera."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.io import savemat
from stitchkit_nyuv2 import PrepareOptions
from stitchkit_nyuv2.depth_normals import Camera

SCENES = ["kitchen_0004", "kitchen_0004", "office_0021"]
NAMES = ["wall", "floor", *(f"class {number}" for number in range(3, 41))]


def corner(shift: float = 0.0) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.intp]]:
    """Depth, true normals and plane of each pixel: a wall ahead, a wall on the right, a floor, all turned."""
    columns, rows = Camera().offsets(480, 640)
    rays = np.stack(np.broadcast_arrays(columns / Camera().fx, rows / Camera().fy, 1.0), -1).astype(
        np.float64
    )
    normals = np.array([[0.1, 0.05, -1.0], [-1.0, 0.0, -0.2], [0.0, -1.0, -0.1]])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    along = rays @ normals.T
    depths = np.where(along < -1e-3, -np.array([3.0 + shift, 1.2, 1.1]) / np.minimum(along, -1e-3), np.inf)
    nearest = depths.argmin(-1)
    return depths.min(-1).astype(np.float32), normals[nearest].astype(np.float32), nearest


@dataclass
class Official:
    """Where the files are, and what they hold in row-major order."""

    folder: Path
    images: NDArray[np.uint8]
    labels: NDArray[np.uint16]
    depths: NDArray[np.float32]
    normals: NDArray[np.float32]
    mapping: NDArray[np.int64]

    def options(self, **changes: Any) -> PrepareOptions:
        files = {"from": "labeled.mat", "splits": "splits.mat", "classes": "classMapping40.mat"}
        named = {key: self.folder / file for key, file in files.items()}
        return PrepareOptions.model_validate({**named, "out": self.folder / "out", **changes})

    def write_normals(self, name: str, signs: tuple[int, int, int]) -> Path:
        folder = self.folder / name
        folder.mkdir()
        for number, normals in enumerate(self.normals, start=1):
            x, y, z = np.moveaxis(normals * signs, -1, 0)
            valid = np.ones((480, 640), np.uint8)
            valid[:, :45] = 0
            savemat(folder / f"nm_{number:06d}.mat", {"nx": x, "ny": y, "nz": z, "depthValid": valid})
        return folder


@pytest.fixture
def official(tmp_path: Path) -> Official:
    random = np.random.default_rng(0)
    count = len(SCENES)
    # A random patch, repeated: quick to compress.
    images = np.tile(random.integers(0, 256, (count, 48, 64, 3), dtype=np.uint8), (1, 10, 10, 1))
    labels = np.tile(random.integers(0, 895, (count, 48, 64), dtype=np.uint16), (1, 10, 10))
    images[:, 7, 11], labels[:, 11, 7] = 255, 894  # no two axes may be exchanged unnoticed
    rooms = [corner(0.2 * number) for number in range(count)]
    depths = np.stack([depth for depth, _, _ in rooms])
    raw = depths.copy()
    raw[:, :, :45] = 0
    with h5py.File(tmp_path / "labeled.mat", "w", userblock_size=512) as file:
        file.create_dataset("images", data=images.transpose(0, 3, 2, 1), chunks=(2, 3, 64, 48))
        file.create_dataset("labels", data=labels.transpose(0, 2, 1))
        file.create_dataset("depths", data=depths.transpose(0, 2, 1), chunks=(2, 640, 48))
        file.create_dataset("rawDepths", data=raw.transpose(0, 2, 1))
        scenes = file.create_dataset("scenes", (1, count), dtype=h5py.ref_dtype)
        for index, scene in enumerate(SCENES):
            text = file.create_dataset(f"#refs#/{index}", data=np.array([[ord(c)] for c in scene], np.uint16))
            scenes[0, index] = text.ref
    savemat(tmp_path / "splits.mat", {"trainNdxs": np.array([[1], [3]]), "testNdxs": np.array([[2]])})
    mapping = random.integers(1, 41, 894)
    cells = np.array([*NAMES, None], object)[:-1]
    savemat(
        tmp_path / "classMapping40.mat", {"mapClass": mapping[None].astype(float), "className": cells[None]}
    )
    return Official(tmp_path, images, labels, depths, np.stack([normals for _, normals, _ in rooms]), mapping)
