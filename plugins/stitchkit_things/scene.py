"""What a picture shows: a place, some objects and some clutter in front of one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stitchkit_things.background import PLACES, backdrop, skyline
from stitchkit_things.kinds import KINDS, Kind
from stitchkit_things.kinds.clutter import CLUTTER
from stitchkit_things.model import Model
from stitchkit_things.sprite import Pose
from stitchkit_things.stock import Stock
from stitchkit_things.truth import SAMPLES

COUNTS = (0.24, 0.24, 0.2, 0.15, 0.1, 0.07)  # how frequent pictures with 1, 2, ... objects are
BACKDROP = -1.0  # depth of what stands behind everything
AGAIN = 0.25  # how often the next object is of the same kind as the last


class Standing(NamedTuple):
    """A model in its place; ``kind`` is empty for clutter, ``depth`` is 0 far away and 1 in front."""

    kind: str
    model: Model
    pose: Pose
    depth: float


@dataclass(frozen=True)
class Scene:
    """What a picture shows, before it is drawn.

    Attributes:
        behind: Backdrop, float32 [SAMPLES H, SAMPLES W, 3] in [0, 1].
        standing: Objects and clutter from back to front.
        light: Where the light comes from, -1 (left) to 1 (right).
    """

    behind: NDArray[np.float32]
    standing: Sequence[Standing]
    light: float


def compose(rng: np.random.Generator, size: tuple[int, int]) -> Scene:
    """Draw up a scene for a picture of ``size`` (height, width); all that is in it comes from ``rng``."""
    stock = Stock(rng)
    height, width = (SAMPLES * side for side in size)
    place = str(rng.choice(list(PLACES), p=list(PLACES.values())))
    horizon = int(height * stock.between(0.3, 0.6))
    standing = [_skyline(place, stock, height, width, horizon)]
    for name in _kinds(rng, place):
        standing.append(_object(name, stock, height, width, horizon))
    for _ in range(stock.count(1, 5)):
        standing.append(_clutter(stock, height, width, horizon))
    standing.sort(key=lambda each: each.depth)
    return Scene(backdrop(place, stock, (height, width), horizon), standing, stock.between(-1, 1))


def _kinds(rng: np.random.Generator, place: str) -> list[str]:
    names = [name for name, kind in KINDS.items() if place in kind.places]
    shares = np.array([KINDS[name].share for name in names])
    chosen: list[str] = []
    for _ in range(1 + rng.choice(len(COUNTS), p=COUNTS)):
        again = chosen and rng.random() < AGAIN
        chosen.append(chosen[-1] if again else str(rng.choice(names, p=shares / shares.sum())))
    return chosen


def _skyline(place: str, stock: Stock, height: int, width: int, horizon: int) -> Standing:
    return Standing("", skyline(place, stock), Pose(width / 2, horizon + 4, width / 4), BACKDROP)


def _scale(model: Model, side: float) -> float:
    """Samples to a unit, so that the model's extent has the area of a square of that side."""
    left, bottom, right, top = model.extent
    return side / float(np.sqrt((right - left) * (top - bottom)))


def _pose(
    model: Model, side: float, depth: float, stock: Stock, height: int, width: int, horizon: int
) -> Pose:
    squeeze = stock.between(0.82, 1.1) * (1 if stock.chance(0.5) else -1)
    foot = horizon + 0.06 * height + depth * (1.04 * height - horizon)
    return Pose(
        stock.between(0.04, 0.96) * width, foot, _scale(model, side), squeeze, float(stock.rng.normal(0, 3.5))
    )


def _object(name: str, stock: Stock, height: int, width: int, horizon: int) -> Standing:
    kind: Kind = KINDS[name]
    model, depth = kind.draw(stock), stock.between(0, 1)
    side = min(height, width) * kind.size * (0.17 + 0.43 * depth) * stock.between(0.85, 1.2)
    pose = _pose(model, side, depth, stock, height, width, horizon)
    if model.flies:
        pose = Pose(pose.x, stock.between(0.25, 1.2) * horizon, pose.scale, pose.squeeze, 3 * pose.turn)
    return Standing(name, model, pose, depth)


def _clutter(stock: Stock, height: int, width: int, horizon: int) -> Standing:
    model = CLUTTER[stock.count(0, len(CLUTTER) - 1)](stock)
    depth = stock.between(0, 0.9)
    side = min(height, width) * stock.between(0.08, 0.2) * (0.5 + depth)
    return Standing("", model, _pose(model, side, depth, stock, height, width, horizon), depth)
