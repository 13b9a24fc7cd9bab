"""Where pictures are taken from: eye height, anywhere in the room, tilted a little."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stitchkit_rooms.layout import Item, Room
from stitchkit_rooms.scene import Scene

FIELD_OF_VIEW = 57.0  # degrees across the picture, as the camera of NYUv2
TRIES = 40


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.

    Attributes:
        eye: Its place in the room [3].
        axes: Rows are its right, down and forward in the room's frame [3, 3].
    """

    eye: NDArray[np.float64]
    axes: NDArray[np.float64]

    def rays(self, height: int, width: int, finer: int = 1) -> NDArray[np.float64]:
        """Unit directions in the camera's frame through the middles of pixels.

        With ``finer`` = k every pixel is split into k by k; the result is [height * k, width * k, 3].
        """
        focal = width / 2 / np.tan(np.radians(FIELD_OF_VIEW) / 2)
        x = ((np.arange(width * finer) + 0.5) / finer - width / 2) / focal
        y = ((np.arange(height * finer) + 0.5) / finer - height / 2) / focal
        grid = np.stack([*np.meshgrid(x, y), np.ones((len(y), len(x)))], axis=-1)
        return grid / np.linalg.norm(grid, axis=-1, keepdims=True)

    def to_room(self, directions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Directions [..., 3] of the camera's frame in the room's."""
        return directions @ self.axes


def aim(eye: NDArray[np.float64], yaw: float, pitch: float, roll: float) -> Camera:
    """A camera at ``eye`` that looks along ``yaw`` (from x to y), ``pitch`` (up) and ``roll``, in degrees."""
    a, b, c = np.radians([yaw, pitch, roll])
    forward = np.array([np.cos(a) * np.cos(b), np.sin(a) * np.cos(b), np.sin(b)])
    right = np.array([np.sin(a), -np.cos(a), 0.0])
    down = np.cross(forward, right)
    turned = np.cos(c) * right + np.sin(c) * down
    return Camera(eye, np.stack([turned, np.cross(forward, turned), forward]))


def view(room: Room, scene: Scene, rng: np.random.Generator) -> Camera:
    """A place to stand and a direction with something to see: several classes, none too close.

    The best of a number of random cameras where none is good.
    """
    best, best_score = None, -np.inf
    for _ in range(TRIES):
        eye = np.array(
            [rng.uniform(0.3, room.width - 0.3), rng.uniform(0.3, room.depth - 0.3), rng.uniform(1.2, 1.8)]
        )
        if any(_near(item, eye) for item in room.items):
            continue
        camera = aim(eye, rng.uniform(0, 360), rng.normal(-15, 8), rng.normal(0, 2.5))
        score = _score(scene, camera)
        if score > best_score:
            best, best_score = camera, score
        if score >= 1:
            break
    if best is None:
        return aim(np.array([room.width / 2, room.depth / 2, 1.7]), rng.uniform(0, 360), -12, 0)
    return best


def _near(item: Item, eye: NDArray[np.float64], gap: float = 0.25) -> bool:
    x, y, z = item.pose.rotation.T @ (eye - [item.pose.x, item.pose.y, item.pose.z])
    w, d, h = item.model.size
    return bool(abs(x) < w / 2 + gap and -gap < y < d + gap and -gap < z < h + gap)


def _score(scene: Scene, camera: Camera) -> float:
    """1 where eight classes show, half of the picture lies beyond 1.8 m and little of it is very near."""
    directions = camera.to_room(camera.rays(12, 16)).reshape(-1, 3)
    hits = scene.first_hit(np.broadcast_to(camera.eye, directions.shape), directions)
    classes = len(np.unique(scene.labels[scene.part[hits.face]]))
    near = max(float(np.mean(hits.distance < 0.8)) - 0.05, 0.0)
    return min(classes / 8, 1.0) + min(float(np.median(hits.distance)) / 1.8, 1.0) - 1.0 - 2 * near
