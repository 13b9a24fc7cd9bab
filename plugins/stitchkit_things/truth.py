"""What is true of an object in a picture, from what is seen of it and of its parts.

Areas are counted in samples and stated in pixels; *whole* is the object drawn by itself and not cut off.

- A part's attribute holds if at least `PART_AREA` pixels of the parts of that name are seen, and at least
  `PART_SHARE` of what the whole object shows of them.
- A material's attribute holds if at least `MATERIAL_SHARE` of what is seen of the object is made of it.
- The attributes of its whole shape hold if at least `SHAPE_SHARE` of the object is seen.
- It is occluded if less than `OPEN_SHARE` of it is seen, be it hidden or cut off.
- It is difficult if less than `EASY_SHARE` of it or fewer than `EASY_AREA` pixels are seen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stitchkit_things.model import Model
from stitchkit_things.sprite import Sprite
from stitchkit_things.vocabulary import ATTRIBUTES, MATERIALS, OCCLUDED

SAMPLES = 3  # along each side of a pixel
PART_AREA = 2.0
PART_SHARE = 0.3
MATERIAL_SHARE = 0.05
SHAPE_SHARE = 0.5
OPEN_SHARE = 0.85
EASY_SHARE = 0.2
EASY_AREA = 60.0

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Thing:
    """One object in a picture.

    Attributes:
        kind: Name in `stitchkit_things.vocabulary.KINDS`.
        box: Tight box of the pixels at least half of which show the object: left, top, right, bottom edge,
            so that the width is right minus left.
        attributes: uint8 0 or 1 [64], in the order of `stitchkit_things.vocabulary.ATTRIBUTES`.
        difficult: Whether little of it is seen.
        truncated: Whether the border of the picture cuts it.
    """

    kind: str
    box: Box
    attributes: NDArray[np.uint8]
    difficult: bool
    truncated: bool

    @property
    def names(self) -> set[str]:
        """The attributes that hold."""
        return {name for name, holds in zip(ATTRIBUTES, self.attributes, strict=True) if holds}


def pooled(samples: NDArray[Any]) -> NDArray[Any]:
    """Sums over the samples of each pixel: [SAMPLES H, SAMPLES W, ...] to [H, W, ...]."""
    rows = np.add.reduce([samples[k::SAMPLES] for k in range(SAMPLES)])
    sums: NDArray[Any] = np.add.reduce([rows[:, k::SAMPLES] for k in range(SAMPLES)])
    return sums


def tight_box(seen: NDArray[np.bool_]) -> Box | None:
    """The box of the pixels at least half of whose samples are seen; None if there is no such pixel.

    Args:
        seen: bool [SAMPLES H, SAMPLES W].
    """
    rows, columns = np.nonzero(2 * pooled(seen.astype(np.uint8)) >= SAMPLES**2)
    if not len(rows):
        return None
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def describe(kind: str, model: Model, whole: Sprite, seen: NDArray[np.int16]) -> Thing | None:
    """What is true of an object; None if not one pixel shows it.

    Args:
        kind: Its kind.
        model: Its parts.
        whole: The object drawn by itself.
        seen: The number of its part at each sample of the picture, negative where it is not seen,
            [SAMPLES H, SAMPLES W].
    """
    box = tight_box(seen >= 0)
    if box is None:
        return None
    parts = len(model.parts)
    full = np.bincount(whole.part[whole.part >= 0], minlength=parts)
    left = np.bincount(seen[seen >= 0], minlength=parts)
    area, share = float(left.sum()), float(left.sum() / full.sum())
    names = {
        *_parts(model, full, left),
        *(name for name in MATERIALS if _of(model, name, left) >= MATERIAL_SHARE * area),
        *(model.shapes if share >= SHAPE_SHARE else ()),
        *((OCCLUDED,) if share < OPEN_SHARE else ()),
    }
    return Thing(
        kind=kind,
        box=box,
        attributes=np.array([name in names for name in ATTRIBUTES], dtype=np.uint8),
        difficult=share < EASY_SHARE or area < EASY_AREA * SAMPLES**2,
        truncated=_cut_off(whole, seen.shape),
    )


def _parts(model: Model, full: NDArray[np.intp], left: NDArray[np.intp]) -> Iterable[str]:
    for name in {name for part in model.parts for name in part.names}:
        mine = np.array([name in part.names for part in model.parts])
        seen = left[mine].sum()
        if seen >= max(PART_AREA * SAMPLES**2, PART_SHARE * full[mine].sum()):
            yield name


def _of(model: Model, material: str, left: NDArray[np.intp]) -> int:
    return int(left[[material in part.material.names for part in model.parts]].sum())


def _cut_off(whole: Sprite, canvas: tuple[int, ...]) -> bool:
    rows, columns = (np.flatnonzero((whole.part >= 0).any(axis=axis)) for axis in (1, 0))
    ends = ((whole.top, rows, canvas[0]), (whole.left, columns, canvas[1]))
    return any(start + drawn[0] < 0 or start + drawn[-1] >= end for start, drawn, end in ends)
