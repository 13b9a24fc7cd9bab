"""Patterns of materials: tiles that repeat without a seam, from 0 (first colour) to 255 (second colour)."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Tile = NDArray[np.uint8]
SIDE = 240  # of a tile; has many divisors, so that regular patterns close


@cache
def tile(name: str) -> Tile:
    """The pattern of that name, uint8 [SIDE, SIDE]."""
    return np.rint(255 * np.clip(PATTERNS[name](), 0, 1)).astype(np.uint8)


def noise(seed: int, down: float, across: float) -> NDArray[Any]:
    """Cloudy values of mean 0 and deviation 1, as large down and across the tile as given."""
    white = np.random.default_rng(seed).standard_normal((SIDE, SIDE))
    smooth = ndimage.gaussian_filter(white, (down, across), mode="wrap")
    return (smooth - smooth.mean()) / smooth.std()


def _grid() -> tuple[NDArray[Any], NDArray[Any]]:
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float64)
    return y, x


def _plain() -> NDArray[Any]:
    return 0.3 + 0.12 * noise(1, 9, 9)


def _fur() -> NDArray[Any]:
    return 0.45 + 0.28 * noise(2, 7, 1.1) + 0.1 * noise(3, 12, 12)


def _hide() -> NDArray[Any]:
    return 0.4 + 0.12 * noise(4, 4, 1.5) + 0.1 * noise(5, 14, 14)


def _patches() -> NDArray[Any]:
    return 0.5 + 3 * (noise(6, 15, 15) - 0.1)


def _wool() -> NDArray[Any]:
    return 1.1 - 0.7 * np.abs(noise(7, 2.6, 2.6)) - 0.15 * np.abs(noise(8, 8, 8))


def _feather() -> NDArray[Any]:
    y, x = _grid()
    row = np.floor(y / 10)
    scallop = ((x + 6 * (row % 2)) % 12 - 6) ** 2 / 36 + ((y % 10) / 10 - 0.2) ** 2
    return 0.75 * scallop + 0.12 * noise(9, 3, 1)


def _wood() -> NDArray[Any]:
    y, _ = _grid()
    return 0.5 + 0.3 * np.sin(2 * np.pi * (y / 15 + 0.7 * noise(10, 5, 26))) + 0.15 * noise(11, 0.8, 14)


def _cloth() -> NDArray[Any]:
    return 0.4 + 0.13 * noise(12, 1, 1) + 0.2 * noise(13, 10, 7)


def _stripes() -> NDArray[Any]:
    y, _ = _grid()
    return 0.85 * (y % 20 < 8) + 0.08 * noise(12, 1, 1)


def _plaid() -> NDArray[Any]:
    y, x = _grid()
    return 0.42 * (y % 24 < 10) + 0.42 * (x % 24 < 10) + 0.08 * noise(12, 1, 1)


def _dots() -> NDArray[Any]:
    y, x = _grid()
    return 1.0 * ((y % 16 - 8) ** 2 + (x % 16 - 8) ** 2 < 16) + 0.08 * noise(12, 1, 1)


def _leather() -> NDArray[Any]:
    return 0.35 + 0.3 * (np.abs(noise(14, 1.6, 1.6)) < 0.25) + 0.12 * noise(15, 12, 12)


def _metal() -> NDArray[Any]:
    return 0.35 + 0.2 * noise(16, 16, 30) + 0.05 * noise(17, 0.6, 8)


def _glass() -> NDArray[Any]:
    y, x = _grid()
    return 0.2 + 0.6 * ((x + y) % 80 < 16) + 0.1 * noise(18, 12, 12)


def _leaves() -> NDArray[Any]:
    return 0.5 + 0.22 * noise(19, 2, 2) + 0.2 * noise(20, 7, 7)


def _stone() -> NDArray[Any]:
    return 0.45 + 0.15 * noise(21, 1.4, 1.4) + 0.18 * noise(22, 9, 9)


def _clouds() -> NDArray[Any]:
    return 0.25 + 0.25 * noise(23, 12, 28) + 0.1 * noise(24, 4, 9)


def _grass() -> NDArray[Any]:
    return 0.45 + 0.2 * noise(25, 2.2, 0.9) + 0.18 * noise(26, 9, 16)


def _waves() -> NDArray[Any]:
    return 0.45 + 0.25 * noise(27, 1.3, 9)


def _bricks() -> NDArray[Any]:
    y, x = _grid()
    shifted = x + 15 * (np.floor(y / 12) % 2)
    mortar = (y % 12 < 2) | (shifted % 30 < 2)
    return np.where(mortar, 1.0, 0.3 + 0.15 * noise(28, 4, 9))


def _planks() -> NDArray[Any]:
    y, _ = _grid()
    return np.where(y % 20 < 1.5, 1.0, 0.35 + 0.1 * ((y // 20) % 3) + 0.12 * noise(29, 1, 16))


PATTERNS: dict[str, Callable[[], NDArray[Any]]] = {
    "plain": _plain, "fur": _fur, "hide": _hide, "patches": _patches, "wool": _wool, "feather": _feather,
    "wood": _wood, "cloth": _cloth, "stripes": _stripes, "plaid": _plaid, "dots": _dots, "leather": _leather,
    "metal": _metal, "glass": _glass, "leaves": _leaves, "stone": _stone, "clouds": _clouds, "grass": _grass,
    "waves": _waves, "bricks": _bricks, "planks": _planks,
}  # fmt: skip
