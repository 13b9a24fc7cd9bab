"""From a scene to a picture, and to what is true of the objects in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from stitchkit_things.scene import Scene
from stitchkit_things.sprite import NOTHING, Sprite, draw
from stitchkit_things.truth import SAMPLES, Thing, describe, pooled


@dataclass(frozen=True)
class Picture:
    """A finished picture.

    Attributes:
        image: uint8 RGB [H, W, 3].
        things: Its objects from back to front.
    """

    image: NDArray[np.uint8]
    things: list[Thing]


def render(scene: Scene, rng: np.random.Generator) -> Picture:
    """Draw a scene and say what is true of its objects; ``rng`` makes the camera's noise."""
    colour = scene.behind.copy()
    owner = np.full(colour.shape[:2], NOTHING, np.int16)
    part = np.full(colour.shape[:2], NOTHING, np.int16)
    sprites = [draw(each.model, each.pose, scene.light) for each in scene.standing]
    for number, (each, sprite) in enumerate(zip(scene.standing, sprites, strict=True)):
        if each.depth >= 0 and not each.model.flies:
            _shadow(colour, sprite)
        _paste(colour, owner, part, sprite, number)
    things = []
    for number, (each, sprite) in enumerate(zip(scene.standing, sprites, strict=True)):
        if each.kind:
            seen = np.where(owner == number, part, np.int16(NOTHING))
            thing = describe(each.kind, each.model, sprite, seen)
            things += [thing] if thing else []
    return Picture(_photograph(colour, rng), things)


def _window(sprite: Sprite, shape: tuple[int, ...]) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where a sprite falls on the canvas, and the part of the sprite that does."""
    rows, columns = sprite.part.shape
    top, left = max(sprite.top, 0), max(sprite.left, 0)
    bottom, right = (
        max(min(sprite.top + rows, shape[0]), top),
        max(min(sprite.left + columns, shape[1]), left),
    )
    inner = (slice(top - sprite.top, bottom - sprite.top), slice(left - sprite.left, right - sprite.left))
    return (slice(top, bottom), slice(left, right)), inner


def _paste(
    colour: NDArray[np.float32],
    owner: NDArray[np.int16],
    part: NDArray[np.int16],
    sprite: Sprite,
    number: int,
) -> None:
    outer, inner = _window(sprite, owner.shape)
    drawn = sprite.part[inner] != NOTHING
    opacity = sprite.opacity[inner][..., None]
    colour[outer] += opacity * (sprite.colour[inner] - colour[outer])
    owner[outer][drawn] = number
    part[outer][drawn] = sprite.part[inner][drawn]


def _shadow(colour: NDArray[np.float32], sprite: Sprite) -> None:
    """Darken the ground below an object."""
    rows, columns = sprite.part.shape
    flat = max(rows // 14, 3)
    y, x = np.mgrid[-1 : 1 : 2 * flat * 1j, -1 : 1 : columns * 1j].astype(np.float32)
    dark = np.clip(1.2 - x**2 - y**2, 0, 1) * np.float32(0.45)
    below = Sprite(
        sprite.left,
        sprite.top + rows - flat,
        np.zeros((*dark.shape, 3), np.float32),
        dark,
        np.zeros(dark.shape, np.int16),
    )
    outer, inner = _window(below, colour.shape)
    colour[outer] *= 1 - below.opacity[inner][..., None]


def _photograph(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.uint8]:
    """What a camera makes of the samples: exposure, colour cast, blur, noise; uint8 [H, W, 3]."""
    pixels = pooled(samples) / np.float32(SAMPLES**2)
    pixels *= np.float32(rng.uniform(0.85, 1.1)) * rng.uniform(0.95, 1.05, 3).astype(np.float32)
    pixels = ndimage.gaussian_filter(pixels, (rng.uniform(0.0, 0.5),) * 2 + (0,))
    pixels += rng.normal(0, rng.uniform(0.004, 0.016), pixels.shape).astype(np.float32)
    return np.clip(255 * pixels + 0.5, 0, 255).astype(np.uint8)
