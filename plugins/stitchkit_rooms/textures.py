"""Procedural textures: from a place on a surface, in metres, to the colour there.

A pattern says for each place how far its colour lies from a material's first colour to its second. Classes
share patterns and colours, so that neither gives a class away.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Colour = tuple[float, float, float]

_LATTICE = np.random.default_rng(1603_04539).random((256, 256), dtype=np.float32)


def noise(u: Array, v: Array) -> Array:
    """Smooth random values in [0, 1], one a lattice cell of side 1, at places ``u``, ``v`` [P]."""
    iu, iv = np.floor(u), np.floor(v)
    fu, fv = u - iu, v - iv
    fu, fv = fu * fu * (3 - 2 * fu), fv * fv * (3 - 2 * fv)
    r, c = iu.astype(np.int32) & 255, iv.astype(np.int32) & 255
    r1, c1 = (r + 1) & 255, (c + 1) & 255
    top = _LATTICE[r, c] * (1 - fv) + _LATTICE[r, c1] * fv
    bottom = _LATTICE[r1, c] * (1 - fv) + _LATTICE[r1, c1] * fv
    return top * (1 - fu) + bottom * fu


def cells(u: Array, v: Array) -> Array:
    """One random value in [0, 1] a unit cell, at places ``u``, ``v`` [P]."""
    return _LATTICE[np.floor(u).astype(np.int32) & 255, np.floor(v).astype(np.int32) & 255]


@cache
def _clouds() -> Array:
    """Noise of three sizes on 32 by 32 cells of 32 by 32 samples: drawn once, because it is used most."""
    u, v = (axis.ravel().astype(np.float32) for axis in np.mgrid[0:32:1024j, 0:32:1024j])
    sum_ = 0.55 * noise(u, v) + 0.3 * noise(2.1 * u + 17, 2.1 * v) + 0.15 * noise(4.3 * u, 4.3 * v + 31)
    return sum_.reshape(1024, 1024).astype(np.float32)


def _cloudy(u: Array, v: Array) -> Array:
    return _clouds()[np.floor(32 * u).astype(np.int32) & 1023, np.floor(32 * v).astype(np.int32) & 1023]


def _plain(u: Array, v: Array) -> Array:
    return 0.25 * noise(3 * u, 3 * v)


def _plaster(u: Array, v: Array) -> Array:
    return 0.6 * _cloudy(2 * u, 2 * v) + 0.25 * noise(60 * u, 60 * v)


def _wood(u: Array, v: Array) -> Array:
    rings = noise(1.2 * u, 9 * v) * 5 + 14 * v
    streaks = noise(4 * u, 150 * v)
    return 0.55 * (0.5 + 0.5 * np.sin(2 * np.pi * rings)) * noise(u, 5 * v) + 0.45 * streaks


def _planks(u: Array, v: Array) -> Array:
    row = np.floor(v / 0.11)
    along = u + 0.37 * row * 1.7
    board = cells(along / 0.9, row)
    seam = (np.mod(v, 0.11) < 0.004) | (np.mod(along, 0.9) < 0.004)
    return np.where(seam, 1.0, 0.55 * board + 0.4 * _wood(u + 7 * board, v + 3 * board)).astype(np.float32)


def _tiles(u: Array, v: Array) -> Array:
    grout = (np.mod(u, 0.25) < 0.009) | (np.mod(v, 0.25) < 0.009)
    return np.where(grout, 1.0, 0.3 * cells(u / 0.25, v / 0.25) + 0.25 * _cloudy(8 * u, 8 * v)).astype(
        np.float32
    )


def _checker(u: Array, v: Array) -> Array:
    odd = np.mod(np.floor(u / 0.3) + np.floor(v / 0.3), 2)
    return (0.8 * odd + 0.15 * _cloudy(6 * u, 6 * v)).astype(np.float32)


def _bricks(u: Array, v: Array) -> Array:
    row = np.floor(v / 0.075)
    along = u + 0.11 * np.mod(row, 2)
    mortar = (np.mod(v, 0.075) < 0.011) | (np.mod(along, 0.22) < 0.011)
    return np.where(mortar, 1.0, 0.6 * cells(along / 0.22, row)).astype(np.float32)


def _woven(u: Array, v: Array) -> Array:
    return 0.35 * noise(90 * u, 90 * v) + 0.3 * _cloudy(3 * u, 3 * v)


def _stripes(u: Array, v: Array) -> Array:
    return (0.85 * (np.mod(u, 0.12) < 0.05) + 0.15 * noise(80 * u, 80 * v)).astype(np.float32)


def _plaid(u: Array, v: Array) -> Array:
    bands = 0.4 * (np.mod(u, 0.16) < 0.06) + 0.4 * (np.mod(v, 0.16) < 0.06)
    return (bands + 0.15 * noise(80 * u, 80 * v)).astype(np.float32)


def _dots(u: Array, v: Array) -> Array:
    inside = (np.mod(u, 0.14) - 0.07) ** 2 + (np.mod(v, 0.14) - 0.07) ** 2 < 0.04**2
    return (0.8 * inside + 0.2 * noise(50 * u, 50 * v)).astype(np.float32)


def _floral(u: Array, v: Array) -> Array:
    return np.clip(4 * (_cloudy(9 * u, 9 * v) - 0.45), 0, 1)


def _carpet(u: Array, v: Array) -> Array:
    return 0.5 * noise(120 * u, 120 * v) + 0.35 * _cloudy(1.5 * u, 1.5 * v)


def _ornament(u: Array, v: Array) -> Array:
    rings = np.maximum(np.abs(u), np.abs(v))
    border = np.mod(rings, 0.35) < 0.07
    figure = np.sin(24 * u) * np.sin(24 * v) > 0.25
    return (0.6 * (border | figure) + 0.3 * noise(90 * u, 90 * v)).astype(np.float32)


def _stone(u: Array, v: Array) -> Array:
    veins = np.abs(_cloudy(3 * u, 3 * v) - 0.5) < 0.025
    return (0.5 * _cloudy(40 * u, 40 * v) + 0.35 * veins).astype(np.float32)


def _painting(u: Array, v: Array) -> Array:
    """A different mixture a channel: hills, blots and figures in many colours."""
    bend = 1.5 * noise(4 * u, 4 * v)
    channels = [
        np.clip(2.2 * (_cloudy(3.5 * u + 40 * k + bend, 3.5 * v + 13 * k) - 0.28), 0, 1) for k in range(3)
    ]
    return np.stack(channels, axis=-1)


def _outdoors(u: Array, v: Array) -> Array:
    """Sky above leaves and walls, as a window shows them out of focus; ``v`` is height above the floor."""
    leaves = np.clip(3 * (_cloudy(3 * u, 3 * v) - 0.62 + 0.35 * (1.5 - v)), 0, 1)
    shade = 0.35 + 0.5 * noise(9 * u, 9 * v)
    sky = np.stack([0.75 + 0 * v, 0.85 + 0 * v, 1.0 + 0 * v], axis=-1)
    green = np.stack([0.45 * shade, 0.55 * shade, 0.3 * shade], axis=-1)
    return sky + (green - sky) * leaves[:, None]


def _print(u: Array, v: Array) -> Array:
    line = np.mod(v, 0.02) < 0.009
    return (0.75 * (line & (noise(70 * u, v / 0.02) > 0.35))).astype(np.float32)


PATTERNS: dict[str, Callable[[Array, Array], Array]] = {
    "plain": _plain, "plaster": _plaster, "wood": _wood, "planks": _planks, "tiles": _tiles,
    "checker": _checker, "bricks": _bricks, "woven": _woven, "stripes": _stripes, "plaid": _plaid,
    "dots": _dots, "floral": _floral, "carpet": _carpet, "ornament": _ornament, "stone": _stone,
    "painting": _painting, "outdoors": _outdoors, "print": _print,
}  # fmt: skip


@dataclass(frozen=True)
class Material:
    """What a surface is made of.

    Attributes:
        pattern: Name in `PATTERNS`.
        first, second: Linear RGB between which the pattern mixes.
        scale: Size of the pattern; 2 is twice as large.
        shift: Where on the pattern the surface lies, so that two surfaces differ.
        turned: Whether the pattern runs along the second axis of the surface.
        gloss: Strength of highlights, 0 to 1.
        glow: Light that the surface gives off, in units of its own colour.
        mirror: Whether it shows the room instead of its colour.
    """

    pattern: str
    first: Colour
    second: Colour
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    turned: bool = False
    gloss: float = 0.0
    glow: float = 0.0
    mirror: bool = False

    @property
    def mean(self) -> Colour:
        """About what light the surface throws back on others."""
        r, g, b = (0.7 * a + 0.3 * z for a, z in zip(self.first, self.second, strict=True))
        return (r, g, b)


class Palette:
    """The materials of all parts of a scene, in arrays, one row a part.

    Attributes:
        gloss, glow, mirror: As in `Material`, [P].
        mean: `Material.mean`, [P, 3].
    """

    def __init__(self, materials: Sequence[Material]) -> None:
        def column(name: str, kind: type = np.float32) -> NDArray[Any]:
            return np.array([getattr(material, name) for material in materials], dtype=kind)

        self.gloss, self.glow, self.mirror = column("gloss"), column("glow"), column("mirror", np.bool_)
        self.mean = column("mean")
        self._first, self._second = column("first"), column("second")
        self._scale, self._shift, self._turned = column("scale"), column("shift"), column("turned", np.bool_)
        self._names = list(PATTERNS)
        self._pattern = np.array([self._names.index(m.pattern) for m in materials], dtype=np.int8)

    def colours(self, part: NDArray[Any], u: Array, v: Array) -> Array:
        """Linear RGB [R, 3] at places ``u``, ``v`` [R] in metres on the parts with numbers ``part`` [R]."""
        turned, scale, shift = self._turned[part], self._scale[part], self._shift[part]
        u, v = np.where(turned, v, u) / scale + shift[:, 0], np.where(turned, u, v) / scale + shift[:, 1]
        pattern = self._pattern[part]
        mix = np.empty((len(u), 3), dtype=np.float32)
        for number in np.unique(pattern):
            here = np.flatnonzero(pattern == number)
            drawn = PATTERNS[self._names[number]](u[here], v[here])
            mix[here] = drawn if drawn.ndim == 2 else drawn[:, None]
        first = self._first[part]
        return first + (self._second[part] - first) * mix
