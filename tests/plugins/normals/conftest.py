from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from stitchkit.data import Dataset, Normals, Target


class Frames(Dataset):
    def __init__(self, normals: Sequence[Tensor | None], kind: Any = "normals") -> None:
        self.normals = normals
        self.targets = {"normals": Target(kind)}

    fingerprint = "frames"

    def __len__(self) -> int:
        return len(self.normals)

    def __getitem__(self, index: int) -> dict[str, Any]:
        normals = self.normals[index]
        return {} if normals is None else {"normals": Normals(normals)}

    def key(self, index: int) -> str:
        return str(index)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def frames() -> Callable[..., Dataset]:
    return Frames


@pytest.fixture(scope="session")
def random_normals() -> Callable[..., Tensor]:
    """Unit normals that face the camera, float32 [count, 3, height, width], some of them void."""

    def make(count: int, seed: int, size: tuple[int, int] = (6, 8), void: float = 0.2) -> Tensor:
        rng = np.random.default_rng(seed)
        normals = rng.standard_normal((count, 3, *size))
        normals[:, 2] = -np.abs(normals[:, 2])
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        normals *= rng.random((count, 1, *size)) >= void
        return torch.from_numpy(normals.astype(np.float32))

    return make
