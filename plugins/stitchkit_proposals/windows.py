"""Proposals that look at no picture: windows of several sizes and shapes on a regular grid."""

import hashlib
import math
from functools import lru_cache
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, PositiveInt
from torch import Tensor

from stitchkit.data import Dataset
from stitchkit.plugins import Config
from stitchkit.proposals import Proposals, frame_size

VERSION = 1  # of the boxes: another number, other boxes for the same options

Fractions = Annotated[tuple[Annotated[float, Field(gt=0.0, le=1.0)], ...], Field(min_length=1)]
Ratios = Annotated[tuple[PositiveFloat, ...], Field(min_length=1)]


class WindowsConfig(Config):
    """Options of `Windows`.

    Attributes:
        limit: Most windows in a frame; of more than that, evenly spread ones are taken.
        sizes: Square roots of a window's area, over that of the frame's.
        ratios: Width over height.
        step: Distance of neighbouring windows over their side, at most.
    """

    limit: PositiveInt = 2000
    sizes: Fractions = tuple(round(2 ** (-n / 2), 4) for n in range(7))  # from 1 down to 1/8
    ratios: Ratios = (0.5, 1.0, 2.0)
    step: Annotated[float, Field(gt=0.0, le=1.0)] = 0.35


class Windows(Proposals):
    """The same windows for all frames of one size, the largest first: the whole frame.

    Args:
        config: Options.
    """

    Config = WindowsConfig
    limits = "Proposals are windows on a grid, which fit objects more loosely than published proposals do."

    def __init__(self, config: WindowsConfig) -> None:
        self.config = config

    @property
    def fingerprint(self) -> str:
        """Hash of the options."""
        return hashlib.sha256(f"windows {VERSION} {self.config.model_dump_json()}".encode()).hexdigest()

    def make(self, dataset: Dataset) -> None:
        """Nothing to do."""

    def boxes(self, dataset: Dataset, index: int) -> Tensor:
        """Windows of the frame's size: float32 [P, 4], x1, y1, x2, y2, in whole pixels."""
        return torch.from_numpy(windows(*frame_size(dataset, index), self.config).astype(np.float32))


@lru_cache(maxsize=256)
def windows(height: int, width: int, config: WindowsConfig) -> NDArray[np.int64]:
    """The windows of a frame of ``height`` x ``width`` pixels: int64 [P, 4], x1, y1, x2, y2."""
    side = math.sqrt(height * width)
    grids = [
        _grid((height, width), (size * side / math.sqrt(ratio), size * side * math.sqrt(ratio)), config.step)
        for size in config.sizes
        for ratio in config.ratios
    ]
    distinct = np.unique(np.concatenate([[[0, 0, width, height]], *grids]), axis=0)
    areas = (distinct[:, 2] - distinct[:, 0]) * (distinct[:, 3] - distinct[:, 1])
    ordered = distinct[np.argsort(-areas, kind="stable")]
    count = min(config.limit, len(ordered))
    spread = ordered[np.linspace(0, len(ordered) - 1, count).round().astype(np.intp)]
    spread.flags.writeable = False  # it stays in the cache
    return spread


def _grid(frame: tuple[int, int], window: tuple[float, float], step: float) -> NDArray[np.int64]:
    """Windows of one size (height, width) that reach every edge of the frame: int64 [P, 4]."""
    rows, columns = (_places(whole, part, step) for whole, part in zip(frame, window, strict=True))
    top, left = np.meshgrid(rows[:, 0], columns[:, 0], indexing="ij")
    bottom, right = np.meshgrid(rows[:, 1], columns[:, 1], indexing="ij")
    return np.stack([left, top, right, bottom], axis=-1).reshape(-1, 4)


def _places(whole: int, part: float, step: float) -> NDArray[np.int64]:
    """Start and end of evenly spread parts of one side: int64 [P, 2]."""
    length = min(whole, max(1, round(part)))
    count = math.ceil((whole - length) / (step * length)) + 1
    starts = np.linspace(0, whole - length, count).round().astype(np.int64)
    return np.stack([starts, starts + length], axis=-1)
