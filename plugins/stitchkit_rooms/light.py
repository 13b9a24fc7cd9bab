"""The light that falls on surfaces: area lamps with soft shadows, and what the surroundings throw back."""

import numpy as np

from stitchkit_rooms.scene import Scene
from stitchkit_rooms.shapes import Light
from stitchkit_rooms.surface import Floats, Surface, dot, single

TILE = 4  # neighbouring pixels that share the average of their light, each way
DRAWS = 6  # random numbers for the light of a ray: a lamp and a place on it, a direction to look round


def light(scene: Scene, seen: Surface, draws: Floats) -> Floats:
    """Light that falls on a surface, RGB, and what it mirrors of the lamps: [R, 4]."""
    gloss = scene.palette.gloss[seen.part]
    arriving, shine = _lamps(scene, seen, gloss, draws[:, :4])
    arriving += _surroundings(scene, seen, draws[:, 4:])
    return np.concatenate([arriving, shine[:, None]], axis=1)


def smooth(seen: Surface, shape: tuple[int, int], light: Floats) -> Floats:
    """Average the light of each pixel with its neighbours' on the same flat surface, TILE by TILE."""
    surface = seen.flat.reshape(shape)
    stacked = np.ascontiguousarray(light.T).reshape(-1, *shape)
    total, weight = np.zeros_like(stacked), np.zeros(shape, dtype=np.float32)
    for dy in range(-(TILE // 2), TILE - TILE // 2):
        for dx in range(-(TILE // 2), TILE - TILE // 2):
            here, there = _overlap(shape[0], dy), _overlap(shape[1], dx)
            same = surface[here[0], there[0]] == surface[here[1], there[1]]
            weight[here[0], there[0]] += same
            total[:, here[0], there[0]] += stacked[:, here[1], there[1]] * same
    return (total / weight).reshape(len(stacked), -1).T


def tiled(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Random numbers in [0, 1] [R, DRAWS], spread evenly over each block of TILE by TILE pixels."""
    cells = TILE * TILE
    strata = np.stack([rng.permutation(cells) for _ in range(DRAWS)], axis=-1)
    block = single((strata + rng.random((cells, DRAWS))) / cells).reshape(TILE, TILE, DRAWS)
    repeats = (-(-shape[0] // TILE), -(-shape[1] // TILE), 1)
    return np.tile(block, repeats)[: shape[0], : shape[1]].reshape(-1, DRAWS)


def _lamps(scene: Scene, seen: Surface, gloss: Floats, draws: Floats) -> tuple[Floats, Floats]:
    """Light from the lamps with soft shadows, and highlights: one lamp and one place on it a ray."""
    count = len(seen.point)
    if not scene.lights:
        return np.zeros((count, 3), dtype=np.float32), np.zeros(count, dtype=np.float32)
    middle, edges, colour, facing = _arrays(scene.lights)
    chance = 0.5 * colour.sum(axis=1) / colour.sum() + np.float32(0.5 / len(colour))
    chosen = np.searchsorted(np.cumsum(chance)[:-1], draws[:, 3], side="right")
    place = middle[chosen] + np.einsum("ij,ijk->ik", draws[:, :3] - 0.5, edges[chosen])
    way = place - seen.point
    distance = np.linalg.norm(way, axis=1)
    way /= distance[:, None]
    slant = dot(way, seen.normal)
    leaving = np.where(np.any(facing, axis=1)[chosen], -dot(way, facing[chosen]), np.float32(0.5))
    strength = np.clip(slant, 0, None) * np.clip(leaving, 0, None) / (distance**2 + 0.05) / chance[chosen]
    reached = np.nonzero(strength > 1e-5)[0]
    start = seen.point[reached] + 1e-3 * seen.normal[reached]
    blocked = scene.first_hit(start, way[reached]).distance < distance[reached] - 0.02
    strength[reached[blocked]] = 0
    arriving = strength[:, None] * colour[chosen]
    half = way - seen.direction
    half /= np.linalg.norm(half, axis=1, keepdims=True) + 1e-9
    highlight = np.clip(dot(half, seen.normal), 0, 1) ** (20 + 60 * gloss)
    return arriving, arriving.mean(axis=1) * 1.5 * gloss * highlight


def _arrays(lights: list[Light]) -> tuple[Floats, Floats, Floats, Floats]:
    nowhere = np.zeros(3)
    return (
        np.array([light.middle for light in lights], dtype=np.float32),
        np.array([light.edges for light in lights], dtype=np.float32),
        np.array([light.colour for light in lights], dtype=np.float32),
        np.array([nowhere if light.facing is None else light.facing for light in lights], dtype=np.float32),
    )


def _surroundings(scene: Scene, seen: Surface, draws: Floats) -> Floats:
    """Light thrown back by everything around: what is near takes light away and lends its colour."""
    angle, radius = 2 * np.pi * draws[:, 0], np.sqrt(draws[:, 1])
    first, second = _across(seen.normal)
    way = (
        first * (radius * np.cos(angle))[:, None]
        + second * (radius * np.sin(angle))[:, None]
        + seen.normal * np.sqrt(1 - draws[:, 1])[:, None]
    )
    hits = scene.first_hit(seen.point + 1e-3 * seen.normal, way)
    near = np.exp(hits.distance * np.float32(-1 / 0.35))
    return (np.float32(0.12) + np.float32(0.45) * scene.palette.mean[scene.part[hits.face]]) * (1 - near)[
        :, None
    ]


def _across(normal: Floats) -> tuple[Floats, Floats]:
    """Two unit vectors at right angles to each unit normal [R, 3] and to one another (Duff et al., 2017)."""
    x, y, z = normal.T
    sign = np.where(z < 0, np.float32(-1), np.float32(1))
    a = -1 / (sign + z)
    b = x * y * a
    return np.stack([1 + sign * x * x * a, sign * b, -sign * x], -1), np.stack([b, sign + y * y * a, -y], -1)


def _overlap(length: int, shift: int) -> tuple[slice, slice]:
    """Where an axis overlaps with itself moved by ``shift``: in place, and moved."""
    return slice(max(0, -shift), length - max(0, shift)), slice(max(0, shift), length + min(0, shift))
