"""What rays see in a scene."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stitchkit_rooms.scene import Scene

Floats = NDArray[np.float32]  # enough for light; maps are computed in float64


@dataclass
class Surface:
    """What R rays see: places, normals facing them and their directions [R, 3]; parts, distances [R]."""

    point: NDArray[Any]
    normal: NDArray[Any]
    part: NDArray[np.int16]
    distance: NDArray[Any]
    direction: NDArray[Any]

    @property
    def flat(self) -> NDArray[np.int64]:
        """A number that two rays share where they see the same part under about the same normal."""
        side = np.rint(1.5 * self.normal) + 2
        return self.part * np.int64(125) + (side @ np.array([25.0, 5.0, 1.0])).astype(np.int64)

    def single(self) -> "Surface":
        """The same in float32."""
        point, normal, distance, direction = map(
            single, (self.point, self.normal, self.distance, self.direction)
        )
        return Surface(point, normal, self.part, distance, direction)

    def take(self, which: NDArray[Any]) -> "Surface":
        """Some of the rays."""
        return Surface(
            self.point[which],
            self.normal[which],
            self.part[which],
            self.distance[which],
            self.direction[which],
        )


def single(array: NDArray[Any]) -> Floats:
    """In float32."""
    return array.astype(np.float32)


def dot(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """Products of the rows of two arrays [R, 3]: [R]."""
    return np.einsum("ij,ij->i", a, b)


def look(scene: Scene, origins: NDArray[Any], directions: NDArray[Any]) -> Surface:
    """Follow rays from ``origins`` [R, 3] or [3] along unit ``directions`` [R, 3], in their precision."""
    origins = np.broadcast_to(origins.astype(directions.dtype), directions.shape)
    hits = scene.first_hit(origins, directions)
    normal = scene.normals.astype(directions.dtype)[hits.face]
    normal *= -np.sign(dot(normal, directions))[:, None]
    point = origins + hits.distance[:, None] * directions
    return Surface(point, normal, scene.part[hits.face], hits.distance, directions)


def reflect(scene: Scene, seen: Surface) -> None:
    """Replace what mirrors show, in place, by what they reflect."""
    rays = np.flatnonzero(scene.palette.mirror[seen.part])
    if len(rays) == 0:
        return
    normal, direction = seen.normal[rays], seen.direction[rays]
    bounced = direction - 2 * dot(direction, normal)[:, None] * normal
    behind = look(scene, seen.point[rays] + np.float32(1e-4) * normal, bounced)
    seen.point[rays], seen.normal[rays] = behind.point, behind.normal
    seen.part[rays], seen.direction[rays] = behind.part, behind.direction
