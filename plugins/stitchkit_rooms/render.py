"""From a scene and a camera to a picture and its exact maps."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stitchkit_rooms.camera import Camera
from stitchkit_rooms.light import DRAWS, light, smooth, tiled
from stitchkit_rooms.photo import photograph
from stitchkit_rooms.scene import Scene
from stitchkit_rooms.surface import Floats, Surface, dot, look, reflect, single

FINER = 2  # rays across a pixel, each way


@dataclass
class Frame:
    """A picture and its maps, as `stitchkit.data.frame_writer.FrameWriter.write` takes them.

    Attributes:
        image: uint8 RGB [H, W, 3].
        labels: uint8 [H, W], 1 to 40; 0 where a pixel shows several classes or is seen at a grazing angle.
        depth: float32 [H, W], metres along the optical axis, at the middle of each pixel.
        normals: float32 [H, W, 3], unit, x right, y down, z forward, facing the camera.
    """

    image: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    depth: NDArray[np.float32]
    normals: NDArray[np.float32]


def render(scene: Scene, camera: Camera, size: tuple[int, int], rng: np.random.Generator) -> Frame:
    """Render one frame of ``size`` (height, width).

    Maps and light are worked out at the middle of each pixel, colour on FINER by FINER rays a pixel, which
    take the light of the nearest middle on the same surface.
    """
    rays = camera.rays(*size).reshape(-1, 3)
    middle = look(scene, camera.eye, camera.to_room(rays))
    normals = (middle.normal @ camera.axes.T).reshape(*size, 3).astype(np.float32)
    depth = (middle.distance * rays[:, 2]).reshape(size).astype(np.float32)
    fine = look(scene, camera.eye, single(camera.to_room(camera.rays(*size, FINER)).reshape(-1, 3)))
    labels = _labels(scene, middle, fine, size)
    middle = middle.single()
    reflect(scene, middle)
    reflect(scene, fine)
    radiance = _shade(scene, middle, fine, size, rng)
    return Frame(photograph(radiance, rng), labels, depth, normals)


def _labels(scene: Scene, middle: Surface, fine: Surface, size: tuple[int, int]) -> NDArray[np.uint8]:
    grazing = -dot(middle.normal, middle.direction) < 0.06
    labels = np.where(grazing, 0, scene.labels[middle.part]).astype(np.uint8).reshape(size)
    others = scene.labels[fine.part].reshape(size[0], FINER, size[1], FINER)
    mixed = (others != scene.labels[middle.part].reshape(size)[:, None, :, None]).any(axis=(1, 3))
    return np.where(mixed, np.uint8(0), labels)


def _shade(
    scene: Scene, middle: Surface, fine: Surface, size: tuple[int, int], rng: np.random.Generator
) -> Floats:
    """Linear RGB [H, W, 3] that reaches the camera."""
    smoothed = smooth(middle, size, light(scene, middle, tiled(rng, size)))
    near, found = _nearest(middle.flat, fine.flat, size)
    arriving = smoothed[near]
    rest = np.flatnonzero(~found)
    arriving[rest] = light(scene, fine.take(rest), rng.random((len(rest), DRAWS), dtype=np.float32))
    glow = scene.palette.glow[fine.part]
    radiance = _colours(scene, fine) * (arriving[:, :3] + glow[:, None]) + arriving[:, 3:]
    return radiance.reshape(size[0], FINER, size[1], FINER, 3).mean(axis=(1, 3))


def _nearest(
    middle: NDArray[np.int64], fine: NDArray[np.int64], size: tuple[int, int]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """For each fine ray the nearest pixel whose middle lies on the same surface, and whether there is one."""
    (height, width), middle = size, middle.reshape(size)
    row, column = np.divmod(np.arange(len(fine)), width * FINER)
    near = np.empty(len(fine), dtype=np.intp)
    found = np.zeros(len(fine), dtype=bool)
    towards = (2 * (row % FINER) - FINER + 1, 2 * (column % FINER) - FINER + 1)
    row, column = row // FINER, column // FINER
    left = np.arange(len(fine))
    for dy, dx in ((0, 0), (0, 1), (1, 0), (1, 1)):
        r = np.clip(row[left] + dy * np.sign(towards[0][left]), 0, height - 1)
        c = np.clip(column[left] + dx * np.sign(towards[1][left]), 0, width - 1)
        near[left] = r * width + c
        found[left] = middle[r, c] == fine[left]
        left = left[~found[left]]
    return near, found


def _colours(scene: Scene, seen: Surface) -> Floats:
    """Texture of each part at the places seen, laid on its three sides in the part's own frame."""
    cos, sin = scene.rotation[:, 0, 0].astype(np.float32), scene.rotation[:, 1, 0].astype(np.float32)

    def own(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        c, s = cos[seen.part], sin[seen.part]
        return c * x + s * y, c * y - s * x

    x, y, z = (seen.point - scene.origin.astype(np.float32)[seen.part]).T
    x, y = own(x, y)
    nx, ny = own(seen.normal[:, 0], seen.normal[:, 1])
    nx, ny, nz = np.abs(nx), np.abs(ny), np.abs(seen.normal[:, 2])
    u = np.where((nx > ny) & (nx > nz), y, x)
    v = np.where((nz >= nx) & (nz >= ny), y, z)
    return scene.palette.colours(seen.part, u, v)
