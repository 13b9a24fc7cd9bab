"""Draws one object by itself: its colours and, at every sample, which of its parts is seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from stitchkit_things.model import Material, Model, Part
from stitchkit_things.shapes import Outline
from stitchkit_things.textures import SIDE, tile

EDGE = 0.55  # brightness of the line around a part
NOTHING = -1


@dataclass(frozen=True)
class Pose:
    """How a model lies on the canvas; lengths in samples, y down.

    Attributes:
        x, y: Where the middle of the model's lower edge goes.
        scale: Samples to a unit of the model.
        squeeze: Factor on the width, as of an object that is turned away; negative mirrors.
        turn: Degrees to the left.
    """

    x: float
    y: float
    scale: float
    squeeze: float = 1.0
    turn: float = 0.0

    def place(self, outline: Outline, foot: tuple[float, float]) -> Outline:
        """Points on the canvas of a model whose lower edge has its middle at ``foot``."""
        angle = np.deg2rad(self.turn)
        points = (outline - foot) * (self.squeeze * self.scale, self.scale)
        right = points[:, 0] * np.cos(angle) - points[:, 1] * np.sin(angle)
        up = points[:, 0] * np.sin(angle) + points[:, 1] * np.cos(angle)
        return np.stack([self.x + right, self.y - up], axis=-1)


@dataclass(frozen=True)
class Sprite:
    """A drawn object, all of it, whatever the canvas.

    Attributes:
        left, top: Place of its first column and row on the canvas, in samples; may be negative.
        colour: float32 [H, W, 3] in [0, 1].
        opacity: float32 [H, W].
        part: int16 [H, W], number of the part seen, `NOTHING` where there is none.
    """

    left: int
    top: int
    colour: NDArray[np.float32]
    opacity: NDArray[np.float32]
    part: NDArray[np.int16]


def draw(model: Model, pose: Pose, light: float) -> Sprite:
    """Draw a model by itself; ``light`` comes from the left at -1, from the right at 1, always from above."""
    left, bottom, right, _ = model.extent
    foot = ((left + right) / 2, bottom)
    placed = [pose.place(part.outline, foot) for part in model.parts]
    points = np.concatenate(placed)
    origin = np.floor(points.min(axis=0)).astype(int) - 2
    width, height = np.ceil(points.max(axis=0)).astype(int) - origin + 3
    sprite = Sprite(
        int(origin[0]),
        int(origin[1]),
        np.zeros((height, width, 3), np.float32),
        np.zeros((height, width), np.float32),
        np.full((height, width), NOTHING, np.int16),
    )
    for number, (part, outline) in enumerate(zip(model.parts, placed, strict=True)):
        hole = None if part.hole is None else pose.place(part.hole, foot) - origin
        _paint(sprite, number, part, outline - origin, hole, light)
    return sprite


def _paint(
    sprite: Sprite, number: int, part: Part, outline: Outline, hole: Outline | None, light: float
) -> None:
    left, top = np.maximum(np.floor(outline.min(axis=0)).astype(int) - 1, 0)
    right, bottom = np.ceil(outline.max(axis=0)).astype(int) + 2
    size = (int(right - left), int(bottom - top))
    filled = _filled(size, outline - (left, top), None if hole is None else hole - (left, top))
    inside = filled > 0
    shade = _shading(size, light)
    shade[filled == 2] *= EDGE
    window = (slice(top, bottom), slice(left, right))
    colour = _pattern(size, part.material, int(left), int(top)) * shade[..., None]
    if part.material.gloss:
        colour += _highlight(size, part.material.gloss, light)[..., None]
    opacity = part.material.opacity
    below, behind = sprite.colour[window], sprite.opacity[window]
    if opacity < 1:  # an object's glass lets its own parts show through too
        total = opacity + behind * (1 - opacity)
        colour = (opacity * colour + ((1 - opacity) * behind)[..., None] * below) / total[..., None]
        behind[inside] = total[inside]
    else:
        behind[inside] = 1
    np.copyto(below, colour, where=inside[..., None])
    sprite.part[window][inside] = number


def _filled(size: tuple[int, int], outline: Outline, hole: Outline | None) -> NDArray[np.uint8]:
    """1 inside, 2 inside along the outline, 0 elsewhere."""
    inside, edge = Image.new("L", size), Image.new("L", size)
    pen, edge_pen = ImageDraw.Draw(inside), ImageDraw.Draw(edge)
    width = 3 if min(size) > 40 else 2  # half of it lies inside
    for curve, fill in ((outline, 1), (hole, 0)):
        if curve is not None:
            pen.polygon(_points(curve), fill=fill)
            if min(size) > 12:
                edge_pen.line(_points(np.concatenate([curve, curve[:1]])), fill=1, width=width)
    return np.asarray(inside) * (1 + np.asarray(edge))


def _points(outline: Outline) -> list[tuple[float, float]]:
    return [(x, y) for x, y in outline.tolist()]


def _pattern(size: tuple[int, int], material: Material, left: int, top: int) -> NDArray[np.float32]:
    row, column = material.shift
    rows = (np.arange(size[1]) + top + row) % SIDE
    columns = (np.arange(size[0]) + left + column) % SIDE
    return material.palette[tile(material.pattern)[rows[:, None], columns]]


def _across(size: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Places within a part: from -1 at the bottom to 1 at the top [H, 1], from -1 left to 1 right [1, W]."""
    up = np.linspace(1, -1, size[1], dtype=np.float32)[:, None]
    return up, np.linspace(-1, 1, size[0], dtype=np.float32)[None, :]


def _shading(size: tuple[int, int], light: float) -> NDArray[np.float32]:
    up, right = _across(size)
    return np.float32(0.95) + np.float32(0.16) * up + np.float32(0.14 * light) * right


def _highlight(size: tuple[int, int], gloss: float, light: float) -> NDArray[np.float32]:
    up, right = _across(size)
    distance_up, distance_right = (up - 0.5) / 0.28, (right - np.float32(0.35 * light)) / 0.6
    return np.float32(0.6 * gloss) * np.exp(-(distance_up**2)) * np.exp(-(distance_right**2))
